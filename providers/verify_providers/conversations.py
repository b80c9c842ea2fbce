"""
Conversations: what a provider decides, written once and run in two ways.

A conversation is a generator. It yields a step (an HTTP request, a call to another
provider), receives the reply to it, and ends by returning the result of a provider's
method or by raising its error. It does not wait itself: `run` performs each step and
blocks; `run_awaited` performs each step and awaits.

`ConversationProvider` makes a blocking provider of four conversations and
`AsyncConversationProvider` an awaited one. A vendor over HTTP uses their subclasses in
`verify_providers.http`.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import closing
from contextvars import ContextVar
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast

from attrs import converters, field, frozen

from verify_core.errors import Ambiguous, InvalidSetting
from verify_core.frames import unframed, unframed_init, without_frames
from verify_core.masking import Secret, to_secret
from verify_core.provider import (
    AsyncVerifyProvider,
    Capabilities,
    VerifyProvider,
    owns,
)
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

_LOG = logging.getLogger(__name__)

T = TypeVar("T")
StepT = TypeVar("StepT")
ReplyT = TypeVar("ReplyT")
StepT_co = TypeVar("StepT_co", covariant=True)
ReplyT_contra = TypeVar("ReplyT_contra", contravariant=True)
StepT_contra = TypeVar("StepT_contra", contravariant=True)
ReplyT_co = TypeVar("ReplyT_co", covariant=True)

Conversation: TypeAlias = Generator[StepT, ReplyT, T]
"""Yields steps, receives replies and returns a result, or raises an error."""


@frozen(kw_only=True)
class StartCall:
    """A call of `start`; with `previous`, to send again for that verification."""

    request: StartRequest
    previous: VerificationRef | None = None


@frozen(kw_only=True)
class CheckCall:
    """A call of `check`."""

    ref: VerificationRef
    code: Secret = field(converter=to_secret)


@frozen(kw_only=True)
class FetchCall:
    """A call of `fetch`."""

    ref: VerificationRef


@frozen(kw_only=True)
class CancelCall:
    """A call of `cancel`."""

    ref: VerificationRef


ProviderCall: TypeAlias = StartCall | CheckCall | FetchCall | CancelCall
ProviderAnswer: TypeAlias = Started | CheckResult | VerificationState | CancelOutcome


def perform(call: ProviderCall, provider: VerifyProvider) -> ProviderAnswer:
    """
    Make one call, blocking.

    Raises:
        VerifyError: The provider could not do it.
    """
    match call:
        case StartCall():
            return provider.start(call.request, previous=call.previous)
        case CheckCall():
            return provider.check(call.ref, call.code.reveal())
        case FetchCall():
            return provider.fetch(call.ref)
        case CancelCall():
            return provider.cancel(call.ref)


def run(
    conversation: Conversation[StepT, ReplyT, T], perform: Callable[[StepT], ReplyT]
) -> T:
    """
    Run a conversation to its end, blocking.

    Args:
        conversation: A generator that has not begun.
        perform: Does what a step says and returns the reply; what it raises is raised
            in the conversation, where the step was yielded.

    Returns:
        What the conversation returns.

    Raises:
        Exception: Whatever the conversation raises.
    """
    with closing(conversation):
        try:
            step = next(conversation)
            while True:
                try:
                    reply = perform(step)
                except Exception as error:  # noqa: BLE001 - the conversation decides
                    step = conversation.throw(error)
                else:
                    step = conversation.send(reply)
        except StopIteration as stop:
            return cast("T", stop.value)


async def run_awaited(
    conversation: Conversation[StepT, ReplyT, T],
    perform: Callable[[StepT], Awaitable[ReplyT]],
) -> T:
    """
    Run a conversation to its end, awaiting each step; otherwise like `run`.

    Raises:
        Exception: Whatever the conversation raises.
    """
    with closing(conversation):
        try:
            step = next(conversation)
            while True:
                try:
                    reply = await perform(step)
                except Exception as error:  # noqa: BLE001 - the conversation decides
                    step = conversation.throw(error)
                else:
                    step = conversation.send(reply)
        except StopIteration as stop:
            return cast("T", stop.value)


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
    def name(self) -> str: ...  # noqa: D102 - described above

    @property
    def capabilities(self) -> Capabilities: ...  # noqa: D102 - described above

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


class ConversationProvider(Generic[StepT, ReplyT]):
    """
    A blocking provider made of conversations.

    Safe for several threads if the conversations and `begin` are.

    Args:
        conversations: What the provider decides.
        begin: Called once for each method call; returns the function that performs
            the steps of that call.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__init__" in vars(cls):
            unframed_init(cls)  # a vendor's constructor takes secrets

    def __init__(
        self,
        conversations: Conversations[StepT, ReplyT],
        begin: Callable[[], Callable[[StepT], ReplyT]],
    ) -> None:
        self._conversations = conversations
        self._begin = begin

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

    @unframed
    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """
        Send a passcode; with `previous`, send again for that verification.

        Raises:
            NotSent: No message left; its subclasses say what to do.
            Ambiguous: One may have left and nothing more can be found out.
            Unexpected: The answer cannot be read.
        """
        return run(self._conversations.start(request, previous), self._begin())

    @unframed
    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        Ask whether the code is right; a wrong one is a verdict, not an error.

        Raises:
            VerifyError: The question could not be put or its answer is missing.
        """
        secret = to_secret(code, "code")
        del code  # a traceback shows what a frame still holds
        return run(self._conversations.check(ref, secret), self._begin())

    @unframed
    def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Ask where the verification stands.

        Raises:
            NotSupported: `capabilities.fetch` is `NONE`.
            VerifyError: The question could not be put or its answer is missing.
        """
        return run(self._conversations.fetch(ref), self._begin())

    @unframed
    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """
        End the verification, if the vendor can; if not, say so in the outcome.

        Raises:
            VerifyError: The question could not be put or its answer is missing.
        """
        return run(self._conversations.cancel(ref), self._begin())


