"""A guard from a TOML file: what it says, and what is refused, unshown."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.guard.worlds import UK, US, asking
from verify_core.errors import InvalidSetting, Refused, TooSoon
from verify_core.registry import load_async_provider, read_url
from verify_fakes import AsyncFakeVerifyProvider, FakeVerifyProvider
from verify_providers.failover import AsyncFailoverProvider, FailoverProvider
from verify_providers.guard import (
    AsyncGuardProvider,
    Budget,
    CoolDown,
    GuardPolicy,
    Mode,
    OnLost,
    Per,
    Spend,
    SpendLimit,
    WrongCodes,
    _settings as guard_settings,
    from_settings,
    load_async_guard,
    load_guard,
)

WHOLE = """
provider = "fake://?seed=1"
mode = "record"
on_lost = "open"
prefix_digits = 3
pepper_env = "PEPPER"
storage_file = "redis.url"
namespace = "shop"

[numbers]
allowed_calling_codes = [1, 44]
allowed_regions = ["US", "GB"]
denied_types = ["premium_rate", "voip"]
require_valid = false
allow_non_geographic = false

[cool_down]
steps_s = [10, 20]
forget_s = 3600

[[budgets]]
per = "everyone"
starts = 1000
window_s = 3600

[[budgets]]
per = "identifier"
starts = 5
window_s = 3600

[wrong_codes]
limit = 50
window_s = 86400

