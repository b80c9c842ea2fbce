"""`python examples/fastapi_login`: serve the API here, offline by default."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import Any

import uvicorn
from app import create_app

from verify_core import TokenKeys, load_provider
from verify_core.errors import InvalidSetting


def main() -> None:
    """Serve until Ctrl-C; `VERIFY_PROVIDER` names a vendor."""
    try:
        provider: Any = load_provider(
            os.environ.get("VERIFY_PROVIDER", "fake://")  # noqa: TID251 - a door
        )
    except InvalidSetting as error:
        sys.exit(str(error))
    # A key of one's own outlives the process; this one signs everybody out at its end.
    keys = TokenKeys(keys={"login": TokenKeys.new_key()})

    def show_message() -> None:
        # With fake:// the messages are in this process, and nobody else can see them.
        for message in getattr(provider, "outbox", [])[-1:]:
            print(f"[{message.channel} to {message.to}] {message.body}", flush=True)

    app = create_app(provider, keys, now=_now, on_sent=show_message)
    print("Open http://127.0.0.1:8000/docs", flush=True)
    uvicorn.run(app, port=8000, log_level="warning")


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - here real time comes in


if __name__ == "__main__":
    main()
