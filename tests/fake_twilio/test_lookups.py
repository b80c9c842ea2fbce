"""Lookup over the wire, in both versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verify_fakes import FakeTwilio
from verify_fakes.twilio import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_twilio.conftest import Line

PHONE = "+15555550100"
SERVICE = "VA" + "0" * 32


class TestLookup:
    def test_of_a_mobile_number(self, line: Line) -> None:
        status, body = line.call(
            "GET", "/v2/PhoneNumbers/+447400123456?Fields=line_type_intelligence"
        )

        assert status == 200
        assert (body["calling_country_code"], body["country_code"]) == ("44", "GB")
        assert body["national_format"] == "07400 123456"
        assert body["line_type_intelligence"]["type"] == "mobile"
        assert (body["valid"], body["validation_errors"]) == (True, None)

    def test_the_line_type_is_there_only_if_asked_for(self, line: Line) -> None:
        _, body = line.call("GET", "/v2/PhoneNumbers/+447400123456")

        assert body["line_type_intelligence"] is None

    @pytest.mark.parametrize(
        ("number", "word"),
        [
            ("+442079460958", "landline"),
            ("+18005550199", "tollFree"),
            ("+449098790000", "premium"),
            (PHONE, "mobile"),
        ],
    )
    def test_says_what_kind_of_line(self, line: Line, number: str, word: str) -> None:
        _, body = line.call(
            "GET", f"/v2/PhoneNumbers/{number}?Fields=line_type_intelligence"
        )

        assert body["line_type_intelligence"]["type"] == word

    def test_knows_the_landlines_a_test_has_made(
        self, line: Line, twilio: FakeTwilio
    ) -> None:
        twilio.traits.landline(PHONE)

        _, body = line.call(
            "GET", f"/v2/PhoneNumbers/{PHONE}?Fields=line_type_intelligence"
        )

        assert body["line_type_intelligence"]["type"] == "landline"

    def test_knows_who_cannot_be_reached(self, line: Line, twilio: FakeTwilio) -> None:
        path = f"/v2/PhoneNumbers/{PHONE}?Fields=line_status"
        assert line.call("GET", path)[1]["line_status"]["status"] == "active"

        twilio.traits.unreachable(PHONE)

        assert line.call("GET", path)[1]["line_status"]["status"] == "unreachable"

    def test_knows_what_fraud_guard_blocks(
        self, line: Line, twilio: FakeTwilio
    ) -> None:
        path = f"/v2/PhoneNumbers/{PHONE}?Fields=sms_pumping_risk"
        assert line.call("GET", path)[1]["sms_pumping_risk"]["number_blocked"] is False

        twilio.traits.block_prefix("+1555")

        risk = line.call("GET", path)[1]["sms_pumping_risk"]
        assert (risk["number_blocked"], risk["carrier_risk_category"]) == (True, "high")

    def test_reads_a_national_format(self, line: Line) -> None:
        _, body = line.call("GET", "/v2/PhoneNumbers/07400123456?CountryCode=gb")

        assert body["phone_number"] == "+447400123456"

    @pytest.mark.parametrize(
        ("number", "error"),
        [
            ("+4420", "TOO_SHORT"),
            ("+141599299600", "TOO_LONG"),
            ("+999123456789", "INVALID_COUNTRY_CODE"),
            ("hello", "NOT_A_NUMBER"),
        ],
    )
    def test_of_no_number_says_what_is_wrong(
        self, line: Line, number: str, error: str
    ) -> None:
        status, body = line.call("GET", f"/v2/PhoneNumbers/{number}")

        assert status == 200
        assert (body["valid"], body["validation_errors"]) == (False, [error])

    def test_a_strict_profile_knows_fiction(
        self, line_with: Callable[..., Line]
    ) -> None:
        line = line_with(profile=Profile(strict_numbers=True))

        _, body = line.call("GET", f"/v2/PhoneNumbers/{PHONE}")

        assert body["validation_errors"] == ["INVALID_BUT_POSSIBLE"]

    @pytest.mark.parametrize(
        "query", ["Fields=shoe_size", "CountryCode=GBR", "CountryCode=XX"]
    )
    def test_a_malformed_parameter_is_60200(self, line: Line, query: str) -> None:
        status, body = line.call("GET", f"/v2/PhoneNumbers/{PHONE}?{query}")

        assert (status, body["code"]) == (400, 60200)


class TestLookupV1:
    def test_has_nothing_that_was_not_asked_for(self, line: Line) -> None:
        status, body = line.call("GET", "/v1/PhoneNumbers/+447400123456")

        assert status == 200
        assert body == {
            "caller_name": None,
            "country_code": "GB",
            "phone_number": "+447400123456",
            "national_format": "07400 123456",
            "carrier": None,
            "add_ons": None,
            "url": "https://lookups.twilio.com/v1/PhoneNumbers/+447400123456",
        }

    @pytest.mark.parametrize(
        ("number", "kind", "network"),
        [
            ("+14155552671", "mobile", ("001", "01")),
            ("+442079460958", "landline", (None, None)),
            ("+445600123456", "voip", (None, None)),
            ("+18005550100", None, (None, None)),
        ],
    )
    def test_knows_three_kinds_of_line(
        self, line: Line, number: str, kind: str | None, network: tuple[str, str]
    ) -> None:
        _, body = line.call("GET", f"/v1/PhoneNumbers/{number}?Type=carrier")

        carrier = body["carrier"]
        named = (carrier["mobile_country_code"], carrier["mobile_network_code"])
        assert (carrier["type"], carrier["name"]) == (kind, "Fake Carrier")
        assert (named, carrier["error_code"]) == (network, None)
        assert body["caller_name"] is None

    def test_takes_both_types_in_any_order(self, line: Line) -> None:
        answers = [
            line.call("GET", f"/v1/PhoneNumbers/{PHONE}?{query}")[1]
            for query in (
                "Type=carrier&Type=caller-name",
                "Type=caller-name&Type=carrier&Type=carrier",
            )
        ]

        assert answers[0] == answers[1]
        assert answers[0]["carrier"]["type"] == "mobile"
        assert answers[0]["caller_name"] == {
            "caller_name": None,
            "caller_type": None,
            "error_code": None,
        }

    def test_knows_no_names_abroad(self, line: Line) -> None:
        _, body = line.call("GET", "/v1/PhoneNumbers/+447400123456?Type=caller-name")

        assert body["caller_name"] is None

    def test_sees_the_traits_that_version_2_sees(
        self, line: Line, twilio: FakeTwilio
    ) -> None:
        twilio.traits.landline(PHONE)
        _, body = line.call("GET", f"/v1/PhoneNumbers/{PHONE}?Type=carrier")
        assert body["carrier"]["type"] == "landline"

        twilio.faults.arm("lookup", 20429, last=1)
        assert line.call("GET", f"/v1/PhoneNumbers/{PHONE}")[0] == 429

    def test_reads_a_national_format(self, line: Line) -> None:
        _, body = line.call("GET", "/v1/PhoneNumbers/07400123456?CountryCode=gb")

        assert body["phone_number"] == "+447400123456"

    @pytest.mark.parametrize("number", ["+4420", "+999123456789", "nobody"])
    def test_does_not_find_what_is_no_number(self, line: Line, number: str) -> None:
        status, body = line.call("GET", f"/v1/PhoneNumbers/{number}?Type=carrier")

        assert (status, body["code"]) == (404, 20404)
        path = f"/v1/PhoneNumbers/{number}"
        assert body["message"] == f"The requested resource {path} was not found"

    @pytest.mark.parametrize("query", ["Type=shoe", "Type=carrier,caller-name"])
    def test_refuses_types_that_it_does_not_know(self, line: Line, query: str) -> None:
        status, body = line.call("GET", f"/v1/PhoneNumbers/{PHONE}?{query}")

        assert (status, body["message"]) == (400, "Invalid parameter: Type")

    def test_has_no_add_ons_and_says_so(self, line: Line) -> None:
        query = "Type=carrier&AddOns=nomorobo_spamscore"

        status, body = line.call("GET", f"/v1/PhoneNumbers/{PHONE}?{query}")

        assert (status, body["code"]) == (501, 501)
        assert "add-ons" in body["message"]
