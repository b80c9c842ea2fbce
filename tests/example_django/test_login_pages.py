"""The Django example: what its users see, and what it must never show."""

from __future__ import annotations

import ast
import logging
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.codes import wrong
from verify_core.errors import Ambiguous
from verify_fakes.kit._faults import Break

PHONE = "+15553231234"
FOLDER = Path(__file__).resolve().parents[2] / "examples" / "django_login"


def test_the_right_code_signs_in_and_leaving_signs_out(served: Any) -> None:  # noqa: ANN401
    asked = served.post("/", number=PHONE)
    assert asked.redirect_chain == [("/code", 302)]
    assert PHONE not in asked.text
    before = served.client.session.session_key

    signed_in = served.post("/code", code=f" {served.code[:3]}-{served.code[3:]}")

    assert "You are signed in" in signed_in.text
    assert PHONE not in signed_in.text
    assert "pending" not in served.client.session
    assert served.client.session.session_key != before
    assert "Send code" in served.post("/leave").text


def test_phones_can_offer_the_code(served: Any) -> None:  # noqa: ANN401
    page = served.post("/", number=PHONE).text

    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page


def test_wrong_codes_may_be_corrected_until_they_are_too_many(served: Any) -> None:  # noqa: ANN401
    served.post("/", number=PHONE)
    for _ in range(5):
        answer = served.post("/code", code=wrong(served.code))
        assert answer.status_code == 422
        assert "This code is not right. Try again." in answer.text
        assert wrong(served.code) not in answer.text

    over = served.post("/code", code=served.code)

    assert "Too many wrong codes." in over.text
    assert 'name="number"' in over.text


def test_an_old_code_is_refused(served: Any) -> None:  # noqa: ANN401
    served.post("/", number=PHONE)
    served.provider.clock.advance(timedelta(minutes=11))

    answer = served.post("/code", code=served.code)

    assert "Ask for a new one." in answer.text
    assert "signed_in" not in served.client.session


def test_an_empty_code_is_asked_for_again(served: Any) -> None:  # noqa: ANN401
    served.post("/", number=PHONE)

    for nothing in ("", " ", "- -"):
        answer = served.post("/code", code=nothing)
        assert answer.status_code == 422, nothing
        assert 'name="code"' in answer.text


def test_it_is_sent_again_in_another_way(served: Any) -> None:  # noqa: ANN401
    served.post("/", number=PHONE)

    served.post("/resend", channel="call")

    assert [each.channel for each in served.provider.outbox] == ["sms", "call"]
    assert "You are signed in" in served.post("/code", code=served.code).text


def test_a_way_that_does_not_exist_is_said(served: Any) -> None:  # noqa: ANN401
    served.post("/", number=PHONE)

    answer = served.post("/resend", channel="pigeon")

    assert "This way of sending a code does not exist." in answer.text
    assert len(served.provider.outbox) == 1


def test_what_may_have_been_sent_is_told_as_that(served: Any) -> None:  # noqa: ANN401
    served.provider.faults.arm("start", Break.ANSWER_LOST, last=1)

    answer = served.post("/", number=PHONE)

    assert "We could not confirm that your message left." in answer.text
    assert len(served.provider.outbox) == 1
    assert "You are signed in" in served.post("/code", code=served.code).text


def test_a_lost_answer_that_carries_a_reference_keeps_it(served: Any) -> None:  # noqa: ANN401
    def lose(_call: str, answer: Any) -> None:  # noqa: ANN401
        raise Ambiguous("lost", "fake", ref=answer.ref)

    served.hooks.after = lose

    answer = served.post("/", number=PHONE)

    assert "We could not confirm that your message left." in answer.text
    served.hooks.after = lambda _call, answer: answer
    assert "You are signed in" in served.post("/code", code=served.code).text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("(555) 323-1234", "plus sign and its country code"),
        ("+1 555 CALL", "letters"),
        ("", "required"),
    ],
)
def test_a_bad_number_says_why(served: Any, typed: str, says: str) -> None:  # noqa: ANN401
    answer = served.post("/", number=typed)

    assert answer.status_code == 422
    assert says in answer.text
    assert not served.provider.outbox


def test_what_was_typed_comes_back_escaped(served: Any) -> None:  # noqa: ANN401
    answer = served.post("/", number='"><script>alert(1)</script>')

    assert "<script>" not in answer.text


def test_a_vendor_out_of_order_is_said_in_plain_words(served: Any) -> None:  # noqa: ANN401
    served.provider.faults.arm("start", 20503, last=1)

    answer = served.post("/", number=PHONE)

    assert "No codes can be sent now. Try again later." in answer.text


def test_without_a_running_verification_there_is_nothing_to_type(
    served: Any,  # noqa: ANN401
) -> None:
    for path in ("/code", "/resend"):
        assert served.post(path, code="123456").redirect_chain == [("/", 302)]
    assert not served.provider.outbox


def test_forms_of_other_sites_are_refused(served: Any) -> None:  # noqa: ANN401
    from django.test import Client

    stranger = Client(enforce_csrf_checks=True)
    for path in ("/", "/code", "/resend", "/leave"):
        answer = stranger.post(path, {"number": PHONE, "code": "123456"})
        assert answer.status_code == 403, path
    assert not served.provider.outbox


def test_every_form_carries_the_token(served: Any) -> None:  # noqa: ANN401
    pages = [served.client.get("/").text, served.post("/", number=PHONE).text]
    pages.append(served.post("/code", code=served.code).text)

    for page in pages:
        assert page.count("<form") == page.count("csrfmiddlewaretoken") > 0


def test_the_browser_holds_no_reference(served: Any) -> None:  # noqa: ANN401
    served.post("/", number=PHONE)

    cookie = served.client.cookies["sessionid"]

    assert cookie["httponly"]
    assert cookie.value == served.client.session.session_key
    assert "pending" in served.client.session


def test_no_log_shows_number_or_code(
    served: Any,  # noqa: ANN401
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        served.post("/", number="(555) 323-1234")
        served.post("/", number=PHONE)
        code = served.code
        served.post("/code", code=wrong(code))
        served.post("/code", code=code)

    assert "/code" in caplog.text
    for secret in (PHONE, "5553231234", code, wrong(code)):
        assert secret not in caplog.text


def test_the_project_passes_django_s_own_checks(django_project: None) -> None:
    from django.core.management import call_command

    call_command("check", fail_level="WARNING")


def test_a_provider_that_does_not_exist_is_named(django_project: None) -> None:
    root = FOLDER.parents[1]
    paths = [root, root / "providers", root / "fakes"]
    ran = subprocess.run(
        [sys.executable, FOLDER / "manage.py", "check"],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "VERIFY_PROVIDER": "nobody://",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ran.returncode != 0
    assert "'nobody' is not installed" in ran.stderr


def test_it_uses_public_names_only() -> None:
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                parts = [*(node.module or "").split("."), *(a.name for a in node.names)]
                private = [part for part in parts if part.startswith("_")]
                assert private in ([], ["__future__"]), file
