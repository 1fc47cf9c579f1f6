from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallymark_conformance.errors import ScriptError
from tallymark_conformance.proxy.chance import DRAWS, Chance, undrawn
from tallymark_conformance.proxy.message import Request
from tallymark_conformance.proxy.script import Chooser, Script, load, parse, rules

if TYPE_CHECKING:
    from pathlib import Path


def request(
    path: str = "/v1/batch",
    *,
    method: str = "POST",
    attempt: int = 1,
    **batch: Any,
) -> Request:
    headers = (("Tallymark-Attempt", str(attempt)),)
    return Request(method, path, "HTTP/1.1", headers, json.dumps(batch).encode())


def names(script: Script, requests: list[Request]) -> list[str]:
    chooser = Chooser(script)
    return [chooser.choose(one, Random(number))[0] for number, one in enumerate(requests)]


def test_the_first_matching_rule_decides() -> None:
    """Later rules are not asked, but count the request."""
    script = rules(
        {"match": {"path": "/v1/b"}, "do": "html200"}, {"match": {"n": 2}, "do": "empty200"}
    )
    assert ["pass", "html200", "pass"] == names(
        script, [request("/a"), request("/v1/b"), request("/b")]
    )


def test_n_counts_the_requests_that_meet_the_rest() -> None:
    """The second POST is meant, not the second request."""
    script = rules({"match": {"n": 2, "method": "POST"}, "do": "html200"})
    asked = [request(method=method) for method in ("POST", "GET", "POST", "POST")]
    assert ["pass", "pass", "html200", "pass"] == names(script, asked)


def test_n_may_be_an_interval() -> None:
    """Both ends belong to it."""
    script = rules({"match": {"n": [2, 3]}, "do": "html200"})
    assert ["pass", "html200", "html200", "pass"] == names(script, [request()] * 4)


def test_times_bounds_how_often_a_rule_fires() -> None:
    """After that the next rule is asked."""
    script = rules({"do": "html200", "times": 2}, {"do": "empty200"})
    assert ["html200", "html200", "empty200"] == names(script, [request()] * 3)


@pytest.mark.parametrize(
    ("match", "hits"),
    [
        ({"attempt": 2}, request(attempt=2)),
        ({"stream": "0197"}, request(stream="0197a1b2")),
        ({"stream": "0197"}, request("/v1/streams/0197a1b2", method="GET")),
        ({"bytes>": 40}, request(pad="x" * 40)),
        ({"method": "GET"}, request(method="GET")),
        ({"path": "/v1/e"}, request("/v1/e.gif")),
    ],
)
def test_a_condition_picks_its_requests(match: dict[str, Any], hits: Request) -> None:
    """Each condition meets what it names and not a plain first batch."""
    script = rules({"match": match, "do": "html200"})
    assert ["pass", "html200"] == names(script, [request(), hits])


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"rule": []},
        {"rules": {}},
        {"rules": [{"match": {}}]},
        {"rules": [{"do": "nothing_known"}]},
        {"rules": [{"do": "pass", "match": {"colour": 1}}]},
        {"rules": [{"do": "pass", "match": 3}]},
        {"rules": [{"do": "pass", "match": {"n": 0}}]},
        {"rules": [{"do": "pass", "match": {"n": [1]}}]},
        {"rules": [{"do": "pass", "times": 0}]},
        {"rules": [{"do": "pass", "when": 1}]},
        {"random": {"rate": 2}},
        {"random": {"only": ["poison400"]}},
        {"random": {"only": []}},
        {"random": 3},
    ],
)
def test_a_script_written_wrongly_is_refused(value: object) -> None:
    """Nothing is guessed: the message names what was written."""
    with pytest.raises(ScriptError):
        parse(value)


def test_a_script_file_is_read(tmp_path: Path) -> None:
    """YAML and JSON alike, and an empty file lets everything pass."""
    path = tmp_path / "script.yaml"
    path.write_text("rules:\n- {match: {n: 1}, do: {status: {code: 500}}}\nrandom: {rate: 0.5}\n")
    script = load(path)
    assert ("status", 0.5) == (script.rules[0].name, script.chance and script.chance.rate)
    path.write_text("")
    assert Script() == load(path)
    path.write_text("rules: [")
    with pytest.raises(ScriptError):
        load(path)


@given(st.integers(), st.integers(1, 10_000))
def test_chance_repeats_itself(seed: int, n: int) -> None:
    """The same seed and request number give the same fault with the same arguments."""
    chance = Chance(0.7)
    draw = [chance.draw(Random(f"{seed}/{n}")) for _ in range(2)]
    assert draw[0] == draw[1]


def test_chance_draws_every_kind_at_its_rate() -> None:
    """Of many requests about the share meets a fault, and each kind comes up."""
    drawn = [Chance(0.5).draw(Random(f"1/{n}"))[0] for n in range(3_000)]
    assert {"pass", *DRAWS} == set(drawn)
    assert 1_350 < drawn.count("pass") < 1_650
    assert {"status"} == {Chance(1, ("status",)).draw(Random(n))[0] for n in range(20)}


@pytest.mark.parametrize(("until", "faults"), [(None, 9), (4, 4), (0, 0)])
def test_chance_ends(until: int | None, faults: int) -> None:
    """After so many requests everything passes."""
    script = Script(chance=Chance(1, ("status",), until))
    assert ["status"] * faults + ["pass"] * (9 - faults) == names(script, [request()] * 9)


def test_chance_leaves_out_what_no_sdk_can_mend() -> None:
    """Faults that cost an event, are planted for the judges or belong to a scenario need a rule."""
    costs, planted = {"limit413", "poison400"}, {"false_ack"}
    assert {"pass", *costs, *planted, "amend", "close_after", "gzip_bomb"} == undrawn()
