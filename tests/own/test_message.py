"""What a message says, read by the parsers of browsers, phones and screens."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from datetime import timedelta
from html.parser import HTMLParser

import pytest
import smsutil
from attrs import evolve
from bidi import get_display
from hypothesis import assume, example, given, strategies as st

from verify_core import Channel, EmailAddress, Secret, read_phone
from verify_core.errors import InvalidSetting
from verify_providers.own._catalogue import CATALOGUE, RIGHT_TO_LEFT
from verify_providers.own._message import MessageTexts, has_link
from verify_providers.own._segments import count_segments
from verify_providers.own.senders import Message

PHONE = read_phone("+4915123456789")
MAIL = EmailAddress(address="ada@shop.example")
LANGUAGES = sorted(CATALOGUE)
ISSUE = [
    "en",
    "es",
    "fr",
    "de",
    "pt",
    "it",
    "nl",
    "pl",
    "ru",
    "uk",
    "tr",
    "ar",
    "he",
    "hi",
    "ja",
    "ko",
    "zh",
]

codes = st.text("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=4, max_size=10)
hosts = st.from_regex(r"([a-z][a-z0-9]{0,8}\.){1,2}example", fullmatch=True)
brands = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Cn", "Co")),
    min_size=1,
    max_size=30,
).filter(lambda text: bool(text.strip()))
languages = st.sampled_from(LANGUAGES)


def write(
    texts: MessageTexts,
    code: str = "012345",
    channel: Channel = Channel.SMS,
    locale: str | None = None,
    **kwargs: object,
) -> Message:
    return texts.write(
        code=Secret(code),
        identifier=MAIL if channel is Channel.EMAIL else PHONE,
        channel=channel,
        locale=locale,
        attempt_id="attempt-1",
        **{"lifetime": timedelta(minutes=10), **kwargs},  # type: ignore[arg-type]
    )


def texts_of(brand: str, **settings: object) -> MessageTexts:
    """Texts with room enough, or a brand that is not for Hypothesis to find."""
    try:
        return MessageTexts(brand=brand, most_segments=10, **settings)  # type: ignore[arg-type]
    except InvalidSetting as error:
        assume(error.setting != "brand")
        raise


def bound_code(text: str) -> tuple[str, str] | None:
    """
    Host and code, by WICG's "Parsing" of origin-bound one-time codes, step by step.

    Source: WICG, sms-one-time-codes, draft report of 2021-03-24, section 3.1.
    """
    line = re.split("\n", re.sub("\r\n?", "\n", text))[-1]
    spaces = "\t\n\f\r "
    position = 0

    def collect() -> str:
        nonlocal position
        begin = position
        while position < len(line) and line[position] not in spaces:
            position += 1
        return line[begin:position]

    if line[:1] != "@":
        return None
    position = 1
    host = collect()
    if not host or line[position : position + 2] != " #":
        return None
    position += 2
    code = collect()
    return (host, code) if code else None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x\n@example.com #747723", ("example.com", "747723")),
        ("@example.com #747723 @shop.example $future", ("example.com", "747723")),
        ("@example.com #747723.", ("example.com", "747723.")),
        ("@example.com #747723\n", None),
        ("@example.com  #747723", None),
        ("x @example.com #747723", None),
        ("#747723 @example.com", None),
        ("@ #747723", None),
        ("@example.com #", None),
    ],
)
def test_the_parser_reads_what_the_specification_shows(
    text: str, found: tuple[str, str] | None
) -> None:
    assert bound_code(text) == found


@given(brand=brands, host=hosts, code=codes, language=languages)
@example(brand="@evil.example #999999", host="a.example", code="0000", language="en")
@example(brand="{code}", host="a.example", code="0000", language="ar")
def test_a_browser_finds_exactly_the_code_and_the_host(
    brand: str, host: str, code: str, language: str
) -> None:
    assume(not has_link(brand))
    text = write(texts_of(brand, host=host), code, locale=language).text

    assert bound_code(text) == (host, code)
    assert text.count("\n") == 1


@given(brand=brands, code=codes, language=languages)
def test_without_a_host_a_browser_finds_nothing(
    brand: str, code: str, language: str
) -> None:
    assume(not has_link(brand))

    assert bound_code(write(texts_of(brand), code, locale=language).text) is None


@given(brand=brands, code=codes, language=languages, channel=st.sampled_from(Channel))
def test_no_language_loses_code_brand_or_line(
    brand: str, code: str, language: str, channel: Channel
) -> None:
    assume(not has_link(brand))
    texts = texts_of(brand, host="shop.example")
    message = write(texts, code, channel, language)
    shown = unicodedata.normalize("NFC", brand).strip()

    assert message.language == language
    assert message.brand == shown
    assert shown in message.text
    if channel is Channel.CALL:
        assert message.text.count(", ".join(code)) == 2
    else:
        assert message.text.startswith(code)
        assert len(message.text.split("\n")[0]) > len(code + shown) + 10
    assert ("@shop.example" in message.text) == (channel is Channel.SMS)
    if channel is Channel.EMAIL:
        assert shown in message.subject
        assert code not in message.subject or code in shown
    else:
        assert (message.subject, message.html) == ("", "")


def test_the_catalogue_has_the_languages_of_the_promise() -> None:
    assert set(ISSUE) <= set(CATALOGUE)
    for language, wording in CATALOGUE.items():
        assert wording.text.startswith("{code}"), language
        assert wording.text.count("{code}") == 1, language
        assert wording.text.count("{brand}") == 1, language
        assert wording.spoken.count("{code}") == 2, language
        assert "{brand}" in wording.spoken, language
        assert "{brand}" in wording.subject, language
        assert "{time}" in wording.valid, language
        assert wording.unasked, language
        assert not has_link(wording.text.format(code="code", brand="Shop")), language


@pytest.mark.parametrize("language", ISSUE)
def test_every_language_fits_one_segment_with_a_domain_and_the_longest_code(
    language: str,
) -> None:
    texts = MessageTexts(brand="Shop", host="shop.example", languages=[language])

    assert count_segments(write(texts, "0123456789", locale=language).text) == 1


@pytest.mark.parametrize("language", ["en", "es", "fr", "de", "pt", "it", "nl", "pl"])
def test_a_language_in_latin_letters_takes_the_cheap_alphabet(language: str) -> None:
    text = write(MessageTexts(brand="Shop"), locale=language).text

    assert smsutil.encode(text)


class Reader(HTMLParser):
    """What a mail shows, and the attributes of its elements."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: dict[str, dict[str, str | None]] = {}
        self.shown: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.setdefault(tag, dict(attrs))

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


