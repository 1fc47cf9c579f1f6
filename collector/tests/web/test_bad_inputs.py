"""Bad inputs to a real process on each store: only problems and verdicts, no 5xx, no hang.

`pytest collector/tests/web/test_bad_inputs.py --count 20000 --seed 7` is the long form.
"""

from __future__ import annotations

import gzip
import http.client
import json
import random
import string
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.postgres import PostgresReader
from tallymark_collector.store.sqlite.place import SqlitePlace
from tallymark_protocol.validate import validate_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tallymark_collector.store.log import LogReader
    from tallymark_conformance.runs.postgres_cluster import Cluster

PROGRAM = """
import json, sys
from tallymark_collector import app, settings
keys = {"write_key": sys.argv[2], "read_key": sys.argv[3]}
app.serve(
    settings.load({**json.loads(sys.argv[1]), "port": 0, "log_format": "json", **keys}, {}),
    lambda ready: print(ready.url, flush=True),
)
"""
WRITE_KEY = "tmk_" + "W" * 22
READ_KEY = "tmr_" + "R" * 22
HANGS_S = 60.0
"""After so long without an answer a request hangs: ten times what the slowest takes when busy."""
BOMB = gzip.compress(b"\0" * (64 << 20))
NESTED = gzip.compress(BOMB)
ODD_NUMBERS = (
    "NaN", "Infinity", "-Infinity", "1e400", "-1e999", "9" * 400, "9" * 5_000, "-0", "1e-400",
    "9007199254740993", "18446744073709551616", "0x10", "01", "1.", ".5", "+1", "1e", "--1",
)  # fmt: skip
ODD_STRINGS = (
    r'"\ud800"', r'"\udfff\ud800"', r'"\u0000"', '"\x00"', '"\n"', r'"\x"', '"\u202e"',
    '"=cmd()"', '"<script>alert(1)</script>"', "\"'; DROP TABLE event; --\"", '"$where"',
    '"__proto__"', '"' + "a" * 9_000 + '"', '""', '"null"', '" undefined "', r'"\ud83d\ude00"',
)  # fmt: skip
FIELDS = (
    "v", "stream", "seq", "hwm", "fin", "t0", "clock", "ctx", "events", "drops", "k", "n", "id",
    "dt", "t", "e", "u", "d", "s", "g", "p", "sr", "ops", "from", "to", "undo", "gt", "gi", "f",
    "var", "b", "reason", "ranges", "count", "consent", "analytics", "$set", "$add", "$delete",
)  # fmt: skip


QUESTION_FIELDS = (
    "events", "steps", "start", "return", "by", "where", "from", "to", "timezone", "window",
    "interval", "measure", "property", "per_user", "limit", "compare", "rolling", "cumulative",
    "formula", "session", "segment", "order", "count", "question", "cell", "series", "at", "step",
    "state", "cohort", "bucket", "user", "after", "all", "any", "not", "op", "value", "event",
)  # fmt: skip
GOOD_QUESTIONS: dict[str, dict[str, Any]] = {
    "trends": {"events": ["seen"], "from": "2026-03-01", "to": "2026-03-03"},
    "funnel": {"steps": ["seen", "seen"], "window": "7d"},
    "retention": {"start": "seen", "return": "seen"},
}


@dataclass(frozen=True)
class Input:
    """One request; `neighbour` is the marker of a good event in it that must be stored."""

    name: str
    method: str
    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    neighbour: str | None = None
    key: str = WRITE_KEY


def inputs(rng: random.Random, count: int) -> Iterator[Input]:
    """Yield *count* inputs of every sort, some of them harmless."""
    sorts: tuple[Callable[[random.Random, int], Input], ...] = (
        mixed, mixed, mixed, envelope, envelope, garbage, mutated, flat, query, compressed, typed,
        deep, ndjson, odd_path, question, question, listing,
    )  # fmt: skip
    for number in range(count):
        if number % 2_000 == 500:
            yield Input("64 MiB", "POST", "/v1/batch", b"x" * (64 << 20))
        else:
            yield rng.choice(sorts)(rng, number)


