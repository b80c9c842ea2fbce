"""Ask for a number, ask for the code; the session remembers in between."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from verify_core import (
    Channel,
    Delivery,
    Identifier,
    Verdict,
    VerificationRef,
    record_of,
    text_of,
)
from verify_core.errors import Ambiguous, InputError, InvalidSetting, VerifyError

from .forms import CodeForm, NumberForm

#: Keys of the session: the reference of a verification that runs, who is signed in.
PENDING, SIGNED_IN = "pending", "signed_in"

_TRY_AGAIN = {Verdict.WRONG_CODE, Verdict.NOT_CHECKABLE}


@never_cache
@sensitive_post_parameters("number")
@require_http_methods(["GET", "POST"])
def number(request: HttpRequest) -> HttpResponse:
    """Who is signed in; or ask for a number and send a code to it."""
    if SIGNED_IN in request.session:
        return render(
            request, "welcome.html", {"identifier": request.session[SIGNED_IN]}
        )
    form = NumberForm(request.POST or None)
    if form.is_valid():
        problem = _send(request, form.cleaned_data["number"], Channel.SMS)
        if problem is None:
            return redirect("code")
        form.add_error("number", problem)
    status = 422 if form.errors else 200
    return render(request, "number.html", {"form": form}, status=status)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code, and sign in if it is right."""
    pending = _pending(request)
    if pending is None:
        return redirect("number")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            verdict = settings.VERIFIER.check(
                pending, form.cleaned_data["code"]
            ).verdict
        except (InputError, VerifyError) as error:
            form.add_error("code", record_of(error).message)
        else:
            if verdict is Verdict.APPROVED:
                return _sign_in(request, pending)
            problem = record_of(verdict).message
            if verdict not in _TRY_AGAIN:
                del request.session[PENDING]
                messages.error(request, problem)
                return redirect("number")
            form.add_error("code", problem)
    return _code_page(request, pending, form)


@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    """Send again, in the way asked for."""
    pending = _pending(request)
    if pending is None:
        return redirect("number")
    channel = request.POST.get("channel", "")
    problem = _send(request, pending.identifier, channel, previous=pending)
    if problem is not None:
        messages.error(request, problem)
    return redirect("code")


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out, or begin again."""
    request.session.flush()
    return redirect("number")


def _send(
    request: HttpRequest,
    to: str | Identifier,
    channel: str,
    *,
    previous: VerificationRef | None = None,
) -> str | None:
    """Send a code and remember its reference; else say what the problem is."""
    try:
        started = settings.VERIFIER.start(to, channel, previous=previous)
    except Ambiguous as error:
        if error.ref is None:
            return record_of(error).message
        ref, delivery = error.ref, Delivery.MAYBE_SENT
    except (InputError, VerifyError) as error:
        return record_of(error).message
    else:
        ref, delivery = started.ref, started.delivery
    request.session[PENDING] = ref.to_json()
    if delivery is Delivery.MAYBE_SENT:
        messages.warning(request, text_of("collector.maybe_sent"))
    _show_message()
    return None


def _sign_in(request: HttpRequest, ref: VerificationRef) -> HttpResponse:
    # What a stranger may have planted in the browser before opens nothing now.
    request.session.cycle_key()
    del request.session[PENDING]
    # Here an application finds its user by ref.identifier.value and calls login().
    request.session[SIGNED_IN] = str(ref.identifier)
    return redirect("number")


def _pending(request: HttpRequest) -> VerificationRef | None:
    try:
        return VerificationRef.from_json(request.session.get(PENDING))
    except InvalidSetting:  # none, or one of another release
        return None


def _code_page(
    request: HttpRequest, pending: VerificationRef, form: CodeForm
) -> HttpResponse:
    can_call = Channel.CALL in settings.VERIFIER.provider.capabilities.channels
    shown = {"form": form, "identifier": str(pending.identifier), "can_call": can_call}
    return render(request, "code.html", shown, status=422 if form.errors else 200)


def _show_message() -> None:
    # With fake:// the messages are in this process, and nobody else can see them.
    for message in getattr(settings.VERIFIER.provider, "outbox", [])[-1:]:
        print(f"[{message.channel} to {message.to}] {message.body}", flush=True)


urlpatterns = [
    path("", number, name="number"),
    path("code", code, name="code"),
    path("resend", resend, name="resend"),
    path("leave", leave, name="leave"),
]
