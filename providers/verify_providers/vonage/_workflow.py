"""What a reference remembers of its workflow: which steps, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import evolve, frozen

from verify_core.channels import Channel
from verify_core.validation import aware_utc
from verify_core.verification import VerificationRef

DEFAULT_TIMEOUT = timedelta(seconds=180)
MIN_TIMEOUT = timedelta(seconds=15)
MAX_TIMEOUT = timedelta(seconds=900)
"""How long one step may last. Source: Vonage, Verify API 1.0.1, `channel_timeout`."""

MAX_STEPS = 3
"""Source: Vonage, Verify API 1.0.1, `workflow`: 1 to 3 items."""

_MOST_STORED = 16
"""Steps of a reference that an earlier version made, which stays readable."""

CANCEL_OPENS = timedelta(seconds=30)
"""From when on a request can be canceled, until its second step begins.

Source: Vonage, Verify API 1.0.1, operation cancelRequest.
"""


@frozen(kw_only=True)
class Workflow:
    """
    The steps of one request.

    Vonage goes on to the next step by itself when one's time is over, and only its
    webhooks say so; so where a workflow stands is reckoned, not known.
    """

    channels: tuple[Channel, ...]
    timeout: timedelta  # of each step
    step: int = 0  # the one last reached by a call of the provider
    reached_at: datetime
    unsure: int = 0  # steps up to that one which a lost answer leaves in doubt

    @classmethod
    def of(cls, ref: VerificationRef) -> Workflow:
        """The reference's; one step of Vonage's own length if it does not say."""
        return cls.from_data(ref.vendor_data) or cls(
            channels=(ref.channel,), timeout=DEFAULT_TIMEOUT, reached_at=ref.created_at
        )

    def step_at(self, now: datetime) -> int:
        """The step that runs now, or ran last."""
        gone = (now - self.reached_at) // self.timeout
        return min(self.step + max(gone, 0), len(self.channels) - 1)

    def next_channels(self, now: datetime) -> tuple[Channel, ...]:
        """The channels that the next step may have; empty where no step is left."""
        following = self.step_at(now) + 1
        return self.channels[following - self.unsure : following + 1]

    def advanced(self, now: datetime) -> Workflow:
        """The workflow one step further on, or on its last step."""
        step = min(self.step_at(now) + 1, len(self.channels) - 1)
        return evolve(self, step=step, reached_at=now)

    def doubted(self) -> Workflow:
        """The same, where it is unknown whether the last step was taken."""
        return evolve(self, unsure=min(self.unsure + 1, self.step))

    @property
    def ends_at(self) -> datetime:
        """When the last step's time is over, if nothing ends the request before."""
        return self.reached_at + self.timeout * (len(self.channels) - self.step)

    def is_cancelable(self, created_at: datetime, now: datetime) -> bool:
        """Whether a cancel falls into the window that Vonage opens for it."""
        return created_at + CANCEL_OPENS <= now and self.step_at(now) == 0

    def to_data(self) -> dict[str, str]:
        return {
            "workflow": ",".join(self.channels),
            "timeout": str(int(self.timeout.total_seconds())),
            "step": str(self.step),
            "reached_at": self.reached_at.isoformat(),
            "unsure": str(self.unsure),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> Workflow | None:
        """What `to_data` wrote; None for anything else."""
        try:
            channels = tuple(Channel(word) for word in data["workflow"].split(","))
            found = cls(
                channels=channels,
                timeout=timedelta(seconds=int(data["timeout"])),
                step=int(data["step"]),
                unsure=int(data["unsure"]),
                reached_at=aware_utc(datetime.fromisoformat(data["reached_at"])),
            )
        except (KeyError, ValueError, OverflowError):
            return None
        in_order = 0 <= found.unsure <= found.step < len(channels) <= _MOST_STORED
        lasting = timedelta(0) < found.timeout <= MAX_TIMEOUT
        return found if in_order and lasting else None
