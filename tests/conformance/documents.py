"""The oracle of the lock-step: a model of Twilio, speaking our words."""

from __future__ import annotations

from datetime import timedelta

from attrs import define, field

from tests.support.twilio.model import Model
from verify_core.errors import TooSoon, VerifyError
from verify_core.testing.machine import Guess
from verify_core.verification import CancelOutcome, Status, Verdict

#: Twilio's error codes and words, in ours; by the operation where that matters.
STARTS = {60202: TooSoon, 60203: TooSoon}
VERDICTS = {
    20404: Verdict.GONE,
    60202: Verdict.EXHAUSTED,
    "pending": Verdict.WRONG_CODE,
    "approved": Verdict.APPROVED,
}
STATUSES = {
    20404: Status.UNKNOWN,
    "pending": Status.PENDING,
    "canceled": Status.CANCELED,
    "max_attempts_reached": Status.FAILED,
}
CANCELS = {20404: CancelOutcome.GONE, "canceled": CancelOutcome.CANCELED}
ENDED = {"approved": 20404, "expired": 20404}


@define
class Documents:
    """The model that was written from Twilio's documents, speaking our words."""

    model: Model = field(factory=Model)
    begun: dict[int, list] = field(factory=dict)

    def advance(self, duration: timedelta) -> None:
        self.model.advance(duration.total_seconds())

    def start(self, person: str) -> int | type[VerifyError]:
        answer = self.model.start(person)
        if answer in STARTS:
            return STARTS[answer]
        number = answer[1]
        self.begun[number] = self.model.known[person]
        return number

    def check(self, person: str, number: int, guess: Guess) -> Verdict:
        if guess is Guess.ODD:
            return Verdict.WRONG_CODE  # not counted, not even asked about
        if self.is_newest(person, number):
            return VERDICTS[self.model.check(person, right=guess is Guess.RIGHT)]
        return Verdict.GONE

    def fetch(self, person: str, number: int) -> Status:
        if self.is_newest(person, number):
            return STATUSES[self.model.fetch(person)]
        status = self.state(person, number)
        return STATUSES[ENDED.get(status, status)]

    def cancel(self, person: str, number: int) -> CancelOutcome:
        if self.is_newest(person, number):
            return CANCELS[self.model.update(person, "canceled")]
        return CancelOutcome.GONE

    def state(self, person: str, number: int) -> str:
        return self.begun[number][0]

    def is_newest(self, person: str, number: int) -> bool:
        return self.model.known[person] is self.begun[number]


#: States and answers without which a run would have proved little.
IMPORTANT = {
    "is pending",
    "is approved",
    "is canceled",
    "is expired",
    "is max_attempts_reached",
    "start: TooSoon",
    "check: approved",
    "check: wrong_code",
    "check: exhausted",
    "check: gone",
    "fetch: pending",
    "fetch: failed",
    "fetch: canceled",
    "fetch: unknown",
    "cancel: canceled",
    "cancel: gone",
}
