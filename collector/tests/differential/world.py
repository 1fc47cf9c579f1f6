"""Generated worlds: logs full of what goes wrong, and segments cut in any way from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from memory_log import MemoryLog
from tallymark_collector.govern.access import Scope
from tallymark_collector.query.events import Events
from tallymark_collector.segments.files import Folder
from tallymark_collector.segments.project import Project

if TYPE_CHECKING:
    from random import Random

    from tallymark_collector.query.snapshot import Snapshot
    from tallymark_collector.segments.columns import Columns

SCOPE = Scope(1, "test", frozenset({"read"}))
HOUR = 3_600_000
# Around the nights in which Prague, New York and Havana change their clocks.
EPOCHS = (1_774_738_800_000, 1_772_946_000_000, 1_793_505_600_000, 1_772_409_600_000)
NAMES = ("a", "b", "c", "d", "e/f", '€ "quoted"')
USERS = ("U1", "U2", "U3", "U4", "$device:D1", "ü")
DEVICES = ("D1", "D2", "D3", "D4")
SCALARS: tuple[Any, ...] = (
    "x", "y", "", "1", "$other", "Ž", 1, 1.0, 0, -0.0, 2, 2.5, -3, True, False, None,
)  # fmt: skip
ODD: tuple[Any, ...] = (
    [], ["x", "y"], ["x", 1, 1.0, None], {"k": 1, "a": [1]}, {"a": [1], "k": 1}, [[1], {"z": 1}],
)  # fmt: skip
NUMBERS: tuple[Any, ...] = (
    0, 1, 2, 3, 10, -7, 0.5, 0.1, 0.2, 1.7e308, -1.7e308, 2**53 + 1, 2**62, 3, 5,
)  # fmt: skip


@dataclass
class World:
    """A log and its read model; `log` of what was done to them is the replay of a difference."""

    log: MemoryLog = field(default_factory=MemoryLog)
    max_rows: int = 50
    small: int = 2
    done: list[Any] = field(default_factory=list)
    _folder: TemporaryDirectory[str] | None = None
    _meanwhile: list[Any] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Make a folder for the segments."""
        shared = Path("/dev/shm")
        where = str(shared) if shared.is_dir() else None
        self._folder = TemporaryDirectory(prefix="tallymark-world-", dir=where)
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        """Delete it."""
        assert self._folder is not None
        self._folder.cleanup()

    def open(self) -> None:
        """Take up the folder as after a restart."""
        assert self._folder is not None
        folder = Folder(Path(self._folder.name) / "segments", self._reached)
        self.project = Project(self.log, folder, SCOPE, max_rows=self.max_rows, small=self.small)

    def plain(self) -> Snapshot:
        """Return what the plain evaluator reads: decoded anew from the log."""
        return Events(self.log).snapshot(SCOPE)

    def columns(self) -> Columns:
        """Return what the kernels read."""
        return self.project.snapshot(self.plain)

    def _reached(self, step: str) -> None:
        """Let what was put off happen between writing a segment and showing it."""
        if step == "synced" and self._meanwhile:
            self.log.append(*self._meanwhile)
            self._meanwhile = []
            far = self.log.head() - self.project._pos > self.max_rows
            if not far and not self.project._lock.locked():
                self.columns()

    def do(self, action: list[Any]) -> None:
        """Do one thing and remember it."""
        self.done.append(action)
        match action:
            case ["store", ts, body, gap]:
                self.log.append(ts, body, gap)
            case ["look"]:
                self.columns()
            case ["build"]:
                self.project.build()
            case ["build", ts, body, gap]:
                self._meanwhile = [ts, body, gap]
                self.project.build()
                self._meanwhile = []
            case ["restore", count]:
                self.log.restore(count)
                self.open()
            case ["reopen"]:
                self.open()
            case ["rebuild"]:
                self.project.rebuild()
            case ["erase", users, devices]:
                self.log.erase(set(users), set(devices))
                self.project.erase(users, devices)
            case _:
                raise AssertionError(action)


