"""What is said to a submission server, and what each reply means; without a socket."""

from __future__ import annotations

import email
import email.policy
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import example, given, strategies as st

from tests.support.sending import ADDRESS, CODE, NUMBER, mail, message
from verify_core.errors import (
    InvalidIdentifier,
    Misconfigured,
    NotSent,
    Refused,
    Throttled,
    Unavailable,
    UnsupportedChannel,
)
from verify_core.identifiers import EmailAddress
from verify_core.masking import Secret, hiding
from verify_providers.conversations import run
from verify_providers.own.senders import MaybeSent, Message, Sent
from verify_providers.own.senders._mail import Mail, compose
from verify_providers.own.senders._smtp_conversation import (
    Broken,
    Connect,
    ReplyReader,
    Say,
    Security,
    SmtpDelivery,
    SmtpReply,
    SmtpStage,
    SmtpStep,
    StartTls,
    refusal_kind,
)

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
SENDER = EmailAddress("codes@shop.example")
PASSWORD = "s3cr3t-Pa55"


def composed(sent: Message | None = None) -> Mail:
    return compose(sent or mail(), sender=SENDER, sender_name="", now=NOON)


def delivery(
    *, security: Security = Security.STARTTLS, sent: Message | None = None
) -> SmtpDelivery:
    return SmtpDelivery(
        mail=composed(sent),
        security=security,
        user="codes",
        password=Secret(PASSWORD),
        hiding=hiding(ADDRESS, Secret(CODE), PASSWORD),
    )


def reply(text: str) -> SmtpReply:
    found = ReplyReader().feed(text.replace("\n", "\r\n").encode() + b"\r\n")
    assert found is not None
    return found


OFFERS = "250-mx\n250-STARTTLS\n250-DSN\n250-SMTPUTF8\n250 AUTH PLAIN LOGIN"


class Server:
    """Answers each step; the step of a number is answered otherwise."""

    def __init__(
        self,
        at: int | None = None,
        instead: SmtpReply | Broken | None = None,
        offers: str = OFFERS,
    ) -> None:
        self.steps: list[SmtpStep] = []
        self._at = at
        self._instead = instead
        self.offers = offers

    def __call__(self, step: SmtpStep) -> SmtpReply | Broken | None:
        self.steps.append(step)
        if len(self.steps) - 1 == self._at:
            return self._instead
        if isinstance(step, Connect):
            return reply("220 mx")
        if isinstance(step, StartTls) or not step.awaits_reply:
            return None
        word = step.data.split()[0]
        if word == b"EHLO":
            return reply(self.offers)
        if b"AUTH LOGIN" in step.data or word == b"Y29kZXM=":
            return reply("334 VXNlcm5hbWU6")
        codes = {b"STARTTLS": "220", b"DATA": "354", b"MAIL": "250", b"RCPT": "250"}
        return reply(codes.get(word, "250" if step.gives_away else "235"))

    @property
    def said(self) -> list[str]:
        """What was written, line by line, without the mail."""
        return [
            step.data.decode().rstrip("\r\n")
            for step in self.steps
            if isinstance(step, Say) and not step.data.startswith(b"From:")
        ]


def deliver(server: Server, **how: object) -> Sent | MaybeSent:
    return run(delivery(**how).converse(), server)  # type: ignore[arg-type]


def test_a_delivery_is_a_fixed_sequence() -> None:
    server = Server()

    assert deliver(server) == Sent(vendor_id=composed().message_id)

    assert server.said == [
        "EHLO shop.example",
        "STARTTLS",
        "EHLO shop.example",
        "AUTH PLAIN AGNvZGVzAHMzY3IzdC1QYTU1",
        "MAIL FROM:<codes@shop.example> RET=HDRS ENVID=att-7f3a.1",
        "RCPT TO:<ada.lovelace@mail.example> NOTIFY=FAILURE",
        "DATA",
        ".",
        "QUIT",
    ]


