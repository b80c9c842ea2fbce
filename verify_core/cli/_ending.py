"""
What commands print and ask, and how every one ends: one line or object, one status.

The commands raise; here alone it is decided what is printed and which status of the
table it gets, also for the commands of other packages.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, NoReturn

import click
from attrs import evolve

from ..errors import InputError, InvalidSetting, InvalidToken, VerifyError
from ..explain import ErrorRecord, record_of
from ..files import reason_of
from ..masking import hiding

_URL_CREDENTIALS = re.compile(r"://\S*@")
_QUOTES_A_WORD = re.compile("^No such (?:command|option)|is not one of")
_EXTRA_ARGUMENT = re.compile(r"^(Got unexpected extra arguments?) \(.*\)", re.DOTALL)


class ExitStatus(IntEnum):
    """The exit status of every command."""

    DONE = 0
    """The command did what it is for; a code that it checked is right."""
    USAGE = 2
    """Wrong usage or settings, or something to install is missing."""
    NO = 3
    """The answer is no: a wrong code, a login given up, a law that is broken."""
    ERROR = 4
    """It could not be done or found out; also Ctrl-C."""


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of text."
)
"""Every command has it whose output a program reads."""


def show(values: Mapping[str, object], text: str, *, as_json: bool) -> None:
    """Print the values as JSON, or the text."""
    click.echo(json.dumps(values) if as_json else text)


def leave(status: ExitStatus) -> NoReturn:
    """End the command with that exit status."""
    raise click.exceptions.Exit(status)


def asked(question: str, *, hidden: bool = False, err: bool = False) -> str:
    """
    What the person at the terminal types; `err` asks on standard error.

    Raises:
        EOFError: There is no standard input.
        click.Abort: It ended, or the person pressed Ctrl-C.
    """
    if sys.stdin is None:
        raise EOFError
    typed: str = click.prompt(
        question, default="", show_default=False, hide_input=hidden, err=err
    )
    return typed.strip()


def line_of_input() -> str:
    """The next line of standard input; empty where it is closed or at its end."""
    return "" if sys.stdin is None else sys.stdin.readline()


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, given how much is done and of how much; or else nothing."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _done, _whole: None
        return
    bar: Any
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show_place(done: int, whole: int) -> None:
            bar.length = whole
            bar.update(done - bar.pos)

        yield show_place


def ended(run: Callable[[], object], *, as_json: bool) -> ExitStatus | int:
    """
    Run a command to its end, explain what went wrong, and return the exit status.

    Wrong usage and settings are status 2, everything else that goes wrong is 4.

    Args:
        run: The command; returns its status, or something else for 0.
        as_json: Whether errors are one JSON object on standard output.
    """
    if sys.stdout is None:
        # Before anything is sent: its reference would be lost.
        return explain(_own("input_output", "standard output is closed"), as_json=False)
    _write_every_character()
    try:
        status = run()
    except KeyboardInterrupt:
        return explain(_own("interrupted", "interrupted"), as_json=as_json)
    except SystemExit as left:
        # click's own way out where whoever read our output went away.
        if left.code != 1:
            return _number(left.code)
        sys.stdout = io.StringIO()
        return explain(
            _own("input_output", "the reader of the output left"), as_json=False
        )
    except Exception as error:  # noqa: BLE001 - the last door: no traceback leaves
        return _explained(error, as_json=as_json)
    return _number(status)


def _explained(  # noqa: PLR0911 - a table, one row for each kind of error
    error: Exception, *, as_json: bool
) -> ExitStatus:
    match error:
        case click.Abort() if not isinstance(error.__context__, EOFError):
            return explain(_own("interrupted", "interrupted"), as_json=as_json)
        case click.ClickException():
            return _misused(error, as_json=as_json)
        case InvalidSetting():
            record = evolve(record_of(error), message=str(error))
            return explain(record, as_json=as_json, status=ExitStatus.USAGE)
        case InvalidToken():  # the catalogue's text is for people with a form
            record = evolve(record_of(error), message=error.message)
            return explain(record, as_json=as_json)
        case InputError():
            return explain(record_of(error), as_json=as_json)
        case VerifyError():
            return explain(record_of(error), as_json=as_json, details=_details(error))
        case ImportError():
            # Ours say which extra to install.
            record = _own("missing_package", str(error))
            return explain(record, as_json=as_json, status=ExitStatus.USAGE)
        case OSError():
            return _unreadable(error, as_json=as_json)
        case click.Abort() | EOFError():
            text = "standard input ended where an answer was needed"
            record = _own("no_answer", text)
            return explain(record, as_json=as_json, status=ExitStatus.USAGE)
    # Its text and traceback may hold whatever it stumbled over, a secret too.
    text = f"unexpected error: {type(error).__name__}"
    return explain(_own("unexpected", text), as_json=as_json)


def _misused(error: click.ClickException, *, as_json: bool) -> ExitStatus:
    if error.exit_code != ExitStatus.USAGE:
        return explain(_own("failed", _hushed(error)), as_json=as_json)
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and not as_json:
        error.show()
        return ExitStatus.USAGE
    record = _own("usage", _hushed(error))
    return explain(record, as_json=as_json, status=ExitStatus.USAGE)


def _unreadable(error: OSError, *, as_json: bool) -> ExitStatus:
    place = error.filename or "the terminal, a file or a pipe"
    record = _own("input_output", f"{place} failed: {reason_of(error)}")
    return explain(record, as_json=as_json)


def explain(
    record: ErrorRecord,
    *,
    as_json: bool,
    status: ExitStatus = ExitStatus.ERROR,
    details: str = "",
) -> ExitStatus:
    """
    Print what went wrong, and return the status.

    JSON that standard output does not take goes to standard error.
    """
    text = f"{record.message} [{record.reason}] {details}".rstrip()
    shown = json.dumps({"error": record.to_json()}) if as_json else text
    if not (as_json and _is_written(shown, err=False)):
        _is_written(shown, err=True)
        _is_written("", err=False)
    return status


def _is_written(text: str, *, err: bool) -> bool:
    """Whether a stream takes a text; one that does not is given up."""
    try:
        click.echo(text, err=err, nl=bool(text))
    except OSError:
        # What is still in its buffer cannot be written at the interpreter's end either.
        if err:
            sys.stderr = io.StringIO()
        else:
            sys.stdout = io.StringIO()
        return False
    return True


def _own(reason: str, text: str) -> ErrorRecord:
    # The shell's own reasons; their texts are for developers and so in no catalogue.
    return ErrorRecord(
        reason=f"cli.{reason}",
        retryable=False,
        message=text,
        message_key=f"error.cli.{reason}",
    )


def _hushed(error: click.ClickException) -> str:
    # What stands in the wrong place is quoted back by click: a code, or the token in a
    # provider's URL.
    text = _URL_CREDENTIALS.sub("://…@", error.format_message())
    text = _EXTRA_ARGUMENT.sub(r"\1 (***)", text)
    return hiding().mask(text) if _QUOTES_A_WORD.search(text) else text


def _number(status: object) -> int:
    return status if isinstance(status, int) else ExitStatus.DONE


def _write_every_character() -> None:
    # A locale that lacks a character, or bytes that are not text, stop no command.
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def _details(error: VerifyError) -> str:
    # For the developer at the terminal: the vendor's side of the story, already masked.
    facts = {
        "provider": error.provider,
        "status": error.http_status,
        "code": error.vendor_code,
        "request": error.vendor_request_id,
    }
    shown = ", ".join(f"{name} {fact}" for name, fact in facts.items() if fact)
    return f"({error.message}; {shown})" if shown else f"({error.message})"
