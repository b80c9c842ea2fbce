"""
Build the site into build/site; any warning is an error.

    python docs            pages, and plain Markdown beside each
    python docs --links    whether links to elsewhere lead somewhere, over the network
"""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.cmd.build import main

DOCS = Path(__file__).parent
SITE = DOCS.parent / "build" / "site"


# -E: a page that has not changed is read anew, or its warnings would be passed over.
STRICT = ("-E", "-W", "--keep-going", "-n", "-q")


def build(builder: str, to: Path, *options: str) -> int:
    """Run one builder of Sphinx, and say how it ended."""
    return main(["-b", builder, *options, str(DOCS), str(to)])


if __name__ == "__main__":
    if sys.argv[1:] == ["--links"]:
        sys.exit(build("linkcheck", SITE.with_name("links"), *STRICT))
    # The same pages once more: what there is to warn of, the first has said.
    if failed := build("html", SITE, *STRICT) or build("markdown", SITE, "-Q"):
        sys.exit(failed)
    print(f"The site is {SITE / 'index.html'}")
