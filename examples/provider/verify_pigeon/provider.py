"""The four methods: what Pigeon Post says, in words that every caller knows."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from attrs import evolve

from verify_core import (
    CancelOutcome,
    CancelSupport,
    Capabilities,
    Channel,
    CheckResult,
    Idempotency,
    LookupKey,
    ProviderSettings,
    Resend,
    Secret,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
    VerificationState,
    accept,
    attempt_of,
    owns,
    require_options,
    to_secret,
)
from verify_core.errors import Ambiguous, InvalidSetting, NotSupported, Unexpected
from verify_providers.http import HttpConversation, HttpProvider, Reach

from .api import ADDRESS, NAME, Key, ask, request as to_vendor

#: The vendor's word for a guess. What is not listed is never taken for a match.
VERDICTS = {
    "match": Verdict.APPROVED,
    "mismatch": Verdict.WRONG_CODE,
    "used_up": Verdict.EXHAUSTED,
    "too_late": Verdict.EXPIRED,
    "done": Verdict.GONE,
}
GONE = CheckResult(verdict=Verdict.GONE)

#: A message's id. What has another form goes into no path, no reference and no log.
ID = re.compile("bird-[0-9]{1,18}")

#: How long a code can live: Pigeon Post's documents, "ttl_s".
SHORTEST, LONGEST = timedelta(seconds=30), timedelta(hours=1)


def utc_now() -> datetime:
    """The system's clock, for those who pass none."""
    return datetime.now(UTC)  # noqa: TID251 - the default of an argument


class Conversations:
    """
    What is asked of Pigeon Post, and what its answers mean; does not wait itself.

    Args:
        clock: The present, aware.
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

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the reference is Pigeon Post's, and names a message."""
        return ref.provider == self.name and ID.fullmatch(ref.vendor_id) is not None

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> HttpConversation[Started]:
        """Send a passcode; with `previous`, send the same one again."""
        # What cannot be done is refused before anything leaves this machine.
        accepted = accept(self, request, previous)
        again = accepted.previous
        attempt_id = attempt_of(request, again, lambda: uuid.uuid4().hex)
        sends = 1 if again is None else again.sends + 1
        if again is not None:
            ref = evolve(again, attempt_id=attempt_id, sends=sends)
            if (yield from self._send_again(ref)):
                ignored = (*accepted.ignored, *_too_late(request))
                return Started(ref=ref, channel=Channel.SMS, ignored_hints=ignored)
        hints, unfit = _hints(request)
        message = {
            "to": request.identifier.value,
            "key": _key(request, attempt_id, sends),
            **hints,
        }
        now = self._clock()
        body = yield from ask(
            to_vendor("POST", "/messages", body=message),
            now,
            expected=HTTPStatus.CREATED,
        )
        ref = VerificationRef(
            provider=self.name,
            vendor_id=_id(body),
            identifier=request.identifier,
            channel=request.channel,
            attempt_id=attempt_id,
            created_at=now,
            sends=sends,
        )
        return Started(
            ref=ref,
            channel=Channel.SMS,
            expires_at=_expiry(body, now),
            ignored_hints=(*accepted.ignored, *unfit),
        )

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> HttpConversation[CheckResult]:
        """Ask whether the code is right; a wrong one is a verdict, never an error."""
        if not owns(self, ref):
            return GONE
        guess = to_vendor(
            "POST", "/messages/{}/guess", ref.vendor_id, {"code": code.reveal()}
        )
        body = yield from ask(guess, self._clock(), expected=HTTPStatus.OK)
        if body is None:
            return GONE
        _require_about(body, ref)
        verdict, left = VERDICTS.get(str(body.get("result"))), _count(body.get("left"))
        if verdict is None:
            raise Unexpected("an unknown result of a guess", self.name)
        return CheckResult(
            verdict=verdict,
            attempts_remaining=left,
            retry_allowed=verdict is Verdict.WRONG_CODE and left != 0,
        )

    def fetch(self, ref: VerificationRef) -> HttpConversation[VerificationState]:  # noqa: ARG002
        """Pigeon Post cannot be asked; the capabilities say so beforehand."""
        raise NotSupported("fetch: Pigeon Post cannot be asked", self.name)
        yield  # a conversation without a question

    def cancel(self, ref: VerificationRef) -> HttpConversation[CancelOutcome]:
        """Call the pigeon back."""
        if not owns(self, ref):
            return CancelOutcome.GONE
        body = yield from ask(
            to_vendor("DELETE", "/messages/{}", ref.vendor_id),
            self._clock(),
            expected=HTTPStatus.NO_CONTENT,
        )
        return CancelOutcome.GONE if body is None else CancelOutcome.CANCELED

    def _send_again(self, ref: VerificationRef) -> HttpConversation[bool]:
        """Repeat a message; False where there is none any more."""
        again = to_vendor("POST", "/messages/{}/again", ref.vendor_id)
        try:
            body = yield from ask(again, self._clock(), expected=HTTPStatus.OK)
        except Ambiguous as lost:
            raise lost.but(ref=ref) from None  # its code can still be checked
        if body is not None:
            _require_about(body, ref)
        return body is not None


