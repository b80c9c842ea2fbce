"""What a provider makes of a start before it asks: a refusal, or what to send."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Generic, TypeVar, overload

from attrs import frozen

from .channels import Channel
from .errors import NotSupported, UnsupportedChannel
from .provider import AnyProvider, resend_of
from .verification import StartRequest, VerificationRef

ExtrasT = TypeVar("ExtrasT")


def attempt_of(
    request: StartRequest, previous: VerificationRef | None, draw: Callable[[], str]
) -> str:
    """The request's attempt id, else that of the verification sent again, else new."""
    if request.attempt_id is not None:
        return request.attempt_id
    return draw() if previous is None else previous.attempt_id


@frozen(kw_only=True)
class Accepted(Generic[ExtrasT]):
    """
    What `accept` makes of a start.

    Attributes:
        previous: The reference to send again for, or None.
        extras: The request's extras of this vendor, or None.
        ignored: For `Started.ignored_hints`: hints that this provider never fulfils,
            and `previous` where the one passed does not count.
    """

    previous: VerificationRef | None
    extras: ExtrasT | None
    ignored: tuple[str, ...]


@overload
def accept(
    provider: AnyProvider,
    request: StartRequest,
    previous: VerificationRef | None = None,
    *,
    extras: None = None,
    channels: Collection[Channel] | None = None,
) -> Accepted[None]: ...


@overload
def accept(
    provider: AnyProvider,
    request: StartRequest,
    previous: VerificationRef | None = None,
    *,
    extras: type[ExtrasT],
    channels: Collection[Channel] | None = None,
) -> Accepted[ExtrasT]: ...


def accept(
    provider: AnyProvider,
    request: StartRequest,
    previous: VerificationRef | None = None,
    *,
    extras: type[ExtrasT] | None = None,
    channels: Collection[Channel] | None = None,
) -> Accepted[ExtrasT] | Accepted[None]:
    """
    Refuse what the provider cannot do, before any request leaves; else what to do.

    Args:
        provider: Its capabilities and its name decide.
        request: As passed to `start`, like `previous`.
        previous: The reference to send again for, if any.
        extras: The class of this vendor's extras, or None for a vendor without extras.
        channels: All that can be used, where extras add to the capabilities.

    Raises:
        UnsupportedChannel: The message lists the channels offered.
        NotSupported: A custom code that would be ignored, or extras of another vendor.
    """
    require_offered(provider, request, channels)
    again = None if previous is None else resend_of(provider, request, previous)
    given = given_hints(request)
    fulfilled = provider.capabilities.hints if given else ()
    ignored = tuple([name for name in given if name not in fulfilled])
    return Accepted(
        previous=again,
        extras=(
            _extras(provider, request, extras or type(None)) if request.extras else None
        ),
        ignored=ignored if again is previous else (*ignored, "previous"),
    )


def require_offered(
    provider: AnyProvider,
    request: StartRequest,
    channels: Collection[Channel] | None = None,
) -> None:
    """Refuse a channel or a custom code that it does not take, as `accept` does."""
    offered = provider.capabilities.channels if channels is None else channels
    if request.channel not in offered:
        names = ", ".join(sorted(offered))
        raise UnsupportedChannel(
            f"channel {request.channel} is not offered; choose one of: {names}",
            provider.name,
        )
    if request.custom_code is not None and not provider.capabilities.custom_code:
        raise NotSupported("custom_code: this provider makes its own", provider.name)


def _extras(
    provider: AnyProvider, request: StartRequest, kind: type[ExtrasT]
) -> ExtrasT | None:
    taken: ExtrasT | None = None
    for extra in request.extras:
        if not isinstance(extra, kind):
            # Ignoring it would do something other than what was asked for.
            raise NotSupported(
                f"extras: {type(extra).__name__} is not for this provider",
                provider.name,
            )
        taken = extra
    return taken


def given_hints(request: StartRequest) -> tuple[str, ...]:
    """The names of the hints that a request gives."""
    given, hints = [], request.hints
    if request.locale is not None:
        given.append("locale")
    if request.client_address is not None:
        given.append("client_address")
    if request.fallback_channels:
        given.append("fallback_channels")
    if hints.time_to_live is not None:
        given.append("time_to_live")
    if hints.code_length is not None:
        given.append("code_length")
    return tuple(given)
