from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from generate.__main__ import HERE, main, outputs, write
from generate.source import read
from vectors.__main__ import FILES, FOLDER, text

if TYPE_CHECKING:
    from pathlib import Path

SPEC = HERE / "spec"


def test_generated_files_are_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    """What is committed is what the spec gives, in every language and page."""
    assert (0, "") == (main(["--check"]), capsys.readouterr().out)


def test_stale_files_are_listed() -> None:
    """A file that differs is named, and checking writes nothing."""
    path = HERE / "spec/openapi.json"
    before = path.read_text()
    assert ["sdk-protocol/spec/openapi.json"] == write({path: "other"}, check=True)
    assert before == path.read_text()


def test_two_runs_give_the_same() -> None:
    """Generating is a function of the spec's files alone."""
    assert outputs(read(SPEC)) == outputs(read(SPEC))


@pytest.mark.parametrize("name", FILES)
def test_vectors_are_what_their_writers_compute(name: str) -> None:
    """Nobody edits an expected value by hand."""
    assert text(name) == (FOLDER / f"{name}.json").read_text()


def test_the_schema_is_json_schema() -> None:
    """The expanded types are JSON Schema 2020-12, and every reference leads somewhere."""
    schema = read(SPEC).schema()
    Draft202012Validator.check_schema(schema)
    referenced = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema)))
    assert referenced <= set(schema["$defs"])


def test_openapi_names_known_schemas() -> None:
    """Every reference of the OpenAPI document leads to a schema of it."""
    document = json.loads((SPEC / "openapi.json").read_text())
    referenced = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert referenced <= set(document["components"]["schemas"])
    operations = [op["operationId"] for path in document["paths"].values() for op in path.values()]
    assert len(set(operations)) == len(operations)


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """Return a copy of the spec to change."""
    for name in ("schema", "registry"):
        shutil.copytree(SPEC / name, tmp_path / name)
    shutil.copy(SPEC / "requirements.yaml", tmp_path)
    return tmp_path


ADDITIVE = (
    ("registry/limits.yaml", "value: 2000,", "value: 3000,"),
    (
        "registry/codes.yaml",
        "warnings:",
        "- {code: newly, retryable: false, loss: true, text: x}\nwarnings:",
    ),
    (
        "registry/kinds.yaml",
        "- {kind: exposure",
        "- {kind: fresh, public: true, fields: [], text: x}\n- {kind: exposure",
    ),
    (
        "schema/envelope.yaml",
        "fin: {type: boolean, ",
        "later: {type: string}\n    fin: {type: boolean, ",
    ),
    ("schema/control.yaml", "maximum: ttl_s.max", "maximum: 90000"),
    ("schema/event.yaml", "description: 'kind, track by default'", "description: kind"),
    ("registry/denied_ids.yaml", "text: empty", "text: nothing"),
    (
        "registry/headers.yaml",
        "- {header: ETag",
        "- {header: X-New, direction: answer, query: null, exposed: true}\n- {header: ETag",
    ),
    ("requirements.yaml", "`k` defaults to track.", "track is the default of `k`."),
)
BREAKING = (
    ("registry/limits.yaml", "value: 2000,", "value: 1000,", "limits: MAX_EVENTS"),
    (
        "registry/limits.yaml",
        "name: MAX_NAME, value: 200",
        "name: MAX_NAME, value: 100",
        "limits: MAX_NAME",
    ),
    ("registry/codes.yaml", "code: depth,", "code: deep,", "codes verdicts: depth is gone"),
    (
        "registry/codes.yaml",
        "code: quota, retryable: true",
        "code: quota, retryable: false",
        "quota means something else",
    ),
    ("registry/drop_reasons.yaml", "reason: hook", "reason: hooked", "hook is gone"),
    (
        "registry/retry.yaml",
        "high: 403, action: pause",
        "high: 403, action: bisect",
        "retry: the table",
    ),
    (
        "schema/envelope.yaml",
        "required: [v, t0, events]",
        "required: [v, t0, events, fin]",
        "fin became required",
    ),
    (
        "schema/envelope.yaml",
        "fin: {type: boolean, ",
        "fin: {type: string, ",
        "fin.type was 'boolean'",
    ),
    ("schema/envelope.yaml", "fin: {type: boolean, ", "fim: {type: boolean, ", "fin was"),
    (
        "schema/scalars.yaml",
        "x-denied: true, x-code: bad_id}\nexplicit",
        "minLength: 2, x-code: bad_id}\nexplicit",
        "id.",
    ),
    ("schema/answer.yaml", "enum: [committed, queued]", "enum: [committed]", "durability.enum was"),
    ("registry/limits.yaml", "value: 99999,", "value: 999999,", "limits: MAX_BUCKET was"),
    ("registry/control.yaml", "max: 86400", "max: 3600", "control: the bounds of ttl_s"),
    ("registry/endpoints.yaml", "k: true", "k: false", "POST /v1/b takes no `k`"),
    ("registry/endpoints.yaml", "status: 200", "status: 202", "POST /v1/batch means something"),
    ("registry/endpoints.yaml", "path: /v1/config", "path: /v1/conf", "GET /v1/config is gone"),
    ("registry/denied_ids.yaml", "denied: nil", "denied: nul", "denied_ids: the list"),
    ("requirements.yaml", "level: SHOULD", "level: MUST", "TM-LED-06 asks something else"),
    ("requirements.yaml", "id: TM-LED-02", "id: TM-OTHER", "TM-LED-02 is gone"),
)


def change(spec: Path, name: str, old: str, new: str) -> None:
    """Replace a text that is there once or more in one file of a spec."""
    path = spec / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


@pytest.mark.parametrize(("name", "old", "new"), ADDITIVE)
def test_additive_changes_pass(changed: Path, name: str, old: str, new: str) -> None:
    """New optional fields, kinds, codes and higher limits are allowed inside v1 (VER-06)."""
    change(changed, name, old, new)
    assert main(["--diff", str(SPEC)], changed) == 0


def test_additions_are_listed(changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a changelog needs is printed: each addition, and nothing else (VER-06)."""
    for name, old, new in ADDITIVE[:3]:
        change(changed, name, old, new)
    assert main(["--diff", str(SPEC)], changed) == 0
    printed = capsys.readouterr().out.splitlines()
    assert {
        "adds  codes verdicts: newly is new",
        "adds  kinds: fresh is new",
        "adds  limits: MAX_EVENTS was 2000, is 3000",
        "adds  schema: envelope.properties.events.maxItems was 2000, is 3000",
    } < set(printed)
    assert all(line.startswith("adds  ") for line in printed)


def test_the_same_spec_has_no_changes(capsys: pytest.CaptureFixture[str]) -> None:
    """Compared with itself a spec shows nothing."""
    assert (0, "") == (main(["--diff", str(SPEC)]), capsys.readouterr().out)


@pytest.mark.parametrize(("name", "old", "new", "complaint"), BREAKING)
def test_breaking_changes_are_refused(  # noqa: PLR0917 - one row of the table
    changed: Path, capsys: pytest.CaptureFixture[str], name: str, old: str, new: str, complaint: str
) -> None:
    """Whatever an old sender or server could not live with is refused and named (VER-06)."""
    change(changed, name, old, new)
    assert main(["--diff", str(SPEC)], changed) == 1
    assert complaint in capsys.readouterr().out
