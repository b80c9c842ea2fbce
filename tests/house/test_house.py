"""The house itself: rooms listed, names promised, secrets nowhere, documents true."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = ["verify_core", "providers/verify_providers", "fakes/verify_fakes"]
SOURCES = [file for name in PACKAGES for file in (ROOT / name).rglob("*.py")]
DOORS = {"_hypothesis", "cli", "files", "registry", "testing"}


def test_every_core_module_is_a_door_or_held_to_purity() -> None:
    pure = PROJECT["tool"]["importlinter"]["contracts"][0]["source_modules"]
    core = ROOT / "verify_core"
    modules = {file.stem for file in core.glob("*.py")} - {"__init__"}
    modules |= {file.parent.name for file in core.glob("*/__init__.py")}

    assert {name.removeprefix("verify_core.") for name in pure} == modules - DOORS


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def test_the_promised_names_are_where_the_readme_says() -> None:
    code = (
        "from verify_core import read_phone, PhonePolicy, InvalidPhoneNumber, "
        "EmailAddress, Channel, StartRequest, Verdict, Verifier, load_provider\n"
        "from verify_core.nodes import SenderNode, CollectorDecisionNode, NodeState, "
        "TreeContext\n"
        "from verify_fakes import FakeVerifyProvider, fake_twilio\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.parametrize(
    "heavy", ["phonenumbers", "email_validator", "importlib.metadata", "requests"]
)
def test_importing_the_core_loads_nothing_heavy(heavy: str) -> None:
    code = f"import sys, verify_core; sys.exit({heavy!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("heavy", ["responses", "requests", "hypothesis", "pytest"])
def test_importing_the_fakes_loads_no_test_library(heavy: str) -> None:
    code = f"import sys, verify_fakes; sys.exit({heavy!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_digit_is_told_by_isdigit_or_a_unicode_class() -> None:
    r"""Superscripts are digits to `str.isdigit`, and every script's are to `\\d`."""
    for file in SOURCES:
        text = file.read_text(encoding="utf-8")
        code = "\n".join(re.sub(r"#.*", "", line) for line in text.splitlines())
        assert not re.search(r"\.isdigit\(|r[\"'][^\"'\n]*(?<!\\)\\d", code), file


def test_the_layout_keeps_its_six_rooms() -> None:
    for name in ("verify_core", "providers", "fakes", "tests", "benchmarks"):
        assert (ROOT / name).is_dir(), name
    allowed = {"verify_core", "providers", "fakes", "tests", "benchmarks", "docs"}
    allowed |= {"examples"}
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    folders = {name.split("/")[0] for name in tracked if "/" in name}
    assert {name for name in folders if not name.startswith(".")} <= allowed


def test_the_changelog_knows_this_version() -> None:
    from verify_core import __version__

    assert __version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_name_of_the_core_loads_from_the_home_that_type_checkers_see() -> None:
    import verify_core

    file = ROOT / "verify_core" / "__init__.py"
    seen = {
        alias.name: node.module
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
    }
    assert seen == vars(verify_core)["_HOMES"]
    for name in verify_core.__all__:
        assert getattr(verify_core, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = verify_core.nonsense  # type: ignore[attr-defined]


def test_what_to_install_is_said_in_one_place_for_each_side_of_the_fakes() -> None:
    """And it is the same on both."""
    from verify_core.installing import install_hint
    from verify_fakes.kit._installing import install_hint as hint_of_the_fakes

    saying = {
        file.relative_to(ROOT).as_posix()
        for file in SOURCES
        if "pip install" in file.read_text(encoding="utf-8")
    }

    assert saying == {
        "verify_core/installing.py",
        "fakes/verify_fakes/kit/_installing.py",
    }
    extras = PROJECT["project"]["optional-dependencies"]
    for extra in extras:
        assert install_hint(extra) == hint_of_the_fakes(extra)


def test_every_extra_that_a_hint_names_is_there() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    named = {
        extra
        for file in SOURCES
        for extra in re.findall(
            r"install_hint\(['\"](\w+)['\"]\)", file.read_text(encoding="utf-8")
        )
    }

    assert named <= set(extras)
    assert named >= {"cli", "guard", "otel", "server", "testing", "tokens"}
