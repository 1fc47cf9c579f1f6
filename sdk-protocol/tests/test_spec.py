from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from tallymark_protocol import FEATURES, SPEC_SHA256, SPEC_VERSION, codes, spec_document, validate

SPEC = Path(__file__).resolve().parent.parent / "spec"
REQUIREMENTS = yaml.safe_load((SPEC / "requirements.yaml").read_text())["requirements"]
PROFILES = {"core", "spool", "control", "flags", "receipt", "signed", "tables"}


def test_the_document_is_valid_and_names_the_build() -> None:
    """What `GET /v1/spec` answers fits its own schema and names version and hash (VER-04)."""
    document = spec_document()
    assert validate.validate_spec(document) is None
    assert (SPEC_VERSION, SPEC_SHA256) == (document["version"], document["sha256"])
    assert set(FEATURES) < PROFILES
    assert json.loads(json.dumps(document)) == document


def test_requirements_are_well_formed() -> None:
    """Ids are unique and of one form; each has a level, a profile and a sentence."""
    ids = [requirement["id"] for requirement in REQUIREMENTS]
    assert len(set(ids)) == len(ids)
    for requirement in REQUIREMENTS:
        assert re.fullmatch(r"TM-[A-Z]{2,4}-\d\d", requirement["id"])
        assert requirement["level"] in ("MUST", "SHOULD", "MAY")
        assert requirement["profile"] in PROFILES
        assert requirement["text"].endswith(".")


def test_cited_requirements_exist() -> None:
    """Every id in the registries, schemas, vectors and prose is one of requirements.yaml."""
    known = {requirement["id"] for requirement in REQUIREMENTS}
    for path in [
        *SPEC.glob("registry/*"),
        *SPEC.glob("schema/*"),
        *SPEC.glob("vectors/*"),
        *SPEC.glob("*.md"),
    ]:
        cited = set(re.findall(r"TM-[A-Z]{2,4}-\d\d", path.read_text()))
        assert cited <= known, path.name


def test_every_requirement_stands_in_the_prose() -> None:
    """The prose leaves no rule out."""
    prose = "".join(path.read_text() for path in SPEC.glob("*.md"))
    assert [] == [r["id"] for r in REQUIREMENTS if f"{r['id']}" not in prose]


def test_codes_of_the_schema_are_registered() -> None:
    """Each code a schema names is a verdict or a problem."""
    text = "".join(path.read_text() for path in SPEC.glob("schema/*.yaml"))
    codes_of = r"(?:x-code|x-bytes|maxItems|maxProperties|const|type|x-unreserved)"
    named = set(re.findall(codes_of + r": ([a-z]+_[a-z_]+)", text))
    assert named
    assert named <= set(codes.VERDICTS) | set(codes.PROBLEMS)
