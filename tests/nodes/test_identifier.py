"""The Identifier, row by row of its table, and the directories that it asks."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from collections.abc import Mapping

import pytest
from hypothesis import example, given

from tests.nodes.test_secrecy import JSON, TYPED, telling
from verify_core.errors import InvalidSetting, Throttled, VerifyError
from verify_core.nodes import (
    Action,
    Directory,
    IdentifierNode,
    MemoryDirectory,
    NodeState,
    Outcome,
    SenderNode,
    TreeContext,
)
from verify_fakes import FakeVerifyProvider

KEY = "userIdentifier"
EXPORT = {"identifierAttribute": "telephoneNumber"}
ANN: dict[str, object] = {
    "_id": "5b1c",
    "userName": "ann",
    "mail": ["ann@example.org"],
    "telephoneNumber": "+1 (555) 323-1234",
}
BOB: dict[str, object] = {"_id": "77aa", "userName": "bob", "mail": ""}
PEOPLE = MemoryDirectory([ANN, BOB])


def run(
    state: NodeState, attribute: str = "telephoneNumber", directory: Directory = PEOPLE
) -> Action:
    node = IdentifierNode(directory=directory, identifier_attribute=attribute)
    return node.process(TreeContext(state))


def reason(action: Action) -> str:
    assert action.error is not None
    return action.error.reason


@pytest.mark.parametrize("username", ["ann", "5b1c"])
@pytest.mark.parametrize(
    ("attribute", "found"),
    [("telephoneNumber", "+1 (555) 323-1234"), ("mail", "ann@example.org")],
)
def test_a_person_s_identifier_is_written_as_it_is_on_the_profile(
    username: str, attribute: str, found: str
) -> None:
    state = NodeState(shared={"username": username, "verifyError": "stale"})

    action = run(state, attribute)

    assert action.outcome is Outcome.TRUE
    assert state.shared == {"username": username, KEY: found}


@pytest.mark.parametrize(
    "value", [None, "", "  ", [], ["", None], {}, True, -5, 1.5, {"value": "+15553"}]
)
def test_nothing_usable_on_the_profile_is_false(value: object) -> None:
    state = NodeState(shared={"username": "x"})
    directory = MemoryDirectory([{"userName": "x", "telephoneNumber": value}])

    action = run(state, directory=directory)

    assert (action.outcome, reason(action)) == (Outcome.FALSE, "identifier.missing")
    assert KEY not in state.shared
    record = state.shared["verifyErrorRecord"]
    assert isinstance(record, Mapping)
    assert record["reason"] == "identifier.missing"


def test_the_first_usable_value_is_taken() -> None:
    state = NodeState(shared={"username": "x"})
    directory = MemoryDirectory(
        [{"userName": "x", "telephoneNumber": ["", 15553231234, "+1"]}]
    )

    assert run(state, directory=directory).outcome is Outcome.TRUE
    assert state.get(KEY) == "15553231234"


def test_a_person_who_is_not_found_is_false_and_people_read_the_same() -> None:
    nobody, bob = NodeState(shared={"username": "eve"}), NodeState()
    bob.put_shared("username", "bob")

    action, other = run(nobody), run(bob)

    assert (action.outcome, reason(action)) == (Outcome.FALSE, "identifier.no_person")
    assert (other.outcome, reason(other)) == (Outcome.FALSE, "identifier.missing")
    assert nobody.get("verifyError") == bob.get("verifyError")


@pytest.mark.parametrize("username", [None, "", " ", [], True])
def test_without_a_username_there_is_an_error(username: object) -> None:
    action = run(NodeState(shared={"username": username}))

    assert (action.outcome, reason(action)) == (Outcome.ERROR, "setting.invalid")
    assert str(action.cause).startswith("username: not in state")


def test_without_an_attribute_there_is_an_error_that_names_it() -> None:
    node = IdentifierNode.from_export({}, PEOPLE)

    action = node.process(TreeContext(NodeState(shared={"username": "ann"})))

    assert action.outcome is Outcome.ERROR
    assert str(action.cause).startswith("identifierAttribute: required")


def test_a_private_username_is_read_and_the_identifier_is_shared() -> None:
    state = NodeState(transient={"username": "ann", KEY: "stale"})

    assert run(state).outcome is Outcome.TRUE
    assert state.shared[KEY] == ANN["telephoneNumber"]
    assert KEY not in state.transient


@pytest.mark.parametrize("number", ["+442079460018", ""])
def test_a_name_that_is_another_s_id_is_an_error(number: str) -> None:
    mallory = {"_id": "m", "userName": "5b1c", "telephoneNumber": number}

    action = run(
        NodeState(shared={"username": "5b1c"}),
        directory=MemoryDirectory([ANN, mallory]),
    )

    assert (action.outcome, reason(action)) == (Outcome.ERROR, "setting.invalid")


@pytest.mark.parametrize(
    ("shared", "outcome"),
    [
        ({"objectAttributes": {"mail": "ann@example.org"}}, "True"),
        ({"objectAttributes": {"mail": "ann@example.org"}, "username": "ann"}, "True"),
        ({"objectAttributes": {"mail": "ann@example.org"}, "username": "bob"}, "Error"),
        ({"objectAttributes": {"mail": "eve@example.org"}}, "False"),
        ({"objectAttributes": {"mail": ""}, "username": "ann"}, "True"),
        ({"username": "ann@example.org"}, "True"),
        ({}, "Error"),
    ],
)
def test_builds_with_an_identity_attribute_find_the_person_by_it(
    shared: dict[str, object], outcome: str
) -> None:
    node = IdentifierNode.from_export({**EXPORT, "identityAttribute": "mail"}, PEOPLE)

    assert node.process(TreeContext(NodeState(shared=shared))).outcome == outcome


@pytest.mark.parametrize("name", ["telephonenumber", "TelephoneNumber"])
def test_an_attribute_s_name_may_have_other_capitals(name: str) -> None:
    state = NodeState(shared={"username": "ann"})

    assert run(state, name).outcome is Outcome.TRUE
    assert state.get(KEY) == ANN["telephoneNumber"]


def test_an_attribute_of_the_very_name_comes_first() -> None:
    state = NodeState(shared={"username": "ann"})

    run(state, "telephonenumber", MemoryDirectory([{**ANN, "telephonenumber": "+1"}]))

    assert state.get(KEY) == "+1"


def test_several_people_of_one_name_are_an_error() -> None:
    directory = MemoryDirectory([BOB, {**BOB, "_id": "2"}])

    assert run(NodeState(shared={"username": "bob"}), directory=directory).outcome == (
        "Error"
    )
    with pytest.raises(InvalidSetting, match="several people"):
        directory.find("userName", "bob")


def test_a_function_is_a_directory() -> None:
    asked: list[tuple[str, str]] = []

    def find(attribute: str, value: str) -> Mapping[str, object] | None:
        asked.append((attribute, value))
        return {**ANN, "calls": len(asked)} if value == "ann" else None

    node = IdentifierNode.from_export(EXPORT, find)
    state = NodeState(shared={"username": "ann"})

    assert node.process(TreeContext(state)).outcome is Outcome.TRUE
    assert asked == [("_id", "ann"), ("userName", "ann")]


def raised_from(context: Exception) -> Exception:
    error = Throttled("later", "ldap")
    error.__context__ = context
    return error


@pytest.mark.parametrize("ping_compatible", [True, False])
@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (OSError("ann +15553231234"), "provider.unavailable"),
        (KeyError("ann"), "provider.unavailable"),
        (Throttled("later", "ldap"), "provider.throttled"),
        (raised_from(OSError("ann +15553231234")), "provider.throttled"),
        (InvalidSetting("host", "unknown"), "setting.invalid"),
    ],
)
def test_a_directory_that_fails_is_an_error_without_its_words(
    raised: Exception, expected: str, *, ping_compatible: bool
) -> None:
    def fail(_attribute: str, _value: str) -> None:
        raise raised

    node = IdentifierNode.from_export(EXPORT, fail, ping_compatible=ping_compatible)
    state = NodeState(shared={"username": "ann"})

    action = node.process(TreeContext(state))

    assert (action.outcome, reason(action)) == (Outcome.ERROR, expected)
    assert ("Exception" in state.shared) is ping_compatible
    assert action.cause is not None
    shown = "".join(traceback.format_exception(action.cause))
    assert "ann" not in shown
    assert "5553231234" not in shown


@pytest.mark.parametrize("answer", [["ann"], "ann", 5])
def test_a_directory_that_answers_no_mapping_is_an_error(answer: object) -> None:
    node = IdentifierNode.from_export(EXPORT, lambda _name, _value: answer)  # type: ignore[arg-type,return-value]

    action = node.process(TreeContext(NodeState(shared={"username": "ann"})))

    assert (action.outcome, reason(action)) == (Outcome.ERROR, "setting.invalid")


def test_the_documented_defaults() -> None:
    node = IdentifierNode.from_export({}, PEOPLE)

    assert node.identifier_attribute == ""
    assert node.identifier_key == "userIdentifier"
    assert node.outcomes == ("True", "False", "Error")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("identifierAttribute", 5),
        ("identifierAttribute", ["mail"]),
        ("identityAttribute", 5),
        ("identifierSharedState", ""),
        ("identifierSharedState", 5),
    ],
)
def test_a_malformed_attribute_is_named(name: str, value: object) -> None:
    with pytest.raises(InvalidSetting, match=f"^{name}: takes"):
        IdentifierNode.from_export({**EXPORT, name: value}, PEOPLE)


@pytest.mark.parametrize("directory", ["users.json", b"", None, [ANN], {"ann": ANN}])
def test_what_is_no_directory_is_refused(directory: object) -> None:
    with pytest.raises(InvalidSetting, match=r"^directory: takes"):
        IdentifierNode(directory=directory)  # type: ignore[arg-type]


def test_the_sender_takes_what_the_identifier_found() -> None:
    fake = FakeVerifyProvider(seed=1)
    state = NodeState(shared={"username": "ann"})

    assert run(state).outcome is Outcome.TRUE
    assert SenderNode(provider=fake).process(TreeContext(state)).outcome == "True"
    assert fake.outbox[-1].to == "+15553231234"


def test_a_sender_that_asks_afterwards_reports_no_fault_of_the_person_s() -> None:
    state = NodeState(shared={"username": "bob"})
    run(state)

    action = SenderNode(
        provider=FakeVerifyProvider(seed=1), request_identifier=True
    ).process(TreeContext(state))

    assert [type(each).__name__ for each in action.callbacks] == [
        "TextOutputCallback",
        "NameCallback",
    ]


@given(value=JSON, username=JSON)
@example(value="(555) 323-1234", username="ann")
def test_any_profile_and_any_username_lead_to_a_documented_outcome(
    value: object, username: object
) -> None:
    names = ("_id", "userName", "mail", "telephoneNumber")
    directory = MemoryDirectory([ANN, dict.fromkeys(names, value)])
    state = NodeState(shared={"username": username})
    node = IdentifierNode(directory=directory, identifier_attribute="mail")

    action = node.process(TreeContext(state))

    assert action.outcome in node.outcomes
    assert (KEY in state.shared) is (action.outcome == "True")


@given(typed=TYPED)
@example(typed="+15553231234")
def test_no_name_that_is_typed_leaves_a_trace(typed: str) -> None:
    state = NodeState(shared={"username": typed})

    for directory in (PEOPLE, MemoryDirectory([{"userName": typed}] * 2)):
        action = run(state, directory=directory)
        assert action.outcome in {Outcome.FALSE, Outcome.ERROR, Outcome.TRUE}
        kept = {key: state.get(key) for key in state.keys() - {"username", KEY}}
        shown = repr((action, action.cause, state)) + json.dumps(kept)
        assert not [part for part in telling(typed) if part in shown]


def test_people_are_read_from_json() -> None:
    listed = json.dumps([ANN, BOB])
    queried = json.dumps({"result": [ANN, BOB], "resultCount": 2})

    for text in (listed, queried, "\ufeff" + listed):
        assert MemoryDirectory.from_json(text) == PEOPLE


def test_people_are_read_from_csv() -> None:
    directory = MemoryDirectory.from_csv(
        "\ufeff_id, userName,telephoneNumber\r\n"
        '5b1c,ann,"+1 (555) 323-1234"\r\n'
        "\r\n"
        "77aa,bob,\r\n"
    )

    assert directory.find("userName", "ann") == {
        "_id": "5b1c",
        "userName": "ann",
        "telephoneNumber": "+1 (555) 323-1234",
    }
    assert directory.find("_id", "77aa") == {"_id": "77aa", "userName": "bob"}
    assert directory.find("userName", "eve") is None
    assert MemoryDirectory.from_csv("") == MemoryDirectory()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "5",
        "null",
        '"ann"',
        "[5]",
        '[["a"]]',
        "[" * 100_000,
        '["\ud800"]',
        None,
    ],
)
def test_what_is_no_json_of_people_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(InvalidSetting, match=r"^people: ") as caught:
        MemoryDirectory.from_json(text)

    assert "ann" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "userName\nann,+15553231234",
        "userName,userName\nann,ann",
        "userName,\nann,ann",
        'userName\n"ann',
        "userName\n" + "a" * 200_000,
        b"userName",
        None,
    ],
    ids=range(7),
)
def test_what_is_no_csv_of_people_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(InvalidSetting, match=r"^people: ") as caught:
        MemoryDirectory.from_csv(text)

    assert "ann" not in str(caught.value)


@pytest.mark.parametrize("people", [None, 5, "ann", [5], [{5: "ann"}], ["ann"]])
def test_what_is_no_list_of_people_is_refused(people: object) -> None:
    with pytest.raises(InvalidSetting, match=r"^people: takes"):
        MemoryDirectory(people)  # type: ignore[arg-type]


def test_nothing_that_was_passed_in_or_found_is_the_directory_s_own() -> None:
    person: dict[str, object] = {"userName": "ann", "mail": ["ann@example.org"]}
    directory = MemoryDirectory([person])
    person["mail"] = "eve@example.org"
    found = directory.find("userName", "ann")
    assert found is not None
    assert isinstance(found["mail"], list)
    found["mail"].append("eve@example.org")

    assert directory.find("mail", "eve@example.org") is None


def test_a_directory_and_a_node_show_nobody() -> None:
    node = IdentifierNode(directory={"secret": "ann"}.get)  # type: ignore[arg-type]

    assert repr(PEOPLE) == "<MemoryDirectory of 2 people>"
    assert "ann" not in repr(node)
    for again in (copy.deepcopy(PEOPLE), pickle.loads(pickle.dumps(PEOPLE))):
        assert again == PEOPLE


def test_an_error_is_of_the_tree() -> None:
    def fail(_attribute: str, _value: str) -> None:
        raise OSError

    action = IdentifierNode.from_export(EXPORT, fail).process(
        TreeContext(NodeState(shared={"username": "ann"}))
    )

    assert isinstance(action.cause, VerifyError)
    assert pickle.loads(pickle.dumps(action)) == action
