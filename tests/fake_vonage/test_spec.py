"""
Bodies held against the vendor's API description, and each deviation explained.

The description that may be passed on is an old one (0.0.18, 2023-02-08): it knows
neither cancel nor next_workflow, nor mixed workflows, and says that problems are plain
JSON. Its server ends in `/v2/verify` and its path is `/`; clients send no such slash.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from verify_fakes import fake_vonage
from verify_fakes.vonage import Reason
from verify_fakes.vonage.machine._errors import ERRORS

if TYPE_CHECKING:
    from tests.fake_vonage.conftest import Line

DOCUMENT = Path(__file__).parents[3] / "shared" / "openapi" / "vonage_verify_v2.yml"

pytestmark = [
    pytest.mark.spec,
    pytest.mark.skipif(
        not DOCUMENT.is_file(),
        reason="Vonage's API description is not in ../shared/openapi",
    ),
]

schemas = pytest.importorskip(
    "openapi_schema_validator", reason="openapi-core is not installed"
)
yaml = pytest.importorskip("yaml", reason="openapi-core is not installed")

NUMBER = "447700900000"
SMS = {"channel": "sms", "to": NUMBER}
CALL = {"channel": "voice", "to": NUMBER}
STEPS = [
    SMS,
    CALL,
    {"channel": "whatsapp", "to": NUMBER, "from": "447700900001"},
    {"channel": "whatsapp_interactive", "to": NUMBER},
    {"channel": "email", "to": "ann@example.org"},
]


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return dict(yaml.safe_load(DOCUMENT.read_text(encoding="utf-8")))


def errors(
    described: dict[str, Any], schema: dict[str, Any], body: object
) -> list[str]:
    whole = {**schema, "components": described["components"]}
    found = schemas.OAS30Validator(whole).iter_errors(body)
    return [f"{list(each.path)}: {each.message}" for each in found]


def answered(
    described: dict[str, Any], path: str, answer: tuple[int, dict[str, Any]]
) -> list[str]:
    """What is wrong with an answer, by the operation's own response schema."""
    status, body = answer
    responses = described["paths"][path]["post"]["responses"]
    assert str(status) in responses
    content = responses[str(status)].get("content")
    if content is None:  # a 200 whose body the old description does not know
        return []
    schema = content["application/json"]["schema"]
    return errors(described, schema, body) + strangers(described, schema, body)


def strangers(
    described: dict[str, Any], schema: dict[str, Any], body: dict[str, Any]
) -> list[str]:
    """Members that the schema does not name."""
    name = schema.get("$ref", "").rpartition("/")[2]
    of = described["components"]["schemas"][name] if name else schema
    return [f"{key}: unknown" for key in body if key not in of["properties"]]


class TestRequests:
    """What the fake takes is what the document allows, and the other way round."""

    @pytest.mark.parametrize("step", STEPS, ids=lambda step: step["channel"])
    def test_each_channel_alone(
        self, line: Line, described: dict[str, Any], step: dict[str, str]
    ) -> None:
        schema = described["components"]["schemas"]["NewCodeRequest"]
        more = {"locale": "es-es", "channel_timeout": 60, "code_length": 6}
        body = {"brand": "ACME", "workflow": [step], "client_ref": "ref1", **more}

        assert errors(described, schema, body) == []
        assert line.call("POST", "", body)[0] == 202

    def test_a_mixed_workflow_is_newer_than_the_document(
        self, line: Line, described: dict[str, Any]
    ) -> None:
        schema = described["components"]["schemas"]["NewCodeRequest"]

        assert errors(described, schema, {"brand": "ACME", "workflow": [SMS, CALL]})
        assert line.start(SMS, CALL)[0] == 202

    @pytest.mark.parametrize(
        "wrong",
        [
            *({"code_length": 3}, {"code_length": 11}, {"channel_timeout": 901}),
            *({"workflow": "sms"}, {"workflow": [{"channel": "sms"}]}, {"brand": 1}),
            *({"locale": "tlh"}, {"locale": 1}, {"client_ref": 1}),
        ],
    )
    def test_what_the_document_forbids_the_fake_refuses(
        self, line: Line, described: dict[str, Any], wrong: dict[str, Any]
    ) -> None:
        schema = described["components"]["schemas"]["NewCodeRequest"]
        body = {"brand": "ACME", "workflow": [SMS], **wrong}

        assert errors(described, schema, body)
        # Languages became an open list in 1.0.1.
        newer = wrong == {"locale": "tlh"}
        assert line.call("POST", "", body)[0] == (202 if newer else 422)

    def test_every_language_of_the_document(
        self, line: Line, described: dict[str, Any]
    ) -> None:
        languages = described["components"]["schemas"]["Language"]["enum"]
        for n, language in enumerate(languages):
            step = {"channel": "sms", "to": f"4477009001{n:02d}"}
            assert line.start(step, locale=language)[0] == 202


