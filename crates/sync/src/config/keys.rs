//! The keys of a sync file: the one table that its reader and its JSON schema are made from.

use genesys_users::types::UserExpand;

/// A key of a table.
pub(super) struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub is_required: bool,
    pub flows: Flows,
    /// What it is, for the JSON schema.
    pub about: &'static str,
}

/// What the value of a key is.
pub(super) enum Kind {
    /// A text that is not empty.
    Text,
    /// Letters, digits, `-` and `_`.
    Name,
    Flag,
    /// A whole number from 0 to this one.
    Whole(u64),
    /// A length of time. Zero is not one if it is positive.
    Span {
        is_positive: bool,
    },
    /// A calendar date.
    Date,
    /// A name of the IANA database.
    Zone,
    Expression,
    /// One of these.
    Word(&'static [&'static str]),
    /// A list of texts.
    Texts {
        can_be_empty: bool,
    },
    /// A list of some of these.
    Words(&'static [&'static str]),
    /// A list of expressions.
    Expressions,
    /// A list of matching passes: expressions, or tables with these keys.
    Passes(&'static [Key]),
    /// A table whose keys are fields of the target: expressions, or tables with these keys.
    Fields(&'static [Key]),
    Table(&'static [Key]),
    /// A list of tables.
    Tables(&'static [Key]),
}

/// The flows in which a key has a meaning.
#[derive(Clone, Copy)]
pub(super) enum Flows {
    All,
    From(&'static [&'static str]),
    To(&'static [&'static str]),
    /// Those with Genesys users on one side or on both.
    Genesys,
}

pub(super) const GENESYS_USERS: &str = "genesys-users";
pub(super) const LMS_USERS: &str = "lms-users";
pub(super) const SESSION_USERS: &str = "session-users";
pub(super) const SESSION_COMPLETIONS: &str = "session-completions";
pub(super) const FILE: &str = "file";
pub(super) const EXTERNAL_TRAINING: &str = "lms-external-training";

/// Where records come from.
pub(super) const FROM: &[&str] = &[GENESYS_USERS, LMS_USERS, SESSION_USERS, SESSION_COMPLETIONS, FILE];

/// What each target takes, and from where.
pub(super) const ROUTES: [(&str, &[&str]); 4] = [
    (SESSION_USERS, &[GENESYS_USERS, LMS_USERS, SESSION_USERS, FILE]),
    (GENESYS_USERS, &[FILE, LMS_USERS, SESSION_USERS]),
    (LMS_USERS, &[GENESYS_USERS, SESSION_USERS, FILE]),
    (EXTERNAL_TRAINING, &[SESSION_COMPLETIONS]),
];

const TO: &[&str] = &[SESSION_USERS, GENESYS_USERS, LMS_USERS, EXTERNAL_TRAINING];
const TO_PEOPLE: &[&str] = &[SESSION_USERS, GENESYS_USERS];
const TO_WRITTEN: &[&str] = &[SESSION_USERS, GENESYS_USERS, EXTERNAL_TRAINING];
const TO_USERS: &[&str] = &[SESSION_USERS, GENESYS_USERS, LMS_USERS];

/// The fields of a target that sync can own, and those of them that it must.
pub(super) struct TargetFields {
    pub all: &'static [&'static str],
    pub required: &'static [&'static str],
}

/// The fields of a target.
pub(super) fn target_fields(to: &str) -> TargetFields {
    match to {
        SESSION_USERS => {
            let all = &["remoteId", "firstName", "lastName"];
            TargetFields { all, required: all }
        }
        GENESYS_USERS => TargetFields { all: GENESYS_FIELDS, required: &["name", "email"] },
        _ => TargetFields { all: &[], required: &[] },
    }
}

/// What can be written of a Genesys user, without what the service keeps itself, without the state, and without lists of
/// objects, in which the service changes what it is given, so that they would differ for ever.
const GENESYS_FIELDS: &[&str] = &[
    "name",
    "email",
    "department",
    "title",
    "division",
    "manager",
    "skills",
    "languages",
    "preferredName",
    "acdAutoAnswer",
    "biography",
    "certifications",
    "chat",
    "employerInfo",
    "profileSkills",
];

/// The field of a Genesys user in which a part is. One part is not named like its field.
pub(crate) fn field_of_part(part: &str) -> &str {
    if part == UserExpand::Lasttokenissued.as_str() { "lastTokenIssued" } else { part }
}

