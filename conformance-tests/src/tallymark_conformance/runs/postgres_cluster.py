"""A Postgres cluster of one's own: made in a folder, on a free port, stopped by its pid."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from tallymark_conformance.errors import ProcessError
from tallymark_conformance.processes import free_port

if TYPE_CHECKING:
    from types import TracebackType

START_S: Final = 60
POLL_S: Final = 0.02
USER: Final = "operator"
_UNPRIVILEGED: Final = ("postgres", "nobody")
_DEBIAN: Final = Path("/usr/lib/postgresql")
_TAIL: Final = 2_000
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "autovacuum_naptime": "1h",
    "log_checkpoints": "off",
    "log_min_messages": "fatal",
}


def program(name: str) -> Path:
    """Return a program of the newest Postgres server; raise ProcessError when there is none."""
    # Debian keeps them out of PATH, where it has wrappers that ask for more packages.
    folders = sorted(_DEBIAN.glob("*/bin"), key=lambda one: float(one.parent.name), reverse=True)
    initdb = shutil.which("initdb")
    folders += [Path(initdb).resolve().parent] if initdb else []
    for folder in folders:
        if (folder / "postgres").exists():
            return folder / name
    raise ProcessError("there is no Postgres server here: install your system's package")


@dataclass(slots=True)
class Cluster:
    """A server in *folder*; with *durable* it syncs, as it does where it is in earnest.

    Root may not run one: then everything belongs to an unprivileged user.
    """

    folder: Path
    durable: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    _server: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """Return the folder of the server's files."""
        return self.folder / "cluster"

    @property
    def log(self) -> Path:
        """Return what the server has written about itself."""
        return self.folder / "postgres.log"

    @property
    def pid(self) -> int:
        """Return the server's process id."""
        if self._server is None:
            raise ProcessError("the cluster is not running")
        return self._server.pid

    def url(self, database: str = "postgres", *, user: str = USER, **parameters: str) -> str:
        """Return the address of a database for *user*, else for who may do everything."""
        query = "".join(
            f"{'&' if place else '?'}{name}={value}"
            for place, (name, value) in enumerate(parameters.items())
        )
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}{query}"

    def create(self) -> None:
        """Make the cluster's files."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self.folder.chmod(0o711)
            self.data.mkdir(mode=0o700)
            os.chown(self.data, *_user())
        options = ["--auth=trust", f"--username={USER}", "--encoding=UTF8", "--no-locale"]
        command = [program("initdb"), f"--pgdata={self.data}", "--no-sync", *options]
        done = subprocess.run(  # the cluster's own program
            [str(part) for part in command],
            check=False,
            capture_output=True,
            text=True,
            env=_environment(),
            cwd="/",
            **_identity(),
        )
        if done.returncode:
            raise ProcessError(f"initdb failed: {done.stderr[-_TAIL:]}")
        self.port = self.port or free_port()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        chosen = {
            **_SETTINGS,
            "port": str(self.port),
            "unix_socket_directories": "",
            **({} if self.durable else {"fsync": "off", "full_page_writes": "off"}),
            **self.settings,
        }
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                [str(program("postgres")), "-D", str(self.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                cwd="/",
                process_group=0,
                **_identity(),
            )
        self._wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT ends its sessions, SIGQUIT is a crash, SIGTERM waits for them."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(START_S)
            self._server = None

    def crash(self) -> None:
        """Stop at once, as `pg_ctl stop -m immediate` does, and start again: it recovers."""
        self.stop(signal.SIGQUIT)
        self.start()

    def sql(self, statements: str, database: str = "postgres") -> list[str]:
        """Run statements by psql and return the lines of their answer, columns parted by `|`."""
        done = subprocess.run(
            [str(program("psql")), "-XAtq", "-v", "ON_ERROR_STOP=1", self.url(database)],
            input=statements,
            check=False,
            capture_output=True,
            text=True,
            env=_environment(),
        )
        if done.returncode:
            raise ProcessError(f"psql: {done.stderr[-_TAIL:]}")
        return done.stdout.splitlines()

    def __enter__(self) -> Self:
        """Make and start the cluster."""
        self.create()
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server at once: what it holds goes with its folder, which its owner removes."""
        self.stop(signal.SIGQUIT)

    def _wait(self) -> None:
        assert self._server is not None
        until = time.monotonic() + START_S
        while not self._is_ready():
            if self._server.poll() is not None or time.monotonic() > until:
                self.stop(signal.SIGQUIT)
                said = self.log.read_text(encoding="utf-8", errors="replace")[-_TAIL:]
                raise ProcessError(f"Postgres did not start: {said}")
            time.sleep(POLL_S)

    def _is_ready(self) -> bool:
        """Read what the server says of itself: its pid first, its state in the last line."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(self.pid)] and lines[-1].strip() == "ready"


def _user() -> tuple[int, int]:
    for name in _UNPRIVILEGED:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return found.pw_uid, found.pw_gid
    raise ProcessError(f"root may not run Postgres, and there is none of: {_UNPRIVILEGED}")


def _identity() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user, group = _user()
    return {"user": user, "group": group, "extra_groups": []}


def _environment() -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C"}
