"""Signed webhooks: only Vonage's own, whole, and of this account, become events."""

from __future__ import annotations

import hashlib
import hmac
import json
import traceback
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given, strategies as st

from tests.support.loopback import Loopback
from tests.vonage.tiny import KEY, NOON, Clock, TinyVonage
from verify_core.channels import Channel
from verify_core.errors import InvalidSetting, Misconfigured
from verify_core.masking import Secret
from verify_core.verification import (
    DeliveryAttempt,
    StartRequest,
    Status,
    Verdict,
    VerificationState,
)
from verify_providers.vonage import (
    AsyncVonageVerify,
    EventKind,
    InvalidWebhook,
    MemoryEvents,
    VonageEvent,
    VonageVerify,
)
from verify_providers.vonage._webhooks import STATUSES, read_webhook, state_of
from verify_providers.vonage._workflow import Workflow

SIGNATURE = "kZs2Wq8LrT5vXy1bNc4mHd7fJg0pQe3aUi6oRs9tEw8yBx2z"
ID = "c11236f4-00bf-4b89-84ba-88b25df97315"
NOW = int(NOON.timestamp())
BODY = json.dumps(
    {
        "request_id": ID,
        "triggered_at": "2026-11-23T12:00:00.000Z",
        "type": "event",
        "channel": "voice",
        "status": "completed",
        "finalized_at": "2026-11-23T12:00:30.000Z",
        "client_ref": "mine",
    }
).encode()
SUMMARY: dict[str, Any] = {
    "request_id": ID,
    "submitted_at": "2026-11-23T12:00:00.000Z",
    "status": "completed",
    "type": "summary",
    "channel_timeout": 300,
    "workflow": [
        {
            "channel": "sms",
            "initiated_at": "2026-11-23T12:00:00.000Z",
            "status": "expired",
        },
        {
            "channel": "silent_auth",
            "initiated_at": "2026-11-23T12:02:00Z",
            "status": "failed",
        },
        {
            "channel": "voice",
            "initiated_at": "2026-11-23T12:05:00.000Z",
            "status": "completed",
        },
        {"channel": "email", "initiated_at": "", "status": "unused"},
    ],
    "price": "0.1",
    "client_ref": "mine",
}
EXPECTED: dict[str, Any] = {"now": NOON, "claims": {"api_key": KEY}}


def claims(body: bytes = BODY, **more: object) -> dict[str, Any]:
    return {
        "iat": NOW,
        "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": KEY,
        "application_id": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
        **more,
    }


def signed(
    body: bytes = BODY, *, key: str = SIGNATURE, **more: object
) -> dict[str, str]:
    token = jwt.encode(claims(body, **more), key, algorithm="HS256")
    return {"Authorization": f"Bearer {token}"}


def read(headers: Mapping[str, str], body: bytes = BODY) -> VonageEvent:
    return read_webhook(headers, body, secret=Secret(SIGNATURE), **EXPECTED)


def test_event_of_a_step() -> None:
    assert read(signed()) == VonageEvent(
        request_id=ID,
        kind=EventKind.EVENT,
        status=Status.APPROVED,
        reason="completed",
        at=NOON + timedelta(seconds=30),
        channel=Channel.CALL,
        client_ref="mine",
    )


def test_summary_of_a_request() -> None:
    body = json.dumps(SUMMARY).encode()

    event = read(signed(body), body)

    assert event.kind is EventKind.SUMMARY
    assert event.status is Status.APPROVED
    assert event.at == NOON
    assert event.channel is None
    assert event.deliveries == (
        DeliveryAttempt(at=NOON, channel=Channel.SMS),
        DeliveryAttempt(at=NOON + timedelta(minutes=2), channel=None),
        DeliveryAttempt(at=NOON + timedelta(minutes=5), channel=Channel.CALL),
    )


@pytest.mark.parametrize("name", ["authorization", "AUTHORIZATION", "Authorization"])
@pytest.mark.parametrize("scheme", ["Bearer ", "bearer  "])
def test_header_in_any_case(name: str, scheme: str) -> None:
    token = signed()["Authorization"].removeprefix("Bearer ")

    assert read({name: scheme + token}).request_id == ID


def b64(data: object) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return urlsafe_b64encode(raw).decode().rstrip("=")


def forged(header: object, payload: object, key: bytes = SIGNATURE.encode()) -> str:
    signing = f"{b64(header)}.{b64(payload)}"
    digest = hmac.digest(key, signing.encode(), "sha256")
    return f"Bearer {signing}.{b64(digest)}"


