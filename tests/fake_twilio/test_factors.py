"""Entities, TOTP factors and challenges: limits, time, and a second opinion."""

from __future__ import annotations

import json
import sys
from base64 import b32decode
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from attrs import evolve
from hypothesis import given, settings, strategies as st

from tests.fake_twilio.conftest import SERVICE, Line
from tests.fake_twilio.totp import (
    ANN,
    SECRET,
    answer,
    challenge,
    enrolled,
    now,
    rfc_code,
    verified,
)
from verify_fakes import FakeTwilio
from verify_fakes.twilio.resources._factors import MOST_FACTORS

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize("alg", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize(("digits", "step"), [(3, 20), (6, 30), (8, 60)])
def test_codes_are_rfc_6238s(line: Line, alg: str, digits: int, step: int) -> None:
    form = {"Config.CodeLength": str(digits), "Config.TimeStep": str(step)}
    factor = verified(line, **{**form, "Config.Alg": alg})
    line.twilio.clock.advance(timedelta(hours=7))
    code = rfc_code(SECRET, now(line), digits=digits, step=step, alg=alg)

    _, body = challenge(line, factor, AuthPayload=code)

    assert body["status"] == "approved"
    assert body["date_responded"] == "2026-01-15T19:00:00Z"


@pytest.mark.parametrize("skew", [0, 1, 2])
@pytest.mark.parametrize("steps", [-3, -2, -1, 0, 1, 2, 3])
def test_the_skew_says_which_neighbours_count(
    line: Line, skew: int, steps: int
) -> None:
    factor = verified(line, **{"Config.Skew": str(skew)})
    code = rfc_code(SECRET, now(line, 30 * steps))

    _, body = challenge(line, factor, AuthPayload=code)

    assert body["status"] == ("approved" if abs(steps) <= skew else "pending")


def test_a_factor_says_its_secret_once(line: Line) -> None:
    made = enrolled(line)
    path = f"{ANN}/Factors/{made['sid']}"

    assert made["binding"]["secret"] == SECRET
    uri = urlsplit(made["binding"]["uri"])
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Demo:Phone")
    assert parse_qs(uri.query) == {
        "secret": [SECRET],
        "issuer": ["Demo"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }
    later = [line.call("GET", path), line.call("POST", path, FriendlyName="Tablet")]
    later.append(line.call("GET", f"{ANN}/Factors"))
    assert SECRET not in json.dumps([body for _, body in later])
    assert SECRET not in repr(list(line.twilio.requests))


def test_a_drawn_secret_has_160_bits_and_comes_from_the_seed() -> None:
    secrets = set()
    for seed in (1, 1, 2):
        line = Line(FakeTwilio(seed=seed))
        form = {"FriendlyName": "Phone", "FactorType": "totp"}
        _, body = line.call("POST", f"{ANN}/Factors", form)
        secrets.add(body["binding"]["secret"])

    assert len(secrets) == 2
    assert all(len(b32decode(secret)) == 20 for secret in secrets)


def test_the_service_says_how_codes_are_unless_the_factor_does(line: Line) -> None:
    form = {"Totp.CodeLength": "8", "Totp.TimeStep": "60", "Totp.Issuer": "Bank"}
    line.call("POST", f"/v2/Services/{SERVICE}", form)

    made = enrolled(line, **{"Config.TimeStep": "20"})

    assert made["config"] == {
        "alg": "sha1",
        "skew": 1,
        "code_length": 8,
        "time_step": 20,
    }
    assert "/Bank:Phone?" in made["binding"]["uri"]


def test_a_wrong_first_code_is_an_answer_five_times_and_then_60310(line: Line) -> None:
    path = f"{ANN}/Factors/{enrolled(line)['sid']}"
    right = rfc_code(SECRET, now(line))
    wrong = "0" * 6 if right != "0" * 6 else "1" * 6

    for _ in range(5):
        status, body = line.call("POST", path, AuthPayload=wrong)
        assert (status, body["status"]) == (200, "unverified")
    status, body = line.call("POST", path, AuthPayload=right)

    assert (status, body["code"]) == (429, 60310)
    assert line.call("GET", path)[1]["status"] == "unverified"


def test_a_wrong_code_is_an_answer_five_times_and_then_60308(line: Line) -> None:
    sid = challenge(line, verified(line))[1]["sid"]
    for _ in range(5):
        status, body = answer(line, sid, "00000000")
        assert (status, body["status"]) == (200, "pending")

    status, body = answer(line, sid, rfc_code(SECRET, now(line)))

    assert (status, body["code"]) == (429, 60308)


def test_a_code_wrong_at_creation_counts(line: Line) -> None:
    _, body = challenge(line, verified(line), AuthPayload="00000000")
    for _ in range(4):
        answer(line, body["sid"], "00000000")

    assert body["status"] == "pending"
    assert answer(line, body["sid"], "00000000")[1]["code"] == 60308


def test_a_challenge_is_answered_once(line: Line) -> None:
    sid = challenge(line, verified(line))[1]["sid"]
    code = rfc_code(SECRET, now(line))
    assert answer(line, sid, code)[1]["status"] == "approved"

    assert answer(line, sid, code)[1]["code"] == 60322


def test_one_code_may_answer_two_challenges(line: Line) -> None:
    factor = verified(line)
    code = rfc_code(SECRET, now(line))

    for _ in range(2):
        assert challenge(line, factor, AuthPayload=code)[1]["status"] == "approved"


def test_answers_about_factors_are_not_signed(line: Line) -> None:
    url = f"https://verify.twilio.com{ANN}/Factors/{verified(line)}"

    _, headers, _ = line.twilio.handle("GET", url, line.headers)

    assert not [name for name in headers if name.endswith("Signature")]


def test_a_challenge_lives_five_minutes(line: Line) -> None:
    factor = verified(line)
    sid = challenge(line, factor)[1]["sid"]
    line.twilio.clock.advance(timedelta(minutes=5) - timedelta(seconds=1))
    assert line.call("GET", f"{ANN}/Challenges/{sid}")[1]["status"] == "pending"
    line.twilio.clock.advance(timedelta(seconds=1))

    assert line.call("GET", f"{ANN}/Challenges/{sid}")[1]["status"] == "expired"
    status, body = answer(line, sid, rfc_code(SECRET, now(line)))
    assert (status, body["code"]) == (403, 60323)


@pytest.mark.parametrize(
    ("minutes", "status"), [(-1, 400), (0, 400), (1, 201), (60, 201), (61, 400)]
)
def test_or_up_to_an_hour(line: Line, minutes: int, status: int) -> None:
    at = line.twilio.clock.now() + timedelta(minutes=minutes)

    answered, body = challenge(line, verified(line), ExpirationDate=at.isoformat())

    assert answered == status
    if status == 400:
        assert body["message"] == "Invalid parameter: ExpirationDate"


def test_a_factor_not_verified_cannot_be_challenged(line: Line) -> None:
    status, body = challenge(line, enrolled(line)["sid"])

    assert (status, body["code"]) == (403, 60318)


@pytest.mark.parametrize(("digits", "allowed"), [(4, 10), (5, 50)])
def test_challenges_are_limited_by_the_length_of_the_code(
    line: Line, digits: int, allowed: int
) -> None:
    factor = verified(line, **{"Config.CodeLength": str(digits)})
    for _ in range(allowed):
        assert challenge(line, factor)[0] == 201

    assert challenge(line, factor)[1]["code"] == 60312
    line.twilio.clock.advance(timedelta(hours=1))
    assert challenge(line, factor)[0] == (201 if digits > 4 else 429)
    line.twilio.clock.advance(timedelta(hours=23))
    assert challenge(line, factor)[0] == 201


def test_long_codes_have_a_day_limit_too(line: Line) -> None:
    factor = verified(line)
    for hour in range(2):
        for _ in range(50):
            assert challenge(line, factor)[0] == 201
        line.twilio.clock.advance(timedelta(hours=1 + hour))

    assert challenge(line, factor)[1]["code"] == 60312


def test_an_entity_has_a_hundred_factors_and_makes_a_hundred_a_day(line: Line) -> None:
    made = [enrolled(line)["sid"] for _ in range(MOST_FACTORS)]
    form = {"FriendlyName": "More", "FactorType": "totp"}
    assert line.call("POST", f"{ANN}/Factors", form)[1]["code"] == 60315

    assert line.call("DELETE", f"{ANN}/Factors/{made[0]}")[0] == 204
    assert line.call("POST", f"{ANN}/Factors", form)[1]["code"] == 60326
    line.twilio.clock.advance(timedelta(days=1))
    assert line.call("POST", f"{ANN}/Factors", form)[0] == 201


def test_a_factor_brings_its_entity_along(line: Line) -> None:
    made = enrolled(line)

    assert line.call("GET", ANN)[1]["sid"] == made["entity_sid"]
    form = {"Identity": "ann-from-accounting"}
    status, body = line.call("POST", f"/v2/Services/{SERVICE}/Entities", form)
    assert (status, body["code"]) == (409, 60301)


def test_an_identity_that_is_none_becomes_no_entity(line: Line) -> None:
    form = {"FriendlyName": "x", "FactorType": "totp"}
    path = f"/v2/Services/{SERVICE}/Entities/a%2Fb"

    _, body = line.call("POST", f"{path}/Factors", form)

    assert body["message"] == "Invalid parameter: Identity"
    assert line.call("GET", path)[0] == 404


def test_what_is_deleted_is_gone(line: Line) -> None:
    factor = verified(line)
    sid = challenge(line, factor)[1]["sid"]
    line.call("DELETE", f"{ANN}/Factors/{factor}")
    assert line.call("GET", f"{ANN}/Factors/{factor}")[0] == 404
    assert answer(line, sid, "123456")[0] == 404

    line.call("DELETE", ANN)
    assert line.call("GET", ANN)[0] == 404


def test_lists_of_challenges_have_filters_and_two_directions(line: Line) -> None:
    one, two = verified(line), verified(line)
    code = rfc_code(SECRET, now(line))
    sids = [challenge(line, factor)[1]["sid"] for factor in (one, two, one)]
    answer(line, sids[2], code)

    def listed(query: str = "") -> list[str]:
        _, body = line.call("GET", f"{ANN}/Challenges?{query}")
        return [each["sid"] for each in body["challenges"]]

    assert listed() == sids
    assert listed("Order=desc") == sids[::-1]
    assert listed(f"FactorSid={one}") == [sids[0], sids[2]]
    assert listed("Status=approved") == [sids[2]]
    line.twilio.clock.advance(timedelta(minutes=5))
    assert listed("Status=expired") == sids[:2]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Details.Fields", "[]"),
        ("Details.Fields", '{"label": "x"}'),
        ("Details.Fields", json.dumps({"label": "x" * 37, "value": ""})),
        ("Details.Message", "x" * 257),
        ("HiddenDetails", '{"a": 1}'),
        ("AuthPayload", "12"),
        ("AuthPayload", "1" * 9),
        ("ExpirationDate", "soon"),
        ("ExpirationDate", "0001-01-01T00:00:00+23:00"),
    ],
)
def test_a_malformed_challenge_is_60200_and_named(
    line: Line, name: str, value: str
) -> None:
    status, body = challenge(line, verified(line), **{name: value})

    assert (status, body["code"]) == (400, 60200)
    assert body["message"] == f"Invalid parameter: {name}"


