"""
The message APIs that codes of one's own leave by, as far as a sender needs them.

Twilio's Messages resource, Vonage's SMS API, WhatsApp's Cloud API, Amazon SNS and AWS
End User Messaging, behind one function from a request to an answer. The official SDKs
accept its answers. What it does not do: deliver, report, charge, check a signature's
value, or know which numbers, templates and senders an account has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from attrs import field, frozen

from ._message_apis import APIS, Answer, ApiRequest, fields_of
from .kit._hiding import Hidden, Revealed, hidden, hidden_address, hidden_text
from .kit._http import header_of


@frozen(kw_only=True)
class SentMessage:
    """
    One message that a vendor took over; only its own attributes show what is in it.

    Attributes:
        vendor: `twilio`, `vonage`, `whatsapp`, `sns` or `aws-sms`.
        id: The vendor's handle, as it was answered.
        to: The number, as it was written.
        text: What the person reads or hears; of a template, its variable.
        fields: Every field of the request.
    """

    vendor: str
    id: str
    _to: Hidden[str] = field(converter=hidden_address)
    _text: Hidden[str] = field(converter=hidden_text)
    _fields: Hidden[Mapping[str, Any]] = field(converter=hidden)

    to = Revealed[str]()
    text = Revealed[str]()
    fields = Revealed[Mapping[str, Any]]()


class FakeSenders:
    """
    Five vendors' message APIs in one: `handle` answers whichever a request is for.

    A WSGI application, too. A sender's `Reach(base_url=…)` names where it listens.

    Attributes:
        outbox: The messages that left, oldest first.
    """

    def __init__(self) -> None:
        self.outbox: list[SentMessage] = []
        self._refusals: list[tuple[str, Hidden[str] | None]] = []
        self._made = 0

    def refuse(self, code: str, *, to: str | None = None) -> None:
        """
        Refuse the next message, with a vendor's own word for it.

        Args:
            code: Such as `21610` (Twilio), `7` (Vonage), `131026` (WhatsApp),
                `Throttling` (SNS), or an exception and its reason of AWS End User
                Messaging: `ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT`.
            to: Refuse every message to this number, in E.164, rather than the next.
        """
        self._refusals.append((code, None if to is None else Hidden(to)))

    def handle(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """
        Answer one request.

        Args:
            method: `POST`, or it is refused.
            target: Path and query.
            headers: By name, in any case.
            body: As sent.
        """
        path = target.partition("?")[0]
        asked = ApiRequest(
            path=path,
            fields=fields_of(body, header_of(headers, "content-type")),
            authorization=header_of(headers, "authorization"),
            target=header_of(headers, "x-amz-target"),
        )
        for form, answer in APIS.items():
            if method == "POST" and re.fullmatch(form, path):
                return answer(self, asked)
        return 404, {}, b""

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., object]
    ) -> list[bytes]:
        """Answer as a WSGI application: `make_server("", 8000, FakeSenders())`."""
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, found, answer = self.handle(
            environ["REQUEST_METHOD"], environ["PATH_INFO"], headers, body
        )
        start_response(f"{status} {HTTPStatus(status).phrase}", list(found.items()))
        return [answer]

    def taken(
        self, vendor: str, form: str, to: str, text: str, asked: ApiRequest
    ) -> str:
        """Keep a message, and return its id of the vendor's form."""
        self._made += 1
        made = form.format(self._made)
        self.outbox.append(
            SentMessage(vendor=vendor, id=made, to=to, text=text, fields=asked.fields)
        )
        return made

    def refusal(self, to: str) -> str:
        """The code that refuses a message to this number; empty without one."""
        for position, (code, number) in enumerate(self._refusals):
            if number is None:
                del self._refusals[position]
                return code
            if number.reveal().lstrip("+") == to.lstrip("+"):
                return code
        return ""
