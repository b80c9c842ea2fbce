"""Providers made of conversations: one blocks, one is awaited and loses no answer."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Protocol,
    Self,
    TypeAlias,
    TypeVar,
    cast,
)

from verify_core.frames import unframed, unframed_init
from verify_core.masking import Secret, to_secret
from verify_core.provider import Capabilities, owns
from verify_core.validation import require_function
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

from ._calls import joins_caller
from ._late import (
    CancelCall,
    CheckCall,
    FetchCall,
    LateAnswer,
    OnLate,
    ProviderAnswer,
    ProviderCall,
    StartCall,
    log_late,
)
from ._running import Conversation, run, run_awaited

if TYPE_CHECKING:
    import asyncio  # loads as much as a half of all else: where it is needed

AnswerT = TypeVar("AnswerT", bound=ProviderAnswer)
_MakeCall: TypeAlias = Callable[[], ProviderCall]
"""Makes the record of a call, which only a late answer needs."""

StepT = TypeVar("StepT")
ReplyT = TypeVar("ReplyT")
StepT_co = TypeVar("StepT_co", covariant=True)
ReplyT_contra = TypeVar("ReplyT_contra", contravariant=True)
StepT_contra = TypeVar("StepT_contra", contravariant=True)
ReplyT_co = TypeVar("ReplyT_co", covariant=True)


class Conversations(Protocol[StepT_co, ReplyT_contra]):
    """
    A provider's four methods as conversations.

    Each method returns a generator that has not begun. The laws of
    `verify_core.provider.VerifyProvider` hold for what it returns and raises.

    A method `owns`, if there is one, decides which references are the provider's;
    without it, the name in them does.

    Attributes:
        name: Stands in every reference; lower-case, stable.
        capabilities: What the provider can do.
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> Generator[StepT_co, ReplyT_contra, Started]:
        """Send a passcode; with `previous`, send again for that verification."""

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> Generator[StepT_co, ReplyT_contra, CheckResult]:
        """Ask whether the code is right."""

    def fetch(
        self, ref: VerificationRef
    ) -> Generator[StepT_co, ReplyT_contra, VerificationState]:
        """Ask where the verification stands."""

    def cancel(
        self, ref: VerificationRef
    ) -> Generator[StepT_co, ReplyT_contra, CancelOutcome]:
        """End the verification."""


class _Described(Generic[StepT, ReplyT]):
    """What providers of both kinds take from their conversations."""

    _conversations: Conversations[StepT, ReplyT]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__init__" in vars(cls):
            unframed_init(cls)  # a vendor's constructor takes secrets

    @property
    def name(self) -> str:
        """Stands in every reference."""
        return self._conversations.name

    @property
    def capabilities(self) -> Capabilities:
        """What the provider can do."""
        return self._conversations.capabilities

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the provider can read the reference."""
        return owns(self._conversations, ref)


class ConversationProvider(_Described[StepT, ReplyT]):
    """
    A blocking provider made of conversations.

    Its methods return and raise what `verify_core.provider.VerifyProvider` says. Safe
    for several threads if the conversations and `begin` are. A context manager: leaving
    it closes what is inside.

    Args:
        conversations: What the provider decides.
        begin: Called once for each method call; returns the function that performs
            the steps of that call.
        inside: What the steps use, to be closed with the provider.
    """

    def __init__(
        self,
        conversations: Conversations[StepT, ReplyT],
        begin: Callable[[], Callable[[StepT], ReplyT]],
        *,
        inside: Iterable[object] = (),
    ) -> None:
        self._conversations = conversations
        self._begin = begin
        self._inside = tuple(inside)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what is inside, where it can be closed."""
        with ExitStack() as stack:
            for each in reversed(self._inside):
                close = getattr(each, "close", None)
                if callable(close):
                    stack.callback(close)

    @unframed
    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """Send a passcode; with `previous`, send again for that verification."""
        return run(self._conversations.start(request, previous), self._begin())

    @unframed
    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """Ask whether the code is right; a wrong one is a verdict, not an error."""
        secret = to_secret(code, "code")
        del code  # a traceback shows what a frame still holds
        return run(self._conversations.check(ref, secret), self._begin())

    @unframed
    def fetch(self, ref: VerificationRef) -> VerificationState:
        """Ask where the verification stands."""
        return run(self._conversations.fetch(ref), self._begin())

    @unframed
    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """End the verification, if the vendor can; if not, say so in the outcome."""
        return run(self._conversations.cancel(ref), self._begin())


class AwaitedSteps(Protocol[StepT_contra, ReplyT_co]):
    """
    Performs the steps of one call.

    Attributes:
        maybe_sent: Whether a step may have had an effect so far, or is about to.
    """

    @property
    def maybe_sent(self) -> bool: ...

    async def __call__(self, step: StepT_contra, /) -> ReplyT_co:
        """
        Perform one step.

        When its task is cancelled it does not raise `CancelledError`: it replies (or
        raises an error) as if the answer were lost, and refuses later steps at once, so
        that the conversation ends and its result can be reported.
        """


