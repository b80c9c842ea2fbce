"""
The side door, `/_fake/`, of either vendor: what tests and the inbox may see and change.

A vendor's table holds a function for each operation: it takes a `DoorRequest` and gives
JSON, a ready response, or None (204). The names and first lines of the functions make
the OpenAPI document.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, Generic, TypeAlias

from attrs import field, frozen
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..kit._hiding import Hidden, Revealed, hidden
from ..kit._http import encoded
from . import _reading as reading
from ._access import has_token
from ._accounts import Accounts, AccountT
from ._door_request import DoorRequest, as_json
from ._events import Broadcast
from ._reading import BadRequest, Json

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
#: Method, path, endpoint.
Row: TypeAlias = tuple[str, str, Endpoint]
Answered: TypeAlias = Response | Json | None
Act: TypeAlias = Callable[[Any], Answered | Awaitable[Answered]]


@frozen
class DoorOperation:
    """
    One operation of the side door.

    Attributes:
        path: Below `/_fake/accounts/{account}`, or `/_fake` where it is for all.
        act: What it does; its name is the `operationId`.
        query: Query parameters: name to what it takes.
        body: Members of the JSON body: name to what it takes.
        for_one: Whether it is there for each account.
        for_all: Whether it is there for all accounts together.
        guarded: Whether it asks for the token.
        changes: Whether an account is another one afterwards.
    """

    method: str
    path: str
    act: Act
    query: Mapping[str, str] = field(factory=dict)
    body: Mapping[str, str] = field(factory=dict)
    for_one: bool = True
    for_all: bool = False
    guarded: bool = True
    changes: bool = field()

    @changes.default
    def _by_method(self) -> bool:
        return self.method != "GET"

    @property
    def paths(self) -> dict[str, str]:
        """Where it is, and its `operationId` there."""
        name = self.act.__name__
        found = {f"/_fake{self.path}": name} if self.for_all else {}
        if self.for_one:
            path = f"/_fake/accounts/{{account}}{self.path}"
            found[path] = f"account_{name}" if self.for_all else name
        return found


@frozen(kw_only=True)
class Door(Generic[AccountT]):
    """
    The side door of one server.

    Attributes:
        title: Of its OpenAPI document.
        operations: The vendor's table.
        accounts: All there are.
        form: What the name of an account looks like.
        takes: The same in words.
        token: Bearer token that it asks for; None asks for no token.
    """

    title: str
    operations: tuple[DoorOperation, ...]
    accounts: Accounts[AccountT]
    broadcast: Broadcast
    form: re.Pattern[str]
    takes: str
    _token: Hidden[str | None] = field(converter=hidden)

    token = Revealed[str | None]()

    def application(self, *pages: Row) -> Starlette:
        """The side door and pages as an application; refusals are JSON."""
        document = encoded(self.openapi())

        async def described(_request: Request) -> Response:
            return Response(document, media_type="application/json")

        rows: list[Row] = [
            ("GET", "/_fake/openapi.json", self._guarded(described)),
            *(
                (operation.method, path, self._endpoint(operation))
                for operation in self.operations
                for path in operation.paths
            ),
            *pages,
        ]
        by_path: dict[str, dict[str, Endpoint]] = {}
        for method, path, endpoint in rows:
            by_path.setdefault(path, {})[method] = endpoint
        made = Starlette(
            routes=[Route(path, _ByMethod(found)) for path, found in by_path.items()],
            exception_handlers={HTTPException: _refused, Exception: _failed},
        )
        made.router.redirect_slashes = False
        return made

    def _endpoint(self, operation: DoorOperation) -> Endpoint:
        answers = partial(self._act, operation)
        return self._guarded(answers) if operation.guarded else answers

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def asked(request: Request) -> Response:
            if self.token is not None and not has_token(
                request.headers, request.query_params, self.token
            ):
                return problem(401, "authorization", "takes Bearer and the token")
            try:
                return await endpoint(request)
            except BadRequest as bad:
                return problem(400, bad.field, bad.takes)

        return asked

    async def _act(self, operation: DoorOperation, request: Request) -> Response:
        accounts = self._accounts_of(request)
        reads = operation.method != "GET"
        ask = DoorRequest(
            accounts=accounts,
            query=request.query_params,
            body=await reading.read_body(request, operation.body) if reads else {},
            broadcast=self.broadcast,
            bounds=self.accounts.bounds,
        )
        answered = operation.act(ask)
        if inspect.isawaitable(answered):
            answered = await answered
        if operation.changes:
            for account in accounts:
                self.broadcast.publish("changed", account.name, account.named)
        if isinstance(answered, Response):
            return answered
        return Response(status_code=204) if answered is None else as_json(answered)

    def _accounts_of(self, request: Request) -> tuple[AccountT, ...]:
        name = request.path_params.get("account")
        if name is None:
            wanted = request.query_params.get("account")
            return tuple(a for a in self.accounts if wanted in {None, "", a.name})
        if not self.form.fullmatch(name):
            raise BadRequest("account", self.takes)
        try:
            return (self.accounts.get(name),)
        except KeyError:
            raise BadRequest("account", "is not declared in --config") from None

    def openapi(self) -> Json:
        """The OpenAPI document of the operations."""
        paths: dict[str, Json] = {}
        for operation in self.operations:
            for path, name in operation.paths.items():
                described = {"operationId": name, **self._described(operation, path)}
                paths.setdefault(path, {})[operation.method.lower()] = described
        info = {"title": self.title, "version": "1"}
        return {"openapi": "3.1.0", "info": info, "paths": paths}

    def _described(self, operation: DoorOperation, path: str) -> Json:
        text = {"type": "string"}
        parameters: list[Json] = [
            {"name": name, "in": "query", "description": takes, "schema": text}
            for name, takes in operation.query.items()
        ]
        if "{account}" in path:
            schema: Json = {**text, "pattern": f"^({self.form.pattern})$"}
            parameters.append(
                {"name": "account", "in": "path", "required": True, "schema": schema}
            )
        described: Json = {
            "summary": (operation.act.__doc__ or "").partition("\n")[0],
            "parameters": parameters,
            "responses": {
                "2XX": {"description": "Done."},
                "400": {"description": "A field cannot be used; the answer names it."},
            },
        }
        if operation.body:
            members = {name: {"description": it} for name, it in operation.body.items()}
            schema = {"type": "object", "additionalProperties": False}
            content = {"application/json": {"schema": schema | {"properties": members}}}
            described["requestBody"] = {"content": content}
        return described


class _ByMethod:
    """What answers at one path, by method."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._endpoints = endpoints
        implied = {"HEAD", "OPTIONS"} if "GET" in endpoints else {"OPTIONS"}
        self._allow = {"Allow": ", ".join(sorted({*endpoints, *implied}))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say which methods there are (RFC 9110, 9.3.7 and 15.5.6)."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        endpoint = self._endpoints.get(method)
        if endpoint is not None:
            answer = await endpoint(Request(scope, receive))
        elif method == "OPTIONS":
            answer = Response(status_code=204, headers=self._allow)
        else:
            why = f"takes {self._allow['Allow']}"
            answer = problem(405, "method", why, headers=self._allow)
        await answer(scope, receive, send)


async def _refused(_request: Request, refused: Any) -> Response:  # noqa: ANN401 - Starlette's
    missing = refused.status_code == HTTPStatus.NOT_FOUND
    what = "there is nothing at this path" if missing else refused.detail
    return problem(refused.status_code, "path", what)


async def _failed(_request: Request, _error: Exception) -> Response:
    return problem(500, "request", "the fake has failed; its log says how")


def problem_of(name: str, takes: str) -> dict[str, dict[str, str]]:
    """What the side door says to a request that it cannot use."""
    return {"error": {"field": name, "message": takes}}


def problem(
    status: int, name: str, takes: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    """A refusal that names a field and says what it takes."""
    return Response(
        encoded(problem_of(name, takes)),
        status_code=status,
        media_type="application/json",
        headers=headers,
    )
