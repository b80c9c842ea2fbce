"""Answers held back on purpose: the one fault that only a server can have."""

from __future__ import annotations

from datetime import timedelta

from attrs import Factory, define

from ..twilio import Break, Fault, Faults, Operation


@define(eq=False)
class Delays:
    """Rules that make an answer slow; counted exactly, like any other fault."""

    # A rule here says which calls; that it names a broken connection is not looked at.
    _rules: Faults = Factory(Faults)
    _by_rule: dict[int, timedelta] = Factory(dict)
    listed: list[tuple[Fault, timedelta]] = Factory(list)

    @property
    def armed(self) -> bool:
        """Whether there is any rule."""
        return bool(self._by_rule)

    def arm(
        self,
        operation: Operation | str,
        delay: timedelta,
        *,
        first: int = 1,
        last: int | None = None,
        to: str | None = None,
    ) -> Fault:
        """
        Hold back the answers to these calls.

        Raises:
            ValueError: As `Faults.arm`; or the delay is negative.
        """
        if delay < timedelta(0):
            raise ValueError(f"a delay is not negative: {delay}")
        rule = self._rules.arm(
            operation, Break.ANSWER_LATE, first=first, last=last, to=to
        )
        self._by_rule[id(rule)] = delay
        self.listed.append((rule, delay))
        return rule

    def clear(self) -> None:
        """Take all rules away."""
        self._rules.clear()
        self._by_rule.clear()
        self.listed.clear()

    def hit(self, operation: Operation, to: str | None) -> timedelta:
        """Count a call; how long its answer waits."""
        rule = self._rules.hit(operation, to)
        return timedelta(0) if rule is None else self._by_rule[id(rule)]
