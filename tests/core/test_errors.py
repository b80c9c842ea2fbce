"""The error tree: what callers may rely on, whatever raised it."""

from __future__ import annotations

import copy
import pickle
from datetime import timedelta

import attrs
import pytest

from verify_core import errors
from verify_core.channels import Channel
from verify_core.errors import (
    ChannelMismatch,
    EmptyCode,
    InvalidEmailAddress,
    InvalidPhoneNumber,
    InvalidToken,
    MissingIdentifier,
    MissingReference,
    NotACode,
    PhoneReason,
    TokenReason,
    UnknownChannel,
)

CONCRETE = [
    errors.InvalidIdentifier,
    errors.Refused,
    errors.TooSoon,
    errors.Throttled,
    errors.Misconfigured,
    errors.Unavailable,
    errors.UnsupportedChannel,
    errors.NotSupported,
    errors.Ambiguous,
    errors.Unexpected,
]
INPUT = [
    InvalidPhoneNumber(PhoneReason.LETTERS),
    UnknownChannel(),
    ChannelMismatch(Channel.SMS),
    MissingIdentifier(),
    InvalidEmailAddress(),
    EmptyCode(),
    NotACode(),
    MissingReference(),
    InvalidToken(TokenReason.TOO_OLD),
]


@pytest.mark.parametrize("kind", CONCRETE)
def test_an_error_carries_its_facts_through_pickle_and_copy(
    kind: type[errors.VerifyError],
) -> None:
    error = kind("nothing left", "twilio", 429, "60203", "RQ1")

    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is kind
        assert str(twin) == "nothing left"
        facts = (twin.provider, twin.http_status, twin.vendor_code)
        assert facts == ("twilio", 429, "60203")
        assert twin.vendor_request_id == "RQ1"


@pytest.mark.parametrize("base", [errors.VerifyError, errors.NotSent])
def test_the_bases_refuse_to_be_raised_themselves(base: type) -> None:
    with pytest.raises(TypeError, match="is a base"):
        base("whatever")


@pytest.mark.parametrize("kind", CONCRETE)
def test_whether_a_message_may_have_left_is_plain_from_the_class(
    kind: type[errors.VerifyError],
) -> None:
    assert kind("x").maybe_sent is not issubclass(kind, errors.NotSent)


def test_an_unreadable_answer_says_which_of_the_two_it_is() -> None:
    assert errors.Unexpected("x").maybe_sent is True
    assert errors.Unexpected("x", maybe_sent=False).maybe_sent is False


@pytest.mark.parametrize("kind", CONCRETE)
def test_facts_never_change(kind: type[errors.VerifyError]) -> None:
    error = kind("nothing left", "twilio")

    for name in attrs.fields_dict(kind):
        with pytest.raises(AttributeError):
            setattr(error, name, "another")

    assert error.provider == "twilio"


@pytest.mark.parametrize("kind", CONCRETE)
def test_another_error_is_made_with_other_facts(
    kind: type[errors.VerifyError],
) -> None:
    error = kind("nothing left", "twilio", 429)
    error.add_note("since noon")

    other = error.but(provider="one", vendor_code="60203")
    other.add_note("asked twice")

    assert (type(other), str(other)) == (kind, "nothing left")
    facts = (other.provider, other.http_status, other.vendor_code)
    assert facts == ("one", 429, "60203")
    assert (error.provider, error.vendor_code) == ("twilio", None)
    assert error.__notes__ == ["since noon"]
    assert pickle.loads(pickle.dumps(other)).__notes__ == ["since noon", "asked twice"]
    assert pickle.loads(pickle.dumps(other)).provider == "one"


def test_a_fact_that_an_error_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="Refused has no field ref"):
        errors.Refused("x").but(ref=None)


class LoftClosed(errors.Unavailable):
    """An error of a provider's own, with a constructor and an attribute of its own."""

    def __init__(self, loft: str) -> None:
        super().__init__(f"{loft} is closed", "pigeon")
        self.loft = loft


