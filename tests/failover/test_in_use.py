"""A failover in the place of a provider: the nodes, the verifier, a real vendor's."""

from __future__ import annotations

from tests.support.benches import mounted, provider
from tests.support.failover import US, World, down
from verify_core import Verifier
from verify_core.nodes import (
    CollectorDecisionNode,
    NodeState,
    Outcome,
    PasswordCallback,
    SenderNode,
    TreeContext,
)
from verify_core.verification import Verdict
from verify_fakes import FakeVerifyProvider
from verify_fakes.mounted._twilio import FakeTwilio
from verify_fakes.twilio import Break
from verify_providers.failover import Child, FailoverPolicy, FailoverProvider
from verify_providers.twilio import TwilioExtras


def test_nodes_send_collect_and_send_again_through_it() -> None:
    world = World(FailoverPolicy(resends_per_child=0))
    state = NodeState(shared={"userIdentifier": US.value})
    sender = SenderNode(provider=world.failover)
    collector = CollectorDecisionNode(provider=world.failover)

    assert sender.process(TreeContext(state)).outcome is Outcome.TRUE
    state.merge_shared({"verifyResend": True})
    assert sender.process(TreeContext(state)).outcome is Outcome.TRUE

    assert world.messages == (1, 1)
    for code, outcome in [
        (world.code(world.one), Outcome.FALSE),
        (world.code(world.two), Outcome.TRUE),
    ]:
        typed = [PasswordCallback("Code", code)]
        action = collector.process(TreeContext(state, callbacks=typed))
        assert action.outcome is outcome


def test_verifier_takes_it_for_any_other() -> None:
    world = World()
    down(world.one)
    verifier = Verifier(world.failover)

    started = verifier.start("+1 (555) 323-1234")

    result = verifier.check(started.ref, f" {world.code(world.two)} ")
    assert result.verdict is Verdict.APPROVED
    assert verifier.cancel(started.ref) == "gone"


def test_twilio_and_the_next_child_when_twilio_cannot_be_reached() -> None:
    twilio, spare = FakeTwilio(seed=7), FakeVerifyProvider(seed=8)
    with mounted(twilio), provider(twilio) as first:
        failover = FailoverProvider(
            [Child(name="twilio", provider=first), Child(name="spare", provider=spare)],
            clock=twilio.clock,
        )
        extras = TwilioExtras(custom_friendly_name="Acme")
        verifier = Verifier(failover)

        one = verifier.start(US, extras=extras)
        twilio.faults.arm("start", Break.REFUSED, last=1)
        two = verifier.start(US, extras=extras)

        assert [failover.child_of(each.ref) for each in (one, two)] == [
            "twilio",
            "spare",
        ]
        for started, outbox in ((one, twilio.outbox), (two, spare.outbox)):
            assert verifier.check(started.ref, outbox[-1].code).verdict == "approved"


def test_twilios_lost_answer_is_looked_up_and_never_sent_again() -> None:
    twilio, spare = FakeTwilio(seed=7), FakeVerifyProvider(seed=8)
    with mounted(twilio), provider(twilio) as first:
        failover = FailoverProvider(
            [Child(name="twilio", provider=first), Child(name="spare", provider=spare)],
            clock=twilio.clock,
        )
        twilio.faults.arm("start", Break.ANSWER_LOST, last=1)

        started = Verifier(failover).start(US)

    assert started.delivery == "sent"
    assert (len(twilio.outbox), len(spare.outbox)) == (1, 0)
