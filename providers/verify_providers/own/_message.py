"""
What a message says: brand, code first, "do not share", and a line for the phone.

The last line of an SMS may bind the code to a website, by WICG's "Origin-bound one-time
codes delivered via SMS" (draft report of 2021-03-24), or wake an Android app, by
Google's SMS Retriever (developers.google.com/identity/sms-retriever, read 2026-11-28).
Right-to-left texts need no direction marks, which might break a parser: by UAX #9 a
code runs from left to right in any paragraph, a word of the language parts it from the
brand, and the last line is a paragraph of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from html import escape

from attrs import converters, evolve, field, frozen
from attrs.validators import optional

from verify_core.channels import Channel
from verify_core.characters import visible
from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.identifiers import Identifier
from verify_core.masking import Hidden, Secret
from verify_core.validation import (
    matching,
    read_or,
    require_members,
    require_text,
    require_texts,
    whole,
)
from verify_core.verification import MAX_CODE_LENGTH, MIN_CODE_LENGTH

from ._catalogue import CATALOGUE, RIGHT_TO_LEFT, MessageWording
from ._segments import count_segments
from .senders import Message

_PURPOSES = frozenset({"login", "confirm", "recovery"})
_TAG = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*")
_CODE = re.compile(rf"[0-9A-Za-z]{{{MIN_CODE_LENGTH},{MAX_CODE_LENGTH}}}")
_LONGEST = "0" * MAX_CODE_LENGTH
_LONGEST_TAG = 64
_HOUR = 60
_MINUTE = timedelta(minutes=1)
_UNKNOWN = MessageWording(text="", spoken="", subject="{brand}")
# At most, by Google's page, which counts bytes.
_RETRIEVER_BYTES = 140
# Other names of what the catalogue has; ISO 639 withdrew `iw` in 1989.
_SAME = {
    "iw": "he",
    "cmn": "zh",
    "cmn-hant": "zh-hant",
    **dict.fromkeys(("zh-tw", "zh-hk", "zh-mo", "yue"), "zh-hant"),
}

# What phones and carriers take for a link. Without a list of top-level domains, so that
# `J.Crew` is refused, too; `e.l.f.` and `U.S. Bank` are not.
_LINK = re.compile(
    r"""
    ://  |  \b(?:www\.|mailto:|tel:|sms:)
    |  \w\.[^\W\d_][^\s.,;:!?)\]]          # a domain
    |  (?:\d{1,3}\.){3}\d                  # an IP address
    |  \d(?:[\s()/.-]*\d){6}               # a phone number
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?!.{{254}})(?:{_LABEL}\.)*(?![0-9]+\Z){_LABEL}")
_JOINERS = "\u200c\u200d"  # spelling, in Persian, Hindi and emoji


def has_link(text: str) -> bool:
    """Whether phones make a link of something in the text: a domain, a number."""
    return _LINK.search(unicodedata.normalize("NFKC", text)) is not None


def _has_controls(text: str) -> bool:
    """Whether it breaks a line, or has marks that turn what stands beside them."""
    return any(
        unicodedata.category(each) in {"Cc", "Cf", "Zl", "Zp"} and each not in _JOINERS
        for each in text
    )


def _brand(value: object) -> str:
    brand = unicodedata.normalize("NFC", require_text("brand", value)).strip()
    if not visible(brand).strip() or _has_controls(brand):
        raise InvalidSetting("brand", "takes a name of visible characters, in a line")
    if has_link(brand):
        raise InvalidSetting("brand", "takes no link, nor what phones make a link of")
    return brand


def _host(value: object) -> str:
    error = InvalidSetting(
        "host", "takes a domain alone, such as login.example.com, without port or path"
    )
    host = require_text("host", value).lower()
    if not host.isascii():
        import idna

        host = read_or(lambda text: idna.encode(text, uts46=True).decode(), host, error)
    if not _HOST.fullmatch(host):
        raise error
    return host


def _texts(value: object) -> dict[str, str]:
    texts = {}
    for key, text in require_texts("texts", value).items():
        tag, _, purpose = _lowered("texts", key).partition(".")
        if not _TAG.fullmatch(tag) or (purpose or "login") not in _PURPOSES:
            raise InvalidSetting("texts", "takes keys such as de, pt-BR, en.recovery")
        texts[f"{tag}.{purpose}".rstrip(".")] = _own_text(text)
    return texts


def _own_text(text: str) -> str:
    lines = text.replace("\r\n", "\n").strip().split("\n")
    bare = text.replace("{code}", "", 1).replace("{brand}", "")
    if not ("{code}" in text and "{brand}" in text) or {"{", "}"} & set(bare):
        raise InvalidSetting("texts", "takes {code} once and {brand}, no other braces")
    if any(line.startswith("@") or _has_controls(line) for line in lines):
        raise InvalidSetting("texts", "takes lines of text that begin without @")
    return "\n".join(lines)


