"""Send attempts: what each message left behind, by every filter, and summed up."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings, strategies as st

from tests.fake_twilio.conftest import ACCOUNT, PHONE, SERVICE, Line, basic
from verify_fakes import FakeTwilio
from verify_fakes.twilio import Keep
from verify_fakes.twilio.resources._attempts import AttemptsSummary

if TYPE_CHECKING:
    from collections.abc import Callable

OTHER = "VA" + "1" * 32
BRITISH = "+447700900123"
EMAIL = "ann@example.org"


def listed(line: Line, **query: str) -> list[dict[str, Any]]:
    status, body = line.call("GET", f"/v2/Attempts?{urlencode(query)}")
    assert status == 200
    return list(body["attempts"])


def summary(line: Line, **query: str) -> tuple[int, int, int, str]:
    status, body = line.call("GET", f"/v2/Attempts/Summary?{urlencode(query)}")
    assert status == 200
    names = ("attempts", "converted", "unconverted")
    total, converted, unconverted = (body[f"total_{name}"] for name in names)
    return total, converted, unconverted, body["conversion_rate_percentage"]


def test_an_attempt_is_what_the_verification_names(line: Line) -> None:
    _, started = line.start()
    sid = started["send_code_attempts"][0]["attempt_sid"]

    status, body = line.call("GET", f"/v2/Attempts/{sid}")

    assert status == 200
    assert body == listed(line)[0]
    assert body == {
        "sid": sid,
        "account_sid": ACCOUNT,
        "service_sid": SERVICE,
        "verification_sid": started["sid"],
        "date_created": "2026-01-15T12:00:00Z",
        "date_updated": "2026-01-15T12:00:00Z",
        "conversion_status": "unconverted",
        "channel": "sms",
        "price": {"value": "0.005", "currency": "usd"},
        "channel_data": {
            "verification_sid": started["sid"],
            "to": PHONE,
            "status": "unconfirmed",
            "code_length": 6,
            "locale": "en",
            "country": "US",
            "mcc": "001",
            "mnc": "01",
            "carrier": "Fake Carrier",
            "message_status": "delivered",
            "error_code": None,
        },
        "url": f"https://verify.twilio.com/v2/Attempts/{sid}",
    }


def test_a_right_code_converts_the_newest_attempt(line: Line) -> None:
    line.start()
    line.start(Channel="call")
    line.twilio.clock.advance(timedelta(seconds=30))
    line.check(line.code(), To=PHONE)

    call, sms = listed(line)

    assert (call["channel"], call["conversion_status"]) == ("call", "converted")
    assert call["channel_data"]["status"] == "confirmed"
    assert call["channel_data"]["call_status"] == "completed"
    assert call["date_updated"] == "2026-01-15T12:00:30Z"
    assert sms["conversion_status"] == "unconverted"


def test_feedback_converts_too_and_a_wrong_code_or_a_cancel_does_not(
    line: Line,
) -> None:
    line.start()
    line.update(PHONE, "approved")
    line.start(BRITISH)
    line.check("000000", To=BRITISH)
    line.update(BRITISH, "canceled")

    assert [each["conversion_status"] for each in listed(line)] == [
        "unconverted",
        "converted",
    ]


def test_an_attempt_expires_with_its_verification(line: Line) -> None:
    line.start()
    line.twilio.clock.advance(timedelta(minutes=10))

    assert listed(line)[0]["channel_data"]["status"] == "expired"


def test_a_message_that_does_not_arrive_says_so(line: Line) -> None:
    line.twilio.traits.unreachable(PHONE)
    line.start()
    line.start(Channel="call")

    call, sms = (each["channel_data"] for each in listed(line))
    assert (sms["message_status"], sms["error_code"]) == ("undelivered", "30005")
    assert call["call_status"] == "no-answer"


def test_an_email_has_no_network(line: Line) -> None:
    line.start(EMAIL)

    data = listed(line)[0]["channel_data"]
    assert data["to"] == EMAIL
    assert not {"country", "mcc", "carrier"} & set(data)


@pytest.fixture
def full(line: Line) -> Line:
    """Three attempts, a minute apart: American, British and converted, e-mail."""
    line.start()
    line.twilio.clock.advance(timedelta(minutes=1))
    line.service = OTHER
    line.start(BRITISH, Channel="whatsapp")
    line.check(line.code(), To=BRITISH)
    line.twilio.clock.advance(timedelta(minutes=1))
    line.start(EMAIL)
    return line


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, [EMAIL, BRITISH, PHONE]),
        ({"ChannelData.To": BRITISH}, [BRITISH]),
        ({"Country": "gb"}, [BRITISH]),
        ({"Country": "US"}, [PHONE]),
        ({"Channel": "whatsapp"}, [BRITISH]),
        ({"Channel": "rbm"}, []),
        ({"VerifyServiceSid": SERVICE}, [PHONE]),
        ({"VerifyServiceSid": OTHER, "Channel": "email"}, [EMAIL]),
        ({"Status": "converted"}, [BRITISH]),
        ({"Status": "UNCONVERTED"}, [EMAIL, PHONE]),
        ({"DateCreatedAfter": "2026-01-15T12:00:00Z"}, [EMAIL, BRITISH]),
        ({"DateCreatedBefore": "2026-01-15T12:01:00Z"}, [PHONE]),
        (
            {
                "DateCreatedAfter": "2026-01-15T12:00:30Z",
                "DateCreatedBefore": "2026-01-15T12:01:30Z",
            },
            [BRITISH],
        ),
    ],
)
def test_filters(full: Line, query: dict[str, str], wanted: list[str]) -> None:
    assert [each["channel_data"]["to"] for each in listed(full, **query)] == wanted


def test_filter_by_verification(full: Line) -> None:
    sid = listed(full)[1]["verification_sid"]

    assert [each["verification_sid"] for each in listed(full, VerificationSid=sid)] == [
        sid
    ]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, (3, 1, 2, "33.333333333")),
        ({"VerifyServiceSid": OTHER}, (2, 1, 1, "50")),
        ({"DestinationPrefix": "+44"}, (1, 1, 0, "100")),
        ({"Country": "US"}, (1, 0, 1, "0")),
        ({"Channel": "call"}, (0, 0, 0, "0")),
        ({"DateCreatedAfter": "2026-01-15T12:00:30Z"}, (2, 1, 1, "50")),
    ],
)
def test_the_summary(
    full: Line, query: dict[str, str], wanted: tuple[int, int, int, str]
) -> None:
    assert summary(full, **query) == wanted


def test_nine_of_eleven_read_as_in_the_document() -> None:
    assert AttemptsSummary(11, 9).rate == "81.818181818"


@given(st.integers(1, 10_000), st.data())
def test_the_rate_is_text_and_never_more_than_it_is(total: int, data: Any) -> None:  # noqa: ANN401  Hypothesis
    converted = data.draw(st.integers(0, total))

    rate = AttemptsSummary(total, converted).rate

    exact = converted * 100 / total
    assert 0 <= exact - float(rate) < 1e-8
    assert len(rate.partition(".")[2]) <= 9


def test_another_account_sees_none_of_them(full: Line) -> None:
    sid = listed(full)[0]["sid"]
    full.headers = basic("AC" + "2" * 32, "x")

    assert listed(full) == []
    assert summary(full) == (0, 0, 0, "0")
    assert full.call("GET", f"/v2/Attempts/{sid}")[0] == 404


def test_only_the_newest_are_kept(line_with: Callable[..., Line]) -> None:
    line = line_with(keep=Keep(attempts=3))
    for number in range(5):
        line.start(f"+1555555010{number}")

    assert [each["channel_data"]["to"][-1] for each in listed(line)] == list("432")
    assert summary(line)[0] == 3


numbers = st.sampled_from([PHONE, BRITISH, "+33639981234"])
acts = st.lists(
    st.tuples(numbers, st.sampled_from(["sms", "call", "whatsapp", "right", "wrong"])),
    max_size=25,
)


@settings(max_examples=50)
@given(acts)
def test_attempts_agree_with_the_model(history: list[tuple[str, str]]) -> None:
    """The model: a list of messages, and which of them is the newest to each number."""
    line = Line(FakeTwilio(seed=1))
    sent: list[list[object]] = []  # number, channel, converted
    newest: dict[str, list[object]] = {}
    for to, act in history:
        if act in ("right", "wrong"):
            code = line.twilio.outbox.to(to)[-1].code if to in newest else "0000"
            status, _ = line.check(code if act == "right" else "00000000", To=to)
            if act == "right" and status == 200:
                newest.pop(to)[2] = True
        elif line.start(to, Channel=act)[0] == 201:
            newest[to] = [to, act, False]
            sent.append(newest[to])

    rows = [
        [a["channel_data"]["to"], a["channel"], a["conversion_status"] == "converted"]
        for a in listed(line, PageSize="1000")
    ]
    assert rows == sent[::-1]
    converted = sum(bool(done) for _, _, done in sent)
    assert summary(line)[:3] == (len(sent), converted, len(sent) - converted)
    for channel in ("sms", "call", "whatsapp"):
        part = [row for row in sent if row[1] == channel]
        assert summary(line, Channel=channel)[0] == len(part)
