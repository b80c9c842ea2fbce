"""Pigeon Post as a provider, blocking and asynchronous."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from verify_core import (
    CancelOutcome,
    Capabilities,
    CheckResult,
    ProviderSettings,
    Secret,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
)
from verify_core.errors import InvalidIdentifier, Unexpected
from verify_providers.config import BearerToken, SecretSource
from verify_providers.http import (
    AsyncHttpProvider,
    HttpConversation,
    HttpProvider,
    JsonVendor,
    Reach,
    utc_now,
    whole_number,
)

ADDRESS = "https://api.pigeon-post.example"

#: The vendor's word for a guess. What is not listed is never taken for a match.
VERDICTS = {
    "match": Verdict.APPROVED,
    "mismatch": Verdict.WRONG_CODE,
    "used_up": Verdict.EXHAUSTED,
    "too_late": Verdict.EXPIRED,
    "done": Verdict.GONE,
}
#: A status of its own that says that nothing was sent.
REFUSALS = {422: (InvalidIdentifier, "pigeons do not fly to this number")}
GONE = CheckResult(verdict=Verdict.GONE)

#: How long a code can live: Pigeon Post's documents, "ttl_s".
SHORTEST, LONGEST = timedelta(seconds=30), timedelta(hours=1)


class PigeonConversations(JsonVendor):
    """The requests to Pigeon Post, and what its answers mean; does no I/O."""

    name = "pigeon"
    title = "Pigeon Post"
    capabilities = Capabilities(
        channels=["sms"],
        cancel="yes",
        idempotency="key",
        resend="same_code",
        attempts_reported=True,
        hints=["time_to_live", "code_length"],
    )
    id_form = re.compile("bird-[0-9]{1,18}")
    refusals = REFUSALS

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> HttpConversation[Started]:
        """Send a passcode; with `previous`, send the same one again."""
        # What cannot be done is refused before anything leaves this machine.
        sending = self.sending(request, previous)
        if sending.again is not None:
            path = "/messages/{id}/again"
            body = yield from self.ask("POST", path, ref=sending.again, expected=200)
            if body is not None:
                return Started(
                    ref=sending.again, channel="sms", ignored_hints=sending.given
                )
        hints, unfit = _hints(request)
        message = {"to": request.identifier.value, "key": sending.key, **hints}
        body = yield from self.ask("POST", "/messages", body=message, expected=201)
        return Started(
            ref=sending.ref(self.id_in(body)),
            channel="sms",
            expires_at=_expiry(body, sending.new.created_at),
            ignored_hints=(*sending.ignored, *unfit),
        )

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> HttpConversation[CheckResult]:
        """Ask whether the code is right; a wrong one is a verdict, never an error."""
        if not self.owns(ref):
            return GONE
        guess = {"code": code.reveal()}
        body = yield from self.ask(
            "POST", "/messages/{id}/guess", ref=ref, body=guess, expected=200
        )
        if body is None:
            return GONE
        verdict = VERDICTS.get(str(body.get("result")))
        if verdict is None:
            raise Unexpected("an unknown result of a guess", self.name)
        left = whole_number(body.get("left"), most=100)
        return CheckResult(
            verdict=verdict,
            attempts_remaining=left,
            retry_allowed=verdict is Verdict.WRONG_CODE and left != 0,
        )

    def cancel(self, ref: VerificationRef) -> HttpConversation[CancelOutcome]:
        """Call the pigeon back."""
        if not self.owns(ref):
            return CancelOutcome.GONE
        body = yield from self.ask("DELETE", "/messages/{id}", ref=ref, expected=204)
        return CancelOutcome.GONE if body is None else CancelOutcome.CANCELED


class PigeonPost(HttpProvider):
    """
    Sends and checks passcodes with Pigeon Post.

    Safe for several threads; a context manager that closes its connections.

    Args:
        key: The account's key: a text, a `Secret`, or the path of a file or a function
            that it is read from for each request.
        reach: Address, deadline and connections; the defaults suit a live account.
        clock: The present, aware.

    Raises:
        InvalidSetting: There is no key, or an address that would show it to others.
    """

    def __init__(
        self,
        key: SecretSource,
        *,
        reach: Reach = Reach(),  # noqa: B008 - a frozen value
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(
            PigeonConversations(clock=clock),
            address=ADDRESS,
            credentials=BearerToken(setting="key", provider="pigeon", source=key),
            reach=reach,
        )


class AsyncPigeonPost(AsyncHttpProvider):
    """
    `PigeonPost` for programs that await; an asynchronous context manager.

    Args:
        key: As for `PigeonPost`.
        reach: As for `PigeonPost`.
        clock: As for `PigeonPost`.

    Raises:
        InvalidSetting: As for `PigeonPost`, or `aiohttp` is not installed.
    """

    def __init__(
        self,
        key: SecretSource,
        *,
        reach: Reach = Reach(),  # noqa: B008 - a frozen value
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(
            PigeonConversations(clock=clock),
            address=ADDRESS,
            credentials=BearerToken(setting="key", provider="pigeon", source=key),
            reach=reach,
        )


def from_settings(settings: ProviderSettings) -> PigeonPost:
    """
    The provider that a URL names: `pigeon://:KEY@post?timeout=2.5`.

    What the URL leaves out, the environment fills: `PIGEON_KEY`.

    Raises:
        InvalidSetting: An option is unknown, or the key is missing.
    """
    key = settings.secret_or("PIGEON_KEY")
    return PigeonPost(key, reach=Reach.from_settings(settings))


def async_from_settings(settings: ProviderSettings) -> AsyncPigeonPost:
    """
    The awaited provider that a URL names; as `from_settings`.

    Raises:
        InvalidSetting: As `from_settings`.
    """
    key = settings.secret_or("PIGEON_KEY")
    return AsyncPigeonPost(key, reach=Reach.from_settings(settings))


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


def _expiry(body: Mapping[str, Any] | None, now: datetime) -> datetime | None:
    # A number that no document allows is not worth an error after a message left.
    most = int(LONGEST.total_seconds())
    seconds = whole_number(body and body.get("expires_in_s"), most=most)
    return None if seconds is None else now + timedelta(seconds=seconds)
