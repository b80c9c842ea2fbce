"""The programs of docs/how-to/other-languages.md, each by its language or its tool."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import npm
from tests.support.chromium import binary
from tests.support.proxied import ProxyServer, proxied
from tests.support.served import running

pytestmark = [pytest.mark.languages, pytest.mark.timeout(300)]

_ROOT = Path(__file__).resolve().parents[2]
_PAGE = _ROOT / "docs/how-to/other-languages.md"
_SHELL = ["bash", "-euo", "pipefail"]
#: Heading, the file's name, and what runs it.
_PROGRAMS = {
    "curl": ("verify.sh", _SHELL),
    "Node, by fetch": ("verify.mjs", ["node"]),
    "PHP": ("verify.php", ["php"]),
    "Ruby": ("verify.rb", ["ruby"]),
    "Go": ("verify.go", ["go", "run"]),
    "Java, for JUnit": ("VerifyTest.java", ["java"]),
}
_NODE = "Node, by Twilio's SDK"
_EARLIER = "Python, by an earlier SDK"
#: Headings whose programs cannot be run here, or are run by tests of their own.
_OTHERS = {
    "Cypress",
    "Playwright",
    "pytest",
    "twilio-cli",
    "twilio-run",
    _NODE,
    _EARLIER,
}


def sections() -> dict[str, str]:
    """The text under each heading of the page."""
    parts = re.split(r"(?m)^## (.+)$", _PAGE.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def program(heading: str, language: str = r"\w+") -> str:
    """The first program under a heading, or the first in a language."""
    fence = rf"(?ms)^```{language}\n(.*?)^```$"
    found = re.search(fence, sections()[heading])
    assert found is not None
    return found[1]


def run(*command: str, cwd: Path, **env: str) -> str:
    """Run a command, which must succeed; gives what it printed."""
    ran = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def fake() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture(scope="module")
def proxy() -> Iterator[ProxyServer]:
    with proxied() as server:
        yield server


def test_every_section_is_run_or_says_why_not() -> None:
    assert set(sections()) == {*_PROGRAMS, *_OTHERS}


@pytest.mark.parametrize("language", _PROGRAMS)
def test_the_program_ends_with_approval(
    fake: str, language: str, tmp_path: Path
) -> None:
    name, command = _PROGRAMS[language]
    tool = "curl" if language == "curl" else command[0]
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    (tmp_path / name).write_text(program(language), encoding="utf-8")

    for _ in range(2):  # against one server, as people do
        said = run(*command, name, cwd=tmp_path, FAKE=fake, GOFLAGS="-buildvcs=false")

        assert "approved" in said


@pytest.mark.node
@pytest.mark.parametrize("sdk", ["twilio-3.41", "twilio-3.55", "twilio-4", "twilio-5"])
def test_nodes_earlier_sdks_by_base_url_and_by_proxy(
    proxy: ProxyServer, sdk: str, tmp_path: Path
) -> None:
    modules = tmp_path / "node_modules"
    modules.mkdir()
    (modules / "twilio").symlink_to(npm.node_modules(npm.CLIENTS) / sdk)
    (tmp_path / "verify.mjs").write_text(program(_NODE), encoding="utf-8")
    command = [npm.node(), "verify.mjs"]

    for environment in ({}, through(proxy)):
        said = run(*command, cwd=tmp_path, FAKE=proxy.url, **environment)

        assert said == "approved\n"


@pytest.mark.node
def test_nodes_newest_sdk(fake: str, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(npm.node_modules())
    (tmp_path / "verify.mjs").write_text(program(_NODE), encoding="utf-8")

    said = run(npm.node(), "verify.mjs", cwd=tmp_path, FAKE=fake)

    assert said == "approved\n"


@pytest.mark.node
def test_the_program_for_nodes_sdk_is_typescript_too(tmp_path: Path) -> None:
    modules = npm.node_modules(npm.CLIENTS)
    (tmp_path / "node_modules").mkdir()
    for name, of in (("@types", "@types"), ("twilio", "twilio-5")):
        (tmp_path / "node_modules" / name).symlink_to(modules / of)
    (tmp_path / "verify.mts").write_text(program(_NODE), encoding="utf-8")
    strictly = "--noEmit --strict --skipLibCheck --module nodenext --types node"

    run(str(modules / ".bin/tsc"), *strictly.split(), "verify.mts", cwd=tmp_path)


def through(proxy: ProxyServer) -> dict[str, str]:
    """What leads Node's SDKs through the proxy, as docs/how-to/server.md says."""
    return {
        "HTTP_PROXY": proxy.url,
        "HTTPS_PROXY": proxy.url,
        "NODE_EXTRA_CA_CERTS": proxy.ca,
    }


@pytest.mark.parametrize("release", ["6.63.2", "7.9.0"])
def test_pythons_earlier_sdks(proxy: ProxyServer, release: str, tmp_path: Path) -> None:
    lines = program(_EARLIER, "sh")
    assert "twilio==7.9.0" in lines
    (tmp_path / "verify.py").write_text(program(_EARLIER, "py"), encoding="utf-8")

    said = run(
        *_SHELL,
        "-c",
        lines.replace("7.9.0", release),
        cwd=tmp_path,
        FAKE=proxy.url,
        CA=proxy.ca,
    )

    assert said == "approved\n"


@pytest.mark.node
@pytest.mark.parametrize("tool", ["twilio-cli", "twilio-run"])
def test_twilios_tools_for_node(proxy: ProxyServer, tool: str, tmp_path: Path) -> None:
    modules = npm.node_modules(npm.CLIENTS)
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "package.json").write_text("{}")
    if tool == "twilio-run":
        (tmp_path / "functions").mkdir()
        function = tmp_path / "functions" / "login.js"
        function.write_text(program(tool, "js"), encoding="utf-8")
    path = os.pathsep.join([str(modules / ".bin"), os.environ["PATH"]])

    said = run(
        *_SHELL,
        "-c",
        program(tool, "sh"),
        cwd=tmp_path,
        FAKE=proxy.url,
        CA=proxy.ca,
        HOME=str(tmp_path),
        PATH=path,
        PORT=str(free_port()),
    )

    assert "pending" in said
    assert "approved" in said


def free_port() -> int:
    """A port that nothing listens on, for a tool that takes none by itself."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def app(fake: str) -> Iterator[str]:
    """The example of a login, which sends through the server."""
    pytest.importorskip("uvicorn")
    paths = (_ROOT, _ROOT / "providers", _ROOT / "fakes")
    ours = {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
        "TWILIO_AUTH_TOKEN": "0123456789abcdef" * 2,
        "TWILIO_VERIFY_SERVICE_SID": "VA" + "b" * 32,
    }
    provider = f"twilio://?base_url={fake}"
    command = [sys.executable, "examples/login", "--port", "0", "--provider", provider]
    with subprocess.Popen(
        command,
        cwd=_ROOT,
        env={**os.environ, **ours},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip().removeprefix("Open ")
        finally:
            process.terminate()


@pytest.mark.browser
@pytest.mark.node
def test_playwright_signs_in(fake: str, app: str) -> None:
    chromium = binary()
    modules = npm.node_modules()
    # Beside the modules, for Node looks for them from where the program is.
    with tempfile.TemporaryDirectory(dir=modules.parent, prefix=".recipe-") as folder:
        file = Path(folder, "verify.mjs")
        file.write_text(program("Playwright"), encoding="utf-8")
        said = run(
            npm.node(), str(file), cwd=_ROOT, FAKE=fake, APP=app, CHROMIUM=chromium
        )

    assert said == "approved\n"
