"""What a provider is built from: the parts of its URL, or a node's attributes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from attrs import field, frozen

from .errors import InvalidSetting
from .frames import unframed_init
from .masking import Discreet, Hidden, Secret, to_hidden, to_optional_secret
from .validation import instance_of, require_all, require_mapping

_Texts = Mapping[str, str]


def _options(value: _Texts | Hidden[_Texts]) -> Hidden[_Texts]:
    given = to_hidden(value)
    for pair in require_mapping("options", given.reveal()).items():
        require_all("options", pair, str)
    return given


def _environ(value: _Texts | Hidden[_Texts]) -> Hidden[_Texts]:
    given = to_hidden(value)
    require_mapping("environ", given.reveal())
    return given


@unframed_init
@frozen(kw_only=True)
class ProviderSettings(Discreet):
    """
    What a provider is built from, whether by URL or by a node's attributes.

    A provider's entry point is called with one of these and returns the provider; it
    raises `InvalidSetting` for what is missing, malformed or not known to it.

    Attributes:
        name: The provider's name, the scheme of the URL.
        user: Account or key id, before the colon.
        secret: Its secret, after the colon.
        host: What stands after the at sign, without a port's colon.
        path: What follows the host, without its leading slash.
        options: The query; each name once.
        environ: The environment variables that may fill gaps.

    Raises:
        InvalidSetting: A field of another type; names it.
    """

    name: str = field(validator=instance_of(str))
    user: str = field(default="", validator=instance_of(str))
    secret: Secret | None = field(default=None, converter=to_optional_secret)
    host: str = field(default="", validator=instance_of(str))
    path: str = field(default="", validator=instance_of(str))
    _options: Hidden[Mapping[str, str]] = field(
        factory=dict, converter=_options, repr=False
    )
    _environ: Hidden[Mapping[str, str]] = field(
        factory=dict, converter=_environ, repr=False
    )

    @property
    def options(self) -> Mapping[str, str]:
        """The query; each name once."""
        return self._options.reveal()

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment variables that may fill gaps."""
        return self._environ.reveal()


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
