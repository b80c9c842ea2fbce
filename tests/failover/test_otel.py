"""Spans and metrics of what a failover did, with nobody's number in them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import (
    InMemorySpanExporter,
)

from tests.failover.worlds import MAIL, US, World, deaf, down, request, scripted
from verify_core.errors import Misconfigured
from verify_providers.failover import Child, FailoverPolicy, FailoverProvider
from verify_providers.failover.otel import SCOPE, OpenTelemetryHook


class Recorded:
    """An SDK that keeps everything in memory."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meters = MeterProvider(metric_readers=[self.reader])
        self.hook = OpenTelemetryHook(
            tracer_provider=self.tracers, meter_provider=self.meters
        )

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return tuple(self.exporter.get_finished_spans())

    def metrics(self) -> dict[str, list[object]]:
        data = self.reader.get_metrics_data()
        assert data is not None
        return {
            metric.name: list(metric.data.data_points)
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


def lived_through() -> tuple[World, Recorded]:
    """A failure, a failover, a wrong code, a right one, a resend and a cancel."""
    world, recorded = World(FailoverPolicy(resends_per_child=0)), Recorded()
    world.events = _Hooked(recorded.hook)  # type: ignore[assignment]
    world.failover = world.again()
    down(world.one, times=1)
    ref = world.start(US).ref
    world.failover.check(ref, "111111")
    world.failover.check(ref, world.code(world.two))
    deaf(world.one, times=1)
    mail = world.start(MAIL).ref
    world.failover.fetch(world.start(MAIL, previous=mail).ref)
    return world, recorded


class _Hooked(list[object]):
    def __init__(self, hook: OpenTelemetryHook) -> None:
        super().__init__()
        self.append = hook  # type: ignore[method-assign,assignment]


def test_each_call_of_a_child_is_a_span() -> None:
    _, recorded = lived_through()

    told = [
        (span.name, span.attributes["verify.child"], span.attributes["verify.result"])
        for span in recorded.spans
        if span.attributes
    ]

    assert told == [
        ("verify.start", "one", "Unavailable"),
        ("verify.start", "two", "sent"),
        ("verify.check", "two", "wrong_code"),
        ("verify.check", "two", "approved"),
        ("verify.start", "one", "maybe_sent"),
        ("verify.start", "two", "sent"),
        ("verify.cancel", "one", "canceled"),
        ("verify.fetch", "two", "pending"),
    ]


def test_span_of_a_failure_is_in_error_and_lies_where_the_call_was() -> None:
    world, recorded = lived_through()
    span = recorded.spans[0]

    assert span.status.status_code.name == "ERROR"
    assert recorded.spans[1].status.status_code.name == "UNSET"
    assert span.start_time == span.end_time == world.clock.now().timestamp() * 10**9
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.name == SCOPE


def test_spans_stand_under_the_applications_own() -> None:
    recorded = Recorded()
    failover = FailoverProvider(
        [Child(name="one", provider=scripted())], on_event=recorded.hook
    )

    with recorded.tracers.get_tracer("application").start_as_current_span("login"):
        failover.start(request())

    start, login = recorded.spans
    assert start.parent is not None
    assert start.parent.span_id == login.context.span_id
    assert start.end_time >= start.start_time >= login.start_time  # type: ignore[operator]


def test_everything_is_counted() -> None:
    _, recorded = lived_through()

    metrics = recorded.metrics()

    assert set(metrics) == {
        "verify.failover.events",
        "verify.failover.call.duration",
    }
    counted = sum(point.value for point in metrics["verify.failover.events"])  # type: ignore[attr-defined]
    timed = sum(point.count for point in metrics["verify.failover.call.duration"])  # type: ignore[attr-defined]
    assert counted == timed == len(recorded.spans)


def test_skipped_child_and_circuit_are_counted_and_are_no_spans() -> None:
    from verify_providers.failover import CircuitPolicy

    recorded = Recorded()
    world = World(FailoverPolicy(circuit=CircuitPolicy(failures=1)))
    world.events = _Hooked(recorded.hook)  # type: ignore[assignment]
    world.failover = world.again()
    down(world.one)
    world.start()
    world.start()

    points = recorded.metrics()["verify.failover.events"]
    acts = sorted(point.attributes["verify.act"] for point in points)  # type: ignore[attr-defined]
    assert acts == ["answered", "circuit_opened", "failed", "skipped"]
    assert len(recorded.spans) == 3


def test_no_number_code_or_token_is_recorded() -> None:
    """Whatever a vendor echoes in its errors."""
    world, recorded = lived_through()
    error = Misconfigured(
        f"{US.value} 654321",
        "fake",
        http_status=401,
        vendor_code="654321",
        vendor_request_id=US.value,
    )
    failover = FailoverProvider(
        [Child(name="one", provider=scripted(error))], on_event=recorded.hook
    )
    with pytest.raises(Misconfigured):
        failover.start(request())

    shown = "".join(span.to_json() for span in recorded.spans)
    shown += repr(recorded.metrics())
    for fake in (world.one, world.two):
        for message in fake.outbox:
            assert message.code not in shown
            assert message.to.lstrip("+") not in shown
            assert message.verification_sid not in shown
    for secret in ("654321", "example.org", str(US)):
        assert secret not in shown
    assert "401" in shown


def test_its_absence_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    with pytest.raises(ImportError, match=r"verify-core\[otel\]"):
        OpenTelemetryHook()


def test_failover_loads_neither_it_nor_requests() -> None:
    code = (
        "import sys, verify_providers.failover.otel; "
        "sys.exit(any(n in sys.modules for n in ('opentelemetry', 'requests')))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
