"""What a server of the fake Twilio is set up with: options, and a TOML file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from ..._clock import system_now
from ...kit._hiding import Hidden, Revealed, hidden, hidden_text
from ...twilio._store import VerifyStore
from ...twilio.machine._rules import PROFILES
from .._settings import (
    BadSettings,
    ServerSettings,
    list_of_texts,
    members_of,
    read_accounts_table,
    sink_urls,
)

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_KEY = re.compile(r"SK[0-9a-fA-F]{32}")
_SERVICE = re.compile(r"VA[0-9a-fA-F]{32}")
_MEMBERS = ("auth_token", "api_keys", "services", "event_sinks", "templates")
_OF_TEMPLATE = ("channels", "friendly_name", "texts")


@frozen(kw_only=True)
class DeclaredTwilioAccount:
    """
    An account that a strict server knows.

    Attributes:
        sid: `AC…`.
        api_keys: Secret by key sid.
        services: The sids of its Verify services.
        sinks: URLs that its events are posted to.
        templates: What `Templates.add` takes, of each of its message templates; it
            knows no others.
    """

    sid: str
    _auth_token: Hidden[str] = field(converter=hidden_text)
    _api_keys: Hidden[Mapping[str, str]] = field(factory=dict, converter=hidden)
    services: tuple[str, ...] = ()
    sinks: tuple[str, ...] = field(default=(), repr=False)
    templates: tuple[Mapping[str, Any], ...] = ()

    auth_token = Revealed[str]()
    api_keys = Revealed[Mapping[str, str]]()

    def secret_of(self, user: str) -> str:
        """The secret that goes with the account's sid or one of its keys."""
        return self.auth_token if user == self.sid else self.api_keys[user]


@frozen(kw_only=True)
class TwilioSettings(ServerSettings):
    """
    How a server of the fake Twilio behaves.

    Attributes:
        accounts: The accounts it knows; None lets any well-formed one in.
    """

    profiles = PROFILES

    accounts: tuple[DeclaredTwilioAccount, ...] | None = None


def read_accounts(path: Path) -> tuple[DeclaredTwilioAccount, ...]:
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
    found = read_accounts_table(path, "AC…")
    return tuple(_account(sid, table) for sid, table in found.items())


def _account(sid: str, found: object) -> DeclaredTwilioAccount:
    if not _ACCOUNT.fullmatch(sid):
        raise BadSettings("accounts: an account sid is AC and 32 hex digits")
    where = f"accounts.{sid[:6]}…"
    table = members_of(where, found, _MEMBERS)
    if not _is_secret(table.get("auth_token")):
        raise BadSettings(f"{where}: needs auth_token, a text that is not empty")
    keys = table.get("api_keys", {})
    if not isinstance(keys, dict) or not all(
        _KEY.fullmatch(key) and _is_secret(secret) for key, secret in keys.items()
    ):
        raise BadSettings(
            f"{where}.api_keys: takes secrets by sid, SK and 32 hex digits"
        )
    services = list_of_texts(table, "services", _SERVICE.fullmatch)
    if services is None:
        raise BadSettings(f"{where}.services: takes sids, VA and 32 hex digits")
    sinks = list_of_texts(table, "event_sinks", bool)
    if sinks is None:
        raise BadSettings(f"{where}.event_sinks: takes a list of URLs")
    return DeclaredTwilioAccount(
        sid=sid,
        auth_token=table["auth_token"],
        api_keys=keys,
        services=services,
        sinks=sink_urls(sinks),
        templates=_templates(where, table.get("templates", {})),
    )


def _is_secret(value: object) -> bool:
    """Whether a client can bring this to prove who it is."""
    return isinstance(value, str) and bool(value)


def _templates(where: str, tables: object) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(tables, dict):
        raise BadSettings(f"{where}.templates: takes a table for each sid, HJ…")
    trial = VerifyStore(clock=system_now).templates
    found = []
    for sid, table in tables.items():
        place = f"{where}.templates.{sid[:6]}…"
        members = members_of(place, table, _OF_TEMPLATE)
        try:
            found.append({"sid": sid, **template_of(members)})
            trial.add(**found[-1])
        except ValueError as error:
            raise BadSettings(f"{place}: {error}") from None
    return tuple(found)


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
    return {"friendly_name": name, "texts": by_language, "channels": tuple(channels)}