def _languages(value: object) -> tuple[str, ...]:
    members = require_members("languages", value, "language tags")
    return tuple(_lowered("languages", tag) for tag in members)


def _language(value: object) -> str:
    return _lowered("language", value)


def _lowered(setting: str, tag: object) -> str:
    return require_text(setting, tag).replace("_", "-").lower()


@frozen(kw_only=True)
class MessageTexts:
    """
    Writes the messages of one brand, in each language that it offers.

    Attributes:
        brand: Who sends the code; one line, and nothing that phones make a link of.
        host: Domain that browsers fill the code in on; an SMS ends with `@host #code`.
        app_hash: Instead, an Android app's 11 characters, made of its certificate.
        language: Of a message whose language is not asked for, or not offered.
        languages: What to offer; each must fit an SMS. By default an SMS may be in all
            that do, and what counts no parts (a mail, a chat, a call) in any.
        most_segments: Parts that an SMS may take. One has 160 characters of GSM-7, or
            70 characters where a single one is not of GSM-7.
        texts: Your own by language (`de`), or by language and purpose (`en.recovery`),
            with `{code}` and `{brand}`; for SMS, chats, calls and a mail's first line.

    Raises:
        InvalidSetting: A setting that cannot be used; or with a code of ten characters
            the default language, or one of `languages`, takes more parts than allowed.
    """

    brand: str = field(converter=_brand)
    host: str | None = field(default=None, converter=converters.optional(_host))
    app_hash: str | None = field(
        default=None,
        validator=optional(
            matching(r"[A-Za-z0-9+/]{11}", "takes the 11 characters of an app's hash")
        ),
    )
    language: str = field(default="en", converter=_language)
    languages: tuple[str, ...] = field(default=(), converter=_languages)
    most_segments: int = field(default=1, validator=whole(1, 10))
    texts: Mapping[str, str] = field(factory=dict, converter=_texts, hash=False)
    _wordings: Hidden[dict[str, MessageWording]] = field(
        init=False, repr=False, eq=False
    )
    _long: frozenset[str] = field(init=False, repr=False, eq=False)
    _default: str = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.host is not None and self.app_hash is not None:
            raise InvalidSetting("app_hash", "excludes host: each is the last line")
        wordings = _with_texts(self.texts)
        if any(has_link(self._filled(text, "code")) for text in self.texts.values()):
            raise InvalidSetting("texts", "takes no link, nor what phones make one of")
        required = [
            self._required(tag, wordings) for tag in (self.language, *self.languages)
        ]
        offered = required if self.languages else wordings
        kept = {key: wordings[key] for key in wordings if _language_of(key) in offered}
        long = {_language_of(key) for key in kept if not self._fits(kept[key])}
        object.__setattr__(self, "_wordings", Hidden(kept))
        object.__setattr__(self, "_long", frozenset(long))
        object.__setattr__(self, "_default", required[0])

    @property
    def offered(self) -> tuple[str, ...]:
        """The languages that messages are written in, as BCP 47 tags."""
        return tuple(
            _cased(key) for key in sorted(self._wordings.reveal()) if "." not in key
        )

    def language_of(self, locale: str, channel: Channel = Channel.SMS) -> str | None:
        """
        The language that a hint gets by lookup (RFC 4647, section 3.4), or None.

        `pt-BR` is `pt`; `zh-TW` is `zh-Hant`.
        """
        found = self._tag(locale, channel)
        return None if found is None else _cased(found)

    def _tag(self, locale: str, channel: Channel) -> str | None:
        wordings = self._wordings.reveal()
        long = self._long if channel is Channel.SMS else ()
        offered = {tag: wordings[tag] for tag in wordings if tag not in long}
        return _looked_up(locale, offered)

    @unframed
    def write(
        self,
        *,
        code: Secret,
        identifier: Identifier,
        channel: Channel,
        lifetime: timedelta,
        attempt_id: str,
        locale: str | None = None,
        purpose: str = "login",
        number: int = 1,
    ) -> Message:
        """
        Write one message.

        Args:
            code: 4 to 10 letters and digits of ASCII.
            identifier: Who receives it.
            channel: An SMS gets the last line, a call is spoken, a mail has HTML, too.
            lifetime: How long the code works; a mail says so.
            attempt_id: Of the attempt.
            locale: Which language is asked for.
            purpose: `login`, `confirm` or `recovery`, for texts of your own.
            number: Which message of the verification it is.

        Raises:
            InvalidSetting: The code is another.
        """
        plain = code.reveal()
        if not _CODE.fullmatch(plain):
            raise InvalidSetting("code", "takes 4 to 10 letters and digits of ASCII")
        wordings = self._wordings.reveal()
        tag = self._tag(locale or "", channel) or self._default
        wording = wordings.get(f"{tag}.{purpose}", wordings[tag])
        return Message(
            identifier=identifier,
            channel=channel,
            code=code,
            language=_cased(tag),
            brand=self.brand,
            lifetime=lifetime,
            attempt_id=attempt_id,
            number=number,
            **self._written(channel, wording, plain, lifetime, tag),
        )

    def _written(
        self,
        channel: Channel,
        wording: MessageWording,
        code: str,
        lifetime: timedelta,
        tag: str,
    ) -> dict[str, str]:
        if channel is Channel.SMS:
            return {"text": self._sms(wording, code)}
        if channel is Channel.CALL:
            return {"text": self._filled(wording.spoken, ", ".join(code))}
        if channel is not Channel.EMAIL:
            return {"text": self._filled(wording.text, code)}
        time = _time(lifetime, wording.units)
        valid = wording.valid.replace("{time}", time) if time else ""
        lines = [wording.text, *filter(None, (valid, wording.unasked))]
        return {
            "text": self._filled("\n\n".join(lines), code),
            "subject": self._filled(wording.subject, code),
            "html": self._html(lines, wording.subject, code, tag),
        }

    def _filled(self, template: str, code: str) -> str:
        return template.format(code=code, brand=self.brand)

    def _sms(self, wording: MessageWording, code: str) -> str:
        last = self.app_hash or (self.host and f"@{self.host} #{code}")
        text = self._filled(wording.text, code)
        # One line break, not a blank line: a character more for brand and domain.
        return f"{text}\n{last}" if last else text

    def _html(self, lines: list[str], subject: str, code: str, tag: str) -> str:
        direction = "rtl" if tag.partition("-")[0] in RIGHT_TO_LEFT else "ltr"
        body = "".join(f"<p>{escape(line)}</p>" for line in lines)
        filled = body.replace("\n", "<br>").format(
            code=f'<strong dir="ltr">{code}</strong>',
            brand=f"<bdi>{escape(self.brand)}</bdi>",
        )
        return (
            f'<!doctype html><html lang="{_cased(tag)}" dir="{direction}"><head>'
            f'<meta charset="utf-8"><title>{escape(self._filled(subject, code))}'
            f"</title></head><body>{filled}</body></html>"
        )

    def _fits(self, wording: MessageWording) -> bool:
        sms = self._sms(wording, _LONGEST)
        fits_app = self.app_hash is None or len(sms.encode()) <= _RETRIEVER_BYTES
        return fits_app and count_segments(sms) <= self.most_segments

    def _required(self, tag: str, wordings: Mapping[str, MessageWording]) -> str:
        """The language of a tag that must be there, and fit with all its purposes."""
        found = _looked_up(tag, wordings)
        if found is None:
            raise InvalidSetting("language", "takes one of the catalogue or of texts")
        for key, wording in wordings.items():
            if _language_of(key) == found and not self._fits(wording):
                raise self._misfit(found, wording)
        return found

    def _misfit(self, tag: str, wording: MessageWording) -> InvalidSetting:
        parts = count_segments(self._sms(wording, _LONGEST))
        limit = ", and may have 140 bytes in all" if self.app_hash else ""
        return InvalidSetting(
            "most_segments",
            f"with this brand, last line and a code of ten characters, an SMS in "
            f"{_cased(tag)} takes {parts}{limit}; allow more, or set another language",
        )


