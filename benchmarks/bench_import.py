"""
Processor time of imports, against `import twilio.rest` and bare Python.

Each import is a process of its own; the bare interpreter's time is taken off. Bytecode
is there beforehand, as an installation makes it. Importing waits for next to nothing,
so this is how long it takes where the machine has nothing else to do.

What a provider of one kind needs loads when the first of that kind is built: requests
for one that blocks, asyncio and aiohttp for one that is awaited. A program that only
names both kinds pays for neither, so the last rows build one, as every program does,
and the SDK's client that does the same.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile

from measuring import judge

ROUNDS = 25
SIDS = f"account_sid='AC{'a' * 32}', auth_token='{'b' * 32}'"
PEER = "import twilio.rest"
TARGETS = {
    "from verify_core import Verifier": 0.5,
    "import verify_providers.twilio": 1.2,
}
STATEMENTS = {
    "bare interpreter": "pass",
    "import verify_core": "import verify_core",
    "from verify_core import Verifier": "from verify_core import Verifier",
    "import verify_core.nodes": "import verify_core.nodes",
    "import verify_fakes": "import verify_fakes",
    "import verify_providers.twilio": "import verify_providers.twilio",
    PEER: PEER,
    "import requests": "import requests",
    "ours, with a provider built": (
        "from verify_core import Verifier; from verify_providers.twilio import *; "
        f"Verifier(TwilioVerify({SIDS}, service_sid='VA{'c' * 32}'))"
    ),
    "twilio.rest, with a client built": (
        f"from twilio.rest import Client; Client('AC{'a' * 32}', '{'b' * 32}')"
        f".verify.v2.services('VA{'c' * 32}').verifications"
    ),
}


def seconds(statement: str, environment: dict[str, str]) -> float:
    begun = _used_s()
    subprocess.run([sys.executable, "-c", statement], check=True, env=environment)
    return _used_s() - begun


def _used_s() -> float:
    """Processor seconds of all processes that this one started and that ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(bytecode: str) -> dict[str, float]:
    """Median seconds of each statement, in turns; the bytecode goes to that folder."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    timings: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for statement in STATEMENTS.values():
        seconds(statement, environment)  # warms the disk and the bytecode
    for _ in range(ROUNDS):
        for name, statement in STATEMENTS.items():
            timings[name].append(seconds(statement, environment))
    return {name: statistics.median(values) for name, values in timings.items()}


def main() -> None:
    with tempfile.TemporaryDirectory() as bytecode:
        median = measure(bytecode)
    bare = median["bare interpreter"]
    peer = median[PEER] - bare
    print(f"{'net of the interpreter':34} {'median ms':>9} {'of twilio.rest':>15}")
    for name, value in median.items():
        net = value - bare
        print(f"{name:34} {net * 1000:9.1f} {net / peer:15.2f}")
    for name, target in TARGETS.items():
        judge(f"{name} against {PEER}", (median[name] - bare) / peer, most=target)


if __name__ == "__main__":
    main()
