"""
`verify-core audit` of well-known readers of phone numbers, in their current versions.

Each is used as its own documentation shows it. They are set up in `.peers`; one that
cannot be is named and left out. The table goes into docs/how-to/audit.md.

    python benchmarks/bench_audit.py --inputs 2500
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import venv
from typing import Any

from peers import HERE, PEERS, set_up_libphonenumber_js

LIBRARIES = ["phonenumbers", "django-phonenumber-field", "pydantic-extra-types"]
PYTHON = PEERS / "audited" / "bin" / "python"


def set_up_python() -> dict[str, str]:
    """The libraries that could be installed, and how each is started."""
    if not PYTHON.exists():
        PEERS.mkdir(exist_ok=True)
        venv.create(PEERS / "audited", with_pip=True)
        install = ["-m", "pip", "install", "-q", *LIBRARIES, "pydantic", "django"]
        subprocess.run([str(PYTHON), *install], check=False)
    found = {}
    for name in LIBRARIES:
        show = [str(PYTHON), "-m", "pip", "show", name]
        shown = subprocess.run(show, check=False, capture_output=True, text=True)
        if shown.returncode:
            print(f"{name} is left out: it could not be installed")
            continue
        version = shown.stdout.split("Version: ")[1].split()[0]
        form = [str(PYTHON), str(HERE / "audited" / "line_form.py"), name]
        found[f"{name} {version}"] = shlex.join(form)
    return found


def set_up_node() -> dict[str, str]:
    folder = set_up_libphonenumber_js()
    if folder is None:
        return {}
    version = json.loads((folder / "package.json").read_text("utf-8"))["version"]
    form = ["node", str(HERE / "audited" / "line_form.mjs"), str(PEERS)]
    return {f"libphonenumber-js {version}": shlex.join(form)}


def audited(command: str, inputs: int) -> dict[str, Any]:
    ours = [sys.executable, "-m", "verify_core.cli", "audit", "--json", "--lines"]
    options = ["--command", command, "--inputs", str(inputs)]
    done = subprocess.run([*ours, *options], check=False, capture_output=True)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=2500)
    asked = parser.parse_args()
    forms = {
        "read_phone": f"{sys.executable} {HERE / 'audited' / 'ours.py'}",
        **set_up_python(),
        **set_up_node(),
    }
    reports = {name: audited(form, asked.inputs) for name, form in forms.items()}
    print(f"| kind | {' | '.join(reports)} |")
    print("|---" * (len(reports) + 1) + "|")
    for kind in next(iter(reports.values()))["kinds"]:
        cells = [cell(report, kind) for report in reports.values()]
        print(f"| `{kind}` | {' | '.join(cells)} |")
    for name, report in reports.items():
        print(f"\n{name}")
        for each in report["findings"]:
            came = each["output"] or each["detail"]
            print(f"  {each['kind']}: {each['input']!r} -> {came!r}", end="")
            print(f" {sorted(each['regions'])[:6]}" if each["regions"] else "")
    return int(not reports["read_phone"]["passed"])


def cell(report: dict[str, Any], kind: str) -> str:
    """What failed, and how often; or how many were read, where each may be refused."""
    asked = report["kinds"][kind]["asked"]
    failed = [
        f"{each['failure'].replace('_', ' ')} {each['count']}"
        for each in report["findings"]
        if each["kind"] == kind
    ]
    if failed:
        return f"**{', '.join(failed)}** of {asked}"
    read = report["kinds"][kind]["outcomes"].get("read", 0)
    return f"read {read} of {asked}" if read else "refused"


if __name__ == "__main__":
    sys.exit(main())
