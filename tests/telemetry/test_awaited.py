"""Spans of awaited providers, whose calls are under way together."""

from __future__ import annotations

import asyncio

import pytest
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import (
    InMemorySpanExporter,
)

from tests.support.failover import request
from tests.support.kinds import Awaited, Points
from verify_core.errors import InvalidSetting
from verify_core.phone import read_phone
from verify_fakes import AsyncFakeVerifyProvider, FakeVerifyProvider
from verify_providers.failover import AsyncFailoverProvider, Child
from verify_providers.telemetry import AsyncTelemetry, Telemetry

CALLS = 30


def recording() -> tuple[InMemorySpanExporter, TracerProvider]:
    exporter, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter, tracers


def around(
    provider: Awaited | AsyncFailoverProvider | AsyncFakeVerifyProvider,
    tracers: TracerProvider,
) -> AsyncTelemetry:
    return AsyncTelemetry(
        provider, tracer_provider=tracers, meter_provider=MeterProvider()
    )


def parent_of(span: ReadableSpan) -> int | None:
    return None if span.parent is None else span.parent.span_id


def test_each_span_stands_under_the_span_of_the_task_that_called() -> None:
    """However many calls are under way, and with a recorded child below."""
    exporter, tracers = recording()
    tracer = tracers.get_tracer("application")
    child = around(Awaited(FakeVerifyProvider(seed=1)), tracers)
    failover = AsyncFailoverProvider([Child(name="one", provider=child)])
    provider = around(failover, tracers)

    async def login(place: int) -> None:
        with tracer.start_as_current_span(f"login {place}"):
            number = read_phone(f"+1 555 323 1{place:03}")
            await provider.start(request(number))

    async def logins() -> None:
        await asyncio.gather(*(login(place) for place in range(CALLS)))
        assert not trace.get_current_span().get_span_context().is_valid

    asyncio.run(logins())

    spans = {span.context.span_id: span for span in exporter.get_finished_spans()}
    inner = [
        span
        for span in spans.values()
        if (span.attributes or {}).get("verify.provider") == "fake"
    ]
    assert len(inner) == CALLS
    logins_seen = set()
    for span in inner:
        above = spans[parent_of(span) or 0]
        assert (above.attributes or {})["verify.provider"] == "failover"
        logins_seen.add(spans[parent_of(above) or 0].name)
    assert logins_seen == {f"login {place}" for place in range(CALLS)}


@pytest.mark.parametrize(("method", "result"), [("start", "sent"), ("fetch", None)])
def test_call_that_is_cancelled_is_recorded_once_it_has_ended(
    method: str, result: str | None
) -> None:
    exporter, tracers = recording()

    async def scenario() -> None:
        points = Points(at=-1)
        provider = around(Awaited(FakeVerifyProvider(seed=1), points), tracers)
        ref = (await provider.start(request())).ref
        exporter.clear()
        points.at = points.passed
        call = (
            provider.start(request(), previous=ref)
            if method == "start"
            else provider.fetch(ref)
        )
        task = asyncio.create_task(call)
        await points.reached.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        points.let_through.set()
        await provider.aclose()

    asyncio.run(scenario())

    (span,) = exporter.get_finished_spans()
    found = dict(span.attributes or {})
    assert found.get("verify.result") == result
    assert (found.get("error.type") == "StepCancelled") is (result is None)


def test_provider_is_of_the_wrapper_s_kind() -> None:
    with pytest.raises(InvalidSetting, match="as_async"):
        AsyncTelemetry(FakeVerifyProvider())  # type: ignore[arg-type]
    with pytest.raises(InvalidSetting, match="Async"):
        Telemetry(AsyncFakeVerifyProvider())  # type: ignore[arg-type]
