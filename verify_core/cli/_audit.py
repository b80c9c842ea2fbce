"""`verify-core audit`: any phone form, in any language, against our strategies."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve

from ..phone import PhonePolicy
from ._ending import ExitStatus, json_option, leave, show
from ._read_numbers import policy_from

if TYPE_CHECKING:
    from ..testing._audit_forms import Form


@click.command()
@click.option("--command", metavar="CMD", help="A program: the text comes on stdin.")
@click.option("--lines", is_flag=True, help="It lives on: a line in, a line out.")
@click.option("--url", metavar="URL", help="Where the text is posted, as JSON.")
@click.option("--call", metavar="MODULE:FUNCTION", help="Returns E.164, or None.")
@click.option("--field", default="phone", show_default=True, help="That is posted.")
@click.option("--answer-field", metavar="NAME", help="Of the answer; else the same.")
@click.option("--form", "is_form", is_flag=True, help="Post as a page does, not JSON.")
@click.option("--allow-remote", is_flag=True, help="The URL may be another machine's.")
@click.option(
    "--policy",
    "policy_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What the form is meant to allow, as TOML.",
)
@click.option("--default-region", metavar="CC", help="Whose numbers it completes.")
@click.option("--region", "regions", metavar="CC", multiple=True, help="Only these.")
@click.option("--kind", "kinds", metavar="KIND", multiple=True, help="Only these.")
@click.option("--allow", metavar="KIND", multiple=True, help="What may fail.")
@click.option(
    "--max-share",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of a kind's texts that may fail.",
)
@click.option(
    "--inputs", type=click.IntRange(1), default=2500, show_default=True, help="Texts."
)
@click.option(
    "--seconds",
    type=click.FloatRange(1),
    default=300,
    show_default=True,
    help="In all; then the rest is left out.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(0.01),
    default=5,
    show_default=True,
    help="Seconds for one answer.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--jobs", type=click.IntRange(1), help="Programs at a time.")
@json_option
def audit(  # noqa: PLR0913, PLR0917 - click's options
    policy_file: Path | None,
    default_region: str | None,
    regions: tuple[str, ...],
    kinds: tuple[str, ...],
    allow: tuple[str, ...],
    max_share: float,
    inputs: int,
    seconds: float,
    seed: int,
    *,
    as_json: bool,
    **where: Any,  # noqa: ANN401 - which form; see _form_of
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
    from ..testing._audit_run import AuditLimits, audit as audit_form

    policy = PhonePolicy() if policy_file is None else policy_from(policy_file)
    if default_region is not None:
        policy = evolve(policy, default_region=default_region)
    wanted = [region.upper() for region in regions]
    known = [kind.name for kind in all_kinds(policy, wanted)]
    for name in (*kinds, *allow):
        if name not in {*known, "repeated"}:
            raise click.UsageError(f"knows these kinds: {', '.join(known)}")
    limits = AuditLimits(
        inputs=inputs,
        seconds=seconds,
        seed=seed,
        max_share=max_share,
        allowed=frozenset(allow),
    )
    form = _form_of(**where)
    try:
        with _progress() as show_place:
            report = audit_form(
                form,
                policy,
                limits,
                regions=wanted,
                kinds=kinds,
                show_place=show_place,
            )
    finally:
        form.close()
    show(report.to_json(), report.to_text(), as_json=as_json)
    if report.failed:
        leave(ExitStatus.NO)
    leave(ExitStatus.DONE if report.is_complete else ExitStatus.ERROR)


def _form_of(  # noqa: PLR0913 - click's options
    *,
    command: str | None,
    lines: bool,
    url: str | None,
    call: str | None,
    field: str,
    answer_field: str | None,
    is_form: bool,
    allow_remote: bool,
    timeout_s: float,
    jobs: int | None,
) -> Form:
    from ..testing._audit_forms import call_form, command_form
    from ..testing._audit_urls import url_form

    if sum(each is not None for each in (command, url, call)) != 1:
        raise click.UsageError("pass one of --command, --url and --call")
    if command is not None:
        count = jobs or os.cpu_count() or 1
        return command_form(command, timeout_s=timeout_s, lines=lines, jobs=count)
    if call is not None:
        return call_form(call, timeout_s=timeout_s)
    return url_form(
        url or "",
        timeout_s=timeout_s,
        field=field,
        answer_field=answer_field,
        is_form=is_form,
        allow_remote=allow_remote,
    )


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, or else nothing."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    bar: Any
    with click.progressbar(length=1, label="Asking", file=sys.stderr) as bar:

        def show_place(done: int, whole: int) -> None:
            bar.length = whole
            bar.update(done - bar.pos)

        yield show_place