def test_digits_of_other_scripts_are_no_code(line: Line) -> None:
    factor = verified(line)
    code = rfc_code(SECRET, now(line)).translate(
        {ord("0") + n: chr(0xFF10 + n) for n in range(10)}
    )

    assert challenge(line, factor, AuthPayload=code)[1]["status"] == "pending"


class Model:
    """A challenge in a few lines: five wrong codes, five minutes, one right code."""

    def __init__(self) -> None:
        self.age, self.wrong, self.done = 0, 0, False

    def answered(self, *, right: bool) -> object:
        if self.done:
            return 60322
        if self.age >= 300:
            return 60323
        if self.wrong == 5:
            return 60308
        self.wrong += not right
        self.done = right
        return "approved" if right else "pending"


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 120), st.booleans()), max_size=12))
def test_challenges_agree_with_the_model(history: list[tuple[int, bool]]) -> None:
    """Whatever is answered when, the fake and the model say the same."""
    line, model = Line(FakeTwilio(seed=1)), Model()
    sid = challenge(line, verified(line))[1]["sid"]
    for pause, right in history:
        line.twilio.clock.advance(timedelta(seconds=pause))
        model.age += pause
        code = rfc_code(SECRET, now(line)) if right else "00000000"

        _, body = answer(line, sid, code)

        assert body.get("code", body["status"]) == model.answered(right=right)


