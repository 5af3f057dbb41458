//! Which columns of the state file have ids of people, and which may have values of others than their own person.

use crate::state::side_reads::Side;

/// A table that has ids of a side.
pub(super) struct Ids {
    pub table: &'static str,
    pub column: &'static str,
    pub side: Side,
}

pub(super) const IDS: &[Ids] = &[
    Ids { table: "source_person", column: "id", side: Side::Source },
    Ids { table: "target_person", column: "id", side: Side::Target },
    Ids { table: "identity", column: "source_id", side: Side::Source },
    Ids { table: "identity", column: "target_id", side: Side::Target },
    Ids { table: "pairing", column: "source_id", side: Side::Source },
    Ids { table: "pairing", column: "target_id", side: Side::Target },
    Ids { table: "action", column: "source_id", side: Side::Source },
    Ids { table: "action", column: "target_id", side: Side::Target },
    Ids { table: "journal", column: "source_id", side: Side::Source },
    Ids { table: "journal", column: "target_id", side: Side::Target },
    Ids { table: "ledger", column: "user_id", side: Side::Target },
];

/// What is done to a column of rows that are not the person's own.
pub(super) enum Mentions {
    /// JSON: the values become `null`.
    Null,
    /// JSON: the members of the object go.
    Remove,
    /// A text becomes `null`.
    Text,
    /// A text that cannot be `null` is replaced.
    Required,
}

/// The columns that may hold a value of somebody else than the row's person: table, its key, column.
pub(super) const MENTIONS: &[(&str, &str, &str, Mentions)] = &[
    ("source_person", "flow, id", "fields", Mentions::Null),
    ("source_person", "flow, id", "keys", Mentions::Null),
    ("source_person", "flow, id", "problem", Mentions::Text),
    ("target_person", "flow, id", "fields", Mentions::Null),
    ("target_person", "flow, id", "keys", Mentions::Null),
    ("target_person", "flow, id", "unwritable", Mentions::Text),
    ("identity", "flow, source_id", "applied", Mentions::Remove),
    ("action", "plan, seq", "changes", Mentions::Null),
    ("action", "plan, seq", "reason", Mentions::Required),
    ("journal", "id, flow", "request", Mentions::Null),
    ("journal", "id, flow", "reason", Mentions::Text),
    ("ledger", "flow, completion_id", "reason", Mentions::Text),
    ("ledger", "flow, completion_id", "row", Mentions::Null),
    ("ledger", "flow, completion_id", "completion", Mentions::Null),
    ("source_completion", "flow, id", "completion", Mentions::Null),
    ("run", "id, file_hash", "command", Mentions::Required),
    ("run", "id, file_hash", "summary", Mentions::Null),
    ("plan", "id, run", "summary", Mentions::Null),
    ("side_read", "run, flow", "incomplete", Mentions::Text),
];
