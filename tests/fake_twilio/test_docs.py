"""docs/reference/fake-twilio.md: its blocks run, and its links lead somewhere."""

from __future__ import annotations

import pytest

from tests.support.pages import Page

PAGE = Page("docs/reference/fake-twilio.md")


@pytest.mark.sdk
def test_the_blocks_run_one_after_another() -> None:
    pytest.importorskip("twilio.rest", reason="the official SDK is not installed")

    assert "trial" in PAGE.run()


def test_links_lead_somewhere() -> None:
    assert PAGE.dead_links() == []
