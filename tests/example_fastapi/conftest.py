"""The FastAPI example in this process: no socket, no thread but the provider's."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
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


def as_described(description: dict[str, Any]) -> Callable[[Any], Awaitable[None]]:
    """Hold an answer against the API's own description."""
    from openapi_core import Config, OpenAPI
    from openapi_core.testing import MockRequest, MockResponse

    readers = {"application/problem+json": json.loads}
    judge = OpenAPI.from_dict(
        description, config=Config(extra_media_type_deserializers=readers)
    )

    async def hold(answer: Any) -> None:  # noqa: ANN401 - httpx is optional
        url = answer.request.url
        if not url.path.startswith("/login/"):
            return
        host = f"{url.scheme}://{url.host}"
        request = MockRequest(host, answer.request.method.lower(), url.path)
        told = MockResponse(
            await answer.aread(),
            answer.status_code,
            content_type=answer.headers.get("content-type", ""),
        )
        judge.validate_response(request, told)

    return hold


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
        hooks = {"response": [as_described(app.openapi())]}
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=transport, base_url=base, event_hooks=hooks
            ) as client,
        ):
            client.late = app.state.late  # type: ignore[attr-defined]
            yield client


@pytest.fixture(scope="session")
def example() -> Iterator[ModuleType]:
    pytest.importorskip("fastapi")
    pytest.importorskip("httpx")
    pytest.importorskip("openapi_core")
    name = "example_fastapi_login_app"
    spec = importlib.util.spec_from_file_location(name, FOLDER / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)  # as `python examples/fastapi_login` does
        spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


@pytest.fixture
def served(example: ModuleType) -> Served:
    return Served(example)