def test_without_plain_there_is_login() -> None:
    server = Server(offers="250-mx\n250-STARTTLS\n250 AUTH CRAM-MD5 LOGIN")

    deliver(server)

    at = server.said.index("AUTH LOGIN")
    assert server.said[at + 1 : at + 3] == ["Y29kZXM=", "czNjcjN0LVBhNTU="]


def test_ways_to_sign_in_may_stand_on_two_lines() -> None:
    server = Server(offers="250-mx\n250-STARTTLS\n250-auth=login\n250 AUTH CRAM-MD5")

    assert isinstance(deliver(server), Sent)

    assert "AUTH LOGIN" in server.said


def test_a_report_of_failure_is_asked_for_only_where_it_is_offered() -> None:
    server = Server(offers="250-mx\n250-STARTTLS\n250 AUTH=PLAIN")

    deliver(server)

    assert "MAIL FROM:<codes@shop.example>" in server.said
    assert "RCPT TO:<ada.lovelace@mail.example>" in server.said


@pytest.mark.parametrize("offers", ["250 mx", "250-mx\n250 AUTH PLAIN"])
def test_without_starttls_nothing_goes_on_in_clear(offers: str) -> None:
    server = Server(offers=offers)

    with pytest.raises(Misconfigured, match="STARTTLS"):
        deliver(server)

    assert server.said == ["EHLO shop.example"]


def test_on_this_machine_it_may_be_missing_but_is_used_where_it_is_offered() -> None:
    missing, offered = Server(offers="250-mx\n250 AUTH PLAIN"), Server()

    deliver(missing, security=Security.IF_OFFERED)
    deliver(offered, security=Security.IF_OFFERED)

    assert "STARTTLS" not in missing.said
    assert "STARTTLS" in offered.said


def test_a_token_signs_in_by_oauth() -> None:
    token = evolve(delivery(security=Security.TLS), is_token=True)
    able = Server(offers="250-mx\n250 AUTH PLAIN XOAUTH2")

    assert isinstance(run(token.converse(), able), Sent)
    with pytest.raises(Misconfigured, match="XOAUTH2"):
        run(token.converse(), Server())
    with pytest.raises(Misconfigured, match="AUTH was answered 334"):
        run(
            token.converse(),
            Server(2, reply("334 eyJzdGF0dXMiOiI0MDEifQ=="), able.offers),
        )

    assert b64decode(able.said[1].removeprefix("AUTH XOAUTH2 ")) == (
        b"user=codes\1auth=Bearer " + PASSWORD.encode() + b"\1\1"
    )


@pytest.mark.parametrize("offers", ["250 mx", "250-mx\n250 AUTH CRAM-MD5 XOAUTH2"])
def test_where_nobody_can_sign_in_a_person_must_look(offers: str) -> None:
    with pytest.raises(Misconfigured, match="PLAIN"):
        deliver(Server(offers=offers), security=Security.TLS)


def test_an_address_beyond_ascii_needs_a_server_that_takes_it() -> None:
    sent = mail(identifier=EmailAddress("ådne@mail.example"))
    able, unable = Server(), Server(offers="250-mx\n250 AUTH PLAIN")

    assert isinstance(deliver(able, sent=sent), Sent)
    with pytest.raises(InvalidIdentifier):
        deliver(unable, sent=sent, security=Security.TLS)

    assert "MAIL FROM:<codes@shop.example> SMTPUTF8" in " ".join(able.said)
    assert "SMTPUTF8 RET=HDRS" in " ".join(able.said)
    assert not any(each.startswith("MAIL") for each in unable.said)


FULL = Server()
deliver(FULL)
DOT = next(
    place
    for place, step in enumerate(FULL.steps)
    if isinstance(step, Say) and step.gives_away
)

RCPT = next(
    place
    for place, step in enumerate(FULL.steps)
    if isinstance(step, Say) and step.data.startswith(b"RCPT")
)


