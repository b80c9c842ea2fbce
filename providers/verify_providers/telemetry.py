"""
Any provider's calls as OpenTelemetry spans and metrics.

Needs the extra `otel`, which is OpenTelemetry's API alone: the SDK that the application
sets up decides what becomes of spans and metrics. Attributes come from closed
sets and from configuration (names of providers, calling codes, channels, results,
classes of errors, HTTP statuses). Identifiers, references, attempt ids, codes and the
vendors' own words are left out, masked ones too.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from verify_core import __version__
from verify_core.errors import VerifyError
from verify_core.events import Method, result_of
from verify_core.installing import install_hint
from verify_core.masking import Secret
from verify_core.phone import PhoneNumber
from verify_core.provider import AsyncVerifyProvider, VerifyProvider
from verify_core.validation import require_function, require_kind
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

from ._wrapping import AsyncWrapping, Wrapping, WrappingConversations
from .conversations import CallConversation, OnLate

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider
    from opentelemetry.util.types import AttributeValue

    Attributes: TypeAlias = dict[str, AttributeValue]

__all__ = ["AsyncTelemetry", "Telemetry"]

SCOPE = "verify_providers.telemetry"
"""The instrumentation scope; its version is that of `verify_core`."""

SCHEMA_URL = "https://opentelemetry.io/schemas/1.27.0"
"""
The conventions that define `error.type` and `http.response.status_code`.