def value(rng: random.Random, depth: int = 0) -> str:
    """Return JSON, or nearly: odd numbers, odd strings, odd nesting."""
    choice = rng.random()
    if choice < 0.25:
        return rng.choice(ODD_NUMBERS)
    if choice < 0.5:
        return rng.choice(ODD_STRINGS)
    if choice < 0.65:
        return rng.choice(("null", "true", "false", "0", "1", "-1", '"x"', "[]", "{}"))
    if depth > 3:
        return "1"
    if choice < 0.8:
        return "[" + ",".join(value(rng, depth + 1) for _ in range(rng.randrange(4))) + "]"
    return members(rng, depth + 1)


def members(rng: random.Random, depth: int = 0, known: Sequence[str] = FIELDS) -> str:
    """Return an object with known names and odd values, sometimes a name twice."""
    names = [rng.choice(known) for _ in range(rng.randrange(6))]
    return "{" + ",".join(f'"{name}":{value(rng, depth)}' for name in names) + "}"


def stream(number: int) -> str:
    """Return a stream of its own for every input."""
    return f"0197a1b2-c3d4-7e5f-8a9b-{number:012x}"


def mixed(rng: random.Random, number: int) -> Input:
    """Return bad events beside a good one; what is bad is JSON, so only they may suffer."""
    marker = f"good-{number}"
    events = [as_json(members(rng)) for _ in range(rng.randrange(1, 6))]
    events += [as_json(value(rng)) for _ in range(rng.randrange(3))]
    events.insert(rng.randrange(len(events) + 1), json.dumps({"e": "seen", "p": {"m": marker}}))
    head = f'"v":1,"stream":"{stream(number)}","seq":1,"hwm":{len(events)},"t0":0'
    body = f'{{{head},"events":[{",".join(events)}]}}'
    return Input("mixed", "POST", "/v1/batch", body.encode(), neighbour=marker)


def as_json(text: str) -> str:
    """Return *text* if the grammar allows it, else a wrong type instead."""
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return '{"e":[5],"n":"x","p":[[]]}'
    return text


def _refuse(name: str) -> float:
    raise ValueError(name)


def envelope(rng: random.Random, number: int) -> Input:
    """Return an envelope with one or two odd fields, as they are."""
    fields = {"v": "1", "stream": f'"{stream(number)}"', "seq": "1", "hwm": "1", "t0": "0"}
    fields["events"] = '[{"e":"a"}]'
    for _ in range(rng.randrange(1, 3)):
        fields[rng.choice(FIELDS[:10])] = value(rng)
    body = "{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}"
    return Input("envelope", "POST", "/v1/batch", body.encode("utf-8", "surrogatepass"))


def garbage(rng: random.Random, _number: int) -> Input:
    """Return bytes that are nothing."""
    return Input("garbage", "POST", "/v1/batch", rng.randbytes(rng.randrange(300)))


