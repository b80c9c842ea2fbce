"""
Submission of one mail over SMTP: what is said, and what each answer means. Pure.

The conversation yields a step and receives a `SmtpReply`, or `Broken` where no reply
came. It gives the mail away with one step, the line with the single dot: before it,
whatever goes wrong is "not sent"; after it, only a refusal is (RFC 5321, section 4.2.5:
after a negative reply the server must not deliver).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Generator, Mapping
from enum import StrEnum
from typing import TypeAlias, TypeVar

from attrs import field, frozen

from verify_core.errors import (
    InvalidIdentifier,
    Misconfigured,
    NotSent,
    Refused,
    Throttled,
    Unavailable,
)
from verify_core.masking import (
    Discreet,
    Hidden,
    Hiding,
    Revealed,
    Secret,
    hide_bytes,
    hide_text,
)

from ._mail import Mail
from ._sender import MaybeSent, Sent

T = TypeVar("T")

NAME = "smtp"
_MAX_LINE = 8_192
_MAX_REPLY = 65_536
_REPLY_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)


@frozen(kw_only=True)
class SmtpReply(Discreet):
    """
    A complete reply.

    Attributes:
        code: Its three digits.
        text: Its lines as the server wrote them, without the code.
    """

    code: int
    _text: Hidden[str] = field(converter=hide_text, repr=False)

    text = Revealed[str]("_text")

    @property
    def status(self) -> str:
        """Code, a space, and the enhanced code of RFC 3463, if there is one."""
        found = re.match(r"([245])\.[0-9]{1,3}\.[0-9]{1,3}(?=\s|$)", self.text)
        fits = found is not None and found[1] == f"{self.code}"[0]
        return f"{self.code} {found[0] if found is not None and fits else ''}"


class ReplyReader:
    """Makes replies of bytes, however they were cut into pieces."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._size = 0
        self._lines: list[str] = []
        self._code = b""

    def require_turn(self) -> None:
        """
        Raise `ValueError` if more has come than the reply.

        Before TLS it may come from an attacker: RFC 3207, section 6.
        """
        if self._buffer or self._lines:
            raise ValueError("the server spoke out of turn")

    def feed(self, data: bytes) -> SmtpReply | None:
        """
        Take what has come, and return the reply if it is complete.

        Raises:
            ValueError: It is not a reply of SMTP, or does not end.
        """
        self._buffer += data
        self._size += len(data)
        while b"\n" in self._buffer:
            line, _, rest = bytes(self._buffer).partition(b"\n")
            self._buffer = bytearray(rest)
            if self._take(line.removesuffix(b"\r")):
                reply = SmtpReply(code=int(self._code), text="\n".join(self._lines))
                self._lines, self._code, self._size = [], b"", len(rest)
                return reply
        if len(self._buffer) > _MAX_LINE or self._size > _MAX_REPLY:
            raise ValueError("too long")
        return None

    def _take(self, line: bytes) -> bool:
        """Take a line; whether it is the last one of its reply."""
        found = _REPLY_LINE.fullmatch(line)
        if found is None or (self._code and found[1] != self._code):
            raise ValueError("not a reply")
        self._code = found[1]
        self._lines.append((found[3] or b"").decode("utf-8", "replace"))
        return found[2] != b"-"


@frozen(kw_only=True)
class Broken:
    """
    No reply came, or the step could not be done.

    Attributes:
        reason: One sentence.
        untrusted: Whether the server's certificate is the reason.
    """

    reason: str
    untrusted: bool = False


@frozen(kw_only=True)
class Connect:
    """A step: open the connection, with TLS from the first byte or without."""

    tls: bool


@frozen(kw_only=True)
class StartTls:
    """A step: begin TLS, verified, on the open connection; the reply is of no use."""


@frozen(kw_only=True)
class Say(Discreet):
    """
    A step: write this and, unless `awaits_reply` is false, read the reply.

    Attributes:
        data: What is written: whole lines.
        gives_away: Whether the mail has left with it.
    """

    _data: Hidden[bytes] = field(converter=hide_bytes, repr=False)
    awaits_reply: bool = True
    gives_away: bool = False

    data = Revealed[bytes]("_data")


def _line(text: str) -> Say:
    return Say(data=f"{text}\r\n".encode())


SmtpStep: TypeAlias = Connect | StartTls | Say
SmtpConversation: TypeAlias = Generator[SmtpStep, SmtpReply | Broken | None, T]


class SmtpStage(StrEnum):
    """Where a refusal came, by what it answers."""

    CONNECT = "the connection"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "the mail"


