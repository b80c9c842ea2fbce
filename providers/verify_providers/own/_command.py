"""`verify-core own`: the keys of codes of our own, and the store."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from verify_core.errors import InvalidSetting
from verify_core.registry import PROVIDER_VARIABLE, build_provider, settings_of

from ._keys import CodeKeys
from ._provider import NAME
from ._settings import store_file

_BATCH = 1_000


def _named(
    _context: click.Context, _parameter: click.Parameter, file: Path | None
) -> Path | None:
    if file is not None and not file.name:  # which is "", and "." as a path
        raise InvalidSetting("--file", "takes the path of a file")
    return file


_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_file_option = click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_named,
    help="Where the keys are, readable by their owner alone.",
)


@click.group()
def own() -> None:
    """Look after codes of your own: their keys, and their store."""


@own.command()
@click.option(
    "--provider",
    "url",
    metavar="URL",
    envvar=PROVIDER_VARIABLE,
    show_envvar=True,
    help="Which provider, such as own://sqlite:///codes.db?sender=console.",
)
@_json_option
def sweep(url: str | None, *, as_json: bool) -> None:
    """
    Drop what is over from the store, all of it.

    A store also drops a few records with every start, so that this is needed only where
    nothing has been started for long.

    Example: verify-core own sweep --provider "own://sqlite:///codes.db?sender=console"
    """
    settings = settings_of(url)
    file = store_file(settings) if settings.name == NAME else None
    if file is not None and not file.is_file():
        # To make it, as a start would, hides that its name is misspelt.
        raise InvalidSetting("provider", f"there is no store at {file}")
    dropped = sweep_all(build_provider(settings))
    shown = json.dumps({"dropped": dropped}) if as_json else f"{dropped} dropped"
    click.echo(shown)


def sweep_all(provider: Any) -> int:  # noqa: ANN401 - of whatever kind
    """
    Sweep until nothing goes any more, and count what went.

    Raises:
        InvalidSetting: The provider keeps no codes.
    """
    if not callable(getattr(provider, "sweep", None)):
        raise InvalidSetting("provider", "keeps no codes; write the URL of own://…")
    dropped = went = provider.sweep(most=_BATCH)
    while went:
        went = provider.sweep(most=_BATCH)
        dropped += went
    return int(dropped)


@own.group()
def keys() -> None:
    """The keys that codes and identifiers are digested with; they are secrets."""


@keys.command()
@_file_option
def new(file: Path | None) -> None:
    """
    Draw keys, and print them, or write them to a new file.

    Example: verify-core own keys new --file codes.keys
    """
    _put(CodeKeys.generate(), file)


@keys.command()
@_file_option
@click.option(
    "--keep",
    type=click.IntRange(1, 100),
    default=2,
    show_default=True,
    help="How many older keys stay, for codes under way.",
)
def rotate(file: Path | None, keep: int) -> None:
    """
    Put a new key before the older ones, in the file or from standard input to output.

    Codes that are under way are checked with the key that they were made with.

    Example: verify-core own keys rotate --file codes.keys
    """
    if file is None:
        written = sys.stdin.read()
        if not written.strip():
            raise InvalidSetting("keys", "missing; pass --file, or standard input")
        old = CodeKeys.from_text(written)
    else:
        old = CodeKeys.read(file)
    _put(old.rotated(most=keep + 1), file, replace=True)


def _put(made: CodeKeys, file: Path | None, *, replace: bool = False) -> None:
    if file is None:
        click.echo(made.to_text().reveal())
        return
    made.write(file, replace=replace)
    click.echo(f"Wrote {file}; the current key is {made.current}.")
