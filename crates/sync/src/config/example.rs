//! Commented examples of sync files.

use rosterkit_core::catalog::printable;

use super::check::list;
use super::keys::{
    EXTERNAL_TRAINING, FILE, FROM, GENESYS_USERS, LMS_USERS, ROUTES, SESSION_COMPLETIONS, SESSION_USERS,
};

/// A commented example of a sync file with a flow of this name. Lines such as `#grace = "7d"` have keys that can be switched
/// on by removing the `#`; prose has a space behind it.
///
/// # Errors
/// If there is no such flow, or the name is none. The message says what is accepted.
///
/// ```
/// use rosterkit_sync::config::{SyncFile, example};
///
/// let text = example("genesys-users", "session-users", "people")?;
/// let file = SyncFile::parse(&text, "rosterkit-sync.toml".as_ref())?;
/// assert_eq!(file.flows[0].name, "people");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn example(from: &str, to: &str, name: &str) -> Result<String, String> {
    if !(1..=64).contains(&name.len()) || !name.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'))
    {
        return Err("invalid name of a flow; expected at most 64 letters, digits, - and _".to_owned());
    }
    if !FROM.contains(&from) {
        return Err(format!("unknown source `{}`; expected one of {}", printable(from), list(FROM, "and")));
    }
    let Some((_, accepted)) = ROUTES.iter().find(|(target, _)| *target == to) else {
        let targets: Vec<&str> = ROUTES.iter().map(|(to, _)| *to).collect();
        return Err(format!("unknown target `{}`; expected one of {}", printable(to), list(&targets, "and")));
    };
    if !accepted.contains(&from) {
        let accepted = list(accepted, "or");
        return Err(format!("a flow from `{from}` to `{to}` is not possible; expected from {accepted}"));
    }
    Ok(match to {
        EXTERNAL_TRAINING => completions(name),
        LMS_USERS => [HEAD, &link(from, name)].concat(),
        _ => people(from, to, name),
    })
}

const HEAD: &str = r#"# The state of sync: who is who, what was planned and done. Keep it; without it, sync knows no one.
#state = "rosterkit-sync.db"
# A plan that is older than this is refused.
#plan_max_age = "24h"

# A command that is run after a run has ended, without a shell.
#on_finish = { command = ["/usr/local/bin/tell", "ops"], timeout = "1m" }

"#;

fn people(from: &str, to: &str, name: &str) -> String {
    let mut text = HEAD.to_owned();
    text += &start(from, to, name);
    text += "# Which source records are in scope, as a JMESPath expression. Without it, all are.\n";
    text += &format!("#where = \"{}\"\n", scope(from));
    text += "# Whether a source person is active. The default goes by the kind of the source.\n";
    text += &format!("#active = \"{}\"\n", active(from));
    text += "# Which inactive people are activated again: own (those whom sync deactivated), always or never.\n";
    text += "#reactivate = \"own\"\n";
    if to == GENESYS_USERS {
        text += "# Whether deleted users are restored. They have lost their roles.\n#restore = false\n";
    }
    text += "# What happens to a value that somebody else changed: overwrite or report.\n";
    text += "#on_manual_change = \"overwrite\"\n\n";
    text += &source(from);
    if to == GENESYS_USERS {
        text += "[flow.target]\n";
        text += LISTING;
        text += "\n";
    }
    text += "# The fields that sync owns; no other is ever written. Null and an empty text count as absent, which leaves the field\n";
    text += "# alone, or clears it with `clear = true`.\n[flow.fields]\n";
    text += &fields(from, to);
    text += "\n# How people are recognized: by the stable id of a source record, and on first contact by passes in order.\n";
    text += &format!("[flow.identity]\nid = \"{}\"\n", id(from));
    match to {
        SESSION_USERS => {
            text += "# Session users match by remoteId. A match by name needs a confirmation of each pair.\n";
            text += "#match = [\"name\"]\n";
        }
        _ => text += &format!("match = [{{ source = \"lower({})\", target = \"lower(email)\" }}]\n", email(from)),
    }
    text += "\n# What happens to managed people who left: none or deactivate.\n[flow.removals]\npolicy = \"none\"\n";
    text += "#when = [\"missing\", \"inactive\"]\n#grace = \"7d\"\n";
    if to == SESSION_USERS {
        text += "# The operation: batch or upsert.\n#deactivate_by = \"batch\"\n";
    }
    text += "\n# Who is never touched.\n[flow.protect]\n#ids = []\n#emails = [\"*@admin.example.com\"]\n";
    text += &format!("#source = [\"{}\"]\n#target = []\n", scope(from));
    if [from, to].contains(&GENESYS_USERS) {
        text += "# Genesys users who may administer.\n#administrators = true\n";
    }
    text += "\n# How much may change at once. A flow beyond a limit is not applied at all.\n[flow.limits]\n#min_percent = 80\n";
    text += "removals = { max = 100, max_percent = 5 }\ncreations = { max = 500 }\nupdates = { max = 5000 }\n";
    text
}

