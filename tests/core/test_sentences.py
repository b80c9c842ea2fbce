"""Every refusal names the setting and says in one sentence what it takes."""

# mypy: disable-error-code="arg-type, list-item, dict-item"

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from verify_core import (
    Capabilities,
    Channel,
    EmailAddress,
    PhoneNumber,
    PhonePolicy,
    ProviderSettings,
    Secret,
    Started,
    StartHints,
    StartRequest,
    TokenKeys,
    Verdict,
    VerificationRef,
    accept,
    from_token,
    read_phone,
    record_of,
    require_options,
    to_token,
)
from verify_core.codes import read_code
from verify_core.errors import (
    ChannelMismatch,
    InvalidToken,
    NotSent,
    Refused,
    TokenReason,
)
from verify_core.nodes import (
    Action,
    CollectorDecisionNode,
    ConfirmationCallback,
    Credentials,
    NodeState,
    SenderNode,
    TreeContext,
    read_outcome,
)
from verify_core.verification import DeliveryAttempt
from verify_fakes import FakeVerifyProvider

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
NUMBER = read_phone("+15553231234")
REF = VerificationRef(
    provider="x", identifier=NUMBER, channel="sms", attempt_id="a", created_at=NOON
)
FAKE = FakeVerifyProvider(seed=1)
KEY = TokenKeys.new_key()
NAIVE = "takes a datetime with its time zone, not a naive one"
ENDLESS: list[object] = []
ENDLESS.append(ENDLESS)


def request(**fields: object) -> StartRequest:
    return StartRequest(**{"identifier": NUMBER, **fields})


def number(**fields: object) -> PhoneNumber:
    given = {"e164": "+15553231234", "calling_code": 1, "region": "US"}
    return PhoneNumber(**{**given, "provenance": "explicit", **fields})


def exported(**attributes: object) -> CollectorDecisionNode:
    return CollectorDecisionNode.from_export(attributes, FAKE)


