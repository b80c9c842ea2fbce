"""Exports in every format become the same graph, and nothing is lost."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.support.journeys import SUCCESS, export, journey, node, single
from verify_core.errors import InvalidSetting
from verify_core.journeys import Journey, JourneyNode
from verify_core.masking import Secret

LOGIN = single(
    "Login",
    {
        "page": node(
            "PageNode",
            {"outcome": "check"},
            children={
                "user": node("UsernameCollectorNode"),
                "pass": node("PasswordCollectorNode"),
            },
        ),
        "check": node("DataStoreDecisionNode", {"true": "SUCCESS", "false": "FAILURE"}),
    },
)


CODES = single(
    "Codes",
    {
        "in": node("InnerTreeEvaluatorNode", {"true": "send"}, tree="Login"),
        "send": node("VerifyAuthSenderNode", {"true": "page"}, authToken="x"),
        "page": node(
            "PageNode",
            {"true": "SUCCESS", "false": "script", "resend": "send"},
            children={"code": node("VerifyAuthCollectorDecisionNode")},
        ),
        "script": node("ScriptedDecisionNode", {"on": "page"}, script="s"),
    },
)
CODES["scripts"] = {"s": {"name": "One", "script": ["a", "b"]}}


def thawed(value: object) -> Any:  # noqa: ANN401 - JSON
    """What was read, as JSON has it."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return {name: thawed(member) for name, member in value.items()}
    return [thawed(item) for item in value] if isinstance(value, tuple) else value


def listed(one: JourneyNode) -> dict[str, Any]:
    """A node's own object, put together again."""
    assert one.about is not None
    return {**thawed(one.about), **thawed(one.attributes)}


names = st.text(min_size=1, max_size=8).filter(lambda text: text[0] != "_")
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["authToken", "password", "en"]), inner)
    ),
    max_leaves=6,
)
attributes = st.dictionaries(
    (names | st.sampled_from(["authToken", "clientSecret", "secretKey"])).filter(
        lambda name: name not in {"nodes", "children", "outcomes", "nodeType"}
    ),
    values,
    max_size=4,
)


@given(
    own=attributes,
    inner=attributes,
    spelled=st.sampled_from(["innerNodes", "innernodes"]),
)
def test_what_was_read_can_be_listed_back_node_by_node(
    own: dict[str, Any], inner: dict[str, Any], spelled: str
) -> None:
    children = {"child": ("TextNode", {}, inner)}
    written = single(
        "Login",
        {
            "one": ("SomeNode", {"outcome": "page"}, own),
            "page": node("PageNode", {"outcome": "SUCCESS"}, children=children),
        },
        description="what for",
    )
    written[spelled] = written.pop("innerNodes")

    found = Journey.read({"trees": {"Login": written}, "meta": {"origin": "x"}})

    assert {each: listed(one) for each, one in found.nodes.items()} == written["nodes"]
    (child,) = found.nodes["page"].children
    assert {"child": listed(child)} == written[spelled]
    entries = {each: thawed(one.entry) for each, one in found.nodes.items()}
    assert entries == written["tree"]["nodes"]
    assert thawed(found.settings) == {"description": "what for"}
    assert thawed(found.others) == {"meta": {"origin": "x"}}


def house_format() -> dict[str, Any]:
    objects = LOGIN["nodes"] | LOGIN["innerNodes"]
    return {
        "nodes": [
            {
                "_id": each,
                "nodeType": one["_type"]["_id"],
                "details": {k: v for k, v in one.items() if not k.startswith("_")},
            }
            for each, one in objects.items()
        ],
        "tree": LOGIN["tree"],
    }


@pytest.mark.parametrize(
    "written",
    [
        export(LOGIN),
        {**export(LOGIN), "meta": {"treesSelectedForExport": ["Login"]}},
        LOGIN,
        {**LOGIN, "innernodes": LOGIN["innerNodes"], "innerNodes": {}},
        house_format(),
    ],
    ids=["frodo", "admin UI", "one journey", "innernodes", "house"],
)
def test_every_wrapper_gives_the_same_graph(written: dict[str, Any]) -> None:
    found = Journey.read(written)

    assert (found.name, found.entry) == ("Login", "page")
    page, check = found.nodes["page"], found.nodes["check"]
    assert [child.type for child in page.children] == [
        "UsernameCollectorNode",
        "PasswordCollectorNode",
    ]
    assert page.outcomes == ("outcome",)
    assert check.connections["true"] == SUCCESS
    assert set(found.nodes) == {"page", "check"}


