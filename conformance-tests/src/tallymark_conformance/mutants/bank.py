"""The planted defects of the product, each with the kinds of violation that give it away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tallymark_conformance.mutants import synchronous
from tallymark_conformance.mutants.source import SourceMutant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tallymark_conformance.verdict import Kind


@dataclass(frozen=True, slots=True)
class Mutant:
    """A defect; *plant* puts it into this process, one of *kinds* must be found."""

    plant: Callable[[], None]
    kinds: frozenset[Kind]
    source: SourceMutant | None = None


def _source(module: str, old: str, new: str, *kinds: Kind) -> Mutant:
    mutant = SourceMutant(module, old, new)
    return Mutant(mutant.plant, frozenset(kinds), mutant)


_COMMIT: Final = """\
        with transaction(self._connection):
            return CommitGroup(self._connection, arrivals).write()
"""
_COMMIT_LATER: Final = """\
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
        self._connection.execute("BEGIN IMMEDIATE")
        return CommitGroup(self._connection, arrivals).write()
"""
_ROWS: Final = """\
        if not rows:
            return
"""
_LAST_TWICE: Final = "        rows = [*rows, rows[-1]]\n"
_ALL_BUT_THE_LAST: Final = "        rows = rows[:-1]\n"
_PACKED: Final = "        project, received_at = arrival.project, arrival.received_at\n"
_COMMITTED: Final = """\
            with translated():
                connection.commit()
"""
# What is left open is committed with a later group. Another thread may not do it: it would commit
# half of one.
_COMMITTED_LATER: Final = """\
            with translated():
                __import__("random").random() < 0.95 or connection.commit()
"""
_READ_BODY: Final = "    body = _object(answer.body)\n"
_RELEASE_ALL: Final = """\
    if answer.status in _OK and not proven:
        return Answer("settle", acked=((1, _MAX_SEQ),))
"""

MUTANTS: Final[Mapping[str, Mutant]] = {
    "synchronous_normal": Mutant(synchronous.plant, frozenset({"false_ack"})),
    "ack_before_commit": _source(
        "tallymark_collector.store.sqlite.log", _COMMIT, _COMMIT_LATER, "false_ack"
    ),
    "counts_twice": _source(
        "tallymark_collector.store.sqlite.events", _ROWS, _ROWS + _LAST_TWICE, "doubled"
    ),
    "stores_all_but_the_last": _source(
        "tallymark_collector.store.sqlite.events", _ROWS, _ALL_BUT_THE_LAST + _ROWS, "false_ack"
    ),
    "fails_on_what_it_knows": _source(
        "tallymark_collector.store.settle",
        "if _locate(known.runs, row.seq) is not None:",
        "if False:",
        "promise",
    ),
    "forgets_declared_losses": _source(
        "tallymark_collector.store.settle",
        "dropped = _dropped(ledger, arrival, ended)",
        "dropped = ()",
        "false_ack",
    ),
    "answers_before_postgres_commits": _source(
        "tallymark_collector.store.postgres.commit", _COMMITTED, _COMMITTED_LATER, "false_ack"
    ),
    "commits_asynchronously_in_postgres": _source(
        "tallymark_collector.store.postgres.connection",
        "WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END",
        "WHEN 'off' THEN 'off' ELSE 'off' END",
        "false_ack",
    ),
    "trusts_a_lost_commit": _source(
        "tallymark_collector.store.postgres.commit",
        "if unknown.witness is not None and self._is_stored(unknown.witness):",
        "if True:",
        "false_ack",
    ),
    "stores_the_last_twice_in_postgres": _source(
        "tallymark_collector.store.postgres.events", _PACKED, _LAST_TWICE + _PACKED, "doubled"
    ),
    "commits_without_the_head": _source(
        "tallymark_collector.store.postgres.statements", " FOR UPDATE", "", "promise", "reordered"
    ),
    "drops_in_silence": _source(
        "tallymark.recorder", "if reason is not None:", "if False:", "unaccounted", "equation"
    ),
    "leaves_the_last_in_the_spool": _source(
        "tallymark.spool.replay",
        "for found in scan(data):",
        "for found in list(scan(data))[:-1]:",
        "lost",
    ),
    "trusts_any_2xx": _source(
        "tallymark.answer", _READ_BODY, _RELEASE_ALL + _READ_BODY, "lost", "unaccounted"
    ),
    "follows_redirects": _source(
        "tallymark.transport.http", "allow_redirects=False", "allow_redirects=True", "promise"
    ),
}
"""Each takes effect in the program that imports its module: the collector or a producer."""
