"""Where sources disagree the fake can be faithful in more than one way, by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fake_twilio.conftest import EMAIL, PHONE, Line
from verify_fakes import FakeTwilio
from verify_fakes.twilio.machine._rules import PROFILES

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = Path(__file__).parents[2] / "fakes/verify_fakes/twilio/LIMITS.md"


def test_every_profile_is_described() -> None:
    text = LIMITS.read_text(encoding="utf-8").partition("## Profiles")[2]

    for name in PROFILES:
        assert f"`{name}`" in text


@pytest.fixture
def docs(line_with: Callable[..., Line]) -> Line:
    return line_with(profile=PROFILES["docs"])


class TestDocs:
    @pytest.mark.parametrize(
        ("channel", "word"),
        [
            ("sms", "SMS"),
            ("call", "CALL"),
            ("email", "EMAIL"),
            ("whatsapp", "whatsapp"),
        ],
    )
    def test_a_verification_is_as_the_documents_examples(
        self, docs: Line, channel: str, word: str
    ) -> None:
        to = EMAIL if channel == "email" else PHONE

        _, body = docs.start(to, Channel=channel)

        (attempt,) = body["send_code_attempts"]
        assert body["lookup"] == {}
        assert body["sna"] is None
        assert (attempt["channel"], attempt["time"]) == (word, "2026-01-15T12:00:00Z")
        assert docs.fetch(to)[1] == body

    def test_a_check_is_201_and_has_no_network_errors(self, docs: Line) -> None:
        docs.start()

        status, body = docs.check(docs.code(), To=PHONE)

        assert (status, body["sna_attempts_error_codes"]) == (201, [])

    def test_a_lookup_keeps_its_carrier(self, docs: Line) -> None:
        service = f"/v2/Services/{docs.service}"
        docs.call("POST", service, LookupEnabled="true")

        assert docs.start()[1]["lookup"]["carrier"]["type"] == "mobile"


class TestTrialAccount:
    @pytest.mark.parametrize("channel", ["sms", "call", "whatsapp"])
    def test_only_verified_numbers_get_messages(
        self, line_with: Callable[..., Line], channel: str
    ) -> None:
        line = line_with(profile=PROFILES["trial-account"])
        status, body = line.start(Channel=channel)
        assert (status, body["code"]) == (403, 21608)
        assert body["message"].endswith("/user/account/phone-numbers/verified")
        assert not line.twilio.outbox

        line.twilio.traits.verify(PHONE)

        assert line.start(Channel=channel)[0] == 201
        assert line.start("+15555550101", Channel=channel)[1]["code"] == 21608

    def test_email_is_not_limited(self, line_with: Callable[..., Line]) -> None:
        assert line_with(profile=PROFILES["trial-account"]).start(EMAIL)[0] == 201


def test_strict_numbers_refuses_what_cannot_be_in_use() -> None:
    line = Line(FakeTwilio(seed=1, profile=PROFILES["strict-numbers"]))

    status, body = line.start("+447700900123")

    assert (status, body["message"]) == (400, "Invalid parameter `To`: +447700900123")
    assert line.start("+447400123456")[0] == 201
