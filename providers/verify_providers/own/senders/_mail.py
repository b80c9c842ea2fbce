"""A message as a mail: headers, parts and envelope. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from attrs import field, frozen

from verify_core.errors import InvalidIdentifier, Misconfigured, UnsupportedChannel
from verify_core.identifiers import EmailAddress
from verify_core.masking import Discreet, Hidden, Revealed, hide_bytes, hide_text

from ._sender import Message

# 7bit: every server can carry the mail, and so can those behind it.
_POLICY = SMTP.clone(cte_type="7bit")
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]+@[^\s<>\x00-\x1f\x7f]+")


@frozen(kw_only=True)
class Mail(Discreet):
    """
    A mail with its envelope.

    Attributes:
        sender: Our address, which bounces go to.
        to: The recipient's address.
        data: The mail, ready to be written after DATA: lines end in CRLF, dots at
            their beginning are doubled (RFC 5321, section 4.5.2); without the last dot.
        message_id: Of its header.
        envelope_id: What a report of failure names.
        needs_utf8: Whether its addresses need SMTPUTF8 (RFC 6531).
    """

    sender: str
    _to: Hidden[str] = field(converter=hide_text, repr=False)
    _data: Hidden[bytes] = field(converter=hide_bytes, repr=False)
    message_id: str
    envelope_id: str
    needs_utf8: bool

    to = Revealed[str]("_to")
    data = Revealed[bytes]("_data")

    def from_line(self, offers: Mapping[str, str]) -> str:
        """Return the command MAIL, with what the server offers."""
        utf8 = " SMTPUTF8" if self.needs_utf8 else ""
        # RFC 3461, section 4: with RET=HDRS no bounce repeats the code.
        report = f" RET=HDRS ENVID={self.envelope_id}" if "DSN" in offers else ""
        return f"MAIL FROM:<{self.sender}>{utf8}{report}"

    def to_line(self, offers: Mapping[str, str]) -> str:
        """Return the command RCPT, with what the server offers."""
        report = " NOTIFY=FAILURE" if "DSN" in offers else ""
        return f"RCPT TO:<{self.to}>{report}"


def compose(
    message: Message, *, sender: EmailAddress, sender_name: str, now: datetime
) -> Mail:
    """
    Compose the mail of a message.

    Raises:
        UnsupportedChannel: The message is not for a mailbox.
        InvalidIdentifier: The address cannot stand in a command of SMTP.
        Misconfigured: No mail can hold the subject, brand or text.
    """
    if not isinstance(message.identifier, EmailAddress):
        raise UnsupportedChannel("SMTP: sends to e-mail addresses alone", "smtp")
    to = message.to
    if not _ADDRESS.fullmatch(to):
        raise InvalidIdentifier("SMTP: the address cannot be written", "smtp")
    attempt = re.sub(r"[^A-Za-z0-9-]", "-", message.attempt_id)[:64]
    envelope_id = f"{attempt}.{message.number}"
    # With the time: a mailbox hides a mail that has the id of an earlier one.
    message_id = f"<{envelope_id}.{now:%Y%m%d%H%M%S%f}@{_halves(sender.value)[1]}>"
    needs_utf8 = not to.isascii()
    mail = EmailMessage(policy=_POLICY.clone(utf8=needs_utf8))
    data = b""
    with suppress(ValueError):  # which quotes what cannot be written: not chained
        _fill(mail, message, sender, sender_name)
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = message_id
        # Not folded at 78: some servers do not find a Message-ID on a line of its own.
        long_lines = mail.policy.clone(max_line_length=500)
        data = _stuffed(mail.as_bytes(policy=long_lines))
    if not data:
        raise Misconfigured("SMTP: no mail can hold the subject, brand or text", "smtp")
    return Mail(
        sender=sender.value,
        to=to,
        data=data,
        message_id=message_id,
        envelope_id=envelope_id,
        needs_utf8=needs_utf8,
    )


def _fill(
    mail: EmailMessage, message: Message, sender: EmailAddress, sender_name: str
) -> None:
    name = sender_name or message.brand
    mail["From"] = Address(name, *_halves(sender.value))
    mail["To"] = Address("", *_halves(message.to))
    mail["Subject"] = message.subject or message.brand
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834, section 5
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    mail["Content-Language"] = message.language  # last: content replaces it


def _halves(address: str) -> tuple[str, str]:
    local, _, domain = address.rpartition("@")
    return local, domain


def _stuffed(data: bytes) -> bytes:
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", data)
    return re.sub(rb"(?m)^\.", b"..", lines.removesuffix(b"\r\n")) + b"\r\n"