All other names are in the name space `verify`, as the conventions ask of names that
they lack. Source: OpenTelemetry, Semantic Conventions, "Naming", read 2026-11-28.
"""

_BOUNDARIES = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
    *(15, 30, 60),
)
# Seconds. The conventions' for HTTP requests, and a provider's deadlines; an SDK's own
# begin with 5, as for milliseconds, so that nearly every call would be in one bucket.

T = TypeVar("T", Started, CheckResult, VerificationState, CancelOutcome)

_LOG = logging.getLogger(__name__)


class Telemetry(Wrapping):
    """
    A provider whose calls are recorded; safe for several threads if the provider is.

    Each call is a span of kind client: `verify.start`, `verify.check`, `verify.fetch`,
    `verify.cancel`. It is the current span while the provider works, so that spans of
    an HTTP library, or of another `Telemetry` below, become its children. A call that
    raises is in error. A start of a failover has a span event `verify.attempt` for each
    entry of `Started.attempts`.

    The metric is the histogram `verify.call.duration` in seconds, whose count is the
    number of calls. Attributes of spans and metric: `verify.provider`, `verify.method`,
    `verify.channel` and `verify.calling_code`; then `verify.result` (the delivery,
    verdict, status or cancel outcome), or `error.type` and `http.response.status_code`.

    What OpenTelemetry raises is logged by its name, and the answer is still returned.

    Args:
        provider: The provider inside: a vendor's, a failover, a guard, any other.
        tracer_provider: None is the global one.
        meter_provider: None is the global one.
        monotonic: Seconds of a clock that is never set; measures durations.

    Raises:
        ImportError: The extra is not installed.
        InvalidSetting: The provider is awaited, or an argument is something else.
    """

    def __init__(
        self,
        provider: VerifyProvider,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        monotonic: Callable[[], float] = time.perf_counter,
    ) -> None:
        recorded = _Recorded(provider, tracer_provider, meter_provider, monotonic)
        super().__init__(provider, recorded)


class AsyncTelemetry(AsyncWrapping):
    """
    `Telemetry` around an awaited provider, itself awaited.

    A span belongs to the task that made the call, however many are under way. A call
    that is cancelled before a message may have left ends with the `error.type`
    `StepCancelled`; any other is recorded when its answer is there.

    It takes the arguments of `Telemetry`, and `on_late`, which receives the answers
    whose caller was cancelled while a message may have been on the way; None logs a
    masked warning.
    """

    def __init__(
        self,
        provider: AsyncVerifyProvider,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        monotonic: Callable[[], float] = time.perf_counter,
        on_late: OnLate | None = None,
    ) -> None:
        recorded = _Recorded(provider, tracer_provider, meter_provider, monotonic)
        super().__init__(provider, recorded, on_late=on_late)


class _Recorded(WrappingConversations):
    """The conversations of a provider whose calls are recorded."""

    def __init__(
        self,
        provider: VerifyProvider | AsyncVerifyProvider,
        tracer_provider: TracerProvider | None,
        meter_provider: MeterProvider | None,
        monotonic: Callable[[], float],
    ) -> None:
        try:
            from opentelemetry import metrics, trace
        except ImportError as error:
            raise ImportError(
                f"spans and metrics need opentelemetry-api: {install_hint('otel')}"
            ) from error
        super().__init__(provider)
        self._monotonic = require_function("monotonic", monotonic)
        if tracer_provider is not None:
            tracers: type = trace.TracerProvider
            require_kind("tracer_provider", tracer_provider, tracers)
        if meter_provider is not None:
            meters: type = metrics.MeterProvider
            require_kind("meter_provider", meter_provider, meters)
        self._trace = trace
        self._tracer = trace.get_tracer(
            SCOPE, __version__, tracer_provider, schema_url=SCHEMA_URL
        )
        meter = metrics.get_meter(
            SCOPE, __version__, meter_provider, schema_url=SCHEMA_URL
        )
        # No counter beside it: a histogram counts, so the conventions have none either.
        # Source: open-telemetry/semantic-conventions, issue 1806, read 2026-11-28.
        self._duration = meter.create_histogram(
            "verify.call.duration",
            unit="s",
            description="How long a provider was busy with a call.",
            explicit_bucket_boundaries_advisory=_BOUNDARIES,
        )

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> CallConversation[Started]:
        return self._record(Method.START, request, super().start(request, previous))

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> CallConversation[CheckResult]:
        return self._record(Method.CHECK, ref, super().check(ref, code))

    def fetch(self, ref: VerificationRef) -> CallConversation[VerificationState]:
        return self._record(Method.FETCH, ref, super().fetch(ref))

    def cancel(self, ref: VerificationRef) -> CallConversation[CancelOutcome]:
        return self._record(Method.CANCEL, ref, super().cancel(ref))

    def _record(
        self,
        method: Method,
        about: StartRequest | VerificationRef,
        conversation: CallConversation[T],
    ) -> CallConversation[T]:
        attributes = self._asked(method, about)
        span = self._begin(f"verify.{method.value}", attributes)
        began_at = self._monotonic()
        try:
            # Recorded below: the API itself would record the text of an exception.
            with self._trace.use_span(
                span, record_exception=False, set_status_on_exception=False
            ):
                answer = yield from conversation
        except BaseException as caught:
            error = _why(caught)
            self._end(span, began_at, attributes | _failed(error), error)
            raise
        attributes["verify.result"] = result_of(answer)
        self._end(span, began_at, attributes, answer)
        return answer

    def _begin(self, name: str, attributes: Attributes) -> Span:
        try:
            return self._tracer.start_span(
                name, kind=self._trace.SpanKind.CLIENT, attributes=attributes
            )
        except Exception as error:  # noqa: BLE001 - a watcher may not stop what it sees
            _log(error)
            return self._trace.INVALID_SPAN

    def _end(
        self, span: Span, began_at: float, attributes: Attributes, outcome: object
    ) -> None:
        took = max(self._monotonic() - began_at, 0)
        try:
            span.set_attributes(attributes)
            if isinstance(outcome, BaseException):
                # No description: the conventions ask to repeat no `error.type` there.
                span.set_status(self._trace.StatusCode.ERROR)
            if isinstance(outcome, Started):
                _add_attempts(span, outcome)
            span.end()
            self._duration.record(took, attributes)
        except Exception as fault:  # noqa: BLE001 - the answer must not be lost
            _log(fault)

    def _asked(
        self, method: Method, about: StartRequest | VerificationRef
    ) -> Attributes:
        found: Attributes = {
            "verify.provider": self.name,
            "verify.method": method.value,
            "verify.channel": about.channel.value,
        }
        if isinstance(about.identifier, PhoneNumber):
            found["verify.calling_code"] = about.identifier.calling_code
        return found


def _why(error: BaseException) -> BaseException:
    """Return the error; of a conversation that was closed, what interrupted it."""
    interrupted = isinstance(error, GeneratorExit) and error.__context__
    return interrupted or error


def _failed(error: BaseException) -> Attributes:
    found: Attributes = {"error.type": type(error).__name__}
    if isinstance(error, VerifyError) and error.http_status is not None:
        found["http.response.status_code"] = error.http_status
    return found


def _add_attempts(span: Span, started: Started) -> None:
    for attempt in started.attempts:
        span.add_event(
            "verify.attempt",
            {
                "verify.child": attempt.provider,
                "verify.action": attempt.action,
                "verify.result": attempt.result,
            },
        )


def _log(error: Exception) -> None:
    # Its name alone: its text may hold what no log may.
    _LOG.warning("OpenTelemetry raised %s", type(error).__name__)
