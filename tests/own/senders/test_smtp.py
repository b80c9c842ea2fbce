"""Mail through a real server, and through one that cuts, stalls and dribbles."""

from __future__ import annotations

import asyncio
import email.policy
import logging
import socket
import ssl
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from hypothesis import example, given, settings, strategies as st

from tests.support.mail_server import (
    LONG,
    PASSWORD,
    USER,
    MailServer,
    bytes_of,
    sender_to,
)
from tests.support.sending import ADDRESS, CODE, WAYS, Send, mail, send_awaited
from verify_core.errors import (
    InvalidIdentifier,
    Misconfigured,
    NotSent,
    Refused,
    Unavailable,
)
from verify_core.identifiers import EmailAddress
from verify_providers.own.senders import MaybeSent, Sent

SHORT = timedelta(milliseconds=150)


# --- a real server -------------------------------------------------------------------


class Certificates:
    """Authorities and a server's contexts."""

    def __init__(self, folder: Path) -> None:
        authority, stranger = trustme.CA(), trustme.CA()
        self.trusted = folder / "trusted.pem"
        authority.cert_pem.write_to_path(self.trusted)
        self.server = self._context(authority, "127.0.0.1", "localhost")
        self.strange = self._context(stranger, "127.0.0.1")
        self.old = self._context(authority, "127.0.0.1")
        self.old.maximum_version = ssl.TLSVersion.TLSv1_2
        self.of_another_host = self._context(authority, "mx.elsewhere.example")

    @staticmethod
    def _context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(made)
        return made


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


class Mailbox:
    """What aiosmtpd hands over, and what it answers to RCPT and to the mail."""

    def __init__(self, rcpt: str = "250 2.1.5 ok", data: str = "250 2.0.0 ok") -> None:
        self.envelopes: list[Envelope] = []
        self.sessions: list[Session] = []
        self._rcpt = rcpt
        self._data = data

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: object,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self._rcpt

    async def handle_DATA(  # noqa: N802 - likewise
        self, server: object, session: Session, envelope: Envelope
    ) -> str:
        self.envelopes.append(envelope)
        self.sessions.append(session)
        return self._data


@contextmanager
def real_server(mailbox: Mailbox, **options: Any) -> Iterator[int]:  # noqa: ANN401
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def signs_in(server: object, *how: object) -> AuthResult:
    data = how[-1]
    assert isinstance(data, LoginPassword)
    good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=good)


def test_a_real_server_takes_the_mail(send: Send) -> None:
    mailbox = Mailbox()

    with real_server(mailbox) as port:
        outcome = send(sender_to(port), mail())

    (envelope,) = mailbox.envelopes
    assert envelope.mail_from == "codes@shop.example"
    assert envelope.rcpt_tos == [ADDRESS.value]
    content = envelope.content
    assert isinstance(content, bytes)
    found: Any = email.message_from_bytes(content, policy=email.policy.default)
    assert outcome == Sent(vendor_id=found["Message-ID"])
    assert found.get_body(["plain"]).get_content().strip() == mail().text
    assert found.get_body(["html"]).get_content().strip() == mail().html
    assert CODE not in found["Subject"]


@pytest.mark.parametrize(
    "text", [".", "..\n.\n", "a\n.b\n", "Ваш код: 204816\n", "x" * 2000]
)
def test_any_text_arrives_as_it_was(send: Send, text: str) -> None:
    mailbox = Mailbox()

    with real_server(mailbox) as port:
        send(sender_to(port), mail(text=text, html=""))

    content = mailbox.envelopes[0].content
    assert isinstance(content, bytes)
    found: Any = email.message_from_bytes(content, policy=email.policy.default)
    assert found.get_content().splitlines() == text.splitlines()


@pytest.mark.parametrize("implicit", [False, True])
def test_it_signs_in_within_tls(
    send: Send, certificates: Certificates, *, implicit: bool
) -> None:
    mailbox = Mailbox()
    tls = (
        {"ssl_context": certificates.server}
        if implicit
        else {
            "tls_context": certificates.server,
            "require_starttls": True,
        }
    )

    with real_server(
        mailbox, authenticator=signs_in, auth_require_tls=not implicit, **tls
    ) as port:
        outcome = send(
            sender_to(
                port,
                user=USER,
                password=PASSWORD,
                security="tls" if implicit else "starttls",
                ca_file=certificates.trusted,
            ),
            mail(),
        )

    assert isinstance(outcome, Sent)
    assert mailbox.sessions[0].authenticated
    if not implicit:
        assert mailbox.sessions[0].ssl


