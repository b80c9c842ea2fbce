"""
What a vendor over HTTP needs: its conversations, and the two ways to run them.

A vendor's conversation yields `Ask` steps and receives an `HttpAnswer` or a `NoAnswer`
for each. `HttpProvider` runs it on `requests` and blocks; `AsyncHttpProvider` runs it
on `aiohttp` (extra `async`) and awaits. Both send nothing twice, keep one deadline for
a whole call, and know whether a request may have left (`NoAnswer.maybe_sent`).

`JsonVendor` is the base for vendors with a JSON API. Others yield `Ask` steps, turn
replies into answers or errors with `require_answer` and `answer_error`, and read them
with `json_object`, `iso_instant` and `whole_number`. `Reach` says how the vendor is
reached. `docs/how-to/adding-a-provider.md` builds a provider from these.
"""

from .._clock import utc_now
from ._asking import (
    STATUS_ERRORS as STATUS_ERRORS,
    Ask,
    HttpConversation,
    Reply as Reply,
    answer_error,
    require_answer,
)
from ._json_vendor import JsonVendor
from ._messages import FORM as FORM, JSON, HttpAnswer, HttpRequest, NoAnswer
from ._provider import (
    AsyncHttpDriver as AsyncHttpDriver,
    AsyncHttpProvider,
    HasAuthorization as HasAuthorization,
    HttpDriver as HttpDriver,
    HttpProvider,
    VendorConstructor as VendorConstructor,
)
from ._reach import Reach
from ._reading import http_date, iso_instant, json_object, whole_number

__all__ = [
    "JSON",
    "Ask",
    "AsyncHttpProvider",
    "HttpAnswer",
    "HttpConversation",
    "HttpProvider",
    "HttpRequest",
    "JsonVendor",
    "NoAnswer",
    "Reach",
    "answer_error",
    "http_date",
    "iso_instant",
    "json_object",
    "require_answer",
    "utc_now",
    "whole_number",
]