class TestAnswers:
    def test_a_start(self, line: Line, described: dict[str, Any]) -> None:
        assert answered(described, "/", line.start(SMS)) == []

    def test_a_conflict(self, line: Line, described: dict[str, Any]) -> None:
        line.started(SMS)

        assert answered(described, "/", line.start(SMS)) == []

    def test_invalid_parameters(self, line: Line, described: dict[str, Any]) -> None:
        assert answered(described, "/", line.start({"channel": "sms"})) == []

    @pytest.mark.parametrize("operation", ["start", "check"])
    def test_too_many_requests(
        self, line: Line, described: dict[str, Any], operation: str
    ) -> None:
        line.vonage.faults.arm(operation, 429)
        starts = operation == "start"
        answer = line.start(SMS) if starts else line.check("x", "1234")

        path = "/" if starts else "/{request_id}"
        assert answered(described, path, answer) == []

    def test_checks(self, line: Line, described: dict[str, Any]) -> None:
        request_id = line.started(SMS)
        wrong = [line.check(request_id, line.wrong()) for _ in range(3)]
        another = line.started(SMS)
        right = line.check(another, line.code())
        again = line.check(another, line.code())
        answers = [*wrong, right, again]

        assert [status for status, _ in answers] == [400, 400, 410, 200, 404]
        for answer in answers:
            assert answered(described, "/{request_id}", answer) == []

    def test_a_step_without_a_code(self, line: Line, described: dict[str, Any]) -> None:
        request_id = line.started({"channel": "whatsapp_interactive", "to": NUMBER})

        found = answered(described, "/{request_id}", line.check(request_id, "1234"))

        # The document leaves `type` out of this problem alone, surely by mistake.
        assert found == ["type: unknown"]

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("ErrorInvalidCodeRequest", Reason.WRONG_CODE),
            ("ErrorExpiredRequest", Reason.WRONG_CODE_TOO_OFTEN),
            ("ErrorInvalidRequest", Reason.NOT_FOUND),
            ("ErrorConflictRequest", Reason.CONCURRENT),
            ("ErrorConflictCheckRequest", Reason.STEP_TAKES_NO_CODE),
            ("ErrorInvalidParams", Reason.INVALID_PARAMETERS),
            ("ErrorThrottled", Reason.THROTTLED),
        ],
    )
    def test_titles_and_details_are_the_documents_own(
        self, described: dict[str, Any], name: str, reason: Reason
    ) -> None:
        members = described["components"]["schemas"][name]["properties"]
        row = ERRORS[reason]

        # Full stops come and go between documents and fixtures; the id is quoted live.
        detail = members["detail"]["example"].replace("<id>", "'{request_id}'")
        assert row.title.lower() == members["title"]["example"].lower()
        assert row.detail.rstrip(".") == detail.rstrip(".")

    @pytest.mark.sdk
    def test_what_the_vendors_sdk_sends_is_what_the_document_describes(
        self, described: dict[str, Any]
    ) -> None:
        vonage = pytest.importorskip("vonage", reason="PyPI vonage is not installed")
        verify = pytest.importorskip("vonage_verify")
        schema = described["components"]["schemas"]["NewCodeRequest"]
        steps = [
            verify.SmsChannel(to=NUMBER, app_hash="A" * 11),
            verify.VoiceChannel(to="447700900001"),
            verify.WhatsappChannel(to="447700900002", from_="ACME"),
            verify.EmailChannel(to="ann@example.org"),
        ]
        with fake_vonage() as fake:
            client = vonage.Vonage(vonage.Auth(api_key="a1b2c3d4", api_secret="s"))
            for step in steps:
                client.verify.start_verification(
                    verify.VerifyRequest(
                        brand="ACME", workflow=[step], locale="es-es", code_length=6
                    )
                )

            assert [seen.status for seen in fake.requests] == [202] * len(steps)
            for seen in fake.requests:
                assert errors(described, schema, seen.body) == []


class TestWebhooks:
    def test_a_summary(self, line: Line, described: dict[str, Any]) -> None:
        request_id = line.started(SMS, CALL, client_ref="ref1")
        line.check(request_id, line.code())

        body = line.vonage.events[-1].body

        schema = {"$ref": "#/components/schemas/VerifyResource"}
        assert errors(described, schema, body) == []
        assert strangers(described, schema, body) == []

    def test_an_event(self, line: Line, described: dict[str, Any]) -> None:
        line.started({"channel": "whatsapp_interactive", "to": NUMBER})
        request_id = line.vonage.outbox[-1].request_id
        line.vonage.store.reply(request_id, yes=False)

        body = line.vonage.events[0].body

        schema = {"$ref": "#/components/schemas/VerifyResourceWhatsappInteractive"}
        assert errors(described, schema, body) == []
        # The document requires this member, and forgot to describe it.
        assert strangers(described, schema, body) == ["channel_timeout: unknown"]
