"""
From a JSON body to a command, or to the parameters that cannot be used.

Sources: Vonage, OpenAPI documents of Verify v2, 1.0.1 (archived 2026-10-08) and, for
`whatsapp_interactive`, 0.0.18 (2023-02-08). Neither says how a parameter's name and
reason read; those here are ours. Members that nobody knows are ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, TypeAlias

from attrs import define, field

from ..machine._commands import Invalid, VonageRefusal, VonageStart
from ..machine._numbers import is_email, is_number
from ..machine._reasons import Reason
from ..machine._workflow import Limits, VonageChannel, WorkflowStep

_BRAND = re.compile(r"[^/{}:$]{1,18}")
_CLIENT_REF = re.compile(r"[a-zA-Z0-9]{1,40}")
_CODE = re.compile(r"[a-zA-Z0-9]{4,10}")
_LOCALE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_LONGEST_TIMEOUT_S = 900
_CODE_LENGTHS = range(4, 11)
_MOST_STEPS = 3
_APP_HASH = 11
_LONGEST_ID = 20
#: By channel, what a `from` is, and in words; an e-mail's is an address.
_SENDERS = {
    VonageChannel.SMS: (
        re.compile(r"[1-9][0-9]{0,14}|(?![0-9]+\Z)[a-zA-Z0-9]{1,11}"),
        "1 to 11 letters and digits, or a number of up to 15 digits without + or 00",
    ),
    VonageChannel.WHATSAPP: (
        re.compile(r"\S{1,50}"),
        "1 to 50 characters without spaces",
    ),
    VonageChannel.WHATSAPP_INTERACTIVE: (
        re.compile(r"\S{1,50}"),
        "1 to 50 characters without spaces",
    ),
}
_MODES = ("zero_tap", "otp_code")
#: What Vonage has and this fake has not.
NOT_SERVED: Final = ("silent_auth", "rcs")

Json: TypeAlias = Mapping[str, Any]


@define
class _Reader:
    """Reads members, and remembers those that cannot be used."""

    limits: Limits
    strict_numbers: bool
    invalid: list[Invalid] = field(factory=list)

    def refuse(self, name: str, reason: str) -> None:
        self.invalid.append(Invalid(name, reason))

    def text(
        self, body: Json, name: str, takes: re.Pattern[str], reason: str
    ) -> str | None:
        """A text where there is one; null is none."""
        value = body.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not takes.fullmatch(value):
            self.refuse(name, reason)
            return None
        return value

    def number(self, body: Json, name: str, least: int, most: int) -> int | None:
        """A whole number where there is one."""
        value = body.get(name)
        if value is None:
            return None
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not least <= value <= most:
            self.refuse(name, f"takes a whole number from {least} to {most}")
            return None
        return int(value)

    def flag(self, body: Json, name: str, path: str) -> bool:
        """True or false; false where there is none."""
        value = body.get(name, False)
        if not isinstance(value, bool):
            self.refuse(f"{path}{name}", "takes true or false")
            return False
        return value

    def start(self, body: Json) -> VonageStart:
        """The command; only meant where nothing was refused."""
        brand = self.text(
            body, "brand", _BRAND, "takes 1 to 18 characters, none of / { } : $"
        )
        if body.get("brand") is None:
            self.refuse("brand", "Brand is required")
        timeout = self.number(
            body,
            "channel_timeout",
            int(self.limits.shortest_timeout.total_seconds()),
            _LONGEST_TIMEOUT_S,
        )
        length = self.number(
            body, "code_length", _CODE_LENGTHS.start, _CODE_LENGTHS.stop - 1
        )
        self.flag(body, "fraud_check", "")
        return VonageStart(
            brand=brand or "",
            steps=self.steps(body.get("workflow")),
            locale=self.text(
                body, "locale", _LOCALE, "takes a language, lower case, such as en-us"
            ),
            channel_timeout=None if timeout is None else timedelta(seconds=timeout),
            client_ref=self.text(
                body, "client_ref", _CLIENT_REF, "takes 1 to 40 letters and digits"
            ),
            code_length=length or _CODE_LENGTHS.start,
            code=self.text(body, "code", _CODE, "takes 4 to 10 letters and digits"),
        )

    def steps(self, workflow: object) -> tuple[WorkflowStep, ...]:
        """The steps of a workflow."""
        if workflow is None:
            self.refuse("workflow", "Workflow is required")
            return ()
        listed = workflow if isinstance(workflow, list) else []
        if not 1 <= len(listed) <= _MOST_STEPS:
            self.refuse("workflow", f"takes an array of 1 to {_MOST_STEPS} steps")
            return ()
        read = [self.step(each, f"workflow[{at}]") for at, each in enumerate(listed)]
        return tuple(step for step in read if step is not None)

    def step(self, entry: object, path: str) -> WorkflowStep | None:
        """One step."""
        if not isinstance(entry, dict):
            self.refuse(path, "takes an object")
            return None
        try:
            channel = VonageChannel(entry.get("channel") or "")
        except ValueError:
            known = ", ".join([*VonageChannel, *NOT_SERVED])
            self.refuse(f"{path}.channel", f"takes one of {known}")
            return None
        return WorkflowStep(
            channel=channel,
            to=self.to(entry, channel, path),
            sender=self.sender(entry, channel, path),
            reuse_code=self.details(entry, channel, path),
        )

    def to(self, entry: Json, channel: VonageChannel, path: str) -> str:
        """Whom it reaches."""
        to = entry.get("to")
        if to is None:
            self.refuse(f"{path}.to", "To is required")
            return ""
        if channel is VonageChannel.EMAIL:
            fits, takes = isinstance(to, str) and is_email(to), "an e-mail address"
        else:
            strict = self.strict_numbers
            fits = isinstance(to, str) and is_number(to, strict=strict)
            takes = "a phone number in E.164 format without a leading + or 00"
        if not fits:
            self.refuse(f"{path}.to", f"takes {takes}")
            return ""
        return str(to)

    def sender(self, entry: Json, channel: VonageChannel, path: str) -> str | None:
        """Who it is from."""
        sender = entry.get("from")
        if sender is None:
            if channel is VonageChannel.WHATSAPP:
                self.refuse(f"{path}.from", "From is required")
            return None
        if channel is VonageChannel.EMAIL:
            fits, takes = isinstance(sender, str) and is_email(sender), "an address"
        elif channel in _SENDERS:
            form, takes = _SENDERS[channel]
            fits = isinstance(sender, str) and form.fullmatch(sender) is not None
        else:
            return None
        if not fits:
            self.refuse(f"{path}.from", f"takes {takes}")
            return None
        return str(sender)

    def details(self, entry: Json, channel: VonageChannel, path: str) -> bool:
        """Whether the code is reused; what else there is, is checked and let go."""
        if channel is VonageChannel.SMS:
            self.length(entry, path, "app_hash", _APP_HASH, _APP_HASH)
            self.length(entry, path, "entity_id", 1, _LONGEST_ID)
            self.length(entry, path, "content_id", 1, _LONGEST_ID)
        if channel is VonageChannel.WHATSAPP and not _is_mode(entry.get("mode")):
            self.refuse(f"{path}.mode", f"takes one of {', '.join(_MODES)}")
        return self.flag(entry, "reuse_code", f"{path}.")

    def length(self, entry: Json, path: str, name: str, least: int, most: int) -> None:
        """A text of some length, where there is one."""
        value = entry.get(name)
        if value is None:
            return
        if not isinstance(value, str) or not least <= len(value) <= most:
            span = str(least) if least == most else f"{least} to {most}"
            self.refuse(f"{path}.{name}", f"takes {span} characters")


def _is_mode(value: object) -> bool:
    """Whether a step may have this mode; an object cannot even be looked up."""
    return value is None or (isinstance(value, str) and value in _MODES)


def start_of(
    body: Json, limits: Limits, *, strict_numbers: bool
) -> VonageStart | VonageRefusal:
    """
    The command that a body asks for, or why it cannot be one.

    Args:
        body: Of `POST /v2/verify`.
        limits: Vonage's numbers.
        strict_numbers: Refuse numbers that cannot be in use.
    """
    missing = not_served_in(body.get("workflow"))
    if missing is not None:
        return VonageRefusal(reason=Reason.NOT_SERVED, detail=f"the channel {missing}")
    reader = _Reader(limits, strict_numbers)
    start = reader.start(body)
    if reader.invalid:
        return VonageRefusal(
            reason=Reason.INVALID_PARAMETERS, invalid=tuple(reader.invalid)
        )
    return start


def not_served_in(workflow: object) -> str | None:
    """A channel in a workflow that Vonage has and this fake has not."""
    entries = workflow if isinstance(workflow, list) else []
    channels = [each.get("channel") for each in entries if isinstance(each, dict)]
    return next((channel for channel in NOT_SERVED if channel in channels), None)


def code_of(body: Json) -> str | VonageRefusal:
    """The code that a body asks to check."""
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
