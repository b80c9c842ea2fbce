"""
Message templates: texts with placeholders, in one language or more.

Through the API templates are only listed; a customer's own are made in the console,
here with `Templates.add`.

Source: Twilio, "Templates" and error pages 60224, 60228, 60251, 60252, 60325 and 60327,
read 2026-11-22.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from attrs import define, field, frozen

from ...kit._bounded import Shelf
from ...kit._hiding import Hidden, Revealed, hidden
from ..machine._commands import StartCommand, TemplateChoice, TwilioRefusal
from ..machine._errors import Reason
from ..machine._state import TwilioChannel

_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_.-]{1,64})\s*\}\}")
_SID = re.compile(r"HJ[0-9a-fA-F]{32}")
_WORDS = {TwilioChannel.SMS: "sms", TwilioChannel.CALL: "voice"}
_MOST = 1_000
_LANGUAGES = 100
#: Characters of a message's text. Source: Twilio, error page 21617, read 2026-11-28.
LONGEST_TEXT = 1_600
#: What Twilio fills in by itself.
_FILLED = frozenset({"code", "friendly_name"})


@frozen(kw_only=True)
class MessageTemplate:
    """
    One template.

    Attributes:
        channels: `sms`, `voice` or both.
        texts: By language; the first is the default one.
    """

    sid: str
    account_sid: str
    friendly_name: str
    channels: tuple[str, ...] = ("sms",)
    texts: Mapping[str, str]
    since: datetime

    def text(self, locale: str | None) -> str:
        """The text in a language, or else in the default one, as at Twilio (60325)."""
        for name, text in self.texts.items():
            if locale is not None and name.lower() == locale.lower():
                return text
        return next(iter(self.texts.values()))


@frozen
class Wording:
    """A text chosen for a message; only `{{code}}` and `{{friendly_name}}` are open."""

    _text: Hidden[str] = field(converter=hidden)

    text = Revealed[str]()

    def filled(self, *, code: str, friendly_name: str) -> str:
        """The text that goes out."""
        values = {"code": code, "friendly_name": friendly_name}
        return _PLACEHOLDER.sub(lambda match: values.get(match[1], ""), self.text)


@define(kw_only=True)
class Templates:
    """
    The templates of one machine.

    Attributes:
        on_first_use: Whether an unknown sid stands for the usual text.
    """

    _now: Callable[[], datetime]
    _new_sid: Callable[[str], str]
    _account_sid: str
    on_first_use: bool
    shelf: Shelf[MessageTemplate] = field(init=False, factory=lambda: Shelf(_MOST))

    def add(
        self,
        friendly_name: str,
        texts: Mapping[str, str] | str,
        *,
        channels: Iterable[str] = ("sms",),
        sid: str | None = None,
        account_sid: str | None = None,
    ) -> MessageTemplate:
        """
        A template of the customer's own.

        Args:
            friendly_name: What lists call it.
            texts: One English text, or texts by language, the default one first; with
                placeholders such as `{{code}}`.
            channels: `sms`, `voice` or both.
            sid: Its identifier, where it must be a certain one.
            account_sid: Its owner.

        Raises:
            ValueError: No text, a text without `{{code}}` or too long, an unknown
                channel, a malformed or used sid, or too many templates.
        """
        by_language = {"en": texts} if isinstance(texts, str) else dict(texts)
        named = tuple(channels)
        self._require(friendly_name, by_language, named, sid)
        template = MessageTemplate(
            sid=sid or self._new_sid("HJ"),
            account_sid=account_sid or self._account_sid,
            friendly_name=friendly_name,
            channels=named,
            texts=by_language,
            since=self._now(),
        )
        self.shelf.add(template.sid, template)
        return template

    def _require(
        self,
        friendly_name: str,
        by_language: Mapping[str, str],
        channels: tuple[str, ...],
        sid: str | None,
    ) -> None:
        if not by_language or not all(
            "code" in _names(t) for t in by_language.values()
        ):
            raise ValueError(
                "a template needs texts, each with the placeholder {{code}}"
            )
        if not channels or set(channels) - set(_WORDS.values()):
            raise ValueError("a template's channels are sms, voice or both")
        if sid is not None and (not _SID.fullmatch(sid) or sid in self.shelf):
            raise ValueError(
                "a template's sid is HJ and 32 hexadecimal digits, and new"
            )
        if self.shelf.full:
            raise ValueError(f"there are {_MOST} templates already")
        longest = max(map(len, (friendly_name, *by_language.values())))
        if len(by_language) > _LANGUAGES or longest > LONGEST_TEXT:
            raise ValueError(
                f"a template has at most {LONGEST_TEXT} characters a text, and at most "
                f"{_LANGUAGES} texts"
            )

    def choose(
        self, command: StartCommand, default_sid: str | None
    ) -> Wording | TwilioRefusal | None:
        """
        The wording of a message: that of the first template that can be used.

        A template without the message's channel gives way to the usual text, as at
        Twilio (60327); a service's default template is for SMS that name no other.

        Returns:
            None for the usual text; a refusal where no choice can be used: its own
            where there is one, 60252 where there are several.
        """
        choices, wording = command.templates, None
        if not choices and default_sid and command.channel is TwilioChannel.SMS:
            choices = (TemplateChoice(sid=default_sid),)
        for choice in choices:
            wording = self._wording(choice, command.channel, command.language)
            if not isinstance(wording, TwilioRefusal):
                return wording
        several = len(choices) > 1
        return TwilioRefusal(reason=Reason.TEMPLATES_INVALID) if several else wording

    def _wording(
        self, choice: TemplateChoice, channel: TwilioChannel, locale: str | None
    ) -> Wording | TwilioRefusal | None:
        template, given = self.shelf.get(choice.sid), choice.substitutions
        if template is None:
            unknown = TwilioRefusal(reason=Reason.TEMPLATE_NOT_FOUND)
            return None if self.on_first_use else unknown
        if _WORDS.get(channel) not in template.channels:
            return None
        text = template.text(locale)
        if not _names(text) - _FILLED <= set(given):
            return TwilioRefusal(reason=Reason.SUBSTITUTIONS_MISSING)

        def replaced(match: re.Match[str]) -> str:
            # What Twilio fills in cannot be replaced; and what is filled in here is
            # text, never another placeholder.
            name = match[1]
            return match[0] if name in _FILLED else given[name].replace("{{", "{ {")

        # Filling in multiplies: a value is written as often as its name stands there.
        text = _PLACEHOLDER.sub(replaced, text)
        if len(text) > LONGEST_TEXT:
            name = "TemplateCustomSubstitutions"
            return TwilioRefusal(reason=Reason.INVALID_PARAMETER, detail=name)
        return Wording(text)


def _names(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))
