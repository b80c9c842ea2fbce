"""`verify-core audit`: broken forms are named with a small text, a right one passes."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path

import pytest
from attrs import evolve
from click.testing import CliRunner, Result

from verify_core import PhoneNumber, PhonePolicy, read_phone
from verify_core.cli import _commands as commands
from verify_core.cli._audit import stoppable
from verify_core.errors import InvalidPhoneNumber, InvalidSetting
from verify_core.testing._audit_forms import REFUSED, Form, FormAnswer
from verify_core.testing._audit_kinds import Kind, Question, all_kinds
from verify_core.testing._audit_programs import (
    Command,
    Lines,
    call_form,
    command_form,
)
from verify_core.testing._audit_report import AuditReport
from verify_core.testing._audit_run import Audit, AuditLimits
from verify_core.testing._audit_urls import url_form

E164 = "+15553231234"
DEFAULT = PhonePolicy()


class Function:
    """A form in this process: E.164 or ValueError."""

    jobs = 1

    def __init__(self, read: Callable[[str], str | None]) -> None:
        self.read = read

    def takes(self, _text: str) -> bool:
        return True

    def ask(self, text: str) -> FormAnswer:
        try:
            return FormAnswer(self.read(text))
        except InvalidPhoneNumber:
            return REFUSED

    def is_doubted(self) -> bool:
        return False

    def close(self) -> None:
        pass


def right(text: str) -> str:
    return read_phone(text).e164


def altered(change: Callable[[PhoneNumber], str]) -> Callable[[str], str]:
    return lambda text: change(read_phone(text))


def held(
    read: Callable[[str], str | None], *kinds: str, regions: tuple[str, ...] = ()
) -> AuditReport:
    limits = AuditLimits(inputs=60, seed=1)
    return Audit(Function(read), kinds_of(*kinds, regions=regions), limits).report()


def kinds_of(
    *names: str, policy: PhonePolicy = DEFAULT, regions: tuple[str, ...] = ()
) -> list[Kind]:
    every = all_kinds(policy, regions)
    return [kind for kind in every if not names or kind.name in names]


BROKEN: dict[str, tuple[Callable[[str], str | None], str, str, str]] = {
    "accepts letters": (
        lambda text: right(re.sub(r"[^\W\d_]", "", text)),
        "letters",
        "accepted",
        "",
    ),
    "drops extensions": (
        lambda text: right(re.split("[a-zд;#,]", text)[0]),
        "extension",
        "accepted",
        "",
    ),
    "takes premium-rate numbers": (
        lambda text: read_phone(text, PhonePolicy(denied_types=())).e164,
        "premium_rate",
        "accepted",
        "",
    ),
    "swaps digits in one region": (
        altered(lambda n: n.e164[:-2] + n.e164[:-3:-1] if n.region == "BB" else n.e164),
        "e164",
        "changed",
        "BB",
    ),
    "strips zeros in Italy": (
        altered(
            lambda n: "+39" + n.e164[3:].lstrip("0") if n.calling_code == 39 else n.e164
        ),
        "fixed_line",
        "changed",
        "IT",
    ),
    "confuses regions of +1": (
        altered(lambda n: "+1242" + n.e164[5:] if n.region in {"BB", "JM"} else n.e164),
        "e164",
        "changed",
        "BB",
    ),
    "makes two numbers one": (
        altered(lambda n: n.e164[:-1] + "0"),
        "neighbours",
        "mixed_up",
        "",
    ),
    "guesses a country": (
        lambda text: read_phone(text, PhonePolicy(default_region="DE")).e164,
        "missing_country_code",
        "accepted",
        "",
    ),
    "refuses a region": (
        altered(lambda n: "" if n.region == "BB" else n.e164),
        "e164",
        "refused",
        "BB",
    ),
    "says always the same": (lambda _text: E164, "empty", "accepted", ""),
}


class TestForms:
    @pytest.mark.parametrize("name", BROKEN)
    def test_a_broken_form_is_named_with_a_small_text(self, name: str) -> None:
        read, kind, failure, region = BROKEN[name]
        regions = ("BB", "DE", "IT", "US") if kind in {"e164", "fixed_line"} else ()

        report = held(lambda text: read(text) or None, kind, regions=regions)

        (finding,) = (each for each in report.findings if each.kind == kind)
        assert report.failed
        assert finding.failure == failure
        assert len(finding.smallest.text) <= 26
        if region:
            assert set(finding.regions) == {region}
            assert finding.examples[region] == finding.smallest.text

    def test_a_right_form_passes(self) -> None:
        report = Audit(Function(right), kinds_of(), AuditLimits(inputs=100)).report()

        assert (report.findings, report.is_complete) == ([], True)
        assert report.asked > 60

    def test_a_form_for_one_country_is_held_against_its_policy(self) -> None:
        policy = PhonePolicy(default_region="US", allowed_calling_codes=[1])

        report = Audit(
            Function(lambda text: read_phone(text, policy).e164),
            kinds_of(
                *("national", "e164", "without_plus", "missing_country_code"),
                policy=policy,
            ),
            AuditLimits(inputs=40),
        ).report()

        assert report.findings == []
        assert report.counts["national"]["read"]

    def test_the_same_seed_asks_the_same(self) -> None:
        first, second = (held(right, "national", "letters") for _ in range(2))

        assert first.to_json() == second.to_json()

    def test_a_form_by_chance_is_unstable(self) -> None:
        number = count(1000)

        report = held(lambda _text: f"+1555323{next(number)}", "e164")

        assert "unstable" in {finding.failure for finding in report.findings}

    def test_a_refusal_by_chance_is_unstable(self) -> None:
        asked = count(1)

        report = held(lambda t: right(t) if next(asked) % 7 else None, "e164")

        assert [finding.failure for finding in report.findings] == ["unstable"]

    def test_the_smallest_text_has_zeros(self) -> None:
        report = held(
            altered(lambda n: n.e164[:-1] + ("1" if n.e164[-1] == "0" else "0")),
            "dots",
        )

        assert str(report.findings[0]).count("0") > 4
        assert report.findings[0].smallest.text == "+247.20000"

    def test_both_texts_that_are_mixed_up_are_quoted_in_short_lines(self) -> None:
        report = held(altered(lambda n: n.e164[:-1] + "0"), "neighbours")

        shown = str(report.findings[0])
        assert re.search(r'"\+[0-9]+" and "\+[0-9]+" gave \+[0-9]+0', shown)
        assert max(map(len, report.to_text().splitlines())) <= 80

    def test_what_is_allowed_does_not_count(self) -> None:
        limits = AuditLimits(inputs=20, allowed=frozenset({"empty"}))

        report = Audit(Function(lambda _: E164), kinds_of("empty"), limits).report()

        assert (len(report.findings), report.failed) == (1, False)

    def test_the_time_is_bounded(self) -> None:
        report = Audit(
            Function(right), kinds_of(), AuditLimits(seconds=0, inputs=9)
        ).report()

        assert (report.asked, report.is_complete) == (0, False)


class TestStopped:
    """Ctrl-C ends an audit between two texts, wherever it was pressed."""

    def test_while_texts_are_drawn(self) -> None:
        (kind,) = kinds_of("letters")
        drawn = count(1)

        def press(case: Question) -> Question:
            if next(drawn) == 5:
                signal.raise_signal(signal.SIGINT)
            return case

        pressing = evolve(kind, cases=lambda some: kind.cases(some).map(press))
        form = Function(right)
        with stoppable() as is_stopped, pytest.raises(KeyboardInterrupt):
            Audit(form, [pressing], AuditLimits(), is_stopped=is_stopped).report()

        assert next(drawn) == 6
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_while_the_form_is_asked_and_what_fails_is_made_small(self) -> None:
        for press_at in (3, 40, 63):
            asked = count(1)

            def read(text: str, asked: count[int] = asked, at: int = press_at) -> str:
                if next(asked) == at:
                    os.kill(os.getpid(), signal.SIGINT)
                return f"{E164}{len(text)}"

            limits = AuditLimits(inputs=40)
            with stoppable() as is_stopped, pytest.raises(KeyboardInterrupt):
                Audit(
                    Function(read), kinds_of("e164"), limits, is_stopped=is_stopped
                ).report()

            assert next(asked) <= max(press_at, 40) + 2

    def test_the_second_time_at_once(self) -> None:
        with stoppable() as is_stopped:
            signal.raise_signal(signal.SIGINT)
            assert is_stopped()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", f"import sys, os\n{code}"]


class TestPrograms:
    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ("print(sys.stdin.read())", FormAnswer(E164)),
            ("sys.stdout.buffer.write(b'\\xef\\xbb\\xbf+15\\r\\n')", FormAnswer("+15")),
            ("print(file=sys.stderr); sys.exit(1)", REFUSED),
            ("print('warning'); print('+15')", "garbage"),
            ("print('+1 5')", "garbage"),
            ("print('sh: node: not found', file=sys.stderr); sys.exit(127)", "not_run"),
            ("sys.exit(126)", "not_run"),
            ("1 / 0", "crashed"),
            ("os.kill(os.getpid(), 9)", "crashed"),
            ("while True: print('x' * 9999)", "garbage"),
        ],
    )
    def test_whatever_it_does_is_an_answer(
        self, code: str, expected: FormAnswer | str
    ) -> None:
        answer = Command(python(code), timeout_s=20).ask(E164)

        assert expected in {answer, answer.fault}

    @pytest.mark.parametrize(
        "code",
        [
            "import time; time.sleep(60)",
            "import time; os.fork() or time.sleep(60)",
        ],
    )
    def test_it_is_not_waited_for(self, code: str) -> None:
        assert Command(python(code), timeout_s=0.3).ask(E164).fault == "timed_out"

    def test_one_that_lives_on_is_asked_by_lines(self) -> None:
        form = Lines(
            python("for line in sys.stdin: print(line, end='', flush=True)"), 20
        )

        answers = [form.ask(text) for text in (E164, "", "x")]

        form.close()
        assert [answer.e164 for answer in answers] == [E164, None, None]
        assert (answers[2].fault, form.takes("a\nb")) == ("garbage", False)

    def test_one_that_dies_is_started_anew(self) -> None:
        form = Lines(python("print(sys.stdin.readline(), end='')"), 20)

        answers = [form.ask(E164) for _ in range(3)]

        form.close()
        assert FormAnswer(E164) in answers
        assert {answer.fault for answer in answers} <= {None, "crashed"}

    @pytest.mark.parametrize("lines", [False, True])
    @pytest.mark.parametrize(
        "command", ["", "no-such-program-anywhere", '"', "sh -c no-such-program"]
    )
    def test_one_that_cannot_be_started_is_no_form(
        self, command: str, *, lines: bool
    ) -> None:
        with pytest.raises(InvalidSetting):
            command_form(command, timeout_s=20, lines=lines, jobs=1)

    @pytest.mark.parametrize(
        "complaint",
        [
            "Traceback (most recent call last):\n  File x\nError: boom\n",
            "throw x\n^\n\nError: boom\n    at f (f.js:1:7)\n    at g\n\nNode.js v20\n",
            "throw x\n^\nError: boom\n(Use `node --trace …` to show)\n\nNode.js v20\n",
        ],
    )
    def test_a_crash_is_named_by_its_error(self, complaint: str) -> None:
        code = f"print({complaint!r}, file=sys.stderr); sys.exit(1)"

        answer = Command(python(code), timeout_s=20).ask(E164)

        assert answer == FormAnswer(fault="crashed", detail="'Error: boom'")

    def test_the_start_is_no_part_of_an_answer(self) -> None:
        form = Lines(
            python(
                "import time; time.sleep(0.6)\n"
                "for line in sys.stdin: line == 'x\\n' and os._exit(1);"
                " print(line, end='', flush=True)"
            ),
            timeout_s=0.5,
        )

        faults = [form.ask(text).fault for text in (E164, "x", E164)]

        doubted = form.is_doubted()
        assert (faults, doubted) == ([None, "crashed", None], False)


class TestLinesTooMany:
    """Answers that belong to other texts are seen, and the texts are asked again."""

    CODE = (
        "import time, verify_core\n"
        "for line in sys.stdin:\n"
        "    {before}\n"
        "    try: print(verify_core.read_phone(line[:-1]).e164, flush=True)\n"
        "    except ValueError: print(flush=True)\n"
    )

    def audited(self, before: str, *kinds: str) -> AuditReport:
        code = self.CODE.format(before=before)
        form = Lines([sys.executable, "-c", f"import sys, os\n{code}"], 20)
        limits = AuditLimits(inputs=20)
        return Audit(form, kinds_of(*kinds, regions=("DE",)), limits).report()

    def test_a_line_too_many_shifts_no_answer(self) -> None:
        before = "if '(' in line: print('checking', flush=True); time.sleep(0.05)"

        report = self.audited(before, "e164", "trunk_zero", "letters")

        found = {(each.kind, each.failure) for each in report.findings}
        assert found == {("trunk_zero", "garbage")}
        assert "more than a line: 'checking" in str(report.findings[0])

    def test_a_crash_is_that_of_the_text_that_crashes(self) -> None:
        report = self.audited("'(' in line and os._exit(1)", "e164", "trunk_zero")

        found = {(each.kind, each.failure) for each in report.findings}
        assert found == {("trunk_zero", "crashed")}


class TestCalls:
    def test_a_function_refuses_by_an_error_and_crashes_by_a_bug(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "my_form.py").write_text(
            "import os\n"
            "def read(text):\n"
            "    print('a warning')\n"
            "    if text == 'bug': return [][1]\n"
            "    if text == 'end': os._exit(3)\n"
            "    if text == 'half': return '\\ud800'\n"
            "    if text == 'no': raise ValueError(text)\n"
            f"    return {E164!r}\n",
            encoding="ascii",
        )
        monkeypatch.chdir(tmp_path)
        form = call_form("my_form:read", timeout_s=20)

        answers = [
            form.ask(text) for text in ("yes", "bug", "no", "end", "a\nb", "half")
        ]

        form.close()
        assert [each.e164 for each in answers] == [E164, None, None, None, E164, None]
        faults = [each.fault for each in answers]
        assert faults == [None, "crashed", None, "crashed", None, "garbage"]

    def test_a_module_that_loads_slowly_delays_no_answer(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "slow_form.py").write_text(
            "import os, time\n"
            "time.sleep(0.6)\n"
            "read = lambda text: os._exit(1) if text == 'x' else text\n",
            encoding="ascii",
        )
        monkeypatch.chdir(tmp_path)
        form = call_form("slow_form:read", timeout_s=0.5)

        faults = [form.ask(text).fault for text in ("x", E164, "x", E164)]

        form.close()
        assert faults == ["crashed", None, "crashed", None]

    @pytest.mark.parametrize("place", ["nothing", "no_such_module:read", "json:no"])
    def test_no_function_is_no_form(self, place: str) -> None:
        with pytest.raises(InvalidSetting):
            call_form(place, timeout_s=1)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        text = json.loads(self.rfile.read(length))["phone"]
        status = int(text) if re.fullmatch("[3-5][0-9]{2}", text) else 200
        body = json.dumps({"phone": text or None}).encode()
        self.send_response(status)
        self.send_header("Content-Length", f"{len(body)}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


class _Dripping(_Handler):
    def do_POST(self) -> None:
        with suppress(OSError):
            for byte in b"HTTP/1.1 200 OK\r\n\r\n" + 40 * b"1":
                self.wfile.write(bytes([byte]))
                time.sleep(0.1)


class _Echoing(_Handler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", f"{len(self.path)}")
        self.end_headers()
        self.wfile.write(self.path.encode())
        self.close_connection = True  # and not announced


@contextmanager
def served(handler: type[_Handler] = _Handler) -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/read?x=1"
        server.shutdown()
        thread.join()


class TestUrls:
    def form(self, url: str, timeout_s: float = 20) -> Form:
        return url_form(
            url,
            timeout_s=timeout_s,
            field=None,
            answer_field=None,
            is_form=False,
            allow_remote=False,
        )

    def test_a_server_answers_in_json(self) -> None:
        with served() as url:
            form = self.form(url)
            texts = (E164, "", "422", "500", "302", "x", E164)
            answers = [form.ask(text) for text in texts]
            form.close()

        assert [each.e164 for each in answers] == [E164, *[None] * 5, E164]
        faults = [each.fault for each in answers]
        assert faults == [None, None, None, "crashed", "garbage", "garbage", None]

    def test_a_server_that_goes_away_crashes(self) -> None:
        with served() as url:
            form = self.form(url)

        gone = FormAnswer(fault="crashed", detail="nothing listens there")
        assert form.ask(E164) == gone
        with pytest.raises(InvalidSetting, match="cannot be reached: nothing"):
            self.form(url)

    def test_an_answer_in_drips_has_one_deadline(self) -> None:
        with served(_Dripping) as url:
            form = self.form(url, timeout_s=0.5)
            begin = time.monotonic()
            answer = form.ask(E164)

        assert (answer.fault, time.monotonic() - begin < 2.5) == ("timed_out", True)

    def test_a_path_is_percent_encoded_and_an_ended_connection_made_anew(self) -> None:
        with served(_Echoing) as url:
            form = self.form(url.replace("/read", "/é x%20"))
            answers = [form.ask(E164) for _ in range(2)]
            form.close()

        garbage = FormAnswer(fault="garbage", detail="'/%C3%A9%20x%20?x=1'")
        assert answers == [garbage, garbage]

    @pytest.mark.parametrize(
        "url", ["http://example.org/", "ftp://127.0.0.1/", "http://127.0.0.1.example/"]
    )
    def test_only_this_machine_is_asked(self, url: str) -> None:
        with pytest.raises(InvalidSetting):
            self.form(url)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands.verify_core, ["audit", *arguments])


class TestShell:
    def test_says_what_failed_as_json_and_by_its_status(self) -> None:
        options = ["--inputs", "3", "--kind", "letters", "--kind", "e164"]

        result = run("--command", "echo +15553231234", "--json", *options)

        found = json.loads(result.stdout)
        assert (result.exit_code, found["passed"]) == (3, False)
        assert {each["failure"] for each in found["findings"]} == {
            "accepted",
            "changed",
        }

    def test_a_form_that_refuses_right_is_done(self) -> None:
        result = run("--command", "true", "--inputs", "2", "--kind", "letters")

        assert (result.exit_code, "no failure counts" in result.stdout) == (0, True)

    @pytest.mark.parametrize(
        "options",
        [
            [],
            ["--command", "true", "--call", "a:b"],
            ["--command", "true", "--kind", "x"],
        ],
    )
    def test_wrong_usage(self, options: list[str]) -> None:
        assert run(*options).exit_code == 2
