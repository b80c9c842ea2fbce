"""What a server of either vendor is set up with, and how its TOML file is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from attrs import Factory, field, frozen

from verify_core.errors import InvalidSetting
from verify_core.files import parse_toml, read_file

from ..kit._hiding import Hidden, Revealed, hidden
from ..kit._http import is_web_address
from ._access import read_origin
from ._bounds import Bounds
from ._posting import plain_host

_TOKEN = re.compile(r"[!-~](?:[ -~]{0,510}[!-~])?")


class BadSettings(ValueError):
    """A setting cannot be used; the message names it and says what it takes."""


def _origins(sites: Iterable[str]) -> frozenset[str]:
    try:
        return frozenset(map(read_origin, sites))
    except ValueError as error:
        raise BadSettings(f"allow-origin: {error}") from None


def _hosts(hosts: Iterable[str]) -> frozenset[str]:
    try:
        return frozenset(map(plain_host, hosts))
    except ValueError as error:
        raise BadSettings(f"allow-webhooks-to: {error}") from None


def sink_urls(urls: Iterable[str]) -> tuple[str, ...]:
    """
    URLs that events can be posted to.

    Raises:
        BadSettings: One is not an absolute http or https URL.
    """
    found = tuple(urls)
    if not all(map(is_web_address, found)):
        raise BadSettings("event-sink: takes an absolute http or https URL")
    return found


def _token(value: str | Hidden[str | None] | None) -> Hidden[str | None]:
    text = value.reveal() if isinstance(value, Hidden) else value
    if text is not None and not _TOKEN.fullmatch(text):
        raise BadSettings(
            "side-door-token: takes ASCII text that is not empty and neither begins "
            "nor ends with a space; to ask for no token, leave out the option and "
            "unset VERIFY_FAKES_TOKEN"
        )
    return hidden(text)


@frozen(kw_only=True)
class ServerSettings:
    """
    How a server behaves, whichever vendor's.

    Attributes:
        profile: Name of the fidelity profile, one of `profiles`.
        seed: For codes and ids; None is unpredictable.
        side_door: Whether `/_fake/` and the inbox are served.
        side_door_token: Bearer token that they ask for; None asks for no token.
        loopback_only: Whether only this machine can reach the server; then it answers
            to no other names than this machine's and the vendor's.
        origins: Sites besides the server's own pages whose pages may use it.
        webhook_hosts: Hosts besides this machine that webhooks and events may go to.
        sinks: URLs that the events of accounts go to which no file declares.
    """

    profiles: ClassVar[Mapping[str, object]] = {"default": None}

    profile: str = "default"
    seed: int | None = None
    side_door: bool = True
    _side_door_token: Hidden[str | None] = field(default=None, converter=_token)
    loopback_only: bool = True
    origins: frozenset[str] = field(default=frozenset(), converter=_origins)
    webhook_hosts: frozenset[str] = field(default=frozenset(), converter=_hosts)
    sinks: tuple[str, ...] = field(default=(), converter=sink_urls, repr=False)
    bounds: Bounds = Factory(Bounds)

    side_door_token = Revealed[str | None]()

    def __attrs_post_init__(self) -> None:
        if self.profile not in self.profiles:
            known = ", ".join(self.profiles)
            raise BadSettings(f"profile: no {self.profile!r}; choose one of {known}")


def read_accounts_table(path: Path, name: str) -> dict[str, Any]:
    """
    The tables `[accounts.NAME]` of the TOML file that `--config` names.

    Raises:
        BadSettings: It cannot be read, is not TOML, or lacks that table.
    """
    try:
        found = parse_toml("config", read_file("config", path))
    except InvalidSetting as error:
        raise BadSettings(f"{error}") from None
    accounts = found.get("accounts")
    if not isinstance(accounts, dict) or not accounts:
        raise BadSettings(f"config: needs a table [accounts.{name}] for each account")
    return accounts


def members_of(where: str, table: object, known: Iterable[str]) -> dict[str, Any]:
    """
    A table of a TOML file that has known members only.

    Raises:
        BadSettings: It is not a table, or has another member; names both.
    """
    if not isinstance(table, dict):
        raise BadSettings(f"{where}: takes a table")
    unknown = ", ".join(sorted(set(table) - set(known)))
    if unknown:
        raise BadSettings(f"{where}: unknown: {unknown}")
    return table


def list_of_texts(
    table: Mapping[str, Any], name: str, fits: Callable[[str], object]
) -> tuple[str, ...] | None:
    """A list of texts that fit; None where it is another thing."""
    found = table.get(name, [])
    right = isinstance(found, list) and all(
        isinstance(each, str) and fits(each) for each in found
    )
    return tuple(found) if right else None
