"""However a vendor spells what it was told, it does not come through."""

from __future__ import annotations

import html
import json
import quopri
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings, strategies as st

from tests.support.each import require_each
from verify_core.errors import InvalidEmailAddress
from verify_core.identifiers import EmailAddress
from verify_core.masking import Hiding, Secret, hiding
from verify_core.phone import PhoneNumber, Provenance, read_phone

ATEXT = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789!#$%&'*+-/=?^_`{|}~éß張"

Spelling = Callable[[str], str]


def entities(text: str) -> str:
    return "".join(f"&#{ord(each)};" for each in text)


def hexadecimal_entities(text: str) -> str:
    return "".join(f"&#x{ord(each):X};" for each in text)


def quoted_printable(text: str) -> str:
    return quopri.encodestring(text.encode()).decode().replace("@", "=40")


def full_width(text: str) -> str:
    return "".join(
        chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text
    )


def circled(text: str) -> str:
    return re.sub("[1-9]", lambda found: chr(0x245F + int(found[0])), text)


def superscript(text: str) -> str:
    return text.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def quoted_local_part(text: str) -> str:
    local, at, domain = text.rpartition("@")
    return f'"{local}"{at}{domain}' if at else text


def with_backslashes(text: str) -> str:
    return re.sub(r"([^\w\s])", r"\\\1", text)


def json_escaped(text: str) -> str:
    return "".join(
        f"\\u{ord(each):04x}" if not each.isalnum() else each
        for each in json.dumps(text)[1:-1]
    )


SPELLINGS: dict[str, Spelling] = {
    "as it is": str,
    "capital letters": str.upper,
    "percent": lambda text: quote(text, safe=""),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "entities of HTML": html.escape,
    "all entities": entities,
    "hexadecimal entities": hexadecimal_entities,
    "entities in a percent": lambda text: quote(entities(text)),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, escaped": json_escaped,
    "backslashes": with_backslashes,
    "quoted-printable": quoted_printable,
    "full width": full_width,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "circled digits": circled,
    "raised digits": superscript,
    "quoted local part": quoted_local_part,
    "(at)": lambda text: text.replace("@", " (at) "),
    "[at]": lambda text: text.replace("@", "[at]"),
    " at ": lambda text: text.replace("@", " at "),
    "(at) and (dot)": lambda text: text.replace("@", "(at)").replace(".", "(dot)"),
    "spaced": " ".join,
    "stripped of its sign": lambda text: text.removeprefix("+"),
    "the end": lambda text: text[-7:] if "@" not in text else text.rpartition("@")[0],
}

emails = st.builds(
    lambda local, domain: f"{local}@{domain}",
    st.lists(st.text(ATEXT, min_size=3, max_size=12), min_size=1, max_size=3).map(
        ".".join
    ),
    st.sampled_from(["example.org", "mail.example.co.uk", "münchen.example"]),
)


def address_of(text: str) -> EmailAddress:
    try:
        return EmailAddress(text)
    except InvalidEmailAddress:
        return EmailAddress("mary.o'brien@example.org")


def plain(text: str) -> str:
    """Letters and digits alone, however they were escaped; an oracle of four lines."""
    for _ in range(3):
        text = html.unescape(re.sub("%([0-9A-Fa-f]{2})", r"&#x\1;", text))
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text))
    return "".join(filter(str.isalnum, folded)).casefold()


@settings(max_examples=12)
@given(typed=emails, before=st.sampled_from(["", "Invalid `To`: ", "<", "To="]))
@example(typed="mary.o'brien@example.org", before="")
@example(typed="{a}|b&c@example.org", before="")
def test_no_spelling_of_an_own_address_shows_its_local_part(
    typed: str, before: str
) -> None:
    address = address_of(typed)
    local = plain(address.value.rpartition("@")[0])

    def hides(spelling: str) -> None:
        shown = hiding(address).mask(f"{before}{SPELLINGS[spelling](address.value)}")
        left = shown.removeprefix(before).replace("***", "")
        assert local not in plain(left) or len(local) < 2

    require_each(SPELLINGS, hides)


@given(typed=emails, before=st.sampled_from(["", "Invalid `To`: ", "<", "(", "To: "]))
@example(typed="mary.o'brien@example.org", before="")
@example(typed=f"{'a' * 64}@example.org", before="")
def test_anybodys_address_goes_whole(typed: str, before: str) -> None:
    """Whatever may stand in one: RFC 5322, section 3.2.3, and RFC 6531."""
    address = address_of(typed)

    shown = hiding().mask(f"{before}{address.value} is blocked")

    assert shown == f"{before}*** is blocked"