CHECK = node("DataStoreDecisionNode")


def write(folder: Path, name: str, value: object) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value), encoding="utf-8")
    return file


def in_a_list(written: dict[str, Any], _folder: Path) -> Journey:
    """A house's own format, whose attributes are `details`."""
    objects = written["nodes"] | written["innerNodes"]
    nodes = [
        {
            "_id": each,
            "nodeType": one["_type"]["_id"],
            **{k: v for k, v in one.items() if k.startswith("_")},
            "details": {k: v for k, v in one.items() if not k.startswith("_")},
        }
        for each, one in objects.items()
    ]
    single = {"nodes": nodes, "tree": written["tree"], "scripts": written["scripts"]}
    return Journey.read(single)


def in_files(written: dict[str, Any], folder: Path, *, amster: bool) -> Journey:
    """One file an object, as fr-config-manager and Amster write them."""

    def put(name: str, value: object) -> None:
        wrapped = {"metadata": {"realm": "/alpha"}, "data": value}
        write(folder, name, wrapped if amster else value)

    put("AuthTree/Login.json" if amster else "Login.json", written["tree"])
    for at, one in enumerate(
        [*written["nodes"].values(), *written["innerNodes"].values()]
    ):
        put(f"{one['_type']['_id']}/{at}.json" if amster else f"nodes/{at}.json", one)
    for at, one in enumerate(written["scripts"].values()):
        put(
            f"Scripts/{at}.json" if amster else f"scripts/scripts-config/{at}.json", one
        )
    return Journey.load(folder)


WRAPPERS: dict[str, Callable[[dict[str, Any], Path], Journey]] = {
    "frodo": lambda written, _: Journey.read(export(written)),
    "admin UI": lambda written, _: Journey.read(
        {**export(written), "meta": {"treesSelectedForExport": ["Login"]}}
    ),
    "one journey": lambda written, _: Journey.read(written),
    "house": in_a_list,
    "fr-config-manager": partial(in_files, amster=False),
    "Amster": partial(in_files, amster=True),
}
ENCODINGS: dict[str, Callable[[str], object]] = {
    "lines": lambda text: text.split("\n"),
    "literal": json.dumps,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
}
sources = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]))


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=8)
@given(
    own=attributes,
    inner=attributes,
    source=sources.map(lambda text: f"// {text}\nvar a;\n"),
    version=st.sampled_from([None, "1.0", "2.0"]),
)
def test_every_wrapper_lists_back_every_attribute_and_script(
    wrapper: str,
    encoding: str,
    own: dict[str, Any],
    inner: dict[str, Any],
    source: str,
    version: str | None,
) -> None:
    children = {"child": ("TextNode", {}, inner)}
    to = {"outcome": "SUCCESS"} if version != "2.0" else {"child-x": "SUCCESS"}
    nodes = {
        "one": ("SomeNode", {"outcome": "page"}, own),
        "page": node("PageNode", to, children=children),
    }
    written = single("Login", nodes)
    if version:
        written["nodes"]["page"]["_type"]["version"] = version
        written["nodes"]["page"]["nodes"][0]["nodeVersion"] = version
    kept = {"_id": "s", "name": "One", "context": "C", "language": "JAVASCRIPT"}
    script = {**kept, "script": ENCODINGS[encoding](source)}
    written["scripts"] = {"s": script}

    with TemporaryDirectory() as folder:
        found = WRAPPERS[wrapper](written, Path(folder))

    (child,) = found.nodes["page"].children
    for each, one in (*found.nodes.items(), ("child", child)):
        expected = (written["nodes"] | written["innerNodes"])[each]
        assert thawed(one.attributes) == {
            name: value for name, value in expected.items() if not name.startswith("_")
        }
        assert one.type == expected["_type"]["_id"]
        assert thawed(one.about or {})["_type"] == expected["_type"]
    assert {each: thawed(one.entry) for each, one in found.nodes.items()} == (
        written["tree"]["nodes"]
    )
    assert found.nodes["page"].version == child.version == version
    assert found.scripts["s"].text == source
    assert thawed(found.scripts["s"].about) == kept
    if version == "2.0":
        assert found.nodes["page"].connections == {"child-x": SUCCESS}


