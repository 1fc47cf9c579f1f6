from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tallymark_protocol.ack import proves

if TYPE_CHECKING:
    from conftest import Running

HERE = Path(__file__).resolve().parent.parent
MODULES = ("HTTP::Tiny", "IO::Compress::Gzip", "JSON::PP", "List::Util", "Time::HiRes")


def perl() -> str:
    """Return the Perl that has the modules of the example, or skip."""
    found = shutil.which("perl")
    if found is None:
        pytest.skip("perl is missing")
    probe = subprocess.run([found, *(f"-M{name}" for name in MODULES), "-e1"], check=False)
    if probe.returncode:
        pytest.skip(f"perl lacks one of {', '.join(MODULES)}")
    return found


def send(lines: list[str], **environment: str) -> tuple[int, dict[str, Any]]:
    """Run the example on these lines and return its exit code and what it says."""
    done = subprocess.run(
        [perl(), HERE / "examples/client.pl"],
        input="".join(f"{line}\n" for line in lines),
        env=os.environ | environment,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.stderr == ""
    said: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, said


def test_the_client_accounts_for_every_line(collector: Running) -> None:
    """Good lines are stored, a bad event gets its verdict, what cannot be sent is declared."""
    lines = [json.dumps({"e": f"step {n % 5}", "u": f"u-{n}", "p": {"é": n}}) for n in range(700)]
    lines[77] = json.dumps({"e": "x" * 201})
    lines[300] = json.dumps({"e": "big", "p": {"text": "y" * 70_000}})
    lines[500] = "not JSON"
    code, said = send(lines, TALLYMARK_URL=collector.url, TALLYMARK_KEY=collector.key)
    stream = said.pop("stream")
    assert (0, {"assigned": 700, "pending": 0, "stored": 697}) == (
        code,
        {name: said.pop(name) for name in ("assigned", "pending", "stored")},
    )
    assert said == {"name_too_long": 1, "too_large": 1, "unserialisable": 1}
    status, _, body = collector.ask("GET", f"/v1/streams/{stream}")
    ledger = json.loads(body)
    assert (200, 697, 0, True) == (status, *(ledger[k] for k in ("stored", "unaccounted", "fin")))
    assert {"name_too_long": 1} == ledger["rejected"]
    assert {"too_large": 1, "unserialisable": 1} == ledger["dropped"]


def test_small_batches_leave_no_gap(collector: Running) -> None:
    """Numbers between batches and events left out fit together."""
    lines = ["not JSON" if n % 4 == 1 else json.dumps({"e": "x"}) for n in range(20)]
    where = {"TALLYMARK_URL": collector.url, "TALLYMARK_KEY": collector.key}
    code, said = send(lines, BATCH="3", **where)
    assert (0, 20, 15, 5) == (code, *(said[k] for k in ("assigned", "stored", "unserialisable")))


def test_without_a_collector_nothing_is_claimed() -> None:
    """Nobody answers: every event stays pending, and the exit code says so."""
    key = "tmk_0123456789abcdefghijkl"
    code, said = send(
        ['{"e":"x"}'], TALLYMARK_URL="http://127.0.0.1:9", TALLYMARK_KEY=key, PATIENCE_S="1"
    )
    assert (1, 1, 1) == (code, said["assigned"], said["pending"])


def test_the_first_request_of_the_page_works_as_printed(collector: Running) -> None:
    """The request of protocol.md gets the answer of protocol.md, and twice stores once."""
    page = (HERE / "spec/protocol.md").read_text()
    request = re.search(r"-d '(\{.*?\})' -H", page, re.DOTALL)
    answers = [
        {**json.loads(block), "now": 0}
        for block in re.findall(r'^(\{"v":1,.*?\})\n```', page, re.DOTALL | re.MULTILINE)
    ]
    assert request is not None
    for repeated in (False, True):
        status, headers, body = collector.ask(
            "POST", "/v1/batch", request[1].encode(), Content_Type="application/json"
        )
        assert proves(status, headers["tallymark-ack"], json.loads(request[1])["stream"])
        expected = answers[0] | ({"stored": 0, "duplicate": 1} if repeated else {})
        assert expected == {**json.loads(body), "now": 0}
