"""SNS and AWS End User Messaging, held against boto3, botocore's models and moto."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.support.senders import (
    KEY,
    KEY_ID,
    aws_sms,
    recorded,
    refused,
    send,
    sent_by,
    sns,
)
from tests.support.sending import NUMBER, message
from verify_core import Channel
from verify_core.errors import (
    InvalidIdentifier,
    InvalidSetting,
    Misconfigured,
    NotSent,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    UnsupportedChannel,
)
from verify_core.testing import HttpDoors, VendorReply
from verify_fakes import FakeSenders
from verify_providers.http import Reach
from verify_providers.own.senders import AwsSmsSender, MaybeSent, Sent, SnsSender
from verify_providers.own.senders._urls import sender_from_url

KEYS = {"aws_access_key_id": KEY_ID, "aws_secret_access_key": KEY}
CALL = partial(aws_sms, origination_identity="pool-1")


def boto3_client(service: str, url: str, **keys: str) -> Any:  # noqa: ANN401
    boto3 = pytest.importorskip("boto3")
    config = pytest.importorskip("botocore.config").Config(
        retries={"total_max_attempts": 1}
    )
    return boto3.client(
        service,
        region_name="eu-west-1",
        endpoint_url=url,
        config=config,
        **KEYS,
        **keys,
    )


def publish(url: str, **keys: str) -> str:
    what = message()
    client = boto3_client("sns", url, **keys)
    attributes = {
        "AWS.SNS.SMS.SMSType": ("String", "Transactional"),
        "AWS.SNS.SMS.SenderID": ("String", "Shop"),
        "AWS.SNS.SMS.MaxPrice": ("Number", "0.05"),
    }
    made = client.publish(
        PhoneNumber=what.to,
        Message=what.text,
        MessageAttributes={
            name: {"DataType": kind, "StringValue": value}
            for name, (kind, value) in attributes.items()
        },
    )
    return str(made["MessageId"])


def send_text(url: str) -> str:
    made = boto3_client("pinpoint-sms-voice-v2", url).send_text_message(
        DestinationPhoneNumber=NUMBER.value,
        OriginationIdentity="Shop",
        MessageBody=message().text,
        MessageType="TRANSACTIONAL",
        MaxPrice="0.05",
        ConfigurationSetName="codes",
        TimeToLive=600,
        Context={"attempt": "att-7f3a"},
    )
    return str(made["MessageId"])


def send_voice(url: str) -> str:
    made = boto3_client("pinpoint-sms-voice-v2", url).send_voice_message(
        DestinationPhoneNumber=NUMBER.value,
        OriginationIdentity="pool-1",
        MessageBody=message().text,
        MessageBodyTextType="TEXT",
        VoiceId="JOANNA",
        TimeToLive=600,
        Context={"attempt": "att-7f3a"},
    )
    return str(made["MessageId"])


SAME: Mapping[str, tuple[Callable[[str], str], Callable[..., Any], Channel]] = {
    "sns": (publish, partial(sns, sender_id="Shop", max_price="0.05"), Channel.SMS),
    "sns with a token": (
        partial(publish, aws_session_token="a-session"),
        partial(sns, sender_id="Shop", max_price="0.05", session_token="a-session"),
        Channel.SMS,
    ),
    "sms": (
        send_text,
        partial(
            aws_sms,
            origination_identity="Shop",
            configuration_set="codes",
            max_price="0.05",
        ),
        Channel.SMS,
    ),
    "call": (send_voice, partial(CALL, voice="JOANNA"), Channel.CALL),
}


@pytest.mark.sdk
@pytest.mark.parametrize(("theirs", "ours", "channel"), SAME.values(), ids=SAME)
def test_bytes_and_signature_are_those_of_boto3(
    theirs: Callable[[str], str], ours: Callable[..., Any], channel: Channel
) -> None:
    fake = FakeSenders()
    with recorded(fake) as (url, requests):
        made = theirs(url)
        date = requests[0].headers["x-amz-date"]
        then = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        sender = ours(Reach(base_url=url), clock=lambda: then)

        sent = send("blocking", sender, message(channel=channel))

    assert isinstance(sent, Sent)
    assert [made, sent.vendor_id] == [each.id for each in fake.outbox]
    one, other = requests
    assert (one.method, one.target, one.body) == (
        other.method,
        other.target,
        other.body,
    )
    signed = one.headers["authorization"].partition("SignedHeaders=")[2].split(",")[0]
    for name in ("authorization", *signed.split(";")):
        assert one.headers[name] == other.headers[name]


@pytest.mark.sdk
def test_moto_takes_what_is_published() -> None:
    moto = pytest.importorskip("moto")
    models = pytest.importorskip("moto.sns.models")
    with moto.mock_aws():
        outcome = sns(Reach()).send(message())

        backend = models.sns_backends["123456789012"]["eu-west-1"]
        (kept,) = backend.sms_messages.values()

    assert isinstance(outcome, Sent)
    assert kept == (NUMBER.value, message().text)


@pytest.mark.sdk
@pytest.mark.parametrize(
    ("operation", "make", "channel"),
    [
        ("SendTextMessage", aws_sms, Channel.SMS),
        ("SendVoiceMessage", partial(CALL, voice="JOANNA"), Channel.CALL),
    ],
)
def test_the_model_of_botocore_takes_what_is_sent(
    operation: str, make: Callable[..., Any], channel: Channel
) -> None:
    session = pytest.importorskip("botocore.session").Session()
    validate = pytest.importorskip("botocore.validate")
    model = session.get_service_model("pinpoint-sms-voice-v2")
    shape = model.operation_model(operation).input_shape
    sent = json.loads(sent_by(make, message(channel=channel)).body)

    assert not validate.ParamValidator().validate(sent, shape).has_errors()
    assert sent.keys() <= shape.members.keys()


@pytest.mark.sdk
@pytest.mark.parametrize(
    ("service", "code", "call"),
    [
        ("sns", "AuthorizationError", publish),
        ("pinpoint-sms-voice-v2", "ConflictException OPTED_OUT", send_text),
    ],
)
def test_boto3_reads_a_refusal_of_the_fake(
    service: str, code: str, call: Callable[[str], str]
) -> None:
    exceptions = pytest.importorskip("botocore.exceptions")
    fake = FakeSenders()
    fake.refuse(code)
    with (
        recorded(fake) as (url, _requests),
        pytest.raises(exceptions.ClientError) as refusal,
    ):
        call(url)

    error = refusal.value.response
    assert error["Error"]["Code"] == code.split(maxsplit=1)[0]
    assert error["Error"]["Message"] == "Refused"
    assert error.get("Reason", "OPTED_OUT") == "OPTED_OUT"


SNS_ERRORS: Mapping[str, type[NotSent] | None] = {
    "AuthorizationError": Misconfigured,
    "SignatureDoesNotMatch": Misconfigured,
    "InvalidParameter": Misconfigured,
    "KMSDisabled": Misconfigured,
    "Throttled": Throttled,
    "Throttling": Throttled,
    "OptedOut": Refused,
    "InternalError": None,
    "ServiceUnavailable": None,
}
SMS_ERRORS: Mapping[str, type[NotSent] | None] = {
    "ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT": Refused,
    "ConflictException DESTINATION_PHONE_NUMBER_NOT_VERIFIED": Misconfigured,
    "ConflictException NUMBER_CAPABILITIES_MISMATCH": UnsupportedChannel,
    "ValidationException COUNTRY_NOT_ENABLED": Refused,
    "ValidationException PRICE_OVER_THRESHOLD": Misconfigured,
    "ValidationException CANNOT_PARSE": Misconfigured,  # of another field
    "ServiceQuotaExceededException DAILY_DESTINATION_CALL_LIMIT": TooSoon,
    "ServiceQuotaExceededException MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT": Misconfigured,
    "AccessDeniedException ACCOUNT_DISABLED": Misconfigured,
    "AccessDeniedException": Misconfigured,
    "ThrottlingException": Throttled,
    "InternalServerException": None,
    "InternalServerException SOMETHING_NEW": None,
}


@pytest.mark.parametrize(
    ("make", "code", "kind"),
    [
        *((sns, *each) for each in SNS_ERRORS.items()),
        *((aws_sms, *each) for each in SMS_ERRORS.items()),
    ],
)
def test_the_word_of_an_answer_says_what_to_do(
    make: Callable[..., Any], code: str, kind: type[NotSent] | None
) -> None:
    outcome = refused(code, make, message())

    if kind is None:
        assert isinstance(outcome, MaybeSent)
    else:
        assert type(outcome) is kind
        assert outcome.vendor_code == code.rsplit(maxsplit=1)[-1]


NO_SUCH_NUMBER = {
    sns: b"<ErrorResponse><Error><Code>InvalidParameter</Code><Message>Invalid "
    b"parameter: PhoneNumber Reason: +15553231234 is not valid</Message></Error>"
    b"</ErrorResponse>",
    aws_sms: json.dumps(
        {
            "__type": "ValidationException",
            "Reason": "FIELD_VALIDATION_FAILED",
            "Message": "no such number: +15553231234",
            "Fields": [{"Name": "DestinationPhoneNumber", "Message": "invalid"}],
        }
    ).encode(),
}


@pytest.mark.parametrize("make", NO_SUCH_NUMBER, ids=["sns", "sms"])
def test_a_number_that_aws_cannot_read_is_the_persons_to_mend(
    make: Callable[..., Any],
) -> None:
    reply = VendorReply(status=400, body=NO_SUCH_NUMBER[make])
    with (
        HttpDoors(answer=lambda _request: reply) as doors,
        pytest.raises(InvalidIdentifier) as refusal,
    ):
        make(Reach(base_url=doors.url)).send(message())

    assert NUMBER.value[1:] not in str(refusal.value)


def test_an_answer_whose_entities_would_fill_the_memory_is_not_read() -> None:
    laughs = "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 10}">' for n in range(12)
    )
    body = f"<!DOCTYPE x [{laughs}]><MessageId>&a11;</MessageId>".encode()
    with HttpDoors(answer=lambda _request: VendorReply(body=body)) as doors:
        outcome = sns(Reach(base_url=doors.url)).send(message())

    assert isinstance(outcome, MaybeSent)


@pytest.mark.parametrize(
    ("make", "channel"),
    [
        (sns, Channel.CALL),
        (aws_sms, Channel.CALL),  # without a number or pool that calls
        (CALL, Channel.WHATSAPP),
    ],
)
def test_another_channel_is_refused_before_anything_leaves(
    make: Callable[..., Any], channel: Channel
) -> None:
    with pytest.raises(UnsupportedChannel):
        sent_by(make, message(channel=channel))


@pytest.mark.parametrize(
    ("lifetime", "seconds"),
    [(timedelta(seconds=1), 5), (timedelta(days=9), 259_200)],
)
def test_the_lifetime_goes_along_within_the_bounds_of_aws(
    lifetime: timedelta, seconds: int
) -> None:
    request = sent_by(aws_sms, message(lifetime=lifetime))

    assert json.loads(request.body)["TimeToLive"] == seconds


def test_keys_are_read_anew_for_each_message() -> None:
    secrets = iter(["one", "two"])
    with recorded(FakeSenders()) as (url, requests):
        sender = sns(
            Reach(base_url=url),
            secret_access_key=lambda: next(secrets),
            clock=lambda: datetime(2026, 11, 28, tzinfo=UTC),
        )
        sender.send(message())
        sender.send(message())

    one, two = (each.headers["authorization"] for each in requests)
    assert one.rpartition("=")[0] == two.rpartition("=")[0]
    assert one != two


def test_the_time_that_keys_take_counts_towards_the_deadline() -> None:
    seconds = [0.0]

    def slow() -> str:
        seconds[0] += 5
        return KEY

    with recorded(FakeSenders()) as (url, requests):
        reach = Reach(base_url=url, monotonic=lambda: seconds[0])

        with pytest.raises(Unavailable):
            sns(reach, secret_access_key=slow).send(message())

    assert requests == []


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment in which botocore's chain finds nothing, and asks no machine."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return tmp_path


@pytest.mark.parametrize("kind", ["blocking", "awaited"])
def test_without_keys_nothing_is_sent_and_a_person_must_act(
    kind: str, nowhere: Path
) -> None:
    sender = SnsSender(region="eu-west-1", reach=Reach(base_url="http://127.0.0.1:9"))

    with pytest.raises(Misconfigured, match="no AWS credentials"):
        send(kind, sender, message())


@pytest.mark.parametrize("kind", ["blocking", "awaited"])
def test_the_chain_of_botocore_finds_a_profile(kind: str, nowhere: Path) -> None:
    (nowhere / "credentials").write_text(
        f"[codes]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {KEY}\n"
    )
    with recorded(FakeSenders()) as (url, requests):
        sender = aws_sms(Reach(base_url=url), profile="codes")

        assert isinstance(send(kind, sender, message()), Sent)

    assert f"Credential={KEY_ID}/" in requests[0].headers["authorization"]


def test_keys_that_cannot_be_refreshed_are_no_secret_in_the_error(
    nowhere: Path,
) -> None:
    script = nowhere / "keys.sh"
    script.write_text(f"echo {KEY}; exit 1")
    (nowhere / "config").write_text(
        f"[profile codes]\ncredential_process = sh {script}\n"
    )
    sender = sns(Reach(base_url="http://127.0.0.1:9"), profile="codes")

    with pytest.raises(Misconfigured) as error:
        asyncio.run(sender.awaited().send(message()))

    assert KEY not in repr(error.value)
    assert error.value.__context__ is None


@pytest.mark.parametrize(
    ("make", "changes", "setting"),
    [
        (sns, {"region": "Ireland"}, "region"),
        (sns, {"region": "eu-west-1.evil.example/"}, "region"),
        (sns, {"secret_access_key": None}, "secret_access_key"),
        (sns, {"access_key_id": None}, "access_key_id"),
        (sns, {"sender_id": "A name that is too long"}, "sender_id"),
        (sns, {"origination_number": "Shop"}, "origination_number"),
        (sns, {"max_price": "1"}, "max_price"),
        (sns, {"max_price": 0.05}, "max_price"),
        (aws_sms, {"origination_identity": "my pool"}, "origination_identity"),
        (aws_sms, {"configuration_set": ""}, "configuration_set"),
        (aws_sms, {"voice": "joanna"}, "voice"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    make: Callable[..., Any], changes: dict[str, Any], setting: str
) -> None:
    with pytest.raises(InvalidSetting) as error:
        make(Reach(), **changes)

    assert error.value.setting == setting


def test_a_profile_beside_a_key_is_one_too_many() -> None:
    with pytest.raises(InvalidSetting, match="not both"):
        SnsSender(
            region="eu-west-1", access_key_id="A", secret_access_key="b", profile="c"
        )


def test_a_url_names_region_keys_and_options() -> None:
    with recorded(FakeSenders()) as (url, requests):
        texts = sender_from_url(
            f"sns://{KEY_ID}:{KEY}@?sender_id=Shop&base_url={url}",
            {"AWS_REGION": "eu-north-1"},
        )
        calls = sender_from_url(
            f"aws-sms://{KEY_ID}:{KEY}@us-gov-west-1?origination_identity=pool-1"
            f"&base_url={url}",
            {},
        )
        texts.send(message())
        calls.send(message(channel=Channel.CALL))

    assert isinstance(calls, AwsSmsSender)
    one, two = (each.headers["authorization"] for each in requests)
    assert "/eu-north-1/sns/aws4_request" in one
    assert "/us-gov-west-1/sms-voice/aws4_request" in two
    assert "Shop" in dict(parse_qsl(requests[0].body.decode())).values()


def test_a_bare_name_is_a_url_and_the_environment_has_the_rest() -> None:
    environ = {
        "AWS_REGION": "eu-north-1",
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_SESSION_TOKEN": "a-session",
    }
    assert isinstance(sender_from_url("aws-sms", environ), AwsSmsSender)
    with recorded(FakeSenders()) as (url, requests):
        sender_from_url(f"sns://?base_url={url}", environ).send(message())

    assert f"Credential={KEY_ID}/" in requests[0].headers["authorization"]
    assert requests[0].headers["x-amz-security-token"] == "a-session"


@pytest.mark.parametrize(
    ("url", "setting"),
    [
        ("sns://", "region"),
        ("sns://eu-west-1/topic", "path"),
        ("sns://:secret@eu-west-1", "access_key_id"),
        ("sns://eu-west-1?colour=red", "colour"),
        ("aws-sms://KEY:secret@eu-west-1?profile=codes", "profile"),
    ],
)
def test_a_url_that_cannot_be_used_names_the_part(url: str, setting: str) -> None:
    with pytest.raises(InvalidSetting) as error:
        sender_from_url(url, {})

    assert error.value.setting == setting
