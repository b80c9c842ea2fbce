"""Groups of commands to which installed packages add some, by entry points."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import ClassVar

import click


class AnnouncedCommands(click.Group):
    """Our commands, and those that installed packages announce."""

    announced: ClassVar[str]
    """The group of entry points."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Ours first, as written; then the announced ones, sorted."""
        own = list(super().list_commands(ctx))
        return own + sorted(set(entry_points(group=self.announced).names) - set(own))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; an announced one is loaded now."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        for announced in entry_points(group=self.announced, name=cmd_name):
            loaded: click.Command = announced.load()
            return loaded
        return None
