"""Providers that handle HTTP in a hurry; each is `Courier` with one mistake."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote

import requests
from attrs import evolve
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tests.conformance.courier import DEADLINE, Courier
from verify_core.errors import (
    Ambiguous,
    NotSent,
    Throttled,
    Unavailable,
    Unexpected,
    VerifyError,
)
from verify_core.provider import owns
from verify_core.verification import (
    CheckResult,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)

HURRIED: dict[type[Courier], frozenset[str]] = {}
"""Each provider, and the cases that notice what is wrong with it."""


def noticed_by(*cases: str) -> Callable[[type[Courier]], type[Courier]]:
    """Say which cases fail, whatever else does."""

    def of(kind: type[Courier]) -> type[Courier]:
        HURRIED[kind] = frozenset(cases)
        return kind

    return of


class Simple(Courier):
    """Asks with one plain call of the library."""

    options: ClassVar[dict[str, Any]] = {"timeout": DEADLINE.total_seconds()}

    def send(
        self, method: str, path: str, body: dict[str, str] | None
    ) -> requests.Response:
        return requests.request(
            method,
            self.url + path,
            data=None if body is None else json.dumps(body),
            headers={"X-Key": self.key},
            **{"allow_redirects": False, **self.options},
        )


@noticed_by("trickling_vendor_is_given_up_in_time")
class TrustsTheReadTimeout(Simple):
    """Takes the time between two bytes for the time of the whole."""


@noticed_by("stalled_vendor_is_given_up_in_time")
class HasNoTimeout(Simple):
    """Has no time-out at all."""

    options: ClassVar[dict[str, Any]] = {"timeout": None}


@noticed_by(
    "redirect_is_not_followed",
    "redirected_resend_is_not_followed",
    "redirected_check_is_no_verdict",
)
class FollowsByDefault(Simple):
    """Leaves the library's own habit on."""

    options: ClassVar[dict[str, Any]] = {"timeout": 1, "allow_redirects": True}


@noticed_by(
    "lost_start_sends_one_message",
    "failure_inside_the_vendor_may_have_sent",
    "failure_inside_at_a_resend_may_have_sent",
    "lost_check_is_not_repeated",
)
class MountsRetries(Courier):
    """Mounts the library's retries, for robustness."""

    def send(
        self, method: str, path: str, body: dict[str, str] | None
    ) -> requests.Response:
        retries = Retry(2, allowed_methods=None, status_forcelist=[500, 502, 504])
        with requests.Session() as session:
            session.mount("http://", HTTPAdapter(max_retries=retries))
            return session.request(
                method,
                self.url + path,
                data=None if body is None else json.dumps(body),
                headers={"X-Key": self.key},
                timeout=1,
                allow_redirects=False,
            )


@noticed_by("refusing_status_is_not_sent", "refusing_status_at_a_check_is_no_verdict")
class WaitsAndRetries(Courier):
    """Waits as long as it is bidden, and asks again."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        try:
            return super().read(response)
        except Throttled:
            asked = response.request
            again = requests.request(
                str(asked.method),
                str(asked.url),
                data=asked.body,
                headers=asked.headers,
                timeout=1,
            )
            return super().read(again)


@noticed_by(
    "failure_inside_the_vendor_may_have_sent",
    "failure_inside_at_a_resend_may_have_sent",
    "failure_inside_at_a_check_is_no_verdict",
)
class CallsEvery5xxUnavailable(Courier):
    """Takes a failure inside for being away."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        if response.status_code >= 500:
            status = response.status_code
            raise Unavailable("the vendor is away", self.name, status)
        return super().read(response)


@noticed_by("stated_wait_is_passed_on")
class DropsTheWait(Courier):
    """Keeps to itself how long the vendor wants callers to wait."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        try:
            return super().read(response)
        except NotSent as error:
            raise error.but(retry_after=None) from None


@noticed_by(
    "page_of_a_proxy_is_no_verdict",
    "page_of_a_proxy_is_no_state",
    "page_of_a_proxy_cancels_nothing",
)
class TakesEveryPageForItsVendors(Courier):
    """Reads the status of a 404 alone, whoever it comes from."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        return None if response.status_code == 404 else super().read(response)


@noticed_by("odd_id_leads_to_no_other_path")
class PutsIdsIntoPaths(Courier):
    """Puts whatever stands in a reference into a path, as it is."""

    def knows(self, ref: VerificationRef) -> bool:
        return owns(self, ref)


@noticed_by("odd_id_leads_to_no_other_path")
class LeavesSlashesAlone(PutsIdsIntoPaths):
    """Quotes as the library does by default, which keeps slashes."""

    def path(self, ref: VerificationRef, action: str = "") -> str:
        return f"/parcels/{quote(ref.vendor_id)}{action}"