def _with_texts(texts: Mapping[str, str]) -> dict[str, MessageWording]:
    """The catalogue and an application's own texts, a language before its purposes."""
    wordings = {tag.lower(): wording for tag, wording in CATALOGUE.items()}
    for key in sorted(texts):
        base = wordings.get(_language_of(key))
        if base is None and "." in key:
            raise InvalidSetting("texts", "takes a language, too, whose purpose it has")
        wordings[key] = evolve(
            base or _UNKNOWN,
            text=texts[key],
            spoken=texts[key].replace("{code}", "{code}. {code}"),
        )
    return wordings


def _language_of(key: str) -> str:
    return key.partition(".")[0]


def _looked_up(locale: str, offered: Mapping[str, MessageWording]) -> str | None:
    """Drop subtags from the end, and what a single letter began, until one is found."""
    tag = locale.strip().replace("_", "-").lower()[:_LONGEST_TAG]
    while tag:
        for each in (tag, _SAME.get(tag, tag)):
            if each in offered and "." not in each:
                return each
        tag = tag.rpartition("-")[0]
        if tag[-2:-1] == "-":
            tag = tag[:-2]
    return None


def _cased(tag: str) -> str:
    """The tag with the usual letters: `pt-BR`, `zh-Hant` (RFC 5646, section 2.1.1)."""
    first, *rest = tag.split("-")
    case = {2: str.upper, 4: str.title}
    return "-".join([first, *(case.get(len(each), str)(each) for each in rest)])


def _time(lifetime: timedelta, units: tuple[str, ...]) -> str:
    minutes = lifetime // _MINUTE
    if minutes >= 2 * _HOUR and not minutes % _HOUR:
        return f"{minutes // _HOUR}{units[1]}"
    return f"{minutes}{units[0]}" if minutes else ""