@frozen(kw_only=True)
class LateAnswer:
    """
    What became of a call whose caller was cancelled before the answer came.

    Attributes:
        call: What was asked.
        answer: The answer; of a start it holds the reference. None where it raised.
        error: What it raised, without frames if it is an error of this library; or
            None.
    """

    call: ProviderCall
    answer: ProviderAnswer | None
    error: BaseException | None = field(converter=converters.optional(without_frames))


OnLate: TypeAlias = Callable[[LateAnswer], None]
"""Receives what became of a call after its caller was cancelled; must be quick."""


def log_late(late: LateAnswer) -> None:
    """Log a masked warning: a message may have left, and its reference was dropped."""
    asked = late.call.request if isinstance(late.call, StartCall) else late.call.ref
    _LOG.warning(
        "%s for %s ended with %s after its task was cancelled; pass on_late to keep it",
        type(late.call).__name__,
        asked.identifier,
        type(late.answer if late.error is None else late.error).__name__,
    )


@frozen(eq=False)
class Call:
    """
    A step of a provider made of others: make this call once.

    The reply is what the call returns; what it raises is raised at the step.

    Attributes:
        make: Makes the call. It returns the reply, or an awaitable of the reply where
            what is called is awaited.
        to: The provider that `make` calls, if it is one. A conversation provider then
            runs in the caller's task, which is made for such calls.
        has_effect: Whether the call may send a message or spend a guess.
        tidies: Whether it takes back or notes what the conversation did, so that it is
            made even after the conversation was cancelled.
    """

    make: Callable[[], Any] = field(repr=False)
    to: object = field(default=None, repr=False)
    has_effect: bool = False
    tidies: bool = False


class StepCancelled(Exception):
    """A step without an effect was cancelled, or not made for that reason."""


CallConversation: TypeAlias = Conversation[Call, Any, T]
"""A conversation of a provider made of others."""


