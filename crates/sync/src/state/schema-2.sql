-- Version 2: what a read leaves as it was is neither written nor compared again.

-- The first 16 bytes of a SHA-256 over the row without its position; null if it is not known.
ALTER TABLE source_person ADD COLUMN digest BLOB;
ALTER TABLE target_person ADD COLUMN digest BLOB;

-- What is looked at of everybody in each plan: a small part of the rows, in their order.
CREATE INDEX source_person_outline ON source_person (flow, id, status, digest);
CREATE INDEX target_person_outline ON target_person (flow, id, status, digest);

-- The flows of which the next table has everybody who is not settled.
CREATE TABLE settled_flow (
    flow TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Who may not be settled: who was not when the flow was last compared, and whose rows were written since. Settled is who is on both
-- sides as last applied.
CREATE TABLE unsettled (
    flow TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('source', 'target')),
    id TEXT NOT NULL,
    PRIMARY KEY (flow, side, id)
) STRICT, WITHOUT ROWID;

-- Snapshots are written in one place, which notes it; the identity map is written in many. An `OR IGNORE` would give way to the
-- policy of the statement that fires the trigger: under an upsert, it would fail.
CREATE TRIGGER identity_inserted AFTER INSERT ON identity
WHEN EXISTS (SELECT 1 FROM settled_flow WHERE flow = new.flow)
BEGIN
    INSERT INTO unsettled VALUES (new.flow, 'source', new.source_id), (new.flow, 'target', new.target_id)
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER identity_updated AFTER UPDATE ON identity
WHEN EXISTS (SELECT 1 FROM settled_flow WHERE flow = old.flow)
BEGIN
    INSERT INTO unsettled VALUES
        (old.flow, 'source', old.source_id), (old.flow, 'target', old.target_id),
        (new.flow, 'source', new.source_id), (new.flow, 'target', new.target_id)
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER identity_deleted AFTER DELETE ON identity
WHEN EXISTS (SELECT 1 FROM settled_flow WHERE flow = old.flow)
BEGIN
    INSERT INTO unsettled VALUES (old.flow, 'source', old.source_id), (old.flow, 'target', old.target_id)
    ON CONFLICT DO NOTHING;
END;
