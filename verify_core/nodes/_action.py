"""Action: what a node answers; it moves on by an outcome, or stays and asks."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen

from ..errors import InputError, InvalidSetting, VerifyError
from ..explain import ErrorRecord
from ._callbacks import Callback
from ._outcomes import NodeResult, Outcome


@frozen(kw_only=True)
class Action:
    """
    Either an outcome or callbacks to show; made by `go_to` and `send`.

    Attributes:
        outcome: Where the journey goes on, or None while the node asks.
        callbacks: What to ask; empty beside an outcome.
        error: What went wrong, as it stands in state too.
        cause: The error behind it, masked, for a developer's log; None where a verdict
            is the reason.
    """

    outcome: Outcome | None = None
    callbacks: tuple[Callback, ...] = ()
    error: ErrorRecord | None = None
    cause: InputError | InvalidSetting | VerifyError | None = field(
        default=None, eq=False
    )

    def __attrs_post_init__(self) -> None:
        if (self.outcome is None) is (not self.callbacks):
            raise InvalidSetting("callbacks", "an action has an outcome or callbacks")

    @classmethod
    def send(cls, callbacks: Iterable[Callback]) -> Action:
        """
        Stay on this node and ask.

        Raises:
            InvalidSetting: There is nothing to ask.
        """
        return cls(callbacks=tuple(callbacks))

    @classmethod
    def go_to(
        cls,
        result: Outcome | NodeResult,
        *,
        cause: InputError | InvalidSetting | VerifyError | None = None,
    ) -> Action:
        """Move on; a result's writes are the node's business, not the action's."""
        if isinstance(result, NodeResult):
            return cls(outcome=result.outcome, error=result.error, cause=cause)
        return cls(outcome=result)
