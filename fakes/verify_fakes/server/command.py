"""`verify-core serve`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verify_core.files import reason_of

from ..kit._installing import advice
from ..twilio.machine._rules import PROFILES

if TYPE_CHECKING:
    from socket import socket

    from ._app import FakeServerApp
    from ._proxy import Proxy
    from ._serving import VendorsHosts

Command = Callable[..., object]

DEFAULT_PORT = 4010
_VARIABLE = "VERIFY_FAKES_TOKEN"
_SIGNATURE_SECRET = "VONAGE_SIGNATURE_SECRET"  # noqa: S105 - a variable's name
#: Options that only one vendor's fake has, by parameter.
_OF_ONE = {
    "twilio": {"proxy": "--proxy", "proxy_ca": "--proxy-ca"},
    "vonage": {"signature_secret": "--signature-secret"},
}


def _given_or_in_environment(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> str | None:
    # click reads an empty variable as a missing one. Whoever sets one wants a token.
    return os.environ.get(_VARIABLE) if value is None else value  # noqa: TID251 - an option


def _secret_or_in_environment(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> str | None:
    return os.environ.get(_SIGNATURE_SECRET) if value is None else value  # noqa: TID251


def listening(port: int) -> Callable[[Command], Command]:
    """The options of every server; `port` is where it listens by default."""
    options = [
        click.option(
            "--host", default="127.0.0.1", show_default=True, help="Where to listen."
        ),
        click.option(
            "--port",
            type=click.IntRange(0, 65535),
            default=port,
            show_default=True,
            help="Where to listen; 0 takes a free port.",
        ),
        click.option(
            "--seed", type=int, help="Draw the same codes and ids in each run."
        ),
        click.option(
            "--allow-origin",
            metavar="URL",
            multiple=True,
            help="Let pages of this site use the server, such as "
            "http://localhost:3000.",
        ),
        click.option(
            "--side-door-token",
            callback=_given_or_in_environment,
            help=f"Ask for this Bearer token below /_fake/.  [env var: {_VARIABLE}]",
        ),
    ]

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


class _Missing(click.ClickException):
    """A library is missing; there is nothing to say about how the command is used."""

    exit_code = click.UsageError.exit_code


@contextmanager
def plainly() -> Iterator[None]:
    """
    Say what keeps a server from its start in one sentence.

    Raises:
        click.UsageError: A setting is wrong, or a file or an address cannot be had.
        click.ClickException: A library is missing.
    """
    from ._settings import BadSettings

    try:
        yield
    except ModuleNotFoundError as error:
        raise _Missing(advice(error)) from None
    except BadSettings as error:
        raise click.UsageError(f"{error}") from None
    except OSError as error:
        file = error.filename
        fault = f"{file}: {reason_of(error)}" if file else f"{error}"
        raise click.UsageError(fault) from None


def run(app: FakeServerApp, bound: socket, *more: Any, **options: Any) -> None:  # noqa: ANN401 - handed on
    """
    Serve until a signal comes.

    Raises:
        click.ClickException: The standard output failed, such as by a full disk.
    """
    from . import _serving as serving

    try:
        serving.serve(app, bound, *more, **options)
    except OSError as error:
        fault = f"the server has ended: {reason_of(error)}"
        raise click.ClickException(fault) from None


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--vendor",
    type=click.Choice(["twilio", "vonage"]),
    default="twilio",
    show_default=True,
    help="Whose Verify to serve.",
)
@listening(DEFAULT_PORT)
@click.option(
    "--config",
    type=_FILE,
    help="TOML file of the only accounts that are let in; implies --strict.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Let in only what --config declares, and refuse the rest as the vendor does.",
)
@click.option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    default="default",
    show_default=True,
    help="Where the vendor's behaviour varies: which variant to serve.",
)
@click.option(
    "--allow-webhooks-to",
    metavar="HOST",
    multiple=True,
    help="Let webhooks and events go to this host too, not only to this machine.",
)
@click.option(
    "--event-sink",
    metavar="URL",
    multiple=True,
    help="Post the events of accounts that --config does not declare to this URL.",
)
@click.option(
    "--signature-secret",
    callback=_secret_or_in_environment,
    help="Sign those events with this secret (Vonage's only).  "
    f"[env var: {_SIGNATURE_SECRET}]",
)
@click.option(
    "--proxy",
    is_flag=True,
    help="Serve as a proxy for Twilio's hosts too, for clients with a fixed host.",
)
@click.option(
    "--proxy-ca",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the certificate that the proxy's clients must trust here; "
    "implies --proxy.",
)
@click.option(
    "--vendor-hosts",
    type=click.IntRange(0, 65535),
    is_flag=False,
    flag_value=443,
    metavar="[PORT]",
    help="Be taken for the vendor's own hosts, too, over https on port 443, for "
    "clients that know neither base URL nor proxy; prints the line for the hosts file.",
)
@click.option(
    "--hosts-ca",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the certificate that the clients of --vendor-hosts must trust here.",
)
@click.option(
    "--tls-cert",
    type=_FILE,
    help="Serve https with this certificate (PEM), for clients that insist on it.",
)
@click.option(
    "--tls-key",
    type=_FILE,
    help="The certificate's private key, unless it is in the same file.",
)
@click.option(
    "--no-side-door",
    is_flag=True,
    help="Serve no inbox, and below /_fake/ only /_fake/health.",
)
@click.option(
    "--new-token",
    is_flag=True,
    help="Unless a token is given: make one, and print the inbox's address with it.",
)
@click.pass_context
def serve(context: click.Context, /, **options: Any) -> None:  # noqa: ANN401 - by click
    """
    Serve a fake Twilio Verify: point any Twilio SDK at it, read the codes at /.

    With --vendor vonage a fake Vonage Verify v2, with the same inbox.

    Example: verify-core serve --port 4010
    """
    if options["strict"] and options["config"] is None:
        raise click.UsageError(
            "--strict needs --config FILE, which says whom to let in"
        )
    if options["new_token"] and options["no_side_door"]:
        raise click.UsageError("--new-token guards what --no-side-door takes away")
    if options["tls_key"] is not None and options["tls_cert"] is None:
        raise click.UsageError("--tls-key needs --tls-cert FILE")
    if options["hosts_ca"] is not None and options["vendor_hosts"] is None:
        raise click.UsageError("--hosts-ca needs --vendor-hosts")
    _refuse_others(context, options["vendor"])
    _serve(**options)


def _serve(*, host: str, port: int, **options: Any) -> None:  # noqa: ANN401 - by click
    # The server's libraries load after the options are read: help needs none of them.
    made = None
    if options["new_token"] and options["side_door_token"] is None:
        made = options["side_door_token"] = secrets.token_urlsafe(24)
    with ExitStack() as stack:
        with plainly():
            from . import _serving as serving

            tls = serving.tls_context(options["tls_cert"], options["tls_key"])
            bound = stack.enter_context(serving.listen(host, port))
            app = _app(options, loopback_only=serving.is_private(bound))
            proxy = _proxy(options, stack)
            hosts = _vendors_hosts(host, options, stack)
        run(app, bound, proxy, tls=tls, hosts=hosts, new_token=made)


def _proxy(options: dict[str, Any], stack: ExitStack) -> Proxy | None:
    if not options["proxy"] and options["proxy_ca"] is None:
        return None
    from ._authority import opened
    from ._proxy import Proxy

    return Proxy(authority=stack.enter_context(opened(options["proxy_ca"])))


def _vendors_hosts(
    host: str, options: dict[str, Any], stack: ExitStack
) -> VendorsHosts | None:
    if options["vendor_hosts"] is None:
        return None
    from . import _access as access
    from ._authority import opened
    from ._serving import VendorsHosts, listen

    twilio = options["vendor"] == "twilio"
    names = access.TWILIOS if twilio else access.VONAGES
    others = access.TWILIOS_HOSTS if twilio else access.VONAGES_HOSTS
    bound = stack.enter_context(listen(host, options["vendor_hosts"]))
    authority = stack.enter_context(opened(options["hosts_ca"]))
    return VendorsHosts(
        bound=bound,
        tls=authority.context_of_all(names, others),
        names=names,
        certificate=authority.certificate,
    )


def _app(options: dict[str, Any], *, loopback_only: bool) -> FakeServerApp:
    config = options["config"]
    settings = {
        "profile": options["profile"],
        "seed": options["seed"],
        "side_door": not options["no_side_door"],
        "side_door_token": options["side_door_token"],
        "loopback_only": loopback_only,
        "origins": options["allow_origin"],
        "webhook_hosts": options["allow_webhooks_to"],
        "sinks": options["event_sink"],
    }
    if options["vendor"] == "vonage":
        from .vonage._app import FakeVonageApp
        from .vonage._settings import VonageSettings, read_accounts as read_vonages

        return FakeVonageApp(
            VonageSettings(
                accounts=None if config is None else read_vonages(config),
                signature_secret=options["signature_secret"] or "",
                **settings,
            )
        )
    from .twilio._app import FakeTwilioApp
    from .twilio._settings import TwilioSettings, read_accounts

    return FakeTwilioApp(
        TwilioSettings(
            accounts=None if config is None else read_accounts(config),
            **settings,
        )
    )


def _refuse_others(context: click.Context, vendor: str) -> None:
    """
    Refuse the options that only another vendor's fake has.

    Raises:
        click.UsageError: One was given.
    """
    others = [own for name, own in _OF_ONE.items() if name != vendor]
    for name, option in (each for own in others for each in own.items()):
        source = context.get_parameter_source(name)
        if source is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"{option} does not go with --vendor {vendor}")
