"""Which rule is where: requirement → code → vector or unit test → scenario."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import yaml

from tallymark_conformance.spec import HERE, Requirement, requirements, vector_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tallymark_conformance.scenario.header import Scenario

RULE: Final = re.compile(r"\b(?:TM-)?([A-Z]{2,4})-(\d{1,2})\b")
CODE: Final = (
    ("sdk-protocol/src", ".py"),
    ("sdk-protocol/generate", ".py"),
    ("sdk-python/src", ".py"),
    ("sdk-js/src", ".ts"),
    ("collector/src", ".py"),
)
TESTS: Final = (
    ("sdk-protocol/tests", ".py"),
    ("sdk-python/tests", ".py"),
    ("sdk-js/tests", ".js"),
    ("collector/tests", ".py"),
)
ROOT: Final = HERE.parents[2]


@dataclass(frozen=True, slots=True)
class Covered:
    """One rule and where it is implemented, computed by example, and judged.

    *code* and *tests* are known in a checkout only: a wheel does not hold the other packages.
    *outside* says why no scenario can find the rule violated.
    """

    requirement: Requirement
    code: tuple[str, ...]
    vectors: tuple[str, ...]
    tests: tuple[str, ...]
    scenarios: tuple[str, ...]
    outside: str = ""

    @property
    def gaps(self) -> tuple[str, ...]:
        """Return the cells that are empty although the rule is a MUST of a built profile."""
        rule = self.requirement
        if rule.level != "MUST" or not rule.built or self.outside:
            return ()
        cells = {"scenario": self.scenarios}
        if in_checkout():
            cells |= {"code": self.code, "vector or test": (*self.vectors, *self.tests)}
        return tuple(name for name, cell in cells.items() if not cell)

    def as_json(self) -> dict[str, Any]:
        """Return the row as a JSON object."""
        return {
            "level": self.requirement.level,
            "profile": self.requirement.profile,
            "built": self.requirement.built,
            "code": list(self.code),
            "vectors": list(self.vectors),
            "tests": list(self.tests),
            "scenarios": list(self.scenarios),
            "gaps": list(self.gaps),
            **({"outside": self.outside} if self.outside else {}),
        }


def in_checkout() -> bool:
    """Tell whether the packages that implement the rules lie next door."""
    return (ROOT / CODE[0][0]).is_dir() and (ROOT / "sdk-python").is_dir()


def coverage(scenarios: Iterable[Scenario]) -> list[Covered]:
    """Return a row for each rule of the protocol, in the order of the spec."""
    judged: dict[str, list[str]] = {}
    for scenario in scenarios:
        for rule in scenario.req:
            judged.setdefault(rule, []).append(scenario.id)
    named = places()
    code = _joined(cited(CODE), named["code"])
    tests = _joined(cited(TESTS), named["tests"])
    examples: dict[str, list[str]] = {}
    for name, rules in vector_files().items():
        for rule in rules:
            examples.setdefault(rule, []).append(f"{name}.json")
    return [
        Covered(
            requirement,
            tuple(code.get(rule, ())),
            tuple(examples.get(rule, ())),
            tuple(tests.get(rule, ())),
            tuple(judged.get(rule, ())),
            named["outside"].get(rule, ""),
        )
        for rule, requirement in requirements().items()
    ]


@cache
def places() -> Mapping[str, Mapping[str, Any]]:
    """Return what no comment says: files that implement or test a rule, rules outside the suite."""
    text = files("tallymark_conformance.suite").joinpath("places.yaml").read_text("utf-8")
    value: dict[str, Mapping[str, Any]] = yaml.safe_load(text)
    return value


def _joined(
    found: Mapping[str, Sequence[str]], named: Mapping[str, Sequence[str]]
) -> Mapping[str, Sequence[str]]:
    if not in_checkout():
        return found
    return {rule: [*named.get(rule, ()), *found.get(rule, ())] for rule in {*found, *named}}


def cited(folders: Sequence[tuple[str, str]]) -> Mapping[str, list[str]]:
    """Return the files under *folders* that cite each rule, by its full id."""
    found: dict[str, list[str]] = {}
    if not in_checkout():
        return found
    for folder, ending in folders:
        for path in sorted((ROOT / folder).rglob(f"*{ending}")):
            if "node_modules" not in path.parts and "_generated" not in path.parts:
                _cite(path, found)
    return found


def _cite(path: Path, found: dict[str, list[str]]) -> None:
    name = str(path.relative_to(ROOT))
    rules = {
        f"TM-{area}-{int(number):02d}" for area, number in RULE.findall(path.read_text("utf-8"))
    }
    for rule in rules:
        found.setdefault(rule, []).append(name)


def unknown_rules(scenarios: Iterable[Scenario]) -> list[str]:
    """Return what scenarios cite that is no rule, as `scenario: rule`."""
    known = requirements()
    return [
        f"{scenario.id}: {rule}"
        for scenario in scenarios
        for rule in scenario.req
        if rule not in known
    ]
