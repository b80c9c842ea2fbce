"""A request's headers as they came, and an answer as it goes, whoever the vendor is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Generic, TypeVar

from attrs import field, frozen

RefusalT = TypeVar("RefusalT")

_AS_IT_IS = frozenset({"", "identity"})


@frozen(kw_only=True)
class VendorResponse(Generic[RefusalT]):
    """
    One HTTP answer.

    Attributes:
        status: HTTP status.
        headers: Without Content-Length, which is the transport's.
        body: JSON, or nothing.
        refused: The refusal it reports, for logs and inboxes; never on the wire.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    refused: RefusalT | None = None


def header_of(headers: Mapping[str, str], name: str) -> str:
    """
    A header's value, or nothing where it is missing.

    Args:
        headers: Names in any case; some HTTP libraries have bytes for values.
        name: In lower case.
    """
    found: str | bytes | None = headers.get(name)
    if found is None:
        named = (each for key, each in headers.items() if key.lower() == name)
        found = next(named, "")
    return found.decode("latin-1") if isinstance(found, bytes) else found


def is_packed(content_encoding: str) -> bool:
    """Whether a body with this Content-Encoding is not what was meant, but packed."""
    return content_encoding.strip().lower() not in _AS_IT_IS


def whole_seconds(wait: timedelta) -> str:
    """A Retry-After: whole seconds, never too early."""
    return str(-int(-wait.total_seconds() // 1))