# By stage: what a status begins with, and the error; the first that fits. The first
# digit decides, then the enhanced code; a bare code only without one.
# Source: RFC 5321, section 4.2; RFC 3463, section 3; RFC 4954, section 6; RFC 7504.
_REFUSALS: Mapping[SmtpStage, tuple[tuple[str, type[NotSent]], ...]] = {
    SmtpStage.CONNECT: (("[45]", Unavailable),),  # 554 is often a block list of hosts
    SmtpStage.EHLO: (("[45]", Unavailable),),
    SmtpStage.STARTTLS: (("4", Unavailable), ("5", Misconfigured)),
    # 334: XOAUTH2 says why it refuses, and asks for an empty line.
    SmtpStage.AUTH: (("4", Unavailable), ("334|5", Misconfigured)),
    SmtpStage.MAIL: (
        (r"4.. 4\.7\.", Throttled),
        ("4", Unavailable),
        ("5", Misconfigured),  # our own address, or the size
    ),
    SmtpStage.RCPT: (
        (r"452 4\.5\.3|421 4\.7\.", Throttled),
        ("4", Unavailable),  # greylisting, too
        (r"530|5.. 5\.7\.(8|9|11|14)\b", Misconfigured),  # how we sign in
        (r"5.. 5\.1\.[78]\b", Misconfigured),  # our own address
        (r"5.. 5\.7\.", Refused),
        (r"5.. 5\.(1\.|2\.[0-2]\b|4\.|6\.7\b)", InvalidIdentifier),
        (r"55[0-3] 5\.[05]\.0\b", InvalidIdentifier),  # "undefined": the code says it
        ("(550|551|552|553|556) $", InvalidIdentifier),
        ("554 $", Refused),
        ("5", Misconfigured),
    ),
    SmtpStage.DATA: (
        ("4", Unavailable),
        (r"5.. 5\.7\.", Refused),
        ("5", Unavailable),
    ),
    SmtpStage.DOT: (
        ("4", Unavailable),
        (r"5.. 5\.7\.", Refused),  # content or policy
        (r"5.. 5\.(1\.[0-6]\b|2\.[0-2]\b)", InvalidIdentifier),
        ("554 $", Refused),
        ("5", Misconfigured),
    ),
}
_RELAY = re.compile(r"\brelay", re.IGNORECASE)


def refusal_kind(stage: SmtpStage, reply: SmtpReply) -> type[NotSent]:
    """Return the error for a reply that is not the one a stage asks for."""
    is_relay = reply.code >= 500 and _RELAY.search(reply.text)  # noqa: PLR2004
    if stage is SmtpStage.RCPT and is_relay:
        return Misconfigured  # "relay denied": it does not know us
    for pattern, kind in _REFUSALS[stage]:
        if re.match(pattern, reply.status):
            return kind
    return Unavailable  # a yes out of place


def refused(stage: SmtpStage, reply: SmtpReply, hiding: Hiding) -> NotSent:
    """The error for such a reply, with what the server said, masked."""
    status = reply.status.strip()
    said = hiding.mask(" ".join(reply.text.split()), limit=200)
    return refusal_kind(stage, reply)(
        f"SMTP: {stage} was answered {reply.code}: {said}", NAME, vendor_code=status
    )


class Security(StrEnum):
    """What protects a connection; see `SmtpSender`."""

    STARTTLS = "starttls"
    TLS = "tls"
    CLEAR = "clear"
    IF_OFFERED = "if-offered"


