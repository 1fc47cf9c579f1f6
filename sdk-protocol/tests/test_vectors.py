from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).resolve().parent.parent
RULES = {
    rule["id"]
    for rule in yaml.safe_load((HERE / "spec/requirements.yaml").read_text())["requirements"]
}
VECTORS = {path.stem: path for path in (HERE / "spec/vectors").glob("*.json")}
AT_LEAST = {
    "bucket": 1000,
    "compress": 50,
    "delivery": 50,
    "device_stream": 50,
    "event_id": 200,
    "ledger": 200,
    "merge": 300,
    "profile": 300,
    "retry": 250,
    "sampling": 50,
    "skew": 150,
    "spool": 70,
    "validate": 600,
    "values": 300,
}
# What only a server does has no twin in TypeScript: it inflates bodies and answers reports.
SERVER_ONLY = {"compress", "reports"}
TESTS = {
    "python": ("sdk-protocol/tests", "sdk-python/tests", "collector/tests", "*.py"),
    "typescript": ("sdk-js/tests", "*.js"),
}


@pytest.mark.parametrize("language", TESTS)
def test_every_file_is_read_in_both_languages(language: str) -> None:
    """A vector nobody reads proves nothing; each file is read by a test of each language."""
    *folders, pattern = TESTS[language]
    paths = [path for folder in folders for path in (HERE.parent / folder).rglob(pattern)]
    text = "\n".join(path.read_text() for path in paths if path != Path(__file__).resolve())
    read = set(re.findall(r'vectors\("(\w+)"\)|vectors/(\w+)\.json|"(\w+)\.json"', text))
    names = {name for found in read for name in found if name}
    expected = set(VECTORS) - (SERVER_ONLY if language == "typescript" else set())
    assert expected <= names


def test_these_are_all_files() -> None:
    """No file is left out below; what reports mean is no part of the wire."""
    assert {*AT_LEAST, "reports"} == set(VECTORS)


@pytest.mark.parametrize(("name", "count"), AT_LEAST.items())
def test_vectors_are_many_unique_and_cite_a_rule(name: str, count: int) -> None:
    """Ids are unique, each vector cites a rule that exists, and there are as many as promised."""
    vectors = json.loads(VECTORS[name].read_text())
    assert len(vectors) >= count
    assert len({vector["id"] for vector in vectors}) == len(vectors)
    assert {vector["requirement"] for vector in vectors} <= RULES
