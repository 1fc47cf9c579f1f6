"""The command line: `python -m tallymark doctor | send | spool`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tallymark.client import Client
from tallymark.doctor import examine
from tallymark.environment import SPOOL_OFF
from tallymark.errors import TallymarkError
from tallymark.options import Hooks, Spool
from tallymark.spool import destination, state_directory
from tallymark.spool.inspect import waiting
from tallymark.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tallymark.results import Result

    Command = Callable[[argparse.Namespace, "Say"], int]

GOOD, BAD, WRONG_USE = 0, 1, 2


class Say:
    """Print lines for people, or one JSON object a line for programs."""

    def __init__(self, *, as_json: bool) -> None:
        """Choose."""
        self._as_json = as_json

    def __call__(self, text: str, /, **values: Any) -> None:  # noqa: ANN401 - JSON of any shape
        """Print *values*, or what *text* says of them."""
        print(json.dumps(values) if self._as_json else text, flush=True)  # noqa: T201


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 0 good, 1 bad, 2 wrong use."""
    asked = _parser(os.environ).parse_args(arguments)
    if not asked.key or not asked.url:
        print("--key and --url (or TALLYMARK_KEY and TALLYMARK_URL) are needed", file=sys.stderr)  # noqa: T201
        return WRONG_USE
    command: Command = asked.command
    try:
        return command(asked, Say(as_json=asked.json))
    except TallymarkError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return WRONG_USE


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--key", default=environment.get("TALLYMARK_KEY", ""), help="write key")
    shared.add_argument("--url", default=environment.get("TALLYMARK_URL", ""), help="collector")
    spool = environment.get("TALLYMARK_SPOOL", "")
    shared.add_argument("--spool", default=spool, help="the spool's directory, or off")
    shared.add_argument("--json", action="store_true", help="one JSON object a line")
    parser = argparse.ArgumentParser(prog="python -m tallymark", description=__doc__)
    parser.add_argument("--version", action="version", version=f"tallymark {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    doctor = commands.add_parser(
        "doctor", parents=[shared], help="find out why events do not arrive; stores nothing"
    )
    doctor.set_defaults(command=_doctor)
    send = commands.add_parser("send", parents=[shared], help="send one event, tell its fate")
    send.add_argument("name", help="the event's name")
    send.add_argument("properties", nargs="*", metavar="KEY=VALUE", help="JSON, else text")
    send.add_argument("--user", help="whose event it is")
    send.add_argument("--device", help="the device it happened on")
    send.add_argument("--timeout", type=float, default=10.0, help="seconds to wait at most")
    send.set_defaults(command=_send)
    spool_ = commands.add_parser("spool", parents=[shared], help="show what waits, or send it")
    spool_.add_argument("action", nargs="?", choices=["show", "drain"], default="show")
    spool_.add_argument("--timeout", type=float, default=60.0, help="seconds to drain at most")
    spool_.set_defaults(command=_spool)
    return parser


def _directory(asked: argparse.Namespace) -> Path | None:
    if asked.spool.lower() in SPOOL_OFF:
        return None
    return Path(asked.spool) if asked.spool else state_directory(os.environ, Path.home())


def _root(asked: argparse.Namespace) -> Path | None:
    directory = _directory(asked)
    if directory is None:
        return None
    return directory / "tallymark" / destination(asked.key, asked.url).hex()


def _doctor(asked: argparse.Namespace, say: Say) -> int:
    worst = GOOD
    for finding in examine(asked.key, asked.url, _root(asked)):
        if finding.verdict == "bad":
            worst = BAD
        say(f"{finding.verdict:5}{finding.about:11}{finding.text}", **vars(finding))
    return worst


def _send(asked: argparse.Namespace, say: Say) -> int:
    ended: list[Result] = []
    # Not spooled: the answer is about this event, now, and nothing of it is left behind.
    client = Client(
        asked.key,
        asked.url,
        spool=Spool(directory=False),
        hooks=Hooks(on_result=ended.append, strict=True),
    )
    given = dict(_property(text) for text in asked.properties)
    try:
        event = client.track(asked.name, given, user=asked.user, device=asked.device)
        client.flush(asked.timeout)
    finally:
        client.close(0)
    stats = client.stats()
    if stats.stored:
        say(f"stored as {event}", id=event, stored=True)
        return GOOD
    code = ended[0].code if ended else "pending"
    where = f" at {ended[0].path}" if ended and ended[0].path else ""
    trouble = f" ({stats.trouble})" if stats.trouble else ""
    say(f"not stored: {code}{where}{trouble}", id=event, stored=False, code=code)
    return BAD


def _property(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _spool(asked: argparse.Namespace, say: Say) -> int:
    root = _root(asked)
    if root is None:
        say("the spool is off", spool=None)
        return GOOD
    if asked.action == "drain":
        _drain(asked)
    left = 0
    for one in waiting(root):
        left += one.events
        text = f"{one.stream}  {one.events} events, {one.bytes} bytes, held by {one.holder}"
        say(text, **vars(one))
    say(f"{left} events wait in {root}", spool=str(root), events=left)
    return BAD if asked.action == "drain" and left else GOOD


def _drain(asked: argparse.Namespace) -> None:
    directory = _directory(asked)
    assert directory is not None
    with Client(asked.key, asked.url, spool=Spool(directory)) as client:
        # The first flush takes over what nobody holds; it ends when all of it is settled.
        client.flush(asked.timeout)
