from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from generate.source import read
from tallymark_protocol import FEATURES, SPEC_SHA256, SPEC_VERSION, codes, spec_document, validate

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent.parent
SPEC = HERE / "spec"
SOURCE = read(SPEC)
REQUIREMENTS = SOURCE.requirements["requirements"]
PROFILES = {"core", "spool", "control", "flags", "receipt", "signed", "tables"}
RULE = re.compile(r"TM-[A-Z]{2,4}-\d\d")


def test_the_document_is_valid_and_names_the_build() -> None:
    """What `GET /v1/spec` answers fits its own schema and names version and hash (VER-04)."""
    document = spec_document()
    assert validate.validate_spec(document) is None
    assert (SPEC_VERSION, SPEC_SHA256) == (document["version"], document["sha256"])
    assert set(FEATURES) < PROFILES
    assert json.loads(json.dumps(document)) == document


def test_requirements_are_well_formed() -> None:
    """Ids are unique and of one form; each has an area, a level, a profile and a sentence."""
    ids = [requirement["id"] for requirement in REQUIREMENTS]
    assert len(set(ids)) == len(ids)
    for requirement in REQUIREMENTS:
        assert RULE.fullmatch(requirement["id"])
        assert requirement["level"] in ("MUST", "SHOULD", "MAY")
        assert requirement["profile"] in PROFILES
        assert requirement["text"].endswith(".")
    assert {id_.split("-")[1] for id_ in ids} == set(SOURCE.requirements["areas"])


def test_cited_requirements_exist() -> None:
    """Every id in registries, schemas, vectors, prose and TypeScript is one of the rules."""
    known = {requirement["id"] for requirement in REQUIREMENTS}
    for path in [
        *SPEC.glob("registry/*"),
        *SPEC.glob("schema/*"),
        *SPEC.glob("vectors/*"),
        *SPEC.glob("*.md"),
        *(HERE.parent / "sdk-js/src").rglob("*.ts"),
    ]:
        assert set(RULE.findall(path.read_text())) <= known, path.name


def test_every_requirement_stands_in_the_prose() -> None:
    """The prose leaves no rule out."""
    prose = "".join(path.read_text() for path in SPEC.glob("*.md"))
    assert [] == [r["id"] for r in REQUIREMENTS if r["id"] not in prose]


def test_the_rules_of_the_spool_are_the_sentences_of_its_page() -> None:
    """spool.md and requirements.yaml say the same, reasons in brackets aside."""
    page = (SPEC / "spool.md").read_text()
    rules = re.findall(r"^- \*\*(TM-SPL-\d\d)\*\* (.*)$", page, re.MULTILINE)
    told = {rule: re.sub(r" \[[^\]]*\]", "", text).strip() for rule, text in rules}
    assert told == {r["id"]: r["text"] for r in REQUIREMENTS if "-SPL-" in r["id"]}


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Yield a part of a schema and all parts below it."""
    if isinstance(node, dict):
        yield node
        for key, value in node.items():
            if key != "description":
                yield from nodes(value)


def test_codes_of_the_schema_are_registered() -> None:
    """Each code a schema names is a verdict or a problem."""
    named = set(SOURCE.roots.values())
    for node in nodes(SOURCE.types):
        named |= {node[key] for key in ("x-code", "code") if isinstance(node.get(key), str)}
        named |= set(node.get("x-codes", {}).values())
    assert len(named) > 10
    assert named <= set(codes.VERDICTS) | set(codes.PROBLEMS)


def test_kinds_and_operations_of_the_schema_are_the_registered_ones() -> None:
    """Each kind has a type with the registry's fields, each operation an operand."""
    event = SOURCE.types["event"]
    cases = {
        kind: SOURCE.types[node["$ref"].rpartition("/")[2]]
        for kind, node in event["x-by"]["cases"].items()
    }
    assert list(cases) == [line["kind"] for line in SOURCE.registry["kinds"]]
    for line in SOURCE.registry["kinds"]:
        assert set(line["fields"]) <= {*event["properties"], *cases[line["kind"]]["properties"]}
        assert set(cases[line["kind"]]["properties"]) <= set(line["fields"]), line["kind"]
    ops = list(SOURCE.types["ops"]["properties"])
    assert ops == [line["op"] for line in SOURCE.registry["ops"]]


def test_values_nest_as_deep_as_the_limit_says() -> None:
    """There is one type of value for each level of MAX_DEPTH (EVT-08)."""
    levels = [name for name in SOURCE.types if name.startswith("value_")]
    limits = {line["name"]: line["value"] for line in SOURCE.registry["limits"]}
    assert limits["MAX_DEPTH"] == len(levels)


def test_the_control_block_is_the_registered_one() -> None:
    """Fields and types of the schema are those of the registry (CTL-01)."""
    fields = SOURCE.types["control"]["properties"]
    registered = {line["field"]: line["type"] for line in SOURCE.registry["control"]}
    assert {name: node["type"] for name, node in fields.items()} == registered


def spellings(value: int, unit: str) -> set[str]:
    """Return how prose may write a figure."""
    found = {f"{value:,}", "2^53-1" if value == 2**53 - 1 else ""}
    if unit == "bytes":
        found |= {f"{value / 1024:,.0f} KiB", f"{value / 2**20:.0f} MiB"}
    if unit == "ms":
        hours = value / 3_600_000
        found |= {f"{hours:.0f} h", f"{hours / 24:.0f} days"}
        found |= {f"{value / 60_000:.0f} minutes"}
    return found - {""}


@pytest.mark.parametrize("line", SOURCE.registry["limits"], ids=lambda line: line["name"])
def test_a_limit_stands_in_its_rule(line: dict[str, Any]) -> None:
    """The rule a limit names says the same figure, so the two cannot drift apart."""
    (text,) = [r["text"] for r in REQUIREMENTS if r["id"] == line["requirement"]]
    elsewhere = {"MAX_BUCKET": "100000", "IMPORT_EPOCH_MS": "2000-01-01", "MAX_DEPTH": "5 deep"}
    expected = (
        {elsewhere[line["name"]]}
        if line["name"] in elsewhere
        else spellings(line["value"], line["unit"])
    )
    assert any(re.search(rf"(?<![\d,]){re.escape(word)}(?!\d)", text) for word in expected)


def test_every_limit_is_used() -> None:
    """A figure nobody reads is no limit: a schema, the package or an SDK takes it from here."""
    root = HERE.parent
    texts = [
        path.read_text()
        for folder in ("sdk-protocol/src", "sdk-python/src", "collector/src", "sdk-js/src")
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in (".py", ".ts") and "_generated" not in path.parts
    ]
    schemas = [path.read_text() for path in SPEC.glob("schema/*.yaml")]
    whole = "\n".join(texts + schemas)
    names = {line["name"] for line in SOURCE.registry["limits"]}
    # What an SDK says of itself is a constant, so it never has to be cut.
    assert {name for name in names if not re.search(rf"\b{name}\b", whole)} == {"MAX_SDK"}
