"""What a provider is built from: the parts of its URL, or a node's attributes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from attrs import field, frozen

from .errors import InvalidSetting
from .frames import unframed_init
from .masking import Discreet, Hidden, Secret, to_optional_secret
from .validation import instance_of, require_all, require_kind, require_mapping

_Texts = Mapping[str, str]


def _text(setting: str, value: str | Hidden[str]) -> Hidden[str]:
    given = Hidden(value)
    require_kind(setting, given.reveal(), str)
    return given


def _user(value: str | Hidden[str]) -> Hidden[str]:
    return _text("user", value)


def _host(value: str | Hidden[str]) -> Hidden[str]:
    return _text("host", value)


def _path(value: str | Hidden[str]) -> Hidden[str]:
    return _text("path", value)


def _options(value: _Texts | Hidden[_Texts]) -> Hidden[_Texts]:
    given = Hidden(value)
    for pair in require_mapping("options", given.reveal()).items():
        require_all("options", pair, str)
    return given


def _environ(value: _Texts | Hidden[_Texts]) -> Hidden[_Texts]:
    given = Hidden(value)
    require_mapping("environ", given.reveal())
    return given


@unframed_init
@frozen(kw_only=True)
class ProviderSettings(Discreet):
    """
    What a provider is built from, whether by URL or by a node's attributes.

    A provider's entry point is called with one of these and returns the provider; it
    raises `InvalidSetting(setting, message)` for what is missing, malformed or not
    known to it.

    No part but the name shows in a `repr`: a key that somebody writes before the
    colon, or without an at sign, is the `user` or the `host`.

    Attributes:
        name: The provider's name, the scheme of the URL.
        user: Account or key id, before the colon.
        secret: Its secret, after the colon; a key without an account, too, as in
            `pigeon://:KEY@post`. None where the URL has no colon.
        host: What stands between the at sign and the path, with its port if it has
            one: `api.example.org:8443`.
        path: What follows the host, without its leading slash.
        options: The query; each name once.
        environ: The environment variables that may fill gaps.

    Raises:
        InvalidSetting: A field of another type; names it.
    """

    name: str = field(validator=instance_of(str))
    _user: Hidden[str] = field(default="", converter=_user, repr=False)
    secret: Secret | None = field(default=None, converter=to_optional_secret)
    _host: Hidden[str] = field(default="", converter=_host, repr=False)
    _path: Hidden[str] = field(default="", converter=_path, repr=False)
    _options: Hidden[Mapping[str, str]] = field(
        factory=dict, converter=_options, repr=False
    )
    _environ: Hidden[Mapping[str, str]] = field(
        factory=dict, converter=_environ, repr=False
    )

    @property
    def user(self) -> str:
        """Account or key id, before the colon."""
        return self._user.reveal()

    @property
    def host(self) -> str:
        """What stands between the at sign and the path, with its port."""
        return self._host.reveal()

    @property
    def path(self) -> str:
        """What follows the host, without its leading slash."""
        return self._path.reveal()

    @property
    def options(self) -> Mapping[str, str]:
        """The query; each name once."""
        return self._options.reveal()

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment variables that may fill gaps."""
        return self._environ.reveal()

    def secret_or(self, variable: str) -> Secret:
        """
        Return the secret, else the one in this environment variable.

        >>> settings = ProviderSettings(name="post", environ={"POST_KEY": "coo"})
        >>> settings.secret_or("POST_KEY").reveal()
        'coo'
        >>> ProviderSettings(name="post", host="coo").secret_or("POST_KEY")
        Traceback (most recent call last):
        verify_core.errors.InvalidSetting: secret: missing; write it after the colon, \
post://:SECRET@host, or set POST_KEY

        Raises:
            InvalidSetting: There is neither, or it is empty; says where to put it.
        """
        found = self.secret
        if found is None:
            found = Secret(self.environ.get(variable, ""))
        if found.reveal():
            return found
        raise InvalidSetting(
            "secret",
            f"missing; write it after the colon, {self.name}://:SECRET@host, "
            f"or set {variable}",
        )


def shown_option(name: str) -> str:
    """
    An option's name as an error may show it, else `option`.

    An unescaped `?` in a secret makes an option of what follows it.
    """
    return name if re.fullmatch("[a-z]{1,20}(_[a-z]{1,20}){0,3}", name) else "option"


def require_options(settings: ProviderSettings, known: Iterable[str]) -> None:
    """
    Refuse options that the provider does not know, rather than ignore them.

    Raises:
        InvalidSetting: Names the first such option and lists the known ones.
    """
    names = sorted(known)
    for name in sorted(settings.options):
        if name not in names:
            raise InvalidSetting(
                shown_option(name), f"unknown option; known are {', '.join(names)}"
            )
