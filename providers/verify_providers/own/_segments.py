"""
How many parts an SMS takes.

Source: 3GPP TS 23.038 V18.0.0, section 6.2.1 (GSM 7 bit default alphabet and its
extension table), and TS 23.040, section 9.2.3.24.1 (concatenated messages: six octets
of header in each part, which leave 153 septets or 67 UTF-16 units).
"""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")


def is_gsm7(text: str) -> bool:
    """Whether every character is in the GSM 7 bit alphabet; else it takes UCS-2."""
    return (_BASIC | _EXTENSION).issuperset(text)


def count_segments(text: str) -> int:
    """Count the parts; a character never straddles two of them."""
    if is_gsm7(text):
        sizes, alone, part = [1 + (each in _EXTENSION) for each in text], 160, 153
    else:
        sizes, alone, part = [1 + (each > "\uffff") for each in text], 70, 67
    if sum(sizes) <= alone:
        return 1
    parts, room = 0, 0
    for size in sizes:
        if size > room:
            parts, room = parts + 1, part
        room -= size
    return parts
