"""Our provider for Vonage over this fake: neither knows the other, and both agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.benches import KEY, SECRET, mounted, vonage
from verify_core.channels import Channel
from verify_core.phone import read_phone
from verify_core.verification import CancelOutcome, StartRequest, Status, Verdict
from verify_fakes import FakeVonage
from verify_fakes.vonage import Keyring, signed
from verify_providers.vonage import MemoryEvents

SIGNATURE = "s" * 32


@pytest.fixture
def fake() -> Iterator[FakeVonage]:
    one = FakeVonage(seed=7, keyring=Keyring(secrets={KEY: SECRET}))
    with mounted(one):
        yield one


def request(channel: Channel = Channel.SMS) -> StartRequest:
    number = read_phone("+447700900000")
    return StartRequest(identifier=number, channel=channel, attempt_id="attempt1")


class TestOneByOne:
    def test_three_wrong_codes_are_two_verdicts(self, fake: FakeVonage) -> None:
        with vonage(fake) as it:
            ref = it.start(request()).ref
            verdicts = [it.check(ref, "wrong").verdict for _ in range(3)]

        assert verdicts == [Verdict.WRONG_CODE, Verdict.WRONG_CODE, Verdict.EXHAUSTED]

    def test_a_cancel_too_early_and_in_time(self, fake: FakeVonage) -> None:
        with vonage(fake) as it:
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
        with vonage(fake, **more) as it:
            ref = it.start(request()).ref
            it.check(ref, fake.outbox[-1].code)
            for each in fake.events:
                webhook = signed(each, SIGNATURE, api_key=KEY)
                it.parse_webhook(webhook.headers, webhook.body)

            assert it.fetch(ref).status is Status.APPROVED
