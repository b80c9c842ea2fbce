"""What a server is told at its start: by options, and by a TOML file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import Factory, field, frozen

from verify_core.errors import InvalidSetting
from verify_core.files import parse_toml, read_file

from ..twilio._store import VerifyStore
from ..twilio.http.operations._webhooks import web_address
from ..twilio.machine._rules import PROFILES
from ..twilio.resources._templates import Templates
from ._access import read_origin
from ._bounds import Bounds
from ._clock import system_now
from ._destinations import plain_host

_ACCOUNT: Final = re.compile(r"AC[0-9a-fA-F]{32}")
_KEY: Final = re.compile(r"SK[0-9a-fA-F]{32}")
_SERVICE: Final = re.compile(r"VA[0-9a-fA-F]{32}")
_TOKEN: Final = re.compile(r"[!-~](?:[ -~]{0,510}[!-~])?")
_KNOWN: Final = frozenset(
    {"auth_token", "api_keys", "services", "event_sinks", "templates"}
)
_OF_TEMPLATE: Final = frozenset({"friendly_name", "texts", "channels"})


class BadSettings(ValueError):
    """A setting cannot be used; the message names it and says what it takes."""


def sink(url: str) -> str:
    """
    A URL that events can be posted to.

    Raises:
        BadSettings: It is none.
    """
    try:
        return web_address(url)
    except ValueError:
        raise BadSettings("event sink: takes an absolute http or https URL") from None


def _hosts(hosts: Iterable[str]) -> frozenset[str]:
    try:
        return frozenset(map(plain_host, hosts))
    except ValueError as error:
        raise BadSettings(f"allow-webhooks-to: {error}") from None


def _sinks(urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(sink, urls))


def origins(sites: Iterable[str]) -> frozenset[str]:
    """
    Sites whose pages may use a server.

    Raises:
        BadSettings: One is no scheme, host and port.
    """
    try:
        return frozenset(map(read_origin, sites))
    except ValueError as error:
        raise BadSettings(f"allow-origin: {error}") from None


def token(text: str | None) -> str | None:
    """
    What a side door asks for.

    Raises:
        BadSettings: It is empty, or cannot stand in a header as it is.
    """
    if text is not None and not _TOKEN.fullmatch(text):
        raise BadSettings(
            "side-door-token: takes ASCII text that neither is empty nor begins or "
            "ends with a space; "
            "without the option and without VERIFY_FAKES_TOKEN no token is asked for"
        )
    return text


@frozen(kw_only=True)
class DeclaredTemplate:
    """
    A message template that an account has from the start.

    Attributes:
        sid: `HJ…`.
        friendly_name: What lists call it.
        texts: By language, the default one first; one text alone is English.
        channels: `sms`, `voice` or both.
    """

    sid: str
    friendly_name: str
    texts: Mapping[str, str] | str
    channels: tuple[str, ...] = ("sms",)

    def add_to(self, templates: Templates) -> None:
        """
        Add it, unless it is there.

        Raises:
            ValueError: The machine has no such templates; says what it takes.
        """
        if self.sid not in templates.shelf:
            templates.add(
                self.friendly_name, self.texts, channels=self.channels, sid=self.sid
            )


@frozen(kw_only=True)
class Account:
    """
    An account that a strict server knows.

    Attributes:
        sid: `AC…`.
        auth_token: Its token.
        api_keys: Secret by key sid.
        services: The sids of its Verify services.
        sinks: URLs that its events are posted to.
        templates: Its message templates; it knows no others.
    """

    sid: str
    auth_token: str = field(repr=False)
    api_keys: Mapping[str, str] = field(factory=dict, repr=False)
    services: tuple[str, ...] = ()
    sinks: tuple[str, ...] = field(default=(), repr=False)
    templates: tuple[DeclaredTemplate, ...] = ()

    def secret_of(self, user: str) -> str | None:
        """The secret that goes with a user name, if the account has that user."""
        return self.auth_token if user == self.sid else self.api_keys.get(user)


@frozen(kw_only=True)
class Settings:
    """
    How a server behaves.

    Attributes:
        accounts: The accounts it knows; None lets any well-formed one in.
        profile: Name of the fidelity profile.
        seed: For codes and sids; None is unpredictable.
        side_door: Whether `/_fake/` and the inbox are served.
        side_door_token: Bearer token that they ask for; None asks for none.
        loopback_only: Whether only this machine can reach the server; then it answers
            to no other names than this machine's and the vendor's.
        origins: Sites besides the server's own pages whose pages may use it.
        bounds: How much it takes, keeps and waits for.
        webhook_hosts: Hosts besides this machine that webhooks and events may go to.
        sinks: URLs that the events of accounts that nobody declared are posted to.
    """

    accounts: tuple[Account, ...] | None = None
    profile: str = "default"
    seed: int | None = None
    side_door: bool = True
    side_door_token: str | None = field(default=None, converter=token, repr=False)
    loopback_only: bool = True
    origins: frozenset[str] = field(default=frozenset(), converter=origins)
    bounds: Bounds = Factory(Bounds)
    webhook_hosts: frozenset[str] = field(default=frozenset(), converter=_hosts)
    sinks: tuple[str, ...] = field(default=(), converter=_sinks, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.profile not in PROFILES:
            known = ", ".join(PROFILES)
            raise BadSettings(f"profile: no {self.profile!r}; choose one of {known}")


def read_config(path: Path) -> dict[str, Any]:
    """
    Read the TOML file that `--config` names: a regular one, at most 1 MiB.

    Raises:
        BadSettings: It cannot be read, or is no TOML.
    """
    try:
        return parse_toml("config", read_file("config", path))
    except InvalidSetting as error:
        raise BadSettings(f"{error}") from None


def read_accounts(path: Path) -> tuple[Account, ...]:
    """
    The accounts in a TOML file.

        [accounts.ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]
        auth_token = "…"
        services = ["VA…"]
        api_keys = { "SK…" = "secret" }
        event_sinks = ["http://127.0.0.1:9000/events"]

        [accounts.ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.templates.HJ…]
        friendly_name = "Login"
        texts = { en = "Your code is {{code}}" }
        channels = ["sms", "voice"]

    Raises:
        BadSettings: The file cannot be read, or a value in it; names it.
    """
    found = read_config(path)
    accounts = found.get("accounts")
    if not isinstance(accounts, dict) or not accounts:
        raise BadSettings("config: needs a table [accounts.AC…] for each account")
    return tuple(_account(sid, table) for sid, table in accounts.items())


def _account(sid: str, table: Any) -> Account:  # noqa: ANN401 - TOML holds anything
    if not _ACCOUNT.fullmatch(sid):
        raise BadSettings("accounts: an account sid is AC and 32 hex digits")
    where = f"accounts.{sid[:6]}…"
    if not isinstance(table, dict) or not _is_secret(table.get("auth_token")):
        raise BadSettings(f"{where}: needs auth_token, a text that is not empty")
    unknown = ", ".join(sorted(set(table) - _KNOWN))
    if unknown:
        raise BadSettings(f"{where}: unknown: {unknown}")
    keys, services = table.get("api_keys", {}), table.get("services", [])
    if not isinstance(keys, dict) or not all(
        _KEY.fullmatch(key) and _is_secret(secret) for key, secret in keys.items()
    ):
        raise BadSettings(
            f"{where}.api_keys: takes secrets by sid, SK and 32 hex digits"
        )
    sinks = table.get("event_sinks", [])
    if not isinstance(sinks, list) or not all(isinstance(s, str) for s in sinks):
        raise BadSettings(f"{where}.event_sinks: takes a list of URLs")
    if not isinstance(services, list) or not all(
        isinstance(each, str) and _SERVICE.fullmatch(each) for each in services
    ):
        raise BadSettings(f"{where}.services: takes sids, VA and 32 hex digits")
    return Account(
        sid=sid,
        auth_token=table["auth_token"],
        api_keys=keys,
        services=tuple(services),
        sinks=_sinks(sinks),
        templates=_templates(where, table.get("templates", {})),
    )


def _is_secret(value: object) -> bool:
    """Whether a client can bring this to prove who it is."""
    return isinstance(value, str) and bool(value)


def _templates(where: str, tables: Any) -> tuple[DeclaredTemplate, ...]:  # noqa: ANN401 - TOML
    if not isinstance(tables, dict):
        raise BadSettings(f"{where}.templates: takes a table for each sid, HJ…")
    trial = VerifyStore(clock=system_now).templates
    return tuple(_template(f"{where}.templates", *row, trial) for row in tables.items())


def _template(
    where: str,
    sid: str,
    table: Any,  # noqa: ANN401 - TOML holds anything
    trial: Templates,
) -> DeclaredTemplate:
    where = f"{where}.{sid[:6]}…"
    if not isinstance(table, dict) or set(table) - _OF_TEMPLATE:
        raise BadSettings(f"{where}: takes {', '.join(sorted(_OF_TEMPLATE))}")
    try:
        declared = DeclaredTemplate(sid=sid, **template_of(table))
        declared.add_to(trial)
    except ValueError as error:
        raise BadSettings(f"{where}: {error}") from None
    return declared


def template_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """
    The name, texts and channels of a template, read from TOML or JSON.

    Raises:
        ValueError: One of them is of another kind; names it.
    """
    name = found.get("friendly_name")
    texts = found.get("texts")
    channels = found.get("channels", ["sms"])
    if not isinstance(name, str) or not name:
        raise ValueError("friendly_name takes a text")
    by_language = texts if isinstance(texts, dict) else {"en": texts}
    if not all(isinstance(text, str) and text for text in by_language.values()):
        raise ValueError("texts takes a text, or texts by language")
    if not isinstance(channels, list) or not all(isinstance(c, str) for c in channels):
        raise ValueError("channels takes a list of sms and voice")
    return {
        "friendly_name": name,
        "texts": by_language,
        "channels": tuple(channels),
    }
