"""The YAML form of a scenario: header, faults, steps and expectations, checked when it is read."""

from __future__ import annotations

from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import yaml
from jsonschema import Draft202012Validator

from tallymark_conformance.errors import ScenarioError, ScriptError
from tallymark_conformance.proxy.script import parse as parse_script
from tallymark_conformance.scenario.expect import apply_expectations
from tallymark_conformance.scenario.header import Scenario
from tallymark_conformance.scenario.steps import check_step, play

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PACKAGE: Final = "tallymark_conformance.scenarios"
LISTS: Final = ("needs", "when", "platforms")


@cache
def _validator() -> Draft202012Validator:
    text = files("tallymark_conformance.scenario").joinpath("schema.yaml").read_text("utf-8")
    return Draft202012Validator(yaml.safe_load(text))


def shipped() -> Iterator[Scenario]:
    """Iterate over the scenarios of the YAML files in the package."""
    for entry in sorted(files(PACKAGE).iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yaml"):
            yield from parse(entry.read_text("utf-8"), entry.name)


def load(path: Path) -> list[Scenario]:
    """Return the scenarios of the file *path*."""
    return list(parse(path.read_text("utf-8"), path.name))


def parse(text: str, source: str) -> Iterator[Scenario]:
    """Iterate over the scenarios in *text*; raise ScenarioError naming *source* and the place."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ScenarioError(f"{source}: {error}") from error
    for item in value if isinstance(value, list) else [value]:
        for concrete in _variants(item, source):
            yield _scenario(concrete, source)


def _variants(item: object, source: str) -> Iterator[Any]:
    if not isinstance(item, dict):
        raise ScenarioError(f"{source}: a scenario is a mapping, not {item!r}")
    variants = item.get("variants")
    rest = {key: value for key, value in item.items() if key != "variants"}
    if variants is None:
        yield rest
        return
    for variant in variants:
        yield {**_filled(rest, variant), "title": _text(rest.get("title", ""), variant)}


def _filled(value: object, variant: Mapping[str, object]) -> Any:
    if isinstance(value, dict):
        return {_filled(key, variant): _filled(item, variant) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, variant) for item in value]
    if isinstance(value, str):
        whole = {f"<{name}>": item for name, item in variant.items()}
        return whole[value] if value in whole else _text(value, variant)
    return value


def _text(value: str, variant: Mapping[str, object]) -> str:
    for name, item in variant.items():
        value = value.replace(f"<{name}>", str(item))
    return value


def _scenario(item: Mapping[str, Any], source: str) -> Scenario:
    name = f"{source}: {item.get('id', 'a scenario without id')}"
    error = next(iter(_validator().iter_errors(item)), None)
    if error is not None:
        where = ".".join(str(part) for part in error.absolute_path) or "the scenario"
        raise ScenarioError(f"{name}: {where}: {error.message}")
    script = {"rules": item.get("faults", [])}
    if "random" in item:
        script["random"] = item["random"]
    try:
        parse_script(script)
        for step in item["steps"]:
            check_step(step, item.get("role", "sdk"))
    except (ScriptError, ScenarioError) as problem:
        raise ScenarioError(f"{name}: {problem}") from problem
    header: dict[str, Any] = {
        key: frozenset(value) if key in LISTS else value
        for key, value in item.items()
        if key not in ("faults", "random", "steps", "expect", "req")
    }
    header.setdefault("needs", frozenset({"track"}))
    return Scenario(
        **{"level": "MUST", "tier": "bronze", **header},
        req=tuple(item["req"]),
        faults=script,
        body=partial(_body, item["steps"], item.get("expect", {})),
        source=source,
        steps=yaml.safe_dump(
            {key: item[key] for key in ("faults", "random", "steps", "expect") if key in item},
            sort_keys=False,
            allow_unicode=True,
        ),
    )


def _body(steps: Sequence[Mapping[str, Any]], expect: Mapping[str, Any], stage: Any) -> None:
    for step in steps:
        play(stage, step)
    apply_expectations(stage, expect)
