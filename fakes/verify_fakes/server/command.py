"""`verify-core serve`."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ..kit._installing import advice
from ..twilio.machine._rules import PROFILES
from ._settings import BadSettings, Settings, read_accounts

if TYPE_CHECKING:
    from ._proxy import Proxy
    from .vonage._app import FakeVonageApp

DEFAULT_PORT = 4010
_VARIABLE: Final = "VERIFY_FAKES_TOKEN"


def _gone(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
    """
    Refuse the option that kept accounts in a file.

    Raises:
        click.UsageError: It was given.
    """
    if value is not None:
        raise click.UsageError(
            "--state is gone: accounts live in memory and end with the server. "
            "--config declares accounts and services, --seed gives the same codes again"
        )


def _given_or_in_environment(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> str | None:
    # click takes an empty variable for none. Whoever sets one means to have a token.
    return os.environ.get(_VARIABLE) if value is None else value  # noqa: TID251 - an option


@click.command()
@click.option(
    "--vendor",
    type=click.Choice(["twilio", "vonage"]),
    default="twilio",
    show_default=True,
    help="Whose Verify to serve.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="0 takes a free one.",
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file with accounts, tokens, keys and services; implies --strict.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Let in only what --config declares, and refuse the rest as Twilio does.",
)
@click.option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    default="default",
    show_default=True,
    help="Which of several faithful behaviours.",
)
@click.option("--seed", type=int, help="The same codes and sids again.")
@click.option(
    "--state",
    hidden=True,
    expose_value=False,
    callback=_gone,
    help="Gone; kept to say so.",
)
@click.option(
    "--allow-webhooks-to",
    metavar="HOST",
    multiple=True,
    help="A host besides this machine that webhooks and events may go to.",
)
@click.option(
    "--event-sink",
    metavar="URL",
    multiple=True,
    help="Where events are posted to, of accounts that no --config declares.",
)
@click.option(
    "--allow-origin",
    metavar="URL",
    multiple=True,
    help="A site whose pages may use the server, such as http://localhost:3000.",
)
@click.option(
    "--proxy",
    is_flag=True,
    help="Be a proxy for Twilio's hosts too, for clients that cannot be redirected.",
)
@click.option(
    "--proxy-ca",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the certificate goes that the proxy's clients trust; implies --proxy.",
)
@click.option(
    "--tls-cert",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Serve https with this certificate (PEM), for clients that insist on it.",
)
@click.option(
    "--tls-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its private key, where it is not in the same file.",
)
@click.option(
    "--no-side-door",
    is_flag=True,
    help="No inbox, and nothing of /_fake/ but /_fake/health.",
)
@click.option(
    "--side-door-token",
    callback=_given_or_in_environment,
    help=f"Bearer token that /_fake/ asks for.  [env var: {_VARIABLE}]",
)
@click.pass_context
def serve(  # noqa: PLR0913, PLR0917 - one for each option
    context: click.Context,
    vendor: str,
    host: str,
    port: int,
    config: Path | None,
    profile: str,
    seed: int | None,
    allow_webhooks_to: tuple[str, ...],
    event_sink: tuple[str, ...],
    allow_origin: tuple[str, ...],
    tls_cert: Path | None,
    tls_key: Path | None,
    side_door_token: str | None,
    *,
    proxy: bool,
    proxy_ca: Path | None,
    strict: bool,
    no_side_door: bool,
) -> None:
    """
    Serve a fake Twilio Verify: point any Twilio SDK at it, read the codes at /.

    With --vendor vonage a fake Vonage Verify v2, whose codes are at /_fake/messages.

    Example: verify-core serve --port 4010
    """
    if strict and config is None:
        raise click.UsageError("--strict needs --config FILE to know whom to let in")
    if tls_key is not None and tls_cert is None:
        raise click.UsageError("--tls-key needs --tls-cert FILE")
    if vendor == "vonage":
        _refuse_twilios(context)
    # The server's libraries load after the options are read: help needs none of them.
    proxying: AbstractContextManager[Proxy | None] = nullcontext()
    try:
        from . import _serving as serving
        from ._app import FakeServerApp

        if proxy or proxy_ca is not None:
            from ._proxy import opened

            proxying = opened(proxy_ca)
    except ModuleNotFoundError as error:
        raise click.ClickException(advice(error)) from None
    stack = ExitStack()
    app: FakeServerApp | FakeVonageApp
    try:
        tls = serving.Tls.of(tls_cert, tls_key)
        bound = serving.listen(host, port)
        stack.callback(bound.close)
        private = serving.is_private(bound)
        if vendor == "vonage":
            app = _vonage(
                config,
                profile=profile,
                seed=seed,
                side_door=not no_side_door,
                side_door_token=side_door_token,
                loopback_only=private,
                origins=allow_origin,
            )
        else:
            settings = Settings(
                accounts=None if config is None else read_accounts(config),
                profile=profile,
                seed=seed,
                side_door=not no_side_door,
                side_door_token=side_door_token,
                loopback_only=private,
                origins=allow_origin,
                webhook_hosts=allow_webhooks_to,
                sinks=event_sink,
            )
            app = FakeServerApp(settings)
        proxied = stack.enter_context(proxying)
    except (BadSettings, OSError) as error:
        stack.close()
        raise click.UsageError(str(error)) from None
    with stack:
        try:
            serving.serve(app, bound, proxied, tls=tls)
        except OSError as error:  # such as a full disk behind the standard output
            raise click.ClickException(f"the server has ended: {error}") from None


#: What the fake Vonage has not, by parameter.
_TWILIOS: Final = {
    "allow_webhooks_to": "--allow-webhooks-to",
    "event_sink": "--event-sink",
    "proxy": "--proxy",
    "proxy_ca": "--proxy-ca",
}


def _refuse_twilios(context: click.Context) -> None:
    """
    Refuse the options that only the fake Twilio has.

    Raises:
        click.UsageError: One was given.
    """
    for name, option in _TWILIOS.items():
        source = context.get_parameter_source(name)
        if source is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"{option} does not go with --vendor vonage")


def _vonage(config: Path | None, **settings: Any) -> FakeVonageApp:  # noqa: ANN401
    from .vonage._app import FakeVonageApp
    from .vonage._settings import VonageSettings, read_keyring

    keyring, owners = (None, {}) if config is None else read_keyring(config)
    return FakeVonageApp(VonageSettings(keyring=keyring, owners=owners, **settings))
