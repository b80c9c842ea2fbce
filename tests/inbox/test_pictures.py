"""The documentation's pictures; `pictures.py` draws them, not each run."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from tests.inbox.pictures import FOLDER, MOST_BYTES

PAGE = (FOLDER.parent / "how-to" / "server.md").read_text(encoding="utf-8")


def test_each_picture_is_small_and_shown_with_words() -> None:
    shown = dict(re.findall(r"!\[([^\]]+)\]\(\.\./images/([^)]+)\)", PAGE))
    drawn = {picture.name: picture for picture in FOLDER.iterdir()}

    assert sorted(shown.values()) == sorted(drawn)
    for picture in drawn.values():
        assert picture.stat().st_size <= MOST_BYTES
        assert size(picture)[0] == 1080


def size(picture: Path) -> tuple[int, ...]:
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    return struct.unpack(">II", head[16:])
