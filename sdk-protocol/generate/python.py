"""Write the Python tables, types and validators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generate.languages import PYTHON
from generate.validators import Writer

if TYPE_CHECKING:
    from generate.source import Source

KINDS = {"NoneType": "None", "list": "tuple[str, ...]"}
HEAD = (
    '"""{0} Generated from spec/; run `python -m generate` instead of editing."""\n\n'
    "from __future__ import annotations\n\n"
)


def limits(source: Source) -> str:
    """Write one constant per limit."""
    lines = [HEAD.format("Every limit of TMP/1.") + "from typing import Final\n"]
    lines += [
        f"{line['name']}: Final = {line['value']:_}\n"
        f'"""{line["text"]} ({line["unit"]}, {line["requirement"]})"""'
        for line in source.registry["limits"]
    ]
    return "\n".join(lines) + "\n"


def denied(source: Source) -> str:
    """Write the ids that stand for none."""
    rows = "".join(f"    {line['denied']!r},\n" for line in source.registry["denied_ids"])
    return (
        HEAD.format("Ids that stand for none (TM-VAL-06).")
        + f"from typing import Final\n\nDENIED_IDS: Final = frozenset((\n{rows}))\n"
    )


def control(source: Source) -> str:
    """Write bounds and defaults of the control block."""
    rows = source.registry["control"]
    bounds = "".join(f"    {row['field']!r}: ({row['min']}, {row['max']}),\n" for row in rows)
    defaults = "".join(
        f"{row['field'].upper()}_DEFAULT: Final = {row['default']}\n"
        for row in rows
        if row["default"] is not None
    )
    return (
        HEAD.format("Bounds and defaults of the control block (TM-CTL-01).")
        + "from collections.abc import Mapping\nfrom types import MappingProxyType\n"
        + "from typing import Final\n\n"
        + f"BOUNDS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType({{\n{bounds}}})\n"
        + '"""Of a number\'s value, a string\'s bytes, an array\'s members."""\n'
        + defaults
    )


def retry(source: Source) -> str:
    """Write the constants and the table of retries."""
    table = source.registry["retry"]
    lines = [HEAD.format("The retry table.") + "from typing import Final, NamedTuple\n"]
    lines += [f'{c["name"]}: Final = {c["value"]:_}\n"""{c["text"]}"""' for c in table["constants"]]
    lines.append(
        "\n\nclass Rule(NamedTuple):\n"
        '    """Answers from status low to high, with that code and proof if given."""\n\n'
        "    low: int\n    high: int\n    code: str | None\n    proven: bool | None\n"
        "    action: str\n\n"
    )
    rows = [
        tuple(row.get(key) for key in ("low", "high", "code", "proven", "action"))
        for row in table["table"]
    ]
    lines.append("TABLE: Final = (\n" + "".join(f"    Rule{row!r},\n" for row in rows) + ")")
    names = tuple(line["action"] for line in table["actions"])
    lines.append(f"ACTIONS: Final = {names!r}")
    return "\n".join(lines) + "\n"


def codes(source: Source) -> str:
    """Write the registries as frozen dataclasses and mappings."""
    registry = source.registry
    parts = [
        HEAD.format("Codes, kinds, operations and headers.")
        + "from collections.abc import Mapping\nfrom dataclasses import dataclass\n"
        + "from types import MappingProxyType\nfrom typing import Final\n"
    ]
    parts += [
        _table(
            "VERDICTS",
            "VerdictCode",
            "What can be wrong with one event.",
            registry["codes"]["verdicts"],
        ),
        _table(
            "WARNINGS",
            "WarningCode",
            "What can be odd about a stored event.",
            registry["codes"]["warnings"],
        ),
        _table(
            "PROBLEMS",
            "ProblemCode",
            "What can be wrong with a request.",
            registry["codes"]["problems"],
        ),
        _table("DROPS", "DropReason", "Why a producer gave an event up.", registry["drop_reasons"]),
        _table("KINDS", "Kind", "A kind of event.", registry["kinds"]),
        _table("OPS", "Op", "A profile operation.", registry["ops"]),
        _table("HEADERS", "Header", "A header of requests or answers.", registry["headers"]),
        _table("CONTROL", "ControlField", "A field of the control block.", registry["control"]),
    ]
    parts.append("DROP_REASONS: Final[tuple[str, ...]] = tuple(DROPS)\n")
    return "\n\n".join(parts)


def _table(name: str, record: str, text: str, rows: list[dict[str, Any]]) -> str:
    """Write a record type and the mapping by its first field."""
    fields: dict[str, set[str]] = {}
    for key in dict.fromkeys(key for row in rows for key in row):
        kinds = {type(row.get(key)).__name__ for row in rows}
        fields[key] = {KINDS.get(kind, kind) for kind in kinds}
    lines = ["@dataclass(frozen=True, slots=True)", f"class {record}:", f'    """{text}"""', ""]
    lines += [
        f"    {key}: {' | '.join(sorted(kinds, key=str.lower))}" for key, kinds in fields.items()
    ]
    lines += ["", "", f"{name}: Final[Mapping[str, {record}]] = MappingProxyType({{"]
    for row in rows:
        values = [tuple(v) if isinstance(v := row.get(key), list) else v for key in fields]
        lines.append(f"    {next(iter(row.values()))!r}: {record}({', '.join(map(repr, values))}),")
    return "\n".join([*lines, "})"])


def validators(source: Source) -> str:
    """Write one `validate_<type>` per root."""
    names = (
        *(
            "SAFE",
            "Issue",
            "at",
            "drops_fit_stream",
            "first",
            "found",
            "hwm_covers_events",
            "is_denied",
        ),
        *("is_integer", "is_name", "is_number", "is_text", "number_has_stream", "one_place"),
        *("range_ordered", "size", "stream_has_number"),
    )
    imports = (
        "import re\nfrom typing import Any, Final\n\nfrom tallymark_protocol.checks import (\n"
    )
    imports += "".join(f"    {name},\n" for name in names) + ")\n\n"
    return (
        HEAD.format("Validators of every type on the wire.")
        + imports
        + Writer(source, PYTHON).text()
    )


def document(source: Source) -> str:
    """Write what `GET /v1/spec` answers."""
    version, features = source.requirements["version"], tuple(source.requirements["features"])
    return (
        HEAD.format("Which spec this is.")
        + f"from typing import Final\n\nSPEC_VERSION: Final = {version!r}\n"
        + f"SPEC_SHA256: Final = {source.sha256!r}\n"
        + f"FEATURES: Final = {features!r}\n"
    )