def test_nothing_shows_a_secret(line: Line) -> None:
    verified(line)

    def shown() -> Iterator[str]:
        service = line.twilio.services.get(SERVICE)
        assert service is not None
        for entity in line.twilio.store.resources_of(service).entities:
            yield repr(entity)
            yield from (repr(evolve(factor)) for factor in entity.factors)

    assert len(list(shown())) == 2
    assert SECRET not in "".join(shown())


@pytest.mark.parametrize("secret", ["A" * 7, "A" * 257, "AAAAAAA1", "AAAAAAAAA", "äöü"])
def test_a_secret_that_is_none_is_60314(line: Line, secret: str) -> None:
    form = {"FriendlyName": "x", "FactorType": "totp", "Binding.Secret": secret}

    status, body = line.call("POST", f"{ANN}/Factors", form)

    assert (status, body["code"]) == (400, 60314)


def test_an_update_of_nothing_wants_a_code(line: Line) -> None:
    sid = challenge(line, verified(line))[1]["sid"]

    _, body = line.call("POST", f"{ANN}/Challenges/{sid}")

    assert body["message"] == "Invalid parameter: AuthPayload"


@pytest.mark.parametrize("sent", ["right", "wrong", "none"])
def test_what_a_device_says_of_itself_is_kept_and_shown(line: Line, sent: str) -> None:
    """With a right code, a wrong one, or none."""
    sid = challenge(line, verified(line))[1]["sid"]
    codes = {"right": rfc_code(SECRET, now(line)), "wrong": "000000"}
    given = {"AuthPayload": codes[sent]} if sent in codes else {}

    _, updated = line.call(
        "POST", f"{ANN}/Challenges/{sid}", {"Metadata": '{"os": "Android"}', **given}
    )
    _, fetched = line.call("GET", f"{ANN}/Challenges/{sid}")

    assert updated["metadata"] == fetched["metadata"] == {"os": "Android"}
    assert fetched["status"] == ("approved" if sent == "right" else "pending")
    if sent != "right":
        _, later = answer(line, sid, codes["right"])
        assert (later["status"], later["metadata"]) == ("approved", {"os": "Android"})


