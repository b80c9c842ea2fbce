"""docs/how-to/senders.md runs, and its table is complete."""

from __future__ import annotations

from tests.support.pages import Page
from verify_providers.own import senders
from verify_providers.own.senders import _urls as urls

PAGE = Page("docs/how-to/senders.md")


def test_every_python_block_runs() -> None:
    for block in PAGE.blocks("python"):
        PAGE.run(block)


def test_every_vendor_and_its_scheme_is_listed() -> None:
    homes = ("_aws_senders", "_twilio", "_vonage", "_whatsapp")
    kinds = [name for home in homes for name in senders._NAMES[home]]  # noqa: SLF001 - the lists
    schemes = [
        scheme
        for scheme, maker in urls._MAKERS.items()  # noqa: SLF001 - likewise
        if isinstance(maker, str) and maker.startswith(homes)
    ]

    assert PAGE.without([*kinds, *schemes]) == []


def test_every_link_leads_somewhere() -> None:
    assert PAGE.dead_links() == []
