"""JUnit XML: one suite for each record, one case for each scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from tallymark_conformance.report.replay import replay_command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Record = Mapping[str, Any]

FAILURES = frozenset({"fail", "unexpected-pass", "flaky"})
SKIPPED = frozenset({"absent", "known-fail"})


def junit(records: Sequence[Record]) -> str:
    """Return the records as a JUnit document."""
    root = ET.Element("testsuites", name="tallymark-conformance")
    for record in records:
        root.append(_suite(record))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(record: Record) -> ET.Element:
    outcomes = record["outcomes"]
    suite = ET.Element(
        "testsuite",
        name=f"{record['name']} {record['version']}".strip(),
        tests=str(len(outcomes)),
        failures=str(sum(outcome["status"] in FAILURES for outcome in outcomes)),
        errors=str(sum(outcome["status"] == "error" for outcome in outcomes)),
        skipped=str(sum(outcome["status"] in SKIPPED for outcome in outcomes)),
        time=f"{sum(outcome['seconds'] for outcome in outcomes):.3f}",
    )
    for outcome in outcomes:
        suite.append(_case(record, outcome))
    return suite


def _case(record: Record, outcome: Record) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname=f"{record['name']}.{outcome['id'].partition('.')[0]}",
        name=outcome["id"],
        time=f"{outcome['seconds']:.3f}",
    )
    status = outcome["status"]
    if status == "pass":
        return case
    told = "\n".join(
        [
            outcome["title"],
            *(f"{found['req']}: {found['detail']}" for found in outcome["findings"]),
            outcome["reason"],
            replay_command(record, outcome["id"], outcome["seed"]),
        ]
    )
    name = "failure" if status in FAILURES else "error" if status == "error" else "skipped"
    part = ET.SubElement(case, name, message=_printable(f"{status} {outcome['reason']}".strip()))
    part.text = _printable(told)
    return case


def _printable(text: str) -> str:
    """Return *text* without the control characters that XML cannot hold."""
    return "".join(letter if letter >= " " or letter in "\n\t" else "\ufffd" for letter in text)
