"""The key that seals references between two commands of one person on one machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from ..tokens import TokenKeys

KEY_VARIABLE: Final = "VERIFY_TOKEN_KEY"
"""Environment variable with the key, for machines that share references."""

_KEY_ID: Final = "cli"


def token_keys(environ: Mapping[str, str], folder: Path | None = None) -> TokenKeys:
    """
    The key from the environment, or this person's own, made on first use.

    Args:
        environ: The environment variables.
        folder: Where the person's key is kept; None takes the system's usual place.

    Raises:
        InvalidSetting: The key in the environment or the file is malformed.
    """
    key = environ.get(KEY_VARIABLE, "").strip()
    if not key:
        key = _own_key(folder or Path(click.get_app_dir("verify-core")))
    return TokenKeys(keys={_KEY_ID: key})


def _own_key(folder: Path) -> str:
    file = folder / "token.key"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        # Exclusive, so that two first commands at once agree on one key.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii")
    key = TokenKeys.new_key()
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(key)
    return key
