"""The store for several processes: log, ledgers, projects and keys in a Postgres database."""

from tallymark_collector.store.postgres.log import PostgresLog
from tallymark_collector.store.postgres.meta import PostgresMeta
from tallymark_collector.store.postgres.reader import PostgresReader

__all__ = ["PostgresLog", "PostgresMeta", "PostgresReader"]
