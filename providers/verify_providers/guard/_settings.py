"""
A guard from a TOML file, by URL: `guard:///etc/verify/guard.toml`.

    provider = "failover:///etc/verify/failover.toml"  # or provider_env, provider_file
    mode = "enforce"                    # or "record": count and report, refuse nothing
    on_lost = "closed"                  # or "open": without counters, all goes through
    storage_env = "VERIFY_GUARD_REDIS"  # redis://…; without it, in this process
    pepper_env = "VERIFY_GUARD_PEPPER"  # or pepper_file

    [numbers]
    allowed_calling_codes = [1, 44]

    [cool_down]
    steps_s = [30, 60, 120, 300]

    [[budgets]]
    per = "identifier"                  # client_address, prefix, calling_code, everyone
    starts = 5
    window_s = 3600

    [spend]
    currency = "EUR"
    default = "0.10"
    limits = [{ amount = "50", window_s = 86400 }]
    costs = { "44:sms" = "0.04", "44" = "0.08", email = "0.001" }
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.phone import PhonePolicy
from verify_core.registry import load_async_provider, load_provider

from .._clock import utc_now
from .._toml import (
    by_url,
    loading,
    read_toml,
    read_value,
    require_keys,
    tables_of,
    text_of,
)
from ..conversations import OnLate
from ._events import GuardHook
from ._policy import (
    Budget,
    Conversion,
    CoolDown,
    GuardPolicy,
    Spend,
    SpendLimit,
    WrongCodes,
)
from ._provider import AsyncGuardProvider, GuardProvider
from ._redis import NAMESPACE, async_redis_storage, redis_storage

FILE_VARIABLE: Final = "VERIFY_GUARD_FILE"
"""Environment variable with the file's path, where the URL names none."""

_PLAIN = ("fold_subaddresses", "mode", "on_lost", "prefix_digits")
_TEXTS = (
    *("pepper_env", "pepper_file"),
    *("provider", "provider_env", "provider_file"),
    *("storage", "storage_env", "storage_file"),
)
_TABLES: Mapping[str, tuple[type, tuple[str, ...]]] = {
    "cool_down": (CoolDown, ("steps_s", "forget_s")),
    "numbers": (
        PhonePolicy,
        (
            "allow_non_geographic",
            "allowed_calling_codes",
            "allowed_regions",
            "denied_types",
            "require_valid",
        ),
    ),
    "wrong_codes": (WrongCodes, ("limit", "window_s")),
}
_KEYS = tuple(
    sorted([*_PLAIN, *_TEXTS, *_TABLES, "budgets", "conversion", "namespace", "spend"])
)
_SHARE = ("per", "percent", "starts", "mode")
_GONE = {
    "uniform": "is gone, since a refusal that looked like a success could be told "
    "from a real one; a refusal is an error, and the application shows every visitor "
    "the same page. Remove this line",
    "decoy_guesses": "is gone together with uniform. Remove this line",
}


@unframed
def load_guard(
    file: Path,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime] = utc_now,
    on_event: GuardHook | None = None,
) -> GuardProvider:
    """
    Make the guard that a TOML file describes.

    Args:
        file: The file. What it names relatively lies beside it.
        environ: The environment, for the guarded provider and what `…_env` names.
        clock: As for `GuardProvider`.
        on_event: As for `GuardProvider`.

    Raises:
        InvalidSetting: The file cannot be read, is no TOML, or holds an unknown key or
            an unfit value; names it, and shows no secret.
    """
    found = _read(file, environ, load_provider, redis_storage)
    return GuardProvider(**found, clock=clock, on_event=on_event)


@unframed
def load_async_guard(
    file: Path,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime] = utc_now,
    on_event: GuardHook | None = None,
    on_late: OnLate | None = None,
) -> AsyncGuardProvider:
    """Make the awaited guard that a TOML file describes; otherwise as `load_guard`."""
    found = _read(file, environ, load_async_provider, async_redis_storage)
    return AsyncGuardProvider(**found, clock=clock, on_event=on_event, on_late=on_late)


from_settings = by_url(FILE_VARIABLE, load_guard)
"""Makes the guard of a URL: `guard:///absolute/path.toml`, `guard://./relative.toml`."""

async_from_settings = by_url(FILE_VARIABLE, load_async_guard)
"""Makes the awaited guard of the same URL."""


def _read(
    file: Path,
    environ: Mapping[str, str],
    load: Callable[..., Any],
    connect: Callable[..., Any],
) -> dict[str, Any]:
    """Return the arguments of a guard that the file holds."""
    data = read_toml(file, parse_float=Decimal)
    require_keys("", data, _KEYS, gone=_GONE)
    policy = _policy(data)
    folder = file.parent
    redis = text_of("storage", data, folder, environ)
    namespace = data.get("namespace", NAMESPACE)
    if not isinstance(namespace, str) or not re.fullmatch("[a-z0-9_-]+", namespace):
        raise InvalidSetting("namespace", "takes lower-case letters, digits, - and _")
    url = text_of("provider", data, folder, environ)
    if url is None:
        raise InvalidSetting("provider", "missing; write the URL of the provider")
    if url.lower().startswith("guard:"):
        raise InvalidSetting("provider", "names another guard; write its rules here")
    pepper = text_of("pepper", data, folder, environ, plain=False)
    with loading(file):
        provider = load(url, environ=environ)
    return {
        "provider": provider,
        "policy": policy,
        "storage": redis and connect(redis, namespace=namespace),
        "pepper": pepper,
    }


def _policy(data: dict[str, Any]) -> GuardPolicy:
    values: dict[str, Any] = {name: data[name] for name in _PLAIN if name in data}
    for name, (kind, keys) in _TABLES.items():
        if name in data:
            values[name] = read_value(kind, name, data[name], keys, lists=("steps_s",))
    if "spend" in data:
        values["spend"] = _spend(data["spend"])
    budgets = _list_of(Budget, "budgets", data.get("budgets", []), ("per", "starts"))
    ranges = _list_of(Conversion, "conversion", data.get("conversion", []), _SHARE)
    return GuardPolicy(budgets=budgets, conversion=ranges, **values)


def _spend(data: object) -> Spend:
    if isinstance(data, dict):
        limits = _list_of(SpendLimit, "spend.limits", data.get("limits"), ("amount",))
        data = {**data, "limits": limits}
    return read_value(Spend, "spend", data, ("costs", "currency", "default", "limits"))


def _list_of(kind: type, name: str, data: object, keys: tuple[str, ...]) -> list[Any]:
    return [
        read_value(kind, f"{name}[{place}]", each, (*keys, "window_s"))
        for place, each in enumerate(tables_of(name, data), start=1)
    ]
