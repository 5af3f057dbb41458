//! The exports for systems: accounts and training histories of the whole site, as namespaced XML.
//!
//! They are written while they are sent: one person at a time. The lock on the store is held for one person only.
//! Only parts of the vendor's schemas are public. The namespaces are the sandbox's own, and the elements are those of the
//! functions for users.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::datetime::Timestamp;
use crate::lms::fields::Fields;
use crate::lms::model::account::Account;
use crate::lms::model::assignment;
use crate::lms::model::external::ExternalRecord;
use crate::lms::model::record::Record;
use crate::lms::model::reference::Organization;
use crate::lms::node::Node;
use crate::lms::params::{flag, parameter, required};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[
    ("completedTrainingRecordsXml", completed_training_records),
    ("trainingHistoryXml", training_history),
    ("user200510Xml", user_200510),
    ("users200510Xml", users_200510),
];

const USERS: (&str, &str) =
    ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<users xmlns=\"urn:example:lms:users200510\">", "</users>");

const HISTORY: (&str, &str) = (
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<trainingHistory xmlns=\"urn:example:lms:trainingHistory200510\">",
    "</trainingHistory>",
);

const USER_FIELDS: &[&str] = &[
    "id",
    "family",
    "given",
    "middle",
    "other",
    "prefix",
    "email",
    "status",
    "employeeNumber",
    "address1",
    "address2",
    "city",
    "provinceState",
    "postalCodeZip",
    "country",
    "phone",
    "jobTitle",
    "primaryRole",
    "organization",
    "directAppraiser",
    "departmentId",
    "departmentName",
    "costCenter",
    "attribute",
    "assignment",
];

const RECORD_FIELDS: &[&str] = &[
    "userId",
    "learningModule",
    "enrollmentDate",
    "startDate",
    "endDate",
    "overallStatus",
    "score",
    "lastAttemptDate",
    "attemptCount",
    "isSelfEnrolled",
    "link",
    "revision",
    "downloadable",
    "requiredElectiveCredits",
    "trainingRecord",
];

fn fields(call: &Call<'_>, known: &[&str]) -> Result<Option<Fields>, Error> {
    parameter(call, "fields").map(|text| Fields::parse(text, known)).transpose()
}

/// The organization that an export is limited to.
#[derive(Debug)]
enum Limit {
    None,
    /// An organization of the site and those below it.
    Within(&'static Organization),
    /// One that only accounts from files have.
    Foreign(String),
}

impl Limit {
    fn read(store: &Store, call: &Call<'_>) -> Result<Self, Error> {
        let Some(id) = parameter(call, "organizationId") else { return Ok(Self::None) };
        match Organization::find(id) {
            Some(organization) => Ok(Self::Within(organization)),
            None if store.imported.have_organization(id) => Ok(Self::Foreign(id.to_owned())),
            None => Err(Error::not_found("There is no organization with this id.")),
        }
    }

