"""`verify-core demo`: one login, played in the terminal by the two nodes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from ..channels import Channel
from ..errors import InvalidSetting
from ..nodes import (
    Action,
    Callback,
    CollectorDecisionNode,
    ConfirmationCallback,
    NameCallback,
    NodeState,
    Outcome,
    PasswordCallback,
    SenderNode,
    TextOutputCallback,
    TreeContext,
)
from ..nodes._bookkeeping import IDENTIFIER_KEY
from ..phone import PhonePolicy
from ..provider import VerifyProvider
from ._ending import ExitStatus, asked, explain

_STATUS = {
    Outcome.TRUE: ExitStatus.DONE,
    Outcome.FALSE: ExitStatus.NO,
    Outcome.CANCEL: ExitStatus.NO,
    Outcome.ERROR: ExitStatus.ERROR,
}


def play(
    provider: VerifyProvider,
    *,
    to: str | None,
    channel: Channel | None,
    policy: PhonePolicy,
    answer_from_inbox: bool,
    as_json: bool,
) -> ExitStatus:
    """
    Play one login to its end.

    Args:
        provider: Sends and checks; a fake also shows its messages.
        to: The identifier; None asks for it.
        channel: None takes e-mail for an address and a text message otherwise.
        policy: How phone numbers are read.
        answer_from_inbox: Whether to take the code from the fake's outbox.
        as_json: Whether to print one JSON object at the end and nothing before.

    Raises:
        InvalidSetting: The code is to come from an outbox that the provider lacks.
    """
    if answer_from_inbox and not hasattr(provider, "outbox"):
        raise InvalidSetting(
            "--answer-from-inbox", f"provider {provider.name!r} shows no messages"
        )
    # Asked on standard error where standard output is to stay one JSON object.
    text = asked("Phone number or e-mail address", err=as_json) if to is None else to
    by = channel or (Channel.EMAIL if "@" in text else Channel.SMS)
    sender = SenderNode(provider=provider, channel=by, policy=policy)
    login = _Login(provider, as_json=as_json, from_inbox=answer_from_inbox)
    login.state.put_shared(IDENTIFIER_KEY, text)
    action = login.send(sender)
    while action.outcome is Outcome.TRUE:
        action = login.collect()
        if action.outcome is not Outcome.RESEND:
            break
        action = login.send(sender)
    return login.report(action)


class _Login:
    """One person's way through both nodes."""

    def __init__(
        self, provider: VerifyProvider, *, as_json: bool, from_inbox: bool
    ) -> None:
        self.state = NodeState()
        self._provider: Any = provider  # a fake has an outbox besides
        self._as_json = as_json
        self._from_inbox = from_inbox
        self._collector = CollectorDecisionNode.from_export(
            {"hideCode": False, "showResendButton": True, "showCancelButton": True},
            provider=provider,
        )

    def send(self, sender: SenderNode) -> Action:
        """Enter the Sender, which finds the identifier in state and asks nothing."""
        action = sender.process(TreeContext(state=self.state))
        if action.outcome is Outcome.TRUE:
            self._show_message()
        return action

    def collect(self) -> Action:
        """Ask for codes until one is right, or nothing more can come of it."""
        answers: tuple[Callback, ...] = ()
        while True:
            context = TreeContext(state=self.state, callbacks=answers)
            action = self._collector.process(context)
            # Without a person at the keyboard, a wrong code stays wrong.
            again = action.outcome is Outcome.FALSE and not self._from_inbox
            if action.outcome is not None and not again:
                return action
            answers = self._answers(action.callbacks) if action.callbacks else ()

    def report(self, action: Action) -> ExitStatus:
        """Print the outcome and what it left in state, or what went wrong."""
        outcome = action.outcome or Outcome.ERROR
        status = _STATUS[outcome]
        if action.error is not None:
            return explain(action.error, as_json=self._as_json, status=status)
        state = dict(self.state.shared)
        if self._as_json:
            click.echo(json.dumps({"outcome": outcome, "state": state}))
        else:
            shown = json.dumps(state, indent=2, ensure_ascii=False)
            click.echo(f"Outcome: {outcome}\nNode state: {shown}")
        return status

    def _show_message(self) -> None:
        if self._as_json:
            return
        if not hasattr(self._provider, "outbox"):
            click.echo(f"A code is on its way through {self._provider.name}.")
            return
        message = self._provider.outbox[-1]
        click.echo(f"[{message.channel} to {message.to}] {message.body}")

    def _answers(self, callbacks: Sequence[Callback]) -> tuple[Callback, ...]:
        for callback in callbacks:
            if isinstance(callback, TextOutputCallback) and not self._as_json:
                click.echo(callback.message)
        typed = self._typed()
        return tuple(_answered(callback, typed) for callback in callbacks)

    def _typed(self) -> str:
        if self._from_inbox:
            code: str = self._provider.outbox[-1].code
            if not self._as_json:
                click.echo(f"Code: {code}  (read from the outbox)")
            return code
        return asked("Code (or resend, cancel)", err=self._as_json)


def _answered(callback: Callback, typed: str) -> Callback:
    if isinstance(callback, ConfirmationCallback) and typed in callback.options:
        return callback.selected(callback.options.index(typed))
    if isinstance(callback, NameCallback | PasswordCallback):
        return callback.answered(typed)
    return callback
