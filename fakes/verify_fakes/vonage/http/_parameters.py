"""
From a JSON body to a command, or to the parameters that cannot be used.

Sources: Vonage, OpenAPI documents of Verify v2, 1.0.1 (archived 2026-10-08) and, for
`whatsapp_interactive`, 0.0.18 (2023-02-08). Neither says how a parameter's name and
reason read; those here are the fake's own. Unknown members are ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from attrs import define, field

from ..machine._commands import Invalid, Reason, VonageRefusal, VonageStart
from ..machine._numbers import is_email, is_number
from ..machine._workflow import Limits, VonageChannel, WorkflowStep

Json: TypeAlias = Mapping[str, Any]
_Fits: TypeAlias = Callable[[str], object]

_BRAND = re.compile(r"[^/{}:$]{1,18}")
_CLIENT_REF = re.compile(r"[a-zA-Z0-9]{1,40}")
_CODE = re.compile(r"[a-zA-Z0-9]{4,10}")
_LOCALE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_LONGEST_TIMEOUT_S = 900
_LEAST_CODE, _MOST_CODE = 4, 10
_MOST_STEPS = 3
_MODES = ("zero_tap", "otp_code")
#: Vonage's channels that this fake does not have.
_NOT_SERVED = ("silent_auth", "rcs")

_NAME = (re.compile(r"\S{1,50}").fullmatch, "1 to 50 characters without spaces")
#: By channel, what a `from` has to be.
_SENDERS: Mapping[VonageChannel, tuple[_Fits, str]] = {
    VonageChannel.SMS: (
        re.compile(r"[1-9][0-9]{0,14}|(?![0-9]+\Z)[a-zA-Z0-9]{1,11}").fullmatch,
        "1 to 11 letters and digits, or a number of up to 15 digits without + or 00",
    ),
    VonageChannel.WHATSAPP: _NAME,
    VonageChannel.WHATSAPP_INTERACTIVE: _NAME,
    VonageChannel.EMAIL: (is_email, "an address"),
}
_SHORT = (re.compile(r"(?s).{1,20}").fullmatch, "1 to 20 characters")
#: By channel, the further texts of a step: checked, and without effect here.
_DETAILS: Mapping[VonageChannel, Mapping[str, tuple[_Fits, str]]] = {
    VonageChannel.SMS: {
        "app_hash": (re.compile(r"(?s).{11}").fullmatch, "11 characters"),
        "entity_id": _SHORT,
        "content_id": _SHORT,
    },
    VonageChannel.WHATSAPP: {
        "mode": (_MODES.__contains__, f"one of {', '.join(_MODES)}")
    },
}


@define
class _Reader:
    """Reads members, and remembers those that cannot be used."""

    limits: Limits
    strict_numbers: bool
    invalid: list[Invalid] = field(factory=list)

    def refuse(self, name: str, reason: str) -> None:
        self.invalid.append(Invalid(name, reason))

    def text(
        self,
        body: Json,
        name: str,
        fits: _Fits,
        takes: str,
        *,
        path: str = "",
        required: bool = False,
    ) -> str | None:
        """A text, or None where the member is missing, null or refused."""
        value = body.get(name)
        if value is None:
            if required:
                self.refuse(f"{path}{name}", f"{name.capitalize()} is required")
            return None
        if isinstance(value, str) and fits(value):
            return value
        self.refuse(f"{path}{name}", f"takes {takes}")
        return None

    def number(self, body: Json, name: str, least: int, most: int) -> int | None:
        value = body.get(name)
        if value is None:
            return None
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and least <= value <= most:
            return int(value)
        self.refuse(name, f"takes a whole number from {least} to {most}")
        return None

    def flag(self, body: Json, name: str, path: str = "") -> bool:
        value = body.get(name, False)
        if not isinstance(value, bool):
            self.refuse(f"{path}{name}", "takes true or false")
        return value is True

    def start(self, body: Json) -> VonageStart:
        """The command; only to be used where nothing was refused."""
        brand = self.text(
            body,
            "brand",
            _BRAND.fullmatch,
            "1 to 18 characters, none of / { } : $",
            required=True,
        )
        least = int(self.limits.shortest_timeout.total_seconds())
        timeout = self.number(body, "channel_timeout", least, _LONGEST_TIMEOUT_S)
        length = self.number(body, "code_length", _LEAST_CODE, _MOST_CODE)
        self.flag(body, "fraud_check")
        return VonageStart(
            brand=brand or "",
            steps=self.steps(body.get("workflow")),
            locale=self.text(
                body,
                "locale",
                _LOCALE.fullmatch,
                "a language, lower case, such as en-us",
            ),
            channel_timeout=None if timeout is None else timedelta(seconds=timeout),
            client_ref=self.text(
                body, "client_ref", _CLIENT_REF.fullmatch, "1 to 40 letters and digits"
            ),
            code_length=length or _LEAST_CODE,
            code=self.text(body, "code", _CODE.fullmatch, "4 to 10 letters and digits"),
        )

    def steps(self, workflow: object) -> tuple[WorkflowStep, ...]:
        if workflow is None:
            self.refuse("workflow", "Workflow is required")
            return ()
        listed = workflow if isinstance(workflow, list) else []
        if not 1 <= len(listed) <= _MOST_STEPS:
            self.refuse("workflow", f"takes an array of 1 to {_MOST_STEPS} steps")
            return ()
        read = [self.step(each, f"workflow[{at}]") for at, each in enumerate(listed)]
        return tuple(step for step in read if step is not None)

    def step(self, entry: object, name: str) -> WorkflowStep | None:
        if not isinstance(entry, dict):
            self.refuse(name, "takes an object")
            return None
        path = f"{name}."
        try:
            channel = VonageChannel(entry.get("channel") or "")
        except ValueError:
            known = ", ".join([*VonageChannel, *_NOT_SERVED])
            self.refuse(f"{path}channel", f"takes one of {known}")
            return None
        to, sender = self.to(entry, channel, path), self.sender(entry, channel, path)
        for detail, (fits, takes) in _DETAILS.get(channel, {}).items():
            self.text(entry, detail, fits, takes, path=path)
        reuse_code = self.flag(entry, "reuse_code", path)
        return WorkflowStep(
            channel=channel, to=to or "", sender=sender, reuse_code=reuse_code
        )

    def to(self, entry: Json, channel: VonageChannel, path: str) -> str | None:
        if channel is VonageChannel.EMAIL:
            takes = "an e-mail address"
            return self.text(entry, "to", is_email, takes, path=path, required=True)

        def fits(to: str) -> bool:
            return is_number(to, strict=self.strict_numbers)

        takes = "a phone number in E.164 format without a leading + or 00"
        return self.text(entry, "to", fits, takes, path=path, required=True)

    def sender(self, entry: Json, channel: VonageChannel, path: str) -> str | None:
        if channel not in _SENDERS:
            return None
        fits, takes = _SENDERS[channel]
        required = channel is VonageChannel.WHATSAPP
        return self.text(entry, "from", fits, takes, path=path, required=required)


def start_of(
    body: Json, limits: Limits, *, strict_numbers: bool
) -> VonageStart | VonageRefusal:
    """The command that the body of `POST /v2/verify` asks for, or the refusal."""
    missing = _not_served_in(body.get("workflow"))
    if missing is not None:
        return VonageRefusal(reason=Reason.NOT_SERVED, detail=f"the channel {missing}")
    reader = _Reader(limits, strict_numbers)
    start = reader.start(body)
    if reader.invalid:
        return VonageRefusal(
            reason=Reason.INVALID_PARAMETERS, invalid=tuple(reader.invalid)
        )
    return start


def _not_served_in(workflow: object) -> str | None:
    entries = workflow if isinstance(workflow, list) else []
    channels = [each.get("channel") for each in entries if isinstance(each, dict)]
    return next((channel for channel in _NOT_SERVED if channel in channels), None)


def code_of(body: Json) -> str | VonageRefusal:
    code = body.get("code")
    if isinstance(code, str):
        return code
    if "token" in body:
        return VonageRefusal(reason=Reason.NOT_SERVED, detail="checks by token")
    reason = "Code is required" if code is None else "takes a text"
    return VonageRefusal(
        reason=Reason.INVALID_PARAMETERS, invalid=(Invalid("code", reason),)
    )


def object_of(body: bytes) -> Json | VonageRefusal:
    """The JSON object in a body."""
    try:
        found = json.loads(body)
        if b"\\u" in body:  # an escape can name half of a character
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    return VonageRefusal(
        reason=Reason.INVALID_PARAMETERS,
        invalid=(Invalid("body", "takes a JSON object"),),
    )
