"""Clients that know nothing of a fake: only the environment leads them to it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

pytest.importorskip("trustme", reason="the server's libraries are not installed")

from tests.support import npm
from tests.support.proxied import PYTHONPATH, ProxyServer, proxied
from tests.support.twilio.node_walk import walk_node
from tests.support.twilio.tour import drive, walk
from tests.support.twilio.walks import SERVED, driven, give_templates
from verify_core import Verdict, Verifier
from verify_providers.twilio import TwilioVerify

PHONE = "+15553231234"


@pytest.fixture(scope="module")
def proxy() -> Iterator[ProxyServer]:
    with proxied() as server:
        yield server


@pytest.fixture
def environ(proxy: ProxyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What docs/how-to/server.md says for each client."""
    for name in ("HTTP_PROXY", "NO_PROXY", "ALL_PROXY", "CURL_CA_BUNDLE"):
        for spelled in (name, name.lower()):
            monkeypatch.delenv(spelled, raising=False)
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", proxy.ca)
    monkeypatch.setenv("SSL_CERT_FILE", proxy.ca)


@pytest.mark.sdk
@pytest.mark.usefixtures("environ")
def test_pythons_sdk_takes_the_whole_walk_unmodified(proxy: ProxyServer) -> None:
    rest = pytest.importorskip("twilio.rest", reason="PyPI twilio is not installed")
    account = proxy.account()
    give_templates(account)

    drive(walk(rest.Client(account.account_sid, account.auth_token), account))

    assert driven(account) == SERVED


@pytest.mark.sdk
@pytest.mark.usefixtures("environ")
def test_a_client_with_an_edge_and_a_region_pages_through_them(
    proxy: ProxyServer,
) -> None:
    rest = pytest.importorskip("twilio.rest", reason="PyPI twilio is not installed")
    account = proxy.account()
    client = rest.Client(
        account.account_sid, account.auth_token, region="ie1", edge="dublin"
    )
    services = client.verify.v2.services
    for name in ("one", "two", "three"):
        services.create(friendly_name=name)

    found = services.list(page_size=1)

    assert [each.friendly_name for each in found] == ["one", "two", "three"]
    assert {urlsplit(each.url).netloc for each in found} == {
        "verify.dublin.ie1.twilio.com"
    }


@pytest.mark.sdk
@pytest.mark.usefixtures("environ")
def test_so_does_the_async_one_with_a_session_that_heeds_the_environment(
    proxy: ProxyServer,
) -> None:
    pytest.importorskip("twilio.rest", reason="PyPI twilio is not installed")
    account = proxy.account()
    give_templates(account)

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.sdk.async_by_proxy",
            proxy.url,
            account.account_sid,
        ],
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert driven(account) == SERVED


@pytest.mark.node
def test_nodes_sdk_takes_the_whole_walk_unmodified(proxy: ProxyServer) -> None:
    npm.node_modules()
    account = proxy.account()

    seen = walk_node(
        account, redirect=False, HTTP_PROXY=proxy.url, NODE_EXTRA_CA_CERTS=proxy.ca
    )

    assert driven(account) == SERVED
    hosts = {urlsplit(each.url).netloc for each in seen.exchanges}
    assert hosts == {"verify.twilio.com", "lookups.twilio.com"}


@pytest.mark.usefixtures("environ")
def test_our_own_provider_with_the_environment(proxy: ProxyServer) -> None:
    account = proxy.account()
    with TwilioVerify(
        service_sid=account.service_sid,
        account_sid=account.account_sid,
        auth_token=account.auth_token,
        trust_env=True,
    ) as provider:
        started = Verifier(provider).start(PHONE)
        code = account.outbox[-1].code
        checked = provider.check(started.ref, code)

    assert checked.verdict is Verdict.APPROVED


@pytest.fixture
def curl() -> str:
    found = shutil.which("curl")
    if found is None:
        pytest.skip("curl is not installed")
    return found


def test_curl(proxy: ProxyServer, curl: str) -> None:
    account = proxy.account()
    url = f"https://verify.twilio.com/v2/Services/{account.service_sid}/Verifications"
    trust = ["--proxy", proxy.url, "--cacert", proxy.ca]
    user = f"{account.account_sid}:{account.auth_token}"
    form = ["--data-urlencode", f"To={PHONE}", "--data", "Channel=sms"]

    done = subprocess.run(
        [curl, "--silent", "--max-time", "10", *trust, "--user", user, url, *form],
        capture_output=True,
        check=True,
    )

    answer = json.loads(done.stdout)
    assert answer["status"] == "pending"
    assert answer["url"] == f"{url}/{answer['sid']}"
    assert account.outbox[-1].to == PHONE


def test_curl_that_does_not_trust_the_authority_is_not_deceived(
    proxy: ProxyServer, curl: str
) -> None:
    done = subprocess.run(
        [curl, "--silent", "--proxy", proxy.url, "https://verify.twilio.com/"],
        capture_output=True,
        check=False,
    )

    assert done.returncode == 60  # curl: the peer's certificate cannot be authenticated
