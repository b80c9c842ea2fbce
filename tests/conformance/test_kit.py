"""What the kit makes of deviations, broken benches and untried declarations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from attrs import define, evolve
from click.testing import CliRunner

from tests.conformance.flaws import coarse
from tests.support.around import Around
from tests.support.benches import fake_harness
from verify_core.cli._commands import verify_core
from verify_core.errors import InvalidSetting, Unexpected
from verify_core.identifiers import Identifier
from verify_core.testing import (
    Bench,
    CaseFailed,
    CaseInconclusive,
    CaseVerdict,
    Deviation,
    Harness,
    Law,
    SeenMessage,
    all_cases,
    every_history,
    require_kept,
    run_case,
    run_cases,
)
from verify_core.verification import CheckResult, VerificationRef
from verify_fakes.memory import LEAST, TELLS_ENDS_APART

CASES = {case.name: case for case in all_cases()}
LINK = "https://example.org/issues/1"
WRONG_CODE = CASES["wrong_code_is_a_verdict"]


def known(case: str) -> Deviation:
    return Deviation(case=case, reason="It raises.", link=LINK)


def having(harness: Harness, change: Callable[[Bench], Bench]) -> Harness:
    @contextmanager
    def opened() -> Iterator[Bench]:
        with harness.open() as bench:
            yield change(bench)

    return Harness(name=harness.name, open=opened)


def boom(*_given: object) -> None:
    raise OSError("secret 123456")


def test_known_deviation_is_skipped_with_its_link() -> None:
    harness = evolve(
        fake_harness(wrap=coarse.raises_on_a_wrong_code),
        deviations=[known(WRONG_CODE.name)],
    )

    result = run_case(WRONG_CODE, harness)

    assert result.verdict is CaseVerdict.SKIPPED
    assert "It raises." in result.reason
    assert LINK in result.reason


def test_known_deviation_that_passes_fails() -> None:
    harness = evolve(fake_harness(), deviations=[known(WRONG_CODE.name)])

    result = run_case(WRONG_CODE, harness)

    assert result.verdict is CaseVerdict.FAILED
    assert "take it off the list" in result.reason


def test_deviation_from_no_law_is_refused() -> None:
    harness = evolve(fake_harness(), deviations=[known("wrong_code_is_a_verdit")])

    with pytest.raises(InvalidSetting, match="wrong_code_is_a_verdit"):
        run_cases(harness, [])


@pytest.mark.parametrize("link", ["", "issue 1", "javascript:1"])
def test_deviation_without_a_link_is_refused(link: str) -> None:
    with pytest.raises(InvalidSetting, match="link"):
        Deviation(case=WRONG_CODE.name, reason="It raises.", link=link)


def test_bench_that_does_not_open_is_inconclusive() -> None:
    result = run_case(WRONG_CODE, Harness(name="broken", open=boom))  # type: ignore[arg-type]

    assert result.verdict is CaseVerdict.INCONCLUSIVE
    assert "OSError" in result.reason
    assert "123456" not in result.reason


@pytest.mark.parametrize(
    ("door", "case"),
    [
        ("inbox", "wrong_code_is_a_verdict"),
        ("lose_next", "lost_start_sends_one_message"),
        ("advance", "expired_code_is_not_approved"),
    ],
)
def test_side_door_that_breaks_is_inconclusive(door: str, case: str) -> None:
    """It is the bench's fault; the provider is neither blamed nor praised."""
    harness = having(fake_harness(), lambda bench: evolve(bench, **{door: boom}))

    assert run_case(CASES[case], harness).verdict is CaseVerdict.INCONCLUSIVE


def test_what_is_declared_and_cannot_be_tried_fails() -> None:
    """Guesses left are declared, and a bench that knows no number cannot try them."""
    sound = fake_harness(TELLS_ENDS_APART)
    blind = having(sound, lambda bench: evolve(bench, guesses=None))
    case = CASES["what_is_declared_is_tried"]

    assert run_case(case, sound).verdict is CaseVerdict.PASSED
    result = run_case(case, blind)

    assert result.verdict is CaseVerdict.FAILED
    assert "guesses are left" in result.reason


def without_locales(bench: Bench) -> Bench:
    def inbox(identifier: Identifier) -> list[SeenMessage]:
        return [evolve(each, locale=None) for each in bench.inbox(identifier)]

    return evolve(bench, inbox=inbox)


def test_language_that_is_declared_and_never_seen_fails() -> None:
    blind = having(fake_harness(), without_locales)

    result = run_case(CASES["what_is_declared_is_tried"], blind)
    tried = run_case(CASES["locale_hint_is_honoured_or_listed"], blind)

    assert result.verdict is CaseVerdict.FAILED
    assert "A language can be asked for" in result.reason
    assert tried.verdict is CaseVerdict.SKIPPED
    assert "'locale'" in tried.reason


def test_all_that_is_not_kept_is_named_at_once() -> None:
    results = run_cases(fake_harness(wrap=coarse.raises_on_a_wrong_code))

    with pytest.raises(CaseFailed) as caught:
        require_kept(results)

    failed = [r.case.name for r in results if r.verdict is CaseVerdict.FAILED]
    head, *lines = str(caught.value).splitlines()
    assert head == f"{len(failed)} laws are not kept:"
    assert [line.split()[:2] for line in lines] == [
        ["FAILED", f"{name}:"] for name in failed
    ]