def test_a_wrong_password_is_for_a_person_to_mend(send: Send) -> None:
    mailbox = Mailbox()

    with (
        real_server(mailbox, authenticator=signs_in, auth_require_tls=False) as port,
        pytest.raises(Misconfigured, match="535") as caught,
    ):
        send(sender_to(port, user=USER, password="another"), mail())

    assert caught.value.vendor_code == "535 5.7.8"
    assert mailbox.envelopes == []


def test_a_password_is_read_anew_for_each_message(send: Send) -> None:
    mailbox = Mailbox()
    passwords = iter(["another", PASSWORD])

    with real_server(mailbox, authenticator=signs_in, auth_require_tls=False) as port:
        sender = sender_to(port, user=USER, password=lambda: next(passwords))
        with pytest.raises(Misconfigured):
            send(sender, mail())
        assert isinstance(send(sender, mail()), Sent)


@pytest.mark.parametrize("security", ["starttls", "tls", None])
@pytest.mark.parametrize("which", ["strange", "of_another_host"])
def test_a_certificate_that_cannot_be_trusted_ends_it(
    send: Send, certificates: Certificates, which: str, security: str | None
) -> None:
    server = MailServer(tls=getattr(certificates, which), implicit=security == "tls")

    with (
        server.running(),
        pytest.raises(Misconfigured, match="certificate"),
    ):
        send(
            sender_to(
                server.port,
                security=security,
                ca_file=certificates.trusted,
                user=USER,
                password=PASSWORD,
            ),
            mail(),
        )

    assert not {"AUTH", "MAIL", "DATA"} & set(server.commands)


def test_what_was_injected_before_tls_is_not_read(
    send: Send, certificates: Certificates
) -> None:
    """RFC 3207, section 6; CVE-2011-0411 and its kin."""
    server = MailServer(
        tls=certificates.server,
        answers={"STARTTLS": "220 go ahead\n250 injected"},
    )

    with server.running(), pytest.raises(Unavailable):
        send(
            sender_to(server.port, security="starttls", ca_file=certificates.trusted),
            mail(),
        )

    assert "MAIL" not in server.commands


def test_a_refusal_by_a_real_server_is_not_sent(send: Send) -> None:
    with (
        real_server(Mailbox(rcpt="550 5.1.1 no such user")) as port,
        pytest.raises(InvalidIdentifier),
    ):
        send(sender_to(port), mail())
    with (
        real_server(Mailbox(data="554 5.7.1 policy")) as port,
        pytest.raises(Refused),
    ):
        send(sender_to(port), mail())


def test_an_address_beyond_ascii_arrives(send: Send) -> None:
    mailbox = Mailbox()

    with real_server(mailbox, enable_SMTPUTF8=True) as port:
        send(sender_to(port), mail(identifier=EmailAddress("ådne@mail.example")))

    assert mailbox.envelopes[0].rcpt_tos == ["ådne@mail.example"]
    assert mailbox.envelopes[0].smtp_utf8


# --- a server that breaks ------------------------------------------------------------

BEFORE_DATA = bytes_of("", "EHLO", "AUTH", "MAIL", "RCPT", "DATA")
IN_ALL = BEFORE_DATA + bytes_of(".")


def outcome_of(
    send: Send, server: MailServer, timeout: timedelta = LONG, **options: object
) -> Sent | MaybeSent | NotSent:
    with server.running():
        sender = sender_to(
            server.port, user=USER, password=PASSWORD, timeout=timeout, **options
        )
        try:
            outcome: Sent | MaybeSent | NotSent = send(sender, mail())
        except NotSent as error:
            outcome = error
    return outcome


def require_truth(server: MailServer, outcome: Sent | MaybeSent | NotSent) -> None:
    """The law: "not sent" never after the dot, "maybe" never before the mail."""
    assert server.cut_at is not None
    if server.took:
        assert not isinstance(outcome, NotSent)
    if server.cut_at < BEFORE_DATA:
        assert type(outcome) is Unavailable
        assert not server.took
    elif server.cut_at < IN_ALL:
        assert isinstance(outcome, MaybeSent)
    else:
        assert isinstance(outcome, Sent)
    shown = f"{outcome!r} {outcome}"
    assert not [each for each in (CODE, PASSWORD, "lovelace") if each in shown]


CUTS = st.integers(0, IN_ALL + 2)


