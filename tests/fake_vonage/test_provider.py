"""Our provider for Vonage over this fake: neither knows the other, and both agree."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import responses

from verify_core.channels import Channel
from verify_core.identifiers import Identifier
from verify_core.phone import read_phone
from verify_core.testing import (
    Bench,
    CaseVerdict,
    Harness,
    SeenMessage,
    require_kept,
    run_cases,
)
from verify_core.verification import CancelOutcome, StartRequest, Status, Verdict
from verify_fakes import FakeVonage
from verify_fakes.kit.breaks import Break
from verify_fakes.vonage import Keyring, Limits, signed
from verify_providers.vonage import MemoryEvents, VonageVerify

KEY, SECRET = "a1b2c3d4", "s3cret"
SIGNATURE = "s" * 32
WORDS = {"voice": Channel.CALL.value}
LIMITS = Limits()
OPERATIONS = ("start", "check", "cancel", "next")


@contextmanager
def mounted() -> Iterator[FakeVonage]:
    fake = FakeVonage(seed=7, keyring=Keyring(secrets={KEY: SECRET}))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        fake.mount(mock)
        yield fake


def provider(fake: FakeVonage, **more: Any) -> VonageVerify:  # noqa: ANN401
    return VonageVerify(
        brand="Acme", api_key=KEY, api_secret=SECRET, clock=fake.clock.now, **more
    )


def break_all(fake: FakeVonage, how: Break) -> None:
    for operation in OPERATIONS:
        fake.faults.arm(operation, how)


def speak_strangely(fake: FakeVonage) -> None:
    """Let every answer's status be a word that Vonage does not document."""
    plain = fake.handle

    def strange(*given: Any, **more: Any) -> tuple[int, dict[str, str], bytes]:  # noqa: ANN401
        status, headers, body = plain(*given, **more)
        said = json.loads(body or b"{}")
        if "status" in said:
            body = json.dumps({**said, "status": "contemplating"}).encode()
        return status, headers, body

    fake.handle = strange  # type: ignore[method-assign]


def harness() -> Harness:
    @contextmanager
    def opened() -> Iterator[Bench]:
        with mounted() as fake, provider(fake, whatsapp_from="44770090000") as it:

            def inbox(identifier: Identifier) -> list[SeenMessage]:
                return [
                    SeenMessage(
                        code=message.code,
                        channel=WORDS.get(message.channel, message.channel),
                    )
                    for message in fake.outbox.to(identifier.value)
                ]

            yield Bench(
                provider=it,
                inbox=inbox,
                guesses=LIMITS.wrong_codes,
                lifetime=LIMITS.channel_timeout,
                advance=fake.clock.advance,
                lose_next_start=lambda: fake.faults.arm(  # type: ignore[arg-type,return-value]
                    "start", Break.ANSWER_LOST, last=1
                ),
                lose_all_answers=lambda: break_all(fake, Break.ANSWER_LOST),
                refuse_connections=lambda: break_all(fake, Break.REFUSED),
                throttle_next_check=lambda: fake.faults.arm(  # type: ignore[arg-type,return-value]
                    "check", 429, last=1
                ),
                speak_strangely=lambda: speak_strangely(fake),
            )

    return Harness(name="vonage over its fake", open=opened)


def test_the_provider_keeps_the_laws_over_the_fake() -> None:
    results = run_cases(harness())

    require_kept(results)
    passed = [each for each in results if each.verdict is CaseVerdict.PASSED]
    assert len(passed) > len(results) / 2


@pytest.fixture
def fake() -> Iterator[FakeVonage]:
    with mounted() as one:
        yield one


def request(channel: Channel = Channel.SMS) -> StartRequest:
    number = read_phone("+447700900000")
    return StartRequest(identifier=number, channel=channel, attempt_id="attempt1")


class TestOneByOne:
    def test_three_wrong_codes_are_two_verdicts(self, fake: FakeVonage) -> None:
        with provider(fake) as it:
            ref = it.start(request()).ref
            verdicts = [it.check(ref, "wrong").verdict for _ in range(3)]

        assert verdicts == [Verdict.WRONG_CODE, Verdict.WRONG_CODE, Verdict.EXHAUSTED]

    def test_a_cancel_too_early_and_in_time(self, fake: FakeVonage) -> None:
        with provider(fake) as it:
            ref = it.start(request()).ref
            early = it.cancel(ref)
            fake.clock.advance(timedelta(seconds=30))

            assert (early, it.cancel(ref)) == (
                CancelOutcome.TOO_LATE,
                CancelOutcome.CANCELED,
            )

    def test_webhooks_of_the_fake_are_read_and_answer_a_fetch(
        self, fake: FakeVonage
    ) -> None:
        events = MemoryEvents()
        more = {"signature_secret": SIGNATURE, "events": events}
        with provider(fake, **more) as it:
            ref = it.start(request()).ref
            it.check(ref, fake.outbox[-1].code)
            for told in fake.events:
                webhook = signed(told, SIGNATURE, api_key=KEY)
                it.parse_webhook(webhook.headers, webhook.body)

            assert it.fetch(ref).status is Status.APPROVED
