"""A secret that stands where the name of its variable belongs is not repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify_core import load_provider
from verify_core.errors import InvalidSetting

MISPLACED = "twilio://AC0:s3cr3t-t0ken@verify/VA0"


@pytest.mark.parametrize("shown", [MISPLACED, "my own pepper 1234", "s3cr3t"])
def test_what_is_no_name_of_a_variable_stands_in_no_error(
    tmp_path: Path, shown: str
) -> None:
    file = tmp_path / "guard.toml"
    file.write_text(f'provider_env = "{shown}"\n', encoding="utf-8")

    with pytest.raises(InvalidSetting) as caught:
        load_provider(f"guard://{file}")

    assert shown not in str(caught.value)
    assert "provider_env" in str(caught.value)


def test_the_name_of_a_variable_is_said(tmp_path: Path) -> None:
    file = tmp_path / "guard.toml"
    file.write_text('provider_env = "NO_SUCH_VARIABLE"\n', encoding="utf-8")

    with pytest.raises(InvalidSetting, match="NO_SUCH_VARIABLE is not set"):
        load_provider(f"guard://{file}")
