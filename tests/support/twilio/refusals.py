"""For each served operation a request that Twilio refuses, and how."""

from __future__ import annotations

from typing import Final, TypeAlias

SERVICE: Final = "/v2/Services/VA" + "0" * 32
_NOBODY: Final = f"{SERVICE}/Entities/nobody-here"
_LIMIT: Final = f"{SERVICE}/RateLimits/RK" + "0" * 32
_BAD_PAGE: Final = "?PageSize=1001"

#: Operation, method, path, form, HTTP status, Twilio's number.
Refusal: TypeAlias = tuple[str, str, str, dict[str, str], int, int]

_GONE: Final = (404, 20404)
_WRONG: Final = (400, 60200)


def _gone(operation: str, method: str, path: str, **form: str) -> Refusal:
    return (operation, method, path, form, *_GONE)


def _wrong(operation: str, method: str, path: str, **form: str) -> Refusal:
    return (operation, method, path, form, *_WRONG)


REFUSALS: Final[tuple[Refusal, ...]] = (
    _wrong("CreateService", "POST", "/v2/Services", FriendlyName="Code 12345"),
    _wrong("CreateService", "POST", "/v2/Services", FriendlyName="A", CodeLength="11"),
    _wrong("CreateService", "POST", "/v2/Services", FriendlyName="shop.example.org"),
    _wrong("ListService", "GET", f"/v2/Services{_BAD_PAGE}"),
    _gone("FetchService", "GET", "/v2/Services/VA1"),
    _wrong("UpdateService", "POST", SERVICE, CodeLength="3"),
    _gone("DeleteService", "DELETE", "/v2/Services/VA1"),
    _wrong("CreateVerification", "POST", f"{SERVICE}/Verifications", To="+15555550100"),
    (
        "CreateVerification",
        "POST",
        f"{SERVICE}/Verifications",
        {"To": "+15555550100", "Channel": "sms", "CustomCode": "271828"},
        403,
        60204,
    ),
    (
        "CreateVerification",
        "POST",
        f"{SERVICE}/Verifications",
        {"To": "+15555550100", "Channel": "sms", "CustomMessage": "Hello"},
        400,
        60243,
    ),
    _gone("FetchVerification", "GET", f"{SERVICE}/Verifications/VE{'0' * 32}"),
    _wrong("UpdateVerification", "POST", f"{SERVICE}/Verifications/VE1"),
    (
        "CreateVerificationCheck",
        "POST",
        f"{SERVICE}/VerificationCheck",
        {"Code": "123456"},
        400,
        60221,
    ),
    _wrong("ListVerificationAttempt", "GET", "/v2/Attempts?Status=maybe"),
    _wrong("ListVerificationAttempt", "GET", "/v2/Attempts?DateCreatedAfter=now"),
    _wrong("ListVerificationAttempt", "GET", "/v2/Attempts?Country=XX"),
    _wrong(
        "FetchVerificationAttemptsSummary", "GET", "/v2/Attempts/Summary?Country=GBR"
    ),
    _gone("FetchVerificationAttempt", "GET", "/v2/Attempts/VL" + "0" * 32),
    (
        "CreateRateLimit",
        "POST",
        f"{SERVICE}/RateLimits",
        {"UniqueName": "a name"},
        400,
        60209,
    ),
    _wrong("ListRateLimit", "GET", f"{SERVICE}/RateLimits{_BAD_PAGE}"),
    _gone("FetchRateLimit", "GET", _LIMIT),
    _gone("UpdateRateLimit", "POST", _LIMIT, Description="x"),
    _gone("DeleteRateLimit", "DELETE", _LIMIT),
    _wrong("CreateBucket", "POST", f"{_LIMIT}/Buckets", Max="0", Interval="60"),
    _gone("ListBucket", "GET", f"{_LIMIT}/Buckets"),
    _gone("FetchBucket", "GET", f"{_LIMIT}/Buckets/BL1"),
    _wrong("UpdateBucket", "POST", f"{_LIMIT}/Buckets/BL1", Max="many"),
    _gone("DeleteBucket", "DELETE", f"{_LIMIT}/Buckets/BL1"),
    _wrong(
        "CreateMessagingConfiguration",
        "POST",
        f"{SERVICE}/MessagingConfigurations",
        Country="GBR",
        MessagingServiceSid="MG" + "0" * 32,
    ),
    _wrong(
        "CreateMessagingConfiguration",
        "POST",
        f"{SERVICE}/MessagingConfigurations",
        Country="XX",
        MessagingServiceSid="MG" + "0" * 32,
    ),
    _wrong(
        "ListMessagingConfiguration",
        "GET",
        f"{SERVICE}/MessagingConfigurations{_BAD_PAGE}",
    ),
    _gone(
        "FetchMessagingConfiguration", "GET", f"{SERVICE}/MessagingConfigurations/GB"
    ),
    _wrong(
        "UpdateMessagingConfiguration", "POST", f"{SERVICE}/MessagingConfigurations/GB"
    ),
    _gone(
        "DeleteMessagingConfiguration",
        "DELETE",
        f"{SERVICE}/MessagingConfigurations/GB",
    ),
    _wrong("ListVerificationTemplate", "GET", f"/v2/Templates{_BAD_PAGE}"),
    _wrong("CreateSafelist", "POST", "/v2/SafeList/Numbers", PhoneNumber="555"),
    _gone("FetchSafelist", "GET", "/v2/SafeList/Numbers/+15555550100"),
    _gone("DeleteSafelist", "DELETE", "/v2/SafeList/Numbers/+15555550100"),
    _wrong("CreateEntity", "POST", f"{SERVICE}/Entities", Identity="short"),
    _wrong("ListEntity", "GET", f"{SERVICE}/Entities{_BAD_PAGE}"),
    _gone("FetchEntity", "GET", _NOBODY),
    _gone("DeleteEntity", "DELETE", _NOBODY),
    (
        "CreateNewFactor",
        "POST",
        f"{_NOBODY}/Factors",
        {"FriendlyName": "x", "FactorType": "totp", "Binding.Secret": "not base 32"},
        400,
        60314,
    ),
    (
        "CreateNewFactor",
        "POST",
        f"{_NOBODY}/Factors",
        {"FriendlyName": "x", "FactorType": "push"},
        501,
        501,
    ),
    _gone("ListFactor", "GET", f"{_NOBODY}/Factors"),
    _gone("FetchFactor", "GET", f"{_NOBODY}/Factors/YF1"),
    _wrong("UpdateFactor", "POST", f"{_NOBODY}/Factors/YF1", AuthPayload="12"),
    _gone("DeleteFactor", "DELETE", f"{_NOBODY}/Factors/YF1"),
    _wrong("CreateChallenge", "POST", f"{_NOBODY}/Challenges", FactorSid="YF1"),
    _wrong("ListChallenge", "GET", f"{_NOBODY}/Challenges?Order=up"),
    _gone("FetchChallenge", "GET", f"{_NOBODY}/Challenges/YC1"),
    _gone("UpdateChallenge", "POST", f"{_NOBODY}/Challenges/YC1", AuthPayload="123456"),
    _wrong(
        "CreateWebhook",
        "POST",
        f"{SERVICE}/Webhooks",
        FriendlyName="x",
        EventTypes="factor.lost",
        WebhookUrl="https://example.org",
    ),
    _wrong("ListWebhook", "GET", f"{SERVICE}/Webhooks{_BAD_PAGE}"),
    _gone("FetchWebhook", "GET", f"{SERVICE}/Webhooks/YW1"),
    _wrong("UpdateWebhook", "POST", f"{SERVICE}/Webhooks/YW1", WebhookUrl="not a url"),
    _gone("DeleteWebhook", "DELETE", f"{SERVICE}/Webhooks/YW1"),
    _wrong("FetchPhoneNumber", "GET", "/v2/PhoneNumbers/+15555550100?Fields=shoe_size"),
    _gone("FetchPhoneNumberV1", "GET", "/v1/PhoneNumbers/+4420"),
    _wrong("FetchPhoneNumberV1", "GET", "/v1/PhoneNumbers/+15555550100?Type=shoe"),
    (
        "FetchPhoneNumberV1",
        "GET",
        "/v1/PhoneNumbers/+15555550100?AddOns=whitepages_pro_caller_id",
        {},
        501,
        501,
    ),
)