def mutated(rng: random.Random, number: int) -> Input:
    """Return a good batch with some bytes changed, cut or doubled."""
    events = [{"e": "seen", "u": "ada", "p": {"i": i, "s": "ä"}} for i in range(3)]
    base = {"v": 1, "stream": stream(number), "seq": 1, "hwm": 3, "t0": 0, "events": events}
    body = bytearray(json.dumps(base).encode())
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(body))
        body[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
    return Input("mutated", "POST", "/v1/batch", bytes(body))


def flat(rng: random.Random, _number: int) -> Input:
    """Return one flat event of odd fields."""
    return Input("flat", "POST", "/v1/e", members(rng).encode("utf-8", "surrogatepass"))


def query(rng: random.Random, _number: int) -> Input:
    """Return a query string of anything a request line can hold."""
    safe = string.ascii_letters + string.digits + "%&=+.-_~$[]{}\"'<>|^`\\"
    text = "".join(rng.choice(safe) for _ in range(rng.randrange(200)))
    name = rng.choice(("e=a&", "e=&n=1&d=x&", "e=a&p.x=", "e=%00&", "e=%ff&p.%ff=%fe&", ""))
    return Input("query", "GET", f"/v1/e{rng.choice(('', '.gif'))}?{name}{text}", b"")


def compressed(rng: random.Random, number: int) -> Input:
    """Return gzip that is broken, nested, a bomb, or not gzip at all."""
    good = gzip.compress(mixed(rng, number).body)
    cut = good[: rng.randrange(1, len(good))]
    body = rng.choice((BOMB, NESTED, cut, good + b"junk", rng.randbytes(50), good + BOMB, b""))
    encoding = rng.choice(("gzip", "gzip", "gzip", "br", "zstd", "deflate", "gzip, gzip", "x"))
    return Input("compressed", "POST", "/v1/batch", body, {"Content-Encoding": encoding})


def typed(rng: random.Random, _number: int) -> Input:
    """Return content types and other headers of all sorts."""
    types = ("", "text/html", "application/cbor", "multipart/form-data", "application/json;;", "/")
    headers = {
        "Content-Type": rng.choice(types),
        "Tallymark-Sent-At": rng.choice(("", "x", "-5", "9" * 40, "1e9")),
        "Prefer": rng.choice(("", ",", "return=representation, " * 20)),
        "Tallymark-Attempt": rng.choice(("0", "-1", "many")),
    }
    return Input("typed", "POST", rng.choice(("/v1/batch", "/v1/b", "/v1/e")), b"{}", headers)


def deep(rng: random.Random, _number: int) -> Input:
    """Return nesting from harmless to a depth bomb."""
    depth = rng.choice((5, 50, 254, 255, 900, 1_023, 1_024, 1_025, 5_000, 100_000))
    opening, closing = rng.choice((("[", "]"), ('{"p":', "}")))
    text = opening * depth + "1" + closing * depth
    if rng.random() < 0.5:
        text = f'{{"v":1,"t0":0,"events":[{{"e":"a","id":"deep-one","p":{text}}}]}}'
    return Input("deep", "POST", rng.choice(("/v1/batch", "/v1/e", "/v1/validate")), text.encode())


def ndjson(rng: random.Random, number: int) -> Input:
    """Return lines of which some are no JSON."""
    head = {"v": 1, "stream": stream(number), "seq": 1, "hwm": 9, "t0": 0}
    lines = [json.dumps(head)] + [value(rng) for _ in range(rng.randrange(9))]
    body = rng.choice(("\n", "\r\n", "\n\n")).join(lines).encode("utf-8", "surrogatepass")
    return Input("ndjson", "POST", "/v1/batch", body, {"Content-Type": "application/x-ndjson"})


def odd_path(rng: random.Random, _number: int) -> Input:
    """Return paths and methods that lead nowhere, or to ledgers that are not."""
    path = rng.choice(
        ("/v1/streams/%00", "/v1/streams/a%2Fb", "/%ff", "//", "/v1/../etc", "/v1/e/")
    )
    method = rng.choice(("GET", "PUT", "DELETE", "PATCH", "POST", "OPTIONS"))
    return Input("odd path", method, path, b"")


def question(rng: random.Random, _number: int) -> Input:
    """Return a good question with one or two odd fields, or an odd one from end to end."""
    report, good = rng.choice(tuple(GOOD_QUESTIONS.items()))
    fields = {name: json.dumps(kept) for name, kept in good.items()}
    for _ in range(rng.randrange(3)):
        fields[rng.choice(QUESTION_FIELDS)] = value(rng)
    text = "{" + ",".join(f'"{name}":{part}' for name, part in fields.items()) + "}"
    text = rng.choice((text, text, members(rng, 0, QUESTION_FIELDS)))
    cell = members(rng, 2, QUESTION_FIELDS)
    about_people = rng.choice((f'{{"question":{text},"cell":{cell}}}', members(rng, 0, ("user",))))
    resource = rng.choice(
        (f"query/{report}", f"query/{report}", f"people/{report}", "people/events")
    )
    body = about_people if resource.startswith("people") else text
    encoded = body.encode("utf-8", "surrogatepass")
    return Input("question", "POST", f"/v1/{resource}", encoded, key=READ_KEY)


def listing(rng: random.Random, _number: int) -> Input:
    """Return odd places to read from."""
    odd = rng.choice(
        ("-1", "0", "1", "9" * 30, "9" * 5_000, "x", "%00", "1e3", "+1", "%ff", "", "²")
    )
    odd = quote(odd, safe="%+")
    path = rng.choice(
        ("/v1/events/{}", "/v1/events?after={}", "/v1/events?newest={}", "/v1/ui/start?project={}",
         "/v1/ui/properties?{}", "/problems/{}", "/static/{}", "/v1/query/{}", "/v1/people/{}")
    )  # fmt: skip
    return Input("listing", "GET", path.format(odd), b"", key=READ_KEY)


class Client:
    """Kept connections to the process, opened anew only when the server closes one."""

    def __init__(self, port: int) -> None:
        """Talk to the collector on *port*."""
        self._port = port
        self._connection: http.client.HTTPConnection | None = None

    def send(self, item: Input) -> tuple[int, Mapping[str, str], bytes]:
        """Return the answer; fail if there is none within the time allowed."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=HANGS_S)
        headers = {"Authorization": f"Bearer {item.key}", **item.headers}
        self._connection.request(item.method, item.path, item.body, headers)
        response = self._connection.getresponse()
        names = {name.lower(): text for name, text in response.getheaders()}
        body = response.read()
        if names.get("connection") == "close":
            self.close()
        return response.status, names, body

    def close(self) -> None:
        """Close the connection, if any."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def faults(item: Input, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
    """Return what is wrong with an answer."""
    found = []
    if not (200 <= status < 300 or 400 <= status < 500):
        found.append(f"status {status}")
    if status >= 400:
        if headers.get("content-type") != "application/problem+json":
            found.append("not a problem")
        elif validate_problem(json.loads(body)) is not None:
            found.append("not a valid problem")
    if "tallymark-request-id" not in headers:
        found.append("no request id")
    if item.neighbour is not None and (status != 200 or json.loads(body)["stored"] < 1):
        found.append("the neighbour is not stored")
    return [f"{item.name}: {fault}: {item.body[:300]!r} {item.path!r}" for fault in found]


class Collector:
    """A process on one store, asked over a few connections."""

    def __init__(self, log_reader: Callable[[], LogReader], **place: str) -> None:
        """Start it on *place*; *log_reader* opens its log when it has ended."""
        self._log_reader = log_reader
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, json.dumps(place), WRITE_KEY, READ_KEY],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        port = int(self._process.stdout.readline().rsplit(b":", 1)[1])
        self._clients = [Client(port) for _ in range(4)]
        self.log: list[dict[str, Any]] = []

    def send(self, index: int, item: Input) -> tuple[int, Mapping[str, str], bytes]:
        """Return the answer to one input."""
        return self._clients[index % len(self._clients)].send(item)

    def stop(self) -> int:
        """End it and return its exit code."""
        for client in self._clients:
            client.close()
        self._process.terminate()
        _, lines = self._process.communicate(timeout=30)
        self.log = [json.loads(line) for line in lines.splitlines()]
        return self._process.returncode

    def markers(self) -> set[Any]:
        """Return the markers of the good events in the log."""
        log = self._log_reader()
        try:
            scope = Scope(1, "test", frozenset({"read"}))
            bodies = [json.loads(event.body) for event in log.scan(scope)]
        finally:
            log.close()
        return {body["p"]["m"] for body in bodies if "m" in body.get("p", {})}


