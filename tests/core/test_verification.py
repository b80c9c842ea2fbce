"""The values of the protocol check themselves when they are built."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest
from hypothesis import given, strategies as st

from verify_core import Channel, EmailAddress, StartRequest, read_phone
from verify_core.errors import ChannelMismatch, InvalidSetting, UnknownChannel
from verify_core.identifiers import identifier_to_json
from verify_core.provider import (
    CancelSupport,
    Capabilities,
    Idempotency,
    LookupKey,
    Resend,
)
from verify_core.verification import (
    Delivery,
    Started,
    StartHints,
    VerificationRef,
)

NUMBER = read_phone("+15553231234")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NUMBER_JSON = identifier_to_json(NUMBER)


def reference(**changes: object) -> VerificationRef:
    fields: dict[str, object] = {
        "provider": "fake",
        "vendor_id": "VE1",
        "identifier": NUMBER,
        "channel": Channel.SMS,
        "attempt_id": "a1",
        "created_at": NOON,
    }
    return VerificationRef(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_request_reads_its_channel_like_a_configuration() -> None:
    assert (
        StartRequest(identifier=NUMBER, channel="WHATSAPP").channel is Channel.WHATSAPP
    )  # type: ignore[arg-type]


def test_a_request_refuses_what_cannot_be_reached() -> None:
    with pytest.raises(ChannelMismatch):
        StartRequest(identifier=NUMBER, channel=Channel.EMAIL)
    with pytest.raises(ChannelMismatch):
        StartRequest(
            identifier=EmailAddress("a@example.org"),
            channel=Channel.EMAIL,
            fallback_channels=(Channel.SMS,),
        )
    with pytest.raises(UnknownChannel):
        StartRequest(identifier=NUMBER, channel="pigeon")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("setting", "build"),
    [
        ("client_address", lambda: StartRequest(identifier=NUMBER, client_address="x")),
        ("extras", lambda: StartRequest(identifier=NUMBER, extras=("a", "b"))),
        ("code_length", lambda: StartHints(code_length=3)),
        ("code_length", lambda: StartHints(code_length=11)),
        ("time_to_live", lambda: StartHints(time_to_live=timedelta(0))),
        ("code_length", lambda: StartHints(code_length="6")),  # type: ignore[arg-type]
        ("code_length", lambda: StartHints(code_length=True)),
        ("time_to_live", lambda: StartHints(time_to_live=600)),  # type: ignore[arg-type]
        ("identifier", lambda: StartRequest(identifier="+15553231234")),  # type: ignore[arg-type]
        ("identifier", lambda: reference(identifier="+15553231234")),
        ("provider", lambda: reference(provider="")),
        ("vendor_id", lambda: reference(vendor_id=5)),
        ("vendor_id", lambda: reference(vendor_id="VE\ud800")),
        ("attempt_id", lambda: reference(attempt_id=5)),
        ("sends", lambda: reference(sends=1.5)),
        ("sends", lambda: reference(sends=True)),
        ("vendor_data", lambda: reference(vendor_data={"amount": 5})),
        ("vendor_data", lambda: reference(vendor_data={"amount": "\udfff"})),
        *(
            (name, partial(StartRequest, identifier=NUMBER, **{name: value}))  # type: ignore[arg-type]
            for name, value in (
                ("custom_code", 123456),
                ("custom_code", "12\ud80034"),
                ("client_address", 5),
                ("client_address", b"192.0.2.1"),
                ("locale", 5),
                ("locale", "\ud800"),
                ("attempt_id", 5),
                ("attempt_id", ""),
                ("hints", None),
                ("hints", {"code_length": 6}),
                ("fallback_channels", "call"),
                ("fallback_channels", 5),
            )
        ),
    ],
)
def test_a_wrong_field_is_named(setting: str, build: object) -> None:
    with pytest.raises(InvalidSetting) as caught:
        build()  # type: ignore[operator]

    assert caught.value.setting == setting


def test_one_extra_needs_no_tuple() -> None:
    assert StartRequest(identifier=NUMBER, extras="one").extras == ("one",)


def test_nothing_secret_shows_in_a_repr() -> None:
    request = StartRequest(identifier=NUMBER, custom_code="4711", extras="hidden")
    started = Started(ref=reference(vendor_data={"amount": "12.50"}))

    shown = f"{request!r} {started!r} {request} {started}"

    for secret in ("4711", "hidden", "5553231234", "12.50"):
        assert secret not in shown


@given(
    sends=st.integers(1, 9),
    vendor_data=st.dictionaries(st.text(), st.text(), max_size=3),
    offset=st.integers(-12, 12),
    vendor_id=st.text(max_size=40),
)
def test_a_reference_survives_json_and_pickle(
    sends: int, vendor_data: dict[str, str], offset: int, vendor_id: str
) -> None:
    ref = reference(
        sends=sends,
        vendor_data=vendor_data,
        vendor_id=vendor_id,
        created_at=NOON.astimezone(timezone(timedelta(hours=offset))),
    )

    assert VerificationRef.from_json(json.loads(json.dumps(ref.to_json()))) == ref
    assert pickle.loads(pickle.dumps(ref)) == ref
    assert hash(ref) == hash(reference(sends=sends, vendor_id=vendor_id))


def test_a_reference_refuses_a_naive_time_and_no_sends() -> None:
    with pytest.raises(ValueError, match="naive"):
        reference(created_at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point
    with pytest.raises(ValueError, match="sends"):
        reference(sends=0)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"provider": 7},
        {"channel": "pigeon"},
        {"created_at": "yesterday"},
        {"sends": 0},
        {"sends": "many"},
        {"identifier": None},
        {"identifier": {"kind": "phone"}},
        {"vendor_data": [1]},
        {"vendor_data": {"a": 1}},
        {"vendor_data": {"a": "\ud800"}},
        {"version": True},
        {"version": 1.0},
        {"version": "1"},
        {"sends": 1.5},
        {"sends": True},
        {"channel": "email"},
        {"identifier": {"kind": "email", "address": "a@example.org"}},
        {"identifier": NUMBER_JSON | {"kind": "pigeon"}},
        {"identifier": NUMBER_JSON | {"kind": ["phone"]}},
        {"identifier": NUMBER_JSON | {"calling_code": True}},
        {"identifier": NUMBER_JSON | {"calling_code": "1"}},
        {"created_at": "9999-12-31T23:59:59-14:00"},
        {"created_at": "0001-01-01T00:00:00+14:00"},
        {"created_at": "9999-12-31T23:59:59+00:00"},
        {"created_at": 5},
    ],
    ids=str,
)
def test_tampered_json_is_refused_and_names_the_reference(
    change: dict[str, object],
) -> None:
    with pytest.raises(InvalidSetting, match=r"^reference: "):
        VerificationRef.from_json({**reference().to_json(), **change})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
EDGES = st.datetimes(timezones=st.timezones()).map(datetime.isoformat)


@given(
    st.dictionaries(
        st.sampled_from(sorted(reference().to_json())), JSON | EDGES, max_size=4
    )
)
def test_any_json_is_a_reference_or_refused_by_name(change: dict[str, object]) -> None:
    try:
        ref = VerificationRef.from_json({**reference().to_json(), **change})
    except InvalidSetting as error:
        refused = error.setting
    else:
        refused = "reference"
        assert VerificationRef.from_json(ref.to_json()) == ref
        assert ref.created_at + timedelta(days=365)
    assert refused == "reference"


@pytest.mark.parametrize("data", [None, "x", 3, [], {}])
def test_what_is_no_reference_is_refused(data: object) -> None:
    with pytest.raises(InvalidSetting, match=r"^reference: "):
        VerificationRef.from_json(data)


def test_members_may_be_written_as_their_values() -> None:
    """So that a provider's author imports few names."""
    capable = Capabilities(
        channels=["sms", "email"],
        check_key="identifier",
        fetch="id",
        cancel="window",
        idempotency="key",
        resend="new_code",
    )
    started = Started(ref=reference(), channel="call", delivery="maybe_sent")

    assert capable == Capabilities(
        channels={Channel.SMS, Channel.EMAIL},
        check_key=LookupKey.IDENTIFIER,
        fetch=LookupKey.ID,
        cancel=CancelSupport.WINDOW,
        idempotency=Idempotency.KEY,
        resend=Resend.NEW_CODE,
    )
    assert type(capable.cancel) is CancelSupport
    assert (started.channel, started.delivery) == (Channel.CALL, Delivery.MAYBE_SENT)
    assert type(started.delivery) is Delivery


@pytest.mark.parametrize(
    "field", ["check_key", "fetch", "cancel", "idempotency", "resend"]
)
def test_a_value_that_no_member_has_is_refused_by_name(field: str) -> None:
    with pytest.raises(InvalidSetting, match=f"^{field}: takes one of"):
        Capabilities(channels=["sms"], **{field: "perhaps"})  # type: ignore[arg-type]
    with pytest.raises(UnknownChannel):
        Capabilities(channels=["fax"])
    with pytest.raises(InvalidSetting, match=r"^delivery: takes one of"):
        Started(ref=reference(), delivery="lost")


def test_a_repr_leaves_out_what_is_hidden() -> None:
    ref = reference(vendor_data={"service": "VA1"})
    request = StartRequest(identifier=NUMBER, extras=("x",))

    assert "vendor_data" not in repr(ref)
    assert "extras" not in repr(request)
