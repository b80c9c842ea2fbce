"""The page on the server names every option, every path and every effect there is."""

from __future__ import annotations

from tests.support.each import require_each
from tests.support.pages import Page
from verify_fakes.server.command import serve
from verify_fakes.server.twilio._door import OPERATIONS
from verify_fakes.twilio import Break
from verify_fakes.twilio.machine._rules import PROFILES

PAGE = Page("docs/how-to/server.md")


def test_every_option() -> None:
    shown = [param for param in serve.params if not getattr(param, "hidden", False)]

    assert PAGE.without(option for param in shown for option in param.opts) == []


def test_every_operation_has_its_path() -> None:
    def is_there(path: str) -> None:
        name = path.removeprefix("/accounts/{account}") or "/accounts"
        forms = (f"{name}`", f"…{name}`", f"{{account}}{name}`")
        assert any(form in PAGE.text for form in forms)

    require_each({row.path for row in OPERATIONS}, is_there)


def test_every_break_profile_and_member_of_a_body() -> None:
    members = {name for row in OPERATIONS for name in row.body}

    assert PAGE.without({*Break, *PROFILES, *members}) == []
