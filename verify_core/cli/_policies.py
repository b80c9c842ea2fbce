"""The policy of a command: from its options, and from a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from attrs import evolve, fields

from ..errors import InvalidSetting
from ..files import parse_toml, read_file
from ..phone import PhonePolicy

Command = Callable[..., object]
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_REGION = click.option(
    "--default-region",
    metavar="CC",
    help="Complete national numbers as this region's, such as US or DE.",
)
_STRICT = click.option(
    "--strict", is_flag=True, help="Refuse numbers whose country code is a guess."
)
_FILE = click.option(
    "--policy",
    "policy_file",
    metavar="FILE",
    type=EXISTING_FILE,
    help="TOML; its keys are those of PhonePolicy, such as allowed_regions.",
)


def by_options(command: Command) -> Command:
    """Give a command `policy`, made of --default-region and --strict."""
    return _REGION(_STRICT(_made(command)))


def by_file(command: Command) -> Command:
    """Give a command `policy`, made of --policy and --default-region."""
    return _FILE(_REGION(_made(command)))


def policy_from(file: Path) -> PhonePolicy:
    """
    The policy in a TOML file; its keys are the fields of `PhonePolicy`.

    Raises:
        InvalidSetting: The file cannot be read, or has a key or value that is unknown.
    """
    shown = f"{file}"
    written = read_file("--policy", file, shown=shown)
    found = parse_toml("--policy", written, shown=shown)
    known = [each.name for each in fields(PhonePolicy)]
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise InvalidSetting(
            "--policy", f"does not know {unknown[0]!r}; it knows {', '.join(known)}"
        )
    try:
        return PhonePolicy(**found)
    except InvalidSetting as error:
        raise InvalidSetting("--policy", f"{file}: {error}") from None


def _made(command: Command) -> Command:
    @wraps(command)
    def run(
        *arguments: Any,  # noqa: ANN401 - click's, handed on
        default_region: str | None,
        strict: bool = False,
        policy_file: Path | None = None,
        **options: Any,  # noqa: ANN401 - click's, handed on
    ) -> object:
        policy = policy_from(policy_file) if policy_file else PhonePolicy(strict=strict)
        if default_region is not None:
            try:
                policy = evolve(policy, default_region=default_region)
            except InvalidSetting as error:
                raise InvalidSetting("--default-region", error.message) from None
        return command(*arguments, policy=policy, **options)

    return run
