"""
Codes of our own: a provider that needs no verification vendor.

We draw the code, keep its keyed digest in a store, and send it with what the
application has already (`senders`). Each name loads its module when it is first used.
"""

from typing import TYPE_CHECKING

from .._lazy import names_of

if TYPE_CHECKING:
    from ._keys import CodeKeys as CodeKeys
    from ._message import MessageTexts as MessageTexts
    from ._policy import CodePolicy as CodePolicy
    from ._provider import AsyncOwnCodes as AsyncOwnCodes, OwnCodes as OwnCodes
    from ._settings import (
        async_from_settings as async_from_settings,
        from_settings as from_settings,
    )
    from .stores._memory import MemoryStore as MemoryStore
    from .stores._redis import RedisStore as RedisStore
    from .stores._sqlalchemy import (
        AsyncSqlAlchemyStore as AsyncSqlAlchemyStore,
        SqlAlchemyStore as SqlAlchemyStore,
    )
    from .stores._sqlite import SqliteStore as SqliteStore

_NAMES = {
    "_keys": ["CodeKeys"],
    "_message": ["MessageTexts"],
    "_policy": ["CodePolicy"],
    "_provider": ["AsyncOwnCodes", "OwnCodes"],
    "stores._memory": ["MemoryStore"],
    "stores._redis": ["RedisStore"],
    "stores._sqlalchemy": ["AsyncSqlAlchemyStore", "SqlAlchemyStore"],
    "stores._sqlite": ["SqliteStore"],
}

_ENTRY_POINTS = {"_settings": ["async_from_settings", "from_settings"]}

__all__ = [name for names in _NAMES.values() for name in names]
__getattr__, __dir__ = names_of(__name__, _NAMES | _ENTRY_POINTS)