def test_our_own_forgery_is_a_token_of_pyjwts() -> None:
    """So that the ones below fail for their flaw alone."""
    token = forged({"alg": "HS256", "typ": "JWT"}, claims())

    assert read({"authorization": token}).request_id == ID
    assert jwt.decode(
        token.removeprefix("Bearer "),
        SIGNATURE,
        algorithms=["HS256"],
        options={"verify_iat": False},
    )


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS512"},
        {"alg": "RS256"},
        {"alg": "hs256"},
        {"alg": ["HS256"]},
        {},
        {"alg": "HS256", "crit": ["b64"], "b64": False},
        [],
        b"\xff",
    ],
)
def test_token_does_not_choose_how_it_is_judged(header: object) -> None:
    with pytest.raises(InvalidWebhook, match="HS256"):
        read({"authorization": forged(header, claims())})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Basic YTpi"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer a.b"},
        {"authorization": "Bearer a.b.c.d"},
        {"authorization": "Bearer a.b.é"},
        {"authorization": f"Bearer {b64({'alg': 'none'})}.{b64(claims())}."},
        {**signed(), "authorization": "Bearer a.b.c"},
        signed(key="another secret, as long as Vonage's own are"),
        {"X-Authorization": signed()["Authorization"]},
    ],
)
def test_unsigned_or_signed_by_somebody_else(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidWebhook, match=r"^authorization: "):
        read(headers)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"payload_hash": None}, "payload_hash"),
        ({"payload_hash": ""}, "payload_hash"),
        ({"payload_hash": "é"}, "payload_hash"),
        ({"payload_hash": "\udfff"}, "payload_hash"),
        ({"payload_hash": hashlib.sha256(b"{}").hexdigest()}, "payload_hash"),
        ({"iat": NOW + 61}, "iat"),
        ({"iat": NOW - 86401}, "iat"),
        ({"iat": None}, "iat"),
        ({"iat": str(NOW)}, "iat"),
        ({"iat": True}, "iat"),
        ({"iat": float("nan")}, "iat"),
        ({"iat": float("inf")}, "iat"),
        ({"iat": 10**400}, "iat"),
        ({"exp": NOW - 61}, "exp"),
        ({"exp": "never"}, "exp"),
        ({"api_key": "ffffffff"}, "api_key"),
    ],
)
def test_claims_that_are_refused(change: dict[str, object], name: str) -> None:
    header = {"alg": "HS256", "typ": "JWT"}

    with pytest.raises(InvalidWebhook, match=rf"^{name}: "):
        read({"authorization": forged(header, claims(**change))})


@pytest.mark.parametrize(
    "change",
    [
        {"iat": NOW + 60},
        {"iat": NOW - 86400},
        {"iat": NOW + 0.5},
        {"exp": NOW},
        {"payload_hash": hashlib.sha256(BODY).hexdigest().upper()},
    ],
)
def test_claims_at_the_edge_are_taken(change: dict[str, object]) -> None:
    header = {"alg": "HS256", "typ": "JWT"}

    assert read({"authorization": forged(header, claims(**change))}).request_id == ID


def test_claims_that_are_absent_are_not_held_against_it() -> None:
    fewer = {name: claims()[name] for name in ("iat", "payload_hash")}

    assert read({"authorization": forged({"alg": "HS256"}, fewer)}).request_id == ID


def test_application_is_compared_where_we_are_one() -> None:
    body, ours = BODY, "0a1b2c3d-0000-4000-8000-0123456789ab"
    expected: dict[str, Any] = {"now": NOON, "claims": {"application_id": ours}}

    with pytest.raises(InvalidWebhook, match="application_id"):
        read_webhook(signed(), body, secret=Secret(SIGNATURE), **expected)
    own = signed(application_id=ours)
    assert read_webhook(own, body, secret=Secret(SIGNATURE), **expected).client_ref


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b'{"status": "completed"}',
        b'{"request_id": "x", "status": "completed"}',
        json.dumps({"request_id": ID}).encode(),
        json.dumps({"request_id": ID, "status": 1}).encode(),
        b"[" * 100_000,
    ],
)
def test_signed_body_that_is_about_no_request(body: bytes) -> None:
    with pytest.raises(InvalidWebhook, match=r"^body: "):
        read(signed(body), body)


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_no_byte_of_the_body_can_be_changed(position: int, change: int) -> None:
    changed = bytearray(BODY)
    changed[position] ^= change

    with pytest.raises(InvalidWebhook):
        read(SIGNED, bytes(changed))


SIGNED = signed()


def _significant(position: int) -> bool:
    # The last digit of base64 without padding has bits that stand for nothing.
    return position + 1 < len(SIGNED["Authorization"])


