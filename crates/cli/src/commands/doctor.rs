//! `doctor`: what the services answer, and what a token lacks for a verb or a sync file. It only reads.

mod needs;
mod report;
mod services;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use rosterkit_core::catalog::PermissionMode;
use rosterkit_sync::config::SyncFile;

use self::needs::Need;
use self::report::{Finding, Report};
use self::services::{Examined, has};
use crate::api::Api;
use crate::connect;
use crate::context::Context;
use crate::error::Error;

const EXAMPLES: &str = "\
Each service that the profile or the environment names is read once: whether it can be reached, encrypted or not, whether it \
accepts the credential, how far the clock of this machine is off, and what is left of the rate limit. With --for and --for-sync, \
the permissions and scopes that the operations need are compared with those of the token. What cannot be known is said to be \
not known, which is no problem: permissions that the token may not read, scopes that the login did not tell. A permission may be \
limited to some divisions, which is not checked. Of a profile with a pool (`genesys.pool`), each OAuth client is read, and \
whether all have the same permissions is told.

Examples:
  rosterkit --sandbox doctor
  rosterkit --sandbox doctor --for 'genesys users update'
  rosterkit doctor --for 'lms export users' --for getUsers --output json
  rosterkit doctor --for-sync rosterkit-sync.toml

Exit codes: 0 if there is no problem; 3 if there are some, such as a permission that is lacking; 4 or 5 if no service accepts the \
credential or can be reached. If only one service was asked, the code of its error.";

/// Check what the services answer, and what a token lacks for a verb or a sync file
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Doctor {
    /// A verb, such as 'genesys users update', or an operation; repeat it for more
    #[arg(long = "for", id = "needed_for", value_name = "VERB|OPERATION")]
    needed_for: Vec<String>,
    /// A sync file; repeat it for more
    #[arg(long, value_name = "FILE")]
    for_sync: Vec<PathBuf>,
}

impl Doctor {
    pub(crate) async fn run(self, context: &Context, root: clap::Command) -> Result<(), Error> {
        // Several services are called, and an option would not say which of them is meant.
        if let Some(option) = context.global.given().into_iter().find(|option| *option != "--profile") {
            return Err(Error::usage(format!(
                "`doctor` does not use {option}: addresses and credentials come from the environment or a profile"
            )));
        }
        // Invalid options are reported before anything is sent.
        context.printer()?.check_columns(&report::COLUMNS)?;
        let mut needs = Vec::new();
        for words in &self.needed_for {
            needs.extend(needs::of_words(&root, words)?);
        }
        for path in &self.for_sync {
            let file = SyncFile::load(path).map_err(|error| Error::usage(error.to_string()))?;
            needs.extend(needs::of_sync_file(&file));
        }
        let mut apis = connect::configured(context)?;
        apis.extend(needs.iter().map(|need| need.api));
        apis.sort_by_key(|api| *api as u8);
        apis.dedup();
        if apis.is_empty() {
            return Err(Error::usage(
                "no service is set up: use a profile (`rosterkit profile add --help`), environment variables, or --sandbox",
            ));
        }
        let mut report = Report::default();
        for api in apis {
            let (service, examined) = match api {
                Api::GenesysUsers => ("genesys", services::genesys(context, &mut report).await),
                Api::PeoplefluentLms => ("lms", services::lms(context, &mut report).await),
                Api::SessionClusters => ("sessions", services::sessions(context, &mut report).await),
            };
            for need in needs.iter().filter(|need| need.api == api) {
                let (finding, detail) = compare(need, &examined);
                report.add(service, &format!("{}: {}", need.by, need.entry.operation.id), finding, detail);
            }
        }
        report.print(context)
    }
}

