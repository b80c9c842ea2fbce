"""
The names of counters, which show no number and no address.

Whoever reads the store sees keyed hashes. Without a key, all phone numbers of a country
could be tried in seconds.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from typing import Final

from verify_core.errors import InvalidSetting
from verify_core.identifiers import Identifier
from verify_core.masking import Secret
from verify_core.phone import PhoneNumber
from verify_core.verification import StartRequest

from .policy import Per

LEAST_PEPPER: Final = 16
_DIGEST: Final = 16
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
        # Keyed BLAKE2 is a MAC (RFC 7693) in a third of HMAC's time; its key is short.
        short = hashlib.sha256(key.encode()).digest()
        self._keyed = hashlib.blake2b(key=short, digest_size=_DIGEST)
        self._prefix_digits = prefix_digits

    def digest(self, *parts: str) -> str:
        """A keyed hash of texts without a null; 32 hexadecimal digits."""
        keyed = self._keyed.copy()
        keyed.update("\0".join(parts).encode())
        return keyed.hexdigest()

    def of_identifier(self, identifier: Identifier) -> str:
        """Of a person, whatever the case in which an address is written."""
        return self.digest("identifier", identifier.value.casefold())

    def naming(self, per: Per) -> Callable[[StartRequest], str | None]:
        """What names whom a start counts for; None is nobody."""
        match per:
            case Per.IDENTIFIER:
                return lambda request: self.of_identifier(request.identifier)
            case Per.CLIENT_ADDRESS:
                return self._customer
            case Per.PREFIX:
                return self._prefix
            case Per.CALLING_CODE:
                return _calling_code
            case Per.EVERYONE:
                return lambda _request: "all"

    def _customer(self, request: StartRequest) -> str | None:
        address = request.client_address
        return None if address is None else self.digest("customer", customer(address))

    def _prefix(self, request: StartRequest) -> str | None:
        number = request.identifier
        if not isinstance(number, PhoneNumber):
            return None
        # A number of a very short plan keeps its calling code and one digit.
        least = len(f"+{number.calling_code}") + 1
        kept = max(len(number.e164) - self._prefix_digits, least)
        return self.digest("prefix", number.e164[:kept])


def _calling_code(request: StartRequest) -> str | None:
    number = request.identifier
    return str(number.calling_code) if isinstance(number, PhoneNumber) else None


def customer(address: str) -> str:
    """Whom an IP address belongs to: itself, or the /64 of an IPv6 address."""
    if ":" not in address:
        return address  # a request takes one spelling of an IPv4 address only
    found = ipaddress.IPv6Address(address)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{int(found) >> (128 - _CUSTOMER_BITS):x}/{_CUSTOMER_BITS}"