[spend]
currency = "CHF"
default = "0.10"
limits = [{ amount = 12.5, window_s = 3600 }, { amount = "50", window_s = 86400 }]
costs = { "44:sms" = "0.04", 44 = 0.08, email = "0.001" }
"""
SMALL = 'provider = "fake://"\n'
ENVIRON = {"PEPPER": "a pepper of some length", "FAKE": "fake://?seed=4"}

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        file = tmp_path / "guard.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return written


def test_file_says_everything(write: Write, tmp_path: Path) -> None:
    (tmp_path / "redis.url").write_text("redis://127.0.0.1:1/0\n", encoding="utf-8")

    guard = load_guard(write(WHOLE), environ=ENVIRON)

    policy = guard._policy  # noqa: SLF001 - what was read
    assert policy.numbers is not None
    assert policy.numbers.allowed_calling_codes == {1, 44}
    assert policy == GuardPolicy(
        numbers=policy.numbers,
        cool_down=CoolDown(
            steps=(timedelta(seconds=10), timedelta(seconds=20)),
            forget=timedelta(hours=1),
        ),
        budgets=[
            Budget(per=Per.IDENTIFIER, starts=5, window=timedelta(hours=1)),
            Budget(per=Per.EVERYONE, starts=1000, window=timedelta(hours=1)),
        ],
        wrong_codes=WrongCodes(limit=50, window=timedelta(days=1)),
        spend=Spend(
            currency="CHF",
            default=Decimal("0.1"),
            limits=(
                SpendLimit(amount=Decimal("12.5"), window=timedelta(hours=1)),
                SpendLimit(amount=Decimal(50), window=timedelta(days=1)),
            ),
            costs={
                "44:sms": Decimal("0.04"),
                "44": Decimal("0.08"),
                "email": Decimal("0.001"),
            },
        ),
        prefix_digits=3,
        mode=Mode.RECORD,
        on_lost=OnLost.OPEN,
    )
    assert isinstance(guard.provider, FakeVerifyProvider)


@pytest.mark.parametrize(
    "provider",
    ['provider = "fake://"', 'provider_env = "FAKE"', 'provider_file = "fake.url"'],
)
def test_provider_is_named_by_text_variable_or_file(
    provider: str, write: Write, tmp_path: Path
) -> None:
    (tmp_path / "fake.url").write_text("fake://\n", encoding="utf-8")

    guard = load_guard(write(provider), environ=ENVIRON)

    assert isinstance(guard.provider, FakeVerifyProvider)


def test_url_leads_to_the_file(write: Write) -> None:
    rules = '[cool_down]\n[numbers]\nallowed_regions = ["US"]\n'
    file = write(SMALL + rules)
    guard = from_settings(read_url(f"guard://{file.as_posix()}"))
    guard.start(asking(US))

    with pytest.raises(TooSoon):
        guard.start(asking(US))
    with pytest.raises(Refused):
        guard.start(asking(UK))


def test_url_leads_to_a_file_beside_it(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(SMALL)
    monkeypatch.chdir(tmp_path)

    assert from_settings(read_url("guard://./guard.toml")).name == "fake"


def test_variable_leads_to_the_file(write: Write) -> None:
    environ = {guard_settings.FILE_VARIABLE: str(write(SMALL))}

    assert from_settings(read_url("guard://", environ=environ)).name == "fake"


def test_failover_stands_below_the_guard(write: Write, tmp_path: Path) -> None:
    (tmp_path / "failover.toml").write_text(
        '[[children]]\nname = "one"\nurl = "fake://"\n', encoding="utf-8"
    )
    url = f"failover://{(tmp_path / 'failover.toml').as_posix()}"

    guard = load_guard(write(f'provider = "{url}"\n[cool_down]'), environ={})

    assert isinstance(guard.provider, FailoverProvider)
    guard.start(asking(US))
    with pytest.raises(TooSoon):
        guard.start(asking(US))


@pytest.mark.parametrize(
    "url",
    [
        "guard://",
        "guard://elsewhere/guard.toml",
        "guard://user@./guard.toml",
        "guard://:secret@./guard.toml",
        "guard://./guard.toml?mode=record",
        "guard://./none.toml",
    ],
)
def test_url_names_a_file_and_nothing_else(url: str) -> None:
    with pytest.raises(InvalidSetting):
        from_settings(read_url(url))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "provider"),
        ('provider = "guard://./guard.toml"', "provider"),
        ('provider = "fake://"\nprovider_env = "FAKE"', "provider"),
        ('provider_env = "NOBODY"', "provider_env"),
        ('provider_file = "nothing"', "provider_file"),
        ("provider = 5", "provider"),
        (SMALL + "colour = 1", "colour"),
        (SMALL + 'mode = "sometimes"', "mode"),
        (SMALL + 'on_lost = "ajar"', "on_lost"),
        (SMALL + "prefix_digits = 0", "prefix_digits"),
        (SMALL + 'storage = "redis://x"', "pepper"),
        (SMALL + 'storage = "sqlite://"', "storage"),
        (SMALL + 'pepper = "this is in the file"', "pepper"),
        (SMALL + 'pepper_env = "NOBODY"', "pepper_env"),
        (SMALL + 'namespace = "a b"', "namespace"),
        (SMALL + "numbers = 1", "numbers"),
        (SMALL + '[numbers]\ndefault_region = "US"', "numbers.default_region"),
        (SMALL + '[numbers]\nallowed_regions = ["ZZ"]', "numbers.allowed_regions"),
        (SMALL + "[cool_down]\nsteps_s = 5", "cool_down.steps_s"),
        (SMALL + "[cool_down]\nsteps_s = [0]", "cool_down.steps_s"),
        (SMALL + "[cool_down]\nsteps_s = [1.5]", "cool_down.steps_s"),
        (SMALL + "[cool_down]\nsteps = [1]", "cool_down.steps"),
        (SMALL + "budgets = 5", "budgets"),
        (SMALL + "[[budgets]]\nper = 'everyone'\nstarts = 5", "budgets[1].window_s"),
        (SMALL + "[[budgets]]\nper = 'everyone'\nwindow_s = 5", "budgets[1].starts"),
        (SMALL + "[[budgets]]\nstarts = 5\nwindow_s = 5", "budgets[1].per"),
        (SMALL + "[[budgets]]\nlimit = 5", "budgets[1].limit"),
        (SMALL + "[wrong_codes]\nlimit = 0", "wrong_codes.limit"),
        (SMALL + "[[conversion]]\npercent = 0", "conversion[1].percent"),
        (SMALL + "[[conversion]]\nmost = 1", "conversion[1].most"),
        (SMALL + '[spend]\ndefault = "1"', "spend.limits"),
        (SMALL + '[spend]\nlimits = [{ amount = "1", window_s = 5 }]', "spend.default"),
        (
            SMALL + '[spend]\nlimits = [{ amount = "x", window_s = 5 }]\ndefault = 1',
            "spend.limits[1].amount",
        ),
        (
            SMALL
            + "[spend]\nlimits = [{ amount = 1, window_s = 5 }]\ndefault = 1\n"
            + 'currency = "euro"',
            "spend.currency",
        ),
        ("provider = ", "path"),
    ],
)
def test_what_a_file_cannot_say_is_refused_by_name(
    text: str, named: str, write: Write
) -> None:
    with pytest.raises(InvalidSetting) as refused:
        load_guard(write(text), environ=ENVIRON)

    assert refused.value.setting == named


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        (SMALL + "uniform = true", "uniform"),
        (SMALL + "uniform = false", "uniform"),
        (SMALL + "decoy_guesses = 5", "decoy_guesses"),
    ],
)
def test_what_an_earlier_version_took_is_gone_and_the_error_says_why(
    text: str, setting: str, write: Write
) -> None:
    with pytest.raises(InvalidSetting, match="is gone") as refused:
        load_guard(write(text), environ=ENVIRON)

    assert refused.value.setting == setting
    assert "Remove this line" in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        'provider = "twilio://AC1:hunter2hunter2@verify"',
        SMALL + 'storage = "redis://:hunter2@x:port"',
        SMALL + 'storage = "hunter2"',
        SMALL + '"hunter2 hunter2" = 1',
        SMALL + 'mode = "hunter2"',
        SMALL + '[[budgets]]\nper = "hunter2"\nstarts = 1\nwindow_s = 1',
        "hunter2",
    ],
)
def test_no_secret_of_a_file_is_shown(text: str, write: Write) -> None:
    with pytest.raises(InvalidSetting) as refused:
        load_guard(write(text), environ=ENVIRON)

    shown = "".join(traceback.format_exception(refused.value))
    assert "hunter2" not in shown


def test_files_that_lead_to_each_other_are_refused(tmp_path: Path) -> None:
    guard, failover = tmp_path / "guard.toml", tmp_path / "failover.toml"
    guard.write_text(f'provider = "failover://{failover}"\n', encoding="utf-8")
    child = f'[[children]]\nname = "one"\nurl = "guard://{guard}"\n'
    failover.write_text(child, encoding="utf-8")

    for _ in range(2):  # and what was being read is forgotten at the end
        with pytest.raises(InvalidSetting, match="leads to itself"):
            load_guard(guard, environ={})
    failover.write_text(child.replace(f"guard://{guard}", "fake://"), encoding="utf-8")
    assert load_guard(guard, environ={}).name == "failover"


@pytest.mark.parametrize(
    "text", ['provider_file = "\\u0000"', 'provider = "failover:///%00"']
)
def test_a_null_in_the_name_of_a_file_is_refused(write: Write, text: str) -> None:
    with pytest.raises(InvalidSetting):
        load_guard(write(text), environ={})


def test_awaited_guard_reads_the_same_file(write: Write, tmp_path: Path) -> None:
    (tmp_path / "redis.url").write_text("redis://127.0.0.1:1/0\n", encoding="utf-8")
    file = write(WHOLE)

    guard = load_async_guard(file, environ=ENVIRON)

    blocking = load_guard(file, environ=ENVIRON)
    assert guard._policy == blocking._policy  # noqa: SLF001 - what was read
    assert isinstance(guard.provider, AsyncFakeVerifyProvider)


def test_url_leads_an_awaiting_program_to_the_file(
    write: Write, tmp_path: Path
) -> None:
    (tmp_path / "failover.toml").write_text(
        '[[children]]\nname = "one"\nurl = "fake://"\n', encoding="utf-8"
    )
    url = f"failover://{(tmp_path / 'failover.toml').as_posix()}"
    file = write(f'provider = "{url}"\n[cool_down]')

    async def twice() -> None:
        async with load_async_provider(f"guard://{file.as_posix()}") as guard:
            assert isinstance(guard, AsyncGuardProvider)
            assert isinstance(guard.provider, AsyncFailoverProvider)
            await guard.start(asking(US))
            with pytest.raises(TooSoon):
                await guard.start(asking(US))

    asyncio.run(twice())


def test_no_secret_of_a_file_is_shown_to_an_awaiting_program(write: Write) -> None:
    text = SMALL + 'pepper_env = "PEPPER"\nstorage = "redis://:hunter2@x:port"'

    with pytest.raises(InvalidSetting) as refused:
        load_async_guard(write(text), environ=ENVIRON)

    assert "hunter2" not in "".join(traceback.format_exception(refused.value))
