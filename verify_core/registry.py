"""
A door: providers by name or URL, through entry points and the environment.

Nothing else in the core reads the environment. A provider's package announces a
function under the entry-point group `verify_core.providers`; it is called with one
`ProviderSettings` and returns the provider. A function under the same name in
`verify_core.async_providers` returns the awaited provider; without one, the entry
`threads` of `verify_core.async_adapters` makes it of the blocking provider.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self, cast
from urllib.parse import SplitResult, parse_qsl, unquote, unquote_to_bytes, urlsplit

from .errors import InvalidSetting
from .frames import unframed
from .masking import Secret
from .provider import AsyncVerifyProvider, VerifyProvider
from .provider_settings import ProviderSettings, shown_option
from .validation import read_or, require_kind

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

ENTRY_POINT_GROUP = "verify_core.providers"
ASYNC_ENTRY_POINT_GROUP = "verify_core.async_providers"
ADAPTER_ENTRY_POINT_GROUP = "verify_core.async_adapters"
PROVIDER_VARIABLE = "VERIFY_PROVIDER"
"""Environment variable with the URL of the provider to use by default."""


class ManagedAsyncProvider(AsyncVerifyProvider, Protocol):
    """
    An awaited provider that is an asynchronous context manager.

    Attributes:
        on_late: Receives what became of a call whose caller was cancelled while its
            message may have been on the way (`verify_providers.conversations`); may be
            set. At first it logs a masked warning.
    """

    on_late: Callable[[Any], None]

    async def aclose(self) -> None:
        """Wait for the calls under way, and close what is kept open."""

    async def __aenter__(self) -> Self:
        """Return the provider."""

    async def __aexit__(self, *exception: object) -> None:
        """Close it."""


@unframed
def load_provider(
    url: str | None = None, *, environ: Mapping[str, str] | None = None
) -> VerifyProvider:
    """
    The provider that a URL names: `fake://?seed=1`, `twilio://AC…:TOKEN@verify/VA…`.

    Args:
        url: `name://user:secret@host/path?option=value`, each part percent-encoded
            where it holds a reserved character; None takes it from `VERIFY_PROVIDER`.
        environ: The environment, for the URL and for what the URL leaves out; None
            takes the process's own.

    Raises:
        InvalidSetting: No URL, an unknown provider, or a part that it cannot use; the
            message names the part and never shows a secret.
    """
    return build_provider(settings_of(url, environ))


@unframed
def load_async_provider(
    url: str | None = None, *, environ: Mapping[str, str] | None = None
) -> ManagedAsyncProvider:
    """
    The awaited provider that a URL names; everything else as for `load_provider`.

    A package that announces only a blocking provider gets worker threads: the result
    is then `as_async(…)`, and its `repr` says so.
    """
    return build_async_provider(settings_of(url, environ))


@unframed
def build_provider(settings: ProviderSettings) -> VerifyProvider:
    """
    The provider of that name, built from the settings.

    Raises:
        InvalidSetting: No installed package announces the name, its package cannot be
            imported, or it cannot use the settings.
    """
    build = _load(_entry_points(ENTRY_POINT_GROUP), settings.name)
    return cast("VerifyProvider", build(settings))


@unframed
def build_async_provider(settings: ProviderSettings) -> ManagedAsyncProvider:
    """The awaited provider of that name; see `build_provider`."""
    awaited = _entry_points(ASYNC_ENTRY_POINT_GROUP)
    if awaited.select(name=settings.name):
        made = _load(awaited, settings.name)(settings)
    else:
        blocking = build_provider(settings)
        made = _load(_entry_points(ADAPTER_ENTRY_POINT_GROUP), "threads")(blocking)
    return cast("ManagedAsyncProvider", made)


def settings_of(
    url: str | None, environ: Mapping[str, str] | None = None
) -> ProviderSettings:
    """The settings of a URL; the arguments and errors are those of `load_provider`."""
    env = os.environ if environ is None else environ  # noqa: TID251 - this is the door
    text = url if url is not None else env.get(PROVIDER_VARIABLE)
    if not text:
        raise InvalidSetting(
            "provider", f"pass a URL such as fake://, or set {PROVIDER_VARIABLE}"
        )
    return read_url(text, environ=env)


def _load(group: EntryPoints, name: str) -> Callable[[object], object]:
    found = group.select(name=name)
    if not found:
        known = ", ".join(provider_names()) or "none"
        raise InvalidSetting("provider", f"{name!r} is not installed; known: {known}")
    try:
        loaded = next(iter(found)).load()
    except ImportError as error:
        raise InvalidSetting(
            "provider", f"{name!r} cannot be loaded: {error}"
        ) from error
    return cast("Callable[[object], object]", loaded)


def provider_names() -> list[str]:
    """The names of all installed providers, sorted."""
    return sorted(_entry_points(ENTRY_POINT_GROUP).names)


@unframed
def read_url(url: str, *, environ: Mapping[str, str] | None = None) -> ProviderSettings:
    """A provider URL as settings; `environ` is handed on to the provider."""
    text = require_kind("provider", url, str).strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if not parts.scheme or "://" not in url:
        raise InvalidSetting(
            "provider", "not a URL; it looks like name://user:secret@host/path"
        )
    _require_escapes(parts, url)
    secret = parts.password
    return ProviderSettings(
        name=parts.scheme,
        user=unquote(parts.username or ""),
        secret=None if secret is None else Secret(unquote(secret)),
        host=unquote(parts.netloc.rpartition("@")[2]),
        path=unquote(parts.path.removeprefix("/")),
        options=_options(parts.query),
        environ=environ or {},
    )


def _require_escapes(parts: SplitResult, url: str) -> None:
    # Whatever stands before the at sign may be a secret, so it must not end up as the
    # name of a path or an option, which errors show.
    if "#" in url or (parts.netloc and "@" not in parts.netloc and "@" in url):
        raise InvalidSetting(
            "provider",
            "write /, ?, #, @ and % of its parts as %2F, %3F, %23, %40 and %25",
        )
    fault = InvalidSetting(
        "provider", "its percent-encoded parts are not text in UTF-8"
    )
    read_or(lambda text: unquote_to_bytes(text).decode(), url, fault)


def _options(query: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in options:
            raise InvalidSetting(
                shown_option(name), "given twice in the provider's URL"
            )
        options[name] = value
    return options


def _entry_points(group: str) -> EntryPoints:
    # Slow to import, and most programs never ask.
    from importlib.metadata import entry_points

    return entry_points(group=group)