@given(brand=brands, code=codes, language=languages)
@example(brand="<b>&amp;</title>'\"", code="0000", language="he")
def test_a_mail_shows_the_same_in_both_of_its_parts(
    brand: str, code: str, language: str
) -> None:
    assume(not has_link(brand))
    message = write(texts_of(brand), code, Channel.EMAIL, language)
    reader = Reader()
    reader.feed(message.html)
    text = "".join(reader.shown)

    assert text == message.subject + message.text.replace("\n", "")
    assert reader.elements["html"]["lang"] == language
    is_rtl = language in RIGHT_TO_LEFT
    assert reader.elements["html"]["dir"] == ("rtl" if is_rtl else "ltr")
    assert reader.elements["strong"]["dir"] == "ltr"
    assert set(reader.elements) == {
        *("html", "head", "meta", "title", "body", "p", "strong", "bdi")
    }


@given(brand=brands, code=codes, language=st.sampled_from(["ar", "he"]))
@example(brand="3M", code="0123", language="ar")
@example(brand="\u0634\u0631\u0643\u0629 12", code="0123456789", language="ar")
def test_a_screen_shows_the_code_in_one_piece_where_text_runs_to_the_left(
    brand: str, code: str, language: str
) -> None:
    assume(not has_link(brand))
    texts = texts_of(brand, host="shop.example")
    first, last = write(texts, code, locale=language).text.split("\n")

    assert code in get_display(first)
    assert get_display(last) == last == f"@shop.example #{code}"


@pytest.mark.parametrize(
    ("lifetime", "said"),
    [
        (timedelta(minutes=10), "Valid for 10 min"),
        (timedelta(minutes=90), "Valid for 90 min"),
        (timedelta(hours=24), "Valid for 24 h"),
        (timedelta(seconds=119), "Valid for 1 min"),
        (timedelta(seconds=59), "If you did"),
    ],
)
def test_a_mail_says_how_long_its_code_works_and_never_longer(
    lifetime: timedelta, said: str
) -> None:
    texts = MessageTexts(brand="Shop")

    lines = write(texts, channel=Channel.EMAIL, lifetime=lifetime).text.split("\n\n")

    assert lines[1].startswith(said)


