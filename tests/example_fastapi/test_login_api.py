"""The FastAPI example: what its users see, and what it must never lose or show."""

from __future__ import annotations

import ast
import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.codes import wrong
from verify_fakes.kit._faults import Break

PHONE = "+15553231234"
MASKED_END = "34"
FOLDER = Path(__file__).resolve().parents[2] / "examples" / "fastapi_login"
Visit = Callable[[Any], Awaitable[None]]


def visit(served: Any, walk: Visit, *, deadline_s: float = 10) -> None:  # noqa: ANN401 - Served
    async def run() -> None:
        async with served.client(deadline_s) as client:
            await walk(client)

    asyncio.run(run())


async def start(client: Any) -> Any:  # noqa: ANN401 - httpx is optional
    answer = await client.post("/login/start", json={"to": PHONE})
    assert answer.status_code == 202, answer.text
    return answer


async def check(client: Any, code: str) -> Any:  # noqa: ANN401
    return await client.post("/login/check", json={"code": code})


def test_the_right_code_signs_in_and_leaving_signs_out(served: Any) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        started = await start(client)
        assert started.json()["delivery"] == "sent"
        assert PHONE not in started.text
        assert "HttpOnly" in started.headers["set-cookie"]
        assert (await client.get("/login/me")).status_code == 401

        signed_in = await check(client, f" {served.code[:3]} {served.code[3:]} ")

        assert signed_in.status_code == 200
        masked = signed_in.json()["identifier"]
        assert masked.endswith(MASKED_END)
        assert masked != PHONE
        assert (await client.get("/login/me")).json() == {"identifier": masked}
        assert "pending" not in client.cookies
        await client.post("/login/leave")
        assert (await client.get("/login/me")).status_code == 401

    visit(served, walk)


def test_wrong_codes_may_be_corrected_until_they_are_too_many(served: Any) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        await start(client)
        for _ in range(5):
            answer = await check(client, wrong(served.code))
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["reason"] == "verdict.wrong_code"

        over = await check(client, served.code)

        assert over.json()["reason"] == "verdict.exhausted"
        assert over.json()["retry_allowed"] is False
        assert (await client.get("/login/me")).status_code == 401

    visit(served, walk)


def test_an_old_code_is_refused(served: Any) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        await start(client)
        served.provider.clock.advance(timedelta(minutes=11))

        answer = await check(client, served.code)

        assert answer.status_code == 422
        assert answer.json()["reason"] in {"verdict.expired", "verdict.gone"}

    visit(served, walk)


def test_an_old_cookie_is_no_reference(served: Any) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        await start(client)
        served.provider.clock.advance(timedelta(minutes=16))

        answer = await check(client, served.code)

        assert answer.status_code == 409
        assert answer.json()["reason"] == "code.no_reference"

    visit(served, walk)


def test_it_is_sent_again_in_another_way(served: Any) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        await start(client)

        again = await client.post("/login/resend", json={"channel": "call"})

        assert again.status_code == 202
        assert [each.channel for each in served.provider.outbox] == ["sms", "call"]
        assert (await check(client, served.code)).status_code == 200

    visit(served, walk)


def test_what_may_have_been_sent_is_told_as_that(served: Any) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        served.provider.faults.arm("start", Break.ANSWER_LOST, last=1)

        told = (await start(client)).json()

        assert told["delivery"] == "maybe_sent"
        assert told["message"].startswith("We could not confirm")
        assert len(served.provider.outbox) == 1
        assert (await check(client, served.code)).status_code == 200

    visit(served, walk)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("(555) 323-1234", "phone.missing_country_code"),
        ("+1 555 CALL", "phone.letters"),
        ("+1 900 234 5678", "phone.not_allowed_number_type"),
        ("", "phone.empty"),
    ],
)
def test_a_bad_number_says_why(served: Any, typed: str, reason: str) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        answer = await client.post("/login/start", json={"to": typed})

        assert answer.status_code == 422
        assert answer.json()["reason"] == reason
        assert typed not in answer.text or not typed
        assert not served.provider.outbox
        assert "pending" not in client.cookies

    visit(served, walk)


def test_the_api_s_description_says_what_a_number_is(served: Any) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        described = (await client.get("/openapi.json")).json()

        body = described["components"]["schemas"]["StartBody"]
        number = body["properties"]["to"]
        assert (number["type"], number["format"]) == ("string", "phone")
        assert number["examples"] == ["+15553231234"]

    visit(served, walk)


