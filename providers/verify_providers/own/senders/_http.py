"""A sender made of a conversation over HTTP: one blocks, its twin is awaited."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from attrs import frozen

from verify_core.channels import Channel
from verify_core.errors import (
    InvalidSetting,
    Misconfigured,
    NotSent,
    NotSupported,
    UnsupportedChannel,
)
from verify_core.frames import unframed, unframed_init
from verify_core.masking import Hiding, hiding
from verify_core.provider_settings import ProviderSettings
from verify_core.validation import require_function, require_kind

from ..._clock import utc_now
from ...config import REACH_OPTIONS, read_options
from ...conversations import run_awaited
from ...http import (
    FORM,
    STATUS_ERRORS,
    Ask,
    AsyncHttpDriver,
    HasAuthorization,
    HttpAnswer,
    HttpConversation,
    HttpDriver,
    HttpRequest,
    Reach,
    answer_error,
)
from ._sender import MaybeSent, Message, Sent

SendConversation: TypeAlias = HttpConversation[Sent | MaybeSent]
"""Yields requests, and says what became of the message or raises a `NotSent`."""

# By the package's name, which applications configure.
_LOG = logging.getLogger(__package__)

_SUCCESSES = range(200, 300)

DEFAULT_REACH = Reach()


class ConversationSender:
    """
    A `Sender` that blocks: one request for each message, to one host, over `requests`.

    Attributes:
        channels: Those that it serves; a message for any other is refused.

    Args:
        ask: Makes the request for a message. It may take time, within the deadline.
        delivering: How the answer reads.
        address: The vendor's own: scheme, host and optional path.
        reach: How the vendor is reached; may name another address.
        credentials: Asked anew for each request; None where the requests themselves
            hold what the vendor knows its customers by.
        clock: The present, aware, for a `Retry-After` that is a date.

    Raises:
        InvalidSetting: An option that cannot be used; names it.
    """

    channels: tuple[Channel, ...] = tuple(Channel)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__init__" in vars(cls):
            unframed_init(cls)  # a vendor's constructor takes secrets

    def __init__(
        self,
        ask: Callable[[Message], HttpRequest],
        *,
        delivering: Delivering,
        address: str,
        reach: Reach,
        credentials: HasAuthorization | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._ask = ask
        self._delivering = delivering
        self._clock = require_function("clock", clock)
        vendor: Mapping[str, Any] = {
            "provider": delivering.name,
            "address": address,
            "credentials": credentials,
            "reach": require_kind("reach", reach, Reach),
        }
        self._driver = HttpDriver(**vendor)
        self._awaited_driver = partial(AsyncHttpDriver, **vendor)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    @unframed
    def send(self, message: Message) -> Sent | MaybeSent:
        """Deliver the message once; see `Sender.send`."""
        return self._driver.run(self._converse(message))

    def close(self) -> None:
        """Close the idle connections; a later message opens new ones."""
        self._driver.close()

    def awaited(self) -> AsyncConversationSender:
        """Return the same sender, awaited on `aiohttp` (extra `async`)."""
        return AsyncConversationSender(self._converse, self._awaited_driver())

    def _converse(self, message: Message) -> SendConversation:
        name = self._delivering.name
        if message.channel not in self.channels:
            raise UnsupportedChannel(f"{name} serves {', '.join(self.channels)}", name)
        request = self._ask(message)
        return (yield from self._delivering.deliver(message, request, self._clock))


class AsyncConversationSender:
    """
    As `ConversationSender`, awaited; `ConversationSender.awaited` makes one.

    When its task is cancelled after the request began to leave, a masked warning is
    logged, since the message may have been sent.
    """

    def __init__(
        self,
        converse: Callable[[Message], SendConversation],
        driver: AsyncHttpDriver,
    ) -> None:
        self._converse = converse
        self._driver = driver

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
        code: The vendor's own word or number for it.
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
        refuses_by_200: Whether a 2xx may refuse; else one that does is not believed.
        may_echo: Whether the id of a message may be what was sent; then it is dropped.
        support: The header with what the vendor's support asks for.
    """

    name: str
    shown: str
    read: Callable[[HttpAnswer], Sent | Failure | None]
    refuses_by_200: bool = False
    may_echo: bool = False
    support: str = ""

    def deliver(
        self, message: Message, request: HttpRequest, clock: Callable[[], datetime]
    ) -> SendConversation:
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
            if error.maybe_sent:
                return MaybeSent(reason=str(error))
            raise error
        found = self.read(reply)
        succeeded = reply.status in _SUCCESSES
        hidden = hiding(message.identifier, message.code, message.text)
        if isinstance(found, Sent) and succeeded:
            is_echo = self.may_echo and hidden.is_echoed_in(found.vendor_id)
            return Sent() if is_echo else found
        believed = self.refuses_by_200 or not succeeded
        if not isinstance(found, Failure) or not believed:
            found = Failure(kind=kind_of(reply.status))
        return self._failed(reply, found, hidden, clock())

    def _failed(
        self, answer: HttpAnswer, failure: Failure, hidden: Hiding, now: datetime
    ) -> MaybeSent:
        code = "" if hidden.is_echoed_in(failure.code) else failure.code
        text = hidden.mask(failure.text, limit=200)
        sentence = ": ".join(
            filter(None, (f"{self.shown} answered {answer.status}", code, text))
        )
        if failure.kind is None:
            return MaybeSent(reason=sentence)
        raise answer_error(
            answer,
            failure.kind,
            sentence,
            provider=self.name,
            has_effect=True,
            now=now,
            vendor_code=code or None,
            vendor_request_id=self._request_id(answer, hidden),
        )

    def _request_id(self, answer: HttpAnswer, hidden: Hiding) -> str | None:
        found = answer.headers.get(self.support, "")
        is_id = re.fullmatch("[A-Za-z0-9_=-]{8,80}", found)
        return found if is_id and not hidden.is_echoed_in(found) else None


