"""Which rule refuses which start, with which error, and what that takes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.guard.worlds import (
    CODE,
    ELSEWHERE,
    HOUR,
    MAIL,
    NEIGHBOUR,
    UK,
    US,
    World,
    asking,
)
from verify_core.channels import Channel
from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    InvalidSetting,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    Unexpected,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.identifiers import EmailAddress
from verify_core.phone import NumberType, PhoneNumber, PhonePolicy, read_phone
from verify_core.provider import Capabilities
from verify_core.verification import StartRequest, Verdict
from verify_providers.guard import (
    Budget,
    ClockedMemory,
    CoolDown,
    GuardEventKind,
    GuardPolicy,
    GuardProvider,
    Mode,
    Per,
    Spend,
    SpendLimit,
    WrongCodes,
)

pytestmark = pytest.mark.usefixtures("kind")


def budget(per: Per, starts: int, window: timedelta = HOUR) -> Budget:
    return Budget(per=per, starts=starts, window=window)


def world(*budgets: Budget) -> World:
    return World(GuardPolicy(budgets=budgets))


class TestCoolDown:
    def test_waits_grow_by_steps_and_the_last_one_stays(self) -> None:
        it = World(GuardPolicy(cool_down=CoolDown()))

        for wait in (30, 60, 120, 300, 300):
            it.start()
            with pytest.raises(TooSoon) as early:
                it.start()
            assert early.value.retry_after == timedelta(seconds=wait)
            it.pause(wait - 1)
            assert not it.passes()
            it.pause(1)

        assert it.sent == 5

    def test_knocking_does_not_lengthen_the_wait(self) -> None:
        it = World(GuardPolicy(cool_down=CoolDown()))
        it.start()

        for _ in range(29):
            it.pause(1)
            assert not it.passes()
        it.pause(1)

        assert it.passes()

    def test_one_waits_not_the_other(self) -> None:
        it = World(GuardPolicy(cool_down=CoolDown()))
        it.start(US)

        assert it.passes(NEIGHBOUR)
        assert it.passes(MAIL)

    def test_case_of_an_address_makes_no_other_person(self) -> None:
        it = World(GuardPolicy(cool_down=CoolDown()))
        it.start(EmailAddress("Person@example.org"))

        assert not it.passes(EmailAddress("person@example.org"))

    def test_resend_waits_like_a_start(self) -> None:
        it = World(GuardPolicy(cool_down=CoolDown()))
        ref = it.start().ref

        with pytest.raises(TooSoon):
            it.start(previous=ref)

    def test_approved_code_begins_the_steps_again(self) -> None:
        it = World(GuardPolicy(cool_down=CoolDown()))
        it.start()
        it.pause(30)
        ref = it.start().ref
        it.guard.check(ref, CODE)
        it.pause(60)

        it.start()
        with pytest.raises(TooSoon) as early:
            it.start()

        assert early.value.retry_after == timedelta(seconds=30)

    def test_steps_are_forgotten_in_time(self) -> None:
        it = World(GuardPolicy(cool_down=CoolDown(forget=timedelta(minutes=5))))
        it.start()
        it.pause(300)

        it.start()
        with pytest.raises(TooSoon) as early:
            it.start()

        assert early.value.retry_after == timedelta(seconds=30)


class TestGivingBack:
    @pytest.mark.parametrize(
        "error",
        [
            Unavailable("down"),
            InvalidIdentifier("no such number"),
            Refused("blocked"),
            Unexpected("what?", maybe_sent=False),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_no_one_waits_for_a_message_that_did_not_leave(
        self, error: VerifyError
    ) -> None:
        it = World(GuardPolicy(cool_down=CoolDown()))
        it.vendor.errors.append(error)

        with pytest.raises(type(error)):
            it.start()

        assert it.passes()
        assert GuardEventKind.COOL_DOWN_ENDED in it.kinds()

    @pytest.mark.parametrize(
        "error",
        [Ambiguous("lost"), Unexpected("what?"), RuntimeError("a defect")],
        ids=lambda error: type(error).__name__,
    )
    def test_a_message_that_may_have_left_is_waited_for(self, error: Exception) -> None:
        it = World(GuardPolicy(cool_down=CoolDown()))
        it.vendor.errors.append(error)

        with pytest.raises(type(error)):
            it.start()

        assert not it.passes()
        it.pause(30)
        assert it.passes()
        it.pause(59)
        assert not it.passes()

    def test_failed_start_does_not_lengthen_the_next_wait(self) -> None:
        it = World(GuardPolicy(cool_down=CoolDown()))
        it.vendor.errors.append(Unavailable("down"))
        it.passes()
        it.start()

        with pytest.raises(TooSoon) as early:
            it.start()

        assert early.value.retry_after == timedelta(seconds=30)

    def test_late_failure_takes_no_wait_that_may_be_anothers(self) -> None:
        it = World(GuardPolicy(cool_down=CoolDown()))

        def fail_slowly() -> None:
            it.pause(15)
            raise Unavailable("at last")

        it.vendor.at_start = fail_slowly
        with pytest.raises(Unavailable):
            it.start()

        with pytest.raises(TooSoon):
            it.start()

    def test_budgets_count_attempts_whatever_comes_of_them(self) -> None:
        """An outage must not become a licence to ask without end."""
        it = world(budget(Per.IDENTIFIER, 2))
        it.vendor.errors += [Unavailable("down"), Unavailable("down")]

        assert not it.passes()
        assert not it.passes()
        with pytest.raises(TooSoon):
            it.start()

        assert it.sent == 2


class TestBudgets:
    @pytest.mark.parametrize(
        ("per", "same", "other", "error"),
        [
            (Per.IDENTIFIER, US, NEIGHBOUR, TooSoon),
            (Per.PREFIX, NEIGHBOUR, ELSEWHERE, Refused),
            (Per.CALLING_CODE, ELSEWHERE, UK, Throttled),
        ],
    )
    def test_budget_holds_for_those_it_is_for(
        self,
        per: Per,
        same: PhoneNumber,
        other: PhoneNumber,
        error: type[VerifyError],
    ) -> None:
        it = world(budget(per, 1))
        it.start(US)

        with pytest.raises(error):
            it.start(same)

        assert it.passes(other)

    def test_everyone_shares_the_widest_budget(self) -> None:
        it = world(budget(Per.EVERYONE, 2))
        it.start(US)
        it.start(MAIL)

        with pytest.raises(Throttled) as full:
            it.start(UK)

        assert full.value.retry_after == HOUR

    @pytest.mark.parametrize(
        ("first", "second", "together"),
        [
            ("192.0.2.1", "192.0.2.1", True),
            ("192.0.2.1", "192.0.2.2", False),
            ("2001:db8::1", "2001:db8::ffff:2", True),
            ("2001:db8::1", "2001:db8:0:1::1", False),
            ("192.0.2.1", "::ffff:192.0.2.1", True),
        ],
    )
    def test_client_address_is_a_customer(
        self, first: str, second: str, *, together: bool
    ) -> None:
        it = world(budget(Per.CLIENT_ADDRESS, 1))
        it.start(US, address=first)

        assert it.passes(UK, address=second) is not together

    def test_client_address_waits_like_a_person(self) -> None:
        it = world(budget(Per.CLIENT_ADDRESS, 1))
        it.start(US, address="192.0.2.1")

        with pytest.raises(TooSoon):
            it.start(UK, address="192.0.2.1")

    def test_no_client_address_is_no_customer(self) -> None:
        it = world(budget(Per.CLIENT_ADDRESS, 1))

        assert it.passes(US)
        assert it.passes(UK)

    def test_ranges_are_no_business_of_an_email_address(self) -> None:
        it = world(budget(Per.PREFIX, 1), budget(Per.CALLING_CODE, 1))

        assert it.passes(MAIL)
        assert it.passes(EmailAddress("other@example.org"))

    @pytest.mark.parametrize(("digits", "together"), [(4, True), (3, True), (2, False)])
    def test_prefix_lacks_as_many_digits_as_are_set(
        self, digits: int, *, together: bool
    ) -> None:
        policy = GuardPolicy(budgets=[budget(Per.PREFIX, 1)], prefix_digits=digits)
        it = World(policy)
        it.start(US)

        assert it.passes(NEIGHBOUR) is not together

    def test_window_opens_with_the_first_start_and_ends_in_time(self) -> None:
        it = world(budget(Per.IDENTIFIER, 2))
        it.start()
        it.pause(3599)
        it.start()
        assert not it.passes()
        it.pause(1)

        assert it.passes()
        assert it.passes()
        assert not it.passes()

    def test_two_windows_of_one_kind_both_hold(self) -> None:
        it = world(
            budget(Per.IDENTIFIER, 2),
            budget(Per.IDENTIFIER, 3, timedelta(days=1)),
        )

        assert [it.passes() for _ in range(3)] == [True, True, False]
        it.pause(3600)
        assert [it.passes() for _ in range(2)] == [True, False]

    def test_refused_start_takes_nothing_from_any_budget(self) -> None:
        it = world(budget(Per.IDENTIFIER, 2), budget(Per.EVERYONE, 3))
        it.start(US)
        it.start(US)
        for _ in range(10):
            assert not it.passes(US)

        assert it.passes(UK)
        assert not it.passes(UK)

    def test_wide_budget_that_is_used_up_takes_nothing_from_narrower_ones(self) -> None:
        it = world(
            budget(Per.EVERYONE, 1, timedelta(minutes=1)), budget(Per.IDENTIFIER, 1)
        )
        it.start(UK)
        assert not it.passes(US)
        it.pause(60)

        assert it.passes(US)

    def test_refused_start_begins_no_wait(self) -> None:
        policy = GuardPolicy(
            cool_down=CoolDown(),
            budgets=[budget(Per.EVERYONE, 1, timedelta(seconds=10))],
        )
        it = World(policy)
        it.start(UK)
        assert not it.passes(US)
        it.pause(10)

        assert it.passes(US)

    def test_channel_that_is_not_offered_counts_nothing(self) -> None:
        it = world(budget(Per.IDENTIFIER, 1))
        it.vendor.capabilities = Capabilities(channels=frozenset({Channel.SMS}))

        with pytest.raises(UnsupportedChannel):
            it.start(channel=Channel.CALL)

        assert it.passes()


class TestNumbers:
    policy = GuardPolicy(
        numbers=PhonePolicy(
            allowed_calling_codes={1},
            denied_types=[NumberType.TOLL_FREE],
        ),
        budgets=[budget(Per.EVERYONE, 1)],
    )

    @pytest.mark.parametrize(
        ("number", "reason"),
        [
            ("+44 7700 900123", "not_allowed_calling_code"),
            ("+1 800 234 5678", "not_allowed_number_type"),
        ],
    )
    def test_number_outside_the_policy_is_refused_and_counts_nothing(
        self, number: str, reason: str
    ) -> None:
        it = World(self.policy)

        with pytest.raises(Refused):
            it.start(read_phone(number))

        assert it.events[-1].rule == "numbers"
        assert it.events[-1].reason == reason
        assert it.passes(US)

    def test_email_addresses_are_no_numbers(self) -> None:
        assert World(self.policy).passes(MAIL)

    def test_regions_may_be_listed(self) -> None:
        it = World(GuardPolicy(numbers=PhonePolicy(allowed_regions={"GB"})))

        assert it.passes(UK)
        assert not it.passes(US)


def spend(amount: str, **costs: str) -> Spend:
    return Spend(
        limits=[SpendLimit(amount=amount, window=HOUR)],  # type: ignore[arg-type]
        default=costs.pop("default", "0.10"),  # type: ignore[arg-type]
        costs={key.replace("_", ":"): cost for key, cost in costs.items()},  # type: ignore[arg-type]
    )


class TestSpend:
    def test_money_ends_exactly(self) -> None:
        it = World(GuardPolicy(spend=spend("0.30")))

        assert [it.passes() for _ in range(4)] == [True, True, True, False]

    def test_it_is_everybodys_money(self) -> None:
        it = World(GuardPolicy(spend=spend("0.10")))
        it.start(US)

        with pytest.raises(Throttled) as broke:
            it.start(UK)

        assert broke.value.retry_after == HOUR
        assert it.events[-1].rule == "spend"

    def test_cheaper_start_takes_what_a_dear_one_cannot(self) -> None:
        table = Spend(
            limits=(SpendLimit(amount=Decimal(1), window=HOUR),),
            default=Decimal("0.90"),
            costs={"44": Decimal("0.20"), "email": Decimal("0.01")},
        )
        it = World(GuardPolicy(spend=table))
        it.start(US)

        assert not it.passes(UK)
        assert it.passes(MAIL)

    @pytest.mark.parametrize(
        ("to", "channel", "fallback", "cost"),
        [
            (UK, Channel.SMS, (), "0.04"),
            (UK, Channel.CALL, (), "0.08"),
            (US, Channel.CALL, (), "0.02"),
            (US, Channel.WHATSAPP, (), "0.1"),
            (MAIL, Channel.EMAIL, (), "0.001"),
            (UK, Channel.SMS, (Channel.CALL,), "0.12"),
        ],
    )
    def test_table_names_the_closest(
        self,
        to: PhoneNumber,
        channel: Channel,
        fallback: Iterable[Channel],
        cost: str,
    ) -> None:
        table = Spend(
            limits=(SpendLimit(amount=Decimal(1), window=HOUR),),
            default=Decimal("0.1"),
            costs={
                "44:sms": Decimal("0.04"),
                "44": Decimal("0.08"),
                "call": Decimal("0.02"),
                "email": Decimal("0.001"),
            },
        )
        request = StartRequest(
            identifier=to, channel=channel, fallback_channels=tuple(fallback)
        )

        assert table.cost(request) == Decimal(cost)

    def test_what_is_free_may_go_on(self) -> None:
        it = World(GuardPolicy(spend=spend("0", email="0")))

        assert it.passes(MAIL)
        with pytest.raises(Throttled) as dear:
            it.start(US)

        assert dear.value.retry_after is None

    @pytest.mark.parametrize(
        "amount", ["-1", "0.00001", "nan", "1e400", "x", 0.1, True]
    )
    def test_amount_is_exact_money(self, amount: object) -> None:
        with pytest.raises(InvalidSetting):
            SpendLimit(amount=amount, window=HOUR)  # type: ignore[arg-type]

    @pytest.mark.parametrize("key", ["", ":", "44:", ":sms", "44sms", "fax", "044", 44])
    def test_key_of_a_cost_names_something(self, key: str) -> None:
        with pytest.raises(InvalidSetting, match="costs"):
            Spend(
                limits=(SpendLimit(amount=Decimal(1), window=HOUR),),
                default=Decimal(1),
                costs={key: Decimal(1)},
            )


class TestWrongCodes:
    policy = GuardPolicy(wrong_codes=WrongCodes(limit=3, window=HOUR))

    def test_wrong_codes_add_up_over_verifications(self) -> None:
        it = World(self.policy)
        for _ in range(3):
            ref = it.start().ref
            it.guard.check(ref, "000000")

        result = it.guard.check(ref, CODE)

        assert result.verdict is Verdict.EXHAUSTED
        assert len(it.vendor.checks) == 3
        assert it.events[-1].rule == "wrong_codes"

    def test_nothing_is_sent_that_could_not_be_checked(self) -> None:
        it = World(self.policy)
        ref = it.start().ref
        for _ in range(3):
            it.guard.check(ref, "000000")

        with pytest.raises(TooSoon) as locked:
            it.start()

        assert locked.value.retry_after == HOUR
        assert it.passes(UK)

    def test_approved_code_begins_again(self) -> None:
        it = World(self.policy)
        ref = it.start().ref
        for _ in range(5):
            it.guard.check(ref, "000000")
            it.guard.check(ref, "000000")
            assert it.guard.check(ref, CODE).verdict is Verdict.APPROVED

    def test_recording_guard_lets_guess(self) -> None:
        it = World(
            GuardPolicy(wrong_codes=WrongCodes(limit=1, window=HOUR), mode=Mode.RECORD)
        )
        ref = it.start().ref
        it.guard.check(ref, "000000")

        assert it.guard.check(ref, CODE).verdict is Verdict.APPROVED
        assert GuardEventKind.WOULD_REFUSE in it.kinds()


class TestRecording:
    def test_everything_passes_and_is_reported(self) -> None:
        policy = GuardPolicy(
            mode=Mode.RECORD,
            cool_down=CoolDown(),
            numbers=PhonePolicy(allowed_calling_codes={1}),
        )
        it = World(policy)

        assert all(it.passes() for _ in range(3))
        assert it.passes(UK)

        assert (
            it.kinds() == [GuardEventKind.ALLOWED] + [GuardEventKind.WOULD_REFUSE] * 3
        )
        assert [event.rule for event in it.events[1:]] == [
            "cool_down",
            "cool_down",
            "numbers",
        ]
        assert it.sent == 4

    def test_it_reports_what_enforcing_would_refuse(self) -> None:
        rules = {"budgets": [budget(Per.IDENTIFIER, 2), budget(Per.EVERYONE, 3)]}
        strict = World(GuardPolicy(**rules))  # type: ignore[arg-type]
        lenient = World(GuardPolicy(**rules, mode=Mode.RECORD))  # type: ignore[arg-type]

        for to in (US, US, US, UK, UK):
            strict.passes(to)
            lenient.passes(to)

        refused = [
            event.rule
            for event in strict.events
            if event.kind is GuardEventKind.REFUSED
        ]
        told = [
            event.rule
            for event in lenient.events
            if event.kind is GuardEventKind.WOULD_REFUSE
        ]
        assert told == refused == ["identifier", "everyone"]


class TestSecrecy:
    def test_events_errors_and_repr_show_no_number(self) -> None:
        it = World(GuardPolicy(cool_down=CoolDown()))
        it.start(address="192.0.2.77")
        with pytest.raises(TooSoon) as early:
            it.start(address="192.0.2.77")

        shown = f"{it.events}{early.value!r}{it.guard!r}"
        assert "5553231234" not in shown
        assert "192.0.2.77" not in shown
        assert it.events[-1].identifier == str(US)

    def test_names_of_counters_show_no_number_and_no_address(self) -> None:
        clock = World(GuardPolicy()).clock
        memory = ClockedMemory(clock)
        budgets = [budget(per, 5) for per in Per]
        policy = GuardPolicy(
            cool_down=CoolDown(), budgets=budgets, wrong_codes=WrongCodes()
        )
        it = World(policy, storage=memory, clock=clock)
        ref = it.start(address="192.0.2.77").ref
        it.guard.check(ref, "000000")

        names = " ".join(memory._counters)  # noqa: SLF001 - what a store would hold
        assert len(memory) == len(budgets) + 3
        assert "555" not in names
        assert "192.0" not in names

    def test_another_pepper_gives_other_names(self) -> None:
        clock = World(GuardPolicy()).clock
        memory = ClockedMemory(clock)
        policy = GuardPolicy(budgets=[budget(Per.IDENTIFIER, 5)])
        for pepper in ("one pepper of many", "two peppers of many"):
            vendor = World(policy).vendor
            guard = GuardProvider(
                vendor, policy, storage=memory, pepper=pepper, clock=clock
            )
            guard.start(asking())

        assert len(memory) == 2

    def test_hook_that_fails_stops_nothing(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        def failing(_event: object) -> None:
            raise ValueError("+15553231234")

        it = World(GuardPolicy(cool_down=CoolDown()))
        guard = GuardProvider(it.vendor, it.policy, clock=it.clock, on_event=failing)
        guard.start(asking())

        assert "ValueError" in caplog.text
        assert "5553231234" not in caplog.text


def test_memory_forgets_what_is_over() -> None:
    clock = World(GuardPolicy()).clock
    memory = ClockedMemory(clock)
    for place in range(100):
        memory.incr(f"old {place}", 10)
    clock.advance(timedelta(seconds=10))

    for place in range(60):
        memory.incr(f"new {place}", 10)

    assert len(memory) == 60


def test_guard_without_rules_passes_everything_on() -> None:
    it = World(GuardPolicy())
    first = it.start()

    again = it.start(previous=first.ref)

    assert it.vendor.previous == [None, first.ref]
    assert it.guard.check(again.ref, CODE).verdict is Verdict.APPROVED
    assert it.guard.name == it.vendor.name
    assert it.guard.capabilities == it.vendor.capabilities
