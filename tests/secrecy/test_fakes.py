"""Whatever the fakes make on their way shows no code, no number and no secret."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from enum import Enum
from typing import Any

import verify_fakes.mounted
import verify_fakes.served
import verify_fakes.vonage
from tests.secrecy.doors import (
    CODE,
    EMAIL,
    OWN_CODE,
    PHONE,
    TOKEN,
    leaks,
    shown_by_walkers,
)
from tests.secrecy.made import classes_of, values_made
from tests.secrecy.samples import ADDRESS, NUMBER
from verify_core import Channel, StartRequest
from verify_core.errors import VerifyError
from verify_fakes import (
    FakeTwilio,
    FakeVerifyProvider,
    FakeVonage,
    twilio_http_client,
)
from verify_fakes.kit._faults import ConnectionBroken
from verify_fakes.memory import PROFILES
from verify_fakes.served import FakeServerClient
from verify_fakes.twilio.machine._commands import StartCommand
from verify_fakes.vonage import Break, Keyring, signed

KEY = "a1b2c3d4"
BASIC = base64.b64encode(f"{KEY}:{TOKEN}".encode()).decode()
DIGITS = PHONE[1:]
AUTH = ("AC" + "cd" * 16, TOKEN)
REQUESTS = [
    StartRequest(identifier=NUMBER),
    StartRequest(identifier=NUMBER, custom_code=OWN_CODE),
    StartRequest(identifier=ADDRESS, channel=Channel.EMAIL),
]
SMS = {"channel": "sms", "to": DIGITS}


def call(fake: FakeVonage, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    url = f"https://api.nexmo.com/v2/verify{path}"
    headers = {"Authorization": f"Basic {BASIC}"}
    data = None if body is None else json.dumps(body).encode()
    _, _, answered = fake.handle(method, url, headers, data)
    return json.loads(answered) if answered else {}


def begin(fake: FakeVonage, *steps: object, **more: object) -> str:
    body = {"brand": "ACME", "workflow": steps, **more}
    return str(call(fake, "POST", "", body)["request_id"])


def everything_at_vonage(fake: FakeVonage) -> None:
    """Each operation and each end, refusals and faults among them."""
    fake.codes.fix(DIGITS, CODE)
    fake.faults.arm("start", Break.ANSWER_LOST, last=1, to=PHONE)
    with suppress(ConnectionBroken):
        begin(fake, SMS)
    fake.clock.advance(timedelta(hours=1))
    request_id = begin(fake, SMS, {**SMS, "channel": "voice"})
    begin(fake, SMS)  # one is running
    call(fake, "POST", f"/{request_id}/next_workflow")
    for code in (OWN_CODE, CODE):
        call(fake, "POST", f"/{request_id}", {"code": code})
    mail = {"channel": "email", "to": EMAIL, "from": EMAIL}
    request_id = begin(fake, mail, code=OWN_CODE)
    fake.clock.advance(timedelta(seconds=40))
    call(fake, "DELETE", f"/{request_id}")
    question = begin(fake, {**SMS, "channel": "whatsapp_interactive"})
    fake.store.reply(question, yes=True)
    call(fake, "POST", "", {"brand": "ACME", "workflow": [{"to": PHONE}], "code": "1"})
    call(fake, "POST", f"/{PHONE}", {"code": CODE})
    call(fake, "DELETE", f"/{EMAIL}")
    call(fake, "PATCH", f"/{PHONE}")
    signed(fake.events[-1], TOKEN)


def test_the_values_of_the_fake_vonage_hide() -> None:
    with values_made("verify_fakes") as made:
        keyring = Keyring(secrets={KEY: TOKEN})
        everything_at_vonage(FakeVonage(seed=7, keyring=keyring))

    assert made.leaks(BASIC) == []
    missing = classes_of(verify_fakes.vonage) - made.classes
    assert {each.__name__ for each in missing} == {"Route", "VonageProblem"}  # tables


def parts_of(whole: object) -> Iterator[object]:
    """Every object of the fakes' own classes that a fake holds, itself included."""
    seen: dict[int, object] = {}
    left = [whole]
    while left:
        part = left.pop()
        known = type(part).__module__.startswith("verify_fakes")
        if known and id(part) not in seen and not isinstance(part, Enum):
            seen[id(part)] = part
            left += getattr(part, "__dict__", {}).values()
            yield part


def leaks_of_parts(fake: object) -> list[str]:
    return [
        f"{type(part).__name__} shows {found}"
        for part in parts_of(fake)
        if (found := leaks(shown_by_walkers(part)))
    ]


def test_what_the_fake_vonage_is_made_of_hides() -> None:
    fake = FakeVonage(seed=7, keyring=Keyring(secrets={KEY: TOKEN}))
    everything_at_vonage(fake)
    begin(fake, SMS)
    fake.traits.block(PHONE)

    assert leaks_of_parts(fake) == []


def test_what_the_fake_twilio_is_made_of_hides() -> None:
    fake = FakeTwilio(seed=7)
    service = fake.services.create().sid
    fake.codes.fix(PHONE, CODE)
    fake.store.start(service, StartCommand(to=PHONE))
    fake.traits.landline(PHONE)
    fake.traits.block_prefix(PHONE)
    fake.faults.arm("start", 20429, to=PHONE)

    assert leaks_of_parts(fake) == []


def test_what_the_fake_in_memory_is_made_of_hides() -> None:
    fake = FakeVerifyProvider(seed=7)
    fake.start(REQUESTS[1])

    assert leaks_of_parts(fake) == []


def test_the_values_of_the_fake_in_memory_hide() -> None:
    with values_made("verify_fakes") as made:
        for profile in PROFILES.values():
            fake = FakeVerifyProvider(seed=1, profile=profile)
            for request in REQUESTS:
                with suppress(VerifyError):
                    ref = fake.start(request).ref
                    fake.check(ref, CODE)
                    fake.cancel(ref)

    assert made.leaks() == []


def test_what_a_test_holds_of_a_server_hides() -> None:
    with values_made("verify_fakes.served") as made:
        server = FakeServerClient("http://127.0.0.1:9", side_door_token=TOKEN)
        server.account(auth_token=TOKEN)

    assert made.leaks() == []
    assert made.classes == classes_of(verify_fakes.served)


def test_what_the_official_sdk_is_given_hides() -> None:
    with values_made("verify_fakes.mounted") as made:
        client = twilio_http_client(FakeTwilio(seed=1))
        service = f"https://verify.twilio.com/v2/Services/VA{'ab' * 16}"
        sent = {"To": PHONE, "Channel": "sms"}
        client.request("POST", f"{service}/Verifications", data=sent, auth=AUTH)

    assert made.leaks() == []
    missing = classes_of(verify_fakes.mounted) - made.classes
    assert {each.__name__ for each in missing} == {"RecordedVonageRequest"}
