"""
How every command ends, whatever happens in it: one line or one JSON object, one status.

The commands raise; here alone it is decided what is printed and which status of the
table it gets, also for the commands of other packages.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from typing import Final

import click
from attrs import evolve

from ..errors import InputError, InvalidSetting, VerifyError
from ..explain import ErrorRecord, record_of
from ..masking import mask_text
from ._output import ExitStatus

_URL_CREDENTIALS: Final = re.compile(r"://\S*@")
_QUOTES_A_WORD: Final = re.compile("^No such (?:command|option)|is not one of")
_EXTRA_ARGUMENT: Final = re.compile(
    r"^(Got unexpected extra arguments?) \(.*\)", re.DOTALL
)


def ended(run: Callable[[], object], *, as_json: bool) -> ExitStatus | int:
    """
    Run a command to its end, and explain on the way what went wrong.

    Wrong usage and settings are status 2, everything else that goes wrong is 4.

    Args:
        run: The command; returns its status, or something else for 0.
        as_json: Whether errors are one JSON object on standard output.

    Returns:
        The exit status.
    """
    if sys.stdout is None:
        # Before anything is sent: its reference would be lost.
        return _explain(
            _own("input_output", "standard output is closed"), as_json=False
        )
    _write_every_character()
    try:
        status = run()
    except KeyboardInterrupt:
        return _explain(_own("interrupted", "interrupted"), as_json=as_json)
    except SystemExit as left:
        # click's own way out where whoever read our output went away.
        if left.code != 1:
            return _number(left.code)
        sys.stdout = io.StringIO()
        return _explain(
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
            return _explain(_own("interrupted", "interrupted"), as_json=as_json)
        case click.ClickException():
            return _misused(error, as_json=as_json)
        case InvalidSetting():
            record = evolve(record_of(error), message=str(error))
            return _explain(record, as_json=as_json, status=ExitStatus.USAGE)
        case InputError() | VerifyError():
            return _explain(record_of(error), as_json=as_json, details=_details(error))
        case ImportError():
            # Ours say which extra to install.
            record = _own("missing_package", str(error))
            return _explain(record, as_json=as_json, status=ExitStatus.USAGE)
        case OSError():
            return _unreadable(error, as_json=as_json)
        case click.Abort() | EOFError():
            text = "standard input ended where an answer was needed"
            record = _own("no_answer", text)
            return _explain(record, as_json=as_json, status=ExitStatus.USAGE)
    # Its text and traceback may hold whatever it stumbled over, a secret too.
    text = f"unexpected error: {type(error).__name__}"
    return _explain(_own("unexpected", text), as_json=as_json)


def _misused(error: click.ClickException, *, as_json: bool) -> ExitStatus:
    usage = isinstance(error, click.UsageError)
    status = ExitStatus.USAGE if usage else ExitStatus.ERROR
    text = _hushed(error.format_message())
    if as_json or text != error.format_message():
        return _explain(_own("usage", text), as_json=as_json, status=status)
    error.show()
    return status


def _unreadable(error: OSError, *, as_json: bool) -> ExitStatus:
    # What is still in the buffer cannot be written at the interpreter's end either.
    sys.stdout = io.StringIO()
    text = f"the terminal, a file or a pipe failed ({error.strerror or 'no reason'})"
    return _explain(_own("input_output", text), as_json=as_json)


def _explain(
    record: ErrorRecord,
    *,
    as_json: bool,
    status: ExitStatus = ExitStatus.ERROR,
    details: str = "",
) -> ExitStatus:
    text = f"{record.message} [{record.reason}] {details}".rstrip()
    shown = {"error": record.to_json()}
    try:
        click.echo(json.dumps(shown) if as_json else text, err=not as_json)
    except OSError:
        # The terminal is gone; the exit status remains.
        sys.stdout = sys.stderr = io.StringIO()
    return status


def _own(reason: str, text: str) -> ErrorRecord:
    # The shell's own reasons; their texts are for developers and so in no catalogue.
    return ErrorRecord(
        reason=f"cli.{reason}",
        retryable=False,
        message=text,
        message_key=f"error.cli.{reason}",
    )


def _hushed(text: str) -> str:
    # What stands in the wrong place is quoted back by click: a code, or the token in a
    # provider's URL.
    text = _EXTRA_ARGUMENT.sub(r"\1 (***)", _URL_CREDENTIALS.sub("://…@", text))
    return mask_text(text) if _QUOTES_A_WORD.search(text) else text


def _number(status: object) -> int:
    return status if isinstance(status, int) else ExitStatus.DONE


def _write_every_character() -> None:
    # A locale that lacks a character, or bytes that are not text, stop no command.
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def _details(error: InputError | VerifyError) -> str:
    # For the developer at the terminal: the vendor's side of the story, already masked.
    if isinstance(error, InputError):
        return ""
    facts = {
        "provider": error.provider,
        "status": error.http_status,
        "code": error.vendor_code,
        "request": error.vendor_request_id,
    }
    shown = ", ".join(f"{name} {fact}" for name, fact in facts.items() if fact)
    return f"({error.message}; {shown})" if shown else f"({error.message})"
