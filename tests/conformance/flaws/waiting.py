"""Flaws of waiting: no deadline, one that ends no call, a loop that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import requests
from attrs import evolve

from tests.conformance.courier import DEADLINE, Courier, courier_harness
from tests.conformance.flaws._flaw import note, provider
from tests.support.kinds import blocking
from verify_core.errors import Throttled, Unavailable
from verify_core.provider import VerifyProvider
from verify_core.testing import Bench, Harness
from verify_core.testing._awaited import Blocking
from verify_core.verification import (
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
)
from verify_providers.threads import as_async


@provider("stalled_vendor_is_given_up_in_time")
class TakesSilenceForAMissingConnection(Courier):
    def send(
        self, method: str, path: str, body: dict[str, str] | None
    ) -> requests.Response:
        try:
            return super().send(method, path, body)
        except requests.ReadTimeout as error:
            if not error.args:  # as it comes where the answer had begun
                raise
            raise Unavailable("no answer in time", self.name) from None


@provider("trickling_vendor_is_given_up_in_time")
class TakesTheTimeBetweenBytesForAll(Courier):
    def load(self, response: requests.Response) -> None:
        _ = response.content


@provider("stated_wait_is_passed_on")
class KeepsTheWaitToItself(Courier):
    def read(self, response: requests.Response) -> dict[str, Any] | None:
        try:
            return super().read(response)
        except Throttled as error:
            raise error.but(retry_after=None) from None


@provider("stated_wait_is_passed_on")
class SleepsThroughTheWait(Courier):
    """Raises what the vendor said once most of the wait is over."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            return super().check(ref, code)
        except Throttled:
            if self.patience == DEADLINE:
                Event().wait(2)
            raise


class Awaited:
    """An awaited provider around a courier that blocks, with a flaw when in a hurry."""

    def __init__(self, inner: Courier) -> None:
        self.in_a_hurry = inner.patience == DEADLINE
        self.inner = as_async(inner)

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


class SleepsWithoutAwaiting(Awaited):
    """An awaited provider that, short of time, makes room by a sleep that blocks."""

    def __init__(self, inner: Courier) -> None:
        super().__init__(inner)
        if self.in_a_hurry:
            inner.patience = DEADLINE / 2

    async def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if self.in_a_hurry:
            Event().wait(0.8)
        return await self.inner.check(ref, code)


class PausesWithoutAwaiting(Awaited):
    """An awaited provider that goes easy on a busy vendor, by a sleep that blocks."""

    async def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        try:
            return await self.inner.start(request, previous=previous)
        except Throttled:
            if self.in_a_hurry:
                Event().wait(1)
            raise


def _awaited(kind: type[Awaited]) -> Harness:
    """The courier's provider as one that is awaited, and sleeps."""
    sound = courier_harness(Courier)

    def awaited(provider: VerifyProvider) -> Blocking:
        return blocking(kind(provider))

    @contextmanager
    def opened() -> Iterator[Bench]:
        with sound.open() as bench:
            impatient, another = bench.impatient, bench.another_process
            yield evolve(
                bench,
                provider=awaited(bench.provider),
                impatient=lambda: awaited(impatient()),
                another_process=lambda: awaited(another()),
            )

    return Harness(name=kind.__name__, open=opened)


for _kind in (SleepsWithoutAwaiting, PausesWithoutAwaiting):
    note(
        "waiting_leaves_the_loop_free",
        name=_kind.__name__,
        harness=_awaited(_kind),
        over_http=True,
    )
