"""Pages of documentation: their blocks, their links, and the names in code type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Page:
    """
    A page of the documentation.

    Args:
        path: From the root of the project.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.text = (ROOT / path).read_text(encoding="utf-8")

    def blocks(self, language: str) -> list[str]:
        """The fenced blocks of a language, of which there must be one at least."""
        fence = rf"^```{language}\n(.*?)^```"
        found = re.findall(fence, self.text, re.DOTALL | re.MULTILINE)
        assert found, f"{self.path} has no block of {language}"
        return found

    def run(self, *blocks: str) -> dict[str, object]:
        """
        Run blocks as one program, by default all that are Python.

        Returns:
            The names that it leaves behind.
        """
        names: dict[str, object] = {}
        source = "\n".join(blocks or self.blocks("python"))
        # No name of a file: who looks for the source of a function would read prose.
        exec(compile(source, f"<{self.path}>", "exec"), names)
        return names

    @cached_property
    def code_words(self) -> set[str]:
        """
        The words in code type, and in blocks of data and of shell.

        Blocks of Python do not count: nearly every short word is somewhere in one.
        """
        code = re.findall(r"`([^`\n]+)`", self.text)
        data = r"^```(?:toml|json|sh|text)\n(.*?)^```"
        code += re.findall(data, self.text, re.DOTALL | re.MULTILINE)
        return {word for text in code for word in re.findall(r"[\w-]+", text)}

    def without(self, names: Iterable[str]) -> list[str]:
        """Those of the names that the page has nowhere in code type."""
        asked = sorted(set(names))
        assert asked, "there is no name to look for"
        return [name for name in asked if name not in self.code_words]

    def dead_links(self) -> list[str]:
        """The links to files that are absent."""
        links = re.findall(r"\]\(([^)#]+)[^)]*\)", self.text)
        near = [link for link in links if not link.startswith(("http:", "https:"))]
        assert near, f"{self.path} has no link"
        folder = (ROOT / self.path).parent
        return [link for link in near if not (folder / link).exists()]
