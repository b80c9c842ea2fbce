"""
What a vendor over HTTP needs: its conversations, and the two ways to run them.

A vendor's conversation yields `Ask`s and receives an `HttpAnswer` or a `NoAnswer` for
each. `HttpProvider` runs it on `requests` and blocks; `AsyncHttpProvider` runs it on
`aiohttp` and awaits.
"""

from .._exchange import FORM, JSON, HttpAnswer, HttpRequest, NoAnswer
from ._asking import Ask, HttpConversation, Reply, lost_answer, require_answer
from ._provider import AsyncHttpProvider, Credentials, HttpProvider
from .reach import DEFAULT_POOL_SIZE, DEFAULT_TIMEOUT, Reach

__all__ = [
    "DEFAULT_POOL_SIZE",
    "DEFAULT_TIMEOUT",
    "FORM",
    "JSON",
    "Ask",
    "AsyncHttpProvider",
    "Credentials",
    "HttpAnswer",
    "HttpConversation",
    "HttpProvider",
    "HttpRequest",
    "NoAnswer",
    "Reach",
    "Reply",
    "lost_answer",
    "require_answer",
]
