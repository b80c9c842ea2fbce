"""
The one catalogue of texts that people see, by key and language.

No text holds a placeholder for a number or a code, so none can leak one.
"""

from __future__ import annotations

from collections.abc import Iterable

from ._translations import TRANSLATIONS
from .errors import PhoneReason, TokenReason

DEFAULT_LANGUAGE = "en"

_ENGLISH = {
    "sender.ask.phone": (
        "Enter your phone number with its country code, such as +1 555 323 1234."
    ),
    "sender.empty.phone": "Enter a phone number first.",
    "sender.prompt.phone": "Phone number",
    "sender.ask.email": "Enter your e-mail address.",
    "sender.empty.email": "Enter an e-mail address first.",
    "sender.prompt.email": "E-mail address",
    "collector.ask": "Enter the code that we sent you.",
    "collector.maybe_sent": (
        "We could not confirm that your message left."
        " If no code arrives, ask for it again."
    ),
    "collector.prompt": "Code",
    **{f"error.phone.{reason}": reason.sentence for reason in PhoneReason},
    "error.identifier.missing": "There is no number or address to send a code to.",
    "error.identifier.invalid_email": (
        "This is not an e-mail address. It looks like name@example.org."
    ),
    "error.identifier.no_person": "There is no number or address to send a code to.",
    "error.identifier.not_mobile": "This is not the number of a mobile phone.",
    "error.identifier.line_unknown": (
        "We do not know whether this is the number of a mobile phone."
    ),
    "error.identifier.other": "This cannot be used. Try another one.",
    "error.channel.unknown": "This way of sending a code does not exist.",
    "error.channel.mismatch": "A code cannot be sent to this address in this way.",
    "error.code.empty": "Enter the code first.",
    "error.code.not_a_code": "This is not a code. Enter only the code itself.",
    "error.code.no_reference": "No code was sent yet. Start again.",
    **{
        f"error.reference.{reason}": "This form is no longer valid. Start again."
        for reason in TokenReason
    },
    "error.provider.invalid_identifier": (
        "No code can be sent to this number or address. Try another one."
    ),
    "error.provider.refused": "No code can be sent here.",
    "error.provider.too_soon": "Too many codes were asked for. Wait a few minutes.",
    "error.provider.throttled": "Too many requests at the moment. Try again shortly.",
    "error.provider.misconfigured": "Codes cannot be sent at the moment.",
    "error.provider.unavailable": "No codes can be sent now. Try again later.",
    "error.provider.unsupported_channel": "Codes cannot be sent in this way here.",
    "error.provider.not_supported": "This cannot be done here.",
    "error.provider.ambiguous": (
        "We do not know whether this worked. If no code arrives, ask for a new one."
    ),
    "error.provider.unexpected": "Something unexpected happened. Start again.",
    "error.verdict.wrong_code": "This code is not right. Try again.",
    "error.verdict.exhausted": "Too many wrong codes. Ask for a new one later.",
    "error.verdict.expired": "This code has expired. Ask for a new one.",
    "error.verdict.gone": "This code is no longer valid. Ask for a new one.",
    "error.verdict.not_checkable": "No code can be checked at the moment.",
    "error.setting.invalid": "Codes cannot be sent at the moment.",
}

CATALOGUE = {DEFAULT_LANGUAGE: _ENGLISH, **TRANSLATIONS}
"""Language (first part of a BCP 47 tag) to key to text; each language has every key."""


def text_of(key: str, languages: Iterable[str] = ()) -> str:
    """
    The text of a key, in the first of the languages that we have.

    Args:
        key: A key of the catalogue.
        languages: BCP 47 tags, best first; English if we have none of them.

    Raises:
        KeyError: The key is not in the catalogue.
    """
    for tag in languages:
        texts = CATALOGUE.get(tag.replace("_", "-").partition("-")[0].lower())
        if texts is not None:
            return texts[key]
    return _ENGLISH[key]
