"""A failover from a TOML file: what it says, and what is refused, unshown."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.support.failover import UK, US, request
from verify_core import load_provider
from verify_core.errors import InvalidSetting
from verify_core.provider_settings import ProviderSettings
from verify_core.registry import read_url
from verify_core.verification import Verdict
from verify_fakes import FakeVerifyProvider
from verify_providers.failover import (
    FailoverEvent,
    FailoverProvider,
    from_settings,
    load_failover,
)
from verify_providers.failover._settings import FILE_VARIABLE

WHOLE = """
name = "both"
resends_per_child = 2

[circuit]
failures = 7
pause_s = 12.5

[routes]
44 = ["two"]

[[children]]
name = "one"
url = "fake://?seed=1"

[[children]]
name = "two"
url_env = "SECOND_URL"
"""
CHILD = '[[children]]\nname = "one"\nurl = "fake://"\n'
ENVIRON = {"SECOND_URL": "fake://?seed=2"}

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        file = tmp_path / "failover.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return written


def children(failover: FailoverProvider) -> dict[str, FakeVerifyProvider]:
    return {
        name: child.provider  # type: ignore[misc]
        for name, child in failover._failover.children.items()  # noqa: SLF001 - built inside
    }


def test_file_says_everything(write: Write) -> None:
    failover = load_failover(write(WHOLE), environ=ENVIRON)

    policy = failover.policy
    assert failover.name == "both"
    assert policy.resends_per_child == 2
    assert policy.routes == {44: ("two",)}
    assert policy.circuit.failures == 7
    assert policy.circuit.pause == timedelta(seconds=12.5)
    assert failover.child_of(failover.start(request(UK)).ref) == "two"
    assert failover.child_of(failover.start(request(US)).ref) == "one"


def test_url_names_the_file(write: Write) -> None:
    url = f"failover://{write(WHOLE)}"

    failover = load_provider(url, environ=ENVIRON)

    started = failover.start(request())
    code = children(failover)["one"].outbox[-1].code  # type: ignore[arg-type]
    assert failover.check(started.ref, code).verdict is Verdict.APPROVED


def test_reference_outlives_the_process(write: Write) -> None:
    file = write(WHOLE)
    ref = load_failover(file, environ=ENVIRON).start(request()).ref

    assert load_failover(file, environ=ENVIRON).child_of(ref) == "one"


def test_environment_names_the_file(write: Write) -> None:
    environ = {**ENVIRON, FILE_VARIABLE: str(write(WHOLE))}

    assert load_provider("failover://", environ=environ).name == "both"


def test_path_may_be_relative(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(CHILD).parent)

    provider = load_provider("failover://./failover.toml", environ={})

    assert provider.name == "failover"


def test_drive_of_windows_is_no_folder() -> None:
    with pytest.raises(InvalidSetting, match="C:/no/file"):
        load_provider("failover:///C:/no/file.toml", environ={})


def test_url_of_a_child_may_be_a_file_beside(write: Write) -> None:
    file = write('[[children]]\nname = "one"\nurl_file = "secret-url"\n')
    (file.parent / "secret-url").write_text("fake://?seed=9\n", encoding="utf-8")

    assert list(children(load_failover(file, environ={}))) == ["one"]


def test_two_accounts_of_one_vendor(write: Write) -> None:
    account, service = "AC" + "0" * 32, "VA" + "1" * 32
    environ = {
        "EAST": f"twilio://{account}:east@verify/{service}",
        "WEST": f"twilio://{account}:west@verify/{service}",
    }
    file = write(
        '[[children]]\nname = "east"\nurl_env = "EAST"\n'
        '[[children]]\nname = "west"\nurl_env = "WEST"\n'
    )

    failover = load_failover(file, environ=environ)

    assert list(children(failover)) == ["east", "west"]


def test_hook_and_clock_come_from_code(write: Write) -> None:
    events: list[FailoverEvent] = []
    failover = load_failover(write(CHILD), environ={}, on_event=events.append)

    failover.start(request())

    assert [event.child for event in events] == ["one"]


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("", "children"),
        ("children = 1", "children"),
        ("children = [1]", r"children\[1\]"),
        ("retries = 3\n" + CHILD, "retries"),
        ("circuit = 5\n" + CHILD, "circuit"),
        ("[circuit]\nfailure = 5\n" + CHILD, r"circuit\.failure"),
        ("[circuit]\nfailures = 0\n" + CHILD, r"circuit\.failures"),
        ("[circuit]\nfailures = true\n" + CHILD, r"circuit\.failures"),
        ("[circuit]\npause_s = 0\n" + CHILD, r"circuit\.pause_s"),
        ("[circuit]\npause_s = '30'\n" + CHILD, r"circuit\.pause_s"),
        ("[circuit]\npause_s = nan\n" + CHILD, r"circuit\.pause_s"),
        ("[circuit]\npause_s = true\n" + CHILD, r"circuit\.pause_s"),
        ("[routes]\n'+44' = ['one']\n" + CHILD, "routes"),
        ("[routes]\n44 = 'one'\n" + CHILD, "routes"),
        ("[routes]\n44 = [['one']]\n" + CHILD, "routes"),
        ("[routes]\n44 = ['two']\n" + CHILD, "routes"),
        ("resends_per_child = 'two'\n" + CHILD, "resends_per_child"),
        ("name = 'Both'\n" + CHILD, "name"),
        ("name = 'one'\n" + CHILD, "children"),
        ("name = 7\n" + CHILD, "name"),
        (CHILD + CHILD, "children"),
        (CHILD + "password = 'x'\n", r"children\[1\]\.password"),
        (CHILD + "url_env = 'X'\n", r"children\[1\]\.url"),
        ("[[children]]\nurl = 'fake://'", r"children\[1\]\.name"),
        ("[[children]]\nname = 'one'", r"children\[1\]\.url"),
        ("[[children]]\nname = 'ONE'\nurl = 'fake://'", r"children\[1\]\.name"),
        ("[[children]]\nname = 'one'\nurl = 5", r"children\[1\]\.url"),
        ("[[children]]\nname = 'one'\nurl = ''", r"children\[1\]\.url"),
        ("[[children]]\nname = 'one'\nurl = 'what'", r"children\[1\]\.provider"),
        ("[[children]]\nname = 'one'\nurl = 'fake://?x=1'", r"children\[1\]\.x"),
        ("[[children]]\nname = 'one'\nurl_env = 'NONE'", r"children\[1\]\.url_env"),
        ("[[children]]\nname = 'one'\nurl_file = 'none'", r"children\[1\]\.url_file"),
        (
            "[[children]]\nname = 'one'\nurl = 'failover:///x.toml'",
            r"children\[1\]\.url",
        ),
        ("[[children]", "path"),
        ("a = ", "path"),
    ],
)
def test_what_cannot_be_used_is_named(write: Write, text: str, setting: str) -> None:
    with pytest.raises(InvalidSetting, match=f"^{setting}: "):
        load_failover(write(text), environ={})


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("on_ambiguous = 'failover'\n" + CHILD, r"on_ambiguous"),
        ("on_ambiguous = 'stop'\n" + CHILD, r"on_ambiguous"),
        ("on_ambiguous = 5\n" + CHILD, r"on_ambiguous"),
        (CHILD + "guesses = 3\n", r"children\[1\]\.guesses"),
    ],
)
def test_what_an_earlier_version_took_is_gone_and_the_error_says_why(
    write: Write, text: str, setting: str
) -> None:
    with pytest.raises(InvalidSetting, match=rf"^{setting}: is gone") as raised:
        load_failover(write(text), environ={})

    assert "Remove this line" in str(raised.value)


@pytest.mark.parametrize(
    ("url", "setting"),
    [
        ("failover://", "path"),
        ("failover:///none.toml", "path"),
        ("failover:///", "path"),
        ("failover://etc/failover.toml", "host"),
        ("failover://.", "host"),
        ("failover://me@/etc/failover.toml", "user"),
        ("failover://:secret@/etc/failover.toml", "secret"),
        ("failover:///etc/failover.toml?x=1", "options"),
    ],
)
def test_part_of_the_url_that_cannot_be_used_is_named(url: str, setting: str) -> None:
    with pytest.raises(InvalidSetting, match=f"^{setting}: ") as raised:
        from_settings(read_url(url, environ={}))

    assert "secret@" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "[[children]]\nname = 'one'\nurl = 'twilio://AC1:hushhush@verify/VA1'",
        "[[children]]\nname = 'one'\nurl = 'hush://x:hushhush@y'",
        "[[children]]\nname = 'one'\nurl_env = 'HUSH'",
        "HUSHHUSH-hushhush = 1\n",
        "x = 'hushhush\n",
        "hushhush",
    ],
)
def test_no_error_shows_a_secret(write: Write, text: str) -> None:
    environ = {"HUSH": "twilio://AC1:hushhush@verify/VA1"}
    with pytest.raises(InvalidSetting) as raised:
        load_failover(write(text), environ=environ)

    shown = "".join(traceback.format_exception(raised.value))
    assert "hushhush" not in shown


def test_file_that_is_no_text_is_refused_without_being_shown(tmp_path: Path) -> None:
    file = tmp_path / "failover.toml"
    file.write_bytes(b"name = '\xff\xfe'")

    with pytest.raises(InvalidSetting, match="not text in UTF-8") as raised:
        load_failover(file, environ={})

    assert raised.value.__context__ is None


@given(st.dictionaries(st.text(max_size=8), st.integers() | st.text() | st.booleans()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_unknown_keys_are_refused_whatever_they_are(
    tmp_path: Path, data: dict[str, object]
) -> None:
    import json

    known = {"children", "circuit", "name", "resends_per_child"}
    lines = [
        f"{json.dumps(key)} = {json.dumps(value)}"
        for key, value in data.items()
        if key not in known | {"routes"}
    ]
    file = tmp_path / "failover.toml"
    file.write_text("\n".join([*lines, CHILD]), encoding="utf-8")

    if not lines:
        load_failover(file, environ={})
        return
    with pytest.raises(InvalidSetting):
        load_failover(file, environ={})


def test_settings_without_a_url_name_the_file(write: Write) -> None:
    """As a node builds a provider."""
    file = write(CHILD)
    settings = ProviderSettings(name="failover", path=str(file).lstrip("/"))

    assert from_settings(settings).name == "failover"


def test_a_null_in_the_name_of_a_file_is_refused(write: Write) -> None:
    child = '[[children]]\nname = "one"\nurl_file = "\\u0000"\n'

    with pytest.raises(InvalidSetting, match=r"url_file: cannot be read"):
        load_failover(write(child), environ={})
    with pytest.raises(InvalidSetting, match="path: "):
        load_provider("failover:///%00", environ={})
