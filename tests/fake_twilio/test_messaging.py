"""Templates shape the text, configurations name the sender, the safe list spares."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.fake_twilio.conftest import PHONE, SERVICE, Line, basic
from verify_fakes.twilio import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIGURATIONS = f"/v2/Services/{SERVICE}/MessagingConfigurations"
SAFE = "/v2/SafeList/Numbers"
SENDERS = ["MG" + digit * 32 for digit in "123"]
UNKNOWN = "HJ" + "9" * 32


def added(line: Line, texts: dict[str, str] | str, *channels: str) -> str:
    """The sid of a new template."""
    template = line.twilio.store.templates.add(
        "Mine", texts, channels=channels or ("sms",), account_sid="AC" + "1" * 32
    )
    return template.sid


def text_of(line: Line, **form: str) -> str:
    """The text that a start sends."""
    status, body = line.start(**form)
    assert status == 201, body
    return line.twilio.outbox[-1].body


class TestTemplates:
    def test_the_text_is_the_templates(self, line: Line) -> None:
        sid = added(line, "{{ code }} is for {{friendly_name}} only")

        assert text_of(line, TemplateSid=sid) == f"{line.code()} is for Demo only"

    def test_placeholders_are_filled(self, line: Line) -> None:
        sid = added(line, "https://example.com/v?id={{uuid}}&code={{code}}")

        text = text_of(
            line, TemplateSid=sid, TemplateCustomSubstitutions='{"uuid": "U-1"}'
        )

        assert text == f"https://example.com/v?id=U-1&code={line.code()}"

    def test_a_substitution_is_no_template_and_replaces_no_code(
        self, line: Line
    ) -> None:
        sid = added(line, "{{who}}: {{code}}")
        given = json.dumps({"who": "{{code}}", "code": "000000"})

        text = text_of(line, TemplateSid=sid, TemplateCustomSubstitutions=given)

        assert text == f"{{ {{code}}}}: {line.code()}"

    @pytest.mark.parametrize("given", [{}, {"other": "x"}])
    def test_a_missing_substitution_is_60224_and_sends_nothing(
        self, line: Line, given: dict[str, str]
    ) -> None:
        sid = added(line, "{{who}}: {{code}}")

        status, body = line.start(
            TemplateSid=sid, TemplateCustomSubstitutions=json.dumps(given)
        )

        assert (status, body["code"]) == (400, 60224)
        assert not line.twilio.outbox

    @pytest.mark.parametrize(
        ("locale", "text"),
        [("de", "Kode"), ("en", "Code"), ("fr", "Code"), (None, "Code")],
    )
    def test_the_language_is_the_one_asked_for_or_else_the_default(
        self, line: Line, locale: str | None, text: str
    ) -> None:
        sid = added(line, {"en": "Code {{code}}", "de": "Kode {{code}}"})
        form = {"Locale": locale} if locale else {}

        assert text_of(line, TemplateSid=sid, **form).startswith(text)

    @pytest.mark.parametrize(
        ("to", "locale", "text"),
        [
            ("+4915112345678", "de", "Kode"),
            ("+525512345678", "es", "Clave"),
            ("+18095550100", "es", "Clave"),
            ("+15555550100", "en", "Code"),
            ("+33612345678", "fr", "Code"),
            ("+819012345678", "ja", "Code"),
        ],
    )
    def test_without_a_locale_the_numbers_country_says_the_language(
        self, line: Line, to: str, locale: str, text: str
    ) -> None:
        """Where the template has it; send attempts say it in any case."""
        texts = {"en": "Code {{code}}", "de": "Kode {{code}}", "es": "Clave {{code}}"}
        sid = added(line, texts)

        assert line.start(to, TemplateSid=sid)[0] == 201

        assert line.twilio.outbox[-1].body.startswith(text)
        attempt = line.call("GET", "/v2/Attempts")[1]["attempts"][0]
        assert attempt["channel_data"]["locale"] == locale

    def test_a_call_speaks_it_digit_by_digit(self, line: Line) -> None:
        sid = added(line, "Listen: {{code}}", "voice")

        text = text_of(line, Channel="call", TemplateSid=sid)

        assert text == f"Listen: {', '.join(line.code())}"

    @pytest.mark.parametrize("channel", ["call", "whatsapp"])
    def test_a_channel_that_it_does_not_have_gets_the_usual_text(
        self, line: Line, channel: str
    ) -> None:
        """60327 is a warning in the console, not an answer."""
        sid = added(line, "Mine {{code}} {{missing}}")

        assert "Demo verification code" in text_of(
            line, Channel=channel, TemplateSid=sid
        )

    def test_the_services_default_is_for_sms_that_name_none(self, line: Line) -> None:
        default, own = added(line, "Default {{code}}"), added(line, "Own {{code}}")
        line.call("POST", f"/v2/Services/{SERVICE}", DefaultTemplateSid=default)

        assert text_of(line).startswith("Default")
        assert text_of(line, TemplateSid=own).startswith("Own")
        assert "Demo verification" in text_of(line, Channel="whatsapp")

    def test_and_not_for_calls(self, line: Line) -> None:
        default = added(line, "Default {{code}}", "sms", "voice")
        line.call("POST", f"/v2/Services/{SERVICE}", DefaultTemplateSid=default)

        assert not text_of(line, Channel="call").startswith("Default")

    def test_of_several_the_first_that_can_be_used_is(self, line: Line) -> None:
        lacking, good = added(line, "{{who}} {{code}}"), added(line, "Good {{code}}")
        several = json.dumps([{"sid": lacking}, {"sid": good}])

        text = text_of(line, Templates=several, TemplateSid=lacking)

        assert text.startswith("Good")
        none = json.dumps([{"sid": lacking}, {"sid": lacking, "substitutions": {}}])
        assert line.start(Templates=none)[1]["code"] == 60252

    @pytest.mark.parametrize(
        "value",
        [
            *("{}", "[]", "x", "[1]", '[{"sid": "HJ1"}]'),
            json.dumps([{"sid": UNKNOWN, "substitutions": [1]}]),
            json.dumps([{"sid": UNKNOWN}] * 11),
        ],
    )
    def test_malformed_templates_are_60251(self, line: Line, value: str) -> None:
        assert line.start(Templates=value)[1]["code"] == 60251

    def test_an_unknown_one_has_the_usual_text(self, line: Line) -> None:
        assert "Demo verification code" in text_of(line, TemplateSid=UNKNOWN)

    def test_unless_the_profile_forbids_it(
        self, line_with: Callable[..., Line]
    ) -> None:
        line = line_with(profile=Profile(templates_on_first_use=False))

        status, body = line.start(TemplateSid=UNKNOWN)

        assert (status, body["code"]) == (400, 60228)

    def test_lists_have_a_filter_and_the_documents_form(self, line: Line) -> None:
        sid = added(
            line, {"en": "Code {{code}}", "de": "Kode {{code}}"}, "sms", "voice"
        )
        line.twilio.store.templates.add("Not mine", "{{code}}", account_sid="AC2")
        line.twilio.store.templates.add("Else", "{{code}}", account_sid="AC" + "1" * 32)

        _, body = line.call("GET", "/v2/Templates?FriendlyName=Mine")
        _, everything = line.call("GET", "/v2/Templates")

        (template,) = body["templates"]
        assert (template["sid"], template["channels"]) == (sid, ["sms", "voice"])
        assert template["translations"]["de"] == {
            "is_default_translation": False,
            "status": "approved",
            "locale": "de",
            "text": "Kode {{code}}",
            "date_updated": "2026-01-15T12:00:00.000000000Z",
            "date_created": "2026-01-15T12:00:00.000000000Z",
        }
        assert [t["friendly_name"] for t in everything["templates"]] == ["Mine", "Else"]

    @pytest.mark.parametrize(
        ("texts", "more"),
        [
            ("no placeholder", {}),
            ({}, {}),
            ("{{code}}", {"channels": ["fax"]}),
            ("{{code}}", {"channels": []}),
            ("{{code}}", {"sid": "HJ1"}),
        ],
    )
    def test_one_that_could_send_no_code_is_refused(
        self, line: Line, texts: object, more: dict[str, object]
    ) -> None:
        with pytest.raises(ValueError, match="template"):
            line.twilio.store.templates.add("Bad", texts, **more)


class TestMessagingConfigurations:
    def configured(self, line: Line, country: str, sender: str) -> int:
        form = {"Country": country, "MessagingServiceSid": sender}
        return line.call("POST", CONFIGURATIONS, form)[0]

    def test_the_sender_is_the_countrys_or_else_the_global_one(
        self, line: Line
    ) -> None:
        for country, sender in zip(["all", "gb"], SENDERS, strict=False):
            assert self.configured(line, country, sender) == 201
        for to in (PHONE, "+447700900123"):
            line.start(to)
        line.start(PHONE, Channel="call")

        senders = [message.messaging_service_sid for message in line.twilio.outbox]
        assert senders == [SENDERS[0], SENDERS[1], None]

    def test_without_any_there_is_no_sender(self, line: Line) -> None:
        line.start()

        assert line.twilio.outbox[-1].messaging_service_sid is None

    def test_a_country_has_one(self, line: Line) -> None:
        assert self.configured(line, "GB", SENDERS[0]) == 201
        form = {"Country": "gb", "MessagingServiceSid": SENDERS[1]}

        status, body = line.call("POST", CONFIGURATIONS, form)

        assert (status, body["code"]) == (400, 60213)

    def test_changed_and_deleted(self, line: Line) -> None:
        self.configured(line, "GB", SENDERS[0])
        path = f"{CONFIGURATIONS}/GB"

        _, body = line.call("POST", path, MessagingServiceSid=SENDERS[2])

        assert body["messaging_service_sid"] == SENDERS[2]
        assert line.call("GET", path)[1] == body
        assert line.call("DELETE", path)[0] == 204
        assert line.call("GET", path)[0] == 404
        assert self.configured(line, "GB", SENDERS[0]) == 201


class TestSafeList:
    def test_fraud_guard_spares_what_is_on_it(self, line: Line) -> None:
        line.twilio.traits.block_prefix("+1555")
        assert line.start()[1]["code"] == 60410

        line.call("POST", SAFE, PhoneNumber=PHONE)

        assert line.start()[0] == 201
        assert line.start("+15555550101")[1]["code"] == 60410
        line.call("DELETE", f"{SAFE}/{PHONE}")
        assert line.start()[1]["code"] == 60410

    def test_a_number_is_on_it_once(self, line: Line) -> None:
        assert line.call("POST", SAFE, PhoneNumber=PHONE)[0] == 201

        status, body = line.call("POST", SAFE, PhoneNumber=PHONE)

        assert (status, body["code"]) == (409, 60411)

    def test_each_account_has_its_own(self, line: Line) -> None:
        line.call("POST", SAFE, PhoneNumber=PHONE)
        line.headers = basic("AC" + "2" * 32, "x")

        assert line.call("GET", f"{SAFE}/{PHONE}")[0] == 404
        assert line.call("POST", SAFE, PhoneNumber=PHONE)[0] == 201

    def test_a_repr_shows_no_number(self, line: Line) -> None:
        line.call("POST", SAFE, PhoneNumber=PHONE)

        assert PHONE not in repr(list(line.twilio.store.safe_list))
