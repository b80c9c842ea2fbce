"""`Verifier`: what was typed is read, the provider called, and each call reported."""

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
from verify_core.channels import IdentifierKind
from verify_core.errors import (
    ChannelMismatch,
    EmptyCode,
    InvalidPhoneNumber,
    InvalidSetting,
    MissingIdentifier,
    MissingReference,
    NotACode,
    TooSoon,
    Unavailable,
    UnknownChannel,
)
from verify_core.events import EventHook, Method, Phase, VerifyEvent
from verify_core.identifiers import EmailAddress, Identifier
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
NUMBER = "+15553231234"


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


def test_a_start_is_one_call_with_the_number_read() -> None:
    provider = Scripted(STARTED)

    started = Verifier(provider, POLICY).start("1(555)323-1234", "SMS", locale="de")

    assert started is STARTED
    ((_, request, previous),) = provider.asked
    assert isinstance(request, StartRequest)
    assert request.identifier.value == "+15553231234"
    assert (request.channel, request.locale) == (Channel.SMS, "de")
    assert previous is None


def test_a_misspelt_option_is_a_type_error() -> None:
    provider = Scripted()

    with pytest.raises(TypeError, match="local"):
        Verifier(provider).start("+15553231234", local="de")  # type: ignore[call-arg]

    assert provider.asked == []


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
        Verifier(provider).start(text, channel)  # type: ignore[arg-type]

    assert provider.asked == []


def test_a_resend_hands_the_earlier_reference_on() -> None:
    provider = Scripted(STARTED)

    Verifier(provider).start("+15553231234", previous=REF)

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


def test_a_check_hands_on_the_code_without_what_was_pasted_around_it() -> None:
    provider = Scripted(CheckResult(verdict=Verdict.APPROVED))

    result = Verifier(provider).check(REF, " 123-456\n")

    assert provider.asked == [("check", REF, "123456")]
    assert result.verdict is Verdict.APPROVED


@pytest.mark.parametrize(
    ("setting", "act"),
    [
        ("identifier", lambda verifier: verifier.start(15553231234)),
        ("code", lambda verifier: verifier.check(REF, 123456)),
        ("ref", lambda verifier: verifier.check("VE1", "123456")),
        ("ref", lambda verifier: verifier.fetch("VE1")),
        ("ref", lambda verifier: verifier.cancel("VE1")),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(
    setting: str, act: Callable[[Verifier], object]
) -> None:
    """A number has lost its leading zeros before anybody could tell."""
    provider = Scripted()

    with pytest.raises(InvalidSetting) as caught:
        act(Verifier(provider))

    assert caught.value.setting == setting
    assert not provider.asked


@pytest.mark.parametrize("text", [None, "", "  ", "-", " - \u2013 ", "\u200e"])
def test_no_code_is_said_before_any_call(text: str | None) -> None:
    provider = Scripted()

    with pytest.raises(EmptyCode):
        Verifier(provider).check(REF, text)  # type: ignore[arg-type]

    assert provider.asked == []


@pytest.mark.parametrize("text", ["Code: 123456", "123456 is the code", "123456.0"])
def test_words_around_a_code_are_refused_before_any_call(text: str) -> None:
    provider = Scripted()

    with pytest.raises(NotACode):
        Verifier(provider).check(REF, text)

    assert provider.asked == []


@pytest.mark.parametrize(
    "act",
    [
        lambda verifier: verifier.check(None, "123456"),
        lambda verifier: verifier.fetch(None),
        lambda verifier: verifier.cancel(None),
    ],
)
def test_a_missing_reference_is_said_before_any_call(
    act: Callable[[Verifier], object],
) -> None:
    provider = Scripted()

    with pytest.raises(MissingReference):
        act(Verifier(provider))

    assert provider.asked == []


def test_a_providers_error_reaches_the_caller_unchanged() -> None:
    error = TooSoon("wait", "scripted")

    with pytest.raises(TooSoon) as caught:
        Verifier(Scripted(error)).start("+15553231234")

    assert caught.value is error


@pytest.mark.parametrize("hook", [None, lambda _event: None])
def test_another_exception_passes_through_untouched(hook: EventHook | None) -> None:
    with pytest.raises(ZeroDivisionError):
        Verifier(Scripted(ZeroDivisionError()), on_event=hook).cancel(REF)


@pytest.mark.parametrize("hook", [None, lambda _event: None])
@pytest.mark.parametrize(
    ("act", "answer"),
    [
        (
            lambda verifier: verifier.start("+15553231234"),
            CheckResult(verdict=Verdict.GONE),
        ),
        (lambda verifier: verifier.check(REF, "123456"), STARTED),
        (lambda verifier: verifier.fetch(REF), CancelOutcome.CANCELED),
        (lambda verifier: verifier.cancel(REF), True),
    ],
)
def test_a_provider_that_mixes_up_its_answers_is_found_out(
    act: Callable[[Verifier], object], answer: object, hook: EventHook | None
) -> None:
    with pytest.raises(TypeError, match=f"answered {type(answer).__name__}, not"):
        act(Verifier(Scripted(answer), on_event=hook))


def events_of(act: Callable[[Verifier], object], *script: object) -> list[VerifyEvent]:
    seen: list[VerifyEvent] = []
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

    assert [(event.method, event.phase, event.result) for event in seen] == [
        (Method.START, Phase.ASKED, None),
        (Method.START, Phase.ANSWERED, "sent"),
        (Method.CHECK, Phase.ASKED, None),
        (Method.CHECK, Phase.ANSWERED, "wrong_code"),
        (Method.CANCEL, Phase.ASKED, None),
        (Method.CANCEL, Phase.ANSWERED, "gone"),
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


def test_the_hook_sees_where_a_verification_stands() -> None:
    seen = events_of(
        lambda verifier: verifier.fetch(REF), VerificationState(status=Status.PENDING)
    )

    assert [(event.method, event.result) for event in seen] == [
        (Method.FETCH, None),
        (Method.FETCH, "pending"),
    ]


def test_a_call_that_is_interrupted_is_reported_as_abandoned() -> None:
    def act(verifier: Verifier) -> None:
        with pytest.raises(KeyboardInterrupt):
            verifier.start("+15553231234")

    class Interrupted(Scripted):
        def start(self, *_: object, **__: object) -> Started:
            raise KeyboardInterrupt

    seen: list[VerifyEvent] = []
    act(Verifier(Interrupted(), on_event=seen.append))

    assert [event.phase for event in seen] == [Phase.ASKED, Phase.ABANDONED]


def test_a_hook_that_fails_loses_no_reference(caplog: pytest.LogCaptureFixture) -> None:
    """What it raised may hold anything: its class alone is logged."""

    def fail(event: VerifyEvent, /) -> None:
        raise ZeroDivisionError(f"{NUMBER} {event}")

    started = Verifier(Scripted(STARTED), on_event=fail).start(NUMBER)

    assert started is STARTED
    assert {record.getMessage() for record in caplog.records} == {
        "the event hook failed: ZeroDivisionError"
    }


def test_no_event_is_built_where_no_hook_listens() -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("built")

    class Unmaskable(EmailAddress):
        __str__ = refuse  # type: ignore[assignment]

    provider = Scripted(STARTED)
    Verifier(provider).start(Unmaskable("person@example.org"), "email")

    assert len(provider.asked) == 1
