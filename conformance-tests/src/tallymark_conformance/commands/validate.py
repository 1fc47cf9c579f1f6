"""`validate-adapter`: does an adapter speak TMC/1, message by message, without any collector."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tallymark_conformance.errors import AdapterError, Unsupported
from tallymark_conformance.scratch import scratch
from tallymark_conformance.suite.declaration import load_declaration
from tallymark_conformance.tmc.adapter import Adapter
from tallymark_conformance.tmc.messages import CORE_OPS, PROTOCOL, complaint, reply_complaint

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

KEY = "tmk_" + "0" * 22
URL = "http://127.0.0.1:9"
"""The discard port: nobody listens there, and flush and close must come back all the same."""

CALLS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("hello", {"protocol": PROTOCOL}),
    ("create", {"client": "a", "config": {"url": URL, "key": KEY}}),
    ("call", {"client": "a", "method": "track", "args": {"name": "probe", "properties": {"n": 1}}}),
    ("stats", {"client": "a"}),
    ("flush", {"client": "a", "timeout_ms": 200}),
    ("bucket", {"seed": "exp-1", "unit": "user-1"}),
    ("vector", {"function": "bucket", "input": {"seed": "exp-1", "unit": "user-1"}}),
    ("close", {"client": "a", "timeout_ms": 200}),
)


def add_validate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("validate-adapter", help="check that an adapter speaks TMC/1")
    parser.add_argument("sdk", metavar="TOML", help="declaration of an adapter, or a shipped one")
    parser.set_defaults(do=validate)


def validate(chosen: argparse.Namespace) -> int:
    """Exchange every message once and print what is wrong; return 1 if anything is."""
    declaration = load_declaration(chosen.sdk)
    wrong = 0
    with scratch("adapter", None) as folder:
        adapter = Adapter(declaration.command, folder, declaration.env)
        try:
            for line, good in _exchanged(adapter):
                wrong += not good
                sys.stdout.write(f"{'ok   ' if good else 'WRONG'} {line}\n")
        finally:
            adapter.kill()
    sys.stdout.write(f"{declaration.name}: {'speaks TMC/1' if not wrong else f'{wrong} wrong'}\n")
    return 1 if wrong else 0


def _exchanged(adapter: Adapter) -> Iterator[tuple[str, bool]]:
    hello = adapter.start()
    yield f"hello: {hello.name} {hello.version} on {hello.platform}", True
    for op, fields in CALLS:
        problem = complaint("request", {"id": 1, "op": op, **fields})
        assert problem is None, problem
        yield _one(adapter, op, fields)
    if adapter.noise:
        yield f"stdout holds what is no message: {adapter.noise[0][:80]!r}", False
    try:
        adapter.ask("no_such_op")
    except Unsupported:
        yield "an unknown operation is unsupported", True
    except AdapterError as error:
        yield f"an unknown operation must be answered by unsupported: {error}", False
    else:
        yield "an unknown operation was answered by ok", False


def _one(adapter: Adapter, op: str, fields: Mapping[str, Any]) -> tuple[str, bool]:
    try:
        reply = adapter.ask(op, **fields)
    except Unsupported:
        core = op in CORE_OPS
        return f"{op}: unsupported" + (", but it belongs to the core" if core else ""), not core
    except AdapterError as error:
        return str(error), False
    problem = reply_complaint(op, {"id": 1, "ok": reply})
    return (op, True) if problem is None else (f"{op}: {problem}", False)
