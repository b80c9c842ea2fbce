"""
Which verification a request or an answer is about. Pure.

An answer counts for the verification that it names, and absence names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeGuard

from attrs import field, frozen


@frozen(kw_only=True)
class Target:
    """
    Which verification a request is about.

    Attributes:
        service_sid: The service.
        sid: The verification's SID; empty where none is known, and the address counts.
        address: The number or address it reaches.
    """

    service_sid: str
    sid: str = ""
    address: str = field(repr=False)

    @property
    def key(self) -> str:
        """How Twilio finds it: by SID, by address only where there is none."""
        return self.sid or self.address


def is_sid(text: object, prefix: str = "VE") -> TypeGuard[str]:
    """
    Whether this is a SID of that kind: two letters and 32 hexadecimal digits.

    Source: Twilio, "String Identifier (SID)". Anything else may be a number or a code
    that is echoed, and is neither kept nor shown.
    """
    return (
        isinstance(text, str)
        and re.fullmatch(f"{prefix}[0-9a-fA-F]{{32}}", text) is not None
    )


def names_another(body: Mapping[str, Any], target: Target) -> bool:
    """
    Whether a body names another verification than the one asked about.

    What is there must fit, null included: only a member that is missing says nothing.

    Args:
        body: Of a success.
        target: What the request was about.
    """
    sid, to = body.get("sid"), body.get("to")
    wrong_sid = not is_sid(sid) or (target.sid not in {"", sid})
    return (
        ("sid" in body and wrong_sid)
        or ("to" in body and not _is_same_address(to, target.address))
        or body.get("service_sid", target.service_sid) != target.service_sid
    )


def names(body: Mapping[str, Any], target: Target) -> bool:
    """
    Whether a body names the verification asked about, so that it can be believed.

    By SID, where the request was; else by address, too. Nothing is read into what is
    missing.
    """
    needed = {"sid"} if target.sid else {"sid", "to"}
    return needed <= body.keys() and not names_another(body, target)


# Digits and what people and vendors write between them; `whatsapp:` may come before.
_NUMBER = re.compile(r"(?:[a-z]{1,10}:)?\+?[0-9 ().-]{1,40}")


def _is_same_address(named: object, address: str) -> bool:
    if not isinstance(named, str):
        return False
    if "@" in address:
        return named.casefold() == address.casefold()
    return bool(_NUMBER.fullmatch(named)) and _digits(named) == _digits(address)


def _digits(number: str) -> str:
    # Mexico's 1 and Argentina's 9 after the country code come and go.
    digits = re.sub("[^0-9]", "", number)
    return re.sub("^(521|549)", lambda code: code[0][:2], digits)