@pytest.mark.parametrize(
    ("hint", "language"),
    [
        ("pt-BR", "pt"),
        ("pt_br", "pt"),
        ("DE-de-1996", "de"),
        ("zh-Hant-TW", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-CN", "zh"),
        ("zh-Hans-CN", "zh"),
        ("iw-IL", "he"),
        ("en-x-shop", "en"),
        ("en-a-bbb-x-ccc", "en"),
        ("sv", None),
        ("e", None),
        ("", None),
        ("*", None),
        ("-", None),
        ("english", None),
        ("en.recovery", None),
        ("-" * 100_000, None),
    ],
)
def test_a_hint_gets_its_language_by_lookup(hint: str, language: str | None) -> None:
    texts = MessageTexts(brand="Shop", language="fr", texts={"en.recovery": OWN})

    assert texts.language_of(hint) == language
    assert write(texts, locale=hint).language == (language or "fr")


OWN = "{code}: {brand} says hello"


def test_a_text_of_ones_own_is_for_its_language_and_purpose() -> None:
    texts = MessageTexts(
        brand="Shop",
        texts={"en.recovery": OWN, "sv": "{code} \u00e4r din kod hos {brand}."},
    )

    assert write(texts).text == "012345 is your Shop code. Do not share it."
    assert write(texts, purpose="recovery").text == "012345: Shop says hello"
    assert write(texts, locale="sv-SE").text == "012345 \u00e4r din kod hos Shop."
    assert write(texts, locale="sv-SE").language == "sv"
    call = write(texts, "0123", Channel.CALL, "sv")
    assert call.text == "0, 1, 2, 3. 0, 1, 2, 3 \u00e4r din kod hos Shop."
    assert write(texts, channel=Channel.EMAIL, locale="sv").subject == "Shop"


@pytest.mark.parametrize(
    "texts",
    [
        {"en": "{code}"},
        {"en": "{brand}"},
        {"en": "{code} {code} {brand}"},
        {"en": "{code} {brand} {0}"},
        {"en": "{code} {brand} {{x}}"},
        {"en": "{code!r} {brand}"},
        {"en": "{code.__class__} {code} {brand}"},
        {"en": "{brand}\n@evil.example #{code}"},
        {"en": "{code} {brand}\t"},
        {"en": "{code} {brand} \u202e"},
        {"en": "{code} {brand} see shop.example"},
        {"en": "{code} {brand}.com"},
        {"en": "https://{brand}/{code}"},
        {"en": "{code} {brand} call 0800 123 4567"},
        {"sv.recovery": "{code} {brand}"},
        {"en.other": "{code} {brand}"},
        {"": "{code} {brand}"},
        {"en us": "{code} {brand}"},
    ],
)
def test_a_text_of_ones_own_that_cannot_be_sent_is_refused(
    texts: dict[str, str],
) -> None:
    texts = {key: text.replace("\t", "\tx") for key, text in texts.items()}

    with pytest.raises(InvalidSetting) as caught:
        MessageTexts(brand="Shop", texts=texts)

    assert caught.value.setting == "texts"


@pytest.mark.parametrize(
    "brand",
    [
        *("", " ", "\u3164", "\u200b", "a\nb", "a\rb", "a\u2028b", "a\tb", "a\0b"),
        *("\u202eShop", "Sh\u200bop", "Shop\u2066", "\ud800"),
        *("shop.com", "Shop.com", "www.shop", "https://x", "mailto:x", "1.2.3.4"),
        *("shop\uff0ecom", "xn--a.xn--b", "shop.\u092d\u093e\u0930\u0924", "a@b.de"),
        *("+1 555 123 4567", "0800-1234567", "(030) 1234567"),
    ],
)
def test_a_brand_that_breaks_a_line_or_is_a_link_is_refused(brand: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        MessageTexts(brand=brand)

    assert caught.value.setting == "brand"


@pytest.mark.parametrize(
    "brand",
    [
        *("e.l.f.", "U.S. Bank", "7-Eleven", "AT&T", "{brand}", "4711", "1822direkt"),
        *("\u0646\u06cc\u0645\u200c\u0641\u0627\u0635\u0644\u0647", "Yahoo!", "C#"),
        "Dr. Oetker",
    ],
)
def test_a_brand_with_signs_of_its_own_is_no_link(brand: str) -> None:
    assert f" {brand} " in write(MessageTexts(brand=brand)).text


@pytest.mark.parametrize(
    ("host", "written"),
    [
        ("Login.Example.COM", "login.example.com"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
    ],
)
def test_a_host_is_written_as_browsers_compare_it(host: str, written: str) -> None:
    text = write(MessageTexts(brand="Shop", host=host)).text

    assert bound_code(text) == (written, "012345")


@pytest.mark.parametrize(
    "host",
    [
        *("", "https://a.example", "a.example:8443", "a.example/", "a.example."),
        *("a b.example", "a..example", "-a.example", ".example", "a.example\n"),
        *("127.0.0.1", "[::1]", "a_b.example", "x" * 64 + ".example", "\ud800.example"),
        ".".join(["a" * 60] * 5),
    ],
)
def test_a_host_that_browsers_would_not_match_is_refused(host: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        MessageTexts(brand="Shop", host=host)

    assert caught.value.setting == "host"


def test_an_android_app_finds_its_hash_at_the_end() -> None:
    app_hash = base64.b64encode(hashlib.sha256(b"com.shop 0a").digest())[:11].decode()
    texts = MessageTexts(brand="Shop", app_hash=app_hash)

    text = write(texts).text

    assert text.endswith(f"\n{app_hash}")
    assert bound_code(text) is None
    assert app_hash not in write(texts, channel=Channel.WHATSAPP).text
    for language in texts.offered:
        assert len(write(texts, "0" * 10, locale=language).text.encode()) <= 140


@pytest.mark.parametrize("app_hash", ["", "a" * 10, "a" * 12, "a" * 10 + "-", "a\n"])
def test_a_hash_of_another_form_is_refused(app_hash: str) -> None:
    with pytest.raises(InvalidSetting, match="app_hash"):
        MessageTexts(brand="Shop", app_hash=app_hash)


def test_a_website_and_an_app_exclude_each_other() -> None:
    with pytest.raises(InvalidSetting, match="excludes host"):
        MessageTexts(brand="Shop", host="shop.example", app_hash="a" * 11)


def test_a_hash_leaves_140_bytes_however_many_segments_are_allowed() -> None:
    brand = "Shop" * 22
    assert MessageTexts(brand=brand).brand == brand

    with pytest.raises(InvalidSetting, match="140 bytes"):
        MessageTexts(brand=brand, app_hash="a" * 11, most_segments=3)


def test_a_language_that_needs_more_segments_is_not_offered() -> None:
    texts = MessageTexts(brand="International Shopping", host="login.shop.example")

    assert texts.language_of("en") == "en"
    assert texts.language_of("ru") is None
    assert write(texts, locale="ru").language == "en"
    for channel in {*Channel} - {Channel.SMS}:
        assert texts.language_of("ru", channel) == "ru"
        assert write(texts, channel=channel, locale="ru").language == "ru"
    assert evolve(texts, most_segments=2).language_of("ru") == "ru"


def test_a_language_that_must_be_offered_and_needs_more_segments_is_refused() -> None:
    settings = {"brand": "International Shopping", "host": "login.shop.example"}

    for more in ({"language": "ru"}, {"languages": ["en", "ru"]}):
        with pytest.raises(InvalidSetting, match="an SMS in ru takes 2;"):
            MessageTexts(**settings, **more)  # type: ignore[arg-type]


def test_one_long_purpose_keeps_its_language_from_being_offered() -> None:
    long = {"de.recovery": "{code} {brand} " + "a" * 150}

    assert MessageTexts(brand="Shop", texts=long).language_of("de") is None


def test_only_the_languages_listed_are_offered() -> None:
    texts = MessageTexts(brand="Shop", languages=["de", "pt-BR"])

    assert texts.offered == ("de", "en", "pt")
    assert texts.language_of("fr") is None


@pytest.mark.parametrize("setting", ["language", "languages"])
def test_a_language_without_a_text_is_refused(setting: str) -> None:
    with pytest.raises(InvalidSetting, match="language"):
        MessageTexts(
            brand="Shop", **{setting: "sv" if setting == "language" else ["sv"]}
        )  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["", "123", "0" * 11, "12 34", "12\u06634", "12-34"])
def test_a_code_that_no_phone_would_find_is_refused(code: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        write(MessageTexts(brand="Shop"), code)

    assert caught.value.setting == "code"
    assert not code or code not in str(caught.value)


@given(
    st.text(
        st.sampled_from("ab@\u00a3\u20ac[]^\n\u00e9\u00e7\u0448\u2019\U0001f600"),
        max_size=700,
    )
)
@example("a" * 152 + "\u20ac" + "a" * 152)
@example("\u0448" * 66 + "\U0001f600" + "\u0448" * 3)
@example("a" * 160)
@example("a" * 161)
@example("\u20ac" * 80)
@example("\u0448" * 70)
@example("\u0448" * 71)
def test_segments_are_counted_as_another_library_splits_them(text: str) -> None:
    assert count_segments(text) == max(len(smsutil.split(text).parts), 1)


# ESC is no character of the alphabet: it leads to the extension table.
@given(st.characters(exclude_categories=["Cs"], exclude_characters="\x1b"))
def test_every_character_is_in_the_alphabet_where_another_library_has_it(
    character: str,
) -> None:
    assert count_segments(character * 71) == len(smsutil.split(character * 71).parts)
