"""The four methods: what Pigeon Post says, in words that every caller knows."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import quote

from attrs import evolve
from requests import codes

from verify_core.channels import Channel
from verify_core.errors import InvalidSetting, NotSupported, Unexpected
from verify_core.masking import Secret
from verify_core.provider import (
    CancelSupport,
    Capabilities,
    Idempotency,
    LookupKey,
    Resend,
    accept,
    attempt_of,
    owns,
)
from verify_core.provider_settings import ProviderSettings, require_options
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
    VerificationState,
)

from .api import NAME, TIMEOUTS_S, Answer, Api

BASE_URL = "https://api.pigeon-post.example"

#: The vendor's word for a guess. What is not listed is never taken for a match.
VERDICTS = {
    "match": Verdict.APPROVED,
    "mismatch": Verdict.WRONG_CODE,
    "used_up": Verdict.EXHAUSTED,
    "too_late": Verdict.EXPIRED,
    "done": Verdict.GONE,
}
GONE = CheckResult(verdict=Verdict.GONE)


def utc_now() -> datetime:
    """The system's clock, for those who pass none."""
    return datetime.now(UTC)  # noqa: TID251 - the default of an argument


class PigeonPost:
    """
    Sends and checks passcodes with Pigeon Post.

    Args:
        key: The account's key.
        base_url: The vendor's address; another one for tests.
        timeouts_s: To connect, and to wait for the next bytes, in seconds.
        clock: The present, aware.

    Raises:
        InvalidSetting: There is no key.
    """

    name = NAME
    capabilities = Capabilities(
        channels={Channel.SMS},
        check_key=LookupKey.ID,
        fetch=LookupKey.NONE,
        cancel=CancelSupport.YES,
        idempotency=Idempotency.KEY,
        resend=Resend.SAME_CODE,
        attempts_reported=True,
        hints={"time_to_live", "code_length"},
    )

    def __init__(
        self,
        key: Secret | str,
        *,
        base_url: str = BASE_URL,
        timeouts_s: tuple[float, float] = TIMEOUTS_S,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        secret = key if isinstance(key, Secret) else Secret(key)
        if not secret.reveal():
            raise InvalidSetting("key", "pass pigeon://:KEY@post, or PIGEON_KEY")
        self._api = Api(
            base_url=base_url.rstrip("/"), key=secret, timeouts_s=timeouts_s
        )
        self._clock = clock

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """Send a passcode; with `previous`, send the same one again."""
        # What cannot be done is refused before anything leaves this machine.
        accepted = accept(self, request, previous)
        again = accepted.previous
        attempt_id = attempt_of(request, again, lambda: uuid.uuid4().hex)
        if again is not None:
            answer = self._api.ask("POST", f"{_path(again)}/again")
            if answer.status != codes.not_found:
                ref = evolve(again, attempt_id=attempt_id, sends=again.sends + 1)
                return self._started(ref, answer, (*accepted.ignored, *_fixed(request)))
        sends = 1 if again is None else again.sends + 1
        message = _message(request, _key(request, attempt_id, sends))
        answer = self._api.ask("POST", "/messages", message)
        ref = VerificationRef(
            provider=self.name,
            vendor_id=_text(answer, "id"),
            identifier=request.identifier,
            channel=request.channel,
            attempt_id=attempt_id,
            created_at=self._clock(),
            sends=sends,
        )
        return self._started(ref, answer, accepted.ignored)

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """Ask whether the code is right; a wrong one is a verdict, never an error."""
        if not owns(self, ref):
            return GONE
        answer = self._api.ask("POST", f"{_path(ref)}/guess", {"code": code})
        if answer.status == codes.not_found:
            return GONE
        word = _text(answer, "result")
        if word not in VERDICTS:
            raise Unexpected("an unknown result of a guess", self.name, answer.status)
        left = answer.body.get("left")
        return CheckResult(
            verdict=VERDICTS[word],
            attempts_remaining=left if isinstance(left, int) else None,
            retry_allowed=word == "mismatch" and left != 0,
        )

    def fetch(self, ref: VerificationRef) -> VerificationState:  # noqa: ARG002
        """Pigeon Post cannot be asked; the capabilities say so beforehand."""
        raise NotSupported("fetch: Pigeon Post cannot be asked", self.name)

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """Call the pigeon back."""
        if not owns(self, ref):
            return CancelOutcome.GONE
        answer = self._api.ask("DELETE", _path(ref))
        return (
            CancelOutcome.GONE
            if answer.status == codes.not_found
            else CancelOutcome.CANCELED
        )

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the reference is Pigeon Post's, and names a message."""
        return ref.provider == self.name and bool(ref.vendor_id)

    def _started(
        self, ref: VerificationRef, answer: Answer, ignored: tuple[str, ...]
    ) -> Started:
        expires_in = answer.body.get("expires_in_s")
        expires_at = None
        if isinstance(expires_in, int):
            expires_at = self._clock() + timedelta(seconds=expires_in)
        return Started(
            ref=ref,
            channel=Channel.SMS,
            expires_at=expires_at,
            ignored_hints=ignored,
        )


def from_settings(settings: ProviderSettings) -> PigeonPost:
    """
    The provider that a URL names: `pigeon://:KEY@post?base_url=http://127.0.0.1:8000`.

    What the URL leaves out, the environment fills: `PIGEON_KEY`.

    Raises:
        InvalidSetting: There is no key, or an option is unknown.
    """
    require_options(settings, ["base_url"])
    key = settings.secret or Secret(settings.environ.get("PIGEON_KEY", ""))
    return PigeonPost(key, base_url=settings.options.get("base_url", BASE_URL))


def _fixed(request: StartRequest) -> list[str]:
    """Hints that come too late: the same code is sent again, and lives no longer."""
    hints = {
        "code_length": request.hints.code_length,
        "time_to_live": request.hints.time_to_live,
    }
    return [name for name, hint in hints.items() if hint is not None]


def _key(request: StartRequest, attempt_id: str, sends: int) -> str:
    """
    The key under which the vendor sends once.

    One for each message to each person: under the key of another the vendor would send
    nothing, and answer with a message that somebody else can read.
    """
    text = f"{request.identifier.value} {sends} {attempt_id}"
    return sha256(text.encode()).hexdigest()[:32]


def _message(request: StartRequest, key: str) -> dict[str, object]:
    wishes = {
        "digits": request.hints.code_length,
        "ttl_s": request.hints.time_to_live
        and int(request.hints.time_to_live.total_seconds()),
    }
    asked = {name: wish for name, wish in wishes.items() if wish is not None}
    return {"to": request.identifier.value, "key": key, **asked}


def _path(ref: VerificationRef) -> str:
    return "/messages/" + quote(ref.vendor_id, safe="")


def _text(answer: Answer, name: str) -> str:
    value = answer.body.get(name)
    if not isinstance(value, str) or not value:
        raise Unexpected(f"the answer has no {name}", NAME, answer.status)
    return value
