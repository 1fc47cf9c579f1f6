"""Settings: sources in their order, faults named, secrets never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tallymark_collector.settings import (
    MASK,
    PREFIX,
    Settings,
    SettingsError,
    load,
    load_with_origins,
    shown,
)

SECRET = "tms_0123456789012345678901"


def test_each_source_beats_those_before_it(tmp_path: Path) -> None:
    """Defaults < file < environment < flags, and the origin of every value is known."""
    file = tmp_path / "tallymark.toml"
    file.write_text('host = "file"\nport = 1\nidle_s = 5\n', encoding="utf-8")
    environ = {f"{PREFIX}HOST": "environment", f"{PREFIX}PORT": "2", "HOME": "/root"}

    settings, origins = load_with_origins({"host": "flag", "data": None}, environ, file)

    assert ("flag", 2, 5.0, Path("tallymark-data")) == (
        settings.host,
        settings.port,
        settings.idle_s,
        settings.data,
    )
    assert {"host": "flag", "port": "environment", "idle_s": "file", "data": "default"} == {
        name: origins[name] for name in ("host", "port", "idle_s", "data")
    }


def test_an_unknown_variable_stops_the_start_and_names_the_nearest() -> None:
    """A misspelt variable is not silently ignored."""
    with pytest.raises(SettingsError, match=r"TALLYMARK_COLLECTOR_PROT .*_PORT"):
        load({}, {f"{PREFIX}PROT": "7"})


def test_an_unknown_name_in_the_file_stops_the_start(tmp_path: Path) -> None:
    """So does a misspelt name in the file."""
    file = tmp_path / "tallymark.toml"
    file.write_text("prot = 1\n", encoding="utf-8")

    with pytest.raises(SettingsError, match=r"prot \(from file\).* port"):
        load({}, {}, file)


@pytest.mark.parametrize(
    ("content", "words"), [(None, "cannot be read"), ("port = ", "is not TOML")]
)
def test_a_file_that_was_named_must_be_good(
    tmp_path: Path, content: str | None, words: str
) -> None:
    """A missing or broken settings file is an error, not the defaults."""
    file = tmp_path / "mine.toml"
    if content is not None:
        file.write_text(content, encoding="utf-8")

    with pytest.raises(SettingsError, match=words):
        load({}, {}, file)


def test_a_wrong_value_names_the_setting_and_its_source() -> None:
    """The message says which setting, from where, and what is wrong; never the value."""
    with pytest.raises(SettingsError, match=r"port \(from environment\) is wrong") as caught:
        load({}, {f"{PREFIX}PORT": "tms_secret"})

    assert "tms_secret" not in str(caught.value)


def test_secrets_are_read_from_files_and_masked_wherever_shown(tmp_path: Path) -> None:
    """`…_FILE` names a file with the value; repr and the table of settings mask it."""
    (tmp_path / "key").write_text(f"{SECRET}\n", encoding="utf-8")

    settings = load({}, {f"{PREFIX}SECRET_KEY_FILE": str(tmp_path / "key")})

    assert settings.secret_key is not None
    assert SECRET == settings.secret_key.get_secret_value()
    assert SECRET not in repr(settings)
    assert MASK == shown(settings)["secret_key"]
    assert shown(settings)["read_key"] is None


def test_a_file_of_a_secret_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    """The variable and the path are named."""
    with pytest.raises(SettingsError, match="SECRET_KEY_FILE names a file"):
        load({}, {f"{PREFIX}SECRET_KEY_FILE": str(tmp_path / "none")})


def test_several_names_are_separated_by_commas_in_a_variable() -> None:
    """Lists can be given in one variable."""
    settings = load({}, {f"{PREFIX}PROXIES": "10.0.0.1, 10.0.0.2"})

    assert settings.proxies == ("10.0.0.1", "10.0.0.2")


def test_limits_may_be_raised_but_never_lowered() -> None:
    """A server may take more than the protocol promises, not less (ENV-12)."""
    assert load({"max_body": 2_000_000}, {}).max_body == 2_000_000
    with pytest.raises(SettingsError, match="max_body"):
        load({"max_body": 1_000}, {})


def test_settings_do_not_change() -> None:
    """What was read at the start holds to the end."""
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_every_setting_is_described() -> None:
    """The table of settings has a sentence for each."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@given(st.sampled_from(sorted(Settings.model_fields)), st.text(st.characters(codec="ascii")))
def test_no_text_in_a_variable_raises_anything_else(name: str, text: str) -> None:
    """Whatever a variable holds, it is taken or a `SettingsError`."""
    said = name
    try:
        load({}, {f"{PREFIX}{name.upper()}": text})
    except SettingsError as error:
        said = str(error)
    assert name in said
