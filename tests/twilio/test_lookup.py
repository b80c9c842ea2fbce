"""Line type of a number: mobile or not, unknown as unknown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from tests.support.loopback import ACCOUNT, NUMBER, TOKEN, Loopback, http
from verify_core.errors import (
    InvalidIdentifier,
    Misconfigured,
    Unexpected,
    VerifyError,
)
from verify_providers.http import HttpAnswer, utc_now
from verify_providers.twilio import LineType, TwilioLookup
from verify_providers.twilio._lookup import read_line_type


@pytest.fixture
def lookup(loopback: Loopback) -> Iterator[TwilioLookup]:
    with TwilioLookup(
        account_sid=ACCOUNT, auth_token=TOKEN, base_url=loopback.url
    ) as made:
        yield made


@pytest.mark.parametrize(
    ("package", "kind", "mobile"),
    [
        ({"type": "mobile"}, LineType.MOBILE, True),
        ({"type": "landline"}, LineType.LANDLINE, False),
        ({"type": "fixedVoip"}, LineType.FIXED_VOIP, False),
        ({"type": "nonFixedVoip"}, LineType.NON_FIXED_VOIP, False),
        ({"type": "tollFree"}, LineType.TOLL_FREE, False),
        ({"type": "unknown"}, LineType.UNKNOWN, None),
        ({"type": "satellite"}, LineType.UNKNOWN, None),
        ({"type": None, "error_code": 60601}, LineType.UNKNOWN, None),
        (None, LineType.UNKNOWN, None),
        ([], LineType.UNKNOWN, None),
    ],
)
def test_mobile_or_not_and_unknown_as_unknown(
    lookup: TwilioLookup,
    loopback: Loopback,
    package: object,
    kind: LineType,
    *,
    mobile: bool | None,
) -> None:
    loopback.answer = lambda _request: http(200, {"line_type_intelligence": package})

    assert lookup.line_type(NUMBER) is kind
    assert lookup.is_mobile(NUMBER) is mobile
    assert loopback.requests[0].method == "GET"
    assert (
        loopback.requests[0].target
        == "/v2/PhoneNumbers/+15553231234?Fields=line_type_intelligence"
    )


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, 60600, InvalidIdentifier),
        (404, 20404, InvalidIdentifier),
        (404, None, Misconfigured),
        (401, 20003, Misconfigured),
    ],
)
def test_refusal_is_an_error(
    lookup: TwilioLookup,
    loopback: Loopback,
    status: int,
    code: int | None,
    kind: type[VerifyError],
) -> None:
    loopback.answer = lambda _request: http(status, {"code": code, "message": "no"})

    with pytest.raises(kind):
        lookup.line_type(NUMBER)


@given(status=st.integers(100, 999), raw=st.binary(max_size=60) | st.none())
def test_any_bytes_are_unknown_or_an_error(status: int, raw: bytes | None) -> None:
    received = HttpAnswer(status=status, body=raw)
    with suppress(VerifyError):
        assert read_line_type(received, NUMBER, now=utc_now()) is LineType.UNKNOWN


@pytest.mark.parametrize("number", ["+15553231235", None, 15553231234, ""])
def test_line_of_another_number_is_not_taken_for_ours(
    lookup: TwilioLookup, loopback: Loopback, number: object
) -> None:
    package = {"type": "mobile"}
    body = {"phone_number": number, "line_type_intelligence": package}
    loopback.answer = lambda _request: http(200, body)

    with pytest.raises(Unexpected) as caught:
        lookup.line_type(NUMBER)

    assert not caught.value.maybe_sent
    loopback.answer = lambda _request: http(200, body | {"phone_number": NUMBER.e164})
    assert lookup.line_type(NUMBER) is LineType.MOBILE


def test_account_is_masked(lookup: TwilioLookup) -> None:
    assert repr(lookup) == "TwilioLookup(user='AC…a1a1')"