def test_bench_that_fails_is_not_content() -> None:
    with pytest.raises(CaseInconclusive, match="INCONCLUSIVE wrong_code_is_a_verdict"):
        require_kept(run_cases(Harness(name="broken", open=boom), [WRONG_CODE]))  # type: ignore[arg-type]


def test_what_is_kept_or_skipped_is_content() -> None:
    require_kept(run_cases(fake_harness(LEAST)))


SOUND = "tests.conformance.test_kit:fake_harness"
HURT = "tests.conformance.test_kit:hurt_harness"
DOUBTFUL = "tests.conformance.test_kit:doubtful_harness"


def hurt_harness() -> Harness:
    return fake_harness(wrap=coarse.raises_on_a_wrong_code)


def doubtful_harness() -> Harness:
    return Harness(name="doubtful", open=boom)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("place", "status", "laws"),
    [(SOUND, 0, "kept"), (HURT, 3, "broken"), (DOUBTFUL, 4, "unknown")],
)
def test_command_says_how_it_went(place: str, status: int, laws: str) -> None:
    result = CliRunner().invoke(
        verify_core, ["conformance", "--bench", place, "--json"]
    )

    report = json.loads(result.stdout)
    assert (result.exit_code, report["laws"]) == (status, laws)
    assert [each["case"] for each in report["cases"]] == [
        *CASES,
        "every_history_keeps_the_laws",
    ]
    assert sum(report["counts"].values()) == len(CASES) + 1


def test_command_names_the_broken_law_and_why() -> None:
    result = CliRunner().invoke(verify_core, ["conformance", "--bench", HURT])

    assert "FAILED       wrong_code_is_a_verdict: check raised" in result.stdout


def test_unknown_case_is_answered_with_names_that_come_close() -> None:
    arguments = ["--bench", SOUND, "--case", "right_code"]
    said = CliRunner().invoke(verify_core, ["conformance", *arguments])

    assert said.exit_code == 2
    assert "right_code_approves" in said.output


KEY = "key-of-the-vendor-77"


@define
class ComplainsAtLength(Around):
    """Raises at a wrong code, with everything in the text that it should not hold."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        number = ref.identifier.value
        national = f"({number[2:5]}) {number[5:8]}-{number[8:]}"
        spaced = " ".join(code)
        text = f"no entry for {number}, {national}: {code}, {spaced}, {KEY}"
        raise Unexpected(text, self.name)


@pytest.mark.parametrize("law", [WRONG_CODE, every_history], ids=str)
def test_failed_case_quotes_the_error_without_its_secrets(law: Law) -> None:
    wrong = fake_harness(wrap=ComplainsAtLength)
    harness = having(wrong, lambda bench: evolve(bench, secrets=[KEY]))

    reason = run_case(law, harness).reason.partition("\n")[0]

    assert reason.startswith("check raised Unexpected where a verdict was due")
    assert "no entry for ***" in reason
    assert KEY not in reason
    assert not re.search(r"\d{2}|\d \d", reason)


@contextmanager
def yielding() -> Iterator[Bench]:
    with fake_harness().open() as bench:
        yield bench


def returning() -> Bench:
    return fake_harness().open().__enter__()


@pytest.mark.parametrize("name", ["yielding", "returning"])
def test_function_that_makes_a_bench_will_do(name: str) -> None:
    place = f"tests.conformance.test_kit:{name}"
    arguments = ["--bench", place, "--case", "approved_only_once"]
    result = CliRunner().invoke(verify_core, ["conformance", *arguments])

    assert result.exit_code == 0, result.output
    assert "1 passed" in result.stdout


def test_command_runs_one_case_alone() -> None:
    arguments = ["--bench", HURT, "--case", "right_code_approves"]
    result = CliRunner().invoke(verify_core, ["conformance", *arguments])

    assert result.exit_code == 0
    assert "1 passed, 0 failed" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--bench", "no.such.module:make"],
        ["--bench", "tests.conformance.test_kit:nothing"],
        ["--bench", "tests.conformance.test_kit"],
        ["--bench", "tests.conformance.test_kit:LINK"],
        ["--bench", SOUND, "--case", "no_such_law"],
        [],
    ],
)
def test_command_refuses_what_is_no_bench(arguments: list[str]) -> None:
    result = CliRunner().invoke(verify_core, ["conformance", *arguments])

    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_no_secret_of_an_error_is_quoted() -> None:
    """Whatever the error's class, and in base64, which no mask covers."""
    from base64 import b64encode

    class Quotes(Around):
        def check(self, ref: VerificationRef, code: str) -> CheckResult:
            raise InvalidSetting("code", f"takes no {code}")

    class Encodes(Around):
        def check(self, ref: VerificationRef, code: str) -> CheckResult:
            raise Unexpected(message=b64encode(code.encode()).decode(), provider="x")

    cases = [each for each in all_cases() if each.name == "right_code_approves"]
    for kind, said in ((Quotes, "takes no ***"), (Encodes, "left out")):
        result = run_cases(fake_harness(wrap=kind, name=kind.__name__), cases)[0]
        assert result.verdict is CaseVerdict.FAILED
        assert said in result.reason
