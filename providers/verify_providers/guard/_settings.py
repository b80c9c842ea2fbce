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
from typing import Any, Final, Protocol, TypeVar

from attrs import field, frozen

from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.phone import PhonePolicy
from verify_core.provider_settings import ProviderSettings
from verify_core.registry import load_async_provider, load_provider

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
from ..conversations import OnLate
from ._events import GuardHook
from ._policy import Budget, CoolDown, GuardPolicy, WrongCodes
from ._provider import NAME, AsyncGuardProvider, GuardProvider
from ._spend import Spend, SpendLimit
from ._storages import NAMESPACE, async_redis_storage, redis_storage

_P = TypeVar("_P")
_P_co = TypeVar("_P_co", covariant=True)
_S = TypeVar("_S")
_S_co = TypeVar("_S_co", covariant=True)

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
def async_from_settings(settings: ProviderSettings) -> AsyncGuardProvider:
    """
    The awaited guard that a URL names by its file; as `from_settings`.

    Raises:
        InvalidSetting: As `load_async_guard`; or another part in the URL.
    """
    file = file_of_url(settings, FILE_VARIABLE)
    return load_async_guard(file, environ=settings.environ)


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
    found = _read(file, environ)
    return GuardProvider(
        found.provider(load_provider),
        found.policy,
        storage=found.storage(redis_storage),
        pepper=found.pepper,
        clock=clock,
        on_event=on_event,
    )


@unframed
def load_async_guard(
    file: Path,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime] = utc_now,
    on_event: GuardHook | None = None,
    on_late: OnLate | None = None,
) -> AsyncGuardProvider:
    """
    The awaited guard that a TOML file describes, before an awaited provider.

    Args:
        file: As for `load_guard`.
        environ: As for `load_guard`.
        clock: As for `AsyncGuardProvider`.
        on_event: As for `AsyncGuardProvider`.
        on_late: As for `AsyncGuardProvider`.

    Raises:
        InvalidSetting: As `load_guard`.
    """
    found = _read(file, environ)
    return AsyncGuardProvider(
        found.provider(load_async_provider),
        found.policy,
        storage=found.storage(async_redis_storage),
        pepper=found.pepper,
        clock=clock,
        on_event=on_event,
        on_late=on_late,
    )


class _Connect(Protocol[_S_co]):
    def __call__(self, url: str, *, namespace: str) -> _S_co: ...


class _Load(Protocol[_P_co]):
    def __call__(self, url: str, *, environ: Mapping[str, str]) -> _P_co: ...


@frozen(kw_only=True)
class _File:
    """
    What a file says.

    Attributes:
        path: The file.
        environ: As for `load_guard`.
        policy: The rules.
        provider_url: Of the guarded provider.
        redis: The URL of the shared counters, or None.
        namespace: Of the shared counters.
        pepper: As for `GuardProvider`.
    """

    path: Path
    environ: Mapping[str, str] = field(repr=False)
    policy: GuardPolicy
    provider_url: str = field(repr=False)
    redis: str | None = field(repr=False)
    namespace: str
    pepper: str | None = field(repr=False)

    def provider(self, load: _Load[_P]) -> _P:
        """Load the guarded provider; a file that leads to itself is refused."""
        with loading(self.path):
            return load(self.provider_url, environ=self.environ)

    def storage(self, connect: _Connect[_S]) -> _S | None:
        """Make the shared counters; None counts in this process."""
        if self.redis is None:
            return None
        return connect(self.redis, namespace=self.namespace)


def _read(file: Path, environ: Mapping[str, str]) -> _File:
    data = read_toml(file, parse_float=Decimal)
    require_keys("", data, _KEYS, gone=_GONE)
    policy = _policy(data)
    redis = text_of("storage", data, file.parent, environ)
    namespace = data.get("namespace", NAMESPACE)
    if not isinstance(namespace, str) or not re.fullmatch("[a-z0-9_-]+", namespace):
        raise InvalidSetting("namespace", "takes lower-case letters, digits, - and _")
    return _File(
        path=file,
        environ=environ,
        policy=policy,
        provider_url=_provider_url(data, file.parent, environ),
        redis=redis,
        namespace=namespace,
        pepper=text_of("pepper", data, file.parent, environ, plain=False),
    )


def _provider_url(
    data: dict[str, Any], folder: Path, environ: Mapping[str, str]
) -> str:
    url = text_of("provider", data, folder, environ)
    if url is None:
        raise InvalidSetting("provider", "missing; write the URL of who is guarded")
    if url.lower().startswith(f"{NAME}:"):
        raise InvalidSetting("provider", "names another guard; write its rules here")
    return url


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
