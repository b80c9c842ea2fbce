"""The plug-in in other people's projects: found by entry point, harmless, parallel."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest

Run = Callable[..., pytest.RunResult]


@pytest.fixture(autouse=True)
def _installed() -> None:
    if not entry_points(group="pytest11", name="verify_fakes"):
        pytest.skip("this checkout is not installed, so pytest cannot find its plug-in")


def test_loading_the_plug_in_loads_nothing_but_itself() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); "
        "import verify_fakes.pytest_plugin; after = set(sys.modules) - before; "
        "print(*{name.split('.')[0] for name in after} - sys.stdlib_module_names)"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()

    assert loaded == ["verify_fakes"]


def test_fixtures_are_found_and_described(run: Run) -> None:
    result = run("", "--fixtures")

    result.stdout.re_match_lines_random(
        [
            r"twilio_fake -- .*pytest_plugin.py.*",
            r"twilio_server -- .*",
            r"twilio_server_process \[session scope\] -- .*",
            r"sms_inbox -- .*",
            r"journey -- .*",
        ]
    )


def test_plug_in_can_be_switched_off(run: Run) -> None:
    result = run("def test_it(twilio_fake): ...", "-p", "no:verify_fakes")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'twilio_fake' not found*"])


def test_asking_for_the_plug_in_that_is_there_is_no_error(run: Run) -> None:
    result = run("def test_it(sms_inbox): ...", "-p", "verify_fakes")

    result.assert_outcomes(passed=1)


@pytest.mark.sdk
def test_official_sdk_on_the_fake_in_process(run: Run) -> None:
    pytest.importorskip("twilio")
    result = run(
        """
from datetime import timedelta
import pytest
from twilio.rest import Client

PHONE = "+15553231234"

def test_approved_once(twilio_fake, sms_inbox):
    service = Client("AC" + "1" * 32, "any").verify.v2.services("VA" + "0" * 32)
    service.verifications.create(to=PHONE, channel="sms")
    code = sms_inbox.next(PHONE).code
    assert code == twilio_fake.outbox[-1].code
    checks = service.verification_checks
    assert checks.create(to=PHONE, code=code).status == "approved"
    with pytest.raises(Exception, match="not found"):
        checks.create(to=PHONE, code=code)

def test_time(twilio_fake, sms_inbox):
    service = Client("AC" + "1" * 32, "any").verify.v2.services("VA" + "0" * 32)
    service.verifications.create(to=PHONE, channel="sms")
    twilio_fake.clock.advance(timedelta(minutes=10))
    with pytest.raises(Exception, match="not found"):
        service.verification_checks.create(to=PHONE, code=sms_inbox.next(PHONE).code)
"""
    )

    result.assert_outcomes(passed=2)


def test_two_workers_and_one_on_servers_of_their_own(run: Run) -> None:
    """
    No test sees another's message or clock, though all send to one number.

    A test has the same code in each run, with workers and without.
    """
    pytest.importorskip("httptools")
    pytest.importorskip("xdist")
    source = """
import requests
import pytest
from datetime import UTC, datetime, timedelta

PHONE = "+15553231234"

def ask(server, resource, **form):
    url = f"{server.url}/v2/Services/{server.service_sid}/{resource}"
    auth = (server.account_sid, server.auth_token)
    return requests.post(url, data=form, auth=auth, timeout=9).json()["status"]

@pytest.mark.parametrize("number", range(8))
def test_alone(twilio_server, sms_inbox, number):
    assert twilio_server.outbox == [] and twilio_server.faults == []
    drift = twilio_server.clock.now() - datetime.now(UTC)
    assert abs(drift) < timedelta(seconds=30)
    twilio_server.clock.advance(timedelta(hours=1))
    assert ask(twilio_server, "Verifications", To=PHONE, Channel="sms") == "pending"
    code = sms_inbox.next(PHONE).code
    assert [message.code for message in twilio_server.outbox] == [code]
    assert ask(twilio_server, "VerificationCheck", To=PHONE, Code=code) == "approved"
    sid, url = twilio_server.account_sid, twilio_server.url
    with open("seen.txt", "a") as file:
        file.write(f"{number} {code} {sid} {url}\\n")
"""

    run(source, "-n", "2").assert_outcomes(passed=8)
    run(source, "-k", "3 or 5").assert_outcomes(passed=2, deselected=6)

    seen = [line.split() for line in Path("seen.txt").read_text().splitlines()]
    numbers, codes, accounts, urls = map(set, zip(*seen, strict=True))
    assert (len(numbers), len(codes), len(accounts), len(urls)) == (8, 8, 10, 3)


def test_inbox_alone_brings_the_fake_in_process(run: Run) -> None:
    result = run(
        """
import requests

def test_it(sms_inbox):
    answer = requests.post(
        f"https://verify.twilio.com/v2/Services/VA{'0' * 32}/Verifications",
        data={"To": "ann@example.org", "Channel": "email"},
        auth=("AC" + "0" * 32, "any"),
        timeout=4,
    )
    assert answer.status_code == 201
    assert sms_inbox.next("ann@example.org").subject
"""
    )

    result.assert_outcomes(passed=1)


def test_missing_library_of_the_fake_names_the_extra(run: Run) -> None:
    result = run(
        """
import sys
sys.modules["responses"] = None

def test_it(twilio_fake): ...
"""
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*pip install 'verify-core?testing?'*"])


@pytest.fixture
def run_without_server(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run tests where processes that are started lack a library of the server's."""
    blocked = pytester.mkdir("blocked")
    (blocked / "httptools.py").write_text(
        "raise ModuleNotFoundError('no httptools', name='httptools')"
    )
    monkeypatch.setenv("PYTHONPATH", str(blocked), prepend=":")
    return run


def test_missing_library_of_the_server_names_the_extra(
    run_without_server: Run,
) -> None:
    result = run_without_server("def test_it(twilio_server): ...")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*did not start*httptools is missing: pip install 'verify-core?server?'*"]
    )


def test_server_is_started_only_where_it_is_used(run_without_server: Run) -> None:
    result = run_without_server("def test_it(twilio_fake, sms_inbox): ...")

    result.assert_outcomes(passed=1)