def test_a_folder_of_fr_config_manager_is_read_by_folder_and_by_file(
    tmp_path: Path,
) -> None:
    file = write(tmp_path, "Login/Login.json", LOGIN["tree"])
    for each, one in LOGIN["nodes"].items():
        write(tmp_path, f"Login/nodes/{each} - {each}.json", one)
    for each, one in LOGIN["innerNodes"].items():
        write(tmp_path, f"Login/nodes/page - page/{each}.json", one)

    found = Journey.load(tmp_path)

    assert found == Journey.load(file)
    assert found.nodes == Journey.read(LOGIN).nodes


def test_files_of_amster_are_read(tmp_path: Path) -> None:
    def amster(value: object) -> dict[str, object]:
        return {"metadata": {"realm": "/"}, "data": value}

    write(tmp_path, "AuthTree/Login.json", amster(LOGIN["tree"]))
    write(tmp_path, "AuthTree/Other.json", amster({**LOGIN["tree"], "_id": "Other"}))
    for each, one in (LOGIN["nodes"] | LOGIN["innerNodes"]).items():
        write(tmp_path, f"{one['_type']['_id']}/{each}.json", amster(one))

    found = Journey.load(tmp_path, name="Login")

    assert found.nodes == Journey.read(LOGIN).nodes
    assert set(found.journeys) == {"Other"}


def test_realms_of_a_folder_are_read_apart(tmp_path: Path) -> None:
    for realm in ("alpha", "bravo"):
        write(tmp_path, f"{realm}/journeys/Login/Login.json", LOGIN["tree"])
        for each, one in (LOGIN["nodes"] | LOGIN["innerNodes"]).items():
            own = {**one, "realm": realm}
            write(tmp_path, f"{realm}/journeys/Login/nodes/{each}.json", own)
    write(tmp_path, "bravo/journeys/Other.json", {**LOGIN["tree"], "_id": "Other"})

    found = Journey.load(tmp_path, name="Other")

    assert set(found.journeys) == {"Login"}
    assert found.nodes["check"].attributes["realm"] == "bravo"
    alpha = Journey.load(tmp_path / "alpha")
    assert alpha.nodes["check"].attributes["realm"] == "alpha"
    with pytest.raises(InvalidSetting, match="several realms, pass one: alpha, bravo"):
        Journey.load(tmp_path, name="Login")


def test_realms_that_only_their_folders_tell_apart_are_read_apart(
    tmp_path: Path,
) -> None:
    """As frodo's, and as any other tool's that has no folder for journeys."""
    for realm in ("alpha", "bravo"):
        write(tmp_path, f"x/{realm}/Login.journey.json", export(LOGIN))
        write(tmp_path, f"y/{realm}/Login/Login.json", LOGIN["tree"])
        for each, one in (LOGIN["nodes"] | LOGIN["innerNodes"]).items():
            own = {**one, "realm": realm}
            write(tmp_path, f"y/{realm}/Login/nodes/{each}.json", own)
    other = {**LOGIN, "description": "changed"}
    write(tmp_path, "x/bravo/Login.journey.json", export(other))
    write(tmp_path, "x/bravo/Other.json", single("Other", {"a": CHECK}))

    assert set(Journey.load(tmp_path / "x", name="Other").journeys) == {"Login"}
    for realm in ("alpha", "bravo"):
        found = Journey.load(tmp_path / "y" / realm, name="Login")
        assert found.nodes["check"].attributes["realm"] == realm
    with pytest.raises(InvalidSetting, match="several realms, pass one: alpha, bravo"):
        Journey.load(tmp_path / "x", name="Login")


def test_a_journey_that_stands_in_two_files_of_one_folder_is_read_once(
    tmp_path: Path,
) -> None:
    write(tmp_path, "allJourneys.json", export(LOGIN))
    write(tmp_path, "Login.json", export(LOGIN))
    assert Journey.load(tmp_path).name == "Login"

    changed = {**LOGIN, "description": "changed"}
    write(tmp_path, "Login (1).json", export(changed))

    with pytest.raises(InvalidSetting, match=r"has Login too, as has .*Login \(1\)"):
        Journey.load(tmp_path)