fn link(from: &str, name: &str) -> String {
    let mut text = "# Finds who is who in the LMS; writes nothing.\n".to_owned();
    text += &start(from, LMS_USERS, name);
    text += "# Which source records are in scope, as a JMESPath expression. Without it, all are.\n";
    text += &format!("#where = \"{}\"\n\n", scope(from));
    text += &source(from);
    text +=
        "# How people are recognized: by the stable id of a source record, and on first contact by passes in order.\n";
    text += &format!("[flow.identity]\nid = \"{}\"\n", id(from));
    text += &match from {
        SESSION_USERS => "match = [{ source = \"remoteId\", target = \"employeeNumber\" }]\n".to_owned(),
        _ => format!("match = [{{ source = \"lower({})\", target = \"lower(email)\" }}]\n", email(from)),
    };
    text + "\n[flow.limits]\n#min_percent = 80\n"
}

fn completions(name: &str) -> String {
    let link_name = if name == "link" { "people" } else { "link" };
    let mut text = HEAD.to_owned();
    text += "# The time zone of the LMS's date-times. A change of it changes every record.\n";
    text += "[lms]\ntime_zone = \"Europe/Berlin\"\n\n";
    text += &link(GENESYS_USERS, link_name);
    text += "\n# Carries completions into training records of the LMS.\n";
    text += &start(SESSION_COMPLETIONS, EXTERNAL_TRAINING, name);
    text +=
        "# Which completions are in scope, as a JMESPath expression. Without it, all are.\n#where = \"attended\"\n\n";
    text += "[flow.completions]\n# The earliest date of a session.\nsince = 2026-01-01\n";
    text += "# How far each run looks back behind the newest session of the last one, and how often it looks back to `since`.\n";
    text += "#overlap = \"30d\"\n#full_every = \"7d\"\n";
    text += "# How long ago a session must have ended: attendance still grows before.\n#settle = \"2h\"\n";
    text += "# The LMS user of a completion: by an expression over the completion, or else by the identities of an earlier flow.\n";
    text += &format!("#user = \"remoteUserId\"\nidentities = \"{link_name}\"\n");
    text += "# Whether records of completions that are gone are withdrawn.\n#withdraw = false\n\n[flow.limits]\n";
    text + "removals = { max = 100, max_percent = 5 }\ncreations = { max = 5000 }\n#updates = { max = 5000 }\n"
}

fn start(from: &str, to: &str, name: &str) -> String {
    format!("[[flow]]\nname = \"{name}\"\nfrom = \"{from}\"\nto = \"{to}\"\n")
}

const LISTING: &str = "\
# list, which ends at 10,000 inactive users, or query, which needs the permission to view users in all divisions.
#listing = \"list\"
";

fn source(from: &str) -> String {
    match from {
        GENESYS_USERS => format!(
            "[flow.source]\n# Parts to read for each user, for fields that use them.\n#expand = [\"employerInfo\"]\n{LISTING}\n"
        ),
        FILE => "[flow.source]\n# CSV with a row of names, or JSON lines.\npath = \"people.csv\"\n\
                 # A file with another number of rows is incomplete: no one is removed.\n#expect_rows = 250\n\n"
            .to_owned(),
        _ => String::new(),
    }
}

