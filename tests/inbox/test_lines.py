"""The lines of the empty page, run as they stand there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
import requests

from tests.support import npm
from tests.support.served import running, serving
from verify_fakes.server.vonage._app import FakeVonageApp

pytestmark = pytest.mark.node

_LANGUAGES = {"curl", "python", "node", "php", "ruby", "go", "java", "csharp"}


def lines(vendor: str, url: str) -> dict[str, str]:
    """The lines by language, as the page makes them for its address."""
    source = requests.get(f"{url}/_inbox/lines.js", timeout=5).text
    shown = f"linesFor({json.dumps(vendor)}, new URL({json.dumps(url)}))"
    script = f"{source}\nconsole.log(JSON.stringify({shown}));"
    command = [npm.node(), "--input-type=module", "-e", script]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return {each: text for each, _, text in json.loads(ran.stdout)}


def _require_curl() -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")


@pytest.mark.parametrize("language", ["curl", "python", "node"])
def test_lines_for_twilio_send_a_message(language: str) -> None:
    _require_curl()
    with running() as url:
        text = lines("twilio", url)[language]
        command = {
            "curl": ["bash", "-c", text],
            "python": [sys.executable, "-c", text],
            "node": [npm.node(), "-e", text],
        }[language]
        modules = {"NODE_PATH": str(npm.node_modules())}
        ran = subprocess.run(
            command,
            env={**os.environ, **modules},
            capture_output=True,
            timeout=60,
            check=False,
        )

        assert ran.returncode == 0, ran.stderr
        [message] = requests.get(f"{url}/_fake/messages", timeout=5).json()["messages"]
        assert message["to"] == "+15553231234"


def test_lines_for_vonage_send_a_message() -> None:
    _require_curl()
    with serving(FakeVonageApp()) as url:
        text = lines("vonage", url)["curl"]
        subprocess.run(
            ["bash", "-c", text], capture_output=True, timeout=60, check=True
        )

        [message] = requests.get(f"{url}/_fake/messages", timeout=5).json()["messages"]
        assert message["to"] == "15553231234"


@pytest.mark.parametrize("vendor", ["twilio", "vonage"])
def test_every_language_has_lines_with_nothing_left_to_fill_in(vendor: str) -> None:
    with running() as url:
        found = lines(vendor, url)

    assert set(found) == _LANGUAGES
    for text in found.values():
        assert not any(f"@{word}@" in text for word in ("origin", "host", "port"))
