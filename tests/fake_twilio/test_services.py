"""Services over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from verify_fakes.twilio import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_twilio.conftest import Line

SERVICE = "VA" + "0" * 32


#: Links, phone numbers and special characters, which Twilio does not allow in a name.
NO_NAMES = (
    *("https://example.org", "example.org", "Ann & Bob", "Ann's shop", "50% off!"),
    *(
        "555-0100",
        "ann@example.org",
        "Shop\n",
        "Shop\u200b",
        "Shop \u2013 2",
        "🎉",
        "A+",
    ),
)


class TestServices:
    def test_a_service_springs_up_on_first_use(self, line: Line) -> None:
        status, body = line.call("GET", f"/v2/Services/{SERVICE}")

        assert status == 200
        assert body["code_length"] == 6
        assert body["dtmf_input_required"] is True
        switches = [name for name in body if name.endswith("_enabled")]
        assert len(switches) == 5
        assert not any(body[name] for name in switches)

    def test_unless_the_profile_forbids_it(
        self, line_with: Callable[..., Line]
    ) -> None:
        line = line_with(profile=Profile(services_on_first_use=False))

        assert line.call("GET", f"/v2/Services/{SERVICE}")[0] == 404
        assert line.start()[0] == 404

    def test_created_updated_fetched_deleted(self, line: Line) -> None:
        status, made = line.call(
            "POST", "/v2/Services", {"FriendlyName": "Shop", "Totp.Skew": "0"}
        )
        assert status == 201
        assert (made["friendly_name"], made["totp"]["skew"]) == ("Shop", 0)
        path = f"/v2/Services/{made['sid']}"

        changes = {"CodeLength": "8", "CustomCodeEnabled": "True", "Totp.Issuer": "Me"}
        status, changed = line.call("POST", path, changes)
        assert status == 200
        assert (changed["code_length"], changed["custom_code_enabled"]) == (8, True)
        assert changed["totp"] == {**made["totp"], "issuer": "Me"}
        assert line.call("GET", path)[1] == changed

        assert line.call("DELETE", path) == (204, {})
        assert line.call("GET", path)[0] == 404

    def test_a_deleted_service_takes_its_verifications_along(self, line: Line) -> None:
        _, started = line.start()
        line.call("DELETE", f"/v2/Services/{SERVICE}")

        assert line.fetch(started["sid"])[0] == 404
        assert line.start()[0] == 404

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("FriendlyName", ""),
            ("FriendlyName", "x" * 31),
            ("FriendlyName", "Code 12345"),
            ("FriendlyName", "1a2b3c4d5"),
            ("CodeLength", "3"),
            ("CodeLength", "11"),
            ("CodeLength", "six"),
            ("LookupEnabled", "yes"),
            ("Totp.TimeStep", "19"),
            ("DefaultTemplateSid", "HJ"),
            ("Passkeys.UserVerification", "maybe"),
            *(("FriendlyName", each) for each in NO_NAMES),
        ],
    )
    def test_a_malformed_setting_is_60200_and_named(
        self, line: Line, field: str, value: str
    ) -> None:
        form = {"FriendlyName": "Shop", field: value}

        status, body = line.call("POST", "/v2/Services", form)

        assert (status, body["code"]) == (400, 60200)
        assert body["message"] == f"Invalid parameter: {field}"

    @pytest.mark.parametrize("name", ["Ann_2-go", "Łódź", "東京", "हिन्दी", "Shop 1234"])
    def test_a_name_is_of_letters_numbers_spaces_dashes_and_underscores(
        self, line: Line, name: str
    ) -> None:
        status, body = line.call("POST", "/v2/Services", FriendlyName=name)

        assert (status, body["friendly_name"]) == (201, name)

    def test_its_switches_act(self, line: Line) -> None:
        line.call("POST", f"/v2/Services/{SERVICE}", CodeLength="8")

        line.start()

        assert len(line.code()) == 8
