"""Flaws of those who handle HTTP in a hurry; each is `Courier` with one mistake."""

from __future__ import annotations

import json
import logging
from typing import Any, ClassVar
from urllib.parse import quote

import requests
from attrs import evolve
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tests.conformance.courier import DEADLINE, Courier
from tests.conformance.flaws._flaw import provider
from tests.conformance.flaws.resending import PutsIdsIntoPaths
from verify_core.errors import (
    Ambiguous,
    Throttled,
    Unavailable,
    Unexpected,
    VerifyError,
)
from verify_core.verification import (
    CheckResult,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
)


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


@provider(
    "redirect_is_not_followed",
    "redirected_resend_is_not_followed",
    "redirected_check_is_no_verdict",
)
class FollowsByDefault(Simple):
    """Leaves the library's own habit on."""

    options: ClassVar[dict[str, Any]] = {"timeout": 1, "allow_redirects": True}


@provider(
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


@provider("refusing_status_is_not_sent", "refusing_status_at_a_check_is_no_verdict")
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


@provider(
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


@provider("odd_id_leads_to_no_other_path")
class LeavesSlashesAlone(PutsIdsIntoPaths):
    """Quotes as the library does by default, which keeps slashes."""

    def path(self, ref: VerificationRef, action: str = "") -> str:
        return f"/parcels/{quote(ref.vendor_id)}{action}"


@provider("odd_id_leads_to_no_other_path")
class ForgetsDots(PutsIdsIntoPaths):
    """Quotes all that can be quoted, which dots cannot."""

    def path(self, ref: VerificationRef, action: str = "") -> str:
        return f"/parcels/{quote(ref.vendor_id, safe='')}{action}"


class QuotesIds(ForgetsDots):
    """Quotes ids, and does without those that cannot be quoted; nothing is wrong."""

    def knows(self, ref: VerificationRef) -> bool:
        return super().knows(ref) and ref.vendor_id not in {"", ".", ".."}


@provider("unreachable_vendor_is_not_sent", "unreachable_vendor_says_nothing_of_a_code")
class CallsEveryFailureAmbiguous(Courier):
    """Asks no other provider, even where nothing left."""

    def without_answer(self, error: requests.RequestException) -> Exception:
        return Ambiguous("no answer", self.name)


@provider("lost_start_sends_one_message", "nothing_unknown_is_claimed")
class CallsEveryFailureUnavailable(Courier):
    """Takes a lost answer for a vendor that is away."""

    def without_answer(self, error: requests.RequestException) -> Exception:
        return Unavailable("no connection", self.name)


@provider(
    "unreadable_answer_to_a_start_may_have_sent",
    "unreadable_answer_to_a_check_is_no_verdict",
)
class ReadsJsonBlindly(Courier):
    """Reads the answer where it needs it, whatever it is."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        if response.status_code >= 400:
            return super().read(response)
        found: dict[str, Any] = response.json()
        return found


@provider("unreadable_answer_to_a_check_is_no_verdict")
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


@provider("no_key_is_shown")
class LogsItsHeaders(Courier):
    """Logs what it sends."""

    def send(
        self, method: str, path: str, body: dict[str, str] | None
    ) -> requests.Response:
        headers = {"X-Key": self.key}
        logging.getLogger("courier").debug("%s %s with %s", method, path, headers)
        return super().send(method, path, body)


@provider("refusal_is_raised_by_its_remedy", "refusing_status_is_not_sent")
class CallsEveryRefusalMisconfigured(Courier):
    """Alarms somebody for every refusal."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        try:
            return super().read(response)
        except VerifyError as error:
            if not error.maybe_sent:
                raise Unavailable("refused", self.name, error.http_status) from None
            raise


@provider("another_process_checks_the_code", "another_process_sends_again")
class RemembersIds(Courier):
    """Keeps the vendor's ids in itself."""

    def __init__(self, *given: Any) -> None:  # noqa: ANN401
        super().__init__(*given)
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


@provider("refusing_status_is_not_sent", "refused_resend_leaves_the_code_working")
class ReadsOnlySecondsToWait(Courier):
    """Takes for granted that `Retry-After` is a number."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        wait = response.headers.get("Retry-After")
        if wait is not None and int(wait) > 60:
            raise Unavailable("for long", self.name, response.status_code)
        return super().read(response)


@provider("odd_attempt_id_is_kept")
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
            stream=True,
        )
        self.load(response)
        return response


@provider("nothing_unknown_is_claimed", "lost_resend_claims_nothing_unknown")
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


@provider("unreadable_answer_to_a_check_is_no_verdict")
class TakesReceivedForDone(Courier):
    """Takes every status of success for the one that the documents name."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        if response.status_code == 202:
            response.status_code = 200
        return super().read(response)
