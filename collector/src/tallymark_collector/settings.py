"""Every setting of the collector: one frozen object, and where each value came from.

Defaults < `tallymark.toml` < environment (`TALLYMARK_COLLECTOR_…`, `…_FILE` for secrets kept in
files) < flags. A variable with the prefix that names no setting stops the start.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import tomllib
from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from tallymark_protocol import limits

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = "TALLYMARK_COLLECTOR_"
FILE_SUFFIX: Final = "_FILE"
FILE_NAME: Final = "tallymark.toml"
MASK: Final = "********"

Origin = Literal["default", "file", "environment", "flag"]


class SettingsError(Exception):
    """Tell the operator which setting is wrong and what to do about it."""


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Several names: a list in the file, separated by commas in a variable or flag."""

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Count = Annotated[int, Field(ge=1)]


class Settings(BaseSettings):
    """What an operator can set; frozen, with secrets masked wherever it is shown."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX)

    data: Path = Field(Path("tallymark-data"), description="folder that holds everything")
    database_url: SecretStr | None = Field(
        None,
        description="Postgres database that takes the folder's place: postgresql://user@host/name",
    )
    database_connections: Count = Field(
        8, description="connections a process may read the database over at a time"
    )
    workers: Count = Field(1, description="processes that serve; more than one need a database")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(7300, ge=0, le=65_535, description="port to listen on, 0 for a free one")
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="auto is text on a terminal and JSON otherwise"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least level that is logged"
    )
    access_log: bool = Field(default=False, description="log a line for every request")
    project: str = Field(
        "default",
        min_length=1,
        description="project made at the first start: of the keys below, and shown first",
    )
    write_key: SecretStr | None = Field(
        None, description="write key of that project, made at the first start without one"
    )
    secret_key: SecretStr | None = Field(
        None, description="secret key of that project, none without this"
    )
    read_key: SecretStr | None = Field(
        None, description="read key of that project, none without this"
    )
    key_rate: int = Field(
        0, ge=0, description="events per second of a key without a rate of its own, 0 for no limit"
    )
    max_body: int = Field(
        limits.MAX_BODY, ge=limits.MAX_BODY, description="bytes of a request body as sent"
    )
    max_inflated: int = Field(
        limits.MAX_INFLATED, ge=limits.MAX_INFLATED, description="bytes of a body decompressed"
    )
    max_head: int = Field(65_536, ge=8_192, description="bytes of a request's head")
    max_connections: Count = Field(4_096, description="open connections in all")
    max_connections_per_address: Count = Field(256, description="open connections of one address")
    proxies: Names = Field(
        ("127.0.0.1", "::1"), description="addresses of reverse proxies, not capped by themselves"
    )
    read_ahead_requests: Count = Field(256, description="requests that may wait on a connection")
    read_ahead_bytes: Count = Field(2_097_152, description="bytes that may wait on a connection")
    read_ahead_total: Count = Field(
        67_108_864, description="bytes that may wait on all connections before reading slows down"
    )
    head_s: Seconds = Field(10.0, description="seconds for a request's head to arrive")
    body_s: Seconds = Field(30.0, description="seconds for a request's body to arrive")
    body_rate: int = Field(1_000, ge=0, description="least bytes per second of a body")
    body_grace_s: Seconds = Field(10.0, description="seconds before the rate of a body counts")
    idle_s: Seconds = Field(75.0, description="seconds a connection may idle between requests")
    answer_s: Seconds = Field(30.0, description="seconds a peer may leave its answers unread")
    linger_s: Seconds = Field(2.0, description="seconds a refused peer has to read its answer")
    stop_s: Seconds = Field(10.0, description="seconds a graceful stop may take")
    config_ttl_s: int = Field(
        3_600, ge=1, le=86_400, description="seconds an SDK keeps the control block"
    )

    @field_validator("workers")
    @classmethod
    def _one_writer_a_folder(cls, workers: int, info: ValidationInfo) -> int:
        if workers > 1 and info.data.get("database_url") is None:
            raise ValueError(
                f"{workers} processes cannot write to one folder: name a Postgres database"
                " (database_url), or leave it at 1"
            )
        return workers

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings' signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take arguments only: `load` merges the sources, so that it knows each value's origin."""
        return (init_settings,)


def load(
    flags: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """Merge all sources into the settings; raise `SettingsError` on the first fault.

    *flags* whose value is None were not given. *file* defaults to `tallymark.toml` in the current
    folder, if there is one; a file that was named must exist.
    """
    settings, _ = load_with_origins(flags, environ, file)
    return settings


def load_with_origins(
    flags: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> tuple[Settings, dict[str, Origin]]:
    """Merge all sources; return the settings and the origin of every field."""
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    sources: tuple[tuple[Origin, Mapping[str, object]], ...] = (
        ("file", _from_file(file)),
        ("environment", _from_environ(os.environ if environ is None else environ)),
        ("flag", given),
    )
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = dict.fromkeys(Settings.model_fields, "default")
    for origin, source in sources:
        values.update(source)
        origins.update(dict.fromkeys(source, origin))
    try:
        return Settings(**values), origins
    except ValidationError as error:
        raise SettingsError(_first_fault(error, origins)) from None


def shown(settings: Settings) -> dict[str, object]:
    """Return every setting as JSON shows it, secrets masked."""
    values = settings.model_dump(mode="json")
    for name in Settings.model_fields:
        if isinstance(getattr(settings, name), SecretStr):
            values[name] = MASK
    return values


def _from_environ(environ: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for variable, text in environ.items():
        if not variable.upper().startswith(PREFIX):
            continue
        name = variable.upper().removeprefix(PREFIX).lower()
        if name in Settings.model_fields:
            values[name] = text
        elif name.removesuffix(FILE_SUFFIX.lower()) in Settings.model_fields:
            values.setdefault(name.removesuffix(FILE_SUFFIX.lower()), _content(variable, text))
        else:
            raise SettingsError(_unknown(variable))
    return values


def _content(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable} names a file that cannot be read: {path}") from error


def _unknown(variable: str) -> str:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    nearest = difflib.get_close_matches(variable.upper(), known, n=1, cutoff=0)
    return f"{variable} is not a setting; the nearest one is {nearest[0]}"


def _from_file(file: Path | None) -> dict[str, object]:
    path = Path(FILE_NAME) if file is None else file
    if file is None and not path.exists():
        return {}
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except OSError as error:
        raise SettingsError(f"the settings file cannot be read: {path}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error


def _first_fault(error: ValidationError, origins: Mapping[str, Origin]) -> str:
    fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        nearest = difflib.get_close_matches(name, list(Settings.model_fields), n=1, cutoff=0)
        return f"{name} (from {origins[name]}) is not a setting; the nearest one is {nearest[0]}"
    return f"{name} (from {origins[name]}) is wrong: {fault['msg'].removeprefix('Value error, ')}"
