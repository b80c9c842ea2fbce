"""
What a failover does as OpenTelemetry spans and metrics.

A hook for `FailoverProvider(on_event=…)`; needs the extra `otel`, which is the API
alone: what becomes of spans and metrics is decided by the SDK that the application sets
up. Attributes come from closed sets and from configuration (names of children, calling
codes, channels, results); identifiers, references, attempt ids, codes and the vendors'
own words are left out, masked ones too.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from .events import Act, FailoverEvent

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider
    from opentelemetry.util.types import AttributeValue

SCOPE: Final = "verify_providers.failover"
"""The instrumentation scope of all that is recorded here."""

_CALLS: Final = frozenset({Act.ANSWERED, Act.FAILED})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class OpenTelemetryHook:
    """
    Records a span for each call of a child, and counts all that happens.

    Spans, children of whatever span is current: `verify.start`, `verify.check`,
    `verify.fetch`, `verify.cancel`, of kind client; in error where the child raised.
    Metrics: the counter `verify.failover.events` and the histogram
    `verify.failover.call.duration` in seconds.

    Args:
        tracer_provider: The global one, where there is none.
        meter_provider: The global one, where there is none.

    Raises:
        ImportError: The extra is not installed.
    """

    def __init__(
        self,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        try:
            from opentelemetry import metrics, trace
        except ImportError as error:
            raise ImportError(
                "spans and metrics need opentelemetry-api: "
                "pip install 'verify-core[otel]'"
            ) from error
        self._kind = trace.SpanKind.CLIENT
        self._error = trace.StatusCode.ERROR
        self._tracer = trace.get_tracer(SCOPE, tracer_provider=tracer_provider)
        meter = metrics.get_meter(SCOPE, meter_provider=meter_provider)
        self._events = meter.create_counter(
            "verify.failover.events", unit="{event}", description="What a failover did."
        )
        self._duration = meter.create_histogram(
            "verify.failover.call.duration",
            unit="s",
            description="How long a child was busy with a call.",
        )

    def __call__(self, event: FailoverEvent, /) -> None:
        """Record the event."""
        attributes = _attributes(event)
        self._events.add(1, attributes)
        if event.act in _CALLS:
            self._duration.record(event.took.total_seconds(), attributes)
            self._record_span(event, attributes)

    def _record_span(
        self, event: FailoverEvent, attributes: dict[str, AttributeValue]
    ) -> None:
        # The event comes when the call is over, so both times are given.
        span = self._tracer.start_span(
            f"verify.{event.step.value}",
            kind=self._kind,
            attributes=attributes,
            start_time=_nanoseconds(event.began_at),
        )
        if event.act is Act.FAILED:
            span.set_status(self._error, event.result)
        span.end(end_time=_nanoseconds(event.began_at + event.took))


def _attributes(event: FailoverEvent) -> dict[str, AttributeValue]:
    found: dict[str, AttributeValue | None] = {
        "verify.failover": event.failover,
        "verify.child": event.child,
        "verify.step": event.step.value,
        "verify.act": event.act.value,
        "verify.channel": event.channel.value,
        "verify.calling_code": event.calling_code,
        "verify.result": event.result,
        "http.response.status_code": event.http_status,
    }
    return {name: value for name, value in found.items() if value is not None}


def _nanoseconds(instant: datetime) -> int:
    since = instant - _EPOCH
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000
    return (microseconds + since.microseconds) * 1_000
