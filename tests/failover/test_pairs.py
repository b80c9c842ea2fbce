"""Two verifications behind one reference: either code works, one allowance holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.failover.worlds import World, deaf, request, wrong
from verify_core.errors import Unavailable
from verify_core.verification import CancelOutcome, Status, Verdict, VerificationRef
from verify_fakes.profiles import CANCEL_WINDOW, NO_FETCH, VendorProfile
from verify_fakes.twilio import Break
from verify_providers.failover import Child, FailoverPolicy, FailoverProvider


def pair(
    guesses: int = 3, profile: VendorProfile | None = None
) -> tuple[World, VerificationRef]:
    """A world in which `one` may have sent and `two` has."""
    given = {} if profile is None else {"profile": profile}
    world = World(FailoverPolicy(on_ambiguous="failover"), guesses=guesses, **given)
    deaf(world.one, times=1)
    return world, world.start().ref


def checks(world: World) -> tuple[int, int]:
    return world.seen[0].count("check"), world.seen[1].count("check")


def nobodys(world: World) -> str:
    """A code that is neither's."""
    codes = {world.code(world.one), world.code(world.two)}
    return next(code for code in ("111111", "222222", "333333") if code not in codes)


def test_either_code_works_the_newer_is_tried_first() -> None:
    world, ref = pair()
    assert world.failover.check(ref, world.code(world.two)).verdict is Verdict.APPROVED
    assert checks(world) == (0, 1)

    world, ref = pair()
    assert world.failover.check(ref, world.code(world.one)).verdict is Verdict.APPROVED
    assert checks(world) == (1, 1)


@pytest.mark.parametrize("guesses", [1, 2, 3, 4, 5])
def test_both_together_are_guessed_no_more_often_than_one(guesses: int) -> None:
    world, ref = pair(guesses)

    verdicts = [world.failover.check(ref, nobodys(world)).verdict for _ in range(8)]

    assert sum(checks(world)) == guesses
    wrongs = (guesses + 1) // 2
    assert verdicts == [Verdict.WRONG_CODE] * wrongs + [Verdict.EXHAUSTED] * (
        8 - wrongs
    )
    for fake in (world.one, world.two):
        assert world.failover.check(ref, world.code(fake)).verdict == "exhausted"


def test_what_is_left_is_told() -> None:
    world, ref = pair(guesses=5)

    told = [world.failover.check(ref, nobodys(world)) for _ in range(4)]

    assert [each.attempts_remaining for each in told] == [2, 1, 0, 0]
    assert [each.retry_allowed for each in told] == [True, True, False, False]


def test_count_goes_on_through_json() -> None:
    world, ref = pair(guesses=2)
    world.failover.check(ref, nobodys(world))

    kept = VerificationRef.from_json(ref.to_json())

    assert world.failover.check(kept, world.code(world.two)).verdict == "exhausted"


def test_after_a_restart_the_newer_vendors_own_limit_holds() -> None:
    """The count is the process's; each code still goes to the newer vendor first."""
    world, ref = pair(guesses=5)

    verdicts = [world.again().check(ref, nobodys(world)).verdict for _ in range(5)]
    then = world.again().check(ref, world.code(world.one)).verdict

    assert verdicts == [Verdict.WRONG_CODE] * 5
    assert then is Verdict.EXHAUSTED


def test_one_approval_is_all_there_is() -> None:
    world, ref = pair()
    first, second = world.code(world.one), world.code(world.two)

    assert world.failover.check(ref, first).verdict is Verdict.APPROVED

    assert world.failover.check(ref, second).verdict is Verdict.GONE
    assert world.seen[1].count("cancel") == 1
    assert world.again().check(ref, second).verdict is not Verdict.APPROVED


def test_approval_is_not_lost_to_a_bug_in_a_cancel() -> None:
    def broken(_ref: object) -> CancelOutcome:
        raise KeyError("bug")

    world, ref = pair()
    world.two.cancel = broken  # type: ignore[method-assign]

    assert world.failover.check(ref, world.code(world.one)).verdict == "approved"


def test_two_threads_with_a_code_each_get_one_approval() -> None:
    for _ in range(20):
        world, ref = pair(guesses=5)
        codes = [world.code(world.one), world.code(world.two)] * 2
        with ThreadPoolExecutor(4) as pool:
            results = pool.map(
                lambda code, world=world, ref=ref: world.failover.check(ref, code),
                codes,
            )
            verdicts = [result.verdict for result in results]

        assert verdicts.count(Verdict.APPROVED) == 1


def test_code_is_held_back_where_the_newer_vendor_does_not_answer() -> None:
    """It may have been right there."""
    world, ref = pair()
    world.two.faults.arm("check", Break.ANSWER_LOST, last=1)

    with pytest.raises(Exception, match="lost"):
        world.failover.check(ref, world.code(world.one))

    assert checks(world) == (0, 1)


def test_guess_at_which_nobody_looked_is_given_back() -> None:
    world, ref = pair(guesses=2)
    world.two.faults.arm("check", Break.REFUSED, last=3)
    for _ in range(3):
        with pytest.raises(Unavailable):
            world.failover.check(ref, nobodys(world))

    assert world.failover.check(ref, world.code(world.one)).verdict == "approved"


def test_where_the_newer_one_is_over_the_older_one_still_works() -> None:
    world, ref = pair()
    world.two.cancel(world.two.start(request()).ref)

    assert world.failover.check(ref, world.code(world.one)).verdict == "approved"


def test_states_of_both_are_told_as_one() -> None:
    world, ref = pair()

    state = world.failover.fetch(ref)

    assert state.status is Status.PENDING
    assert len(state.deliveries) == 2


def test_older_one_that_cannot_be_fetched_is_passed_over() -> None:
    world, ref = pair()
    world.one.faults.arm("fetch", Break.REFUSED)

    assert world.failover.fetch(ref).status is Status.PENDING


def test_both_are_canceled() -> None:
    world, ref = pair()

    assert world.failover.cancel(ref) is CancelOutcome.CANCELED
    for fake in (world.one, world.two):
        verdict = world.failover.check(ref, world.code(fake)).verdict
        assert verdict in {Verdict.GONE, Verdict.WRONG_CODE}


def test_cancel_that_left_one_alive_says_so() -> None:
    world, ref = pair(profile=CANCEL_WINDOW)

    assert world.failover.cancel(ref) is CancelOutcome.TOO_LATE


def test_pair_dies_to_half_where_a_child_leaves_the_configuration() -> None:
    world, ref = pair(profile=NO_FETCH)
    alone = FailoverProvider([Child(name="two", provider=world.seen[1])])

    assert alone.check(ref, wrong(world.code(world.two))).verdict == "wrong_code"
    assert alone.check(ref, world.code(world.two)).verdict == "approved"
    assert checks(world)[0] == 0
