"""Providers around another provider, which change nothing until they are asked to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define

from verify_core.provider import Capabilities, VerifyProvider
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)


@define
class Around:
    """A provider around another one, which so far changes nothing."""

    inner: VerifyProvider

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def capabilities(self) -> Capabilities:
        return self.inner.capabilities

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return self.inner.start(request, previous=previous)

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        return self.inner.check(ref, code)

    def fetch(self, ref: VerificationRef) -> VerificationState:
        return self.inner.fetch(ref)

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        return self.inner.cancel(ref)


@define
class Hooked(Around):
    """
    A provider around another one that lets a test do something at each call.

    Attributes:
        before: Called with the method's name before the call is passed on; may raise.
        after: Called with the method's name and the answer; gives the answer to return,
            or raises.
    """

    before: Callable[[str], object] = lambda _call: None
    after: Callable[[str, Any], Any] = lambda _call, answer: answer

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.before("start")
        answer = self.inner.start(request, previous=previous)
        return self.after("start", answer)  # type: ignore[no-any-return]

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        self.before("check")
        return self.after("check", self.inner.check(ref, code))  # type: ignore[no-any-return]

    def fetch(self, ref: VerificationRef) -> VerificationState:
        self.before("fetch")
        return self.after("fetch", self.inner.fetch(ref))  # type: ignore[no-any-return]

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        self.before("cancel")
        return self.after("cancel", self.inner.cancel(ref))  # type: ignore[no-any-return]
