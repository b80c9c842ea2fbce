"""Flaws of waiting: no deadline, one that ends no call, a loop that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import requests
from attrs import evolve

from tests.conformance.courier import DEADLINE, Courier, courier_harness
from tests.conformance.flaws._flaw import note, provider
from tests.support.kinds import blocking
from verify_core.errors import Unavailable
from verify_core.provider import VerifyProvider
from verify_core.testing import Bench, Harness
from verify_core.testing._awaited import Blocking
from verify_core.verification import CheckResult, VerificationRef
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


class SleepsWithoutAwaiting:
    """An awaited provider that, short of time, makes room by a sleep that blocks."""

    def __init__(self, inner: Courier) -> None:
        self.in_a_hurry = inner.patience == DEADLINE
        if self.in_a_hurry:
            inner.patience = DEADLINE / 2
        self.inner = as_async(inner)

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    async def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if self.in_a_hurry:
            Event().wait(0.8)
        return await self.inner.check(ref, code)


def _awaited() -> Harness:
    """The courier's provider as one that is awaited, and sleeps."""
    sound = courier_harness(Courier)

    def awaited(provider: VerifyProvider) -> Blocking:
        return blocking(SleepsWithoutAwaiting(provider))

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

    return Harness(name="sleeps without awaiting", open=opened)


note(
    "waiting_leaves_the_loop_free",
    name=SleepsWithoutAwaiting.__name__,
    harness=_awaited(),
    over_http=True,
)
