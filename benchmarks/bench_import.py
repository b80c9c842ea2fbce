"""
How long `import verify_core` takes, against `import twilio.rest` and bare Python.

Each import is a process of its own; the bare interpreter's time is taken off both.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 25
STATEMENTS = {
    "bare interpreter": "pass",
    "import verify_core": "import verify_core",
    "from verify_core import Verifier": "from verify_core import Verifier",
    "import verify_core.nodes": "import verify_core.nodes",
    "import verify_fakes": "import verify_fakes",
    "import verify_providers.twilio": "import verify_providers.twilio",
    "import twilio.rest": "import twilio.rest",
    "import requests": "import requests",
}


def seconds(statement: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - begun


def main() -> None:
    timings: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for statement in STATEMENTS.values():
        seconds(statement)  # warm the disk and the bytecode
    for _ in range(ROUNDS):
        for name, statement in STATEMENTS.items():
            timings[name].append(seconds(statement))
    median = {name: statistics.median(values) for name, values in timings.items()}
    bare = median["bare interpreter"]
    peer = median["import twilio.rest"] - bare
    print(f"{'net of the interpreter':32} {'median ms':>9} {'of twilio.rest':>15}")
    for name, value in median.items():
        net = value - bare
        print(f"{name:32} {net * 1000:9.1f} {net / peer:15.2f}")
    print("target: import verify_core at most 0.50 of import twilio.rest")


if __name__ == "__main__":
    main()
