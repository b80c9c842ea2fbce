"""What an audit says of a form: for people, and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from attrs import frozen

from ._audit_forms import FormAnswer
from ._audit_kinds import Kind, Question, unseen_shown

_SHOWN_REGIONS = 8
_SHOWN = 50
_COLUMNS = 80

FAILURES = (
    "changed",
    "mixed_up",
    "accepted",
    "refused",
    "crashed",
    "timed_out",
    "garbage",
    "not_run",
    "unstable",
)


@frozen(kw_only=True)
class FormFailure:
    """
    One way to fail, of one kind.

    Attributes:
        count: How many of the texts failed like this.
        smallest: The smallest text that does.
        answer: What the form said to it.
        regions: How many failed of each region.
    """

    kind: str
    failure: str
    count: int
    asked: int
    smallest: Question
    answer: FormAnswer
    counts: bool
    regions: dict[str, int]
    examples: dict[str, str]

    def to_json(self) -> dict[str, object]:
        """As a record."""
        return {
            "kind": self.kind,
            "failure": self.failure,
            "count": self.count,
            "asked": self.asked,
            "counts": self.counts,
            "input": self.smallest.text,
            "other_input": self.smallest.other,
            "output": self.answer.e164,
            "detail": self.answer.detail,
            "expected": self.smallest.expected,
            "regions": self.regions,
            "smallest_by_region": self.examples,
        }

    def __str__(self) -> str:
        note = "" if self.counts else " (allowed)"
        head = f"{self.kind}: {self.failure} {self.count} of {self.asked}{note}:"
        return _wrapped([head, *self._said(), *self._places()])

    def _said(self) -> list[str]:
        text = _quoted(self.smallest.text)
        if self.answer.fault:
            return [f"{text}: {self.answer.detail}".rstrip(": ")]
        gave = f"gave {self.answer.e164 or 'nothing'}"
        if self.failure == "mixed_up" and self.smallest.other is not None:
            return [f"{_quoted(self.smallest.other)} and", text, gave]
        if self.failure == "changed":
            return [text, f"{gave}, is {self.smallest.expected}"]
        return [text, gave]

    def _places(self) -> list[str]:
        some = sorted(self.regions, key=lambda each: (-self.regions[each], each))
        names = ", ".join(some[:_SHOWN_REGIONS])
        more = len(some) - _SHOWN_REGIONS
        return [f"[{names}{f' and {more} more' if more > 0 else ''}]"] if names else []


@frozen(kw_only=True)
class AuditReport:
    """How a form did: counts by kind and outcome, and what failed."""

    seed: int
    kinds: Sequence[Kind]
    counts: dict[str, Counter[str]]
    regions: dict[str, dict[str, Counter[str]]]
    findings: Sequence[FormFailure]
    is_complete: bool

    @property
    def failed(self) -> bool:
        """Whether a failure counts."""
        return any(finding.counts for finding in self.findings)

    @property
    def asked(self) -> int:
        """How many texts were judged."""
        return sum(each.total() for each in self.counts.values())

    def to_json(self) -> dict[str, object]:
        """As a record."""
        kinds = {
            kind.name: {
                "demand": kind.demand,
                "asked": self.counts[kind.name].total(),
                "outcomes": dict(self.counts[kind.name]),
                "regions": {
                    name: dict(counts)
                    for name, counts in self.regions[kind.name].items()
                },
            }
            for kind in self.kinds
        }
        return {
            "passed": not self.failed,
            "complete": self.is_complete,
            "seed": self.seed,
            "asked": self.asked,
            "kinds": kinds,
            "findings": [finding.to_json() for finding in self.findings],
        }

    def to_text(self) -> str:
        """As a table, and a line for each finding."""
        titles = ("kind", "demand", "asked", "read", "refused", "failed")
        rows = [titles, *map(self._row, self.kinds)]
        lines = ["{:22}{:16}{:>7}{:>7}{:>9}{:>8}".format(*row) for row in rows]
        lines += ["", *map(str, self.findings)] if self.findings else []
        if not self.is_complete:
            lines += ["", "The time was up before every question was asked."]
        sizes = sum(finding.counts for finding in self.findings)
        verdict = f"{sizes} failures count" if self.failed else "no failure counts"
        return "\n".join(
            [*lines, "", f"{self.asked} texts, seed {self.seed}: {verdict}"]
        )

    def _row(self, kind: Kind) -> tuple[object, ...]:
        counts = self.counts[kind.name]
        failed = sum(f.count for f in self.findings if f.kind == kind.name)
        refused = counts["refused"]
        return (kind.name, kind.demand, counts.total(), counts["read"], refused, failed)


def _quoted(text: str) -> str:
    shown = unseen_shown(text)
    if len(shown) > _SHOWN:
        return f'"{shown[:_SHOWN]}…" ({len(text)} characters)'
    return f'"{shown}"'


def _wrapped(parts: Sequence[str]) -> str:
    """Parts in lines of 80 columns, of which a text is never broken."""
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + 1 + len(part) > _COLUMNS:
            lines.append(f"    {part}")
        else:
            lines[-1] += f" {part}" if lines[-1] else part
    return "\n".join(lines)