@settings(max_examples=30)
@given(way=st.sampled_from(sorted(WAYS)), cut_at=CUTS, resets=st.booleans())
@example(way="blocking", cut_at=BEFORE_DATA - 1, resets=False)
@example(way="awaited", cut_at=BEFORE_DATA - 1, resets=False)
@example(way="blocking", cut_at=BEFORE_DATA, resets=True)
@example(way="awaited", cut_at=BEFORE_DATA, resets=True)
@example(way="blocking", cut_at=IN_ALL - 1, resets=False)
@example(way="awaited", cut_at=IN_ALL - 1, resets=False)
def test_wherever_the_connection_breaks_the_verdict_is_true(
    way: str, cut_at: int, *, resets: bool
) -> None:
    server = MailServer(cut_at=cut_at, resets=resets)

    require_truth(server, outcome_of(WAYS[way], server))


@settings(max_examples=10)
@given(way=st.sampled_from(sorted(WAYS)), cut_at=CUTS)
@example(way="blocking", cut_at=BEFORE_DATA)
@example(way="awaited", cut_at=BEFORE_DATA)
def test_wherever_the_server_falls_silent_the_verdict_is_true(
    way: str, cut_at: int
) -> None:
    server = MailServer(cut_at=cut_at, stalls=True)

    require_truth(server, outcome_of(WAYS[way], server, SHORT))


