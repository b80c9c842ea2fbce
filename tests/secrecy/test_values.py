"""Whatever walks the fields of a value finds a mask there."""

from __future__ import annotations

import copy
import json
import pickle
import re
from types import ModuleType

import attrs
import pytest

import verify_core.testing
import verify_fakes.kit
import verify_fakes.memory
import verify_fakes.mounted
import verify_fakes.served
import verify_fakes.twilio
import verify_fakes.vonage
import verify_providers
import verify_providers.twilio
import verify_providers.vonage
from tests.secrecy.doors import leaks, shown_by_walkers
from tests.secrecy.made import classes_of
from tests.secrecy.samples import REVEALED, SAMPLES

PRINTED_IN_A_TEST = """
    import pytest
    from tests.secrecy.samples import SAMPLES

    def compared(one, other):
        assert one == other

    @pytest.mark.parametrize("name", SAMPLES)
    def test_two_that_differ(name):
        one, other = SAMPLES[name]
        compared(one, other)

    @pytest.mark.parametrize("name", SAMPLES)
    def test_a_list_and_a_mapping_of_them(name):
        one, other = SAMPLES[name]
        assert [one, {"a": one}] == [one, {"a": other}]

    @pytest.mark.parametrize("name", SAMPLES)
    def test_one_in_a_list(name):
        one, other = SAMPLES[name]
        assert one in [other]
"""


@pytest.mark.parametrize("name", SAMPLES)
def test_no_walker_finds_more_than_a_mask(name: str) -> None:
    for value in SAMPLES[name]:
        for other in (value, copy.copy(value), copy.deepcopy(value)):
            assert not leaks(shown_by_walkers(other))


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_masked_keeps_its_value(name: str) -> None:
    one, other = SAMPLES[name]

    if name != "hiding":
        assert pickle.loads(pickle.dumps(one)) == one
        assert copy.deepcopy(one) == one
    assert one != other


@pytest.mark.parametrize("name", REVEALED)
def test_what_is_asked_for_by_name_is_a_plain_text(name: str) -> None:
    text = REVEALED[name]()

    assert type(text) is str
    assert leaks(json.dumps(text))


@pytest.mark.parametrize(
    "package",
    [
        verify_core.testing,
        verify_providers,
    ],
)
def test_what_a_repr_leaves_out_no_other_walker_shows(package: ModuleType) -> None:
    """`repr=False` masks one door of several; a type that hides masks all."""
    plain = [
        f"{value.__name__}.{field.name}"
        for value in classes_of(package)
        for field in attrs.fields(value)
        if not field.repr
        and re.match(r"(str|bytes|Mapping|dict|list|tuple\[str)\b", str(field.type))
    ]

    assert plain == []


#: Text fields of the fakes that hold no code, no secret, and nothing about a person:
#: identifiers, names that a customer gives to things, and what stands in the source.
PUBLIC = re.compile(
    r".*sid|alg|app_hash|base_url|blocked_countries|calling_code|channels?|country|"
    r"description|errors|event_types|friendly_name|id|line_type|locale|magic|meaning|"
    r"message|method|operation|MagicNumber\.number|Route\.path|polls|"
    r"(Collection|OwnedCollection|_Attempts|_Services)\..*|product|request_id|source|texts|type|"
    r"unique_name|user|version|why|RateLimit\._windows|Services\._deleted|api_key|application_id|brand|"
    r"attempt_id|client_ref|content_encoding|detail|instance|reason|status|title|url|"
    r"(VendorProfile|Invalid)\.name|SdkResponse\.headers"
)


@pytest.mark.parametrize(
    "package",
    [
        verify_fakes.kit,
        verify_fakes.memory,
        verify_fakes.mounted,
        verify_fakes.served,
        verify_fakes.twilio,
        verify_fakes.vonage,
    ],
)
def test_each_text_of_a_fake_is_public_or_hides_itself(package: ModuleType) -> None:
    plain = [
        f"{value.__name__}.{field.name}"
        for value in classes_of(package)
        for field in attrs.fields(value)
        if re.search(r"\b(str|bytes|Mapping|dict|Any)\b", str(field.type))
        and not re.match(r"[\w.]*(Hidden|Callable)\b", str(field.type))
        and not PUBLIC.fullmatch(field.name)
        and not PUBLIC.fullmatch(f"{value.__name__}.{field.name}")
    ]

    assert plain == []


def test_a_failing_test_shows_masks_only(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")  # pytest cuts nothing then
    pytester.makepyfile(PRINTED_IN_A_TEST)

    result = pytester.runpytest_inprocess("-vv", "--showlocals", "-p", "no:randomly")

    result.assert_outcomes(failed=3 * len(SAMPLES))
    assert not leaks(result.stdout.str() + result.stderr.str())
