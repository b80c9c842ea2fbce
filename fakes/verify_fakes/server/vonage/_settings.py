"""Whom a strict server lets in: a TOML file of accounts and applications."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import Factory, field, frozen

from verify_core.errors import InvalidSetting
from verify_core.files import read_file

from ...vonage import Keyring, Profile
from .._bounds import Bounds
from .._clock import system_now
from .._settings import BadSettings, origins, read_config, token

#: The profiles by name.
PROFILES: Final[Mapping[str, Profile]] = {
    "default": Profile(),
    "strict-numbers": Profile(strict_numbers=True),
}
_ACCOUNT: Final = frozenset({"secret", "applications"})


@frozen(kw_only=True)
class VonageSettings:
    """
    How a server behaves.

    Attributes:
        keyring: Whom it lets in; None lets everybody in who is well-formed.
        owners: The account of each application, by their names.
        profile: Name of the fidelity profile.
        seed: For codes and ids; None is unpredictable.
        side_door: Whether `/_fake/` is served.
        side_door_token: Bearer token that it asks for; None asks for none.
        loopback_only: Whether only this machine can reach the server; then it answers
            to no other names than this machine's and the vendor's.
        origins: Sites besides the server's own pages whose pages may use it.
        bounds: How much it takes, keeps and waits for.
    """

    keyring: Keyring | None = None
    owners: Mapping[str, str] = field(factory=dict)
    profile: str = "default"
    seed: int | None = None
    side_door: bool = True
    side_door_token: str | None = field(default=None, converter=token, repr=False)
    loopback_only: bool = True
    origins: frozenset[str] = field(default=frozenset(), converter=origins)
    bounds: Bounds = Factory(Bounds)

    def __attrs_post_init__(self) -> None:
        if self.profile not in PROFILES:
            known = ", ".join(PROFILES)
            raise BadSettings(f"profile: no {self.profile!r}; choose one of {known}")


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
    found = read_config(path)
    accounts = found.get("accounts")
    if not isinstance(accounts, dict) or not accounts:
        raise BadSettings("config: needs a table [accounts.KEY] for each account")
    secrets: dict[str, str] = {}
    applications: dict[str, str] = {}
    owners: dict[str, str] = {}
    for key, table in accounts.items():
        where = f"accounts.{key}"
        secrets[key] = _secret(where, table)
        for name, file in _applications(where, table).items():
            applications[name] = _public_key(where, path.parent / file)
            owners[name] = key
    try:
        keyring = Keyring(secrets=secrets, applications=applications, now=system_now)
    except (ValueError, ImportError) as error:
        raise BadSettings(f"config: {error}") from None
    return keyring, owners


def _secret(where: str, table: Any) -> str:  # noqa: ANN401 - TOML holds anything
    secret = table.get("secret") if isinstance(table, dict) else None
    if not isinstance(secret, str) or not secret:
        raise BadSettings(f"{where}: needs secret, a text")
    unknown = ", ".join(sorted(set(table) - _ACCOUNT))
    if unknown:
        raise BadSettings(f"{where}: unknown: {unknown}")
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
        raise BadSettings(f"{where}.applications: {path.name} is no ASCII") from None