def test_a_single_file_of_amster_is_read_with_what_stands_beside_it(
    tmp_path: Path,
) -> None:
    def amster(value: object) -> dict[str, object]:
        return {"metadata": {"realm": "/alpha"}, "data": value}

    calling = single("Other", {"in": node("InnerTreeEvaluatorNode", tree="Login")})
    for tree in (LOGIN["tree"], calling["tree"]):
        write(tmp_path, f"AuthTree/{tree['_id']}.json", amster(tree))
    for each, one in {
        **LOGIN["nodes"],
        **LOGIN["innerNodes"],
        **calling["nodes"],
    }.items():
        write(tmp_path, f"{one['_type']['_id']}/{each}.json", amster(one))
    alone = write(tmp_path / "lone", "Login.json", amster(LOGIN["tree"]))

    found = Journey.load(tmp_path / "AuthTree" / "Login.json")
    other = Journey.load(tmp_path / "AuthTree" / "Other.json")

    assert found.nodes == Journey.read(LOGIN).nodes
    assert not found.journeys
    assert set(other.journeys) == {"Login"}
    assert Journey.load(alone).name == "Login"


SCRIPTED = single(
    "Scripted", {"a": node("ScriptedDecisionNode", script="s", outcomes=["on"])}
)
KEPT = {"_id": "s", "name": "One", "language": "JAVASCRIPT", "context": "X"}


def test_scripts_of_folders_come_along(tmp_path: Path) -> None:
    """fr-config-manager has the source in a file of its own, Amster in base64."""
    managed, amster = tmp_path / "managed" / "alpha", tmp_path / "amster"
    write(managed, "journeys/Scripted/Scripted.json", SCRIPTED["tree"])
    write(managed, "journeys/Scripted/nodes/a.json", SCRIPTED["nodes"]["a"])
    named = {"file": "scripts-content/X/One.js"}
    config = write(managed, "scripts/scripts-config/s.json", {**KEPT, "script": named})
    source = managed / "scripts" / "scripts-content" / "X" / "One.js"
    source.parent.mkdir(parents=True)
    source.write_text(SOURCE, encoding="utf-8")
    write(amster, "AuthTree/Scripted.json", {"metadata": {}, "data": SCRIPTED["tree"]})
    write(amster, "ScriptedDecision/a.json", SCRIPTED["nodes"]["a"])
    coded = base64.b64encode(SOURCE.encode()).decode()
    write(amster, "Scripts/One.json", {**KEPT, "script": coded})

    for place in (
        managed,
        managed / "journeys",
        managed / "journeys" / "Scripted",
        managed / "journeys" / "Scripted" / "Scripted.json",
        amster,
    ):
        script = Journey.load(place).scripts["s"]
        assert (script.name, script.text) == ("One", SOURCE)

    for leading, why in (
        ("../../../secret", "leads out of the export"),
        ("/etc/passwd", "leads out of the export"),
        ("a\0b", "leads out of the export"),
        ("gone.js", "FileNotFoundError"),
        (1, "takes a text"),
    ):
        write(config.parent, "s.json", {**KEPT, "script": {"file": leading}})
        with pytest.raises(InvalidSetting, match=why):
            Journey.load(managed)


def test_libraries_that_a_script_requires_come_along(tmp_path: Path) -> None:
    write(tmp_path, "Scripted.json", SCRIPTED["tree"])
    write(tmp_path, "Login.json", LOGIN["tree"])
    write(tmp_path, "nodes/a.json", SCRIPTED["nodes"]["a"])
    for each, source in {
        "s": "var l = require('lib');",
        "l": "require( 'more')",
        "m": "",
        "x": "",
    }.items():
        name = {"l": "lib", "m": "more"}.get(each, each)
        script = {**KEPT, "_id": each, "name": name, "script": [source]}
        write(tmp_path, f"scripts/{each}.json", script)

    assert set(Journey.load(tmp_path, name="Scripted").scripts) == {"s", "l", "m"}


