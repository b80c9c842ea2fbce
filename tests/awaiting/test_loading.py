"""Awaited providers by URL: their own where there is one, threads elsewhere."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.loopback import ACCOUNT, SERVICE, TOKEN, Loopback, TinyVerify
from verify_core import AsyncVerifier, Verdict, load_async_provider
from verify_core.errors import InvalidSetting
from verify_core.registry import load_provider
from verify_providers.twilio import AsyncTwilioVerify


def twilio_url(base_url: str) -> str:
    return f"twilio://{ACCOUNT}:{TOKEN}@verify/{SERVICE}?base_url={base_url}"


def test_twilio_is_awaited_without_threads() -> None:
    """From its URL to an approved code."""
    server = Loopback()
    tiny = TinyVerify()
    server.answer = tiny.answer
    server.run()

    async def login() -> Verdict:
        async with load_async_provider(twilio_url(server.url), environ={}) as provider:
            assert isinstance(provider, AsyncTwilioVerify)
            started = await AsyncVerifier(provider).start("+1 415 555 2671")
            return (await provider.check(started.ref, tiny.code)).verdict

    try:
        assert asyncio.run(login()) is Verdict.APPROVED
    finally:
        server.stop()


def test_provider_without_an_awaited_form_runs_in_threads_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's package that announces a blocking provider alone."""
    info = tmp_path / "acme_verify-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-verify\n")
    (info / "entry_points.txt").write_text(
        "[verify_core.providers]\nacme = verify_fakes.memory:from_settings\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    async def login() -> tuple[str, Verdict]:
        async with load_async_provider("acme://?seed=1", environ={}) as made:
            started = await AsyncVerifier(made).start("+1 415 555 2671")
            return repr(made), (await made.check(started.ref, "0000")).verdict

    shown, verdict = asyncio.run(login())

    assert shown.startswith("as_async(")
    assert verdict is Verdict.WRONG_CODE


def test_unknown_provider_is_refused_alike() -> None:
    for load in (load_provider, load_async_provider):
        with pytest.raises(InvalidSetting, match="carrierpigeon"):
            load("carrierpigeon://", environ={})


def test_environment_names_the_awaited_provider_too() -> None:
    provider = load_async_provider(
        environ={"VERIFY_PROVIDER": twilio_url("http://127.0.0.1:9")}
    )

    assert isinstance(provider, AsyncTwilioVerify)
    assert TOKEN not in repr(provider)
