"""Senders by URL, for `own://…?sender=…`, a configuration file or the shell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import import_module

from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.provider_settings import ProviderSettings, require_options
from verify_core.registry import read_url
from verify_core.validation import require_kind

from ._development import ConsoleSender, MemorySender
from ._sender import Sender


def _bare(kind: Callable[[], Sender]) -> Callable[[ProviderSettings], Sender]:
    """Return what makes a sender that has no settings."""

    def make(settings: ProviderSettings) -> Sender:
        require_options(settings, ())
        if settings.user or settings.secret or settings.host or settings.path:
            raise InvalidSetting("sender", f"write {settings.name}://, and no more")
        return kind()

    return make


_MAKERS: Mapping[str, Callable[[ProviderSettings], Sender] | str] = {
    "console": _bare(ConsoleSender),
    "http": "_described_file:from_settings",
    "http+toml": "_described_file:from_settings",
    "https": "_described_file:from_settings",
    "memory": _bare(MemorySender),
    "smtp": "_smtp:from_settings",
    "smtps": "_smtp:from_settings",
    "aws-sms": "_aws_senders:aws_sms_from_settings",
    "sns": "_aws_senders:sns_from_settings",
    "twilio-messages": "_twilio:from_settings",
    "vonage-sms": "_vonage:from_settings",
    "whatsapp": "_whatsapp:from_settings",
}
"""What makes the sender of a scheme; `module:function` is imported when needed."""


@unframed
def sender_from_url(url: str, environ: Mapping[str, str]) -> Sender:
    """
    The sender that a URL names, such as `smtp://USER:PASSWORD@mx.example`.

    >>> sender_from_url("memory://", {})
    <MemorySender with 0 messages>
    >>> sender_from_url("pigeon://coop", {})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    verify_core.errors.InvalidSetting: sender: unknown scheme; known are ...

    Args:
        url: As of a provider, each part percent-encoded; a bare name is one, too.
        environ: The environment, for what the URL leaves out.

    Raises:
        InvalidSetting: The scheme is unknown, or a part cannot be used; the message
            names the part and never shows a secret.
    """
    settings = _read(require_kind("sender", url, str), environ)
    make = _MAKERS.get(settings.name)
    if make is None:
        known = ", ".join(sorted(_MAKERS))
        raise InvalidSetting("sender", f"unknown scheme; known are {known}")
    if isinstance(make, str):
        module, _, name = make.partition(":")
        make = getattr(import_module(f".{module}", __package__), name)
    return make(settings)


def _read(url: str, environ: Mapping[str, str]) -> ProviderSettings:
    if re.fullmatch("[a-z+-]+", url):
        url = f"{url}://"
    try:
        return read_url(url, environ=environ)
    except InvalidSetting as error:
        fault = error
    setting = "sender" if fault.setting == "provider" else fault.setting
    raise InvalidSetting(setting, fault.message)
