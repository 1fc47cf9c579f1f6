"""The embedded store: log, ledgers, projects and keys in one SQLite file."""

from tallymark_collector.store.sqlite.connection import DATABASE_FILE
from tallymark_collector.store.sqlite.log import SqliteLog, WriterLocked
from tallymark_collector.store.sqlite.meta import SqliteMeta
from tallymark_collector.store.sqlite.reader import SqliteReader

__all__ = ["DATABASE_FILE", "SqliteLog", "SqliteMeta", "SqliteReader", "WriterLocked"]
