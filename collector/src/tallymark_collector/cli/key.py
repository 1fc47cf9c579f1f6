"""`tallymark key`: who may write, import and read."""
# ruff: noqa: FBT002, PLR0917 -- typer reads options off the parameters

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.text import Text

from tallymark_collector.cli.failure import EXIT_CODES, Failure
from tallymark_collector.cli.local import metadata, named
from tallymark_collector.cli.options import AsJson, Data, DatabaseUrl, Here, Project
from tallymark_collector.cli.output import console, emit, notes, table
from tallymark_collector.cli.policy import policy_facts, policy_of, policy_words
from tallymark_collector.cli.words import day_and_time

if TYPE_CHECKING:
    from tallymark_collector.store.meta import Key

app = typer.Typer(no_args_is_help=True, help="Create, list and revoke keys.", epilog=EXIT_CODES)

_PURPOSE = {
    "write": "public: may send events, nothing else",
    "secret": "may import and read; keep it on servers",
    "read": "may ask for reports of its project, nothing else",
}


@app.command()
def create(
    kind: Annotated[Literal["write", "secret", "read"], typer.Option(help="What it may do.")],
    project: Project = "default",
    origin: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Only pages of it may send; may be repeated."),
    ] = None,
    send: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="Only such events: track, page …; may be repeated."),
    ] = None,
    op: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only such profile operations: $set …; may be repeated."),
    ] = None,
    rate: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Events per second; else the setting's.")
    ] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a key and print it: this once for a secret or read key, which is kept hashed."""
    policy = policy_of(kind, origin or (), send or (), op or (), rate)
    with metadata(Here(data, database_url).place()) as meta:
        owner = named(meta, project)
        made, text = meta.create_key(owner.id, kind, policy, _now())
    if as_json:
        emit({"key": text, **_facts(made, owner.name)})
        return
    console().print(text, soft_wrap=True)
    again = "It can be listed again." if kind == "write" else "It is not shown again: keep it now."
    notes().print(f"[dim]{kind} key of project {owner.name}: {_PURPOSE[kind]}. {again}[/]")


@app.command("list")
def list_keys(
    project: Annotated[str | None, typer.Option(help="Only of this project.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List the keys; of secret and read keys only the end is known."""
    with metadata(Here(data, database_url).place()) as meta:
        names = {one.id: one.name for one in meta.projects()}
        found = meta.keys(None if project is None else named(meta, project).id)
    if as_json:
        emit({"keys": [{"key": key.text, **_facts(key, names[key.project])} for key in found]})
        return
    rows = table(("Id", "Kind", "Project"))
    rows.add_column("Key, and what it is limited to", overflow="fold", min_width=30)
    for head in ("Created", "State"):
        rows.add_column(head)
    for key in found:
        created = day_and_time(key.created_at)[: len("2026-01-31")]
        what = Text("\n  ".join((key.text, *policy_words(key.kind, key.policy))))
        rows.add_row(str(key.id), key.kind, names[key.project], what, created, _state(key))
    console().print(rows if found else "No keys yet: `tallymark key create --kind write`.")


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id in the list, or the key itself.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Stop a key from working, within a second also in a running server."""
    with metadata(Here(data, database_url).place()) as meta:
        found = _find(list(meta.keys()), meta.find_key(key), key)
        meta.revoke_key(found.id, _now())
    if as_json:
        emit({"revoked": found.id})
    else:
        console().print(f"Revoked {found.kind} key {found.id} ({found.text}).", soft_wrap=True)


def _find(keys: list[Key], by_text: Key | None, asked: str) -> Key:
    by_id = next((one for one in keys if str(one.id) == asked), None)
    found = by_text or by_id
    if found is None:
        raise Failure(
            f"there is no key {asked[:8]!r}", "`tallymark key list` shows them.", code="not_found"
        )
    return found


def _facts(key: Key, project: str) -> dict[str, object]:
    return {
        "id": key.id,
        "kind": key.kind,
        "project": project,
        "policy": policy_facts(key.policy),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


def _state(key: Key) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "seen in a browser: revoke it" if key.flagged_at is not None else "live"


def _now() -> int:
    return time.time_ns() // 1_000_000
