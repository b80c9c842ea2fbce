"""
A guard from a TOML file, by URL: `guard:///etc/verify/guard.toml`.

    provider = "failover:///etc/verify/failover.toml"  # or provider_env, provider_file
    mode = "enforce"                    # or "record": count and tell, refuse nothing
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
from verify_core.provider import VerifyProvider
from verify_core.provider_settings import ProviderSettings
from verify_core.registry import load_provider

from .._clock import utc_now
from ..config import (
    file_of_url,
    loading,
    read_toml,
    require_keys,
    seconds_of,
    table_of,
    tables_of,
    text_of,
)
from .events import GuardHook
from .policy import Budget, CoolDown, GuardPolicy, WrongCodes
from .provider import NAME, GuardProvider
from .spend import Spend, SpendLimit
from .storages import NAMESPACE, redis_storage

FILE_VARIABLE: Final = "VERIFY_GUARD_FILE"
"""Environment variable with the file's path, where the URL names none."""

_PLAIN: Final = ("fold_subaddresses", "mode", "on_lost", "prefix_digits")
_KEYS: Final = (
    "budgets",
    "cool_down",
    "fold_subaddresses",
    "mode",
    "namespace",
    "numbers",
    "on_lost",
    "pepper_env",
    "pepper_file",
    "prefix_digits",
    "provider",
    "provider_env",
    "provider_file",
    "spend",
    "storage",
    "storage_env",
    "storage_file",
    "wrong_codes",
)
_GONE: Final = {
    "uniform": "is gone, since a refusal that looked like a success could be told "
    "from a real one; a refusal is an error, and the application shows every visitor "
    "the same page. Remove this line",
    "decoy_guesses": "is gone together with uniform. Remove this line",
}

_NUMBERS: Final = (
    "allow_non_geographic",
    "allowed_calling_codes",
    "allowed_regions",
    "denied_types",
    "require_valid",
)


@unframed
def from_settings(settings: ProviderSettings) -> GuardProvider:
    """
    The guard that a URL names by its file.

    Args:
        settings: A path: `guard:///absolute/path.toml` or
            `guard://./relative/path.toml`; without one, `VERIFY_GUARD_FILE`. No user
            and no options. Its environment fills what the provider's URL leaves out.

    Raises:
        InvalidSetting: As `load_guard`; or another part in the URL.
    """
    return load_guard(file_of_url(settings, FILE_VARIABLE), environ=settings.environ)


@unframed
def load_guard(
    file: Path,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime] = utc_now,
    on_event: GuardHook | None = None,
) -> GuardProvider:
    """
    The guard that a TOML file describes.

    Args:
        file: The file. What it names relatively lies beside it.
        environ: The environment, for the guarded provider and what `…_env` names.
        clock: As for `GuardProvider`.
        on_event: As for `GuardProvider`.

    Raises:
        InvalidSetting: The file cannot be read, is no TOML, or holds an unknown key or
            an unfit value; names it, and shows no secret.
    """
    data = read_toml(file, parse_float=Decimal)
    require_keys("", data, _KEYS, gone=_GONE)
    policy = _policy(data)
    redis = text_of("storage", data, file.parent, environ)
    namespace = data.get("namespace", NAMESPACE)
    if not isinstance(namespace, str) or not re.fullmatch("[a-z0-9_-]+", namespace):
        raise InvalidSetting("namespace", "takes lower-case letters, digits, - and _")
    storage = None if redis is None else redis_storage(redis, namespace=namespace)
    with loading(file):
        provider = _provider(data, file.parent, environ)
    return GuardProvider(
        provider,
        policy,
        storage=storage,
        pepper=text_of("pepper", data, file.parent, environ, plain=False),
        clock=clock,
        on_event=on_event,
    )


def _provider(
    data: dict[str, Any], folder: Path, environ: Mapping[str, str]
) -> VerifyProvider:
    url = text_of("provider", data, folder, environ)
    if url is None:
        raise InvalidSetting("provider", "missing; write the URL of who is guarded")
    if url.lower().startswith(f"{NAME}:"):
        raise InvalidSetting("provider", "names another guard; write its rules here")
    return load_provider(url, environ=environ)


def _policy(data: dict[str, Any]) -> GuardPolicy:
    values: dict[str, Any] = {name: data[name] for name in _PLAIN if name in data}
    for name, read in _READERS.items():
        if name in data:
            values[name] = read(table_of(name, data[name]))
    return GuardPolicy(
        budgets=tuple(map(_budget, tables_of("budgets", data.get("budgets", [])))),
        **values,
    )


def _numbers(data: dict[str, Any]) -> PhonePolicy:
    require_keys("numbers.", data, _NUMBERS)
    return PhonePolicy(**data)


def _budget(data: dict[str, Any]) -> Budget:
    require_keys("budgets.", data, ("per", "starts", "window_s"))
    return Budget(
        per=data.get("per", ""),
        starts=data.get("starts", 0),
        window=seconds_of("budgets.window_s", data.get("window_s")),
    )


def _cool_down(data: dict[str, Any]) -> CoolDown:
    require_keys("cool_down.", data, ("forget_s", "steps_s"))
    values: dict[str, Any] = {}
    if "steps_s" in data:
        steps = data["steps_s"]
        if not isinstance(steps, list):
            raise InvalidSetting("cool_down.steps_s", "takes a list of seconds")
        values["steps"] = tuple(seconds_of("cool_down.steps_s", each) for each in steps)
    if "forget_s" in data:
        values["forget"] = seconds_of("cool_down.forget_s", data["forget_s"])
    return CoolDown(**values)


def _wrong_codes(data: dict[str, Any]) -> WrongCodes:
    require_keys("wrong_codes.", data, ("limit", "window_s"))
    values = {name: data[name] for name in ("limit",) if name in data}
    if "window_s" in data:
        values["window"] = seconds_of("wrong_codes.window_s", data["window_s"])
    return WrongCodes(**values)


def _spend(data: dict[str, Any]) -> Spend:
    require_keys("spend.", data, ("costs", "currency", "default", "limits"))
    limits = []
    for each in tables_of("spend.limits", data.get("limits")):
        require_keys("spend.limits.", each, ("amount", "window_s"))
        window = seconds_of("spend.limits.window_s", each.get("window_s"))
        limits.append(SpendLimit(amount=each.get("amount"), window=window))
    values = {name: data[name] for name in ("costs", "currency") if name in data}
    return Spend(limits=tuple(limits), default=data.get("default"), **values)


_READERS: Final[Mapping[str, Callable[[dict[str, Any]], object]]] = {
    "cool_down": _cool_down,
    "numbers": _numbers,
    "spend": _spend,
    "wrong_codes": _wrong_codes,
}