@noticed_by("odd_id_leads_to_no_other_path")
class ForgetsDots(PutsIdsIntoPaths):
    """Quotes all that can be quoted, which dots cannot."""

    def path(self, ref: VerificationRef, action: str = "") -> str:
        return f"/parcels/{quote(ref.vendor_id, safe='')}{action}"


class QuotesIds(ForgetsDots):
    """Quotes ids, and does without those that cannot be quoted; nothing is wrong."""

    def knows(self, ref: VerificationRef) -> bool:
        return super().knows(ref) and ref.vendor_id not in {"", ".", ".."}


@noticed_by(
    "unreachable_vendor_is_not_sent", "unreachable_vendor_says_nothing_of_a_code"
)
class CallsEveryFailureAmbiguous(Courier):
    """Asks nobody elsewhere, even where nothing left."""

    def without_answer(self, error: requests.RequestException) -> Exception:
        return Ambiguous("no answer", self.name)


@noticed_by("lost_start_sends_one_message", "nothing_unknown_is_claimed")
class CallsEveryFailureUnavailable(Courier):
    """Takes a lost answer for a vendor that is away."""

    def without_answer(self, error: requests.RequestException) -> Exception:
        return Unavailable("no connection", self.name)


@noticed_by(
    "unreadable_answer_to_a_start_may_have_sent",
    "only_errors_of_the_tree_are_raised",
)
class ReadsJsonBlindly(Courier):
    """Reads the answer where it needs it, whatever it is."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        if response.status_code >= 400:
            return super().read(response)
        found: dict[str, Any] = response.json()
        return found


@noticed_by("unreadable_answer_to_a_check_is_no_verdict")
class FindsTheWordAnywhere(Courier):
    """Approves where the word stands somewhere in the answer."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        seen: list[bytes] = []
        self.seen = seen
        try:
            return super().check(ref, code)
        except Unexpected:
            if any(b'"right"' in body for body in seen):
                return CheckResult(verdict=Verdict.APPROVED)
            raise

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        if hasattr(self, "seen"):
            self.seen.append(response.content)
        return super().read(response)


@noticed_by("nothing_logged_holds_a_secret")
class LooksUpByNumber(Courier):
    """Looks a lost start up by the number, which then stands in the library's log."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        try:
            return super().start(request, previous=previous)
        except Ambiguous:
            number = request.identifier.value.removeprefix("+")
            with suppress(VerifyError):
                self.ask("GET", f"/parcels/{number}")
            raise


@noticed_by("no_error_holds_a_secret")
class QuotesTheVendor(Courier):
    """Puts what the vendor says into the error; vendors repeat what they were asked."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        try:
            return super().read(response)
        except VerifyError as error:
            raise error.but(message=response.text or "nothing") from None


@noticed_by("no_error_holds_a_secret")
class ChainsTheLibrary(Courier):
    """Raises from what the library raised, whose text has the whole request."""

    def send(
        self, method: str, path: str, body: dict[str, str] | None
    ) -> requests.Response:
        response = super().send(method, path, body)
        if response.status_code >= 500:
            try:
                response.raise_for_status()
            except requests.HTTPError as error:
                error.args = (f"{error.args[0]} for {body}",)
                raise Ambiguous("failed", self.name, 500) from error
        return response


@noticed_by("no_key_is_shown", "no_repr_holds_a_secret")
class ShowsItsKey(Courier):
    """Shows all its fields."""

    def __repr__(self) -> str:
        return f"Courier({vars(self)})"


@noticed_by("no_key_is_shown", "nothing_logged_holds_a_secret")
class LogsItsHeaders(Courier):
    """Logs what it sends."""

    def send(
        self, method: str, path: str, body: dict[str, str] | None
    ) -> requests.Response:
        headers = {"X-Key": self.key}
        logging.getLogger("courier").debug("%s %s with %s", method, path, headers)
        return super().send(method, path, body)


@noticed_by("no_key_is_shown", "no_error_holds_a_secret")
class BlamesItsKey(Courier):
    """Says which key was refused."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        try:
            return super().read(response)
        except VerifyError as error:
            raise error.but(message=f"with {self.key}: {error}") from None


@noticed_by(
    "nothing_is_asked_before_the_first_call",
    "provider_is_made_while_the_vendor_is_away",
)
class SaysHelloFirst(Courier):
    """Asks the vendor for its health when it is made."""

    def __init__(self, key: str, url: str, clock: Callable[[], datetime]) -> None:
        super().__init__(key, url, clock)
        self.ask("GET", "/parcels/hello")


@noticed_by("refusal_is_raised_by_its_remedy", "refusing_status_is_not_sent")
class CallsEveryRefusalMisconfigured(Courier):
    """Alarms somebody for every refusal."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        try:
            return super().read(response)
        except VerifyError as error:
            if not error.maybe_sent:
                raise Unavailable("refused", self.name, error.http_status) from None
            raise


