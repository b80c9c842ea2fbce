"""
Node types: which outcomes each has, and what it does to a person and to state.

Source: ForgeRock/am-external, branch releases/8.0.2, and Ping Identity's
"Authentication node reference", read 2026-11-28. The Twilio nodes: their plug-in,
ForgeRock/Twilio-Verify-Auth-Tree-Nodes, read 2026-11-22.
"""

from __future__ import annotations

SUCCESS = "70e691a5-1e33-4ac3-a356-e7b6d60d92e0"
FAILURE = "e301438c-0bd0-429c-ab0c-66126501069a"
ENDS = {SUCCESS: "Success", FAILURE: "Failure"}
"""The two nodes that every tree has, by their fixed ids."""

SENDER = "VerifyAuthSenderNode"
COLLECTOR = "VerifyAuthCollectorDecisionNode"
LOOKUP = "VerifyAuthLookupNode"
IDENTIFIER = "VerifyAuthIdentifierNode"
GENERATOR = "OneTimePasswordGeneratorNode"
OTP_COLLECTOR = "OneTimePasswordCollectorDecisionNode"
SCRIPT = "ScriptedDecisionNode"
INNER_TREE = "InnerTreeEvaluatorNode"
RETRY_LIMIT = "RetryLimitDecisionNode"
POLLING_WAIT = "PollingWaitNode"
SELECT_IDP = "SelectIdPNode"
PAGES = frozenset({"PageNode", "CustomPageNode"})

_ONE = ("outcome",)
_BOTH = ("true", "false")
_STORE = ("TRUE", "FALSE", "LOCKED", "CANCELLED", "EXPIRED")

ASKING: dict[str, tuple[str, ...]] = {
    "UsernameCollectorNode": _ONE,
    "PasswordCollectorNode": _ONE,
    "ValidatedUsernameNode": _ONE,
    "ValidatedPasswordNode": _ONE,
    "AttributeCollectorNode": _ONE,
    "KbaCreateNode": _ONE,
    "AcceptTermsAndConditionsNode": _ONE,
    "ConsentNode": _ONE,
    "MessageNode": _BOTH,
    "KbaVerifyNode": _BOTH,
    "DisplayUserNameNode": _ONE,
    "EmailSuspendNode": _ONE,
    OTP_COLLECTOR: _BOTH,
    COLLECTOR: ("true", "false", "error"),  # and its buttons
}
"""Outcomes of the nodes that wait for a person."""

SILENT: dict[str, tuple[str, ...]] = {
    SENDER: ("true", "error"),
    LOOKUP: ("True", "False", "Error"),
    IDENTIFIER: ("True", "False", "Error"),
    "DataStoreDecisionNode": _BOTH,
    "IdentityStoreDecisionNode": _STORE,
    "LdapDecisionNode": _STORE,
    "AccountActiveDecisionNode": _BOTH,
    "AccountLockoutNode": _ONE,
    "ZeroPageLoginNode": _BOTH,
    RETRY_LIMIT: ("Retry", "Reject"),
    "AnonymousUserNode": _ONE,
    "AnonymousSessionUpgradeNode": _ONE,
    "IdentifyExistingUserNode": _BOTH,
    "AttributePresentDecisionNode": _BOTH,
    "AttributeValueDecisionNode": _BOTH,
    "PatchObjectNode": ("PATCHED", "FAILURE"),
    "CreateObjectNode": ("CREATED", "FAILURE"),
    "IncrementLoginCountNode": _ONE,
    "LoginCountDecisionNode": _BOTH,
    "QueryFilterDecisionNode": _BOTH,
    "KbaDecisionNode": _BOTH,
    "TermsAndConditionsDecisionNode": _BOTH,
    "RequiredAttributesDecisionNode": _BOTH,
    "ProfileCompletenessDecisionNode": _BOTH,
    "TimeSinceDecisionNode": _BOTH,
    "AuthLevelDecisionNode": _BOTH,
    "ModifyAuthLevelNode": _ONE,
    "SessionDataNode": _ONE,
    "RemoveSessionPropertiesNode": _ONE,
    "SetStateNode": _ONE,
    "SetCustomCookieNode": _ONE,
    "SetSuccessUrlNode": _ONE,
    "SetFailureUrlNode": _ONE,
    "SetSuccessDetailsNode": _ONE,
    "SetFailureDetailsNode": _ONE,
    "SetErrorDetailsNode": _ONE,
    "SetSessionPropertiesNode": _ONE,
    "TimerStartNode": _ONE,
    "TimerStopNode": _ONE,
    "EmailTemplateNode": ("EMAIL_SENT", "EMAIL_NOT_SENT"),
    GENERATOR: _ONE,
    "OneTimePasswordSmtpSenderNode": _ONE,
    "OneTimePasswordSmsSenderNode": _ONE,
}
"""Outcomes of the nodes that go on by themselves."""

OUTCOMES = ASKING | SILENT
"""What each known type returns."""

BUTTONS = {"showResendButton": "resend", "showCancelButton": "cancel"}
"""Attributes of the Collector that add an outcome."""