@given(
    at=st.integers(0, len(FULL.steps) - 1),
    instead=st.one_of(
        st.builds(Broken, reason=st.just("gone"), untrusted=st.booleans()),
        st.integers(200, 599).map(lambda code: reply(f"{code} {CODE} {PASSWORD}")),
        st.sampled_from(["421 4.7.0", "554 5.7.1", "250-a\n250"]).map(reply),
    ),
)
@example(at=DOT, instead=Broken(reason="gone"))
@example(at=DOT - 1, instead=Broken(reason="gone"))
@example(at=DOT, instead=reply("354 more"))
def test_only_the_dot_can_be_lost(at: int, instead: SmtpReply | Broken) -> None:
    """Before it everything is "not sent"; after it only a refusal is."""
    server = Server(at, instead)
    outcome: Sent | MaybeSent | NotSent
    try:
        outcome = deliver(server)
    except NotSent as error:
        outcome = error

    code = instead.code if isinstance(instead, SmtpReply) else 0
    assert isinstance(outcome, MaybeSent) == (
        at == DOT and not 200 <= code < 300 and code < 400
    )
    if isinstance(outcome, Sent):
        assert len(server.steps) > DOT
    if isinstance(outcome, NotSent):
        assert at < DOT or code >= 400
        assert len(server.steps) == at + 1
    assert CODE not in str(outcome)
    assert PASSWORD not in str(outcome)


@pytest.mark.parametrize(
    ("stage", "said", "kind"),
    [
        ("connection", "421 busy", Unavailable),
        ("connection", "554 5.7.1 blocked", Unavailable),
        ("EHLO", "504 no", Unavailable),
        ("EHLO", "550 no", Unavailable),
        ("STARTTLS", "454 4.7.0 TLS not available", Unavailable),
        ("AUTH", "454 4.7.0 temporary", Unavailable),
        ("AUTH", "535 5.7.8 bad credentials", Misconfigured),
        ("AUTH", "534 5.7.9 application-specific password", Misconfigured),
        ("AUTH", "530 5.7.0 Must issue a STARTTLS command first", Misconfigured),
        ("MAIL", "451 4.3.0 later", Unavailable),
        ("MAIL", "450 4.7.1 too fast", Throttled),
        ("MAIL", "553 5.7.1 not your address", Misconfigured),
        ("MAIL", "552 5.3.4 too big", Misconfigured),
        ("RCPT", "550 5.1.1 no such user", InvalidIdentifier),
        ("RCPT", "550 no such user", InvalidIdentifier),
        ("RCPT", "551 user not local", InvalidIdentifier),
        ("RCPT", "553 mailbox name not allowed", InvalidIdentifier),
        ("RCPT", "552 5.2.2 over quota", InvalidIdentifier),
        ("RCPT", "550 5.2.1 disabled", InvalidIdentifier),
        ("RCPT", "550 5.4.1 access denied", InvalidIdentifier),
        ("RCPT", "550 5.0.0 user unknown", InvalidIdentifier),
        ("RCPT", "556 5.1.10 takes no mail", InvalidIdentifier),
        ("RCPT", "550 5.1.7 your address", Misconfigured),
        ("RCPT", "550 5.7.1 blocked by policy", Refused),
        ("RCPT", "554 rejected", Refused),
        ("RCPT", "554 5.7.1 <a@b.c>: Relay access denied", Misconfigured),
        ("RCPT", "550 relaying denied", Misconfigured),
        ("RCPT", "550 correlated with abuse", InvalidIdentifier),
        ("RCPT", "530 5.7.0 sign in first", Misconfigured),
        ("RCPT", "550 5.7.8 sign in first", Misconfigured),
        ("RCPT", "503 5.5.1 bad sequence", Misconfigured),
        ("RCPT", "450 4.2.0 greylisted", Unavailable),
        ("RCPT", "451 4.7.1 greylisted", Unavailable),
        ("RCPT", "452 4.2.2 over quota", Unavailable),
        ("RCPT", "452 4.5.3 too many", Throttled),
        ("RCPT", "421 4.7.0 too many", Throttled),
        ("RCPT", "421 closing", Unavailable),
        ("RCPT", "550 4.7.1 the digits disagree", InvalidIdentifier),
        ("DATA", "554 5.7.1 policy", Refused),
        ("DATA", "554 5.5.1 no valid recipients", Unavailable),
        ("DATA", "451 later", Unavailable),
        ("DATA", "250 out of place", Unavailable),
        ("mail", "451 4.7.1 later", Unavailable),
        ("mail", "421 closing", Unavailable),
        ("mail", "550 5.7.1 spam", Refused),
        ("mail", "554 spam", Refused),
        ("mail", "552 5.3.4 too big", Misconfigured),
        ("mail", "550 5.1.1 no such user", InvalidIdentifier),
    ],
)
def test_a_refusal_means_what_its_stage_and_codes_say(
    stage: str, said: str, kind: type[NotSent]
) -> None:
    places = {
        f"the {each}": SmtpStage(f"the {each}") for each in ("connection", "mail")
    }
    found = places.get(f"the {stage}") or SmtpStage(stage)

    assert refusal_kind(found, reply(said)) is kind


