"""
What fakes of Twilio Verify do where it matters: `python benchmarks/scoreboard.py`.

The same walks through a verification's life against ours, npm Prism serving Twilio's
own document, and npm `emulate`; each row says what Twilio does and what each of them
did. Nothing is summed up: which rows matter is the reader's to say.

Sources of the rows: Twilio, Verify API, "Verifications", "VerificationCheck" and "Rate
limits and timeouts", and its error dictionary, read 2026-11-22.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any, Final

import requests
from attrs import Factory, define, field, frozen
from peers import DOCUMENT, EMULATE, PRISM, set_up_emulate, set_up_prism, wait_for

from verify_fakes.served import FakeServerClient

Json = dict[str, Any]
_NUMBERS: Final = count(1_000_000)
_TEN_MINUTES: Final = timedelta(minutes=10)


class CannotSay(Exception):
    """This fake has no way to play the walk; the text says what is missing."""


@define(kw_only=True)
class Fake:
    """
    One fake that runs, and how a test would use it.

    Attributes:
        base_url: What stands before `/v2`.
        auth: User and secret.
        seen: The bodies of every answer so far.
    """

    name: str
    base_url: str
    auth: tuple[str, str]
    service: str = "VA" + "b" * 32
    seen: list[str] = Factory(list)
    _session: requests.Session = field(factory=requests.Session, repr=False)

    def ask(self, method: str, path: str, **form: str) -> tuple[int, Json]:
        """One request to the service; status and body."""
        url = f"{self.base_url}/v2/Services/{self.service}{path}"
        answer = self._session.request(
            method, url, data=form or None, auth=self.auth, timeout=10
        )
        self.seen.append(answer.text)
        with contextlib.suppress(ValueError):
            return answer.status_code, answer.json()
        return answer.status_code, {}

    def start(self, to: str, channel: str = "sms") -> tuple[int, Json]:
        return self.ask("POST", "/Verifications", To=to, Channel=channel)

    def check(self, to: str, code: str) -> tuple[int, Json]:
        return self.ask("POST", "/VerificationCheck", To=to, Code=code)

    def code(self, to: str) -> str:  # noqa: ARG002 - for those who can
        """The code that was sent, by whatever way a test has of reading it."""
        raise CannotSay("no code to be read")

    def wait(self, span: timedelta) -> None:  # noqa: ARG002 - for those who can
        """Let time pass, as a test would."""
        raise CannotSay("no clock to move")


class Ours(Fake):
    """`verify-core serve`."""

    def code(self, to: str) -> str:
        sent = [each.code for each in self._account.outbox if each.to == to]
        return str(sent[-1])

    def wait(self, span: timedelta) -> None:
        self._account.clock.advance(span)

    @property
    def _account(self) -> Any:  # noqa: ANN401 - what the client gives
        return FakeServerClient(self.base_url).account(self.auth[0])


class Emulate(Fake):
    """npm `emulate`."""

    def code(self, to: str) -> str:
        url = self.base_url.removesuffix("/verify") + "/_twilio/simulate"
        asked = {"To": to, "ServiceSid": self.service}
        answer = requests.get(
            f"{url}/verification-code", params=asked, auth=self.auth, timeout=10
        )
        return str(answer.json()["code"])


@frozen(kw_only=True)
class Row:
    """
    One walk.

    Attributes:
        question: What it looks at.
        twilio: What Twilio does.
        walk: Plays it; returns what was seen, in the words of `twilio` where alike.
    """

    question: str
    twilio: str
    walk: Callable[[Fake, str], str]


def told(answer: tuple[int, Json]) -> str:
    """An answer in short: its status, and code or state."""
    status, body = answer
    if status >= 400:
        return f"{status}/{body.get('code')}"
    return f"{status} {body.get('status')}"


def wrong_of(code: str) -> str:
    return "0" * len(code) if code.strip("0") else "1" * len(code)


def wrong_code(fake: Fake, to: str) -> str:
    fake.start(to)
    with contextlib.suppress(CannotSay):
        return told(fake.check(to, wrong_of(fake.code(to))))
    return told(fake.check(to, "000000"))


def right_code(fake: Fake, to: str) -> str:
    fake.start(to)
    return told(fake.check(to, fake.code(to)))


def again_after_approval(fake: Fake, to: str) -> str:
    fake.start(to)
    code = fake.code(to)
    fake.check(to, code)
    return told(fake.check(to, code))


def sixth_check(fake: Fake, to: str) -> str:
    fake.start(to)
    with contextlib.suppress(CannotSay):
        wrong = wrong_of(fake.code(to))
        for _ in range(5):
            fake.check(to, wrong)
        return told(fake.check(to, wrong))
    answers = [fake.check(to, "000000") for _ in range(6)]
    return told(answers[-1])


def right_code_after_five_wrong(fake: Fake, to: str) -> str:
    fake.start(to)
    code = fake.code(to)
    for _ in range(5):
        fake.check(to, wrong_of(code))
    return told(fake.check(to, code))


def after_ten_minutes(fake: Fake, to: str) -> str:
    fake.start(to)
    code = fake.code(to)
    fake.wait(_TEN_MINUTES)
    return told(fake.check(to, code))


def resend(fake: Fake, to: str) -> str:
    _, first = fake.start(to)
    _, second = fake.start(to)
    same = "same" if first.get("sid") == second.get("sid") else "another"
    return f"{same} sid, {len(second.get('send_code_attempts') or ())} attempts"


def sixth_send(fake: Fake, to: str) -> str:
    for _ in range(5):
        fake.start(to)
    return told(fake.start(to))


def after_cancel(fake: Fake, to: str) -> str:
    _, body = fake.start(to)
    code = fake.code(to)
    fake.ask("POST", f"/Verifications/{body.get('sid')}", Status="canceled")
    return told(fake.check(to, code))


def fetched_by_number(fake: Fake, to: str) -> str:
    fake.start(to)
    status, body = fake.ask("GET", f"/Verifications/{to}")
    mine = "it" if body.get("to") == to else "another's"
    return f"{status}, {mine}" if status < 400 else told((status, body))


def no_number(fake: Fake, _to: str) -> str:
    return told(fake.start("garbage"))


def no_channel(fake: Fake, to: str) -> str:
    return told(fake.start(to, "pigeon"))


def never_started(fake: Fake, to: str) -> str:
    return told(fake.check(to, "123456"))


def date(fake: Fake, to: str) -> str:
    _, body = fake.start(to)
    text = str(body.get("date_created"))
    return re.sub("[0-9]", "0", text)


def code_in_api(fake: Fake, to: str) -> str:
    begun = len(fake.seen)
    fake.start(to)
    code = fake.code(to)
    fake.ask("GET", f"/Verifications/{to}")
    shown = any(f'"{code}"' in body for body in fake.seen[begun:])
    return "yes" if shown else "no"


ROWS: Final = (
    Row(question="a wrong code", twilio="200 pending", walk=wrong_code),
    Row(question="the right code", twilio="200 approved", walk=right_code),
    Row(question="... a second time", twilio="404/20404", walk=again_after_approval),
    Row(question="a sixth check", twilio="429/60202", walk=sixth_check),
    Row(
        question="right after five wrong",
        twilio="429/60202",
        walk=right_code_after_five_wrong,
    ),
    Row(question="after ten minutes", twilio="404/20404", walk=after_ten_minutes),
    Row(question="a resend", twilio="same sid, 2 attempts", walk=resend),
    Row(question="a sixth send", twilio="429/60203", walk=sixth_send),
    Row(question="after a cancel", twilio="404/20404", walk=after_cancel),
    Row(question="fetched by number", twilio="200, it", walk=fetched_by_number),
    Row(question="To=garbage", twilio="400/60200", walk=no_number),
    Row(question="Channel=pigeon", twilio="400/60200", walk=no_channel),
    Row(question="never started", twilio="404/20404", walk=never_started),
    Row(question="date_created", twilio="0000-00-00T00:00:00Z", walk=date),
    Row(question="code in the API", twilio="no", walk=code_in_api),
)


def main() -> None:
    with running() as fakes:
        print(f"{'':24} {'Twilio':22}", *(f"{fake.name:26}" for fake in fakes))
        for row in ROWS:
            cells = [played(row, fake) for fake in fakes]
            print(f"{row.question:24} {row.twilio:22}", *(f"{c:26}" for c in cells))
        print("= as Twilio does, ! otherwise, ? cannot be played")


def played(row: Row, fake: Fake) -> str:
    """What one fake did, and whether Twilio does the same."""
    try:
        did = row.walk(fake, f"+1415{next(_NUMBERS)}")
    except CannotSay as missing:
        return f"? {missing}"
    except (requests.RequestException, KeyError, ValueError) as error:
        return f"? {type(error).__name__}"
    return f"{'=' if did == row.twilio else '!'} {did}"


@contextlib.contextmanager
def running() -> Iterator[list[Fake]]:
    """The fakes, started; those that cannot be had are named and left out."""
    with contextlib.ExitStack() as stack:
        start = stack.enter_context
        fakes: list[Fake] = [
            Ours(
                name="verify_fakes",
                base_url=start(
                    served(4111, sys.executable, "-m", "verify_fakes", "--port", "4111")
                ),
                auth=("AC" + "a" * 32, "any"),
            )
        ]
        if prism := set_up_prism():
            mock = ("mock", "-v", "silent", "-p", "4112", str(DOCUMENT))
            fakes.append(
                Fake(
                    name=PRISM.partition("/")[2],
                    base_url=start(served(4112, str(prism), *mock)),
                    auth=("AC" + "a" * 32, "any"),
                )
            )
        if emulate := set_up_emulate():
            begin = ("start", "--service", "twilio", "-p", "4113")
            found = Emulate(
                name=EMULATE,
                base_url=start(served(4113, str(emulate), *begin)) + "/verify",
                auth=("AC" + "0" * 32, "twilio_test_auth_token"),
            )
            found.service = _new_service(found)
            fakes.append(found)
        yield fakes


def _new_service(fake: Fake) -> str:
    answer = requests.post(
        f"{fake.base_url}/v2/Services",
        data={"FriendlyName": "Scoreboard"},
        auth=fake.auth,
        timeout=10,
    )
    return str(answer.json()["sid"])


@contextlib.contextmanager
def served(port: int, *command: str) -> Iterator[str]:
    """A server that runs meanwhile; where it listens."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
