"""What goes over the wire: who may ask, what may be asked, and how a no reads."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from tests.support.each import require_each
from verify_fakes import FakeVonage
from verify_fakes.vonage import Profile, Reason
from verify_fakes.vonage.http._wire import ROUTES
from verify_fakes.vonage.machine._commands import VonageOperation
from verify_fakes.vonage.machine._errors import ERRORS, SCRIPTABLE

if TYPE_CHECKING:
    from tests.fake_vonage.conftest import Line

NUMBER = "447700900000"
SMS = {"channel": "sms", "to": NUMBER}
WORKFLOW = [SMS]


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def named(body: dict[str, Any]) -> list[str]:
    """The parameters that a refusal names."""
    return [each["name"] for each in body["invalid_parameters"]]


class TestProblems:
    def test_every_reason_has_a_row(self) -> None:
        assert set(ERRORS) == set(Reason)
        assert all(400 <= row.status <= 599 for row in ERRORS.values())

    def test_a_problem_has_four_members_and_its_own_type(self, line: Line) -> None:
        status, headers, raw = line.vonage.handle(
            "POST", "https://api.nexmo.com/v2/verify/x", line.headers, b'{"code":"1"}'
        )

        body = json.loads(raw)
        assert (status, headers["Content-Type"]) == (404, "application/problem+json")
        assert list(body) == ["title", "type", "detail", "instance"]
        assert body["detail"] == (
            "Request 'x' was not found or it has been verified already."
        )

    def test_each_exchange_has_an_instance_of_its_own(self, line: Line) -> None:
        first, second = line.check("x", "1234")[1], line.check("x", "1234")[1]

        assert first["instance"] != second["instance"]

    def test_the_same_seed_answers_the_same(self) -> None:
        from tests.fake_vonage.conftest import Line

        one, other = (Line(FakeVonage(seed=3)) for _ in range(2))

        assert one.start() == other.start()
        assert one.code() == other.code()

    def test_without_a_seed_nothing_is_foreseeable(self) -> None:
        from tests.fake_vonage.conftest import Line

        one, other = (Line(FakeVonage()) for _ in range(2))

        assert one.start() != other.start()


class TestPaths:
    @pytest.mark.parametrize("path", ["", "/"])
    def test_a_slash_at_the_end_means_nothing(self, line: Line, path: str) -> None:
        body = {"brand": "ACME", "workflow": WORKFLOW}

        assert line.call("POST", path, body)[0] == 202

    def test_a_start_is_accepted_and_named(self, line: Line) -> None:
        status, body = line.start()

        assert status == 202
        assert list(body) == ["request_id"]

    def test_answers_without_content(self, line: Line) -> None:
        request_id = line.started(SMS, {"channel": "voice", "to": NUMBER})

        assert line.next(request_id) == (200, {})

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            (route.method, "/" + "/".join(route.path).replace("{id}", "some-id"))
            for route in ROUTES
            if route.action is None
        ],
    )
    def test_what_is_not_served_says_so(
        self, line: Line, method: str, path: str
    ) -> None:
        status, body = line.call(method, path)

        assert (status, body["title"]) == (501, "Not Implemented")
        assert "does not serve" in body["detail"]

    @pytest.mark.parametrize("channel", ["silent_auth", "rcs"])
    def test_a_channel_that_is_not_served_says_so(
        self, line: Line, channel: str
    ) -> None:
        status, body = line.start(SMS, {"channel": channel, "to": NUMBER})

        assert status == 501
        assert channel in body["detail"]
        assert not line.vonage.outbox

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "", 405),
            ("GET", "/x", 405),
            ("PUT", "/x", 405),
            ("DELETE", "/x/next_workflow", 405),
            ("DELETE", "/templates", 405),
            ("POST", "/templates/next_workflow", 405),
            ("POST", "/x/y", 404),
            ("POST", "/templates/x/y/z/a", 404),
        ],
    )
    def test_other_paths_and_methods(
        self, line: Line, method: str, path: str, status: int
    ) -> None:
        assert line.call(method, path, {})[0] == status

    def test_a_path_of_another_product_is_not_found(self, line: Line) -> None:
        url = "https://api.nexmo.com/v1/messages"

        assert line.vonage.handle("POST", url, line.headers, b"")[0] == 404


#: By the document 1.0.1 (FromSms): letters and digits up to 11, digits up to 15.
NO_SENDERS = (
    *("", "x" * 12, "x" * 15, "1" * 16, "My Shop", " Shop", "Shop\n", "Shop!", "Läden"),
    *("+447700900001", "00447700900001", "٤٤٧٧٠٠", 447700900001, ["Shop"]),
)


class TestParameters:
    @pytest.mark.parametrize(
        ("wrong", "name"),
        [
            ({"brand": None}, "brand"),
            ({"brand": ""}, "brand"),
            ({"brand": "x" * 19}, "brand"),
            ({"brand": "a/b"}, "brand"),
            ({"brand": "${code}"}, "brand"),
            ({"brand": 7}, "brand"),
            ({"workflow": None}, "workflow"),
            ({"workflow": []}, "workflow"),
            ({"workflow": SMS}, "workflow"),
            *(({"workflow": WORKFLOW * n}, "workflow") for n in (4, 5, 11)),
            ({"workflow": ["sms"]}, "workflow[0]"),
            ({"workflow": [{"to": NUMBER}]}, "workflow[0].channel"),
            ({"workflow": [{"channel": "fax", "to": NUMBER}]}, "workflow[0].channel"),
            ({"workflow": [{"channel": ["sms"]}]}, "workflow[0].channel"),
            ({"workflow": [SMS, {"channel": "sms"}]}, "workflow[1].to"),
            ({"locale": "EN-us"}, "locale"),
            ({"locale": "english please"}, "locale"),
            ({"channel_timeout": 14}, "channel_timeout"),
            ({"channel_timeout": 901}, "channel_timeout"),
            ({"channel_timeout": "60"}, "channel_timeout"),
            ({"channel_timeout": True}, "channel_timeout"),
            ({"client_ref": "a-b"}, "client_ref"),
            ({"client_ref": "a" * 41}, "client_ref"),
            ({"code_length": 3}, "code_length"),
            ({"code_length": 11}, "code_length"),
            ({"code_length": 4.5}, "code_length"),
            ({"code": "123"}, "code"),
            ({"code": "12345678901"}, "code"),
            ({"code": "12 34"}, "code"),
            ({"code": "12345\n"}, "code"),
            ({"fraud_check": "yes"}, "fraud_check"),
        ],
    )
    def test_what_cannot_be_used_is_named(
        self, line: Line, wrong: dict[str, Any], name: str
    ) -> None:
        body = {"brand": "ACME", "workflow": WORKFLOW, **wrong}

        status, problem = line.call("POST", "", body)

        assert status == 422
        assert named(problem) == [name]
        assert not line.vonage.outbox

    @pytest.mark.parametrize(
        "to",
        [
            *("+447700900000", "00447700900000", "07700900000", "4477", "44770090000x"),
            *("", "4" * 16, "٤٤٧٧٠٠٩٠٠٠٠٠", "ann@example.org", "447700900000\n"),
            *("155555501001", "1555555010", "9991234567"),
            *(447700900000, ["447700900000"], {}, True),
        ],
    )
    def test_a_number_has_digits_only_and_its_calling_code(
        self, line: Line, to: object
    ) -> None:
        status, problem = line.start({"channel": "sms", "to": to})

        assert status == 422
        assert named(problem) == ["workflow[0].to"]

    @pytest.mark.parametrize(
        "to", ["ann", "ann@", "@example.org", "ann@example", "a b@example.org", NUMBER]
    )
    def test_an_email_step_takes_an_address(self, line: Line, to: str) -> None:
        assert line.start({"channel": "email", "to": to})[0] == 422

    @pytest.mark.parametrize(
        ("more", "name"),
        [
            ({"app_hash": "short"}, "app_hash"),
            ({"entity_id": "1" * 21}, "entity_id"),
            ({"content_id": ""}, "content_id"),
            *(({"from": each}, "from") for each in NO_SENDERS),
            ({"channel": "whatsapp", "from": "4477 0090 0000"}, "from"),
            ({"channel": "whatsapp", "from": "4" * 51}, "from"),
            ({"reuse_code": "true"}, "reuse_code"),
            ({"channel": "whatsapp"}, "from"),
            ({"channel": "whatsapp", "from": NUMBER, "mode": "magic"}, "mode"),
            ({"channel": "email", "to": "a@b.org", "from": "nobody"}, "from"),
        ],
    )
    def test_the_details_of_a_step_are_named(
        self, line: Line, more: dict[str, Any], name: str
    ) -> None:
        status, problem = line.start({**SMS, **more})

        assert status == 422
        assert named(problem) == [f"workflow[0].{name}"]

    @pytest.mark.parametrize("sender", ["A", "ShopOf11chr", "447700900001", "1" * 15])
    def test_a_text_message_is_from_a_short_name_or_a_number(
        self, line: Line, sender: str
    ) -> None:
        line.started({**SMS, "from": sender})

        assert line.vonage.outbox[-1].sender == sender

    @pytest.mark.parametrize("count", [1, 2, 3])
    def test_a_workflow_has_one_to_three_steps(self, line: Line, count: int) -> None:
        assert line.start(*[SMS] * count)[0] == 202

    def test_all_that_is_wrong_is_named_at_once(self, line: Line) -> None:
        body = {"workflow": [{"channel": "sms", "to": "x"}], "code_length": 99}

        problem = line.call("POST", "", body)[1]

        assert sorted(named(problem)) == ["brand", "code_length", "workflow[0].to"]

    def test_unknown_members_are_ignored(self, line: Line) -> None:
        status, _ = line.start({**SMS, "colour": "red"}, template_id="x", colour=1)

        assert status == 202

    def test_null_is_as_good_as_nothing(self, line: Line) -> None:
        nothing = dict.fromkeys(("locale", "channel_timeout", "client_ref", "code"))

        assert line.start(**nothing)[0] == 202

    def test_a_real_profile_refuses_fiction(
        self, line_with: Callable[..., Line]
    ) -> None:
        line = line_with(profile=Profile(strict_numbers=True))

        assert line.start(SMS)[0] == 422
        assert line.start({"channel": "sms", "to": "447911123456"})[0] == 202

    @pytest.mark.parametrize(
        "raw",
        [
            *(b"", b"null", b"[]", b'"x"', b"{", b"\xff", b"[" * 100_000),
            rb'{"brand": "\ud800", "code": "\ud800"}',
        ],
    )
    @pytest.mark.parametrize("path", ["", "/x"])
    def test_a_body_that_is_no_object(self, line: Line, raw: bytes, path: str) -> None:
        url = f"https://api.nexmo.com/v2/verify{path}"

        status, _, body = line.vonage.handle("POST", url, line.headers, raw)

        assert status == 422
        assert named(json.loads(body)) == ["body"]

    def test_a_packed_body_is_415(self, line: Line) -> None:
        headers = {**line.headers, "Content-Encoding": "gzip"}
        start = json.dumps({"brand": "A", "workflow": WORKFLOW})
        url = "https://api.nexmo.com/v2/verify"

        status, said, body = line.vonage.handle(
            "POST", url, headers, gzip.compress(start.encode())
        )

        problem = json.loads(body)
        assert (status, said["Content-Type"]) == (415, "application/problem+json")
        assert list(problem) == ["title", "type", "detail", "instance"]
        assert said["Accept-Encoding"] == "identity"
        assert not line.vonage.outbox

    @pytest.mark.parametrize("body", [{}, {"code": None}, {"code": 1234}, {"kode": 1}])
    def test_a_check_takes_a_code_of_text_and_counts_nothing_else(
        self, line: Line, body: dict[str, Any]
    ) -> None:
        request_id = line.started(SMS)
        answers = [line.call("POST", f"/{request_id}", body)[0] for _ in range(5)]

        assert answers == [422] * 5
        assert line.check(request_id, line.code())[0] == 200

    def test_a_check_by_token_is_not_served(self, line: Line) -> None:
        assert line.call("POST", "/x", {"token": "eyJ"})[0] == 501

    @given(
        body=st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            *("brand", "workflow", "channel", "to", "from", "code"),
                            *("locale", "code_length", "client_ref", "reuse_code"),
                        ]
                    ),
                    inner,
                )
            ),
            max_leaves=12,
        )
    )
    def test_no_body_makes_it_fall_over(self, body: object) -> None:
        from tests.fake_vonage.conftest import Line

        status, _ = Line(FakeVonage(seed=1)).call("POST", "", body)

        assert status in {202, 422, 501}


class TestFaults:
    @pytest.mark.parametrize(
        ("operation", "status", "reason"),
        [
            ("start", 409, Reason.CONCURRENT),
            ("check", 409, Reason.STEP_TAKES_NO_CODE),
            ("next", 409, Reason.NO_STEP_LEFT),
            ("cancel", 409, Reason.CANCEL_TOO_EARLY),
            ("start", 402, Reason.LOW_BALANCE),
            ("start", 403, Reason.FORBIDDEN),
            ("start", 412, Reason.NETWORK_NOT_SUPPORTED),
            ("start", 429, Reason.THROTTLED),
            ("check", 404, Reason.NOT_FOUND),
            ("check", 410, Reason.WRONG_CODE_TOO_OFTEN),
            ("start", 401, Reason.UNAUTHORIZED),
            ("start", 503, Reason.UNAVAILABLE),
        ],
    )
    def test_a_status_means_the_operations_own_reason(
        self, line: Line, operation: str, status: int, reason: Reason
    ) -> None:
        armed = line.vonage.faults.arm(operation, status)

        assert armed.effect is reason

    def test_only_the_nth_call_fails(self, line: Line) -> None:
        fault = line.vonage.faults.arm("start", 500, first=2, last=2)
        numbers = [f"44770090000{n}" for n in range(3)]

        statuses = [line.start({**SMS, "to": to})[0] for to in numbers]

        assert statuses == [202, 500, 202]
        assert (fault.seen, fault.hits) == (3, 1)
        assert len(line.vonage.outbox) == 2

    def test_only_one_number_is_concerned(self, line: Line) -> None:
        line.vonage.faults.arm("start", 429, to="+447700900001")

        assert line.start(SMS)[0] == 202
        assert line.start({**SMS, "to": "447700900001"})[0] == 429

    def test_a_fault_can_say_when_to_come_again(self, line: Line) -> None:
        line.vonage.faults.arm("start", 429, retry_after=timedelta(seconds=1.5))
        body = json.dumps({"brand": "ACME", "workflow": WORKFLOW}).encode()

        _, headers, _ = line.vonage.handle(
            "POST", "https://api.nexmo.com/v2/verify", line.headers, body
        )

        assert headers["Retry-After"] == "2"

    def test_a_start_that_is_not_found_names_no_request(self, line: Line) -> None:
        line.vonage.faults.arm("start", 404, last=1)
        _, problem = line.start()
        _, known = line.check("abc", "1234")

        assert (
            problem["detail"]
            == "Request was not found or it has been verified already."
        )
        assert known["detail"].startswith("Request 'abc' was not found")

    @pytest.mark.parametrize("operation", list(VonageOperation))
    def test_problems_never_say_none(
        self, line_with: Callable[..., Line], operation: VonageOperation
    ) -> None:
        def is_whole(reason: Reason) -> None:
            line = line_with()
            request_id = line.started()
            line.vonage.faults.arm(operation, reason)
            calls = {
                VonageOperation.START: line.start,
                VonageOperation.CHECK: lambda: line.check(request_id, "1234"),
                VonageOperation.CANCEL: lambda: line.cancel(request_id),
                VonageOperation.NEXT: lambda: line.next(request_id),
            }
            problem = calls[operation]()[1]
            assert problem["detail"]
            assert "None" not in json.dumps(problem)
            assert None not in problem.values()

        require_each(sorted(SCRIPTABLE), is_whole)

    def test_a_disarmed_fault_is_gone(self, line: Line) -> None:
        fault = line.vonage.faults.arm("start", 500)
        line.vonage.faults.disarm(fault)

        assert line.start()[0] == 202
        assert line.vonage.faults.armed == ()

    @pytest.mark.parametrize(
        ("operation", "effect", "span"),
        [
            ("fetch", 500, {}),
            ("start", 418, {}),
            ("start", Reason.NOT_SERVED, {}),
            ("start", 500, {"first": 0}),
            ("start", 500, {"first": 3, "last": 2}),
        ],
    )
    def test_what_cannot_be_armed(
        self, line: Line, operation: str, effect: Reason | int, span: dict[str, int]
    ) -> None:
        with pytest.raises(ValueError, match=r"operation|error|first"):
            line.vonage.faults.arm(operation, effect, **span)


class TestSecrets:
    def test_no_repr_holds_a_code_or_a_number(self, line: Line) -> None:
        request_id = line.started(SMS, code="SECRET77")
        line.vonage.faults.arm("start", 500, to=NUMBER)
        line.check(request_id, "SECRET77")
        shown = repr(
            [
                *line.vonage.outbox,
                *line.vonage.requests,
                *line.vonage.events,
                *line.vonage.faults.armed,
                line.vonage.store.peek(request_id),
                line.vonage.outbox,
            ]
        )

        assert "SECRET77" not in shown
        assert NUMBER not in shown

    def test_recorded_requests_have_no_codes(self, line: Line) -> None:
        request_id = line.started(SMS, code="SECRET77")
        line.check(request_id, "SECRET77")

        bodies = [seen.body for seen in line.vonage.requests]

        assert [body["code"] for body in bodies] == ["[redacted]"] * 2
        assert bodies[0]["workflow"] == WORKFLOW
        for odd in ({"CODE": "SECRET77"}, "SECRET77", ["SECRET77"]):
            line.call("POST", f"/{request_id}", odd)
            assert "SECRET77" not in str(line.vonage.requests[-1].body)


class TestCodes:
    @pytest.mark.parametrize("length", range(4, 11))
    def test_the_length_is_the_callers(self, line: Line, length: int) -> None:
        line.started(SMS, code_length=length)

        assert len(line.code()) == length
        assert line.code().isdecimal()

    def test_the_default_is_four(self, line: Line) -> None:
        line.started(SMS)

        assert len(line.code()) == 4

    def test_an_address_can_have_a_fixed_code(self, line: Line) -> None:
        line.vonage.codes.fix(f"+{NUMBER}", "271828")
        line.started(SMS)
        line.started({**SMS, "to": "447700900001"})

        first, second = line.vonage.outbox
        assert first.code == "271828"
        assert second.code != "271828"

    def test_a_freed_address_has_random_codes_again(self, line: Line) -> None:
        line.vonage.codes.fix(NUMBER, "271828")
        line.vonage.codes.release(f"+{NUMBER}")
        line.started(SMS)

        assert line.code() != "271828"

    @pytest.mark.parametrize("code", ["", "123", "1" * 11, "12 34", "1234\n"])
    def test_what_cannot_be_a_code(self, line: Line, code: str) -> None:
        with pytest.raises(ValueError, match="letters and digits"):
            line.vonage.codes.fix(NUMBER, code)

    @pytest.mark.parametrize("channel", ["sms", "voice", "email"])
    def test_the_code_is_in_the_body(self, line: Line, channel: str) -> None:
        to = "ann@example.org" if channel == "email" else NUMBER
        line.started({"channel": channel, "to": to})
        message = line.vonage.outbox[-1]

        assert message.code in message.body.replace(", ", "")
        assert "ACME" in message.body
        assert bool(message.subject) is (channel == "email")

    @pytest.mark.parametrize(
        ("steps", "locale"),
        [
            ([{"channel": "sms", "to": "33700900000"}], "fr-fr"),
            ([{"channel": "voice", "to": "819012345678"}], "ja-jp"),
            ([{"channel": "sms", "to": "15555550100"}], "en-us"),
            ([{"channel": "sms", "to": NUMBER}], "en-gb"),
            ([{"channel": "sms", "to": "41790000000"}], "en-gb"),
            ([{"channel": "email", "to": "ann@example.org"}], "en-gb"),
            (
                [
                    {"channel": "email", "to": "ann@example.org"},
                    {"channel": "sms", "to": "4915112345678"},
                ],
                "de-de",
            ),
        ],
    )
    def test_without_a_locale_the_prefix_says_the_language(
        self, line: Line, steps: list[dict[str, str]], locale: str
    ) -> None:
        line.started(*steps)

        assert line.vonage.outbox[-1].locale == locale

    def test_every_language_reads_english(self, line: Line) -> None:
        line.started(SMS, locale="es-mx")
        message = line.vonage.outbox[-1]

        assert message.locale == "es-mx"
        assert "verification code" in message.body

    def test_the_sender_is_the_steps_or_the_brand(self, line: Line) -> None:
        line.started({**SMS, "from": "Shop"})
        line.started({**SMS, "to": "447700900001"})

        assert [m.sender for m in line.vonage.outbox] == ["Shop", "ACME"]
        assert line.vonage.outbox.to(f"+{NUMBER}")[0].sender == "Shop"