def test_a_refusal_shows_what_the_server_said_but_for_codes_and_addresses() -> None:
    said = reply(f"550-5.1.1 <{ADDRESS.value}>:  unknown\n550 5.1.1 code {CODE}")

    with pytest.raises(InvalidIdentifier) as caught:
        deliver(Server(RCPT, said))

    assert caught.value.vendor_code == "550 5.1.1"
    assert caught.value.provider == "smtp"
    assert str(caught.value) == (
        "SMTP: RCPT was answered 550: 5.1.1 <***>: unknown 5.1.1 code ***"
    )
    assert "lovelace" not in str(caught.value)
    assert CODE not in str(caught.value)


@given(
    st.lists(
        st.text(st.characters(codec="ascii", categories=["L", "N", "P"])), min_size=1
    ),
    st.lists(st.integers(0, 200), max_size=5),
)
def test_a_reply_is_the_same_however_it_comes_in_pieces(
    lines: list[str], cuts: list[int]
) -> None:
    last = len(lines) - 1
    data = "".join(
        f"250{'-' if place < last else ' '}{line}\r\n"
        for place, line in enumerate(lines)
    ).encode()
    reader, replies = ReplyReader(), []
    edges = sorted({0, *cuts, len(data)})
    for begin, end in pairwise(edges):
        replies.append(reader.feed(data[begin:end]))

    assert [each for each in replies if each] == [
        SmtpReply(code=250, text="\n".join(lines))
    ]
    reader.require_turn()


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"99 too short\r\n",
        b"150 not of SMTP\r\n",
        b"250ok\r\n",
        b"250-one\r\n251 two\r\n",
        b"\x16\x03\x01\x02\x00\x01\n",
        b"250 " + b"x" * 9_000,
        b"250-x\r\n" * 10_000,
    ],
)
def test_what_is_no_reply_is_not_read(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"too long|not a reply"):
        ReplyReader().feed(data)


def test_one_reply_follows_another() -> None:
    reader = ReplyReader()

    assert reader.feed(b"250-one\r\n250 two\r\n354 go") == SmtpReply(
        code=250, text="one\ntwo"
    )
    assert reader.feed(b" on\r\n") == SmtpReply(code=354, text="go on")
    assert reader.feed(b"") is None
    reader.require_turn()


def test_what_comes_before_it_was_asked_for_is_noticed() -> None:
    reader = ReplyReader()
    reader.feed(b"220 go ahead\r\n250 injected\r\n")

    with pytest.raises(ValueError, match="out of turn"):
        reader.require_turn()


