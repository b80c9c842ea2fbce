"""Senders made of a function: an application's own, or Django's mail."""

from __future__ import annotations

import inspect
import smtplib
import socket
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from verify_core.channels import Channel
from verify_core.errors import InvalidSetting, Misconfigured, Unavailable, VerifyError
from verify_core.frames import unframed
from verify_core.masking import hiding
from verify_core.validation import require_function, require_text

from ._sender import MaybeSent, Message, Sent
from ._smtp_conversation import SmtpReply, SmtpStage, refused


class CallableSender:
    """
    Sends by calling a function with each `Message`.

    What the function returns or raises says what became of the message:

    - None, a `Sent`, True or a number above 0 (as from Django's `send_mail`): sent.
    - False or 0: `Unavailable`.
    - An error of `verify_core.errors`: that error. Only so can it say "not sent".
    - `MaybeSent`, any other value or any other exception: may have been sent, since
      a function that fails may have failed after sending. Logs see the exception's
      type and line, not its text, in which the code may stand.

    Args:
        function: Takes the message; called from several threads at once.

    Raises:
        InvalidSetting: It cannot be called, or is awaited.
    """

    def __init__(self, function: Callable[[Message], object]) -> None:
        if _is_awaited(function):
            raise InvalidSetting("function", "is awaited; use AsyncCallableSender")
        self._function = require_function("function", function)

    @unframed
    def send(self, message: Message) -> Sent | MaybeSent:
        """Call the function once, with the message."""
        try:
            found = self._function(message)
        except VerifyError:
            raise
        except Exception as error:  # noqa: BLE001 - a function may raise anything
            return _failed(error)
        if inspect.isawaitable(found):
            if inspect.iscoroutine(found):
                found.close()
            raise Misconfigured("the function is awaited: use AsyncCallableSender")
        return _read(found)


class AsyncCallableSender:
    """
    Sends by awaiting an `async def` function; otherwise like `CallableSender`.

    Raises:
        InvalidSetting: It cannot be called.
    """

    def __init__(self, function: Callable[[Message], Awaitable[object]]) -> None:
        self._function = require_function("function", function)

    @unframed
    async def send(self, message: Message) -> Sent | MaybeSent:
        """Call the function once, and await what it returns."""
        try:
            return _read(await self._function(message))
        except VerifyError:
            raise
        except Exception as error:  # noqa: BLE001 - a function may raise anything
            return _failed(error)


class DjangoMailSender(CallableSender):
    """
    Sends mail through Django's `EMAIL_BACKEND`, anymail's included.

    What an SMTP server refuses, or a connection that is refused, was not sent; any
    other exception of the back end is `MaybeSent`.

    Args:
        from_email: The sender's address; None is `DEFAULT_FROM_EMAIL`.

    Raises:
        InvalidSetting: Django is not installed.
    """

    channels = (Channel.EMAIL,)

    def __init__(self, *, from_email: str | None = None) -> None:
        if from_email is not None:
            require_text("from_email", from_email)
        try:
            mails: Any = import_module("django.core.mail")
        except ImportError:
            raise InvalidSetting("sender", "needs Django") from None

        def deliver(message: Message) -> object:
            mail: Any = mails.EmailMultiAlternatives(
                message.subject,
                message.text,
                from_email,
                [message.to],
                headers={"Auto-Submitted": "auto-generated"},  # RFC 3834, section 5
            )
            if message.html:
                mail.attach_alternative(message.html, "text/html")
            try:
                return mail.send()
            except _SMTP_REFUSALS as error:
                refusal = _refusal(error, message)
            raise refusal

        super().__init__(deliver)


_SMTP_REFUSALS = (
    smtplib.SMTPResponseException,
    smtplib.SMTPRecipientsRefused,
    ConnectionRefusedError,
    socket.gaierror,
)
_STAGES: Mapping[type, SmtpStage] = {
    smtplib.SMTPConnectError: SmtpStage.CONNECT,
    smtplib.SMTPHeloError: SmtpStage.EHLO,
    smtplib.SMTPAuthenticationError: SmtpStage.AUTH,
    smtplib.SMTPSenderRefused: SmtpStage.MAIL,
    smtplib.SMTPDataError: SmtpStage.DOT,
}


def _refusal(error: Exception, message: Message) -> VerifyError:
    """The error for one of `_SMTP_REFUSALS`: no mail was taken."""
    stage, code = _STAGES.get(type(error), SmtpStage.CONNECT), 0
    said: bytes | str = b""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        stage, (code, said) = SmtpStage.RCPT, next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, said = error.smtp_code, error.smtp_error
    else:
        return Unavailable(f"SMTP: at {stage}: {type(error).__name__}")
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    hidden = hiding(message.identifier, message.code, message.text)
    return refused(stage, SmtpReply(code=code, text=text), hidden)


def _is_awaited(function: object) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 - not whether, but how
    )


def _read(found: object) -> Sent | MaybeSent:
    if isinstance(found, Sent | MaybeSent):
        return found
    if found is None or (isinstance(found, int) and found > 0):
        return Sent()
    if isinstance(found, int):
        raise Unavailable("the function says that nothing was sent")
    kind = type(found).__name__
    return MaybeSent(reason=f"the function returned {kind}, which says nothing")


def _failed(error: Exception) -> MaybeSent:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = ""
    if trace is not None:
        place = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})"
    return MaybeSent(reason=f"the function raised {type(error).__name__}{place}")
