"""Mail through a submission server, blocking and awaited."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

from verify_core.channels import Channel
from verify_core.errors import InvalidEmailAddress, InvalidSetting
from verify_core.frames import unframed, unframed_init
from verify_core.identifiers import EmailAddress
from verify_core.masking import Secret, hiding
from verify_core.provider_settings import ProviderSettings
from verify_core.validation import is_this_machine, require_function, require_kind

from ..._clock import utc_now
from ...config import SecretReader, SecretSource, first_set, read_options
from ...conversations import run, run_awaited
from ._mail import compose
from ._sender import AsyncSender, MaybeSent, Message, Sent
from ._smtp_conversation import NAME, Security, SmtpConversation, SmtpDelivery
from ._smtp_wires import AwaitedWire, SmtpReach, Wire

# By the package's name, which applications configure.
_LOG = logging.getLogger(__package__)

_PORTS = {Security.TLS: 465, Security.CLEAR: 25}
_TOKEN = "access_token"  # noqa: S105 - a name
_SUBMISSION = 587  # RFC 6409
_HOST = re.compile("[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")


@unframed_init
class SmtpSender:
    """
    Sends mail through a submission server (RFC 6409); safe for several threads.

    Each message has a connection of its own. Its text comes first, then its HTML; the
    subject should hold no code, since logs and bounces show it. `Sent.vendor_id` is the
    mail's Message-ID.

    Args:
        host: The server's name, which its certificate must bear, or its address.
        from_address: Our address: in `From`, and where bounces go.
        from_name: The name in `From`; empty is the message's brand.
        user: Who signs in; empty without signing in.
        password: The user's, or where it is read anew for each message.
        access_token: In place of a password, a token of OAuth 2.0 (XOAUTH2, as of
            Google and Microsoft); a function that returns a fresh one, or its file.
        security: `tls` is TLS from the first byte; `starttls` requires STARTTLS;
            `clear` uses no TLS at all. None is `starttls`, but on a loopback address
            a server need not offer it. Certificates are always verified.
        port: None is 587, with `tls` 465 and with `clear` 25.
        ca_file: Authorities to trust (PEM) in place of the system's.
        timeout: Deadline of the whole delivery. After it, a mail that was given away
            is `MaybeSent`: a server may take minutes for its last reply (RFC 5321,
            section 4.5.3.2), longer than a login can wait.
        clock: The present, for `Date`.
        monotonic: Seconds on a clock that never goes back.

    Raises:
        InvalidSetting: A value that cannot be used; names the argument.
    """

    channels = (Channel.EMAIL,)

    def __init__(  # noqa: PLR0913 - a setting each
        self,
        *,
        host: str,
        from_address: str,
        from_name: str = "",
        user: str = "",
        password: SecretSource | None = None,
        access_token: SecretSource | None = None,
        security: Literal["tls", "starttls", "clear"] | None = None,
        port: int | None = None,
        ca_file: Path | None = None,
        timeout: timedelta = timedelta(seconds=20),
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not _HOST.fullmatch(require_kind("host", host, str)):
            raise InvalidSetting("host", "takes the name of a host, or its address")
        self._from = _address("from_address", from_address)
        if not require_kind("from_name", from_name, str).isprintable():
            raise InvalidSetting("from_name", "takes a name on one line")
        self._from_name = from_name
        self._security = _security(security, host)
        self._user = require_kind("user", user, str)
        self._password = _password(user, password, access_token)
        self._reach = SmtpReach(
            host=host,
            port=_PORTS.get(self._security, _SUBMISSION) if port is None else port,
            timeout=timeout,
            tls=_tls_context(ca_file),
            monotonic=require_function("monotonic", monotonic),
        )
        self._clock = require_function("clock", clock)

    def __repr__(self) -> str:
        return f"<SmtpSender through {self._reach.host}:{self._reach.port}>"

    @unframed
    def send(self, message: Message) -> Sent | MaybeSent:
        """Deliver the message once; see `Sender.send`."""
        with closing(Wire(self._reach)) as wire:
            return run(self._converse(message), wire.perform)

    def awaited(self) -> AsyncSender:
        """Return the same sender, awaited, on `asyncio`."""
        return _AsyncSmtpSender(self._converse, self._reach)

    def _converse(self, message: Message) -> SmtpConversation[Sent | MaybeSent]:
        mail = compose(
            message,
            sender=self._from,
            sender_name=self._from_name,
            now=self._clock(),
        )
        password = self._password.read() if self._password else ""
        return SmtpDelivery(
            mail=mail,
            security=self._security,
            user=self._user,
            password=Secret(password),
            is_token=bool(self._password and self._password.setting == _TOKEN),
            hiding=hiding(message.identifier, message.code, message.text, password),
        ).converse()


class _AsyncSmtpSender:
    """As `SmtpSender`, awaited; a delivery takes no thread."""

    def __init__(
        self,
        converse: Callable[[Message], SmtpConversation[Sent | MaybeSent]],
        reach: SmtpReach,
    ) -> None:
        self._converse = converse
        self._reach = reach

    def __repr__(self) -> str:
        return f"<SmtpSender through {self._reach.host}:{self._reach.port}, awaited>"

    @unframed
    async def send(self, message: Message) -> Sent | MaybeSent:
        """Deliver the message once; see `Sender.send`."""
        wire = AwaitedWire(self._reach)
        try:
            return await run_awaited(self._converse(message), wire.perform)
        except asyncio.CancelledError:
            if wire.maybe_sent:
                _LOG.warning(
                    "a message to %s may have left when its task was cancelled",
                    message.identifier,
                )
            raise
        finally:
            await wire.aclose()


def _address(setting: str, text: str) -> EmailAddress:
    with suppress(InvalidEmailAddress):
        address = EmailAddress(require_kind(setting, text, str))
        if address.value.isascii():
            return address
    raise InvalidSetting(setting, "takes an e-mail address in ASCII")


def _password(
    user: str, password: SecretSource | None, token: SecretSource | None
) -> SecretReader | None:
    given = {"password": password, _TOKEN: token}
    found = {name: each for name, each in given.items() if each is not None}
    if bool(found) is not bool(user):
        raise InvalidSetting("password", "belongs to a user, and each needs one")
    if len(found) > 1:
        raise InvalidSetting(_TOKEN, "pass it or password, not both")
    for setting, source in found.items():
        return SecretReader(setting=setting, provider=NAME, source=source)
    return None


def _security(given: object, host: str) -> Security:
    if given is None:
        return Security.IF_OFFERED if is_this_machine(host) else Security.STARTTLS
    if isinstance(given, str) and given in {"tls", "starttls", "clear"}:
        return Security(given)
    raise InvalidSetting("security", "takes tls, starttls or clear")


@cache
def _tls_of_the_system() -> ssl.SSLContext:
    return ssl.create_default_context()


def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    if ca_file is None:
        return _tls_of_the_system()
    with suppress(OSError, TypeError, ValueError):  # an SSLError, too
        return ssl.create_default_context(cafile=ca_file)
    raise InvalidSetting("ca_file", "takes the path of a file with certificates (PEM)")


_OPTIONS: Mapping[str, type] = {
    "from": str,
    "from_name": str,
    "security": str,
    "timeout": timedelta,
    "ca_file": str,
    "password_file": str,
    "access_token_file": str,
}


@unframed
def from_settings(settings: ProviderSettings) -> SmtpSender:
    """
    The sender of `smtp://USER:PASSWORD@host:587?from=codes%40shop.example`.

    `smtps` is TLS from the first byte. Options:
    `from`, `from_name`, `security`, `timeout` (seconds), `ca_file`,
    `password_file` or `access_token_file` (read anew for each message). Variables:
    `SMTP_FROM`, `SMTP_USER`, `SMTP_PASSWORD`.

    Raises:
        InvalidSetting: A part that is unknown, malformed or missing; names it.
    """
    options = read_options(settings, _OPTIONS)
    if settings.path.strip("/"):
        raise InvalidSetting("path", "takes none")
    host, port = _host_and_port(settings.host)
    given = first_set(settings.environ, "SMTP_FROM")
    sender = options.pop("from", given)
    if sender is None:
        raise InvalidSetting("from", "missing; put it into the URL, or SMTP_FROM")
    _address("from", sender)
    if settings.name == "smtps" and options.setdefault("security", "tls") != "tls":
        raise InvalidSetting("security", "is tls with smtps; or write smtp")
    if "ca_file" in options:
        options["ca_file"] = Path(options["ca_file"])
    user = settings.user or first_set(settings.environ, "SMTP_USER") or ""
    return SmtpSender(
        host=host,
        port=port,
        from_address=sender,
        user=user,
        **_secret(settings, options, user),
        **options,
    )


def _secret(
    settings: ProviderSettings, options: dict[str, Any], user: str
) -> dict[str, Any]:
    files: dict[str, Any] = {
        name: Path(options.pop(f"{name}_file"))
        for name in ("password", "access_token")
        if f"{name}_file" in options
    }
    if settings.secret is not None:
        for name in files:
            raise InvalidSetting(f"{name}_file", "the URL has a password already")
        return {"password": settings.secret}
    if files or not user:
        return files
    return {"password": first_set(settings.environ, "SMTP_PASSWORD")}


def _host_and_port(text: str) -> tuple[str, int | None]:
    found = re.fullmatch(
        r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?", text
    )
    if found is None:
        raise InvalidSetting("host", "takes the name of a host, and perhaps a port")
    return found[1].strip("[]"), int(found[2]) if found[2] else None