const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, is_required: false, flows: Flows::All, about }
}

const fn required(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, is_required: true, flows: Flows::All, about }
}

const fn only(flows: Flows, name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, is_required: false, flows, about }
}

/// The keys of a sync file.
pub(super) const ROOT: &[Key] = &[
    key(
        "state",
        Kind::Text,
        "The state file. A relative path is relative to the folder of the sync file. Default: the sync file's name with .db.",
    ),
    key("plan_max_age", Kind::Span { is_positive: true }, "How old a plan may be when it is applied. Default: 24h."),
    key(
        "lms",
        Kind::Table(&[key(
            "time_zone",
            Kind::Zone,
            "The time zone of the LMS's date-times, such as Europe/Berlin. Required for completions.",
        )]),
        "The LMS.",
    ),
    key(
        "on_finish",
        Kind::Table(&[
            required(
                "command",
                Kind::Texts { can_be_empty: false },
                "The program and its arguments. No shell is involved.",
            ),
            key("timeout", Kind::Span { is_positive: true }, "How long it may take. Default: 1m."),
        ]),
        "A command that is run after a run has ended and its state is committed.",
    ),
    required("flow", Kind::Tables(FLOW), "The flows, in the order in which they run."),
];

const FLOW: &[Key] = &[
    required("name", Kind::Name, "The name, unique in the file: letters, digits, - and _."),
    required("from", Kind::Word(FROM), "Where records come from."),
    required("to", Kind::Word(TO), "Where they go. lms-users finds who is who and writes nothing."),
    key("where", Kind::Expression, "Which source records are in scope. Default: all."),
    only(
        Flows::To(TO_PEOPLE),
        "active",
        Kind::Expression,
        "Whether a source person is active. Default: by the kind of source; in a file, everybody is.",
    ),
    only(
        Flows::To(TO_PEOPLE),
        "reactivate",
        Kind::Word(&["own", "always", "never"]),
        "Which inactive target people are activated again. Default: own, which are those whom sync deactivated.",
    ),
    only(
        Flows::To(&[GENESYS_USERS]),
        "restore",
        Kind::Flag,
        "Whether deleted Genesys users are restored. They have lost their roles. Default: false.",
    ),
    only(
        Flows::To(TO_PEOPLE),
        "on_manual_change",
        Kind::Word(&["overwrite", "report"]),
        "What happens to a target value that was changed by somebody else. Default: overwrite.",
    ),
    key("source", Kind::Table(SOURCE), "How the source is read."),
    only(Flows::To(&[GENESYS_USERS]), "target", Kind::Table(TARGET), "How the target is read."),
    only(
        Flows::To(TO_PEOPLE),
        "fields",
        Kind::Fields(&[
            required("value", Kind::Expression, "The value, over the source record."),
            key("clear", Kind::Flag, "Whether no value clears the field. Default: false, which leaves it alone."),
        ]),
        "The fields that sync owns: field of the target = expression over the source record.",
    ),
    only(Flows::To(TO_USERS), "identity", Kind::Table(IDENTITY), "How people of both sides are recognized."),
    only(Flows::To(TO_PEOPLE), "removals", Kind::Table(REMOVALS), "What happens to people who left."),
    only(Flows::To(TO_PEOPLE), "protect", Kind::Table(PROTECT), "Who is never touched."),
    key("limits", Kind::Table(LIMITS), "How much may change at once. A flow beyond a limit is not applied at all."),
    only(Flows::To(&[EXTERNAL_TRAINING]), "completions", Kind::Table(COMPLETIONS), "Which completions are carried."),
];

const SOURCE: &[Key] = &[
    only(
        Flows::From(&[GENESYS_USERS]),
        "expand",
        Kind::Words(UserExpand::VALUES),
        "Parts to read for each Genesys user.",
    ),
    only(Flows::From(&[GENESYS_USERS]), "listing", LISTING, ABOUT_LISTING),
    only(
        Flows::From(&[FILE]),
        "path",
        Kind::Text,
        "The CSV or JSON-lines file. A relative path is relative to the folder of the sync file.",
    ),
    only(
        Flows::From(&[FILE]),
        "expect_rows",
        Kind::Whole(u64::MAX >> 1),
        "How many rows the file has, if that is known.",
    ),
];

