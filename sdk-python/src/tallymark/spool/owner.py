"""Name the process a claim belongs to, and tell whether it is still alive."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

UNKNOWN = "0"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_NAME = re.compile(
    rf"({_UUID})\.(?:released|([0-9a-f]{{32}}|0)\.(\d{{1,20}})\.(\d{{1,10}})\.(\d{{1,20}}))"
    r"\.[0-9a-f]{8}",
)
_AFTER_NAME_STATE, _AFTER_NAME_START = 0, 19
"""Fields 3 and 22 of /proc/<pid>/stat, counted behind the command's closing bracket."""

Fate = Literal["dead", "live", "unknown"]


@dataclass(frozen=True)
class Owner:
    """Identify one process: unlike a pid alone, this is never used again."""

    boot: str
    """Boot id, 32 hexadecimal digits; `UNKNOWN` where the platform has none."""
    namespace: int
    """Inode of the pid namespace: equal pids in two containers are two processes."""
    pid: int
    start: int
    """Start time in ticks since boot; 0 where the platform does not tell."""

    def claim_name(self, stream: str) -> str:
        """Return a new name for this process's claim of *stream*."""
        return f"{stream}.{self.boot}.{self.namespace}.{self.pid}.{self.start}.{_token()}"


@dataclass(frozen=True)
class ClaimName:
    """Hold what the name of a claim directory says; *owner* None = released by its owner."""

    stream: str
    owner: Owner | None


def released_name(stream: str) -> str:
    """Return a name for a stream that nobody owns."""
    return f"{stream}.released.{_token()}"


def parse_claim_name(name: str) -> ClaimName | None:
    """Read the name of a claim directory; None if it is not one."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    stream, boot, namespace, pid, start = match.groups()
    if boot is None:
        return ClaimName(stream, None)
    return ClaimName(stream, Owner(boot, int(namespace), int(pid), int(start)))


def current_owner() -> Owner:
    """Identify this process from /proc; elsewhere by its pid only (the lock then decides)."""
    pid = os.getpid()
    try:
        if str(Path("/proc/self").readlink()) != str(pid):
            return Owner(UNKNOWN, 0, pid, 0)
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip().replace("-", "")
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return Owner(UNKNOWN, 0, pid, 0)
    process = read_process(pid)
    if process is None or not re.fullmatch("[0-9a-f]{32}", boot):
        return Owner(UNKNOWN, 0, pid, 0)
    return Owner(boot, namespace, pid, process[1])


def read_process(pid: int) -> tuple[str, int] | None:
    """Return (state, start time) of a process from /proc; None if there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    # The command's name may hold spaces and brackets: count from the last bracket.
    fields = text[text.rfind(")") + 2 :].split()
    if len(fields) <= _AFTER_NAME_START or not fields[_AFTER_NAME_START].isdigit():
        return None
    return fields[_AFTER_NAME_STATE], int(fields[_AFTER_NAME_START])


def fate(owner: Owner | None, me: Owner) -> Fate:
    """
    Tell whether a claim's owner is alive (TM-SPL-32).

    "unknown" where the name cannot tell: another boot, another pid namespace, no /proc.
    """
    if owner is None:
        return "dead"
    if UNKNOWN in (owner.boot, me.boot):
        return "unknown"
    if (owner.boot, owner.namespace) != (me.boot, me.namespace):
        return "unknown"
    process = read_process(owner.pid)
    if process is None:
        return "live" if _exists(owner.pid) else "dead"
    state, start = process
    return "live" if start == owner.start and state not in ("Z", "X") else "dead"


def _exists(pid: int) -> bool:
    """Ask without a file: /proc may hide the process, or this one has no descriptor left."""
    if sys.platform == "win32":
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _token() -> str:
    return os.urandom(4).hex()
