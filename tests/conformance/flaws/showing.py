"""Flaws that no case is about: what is shown, kept, changed, and of what type."""

from __future__ import annotations

import base64
import logging
import os
import sys
import uuid
import warnings
from datetime import timedelta

from attrs import define, evolve

from tests.conformance.flaws._flaw import (
    Cancel,
    Check,
    Start,
    cancel,
    check,
    lost,
    provider,
    raised,
    referring,
    start,
)
from tests.support.around import Around
from verify_core.errors import NotSupported, Throttled
from verify_core.provider import Capabilities
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
)
from verify_fakes.memory import LEAST

KEY = "key-live-5f2c77"


def failed(it: Check) -> bool:
    return it.error is not None


@check("nothing_logged_holds_a_secret")
def logs_each_code_at_the_lowest_level(it: Check) -> CheckResult:
    logging.getLogger("a.provider").debug("checking %s", it.code)
    return it.go()


@check("nothing_logged_holds_a_secret")
def logs_a_code_where_nobody_listens(it: Check) -> CheckResult:
    logger = logging.getLogger("a.provider.of.its.own")
    logger.propagate = False
    logger.debug("checking %s", it.code)
    return it.go()


@check("nothing_logged_holds_a_secret")
def logs_the_typo(it: Check) -> CheckResult:
    """Finds wrong codes harmless; they are one digit away from the right one."""
    result = it.go()
    if result.verdict is Verdict.WRONG_CODE:
        logging.getLogger("a.provider").info("wrong", extra={"typed": it.code})
    return result


@start("nothing_logged_holds_a_secret", on=lost)
def logs_the_national_number_that_it_looks_up(it: Start) -> Started:
    digits = it.request.identifier.value[2:]
    written = f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
    logging.getLogger("a.provider").info("looked up %s", written)
    return it.answer


@check("nothing_printed_holds_a_secret")
def prints_the_code_since_an_afternoon_of_debugging(it: Check) -> CheckResult:
    result = it.go()
    if result.verdict is Verdict.EXHAUSTED:
        print("too often:", it.code, file=sys.stderr)
    return result


@start("no_warning_holds_a_secret", on=lost)
def warns_of_the_number_that_it_could_not_reach(it: Start) -> Started:
    warnings.warn(f"nothing known of {it.request.identifier.value}", stacklevel=2)
    return it.answer


@provider("no_repr_holds_a_secret")
@define(repr=False)
class ShowsTheLastCode(Around):
    last_code: str = ""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        self.last_code = code
        return super().check(ref, code)

    def __repr__(self) -> str:
        return f"ShowsTheLastCode({self.last_code!r})"


@provider("no_repr_holds_a_secret")
class ShowsWhomItServedLast(Around):
    last = ""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.last = request.identifier.value
        return super().start(request, previous=previous)

    def __repr__(self) -> str:
        return f"ShowsWhomItServedLast(last={self.last})"


@start("no_error_holds_a_secret", on=raised(NotSupported))
def names_the_number_it_does_not_serve(it: Start) -> Started:
    digits = it.request.identifier.value.lstrip("+")
    written = f"{digits[:3]} {digits[3:6]}-{digits[6:]}"
    raise NotSupported(f"not for {written}", it.sound.name)


@start("no_error_holds_a_secret", profile=LEAST, on=raised(NotSupported))
def chains_what_has_the_code(it: Start) -> Started:
    code = it.request.custom_code
    cause = ValueError(f"cannot send {code and code.reveal()}")
    raise NotSupported("custom_code", it.sound.name) from cause


@check("no_error_holds_a_secret", on=failed)
def leaves_the_code_with_the_error(it: Check) -> CheckResult:
    it.error.tried = it.code
    raise it.error


@define
class KeepsTheBody(Throttled):
    """An error with a slot for what its vendor said, which repeats the code."""

    body: str = ""

    def __repr__(self) -> str:
        return f"KeepsTheBody({self.message!r})"


