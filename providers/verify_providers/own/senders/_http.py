"""A sender made of a conversation over HTTP: one blocks, its twin is awaited."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias, cast

from attrs import frozen

from verify_core.errors import Misconfigured, NotSent, NotSupported, VerifyError
from verify_core.frames import unframed, unframed_init
from verify_core.masking import hiding

from ..._clock import utc_now
from ...conversations import run_awaited
from ...http import (
    STATUS_ERRORS,
    Ask,
    AsyncHttpDriver,
    HttpAnswer,
    HttpConversation,
    HttpDriver,
    HttpRequest,
    Reach,
    answer_error,
)
from ...http._provider import Credentials
from ._sender import MaybeSent, Message, Sent

SendConversation: TypeAlias = HttpConversation[Sent | MaybeSent]
"""Yields requests, and says what became of the message or raises a `NotSent`."""

# By the package's name, which applications configure.
_LOG = logging.getLogger(__package__)

_SUCCESSES = range(200, 300)


class ConversationSender:
    """
    A `Sender` that blocks: conversations with one vendor host over `requests`.

    Args:
        converse: Begins the conversation that sends a message; pure.
        name: The sender's name, for errors.
        address: The vendor's own: scheme, host and optional path.
        reach: How the vendor is reached; may name another address.
        credentials: Asked anew for each request; None where the requests themselves
            hold what the vendor knows its customers by.

    Raises:
        InvalidSetting: An option that cannot be used; names it.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__init__" in vars(cls):
            unframed_init(cls)  # a vendor's constructor takes secrets

    def __init__(
        self,
        converse: Callable[[Message], SendConversation],
        *,
        name: str,
        address: str,
        reach: Reach,
        credentials: Credentials | None = None,
    ) -> None:
        self._converse = converse
        self._driver = HttpDriver(
            provider=name, address=address, credentials=credentials, reach=reach
        )
        self._make_awaited = partial(
            AsyncConversationSender,
            converse,
            name=name,
            address=address,
            reach=reach,
            credentials=credentials,
        )

    @unframed
    def send(self, message: Message) -> Sent | MaybeSent:
        """Deliver the message once; see `Sender.send`."""
        return self._driver.run(self._converse(message))

    def close(self) -> None:
        """Close the idle connections; a later message opens new ones."""
        self._driver.close()

    def awaited(self) -> AsyncConversationSender:
        """
        Return the same sender, awaited on `aiohttp` (extra `async`).

        Raises:
            InvalidSetting: `aiohttp` is not installed.
        """
        return self._make_awaited()


class AsyncConversationSender:
    """
    As `ConversationSender`, awaited; `ConversationSender.awaited` makes one.

    When its task is cancelled after the request began to leave, a masked warning is
    logged, since the message may have been sent.
    """

    def __init__(
        self,
        converse: Callable[[Message], SendConversation],
        *,
        name: str,
        address: str,
        reach: Reach,
        credentials: Credentials | None,
    ) -> None:
        self._converse = converse
        self._driver = AsyncHttpDriver(
            provider=name, address=address, credentials=credentials, reach=reach
        )

    @unframed
    async def send(self, message: Message) -> Sent | MaybeSent:
        """Deliver the message once; see `Sender.send`."""
        exchanges = self._driver.begin()
        try:
            outcome: Any = await run_awaited(self._converse(message), exchanges)
        except Exception as error:  # noqa: BLE001 - raised below
            outcome = error
        if exchanges.cancelled:  # which the exchange has taken for a lost answer
            if exchanges.maybe_sent:
                _LOG.warning(
                    "a message to %s may have left when its task was cancelled",
                    message.identifier,
                )
            raise asyncio.CancelledError
        if isinstance(outcome, Exception):
            raise outcome
        return cast("Sent | MaybeSent", outcome)

    async def aclose(self) -> None:
        """Close the connections of this event loop; a later message opens new ones."""
        await self._driver.aclose()


@frozen(kw_only=True)
class Failure:
    """
    What a vendor's answer says against a message.

    Attributes:
        kind: The error that it stands for; None where a message may have left.
        code: The vendor's own word or number for it, from its documents.
        text: The vendor's sentence, not yet masked.
    """

    kind: type[NotSent] | None
    code: str = ""
    text: str = ""


@frozen(kw_only=True)
class Delivering:
    """
    What every vendor's conversation shares: one request, and how its answer reads.

    Attributes:
        name: The sender's name, for errors.
        shown: What people call the vendor, for messages.
        read: Reads an answer: sent, or a failure that the vendor's documents name, or
            None where only the HTTP status says something. Success is believed of a
            2xx alone.
        clock: The present, aware, for a `Retry-After` that is a date.
    """

    name: str
    shown: str
    read: Callable[[HttpAnswer], Sent | Failure | None]
    clock: Callable[[], datetime] = utc_now

    def deliver(self, message: Message, request: HttpRequest) -> SendConversation:
        """
        Send one request, and say what became of the message.

        A missing answer, 408, 5xx, a redirect, and a 2xx that cannot be read are
        `MaybeSent` unless `read` knows better: only a refusal says that nothing left.

        Raises:
            NotSent: The vendor refused, or was not reached at all.
        """
        reply = yield Ask(request)
        if not isinstance(reply, HttpAnswer):
            error = reply.error(provider=self.name, shown=self.shown, has_effect=True)
            return _maybe_sent(error)
        found = self.read(reply)
        if isinstance(found, Sent) and reply.status in _SUCCESSES:
            return found
        if not isinstance(found, Failure):
            found = Failure(kind=_kind_of(reply.status))
        return self._failed(message, reply, found)

    def _failed(
        self, message: Message, answer: HttpAnswer, failure: Failure
    ) -> MaybeSent:
        hidden = hiding(message.identifier, message.code, message.text)
        text = hidden.mask(failure.text, limit=200)
        sentence = ": ".join(
            filter(None, (f"{self.shown} answered {answer.status}", failure.code, text))
        )
        if failure.kind is None:
            return MaybeSent(reason=sentence)
        raise answer_error(
            answer,
            failure.kind,
            sentence,
            provider=self.name,
            has_effect=True,
            now=self.clock(),
            vendor_code=failure.code or None,
        )


def _maybe_sent(error: VerifyError) -> MaybeSent:
    if error.maybe_sent:
        return MaybeSent(reason=str(error))
    raise error


def _kind_of(status: int) -> type[NotSent] | None:
    """What a status says alone; None where a message may have left."""
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if not refused or status == HTTPStatus.REQUEST_TIMEOUT:
        return None
    kind = STATUS_ERRORS.get(status, Misconfigured)
    return kind if issubclass(kind, NotSent) else NotSupported
