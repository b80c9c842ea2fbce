"""What commands print, for people or as JSON, and the exit status that goes with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn, TypeVar

import click

from ..errors import InputError, InvalidSetting, VerifyError
from ..outcomes import Outcome, record_of

CommandT = TypeVar("CommandT", bound=Callable[..., object])


class ExitStatus(IntEnum):
    """The exit status of every command."""

    TRUE = 0
    USAGE = 2
    FALSE = 3
    ERROR = 4


STATUS_OF = {
    Outcome.TRUE: ExitStatus.TRUE,
    Outcome.FALSE: ExitStatus.FALSE,
    Outcome.RESEND: ExitStatus.FALSE,
    Outcome.CANCEL: ExitStatus.FALSE,
    Outcome.ERROR: ExitStatus.ERROR,
}


def json_option(command: CommandT) -> CommandT:
    """The option that every command has."""
    option = click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object instead of text."
    )
    return option(command)


def show(values: Mapping[str, object], text: str, *, as_json: bool) -> None:
    """Print the values as JSON, or the text."""
    click.echo(json.dumps(values, ensure_ascii=False) if as_json else text)


def leave(status: ExitStatus) -> NoReturn:
    """End the command."""
    raise click.exceptions.Exit(status)


@contextmanager
def errors_explained(*, as_json: bool) -> Iterator[None]:
    """
    Turn errors of ours into one line and an exit status.

    What a developer set wrongly is wrong usage; everything else is an error.
    """
    try:
        yield
    except InvalidSetting as error:
        raise click.UsageError(str(error)) from None
    except (InputError, VerifyError) as error:
        record = record_of(error)
        text = f"{record.message} [{record.reason}] {_details(error)}".rstrip()
        if as_json:
            click.echo(json.dumps({"outcome": "Error", "error": record.to_json()}))
        else:
            click.echo(text, err=True)
        leave(ExitStatus.ERROR)


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
    told = ", ".join(f"{name} {fact}" for name, fact in facts.items() if fact)
    return f"({error.message}; {told})" if told else f"({error.message})"