class AsyncConversationProvider(_Described[StepT, ReplyT]):
    """
    An awaited provider made of conversations, on `asyncio`.

    Its methods return and raise what `verify_core.provider.AsyncVerifyProvider` says.
    Each call runs in a task of its own, or in that of the conversation that makes it. A
    caller that is cancelled ends at once. If nothing can have been sent by then, the
    call ends, too. Otherwise it runs on to its end, and `on_late` receives what came of
    it. A loop that closes cancels the call as well; what is known of it then goes to
    `on_late`. An asynchronous context manager: leaving it is `aclose()`.

    Args:
        conversations: What the provider decides.
        begin: Called once for each method call; returns what performs its steps.
        inside: What the steps use, to be closed with the provider.
        on_late: Receives the answers whose caller was cancelled; None logs a masked
            warning. The attribute of that name may be set later, too.
    """

    def __init__(
        self,
        conversations: Conversations[StepT, ReplyT],
        begin: Callable[[], AwaitedSteps[StepT, ReplyT]],
        *,
        inside: Iterable[object] = (),
        on_late: OnLate | None = None,
    ) -> None:
        self._conversations = conversations
        self._begin = begin
        late = log_late if on_late is None else on_late
        self.on_late = require_function("on_late", late)
        self._inside = tuple(inside)
        self._running: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    @unframed
    async def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """Send a passcode; with `previous`, send again for that verification."""
        call = partial(StartCall, request=request, previous=previous)
        return await self._call(call, self._conversations.start(request, previous))

    @unframed
    async def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """Ask whether the code is right; a wrong one is a verdict, not an error."""
        secret = to_secret(code, "code")
        del code  # a traceback shows what a frame still holds
        call = partial(CheckCall, ref=ref, code=secret)
        return await self._call(call, self._conversations.check(ref, secret))

    @unframed
    async def fetch(self, ref: VerificationRef) -> VerificationState:
        """Ask where the verification stands."""
        call = partial(FetchCall, ref=ref)
        return await self._call(call, self._conversations.fetch(ref))

    @unframed
    async def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """End the verification, if the vendor can; if not, say so in the outcome."""
        call = partial(CancelCall, ref=ref)
        return await self._call(call, self._conversations.cancel(ref))

    async def aclose(self) -> None:
        """Wait for the calls under way, late ones too; then close what is inside."""
        import asyncio

        loop = asyncio.get_running_loop()
        mine = [task for task in self._running if task.get_loop() is loop]
        await asyncio.gather(*mine, return_exceptions=True)
        async with AsyncExitStack() as stack:
            for each in reversed(self._inside):
                aclose = getattr(each, "aclose", None)
                if callable(aclose):
                    stack.push_async_callback(aclose)

    async def _call(
        self, call: _MakeCall, conversation: Conversation[StepT, ReplyT, AnswerT]
    ) -> AnswerT:
        import asyncio

        steps = self._begin()
        if joins_caller(self):
            return await self._run_inside(call, conversation, steps)
        answer: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._run(call, conversation, steps, answer))
        self._running.add(task)
        task.add_done_callback(partial(self._forget, answer))
        try:
            return await answer
        except asyncio.CancelledError:
            if not answer.cancelled():  # it came in the same moment
                error = answer.exception()
                self._report(call, steps, None if error else answer.result(), error)
            elif not steps.maybe_sent:
                task.cancel()
            raise

    def _forget(self, answer: asyncio.Future[Any], task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        answer.cancel()  # if the task was cancelled before it began

    async def _run(
        self,
        call: _MakeCall,
        conversation: Conversation[StepT, ReplyT, AnswerT],
        steps: AwaitedSteps[StepT, ReplyT],
        answer: asyncio.Future[AnswerT],
    ) -> None:
        """Run in a task of its own; it raises nothing that a closing loop would log."""
        found, error = await _outcome(conversation, steps)
        if answer.cancelled():  # with its caller
            self._report(call, steps, found, error)
        elif error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(found)

    async def _run_inside(
        self,
        call: _MakeCall,
        conversation: Conversation[StepT, ReplyT, AnswerT],
        steps: AwaitedSteps[StepT, ReplyT],
    ) -> AnswerT:
        """Run in the task of the conversation that called; it outlives its caller."""
        import asyncio

        task = cast("asyncio.Task[Any]", asyncio.current_task())
        cancels = task.cancelling()
        self._running.add(task)
        try:
            found, error = await _outcome(conversation, steps)
        finally:
            self._running.discard(task)
        if task.cancelling() > cancels:  # the steps have taken it for a lost answer
            self._report(call, steps, found, error)
            raise asyncio.CancelledError
        if error is not None:
            raise error
        result: AnswerT = found
        return result

    def _report(
        self,
        call: _MakeCall,
        steps: AwaitedSteps[StepT, ReplyT],
        answer: ProviderAnswer | None,
        error: BaseException | None,
    ) -> None:
        if steps.maybe_sent:
            self.on_late(LateAnswer(call=call(), answer=answer, error=error))


async def _outcome(
    conversation: Conversation[StepT, ReplyT, AnswerT],
    steps: AwaitedSteps[StepT, ReplyT],
) -> tuple[Any, Exception | None]:
    """Return the answer and None, or None and the error."""
    try:
        return await run_awaited(conversation, steps), None
    except Exception as error:  # noqa: BLE001 - raised or reported by the caller
        return None, error
