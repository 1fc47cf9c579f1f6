"""The statements of a commit. Those over many rows take them packed (see `bulk`) or as JSON."""

from __future__ import annotations

from tallymark_collector.store.sqlite.bulk import Layout, Statement

_EVENT = Layout(("project", "stream_no?", "received_at", "seq?", "t", "ts"), texts=("id?", "body"))
_BATCH = Layout(("stream_no", "first", "last", "first_pos"), blobs=("sha256",))
_COMPARED = Layout(("place", "pos"), blobs=("body",))
_ID_HASH = Layout(("project",), blobs=("id_hash",))
_IMPORTED = Layout(("project", "pos"), blobs=("id_hash",))
_DROP_COUNT = Layout(("project", "count", "received_at"), texts=("reason",), blobs=("sha256",))
_QUARANTINE = Layout(
    ("project", "stream_no?", "seq?", "received_at", "allowed?"),
    texts=("code", "path", "id?", "body"),
    blobs=("fingerprint?",),
)

INSERT_EVENT = Statement(
    _EVENT,
    """
    INSERT INTO event (pos, {names})
    {source} SELECT :before + 1 + n, {values} FROM packed
    """,
)
INSERT_BATCH = Statement(_BATCH, "INSERT INTO batch ({names}) {source} SELECT {values} FROM packed")
SELECT_DIFFERING = Statement(
    _COMPARED,
    """
    {source}, compared ({names}) AS (SELECT {values} FROM packed)
    SELECT json_group_array(c.place) FROM compared AS c CROSS JOIN event AS e
    ON e.pos = c.pos WHERE CAST(e.body AS BLOB) <> c.body
    """,
)
SELECT_IMPORTED = Statement(
    _ID_HASH,
    """
    {source}, wanted (n, {names}) AS (SELECT n, {values} FROM packed)
    SELECT json_group_array(json_array(w.n, i.pos)) FROM wanted AS w CROSS JOIN imported AS i
    ON i.project = w.project AND i.id_hash = w.id_hash
    """,
)
INSERT_IMPORTED = Statement(
    _IMPORTED, "INSERT INTO imported ({names}) {source} SELECT {values} FROM packed"
)
INSERT_QUARANTINE = Statement(
    _QUARANTINE,
    """
    INSERT INTO quarantine ({names}) {source} SELECT {values} FROM packed WHERE true
    ON CONFLICT (fingerprint) WHERE fingerprint IS NOT NULL DO NOTHING
    """,
)
DELETE_FINGERPRINTS = Statement(
    _ID_HASH,
    """
    {source}, stored ({names}) AS (SELECT {values} FROM packed)
    DELETE FROM quarantine WHERE fingerprint IN (SELECT id_hash FROM stored)
    """,
)
INSERT_DROP_COUNT = Statement(
    _DROP_COUNT,
    """
    INSERT INTO drop_count ({names}) {source} SELECT {values} FROM packed WHERE true
    ON CONFLICT (project, sha256, reason) DO NOTHING
    """,
)

# CROSS JOIN keeps SQLite from starting at the larger side.
SELECT_STREAMS = """
SELECT json_group_array(json_array(w.key, s.no, s.upto, json(s.settled), s.hwm, s.fin))
FROM json_each(?) AS w CROSS JOIN stream AS s
ON s.project = w.value ->> 0 AND s.id = w.value ->> 1
"""
INSERT_STREAMS = """
INSERT INTO stream (project, id, first_seen, last_seen)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 2 FROM json_each(?)
"""
UPDATE_STREAMS = """
UPDATE stream SET
    upto = w.upto, settled = w.settled, hwm = w.hwm, fin = w.fin,
    stored = stream.stored + w.stored, duplicates = stream.duplicates + w.duplicates,
    conflicts = stream.conflicts + w.conflicts, last_seen = max(stream.last_seen, w.last_seen)
FROM (
    SELECT value ->> 0 AS no, value ->> 1 AS upto, value ->> 2 AS settled, value ->> 3 AS hwm,
        value ->> 4 AS fin, value ->> 5 AS stored, value ->> 6 AS duplicates,
        value ->> 7 AS conflicts, value ->> 8 AS last_seen
    FROM json_each(?)
) AS w
WHERE stream.no = w.no
"""

# Runs and losses of a stream never overlap, so at most one that starts before a range reaches it.
SELECT_RUNS = """
SELECT json_group_array(json_array(b.first, b.last, b.first_pos, hex(b.sha256)))
FROM json_each(:ranges) AS w CROSS JOIN batch AS b
ON b.stream_no = :stream_no
AND b.first >= coalesce((
    SELECT max(first) FROM batch WHERE stream_no = :stream_no AND first <= w.value ->> 0
), w.value ->> 0)
AND b.first <= w.value ->> 1 AND b.last >= w.value ->> 0
"""
SELECT_LOSSES = """
SELECT json_group_array(json_array(l.state, l.reason, l.first, l.last))
FROM json_each(:ranges) AS w CROSS JOIN loss AS l
ON l.stream_no = :stream_no
AND l.first >= coalesce((
    SELECT max(first) FROM loss WHERE stream_no = :stream_no AND first <= w.value ->> 0
), w.value ->> 0)
AND l.first <= w.value ->> 1 AND l.last >= w.value ->> 0
"""
INSERT_LOSSES = """
INSERT INTO loss (stream_no, first, last, state, reason)
SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?2)
"""
DELETE_LOSSES = """
DELETE FROM loss WHERE stream_no = ? AND first IN (SELECT value FROM json_each(?))
"""
DELETE_QUARANTINED = """
DELETE FROM quarantine WHERE pos IN (
    SELECT q.pos FROM json_each(:ranges) AS w CROSS JOIN quarantine AS q
    ON q.stream_no = :stream_no AND q.seq BETWEEN w.value ->> 0 AND w.value ->> 1
)
"""
