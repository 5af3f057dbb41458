//! What Genesys users refer to by name: skills, languages and divisions of the organization.

use std::collections::HashMap;

use genesys_users::generated::operations;
use rosterkit_core::paging::Pager;
use rosterkit_core::{Error, Operation};

use crate::config::{Flow, To};
use crate::source::{Services, SourceError};

/// How many are read at once, the most that the service gives.
const PAGE_SIZE: i64 = 100;

/// What the organization has, as far as a flow owns fields that refer to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Names {
    pub(crate) skills: Nouns,
    pub(crate) languages: Nouns,
    pub(crate) divisions: Nouns,
}

impl Names {
    /// Whether there are none, as for flows whose fields refer to nothing.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads what a flow to Genesys users needs, and nothing for other flows.
    pub(crate) async fn read(services: &Services, flow: &Flow) -> Result<Self, SourceError> {
        let mut names = Self::default();
        let owns = |name: &str| flow.to == To::GenesysUsers && flow.fields.iter().any(|field| field.name == name);
        if owns("skills") {
            let call = services.genesys()?.api().get_routing_skills().page_size(PAGE_SIZE);
            let part = |it: genesys_users::types::RoutingSkill| {
                let is_there = it.state.is_none_or(|state| state.as_str() != "deleted");
                (it.id.filter(|_| is_there), it.name)
            };
            names.skills = read("routing skills", &operations::GET_ROUTING_SKILLS, call.pager(), part).await?;
        }
        if owns("languages") {
            let call = services.genesys()?.api().get_routing_languages().page_size(PAGE_SIZE);
            let part = |it: genesys_users::types::Language| {
                let is_there = it.state.is_none_or(|state| state.as_str() != "deleted");
                (it.id.filter(|_| is_there), it.name)
            };
            names.languages = read("routing languages", &operations::GET_ROUTING_LANGUAGES, call.pager(), part).await?;
        }
        if owns("division") {
            let call = services.genesys()?.api().get_authorization_divisions().page_size(PAGE_SIZE);
            let part = |it: genesys_users::types::AuthzDivision| (it.id, it.name);
            names.divisions = read("divisions", &operations::GET_AUTHORIZATION_DIVISIONS, call.pager(), part).await?;
        }
        Ok(names)
    }
}

async fn read<T: Send + 'static>(
    what: &'static str,
    operation: &'static Operation,
    pager: Pager<'static, T>,
    part: impl Fn(T) -> (Option<String>, Option<String>),
) -> Result<Nouns, SourceError> {
    let (mut items, mut nouns, mut read) = (pager.items(), Nouns::default(), 0);
    while let Some(item) = items.next().await {
        let item = item.map_err(|error| SourceError::Service { what, read, error: error.into_error() })?;
        read += 1;
        if let (Some(id), Some(name)) = part(item) {
            nouns.insert(id, name);
        }
    }
    // What is not in a part of the list may exist all the same.
    if !items.is_complete() {
        let error = Error::decode(operation, "the listing ended although the service promised more");
        return Err(SourceError::Service { what, read, error });
    }
    Ok(nouns)
}

/// What has a name each. A name that several have means none of them; their ids do.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Nouns {
    /// By id.
    names: HashMap<String, String>,
    /// By name, in lower case; `None` if several have it.
    ids: HashMap<String, Option<String>>,
}

impl Nouns {
    fn insert(&mut self, id: String, name: String) {
        self.ids.entry(folded(&name)).and_modify(|other| *other = None).or_insert_with(|| Some(id.clone()));
        self.names.insert(id, name);
    }

    /// The one text for what has this name or id in comparisons: its name, or its id if the name is not
    /// unique.
    pub(crate) fn canonical(&self, text: &str) -> Option<&str> {
        let (id, name) = self.names.get_key_value(self.id(text)?)?;
        let is_unique = self.ids.get(&folded(name)).is_some_and(Option::is_some);
        Some(if is_unique { name } else { id })
    }

    /// The id of what has this name or id.
    pub(crate) fn id(&self, text: &str) -> Option<&str> {
        match self.ids.get(&folded(text)) {
            Some(Some(id)) => Some(id),
            _ => self.names.get_key_value(text.trim()).map(|(id, _)| id.as_str()),
        }
    }
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

#[cfg(test)]
pub(super) fn of(pairs: &[(&str, &str)]) -> Nouns {
    let mut nouns = Nouns::default();
    pairs.iter().for_each(|(id, name)| nouns.insert((*id).to_owned(), (*name).to_owned()));
    nouns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_any_case_and_an_id_stand_for_the_same_and_an_ambiguous_name_for_nothing() {
        let nouns = of(&[("s-1", "Billing"), ("s-2", "Returns"), ("s-3", "returns")]);
        for (text, canonical, id) in [
            ("billing", Some("Billing"), Some("s-1")),
            (" Billing ", Some("Billing"), Some("s-1")),
            ("s-1", Some("Billing"), Some("s-1")),
            ("Returns", None, None),
            ("s-3", Some("s-3"), Some("s-3")),
            ("Claims", None, None),
        ] {
            assert_eq!((nouns.canonical(text), nouns.id(text)), (canonical, id), "{text}");
        }
    }
}