def require_awaited(
    setting: str, provider: VerifyProvider | AsyncVerifyProvider, *, awaited: bool
) -> None:
    """
    Refuse a provider of the other kind.

    Args:
        setting: What the error names.
        provider: The provider inside.
        awaited: Whether its methods must be awaited, or must block.

    Raises:
        InvalidSetting: It is of the other kind; says what to do.
    """
    if inspect.iscoroutinefunction(provider.start) is awaited:
        return
    raise InvalidSetting(
        setting,
        "takes awaited providers; as_async() makes one of a provider that blocks"
        if awaited
        else "takes providers that block; this one is awaited: use the Async… class",
    )


def make_calls() -> Callable[[Call], Any]:
    """Return what performs the calls of one conversation, blocking."""
    return lambda step: step.make()


class AwaitedSteps(Protocol[StepT_contra, ReplyT_co]):
    """
    Performs the steps of one call.

    Attributes:
        maybe_sent: Whether a step may have had an effect so far, or is about to.
    """

    @property
    def maybe_sent(self) -> bool: ...  # noqa: D102 - described above

    async def __call__(self, step: StepT_contra, /) -> ReplyT_co:
        """
        Perform one step.

        When its task is cancelled it does not raise `CancelledError`: it replies (or
        raises an error) as if the answer were lost, and refuses later steps at once, so
        that the conversation ends and its result can be reported.
        """


_CALLED: ContextVar[object] = ContextVar("CALLED", default=None)
"""The provider that the conversation of this task calls itself, until it begins."""


class AwaitedCalls:
    """
    Performs the calls of one conversation, awaiting each; see `AwaitedSteps`.

    Once a call with an effect was made, the conversation runs on to its end when its
    caller is cancelled. When the loop closes, the call under way counts as lost.

    Args:
        provider: The provider's name, for errors.
    """

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._cancelled = False
        self.maybe_sent = False

    async def __call__(self, step: Call, /) -> Any:  # noqa: ANN401 - any reply
        """
        Make one call and await it, if there is something to await.

        Raises:
            Ambiguous: It was cancelled and may have had an effect.
            StepCancelled: It was cancelled and had none, or one before it was.
            Exception: Whatever the call raises.
        """
        if self._cancelled and not step.tidies:
            raise StepCancelled
        self.maybe_sent = self.maybe_sent or step.has_effect
        _CALLED.set(step.to)
        try:
            reply = step.make()
            return (await reply) if inspect.isawaitable(reply) else reply
        except asyncio.CancelledError:
            self._cancelled = True
        if step.has_effect:
            raise Ambiguous("the call was cancelled before its answer", self._provider)
        raise StepCancelled