def test_within_tls_it_is_the_same(send: Send, certificates: Certificates) -> None:
    for cut_at in (BEFORE_DATA // 2, 10 * IN_ALL):
        server = MailServer(cut_at=cut_at, tls=certificates.server)

        outcome = outcome_of(send, server, ca_file=certificates.trusted)

        assert isinstance(outcome, Sent if cut_at > IN_ALL else Unavailable)
    server = MailServer(answers={".": "999"}, tls=certificates.server)

    outcome = outcome_of(send, server, ca_file=certificates.trusted)

    assert isinstance(outcome, MaybeSent)


def greet_within_the_handshake(listener: socket.socket, tls: ssl.SSLContext) -> None:
    """Send the end of the handshake and the greeting as one; then hang up."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = tls.wrap_bio(incoming, outgoing, server_side=True)
    connection, _ = listener.accept()
    with connection:
        while True:
            try:
                server.do_handshake()
                break
            except ssl.SSLWantReadError:
                connection.sendall(outgoing.read())
                incoming.write(connection.recv(65536))
        server.write(b"554 5.7.1 go away\r\n")
        connection.sendall(outgoing.read())
        connection.recv(65536)


def test_a_greeting_may_come_with_the_end_of_the_handshake(
    send: Send, certificates: Certificates
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(
            target=greet_within_the_handshake,
            args=(listener, certificates.old),
            daemon=True,
        )
        thread.start()
        with pytest.raises(Unavailable, match="go away"):
            send(
                sender_to(
                    listener.getsockname()[1],
                    security="tls",
                    ca_file=certificates.trusted,
                    timeout=timedelta(seconds=3),
                ),
                mail(),
            )
        thread.join(timeout=5)


def test_bytes_that_come_one_by_one_are_a_reply(send: Send) -> None:
    assert isinstance(outcome_of(send, MailServer(dribbles=True)), Sent)


@pytest.mark.parametrize(
    ("command", "said", "kind"),
    [
        ("", "554 5.7.1 blocked", Unavailable),
        ("", "HTTP/1.1 400 Bad Request", Unavailable),
        ("EHLO", "502 no", Unavailable),
        ("EHLO", "250 no AUTH", Misconfigured),
        ("AUTH", "535 5.7.8 no", Misconfigured),
        ("MAIL", "550 5.7.1 not yours", Misconfigured),
        ("RCPT", "550 5.1.1 unknown", InvalidIdentifier),
        ("RCPT", "550 5.7.1 blocked", Refused),
        ("DATA", "250 ok", Unavailable),
        ("DATA", "354 go on\n250 taken", Unavailable),
        (".", "421 4.3.2 closing", Unavailable),
        (".", "550 5.7.1 spam", Refused),
    ],
)
def test_a_refusal_of_any_stage_is_not_sent(
    send: Send, command: str, said: str, kind: type[NotSent]
) -> None:
    server = MailServer(answers={command: said})

    assert type(outcome_of(send, server)) is kind
    assert server.took == (command == ".")


@pytest.mark.parametrize(
    "said", ["354 go on", "garbage", "250-never\n251 ended", "199 x"]
)
def test_a_last_reply_that_cannot_be_read_is_maybe(send: Send, said: str) -> None:
    assert isinstance(outcome_of(send, MailServer(answers={".": said})), MaybeSent)


def test_a_cut_at_the_goodbye_changes_nothing(send: Send) -> None:
    server = MailServer(answers={"QUIT": "421 gone"}, cut_at=IN_ALL)

    assert isinstance(outcome_of(send, server), Sent)


@pytest.mark.parametrize("secure", [False, True])
def test_a_mail_that_could_not_be_written_whole_is_not_sent(
    send: Send, certificates: Certificates, *, secure: bool
) -> None:
    server = MailServer(reads_mail=False, tls=certificates.server if secure else None)

    with server.running(), pytest.raises(Unavailable):
        send(
            sender_to(server.port, timeout=SHORT * 3, ca_file=certificates.trusted),
            mail(html="<p>" + "x " * 3_000_000),
        )
    assert not server.took


def test_bytes_that_come_now_and_then_do_not_move_the_deadline(send: Send) -> None:
    server = MailServer(dribbles=True, pause_s=SHORT.total_seconds() / 5)

    outcome = outcome_of(send, server, SHORT)

    assert type(outcome) is Unavailable
    assert "in time" in str(outcome)


def test_one_deadline_holds_for_the_whole_delivery() -> None:
    ticks = iter(range(1_000))
    server = MailServer()

    with server.running(), pytest.raises(Unavailable, match="in time"):
        sender_to(
            server.port, timeout=timedelta(seconds=4), monotonic=lambda: next(ticks)
        ).send(mail())

    assert "DATA" not in server.commands


@pytest.mark.parametrize("host", ["127.0.0.1", "nowhere.invalid"])
def test_without_a_connection_nothing_was_sent(send: Send, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(Unavailable, match="connection"):
        send(sender_to(port, host=host), mail())


def test_two_hundred_deliveries_that_hang_take_no_thread() -> None:
    async def run(port: int, quick: int) -> None:
        hanging = sender_to(port, timeout=timedelta(seconds=60)).awaited()
        tasks = [asyncio.create_task(hanging.send(mail())) for _ in range(200)]
        for _ in range(100):
            await asyncio.sleep(0)
        before = threading.active_count()

        outcome = await sender_to(quick).awaited().send(mail())

        assert isinstance(outcome, Sent)
        assert threading.active_count() <= before + 1  # of the server
        for task in tasks:
            task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in found)

    quick = MailServer()
    with (
        socket.create_server(("127.0.0.1", 0), backlog=1000) as silent,
        quick.running(),
    ):
        asyncio.run(run(silent.getsockname()[1], quick.port))


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not for Windows")
@pytest.mark.parametrize("reads_mail", [True, False])
def test_on_uvloop_it_is_the_same(
    certificates: Certificates, *, reads_mail: bool
) -> None:
    import uvloop

    server = MailServer(tls=certificates.server, reads_mail=reads_mail)
    sent = mail(html="<p>" + "x " * (1_000 if reads_mail else 3_000_000))
    with (
        server.running(),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        sender = sender_to(
            server.port,
            timeout=LONG if reads_mail else SHORT * 3,
            ca_file=certificates.trusted,
        )
        if reads_mail:
            assert isinstance(runner.run(sender.awaited().send(sent)), Sent)
        else:
            with pytest.raises(Unavailable):
                runner.run(sender.awaited().send(sent))


def test_a_cancelled_delivery_says_that_the_mail_may_have_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def run(server: MailServer) -> None:
        sending = asyncio.create_task(sender_to(server.port).awaited().send(mail()))
        await asyncio.to_thread(server.taken.wait, 10)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    server = MailServer(cut_at=BEFORE_DATA, stalls=True)
    with server.running():
        asyncio.run(run(server))

    assert "a***@mail.example may have left" in caplog.text


@pytest.mark.parametrize("cut_at", [0, BEFORE_DATA - 2, BEFORE_DATA, 10_000])
def test_code_password_and_address_show_nowhere(
    send: Send, cut_at: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f"550 5.1.1 <{ADDRESS.value}> {CODE} {PASSWORD}"
    shown = []
    for answers in ({}, {"RCPT": echo}, {".": echo}):
        outcome = outcome_of(send, MailServer(cut_at=cut_at, answers=answers))
        shown.append(f"{outcome!r} {outcome}")
        if isinstance(outcome, NotSent):
            found = traceback.TracebackException.from_exception(
                outcome, capture_locals=True
            )
            # The frame of this module holds the message; those of the sender must not.
            shown += [str(each) for each in found.stack.format() if "verify_" in each]

    for secret in (CODE, PASSWORD, "lovelace"):
        assert secret not in "".join(shown)
        assert secret not in caplog.text


# --- settings ------------------------------------------------------------------------


def test_no_other_thread_waits_while_a_delivery_is_awaited() -> None:
    """Not even for the address of the server, where it is a number."""
    server = MailServer()

    async def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError

    with (
        server.running(),
        patch.object(asyncio.BaseEventLoop, "run_in_executor", refuse),
    ):
        assert isinstance(send_awaited(sender_to(server.port), mail()), Sent)


_: Callable[[], Mailbox] = Mailbox
