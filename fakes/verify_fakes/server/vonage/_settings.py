"""What a server of the fake Vonage is set up with: options, and a TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from verify_core.errors import InvalidSetting
from verify_core.files import read_file

from ..._clock import system_now
from ...kit._hiding import Hidden, Revealed, hidden_text
from ...vonage import Keyring, Profile
from .._settings import (
    BadSettings,
    ServerSettings,
    list_of_texts,
    members_of,
    read_accounts_table,
    sink_urls,
)

_MEMBERS = ("secret", "applications", "signature_secret", "event_sinks")

#: The profiles by name.
PROFILES: Mapping[str, Profile] = {
    "default": Profile(),
    "strict-numbers": Profile(strict_numbers=True),
}


@frozen(kw_only=True)
class DeclaredVonageAccount:
    """
    An account that a strict server knows.

    Attributes:
        key: Its API key.
        secret: The key's.
        applications: Public keys (PEM) by application id.
        signature_secret: What signs its webhooks; empty where none are posted.
        sinks: URLs that its events are posted to.
    """

    key: str
    _secret: Hidden[str] = field(converter=hidden_text)
    applications: Mapping[str, str] = field(factory=dict, repr=False)
    _signature_secret: Hidden[str] = field(default="", converter=hidden_text)
    sinks: tuple[str, ...] = field(default=(), repr=False)

    secret = Revealed[str]()
    signature_secret = Revealed[str]()


@frozen(kw_only=True)
class VonageSettings(ServerSettings):
    """
    How a server of the fake Vonage behaves.

    Attributes:
        accounts: The accounts it knows; None lets any well-formed one in.
        signature_secret: What signs the webhooks of accounts that no file declares.

    Raises:
        BadSettings: There are sinks, and nothing to sign with.
    """

    profiles = PROFILES

    accounts: tuple[DeclaredVonageAccount, ...] | None = None
    _signature_secret: Hidden[str] = field(default="", converter=hidden_text)

    signature_secret = Revealed[str]()

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.sinks and not self.signature_secret:
            raise BadSettings("event-sink: needs --signature-secret, to sign with")


def read_accounts(path: Path) -> tuple[DeclaredVonageAccount, ...]:
    """
    The accounts in a TOML file.

        [accounts.a1b2c3d4]
        secret = "…"
        applications = { "aaaaaaaa-bbbb-cccc-dddd-0123456789ab" = "public.pem" }
        signature_secret = "…"
        event_sinks = ["http://127.0.0.1:9000/events"]

    An application's public key is a file, named from where the TOML file lies.

    Raises:
        BadSettings: A file cannot be read, or a value in it; names it.
    """
    found = read_accounts_table(path, "KEY")
    accounts = tuple(_account(path, key, table) for key, table in found.items())
    try:
        keyring_of(accounts)
    except (ValueError, ImportError) as error:
        raise BadSettings(f"config: {error}") from None
    return accounts


def keyring_of(accounts: tuple[DeclaredVonageAccount, ...]) -> Keyring:
    """Whom these accounts let in."""
    applications: dict[str, str] = {}
    for each in accounts:
        applications |= each.applications
    secrets = {each.key: each.secret for each in accounts}
    return Keyring(secrets=secrets, applications=applications, now=system_now)


def _account(path: Path, key: str, found: object) -> DeclaredVonageAccount:
    where = f"accounts.{key}"
    table = members_of(where, found, _MEMBERS)
    sinks = list_of_texts(table, "event_sinks", bool)
    if sinks is None:
        raise BadSettings(f"{where}.event_sinks: takes a list of URLs")
    if sinks and "signature_secret" not in table:
        raise BadSettings(f"{where}.event_sinks: needs signature_secret, to sign with")
    return DeclaredVonageAccount(
        key=key,
        secret=_text(where, table, "secret"),
        applications={
            name: _public_key(where, path.parent / file)
            for name, file in _applications(where, table).items()
        },
        signature_secret=(
            _text(where, table, "signature_secret")
            if "signature_secret" in table
            else ""
        ),
        sinks=sink_urls(sinks),
    )


def _text(where: str, table: Mapping[str, Any], name: str) -> str:
    found = table.get(name)
    if not isinstance(found, str) or not found:
        raise BadSettings(f"{where}: needs {name}, a text that is not empty")
    return found


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
