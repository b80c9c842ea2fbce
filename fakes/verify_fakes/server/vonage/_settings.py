"""Whom a strict server lets in: a TOML file of accounts and applications."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from verify_core.errors import InvalidSetting
from verify_core.files import read_file

from ..._clock import system_now
from ...vonage import Keyring, Profile
from .._settings import BadSettings, ServerSettings, members_of, read_accounts_table

#: The profiles by name.
PROFILES: Mapping[str, Profile] = {
    "default": Profile(),
    "strict-numbers": Profile(strict_numbers=True),
}


@frozen(kw_only=True)
class VonageSettings(ServerSettings):
    """
    How a server of the fake Vonage behaves.

    Attributes:
        keyring: Whom it lets in; None lets everybody in who is well-formed.
        owners: The account of each application, by their names.
    """

    profiles = PROFILES

    keyring: Keyring | None = None
    owners: Mapping[str, str] = field(factory=dict)


def read_keyring(path: Path) -> tuple[Keyring, Mapping[str, str]]:
    """
    The accounts in a TOML file, and whose each application is.

        [accounts.a1b2c3d4]
        secret = "…"
        applications = { "aaaaaaaa-bbbb-cccc-dddd-0123456789ab" = "public.pem" }

    An application's public key is a file, named from where the TOML file lies.

    Raises:
        BadSettings: A file cannot be read, or a value in it; names it.
    """
    secrets: dict[str, str] = {}
    applications: dict[str, str] = {}
    owners: dict[str, str] = {}
    for key, found in read_accounts_table(path, "KEY").items():
        where = f"accounts.{key}"
        table = members_of(where, found, ("secret", "applications"))
        secrets[key] = _secret(where, table)
        for name, file in _applications(where, table).items():
            applications[name] = _public_key(where, path.parent / file)
            owners[name] = key
    try:
        keyring = Keyring(secrets=secrets, applications=applications, now=system_now)
    except (ValueError, ImportError) as error:
        raise BadSettings(f"config: {error}") from None
    return keyring, owners


def _secret(where: str, table: Mapping[str, Any]) -> str:
    secret = table.get("secret")
    if not isinstance(secret, str) or not secret:
        raise BadSettings(f"{where}: needs secret, a text")
    return secret


def _applications(where: str, table: Mapping[str, Any]) -> dict[str, str]:
    found = table.get("applications", {})
    if not isinstance(found, dict) or not all(
        isinstance(file, str) for file in found.values()
    ):
        raise BadSettings(f"{where}.applications: takes files of public keys by id")
    return found


def _public_key(where: str, path: Path) -> str:
    try:
        return read_file(f"{where}.applications", path, shown=path.name).decode("ascii")
    except InvalidSetting as error:
        raise BadSettings(f"{error}") from None
    except UnicodeDecodeError:
        raise BadSettings(f"{where}.applications: {path.name} is not ASCII") from None
