"""One message by several senders: the next one only where no message left."""

from __future__ import annotations

import logging
from typing import Any

from verify_core.errors import (
    InvalidIdentifier,
    Misconfigured,
    NotSent,
    NotSupported,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.masking import hiding

from ..conversations import Call, CallConversation
from .senders import MaybeSent, Message, Sent

_LOG = logging.getLogger(__package__)

FINAL = (Refused, TooSoon)
"""To ask elsewhere, or by another channel, would defeat what these stand for."""

# What says most of why nothing left comes first: by it the caller decides what to do.
_TELLING: tuple[type[NotSent], ...] = (
    *(*FINAL, InvalidIdentifier, Misconfigured, Throttled),
    *(UnsupportedChannel, NotSupported, Unavailable, NotSent),
)


def most_telling(errors: list[NotSent]) -> NotSent:
    """Return the error that says most of what to do; of equals, the first."""
    return min(
        errors,
        key=lambda error: next(
            place for place, kind in enumerate(_TELLING) if isinstance(error, kind)
        ),
    )


def try_each(
    senders: tuple[Any, ...], message: Message, name: str, errors: list[NotSent]
) -> CallConversation[Sent | MaybeSent | None]:
    """
    Send by the first that can; None where no message left.

    Args:
        senders: Of the message's channel, in order.
        message: The message.
        name: The provider's, for errors without a name.
        errors: Receives why nothing left.
    """
    for sender in senders:
        outcome = yield from _deliver(sender, message, name)
        if not isinstance(outcome, NotSent):
            return outcome
        errors.append(outcome)
        if isinstance(outcome, (*FINAL, InvalidIdentifier)):
            break
    return None


def _deliver(
    sender: Any,  # noqa: ANN401 - of either kind
    message: Message,
    name: str,
) -> CallConversation[Sent | MaybeSent | NotSent]:
    hidden = hiding(message.identifier, message.code)
    try:
        outcome = yield Call(lambda: sender.send(message), has_effect=True)
    except VerifyError as error:
        provider, said = error.provider or name, error.message
        if hidden.is_echoed_in(said):  # a function of the application may quote it
            said = hidden.mask(said)
        if isinstance(error, NotSent):
            return error.but(provider=provider, message=said)
        if not error.maybe_sent:
            return Unavailable(said, provider)
        outcome = MaybeSent(reason=said)
    except Exception as error:  # noqa: BLE001 - it may have failed after sending
        outcome = MaybeSent(reason=f"the sender raised {type(error).__name__}")
    if isinstance(outcome, Sent):
        return outcome
    if not isinstance(outcome, MaybeSent):
        kind = type(outcome).__name__
        outcome = MaybeSent(reason=f"the sender returned {kind}")
    reason = hidden.mask(outcome.reason)
    _LOG.warning("%s may have been sent: %s", message.channel, reason)
    return outcome