@given(
    st.integers(7, len(SIGNED["Authorization"]) - 1).filter(_significant),
    st.characters(codec="ascii"),
)
def test_no_character_of_the_token_can_be_changed(position: int, other: str) -> None:
    text = SIGNED["Authorization"]
    changed = text[:position] + other + text[position + 1 :]
    if changed == text or text[position + 1] == ".":
        return

    with pytest.raises(InvalidWebhook):
        read({"authorization": changed})


@pytest.mark.parametrize(
    ("word", "status"),
    [*STATUSES.items(), ("contemplating", Status.UNKNOWN), ("", Status.UNKNOWN)],
)
def test_status_words(word: str, status: Status) -> None:
    body = json.dumps({"request_id": ID, "status": word}).encode()

    assert read(signed(body), body).status is status


@given(st.text())
def test_only_completed_is_approval(word: str) -> None:
    body = json.dumps({"request_id": ID, "status": word}).encode()

    event = read(signed(body), body)

    assert (event.status is Status.APPROVED) is (word == "completed")


def test_event_repeats_nothing_that_vonage_says_of_the_person() -> None:
    body = json.dumps(
        {
            "request_id": ID,
            "status": "15553231234",
            "to": "15553231234",
            "code": "482913",
            "client_ref": "+15553231234",
            "channel": "pat@example.org",
            "workflow": [{"channel": "15553231234", "to": "15553231234"}],
        }
    ).encode()

    event = read(signed(body), body)

    assert event.status is Status.UNKNOWN
    for secret in ("5553231234", "482913", "pat@"):
        assert secret not in repr(event)


def test_body_that_was_read_already_is_a_mistake_in_the_program() -> None:
    with pytest.raises(TypeError, match="bytes"):
        read(signed(), BODY.decode())  # type: ignore[arg-type]


ONE_STEP = Workflow(
    channels=(Channel.SMS,), timeout=timedelta(seconds=180), reached_at=NOON
)
TWO_STEPS = Workflow(
    channels=(Channel.SMS, Channel.CALL),
    timeout=timedelta(seconds=180),
    reached_at=NOON,
)


def event(kind: str, status: Status) -> VonageEvent:
    return VonageEvent(
        request_id=ID, kind=EventKind(kind), status=status, reason=status.value
    )


class TestState:
    def test_summary_outweighs_calls_and_steps_in_any_order(self) -> None:
        said = [
            event("summary", Status.EXPIRED),
            event("call", Status.APPROVED),
            event("event", Status.APPROVED),
        ]

        for events in (said, said[::-1]):
            assert state_of(events, ONE_STEP, NOON).status is Status.EXPIRED
            calls = [e for e in events if e.kind is not EventKind.SUMMARY]
            assert state_of(calls, ONE_STEP, NOON).status is Status.APPROVED

    @pytest.mark.parametrize("status", [Status.EXPIRED, Status.FAILED])
    def test_end_of_one_step_of_several_is_not_the_end(self, status: Status) -> None:
        said = [event("event", status)]

        assert state_of(said, ONE_STEP, NOON).status is status
        assert state_of(said, TWO_STEPS, NOON).status is Status.PENDING
        assert state_of(said, TWO_STEPS, TWO_STEPS.ends_at).status is status

    def test_block_ends_all_steps(self) -> None:
        said = [event("event", Status.BLOCKED)]

        assert state_of(said, TWO_STEPS, NOON).status is Status.BLOCKED

    def test_nothing_heard_is_pending_until_its_time_is_over(self) -> None:
        last = ONE_STEP.ends_at - timedelta(seconds=1)

        assert state_of([], ONE_STEP, last) == VerificationState(
            status=Status.PENDING, reason="no_event"
        )
        assert state_of([], ONE_STEP, ONE_STEP.ends_at).status is Status.UNKNOWN


class TestStore:
    def test_it_keeps_each_event_once_and_the_newest_last(self) -> None:
        store = MemoryEvents()
        one, other = event("event", Status.PENDING), event("summary", Status.EXPIRED)
        for said in (one, other, one):
            store.add(said)

        assert store.events_of(ID) == (other, one)
        assert store.events_of("x") == ()

    def test_it_forgets_the_oldest_request(self) -> None:
        from attrs import evolve

        store = MemoryEvents(requests=2)
        for name in ("a", "b", "a", "c"):
            store.add(evolve(event("event", Status.PENDING), request_id=name))

        kept = [name for name in "abc" if store.events_of(name)]
        assert kept == ["a", "c"]

    def test_one_request_does_not_fill_it(self) -> None:
        from attrs import evolve

        store, said = MemoryEvents(), event("event", Status.PENDING)
        for second in range(100):
            store.add(evolve(said, at=NOON + timedelta(seconds=second)))

        kept = store.events_of(ID)
        assert len(kept) == 32
        assert kept[-1].at == NOON + timedelta(seconds=99)