def test_what_the_framework_refuses_is_a_problem_too(served: Any) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        for answer, status, reason in (
            (await client.get("/nothing"), 404, "request.not_found"),
            (await client.get("/login/me"), 401, "request.unauthorized"),
        ):
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["reason"] == reason

    visit(served, walk)


def test_who_asks_too_often_is_told_to_wait(served: Any) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        wait = timedelta(seconds=30)
        served.provider.faults.arm("start", 60203, last=1, retry_after=wait)

        answer = await client.post("/login/start", json={"to": PHONE})

        assert answer.status_code == 429
        assert answer.json()["reason"] == "provider.too_soon"

    visit(served, walk)


def test_a_vendor_out_of_order_is_no_fault_of_the_person(served: Any) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        served.provider.faults.arm("start", 20503, last=1)

        answer = await client.post("/login/start", json={"to": PHONE})

        assert answer.status_code == 503
        assert answer.json()["reason"] == "provider.unavailable"

    visit(served, walk)


def test_malformed_requests_are_named_but_not_repeated(served: Any) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        await start(client)
        for body in ({"code": "1" * 50}, {"kode": "123456"}, ["123456"]):
            answer = await client.post("/login/check", json=body)

            assert answer.status_code == 422
            assert answer.json()["reason"] == "request.malformed"
            assert "123456" not in answer.text
            assert "11111" not in answer.text
        form = await client.post("/login/check", content=b'{"code": "123456"}')
        assert form.status_code == 422  # a form of another site can be sent, not JSON

    visit(served, walk)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_other_sites_are_refused(served: Any, headers: dict[str, str]) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        for act in ("start", "resend", "check", "leave"):
            answer = await client.post(
                f"/login/{act}", json={"to": PHONE, "code": "1234"}, headers=headers
            )
            assert answer.status_code == 403, act
        assert not served.provider.outbox

    visit(served, walk)


def test_a_pending_cookie_opens_no_session(served: Any) -> None:  # noqa: ANN401
    async def walk(client: Any) -> None:  # noqa: ANN401
        await start(client)
        token = client.cookies["pending"]

        answer = await client.get("/login/me", headers={"Cookie": f"session={token}"})

        assert answer.status_code == 401

    visit(served, walk)


def test_the_code_of_a_start_past_its_deadline_signs_in_all_the_same(
    served: Any,  # noqa: ANN401
) -> None:
    """The request ends; the message is on its way, and its reference is kept."""

    async def walk(client: Any) -> None:  # noqa: ANN401
        served.provider.let.clear()
        told = (await start(client)).json()
        assert told["delivery"] == "maybe_sent"
        assert (await check(client, "123456")).status_code == 409

        served.provider.let.set()
        await _until(lambda: bool(client.late.known))

        assert len(served.provider.outbox) == 1
        assert (await check(client, served.code)).status_code == 200
        assert not client.late.known

    visit(served, walk, deadline_s=0.5)


def test_a_cancelled_request_loses_no_message(served: Any) -> None:  # noqa: ANN401
    """As when a server stops, or stops for a client that has gone."""

    async def walk(client: Any) -> None:  # noqa: ANN401
        served.provider.let.clear()
        request = asyncio.create_task(client.post("/login/start", json={"to": PHONE}))
        assert await asyncio.to_thread(served.provider.begun.acquire, timeout=10)

        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        served.provider.let.set()
        await _until(lambda: bool(client.late.known))

        (ref,) = client.late.known
        assert ref.identifier.value == PHONE
        code = served.code
        assert served.provider.check(ref, code).verdict == "approved"

    visit(served, walk)


def test_no_log_shows_number_code_or_token(
    served: Any,  # noqa: ANN401
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def walk(client: Any) -> None:  # noqa: ANN401
        with caplog.at_level(logging.DEBUG):
            served.provider.let.clear()
            await start(client)
            served.provider.let.set()
            await _until(lambda: bool(client.late.known))
            await check(client, wrong(served.code))
            await check(client, served.code)
        logged = "\n".join(
            record.getMessage() + str(record.exc_info) for record in caplog.records
        )
        assert "late answer: sms to" in logged
        assert PHONE not in logged
        assert "5553231234" not in logged
        assert served.code not in logged
        assert client.cookies["session"] not in logged

    visit(served, walk, deadline_s=0.5)


def test_it_uses_public_names_only() -> None:
    for file in FOLDER.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(alias.name for alias in node.names)]
                parts = [part for name in names for part in name.split(".")]
                assert not [
                    part
                    for part in parts
                    if part.startswith("_") and part != "__future__"
                ]


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a worker thread tells no loop
            await asyncio.sleep(0.001)