@frozen(kw_only=True)
class SmtpDelivery:
    """
    One mail on its way to a submission server.

    Attributes:
        mail: What is delivered, and to whom.
        security: What protects the connection.
        user: Who signs in, or empty.
        password: The user's, or an access token of OAuth 2.0.
        is_token: Which of the two.
        hiding: What no message of an error may show.
    """

    mail: Mail
    security: Security
    user: str
    password: Secret
    is_token: bool = False
    hiding: Hiding

    def converse(self) -> SmtpConversation[Sent | MaybeSent]:
        """
        Deliver the mail.

        Raises:
            NotSent: It certainly did not leave.
        """
        mail = self.mail
        tls = self.security is Security.TLS
        yield from self._ask(SmtpStage.CONNECT, Connect(tls=tls), 220)
        offers = yield from self._hello()
        if self.security in {Security.STARTTLS, Security.IF_OFFERED}:
            offers = yield from self._start_tls(offers)
        if self.user:
            yield from self._sign_in(offers.get("AUTH", "").upper().split())
        if mail.needs_utf8 and "SMTPUTF8" not in offers:
            raise InvalidIdentifier("SMTP: the server takes no such address", NAME)
        yield from self._ask(SmtpStage.MAIL, _line(mail.from_line(offers)), 250)
        yield from self._ask(SmtpStage.RCPT, _line(mail.to_line(offers)), 250, 251)
        yield from self._ask(SmtpStage.DATA, _line("DATA"), 354)
        written = yield Say(data=mail.data, awaits_reply=False)
        if isinstance(written, Broken):
            raise self._broken(SmtpStage.DATA, written)
        reply = yield Say(data=b".\r\n", gives_away=True)
        return (yield from self._read_last(reply))

    def _read_last(
        self, reply: SmtpReply | Broken | None
    ) -> SmtpConversation[Sent | MaybeSent]:
        if not isinstance(reply, SmtpReply):
            reason = reply.reason if reply else "no reply"
            return MaybeSent(reason=f"SMTP: after {SmtpStage.DOT}: {reason}")
        if reply.code >= 400:  # noqa: PLR2004 - RFC 5321, section 4.2.1
            raise refused(SmtpStage.DOT, reply, self.hiding)
        if reply.code >= 300:  # noqa: PLR2004
            return MaybeSent(reason=f"SMTP: {SmtpStage.DOT} was answered {reply.code}")
        yield Say(data=b"QUIT\r\n", awaits_reply=False)  # may fail: all is done
        return Sent(vendor_id=self.mail.message_id)

    def _hello(self) -> SmtpConversation[Mapping[str, str]]:
        domain = self.mail.sender.rpartition("@")[2]
        reply = yield from self._ask(SmtpStage.EHLO, _line(f"EHLO {domain}"), 250)
        offers: dict[str, str] = {}
        for line in reply.text.split("\n")[1:]:
            # "AUTH=PLAIN" is how servers wrote it before RFC 2554.
            keyword, _, values = line.replace("=", " ", 1).partition(" ")
            offers[keyword.upper()] = f"{offers.get(keyword.upper(), '')} {values}"
        return offers

    def _start_tls(
        self, offers: Mapping[str, str]
    ) -> SmtpConversation[Mapping[str, str]]:
        if "STARTTLS" not in offers:
            if self.security is Security.IF_OFFERED:
                return offers
            raise Misconfigured(
                "SMTP: the server offers no STARTTLS; see security", NAME
            )
        yield from self._ask(SmtpStage.STARTTLS, _line("STARTTLS"), 220)
        begun = yield StartTls()
        if isinstance(begun, Broken):
            raise self._broken(SmtpStage.STARTTLS, begun)
        return (yield from self._hello())  # what was said in clear does not count

    def _sign_in(self, mechanisms: list[str]) -> SmtpConversation[None]:
        user, password = self.user, self.password.reveal()
        if re.search("[\0\1]", user + password):
            raise Misconfigured("SMTP: user or password hold a control character", NAME)
        if self.is_token:  # Google, "XOAUTH2 mechanism"; Microsoft has the same
            token = _base64(f"user={user}\1auth=Bearer {password}\1\1")
            known, lines = "XOAUTH2", [f"AUTH XOAUTH2 {token}"]
        elif "PLAIN" in mechanisms:  # RFC 4616
            pair = _base64(f"\0{user}\0{password}")
            known, lines = "PLAIN", [f"AUTH PLAIN {pair}"]
        else:  # draft-murchison-sasl-login
            known = "LOGIN"
            lines = ["AUTH LOGIN", _base64(user), _base64(password)]
        if known not in mechanisms:
            ways = "XOAUTH2" if self.is_token else "PLAIN nor LOGIN"
            raise Misconfigured(f"SMTP: the server offers no AUTH {ways}", NAME)
        codes = [334] * (len(lines) - 1) + [235]
        for line, code in zip(lines, codes, strict=True):
            yield from self._ask(SmtpStage.AUTH, _line(line), code)

    def _ask(
        self, stage: SmtpStage, step: SmtpStep, *codes: int
    ) -> SmtpConversation[SmtpReply]:
        reply = yield step
        if isinstance(reply, SmtpReply):
            if reply.code in codes:
                return reply
            raise refused(stage, reply, self.hiding)
        raise self._broken(stage, reply or Broken(reason="no reply"))

    def _broken(self, stage: SmtpStage, broken: Broken) -> NotSent:
        kind = Misconfigured if broken.untrusted else Unavailable
        return kind(f"SMTP: at {stage}: {broken.reason}", NAME)


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