SENTENCES: dict[str, Callable[[], object]] = {
    "identifier: takes a PhoneNumber or an EmailAddress; read_phone() makes one of a"
    " text": lambda: request(identifier="+1"),
    "extras: takes at most one value of each vendor": lambda: request(extras=[1, 2]),
    "fallback_channels: takes a collection of channels": lambda: request(
        fallback_channels="sms"
    ),
    "custom_code: takes a str, not int": lambda: request(custom_code=1234),
    "custom_code: holds half a character (a lone surrogate)": lambda: request(
        custom_code="\ud800"
    ),
    "attempt_id: takes a text that is not empty": lambda: request(attempt_id=""),
    "client_address: takes an IPv4 or IPv6 address": lambda: request(
        client_address="x"
    ),
    "hints: takes a StartHints, not dict": lambda: request(hints={}),
    "code_length: takes a whole number from 4 to 10": lambda: StartHints(
        code_length=11
    ),
    "time_to_live: takes a duration above zero": lambda: StartHints(
        time_to_live=timedelta(0)
    ),
    f"created_at: {NAIVE}": lambda: evolve(REF, created_at=datetime(2026, 1, 1)),  # noqa: DTZ001
    "created_at: takes a datetime, not str": lambda: evolve(REF, created_at="x"),
    "created_at: takes a datetime of the years 3 to 9997": lambda: evolve(
        REF, created_at=datetime(9999, 1, 1, tzinfo=UTC)
    ),
    f"expires_at: {NAIVE}": lambda: Started(ref=REF, expires_at=datetime(2026, 1, 1)),  # noqa: DTZ001
    f"at: {NAIVE}": lambda: DeliveryAttempt(at=datetime(2026, 1, 1)),  # noqa: DTZ001
    f"now: {NAIVE}": lambda: TreeContext(now=datetime(2026, 1, 1)),  # noqa: DTZ001
    "vendor_data: takes a mapping, not list": lambda: evolve(REF, vendor_data=[]),
    "reference: not a reference of this library; start a new verification": (
        lambda: VerificationRef.from_json({})
    ),
    "channel: takes one of sms, call, email, whatsapp": lambda: Started(
        ref=REF, channel="pigeon"
    ),
    "delivery: takes one of sent, maybe_sent": lambda: Started(ref=REF, delivery="x"),
    "ignored_hints: takes a collection of str": lambda: Started(
        ref=REF, ignored_hints="locale"
    ),
    "attempts: takes a AttemptReport, not int": lambda: Started(ref=REF, attempts=[1]),
    "channels: takes a collection of channels": lambda: Capabilities(channels="sms"),
    "check_key: takes one of none, id, identifier, either": lambda: Capabilities(
        channels=(), check_key="x"
    ),
    "fetch: takes one of none, id, identifier, either": lambda: Capabilities(
        channels=(), fetch="x"
    ),
    "cancel: takes one of no, window, yes": lambda: Capabilities(
        channels=(), cancel="x"
    ),
    "idempotency: takes one of none, key, refuses_duplicate": lambda: Capabilities(
        channels=(), idempotency="x"
    ),
    "resend: takes one of same_code, new_code, varies": lambda: Capabilities(
        channels=(), resend="x"
    ),
    "hints: takes a collection of str": lambda: Capabilities(channels=(), hints="x"),
    "extras: int is not for this provider": lambda: accept(
        FAKE, request(extras=1), extras=str
    ),
    "e164: takes a plus sign and 2 to 15 ASCII digits, no zero first": lambda: number(
        e164="+0"
    ),
    "calling_code: takes what the number begins with": lambda: number(calling_code=44),
    "region: takes two capital letters (ISO 3166-1), or None": lambda: number(
        region="us"
    ),
    "provenance: takes one of explicit, idd, separated, bare, default_region": (
        lambda: number(provenance="x")
    ),
    "default_region: takes ISO 3166-1 alpha-2 codes, such as 'US' or 'GB'": (
        lambda: PhonePolicy(default_region="XX")
    ),
    "allowed_regions: takes ISO 3166-1 alpha-2 codes, such as 'US' or 'GB'": (
        lambda: PhonePolicy(allowed_regions=["XX"])
    ),
    "allowed_regions: takes a collection of ISO 3166-1 alpha-2 codes": (
        lambda: PhonePolicy(allowed_regions="US")
    ),
    "allowed_calling_codes: takes a collection of integers, such as {1, 44}": (
        lambda: PhonePolicy(allowed_calling_codes=1)
    ),
    "allowed_calling_codes: takes assigned calling codes as integers,"
    " such as 1 or 44": lambda: PhonePolicy(allowed_calling_codes=[999]),
    "denied_types: takes a collection of number types": lambda: PhonePolicy(
        denied_types="voip"
    ),
    "text: takes a str, not int": lambda: read_phone(1),
    "policy: takes a PhonePolicy, not dict": lambda: read_phone("+1", {}),
    "code: takes a str, not int": lambda: read_code(123456),
    "address: takes a str, not int": lambda: EmailAddress(1),
    "secret: takes a str, not int": lambda: Secret(1),
    "problem: takes an error, or a verdict of failure": lambda: record_of(
        Verdict.APPROVED
    ),
    "keys: takes at least one key": lambda: TokenKeys(keys={}),
    "keys: takes a mapping, not str": lambda: TokenKeys(keys="x"),
    "keys: takes each key under one id only": lambda: TokenKeys(
        keys={"a": KEY, "b": KEY}
    ),
    "keys: a key id is 1 to 32 letters, digits, hyphens or underscores": (
        lambda: TokenKeys(keys={"a.b": KEY})
    ),
    "keys: a key is 32 bytes in URL-safe base64; TokenKeys.new_key() makes one": (
        lambda: TokenKeys(keys={"a": "x"})
    ),
    "ref: takes a VerificationRef, not dict": lambda: to_token(
        {},
        TokenKeys(keys={"a": KEY}),
        now=NOON,
    ),
    "max_age: takes a timedelta, not int": lambda: from_token(
        "x",
        TokenKeys(keys={"a": KEY}),
        now=NOON,
        max_age=60,
    ),
    "reference: token refused (malformed); start a new verification": (
        lambda: from_token("x", TokenKeys(keys={"a": KEY}), now=NOON)
    ),
    "options: takes a mapping, not list": lambda: ProviderSettings(
        name="x",
        options=[],
    ),
    "options: takes a str, not int": lambda: ProviderSettings(
        name="x",
        options={"a": 1},
    ),
    "environ: takes a mapping, not list": lambda: ProviderSettings(
        name="x",
        environ=[],
    ),
    "edge: unknown option; known are brand, region": lambda: require_options(
        ProviderSettings(name="x", options={"edge": "x"}), {"region", "brand"}
    ),
    "callbacks: an action has an outcome or callbacks": lambda: Action.send([]),
    "callbacks: takes a collection of callbacks": lambda: TreeContext(callbacks="x"),
    "callbacks: takes callbacks, not int": lambda: TreeContext(callbacks=[1]),
    "locales: takes a str, not int": lambda: TreeContext(locales=[1]),
    "outcome: takes one of True, False, Error, Resend, Cancel": lambda: read_outcome(
        "maybe"
    ),
    "options: takes at least one label": lambda: ConfirmationCallback([]),
    "selected_index: takes the index of an option": lambda: ConfirmationCallback(
        ["a"]
    ).selected("x"),
    "selected_index: takes 0 to 1, the options' indices": lambda: ConfirmationCallback(
        ["a", "b"]
    ).selected(2),
    "default_option: takes 0 to 0, the options' indices": lambda: ConfirmationCallback(
        ["a"], default_option=1
    ),
    "attributes: takes the JSON object of one node": lambda: (
        CollectorDecisionNode.from_export([], FAKE)
    ),
    "nextButtonText: takes a text": lambda: exported(nextButtonText=1),
    "hideCode: takes true or false": lambda: exported(hideCode="maybe"),
    "identifierSharedState: takes the name of a state key, such as userIdentifier": (
        lambda: exported(identifierSharedState=" ")
    ),
    "channel: takes one of SMS, CALL, EMAIL, WHATSAPP": lambda: SenderNode.from_export(
        {"channel": "pigeon"}, FAKE
    ),
    "accountSID: required unless a provider is passed": SenderNode,
    "serviceSID: required unless a provider is passed": lambda: SenderNode(
        credentials=Credentials(account_sid="AC1")
    ),
    "authToken: no value; let secrets('authToken') give it, or pass provider": (
        lambda: Credentials(account_sid="AC1", service_sid="VA1").settings("twilio")
    ),
    "shared: takes a mapping, not list": lambda: NodeState(shared=[]),
    "an error does not change: message": lambda: setattr(Refused("x"), "message", "y"),
    "NotSent is a base: raise what it stands for": lambda: NotSent("x"),
    "Refused has no field colour": lambda: Refused("x").but(colour="red"),
    "what is hidden cannot be changed: _value": lambda: setattr(
        Secret("x"), "_value", "y"
    ),
    "what is hidden cannot be changed: it": lambda: delattr(Secret("x"), "it"),
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_is_refused_is_named_with_what_it_takes(sentence: str) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError, NotSent)) as caught:
        SENTENCES[sentence]()

    assert str(caught.value) == sentence


def test_input_errors_say_what_to_do_next() -> None:
    assert str(ChannelMismatch(Channel.SMS)) == (
        "identifier: channel sms takes a phone number"
    )
    assert str(InvalidToken(TokenReason.TOO_OLD)) == (
        "reference: token refused (too_old); start a new verification"
    )
