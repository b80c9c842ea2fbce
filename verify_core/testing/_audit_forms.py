"""
The form under audit, as a black box: a text goes in, E.164 or nothing comes out.

Whatever else it does is an answer, too: it crashes, takes too long, prints something
else. Nothing that a form does may stop the audit, or fill the machine's memory.
"""

from __future__ import annotations

import re
from typing import Protocol

from attrs import frozen

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
MOST_BYTES = 1 << 16
_STACK = re.compile(
    r"Traceback \(most recent call last\)|\n\s+at \S+|panic: |Exception in thread"
    r"|Fatal error|Segmentation fault|\nNode\.js v[0-9]"
)
_NAMED = (
    re.compile(r"^(.*\S)[ \t\r]*\n[ \t]+at \S", re.MULTILINE),  # Node, Java, .NET
    re.compile(r"^.*(?:panic: |Fatal error|Segmentation fault).*$", re.MULTILINE),
)
_AFTER_IT = re.compile(r"^(?:Node\.js v[0-9].*|\(Use `node .*)$", re.MULTILINE)
_NOT_RUN = (126, 127)
"""What a shell ends with where it cannot run, or find, a program."""
_SIGNALLED = 128


@frozen
class FormAnswer:
    """
    What a form said to one text.

    Attributes:
        e164: The number, or None where it was refused.
        fault: What went wrong instead: `crashed`, `timed_out`, `garbage`, or `not_run`
            where a program that the form starts is missing.
        detail: What came instead of a number, cut short.
    """

    e164: str | None = None
    fault: str | None = None
    detail: str = ""


REFUSED = FormAnswer()
TIMED_OUT = FormAnswer(fault="timed_out")


class Form(Protocol):
    """A form: `takes` says which texts its way of asking can carry."""

    jobs: int

    def takes(self, text: str) -> bool:
        """Whether the text can be handed over as it is."""

    def ask(self, text: str) -> FormAnswer:
        """What the form says to a text."""

    def is_doubted(self) -> bool:
        """
        Whether the answers so far may be those of other texts; then ask them again.

        From then on the form takes care, and the next time this is false.
        """

    def close(self) -> None:
        """End what was started."""


def read_answer(output: bytes) -> FormAnswer:
    """An answer from what was printed; one line, and nothing but a number."""
    text = output.decode("utf-8-sig", errors="replace").strip()
    if not text:
        return REFUSED
    if _E164.fullmatch(text):
        return FormAnswer(text)
    return FormAnswer(fault="garbage", detail=ascii(text[:40]))


def judge_ending(printed: bytes, complained: bytes, status: int) -> FormAnswer:
    """An answer from all that a program printed, its complaints and its status."""
    answer = read_answer(printed)
    text = complained.decode(errors="replace")
    if status in _NOT_RUN and not printed.strip():
        detail = f"exit status {status}"
        if text.strip():
            detail += f", {_last_line(text)}"
        return FormAnswer(fault="not_run", detail=detail)
    if status < 0 or status > _SIGNALLED:
        return FormAnswer(fault="crashed", detail=f"exit status {status}")
    if status and _STACK.search(text):
        return FormAnswer(fault="crashed", detail=_name_of(text))
    return answer


def _name_of(stack: str) -> str:
    """The line of a crash's report that names the error."""
    for pattern in _NAMED:
        if found := pattern.search(stack):
            return _last_line(found[found.re.groups])
    return _last_line(_AFTER_IT.sub("", stack))


def is_encodable(text: str) -> bool:
    """Whether a text has an encoding in UTF-8: it holds no lone surrogate."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines() or [""]
    return ascii(lines[-1][:80])