const TARGET: &[Key] = &[key("listing", LISTING, ABOUT_LISTING)];

const LISTING: Kind = Kind::Word(&["list", "query"]);
const ABOUT_LISTING: &str = "The operation that lists Genesys users. Default: list, which ends at 10,000 inactive users; query \
                             needs the permission to view users in all divisions.";

const IDENTITY: &[Key] = &[
    key("id", Kind::Expression, "The stable id of a source record. Default: id. Required for files."),
    key(
        "match",
        Kind::Passes(&[
            required("source", Kind::Expression, "The key, over the source record."),
            required("target", Kind::Expression, "The key, over the target record."),
        ]),
        "Passes in order, each of which pairs people who have no partner yet. A text is an expression over both sides; name \
         needs confirmation of each pair.",
    ),
];

const REMOVALS: &[Key] = &[
    key("policy", Kind::Word(&["none", "deactivate"]), "What happens to managed people who left. Default: none."),
    key("when", Kind::Words(&["missing", "inactive", "out-of-scope"]), "Who has left. Default: missing and inactive."),
    key("grace", Kind::Span { is_positive: false }, "How long a person is missing before the removal. Default: 0s."),
    only(
        Flows::To(&[SESSION_USERS]),
        "deactivate_by",
        Kind::Word(&["batch", "upsert"]),
        "The operation that deactivates session users. Default: batch.",
    ),
];

const PROTECT: &[Key] = &[
    key("ids", Kind::Texts { can_be_empty: true }, "Ids of either side."),
    key(
        "emails",
        Kind::Texts { can_be_empty: true },
        "Patterns of e-mail addresses, with * for any text. Upper and lower case are the same.",
    ),
    key("source", Kind::Expressions, "Expressions over the source record."),
    key("target", Kind::Expressions, "Expressions over the target record."),
    only(Flows::Genesys, "administrators", Kind::Flag, "Genesys users who may administer. Default: true."),
];

const LIMITS: &[Key] = &[
    key(
        "min_percent",
        Kind::Whole(100),
        "The smallest size of a complete read, in percent of the last one. Default: 80.",
    ),
    only(
        Flows::To(TO_WRITTEN),
        "removals",
        Kind::Table(&[
            key("max", Kind::Whole(u64::MAX >> 1), "The most removals. Default: 100."),
            key(
                "max_percent",
                Kind::Whole(100),
                "The most removals in percent of the managed people who are active in the target, at least 1. Default: 5.",
            ),
        ]),
        "Both limits hold.",
    ),
    only(Flows::To(TO_WRITTEN), "creations", Kind::Table(MAX), "Creations."),
    only(Flows::To(TO_WRITTEN), "updates", Kind::Table(MAX), "Updates, reactivations included."),
];

const MAX: &[Key] = &[required("max", Kind::Whole(u64::MAX >> 1), "The most of them.")];

const COMPLETIONS: &[Key] = &[
    required("since", Kind::Date, "The earliest date of a session."),
    key(
        "overlap",
        Kind::Span { is_positive: false },
        "How far the window goes back behind the newest session of an applied run. Default: 30d.",
    ),
    key("full_every", Kind::Span { is_positive: true }, "How often the window goes back to since. Default: 7d."),
    key("settle", Kind::Span { is_positive: false }, "How long ago a session must have ended. Default: 2h."),
    key("user", Kind::Expression, "The LMS user of a completion, over the completion."),
    key("identities", Kind::Text, "The earlier flow to lms-users that knows the LMS user of a session user."),
    key("withdraw", Kind::Flag, "Whether records of completions that are gone are withdrawn. Default: false."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use genesys_users::types::UpdateUser;
    use serde_json::{Value, json};

    #[test]
    fn the_fields_of_genesys_users_are_those_of_an_update_and_the_ones_with_calls_of_their_own() {
        for name in GENESYS_FIELDS {
            let update: Option<UpdateUser> = serde_json::from_value(json!({ *name: null })).ok();
            let written = update.and_then(|update| serde_json::to_value(update).ok()).unwrap_or_default();
            let is_of_update = written.get(name) == Some(&Value::Null);
            assert_eq!(is_of_update, !["division", "skills", "languages"].contains(name), "{name}");
        }
    }
}
