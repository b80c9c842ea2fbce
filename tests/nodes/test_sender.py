"""The Sender, row by row of its decision table."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.support.around import Around
from verify_core.channels import Channel
from verify_core.events import VerifyEvent
from verify_core.nodes import (
    MessageType,
    NameCallback,
    NodeState,
    Outcome,
    PasswordCallback,
    SenderNode,
    TextOutputCallback,
    TreeContext,
)
from verify_core.phone import PhonePolicy
from verify_core.verification import (
    Delivery,
    Started,
    StartRequest,
    VerificationRef,
)
from verify_fakes import FakeVerifyProvider
from verify_fakes.memory import CHECK_BY_ID, LEAST
from verify_fakes.twilio import Break

NUMBER = "+15553231234"
KEY = "userIdentifier"


class Recorder(Around):
    """A provider that remembers what it was asked for and leaves the rest to a fake."""

    def __init__(self, fake: FakeVerifyProvider) -> None:
        super().__init__(fake)
        self.requests: list[StartRequest] = []

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.requests.append(request)
        return super().start(request, previous=previous)


@pytest.fixture
def fake() -> FakeVerifyProvider:
    return FakeVerifyProvider(seed=1)


def typed(text: str | None) -> tuple[NameCallback, ...]:
    return () if text is None else (NameCallback("Phone number", text),)


def test_an_identifier_in_state_is_sent_to_at_once(fake: FakeVerifyProvider) -> None:
    state = NodeState(shared={KEY: NUMBER})

    action = SenderNode.from_export({}, fake).process(TreeContext(state))

    assert action.outcome is Outcome.TRUE
    assert action.callbacks == ()
    assert len(fake.outbox) == 1


@pytest.mark.parametrize("request_identifier", [True, False])
@pytest.mark.parametrize("submitted", [None, "+4915112345678"])
def test_an_identifier_in_state_wins_over_one_typed(
    fake: FakeVerifyProvider, submitted: str | None, *, request_identifier: bool
) -> None:
    state = NodeState(shared={KEY: NUMBER})
    node = SenderNode.from_export({"requestIdentifier": request_identifier}, fake)

    node.process(TreeContext(state, callbacks=typed(submitted)))

    assert state.get(KEY) == NUMBER


@pytest.mark.parametrize(
    "nothing",
    [None, "", "  ", [], {}, True, -5, 1.5, pytest.param(10**5000, id="huge")],
)
@pytest.mark.parametrize("submitted", [None, NUMBER])
def test_without_an_identifier_and_without_asking_there_is_an_error(
    fake: FakeVerifyProvider, nothing: object, submitted: str | None
) -> None:
    state = NodeState(shared={KEY: nothing})

    action = SenderNode.from_export({}, fake).process(
        TreeContext(state, callbacks=typed(submitted))
    )

    assert action.outcome is Outcome.ERROR
    assert action.error is not None
    assert action.error.reason == "identifier.missing"
    assert len(fake.outbox) == 0


@pytest.mark.parametrize("nothing", [None, "", "  "])
@pytest.mark.parametrize(
    ("channel", "says", "prompt"),
    [
        ("SMS", "phone number", "Phone number"),
        ("CALL", "phone number", "Phone number"),
        ("WHATSAPP", "phone number", "Phone number"),
        ("EMAIL", "e-mail", "E-mail address"),
    ],
)
def test_without_an_identifier_the_person_is_asked(
    fake: FakeVerifyProvider, nothing: str | None, channel: str, says: str, prompt: str
) -> None:
    state = NodeState(shared={KEY: nothing})
    node = SenderNode.from_export({"requestIdentifier": True, "channel": channel}, fake)

    action = node.process(TreeContext(state))

    assert action.outcome is None
    text, field = action.callbacks
    assert isinstance(text, TextOutputCallback)
    assert text.message_type is MessageType.INFORMATION
    assert says in text.message
    assert field == NameCallback(prompt)


def test_a_typed_identifier_is_sent_to_and_kept_as_it_was_used(
    fake: FakeVerifyProvider,
) -> None:
    state = NodeState()
    node = SenderNode.from_export({"requestIdentifier": True}, fake)

    action = node.process(TreeContext(state, callbacks=typed("1(555)323-1234")))

    assert action.outcome is Outcome.TRUE
    assert state.shared[KEY] == NUMBER


@pytest.mark.parametrize("blank", ["", "   ", "\u200b\u3164"])
def test_nothing_typed_asks_again_and_says_so(
    fake: FakeVerifyProvider, blank: str
) -> None:
    node = SenderNode.from_export({"requestIdentifier": True}, fake)

    action = node.process(TreeContext(callbacks=typed(blank)))

    assert action.outcome is None
    notice, _text, field = action.callbacks
    assert notice == TextOutputCallback(
        "Enter a phone number first.", MessageType.ERROR
    )
    assert isinstance(field, NameCallback)


def test_a_callback_of_another_kind_is_no_answer(fake: FakeVerifyProvider) -> None:
    node = SenderNode.from_export({"requestIdentifier": True}, fake)

    action = node.process(TreeContext(callbacks=[PasswordCallback("Code", NUMBER)]))

    assert action.outcome is None
    assert len(action.callbacks) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(555) 323-1234", "phone.missing_country_code"),
        ("+1 555 323 1234 ext 5", "phone.extension"),
        ("abc", "phone.letters"),
        ("person@example.org", "channel.mismatch"),
    ],
)
def test_a_bad_identifier_is_an_error_wherever_it_came_from(
    fake: FakeVerifyProvider, text: str, reason: str
) -> None:
    node = SenderNode.from_export({"requestIdentifier": True}, fake)
    asked, stored = NodeState(), NodeState(shared={KEY: text})

    actions = (
        node.process(TreeContext(asked, callbacks=typed(text))),
        node.process(TreeContext(stored)),
    )

    for action in actions:
        assert action.outcome is Outcome.ERROR
        assert action.error is not None
        assert action.error.reason == reason
    assert asked.get(KEY) is None
    assert asked.get("verifyError") == stored.get("verifyError")
    assert len(fake.outbox) == 0


def test_after_a_bad_identifier_the_next_question_says_why(
    fake: FakeVerifyProvider,
) -> None:
    state = NodeState()
    node = SenderNode.from_export({"requestIdentifier": True}, fake)
    node.process(TreeContext(state, callbacks=typed("(555) 323-1234")))

    action = node.process(TreeContext(state))

    notice, *_ = action.callbacks
    assert isinstance(notice, TextOutputCallback)
    assert notice.message_type is MessageType.ERROR
    assert "country code" in notice.message
    assert len(action.callbacks) == 3


def test_the_question_does_not_repeat_errors_about_codes(
    fake: FakeVerifyProvider,
) -> None:
    record = {"reason": "verdict.expired", "message_key": "error.verdict.expired"}
    state = NodeState(shared={"verifyErrorRecord": record})
    node = SenderNode.from_export({"requestIdentifier": True}, fake)

    assert len(node.process(TreeContext(state)).callbacks) == 2


@pytest.mark.parametrize(
    "record",
    ["text", {}, {"reason": "phone.x", "message_key": "<script>"}, {"message_key": 1}],
)
def test_a_record_that_is_none_of_ours_is_not_shown(
    fake: FakeVerifyProvider, record: object
) -> None:
    state = NodeState(shared={"verifyErrorRecord": record})
    node = SenderNode.from_export({"requestIdentifier": True}, fake)

    assert len(node.process(TreeContext(state)).callbacks) == 2


@pytest.mark.parametrize(
    ("stores", "expected"),
    [
        ({"shared": {KEY: "+15553231230"}}, "+15553231230"),
        ({"secure": {KEY: NUMBER}, "shared": {KEY: "+15553231230"}}, NUMBER),
        ({"transient": {KEY: NUMBER}, "secure": {KEY: "+15553231230"}}, NUMBER),
        ({"transient": {KEY: ""}, "shared": {KEY: NUMBER}}, NUMBER),
        ({"shared": {KEY: 15553231234}}, NUMBER),
        ({"shared": {KEY: ["", NUMBER, "+15553231230"]}}, NUMBER),
        ({"shared": {KEY: " 1(555)323-1234 "}}, NUMBER),
    ],
)
def test_state_is_read_in_ping_s_order_and_sanitised(
    fake: FakeVerifyProvider,
    stores: Mapping[str, Mapping[str, object]],
    expected: str,
) -> None:
    state = NodeState(**stores)

    action = SenderNode.from_export({}, fake).process(TreeContext(state))

    assert action.outcome is Outcome.TRUE
    assert state.get(KEY) == expected


@pytest.mark.parametrize("store", ["transient", "secure"])
def test_a_private_identifier_stays_private(
    fake: FakeVerifyProvider, store: str
) -> None:
    state = NodeState(**{store: {KEY: "1(555)323-1234"}})

    SenderNode.from_export({}, fake).process(TreeContext(state))

    assert state.get(KEY) == NUMBER
    assert KEY not in state.shared


@pytest.mark.parametrize(
    "name", ["telephoneNumber", "objectAttributes.telephoneNumber"]
)
@pytest.mark.parametrize("store", ["shared", "transient", "secure"])
def test_an_identifier_may_come_from_object_attributes(
    fake: FakeVerifyProvider, store: str, name: str
) -> None:
    attributes = {"telephoneNumber": "+1 555 323 1234"}
    state = NodeState(**{store: {"objectAttributes": attributes}})

    action = SenderNode.from_export({}, fake, object_attribute=name).process(
        TreeContext(state)
    )

    assert action.outcome is Outcome.TRUE
    assert state.get(KEY) == NUMBER
    assert state.get("objectAttributes") == attributes
    assert (KEY in state.shared) is (store == "shared")


def test_object_attributes_come_after_the_key(fake: FakeVerifyProvider) -> None:
    state = NodeState(
        shared={KEY: NUMBER}, transient={"objectAttributes": {"mobile": "+15553231230"}}
    )

    SenderNode.from_export({}, fake, object_attribute="mobile").process(
        TreeContext(state)
    )

    assert state.get(KEY) == NUMBER


def test_object_attributes_are_not_looked_at_unasked(fake: FakeVerifyProvider) -> None:
    state = NodeState(shared={"objectAttributes": {KEY: NUMBER}})

    action = SenderNode.from_export({}, fake).process(TreeContext(state))

    assert action.outcome is Outcome.ERROR


def test_success_leaves_what_the_collector_needs_and_clears_stale_errors(
    fake: FakeVerifyProvider,
) -> None:
    stale = {"verifyError": "x", "verifyErrorRecord": {}, "Exception": "x"}
    state = NodeState(shared={"phone": NUMBER, **stale}, transient={"verifyError": "y"})
    node = SenderNode.from_export(
        {"identifierSharedState": "phone", "serviceSID": "VA1"}, fake
    )

    node.process(TreeContext(state))

    ref = VerificationRef.from_json(state.get("verifyReference"))
    assert ref.identifier.value == NUMBER
    assert state.keys() == {"phone", "serviceSID", "verifyReference", "verifyDelivery"}
    assert state.get("serviceSID") == "VA1"
    assert state.get("verifyDelivery") == Delivery.SENT.value


def test_a_lost_answer_is_true_and_marked(fake: FakeVerifyProvider) -> None:
    fake.faults.arm("start", Break.ANSWER_LOST, last=1)
    state = NodeState(shared={KEY: NUMBER})

    action = SenderNode.from_export({}, fake).process(TreeContext(state))

    assert action.outcome is Outcome.TRUE
    assert state.get("verifyDelivery") == Delivery.MAYBE_SENT.value


@pytest.mark.parametrize("ping_compatible", [True, False])
def test_a_provider_s_error_is_recorded(
    fake: FakeVerifyProvider, *, ping_compatible: bool
) -> None:
    fake.faults.arm("start", 60203, last=1)
    state = NodeState(shared={KEY: NUMBER})
    node = SenderNode.from_export({}, fake, ping_compatible=ping_compatible)

    action = node.process(TreeContext(state))

    assert action.outcome is Outcome.ERROR
    assert action.error is not None
    assert action.error.reason == "provider.too_soon"
    assert action.cause is not None
    assert state.get("verifyErrorRecord") == action.error.to_json()
    assert ("Exception" in state.shared) is ping_compatible
    assert state.get("verifyReference") is None


def test_an_ambiguous_start_that_nobody_can_check_is_an_error() -> None:
    fake = FakeVerifyProvider(seed=1, profile=CHECK_BY_ID)
    fake.faults.arm("start", Break.ANSWER_LOST, last=1)

    action = SenderNode.from_export({}, fake).process(
        TreeContext(NodeState(shared={KEY: NUMBER}))
    )

    assert action.error is not None
    assert action.error.reason == "provider.ambiguous"


def test_a_channel_that_is_not_offered_is_an_error() -> None:
    node = SenderNode.from_export(
        {"channel": "CALL"}, FakeVerifyProvider(seed=1, profile=LEAST)
    )

    action = node.process(TreeContext(NodeState(shared={KEY: NUMBER})))

    assert action.error is not None
    assert action.error.reason == "provider.unsupported_channel"


def test_an_e_mail_address_goes_by_the_e_mail_channel(fake: FakeVerifyProvider) -> None:
    state = NodeState(shared={KEY: " Person@EXAMPLE.org "})

    action = SenderNode.from_export({"channel": "EMAIL"}, fake).process(
        TreeContext(state)
    )

    assert action.outcome is Outcome.TRUE
    assert state.get(KEY) == "Person@example.org"
    assert fake.outbox[-1].channel == Channel.EMAIL.value


def test_the_policy_reads_state_and_person_alike(fake: FakeVerifyProvider) -> None:
    node = SenderNode.from_export(
        {"requestIdentifier": True}, fake, policy=PhonePolicy(default_region="GB")
    )
    asked, stored = NodeState(), NodeState(shared={KEY: "020 7946 0018"})

    node.process(TreeContext(asked, callbacks=typed("020 7946 0018")))
    node.process(TreeContext(stored))

    assert asked.get(KEY) == stored.get(KEY) == "+442079460018"


@pytest.mark.parametrize(
    ("options", "locales", "sent"),
    [
        ({"send_locale": True}, ("de", "en"), "de"),
        ({"send_locale": True}, (), None),
        ({"send_locale": False}, ("de",), None),
        ({}, ("de",), None),
    ],
)
def test_the_vendor_gets_the_language_only_where_that_is_wanted(
    fake: FakeVerifyProvider,
    options: dict[str, bool],
    locales: tuple[str, ...],
    sent: str | None,
) -> None:
    recorder = Recorder(fake)
    node = SenderNode(provider=recorder, **options)

    node.process(TreeContext(NodeState(shared={KEY: NUMBER}), locales=locales))

    assert [request.locale for request in recorder.requests] == [sent]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (10**30, "identifier.missing"),
        (10**30 - 1, "phone.impossible_length"),
        (0, "identifier.missing"),
        (True, "identifier.missing"),
    ],
)
def test_a_number_in_state_is_its_digits_if_it_can_be_a_number(
    fake: FakeVerifyProvider, value: int, reason: str
) -> None:
    node = SenderNode(provider=fake)

    action = node.process(TreeContext(NodeState(shared={KEY: value})))

    assert action.error is not None
    assert action.error.reason == reason


def test_the_vendor_is_told_the_client_s_address_where_there_is_one(
    fake: FakeVerifyProvider,
) -> None:
    recorder = Recorder(fake)

    SenderNode(provider=recorder).process(
        TreeContext(NodeState(shared={KEY: NUMBER}), client_address="203.0.113.7")
    )

    assert [request.client_address for request in recorder.requests] == ["203.0.113.7"]


def test_the_event_hook_sees_the_call_masked(fake: FakeVerifyProvider) -> None:
    events: list[VerifyEvent] = []
    node = SenderNode.from_export({}, fake, on_event=events.append)

    node.process(TreeContext(NodeState(shared={KEY: NUMBER})))

    assert [event.phase for event in events] == ["asked", "answered"]
    assert "5553231" not in repr(events)


def test_a_placeholder_is_not_written_as_a_service(fake: FakeVerifyProvider) -> None:
    state = NodeState(shared={KEY: NUMBER})

    SenderNode.from_export({"serviceSID": "&{esv.service}"}, fake).process(
        TreeContext(state)
    )

    assert "serviceSID" not in state.shared
