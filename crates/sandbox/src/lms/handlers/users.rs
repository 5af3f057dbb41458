//! Functions on accounts: `me`, `users`, `people`, `directReports`, `assignments`.

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::user;
use crate::lms::model::account::Account;
use crate::lms::model::assignment;
use crate::lms::model::reference::Organization;
use crate::lms::node::Node;
use crate::lms::params::{contains_all, keywords, max, parameter};
use crate::lms::response::respond;
use crate::lms::store::Lms;

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[
    ("assignments", assignments),
    ("directReports", direct_reports),
    ("me", me),
    ("people", people),
    ("users", users),
];

fn me(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    Ok(respond(call, &user(&store, call)?.node(store.people)))
}

fn users(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let filter = |name| parameter(call, name).map(str::to_owned);
    let (login, email, organization) = (filter("userId"), filter("email"), filter("organizationId"));
    // An unknown organization id matches no user.
    let organization = organization.map(|id| Organization::find(&id).map_or(id, |found| found.id.to_owned()));
    let people = store.people;
    let accounts: Box<dyn Iterator<Item = Account> + Send> = match (&login, &email) {
        (Some(login), _) => Box::new(store.account(login).into_iter()),
        (None, Some(email)) => Box::new(store.accounts_by_email(email).into_iter()),
        (None, None) => Box::new(store.accounts()),
    };
    let takes = move |account: &Account| {
        let same_email = email.as_ref().is_none_or(|email| email.eq_ignore_ascii_case(&account.email()));
        let same_place = organization.as_deref().is_none_or(|wanted| account.organization_id() == Some(wanted));
        same_email && same_place
    };
    let nodes = accounts.map(move |account| takes(&account).then(|| account.node(people)));
    Ok(stream(call, ("{\"users\":[", "users"), nodes))
}

/// A long list, written while it is sent; `None` is an account that was filtered out. `names` are the start of the JSON
/// and the root element of the XML.
fn stream(
    call: &Call<'_>,
    names: (&'static str, &'static str),
    nodes: impl Iterator<Item = Option<Node>> + Send + 'static,
) -> Reply {
    if parameter(call, "format") != Some("xml") {
        return Reply::json_list(names.0, nodes.map(|node| node.map(|node| node.json())), "]}");
    }
    let elements = nodes.map(|node| node.map(|node| node.xml()).unwrap_or_default());
    match names.1 {
        "users" => Reply::xml_list("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<users>", elements, "</users>"),
        _ => Reply::xml_list("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<people>", elements, "</people>"),
    }
}

fn people(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let (words, max) = (keywords(call), max(call)?);
    let lower = |name| parameter(call, name).map(str::to_lowercase);
    let (first, last) = (lower("first"), lower("last"));
    let candidates: Box<dyn Iterator<Item = Account> + Send> = match parameter(call, "id") {
        Some(login) => Box::new(store.account(login).filter(|account| !account.is_integration()).into_iter()),
        None => Box::new(store.accounts()),
    };
    let begins = |wanted: &Option<String>, name: &str| {
        wanted.as_ref().is_none_or(|wanted| name.to_lowercase().starts_with(wanted.as_str()))
    };
    let takes = move |account: &Account| {
        begins(&first, account.given().unwrap_or_default())
            && begins(&last, account.family())
            && (words.is_empty() || contains_all(&words, &searched(account)))
    };
    let mut left = max;
    let nodes = candidates.map_while(move |account| {
        let matches = (left > 0).then(|| takes(&account))?;
        left -= usize::from(matches);
        Some(matches.then(|| in_list(&account)))
    });
    Ok(stream(call, ("{\"people\":[", "people"), nodes))
}

/// The text that `keywords` searches.
fn searched(account: &Account) -> String {
    let (title, department) = (account.title().unwrap_or_default(), account.department().unwrap_or_default());
    format!("{} {} {} {title} {department}", account.login(), account.name(), account.email())
}

/// An account in a list of people.
fn in_list(account: &Account) -> Node {
    account
        .reference("person")
        .some("email", Some(account.email()))
        .text("status", account.status())
        .some("jobTitle", account.title())
        .some("organizationId", account.organization_id())
}

fn direct_reports(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let reports: Vec<_> = store.reports(&user(&store, call)?).iter().map(in_list).collect();
    Ok(respond(call, &Node::new("directReports").list("people", reports)))
}

fn assignments(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let all = assignment::of(&user(&store, call)?);
    Ok(respond(call, &Node::new("assignments").list("assignments", all.iter().map(|one| one.node(&store)))))
}