def parsed(sent: Mail) -> email.message.EmailMessage:
    data = sent.data.replace(b"\r\n..", b"\r\n.")
    return email.message_from_bytes(data, policy=email.policy.default)  # type: ignore[return-value]


HEADERS = {
    "From",
    "To",
    "Subject",
    "Content-Language",
    "Auto-Submitted",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
}


def test_a_mail_has_its_headers_and_its_text_first() -> None:
    found = parsed(composed())

    assert set(found.keys()) == HEADERS
    assert found["From"] == "Shop <codes@shop.example>"
    assert found["To"] == ADDRESS.value
    assert found["Subject"] == "Your Shop code"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Date"].datetime == NOON
    assert found["Message-ID"] == "<att-7f3a.1.20261128120000000000@shop.example>"
    text, html = found.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == (
        "text/plain",
        "text/html",
    )
    assert text.get_content().rstrip() == mail().text
    assert html.get_content().rstrip() == mail().html


def test_a_message_id_stands_on_the_line_of_its_name() -> None:
    sent = composed(mail(attempt_id="a" * 64))

    assert f"\r\nMessage-ID: {sent.message_id}\r\n".encode() in sent.data


def test_a_mail_without_html_is_one_part() -> None:
    assert parsed(composed(mail(html=""))).get_content_type() == "text/plain"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(subject=TEXTS, brand=TEXTS, text=TEXTS, attempt=TEXTS)
@example(subject="a\r\nBcc: eve@mail.example", brand="b", text="c", attempt="d")
@example(subject="a\n b", brand="b\rBcc: x@y.example", text=".\r\n.\r\n", attempt="> x")
@example(subject="a\x0bBcc: e", brand="b\x0cBcc: e", text="\x1c.", attempt="d\r\nRCPT")
@example(subject="a\u2028Bcc: e", brand="b\x85Bcc: e", text="c\n.\nd", attempt="d")
@example(subject='"', brand='Shop" <eve@mail.example>', text="c", attempt="d")
def test_no_value_gets_out_of_its_place(
    subject: str, brand: str, text: str, attempt: str
) -> None:
    """Neither into another header, nor another recipient, nor past the dot."""
    sent = mail(subject=subject, brand=brand, text=text, attempt_id=attempt)
    try:
        made = composed(sent)
    except Misconfigured as error:
        assert subject not in str(error) or len(subject) < 3  # noqa: PT017
        return

    found = parsed(made)
    assert set(found.keys()) <= HEADERS
    assert len(found.keys()) == len(set(found.keys()))
    assert [each.addr_spec for each in found["From"].addresses] == [SENDER.value]
    assert [each.addr_spec for each in found["To"].addresses] == [ADDRESS.value]
    assert b"\r\n.\r\n" not in made.data
    assert b"\n" not in made.data.replace(b"\r\n", b"")
    assert b"\r" not in made.data.replace(b"\r\n", b"")
    assert made.data.isascii()
    for command in (made.from_line({"DSN": ""}), made.to_line({"DSN": ""})):
        assert command.isprintable()
        assert command.count(">") == 1


def test_the_code_and_the_address_show_in_no_value() -> None:
    shown = repr([composed(), delivery(), *FULL.steps, reply(f"250 {CODE}")])

    assert CODE not in shown
    assert PASSWORD not in shown
    assert "lovelace" not in shown


def test_a_number_is_not_for_a_mailbox() -> None:
    with pytest.raises(UnsupportedChannel):
        composed(message(identifier=NUMBER))


@pytest.mark.parametrize("half", ["\ud800"])
@pytest.mark.parametrize("where", ["subject", "brand", "text", "html"])
def test_half_a_character_is_refused_before_anything_is_said(
    half: str, where: str
) -> None:
    with pytest.raises(Misconfigured):
        composed(mail(**{where: f"{CODE}{half}"}))


_: Callable[[SmtpStep], SmtpReply | Broken | None] = Server()
