-- The log, its ledgers, and who may use them. Times are ms since 1970-01-01 UTC.

CREATE TABLE project (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

-- text is the key itself for write keys and a masked form otherwise; digest is SHA-256 of the key.
CREATE TABLE api_key (
    id         INTEGER PRIMARY KEY,
    project    INTEGER NOT NULL REFERENCES project (id),
    kind       TEXT    NOT NULL CHECK (kind IN ('write', 'secret', 'read')),
    text       TEXT    NOT NULL,
    digest     BLOB    NOT NULL UNIQUE,
    policy     TEXT    NOT NULL CHECK (json_valid(policy)),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    flagged_at INTEGER
) STRICT;

-- The highest position given so far. Kept apart from the events: a position is never given twice,
-- not even when the last event is erased.
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    pos INTEGER NOT NULL
) STRICT;
INSERT INTO head (one, pos) VALUES (1, 0);

-- pos is dense and in commit order over all projects. An event has a place in a stream
-- (stream_no, seq) or an explicit id. t is its time as sent, ts the corrected one.
CREATE TABLE event (
    pos         INTEGER PRIMARY KEY,
    project     INTEGER NOT NULL,
    stream_no   INTEGER,
    seq         INTEGER,
    id          TEXT,
    received_at INTEGER NOT NULL,
    t           INTEGER NOT NULL,
    ts          INTEGER NOT NULL,
    body        TEXT    NOT NULL
) STRICT;

-- One producer's ledger: 1..upto is settled, settled is [[first, last], …] above it, hwm the highest
-- number it has assigned; after fin no higher one comes.
CREATE TABLE stream (
    no         INTEGER PRIMARY KEY,
    project    INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    upto       INTEGER NOT NULL DEFAULT 0,
    settled    TEXT    NOT NULL DEFAULT '[]',
    hwm        INTEGER NOT NULL DEFAULT 0,
    fin        INTEGER NOT NULL DEFAULT 0,
    stored     INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    conflicts  INTEGER NOT NULL DEFAULT 0,
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    UNIQUE (project, id)
) STRICT;

-- What is stored of a stream: runs of numbers at positions first_pos, first_pos + 1, … and the digest
-- of the request they came in. Runs of one stream never overlap.
CREATE TABLE batch (
    stream_no INTEGER NOT NULL,
    first     INTEGER NOT NULL,
    last      INTEGER NOT NULL,
    first_pos INTEGER NOT NULL,
    sha256    BLOB    NOT NULL,
    PRIMARY KEY (stream_no, first)
) STRICT, WITHOUT ROWID;

-- Events with an explicit id: SHA-256 of project and id.
CREATE TABLE imported (
    project INTEGER NOT NULL,
    id_hash BLOB    NOT NULL,
    pos     INTEGER NOT NULL,
    PRIMARY KEY (project, id_hash)
) STRICT, WITHOUT ROWID;

-- What of a stream is settled without being stored. Ranges of one stream never overlap, neither each
-- other nor its batches.
CREATE TABLE loss (
    stream_no INTEGER NOT NULL,
    first     INTEGER NOT NULL,
    last      INTEGER NOT NULL,
    state     TEXT    NOT NULL CHECK (state IN ('rejected', 'dropped')),
    reason    TEXT    NOT NULL,
    PRIMARY KEY (stream_no, first)
) STRICT, WITHOUT ROWID;

-- Losses declared without a stream, once per request.
CREATE TABLE drop_count (
    project     INTEGER NOT NULL,
    sha256      BLOB    NOT NULL,
    reason      TEXT    NOT NULL,
    count       INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (project, sha256, reason)
) STRICT, WITHOUT ROWID;

-- Refused events, once each: by their place in a stream, or by a fingerprint of their id or, without
-- one, of their request and place in it. An event that is stored after all leaves the quarantine.
CREATE TABLE quarantine (
    pos         INTEGER PRIMARY KEY AUTOINCREMENT,
    project     INTEGER NOT NULL,
    stream_no   INTEGER,
    seq         INTEGER,
    received_at INTEGER NOT NULL,
    allowed     INTEGER,
    code        TEXT    NOT NULL,
    path        TEXT    NOT NULL,
    id          TEXT,
    fingerprint BLOB,
    body        TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX quarantine_fingerprint ON quarantine (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX quarantine_place ON quarantine (stream_no, seq) WHERE stream_no IS NOT NULL;
