"""The same questions in SQL, by DuckDB: over our files, and over tables of its own.

usage: by_duckdb.py FOLDER, in an environment of its own; prints one JSON object.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute
from questions import QUERIES, ROUNDS


def tables(root: Path) -> dict[str, pa.Table]:
    """Return our files, mapped, as one table for each event."""
    found: dict[str, list[pa.RecordBatch]] = {}
    manifest = json.loads((root / "MANIFEST").read_bytes())
    for entry in manifest["entries"]:
        for name in entry["files"]:
            if name.endswith(".arrow"):
                batch = pa.ipc.open_file(pa.memory_map(str(root / entry["folder"] / name)))
                batch = batch.get_batch(0)
                head = json.loads(batch.schema.metadata[b"tallymark"])
                columns = {
                    "a": batch["$actor"],
                    "ts": batch["$ts"],
                    "pos": pa.compute.add(batch["$pos"].cast(pa.int64()), head["base"]),
                    **{name: batch[name] for name in ("country", "source")},
                    "price": batch["price:int"],
                }
                found.setdefault(head["names"][0], []).append(pa.RecordBatch.from_pydict(columns))
    return {
        name: pa.Table.from_batches(batches).unify_dictionaries() for name, batches in found.items()
    }


def main(root: Path) -> None:
    """Time each query over both kinds of table; keep the fastest of each question."""
    answers: dict[str, object] = {"version": duckdb.__version__}
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    ours = tables(root)
    for place in ("files", "own tables"):
        for name, table in ours.items():
            if place == "files":
                connection.register(name, table)
            else:
                connection.unregister(name)
                connection.from_arrow(table).create(name)
        for question, texts in QUERIES.items():
            for number, text in enumerate(texts):
                found = connection.execute(text).fetchall()
                spent = []
                for _ in range(ROUNDS):
                    begun = time.process_time()
                    connection.execute(text).fetchall()
                    spent.append((time.process_time() - begun) * 1_000)
                answers[f"{question} | {place} | {number}"] = {
                    "ms": statistics.median(spent),
                    "rows": found,
                }
    sys.stdout.write(json.dumps(answers, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
