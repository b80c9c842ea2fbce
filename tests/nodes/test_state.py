"""Node state against a model of three plain dictionaries."""

from __future__ import annotations

import copy

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from verify_core.nodes import NodeState

KEYS = st.sampled_from(["a", "b", "c", "objectAttributes"])
SCALARS = st.one_of(st.integers(), st.text(max_size=3), st.none())
MEMBERS = st.dictionaries(st.sampled_from(["mail", "sn", "x"]), SCALARS, max_size=3)
VALUES = st.one_of(SCALARS, MEMBERS)
STORES = st.dictionaries(KEYS, VALUES, max_size=4)


class NodeStateMachine(RuleBasedStateMachine):
    """Whatever is done, state and model hold the same."""

    def __init__(self) -> None:
        super().__init__()
        self.state = NodeState(secure={"a": 1, "objectAttributes": {"mail": "s"}})
        self.shared: dict[str, object] = {}
        self.transient: dict[str, object] = {}
        self.secure: dict[str, object] = {"a": 1, "objectAttributes": {"mail": "s"}}

    @rule(key=KEYS, value=VALUES)
    def put_shared(self, key: str, value: object) -> None:
        self.state.put_shared(key, value)
        self.shared[key] = value

    @rule(key=KEYS, value=VALUES)
    def put_transient(self, key: str, value: object) -> None:
        self.state.put_transient(key, value)
        self.transient[key] = value

    @rule(key=KEYS)
    def remove(self, key: str) -> None:
        self.state.remove(key)
        for store in (self.shared, self.transient, self.secure):
            store.pop(key, None)

    @rule(values=STORES)
    def merge_shared(self, values: dict[str, object]) -> None:
        self.state.merge_shared(values)
        self._merge(values, self.shared, (self.transient, self.secure))

    @rule(values=STORES)
    def merge_transient(self, values: dict[str, object]) -> None:
        self.state.merge_transient(values)
        self._merge(values, self.transient, (self.shared, self.secure))

    def _merge(
        self,
        values: dict[str, object],
        into: dict[str, object],
        others: tuple[dict[str, object], ...],
    ) -> None:
        for key, value in values.items():
            nested = key == "objectAttributes" and isinstance(value, dict)
            kept = into.get(key)
            if nested and isinstance(kept, dict):
                into[key] = kept | value
            else:
                into[key] = value
            for store in others:
                old = store.pop(key, None)
                if nested and isinstance(old, dict):
                    rest = {n: v for n, v in old.items() if n not in value}
                    store.update({key: rest} if rest else {})

    @invariant()
    def stores_agree(self) -> None:
        assert self.state.shared == self.shared
        assert self.state.transient == self.transient
        assert self.state.secure == self.secure

    @invariant()
    def reading_agrees(self) -> None:
        merged = self.shared | self.secure | self.transient
        assert self.state.keys() == set(merged)
        for key in ("a", "b", "c", "objectAttributes"):
            assert self.state.get(key) == merged.get(key)


TestNodeStateMachine = NodeStateMachine.TestCase


def test_transient_comes_before_secure_before_shared() -> None:
    state = NodeState(shared={"k": 1}, secure={"k": 2}, transient={"k": 3})

    assert state.get("k") == 3


def test_a_key_that_nobody_wrote_is_none() -> None:
    assert NodeState().get("k") is None


def test_a_later_shared_value_stays_shadowed() -> None:
    state = NodeState(transient={"k": "old"})

    state.put_shared("k", "new")

    assert state.get("k") == "old"


def test_a_merged_value_is_what_will_be_read() -> None:
    state = NodeState(transient={"k": "old"}, secure={"k": "older"})

    state.merge_shared({"k": "new"})

    assert state.get("k") == "new"


@pytest.mark.parametrize("store", ["shared", "transient", "secure"])
def test_the_stores_cannot_be_written_past_the_rules(store: str) -> None:
    with pytest.raises(TypeError):
        getattr(NodeState(), store)["k"] = 1


def test_the_state_and_the_caller_s_dictionaries_live_apart() -> None:
    mine = {"objectAttributes": {"mail": "m"}}
    before = copy.deepcopy(mine)
    state = NodeState(shared=mine)

    state.merge_shared({"objectAttributes": {"sn": "s"}})
    state.put_shared("k", 1)
    assert mine == before

    mine["objectAttributes"]["mail"] = "changed"
    assert state.get("objectAttributes") == {"mail": "m", "sn": "s"}


def test_a_map_outside_the_containers_is_one_value() -> None:
    state = NodeState(shared={"other": {"a": 1}}, transient={"other": {"b": 2}})

    state.merge_shared({"other": {"c": 3}})

    assert state.get("other") == {"c": 3}


def test_merged_members_leave_the_other_stores_and_the_rest_stays_there() -> None:
    state = NodeState(
        shared={"objectAttributes": {"mail": "old"}},
        transient={"objectAttributes": {"mail": "older", "sn": "Doe"}},
        secure={"objectAttributes": {"mail": "oldest"}},
    )

    state.merge_shared({"objectAttributes": {"mail": "new"}})

    assert state.shared == {"objectAttributes": {"mail": "new"}}
    assert state.transient == {"objectAttributes": {"sn": "Doe"}}
    assert state.secure == {}


def test_repr_shows_keys_and_no_values() -> None:
    state = NodeState(
        shared={"telephone": "+15553231234"},
        transient={"password": "hunter2"},
        secure={"objectAttributes": {"mail": "p@example.org"}},
    )

    shown = repr(state)

    assert all(key in shown for key in ("telephone", "password", "objectAttributes"))
    assert not any(value in shown for value in ("555", "hunter2", "mail", "example"))
