"""`python examples/login`: serve the login on this machine."""

from __future__ import annotations

import argparse
import socket
from datetime import UTC, datetime
from typing import Any

import uvicorn
from app import create_app

from verify_core import TokenKeys, Verifier, load_provider
from verify_core.errors import InvalidSetting


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python examples/login", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument(
        "--provider",
        help="such as fake:// or twilio://…; default: the variable VERIFY_PROVIDER",
    )
    options = parser.parse_args()
    try:
        provider: Any = load_provider(options.provider)
    except InvalidSetting as error:
        parser.error(str(error))
    # A key of one's own outlives the process; this one signs everybody out at its end.
    keys = TokenKeys(keys={"login": TokenKeys.new_key()})

    def show_message() -> None:
        # With fake:// the messages are in this process, and nobody else can see them.
        for message in getattr(provider, "outbox", [])[-1:]:
            print(f"[{message.channel} to {message.to}] {message.body}", flush=True)

    app = create_app(Verifier(provider), keys, now=_now, on_sent=show_message)
    bound = socket.create_server(("127.0.0.1", options.port))
    print(f"Open http://127.0.0.1:{bound.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[bound])


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - here real time comes in


if __name__ == "__main__":
    main()
