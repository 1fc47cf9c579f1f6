-- The log, its ledgers, and who may use them. Times are ms since 1970-01-01 UTC.

CREATE TABLE project (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text   NOT NULL UNIQUE,
    created_at bigint NOT NULL
);

-- text is the key itself for write keys and a masked form otherwise; digest is SHA-256 of the key.
-- policy is JSON.
CREATE TABLE api_key (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project    bigint NOT NULL REFERENCES project (id),
    kind       text   NOT NULL CHECK (kind IN ('write', 'secret', 'read')),
    text       text   NOT NULL,
    digest     bytea  NOT NULL UNIQUE,
    policy     text   NOT NULL,
    created_at bigint NOT NULL,
    revoked_at bigint,
    flagged_at bigint
);

-- The highest position given so far. Every commit locks this row before it reads or writes anything
-- else, so commits come one after the other over all processes, and so do their positions. Kept
-- apart from the events: a position is never given twice, not even when the last event is erased.
CREATE TABLE head (
    one smallint PRIMARY KEY CHECK (one = 1),
    pos bigint   NOT NULL
);
INSERT INTO head (one, pos) VALUES (1, 0);

-- pos is dense and in commit order over all projects. An event has a place in a stream
-- (stream_no, seq) or an explicit id. t is its time as sent, ts the corrected one. body is JSON; it
-- is text because jsonb knows no U+0000 and keeps neither order nor spelling.
CREATE TABLE event (
    pos         bigint PRIMARY KEY,
    project     bigint NOT NULL,
    stream_no   bigint,
    seq         bigint,
    id          text,
    received_at bigint NOT NULL,
    t           bigint NOT NULL,
    ts          bigint NOT NULL,
    body        text   NOT NULL
);

-- One producer's ledger: 1..upto is settled, settled is JSON: [[first, last], …] above it, hwm the
-- highest number it has assigned; after fin no higher one comes.
CREATE TABLE stream (
    no         bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project    bigint  NOT NULL,
    id         text    NOT NULL,
    upto       bigint  NOT NULL DEFAULT 0,
    settled    text    NOT NULL DEFAULT '[]',
    hwm        bigint  NOT NULL DEFAULT 0,
    fin        boolean NOT NULL DEFAULT false,
    stored     bigint  NOT NULL DEFAULT 0,
    duplicates bigint  NOT NULL DEFAULT 0,
    conflicts  bigint  NOT NULL DEFAULT 0,
    first_seen bigint  NOT NULL,
    last_seen  bigint  NOT NULL,
    UNIQUE (project, id)
) WITH (fillfactor = 70);

-- What is stored of a stream: runs of numbers at positions first_pos, first_pos + 1, … and the digest
-- of the request they came in. Runs of one stream never overlap.
CREATE TABLE batch (
    stream_no bigint NOT NULL,
    first     bigint NOT NULL,
    last      bigint NOT NULL,
    first_pos bigint NOT NULL,
    sha256    bytea  NOT NULL,
    PRIMARY KEY (stream_no, first)
);

-- Events with an explicit id: SHA-256 of project and id; and how many there are.
CREATE TABLE imported (
    project bigint NOT NULL,
    id_hash bytea  NOT NULL,
    pos     bigint NOT NULL,
    PRIMARY KEY (project, id_hash)
);
CREATE TABLE imported_count (
    project bigint PRIMARY KEY,
    stored  bigint NOT NULL
);

-- What of a stream is settled without being stored. Ranges of one stream never overlap, neither each
-- other nor its batches.
CREATE TABLE loss (
    stream_no bigint NOT NULL,
    first     bigint NOT NULL,
    last      bigint NOT NULL,
    state     text   NOT NULL CHECK (state IN ('rejected', 'dropped')),
    reason    text   NOT NULL,
    PRIMARY KEY (stream_no, first)
);

-- Losses declared without a stream, once per request.
CREATE TABLE drop_count (
    project     bigint NOT NULL,
    sha256      bytea  NOT NULL,
    reason      text   NOT NULL,
    count       bigint NOT NULL,
    received_at bigint NOT NULL,
    PRIMARY KEY (project, sha256, reason)
);

-- Refused events, once each: by their place in a stream, or by a fingerprint of their id or, without
-- one, of their request and place in it. An event that is stored after all leaves the quarantine.
-- path and id are written as inside a JSON string: they may hold U+0000, which text may not.
CREATE TABLE quarantine (
    pos         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project     bigint NOT NULL,
    stream_no   bigint,
    seq         bigint,
    received_at bigint NOT NULL,
    allowed     bigint,
    code        text   NOT NULL,
    path        text   NOT NULL,
    id          text,
    fingerprint bytea,
    body        text   NOT NULL
);
CREATE UNIQUE INDEX quarantine_fingerprint ON quarantine (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX quarantine_place ON quarantine (stream_no, seq) WHERE stream_no IS NOT NULL;
