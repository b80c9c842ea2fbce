"""Both nodes together: sending again, giving up, correcting a number."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tests.support.around import Around
from verify_core.nodes import (
    Callback,
    CollectorDecisionNode,
    ConfirmationCallback,
    NameCallback,
    NodeState,
    PasswordCallback,
    SenderNode,
    TreeContext,
)
from verify_core.verification import (
    Started,
    StartRequest,
    VerificationRef,
)
from verify_fakes import FakeVerifyProvider
from verify_fakes.memory import (
    CANCEL_WINDOW,
    NEW_CODE,
    NO_CANCEL,
    ONE_AT_A_TIME,
)

NUMBER, OTHER = "+15553231234", "+15553239999"
KEY = "userIdentifier"
RESEND, CANCEL = 1, 2


class Recorder(FakeVerifyProvider):
    """A fake that remembers which verification it was to send again for."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.previous = previous
        return super().start(request, previous=previous)


class Heir(Around):
    """A provider before another one, under a name of its own; owns what that owned."""

    name = "heir"

    def owns(self, ref: VerificationRef) -> bool:
        return ref.provider in {self.name, self.inner.name}


class Login:
    """One login's state, walking between the two nodes."""

    def __init__(self, fake: FakeVerifyProvider, **shared: object) -> None:
        self.fake = fake
        self.state = NodeState(shared=shared)
        self.sender = SenderNode.from_export({"requestIdentifier": True}, fake)
        self.collector = CollectorDecisionNode.from_export(
            {"showResendButton": True, "showCancelButton": True}, fake
        )

    @property
    def ref(self) -> VerificationRef:
        return VerificationRef.from_json(self.state.get("verifyReference"))

    def send(self, typed: str | None = None) -> str | None:
        answers = () if typed is None else (NameCallback("", typed),)
        context = TreeContext(self.state, callbacks=answers)
        return self.sender.process(context).outcome

    def collect(self, code: str = "", button: int = 0) -> str | None:
        answers: list[Callback] = []
        for asked in self.collector.process(TreeContext(self.state)).callbacks:
            match asked:
                case PasswordCallback():
                    answers.append(asked.answered(code))
                case ConfirmationCallback():
                    answers.append(asked.selected(button))
                case _:
                    answers.append(asked)
        context = TreeContext(self.state, callbacks=answers)
        return self.collector.process(context).outcome


@pytest.fixture
def login() -> Login:
    return Login(FakeVerifyProvider(seed=1))


def test_a_login_from_the_question_to_the_right_code(login: Login) -> None:
    assert login.send() is None
    assert login.send("1(555)323-1234") == "True"
    assert login.collect("") is None
    assert login.collect(login.fake.outbox[-1].code) == "True"
    assert login.state.keys() == {KEY}


def test_after_resend_the_sender_sends_again_for_the_same_verification(
    login: Login,
) -> None:
    login.send(NUMBER)
    first = login.ref

    assert login.collect(button=RESEND) == "Resend"
    assert login.send() == "True"

    assert login.ref.vendor_id == first.vendor_id
    assert login.ref.attempt_id == first.attempt_id
    assert login.ref.sends == 2
    assert len(login.fake.outbox) == 2
    assert login.collect(login.fake.outbox[0].code) == "True"


def test_a_login_goes_on_when_a_failover_is_put_before_its_provider() -> None:
    login = Login(FakeVerifyProvider(seed=1))
    login.send(NUMBER)
    first, both = login.ref, Heir(login.fake)
    login.sender = SenderNode.from_export({"requestIdentifier": True}, both)
    login.collector = CollectorDecisionNode.from_export(
        {"showResendButton": True}, both
    )

    assert login.collect(button=RESEND) == "Resend"
    assert login.send() == "True"

    assert login.ref.attempt_id == first.attempt_id
    assert login.collect(login.fake.outbox[-1].code) == "True"


def test_a_vendor_that_refuses_duplicates_takes_the_resend() -> None:
    login = Login(FakeVerifyProvider(seed=1, profile=ONE_AT_A_TIME))
    login.send(NUMBER)

    assert login.send() == "Error"
    login.collect(button=RESEND)
    assert login.send() == "True"


def test_a_resend_with_a_new_code_leaves_the_newest_reference() -> None:
    login = Login(FakeVerifyProvider(seed=1, profile=NEW_CODE))
    login.send(NUMBER)
    login.collect(button=RESEND)
    login.send()

    assert login.ref.sends == 2
    assert login.collect(login.fake.outbox[-1].code) == "True"


