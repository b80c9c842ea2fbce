"""docs/how-to/adding-a-provider.md is examples/provider, found once installed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import fields
from verify_pigeon import AsyncPigeonPost, PigeonPost
from verify_pigeon.bench import KEY, Clock, doors_to, make, make_awaited
from verify_pigeon.vendor import PigeonLoft

from tests.conformance.tutorial import (
    PAGE,
    ROOT,
    code_lines,
    embedded,
    files_of_the_page,
    names_from_packages,
)
from tests.support.benches import REPLAYED, SOME_HISTORIES
from verify_core.errors import InvalidSetting, Misconfigured, Unavailable
from verify_core.phone import read_phone
from verify_core.provider import AsyncVerifyProvider, VerifyProvider
from verify_core.provider_settings import ProviderSettings
from verify_core.registry import load_async_provider, load_provider, provider_names
from verify_core.testing import (
    Bench,
    Deviation,
    Harness,
    all_cases,
    require_kept,
    run_cases,
)
from verify_core.verification import Delivery, StartRequest
from verify_providers.http import Reach

Load = Callable[..., VerifyProvider | AsyncVerifyProvider]
EXAMPLE = ROOT / "examples" / "provider"
NUMBER = read_phone("+1 555 323 1234")
TEXT = PAGE.read_text(encoding="utf-8")


def test_page_shows_the_files_word_for_word() -> None:
    """Where this fails: `python tests/conformance/tutorial.py`."""
    assert embedded(TEXT) == TEXT


def test_page_shows_or_links_every_file() -> None:
    files = [*EXAMPLE.rglob("*.py"), EXAMPLE / "pyproject.toml"]

    assert files_of_the_page(TEXT) == {str(each.relative_to(ROOT)) for each in files}


def test_page_and_provider_stay_small() -> None:
    package = EXAMPLE / "verify_pigeon"
    names = names_from_packages(package / "provider.py")

    assert len(TEXT) <= 20_500
    assert sum(map(code_lines, (package / "provider.py", package / "__init__.py"))) <= (
        170
    )
    assert (len(names), sum(map(len, names.values()))) <= (4, 20)


def test_cases_that_the_page_names_exist() -> None:
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+){2,})`", TEXT))
    cases = {case.name for case in all_cases()}
    doors = {field.name for field in fields(Bench)}

    others = {"async_from_settings", "expires_in_s", "load_async_provider"}
    assert named - doors - others <= {*cases, "every_history_keeps_the_laws"}


def test_deviation_of_the_page_is_one() -> None:
    (block,) = re.findall(
        r"```python\n(from verify_core\.testing.*?)```", TEXT, re.DOTALL
    )
    names: dict[str, object] = {}
    exec(compile(block, str(PAGE), "exec"), names)

    harness = names["HARNESS"]
    assert isinstance(harness, Harness)
    (deviation,) = harness.deviations
    assert isinstance(deviation, Deviation)
    assert deviation.case in {case.name for case in all_cases()}


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The package's metadata as an installation writes it, from its own pyproject."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    folder = tmp_path / "verify_pigeon-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        f"Name: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = []
    for group, announced in project["entry-points"].items():
        lines.append(f"[{group}]")
        lines += [f"{name} = {place}" for name, place in announced.items()]
    (folder / "entry_points.txt").write_text("\n".join([*lines, ""]))
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_installed_example_is_found_by_its_name(installed: Path) -> None:
    assert "pigeon" in provider_names()

    provider = load_provider("pigeon://:coo@post", environ={})

    assert isinstance(provider, PigeonPost)
    assert "coo" not in repr(provider)


def test_installed_example_is_awaited_by_the_same_url(installed: Path) -> None:
    provider = load_async_provider("pigeon://:coo@post", environ={})

    assert isinstance(provider, AsyncPigeonPost)
    assert "coo" not in repr(provider)


@pytest.mark.parametrize("load", [load_provider, load_async_provider])
def test_environment_fills_the_key(installed: Path, load: Load) -> None:
    assert load("pigeon://", environ={"PIGEON_KEY": KEY}).name == "pigeon"


@pytest.mark.parametrize("load", [load_provider, load_async_provider])
@pytest.mark.parametrize(
    "url", ["pigeon://", "pigeon://:k@post?color=grey", "pigeon://:k@post?timeout=no"]
)
def test_unfit_settings_are_refused(installed: Path, load: Load, url: str) -> None:
    with pytest.raises(InvalidSetting):
        load(url, environ={})


def test_url_alone_reaches_the_vendor(installed: Path) -> None:
    loft = PigeonLoft(Clock().now)
    with doors_to(loft) as doors:
        url = f"pigeon://:{KEY}@post?base_url={doors.url}"
        provider = load_provider(url, environ={})

        started = provider.start(StartRequest(identifier=NUMBER))

    assert started.delivery is Delivery.SENT
    assert [to for to, _code in loft.arrived] == [NUMBER.value]


def test_closed_port_is_unavailable_and_nothing_was_sent() -> None:
    with doors_to(PigeonLoft(Clock().now)) as doors:
        provider = PigeonPost(KEY, reach=Reach(base_url=doors.url))

    with pytest.raises(Unavailable):
        provider.start(StartRequest(identifier=NUMBER))


def test_refused_key_is_misconfigured() -> None:
    with doors_to(PigeonLoft(Clock().now)) as doors:
        provider = PigeonPost("another key", reach=Reach(base_url=doors.url))

        with pytest.raises(Misconfigured):
            provider.start(StartRequest(identifier=NUMBER))


def test_forgotten_message_is_sent_anew() -> None:
    """A resend for what is over sends all the same, under a key of its own."""
    with make().open() as bench:
        first = bench.provider.start(bench.request())
        bench.provider.cancel(first.ref)

        again = bench.provider.start(bench.request(), previous=first.ref)

        assert len(bench.inbox(first.ref.identifier)) == 2
        assert again.ref.attempt_id == first.ref.attempt_id
        assert again.ref.vendor_id != first.ref.vendor_id


COMMANDS = re.findall(r"^verify-core (conformance --bench \S+)$", TEXT, re.MULTILINE)


def test_the_page_s_commands_are_those_tried_here() -> None:
    bench = "conformance --bench verify_pigeon.bench"

    assert set(COMMANDS) == {f"{bench}:make", f"{bench}:make_awaited"}


def test_the_awaited_provider_of_the_page_keeps_the_laws() -> None:
    require_kept(run_cases(make_awaited(), [*all_cases(), SOME_HISTORIES]))


def test_command_of_the_page_passes() -> None:
    """In a process of its own, from the example's folder, as the page has it."""
    places = [str(ROOT / each) for each in (".", "providers", "fakes")]
    done = subprocess.run(
        [sys.executable, "-m", "verify_core.cli", *COMMANDS[0].split(), "--json"],
        cwd=EXAMPLE,
        env={"PYTHONPATH": ":".join(places)},
        capture_output=True,
        check=False,
        timeout=110,
    )

    assert done.returncode == 0, done.stderr.decode()
    report = json.loads(done.stdout)
    assert report["counts"]["failed"] == report["counts"]["inconclusive"] == 0
    verdicts = {each["case"]: each["verdict"] for each in report["cases"]}
    assert verdicts[REPLAYED] == "passed"


def test_its_settings_are_the_registry_s() -> None:
    """The factory that the entry point names takes what the registry hands over."""
    place = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())
    announced = place["project"]["entry-points"]["verify_core.providers"]["pigeon"]
    module, _, name = announced.partition(":")

    build = getattr(sys.modules[module], name)

    settings = ProviderSettings(name="pigeon", secret=KEY)
    assert build(settings).name == "pigeon"