    fn takes(&self, account: &Account) -> bool {
        match self {
            Self::None => true,
            Self::Within(wanted) => account.organization().is_some_and(|own| own.is_within(wanted)),
            Self::Foreign(wanted) => account.organization_id() == Some(wanted),
        }
    }
}

/// The text of an element of an export.
fn export(mut node: Node, fields: Option<&Fields>) -> String {
    if let Some(fields) = fields {
        node.prune(fields);
    }
    node.xml()
}

fn user_element(store: &Store, account: &Account, fields: Option<&Fields>) -> String {
    let assignments = assignment::of(account);
    let node = account.node(store.people).list("assignments", assignments.iter().map(|one| one.node(store)));
    export(node, fields)
}

fn user_200510(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let fields = fields(call, USER_FIELDS)?;
    let account = store.account(required(call, "userId")?).ok_or_else(no_user)?;
    let element = user_element(&store, &account, fields.as_ref());
    Ok(Reply::xml(format!("{}{element}{}", USERS.0, USERS.1)))
}

fn users_200510(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let (fields, limit) = (fields(call, USER_FIELDS)?, Limit::read(&lms.store(), call)?);
    let status = required(call, "status")?.to_ascii_lowercase();
    if !matches!(status.as_str(), "active" | "inactive" | "all") {
        return Err(Error::invalid("status", "is not one of active, inactive, all"));
    }
    let people = lms.store().accounts();
    let state = Arc::clone(&lms.shared);
    let takes = move |account: &Account| (status == "all" || status == account.status()) && limit.takes(account);
    // A user who is filtered out gives an empty text, so that other requests get their turn.
    let elements = people.map(move |account| match takes(&account) {
        true => user_element(&Lms::lock(&state), &account, fields.as_ref()),
        false => String::new(),
    });
    Ok(Reply::xml_list(USERS.0, elements, USERS.1))
}

fn no_user() -> Error {
    Error::not_found("There is no user with this id.")
}

/// Which records an export holds.
#[derive(Clone, Debug)]
struct Filter {
    completed_only: bool,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    modules: Vec<String>,
    include_older: bool,
    fields: Option<Fields>,
}

impl Filter {
    fn read(call: &Call<'_>, completed_only: bool) -> Result<Self, Error> {
        let minute = |name| {
            let read = |text| {
                Timestamp::from_minute(text)
                    .ok_or_else(|| Error::invalid(name, "is not a date-time in UTC in the form yyyy-MM-dd'T'HH:mm'Z'"))
            };
            parameter(call, name).map(read).transpose()
        };
        let modules = parameter(call, "moduleIds").unwrap_or_default().split(',').map(str::trim);
        Ok(Self {
            completed_only,
            start: minute("lastUpdatedStart")?,
            end: minute("lastUpdatedEnd")?,
            modules: modules.filter(|id| !id.is_empty()).map(str::to_owned).collect(),
            include_older: flag(call, "includeOlder"),
            fields: fields(call, RECORD_FIELDS)?,
        })
    }

    fn takes(&self, record: &Record) -> bool {
        (!self.completed_only || record.is_completed())
            && self.start.is_none_or(|start| record.updated >= start)
            && self.end.is_none_or(|end| record.updated <= end)
            && (self.modules.is_empty() || self.modules.contains(&record.module))
    }

    /// Of several records of a module and an assignment the latest only, unless older ones are requested.
    fn latest(&self, records: Vec<Record>) -> Vec<Record> {
        if self.include_older {
            return records;
        }
        let key = |record: &Record| (record.module.clone(), record.assignment.clone());
        let age = |record: &Record| (record.enrolled, record.updated, record.id.clone());
        let mut latest = BTreeMap::new();
        for record in &records {
            let age = age(record);
            let newest = latest.entry(key(record)).or_insert_with(|| age.clone());
            if *newest < age {
                *newest = age;
            }
        }
        records.into_iter().filter(|record| latest.get(&key(record)) == Some(&age(record))).collect()
    }

    /// Whether it takes a record of external training. Its module id is the id of the record.
    fn takes_external(&self, record: &ExternalRecord) -> bool {
        (!self.completed_only || record.is_completed())
            && self.start.is_none_or(|start| record.updated >= start)
            && self.end.is_none_or(|end| record.updated <= end)
            && (self.modules.is_empty() || self.modules.contains(&record.id))
    }

    /// The records of one account as elements, external training included.
    fn elements(&self, store: &Store, account: &Account) -> String {
        let taken: Vec<_> = store.records_of(account).into_iter().filter(|record| self.takes(record)).collect();
        let taken = self.latest(taken);
        let external = store.external.of(account.login()).filter(|record| self.takes_external(record));
        let nodes = taken.iter().map(|record| record.node(store)).chain(external.map(ExternalRecord::in_history));
        nodes.map(|node| export(node, self.fields.as_ref())).collect()
    }
}

fn training_history(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    history(lms, call, false)
}

fn completed_training_records(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    history(lms, call, true)
}

fn history(lms: &Lms, call: &Call<'_>, completed_only: bool) -> Result<Reply, Error> {
    let (filter, limit) = (Filter::read(call, completed_only)?, Limit::read(&lms.store(), call)?);
    let accounts: Box<dyn Iterator<Item = Account> + Send> = match parameter(call, "userId") {
        Some(login) => Box::new(std::iter::once(lms.store().account(login).ok_or_else(no_user)?)),
        None => Box::new(lms.store().accounts()),
    };
    let state = Arc::clone(&lms.shared);
    let elements = accounts.map(move |account| match limit.takes(&account) {
        true => filter.elements(&Lms::lock(&state), &account),
        false => String::new(),
    });
    let created = Node::leaf("dateCreated", Timestamp::now().text()).xml();
    Ok(Reply::xml_list(HISTORY.0, std::iter::once(created).chain(elements), HISTORY.1))
}
