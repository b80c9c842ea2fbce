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

from tests.support.journeys import LOGIN, SUCCESS, export, node, single, write
from verify_core.errors import InvalidSetting
from verify_core.journeys import Journey, JourneyNode
from verify_core.masking import Secret

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


def test_an_export_without_journeys_is_refused_for_that() -> None:
    with pytest.raises(InvalidSetting) as caught:
        Journey.read({"trees": {}})

    assert (caught.value.setting, caught.value.message) == (
        "trees",
        "has no journey in it",
    )


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
