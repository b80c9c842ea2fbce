"""The commands; further ones come in through the entry-point group `COMMAND_GROUP`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, NoReturn

import click

from .. import __version__
from ..channels import Channel
from ..explain import record_of
from ..phone import PhonePolicy, read_phone
from ..registry import PROVIDER_VARIABLE, load_provider, provider_names
from ..tokens import from_token, to_token
from ..verification import Started, Verdict
from ..verifier import Verifier
from . import _policies as policies
from ._announced import AnnouncedCommands
from ._audit import audit
from ._demo import play
from ._ending import (
    ExitStatus,
    asked,
    ended,
    json_option,
    leave,
    line_of_input,
    show,
)
from ._journeys import journey
from ._keys import token_keys
from ._read_numbers import read_numbers

COMMAND_GROUP = "verify_core.commands"

_STATUS_OF_VERDICT = {
    Verdict.APPROVED: ExitStatus.DONE,
    Verdict.WRONG_CODE: ExitStatus.NO,
}
"""Any other verdict is an error: no further guess can succeed."""

_STATUS_OF_LAWS = {
    "kept": ExitStatus.DONE,
    "broken": ExitStatus.NO,
    "unknown": ExitStatus.ERROR,
}


class _Commands(AnnouncedCommands):
    """The commands of this distribution, and those of installed packages."""

    announced = COMMAND_GROUP

    def main(
        self,
        args: Sequence[str] | None = None,
        *further: Any,  # noqa: ANN401 - click's, handed on
        **extra: Any,  # noqa: ANN401 - click's, handed on
    ) -> NoReturn:
        """Run one command; its end is `ended`'s, not click's."""
        arguments = list(sys.argv[1:] if args is None else args)
        options = arguments[: [*arguments, "--"].index("--")]
        extra["standalone_mode"] = False

        def run() -> object:
            return super(_Commands, self).main(args, *further, **extra)

        sys.exit(ended(run, as_json="--json" in options))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def verify_core() -> None:
    """
    Send one-time passcodes and check them; offline, or for real.

    Exit status: 0 done, 2 wrong usage or settings, 3 no (a wrong code, a broken
    law), 4 error or Ctrl-C.
    """


verify_core.add_command(journey)
verify_core.add_command(read_numbers)
verify_core.add_command(audit)

_provider_option = partial(
    click.option,
    "--provider",
    "url",
    metavar="URL",
    envvar=PROVIDER_VARIABLE,
    show_envvar=True,
    help="Which provider: fake://, twilio://, … Secrets may stay in the environment.",
)
_channel_option = partial(
    click.option, "--channel", type=click.Choice(list(Channel), case_sensitive=False)
)


@verify_core.command()
@click.option(
    "--to", metavar="TEXT", help="Phone number or e-mail address; else asked."
)
@_channel_option(help="How the code travels. Default: sms, or email for an address.")
@click.option(
    "--answer-from-inbox",
    is_flag=True,
    help="Type nothing: read the code from the fake's outbox.",
)
@_provider_option(default="fake://", show_default=True)
@policies.by_options
@json_option
def demo(
    to: str | None,
    channel: str | None,
    url: str,
    *,
    policy: PhonePolicy,
    answer_from_inbox: bool,
    as_json: bool,
) -> None:
    """
    Play a login: the Sender sends a code, the Collector checks it.

    Example: verify-core demo --to "1(555)323-1234" --answer-from-inbox
    """
    status = play(
        load_provider(url),
        to=to,
        channel=None if channel is None else Channel(channel),
        policy=policy,
        answer_from_inbox=answer_from_inbox,
        as_json=as_json,
    )
    leave(status)


@verify_core.command()
@click.argument("to")
@_channel_option(default="sms", show_default=True, help="How the code travels.")
@_provider_option()
@click.option("--locale", metavar="TAG", help="Language of the message, such as de.")
@click.option(
    "--resend",
    metavar="REFERENCE",
    help="Send again for the verification that an earlier send printed.",
)
@policies.by_options
@json_option
def send(
    to: str,
    channel: str,
    url: str | None,
    locale: str | None,
    resend: str | None,
    *,
    policy: PhonePolicy,
    as_json: bool,
) -> None:
    """
    Send a passcode and print a sealed reference for `check`.

    Example: verify-core send --provider twilio:// "+1 555 323 1234"

    fake:// forgets when the command ends; `demo` plays both sides in one.
    """
    verifier = Verifier(load_provider(url), policy)
    keys = token_keys(os.environ)  # noqa: TID251 - the shell's door
    previous = None if resend is None else from_token(resend.strip(), keys, now=_now())
    started = verifier.start(to, channel, previous=previous, locale=locale)
    token = to_token(started.ref, keys, now=_now())
    if not as_json:
        if "previous" in started.ignored_hints:
            click.echo(_ANOTHER, err=True)
        click.echo(_sent_line(started), err=True)
    show(
        {
            "reference": token,
            "delivery": started.delivery,
            "channel": started.channel,
            "identifier": str(started.ref.identifier),
            "expires_at": started.expires_at and started.expires_at.isoformat(),
            "ignored_hints": list(started.ignored_hints),
        },
        token,
        as_json=as_json,
    )


@verify_core.command()
@click.argument("reference", required=False)
@click.option("--code", help="The code; else the line after the reference, or asked.")
@_provider_option()
@json_option
def check(
    reference: str | None, code: str | None, url: str | None, *, as_json: bool
) -> None:
    """
    Check a passcode; the reference comes as an argument or on standard input.

    Example: verify-core check --code 123456 < reference.txt
    """
    if reference in {None, "-"}:
        reference = line_of_input()
        code = code or line_of_input()
    elif code is None:
        code = _typed_code()
    if not reference.strip():
        raise click.UsageError(
            "reference: pass it, or pipe it in, as `send` printed it"
        )
    if not code.strip():
        raise click.UsageError("code: pass --code, or a second line on standard input")
    verifier = Verifier(load_provider(url))
    keys = token_keys(os.environ)  # noqa: TID251 - the shell's door
    ref = from_token(reference.strip(), keys, now=_now())
    result = verifier.check(ref, code)
    shown: dict[str, object] = {
        "verdict": result.verdict,
        "attempts_remaining": result.attempts_remaining,
        "retry_allowed": result.retry_allowed,
    }
    if result.verdict is not Verdict.APPROVED:
        shown["error"] = record_of(result.verdict).to_json()
    show(shown, result.verdict, as_json=as_json)
    leave(_STATUS_OF_VERDICT.get(result.verdict, ExitStatus.ERROR))


@verify_core.command("read-number")
@click.argument("text")
@policies.by_options
@json_option
def read_number(text: str, *, policy: PhonePolicy, as_json: bool) -> None:
    """
    Read a phone number and say how it was understood.

    Example: verify-core read-number "1(555)323-1234"
    """
    number = read_phone(text, policy)
    values = {
        "e164": number.e164,
        "calling_code": number.calling_code,
        "region": number.region,
        "provenance": number.provenance,
    }
    lines = "\n".join(f"{name}: {value}" for name, value in values.items())
    show(values, lines, as_json=as_json)


@verify_core.command()
@json_option
def providers(*, as_json: bool) -> None:
    """
    List the providers that are installed.

    Example: verify-core providers --json
    """
    names = provider_names()
    show({"providers": names}, "\n".join(names), as_json=as_json)


@verify_core.command()
@click.option(
    "--bench",
    "place",
    metavar="MODULE:NAME",
    required=True,
    help="A Harness or StoreHarness, or a function that gives one, or a Bench.",
)
@click.option("--case", "names", metavar="NAME", multiple=True, help="Only this case.")
@json_option
def conformance(place: str, names: tuple[str, ...], *, as_json: bool) -> None:
    """
    Hold a provider, or a store of codes, of your own to the laws of its protocol.

    Exit status: 0 all laws are kept; 3 one is broken; 4 unknown, since the bench
    failed.

    Example: verify-core conformance --bench my_package.bench:make
    """
    from ..testing import _reports as reports

    report = reports.of(place, names)
    show(report.to_json(), report.to_text(), as_json=as_json)
    leave(_STATUS_OF_LAWS[report.laws.value])


def _typed_code() -> str:
    if sys.stdin is not None and sys.stdin.isatty():
        return asked("Code", hidden=True, err=True)
    return line_of_input()


_ANOTHER = "The reference is of another number or provider: this is a new verification."


def _sent_line(started: Started) -> str:
    way = started.channel or started.ref.channel
    verb = "Sent" if started.delivery == "sent" else "Perhaps sent"
    return f"{verb} a code by {way} to {started.ref.identifier}. Reference:"


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the shell's door
