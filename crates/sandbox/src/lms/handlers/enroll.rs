//! Functions that enroll: `enrollUser`, `programModuleEnroller`.

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::{user, visible_record};
use crate::lms::enrollment::{NewEnrollment, Rejection, choose};
use crate::lms::model::assignment;
use crate::lms::node::Node;
use crate::lms::params::{parameter, required};
use crate::lms::response::{respond, xml};
use crate::lms::store::Lms;

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] =
    &[("enrollUser", enroll_user), ("programModuleEnroller", program_module_enroller)];

/// The response of `enrollUser` if the user is not enrolled; its status is 200.
fn rejected(rejection: &Rejection) -> Reply {
    xml(&Node::new("error").text("code", rejection.code).text("message", rejection.message))
}

fn enroll_user(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let account = user(&store, call)?;
    let Some(module) = store.module(required(call, "learning-id")?).cloned() else {
        return Ok(rejected(&Rejection {
            code: "no-such-module",
            message: "There is no module or program with this id.",
        }));
    };
    let session = match parameter(call, "session-code") {
        None => choose(&store, &module, parameter(call, "preferredLocation")),
        Some(code) => match module.session_by_code(code) {
            Some(session) => Some(session),
            None => {
                let message = "The module has no session of this code or id.";
                return Ok(rejected(&Rejection { code: "no-such-session", message }));
            }
        },
    };
    if session.is_none() && module.has_sessions() {
        let message = "The module has no session that takes enrollments.";
        return Ok(rejected(&Rejection { code: "no-open-session", message }));
    }
    let new = NewEnrollment {
        assignment: chosen_assignment(call, &account),
        account: &account,
        module: &module,
        session,
        reason: parameter(call, "reason").map(str::to_owned),
        parent: None,
        self_enrolled: true,
    };
    Ok(match new.enroll(&mut store) {
        Ok(record) => xml(&record.node(&store)),
        Err(rejection) => rejected(&rejection),
    })
}

/// The assignment of `assignmentId` if it is one of the user's, else the user's first.
fn chosen_assignment(call: &Call<'_>, account: &crate::lms::model::account::Account) -> String {
    let mut all = assignment::of(account);
    let chosen = parameter(call, "assignmentId").and_then(|id| all.iter().position(|one| one.id == id));
    if all.is_empty() { String::new() } else { all.swap_remove(chosen.unwrap_or_default()).id }
}

fn program_module_enroller(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let account = user(&store, call)?;
    let parent = visible_record(&store, &account, required(call, "programSessionEnrollmentId")?)?;
    let program = parent.module(&store);
    if program.kind != "learningProgram" || !parent.status.is_open() {
        return Err(Error::invalid("programSessionEnrollmentId", "is not an open enrollment in a program"));
    }
    let module_id = required(call, "moduleId")?;
    let module = store.module(module_id).filter(|module| program.members.contains(&module.id)).cloned();
    let module = module.ok_or_else(|| Error::invalid("moduleId", "is not a module of the program"))?;
    let session = match (parameter(call, "moduleSessionId"), parameter(call, "moduleSessionCode")) {
        (None, None) => return Err(Error::missing("moduleSessionId")),
        (Some(id), code) => {
            module.session(id).filter(|session| code.is_none_or(|code| session.code == code)).ok_or_else(|| {
                Error::invalid("moduleSessionId", "is not a session of the module, or not the one of the code")
            })?
        }
        (None, Some(code)) => {
            let same = module.sessions.iter().find(|session| session.code == code);
            same.ok_or_else(|| Error::invalid("moduleSessionCode", "is not the code of a session of the module"))?
        }
    };
    let owner = store.account(&parent.user).ok_or_else(|| Error::not_found("The enrolled user does not exist."))?;
    let new = NewEnrollment {
        account: &owner,
        assignment: parent.assignment.clone(),
        module: &module,
        session: Some(session),
        reason: None,
        parent: Some(parent.id.clone()),
        self_enrolled: owner.login() == account.login(),
    };
    let record = new.enroll(&mut store).map_err(|rejection| Error::conflict(rejection.code, rejection.message))?;
    Ok(respond(call, &record.node(&store)))
}