class TestProvider:
    def test_fetch_is_answered_from_webhooks(
        self,
        loopback: Loopback,
        tiny: TinyVonage,
        clock: Clock,
        account: dict[str, Any],
        request_of: StartRequest,
    ) -> None:
        with VonageVerify(
            base_url=loopback.url,
            clock=clock.now,
            signature_secret=SIGNATURE,
            events=MemoryEvents(),
            **account,
        ) as provider:
            ref = provider.start(request_of).ref
            summary = SUMMARY | {"request_id": ref.vendor_id, "status": "expired"}
            body = json.dumps(summary).encode()

            said = provider.parse_webhook(signed(body), body)

            assert said.client_ref == "mine"
            state = provider.fetch(ref)
            assert state.status is Status.EXPIRED
            assert len(state.deliveries) == 3
            tiny.requests[ref.vendor_id].over = True
            code = tiny.code_of(ref.vendor_id)
            assert provider.check(ref, code).verdict is Verdict.EXPIRED

    def test_a_webhook_that_is_refused_is_not_kept(
        self, loopback: Loopback, clock: Clock, account: dict[str, Any]
    ) -> None:
        store = MemoryEvents()
        with VonageVerify(
            base_url=loopback.url,
            clock=clock.now,
            signature_secret=SIGNATURE,
            events=store,
            **account,
        ) as provider:
            with pytest.raises(InvalidWebhook):
                provider.parse_webhook(signed(key="x" * 40), BODY)
            assert store.events_of(ID) == ()
            assert provider.parse_webhook(signed(), BODY).request_id == ID
        assert len(store.events_of(ID)) == 1

    def test_no_frame_shows_the_webhook_that_a_store_cannot_keep(
        self, clock: Clock, account: dict[str, Any]
    ) -> None:
        class Full(MemoryEvents):
            def add(self, event: VonageEvent) -> None:
                raise OSError(event.request_id)

        provider = VonageVerify(
            clock=clock.now, signature_secret=SIGNATURE, events=Full(), **account
        )
        headers = signed()

        with pytest.raises(OSError, match=ID) as caught:
            provider.parse_webhook(headers, BODY)

        ours = [
            frame
            for frame, _ in traceback.walk_tb(caught.tb)
            if "/verify_" in frame.f_code.co_filename
        ]
        assert "parse_webhook" in {frame.f_code.co_name for frame in ours}
        shown = repr([frame.f_locals for frame in ours])
        assert headers["Authorization"] not in shown
        assert SIGNATURE not in shown
        assert repr(BODY) not in shown

    @pytest.mark.parametrize("kind", [VonageVerify, AsyncVonageVerify])
    def test_without_a_secret_it_is_refused_by_name(
        self,
        kind: type[VonageVerify | AsyncVonageVerify],
        account: dict[str, Any],
    ) -> None:
        with pytest.raises(InvalidSetting, match=r"^signature_secret: "):
            kind(**account).parse_webhook(signed(), BODY)

    def test_secret_that_rotates_is_read_each_time(
        self, loopback: Loopback, clock: Clock, account: dict[str, Any]
    ) -> None:
        now = ["old " * 10]
        with VonageVerify(
            base_url=loopback.url,
            clock=clock.now,
            signature_secret=lambda: now[0],
            **account,
        ) as provider:
            with pytest.raises(InvalidWebhook):
                provider.parse_webhook(signed(), BODY)
            now[0] = SIGNATURE
            assert provider.parse_webhook(signed(), BODY).request_id == ID
            now[0] = ""
            with pytest.raises(Misconfigured, match="signature_secret"):
                provider.parse_webhook(signed(), BODY)

    def test_no_error_repeats_what_was_sent(self, provider: VonageVerify) -> None:
        body = BODY.replace(b"mine", b"15553231234")

        with pytest.raises(InvalidWebhook) as caught:
            read({"authorization": signed()["Authorization"]}, body)

        assert "5553231234" not in repr(caught.value)
        assert SIGNATURE not in repr(provider)


def test_times_are_in_utc_whatever_the_vendors_zone() -> None:
    body = BODY.replace(b"12:00:30.000Z", b"13:00:30.000+01:00")

    at = read(signed(body), body).at

    assert at == datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
