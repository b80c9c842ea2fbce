"""The Collector's buttons: which there are, what they say, what they stand for."""

from __future__ import annotations

from attrs import field, frozen

from ..validation import any_text, flag
from . import _export as export
from ._callbacks import ConfirmationCallback
from ._outcomes import Outcome


@frozen(kw_only=True)
class Buttons:
    """
    The buttons under the code field; shown where resend or cancel is.

    Attributes:
        show_resend: Whether a code can be asked for again.
        show_cancel: Whether the person can give up.
        resend: Label.
        cancel: Label.
        next: Label of the one that checks the code; the default.

    Raises:
        InvalidSetting: A field of another type; names it.
    """

    show_resend: bool = field(default=False, validator=flag)
    show_cancel: bool = field(default=False, validator=flag)
    resend: str = field(default="resend", validator=any_text)
    cancel: str = field(default="cancel", validator=any_text)
    next: str = field(default="next", validator=any_text)

    @classmethod
    def from_export(cls, attributes: export.Attributes) -> Buttons:
        """
        The buttons in a node's attributes.

        Raises:
            InvalidSetting: An attribute is malformed; names it.
        """
        return cls(
            show_resend=export.flag(attributes, "showResendButton", default=False),
            show_cancel=export.flag(attributes, "showCancelButton", default=False),
            resend=export.text(attributes, "resendButtonText", "resend"),
            cancel=export.text(attributes, "cancelButtonText", "cancel"),
            next=export.text(attributes, "nextButtonText", "next"),
        )

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What the buttons after the first stand for, in order."""
        shown = {Outcome.RESEND: self.show_resend, Outcome.CANCEL: self.show_cancel}
        return tuple(outcome for outcome, is_shown in shown.items() if is_shown)

    @property
    def labels(self) -> tuple[str, ...]:
        """What to show, the first button included."""
        of = {Outcome.RESEND: self.resend, Outcome.CANCEL: self.cancel}
        return (self.next, *(of[outcome] for outcome in self.outcomes))

    def pressed(self, answer: ConfirmationCallback | None) -> Outcome | None:
        """The outcome of the button pressed, or None for the first or a strange one."""
        if answer is None or not 1 <= answer.selected_index <= len(self.outcomes):
            return None
        return self.outcomes[answer.selected_index - 1]
