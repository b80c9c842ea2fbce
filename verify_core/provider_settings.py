"""What a provider is built from: the parts of its URL, or a node's attributes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from attrs import field, frozen

from .errors import InvalidSetting
from .frames import unframed_init
from .masking import Discreet, Hidden, Revealed, Secret, hide_text, to_optional_secret
from .validation import (
    checked,
    instance_of,
    require_all,
    require_kind,
    require_mapping,
)

_Texts = Mapping[str, str]


def _hide_texts(value: _Texts | Hidden[_Texts]) -> Hidden[_Texts]:
    return Hidden(value)


@checked
def _text(setting: str, value: Hidden[str]) -> None:
    require_kind(setting, value.reveal(), str)


@checked
def _mapping(setting: str, value: Hidden[_Texts]) -> None:
    require_mapping(setting, value.reveal())


@checked
def _texts(setting: str, value: Hidden[_Texts]) -> None:
    for pair in require_mapping(setting, value.reveal()).items():
        require_all(setting, pair, str)


@unframed_init
@frozen(kw_only=True)
class ProviderSettings(Discreet):
    """
    What a provider is built from, whether by URL or by a node's attributes.

    A provider's entry point is called with one of these and returns the provider; it
    raises `InvalidSetting(setting, message)` for what is missing, malformed or not
    known to it.

    No part but the name shows in a `repr`: a key that is written before the
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
    _user: Hidden[str] = field(
        default="", converter=hide_text, validator=_text, repr=False
    )
    secret: Secret | None = field(default=None, converter=to_optional_secret)
    _host: Hidden[str] = field(
        default="", converter=hide_text, validator=_text, repr=False
    )
    _path: Hidden[str] = field(
        default="", converter=hide_text, validator=_text, repr=False
    )
    _options: Hidden[_Texts] = field(
        factory=dict, converter=_hide_texts, validator=_texts, repr=False
    )
    _environ: Hidden[_Texts] = field(
        factory=dict, converter=_hide_texts, validator=_mapping, repr=False
    )

    user = Revealed[str]("_user", "Account or key id, before the colon.")
    host = Revealed[str]("_host", "What stands before the path, with its port.")
    path = Revealed[str]("_path", "What follows the host, without its slash.")
    options = Revealed[_Texts]("_options", "The query; each name once.")
    environ = Revealed[_Texts]("_environ", "Variables that may fill gaps.")

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
