"""`verify-core serve` as a person starts it: another process, a real socket."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from tests.server.commanded import hello, started
from tests.support.served import Account
from verify_fakes.server.command import serve

TO = "+15553231234"
NOT_HERE = "the address is not this machine's"


def refused(*options: str, **environ: str) -> str:
    """What a start that fails says; it fails as a wrong option does."""
    result = CliRunner().invoke(serve, ["--port", "0", *options], env=environ)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    return result.output


def test_the_first_line_says_where_and_it_answers_at_once() -> None:
    begin = time.monotonic()
    with started() as server:
        url = hello(server)
        answer = requests.get(f"{url}/_fake/health", timeout=5)
        took = time.monotonic() - begin

    assert url.startswith("http://127.0.0.1:")
    assert answer.json() == {"status": "ok"}
    # Half a second where the machine is free; here others run at the same time.
    assert took < 5


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_idle_it_needs_less_than_50_megabytes() -> None:
    with started() as server:
        url = hello(server)
        requests.get(f"{url}/_fake/health", timeout=5)
        statm = Path(f"/proc/{server.pid}/statm").read_text()

    megabytes = int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    assert megabytes < 50


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_a_second_also_with_open_streams(sign: signal.Signals) -> None:
    with started() as server:
        url = hello(server)
        account = Account(url)
        with (
            requests.get(f"{url}/_fake/events", stream=True, timeout=5) as stream,
            socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))),
        ):
            next(stream.iter_lines())
            account.start(TO)

            begin = time.monotonic()
            server.send_signal(sign)
            code = server.wait(5)
            took = time.monotonic() - begin

        said = server.communicate()[1]

    assert code == 0
    assert took < 4  # a second, and what the machine's other work takes
    assert "Traceback" not in said


def test_the_command_of_the_house_serves_too() -> None:
    assert {"--host", "--port", "--strict", "--config", "--seed"} <= {
        option for each in serve.params for option in each.opts
    }


def test_a_port_that_is_taken_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        with started("--port", port) as server:
            said = server.communicate(timeout=10)[1]

    assert server.returncode == 2
    assert "Traceback" not in said
    assert f"port {port} of 127.0.0.1 is in use; --port 0 takes a free one" in said


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--host", "a" * 64, f"port 0 of {'a' * 64}: no such name"),
        ("--host", "192.0.2.1", f"port 0 of 192.0.2.1: {NOT_HERE}"),
        (
            "--tls-cert",
            "README.md",
            "--tls-cert: README.md has no certificate and key (PEM)",
        ),
        ("--proxy-ca", "/nope/ca.pem", "/nope/ca.pem: there is no such file or folder"),
        ("--event-sink", "here", "event-sink: takes an absolute http or https URL"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(
    option: str, value: str, said: str
) -> None:
    if option == "--proxy-ca":
        pytest.importorskip("trustme", reason="trustme is not installed")

    assert refused(option, value).rstrip().endswith(f"Error: {said}")


def test_strict_needs_to_know_whom() -> None:
    assert "--config" in refused("--strict")


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("", "accounts"),
        ("accounts = 1", "accounts"),
        ("[accounts.AC1]\nauth_token='x'", "accounts"),
        (f"[accounts.AC{'a' * 32}]", "auth_token"),
        (f"[accounts.AC{'a' * 32}]\nauth_token='x'\ntoken='y'", "token"),
        (f"[accounts.AC{'a' * 32}]\nauth_token='x'\nservices=['VA1']", "services"),
        (f"[accounts.AC{'a' * 32}]\nauth_token='x'\napi_keys={{SK1='s'}}", "api_keys"),
        ("[", "config"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, content: str, names: str
) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(content)

    said = refused("--config", str(file))

    assert names in said


def test_a_file_declares_who_comes_in(tmp_path: Path) -> None:
    sid, service = "AC" + "a" * 32, "VA" + "b" * 32
    file = tmp_path / "accounts.toml"
    file.write_text(
        f"[accounts.{sid}]\nauth_token = 'right'\nservices = ['{service}']\n"
    )
    with started("--config", str(file)) as server:
        url = hello(server)
        known = Account(url, sid=sid, token="right", service=service)
        stranger = Account(url)

        assert known.start(TO).status_code == 201
        assert stranger.start(TO).status_code == 401


def test_a_seed_gives_the_same_codes_again() -> None:
    codes = []
    for _ in range(2):
        with started("--seed", "7") as server:
            account = Account(hello(server))
            account.start(TO)
            codes.append(account.code(TO))

    assert codes[0] == codes[1]


def test_a_token_from_the_environment_guards_the_side_door() -> None:
    with started(VERIFY_FAKES_TOKEN="open") as server:
        url = hello(server)

        assert requests.get(f"{url}/_fake/messages", timeout=5).status_code == 401


@pytest.mark.parametrize("vendor", ["twilio", "vonage"])
def test_an_empty_token_opens_no_side_door(vendor: str) -> None:
    """Whoever sets one means to have one: an empty variable is no lock left open."""
    for options, environ in (
        (("--side-door-token", ""), {}),
        (("--side-door-token", " "), {}),
        (("--side-door-token=é",), {}),
        ((), {"VERIFY_FAKES_TOKEN": ""}),
        ((), {"VERIFY_FAKES_TOKEN": "\t"}),
        (("--side-door-token", ""), {"VERIFY_FAKES_TOKEN": "open"}),
    ):
        assert "side-door-token" in refused("--vendor", vendor, *options, **environ)


@pytest.mark.parametrize("secret", ["auth_token = ''", "api_keys = {SK0 = ''}"])
def test_nor_does_an_empty_secret_let_anybody_in(tmp_path: Path, secret: str) -> None:
    file = tmp_path / "accounts.toml"
    key = "SK" + "0" * 32
    token = "" if secret.startswith("auth_token") else "auth_token = 'x'\n"
    secret = secret.replace("SK0", key)
    file.write_text(f"[accounts.AC{'a' * 32}]\n{token}{secret}\n")

    assert secret.partition(" ")[0] in refused("--config", str(file))


def test_a_site_that_is_none_is_refused() -> None:
    assert "allow-origin" in refused("--allow-origin", "localhost:3000")


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="needs a disk that is always full")
def test_a_full_disk_is_said_in_one_line() -> None:
    with FULL.open("w") as full, started(stdout=full) as server:
        said = server.communicate(timeout=10)[1]

    assert server.returncode == 1
    assert "the disk is full" in said
    assert "Traceback" not in said
    assert "Exception ignored" not in said


def test_it_warns_when_others_can_reach_it() -> None:
    with started("--host", "0.0.0.0") as server:
        url = hello(server)
        port = url.rpartition(":")[2]
        found = requests.get(f"http://127.0.0.1:{port}/_fake/health", timeout=5)
        server.terminate()
        said = server.communicate(timeout=5)[1]

    assert found.ok
    assert "WARNING" in said


def test_a_new_token_guards_the_inbox_and_is_in_the_address_printed() -> None:
    with started("--host", "0.0.0.0", "--new-token") as server:
        url = hello(server).replace("0.0.0.0", "127.0.0.1")
        assert server.stdout is not None
        inbox, _, token = server.stdout.readline().strip().partition("/#token=")

        without = requests.get(f"{url}/_fake/messages", timeout=5)
        headers = {"Authorization": f"Bearer {token}"}
        with_it = requests.get(f"{url}/_fake/messages", headers=headers, timeout=5)

        server.send_signal(signal.SIGTERM)
        said = server.communicate(timeout=10)[1]

    assert inbox == f"Inbox on {url.replace('127.0.0.1', 'localhost')}"
    assert len(token) >= 32
    assert (without.status_code, with_it.status_code) == (401, 200)
    assert token not in said
    assert "WARNING" not in said


def test_a_token_that_is_given_is_not_printed() -> None:
    with started("--new-token", VERIFY_FAKES_TOKEN="given") as server:
        url = hello(server)
        headers = {"Authorization": "Bearer given"}
        answer = requests.get(f"{url}/_fake/messages", headers=headers, timeout=5)
        server.send_signal(signal.SIGTERM)
        rest = server.communicate(timeout=10)[0]

    assert answer.status_code == 200
    assert rest == ""


def test_a_new_token_needs_something_to_guard() -> None:
    assert "--no-side-door" in refused("--new-token", "--no-side-door")
