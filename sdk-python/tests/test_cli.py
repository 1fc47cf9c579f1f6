"""The command line, against the real collector, a dead one, and what stands in front of one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tallymark import Client, Spool
from tallymark.cli import main
from tallymark.doctor import examine
from tallymark.testing import MemoryTransport
from tallymark.transport import Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path
    from typing import TypeAlias

    from conftest import Handle, RealCollector, Script

    Run: TypeAlias = Callable[..., tuple[int, list[dict[str, Any]]]]

KEY = "tmk_0123456789abcdefghijAB"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let no setting of the machine in, and keep the spool in the test's folder."""
    for name in ("TALLYMARK_KEY", "TALLYMARK_URL", "TALLYMARK_SPOOL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a command and reads what it prints."""

    def run(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
        code = main([*arguments, "--json"])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def test_doctor_finds_all_well(shared_collector: RealCollector, say: Run) -> None:
    """Key, collector, clock and spool are good; nothing is stored."""
    code, findings = say("doctor", "--key", shared_collector.key, "--url", shared_collector.url)
    assert code == 0
    found = {row["about"]: row["verdict"] for row in findings}
    assert found == {"key": "good", "collector": "good", "clock": "good", "spool": "good"}
    assert not any(shared_collector.key in row["text"] for row in findings)


def test_doctor_finds_what_is_wrong(
    shared_collector: RealCollector,
    say: Run,
    dead_url: str,
) -> None:
    """A wrong key, a dead address and settings that cannot work are named, with exit code 1."""
    code, findings = say("doctor", "--key", KEY, "--url", shared_collector.url)
    assert (code, findings[-2]["about"], findings[-2]["verdict"]) == (1, "key", "bad")
    code, findings = say("doctor", "--key", KEY, "--url", dead_url)
    assert (code, findings[1]["about"], findings[1]["verdict"]) == (1, "collector", "bad")
    code, findings = say("doctor", "--key", "tmk_short", "--url", dead_url)
    assert (code, findings[0]["about"]) == (1, "settings")
    assert main(["doctor"]) == 2


def test_doctor_knows_a_login_page(
    serve: Callable[[Handle], str],
    reply: Callable[..., None],
    say: Run,
) -> None:
    """An answer that is no collector's is called that."""

    def handle(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        del body
        reply(handler, 200, b"<html>")

    code, findings = say("doctor", "--key", KEY, "--url", serve(handle))
    assert code == 1
    assert "login page" in findings[1]["text"]


def test_doctor_sees_a_wrong_clock_and_no_spool() -> None:
    """A clock that is off by minutes is told, and so is a spool that is off."""
    answers = [{"version": "1.0.0"}, {"now": 1_000}]

    class Answering(MemoryTransport):
        """Answer as a collector of 1970."""

        def send(self, request: object) -> Response:  # type: ignore[override]
            del request
            return Response(200, {}, json.dumps(answers.pop(0)).encode())

    findings = {one.about: one for one in examine(KEY, "http://a", None, Answering())}
    assert findings["clock"].verdict == "mind"
    assert "is corrected" in findings["clock"].text
    assert findings["spool"].verdict == "mind"
    assert findings["address"].verdict == "mind"


def test_send(shared_collector: RealCollector, say: Run) -> None:
    """One event is sent, with JSON values and text; its id and its verdict are told."""
    where = ("--key", shared_collector.key, "--url", shared_collector.url)
    code, (told,) = say("send", "Tried", "n=3", "plan=pro", 'tags=["a"]', "--user", "ada", *where)
    assert (code, told["stored"]) == (0, True)
    (row,) = [row for row in shared_collector.stored() if row["event"].get("e") == "Tried"]
    assert row["id"] == told["id"]
    assert (row["event"]["u"], row["event"]["p"]) == ("ada", {"n": 3, "plan": "pro", "tags": ["a"]})
    assert main(["send", "Tried", "--user", "null", *where]) == 2


def test_send_to_nobody(dead_url: str, say: Run) -> None:
    """An event that cannot be sent is told to be lost, and leaves nothing behind."""
    code, (told,) = say("send", "Tried", "--key", KEY, "--url", dead_url, "--timeout", "0.2")
    assert (code, told["stored"], told["code"]) == (1, False, "shutdown_deadline")


def test_spool_is_shown_and_drained(
    real_collector: RealCollector,
    script: Script,
    tmp_path: Path,
    say: Run,
) -> None:
    """What a killed process left is shown by its stream, then sent, then gone."""
    where = ("--key", real_collector.key, "--url", real_collector.url, "--spool", str(tmp_path))
    script.run(
        """
        client = Client(KEY, url, spool=Spool(spool), batching=Batching(flush_ms=60_000))
        for n in range(7): client.track("a", {"n": n})
        os._exit(0)
        """,
        real_collector.url,
        tmp_path,
        key=real_collector.key,
    )
    code, rows = say("spool", *where)
    assert code == 0
    assert [
        (row["events"], row["holder"]) for row in rows if row.get("events") and "stream" in row
    ] == [(7, "nobody")]
    assert rows[-1]["events"] == 7
    code, rows = say("spool", "drain", *where)
    assert (code, rows[-1]["events"]) == (0, 0)
    assert sorted(row["event"]["p"]["n"] for row in real_collector.stored()) == list(range(7))


def test_spool_of_a_live_process(dead_url: str, tmp_path: Path, say: Run) -> None:
    """A spool that is in use is shown as such, and not touched."""
    with Client(KEY, dead_url, spool=Spool(tmp_path)) as client:
        client.track("a")
        code, rows = say("spool", "--key", KEY, "--url", dead_url, "--spool", str(tmp_path))
        assert (code, rows[0]["events"], rows[0]["holder"]) == (0, 1, "this process")
        client.close(0)
    assert say("spool", "--key", KEY, "--url", dead_url, "--spool", "off") == (0, [{"spool": None}])
