"""The FastAPI example in this process: no socket, no thread but the provider's."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import define, field

from verify_core import Started, StartRequest, TokenKeys, VerificationRef
from verify_fakes import FakeVerifyProvider

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "fastapi_login"
WAITS_S = 10


class Held(FakeVerifyProvider):
    """A fake whose starts wait, when they are held, after they have begun."""

    def __init__(self) -> None:
        super().__init__(seed=1)
        self.begun, self.let = threading.Semaphore(0), threading.Event()
        self.let.set()

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.begun.release()
        assert self.let.wait(WAITS_S)
        return super().start(request, previous=previous)


@define
class Served:
    """The application, its provider and its clock."""

    example: ModuleType
    provider: Held = field(factory=Held)
    keys: TokenKeys = field(
        factory=lambda: TokenKeys(keys={"k": TokenKeys.new_key()}), repr=False
    )

    @property
    def code(self) -> str:
        return self.provider.outbox[-1].code

    @asynccontextmanager
    async def client(self, deadline_s: float = WAITS_S) -> AsyncIterator[Any]:
        import httpx

        app = self.example.create_app(
            self.provider,
            self.keys,
            now=self.provider.clock.now,
            deadline_s=deadline_s,
        )
        transport = httpx.ASGITransport(app)
        base = "http://app.example"
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url=base) as client,
        ):
            client.late = app.state.late  # type: ignore[attr-defined]
            yield client


@pytest.fixture(scope="session")
def example() -> Iterator[ModuleType]:
    pytest.importorskip("fastapi")
    pytest.importorskip("httpx")
    name = "example_fastapi_login_app"
    spec = importlib.util.spec_from_file_location(name, FOLDER / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


@pytest.fixture
def served(example: ModuleType) -> Served:
    return Served(example)
