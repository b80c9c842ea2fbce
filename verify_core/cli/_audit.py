"""`verify-core audit`: any phone form, in any language, against our strategies."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from ..errors import InvalidSetting
from ..phone import PhonePolicy
from . import _policies as policies
from ._ending import ExitStatus, json_option, leave, progress, show

if TYPE_CHECKING:
    from ..testing._audit_forms import Form

_GOES_WITH = {
    "lines": "--command",
    "jobs": "--command",
    "field": "--url",
    "answer_field": "--url",
    "is_form": "--url",
    "allow_remote": "--url",
}
"""Which kind of form an option is for, by parameter."""


@click.command()
@click.option(
    "--command",
    metavar="CMD",
    help="Start this program for each text, which it reads on standard input.",
)
@click.option(
    "--lines",
    is_flag=True,
    help="The program stays, and answers line by line.",
)
@click.option("--jobs", type=click.IntRange(1), help="How many programs run at once.")
@click.option("--url", metavar="URL", help="Post each text to this URL, as JSON.")
@click.option(
    "--field",
    metavar="NAME",
    help="The field of the text; phone if left out.",
)
@click.option(
    "--answer-field",
    metavar="NAME",
    help="The field of the number that comes back; the same if left out.",
)
@click.option("--form", "is_form", is_flag=True, help="Post as a web page does.")
@click.option("--allow-remote", is_flag=True, help="Allow a URL of another machine.")
@click.option(
    "--call",
    metavar="MODULE:FUNCTION",
    help="Call this function, which returns E.164 or None.",
)
@policies.by_file
@click.option(
    "--region",
    "regions",
    metavar="CC",
    multiple=True,
    help="Ask for numbers of this region; may be repeated.",
)
@click.option(
    "--kind",
    "kinds",
    metavar="KIND",
    multiple=True,
    help="Ask for texts of this kind; may be repeated.",
)
@click.option(
    "--allow",
    metavar="KIND",
    multiple=True,
    help="Failures of this kind do not count; may be repeated.",
)
@click.option(
    "--max-share",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="The share of a kind's texts that may fail.",
)
@click.option(
    "--inputs",
    type=click.IntRange(1),
    default=2500,
    show_default=True,
    help="About how many texts are asked.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(1),
    default=300,
    show_default=True,
    help="How long it may take; texts that are left then are not asked.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(0.01),
    default=5,
    show_default=True,
    help="Seconds for one answer.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="The same seed draws the same texts.",
)
@json_option
def audit(
    regions: tuple[str, ...],
    kinds: tuple[str, ...],
    allow: tuple[str, ...],
    *,
    policy: PhonePolicy,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - the limits, and which form
) -> None:
    """
    Ask a phone form thousands of texts, and show what it does wrong.

    The form is given a text and answers with a number in E.164 form, or with nothing
    where it refuses. Exit status: 0 no failure counts, 3 one does, 4 unknown, since
    the time was up.

    Example: verify-core audit --command "node check.mjs"
    """
    from ..testing import strategies as _extra  # noqa: F401 - names it where missing
    from ..testing._audit_kinds import all_kinds
    from ..testing._audit_run import Audit, AuditLimits

    known = all_kinds(policy, [region.upper() for region in regions])
    _require_known("--kind", kinds, [kind.name for kind in known])
    _require_known("--allow", allow, [*(kind.name for kind in known), "repeated"])
    numbers = ("inputs", "seconds", "seed", "max_share")
    limits = AuditLimits(
        allowed=frozenset(allow), **{name: options.pop(name) for name in numbers}
    )
    asked = [kind for kind in known if not kinds or kind.name in kinds]
    form = _form_of(**options)
    try:
        with progress("Asking") as show_place, stoppable() as is_stopped:
            report = Audit(form, asked, limits, show_place, is_stopped).report()
    finally:
        form.close()
    show(report.to_json(), report.to_text(), as_json=as_json)
    if report.failed:
        leave(ExitStatus.NO)
    leave(ExitStatus.DONE if report.is_complete else ExitStatus.ERROR)


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed; the second time, it interrupts at once."""
    pressed: list[int] = []

    def press(number: int, _frame: object) -> None:
        pressed.append(number)
        if len(pressed) > 1:
            raise KeyboardInterrupt

    is_main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT)
    if not is_main or before is not signal.default_int_handler:
        yield lambda: False
        return
    signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    except Exception:
        if pressed:  # what Hypothesis makes of an interruption
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)


def _require_known(option: str, names: tuple[str, ...], known: list[str]) -> None:
    for name in names:
        if name not in known:
            raise InvalidSetting(option, f"takes one of {', '.join(known)}")


def _form_of(
    *,
    command: str | None,
    url: str | None,
    call: str | None,
    timeout_s: float,
    **options: Any,  # noqa: ANN401 - those of `_GOES_WITH`
) -> Form:
    from ..testing._audit_programs import call_form, command_form
    from ..testing._audit_urls import url_form

    forms = {"--command": command, "--url": url, "--call": call}
    if len(given := [name for name, value in forms.items() if value is not None]) != 1:
        raise click.UsageError("pass one of --command, --url and --call")
    for name, value in options.items():
        if value and _GOES_WITH[name] not in given:
            option = "--form" if name == "is_form" else f"--{name.replace('_', '-')}"
            raise InvalidSetting(option, f"goes with {_GOES_WITH[name]}")
    lines, jobs = options.pop("lines"), options.pop("jobs")
    if lines and jobs:
        raise InvalidSetting("--jobs", "does not go with --lines: one program answers")
    if command is not None:
        count = jobs or os.cpu_count() or 1
        return command_form(command, timeout_s=timeout_s, lines=lines, jobs=count)
    if call is not None:
        return call_form(call, timeout_s=timeout_s)
    return url_form(url or "", timeout_s=timeout_s, **options)