def test_an_error_in_a_file_of_a_folder_names_that_file(tmp_path: Path) -> None:
    tree = write(tmp_path, "Login.json", LOGIN["tree"])
    wrong = {**LOGIN["nodes"]["check"], "_outcomes": 1}
    file = write(tmp_path, "nodes/check.json", wrong)

    with pytest.raises(InvalidSetting) as caught:
        Journey.load(tmp_path)
    assert caught.value.setting == f"{file}"
    assert caught.value.message.startswith("nodes.check._outcomes: takes an array")

    write(tmp_path, "nodes/again.json", LOGIN["nodes"]["check"])
    with pytest.raises(InvalidSetting, match=r"check\.json: is another check than"):
        Journey.load(tmp_path)

    (tmp_path / "nodes" / "check.json").unlink()
    lost = json.loads(json.dumps(LOGIN["tree"]))
    lost["nodes"]["check"]["connections"] = 1
    write(tmp_path, "Login.json", lost)
    with pytest.raises(InvalidSetting) as caught:
        Journey.load(tmp_path)
    assert caught.value.setting == f"{tree}"


def test_realms_of_amster_are_read_apart(tmp_path: Path) -> None:
    for realm, name in (("alpha", "Login"), ("bravo", "Login"), ("bravo", "Other")):
        data = {**LOGIN["tree"], "_id": name}
        written = {"metadata": {"realm": f"/{realm}"}, "data": data}
        write(tmp_path, f"{realm}/AuthTree/{name}.json", written)

    assert set(Journey.load(tmp_path, name="Other").journeys) == {"Login"}


def test_infinite_numbers_are_not_json() -> None:
    for number in (float("inf"), float("nan")):
        with pytest.raises(InvalidSetting, match="holds a number"):
            Journey.read({**LOGIN, "x": number})


def test_node_versions_stand_in_three_places() -> None:
    written = single(
        "Login",
        {
            "page": node("PageNode", children={"user": node("ValidatedUsernameNode")}),
            "check": node("DataStoreDecisionNode"),
            "old": node("DataStoreDecisionNode"),
        },
    )
    written["nodes"]["page"]["_type"]["version"] = "2.0"
    written["nodes"]["page"]["nodes"][0]["nodeVersion"] = "2.0"
    written["tree"]["nodes"]["check"]["version"] = "1.0"

    found = Journey.read(written)

    page = found.nodes["page"]
    assert (page.version, page.children[0].version) == ("2.0", "2.0")
    assert found.nodes["check"].version == "1.0"
    assert found.nodes["old"].version is None
    assert page.outcomes == ("user-outcome",)


SOURCE = "// Größe\nvar a = 'b';\n"


@pytest.mark.parametrize(
    "written",
    [
        SOURCE.split("\n"),
        json.dumps(SOURCE),
        base64.b64encode(SOURCE.encode()).decode(),
        SOURCE,
    ],
    ids=["lines", "literal", "base64", "plain"],
)
def test_script_text_is_read_in_every_form(written: object) -> None:
    script = {"_id": "s", "name": "One", "language": "JAVASCRIPT", "script": written}

    found = Journey.read({**LOGIN, "scripts": {"s": script}}).scripts["s"]

    assert (found.name, found.text) == ("One", SOURCE)
    assert found.about["language"] == "JAVASCRIPT"
    assert "var a" not in repr(found)


def test_among_several_journeys_the_one_that_no_other_names_is_meant() -> None:
    outer = single("Outer", {"in": node("InnerTreeEvaluatorNode", tree="Login")})
    third = single("Third", {"check": node("DataStoreDecisionNode")})
    both = export(LOGIN, outer)

    assert Journey.read(both).name == "Outer"
    assert set(Journey.read(both).journeys) == {"Login"}
    assert Journey.read(both, name="Login").name == "Login"
    with pytest.raises(
        InvalidSetting, match=r"name: takes one of: Login, Outer, Third"
    ):
        Journey.read(export(LOGIN, outer, third))
    with pytest.raises(InvalidSetting, match="name: takes one of"):
        Journey.read(both, name="login")
    selected = {**export(LOGIN, third), "meta": {"treesSelectedForExport": ["Third"]}}
    assert Journey.read(selected).name == "Third"


