"""Spans and metrics of any provider's calls, with no number and no code in them."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import define, field
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import (
    InMemorySpanExporter,
)
from opentelemetry.trace import StatusCode

from tests.support.benches import SPANNING, fake_harness
from tests.support.failover import MAIL, UK, US, World, deaf, down, request, scripted
from verify_core import __version__
from verify_core.errors import (
    Ambiguous,
    Misconfigured,
    Throttled,
    Unavailable,
    VerifyError,
)
from verify_core.provider import VerifyProvider
from verify_core.testing import Harness, require_kept, run_cases
from verify_fakes import PROFILES, FakeVerifyProvider
from verify_fakes._clock import FakeClock
from verify_providers._wrapping import innermost
from verify_providers.failover import Child, FailoverPolicy, FailoverProvider
from verify_providers.guard import GuardPolicy, GuardProvider
from verify_providers.telemetry import SCOPE, Telemetry

HUSH = "654321"


@define
class Recorded:
    """An SDK that keeps everything in memory."""

    exporter: InMemorySpanExporter = field(factory=InMemorySpanExporter)
    reader: InMemoryMetricReader = field(factory=InMemoryMetricReader)
    tracers: TracerProvider = field(factory=TracerProvider)
    meters: MeterProvider = field(init=False)
    clock: FakeClock = field(factory=FakeClock)

    def __attrs_post_init__(self) -> None:
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meters = MeterProvider(metric_readers=[self.reader])

    def around(self, provider: VerifyProvider) -> Telemetry:
        return Telemetry(
            provider,
            tracer_provider=self.tracers,
            meter_provider=self.meters,
            monotonic=lambda: self.clock.now().timestamp(),
        )

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return tuple(self.exporter.get_finished_spans())

    def told(self) -> list[tuple[str, object]]:
        """Name and result of each span, in the order in which they ended."""
        return [
            (span.name, found.get("verify.result", found.get("error.type")))
            for span in self.spans
            if (found := dict(span.attributes or {}))
        ]

    def points(self, name: str) -> list[object]:
        data = self.reader.get_metrics_data()
        assert data is not None
        return [
            point
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]


def test_each_call_is_a_span_with_its_result() -> None:
    recorded, fake = Recorded(), FakeVerifyProvider(seed=1)
    provider = recorded.around(fake)

    ref = provider.start(request()).ref
    provider.check(ref, "000000")
    provider.fetch(ref)
    provider.check(ref, fake.outbox[-1].code)
    provider.cancel(ref)

    assert recorded.told() == [
        ("verify.start", "sent"),
        ("verify.check", "wrong_code"),
        ("verify.fetch", "pending"),
        ("verify.check", "approved"),
        ("verify.cancel", "gone"),
    ]
    assert dict(recorded.spans[0].attributes or {}) == {
        "verify.provider": "fake",
        "verify.method": "start",
        "verify.channel": "sms",
        "verify.calling_code": 1,
        "verify.result": "sent",
    }
    scopes = {span.instrumentation_scope for span in recorded.spans}
    assert {(scope.name, scope.version) for scope in scopes if scope} == {
        (SCOPE, __version__)
    }


def test_an_email_address_has_no_calling_code() -> None:
    recorded = Recorded()

    recorded.around(FakeVerifyProvider()).start(request(MAIL))

    assert "verify.calling_code" not in (recorded.spans[0].attributes or {})


@pytest.mark.parametrize(
    "error",
    [
        Throttled("no", "fake", http_status=429),
        Ambiguous("lost", "fake"),
        KeyError("bug"),
        KeyboardInterrupt(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_call_that_raises_is_in_error_by_the_name_of_its_class(
    error: Exception,
) -> None:
    recorded, inner = Recorded(), scripted(error)

    with pytest.raises(type(error)) as raised:
        recorded.around(inner).start(request())

    assert raised.value is error
    (span,) = recorded.spans
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description is None  # `error.type` says it
    assert not span.events, "the text of an exception may hold anything"
    found = dict(span.attributes or {})
    assert found["error.type"] == type(error).__name__
    status = getattr(error, "http_status", None)
    assert found.get("http.response.status_code") == status


def test_duration_is_the_calls() -> None:
    recorded = Recorded()
    inner = scripted()
    inner.before = lambda _call: recorded.clock.advance(timedelta(seconds=3))

    recorded.around(inner).start(request())

    (point,) = recorded.points("verify.call.duration")
    assert (point.count, point.sum) == (1, 3)  # type: ignore[attr-defined]


def test_calls_of_usual_lengths_are_told_apart() -> None:
    """The buckets that an SDK chooses itself are for milliseconds."""
    recorded = Recorded()
    lengths = [0.02, 0.2, 0.6, 2, 8, 20]
    for seconds in lengths:
        inner = scripted()
        inner.before = lambda _call, length=seconds: recorded.clock.advance(
            timedelta(seconds=length)
        )
        recorded.around(inner).start(request())

    (point,) = recorded.points("verify.call.duration")

    assert sum(map(bool, point.bucket_counts)) == len(lengths)  # type: ignore[attr-defined]


def test_names_follow_the_semantic_conventions() -> None:
    """Lower case, dots between name spaces, and no name that is also a name space."""
    recorded = Recorded()
    failover = FailoverProvider([Child(name="one", provider=FakeVerifyProvider())])
    recorded.around(failover).start(request())
    with pytest.raises(Throttled):
        recorded.around(scripted(Throttled("no", "fake", http_status=429))).start(
            request()
        )

    attributes = {name for span in recorded.spans for name in span.attributes or {}}
    attributes |= {
        name
        for span in recorded.spans
        for event in span.events
        for name in event.attributes or {}
    }
    names = attributes | {span.name for span in recorded.spans}

    assert all(re.fullmatch(r"[a-z]+(?:[._][a-z]+)+", name) for name in names)
    spaces = {name.rpartition(".")[0] for name in attributes}
    assert attributes.isdisjoint(spaces)
    assert {name for name in attributes if not name.startswith("verify.")} == {
        "error.type",
        "http.response.status_code",
    }


def test_calls_are_counted_by_result() -> None:
    recorded, inner = Recorded(), scripted(Unavailable("down"), Unavailable("down"))
    provider = recorded.around(inner)
    for to in (US, US, US, UK):
        try:
            provider.start(request(to))
        except Unavailable:
            continue

    counted = {
        (
            point.attributes["verify.calling_code"],  # type: ignore[attr-defined]
            point.attributes.get("error.type"),  # type: ignore[attr-defined]
        ): point.count  # type: ignore[attr-defined]
        for point in recorded.points("verify.call.duration")
    }
    assert counted == {(1, "Unavailable"): 2, (1, None): 1, (44, None): 1}


def test_span_of_a_call_is_current_while_the_provider_works() -> None:
    """So that an HTTP library's spans, or those of a child, stand under it."""
    recorded = Recorded()
    one, two = scripted(Unavailable("down")), scripted(seed=2)
    failover = FailoverProvider(
        [
            Child(name="one", provider=recorded.around(one)),
            Child(name="two", provider=recorded.around(two)),
        ]
    )
    provider = recorded.around(failover)

    with recorded.tracers.get_tracer("application").start_as_current_span("login"):
        provider.start(request())

    first, second, whole, login = recorded.spans
    assert whole.parent is not None
    assert whole.parent.span_id == login.context.span_id
    for child in (first, second):
        assert child.parent is not None
        assert child.parent.span_id == whole.context.span_id
    assert [(event.name, dict(event.attributes or {})) for event in whole.events] == [
        (
            "verify.attempt",
            {
                "verify.child": child,
                "verify.action": "start",
                "verify.result": result,
            },
        )
        for child, result in [("one", "Unavailable"), ("two", "sent")]
    ]


