"""The order of steps, driven by hand and by `run`, without any I/O."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from verify_core import (
    Channel,
    PhonePolicy,
    StartRequest,
    Verdict,
    Verifier,
    read_phone,
)
from verify_core.channels import ChannelMismatch, IdentifierKind, UnknownChannel
from verify_core.codes import EmptyCode, MissingReference, NotACode
from verify_core.errors import InvalidSetting, TooSoon, Unavailable
from verify_core.flow import (
    CancelCall,
    CheckCall,
    FetchCall,
    Flow,
    FlowEvent,
    Phase,
    StartCall,
    Step,
    canceling,
    collecting,
    perform,
    run,
    sending,
)
from verify_core.identifiers import EmailAddress, Identifier, MissingIdentifier
from verify_core.phone import InvalidPhoneNumber
from verify_core.provider import Capabilities
from verify_core.testing.strategies import email_addresses, phone_numbers
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    Status,
    VerificationRef,
    VerificationState,
)

POLICY = PhonePolicy()
REF = VerificationRef(
    provider="scripted",
    vendor_id="V1",
    identifier=read_phone("+15553231234"),
    channel=Channel.SMS,
    attempt_id="a1",
    created_at=datetime(2026, 11, 22, tzinfo=UTC),
)
STARTED = Started(ref=REF)


class Scripted:
    """Answers by the next item of its script, and keeps what it was asked."""

    name = "scripted"
    capabilities = Capabilities(channels=frozenset(Channel))

    def __init__(self, *script: object) -> None:
        self.script = list(script)
        self.asked: list[tuple[object, ...]] = []

    def _next(self, *asked: object) -> object:
        self.asked.append(asked)
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return self._next("start", request, previous)  # type: ignore[return-value]

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        return self._next("check", ref, code)  # type: ignore[return-value]

    def fetch(self, ref: VerificationRef) -> VerificationState:
        return self._next("fetch", ref)  # type: ignore[return-value]

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        return self._next("cancel", ref)  # type: ignore[return-value]


def test_sending_asks_for_one_start_with_the_number_read() -> None:
    flow = sending("1(555)323-1234", "SMS", policy=POLICY, locale="de")

    call = next(flow)

    assert isinstance(call, StartCall)
    assert call.request.identifier.value == "+15553231234"
    assert (call.request.channel, call.request.locale) == (Channel.SMS, "de")
    with pytest.raises(StopIteration) as ended:
        flow.send(STARTED)
    assert ended.value.value is STARTED


@pytest.mark.parametrize(
    ("text", "channel", "error"),
    [
        ("(555) 323-1234", "sms", InvalidPhoneNumber),
        ("", "sms", MissingIdentifier),
        (None, "email", MissingIdentifier),
        ("a@example.org", "call", ChannelMismatch),
        ("+15553231234", "fax", UnknownChannel),
    ],
)
def test_what_cannot_be_used_is_refused_before_any_call(
    text: str | None, channel: str, error: type[Exception]
) -> None:
    provider = Scripted()

    with pytest.raises(error):
        run(sending(text, channel, policy=POLICY), provider)

    assert provider.asked == []


def test_a_resend_hands_the_earlier_reference_on() -> None:
    provider = Scripted(STARTED)

    run(sending("+15553231234", policy=POLICY, previous=REF), provider)

    assert provider.asked[0][2] is REF


@pytest.mark.parametrize(
    "foreign",
    [
        evolve(REF, provider="another"),
        evolve(REF, identifier=read_phone("+44 7700 900123")),
        evolve(REF, identifier=EmailAddress("person@example.org")),
    ],
)
def test_a_previous_that_does_not_count_never_reaches_a_provider(
    foreign: VerificationRef,
) -> None:
    """Whatever a provider does with it, no code goes to whom it reaches."""
    provider = Scripted(STARTED)

    started = Verifier(provider).start("+15553231234", previous=foreign)

    assert provider.asked[0][2] is None
    assert started == evolve(STARTED, ignored_hints=("previous",))


CHANNELS = {IdentifierKind.PHONE: Channel.SMS, IdentifierKind.EMAIL: Channel.EMAIL}
PEOPLE: st.SearchStrategy[Identifier] = st.one_of(
    st.sampled_from([REF.identifier, EmailAddress("person@example.org")]),
    phone_numbers(),
    email_addresses(),
)


@given(
    name=st.sampled_from(["scripted", "scripted", "Scripted", "scripted ", "another"]),
    theirs=PEOPLE,
    asked=PEOPLE,
)
def test_a_previous_is_passed_on_only_if_it_is_the_providers_and_the_persons(
    name: str, theirs: Identifier, asked: Identifier
) -> None:
    previous = evolve(
        REF, provider=name, identifier=theirs, channel=CHANNELS[theirs.kind]
    )
    provider = Scripted(STARTED)

    started = Verifier(provider).start(asked, CHANNELS[asked.kind], previous=previous)

    counts = name == "scripted" and theirs == asked
    assert provider.asked[0][2] is (previous if counts else None)
    assert started.ignored_hints == (() if counts else ("previous",))


def test_a_provider_that_says_so_owns_more_than_its_name() -> None:
    class Heir(Scripted):
        def owns(self, ref: VerificationRef) -> bool:
            return ref.provider in {"scripted", "ancestor"}

    old = evolve(REF, provider="ancestor")
    provider = Heir(STARTED)

    assert Verifier(provider).start("+15553231234", previous=old) is STARTED
    assert provider.asked[0][2] is old


def test_a_provider_that_lists_previous_itself_is_not_repeated() -> None:
    listed = evolve(STARTED, ignored_hints=("locale", "previous"))
    provider = Scripted(listed)

    started = Verifier(provider).start(
        "+15553231234", previous=evolve(REF, provider="another")
    )

    assert started.ignored_hints == ("locale", "previous")


def test_a_previous_that_is_no_reference_is_refused_before_any_call() -> None:
    provider = Scripted()

    with pytest.raises(InvalidSetting, match="previous: takes a VerificationRef"):
        Verifier(provider).start("+15553231234", previous="token")  # type: ignore[arg-type]

    assert provider.asked == []


def test_fetching_asks_where_the_verification_stands() -> None:
    state = VerificationState(status=Status.PENDING)
    provider = Scripted(state)

    assert Verifier(provider).fetch(REF) is state
    assert provider.asked == [("fetch", REF)]


def test_collecting_hands_on_the_code_without_what_was_pasted_around_it() -> None:
    provider = Scripted(CheckResult(verdict=Verdict.APPROVED))

    result = run(collecting(REF, " 123-456\n"), provider)

    assert provider.asked == [("check", REF, "123456")]
    assert result.verdict is Verdict.APPROVED


@pytest.mark.parametrize(
    ("setting", "flow"),
    [
        ("identifier", lambda: sending(15553231234, policy=POLICY)),  # type: ignore[arg-type]
        ("code", lambda: collecting(REF, 123456)),  # type: ignore[arg-type]
        ("ref", lambda: collecting("VE1", "123456")),  # type: ignore[arg-type]
        ("ref", lambda: canceling("VE1")),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_text_is_refused_by_name(
    setting: str, flow: Callable[[], Flow[object]]
) -> None:
    """A number has lost its leading zeros before anybody could tell."""
    provider = Scripted()

    with pytest.raises(InvalidSetting) as caught:
        run(flow(), provider)

    assert caught.value.setting == setting
    assert not provider.asked


@pytest.mark.parametrize("text", [None, "", "  ", "-", " - \u2013 ", "\u200e"])
def test_no_code_is_said_before_any_call(text: str | None) -> None:
    provider = Scripted()

    with pytest.raises(EmptyCode):
        run(collecting(REF, text), provider)

    assert provider.asked == []


@pytest.mark.parametrize("text", ["Code: 123456", "123456 is the code", "123456.0"])
def test_words_around_a_code_are_refused_before_any_call(text: str) -> None:
    provider = Scripted()

    with pytest.raises(NotACode):
        run(collecting(REF, text), provider)

    assert provider.asked == []


def test_a_code_without_a_verification_is_said() -> None:
    with pytest.raises(MissingReference):
        run(collecting(None, "123456"), Scripted())


def test_a_providers_error_reaches_the_flow_and_then_the_caller() -> None:
    error = TooSoon("wait", "scripted")

    with pytest.raises(TooSoon) as caught:
        run(sending("+15553231234", policy=POLICY), Scripted(error))

    assert caught.value is error


def test_an_error_of_nobody_passes_through_untouched() -> None:
    with pytest.raises(ZeroDivisionError):
        run(canceling(REF), Scripted(ZeroDivisionError()))


def test_a_driver_that_mixes_up_answers_is_told() -> None:
    flow = collecting(REF, "123456")
    next(flow)

    with pytest.raises(TypeError, match="Started"):
        flow.send(STARTED)


@pytest.mark.parametrize(
    ("call", "answer", "asked"),
    [
        (StartCall(request=StartRequest(identifier=REF.identifier)), STARTED, "start"),
        (CheckCall(ref=REF, code="1"), CheckResult(verdict=Verdict.GONE), "check"),
        (FetchCall(ref=REF), VerificationState(status=Status.PENDING), "fetch"),
        (CancelCall(ref=REF), CancelOutcome.CANCELED, "cancel"),
    ],
)
def test_each_call_is_one_method(call: object, answer: object, asked: str) -> None:
    provider = Scripted(answer)

    assert perform(call, provider) is answer  # type: ignore[arg-type]
    assert [item[0] for item in provider.asked] == [asked]


def events_of(act: Callable[[Verifier], object], *script: object) -> list[FlowEvent]:
    seen: list[FlowEvent] = []
    act(Verifier(Scripted(*script), on_event=seen.append))
    return seen


def test_the_hook_sees_question_and_answer_of_every_step_masked() -> None:
    def act(verifier: Verifier) -> None:
        started = verifier.start("+15553231234")
        verifier.check(started.ref, "123456")
        verifier.cancel(started.ref)

    seen = events_of(
        act, STARTED, CheckResult(verdict=Verdict.WRONG_CODE), CancelOutcome.GONE
    )

    assert [(event.step, event.phase, event.result) for event in seen] == [
        (Step.START, Phase.ASKED, None),
        (Step.START, Phase.ANSWERED, "sent"),
        (Step.CHECK, Phase.ASKED, None),
        (Step.CHECK, Phase.ANSWERED, "wrong_code"),
        (Step.CANCEL, Phase.ASKED, None),
        (Step.CANCEL, Phase.ANSWERED, "gone"),
    ]
    assert {event.identifier for event in seen} == {"+1********34"}
    assert "123456" not in repr(seen)


def test_the_hook_sees_a_failure_with_its_facts() -> None:
    def act(verifier: Verifier) -> None:
        with pytest.raises(Unavailable):
            verifier.start("+15553231234")

    seen = events_of(act, Unavailable("down", "scripted", 503, "20503", "RQ9"))

    last = seen[-1]
    assert (last.phase, last.result) == (Phase.FAILED, "Unavailable")
    assert (last.http_status, last.vendor_code) == (503, "20503")
    assert last.vendor_request_id == "RQ9"


def test_calls_show_no_code() -> None:
    assert "4711" not in repr(CheckCall(ref=REF, code="4711"))
