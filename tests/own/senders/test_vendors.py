"""What the vendors' senders share: behind a provider, with refusals, without extras."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve

from tests.support.senders import (
    CASES,
    SenderCase,
    before_doors,
    fake_answer,
    recorded,
    send,
    twilio,
)
from tests.support.sending import NUMBER, message
from verify_core import Channel, Delivery, StartRequest, Verdict
from verify_core.errors import (
    InvalidSetting,
    Misconfigured,
    NotSent,
    Refused,
)
from verify_core.testing import HttpDoors, VendorReply, VendorRequest
from verify_fakes import FakeSenders
from verify_providers.http import Reach
from verify_providers.own import AsyncOwnCodes, CodeKeys, MemoryStore, OwnCodes
from verify_providers.own.senders import AwsSmsSender, MaybeSent, SnsSender

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
VENDORS = ["sns", "aws sms", "twilio", "vonage", "whatsapp"]
REFUSALS = {
    "twilio": "21610",
    "vonage": "7",
    "whatsapp": "131050",
    "sns": "OptedOut",
    "aws sms": "ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT",
}


@pytest.mark.parametrize(("name", "code"), REFUSALS.items(), ids=REFUSALS)
def test_a_refusal_under_status_200_is_believed_only_of_a_vendor_that_has_no_other(
    name: str, code: str
) -> None:
    fake, case = FakeSenders(), CASES[name]
    fake.refuse(code)

    def succeeding(request: VendorRequest) -> VendorReply:
        return evolve(fake_answer(fake)(request), status=200)

    with before_doors(evolve(case, answer=succeeding)) as (_doors, sender):
        try:
            outcome: Any = send("blocking", sender, message(channel=case.channel))
        except NotSent as error:
            outcome = error

    assert type(outcome) is (Refused if name == "vonage" else MaybeSent)


def test_what_support_asks_for_comes_with_the_error() -> None:
    request_id = "RQ" + "3d" * 16
    reply = VendorReply(
        status=400,
        headers={"Twilio-Request-Id": request_id},
        body=b'{"code": 21606, "message": "not yours"}',
    )
    with HttpDoors(answer=lambda _request: reply) as doors:
        sender = twilio(Reach(base_url=doors.url))

        with pytest.raises(Misconfigured) as refusal:
            sender.send(message())

    assert refusal.value.vendor_request_id == request_id


@pytest.mark.parametrize("kind", [SnsSender, AwsSmsSender])
def test_without_botocore_the_extra_is_named(
    kind: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "botocore.auth", None)

    with pytest.raises(InvalidSetting, match=r"verify-core\[aws\]"):
        kind(region="eu-west-1")


def test_a_refused_number_stays_refused_and_another_does_not() -> None:
    fake = FakeSenders()
    fake.refuse("21610", to="+15553239999")
    with recorded(fake) as (url, _requests):
        sender = twilio(Reach(base_url=url))

        sender.send(message())
        for _again in range(2):
            with pytest.raises(Refused):
                sender.send(message(identifier=evolve(NUMBER, e164="+15553239999")))

    assert [each.to for each in fake.outbox] == [NUMBER.value]
    assert NUMBER.value not in repr(fake.outbox)


def test_a_server_of_any_kind_runs_the_fake() -> None:
    fake = FakeSenders()
    with HttpDoors(wsgi=fake) as doors:
        for name in VENDORS:
            case = CASES[name]
            sender = case.make(Reach(base_url=doors.url))
            send("blocking", sender, message(channel=case.channel))

    assert [each.vendor for each in fake.outbox] == [
        *("sns", "aws-sms", "twilio", "vonage", "whatsapp"),
    ]


def own(case: SenderCase, url: str) -> dict[str, Any]:
    return {
        "store": MemoryStore(),
        "senders": {case.channel: case.make(Reach(base_url=url))},
        "keys": CodeKeys.generate(),
        "brand": "Shop",
        "clock": lambda: NOON,
    }


def code_in(fake: FakeSenders) -> str:
    return "".join(filter(str.isdigit, fake.outbox[-1].text))[:6]


@pytest.mark.parametrize("name", VENDORS)
def test_a_code_goes_by_any_vendor_and_opens_once(name: str) -> None:
    fake, case = FakeSenders(), CASES[name]
    request = StartRequest(identifier=NUMBER, channel=case.channel)
    with recorded(fake) as (url, _requests), OwnCodes(**own(case, url)) as provider:
        started = provider.start(request)
        verdicts = [provider.check(started.ref, code_in(fake)).verdict for _ in "12"]

    assert verdicts[0] is Verdict.APPROVED
    assert verdicts[1] is not Verdict.APPROVED


async def start_awaited(case: SenderCase, url: str, fake: FakeSenders) -> Verdict:
    request = StartRequest(identifier=NUMBER, channel=case.channel)
    async with AsyncOwnCodes(**own(case, url)) as provider:
        started = await provider.start(request)
        return (await provider.check(started.ref, code_in(fake))).verdict


@pytest.mark.parametrize("name", VENDORS)
def test_a_code_goes_by_any_vendor_awaited(name: str) -> None:
    fake = FakeSenders()
    with recorded(fake) as (url, _requests):
        verdict = asyncio.run(start_awaited(CASES[name], url, fake))

    assert verdict is Verdict.APPROVED


def test_a_code_whose_answer_was_lost_works() -> None:
    fake, case = FakeSenders(), CASES["twilio"]
    with HttpDoors(answer=fake_answer(fake)) as doors:
        provider = OwnCodes(**own(case, doors.url))
        doors.lose_next()

        started = provider.start(StartRequest(identifier=NUMBER, channel=Channel.SMS))
        verdict = provider.check(started.ref, code_in(fake)).verdict

    assert started.delivery is Delivery.MAYBE_SENT
    assert verdict is Verdict.APPROVED


async def cancel_a_start(case: SenderCase, fake: FakeSenders) -> Any:  # noqa: ANN401
    """What `on_late` learns of a start whose caller went while the vendor thought."""
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()
    late: list[Any] = []
    thinking = asyncio.Event()

    def answer(request: VendorRequest) -> VendorReply:
        loop.call_soon_threadsafe(arrived.set)
        asyncio.run_coroutine_threadsafe(thinking.wait(), loop).result()
        return fake_answer(fake)(request)

    with HttpDoors(answer=answer) as doors:
        provider = AsyncOwnCodes(**own(case, doors.url), on_late=late.append)
        request = StartRequest(identifier=NUMBER, channel=case.channel)
        start = asyncio.create_task(provider.start(request))
        await arrived.wait()
        start.cancel()
        await asyncio.wait([start])
        thinking.set()
        await provider.aclose()
    return late


def test_a_start_whose_caller_went_runs_on_and_its_reference_is_reported() -> None:
    fake = FakeSenders()

    (late,) = asyncio.run(cancel_a_start(CASES["vonage"], fake))

    assert late.answer.ref.identifier == NUMBER
    assert len(fake.outbox) == 1
