"""Secrets that a provider needs, and where they are read anew, so that they rotate."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from attrs import field, frozen

from verify_core.characters import is_encodable
from verify_core.errors import InvalidSetting, Misconfigured
from verify_core.files import read_file
from verify_core.frames import unframed_init
from verify_core.masking import Discreet, Secret, to_secret
from verify_core.provider_settings import ProviderSettings

from ._options import first_set

SecretSource: TypeAlias = str | Secret | Path | Callable[[], str | Secret]
"""A secret, or the file or function that it is read from whenever it is needed."""


_Kept: TypeAlias = Secret | Path | Callable[[], str | Secret]


def _kept(source: SecretSource) -> _Kept:
    if isinstance(source, Secret):
        source = source.reveal()
    # Without the line breaks with which files and shells end their lines.
    return Secret(source.rstrip("\r\n")) if isinstance(source, str) else source


def secret_in(
    settings: ProviderSettings, option: str, *variables: str
) -> Path | Secret | str | None:
    """
    Return the secret of a URL, the file that an option names, or a variable's text.

    Raises:
        InvalidSetting: Both stand in the URL.
    """
    file = settings.options.get(option)
    if file is None:
        return settings.secret or first_set(settings.environ, *variables)
    if settings.secret is not None:
        raise InvalidSetting(option, "pass it or the secret in the URL, not both")
    return Path(file)


@unframed_init
@frozen(kw_only=True)
class SecretReader:
    """
    One secret, read whenever it is needed; line breaks at its end do not count.

    >>> keys = iter(["old key", "new key"])
    >>> reader = SecretReader(setting="key", provider="post", source=lambda: next(keys))
    >>> reader.read(), reader.read()
    ('old key', 'new key')
    >>> reader
    SecretReader(setting='key', provider='post')

    Attributes:
        setting: The name of its setting, for messages.
        provider: The name of the provider, for errors.
        source: The secret, the path of a regular file of at most 1 MiB, or a function
            that returns the secret.

    Raises:
        InvalidSetting: The source is missing, or of another type.
    """

    setting: str
    provider: str
    source: _Kept = field(repr=False, converter=_kept)

    def __attrs_post_init__(self) -> None:
        source: object = self.source
        if source is None or (isinstance(source, Secret) and not source.reveal()):
            raise InvalidSetting(self.setting, "missing")
        if isinstance(source, Secret):
            flaw = _flaw(source.reveal())
            if flaw is not None:
                raise InvalidSetting(self.setting, flaw)
        elif not isinstance(source, Path) and not callable(source):
            raise InvalidSetting(self.setting, "takes a text, a path or a callable")

    def read(self) -> str:
        """
        Return the secret as it is now.

        Raises:
            Misconfigured: It cannot be read, is empty or is not a text.
        """
        source = self.source
        if isinstance(source, Secret):  # examined once, by the constructor
            return source.reveal()
        text, fault = self._text(source)
        fault = fault or _flaw(text)
        if fault is not None:
            raise Misconfigured(f"{self.setting}: the secret {fault}", self.provider)
        return text

    def _text(
        self, source: Path | Callable[[], str | Secret]
    ) -> tuple[str, str | None]:
        # Nothing is raised inside an `except`: what a source raises may hold the secret
        # and would travel along as the context.
        try:
            if isinstance(source, Path):
                return read_file(self.setting, source).decode().strip(), None
            found: object = source()
        except InvalidSetting as error:
            return "", error.message
        except Exception as error:  # noqa: BLE001 - a source may be any code
            return "", f"cannot be read: its function raised {type(error).__name__}"
        text = found.reveal() if isinstance(found, Secret) else found
        if not isinstance(text, str):
            return "", f"is not a text but {type(text).__name__}"
        return text.rstrip("\r\n"), None


@frozen(kw_only=True)
class BasicCredentials(Discreet):
    """A user and a secret for HTTP Basic: RFC 7617."""

    user: Secret = field(converter=to_secret)
    secret: SecretReader

    def authorization(self) -> str:
        """Return the value of the `Authorization` header."""
        pair = f"{self.user.reveal()}:{self.secret.read()}"
        return "Basic " + b64encode(pair.encode()).decode()


class BearerToken(SecretReader):
    """
    A secret that is sent as a bearer token: RFC 6750, section 2.1.

    >>> BearerToken(setting="key", provider="post", source="coo").authorization()
    'Bearer coo'
    """

    def authorization(self) -> str:
        """
        Return the value of the `Authorization` header.

        Raises:
            Misconfigured: The secret cannot be read, is empty or is not a text.
        """
        return f"Bearer {self.read()}"


def _flaw(secret: str) -> str | None:
    if not secret:
        return "is empty"
    if not is_encodable(secret):
        return "holds bytes that are not UTF-8; in which encoding was it written?"
    return None