def test_extras_reach_the_child_that_is_recorded() -> None:
    from verify_providers.twilio import TwilioExtras, TwilioVerify
    from verify_providers.vonage import VonageExtras

    twilio = TwilioVerify(
        service_sid="VA" + "0" * 32, account_sid="AC" + "0" * 32, auth_token="0" * 32
    )
    wrapped = Recorded().around(GuardProvider(twilio, GuardPolicy()))
    child = Child(name="twilio", provider=wrapped)

    assert innermost(wrapped) is twilio
    assert child.takes(TwilioExtras())
    assert not child.takes(VonageExtras())


def test_no_number_code_or_word_of_a_vendor_is_recorded(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever a vendor echoes in its errors."""
    caplog.set_level(logging.DEBUG)
    recorded, world = Recorded(), World(FailoverPolicy(resends_per_child=0))
    provider = recorded.around(world.failover)
    for to in (US, MAIL):
        down(world.one, times=1)
        ref = provider.start(request(to)).ref
        provider.check(ref, "111111")
        provider.check(ref, world.code(world.two))
        deaf(world.one, times=1)
        provider.cancel(provider.start(request(to), previous=ref).ref)
    error = Misconfigured(
        f"{US.value} {HUSH}",
        "fake",
        http_status=401,
        vendor_code=HUSH,
        vendor_request_id=US.value,
    )
    with pytest.raises(Misconfigured):
        recorded.around(scripted(error)).start(request())

    shown = "".join(span.to_json() for span in recorded.spans) + caplog.text
    shown += repr(recorded.points("verify.call.duration"))
    shown += "".join(capsys.readouterr())
    for fake in (world.one, world.two):
        for message in fake.outbox:
            for secret in (message.code, message.to.lstrip("+")):
                assert secret not in shown
            assert message.verification_sid not in shown
    for secret in (HUSH, "example.org", str(US), str(MAIL)):
        assert secret not in shown
    assert "401" in shown


class Broken(SpanProcessor):
    """A part of the application's set-up that fails."""

    def __init__(self, when: str) -> None:
        self.when = when

    def on_start(self, span: object, parent_context: object = None) -> None:
        del span, parent_context
        if self.when == "start":
            raise RuntimeError(US.value)

    def on_end(self, span: object) -> None:
        del span
        if self.when == "end":
            raise RuntimeError(US.value)


@pytest.mark.parametrize("when", ["start", "end"])
def test_what_opentelemetry_raises_loses_no_answer_and_stops_no_call(
    when: str, caplog: pytest.LogCaptureFixture
) -> None:
    recorded = Recorded()
    recorded.tracers.add_span_processor(Broken(when))
    inner = scripted()

    started = recorded.around(inner).start(request())

    assert started.ref.vendor_id
    assert "OpenTelemetry raised RuntimeError" in caplog.text
    assert US.value not in caplog.text
    inner.errors.append(Unavailable("down"))
    with pytest.raises(Unavailable):
        recorded.around(inner).start(request(UK))


def test_the_page_runs_and_names_what_is_recorded() -> None:
    page = (
        Path(__file__).parents[2] / "docs" / "reference" / "providers.md"
    ).read_text("utf-8")
    _, _, section = page.partition("## Spans and metrics")
    recorded = Recorded()
    recorded.around(FakeVerifyProvider()).start(request())

    for block in re.findall(
        r"^```python\n(.*?)^```", section, re.DOTALL | re.MULTILINE
    ):
        exec(compile(block, "docs/reference/providers.md", "exec"), {})

    names = {*(recorded.spans[0].attributes or {}), recorded.spans[0].name}
    assert {name for name in names if f"`{name}`" not in section} == set()


def around_all(inner: VerifyProvider) -> VerifyProvider:
    return Recorded().around(inner)


@pytest.mark.parametrize(
    "under_test",
    [fake_harness(profile, around_all, name="telemetry") for profile in SPANNING],
    ids=str,
)
def test_telemetry_keeps_the_laws(under_test: Harness) -> None:
    require_kept(run_cases(under_test))


def test_without_an_sdk_nothing_is_recorded_and_everything_works() -> None:
    fake = FakeVerifyProvider(seed=1)

    with Telemetry(fake) as provider:
        ref = provider.start(request()).ref
        assert provider.check(ref, fake.outbox[-1].code).verdict == "approved"
    assert repr(provider).startswith("Telemetry(")


def test_its_absence_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    with pytest.raises(ImportError, match=r"pip install 'verify-core\[otel\]', or in"):
        Telemetry(FakeVerifyProvider())


@pytest.mark.parametrize("module", ["telemetry", "failover", "test_numbers"])
def test_importing_it_loads_neither_opentelemetry_nor_requests(module: str) -> None:
    code = (
        f"import sys, verify_providers.{module}; "
        "sys.exit(any(n in sys.modules for n in ('opentelemetry', 'requests')))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


CALLS: list[Callable[[VerifyProvider], object]] = [
    lambda provider: provider.start(request(channel="call")),  # type: ignore[arg-type]
    lambda provider: provider.fetch(scripted().start(request()).ref),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_refusal_is_the_providers_own(
    call: Callable[[VerifyProvider], object],
) -> None:
    least = FakeVerifyProvider(profile=PROFILES["least"])

    with pytest.raises(VerifyError) as bare:
        call(least)
    with pytest.raises(VerifyError) as recorded:
        call(Recorded().around(least))

    assert (type(recorded.value), str(recorded.value)) == (
        type(bare.value),
        str(bare.value),
    )
