"""The statements of a commit. Those over many rows take their columns as arrays."""

from __future__ import annotations

from typing import Final

BEGIN: Final = "BEGIN; SELECT pos FROM head WHERE one = 1 FOR UPDATE"
"""Whoever has this lock sees everything committed before, and commits next."""
UPDATE_HEAD: Final = "UPDATE head SET pos = %(pos)s"

COPY_EVENTS: Final = """
COPY event (pos, project, stream_no, seq, id, received_at, t, ts, body) FROM STDIN (FORMAT BINARY)
"""
COPY_BATCHES: Final = """
COPY batch (stream_no, first, last, first_pos, sha256) FROM STDIN (FORMAT BINARY)
"""
COPY_IMPORTED: Final = "COPY imported (project, id_hash, pos) FROM STDIN (FORMAT BINARY)"
COUNT_IMPORTED: Final = """
INSERT INTO imported_count AS c (project, stored) VALUES (%(project)s, %(stored)s)
ON CONFLICT (project) DO UPDATE SET stored = c.stored + excluded.stored
"""

SELECT_DIFFERING: Final = """
SELECT c.place FROM unnest(%(places)b::bigint[], %(at)b::bigint[], %(bodies)b::text[])
    AS c (place, pos, body) JOIN event AS e ON e.pos = c.pos
WHERE e.body <> c.body
"""
SELECT_IMPORTED: Final = """
SELECT w.n, i.pos FROM unnest(%(hashes)b::bytea[]) WITH ORDINALITY AS w (id_hash, n)
JOIN imported AS i ON i.project = %(project)s AND i.id_hash = w.id_hash
"""
DELETE_FINGERPRINTS: Final = "DELETE FROM quarantine WHERE fingerprint = ANY(%(hashes)b::bytea[])"

SELECT_STREAMS: Final = """
SELECT w.n, s.no, s.upto, s.settled, s.hwm, s.fin
FROM unnest(%(projects)b::bigint[], %(ids)b::text[]) WITH ORDINALITY AS w (project, id, n)
JOIN stream AS s ON s.project = w.project AND s.id = w.id
"""
INSERT_STREAMS: Final = """
INSERT INTO stream (project, id, first_seen, last_seen)
SELECT project, id, seen, seen
FROM unnest(%(projects)b::bigint[], %(ids)b::text[], %(seen)b::bigint[]) AS w (project, id, seen)
"""
UPDATE_STREAMS: Final = """
UPDATE stream AS s SET
    upto = w.upto, settled = w.settled, hwm = w.hwm, fin = w.fin,
    stored = s.stored + w.stored, duplicates = s.duplicates + w.duplicates,
    conflicts = s.conflicts + w.conflicts, last_seen = greatest(s.last_seen, w.last_seen)
FROM unnest(
    %(no)b::bigint[], %(upto)b::bigint[], %(settled)b::text[], %(hwm)b::bigint[],
    %(fin)b::boolean[], %(stored)b::bigint[], %(duplicates)b::bigint[], %(conflicts)b::bigint[],
    %(last_seen)b::bigint[]
) AS w (no, upto, settled, hwm, fin, stored, duplicates, conflicts, last_seen)
WHERE s.no = w.no
"""

# Runs and losses of a stream never overlap, so at most one that starts before a range reaches it.
SELECT_RUNS: Final = """
SELECT b.first, b.last, b.first_pos, b.sha256
FROM unnest(%(low)b::bigint[], %(high)b::bigint[]) AS w (low, high) CROSS JOIN LATERAL (
    SELECT first, last, first_pos, sha256 FROM batch
    WHERE stream_no = %(stream_no)s AND last >= w.low AND first <= w.high AND first >= coalesce((
        SELECT max(first) FROM batch WHERE stream_no = %(stream_no)s AND first <= w.low
    ), w.low)
) AS b
"""
SELECT_LOSSES: Final = """
SELECT l.state, l.reason, l.first, l.last
FROM unnest(%(low)b::bigint[], %(high)b::bigint[]) AS w (low, high) CROSS JOIN LATERAL (
    SELECT state, reason, first, last FROM loss
    WHERE stream_no = %(stream_no)s AND last >= w.low AND first <= w.high AND first >= coalesce((
        SELECT max(first) FROM loss WHERE stream_no = %(stream_no)s AND first <= w.low
    ), w.low)
) AS l
"""
INSERT_LOSSES: Final = """
INSERT INTO loss (stream_no, first, last, state, reason)
SELECT %(stream_no)s, first, last, state, reason
FROM unnest(%(first)b::bigint[], %(last)b::bigint[], %(state)b::text[], %(reason)b::text[])
    AS w (first, last, state, reason)
"""
DELETE_LOSSES: Final = """
DELETE FROM loss WHERE stream_no = %(stream_no)s AND first = ANY(%(first)b::bigint[])
"""
DELETE_QUARANTINED: Final = """
DELETE FROM quarantine AS q USING unnest(%(low)b::bigint[], %(high)b::bigint[]) AS w (low, high)
WHERE q.stream_no = %(stream_no)s AND q.seq BETWEEN w.low AND w.high
"""
INSERT_DROP_COUNT: Final = """
INSERT INTO drop_count (project, sha256, reason, count, received_at)
VALUES (%(project)s, %(sha256)s, %(reason)s, %(count)s, %(received_at)s)
ON CONFLICT (project, sha256, reason) DO NOTHING
"""
INSERT_QUARANTINE: Final = """
INSERT INTO quarantine
    (project, stream_no, received_at, seq, allowed, code, path, id, fingerprint, body)
SELECT %(project)s, %(stream_no)s, %(received_at)s, w.*
FROM unnest(
    %(seq)b::bigint[], %(allowed)b::bigint[], %(code)b::text[], %(path)b::text[], %(id)b::text[],
    %(fingerprint)b::bytea[], %(body)b::text[]
) AS w
ON CONFLICT (fingerprint) WHERE fingerprint IS NOT NULL DO NOTHING
"""
SELECT_WITNESS: Final = """
SELECT e.project, s.id, e.seq, e.id, convert_to(e.body, 'UTF8')
FROM event AS e LEFT JOIN stream AS s ON s.no = e.stream_no WHERE e.pos = %(pos)s
"""