@pytest.mark.parametrize(
    ("attributes", "key"),
    [
        ({"authToken": "hunter2&{esv.token}"}, "authToken"),
        ({"headers": {"Authorization": "Basic 0123"}}, "headers.Authorization"),
        ({"headers": {"proxy-authorization": "x"}}, "headers.proxy-authorization"),
        ({"credentials": "me:0123"}, "credentials"),
        ({"password": {"en": "in clear"}}, "password.en"),
        ({"password": {"pt-BR": {"$string": "in clear"}}}, "password.pt-BR.$string"),
        ({"apiKey": {"type": "STRING", "defaultValue": "x"}}, "apiKey.defaultValue"),
        ({"url": "https://me:hush1@sms.example/send"}, "url"),
        ({"more": [["Authorization", "Bearer 0123456789abcdef01"]]}, "more"),
        ({"text": {"de": "x AKIA0123456789ABCDEF"}}, "text.de"),
        ({"deep": {"script": "var apiKey = 'a1b2c3d4';"}}, "deep.script"),
    ],
)
def test_secrets_are_found_under_what_names_them(
    attributes: dict[str, Any], key: str
) -> None:
    found = journey({"a": node("MessageNode", {}, **attributes)})

    (message,) = (
        each.message for each in found.lint() if each.rule == "secret-in-clear"
    )
    assert message == f"'a' has a secret in clear: {key}."


@pytest.mark.parametrize(
    "attributes",
    [
        {"Authorization": "Bearer &{esv.token}"},
        {"credentials": "&{esv.user}:&{esv.password}"},
        {"password": {"title": "Password", "type": "string", "id": "it"}},
        {"requireAuthorization": "always"},
        {"url": "https://&{esv.user}:&{esv.password}@sms.example/"},
        {"url": "https://sms.example:8080/a:b@c"},
        {"text": "Bearer tokens are fine, Basic ones are not"},
        {"script": "var token = 'esv.twilio.token2'; var secret = get('esv1234567');"},
        {"script": "passwordField: 'password-1'; tokenType == 'bearer-token-2'"},
        {"messages": {"en": "Hello"}},
    ],
)
def test_what_only_stands_near_a_secret_is_left_as_it_is(
    attributes: dict[str, Any],
) -> None:
    found = journey({"a": node("MessageNode", {}, **attributes)}).nodes["a"]

    assert found.attributes == attributes


def test_secrets_of_node_types_are_found_by_their_property() -> None:
    properties = {"apiKey": {"title": "Key", "defaultValue": "in clear"}}
    written = {**export(LOGIN), "nodeTypes": {"x": {"properties": properties}}}

    (message,) = (
        each.message
        for each in Journey.read(written).lint()
        if each.rule == "secret-in-clear"
    )
    assert message.endswith("nodeTypes.x.properties.apiKey.defaultValue.")


def test_an_export_without_journeys_is_refused_for_that() -> None:
    with pytest.raises(InvalidSetting) as caught:
        Journey.read({"trees": {}})

    assert (caught.value.setting, caught.value.message) == (
        "trees",
        "has no journey in it",
    )


