"""Nodes without an injected provider: whose account, which secret, which client."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from verify_core.errors import InvalidSetting
from verify_core.masking import Secret
from verify_core.nodes import (
    Action,
    CollectorDecisionNode,
    NodeState,
    PasswordCallback,
    SenderNode,
    TreeContext,
)
from verify_core.nodes._credentials import SecretResolver
from verify_core.provider_settings import ProviderSettings
from verify_fakes import FakeVerifyProvider

NUMBER = "+15553231234"
KEY = "userIdentifier"
SENDER = {"accountSID": "AC1", "authToken": None, "serviceSID": "VA1"}


class Vendor(ModuleType):
    """A vendor's package: one fake an account, and a record of what was asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.built: list[ProviderSettings] = []
        self.accounts: dict[tuple[str, str], FakeVerifyProvider] = {}

    def from_settings(self, settings: ProviderSettings) -> FakeVerifyProvider:
        if not settings.user.startswith("AC"):
            raise InvalidSetting("accountSID", "begins with AC")
        self.built.append(settings)
        fake = FakeVerifyProvider(seed=1, name=settings.name)
        return self.accounts.setdefault((settings.user, settings.path), fake)

    @property
    def code(self) -> str:
        (fake,) = (fake for fake in self.accounts.values() if fake.outbox)
        return fake.outbox[-1].code


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Vendor]:
    """The package, installed under the name `twilio` before any other."""
    installed = tmp_path / "made_up_vendor-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Name: made-up-vendor\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text(
        "[verify_core.providers]\ntwilio = made_up_vendor:from_settings\n"
    )
    module = Vendor("made_up_vendor")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def send(node: SenderNode, state: NodeState | None = None) -> Action:
    return node.process(TreeContext(state or NodeState(shared={KEY: NUMBER})))


def collect(node: CollectorDecisionNode, state: NodeState, code: str) -> Action:
    return node.process(TreeContext(state, callbacks=[PasswordCallback("Code", code)]))


def reason(action: Action) -> str | None:
    return action.error and action.error.reason


def test_a_sender_builds_its_own_provider(vendor: Vendor) -> None:
    node = SenderNode.from_export(SENDER, secrets={"authToken": "t-1"}.get)

    assert send(node).outcome == "True"

    (settings,) = vendor.built
    assert (settings.name, settings.user, settings.path) == ("twilio", "AC1", "VA1")
    assert settings.host == "verify"
    assert settings.secret == Secret("t-1")


def test_an_injected_provider_wins(vendor: Vendor) -> None:
    fake = FakeVerifyProvider(seed=1)
    node = SenderNode.from_export(SENDER, fake, secrets={"authToken": "t-1"}.get)

    send(node)

    assert len(fake.outbox) == 1
    assert vendor.built == []


@pytest.mark.parametrize(
    ("attributes", "secrets"),
    [
        ({"authToken": "t-1"}, {}),
        ({"authToken": None}, {"authToken": "t-1"}),
        ({"authToken": ""}, {"authToken": Secret("t-1")}),
        ({"authToken": "&{esv.twilio.token}"}, {"esv.twilio.token": "t-1"}),
        ({"authToken": "t-&{esv.number}"}, {"esv.number": Secret("1")}),
        (
            {"accountSID": "&{esv.account}", "serviceSID": "VA&{esv.service}"},
            {"authToken": "t-1", "esv.account": "AC1", "esv.service": "1"},
        ),
        (
            {"accountSID": "", "serviceSID": ""},
            {"authToken": "t-1", "accountSID": "AC1", "serviceSID": "VA1"},
        ),
    ],
)
def test_what_an_export_leaves_out_the_resolver_gives(
    vendor: Vendor, attributes: dict[str, str | None], secrets: Mapping[str, str]
) -> None:
    state = NodeState(shared={KEY: NUMBER})
    node = SenderNode.from_export({**SENDER, **attributes}, secrets=secrets.get)

    assert send(node, state).outcome == "True"

    (settings,) = vendor.built
    assert (settings.user, settings.path) == ("AC1", "VA1")
    assert settings.secret == Secret("t-1")
    assert state.get("serviceSID") == "VA1"


@pytest.mark.parametrize(
    ("attributes", "names"),
    [
        ({}, "authToken"),
        ({"authToken": "&{esv.gone}"}, "authToken"),
        ({"authToken": "t-1", "accountSID": "&{esv.gone}"}, "accountSID"),
        ({"authToken": "t-1", "serviceSID": "&{esv.gone}"}, "serviceSID"),
        ({"authToken": "t-1", "accountSID": "XX1"}, "accountSID"),
    ],
)
@pytest.mark.parametrize("secrets", [{}.get, None, lambda _name: "", lambda _name: 5])
def test_what_is_missing_or_malformed_is_an_error_that_names_it(
    vendor: Vendor,
    attributes: dict[str, str],
    names: str,
    secrets: SecretResolver | None,
) -> None:
    node = SenderNode.from_export({**SENDER, **attributes}, secrets=secrets)

    action = send(node)

    assert reason(action) == "setting.invalid"
    assert isinstance(action.cause, InvalidSetting)
    assert action.cause.setting == names


