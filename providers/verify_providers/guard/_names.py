"""
The names of counters, which show no phone number and no address.

A reader of the store sees keyed hashes. Without a key, all phone numbers of a country
could be tried in seconds.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable, Collection

from verify_core.errors import InvalidSetting
from verify_core.identifiers import EmailAddress, Identifier
from verify_core.masking import Secret
from verify_core.phone import PhoneNumber
from verify_core.verification import StartRequest

from ._policy import Per

_LEAST_PEPPER = 16
_DIGEST_OCTETS = 16
_CUSTOMER_BITS = 64
"""What an IPv6 customer is given at least. Source: RFC 6177, section 2."""


class CounterNames:
    """
    Names counters.

    Args:
        pepper: The key of all hashes; the same on all machines that count together.
        prefix_digits: As in `GuardPolicy`.
        fold_subaddresses: As in `GuardPolicy`.

    Raises:
        InvalidSetting: The pepper is too short.
    """

    def __init__(
        self,
        *,
        pepper: Secret,
        prefix_digits: int,
        fold_subaddresses: Collection[str] = (),
    ) -> None:
        key = pepper.reveal()
        if len(key) < _LEAST_PEPPER:
            raise InvalidSetting("pepper", f"takes at least {_LEAST_PEPPER} characters")
        # Keyed BLAKE2 is a MAC (RFC 7693) in a third of HMAC's time; its key is short.
        short = hashlib.sha256(key.encode()).digest()
        self._keyed = hashlib.blake2b(key=short, digest_size=_DIGEST_OCTETS)
        self._prefix_digits = prefix_digits
        self._folded = frozenset(fold_subaddresses)

    def _digest(self, *parts: str) -> str:
        keyed = self._keyed.copy()
        keyed.update("\0".join(parts).encode())
        return keyed.hexdigest()

    def of_identifier(self, identifier: Identifier) -> str:
        """Hash a person, whatever the case in which an address is written."""
        person = identifier.value.casefold()
        if self._folded and isinstance(identifier, EmailAddress):
            person = self._mailbox(person)
        return self._digest("identifier", person)

    def naming(self, per: Per) -> Callable[[StartRequest], str | None]:
        """Return what names those whose starts add up; None names no counter."""
        return {
            Per.IDENTIFIER: lambda request: self.of_identifier(request.identifier),
            Per.CLIENT_ADDRESS: self._customer,
            Per.PREFIX: self._prefix,
            Per.CALLING_CODE: _calling_code,
            Per.EVERYONE: lambda _request: "all",
        }[per]

    def _mailbox(self, address: str) -> str:
        """Drop the subaddress where the domain delivers to the user before it."""
        local, _, domain = address.rpartition("@")
        user = local.partition("+")[0]
        return f"{user}@{domain}" if user and domain in self._folded else address

    def _customer(self, request: StartRequest) -> str | None:
        address = request.client_address
        return None if address is None else self._digest("customer", customer(address))

    def _prefix(self, request: StartRequest) -> str | None:
        number = request.identifier
        if not isinstance(number, PhoneNumber):
            return None
        # A number of a very short plan keeps its calling code and one digit.
        least = len(f"+{number.calling_code}") + 1
        kept = max(len(number.e164) - self._prefix_digits, least)
        return self._digest("prefix", number.e164[:kept])


def _calling_code(request: StartRequest) -> str | None:
    number = request.identifier
    return str(number.calling_code) if isinstance(number, PhoneNumber) else None


def customer(address: str) -> str:
    """Return the network of one customer: the IPv4 address, or the /64 of an IPv6."""
    if ":" not in address:
        return address  # a request takes one spelling of an IPv4 address only
    found = ipaddress.IPv6Address(address)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{int(found) >> (128 - _CUSTOMER_BITS):x}/{_CUSTOMER_BITS}"
