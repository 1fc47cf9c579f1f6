"""The guide to Postgres works as printed, on a server of this test's own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from pages import ROOT, environment, run, script
from tallymark_conformance.runs.postgres_cluster import Cluster

PAGE = "docs/how-to/serve-postgres.md"
SQL = re.compile(r"^```sql\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = (str(Path(sys.executable).parent / "tallymark"), "serve")
ADDRESS = re.compile(r"export (\w+)='(postgresql://[^']*)'")


def test_serve_postgres(tmp_path: Path) -> None:
    """Its statements make the database, its commands find in it what was sent to two processes."""
    text = (ROOT / PAGE).read_text("utf-8")
    address = ADDRESS.search(text)
    assert address is not None
    with (
        TemporaryDirectory(prefix="tallymark-postgres-") as folder,
        Cluster(Path(folder)) as cluster,
    ):
        for statements in SQL.findall(text):
            cluster.sql(statements)
        url = address[2].replace(":5432/", f":{cluster.port}/")
        served = subprocess.Popen(
            [*COMMAND, "--workers", "2", "--port", "0", "--json"],
            cwd=tmp_path,
            env={**environment(tmp_path), address[1]: url},
            stdout=subprocess.PIPE,
            text=True,
        )
        with served as process:
            try:
                assert process.stdout is not None
                ready = json.loads(process.stdout.readline())
                port = int(ready["url"].rsplit(":", 1)[1])
                commands = script(PAGE, port, ready["write_key"])
                printed = run(commands.replace(":5432/", f":{cluster.port}/"), tmp_path)
            finally:
                process.terminate()
        assert process.returncode == 0
    assert "choose-one" not in json.dumps(ready)
    assert '"stored":2' in printed
    assert 2 == len((tmp_path / "events.ndjson").read_text().splitlines())