def generated(random: Random, world: World, size: int, *, disk: bool) -> None:
    """Fill a world with about *size* events, looked at and built in between."""
    epoch = random.choice(EPOCHS)
    names = NAMES[: random.randint(1, len(NAMES))]
    users = USERS[: random.randint(1, len(USERS))]
    spread = random.choice((3, 50, 5_000, 20 * HOUR, 24 * 5 * HOUR, 24 * 45 * HOUR))
    before: dict[str, Any] = {}
    for _ in range(size):
        chance = random.random()
        if chance < 0.08:
            world.do(["store", _time(random, epoch, spread), _operation(random, users), 1])
        elif chance < 0.12:
            world.do(["look"])
        elif chance < 0.15 and disk:
            world.do([random.choice(("build", "build", "build", "reopen", "rebuild"))])
        elif chance < 0.16 and disk:
            world.do(["build", _time(random, epoch, spread), _event(random, names, users), 1])
        elif chance < 0.165 and disk:
            world.do(["restore", random.randint(0, world.log.count())])
        elif chance < 0.17 and disk:
            world.do(["erase", [random.choice(users)], [random.choice(DEVICES)]])
        elif chance < 0.2 and before:
            world.do(["store", *before["last"]])
        else:
            body = _event(random, names, users)
            before["last"] = [_time(random, epoch, spread), body, random.choice((1, 1, 1, 4))]
            world.do(["store", *before["last"]])


def _time(random: Random, epoch: int, spread: int) -> int:
    late = random.choice((0,) * 12 + (2 * HOUR, 24 * 40 * HOUR))
    step = random.choice((1, 1, 1_000, HOUR))
    return epoch + random.randint(0, spread) // step * step - late


def _operation(random: Random, users: tuple[str, ...]) -> dict[str, Any]:
    kind = random.choice(("identify", "identify", "alias", "alias", "profile"))
    if kind == "identify":
        return {"k": kind, "d": random.choice(DEVICES), "u": random.choice(users)}
    if kind == "alias":
        undo = {"undo": True} if random.random() < 0.2 else {}
        return {"k": kind, "from": random.choice(users), "to": random.choice(users), **undo}
    return {"k": kind, "u": random.choice(users), "set": {"plan": "x"}}


def _event(random: Random, names: tuple[str, ...], users: tuple[str, ...]) -> dict[str, Any]:
    body: dict[str, Any] = {"e": random.choice(names), "p": _properties(random)}
    if random.random() < 0.05:
        body["k"] = random.choice(("page", "screen"))
    if random.random() < 0.7:
        body["u"] = random.choice(users)
    if random.random() < 0.6:
        body["d"] = random.choice(DEVICES)
    if random.random() < 0.3:
        body["s"] = random.choice(("S1", "S2"))
    if random.random() < 0.3:
        body["ctx"] = _context(random)
    if random.random() < 0.2:
        body["g"] = {"company": random.choice(("A", "B", 1))}
    return body


def _properties(random: Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if random.random() < 0.8:
        found["p"] = random.choice(SCALARS if random.random() < 0.9 else SCALARS + ODD)
    if random.random() < 0.5:
        found["q"] = random.choice(("x", "y", "z"))
    if random.random() < 0.7:
        found["n"] = random.choice(NUMBERS)
    if random.random() < 0.3:
        found["m"] = random.choice((*NUMBERS[:8], "7", None, True, 2**64 - 1))
    if random.random() < 0.1:
        found["url"] = f"https://example.com/{random.randint(0, 999)}"
    if random.random() < 0.02:
        found[random.choice(("$event", "$user_id", "os.name"))] = random.choice(("x", "U1"))
    return found


def _context(random: Random) -> dict[str, Any]:
    found: dict[str, Any] = {"locale": random.choice(("cs", "en"))}
    if random.random() < 0.6:
        found["os"] = {"name": random.choice(("ios", "linux")), "v": {"major": 1}}
    if random.random() < 0.1:
        found["os.name"] = "direct"
    if random.random() < 0.1:
        found["user_id"] = "U2"
    return found
