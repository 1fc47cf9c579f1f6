"""What is shipped to run a collector with: image, compose file, service, dashboard."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from tallymark_collector.settings import PREFIX, Settings
from tallymark_collector.web.api.metrics import METRICS

DEPLOY = Path(__file__).parents[2] / "deploy"
REPOSITORY = DEPLOY.parents[1]
SETTINGS = {PREFIX + name.upper() for name in Settings.model_fields}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command and return what it said."""
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_image_passes_the_linter() -> None:
    """Hadolint finds nothing: no unpinned install, no root, no shell pitfalls."""
    linted = run(Path(sys.executable).parent / "hadolint", DEPLOY / "Dockerfile")
    assert (linted.returncode, linted.stdout) == (0, "")


def test_what_the_image_copies_exists() -> None:
    """Every path a stage takes from the repository is there, and not ignored."""
    text = (DEPLOY / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE)
    kept = set((DEPLOY / "Dockerfile.dockerignore").read_text().split())
    assert copied
    for path in copied:
        assert (REPOSITORY / path).is_dir()
        assert f"!{path.split('/')[0]}" in kept
    for lock in re.findall(r"-r (requirements/\S+\.lock)", text):
        assert "--hash=sha256:" in (REPOSITORY / lock).read_text()


def test_the_image_runs_as_nobody_in_particular() -> None:
    """The last user is a number that is not root's, and the data folder is a volume."""
    text = (DEPLOY / "Dockerfile").read_text()
    assert int(re.findall(r"^USER (\d+)$", text, re.MULTILINE)[-1]) > 0
    assert "VOLUME /data" in text


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "tallymark-collector.service"])
def test_only_settings_that_exist_are_named(name: str) -> None:
    """A variable that is no setting would keep the collector from starting."""
    named = set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", (DEPLOY / name).read_text()))
    assert named <= SETTINGS


def test_the_compose_file_confines_the_collector() -> None:
    """Read-only, without capabilities, on this machine's address only, with time to stop."""
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    collector = services["collector"]
    assert collector["read_only"] is True
    assert collector["cap_drop"] == ["ALL"]
    assert all(port.startswith("127.0.0.1:") for port in collector["ports"])
    assert (DEPLOY / collector["build"]["context"] / collector["build"]["dockerfile"]).is_file()
    limit = Settings.model_fields["stop_s"].default
    assert int(collector["stop_grace_period"].removesuffix("s")) > limit


def test_the_service_is_valid_and_hardened(tmp_path: Path) -> None:
    """Systemd takes every line, and rates what the service may still do as little."""
    unit = tmp_path / "tallymark-collector.service"
    program = shutil.which("true")
    assert program
    text = (DEPLOY / unit.name).read_text()
    unit.write_text(text.replace("/opt/tallymark/bin/tallymark", program))
    verified = run("systemd-analyze", "verify", unit)
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = run("systemd-analyze", "security", "--offline=yes", "--threshold=20", unit)
    assert rated.returncode == 0, rated.stdout[-300:]


def test_the_service_leaves_time_to_stop() -> None:
    """Systemd kills later than the collector gives up by itself."""
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "tallymark-collector.service")
    assert unit.getint("Service", "TimeoutStopSec") > Settings.model_fields["stop_s"].default


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    """Every name in it is one `/metrics` has, and every one of those is shown somewhere."""
    text = (DEPLOY / "grafana-dashboard.json").read_text()
    asked = set(re.findall(r"tallymark_(\w+)", text))
    known = {metric.name for metric in METRICS}
    assert asked <= known
    assert known <= asked
    panels = json.loads(text)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["targets"] for panel in panels)


def test_rates_are_taken_of_counters_only() -> None:
    """A rate of a gauge is a number without a meaning."""
    text = (DEPLOY / "grafana-dashboard.json").read_text()
    counters = {metric.name for metric in METRICS if metric.kind == "counter"}
    assert set(re.findall(r"(?:rate|increase)\(tallymark_(\w+)", text)) <= counters