def test_secrets_in_clear_are_hidden_and_placeholders_are_not() -> None:
    found = journey(
        {
            "send": node(
                "VerifyAuthSenderNode",
                accountSID="&{esv.twilio.sid}",
                authToken="0123456789abcdef",
                password="&{esv.password}",
                clientSecret={"$string": "&{esv.secret}"},
                apiKey={"$string": "in clear"},
                passwordAttribute="password",
                note=["-----BEGIN RSA PRIVATE KEY-----"],
            )
        }
    )
    attributes = found.nodes["send"].attributes

    assert attributes["authToken"] == Secret("0123456789abcdef")
    assert attributes["apiKey"] == {"$string": Secret("in clear")}
    assert attributes["note"] == (Secret("-----BEGIN RSA PRIVATE KEY-----"),)
    assert attributes["accountSID"] == "&{esv.twilio.sid}"
    assert attributes["password"] == "&{esv.password}"
    assert attributes["clientSecret"] == {"$string": "&{esv.secret}"}
    assert attributes["passwordAttribute"] == "password"
    assert "0123456789abcdef" not in f"{found!r} {attributes!r}"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ([], "export"),
        ({}, "export"),
        ({"trees": []}, "trees"),
        ({"trees": {"A": 1}}, "trees.A"),
        ({"trees": {"A": {"tree": {"_id": "A"}}}}, "trees.A.tree.entryNodeId"),
        ({"tree": {"_id": 1, "entryNodeId": "x"}}, "tree._id"),
        ({"tree": {"_id": "A", "entryNodeId": "x", "nodes": []}}, "tree.nodes"),
        ({**LOGIN, "nodes": {"a": 1}}, "nodes.a"),
        ({**LOGIN, "nodes": [{}]}, "nodes._id"),
        ({**LOGIN, "nodes": {"check": {"_type": "x"}}}, "nodes.check._type"),
        ({**LOGIN, "nodes": {"check": {"_outcomes": [1]}}}, "nodes.check._outcomes"),
        ({**LOGIN, "innerNodes": {"check": {}}}, "innerNodes.check"),
        ({**LOGIN, "scripts": {"s": {"script": 1}}}, "scripts.s.script"),
        ({**LOGIN, "x": {1: 2}}, "export.x"),
        ({**LOGIN, "x": {"y": {1, 2}}}, "export.x.y"),
    ],
)
def test_what_cannot_be_read_names_the_key(written: object, key: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        Journey.read(written)

    assert caught.value.setting == key


def test_an_error_of_a_file_names_the_file_and_the_key(tmp_path: Path) -> None:
    file = write(tmp_path, "one.json", {"trees": {"A": {"tree": {"_id": "A"}}}})

    with pytest.raises(InvalidSetting) as caught:
        Journey.load(file)

    assert caught.value.setting == f"{file}"
    assert caught.value.message == "trees.A.tree.entryNodeId: is missing"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not valid JSON at line 1, column 2"),
        (b"\xff\xfe{}", "is not text in UTF-8"),
        (b'{"a": NaN}', "holds a number that cannot be read"),
        (b'{"a": 1e999}', "holds a number that cannot be read"),
        (b'{"a": ' + b"9" * 5000 + b"}", "holds a number that cannot be read"),
        (b'{"a": 1, "a": 2}', "names a member of an object twice"),
        (b"[" * 100_000, "nests tables or lists more than 32 deep"),
        (b"[" * 40 + b"]" * 40, "nests tables or lists more than 32 deep"),
        (b" " * ((16 << 20) + 1), "is larger than 16 MiB"),
    ],
    ids=[
        "cut",
        "UTF-16",
        "NaN",
        "1e999",
        "digits",
        "twice",
        "deepest",
        "deep",
        "large",
    ],
)
def test_a_hostile_file_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "one.json"
    file.write_bytes(content)

    with pytest.raises(InvalidSetting) as caught:
        Journey.load(file)

    assert (caught.value.setting, caught.value.message) == (f"{file}", message)


def test_folders_without_a_journey_and_missing_files_are_refused(
    tmp_path: Path,
) -> None:
    with pytest.raises(InvalidSetting, match="has no journey in it"):
        Journey.load(tmp_path)
    with pytest.raises(InvalidSetting, match="cannot be read"):
        Journey.load(tmp_path / "missing.json")
    for name in ("x" * 5000, "nu\0ll"):
        with pytest.raises(InvalidSetting, match="cannot be read"):
            Journey.load(tmp_path / name)


def test_a_structure_that_holds_itself_is_refused() -> None:
    written: dict[str, Any] = {**LOGIN}
    written["themes"] = [written]

    with pytest.raises(InvalidSetting, match="nests more than 32 deep"):
        Journey.read(written)


junk = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
junk = junk | st.lists(junk, max_size=2) | st.dictionaries(st.text(max_size=3), junk)


@given(data=st.data())
def test_a_wrong_type_anywhere_is_read_or_refused_by_name(data: st.DataObject) -> None:
    written: Any = json.loads(json.dumps(export(CODES, LOGIN)))
    at = written
    while True:
        key = data.draw(
            st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at)))
        )
        below = at[key]
        if not below or not isinstance(below, dict | list) or data.draw(st.booleans()):
            at[key] = data.draw(junk)
            break
        at = below

    with suppress(InvalidSetting):
        assert isinstance(Journey.read(written).lint(), tuple)
