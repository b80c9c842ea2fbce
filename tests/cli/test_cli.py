"""The command line as a person or a script meets it."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from verify_core import Channel, StartRequest, TokenKeys, read_phone
from verify_core.cli import _commands as commands
from verify_core.cli._keys import token_keys
from verify_core.errors import InvalidSetting
from verify_fakes import FakeTwilio, FakeVerifyProvider, fake_twilio

ACCOUNT, SERVICE, HUSH = "AC" + "0" * 32, "VA" + "1" * 32, "hush-hush-token"
LIVE = f"twilio://{ACCOUNT}:{HUSH}@verify/{SERVICE}"
NUMBER = "+1 555 323 1234"


@pytest.fixture
def runner(tmp_path: Path) -> CliRunner:
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    return CliRunner(env={**home, "VERIFY_PROVIDER": "", "VERIFY_TOKEN_KEY": ""})


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with fake_twilio(seed=7) as fake:
        yield fake


def verify(runner: CliRunner, *arguments: str, typed: str | None = None) -> Result:
    return runner.invoke(commands.verify_core, list(arguments), input=typed)


def code_of_seed(seed: int) -> str:
    provider = FakeVerifyProvider(seed=seed)
    provider.start(StartRequest(identifier=read_phone(NUMBER), channel=Channel.SMS))
    return provider.outbox[-1].code


class TestDemo:
    def test_plays_without_asking_anything(self, runner: CliRunner) -> None:
        result = verify(runner, "demo", "--to", "1(555)323-1234", "--answer-from-inbox")

        assert result.exit_code == 0, result.output
        assert "Outcome: True" in result.output

    def test_asks_for_identifier_and_code(self, runner: CliRunner) -> None:
        typed = f"{NUMBER}\n{code_of_seed(5)}\n"

        result = verify(runner, "demo", "--provider", "fake://?seed=5", typed=typed)

        assert result.exit_code == 0, result.output
        assert "Phone number or e-mail address" in result.output
        assert "sms" in result.output

    def test_an_address_travels_by_email(self, runner: CliRunner) -> None:
        result = verify(runner, "demo", "--to", "me@example.org", "--answer-from-inbox")

        assert result.exit_code == 0, result.output
        assert "[email to me@example.org]" in result.output

    def test_a_wrong_code_may_be_followed_by_the_right_one(
        self, runner: CliRunner
    ) -> None:
        typed = f"0000\n\n{code_of_seed(5)}\n"

        result = verify(
            runner, "demo", "--to", NUMBER, "--provider", "fake://?seed=5", typed=typed
        )

        assert result.exit_code == 0, result.output
        assert "not right" in result.output

    def test_resend_sends_again_and_cancel_ends(self, runner: CliRunner) -> None:
        result = verify(runner, "demo", "--to", NUMBER, typed="resend\ncancel\n")

        assert result.exit_code == 3, result.output
        assert result.output.count("[sms to") == 2
        assert "Outcome: Cancel" in result.output

    def test_wrong_codes_run_out(self, runner: CliRunner) -> None:
        result = verify(runner, "demo", "--to", NUMBER, typed="0000\n" * 6)

        assert result.exit_code == 4, result.output
        assert "verdict.exhausted" in result.output

    def test_a_number_without_its_country_is_explained(self, runner: CliRunner) -> None:
        result = verify(runner, "demo", "--to", "(555) 323-1234", "--answer-from-inbox")

        assert result.exit_code == 4
        assert "phone.missing_country_code" in result.output

    def test_a_default_region_completes_it(self, runner: CliRunner) -> None:
        result = verify(
            runner,
            *("demo", "--to", "(212) 323-1234", "--default-region", "us"),
            "--answer-from-inbox",
        )

        assert result.exit_code == 0, result.output

    def test_json_is_one_object_and_nothing_else(self, runner: CliRunner) -> None:
        result = verify(runner, "demo", "--to", NUMBER, "--answer-from-inbox", "--json")

        assert json.loads(result.stdout)["outcome"] == "True"

    def test_json_stays_one_object_when_it_asks(self, runner: CliRunner) -> None:
        typed = f"{NUMBER}\n{code_of_seed(5)}\n"

        result = verify(
            runner, "demo", "--json", "--provider", "fake://?seed=5", typed=typed
        )

        assert json.loads(result.stdout)["outcome"] == "True"

    def test_nothing_typed_for_the_identifier_is_explained(
        self, runner: CliRunner
    ) -> None:
        result = verify(runner, "demo", typed="\n")

        assert result.exit_code == 4
        assert "identifier.missing" in result.output

    def test_a_live_provider_has_no_inbox_to_read(self, runner: CliRunner) -> None:
        result = verify(
            runner,
            *("demo", "--provider", LIVE, "--to", NUMBER, "--answer-from-inbox"),
        )

        assert result.exit_code == 2
        assert "shows no messages" in result.output
        assert HUSH not in result.output

    def test_a_person_at_a_real_terminal_gets_through(self) -> None:
        main, other = pty.openpty()
        command = [sys.executable, "-m", "verify_core.cli", "demo", "--provider"]
        with subprocess.Popen(
            [*command, "fake://?seed=5"], stdin=other, stdout=other, stderr=other
        ) as process:
            os.close(other)
            os.write(main, f"{NUMBER}\n{code_of_seed(5)}\n".encode())
            shown = b""
            while b"Outcome" not in shown:
                shown += os.read(main, 4096)
            while process.poll() is None:
                try:
                    shown += os.read(main, 4096)
                except OSError:  # the terminal closes with the process
                    break
        os.close(main)
        assert process.returncode == 0, shown.decode()


class TestSendAndCheck:
    def test_a_sealed_reference_goes_from_one_command_to_the_other(
        self, runner: CliRunner, twilio: FakeTwilio
    ) -> None:
        sent = verify(runner, "send", NUMBER, "--provider", LIVE)
        code = twilio.outbox[-1].code

        checked = verify(
            runner,
            *("check", "--provider", LIVE),
            typed=f"{sent.stdout.strip()}\n{code}\n",
        )

        assert (sent.exit_code, checked.exit_code) == (0, 0), checked.output
        assert checked.stdout.strip() == "approved"
        sid = twilio.outbox[-1].verification_sid
        for secret in ("5553231234", HUSH, sid, code):
            assert secret not in sent.stdout + sent.stderr + checked.stderr

    def test_reference_and_code_may_be_arguments(
        self, runner: CliRunner, twilio: FakeTwilio
    ) -> None:
        token = verify(runner, "send", NUMBER, "--provider", LIVE).stdout.strip()

        checked = verify(
            runner, "check", token, "--code", "0000", "--provider", LIVE, "--json"
        )

        assert checked.exit_code == 3
        shown = json.loads(checked.stdout)
        assert shown["verdict"] == "wrong_code"
        assert shown["error"]["reason"] == "verdict.wrong_code"

    def test_words_for_a_code_are_explained_and_spend_no_guess(
        self, runner: CliRunner, twilio: FakeTwilio
    ) -> None:
        token = verify(runner, "send", NUMBER, "--provider", LIVE).stdout.strip()
        code = twilio.outbox[-1].code
        check = ("check", token, "--provider", LIVE, "--json", "--code")

        refused = [verify(runner, *check, f"Code: {code}") for _ in range(9)]
        approved = verify(runner, *check, f"{code}.")

        assert {result.exit_code for result in refused} == {4}
        error = json.loads(refused[0].stdout)["error"]
        assert (error["reason"], error["retryable"]) == ("code.not_a_code", True)
        assert code not in refused[0].output
        shown = json.loads(approved.stdout)
        assert shown["verdict"] == "approved"
        assert "error" not in shown

    def test_the_code_is_asked_for_and_not_shown(
        self, runner: CliRunner, twilio: FakeTwilio
    ) -> None:
        token = verify(runner, "send", NUMBER, "--provider", LIVE).stdout.strip()
        code = twilio.outbox[-1].code

        checked = verify(runner, "check", token, "--provider", LIVE, typed=f"{code}\n")

        assert checked.exit_code == 0
        assert code not in checked.output

    def test_a_resend_is_the_same_verification(
        self, runner: CliRunner, twilio: FakeTwilio
    ) -> None:
        token = verify(runner, "send", NUMBER, "--provider", LIVE).stdout.strip()

        again = verify(runner, "send", NUMBER, "--provider", LIVE, "--resend", token)

        assert again.exit_code == 0, again.output
        first, second = twilio.outbox
        assert first.verification_sid == second.verification_sid

    def test_a_resend_never_sends_to_whom_the_reference_reaches(
        self, runner: CliRunner, twilio: FakeTwilio
    ) -> None:
        token = verify(runner, "send", NUMBER, "--provider", LIVE).stdout.strip()
        other = "+44 7700 900123"

        again = verify(runner, "send", other, "--provider", LIVE, "--resend", token)

        assert again.exit_code == 0, again.output
        assert "of another number or provider" in again.stderr
        assert [each.to for each in twilio.outbox] == ["+15553231234", "+447700900123"]

    def test_the_provider_and_its_credentials_come_from_the_environment(
        self, runner: CliRunner, twilio: FakeTwilio
    ) -> None:
        runner.env.update(
            VERIFY_PROVIDER="twilio://",
            TWILIO_ACCOUNT_SID=ACCOUNT,
            TWILIO_AUTH_TOKEN=HUSH,
            TWILIO_VERIFY_SERVICE_SID=SERVICE,
        )

        result = verify(runner, "send", NUMBER, "--json")

        assert result.exit_code == 0, result.output
        shown = json.loads(result.stdout)
        assert (shown["delivery"], shown["identifier"]) == ("sent", "+1********34")

    def test_a_refusal_has_its_reason_and_status_4(
        self, runner: CliRunner, twilio: FakeTwilio
    ) -> None:
        for _ in range(5):
            verify(runner, "send", NUMBER, "--provider", LIVE)

        result = verify(runner, "send", NUMBER, "--provider", LIVE, "--json")

        assert result.exit_code == 4
        error = json.loads(result.stdout)["error"]
        assert (error["reason"], error["provider_code"]) == (
            "provider.too_soon",
            "60203",
        )


class TestKeys:
    @pytest.fixture(autouse=True)
    def home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CONFIG_HOME", f"{tmp_path}")

    def test_a_persons_key_is_made_once_and_readable_to_them_alone(
        self, tmp_path: Path
    ) -> None:
        first, second = token_keys({}), token_keys({})

        assert first == second
        file = tmp_path / "verify-core" / "token.key"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_the_environments_key_wins(self, tmp_path: Path) -> None:
        key = TokenKeys.new_key()

        keys = token_keys({"VERIFY_TOKEN_KEY": key})

        assert keys == TokenKeys(keys={"cli": key})
        assert not list(tmp_path.iterdir())

    def test_a_malformed_key_is_refused(self) -> None:
        with pytest.raises(InvalidSetting):
            token_keys({"VERIFY_TOKEN_KEY": "short"})


class TestOthers:
    def test_a_number_is_explained(self, runner: CliRunner) -> None:
        result = verify(runner, "read-number", "1(555)323-1234", "--json")

        assert json.loads(result.stdout) == {
            "e164": "+15553231234",
            "calling_code": 1,
            "region": "US",
            "provenance": "separated",
        }

    def test_providers_are_listed(self, runner: CliRunner) -> None:
        result = verify(runner, "providers")

        assert {"fake", "twilio"} <= set(result.stdout.split())

    def test_providers_are_listed_as_json(self, runner: CliRunner) -> None:
        shown = json.loads(verify(runner, "providers", "--json").stdout)

        assert shown.keys() == {"providers"}
        assert {"fake", "twilio"} <= set(shown["providers"])

    @pytest.mark.parametrize(
        "command", ["demo", "send", "check", "read-number", "providers"]
    )
    def test_every_command_helps_with_an_example(
        self, runner: CliRunner, command: str
    ) -> None:
        result = verify(runner, command, "--help")

        assert result.exit_code == 0
        assert f"Example: verify-core {command}" in result.output
        assert "--json" in result.output

    def test_further_commands_come_in_by_entry_point(self, tmp_path: Path) -> None:
        """An installed package of somebody else's, found by its metadata alone."""
        info = tmp_path / "wave-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Name: wave\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            f"[{commands.COMMAND_GROUP}]\nwave = wave:wave\n"
        )
        (tmp_path / "wave.py").write_text(
            "import click\n@click.command()\ndef wave(): click.echo('hello')\n"
        )
        paths = [str(tmp_path), *filter(None, sys.path)]
        command = [sys.executable, "-m", "verify_core.cli"]

        shown = {
            argument: subprocess.run(
                [*command, argument],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for argument in ("--help", "wave")
        }

        assert "wave" in shown["--help"]
        assert shown["wave"] == "hello\n"


@pytest.mark.parametrize("to", ["xyz", ""])
def test_a_failed_demo_is_one_object_with_an_error(runner: CliRunner, to: str) -> None:
    result = verify(runner, "demo", "--json", "--to", to)

    shown = json.loads(result.stdout)
    assert (result.exit_code, list(shown)) == (4, ["error"])