/// An expression that selects some records of a source.
fn scope(from: &str) -> &'static str {
    match from {
        LMS_USERS => "departmentName == 'Sales'",
        SESSION_USERS => "active",
        _ => "department == 'Sales'",
    }
}

fn active(from: &str) -> &'static str {
    match from {
        GENESYS_USERS => "state == 'active'",
        SESSION_USERS => "active",
        _ => "status == 'active'",
    }
}

fn id(from: &str) -> &'static str {
    match from {
        FILE => "employee_number",
        _ => "id",
    }
}

/// The e-mail address. Session users have none: some services use it as `remoteId`.
fn email(from: &str) -> &'static str {
    match from {
        SESSION_USERS => "remoteId",
        _ => "email",
    }
}

fn fields(from: &str, to: &str) -> String {
    let (first, last, full) = match from {
        GENESYS_USERS => ("split_name_first(name)", "split_name_rest(name)", "name"),
        LMS_USERS => ("given", "family", "join(' ', [given, family][?@])"),
        SESSION_USERS => ("trim(firstName)", "trim(lastName)", "join(' ', [firstName, lastName][?@])"),
        _ => ("first_name", "last_name", "join(' ', [first_name, last_name][?@])"),
    };
    if to == SESSION_USERS {
        let remote_id = if from == SESSION_USERS { "remoteId" } else { id(from) };
        return format!("remoteId = \"{remote_id}\"\nfirstName = \"{first}\"\nlastName = \"{last}\"\n");
    }
    let mut text = format!("name = \"{full}\"\nemail = \"lower({})\"\n", email(from));
    match from {
        LMS_USERS => text += "department = \"departmentName\"\n#title = { value = \"jobTitle\", clear = true }\n",
        SESSION_USERS => {}
        _ => text += "department = \"department\"\n#title = { value = \"title\", clear = true }\n",
    }
    if from == FILE {
        text += "#division = \"division\"\n\
                 # The manager's id in the file, or the id or e-mail address of a Genesys user.\n\
                 #manager = \"manager_number\"\n\
                 # All that a person has: Name:3;Other:4.5, from 0 to 5. A name alone keeps its number, or begins with 0.\n\
                 #skills = \"skills\"\n\
                 #languages = \"languages\"\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::SyncFile;

    type Result = std::result::Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn every_example_is_valid_as_it_is_and_with_all_its_keys() -> Result {
        for (to, accepted) in ROUTES {
            for from in accepted {
                let text = example(from, to, "link")?;
                // Prose has a space behind the mark.
                let lines = text.lines().map(|line| match line.strip_prefix('#') {
                    Some(key) if !key.starts_with(' ') => key,
                    _ => line,
                });
                let switched_on = lines.collect::<Vec<_>>().join("\n");
                for text in [&text, &switched_on] {
                    let file =
                        SyncFile::parse(text, Path::new("sync.toml")).map_err(|error| format!("{error}\n{text}"))?;
                    let flow = file.flows.last().ok_or("no flow")?;
                    assert_eq!(flow.name, "link", "{text}");
                    assert_eq!(flow.completions.is_some(), to == EXTERNAL_TRAINING);
                    assert!(text.lines().all(|line| line.chars().count() <= 125), "{text}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn what_is_no_flow_has_no_example() {
        for (from, to, name, expected) in [
            (
                "genesys-users",
                "session-users",
                "a b",
                "invalid name of a flow; expected at most 64 letters, digits, - and _",
            ),
            (
                "session-completions",
                "lms-users",
                "a",
                "a flow from `session-completions` to `lms-users` is not possible; expected from `genesys-users`, \
                 `session-users` or `file`",
            ),
        ] {
            assert_eq!(example(from, to, name), Err(expected.to_owned()));
        }
        let message = example("genesis", "lms-users", "a").err().unwrap_or_default();
        assert!(message.starts_with("unknown source `genesis`; expected one of `genesys-users`, "), "{message}");
        let message = example("file", "nowhere", "a").err().unwrap_or_default();
        assert!(message.starts_with("unknown target `nowhere`; expected one of `session-users`, "), "{message}");
    }
}