def test_wrong_codes_stay_counted_over_a_resend(login: Login) -> None:
    login.send(NUMBER)
    login.collect("0000")
    login.collect(button=RESEND)
    login.send()

    assert login.state.get("verifyWrongCodes") == 1


def test_without_the_mark_the_sender_starts_a_new_verification(login: Login) -> None:
    login.send(NUMBER)
    first = login.ref

    login.send()

    assert login.ref.attempt_id != first.attempt_id


def test_one_wish_is_one_resend(login: Login) -> None:
    login.send(NUMBER)
    login.collect(button=RESEND)
    login.send()
    resent = login.ref

    login.send()

    assert login.ref.attempt_id != resent.attempt_id


@pytest.mark.parametrize(
    ("identifier", "again"), [(NUMBER, True), ("1(555)323-1234", True), (OTHER, False)]
)
def test_another_identifier_is_another_verification(
    identifier: str, *, again: bool
) -> None:
    provider = Recorder(seed=1)
    login = Login(provider)
    login.send(NUMBER)
    first = login.ref
    login.collect(button=RESEND)
    login.state.put_shared(KEY, identifier)

    login.send()

    assert provider.previous == (first if again else None)


def test_another_channel_is_another_verification(login: Login) -> None:
    login.send(NUMBER)
    first = login.ref
    login.collect(button=RESEND)
    login.sender = SenderNode(provider=login.fake, channel="call")

    login.send()

    assert login.ref.attempt_id != first.attempt_id
    assert login.ref.channel == "call"


def test_another_provider_is_another_verification(login: Login) -> None:
    login.send(NUMBER)
    login.collect(button=RESEND)
    login.sender = SenderNode(provider=FakeVerifyProvider(seed=2, name="other"))

    assert login.send() == "True"

    assert login.ref.provider == "other"
    assert login.ref.sends == 1


def test_a_tampered_reference_is_not_sent_again_for(login: Login) -> None:
    login.send(NUMBER)
    login.collect(button=RESEND)
    login.state.put_shared("verifyReference", {"version": "x"})

    assert login.send() == "True"
    assert login.ref.identifier.value == NUMBER


@pytest.mark.parametrize("fault", [60203, 20429, 20503, 20500])
def test_a_resend_that_fails_is_still_owed(login: Login, fault: int) -> None:
    """The next try is the resend that was asked for, and no second verification."""
    login.send(NUMBER)
    first = login.ref
    login.collect(button=RESEND)
    login.fake.faults.arm("start", fault, last=1)

    assert login.send() == "Error"
    assert login.send() == "True"

    assert login.ref.attempt_id == first.attempt_id
    assert login.ref.sends == 2
    assert login.state.get("verifyResend") is None


def test_a_message_that_may_have_left_can_be_checked(login: Login) -> None:
    """An error of the vendor's own says nothing of the message."""
    login.fake.faults.arm("start", 20500, last=1)

    assert login.send() is None
    assert login.send(NUMBER) == "Error"
    ref = login.ref

    assert login.state.get("verifyDelivery") == "maybe_sent"
    assert ref.identifier.value == NUMBER
    login.fake.start(StartRequest(identifier=ref.identifier))
    assert login.collect(login.fake.outbox[-1].code) == "True"


def test_a_resend_that_fails_leaves_the_first_code_alive(login: Login) -> None:
    login.send(NUMBER)
    login.collect(button=RESEND)
    login.fake.faults.arm("start", 60203, last=1)

    assert login.send() == "Error"
    assert login.collect(login.fake.outbox[-1].code) == "True"


def test_cancel_ends_the_verification_at_the_vendor(login: Login) -> None:
    login.send(NUMBER)
    ref, code = login.ref, login.fake.outbox[-1].code

    assert login.collect(button=CANCEL) == "Cancel"

    assert login.fake.check(ref, code).verdict == "gone"


def test_after_cancel_the_number_can_be_corrected(login: Login) -> None:
    login.send(OTHER)
    login.collect("0000")

    login.collect(button=CANCEL)

    assert login.state.keys() == frozenset()
    assert login.send() is None
    assert login.send(NUMBER) == "True"
    assert login.collect(login.fake.outbox[-1].code) == "True"


def test_cancel_keeps_an_identifier_that_was_there_before() -> None:
    login = Login(FakeVerifyProvider(seed=1), **{KEY: NUMBER})
    login.send()

    login.collect(button=CANCEL)

    assert login.state.keys() == {KEY}


