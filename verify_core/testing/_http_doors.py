"""
A vendor over HTTP that fails on purpose: the doors of a bench, in front of your fake.

    with HttpDoors(forward_to="http://127.0.0.1:8000") as doors:
        provider = MyProvider(key, base_url=doors.url)
        doors.lose_next()
        provider.start(request)  # the vendor sent the message; the answer never comes

A server on loopback hands each request to the fake and its answer back, but for what
was arranged before. In a bench, `**doors.openings()` opens all of its doors.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Self

from attrs import evolve, frozen

from ..masking import Hidden
from ._serving import End, FaultyServer
from ._troubles import (
    FAILED_INSIDE,
    RETRY_AFTER_S,
    Call,
    Garbage,
    VendorReply,
    VendorRequest,
    failed,
    garbled,
    page_of_a_proxy,
)
from ._vendors import Answer, AsgiApp, WsgiApp, vendor_of

_ELSEWHERE = "/elsewhere"
_POLL_S = 0.001
_MEETING_S = 0.2

Change = Callable[[VendorRequest, VendorReply], VendorReply]


@frozen
class _Fault:
    """
    What goes wrong with one request, or with every one.

    Attributes:
        call: The call that it waits for, or None for any.
        end: What becomes of the connection.
        acted: Whether the vendor acts upon the request all the same.
        reply: Makes the answer from the request and the vendor's own reply.
    """

    call: Call | None = None
    end: End = End.ANSWER
    acted: bool = True
    reply: Change = lambda _request, own: own


_DOORS = (
    *("asked", "followed", "gather", "lose_next", "lose_all_answers", "fail_next"),
    *("garble_next", "redirect_next", "throttle_next", "intercept_next", "targets"),
    *("refuse_connections", "stall", "trickle"),
)
"""Methods of `HttpDoors` that are doors of a `Bench` by the same name."""


class HttpDoors:
    """
    A server on loopback in front of a vendor's fake, with the faults of a network.

    Exactly one of the first four arguments says where the fake is. A fake that is
    called in this process is asked by one thread after the other.

    Args:
        answer: A function from a request to a reply.
        wsgi: A WSGI application.
        asgi: An ASGI application; its lifespan is not run.
        forward_to: The address of a fake that listens by itself, plain HTTP.
        call_of: Which call of the provider a request belongs to, or None, as for one
            that fetches a token. Without it, a fault meets the next request, whichever
            call it was arranged for.

    Attributes:
        url: The address to give to the provider.

    Raises:
        TypeError: Not exactly one fake is named.
    """

    def __init__(
        self,
        *,
        answer: Answer | None = None,
        wsgi: WsgiApp | None = None,
        asgi: AsgiApp | None = None,
        forward_to: str | None = None,
        call_of: Callable[[VendorRequest], Call | None] | None = None,
    ) -> None:
        self._vendor = vendor_of(answer, wsgi, asgi, forward_to)
        self._call_of = call_of
        self._once: list[_Fault] = []
        self._always = _Fault()
        self._change: Change = lambda _request, own: own
        self._lock = threading.Lock()
        self._targets: Hidden[list[str]] = Hidden([])
        self._followed = 0
        self._errors: list[str] = []
        self._meeting: tuple[threading.Barrier, int] | None = None
        self._closing = threading.Event()
        self._reserved: socket.socket | None = None
        self._server = FaultyServer(self._respond, self._closing)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_S,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: object, error: BaseException | None, _trace: object
    ) -> None:
        """
        Close the server; what stalls and trickles, ends.

        Raises:
            RuntimeError: The fake itself raised, so what the provider saw of it says
                nothing about the vendor.
        """
        self._closing.set()
        self._stop_listening()
        if self._reserved is not None:
            self._reserved.close()
        if self._errors and error is None:
            raise RuntimeError(f"the vendor's fake raised: {'; '.join(self._errors)}")

    def asked(self) -> int:
        """How many requests have reached the vendor's address so far."""
        return len(self._targets.reveal())

    def targets(self) -> Sequence[str]:
        """Path and query of each request so far, as sent; they may hold numbers."""
        return tuple(self._targets.reveal())

    def followed(self) -> int:
        """How many requests have gone to where a redirect pointed."""
        return self._followed

    def gather(self, count: int) -> None:
        """The answers to the next requests leave together, when all have come."""
        self._meeting = (threading.Barrier(count), count)

    def lose_next(self, call: Call | None = None) -> None:
        """The vendor acts upon the next request; the connection closes unanswered."""
        self._arm(_Fault(call, End.CLOSE))

    def reset_next(self, call: Call | None = None) -> None:
        """As `lose_next`, but the connection is reset."""
        self._arm(_Fault(call, End.RESET))

    def drop_next(self, call: Call | None = None) -> None:
        """The connection closes over the next request, and the vendor never sees it."""
        self._arm(_Fault(call, End.CLOSE, acted=False))

    def stall_next(self, call: Call | None = None) -> None:
        """The vendor acts upon the next request, and never answers."""
        self._arm(_Fault(call, End.STALL))

    def trickle_next(self, call: Call | None = None) -> None:
        """The vendor acts upon the next request; its answer trickles, for ever."""
        self._arm(_Fault(call, End.TRICKLE))

    def fail_next(self, status: int, call: Call | None = None) -> None:
        """
        The next request is answered with an error whose body repeats the request.

        The vendor acts upon it only where the status is 500, 502 or 504. 429 comes with
        `Retry-After: 3`, and 503 with a date in the past.
        """
        acted = status in FAILED_INSIDE
        fault = _Fault(
            call, acted=acted, reply=lambda asked, _own: failed(status, asked)
        )
        self._arm(fault)

    def throttle_next(self, call: Call | None = None) -> timedelta:
        """The next request is refused by 429; returns what `Retry-After` says."""
        self.fail_next(429, call)
        return timedelta(seconds=RETRY_AFTER_S)

    def intercept_next(self, call: Call | None = None) -> None:
        """The next request does not reach the vendor; 404 and a web page come back."""
        fault = _Fault(
            call, acted=False, reply=lambda asked, _own: page_of_a_proxy(asked)
        )
        self._arm(fault)

    def answer_next(self, reply: VendorReply, call: Call | None = None) -> None:
        """The next request gets this answer, and the vendor does not act upon it."""
        self._arm(_Fault(call, acted=False, reply=lambda _request, _own: reply))

    def garble_next(self, garbage: Garbage, call: Call | None = None) -> None:
        """The vendor acts upon the next request; the answer's body is unreadable."""
        end = End.BREAK_OFF if garbage is Garbage.BROKEN_OFF else End.ANSWER
        self._arm(_Fault(call, end, reply=lambda _request, own: garbled(own, garbage)))

    def redirect_next(self, call: Call | None = None) -> None:
        """
        The next request is redirected by 307 to where it would be acted upon.

        Following it sends what it holds to an address that was never configured; here
        it is acted upon, and counted by `followed`.
        """

        def elsewhere(request: VendorRequest, _own: VendorReply) -> VendorReply:
            place = self.url.replace("127.0.0.1", "localhost")
            location = f"{place}{_ELSEWHERE}{request.target}"
            return VendorReply(status=307, headers={"Location": location})

        self._arm(_Fault(call, acted=False, reply=elsewhere))

    def lose_all_answers(self) -> None:
        """From now on the vendor acts upon every request; each connection is reset."""
        self._always = _Fault(end=End.RESET)

    def stall(self) -> None:
        """From now on the vendor acts upon every request and never answers."""
        self._always = _Fault(end=End.STALL)

    def trickle(self) -> None:
        """From now on every answer comes byte by byte and never ends."""
        self._always = _Fault(end=End.TRICKLE)

    def change_answers(self, change: Change) -> None:
        """From now on every answer of the fake's goes through this function."""
        self._change = change

    def refuse_connections(self) -> None:
        """From now on the address, which stays taken, refuses connections."""
        port = self._server.server_port
        self._stop_listening()
        # Bound and not listening: no other program gets the port or answers at it.
        self._reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._reserved.bind(("127.0.0.1", port))

    def openings(self) -> dict[str, Any]:
        """All doors that are the same for every vendor, for `Bench(**…)`."""
        return {
            **{name: getattr(self, name) for name in _DOORS},
            "lose_next_start": partial(self.lose_next, Call.START),
            "drop_next_start": partial(self.drop_next, Call.START),
            "throttle_next_check": partial(self.fail_next, 429, Call.CHECK),
        }

    def _arm(self, fault: _Fault) -> None:
        with self._lock:
            self._once.append(fault)

    def _stop_listening(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.hang_up()

    def _meet(self, request: VendorRequest) -> _Fault:
        """The fault that this request meets; the oldest that waits for its call."""
        call = None if self._call_of is None else self._call_of(request)
        with self._lock:
            self._targets.reveal().append(request.target)
            self._followed += request.target.startswith(_ELSEWHERE)
            for fault in self._once:
                if fault.call is None or self._call_of is None or fault.call is call:
                    self._once.remove(fault)
                    return fault
        return self._always

    def _respond(self, asked: VendorRequest) -> tuple[VendorReply, End]:
        fault = self._meet(asked)
        request = evolve(asked, target=asked.target.removeprefix(_ELSEWHERE))
        own = self._ask(request) if fault.acted else VendorReply()
        self._wait_for_others()
        return fault.reply(request, own), fault.end

    def _wait_for_others(self) -> None:
        with self._lock:
            if self._meeting is None:
                return
            barrier, left = self._meeting
            self._meeting = (barrier, left - 1) if left > 1 else None
        # A provider that makes one request after the other is not kept for ever.
        with suppress(threading.BrokenBarrierError):
            barrier.wait(_MEETING_S)

    def _ask(self, request: VendorRequest) -> VendorReply:
        try:
            return self._change(request, self._vendor(request))
        except Exception as error:  # noqa: BLE001 - whatever the author's fake raises
            # The name alone: the error may hold a code.
            self._errors.append(f"{type(error).__name__} at {request.method}")
            return VendorReply(status=500)