def test_a_provider_s_own_error_may_take_other_arguments() -> None:
    error = LoftClosed("north")

    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), error.but()):
        assert type(twin) is LoftClosed
        assert (twin.loft, str(twin)) == ("north", "north is closed")
        assert twin.args == error.args


def test_waiting_times_survive() -> None:
    error = errors.TooSoon("x", retry_after=timedelta(seconds=7))

    assert pickle.loads(pickle.dumps(error)).retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    "kind", [kind for kind in CONCRETE if issubclass(kind, errors.NotSent)]
)
def test_whatever_was_not_sent_may_say_how_long_to_wait(
    kind: type[errors.NotSent],
) -> None:
    wait = timedelta(seconds=7)

    assert kind("x", retry_after=wait).retry_after == wait
    assert kind("x").retry_after is None


def test_an_error_with_another_fact_is_another_error() -> None:
    error = errors.TooSoon("busy", "twilio", 429, retry_after=timedelta(seconds=7))

    other = error.but(retry_after=timedelta(seconds=9))

    assert type(other) is errors.TooSoon
    assert (other.provider, other.http_status) == ("twilio", 429)
    assert other.retry_after == timedelta(seconds=9)
    assert error.retry_after == timedelta(seconds=7)
    assert str(other) == "busy"


def test_an_error_has_no_fields_but_its_own() -> None:
    with pytest.raises(TypeError):
        errors.Unexpected("x").but(retry_after=timedelta(seconds=9))


def test_every_input_error_is_among_these() -> None:
    stated = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.InputError)
    }
    names = {kind.__name__ for kind in stated if not kind.__name__.startswith("_")}

    assert names - {"InputError"} == {type(error).__name__ for error in INPUT}


@pytest.mark.parametrize("error", INPUT, ids=lambda error: type(error).__name__)
def test_facts_of_an_input_error_never_change(error: errors.InputError) -> None:
    before = (error.reason, error.message)

    for name in ("reason", "message", "args", "channel"):
        if hasattr(error, name):
            with pytest.raises(AttributeError):
                setattr(error, name, "another")

    assert (error.reason, error.message) == before


@pytest.mark.parametrize("error", INPUT, ids=lambda error: type(error).__name__)
def test_another_library_may_mark_and_note_an_input_error(
    error: errors.InputError,
) -> None:
    """As error trackers do, so as not to report one twice."""
    marked = copy.copy(error)
    marked._reported = True  # noqa: SLF001
    marked.add_note("since noon")

    twin = pickle.loads(pickle.dumps(marked))

    assert twin._reported is True  # noqa: SLF001
    assert twin.__notes__ == ["since noon"]
    assert not hasattr(error, "_reported")


@pytest.mark.parametrize("kind", [errors.EmptyCode, errors.MissingIdentifier])
def test_an_error_with_one_reason_takes_no_other(kind: type) -> None:
    with pytest.raises(TypeError):
        kind("another")


@pytest.mark.parametrize("error", INPUT, ids=lambda error: type(error).__name__)
def test_an_input_error_is_a_value_error_with_a_reason(
    error: errors.InputError,
) -> None:
    assert isinstance(error, ValueError)
    assert not isinstance(error, errors.VerifyError)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error)
        assert (twin.reason, str(twin)) == (error.reason, str(error))


def test_a_wrong_setting_names_itself() -> None:
    error = errors.InvalidSetting("service_sid", "takes VA and 32 hex digits")

    twin = pickle.loads(pickle.dumps(error))

    assert str(twin) == "service_sid: takes VA and 32 hex digits"
    assert (twin.setting, twin.message) == ("service_sid", "takes VA and 32 hex digits")
    for name in ("setting", "message", "args"):
        with pytest.raises(AttributeError):
            setattr(twin, name, "another")


def test_a_mismatch_names_the_channel() -> None:
    error = copy.copy(errors.ChannelMismatch(Channel.EMAIL))

    assert error.channel is Channel.EMAIL
    assert str(error) == "identifier: channel email takes an e-mail address"


def test_an_unknown_channel_lists_all_channels() -> None:
    assert str(errors.UnknownChannel()).endswith(", ".join(Channel))
