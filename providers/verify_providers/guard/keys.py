"""
The names of counters, which show no number and no address.

Whoever reads the store sees keyed hashes. Without a key, all phone numbers of a country
could be tried in seconds.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from typing import Final

from attrs import field, frozen

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


def _fit(_instance: object, _attribute: object, value: Secret) -> None:
    if len(value.reveal()) < LEAST_PEPPER:
        raise InvalidSetting("pepper", f"takes at least {LEAST_PEPPER} characters")


@frozen(kw_only=True)
class Keys:
    """
    Names counters.

    Attributes:
        pepper: The key of all hashes; the same on all machines that count together.
        prefix_digits: As in `GuardPolicy`.

    Raises:
        InvalidSetting: The pepper is too short.
    """

    pepper: Secret = field(validator=_fit)
    prefix_digits: int

    def digest(self, *parts: str) -> str:
        """A keyed hash of texts, 32 hexadecimal digits."""
        joined = "".join(f"{len(part)}:{part}" for part in parts)
        key = self.pepper.reveal().encode()
        return hmac.digest(key, joined.encode(), hashlib.sha256).hex()[:_DIGEST]

    def of_identifier(self, identifier: Identifier) -> str:
        """Of a person, whatever the case in which an address is written."""
        return self.digest(Per.IDENTIFIER, identifier.value.casefold())

    def of(self, per: Per, request: StartRequest) -> str | None:
        """Whom a start counts for, or None where the budget is none of its business."""
        match per:
            case Per.IDENTIFIER:
                return self.of_identifier(request.identifier)
            case Per.CLIENT_ADDRESS:
                address = request.client_address
                return None if address is None else self.digest(per, customer(address))
            case Per.EVERYONE:
                return "all"
            case Per.PREFIX | Per.CALLING_CODE:
                return self._of_range(per, request.identifier)

    def _of_range(self, per: Per, identifier: Identifier) -> str | None:
        if not isinstance(identifier, PhoneNumber):
            return None
        if per is Per.CALLING_CODE:
            return f"{identifier.calling_code}"
        return self.digest(per, self._prefix(identifier))

    def _prefix(self, number: PhoneNumber) -> str:
        # A number of a very short plan keeps its calling code and one digit.
        least = len(f"+{number.calling_code}") + 1
        return number.e164[: max(len(number.e164) - self.prefix_digits, least)]


def customer(address: str) -> str:
    """Whom an IP address belongs to: itself, or the /64 of an IPv6 address."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{int(found) >> (128 - _CUSTOMER_BITS):x}/{_CUSTOMER_BITS}"