@settings(max_examples=12)
@given(
    digits=st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True),
    between=st.sampled_from(["", " ", "-", "x", " then ", "&nbsp;", ", area ", "\n"]),
)
def test_no_spelling_of_an_own_number_shows_its_digits(
    digits: str, between: str
) -> None:
    number = PhoneNumber(
        e164=f"+1{digits}", calling_code=1, region="US", provenance=Provenance.EXPLICIT
    )

    def hides(spelling: str) -> None:
        apart = "" if spelling == "the end" else between  # it has seven characters
        spelled = SPELLINGS[spelling](apart.join(number.e164))
        shown = hiding(number).mask(f"Invalid parameter To: {spelled}")
        # Escapes of what stands between the digits have digits, too.
        left = re.sub(r"%(25)*[0-9A-F]{2}|&#?\w*;?|\\u\w{4}|=[0-9A-F]{2}", "", shown)
        assert not re.search("[0-9].*[0-9].*[0-9]", plain(left))

    require_each(SPELLINGS, hides)


@settings(max_examples=12)
@given(code=st.from_regex(r"[0-9A-Za-z]{4,10}", fullmatch=True))
@example(code="K7-9xQ")
@example(code="!!!!")
@example(code="12")
def test_no_spelling_of_an_own_code_shows_it(code: str) -> None:
    def hides(spelling: str) -> None:
        shown = hiding(Secret(code)).mask(f"Code {SPELLINGS[spelling](code)}: wrong")
        assert code.casefold() not in shown.casefold()
        assert not plain(code) or plain(code) not in plain(shown.replace("***", ""))

    require_each(SPELLINGS.keys() - {"the end"}, hides)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Max check attempts reached", "Max check attempts reached"),
        ("status=404 at line=40", "status=404 at line=40"),
        ("attempt 5 of 5, wait 53 s", "attempt 5 of 5, wait 53 s"),
        ("Mary is an example; orders are not", "*** is an example; orders are not"),
        ("number 555, line 1 of 2", "number 555, line 1 of 2"),
    ],
)
def test_what_repeats_nothing_stays_readable(text: str, shown: str) -> None:
    own = hiding(EmailAddress("mary.o'brien@example.org"), read_phone("+15553231234"))

    assert own.mask(text) == shown


def test_what_is_echoed_is_known() -> None:
    own = hiding(read_phone("+15553231234"), "739164", None, "")

    assert own.is_echoed_in("739164")
    assert own.is_echoed_in("VE-1555-3231234")
    assert not own.is_echoed_in("60200")
    assert not hiding().is_echoed_in("739164")


def test_what_hides_shows_nothing_itself() -> None:
    assert repr(hiding("739164")) == "<Hiding of 1 texts>"
    assert isinstance(hiding("739164"), Hiding)


@given(st.text(max_size=400), st.text(max_size=20))
def test_any_text_is_masked_without_a_crash(text: str, known: str) -> None:
    assert len(hiding(known).mask(text)) <= 300


@pytest.mark.parametrize(
    "text",
    ["@" * 5000, "(" * 5000, '"' * 5000, "1 " * 5000, "%25" * 5000, "&amp;" * 5000],
    ids=lambda text: text[:5],
)
@pytest.mark.timeout(5)
def test_no_text_takes_long(text: str) -> None:
    hiding(EmailAddress("mary.o'brien@example.org"), "482913").mask(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('"mary"."ann"@example.org is blocked', "*** is blocked"),
        ('see "this" or mary@example.org', 'see "this" or ***'),
        (r'To: "mary \"jo\" ann"@example.org', "To: ***"),
        (r'"mary \"jo\" ann"@example.org', "***"),
        ("To: mary(work)@example.org", "To: ***"),
        ("a (b) c@example.org", "a (b) ***"),
        (r"\x6d\x61ry@example.org is blocked", "*** is blocked"),
        ("%e9mile@example.org is blocked", "*** is blocked"),
        (r"\ud83d is half, \u0031234 whole", r"\ud83d is half, *** whole"),
        ("mary at example dot org", "***"),
        ("meet at noon", "meet at noon"),
        ("wait=40 and id=35", "wait=40 and id=35"),
        ("mary@[192.0.2.1] is blocked", "*** is blocked"),
        (r"To: \x2b1 415 is short", "To: *** is short"),
    ],
)
def test_addresses_of_strangers_go_and_other_words_stay(text: str, shown: str) -> None:
    assert hiding().mask(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rows a2b6c7d1", "rows a2b6c7d1"),
        ("rows a5b2c6d7e1", "rows a***b***c***d***e***"),
        (r"\x37\x39\x2d1 is wrong", "*** is wrong"),
        ("k 7 9 1", "k *** *** ***"),
        ("k79 or 791?", "k79 or ***?"),
    ],
)
def test_five_digits_of_an_own_number_are_an_echo_and_a_whole_code(
    text: str, shown: str
) -> None:
    own = hiding(read_phone("+14155552671"), "791")

    assert own.mask(text) == shown
