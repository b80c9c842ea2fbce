"""Whatever a constructor or a reader is given, it answers with a value or by name."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.support.junk import attempted, json_like, junk, real, texts
from verify_core import (
    Capabilities,
    Channel,
    CheckResult,
    Delivery,
    EmailAddress,
    PhoneNumber,
    PhonePolicy,
    ProviderSettings,
    Secret,
    Started,
    StartHints,
    StartRequest,
    Status,
    TokenKeys,
    Verdict,
    VerificationRef,
    VerificationState,
    from_token,
    read_phone,
    to_token,
)
from verify_core.channels import read_channel
from verify_core.codes import read_code
from verify_core.identifiers import identifier_from_json, read_identifier
from verify_core.nodes import (
    Buttons,
    CollectorDecisionNode,
    ConfirmationCallback,
    Credentials,
    MessageType,
    NameCallback,
    NodeState,
    PasswordCallback,
    SenderNode,
    TextOutputCallback,
    TreeContext,
    read_outcome,
)
from verify_core.provider import CancelSupport, Idempotency, LookupKey, Resend
from verify_core.verification import AttemptReport, DeliveryAttempt
from verify_fakes import FakeVerifyProvider

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NUMBER = read_phone("+15553231234")
REF = VerificationRef(
    provider="twilio",
    vendor_id="VE1",
    identifier=NUMBER,
    channel=Channel.SMS,
    attempt_id="a",
    created_at=NOON,
    vendor_data={"service": "VA1"},
)
PROVIDER = FakeVerifyProvider(seed=1)
KEYS = TokenKeys(keys={"k1": TokenKeys.new_key()})


CONSTRUCTORS: dict[Callable[..., Any], dict[str, Any]] = {
    Secret: {"value": "x"},
    PhoneNumber: {
        "e164": "+15553231234",
        "calling_code": 1,
        "region": "US",
        "provenance": "explicit",
    },
    EmailAddress: {"address": "pat@example.org"},
    PhonePolicy: {
        "default_region": "US",
        "allowed_calling_codes": {1},
        "allowed_regions": {"US"},
        "denied_types": (),
        "require_valid": False,
        "allow_non_geographic": False,
        "strict": False,
    },
    StartHints: {"time_to_live": timedelta(minutes=1), "code_length": 6},
    StartRequest: {
        "identifier": NUMBER,
        "channel": "sms",
        "fallback_channels": ("call",),
        "attempt_id": "a",
        "locale": "de",
        "custom_code": "1234",
        "client_address": "192.0.2.1",
        "hints": StartHints(),
        "extras": (),
    },
    VerificationRef: {
        "provider": "twilio",
        "vendor_id": "VE1",
        "identifier": NUMBER,
        "channel": "sms",
        "attempt_id": "a",
        "created_at": NOON,
        "sends": 1,
        "vendor_data": {"service": "VA1"},
    },
    AttemptReport: {"provider": "a", "action": "start", "result": "sent"},
    Started: {
        "ref": REF,
        "channel": Channel.SMS,
        "delivery": Delivery.SENT,
        "expires_at": NOON,
        "resend_after": timedelta(1),
        "code_length": 6,
        "ignored_hints": ("locale",),
        "attempts": (),
    },
    CheckResult: {
        "verdict": Verdict.WRONG_CODE,
        "attempts_remaining": 3,
        "retry_allowed": True,
    },
    DeliveryAttempt: {"at": NOON, "channel": Channel.SMS, "vendor_id": "VL1"},
    VerificationState: {"status": Status.PENDING, "reason": "x", "deliveries": ()},
    Capabilities: {
        "channels": {Channel.SMS},
        "check_key": LookupKey.ID,
        "fetch": LookupKey.ID,
        "cancel": CancelSupport.YES,
        "custom_code": True,
        "idempotency": Idempotency.KEY,
        "resend": Resend.SAME_CODE,
        "attempts_reported": True,
        "hints": {"locale"},
    },
    ProviderSettings: {
        "name": "x",
        "user": "u",
        "secret": "s",
        "host": "h",
        "path": "p",
        "options": {"a": "b"},
        "environ": {"a": "b"},
    },
    TokenKeys: {"keys": {"k1": TokenKeys.new_key()}},
    TextOutputCallback: {"message": "x", "message_type": MessageType.ERROR},
    NameCallback: {"prompt": "x", "name": "y"},
    PasswordCallback: {"prompt": "x", "password": "y"},
    ConfirmationCallback: {
        "options": ("a", "b"),
        "default_option": 0,
        "selected_index": 1,
        "message_type": MessageType.ERROR,
    },
    NodeState: {"shared": {}, "transient": {}, "secure": {}},
    TreeContext: {
        "state": NodeState(),
        "callbacks": (NameCallback("x"),),
        "locales": ("de",),
        "client_address": "192.0.2.1",
        "now": NOON,
    },
    Credentials: {
        "account_sid": "AC1",
        "auth_token": "t",
        "service_sid": "VA1",
        "secrets": None,
    },
    Buttons: {
        "show_resend": True,
        "show_cancel": True,
        "resend": "a",
        "cancel": "b",
        "next": "c",
    },
    SenderNode: {
        "provider": PROVIDER,
        "credentials": Credentials(),
        "channel": "sms",
        "request_identifier": True,
        "identifier_key": "k",
        "object_attribute": "mail",
        "policy": PhonePolicy(),
        "ping_compatible": True,
        "send_locale": True,
        "resend_cooldown": timedelta(0),
        "on_event": None,
    },
    CollectorDecisionNode: {
        "provider": PROVIDER,
        "credentials": Credentials(),
        "hide_code": True,
        "identifier_key": "k",
        "buttons": Buttons(),
        "policy": PhonePolicy(),
        "ping_compatible": True,
        "on_event": None,
    },
}

FIELDS = [(made, name) for made, given in CONSTRUCTORS.items() for name in given]


@pytest.mark.parametrize("made", CONSTRUCTORS, ids=lambda made: made.__name__)
def test_the_sample_of_each_constructor_is_taken(made: Callable[..., Any]) -> None:
    made(**CONSTRUCTORS[made])


@pytest.mark.parametrize(
    ("made", "name"), FIELDS, ids=lambda part: getattr(part, "__name__", part)
)
@settings(max_examples=30)
@given(value=junk)
def test_a_field_takes_a_value_or_refuses_it_by_name(
    made: Callable[..., Any], name: str, value: object
) -> None:
    arguments = {**CONSTRUCTORS[made], name: real(value)}

    found = attempted(lambda: made(**arguments))

    if found is not None:
        repr(found)
        copy.copy(found)


READERS: dict[str, Callable[[Any], Any]] = {
    "reference": VerificationRef.from_json,
    "identifier": lambda data: read_identifier(data, Channel.SMS, PhonePolicy()),
    "identifier of an e-mail": lambda data: read_identifier(
        data, Channel.EMAIL, PhonePolicy()
    ),
    "phone": read_phone,
    "code": read_code,
    "channel": read_channel,
    "outcome": read_outcome,
    "token": lambda data: from_token(data, KEYS, now=NOON),
    "token's age": lambda data: from_token(
        to_token(REF, KEYS, now=NOON), KEYS, now=NOON, max_age=data
    ),
    "token's purpose": lambda data: to_token(REF, KEYS, now=NOON, purpose=data),
    "token's clock": lambda data: to_token(REF, KEYS, now=data),
    "reference to seal": lambda data: to_token(data, KEYS, now=NOON),
    "keys to seal with": lambda data: to_token(REF, data, now=NOON),
    "keys to open with": lambda data: from_token("v1.a.b", data, now=NOON),
    "sender's export": lambda data: SenderNode.from_export(data, PROVIDER),
    "collector's export": CollectorDecisionNode.from_export,
}


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=60)
@given(value=junk)
def test_a_reader_takes_a_value_or_refuses_it_by_name(
    reader: str, value: object
) -> None:
    attempted(lambda: READERS[reader](real(value)))


def places(data: object) -> Iterator[tuple[object, ...]]:
    """The way to every member of a JSON document."""
    members: Mapping[Any, Any] = {}
    if isinstance(data, dict):
        members = data
    elif isinstance(data, list):
        members = dict(enumerate(data))
    for key, member in members.items():
        yield (key,)
        for rest in places(member):
            yield (key, *rest)


def changed(data: Any, way: tuple[Any, ...], value: object) -> Any:  # noqa: ANN401
    other = copy.deepcopy(data)
    inner = other
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = value
    return other


DOCUMENTS = {
    "phone": (VerificationRef.from_json, REF.to_json()),
    "identifier": (identifier_from_json, REF.to_json()["identifier"]),
    "sender": (
        lambda data: SenderNode.from_export(data, PROVIDER),
        {
            "accountSID": "AC1",
            "authToken": None,
            "serviceSID": "VA1",
            "channel": "SMS",
            "requestIdentifier": True,
            "identifierSharedState": "userIdentifier",
        },
    ),
    "collector": (
        CollectorDecisionNode.from_export,
        {
            "accountSID": "AC1",
            "hideCode": True,
            "showResendButton": True,
            "resendButtonText": "again",
            "identifierSharedState": "userIdentifier",
        },
    ),
}


@pytest.mark.parametrize("document", DOCUMENTS)
@settings(max_examples=100)
@given(data=st.data())
def test_a_document_with_a_strange_member_is_read_or_refused_by_name(
    document: str, data: st.DataObject
) -> None:
    read, sample = DOCUMENTS[document]
    way = data.draw(st.sampled_from(list(places(sample))))
    value = data.draw(json_like)

    found = attempted(lambda: read(changed(sample, way, real(value))))

    if isinstance(found, VerificationRef):
        json.dumps(found.to_json())
        assert VerificationRef.from_json(found.to_json()) == found


@pytest.mark.parametrize("node", ["sender", "collector"])
@settings(max_examples=100)
@given(data=st.data())
def test_a_node_moves_on_whatever_a_login_carries(
    node: str, data: st.DataObject
) -> None:
    keys = [
        "userIdentifier",
        "verifyReference",
        "verifyResend",
        "verifySentAt",
        "verifyWrongCodes",
        "verifyErrorRecord",
        "objectAttributes",
        "serviceSID",
    ]
    stored = {"userIdentifier": NUMBER.e164, "verifyReference": REF.to_json()}
    stored[data.draw(st.sampled_from(keys))] = real(data.draw(json_like))
    state = attempted(lambda: NodeState(shared=stored))
    if state is None:
        return
    answers = data.draw(
        st.lists(
            st.one_of(
                st.builds(NameCallback, st.just(""), texts),
                st.builds(PasswordCallback, st.just(""), texts),
            ),
            max_size=2,
        )
    )
    made = {
        "sender": SenderNode(provider=PROVIDER, request_identifier=True),
        "collector": CollectorDecisionNode(provider=PROVIDER),
    }[node]

    action = made.process(TreeContext(state, callbacks=answers, now=NOON))

    assert action.outcome or action.callbacks
