"""What is read, what is refused and why: one line for each way people write."""

from __future__ import annotations

import pytest

from verify_core import InvalidPhoneNumber, PhonePolicy, read_phone
from verify_core.errors import InvalidSetting, PhoneReason
from verify_core.phone import Provenance

R = PhoneReason
DEFAULT = PhonePolicy()
STRICT = PhonePolicy(strict=True)


def outcome(text: str, policy: PhonePolicy = DEFAULT) -> str:
    """The number, or the reason against it."""
    try:
        return read_phone(text, policy).e164
    except InvalidPhoneNumber as error:
        return error.reason


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("+15553231234", "+15553231234"),
        ("1(555)323-1234", "+15553231234"),
        ("(555) 323-1234", R.MISSING_COUNTRY_CODE),
    ],
)
@pytest.mark.parametrize("policy", [DEFAULT, STRICT])
def test_the_documented_examples(policy: PhonePolicy, text: str, wanted: str) -> None:
    assert outcome(text, policy) == wanted


@pytest.mark.parametrize(
    ("text", "wanted", "strictly"),
    [
        ("15553231234", "+15553231234", R.MISSING_COUNTRY_CODE),
        ("1 5553231234", "+15553231234", "+15553231234"),
        ("1-555-323-1234", "+15553231234", "+15553231234"),
        ("5553231234", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("555-323-1234", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("(201) 555-0123", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("[201] 555-0123", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("(212) 555-0100", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("(441) 555-1234", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("(1) 555 323 1234", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        # The price of reading bare digits at all: Egypt, Chicago, Luxembourg.
        ("201-555-0123", "+2015550123", R.MISSING_COUNTRY_CODE),
        ("131 2345 6789", "+13123456789", R.MISSING_COUNTRY_CODE),
        ("352-555-0100", "+3525550100", R.MISSING_COUNTRY_CODE),
        ("55 1234 5678", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("8 (912) 345-67-89", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("8 495 123-45-67", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("8-495-123-45-67", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("8\u00a0495\u00a0123 45 67", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("(8 495) 123-45-67", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("8(495)1234567", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("4 47400 123456", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("35 2 621 123 456", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("38 067 123 45 67", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("447400 123456", "+447400123456", R.MISSING_COUNTRY_CODE),
        ("84 95 123 45 67", "+84951234567", "+84951234567"),
        ("020 7946 0958", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("011 1 555 323 1234", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("44 20 7946 0958", "+442079460958", "+442079460958"),
        ("44 (0)20 7946 0958", "+442079460958", "+442079460958"),
        ("442079460958", "+442079460958", R.MISSING_COUNTRY_CODE),
        ("1555323123", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("1 155 323 1234", R.MISSING_COUNTRY_CODE, R.MISSING_COUNTRY_CODE),
        ("155532312341555323123", R.IMPOSSIBLE_LENGTH, R.IMPOSSIBLE_LENGTH),
    ],
)
def test_without_a_prefix_the_layout_decides(
    text: str, wanted: str, strictly: str
) -> None:
    assert outcome(text) == wanted
    assert outcome(text, STRICT) == strictly


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("+1 555 323 1234", "+15553231234"),
        (" +1-555-323-1234 ", "+15553231234"),
        ("+-15553231234", "+15553231234"),
        ("(+1) 555 323 1234", "+15553231234"),
        ("+(1) 555 323 1234", "+15553231234"),
        ("\uff0b\uff11 \uff15\uff15\uff15 \uff13\uff12\uff13 1234", "+15553231234"),
        ("+\u0661\u0665\u0665\u0665\u0663\u0662\u0663 1234", "+15553231234"),
        ("+1555\u0e53\u0e52\u0e53 1234", "+15553231234"),
        ("001 555 323 1234", "+15553231234"),
        ("0015553231234", "+15553231234"),
        ("(0049) 30 123456", "+4930123456"),
        ("0044 (0)20 7946 0958", "+442079460958"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("+39 06 1234 5678", "+390612345678"),
        ("+39 (0)6 1234 5678", "+390612345678"),
        ("+55 11 8765-4321", "+551187654321"),
        ("+54 9 11 2345 6789", "+5491123456789"),
        ("+54 11 2345 6789", "+541123456789"),
        ("+49 30/1234567", "+49301234567"),
        ("+49 2303/123456", "+492303123456"),
        ("+49/170/1234567", "+491701234567"),
        ("0049 170/1234567", "+491701234567"),
        ("+1 555\n323 1234", "+15553231234"),
        ("+1\t555\u00a0323\u20111234", "+15553231234"),
        ("+81\u30fc90\u30fc1234\u30fc5678", "+819012345678"),
        # Mexico gave its prefixes up; WhatsApp still writes the 1.
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+5215512345678", "+525512345678"),
        ("+52 01 55 1234 5678", "+525512345678"),
        ("0052 1 55 1234 5678", "+525512345678"),
        ("+52 1 155 1234 567", R.IMPOSSIBLE_LENGTH),
        # libphonenumber's own rule for Argentina: 15 at home is 9 from abroad.
        ("+54 11 15 2345 6789", "+5491123456789"),
        # The calling code is written in one piece (ITU-T E.123)...
        ("+8 495 123-45-67", R.UNKNOWN_COUNTRY_CODE),
        ("00 8 495 123-45-67", R.UNKNOWN_COUNTRY_CODE),
        ("+(8) 495 123-45-67", R.UNKNOWN_COUNTRY_CODE),
        ("+4 4 7400 123456", R.UNKNOWN_COUNTRY_CODE),
        ("+35-2-621 123 456", R.UNKNOWN_COUNTRY_CODE),
        # ... but for a zero that is also its country's trunk prefix...
        ("+38 (067) 123-45-67", "+380671234567"),
        ("+4 0722 123 456", "+40722123456"),
        ("+88 01712-345678", "+8801712345678"),
        ("+22 0 301 2345", R.UNKNOWN_COUNTRY_CODE),
        # ... and for digits of which every one stands alone.
        ("+ 4 4 7 4 0 0 1 2 3 4 5 6", "+447400123456"),
        # A spreadsheet made a decimal of it.
        ("+4930123456.0", "+4930123456"),
        ("+4930123456.000", "+4930123456"),
        ("004930123456.0", "+4930123456"),
        ("+49 30 123456.0", R.DECIMAL),
        ("+49 30 123456\uff0e00", R.DECIMAL),
        ("+49.30.123.000", R.DECIMAL),
        ("+33.6.12.34.56.00", "+33612345600"),
        ("+1.555.323.0000", "+15553230000"),
        ("+49 30 1234-0", "+493012340"),
        ("+49 30 123456.", "+4930123456"),
        ("+1.5553231230", "+15553231230"),
        # Links of contact pages (RFC 3966).
        ("tel:+15553231234", "+15553231234"),
        ("tel:+1-555-323-1234", "+15553231234"),
        ("TEL:+1(555)323.1234", "+15553231234"),
        ("tel:%2B1%20555%20323%201234", "+15553231234"),
        ("tel:%E2%80%AA+15553231234", "+15553231234"),
        ("<tel:+1-555-323-1234>", "+15553231234"),
        ("tel:7042;phone-context=+1-914-555", "+19145557042"),
        ("tel:020-7946-0958;Phone-Context=+44", "+442079460958"),
        ("tel:+15553231234;npdi;rn=+1-201-555-0123", "+15553231234"),
        ("tel:+8-495-123-45-67", R.UNKNOWN_COUNTRY_CODE),
        ("tel:4-7400-123456;phone-context=+4", R.UNKNOWN_COUNTRY_CODE),
        ("tel:863-1234;phone-context=+1-914-555", R.IMPOSSIBLE_LENGTH),
        # What was copied around it.
        ('"+15553231234"', "+15553231234"),
        ("\u201c+1 555 323 1234\u201d", "+15553231234"),
        ("\u00ab +1 555 323 1234 \u00bb", "+15553231234"),
        ('"+15553231234",', "+15553231234"),
        ("+15553231234,", "+15553231234"),
        ("+15553231234;\t", "+15553231234"),
        ("'+15553231234", "+15553231234"),
        ("+55 53231234", R.IMPOSSIBLE_LENGTH),
        ("+1 323 1234", R.IMPOSSIBLE_LENGTH),
        ("+441 555 1234", R.IMPOSSIBLE_LENGTH),
        ("+1", R.IMPOSSIBLE_LENGTH),
        ("+49 30 123456789012345", R.IMPOSSIBLE_LENGTH),
        ("+999 1234567", R.UNKNOWN_COUNTRY_CODE),
        ("+0044 20 7946 0958", R.UNKNOWN_COUNTRY_CODE),
        ("000 44 20 7946 0958", R.UNKNOWN_COUNTRY_CODE),
        ("+49 00 8488882", R.NOT_CANONICAL),
        ("+800 1234 5678", R.NOT_ALLOWED_CALLING_CODE),
        ("+870 773 111 632", R.NOT_ALLOWED_CALLING_CODE),
        ("+979 123 456 789", R.NOT_ALLOWED_CALLING_CODE),
        ("+1 900 555 1234", R.NOT_ALLOWED_NUMBER_TYPE),
        ("+44 909 879 0000", R.NOT_ALLOWED_NUMBER_TYPE),
    ],
)
def test_after_a_prefix_a_number_is_read_as_written(text: str, wanted: str) -> None:
    assert outcome(text) == wanted
    assert outcome(text, STRICT) == wanted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", R.EMPTY),
        ("  \n\u00a0\u200b\ufe0f\0", R.EMPTY),
        ("+", R.NO_DIGITS),
        ("(-) .", R.NO_DIGITS),
        ("abc", R.LETTERS),
        ("1-800-FLOWERS", R.LETTERS),
        ("+1-800-FLOWERS", R.LETTERS),
        ("sip:+15553231234", R.LETTERS),
        ("sip:+15553231234@example.org;user=phone", R.LETTERS),
        ("sip:+15553231234;ext=5", R.LETTERS),
        ("SIPS:+15553231234@x", R.LETTERS),
        ("sms:+15553231234", R.LETTERS),
        ("callto:+15553231234", R.LETTERS),
        ("tel:", R.EMPTY),
        ("tel:1-800-FLOWERS", R.LETTERS),
        ("tel:863-1234;phone-context=example.com", R.MISSING_COUNTRY_CODE),
        ("tel:15553231234;phone-context=1", R.MISSING_COUNTRY_CODE),
        ("tel:+15553231234;phone-context=+1", R.SEVERAL_NUMBERS),
        ("tel:+15553231234;m-lang=en", R.UNEXPECTED_CHARACTER),
        ("tel:+15553231234;15553239999", R.UNEXPECTED_CHARACTER),
        ("tel:+15553231234%3B5", R.EXTENSION),
        ("tel:%252B15553231234", R.LETTERS),
        ("tel:+1555323%FF1234", R.UNEXPECTED_CHARACTER),
        ("tel:+15553231234;ext=5", R.EXTENSION),
        ("tel:+15553231234;EXT=5", R.EXTENSION),
        ("tel:+15553231234;isub=5", R.EXTENSION),
        ("tel:+15553231234;postd=pp5", R.EXTENSION),
        ("1.5553E+10", R.DECIMAL),
        ("1.5553231234e10", R.DECIMAL),
        ("+1.5553231234E+10", R.DECIMAL),
        ("4,930123456E+10", R.DECIMAL),
        ("4930123456,0", R.EXTENSION),
        ("+1 555 323 1234 (mobile)", R.LETTERS),
        ("+1 555 323 1234 x5", R.EXTENSION),
        ("+1 555 323 1234x123", R.EXTENSION),
        ("+1 555 323 1234;ext=5", R.EXTENSION),
        ("+1 555 323 1234 #5", R.EXTENSION),
        ("+1 555 323 1234,,5", R.EXTENSION),
        ("+1 555 323 1234 \uff58 5", R.EXTENSION),
        ("+49 30 123456 ext. 99", R.EXTENSION),
        ("+49 30 123456 Durchwahl 99", R.EXTENSION),
        ("+7 912 345-67-89 \u0434\u043e\u0431. 12", R.EXTENSION),
        ("+34 912 345 678 extensio\u0301n 5", R.EXTENSION),
        ("1 (555) 323-1234 or 1 (555) 323-9999", R.SEVERAL_NUMBERS),
        ("+49 30 1234567 oder 7654321", R.SEVERAL_NUMBERS),
        ("+15553231234, +15553239999", R.SEVERAL_NUMBERS),
        ("15553231234; 15553239999", R.SEVERAL_NUMBERS),
        ("+15553231234, 5553231", R.SEVERAL_NUMBERS),
        ("+15553231234, 555323", R.EXTENSION),
        ("1555323; 1", R.EXTENSION),
        ("155532; 1", R.UNEXPECTED_CHARACTER),
        (".0000000", R.DECIMAL),
        ("+15553231234/+15553239999", R.SEVERAL_NUMBERS),
        ("15553231234 / 15553239999", R.SEVERAL_NUMBERS),
        ("+49 30 123456/57", R.SEVERAL_NUMBERS),
        ("+44 20 7946 0958 / 0959", R.SEVERAL_NUMBERS),
        ("0171 1234567 or 0171 7654321", R.SEVERAL_NUMBERS),
        ("15553231234\n15553239999", R.SEVERAL_NUMBERS),
        ("+15553231234 +15553239999", R.SEVERAL_NUMBERS),
        ("+1+5553231234", R.SEVERAL_NUMBERS),
        ("++15553231234", R.SEVERAL_NUMBERS),
        ("1+5553231234", R.UNEXPECTED_CHARACTER),
        ("15553231234+", R.UNEXPECTED_CHARACTER),
        ("+1 555 323 123\u00b2", R.UNEXPECTED_CHARACTER),
        ("+1 555 323 123\u2463", R.UNEXPECTED_CHARACTER),
        ("+1 555 323 1234\U0001f4de", R.UNEXPECTED_CHARACTER),
        ("+1\u20e3 555 323 1234", R.UNEXPECTED_CHARACTER),
        ("+1 555 323 1234\x07", R.UNEXPECTED_CHARACTER),
        ("+1 555 \u2022\u2022\u2022 1234", R.UNEXPECTED_CHARACTER),
        ("+1 555 *** 1234", R.UNEXPECTED_CHARACTER),
        ("%2B15553231234", R.LETTERS),
        ("=15553231234", R.UNEXPECTED_CHARACTER),
        ("+1 555\u0301 323 1234", R.UNEXPECTED_CHARACTER),
        ("\ud800", R.UNEXPECTED_CHARACTER),
        ("+15553231234" + " " * 238, "+15553231234"),
        ("+15553231234" + " " * 239, R.TOO_LONG),
        ("x" * 251, R.TOO_LONG),
    ],
)
def test_what_is_not_one_plain_number_is_refused_for_its_reason(
    text: str, reason: str
) -> None:
    assert outcome(text) == reason


@pytest.mark.parametrize(
    "mark",
    [
        *("\u202a", "\u202c", "\u200e", "\u200b", "\u2060", "\u00ad", "\u2066"),
        *("\ufeff", "\ufe0d", "\u061c", "\u200d", "\u180e", "\0", "\U000e0100"),
        *("\u3164", "\uffa0", "\u115f", "\u034f", "\u17b4", "\u2065", "\U000e0041"),
    ],
)
def test_what_cannot_be_seen_changes_nothing(mark: str) -> None:
    text = mark.join("+1(555)323-1234")

    assert outcome(mark + text + mark) == "+15553231234"
    assert outcome(mark.join("1(555)323-1234"), STRICT) == "+15553231234"


@pytest.mark.parametrize(
    ("text", "provenance"),
    [
        ("+15553231234", Provenance.EXPLICIT),
        ("(+1) 5553231234", Provenance.EXPLICIT),
        ("0015553231234", Provenance.IDD),
        ("1(555)323-1234", Provenance.SEPARATED),
        ("44 20 7946 0958", Provenance.SEPARATED),
        ("442079460958", Provenance.BARE),
        ("131 2345 6789", Provenance.BARE),
        ("352-555-0100", Provenance.BARE),
        ("352 621 123 456", Provenance.SEPARATED),
    ],
)
def test_the_provenance_says_what_the_country_code_was_read_from(
    text: str, provenance: Provenance
) -> None:
    assert read_phone(text).provenance is provenance


@pytest.mark.parametrize(
    ("region", "text", "wanted"),
    [
        ("US", "(555) 323-1234", "+15553231234"),
        ("US", "5553231234", "+15553231234"),
        ("US", "1 (555) 323-1234", "+15553231234"),
        ("US", "011 44 20 7946 0958", "+442079460958"),
        ("US", "0044 20 7946 0958", R.IMPOSSIBLE_LENGTH),
        ("US", "44 20 7946 0958", "+442079460958"),
        ("US", "201-555-0123", R.AMBIGUOUS),
        ("US", "(201) 555-0123", "+12015550123"),
        ("GB", "020 7946 0958", "+442079460958"),
        ("GB", "(020) 7946 0958", "+442079460958"),
        ("GB", "0044 20 7946 0958", "+442079460958"),
        ("GB", "0011 1 555 323 1234", R.IMPOSSIBLE_LENGTH),
        ("GB", "123", R.IMPOSSIBLE_LENGTH),
        ("DE", "0171 1234567", "+491711234567"),
        ("DE", "030/1234567", "+49301234567"),
        ("IT", "06 1234 5678", "+390612345678"),
        ("CN", "1(555)323-1234", R.AMBIGUOUS),
        ("CN", "+1 (555) 323-1234", "+15553231234"),
        ("AU", "0011 44 20 7946 0958", "+442079460958"),
        ("JP", "010 1 555 323 1234", "+15553231234"),
        ("HK", "0015553231234", "+15553231234"),
        ("RU", "8 (912) 345-67-89", "+79123456789"),
        ("RU", "8 495 123-45-67", "+74951234567"),
        ("RU", "(8 495) 123-45-67", "+74951234567"),
        ("RU", "8-495-123.45.67", "+74951234567"),
        ("VN", "8 495 123-45-67", R.MISSING_COUNTRY_CODE),
        ("GB", "4 47400 123456", R.MISSING_COUNTRY_CODE),
        ("UA", "38 (067) 123-45-67", "+380671234567"),
        ("FR", "06.12.34.56.00", "+33612345600"),
        ("DE", "030123456.0", "+4930123456"),
        ("US", "5553231234.00", "+15553231234"),
        ("US", "555.323.1234.00", R.DECIMAL),
        ("MX", "044 55 1234 5678", "+525512345678"),
        ("MX", "1 55 1234 5678", "+15512345678"),
        ("RU", "810 44 20 7946 0958", "+442079460958"),
        ("MX", "55 1234 5678", "+525512345678"),
    ],
)
def test_a_default_region_completes_and_rules_the_prefix(
    region: str, text: str, wanted: str
) -> None:
    assert outcome(text, PhonePolicy(default_region=region)) == wanted


def test_a_completed_number_says_so() -> None:
    number = read_phone("(201) 555-0123", PhonePolicy(default_region="US"))

    assert number.provenance is Provenance.DEFAULT_REGION
    assert number.region == "US"


def test_a_country_code_that_is_there_outranks_the_default_region() -> None:
    number = read_phone("1 (201) 555-0123", PhonePolicy(default_region="US"))

    assert number.provenance is Provenance.SEPARATED


def test_strictness_does_not_settle_an_ambiguity() -> None:
    """Else the strict policy would read what the default refuses to guess."""
    policy = PhonePolicy(default_region="US", strict=True)

    assert outcome("2015550123", policy) == R.AMBIGUOUS


def test_strict_reads_bare_digits_that_the_default_region_bears_out() -> None:
    number = read_phone("12015550123", PhonePolicy(default_region="US", strict=True))

    assert number.provenance is Provenance.DEFAULT_REGION


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        (PhonePolicy(default_region="CN", allowed_calling_codes={1}), "+15553231234"),
        (PhonePolicy(default_region="CN", allowed_regions={"CN"}), "+8615553231234"),
        (PhonePolicy(default_region="CN", denied_types={"unknown"}), "+8615553231234"),
        (PhonePolicy(default_region="CN", require_valid=True), "+8615553231234"),
        (
            PhonePolicy(default_region="CN", allowed_calling_codes={44}),
            R.NOT_ALLOWED_CALLING_CODE,
        ),
    ],
)
def test_what_is_not_allowed_is_dropped_before_ambiguity_is_judged(
    policy: PhonePolicy, wanted: str
) -> None:
    assert outcome("1(555)323-1234", policy) == wanted


@pytest.mark.parametrize(
    ("text", "policy", "wanted"),
    [
        ("+15553231234", PhonePolicy(require_valid=True), R.NOT_VALID),
        ("+12015550123", PhonePolicy(require_valid=True), "+12015550123"),
        (
            "+44 20 7946 0958",
            PhonePolicy(allowed_calling_codes=[1]),
            R.NOT_ALLOWED_CALLING_CODE,
        ),
        ("+1 204 234 5678", PhonePolicy(allowed_regions=["us"]), R.NOT_ALLOWED_REGION),
        ("+1 204 234 5678", PhonePolicy(allowed_regions=["CA"]), "+12042345678"),
        # In no range that a plan lists, so at home where its calling code mainly is.
        ("+15553231234", PhonePolicy(allowed_regions=["US"]), "+15553231234"),
        ("+15553231234", PhonePolicy(allowed_regions=["CA"]), R.NOT_ALLOWED_REGION),
        ("+1 900 555 1234", PhonePolicy(denied_types=()), "+19005551234"),
        (
            "+44 20 7946 0958",
            PhonePolicy(denied_types=["fixed_line"]),
            R.NOT_ALLOWED_NUMBER_TYPE,
        ),
        (
            "+1 2015550123",
            PhonePolicy(allowed_calling_codes=()),
            R.NOT_ALLOWED_CALLING_CODE,
        ),
        ("+800 1234 5678", PhonePolicy(allow_non_geographic=True), "+80012345678"),
        (
            "+979 123 456 789",
            PhonePolicy(allow_non_geographic=True),
            R.NOT_ALLOWED_NUMBER_TYPE,
        ),
        ("+800 1234 567", PhonePolicy(allow_non_geographic=True), R.IMPOSSIBLE_LENGTH),
    ],
)
def test_a_policy_narrows(text: str, policy: PhonePolicy, wanted: str) -> None:
    assert outcome(text, policy) == wanted


def test_a_worldwide_number_has_no_region() -> None:
    number = read_phone("+800 1234 5678", PhonePolicy(allow_non_geographic=True))

    assert (number.calling_code, number.region) == (800, None)


@pytest.mark.parametrize("value", [None, 15553231234, b"+15553231234", ["+1"]])
def test_what_is_no_text_is_said_to_be_none(value: object) -> None:
    with pytest.raises(InvalidSetting, match=r"^text: takes a str"):
        read_phone(value)  # type: ignore[arg-type]