class PigeonPost(HttpProvider):
    """
    Sends and checks passcodes with Pigeon Post.

    Safe for several threads; a context manager that closes its connections.

    Args:
        key: The account's key.
        reach: Address, deadline and connections; the defaults suit a live account.
        clock: The present, aware.

    Raises:
        InvalidSetting: There is no key, or an address that would show it to others.
    """

    def __init__(
        self,
        key: Secret | str,
        *,
        reach: Reach = Reach(),  # noqa: B008 - a frozen value
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        secret = to_secret(key)
        if not secret.reveal():
            raise InvalidSetting("key", "pass pigeon://:KEY@post, or PIGEON_KEY")
        super().__init__(
            Conversations(clock), address=ADDRESS, credentials=Key(secret), reach=reach
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
    return PigeonPost(key, reach=Reach(base_url=settings.options.get("base_url")))


def _key(request: StartRequest, attempt_id: str, sends: int) -> str:
    """
    The key under which the vendor sends once: one for each message to each person.

    An attempt id alone will not do, since the application chooses it: two people under
    one key would share one message, and so one code.
    """
    text = f"{request.identifier.value} {sends} {attempt_id}"
    return sha256(text.encode()).hexdigest()[:32]


def _hints(request: StartRequest) -> tuple[dict[str, int], tuple[str, ...]]:
    """The hints as the vendor takes them, and the names of those that it cannot."""
    hints: dict[str, int] = {}
    length, lifetime = request.hints.code_length, request.hints.time_to_live
    if length is not None:
        hints["digits"] = length
    if lifetime is None:
        return hints, ()
    if not SHORTEST <= lifetime <= LONGEST or lifetime.microseconds:
        return hints, ("time_to_live",)
    hints["ttl_s"] = int(lifetime.total_seconds())
    return hints, ()


def _too_late(request: StartRequest) -> tuple[str, ...]:
    """Hints that a message which exists cannot follow any more."""
    hints = {
        "code_length": request.hints.code_length,
        "time_to_live": request.hints.time_to_live,
    }
    return tuple(name for name, hint in hints.items() if hint is not None)


def _id(body: Mapping[str, Any] | None) -> str:
    found = None if body is None else body.get("id")
    if not isinstance(found, str) or not ID.fullmatch(found):
        raise Unexpected("the answer names no message", NAME)
    return found


def _require_about(body: Mapping[str, Any], ref: VerificationRef) -> None:
    # An answer about another message must approve nothing here.
    if body.get("id") != ref.vendor_id:
        raise Unexpected("the answer names another message, or none", NAME)


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _expiry(body: Mapping[str, Any] | None, now: datetime) -> datetime | None:
    seconds = _count(body and body.get("expires_in_s"))
    # A number that no document allows is not worth an error after a message left.
    if seconds is None or seconds > LONGEST.total_seconds():
        return None
    return now + timedelta(seconds=seconds)
