"""
The names of counters, which show no number and no address.

Whoever reads the store sees keyed hashes. Without a key, all phone numbers of a country
could be tried in seconds.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import Final

from verify_core.errors import InvalidSetting
from verify_core.identifiers import Identifier
from verify_core.masking import Secret
from verify_core.phone import PhoneNumber
from verify_core.verification import StartRequest

from .policy import Per

LEAST_PEPPER: Final = 16
_DIGEST: Final = 32
_CUSTOMER_BITS: Final = 64
"""What an IPv6 customer is given at least. Source: RFC 6177, section 2."""


class Keys:
    """
    Names counters.

    Args:
        pepper: The key of all hashes; the same on all machines that count together.
        prefix_digits: As in `GuardPolicy`.

    Raises:
        InvalidSetting: The pepper is too short.
    """

    def __init__(self, *, pepper: Secret, prefix_digits: int) -> None:
        key = pepper.reveal()
        if len(key) < LEAST_PEPPER:
            raise InvalidSetting("pepper", f"takes at least {LEAST_PEPPER} characters")
        self._keyed = hmac.new(key.encode(), digestmod="sha256")
        self._prefix_digits = prefix_digits

    def digest(self, *parts: str) -> str:
        """A keyed hash (HMAC-SHA256) of texts, cut to 32 hexadecimal digits."""
        keyed = self._keyed.copy()
        keyed.update("".join([f"{len(part)}:{part}" for part in parts]).encode())
        return keyed.hexdigest()[:_DIGEST]

    def of_identifier(self, identifier: Identifier) -> str:
        """Of a person, whatever the case in which an address is written."""
        return self.digest("identifier", identifier.value.casefold())

    def of_customer(self, request: StartRequest) -> str | None:
        """Of whom the client address belongs to, or None without one."""
        address = request.client_address
        return None if address is None else self.digest("customer", customer(address))

    def of_prefix(self, number: PhoneNumber) -> str:
        """Of a number's range."""
        # A number of a very short plan keeps its calling code and one digit.
        least = len(f"+{number.calling_code}") + 1
        kept = max(len(number.e164) - self._prefix_digits, least)
        return self.digest("prefix", number.e164[:kept])

    def of(self, per: Per, request: StartRequest) -> str | None:
        """Whom a start counts for, or None where the budget is none of its business."""
        identifier = request.identifier
        if per is Per.IDENTIFIER:
            return self.of_identifier(identifier)
        if per is Per.CLIENT_ADDRESS:
            return self.of_customer(request)
        if per is Per.EVERYONE:
            return "all"
        if not isinstance(identifier, PhoneNumber):
            return None
        if per is Per.CALLING_CODE:
            return str(identifier.calling_code)
        return self.of_prefix(identifier)


def customer(address: str) -> str:
    """Whom an IP address belongs to: itself, or the /64 of an IPv6 address."""
    if ":" not in address:
        return address  # a request takes one spelling of an IPv4 address only
    found = ipaddress.IPv6Address(address)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{int(found) >> (128 - _CUSTOMER_BITS):x}/{_CUSTOMER_BITS}"