def test_one_node_keeps_one_client(vendor: Vendor) -> None:
    node = SenderNode.from_export(SENDER, secrets={"authToken": "t-1"}.get)

    for _ in range(3):
        send(node)

    assert len(vendor.built) == 1


def test_a_new_secret_makes_a_new_client(vendor: Vendor) -> None:
    tokens = {"authToken": "t-1"}
    node = SenderNode.from_export(SENDER, secrets=tokens.get)
    send(node)

    tokens["authToken"] = "t-2"
    send(node)
    send(node)

    assert [settings.secret for settings in vendor.built] == [
        Secret("t-1"),
        Secret("t-2"),
    ]


def test_two_nodes_share_nothing(vendor: Vendor) -> None:
    secrets = {"authToken": "t-1"}.get
    one = SenderNode.from_export(SENDER, secrets=secrets)
    two = SenderNode.from_export({**SENDER, "accountSID": "AC2"}, secrets=secrets)

    send(one)
    send(two)

    assert [settings.user for settings in vendor.built] == ["AC1", "AC2"]


@pytest.mark.parametrize(
    "attributes", [{"accountSID": "AC1"}, {"accountSID": "AC1", "serviceSID": "VA1"}]
)
def test_a_collector_builds_what_the_reference_names(
    vendor: Vendor, attributes: dict[str, str]
) -> None:
    state = NodeState(shared={KEY: NUMBER})
    secrets = {"authToken": "t-1"}.get
    send(SenderNode.from_export(SENDER, secrets=secrets), state)
    node = CollectorDecisionNode.from_export(attributes, secrets=secrets)

    assert collect(node, state, vendor.code).outcome == "True"
    assert [settings.path for settings in vendor.built] == ["VA1", "VA1"]


def test_a_collector_without_sids_asks_the_resolver(vendor: Vendor) -> None:
    state = NodeState(shared={KEY: NUMBER})
    secrets = {"authToken": "t-1", "accountSID": "AC1"}.get
    send(SenderNode.from_export(SENDER, secrets=secrets), state)
    node = CollectorDecisionNode.from_export({}, secrets=secrets)

    assert collect(node, state, vendor.code).outcome == "True"


def test_a_collector_s_own_service_wins_over_the_one_in_state(vendor: Vendor) -> None:
    state = NodeState(shared={KEY: NUMBER})
    secrets = {"authToken": "t-1"}.get
    send(SenderNode.from_export(SENDER, secrets=secrets), state)
    node = CollectorDecisionNode.from_export(
        {"accountSID": "AC1", "serviceSID": "VA2"}, secrets=secrets
    )

    assert reason(collect(node, state, vendor.code)) == "verdict.gone"
    assert vendor.built[-1].path == "VA2"


def test_a_placeholder_in_state_opens_no_secret(vendor: Vendor) -> None:
    """State is not configuration: what stands there is never resolved."""
    state = NodeState(shared={KEY: NUMBER})
    secrets = {"authToken": "t-1", "accountSID": "AC1", "esv.other": "VA9"}.get
    send(SenderNode.from_export(SENDER, secrets=secrets), state)
    state.put_shared("serviceSID", "&{esv.other}")
    code = vendor.code

    collect(CollectorDecisionNode.from_export({}, secrets=secrets), state, code)

    assert vendor.built[-1].path == "&{esv.other}"


def test_a_collector_without_credentials_is_an_error(vendor: Vendor) -> None:
    state = NodeState(shared={KEY: NUMBER})
    send(SenderNode.from_export({**SENDER, "authToken": "t-1"}), state)

    action = collect(CollectorDecisionNode.from_export({}), state, vendor.code)

    assert action.outcome == "Error"
    assert reason(action) == "setting.invalid"


def test_a_reference_of_a_vendor_that_is_not_installed_is_an_error(
    vendor: Vendor,
) -> None:
    state = NodeState(shared={KEY: NUMBER})
    send(SenderNode(provider=FakeVerifyProvider(seed=1, name="pigeon")), state)
    node = CollectorDecisionNode.from_export(SENDER, secrets={"authToken": "t"}.get)

    action = collect(node, state, "123456")

    assert action.outcome == "Error"
    assert "pigeon" in str(action.cause)
    assert vendor.built == []


def test_what_a_node_has_built_does_not_show(vendor: Vendor) -> None:
    node = SenderNode.from_export(SENDER, secrets={"authToken": "token-1"}.get)
    send(node)

    assert vendor.built
    assert "token-1" not in repr(node) + repr(node.credentials)
