"""What the README says of endpoints and limits is what the program does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tallymark_collector import app
from tallymark_collector.settings import Settings
from tallymark_collector.web.api.absent import ABSENT
from tallymark_collector.web.api.metrics import METRICS

if TYPE_CHECKING:
    from conftest import Running

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
GROUPS = {"/static/…": "/static/", "/v1/ui/…": "/v1/ui/", "/tm.js": "/tm"}


def test_every_endpoint_is_in_the_table(collector: Running) -> None:
    """A new one is added to the table, one that is gone taken out."""
    table = README[README.index("## Endpoints") : README.index("## Settings")]
    named = set(re.findall(r"(?<=[` ])(/[\w./{}…-]*)(?=`)", table))
    served = {route.path for route in collector.application.routes} - {
        path for _, path, _ in ABSENT
    }

    for path in served:
        assert path in named or any(path.startswith(GROUPS.get(name, "\0")) for name in named), path
    for name in named:
        assert name in served or any(path.startswith(GROUPS[name]) for path in served), name


def test_the_limits_are_the_defaults(tmp_path: Path) -> None:
    """Each figure of the table is the one a server starts with."""
    limits = app.server_limits(Settings(data=tmp_path))
    deadlines, ahead = limits.deadlines, limits.read_ahead
    times = (deadlines.headers_s, deadlines.body_s, deadlines.rate_grace_s, deadlines.idle_s)
    mebibyte = 1024 * 1024

    assert "{:g} s · {:g} s · 1 kB/s after {:g} s · {:g} s".format(*times) in README
    assert deadlines.body_rate == 1_000
    assert f"{limits.connections.overall:,} · {limits.connections.per_address}" in README
    assert f"{ahead.requests} requests, {ahead.bytes // mebibyte} MiB" in README
    assert f"· {ahead.overall // mebibyte} MiB | reading waits" in README
    assert f"| {ahead.head // 1024} KiB · 2,000 bytes |" in README


def test_the_metrics_it_names_exist() -> None:
    """What an alarm waits for is really told."""
    named = set(re.findall(r"`tallymark_(\w+)`", README))

    assert len(named) > 3
    assert named <= {metric.name for metric in METRICS}