SAID = ("code", "path", "errors", "received", "stored", "duplicate", "conflicts", "rejected", "ack")


def verdict(status: int, body: bytes) -> dict[str, Any]:
    """Return what an answer decides, without times and ids of its own."""
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    said = document if isinstance(document, dict) else {}
    return {"status": status} | {name: said[name] for name in SAID if name in said}


@pytest.mark.timeout(3_600)
def test_bad_inputs_get_problems_or_verdicts_and_good_neighbours_are_stored(
    tmp_path: Path, cluster: Cluster, request: pytest.FixtureRequest
) -> None:
    """Only 4xx problems or verdicts, the same over both stores; every good neighbour in the log.

    Nothing hangs, and no error is logged.
    """
    count, seed = request.config.getoption("count", 600), request.config.getoption("seed", 1)
    cluster.sql("CREATE DATABASE bad_inputs")
    url = cluster.url("bad_inputs")
    folder = SqlitePlace(tmp_path)
    collectors = (
        Collector(folder.reader, data=str(tmp_path)),
        Collector(lambda: PostgresReader.open(url), database_url=url),
    )
    wrong: list[str] = []
    neighbours: set[str] = set()
    try:
        for index, item in enumerate(inputs(random.Random(seed), count)):
            answers = [collector.send(index, item) for collector in collectors]
            for answer in answers:
                wrong += faults(item, *answer)
            here, there = (verdict(status, body) for status, _, body in answers)
            if here != there:
                wrong.append(f"{item.name}: {here} but {there}: {item.body[:300]!r} {item.path!r}")
            if item.neighbour is not None:
                neighbours.add(item.neighbour)
    finally:
        codes = [collector.stop() for collector in collectors]

    assert wrong == []
    assert codes == [0, 0]
    assert len(neighbours) > count // 10
    for collector in collectors:
        assert neighbours <= collector.markers()
        assert [line for line in collector.log if line["level"] == "error"] == []