class AsyncConversationProvider(Generic[StepT, ReplyT]):
    """
    An awaited provider made of conversations, on `asyncio`.

    Each call runs in a task of its own, or in that of the conversation that makes it. A
    caller that is cancelled ends at once. If
    nothing can have been sent by then, the call ends, too. Otherwise it runs on to its
    end, and `on_late` receives what came of it. A loop that closes cancels the call as
    well; what is known of it then goes to `on_late`.

    Args:
        conversations: What the provider decides.
        begin: Called once for each method call; returns what performs its steps.
        on_late: Receives the answers whose caller was cancelled; None logs a masked
            warning. The attribute of that name may be set later, too.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__init__" in vars(cls):
            unframed_init(cls)  # a vendor's constructor takes secrets

    def __init__(
        self,
        conversations: Conversations[StepT, ReplyT],
        begin: Callable[[], AwaitedSteps[StepT, ReplyT]],
        *,
        on_late: OnLate | None = None,
    ) -> None:
        self._conversations = conversations
        self._begin = begin
        self.on_late = log_late if on_late is None else on_late
        self._running: set[asyncio.Task[None]] = set()

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

    @unframed
    async def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """
        Send a passcode; with `previous`, send again for that verification.

        Raises:
            NotSent: No message left; its subclasses say what to do.
            Ambiguous: One may have left and nothing more can be found out.
            Unexpected: The answer cannot be read.
        """
        conversation = self._conversations.start(request, previous)
        call = StartCall(request=request, previous=previous)
        return cast("Started", await self._call(call, conversation))

    @unframed
    async def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        Ask whether the code is right; a wrong one is a verdict, not an error.

        Raises:
            VerifyError: The question could not be put or its answer is missing.
        """
        call = CheckCall(ref=ref, code=to_secret(code, "code"))
        del code  # a traceback shows what a frame still holds
        conversation = self._conversations.check(ref, call.code)
        return cast("CheckResult", await self._call(call, conversation))

    @unframed
    async def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Ask where the verification stands.

        Raises:
            NotSupported: `capabilities.fetch` is `NONE`.
            VerifyError: The question could not be put or its answer is missing.
        """
        conversation = self._conversations.fetch(ref)
        answer = await self._call(FetchCall(ref=ref), conversation)
        return cast("VerificationState", answer)

    @unframed
    async def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """
        End the verification, if the vendor can; if not, say so in the outcome.

        Raises:
            VerifyError: The question could not be put or its answer is missing.
        """
        conversation = self._conversations.cancel(ref)
        answer = await self._call(CancelCall(ref=ref), conversation)
        return cast("CancelOutcome", answer)

    async def aclose(self) -> None:
        """Wait for the calls that are under way, late ones included."""
        loop = asyncio.get_running_loop()
        mine = [task for task in self._running if task.get_loop() is loop]
        await asyncio.gather(*mine, return_exceptions=True)

    async def _call(
        self,
        call: ProviderCall,
        conversation: Conversation[StepT, ReplyT, ProviderAnswer],
    ) -> ProviderAnswer:
        steps = self._begin()
        if _CALLED.get() is self:
            _CALLED.set(None)
            return await self._run_inside(call, conversation, steps)
        answer: asyncio.Future[ProviderAnswer]
        answer = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._run(call, conversation, steps, answer))

        def ended(_task: asyncio.Task[None]) -> None:
            self._running.discard(task)
            answer.cancel()  # does nothing once the answer is there

        self._running.add(task)
        task.add_done_callback(ended)
        try:
            return await answer
        except asyncio.CancelledError:
            if not answer.cancelled():  # it came in the same moment
                self._report(call, steps, answer.exception() or answer.result())
            elif not steps.maybe_sent:
                task.cancel()
            raise

    async def _run_inside(
        self,
        call: ProviderCall,
        conversation: Conversation[StepT, ReplyT, ProviderAnswer],
        steps: AwaitedSteps[StepT, ReplyT],
    ) -> ProviderAnswer:
        """Run in the task of the conversation that called; it outlives its caller."""
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        cancels = task.cancelling()
        self._running.add(task)
        outcome: ProviderAnswer | Exception
        try:
            outcome = await run_awaited(conversation, steps)
        except Exception as error:  # noqa: BLE001 - raised or reported below
            outcome = error
        finally:
            self._running.discard(task)
        if task.cancelling() > cancels:  # the steps have taken it for a lost answer
            self._report(call, steps, outcome)
            raise asyncio.CancelledError
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _run(
        self,
        call: ProviderCall,
        conversation: Conversation[StepT, ReplyT, ProviderAnswer],
        steps: AwaitedSteps[StepT, ReplyT],
        answer: asyncio.Future[ProviderAnswer],
    ) -> None:
        # The caller that was cancelled has cancelled the future that it waits for.
        try:
            found = await run_awaited(conversation, steps)
        except Exception as error:  # noqa: BLE001 - the caller's, or reported
            if answer.cancelled():
                self._report(call, steps, error)
            else:
                answer.set_exception(error)
        else:
            if answer.cancelled():
                self._report(call, steps, found)
            else:
                answer.set_result(found)

    def _report(
        self,
        call: ProviderCall,
        steps: AwaitedSteps[StepT, ReplyT],
        outcome: ProviderAnswer | BaseException,
    ) -> None:
        if not steps.maybe_sent:
            return
        error = outcome if isinstance(outcome, BaseException) else None
        answer = None if isinstance(outcome, BaseException) else outcome
        self.on_late(LateAnswer(call=call, answer=answer, error=error))
