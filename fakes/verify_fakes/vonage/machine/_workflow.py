"""
What a verification is: a workflow of steps, each a way to reach a person.

Sources: Vonage, OpenAPI documents of Verify v2, 0.0.18 (2023-02-08) and 1.0.1 (archived
2026-10-08).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import field, frozen

from ...kit._hiding import Hidden, Revealed, hidden_address, hidden_text


class VonageChannel(StrEnum):
    """How a step reaches a person, as Vonage spells it."""

    SMS = "sms"
    VOICE = "voice"
    WHATSAPP = "whatsapp"
    WHATSAPP_INTERACTIVE = "whatsapp_interactive"  # a question, yes or no; no code
    EMAIL = "email"


class VonageStatus(StrEnum):
    """Where a verification stands; no call of Vonage's shows these words."""

    RUNNING = "running"
    COMPLETED = "completed"
    EXPIRED = "expired"
    TERMINATED = "terminated"  # by wrong codes
    FAILED = "failed"  # no step could reach the person
    REJECTED = "rejected"  # the person said no
    BLOCKED = "blocked"
    CANCELED = "canceled"


class WorkflowStepStatus(StrEnum):
    """Where a step stands; all but `RUNNING` in Vonage's words."""

    UNUSED = "unused"
    RUNNING = "running"
    COMPLETED = "completed"
    EXPIRED = "expired"
    FAILED = "failed"
    BLOCKED = "blocked"
    USER_REJECTED = "user_rejected"


@frozen(kw_only=True)
class Limits:
    """
    Vonage's numbers.

    Attributes:
        channel_timeout: Of a start that names none: 180 s in document 1.0.1, 300 s in
            0.0.18.
        shortest_timeout: The least that a start may name: 15 s in 1.0.1, 60 s in
            0.0.18 and on Vonage's pricing model "Verify Success".
        wrong_codes: So many wrong codes end a verification.
        cancel_from: How long after its start it can be canceled first.
    """

    channel_timeout: timedelta = timedelta(seconds=180)
    shortest_timeout: timedelta = timedelta(seconds=15)
    wrong_codes: int = 3
    cancel_from: timedelta = timedelta(seconds=30)


@frozen(kw_only=True)
class WorkflowStep:
    """
    One step of a workflow, as asked for and as it went.

    Attributes:
        to: A phone number, digits without a plus sign, or an e-mail address.
        sender: The member `from`, where there was one.
        reuse_code: Whether it sends the code of the step before.
    """

    channel: VonageChannel
    _to: Hidden[str] = field(converter=hidden_address)
    _sender: Hidden[str | None] = field(default=None, converter=hidden_address)
    reuse_code: bool = False
    status: WorkflowStepStatus = WorkflowStepStatus.UNUSED
    began_at: datetime | None = None
    ended_at: datetime | None = None

    to = Revealed[str]()
    sender = Revealed[str | None]()

    @property
    def takes_code(self) -> bool:
        """Whether the person is sent a code, and not a question."""
        return self.channel is not VonageChannel.WHATSAPP_INTERACTIVE


@frozen(kw_only=True)
class VonageVerification:
    """
    One workflow that tries to prove that a person holds an address.

    Attributes:
        request_id: Vonage's name for it, a UUID.
        steps: In order; never empty.
        place: The index of the step that runs, or ran last.
        code: The newest code; it never goes over the wire.
        own_code: Whether the caller brought the code.
        code_length: Of the codes that are drawn.
        channel_timeout: How long a step waits for the person.
        wrong_codes: Wrong codes so far.
        client_ref: The caller's own name for it.
        locale: The language asked for, or else the number's own.
        api_key: The account's, where it is known.
        application_id: The application whose webhooks report it; None where the start
            was authenticated by key and secret.
    """

    request_id: str
    brand: str
    steps: tuple[WorkflowStep, ...]
    place: int = 0
    _code: Hidden[str] = field(default="", converter=hidden_text)
    own_code: bool = False
    code_length: int = 4
    channel_timeout: timedelta
    status: VonageStatus = VonageStatus.RUNNING
    submitted_at: datetime
    wrong_codes: int = 0
    client_ref: str | None = None
    locale: str
    api_key: str | None = None
    application_id: str | None = None

    code = Revealed[str]()

    @property
    def step(self) -> WorkflowStep:
        """The step that runs, or ran last."""
        return self.steps[self.place]

    @property
    def has_next(self) -> bool:
        return self.place + 1 < len(self.steps)

    @property
    def deadline(self) -> datetime:
        """When the running step expires."""
        return (self.step.began_at or self.submitted_at) + self.channel_timeout

    @property
    def needs_new_code(self) -> bool:
        """Whether the next step is to send a code of its own."""
        if self.own_code or not self.has_next:
            return False
        following = self.steps[self.place + 1]
        reuses = following.reuse_code and self.code != ""
        return following.takes_code and not reuses
