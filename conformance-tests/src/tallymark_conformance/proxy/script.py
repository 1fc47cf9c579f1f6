"""Which fault meets which request: rules, random choice, and the order between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from tallymark_conformance.errors import ScriptError
from tallymark_conformance.proxy.chance import Chance
from tallymark_conformance.proxy.faults import PASS, make_fault
from tallymark_conformance.proxy.message import Request, envelope, header

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from tallymark_conformance.proxy.exchange import Fault

MATCH_KEYS: Final = frozenset({"n", "path", "method", "stream", "attempt", "bytes>"})
RULE_KEYS: Final = frozenset({"match", "do", "times"})


@dataclass(frozen=True, slots=True)
class Match:
    """Which requests a rule is about; a condition that is None holds for every request.

    *n* is a closed interval of the count, from 1, of requests that meet the other conditions.
    *path* and *stream* are prefixes, *over* is a number of bytes the body must exceed.
    """

    n: tuple[int, int] | None = None
    path: str | None = None
    method: str | None = None
    stream: str | None = None
    attempt: int | None = None
    over: int | None = None

    def meets(self, request: Request) -> bool:
        """Tell whether *request* meets every condition but the count."""
        attempt = header(request.headers, "tallymark-attempt")
        return (
            (self.path is None or request.path.startswith(self.path))
            and (self.method is None or request.method == self.method)
            and (self.attempt is None or attempt == str(self.attempt))
            and (self.over is None or len(request.body) > self.over)
            and (self.stream is None or _stream(request).startswith(self.stream))
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a script: *fault* meets what *match* names, at most *times* times."""

    match: Match
    name: str
    fault: Fault
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """Rules, first match wins; a request no rule names is left to chance, or passes."""

    rules: tuple[Rule, ...] = ()
    chance: Chance | None = None


@dataclass(slots=True)
class Chooser:
    """Apply a script to the requests in the order in which they come."""

    script: Script
    seen: dict[int, int] = field(default_factory=dict)
    used: dict[int, int] = field(default_factory=dict)
    count: int = 0

    def choose(self, request: Request, rng: Random) -> tuple[str, Fault]:
        """Return the fault that meets *request*; *rng* belongs to this request alone."""
        self.count += 1
        chosen: tuple[str, Fault] | None = None
        for index, rule in enumerate(self.script.rules):
            if not rule.match.meets(request):
                continue
            self.seen[index] = self.seen.get(index, 0) + 1
            if chosen is None and self._fires(index, rule):
                self.used[index] = self.used.get(index, 0) + 1
                chosen = rule.name, rule.fault
        if chosen is not None:
            return chosen
        chance = self.script.chance
        if chance is not None and not chance.over(self.count):
            return chance.draw(rng)
        return "pass", PASS

    def _fires(self, index: int, rule: Rule) -> bool:
        interval, count = rule.match.n, self.seen[index]
        in_time = rule.times is None or self.used.get(index, 0) < rule.times
        return in_time and (interval is None or interval[0] <= count <= interval[1])


def parse(value: object) -> Script:
    """Return the script that *value* (a mapping as YAML or JSON give it) describes."""
    if not isinstance(value, dict) or not set(value) <= {"rules", "random"}:
        raise ScriptError(f"a script is a mapping with rules and random, not {value!r}")
    rules = value.get("rules", [])
    if not isinstance(rules, list):
        raise ScriptError(f"rules is a list, not {rules!r}")
    chance = value.get("random")
    return Script(
        tuple(_rule(rule) for rule in rules), None if chance is None else Chance.parse(chance)
    )


def load(path: Path) -> Script:
    """Read the script file *path* (YAML or JSON)."""
    try:
        return parse(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except yaml.YAMLError as error:
        raise ScriptError(f"{path}: {error}") from error


def rules(*lines: Mapping[str, Any]) -> Script:
    """Return the script of these rules, written as a script file has them."""
    return Script(tuple(_rule(line) for line in lines))


def _rule(value: object) -> Rule:
    if not isinstance(value, dict) or "do" not in value or not set(value) <= RULE_KEYS:
        raise ScriptError(f"a rule has do, and may have match and times; this is {value!r}")
    match = value.get("match", {})
    if not isinstance(match, dict) or not set(match) <= MATCH_KEYS:
        raise ScriptError(f"match knows {sorted(MATCH_KEYS)}, not {match!r}")
    times = value.get("times")
    if times is not None and (not isinstance(times, int) or times < 1):
        raise ScriptError(f"times is a count from 1, not {times!r}")
    name, fault = make_fault(value["do"])
    return Rule(
        Match(
            n=_interval(match.get("n")),
            path=match.get("path"),
            method=match.get("method"),
            stream=match.get("stream"),
            attempt=match.get("attempt"),
            over=match.get("bytes>"),
        ),
        name,
        fault,
        times,
    )


def _interval(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    if isinstance(value, int) and value >= 1:
        return value, value
    if isinstance(value, Sequence) and len(value) == 2 and all(isinstance(n, int) for n in value):  # noqa: PLR2004 (a pair)
        return value[0], value[1]
    raise ScriptError(f"n is a count from 1 or a pair [from, to], not {value!r}")


def _stream(request: Request) -> str:
    stream = envelope(request.headers, request.body).get("stream")
    if isinstance(stream, str):
        return stream
    return request.path.rpartition("/streams/")[2] if "/streams/" in request.path else ""