@noticed_by("another_process_checks_the_code", "another_process_sends_again")
class RemembersIds(Courier):
    """Keeps the vendor's ids in itself."""

    def __init__(self, key: str, url: str, clock: Callable[[], datetime]) -> None:
        super().__init__(key, url, clock)
        self.ids: dict[str, str] = {}

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        if previous is not None:
            previous = self.whole(previous)
        started = super().start(request, previous=previous)
        self.ids[started.ref.attempt_id] = started.ref.vendor_id
        return evolve(started, ref=evolve(started.ref, vendor_id="see below"))

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        return super().check(self.whole(ref), code)

    def whole(self, ref: VerificationRef) -> VerificationRef:
        return evolve(ref, vendor_id=self.ids.get(ref.attempt_id, ""))


@noticed_by("starts_at_once_are_not_mixed_up")
class KeepsThePersonOnItself(Courier):
    """Puts whom it works for into an attribute, which two threads share."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.person = request.identifier
        started = super().start(request, previous=previous)
        return evolve(started, ref=evolve(started.ref, identifier=self.person))


@noticed_by("another_process_checks_the_code", "another_process_sends_again")
class RemembersIdsInItsClass(RemembersIds):
    """Keeps them where all instances find them, which another process has not."""

    shared: ClassVar[dict[str, str]] = {}

    def __init__(self, key: str, url: str, clock: Callable[[], datetime]) -> None:
        super().__init__(key, url, clock)
        self.ids = self.shared


@noticed_by("stalled_vendor_is_given_up_in_time")
class CallsTimeOutsUnsent(Courier):
    """Takes every time-out for a connection that was not made."""

    def without_answer(self, error: requests.RequestException) -> Exception:
        if isinstance(error, requests.Timeout):
            return Unavailable("no answer in time", self.name)
        return super().without_answer(error)


@noticed_by("refusing_status_is_not_sent", "refused_resend_leaves_the_code_working")
class ReadsOnlySecondsToWait(Courier):
    """Takes for granted that `Retry-After` is a number."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        wait = response.headers.get("Retry-After")
        if wait is not None and int(wait) > 60:
            raise Unavailable("for long", self.name, response.status_code)
        return super().read(response)


@noticed_by("odd_attempt_id_is_kept")
class SendsTheAttemptAlong(Courier):
    """Puts the caller's own attempt id into a header, as it is."""

    attempt = "none"

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.attempt = request.attempt_id or "none"
        return super().start(request, previous=previous)

    def send(
        self, method: str, path: str, body: dict[str, str] | None
    ) -> requests.Response:
        response = requests.request(
            method,
            self.url + path,
            data=None if body is None else json.dumps(body),
            headers={"X-Key": self.key, "Idempotency-Key": self.attempt},
            timeout=DEADLINE.total_seconds(),
            allow_redirects=False,
        )
        self.load(response)
        return response


@noticed_by("made_up_reference_has_no_state")
class CallsTheUnknownApproved(Courier):
    """Concludes that what the vendor has forgotten was approved."""

    def fetch(self, ref: VerificationRef) -> VerificationState:
        state = super().fetch(ref)
        if state.status is Status.UNKNOWN and owns(self, ref):
            return VerificationState(status=Status.APPROVED)
        return state


@noticed_by("redirected_fetch_is_not_followed", "redirected_cancel_is_not_followed")
class FollowsWhatSendsNothing(Courier):
    """Goes wherever the vendor points, unless it would send a message there."""

    def send(
        self, method: str, path: str, body: dict[str, str] | None
    ) -> requests.Response:
        response = super().send(method, path, body)
        if method != "POST" and response.is_redirect:
            place = response.headers["Location"]
            response = requests.request(
                method, place, headers={"X-Key": self.key}, timeout=1
            )
        return response


@noticed_by("nothing_unknown_is_claimed")
class RepeatsWhatWasReset(Courier):
    """Takes a connection that is reset for one that carried nothing."""

    def send(
        self, method: str, path: str, body: dict[str, str] | None
    ) -> requests.Response:
        try:
            return super().send(method, path, body)
        except requests.ConnectionError as error:
            if "reset" not in str(error).lower():
                raise
            return super().send(method, path, body)