def test_metadata_comes_too_late_for_a_challenge_that_is_over(line: Line) -> None:
    factor = verified(line)
    done, late = (challenge(line, factor)[1]["sid"] for _ in range(2))
    answer(line, done, rfc_code(SECRET, now(line)))
    line.twilio.clock.advance(timedelta(minutes=6))

    answers = [
        line.call("POST", f"{ANN}/Challenges/{sid}", Metadata='{"os": "x"}')
        for sid in (done, late)
    ]

    assert [body["code"] for _, body in answers] == [60322, 60323]
    assert line.call("GET", f"{ANN}/Challenges/{done}")[1]["metadata"] is None


def test_a_wrong_code_leaves_all_as_it_was_but_the_tries(line: Line) -> None:
    """Twilio, "Change in API response when AuthPayload is incorrect", 2021-10-27."""
    made = enrolled(line)
    factor = f"{ANN}/Factors/{made['sid']}"
    before = line.call("GET", factor)[1]
    status, wrong = line.call("POST", factor, AuthPayload="000000")
    assert (status, wrong, wrong["status"]) == (200, before, "unverified")

    asked = challenge(line, verified(line))[1]
    status, wrong = answer(line, asked["sid"], "000000")
    assert (status, wrong, wrong["status"]) == (200, asked, "pending")


def test_details_have_a_date_where_the_service_says_so(line: Line) -> None:
    line.call("POST", f"/v2/Services/{SERVICE}", {"Push.IncludeDate": "true"})

    _, body = challenge(line, verified(line), **{"Details.Message": "Sign in?"})

    assert body["details"] == {
        "message": "Sign in?",
        "date": "2026-01-15T12:00:00Z",
        "fields": [],
    }


def test_a_list_of_details_ends_at_twenty(line: Line) -> None:
    field = urlencode({"Details.Fields": '{"label": "a", "value": "b"}'})
    factor = verified(line)
    url = f"https://verify.twilio.com{ANN}/Challenges"

    answers = [
        line.twilio.handle(
            "POST", url, line.headers, f"FactorSid={factor}" + f"&{field}" * count
        )
        for count in (20, 21)
    ]

    assert [status for status, _, _ in answers] == [201, 400]
    assert len(json.loads(answers[0][2])["details"]["fields"]) == 20


def test_what_pyotp_is_needed_for_says_where_to_get_it(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = enrolled(line)
    monkeypatch.setitem(sys.modules, "pyotp", None)

    with pytest.raises(ImportError, match=r"verify-core\[server\]"):
        line.call("POST", f"{ANN}/Factors/{made['sid']}", AuthPayload="123456")