@check("no_error_holds_a_secret", on=raised(Throttled))
def keeps_what_the_vendor_said(it: Check) -> CheckResult:
    raise KeepsTheBody("too many requests", it.sound.name, body=f"no: {it.code}")


@check("no_error_holds_a_secret", on=raised(Throttled))
def chains_an_error_with_the_code_beside_its_text(it: Check) -> CheckResult:
    cause = ValueError("the vendor said no")
    vars(cause)["body"] = f"no: {it.code}"
    raise it.error from cause


@check("no_key_is_shown", doors={"secrets": [KEY]}, on=failed)
def blames_the_key_that_was_refused(it: Check) -> CheckResult:
    raise it.error.but(message=f"with {KEY}: {it.error}")


@check("no_key_is_shown", doors={"secrets": [KEY]})
def logs_the_end_of_its_key(it: Check) -> CheckResult:
    logging.getLogger("a.provider").info("with the key that ends in %s", KEY[-8:])
    return it.go()


@start("no_reference_holds_a_code")
def keeps_the_code_in_the_reference(it: Start) -> Started:
    started = it.go()
    code = it.outbox[-1].code if it.outbox else ""
    proof = base64.b64encode(f"code:{code}".encode()).decode()
    return referring(started, vendor_data={"proof": proof})


@start("references_are_small")
def keeps_the_whole_answer_in_the_reference(it: Start) -> Started:
    return referring(it.go(), vendor_data={"answer": "<html>" * 600})


@start("references_bear_the_name")
def names_the_product_behind_a_start_with_fallbacks(it: Start) -> Started:
    started = it.go()
    falls_back = bool(it.request.fallback_channels)
    return referring(started, provider="fake-fallback") if falls_back else started


@check("references_are_left_as_they_are")
def counts_guesses_in_the_reference_it_was_lent(it: Check) -> CheckResult:
    later = it.ref.created_at + timedelta(seconds=1)
    object.__setattr__(it.ref, "created_at", later)
    return it.go()


@provider("name_and_capabilities_stay")
class LearnsItsCapabilities(Around):
    checked = False

    @property
    def capabilities(self) -> Capabilities:
        known = self.inner.capabilities
        return evolve(known, hints={"locale"}) if self.checked else known

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        self.checked = True
        return super().check(ref, code)


@check("the_process_is_left_alone")
def leaves_its_last_check_in_the_environment(it: Check) -> CheckResult:
    os.environ["VERIFY_LAST_CHECK"] = uuid.uuid4().hex
    return it.go()


@cancel("answers_have_our_types")
def says_gone_in_a_text_of_its_own(it: Cancel) -> CancelOutcome:
    outcome = it.go()
    return str(outcome) if outcome is CancelOutcome.GONE else outcome


@check("no_end_invites_another_guess")
def never_says_that_it_is_over(it: Check) -> CheckResult:
    return evolve(it.go(), retry_allowed=True)


@check("no_end_invites_another_guess")
def invites_guesses_at_what_is_gone(it: Check) -> CheckResult:
    result = it.go()
    return evolve(result, retry_allowed=result.verdict is not Verdict.APPROVED)


@check("errors_say_whose_they_are", on=failed)
def leaves_its_name_out_of_errors(it: Check) -> CheckResult:
    raise it.error.but(provider="")


@check("errors_say_whose_they_are", on=raised(Throttled))
def quotes_the_header_as_it_stood(it: Check) -> CheckResult:
    raise it.error.but(retry_after="3")


class BadlyMade(Throttled):
    """An error whose constructor takes something else than its fields."""

    def __init__(self, provider: str) -> None:
        super().__init__("too many requests", provider)

    def __reduce__(self) -> tuple[type[BadlyMade], tuple[()]]:
        return type(self), ()


@check("errors_survive_pickling", on=raised(Throttled))
def raises_what_cannot_travel(it: Check) -> CheckResult:
    raise BadlyMade(it.sound.name)
