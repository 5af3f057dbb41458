-- Version 1. Date-times are RFC 3339 in UTC, to the second. JSON is compact.

-- "rksy": tells a state file from the database of another program.
PRAGMA application_id = 0x726b7379;

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per command that plans or applies.
CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    command TEXT NOT NULL,
    file_hash TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    -- done, partial, kept_back, failed, interrupted; null while it goes on, or if it was killed
    status TEXT,
    -- JSON: counts
    summary TEXT
) STRICT;

-- How the sides of flows were read.
CREATE TABLE side_read (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    flow TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('source', 'target')),
    ended_at TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    -- why the read is incomplete; null if it is complete
    incomplete TEXT,
    -- whether later reads are compared with its size
    is_reference INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run, flow, side)
) STRICT, WITHOUT ROWID;

-- The source people of the last read of each flow.
CREATE TABLE source_person (
    flow TEXT NOT NULL,
    id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    label TEXT,
    -- wanted, inactive, deleted, out_of_scope, invalid, duplicate
    status TEXT NOT NULL,
    -- why it is invalid, or which records have the same id
    problem TEXT,
    -- why it is protected
    protected TEXT,
    -- JSON object: the fields to write; null clears; a field without a value is absent
    fields TEXT NOT NULL,
    -- JSON array: the key of each pass, or null
    keys TEXT NOT NULL,
    PRIMARY KEY (flow, id)
) STRICT, WITHOUT ROWID;

-- The target people of the last read of each flow.
CREATE TABLE target_person (
    flow TEXT NOT NULL,
    id TEXT NOT NULL,
    label TEXT,
    -- active, inactive, deleted
    status TEXT NOT NULL,
    version INTEGER,
    -- why it cannot be written, such as a session user without remoteId
    unwritable TEXT,
    protected TEXT,
    -- JSON object: the owned fields as they are; a field whose part was not read is absent
    fields TEXT NOT NULL,
    keys TEXT NOT NULL,
    PRIMARY KEY (flow, id)
) STRICT, WITHOUT ROWID;

-- Who is who. People in it are managed.
CREATE TABLE identity (
    flow TEXT NOT NULL,
    source_id TEXT NOT NULL,
    target_id TEXT NOT NULL,
    -- created, matched, adopted
    origin TEXT NOT NULL,
    since_run INTEGER NOT NULL,
    -- JSON object: the owned fields as they were last applied
    applied TEXT,
    deactivated_by_sync INTEGER NOT NULL DEFAULT 0,
    -- when a complete read first lacked the person, and how many did since
    missing_since TEXT,
    missing_reads INTEGER NOT NULL DEFAULT 0,
    -- why the source person was protected when the source last had it
    protected TEXT,
    PRIMARY KEY (flow, source_id),
    UNIQUE (flow, target_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES run (id),
    created_at TEXT NOT NULL,
    file_hash TEXT NOT NULL,
    -- JSON: the address of each service
    addresses TEXT NOT NULL,
    -- JSON: counts, limits and reads of each flow
    summary TEXT NOT NULL,
    -- SHA-256 over the actions, by which a plan file is recognized; empty until the plan is complete
    digest TEXT NOT NULL DEFAULT '',
    -- when it was applied to its end; null before
    applied_at TEXT
) STRICT;

-- Pairs found by the passes of a plan. They become identities when it is applied.
CREATE TABLE pairing (
    plan INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    flow TEXT NOT NULL,
    source_id TEXT NOT NULL,
    target_id TEXT NOT NULL,
    pass INTEGER NOT NULL,
    PRIMARY KEY (plan, flow, source_id),
    UNIQUE (plan, flow, target_id)
) STRICT, WITHOUT ROWID;

-- Everything but unchanged people, of whom the summary has the number.
CREATE TABLE action (
    plan INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    flow TEXT NOT NULL,
    kind TEXT NOT NULL,
    source_id TEXT,
    target_id TEXT,
    label TEXT,
    -- JSON array
    changes TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- why it is not applied
    held TEXT,
    PRIMARY KEY (plan, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX action_by_kind ON action (plan, flow, kind, seq);

-- Every effect: intended, then sent, then its outcome. It is the history, too.
CREATE TABLE journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES run (id),
    plan INTEGER,
    seq INTEGER,
    flow TEXT NOT NULL,
    -- the action's kind
    kind TEXT NOT NULL,
    -- upsert, deactivate, create, state, fields, division, manager, skills, languages, row, withdraw
    step TEXT NOT NULL,
    -- ids; a keyed hash after the person was forgotten
    source_id TEXT,
    target_id TEXT,
    -- JSON: what is sent; null after the person was forgotten
    request TEXT,
    intended_at TEXT NOT NULL,
    -- accepted, warned, rejected, invalid, not_sent, unknown; null while open
    outcome TEXT,
    reason TEXT,
    -- the id of the request at the service
    correlation_id TEXT,
    ended_at TEXT
) STRICT;
CREATE INDEX journal_open ON journal (id) WHERE outcome IS NULL;
CREATE INDEX journal_by_source ON journal (source_id) WHERE source_id IS NOT NULL;
CREATE INDEX journal_by_target ON journal (target_id) WHERE target_id IS NOT NULL;
CREATE INDEX journal_by_run ON journal (run);

-- The training record of each completion.
CREATE TABLE ledger (
    flow TEXT NOT NULL,
    completion_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    -- the LMS user; null while no one is found
    user_id TEXT,
    -- SHA-256 of the mapped row as it was last accepted; null if the LMS has none
    row_hash TEXT,
    -- JSON object: that row; null if the LMS has none, or after the person was forgotten
    row TEXT,
    -- JSON object: the completion as it was last read, while its row is not accepted
    completion TEXT,
    -- unresolved, accepted, rejected, unknown, not_sent, withdrawn
    status TEXT NOT NULL,
    reason TEXT,
    -- when the session starts
    session_date TEXT,
    first_seen_at TEXT NOT NULL,
    sent_at TEXT,
    -- the last run whose window had it
    seen_run INTEGER NOT NULL,
    PRIMARY KEY (flow, completion_id),
    UNIQUE (flow, record_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_by_status ON ledger (flow, status);
CREATE INDEX ledger_by_date ON ledger (flow, session_date);

-- The completions of the last read of each flow, and those that a plan needs which was not applied yet.
CREATE TABLE source_completion (
    flow TEXT NOT NULL,
    -- in lower case; a control character and the position, if it has none
    id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    -- the last plan that read it
    plan INTEGER NOT NULL,
    -- when the session starts; null if that cannot be read
    session_start TEXT,
    -- listed several times with different content
    is_ambiguous INTEGER NOT NULL DEFAULT 0,
    -- JSON object: as it was read
    completion TEXT NOT NULL,
    PRIMARY KEY (flow, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_completion_by_record ON source_completion (flow, record_id);