/// What an operation needs, compared with what the credential has.
fn compare(need: &Need, examined: &Examined) -> (Finding, String) {
    let Some(transport) = &examined.transport else {
        return (Finding::NotKnown, "the service did not answer".to_owned());
    };
    if let Err(error) = transport.check_credential(need.entry.operation) {
        return (Finding::Problem, error.to_string());
    }
    let mut findings = Vec::new();
    if let Some(needed) = need.entry.permissions {
        let some = |names: &[&str]| match (names, needed.mode) {
            ([name], _) => format!("the permission {name}"),
            (names, PermissionMode::Any) => format!("one of the permissions {}", names.join(", ")),
            (names, PermissionMode::All) => format!("the permissions {}", names.join(", ")),
        };
        let of = |permissions: Option<&BTreeSet<String>>| match permissions {
            None => (Finding::NotKnown, format!("needs {}", some(needed.permissions))),
            Some(held) if needed.are_met(|name| has(held, name)) => {
                (Finding::Ok, format!("has {}", some(needed.permissions)))
            }
            Some(held) => {
                let missing: Vec<&str> = needed.permissions.iter().copied().filter(|name| !has(held, name)).collect();
                (Finding::Problem, format!("lacks {}", some(&missing)))
            }
        };
        let found: Vec<_> = examined.callers.iter().map(|caller| (caller, of(caller.permissions.as_ref()))).collect();
        match found.split_first() {
            None => findings.push(of(None)),
            // All clients of a pool alike.
            Some(((_, first), others)) if others.iter().all(|(_, other)| other == first) => {
                findings.push(first.clone())
            }
            Some(_) => findings.extend(found.into_iter().map(|(caller, (finding, text))| {
                (finding, format!("{} {text}", caller.profile.as_deref().unwrap_or_default()))
            })),
        }
    }
    // Without word of the login, the scopes are those of the OAuth client, and tokens of a program have none.
    if let Some(scopes) = examined.scopes.as_ref().filter(|_| !need.entry.scopes.is_empty()) {
        let all = need.entry.scopes.join(", ");
        findings.push(match need.entry.scopes.iter().any(|scope| scopes.iter().any(|held| held == scope)) {
            true => (Finding::Ok, format!("has one of the scopes {all}")),
            false => (Finding::Problem, format!("lacks one of the scopes {all}")),
        });
    }
    let finding =
        [Finding::Problem, Finding::NotKnown].into_iter().find(|it| findings.iter().any(|(found, _)| found == it));
    let text = findings.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("; ");
    let text = if text.is_empty() { "has the credential; no permissions are documented".to_owned() } else { text };
    (finding.unwrap_or(Finding::Ok), text)
}

#[cfg(test)]
mod tests {
    use rosterkit_core::{Credential, Transport};

    use super::services::Held;
    use super::*;

    fn compared(id: &str, permissions: Option<&[&str]>, scopes: Option<&[&str]>) -> (Finding, String) {
        let api = Api::GenesysUsers;
        let entry = api.catalog().find(id).expect("an operation");
        let transport = Transport::builder().base_url("https://api.example.com");
        let transport = transport.credential("oauth", Credential::bearer("t")).build().expect("settings");
        let examined = Examined {
            transport: Some(transport),
            callers: vec![Held {
                profile: None,
                permissions: permissions.map(|all| all.iter().map(|it| (*it).to_owned()).collect()),
            }],
            scopes: scopes.map(|all| all.iter().map(|it| (*it).to_owned()).collect()),
        };
        compare(&Need { by: "test".to_owned(), api, entry }, &examined)
    }

    #[test]
    fn permissions_and_scopes_are_had_lacking_or_not_known() {
        let edit = "directory:user:edit";
        for (permissions, scopes, finding, text) in [
            (Some(&[edit][..]), None, Finding::Ok, "has "),
            (Some(&["directory:*"]), None, Finding::Ok, "has "),
            (Some(&["directory:user:view"]), None, Finding::Problem, "lacks "),
            (Some(&[]), None, Finding::Problem, "lacks "),
            (None, None, Finding::NotKnown, "needs "),
            (Some(&[edit]), Some(&["users"][..]), Finding::Ok, "has one of the scopes"),
            (Some(&[edit]), Some(&["users:readonly"]), Finding::Problem, "lacks one of the scopes"),
            (None, Some(&["routing"]), Finding::Problem, "lacks one of the scopes"),
        ] {
            let (found, told) = compared("patchUser", permissions, scopes);
            assert!(found == finding && told.contains(text), "{permissions:?} {scopes:?}: {found:?} {told}");
        }
    }

    #[test]
    fn a_credential_that_an_operation_does_not_take_is_a_problem() {
        let api = Api::PeoplefluentLms;
        let entry = api.catalog().find("users200510Xml").expect("an operation");
        let transport = Transport::builder().base_url("https://www.example.com/ekp");
        let transport = transport.credential("userBasic", Credential::basic("u", "p")).build().expect("settings");
        let examined = Examined { transport: Some(transport), callers: Vec::new(), scopes: None };
        let (finding, text) = compare(&Need { by: "test".to_owned(), api, entry }, &examined);
        assert!(finding == Finding::Problem && text.contains("no credential for"), "{text}");
    }
}