def test_cancel_keeps_an_identifier_that_was_proved(login: Login) -> None:
    login.send(NUMBER)
    login.collect(login.fake.outbox[-1].code)
    login.send()

    login.collect(button=CANCEL)

    assert login.state.get(KEY) == NUMBER


def test_cancel_forgets_what_the_sender_asked_for_under_its_own_key(
    login: Login,
) -> None:
    login.sender = SenderNode.from_export(
        {"requestIdentifier": True, "identifierSharedState": "mobile"}, login.fake
    )
    login.send(NUMBER)

    login.collect(button=CANCEL)

    assert login.state.keys() == frozenset()


@pytest.mark.parametrize("profile", [NO_CANCEL, CANCEL_WINDOW])
def test_a_vendor_that_cannot_cancel_does_not_hold_anybody_back(
    profile: object,
) -> None:
    login = Login(FakeVerifyProvider(seed=1, profile=profile))
    login.send(NUMBER)

    assert login.collect(button=CANCEL) == "Cancel"
    assert login.state.keys() == frozenset()


def test_an_error_of_the_vendor_does_not_hold_anybody_back(login: Login) -> None:
    login.send(NUMBER)
    login.fake.faults.arm("cancel", 20429, last=1)

    assert login.collect(button=CANCEL) == "Cancel"
    assert login.state.keys() == frozenset()


@pytest.mark.parametrize("reference", [None, "tampered", {"version": 1}])
def test_cancel_without_a_verification_is_cancel(
    login: Login, reference: object
) -> None:
    login.state.put_shared("verifyReference", reference)

    assert login.collect(button=CANCEL) == "Cancel"
    assert login.state.keys() == frozenset()


def test_resend_without_a_verification_starts_one() -> None:
    login = Login(FakeVerifyProvider(seed=1), **{KEY: NUMBER})

    assert login.collect(button=RESEND) == "Resend"
    assert login.send() == "True"
    assert login.ref.sends == 1


def test_a_node_serves_several_logins_at_once(login: Login) -> None:
    another = Login(login.fake)
    another.sender, another.collector = login.sender, login.collector
    login.send(NUMBER)
    another.send(OTHER)
    codes = [message.code for message in login.fake.outbox]

    assert another.collect(codes[0]) == "False"
    assert another.collect(codes[1]) == "True"
    assert login.collect(codes[0]) == "True"


NOON = datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=1)))
HALF_A_MINUTE = timedelta(seconds=30)


class TestCooldown:
    """A resend that waits: the context tells the time, the state remembers it."""

    @staticmethod
    def waiting_login() -> tuple[NodeState, SenderNode]:
        """A login that has sent at noon, and asked for a resend."""
        state = NodeState(shared={KEY: NUMBER})
        sender = SenderNode.from_export(
            {}, FakeVerifyProvider(seed=1), resend_cooldown=HALF_A_MINUTE
        )
        assert sender.process(TreeContext(state, now=NOON)).outcome == "True"
        state.put_shared("verifyResend", value=True)
        return state, sender

    def test_before_its_time_nothing_is_sent_and_the_wait_is_told(self) -> None:
        state, sender = self.waiting_login()

        early = sender.process(TreeContext(state, now=NOON + timedelta(seconds=12)))

        assert early.outcome == "Error"
        record = state.get("verifyErrorRecord")
        assert record["reason"] == "provider.too_soon"
        assert record["retry_after_s"] == 18
        assert len(sender.provider.outbox) == 1

    def test_at_its_time_it_is_still_a_resend(self) -> None:
        state, sender = self.waiting_login()
        sender.process(TreeContext(state, now=NOON))

        outcome = sender.process(TreeContext(state, now=NOON + HALF_A_MINUTE)).outcome

        assert outcome == "True"
        assert state.get("verifyReference")["sends"] == 2
        assert state.get("verifyResend") is None

    def test_a_context_without_time_is_told_so(self) -> None:
        state, sender = self.waiting_login()

        action = sender.process(TreeContext(state))

        assert action.outcome == "Error"
        assert "TreeContext" in str(action.cause)

    @pytest.mark.parametrize(
        "instant", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "noon"]
    )
    def test_a_time_that_is_none_does_not_stop_anybody(self, instant: str) -> None:
        state, sender = self.waiting_login()
        state.put_shared("verifySentAt", instant)

        assert sender.process(TreeContext(state, now=NOON)).outcome == "True"

    def test_a_first_message_never_waits(self) -> None:
        state, sender = self.waiting_login()
        state.remove("verifyResend")

        assert sender.process(TreeContext(state, now=NOON)).outcome == "True"
