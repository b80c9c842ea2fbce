"""What commands print, for people or as JSON, and the exit status that goes with it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import NoReturn, TypeVar

import click

CommandT = TypeVar("CommandT", bound=Callable[..., object])


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


def json_option(command: CommandT) -> CommandT:
    """The option that every command has."""
    option = click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object instead of text."
    )
    return option(command)


def show(values: Mapping[str, object], text: str, *, as_json: bool) -> None:
    """Print the values as JSON, or the text."""
    click.echo(json.dumps(values) if as_json else text)


def leave(status: ExitStatus) -> NoReturn:
    """End the command with that exit status."""
    raise click.exceptions.Exit(status)


def asked(question: str, *, hidden: bool = False, err: bool = False) -> str:
    """
    What the person at the terminal types.

    Args:
        question: What to ask.
        hidden: Whether not to show what is typed.
        err: Whether to ask on standard error.

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
