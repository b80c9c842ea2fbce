"""The key that seals references between two commands of one person on one machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import click

from ..errors import InvalidSetting
from ..files import read_file, reason_of
from ..tokens import TokenKeys

KEY_VARIABLE = "VERIFY_TOKEN_KEY"
"""Environment variable with the key, for machines that share references."""

_KEY_ID = "cli"


def token_keys(environ: Mapping[str, str]) -> TokenKeys:
    """
    The key from the environment, or this person's own, made on first use.

    It is kept in the system's usual place for such files.

    Raises:
        InvalidSetting: The key in the environment or the file is malformed, or the file
            can be neither read nor made.
    """
    key = environ.get(KEY_VARIABLE, "").strip()
    if key:
        return _keys(key, mend="is malformed")
    file = Path(click.get_app_dir("verify-core")) / "token.key"
    try:
        key = _own_key(file)
    except OSError as error:
        raise InvalidSetting(
            KEY_VARIABLE, f"set it: no key can be kept in {file}: {reason_of(error)}"
        ) from None
    return _keys(key, mend=f"{file} is malformed; delete it, or set {KEY_VARIABLE}")


def _keys(key: str, *, mend: str) -> TokenKeys:
    try:
        return TokenKeys(keys={_KEY_ID: key})
    except InvalidSetting as error:
        raise InvalidSetting(KEY_VARIABLE, f"{mend}: {error.message}") from None


def _own_key(file: Path) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _keep(TokenKeys.new_key(), file)
    # Bytes that are no text become a malformed key, which is explained as one.
    content = read_file(KEY_VARIABLE, file)
    return content.decode("ascii", errors="replace").strip()


def _keep(key: str, file: Path) -> None:
    # Linked in whole: of two first commands at once one wins, and both read its key.
    handle, draft = tempfile.mkstemp(dir=file.parent)  # readable by its owner alone
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(key)
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        Path(draft).unlink()
