//! The functions of the site, by what they are about.

mod activity;
mod attempts;
mod certificates;
mod courses;
mod enroll;
mod enrollments;
mod exports;
mod external;
mod external_csv;
mod groups;
mod history_csv;
mod history_sessions;
mod learning_path;
mod mail;
mod modules;
mod news;
mod organizations;
mod packages;
mod profiles;
mod records;
mod reports;
mod requests;
mod tasks;
mod users;

use crate::http::Handler;
use crate::lms::store::Lms;

/// All functions, by id.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, Handler<Lms>)> {
    [
        activity::HANDLERS,
        attempts::HANDLERS,
        certificates::HANDLERS,
        courses::HANDLERS,
        enroll::HANDLERS,
        enrollments::HANDLERS,
        exports::HANDLERS,
        external::HANDLERS,
        external_csv::HANDLERS,
        groups::HANDLERS,
        history_csv::HANDLERS,
        learning_path::HANDLERS,
        mail::HANDLERS,
        modules::HANDLERS,
        news::HANDLERS,
        organizations::HANDLERS,
        packages::HANDLERS,
        profiles::HANDLERS,
        records::HANDLERS,
        reports::HANDLERS,
        requests::HANDLERS,
        tasks::HANDLERS,
        users::HANDLERS,
    ]
    .into_iter()
    .flatten()
    .copied()
}