def kind_of(status: int) -> type[NotSent] | None:
    """What a status says alone; None where a message may have left."""
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if not refused or status == HTTPStatus.REQUEST_TIMEOUT:
        return None
    kind = STATUS_ERRORS.get(status, Misconfigured)
    return kind if issubclass(kind, NotSent) else NotSupported


def reach_and_options(
    settings: ProviderSettings, types: Mapping[str, type], *, also: Iterable[str] = ()
) -> tuple[Reach, dict[str, Any]]:
    """How the vendor is reached, and the other options; see `read_options`."""
    found = read_options(settings, {**REACH_OPTIONS, **types}, also=also)
    reach = {name: found.pop(name) for name in REACH_OPTIONS if name in found}
    return Reach(**reach), found


def post(
    path: str,
    body: bytes,
    *,
    shown_path: str | None = None,
    content_type: str = FORM,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> HttpRequest:
    """Return the request that most vendors take; its path is shown as it is."""
    return HttpRequest(
        method="POST",
        path=path,
        shown_path=path if shown_path is None else shown_path,
        body=body,
        content_type=content_type,
        headers=headers,
    )


def require_bare(settings: ProviderSettings) -> None:
    """Refuse a host or a path in the URL of a sender whose settings are options."""
    if settings.host or settings.path:
        raise InvalidSetting(
            "host", f"takes none: write {settings.name}://user:secret@?option=value"
        )


def seconds_of(message: Message, *, least: int = 1, most: int) -> int:
    """The lifetime of a message's code in seconds, within a vendor's bounds."""
    return min(max(int(message.lifetime.total_seconds()), least), most)


def text_in(body: Mapping[str, Any], *path: str | int) -> str:
    """
    The text at a place in an answer; empty where there is something else.

    >>> text_in({"messages": [{"id": "m-1"}]}, "messages", 0, "id")
    'm-1'
    """
    found: Any = body
    for step in path:
        kind = list if isinstance(step, int) else dict
        try:
            found = found[step] if isinstance(found, kind) else ""  # type: ignore[index]
        except (KeyError, IndexError):
            return ""
    return found if isinstance(found, str) else ""
