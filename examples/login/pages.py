"""The pages, as text. Whatever comes from outside is escaped here and nowhere else."""

from __future__ import annotations

from html import escape


def ask_number(*, typed: str = "", problem: str = "") -> str:
    """The first page: which number?"""
    return _page(
        "Sign in",
        f"""
<h1>Sign in</h1>
<p>We send you a code. No password needed.</p>
{_problem(problem)}
<form method="post" action="/start">
  <label for="number">Phone number, with country code</label>
  <input id="number" name="number" type="tel" autocomplete="tel" required autofocus
    placeholder="+1 555 323 1234" value="{escape(typed)}"{_described(problem)}>
  <button>Send code</button>
</form>""",
    )


def ask_code(
    masked: str, *, can_call: bool, problem: str = "", notice: str = ""
) -> str:
    """The second page: which code? Phones offer the one that came."""
    call = '<button name="channel" value="call">Call me instead</button>'
    return _page(
        "Enter your code",
        f"""
<h1>Enter your code</h1>
<p>Sent to <strong>{escape(masked)}</strong>.</p>
{_notice(notice)}{_problem(problem)}
<form method="post" action="/check">
  <label for="code">Code</label>
  <input id="code" name="code" class="code" autocomplete="one-time-code"
    inputmode="numeric" maxlength="20" required autofocus spellcheck="false"
    {_described(problem)}>
  <button>Sign in</button>
</form>
<form method="post" action="/resend" class="quiet">
  <button name="channel" value="sms">Send it again</button>
  {call if can_call else ""}
</form>
<form method="post" action="/leave" class="quiet">
  <button>Use another number</button>
</form>""",
    )


def welcome(masked: str) -> str:
    """The page behind the login."""
    return _page(
        "Signed in",
        f"""
<div class="tick" aria-hidden="true">✓</div>
<h1>You are signed in</h1>
<p>as <strong>{escape(masked)}</strong></p>
<form method="post" action="/leave"><button>Sign out</button></form>""",
    )


def _page(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
<main>{body}
</main>
</html>
"""


def _problem(text: str) -> str:
    return (
        f'<p id="problem" class="problem" role="alert">{escape(text)}</p>'
        if text
        else ""
    )


def _notice(text: str) -> str:
    return f'<p class="notice" role="status">{escape(text)}</p>' if text else ""


def _described(problem: str) -> str:
    return ' aria-invalid="true" aria-describedby="problem"' if problem else ""
