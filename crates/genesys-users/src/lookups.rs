//! Look-ups: what the organization has by a name, so that the name leads to its id.

use rosterkit_core::paging::Pager;
use rosterkit_core::{Error, Operation};

use crate::generated::{Client, operations};
use crate::types::{
    AuthzDivision, DomainOrganizationRole, Group, Language, LocationDefinition, OrganizationPresenceDefinition, Queue,
    RoutingSkill, Station,
};

/// The number of items per page.
const PAGE_SIZE: i64 = 100;

/// What the organization has by a name; made by [`Client::lookups`](crate::Client::lookups).
///
/// Each method finds what has exactly this name, ignoring case. The service's own filters find more: the start of a name, or
/// a part of it. A name need not be unique, so that several can be found; none is an empty list.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # let sandbox = rosterkit_sandbox::Sandbox::builder().users(3).start().await?;
/// # let client = genesys_users::Client::builder()
/// #     .base_url(sandbox.genesys_url()).bearer(sandbox.credentials().genesys_token).build()?;
/// let skills = client.lookups().skills("Billing").await?;
/// let id = skills.first().and_then(|skill| skill.id.as_deref());
/// assert!(id.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Each method returns those of its call; `ErrorKind::InvalidRequest` before anything is sent, if the name is blank;
/// `ErrorKind::Decode` if nothing has the name, but the service promised more items than it sent.
#[derive(Clone, Debug)]
pub struct Lookups {
    api: Client,
}

impl Lookups {
    pub(crate) fn new(api: Client) -> Self {
        Self { api }
    }

    /// Finds routing skills: `getRoutingSkills`.
    ///
    /// # Errors
    /// See [`Lookups`].
    pub async fn skills(&self, name: &str) -> Result<Vec<RoutingSkill>, Error> {
        let call = self.api.get_routing_skills().page_size(PAGE_SIZE).name(name);
        named(&operations::GET_ROUTING_SKILLS, call.pager(), name, |it| it.name.as_deref()).await
    }

    /// Finds routing languages: `getRoutingLanguages`.
    ///
    /// # Errors
    /// See [`Lookups`].
    pub async fn languages(&self, name: &str) -> Result<Vec<Language>, Error> {
        let call = self.api.get_routing_languages().page_size(PAGE_SIZE).name(name);
        named(&operations::GET_ROUTING_LANGUAGES, call.pager(), name, |it| it.name.as_deref()).await
    }

    /// Finds queues: `getRoutingQueues`.
    ///
    /// # Errors
    /// See [`Lookups`].
    pub async fn queues(&self, name: &str) -> Result<Vec<Queue>, Error> {
        let call = self.api.get_routing_queues().page_size(PAGE_SIZE).name(name);
        named(&operations::GET_ROUTING_QUEUES, call.pager(), name, |it| it.name.as_deref()).await
    }

    /// Finds divisions: `getAuthorizationDivisions`.
    ///
    /// # Errors
    /// See [`Lookups`].
    pub async fn divisions(&self, name: &str) -> Result<Vec<AuthzDivision>, Error> {
        let call = self.api.get_authorization_divisions().page_size(PAGE_SIZE).name(name);
        named(&operations::GET_AUTHORIZATION_DIVISIONS, call.pager(), name, |it| it.name.as_deref()).await
    }

    /// Finds roles: `getAuthorizationRoles`.
    ///
    /// # Errors
    /// See [`Lookups`].
    pub async fn roles(&self, name: &str) -> Result<Vec<DomainOrganizationRole>, Error> {
        let call = self.api.get_authorization_roles().page_size(PAGE_SIZE).name(name);
        named(&operations::GET_AUTHORIZATION_ROLES, call.pager(), name, |it| it.name.as_deref()).await
    }

    /// Finds groups: `getGroups`. The service has no filter by name, so that the whole listing is read.
    ///
    /// # Errors
    /// See [`Lookups`].
    pub async fn groups(&self, name: &str) -> Result<Vec<Group>, Error> {
        let call = self.api.get_groups().page_size(PAGE_SIZE);
        named(&operations::GET_GROUPS, call.pager(), name, |it| it.name.as_deref()).await
    }

    /// Finds locations: `getLocations`. The service has no filter by name, so that the whole listing is read.
    ///
    /// # Errors
    /// See [`Lookups`].
    pub async fn locations(&self, name: &str) -> Result<Vec<LocationDefinition>, Error> {
        let call = self.api.get_locations().page_size(PAGE_SIZE);
        named(&operations::GET_LOCATIONS, call.pager(), name, |it| it.name.as_deref()).await
    }

    /// Finds stations, which are phones: `getStations`.
    ///
    /// # Errors
    /// See [`Lookups`].
    pub async fn stations(&self, name: &str) -> Result<Vec<Station>, Error> {
        let call = self.api.get_stations().page_size(PAGE_SIZE).name(name);
        named(&operations::GET_STATIONS, call.pager(), name, |it| it.name.as_deref()).await
    }

    /// Finds the presences that users can choose, by their name or one of their labels: `getPresenceDefinitions0`.
    ///
    /// # Errors
    /// See [`Lookups`]; `ErrorKind::Decode` also if the response has no list of presences.
    pub async fn presences(&self, name: &str) -> Result<Vec<OrganizationPresenceDefinition>, Error> {
        let operation = &operations::GET_PRESENCE_DEFINITIONS0;
        check(operation, name)?;
        let response = self.api.get_presence_definitions0().send().await?;
        let problem = "the response is not a list of presences: it has no `entities`";
        let mut found = response.require(operation, problem, |listing| listing.entities)?;
        found.retain(|presence| {
            let labels = presence.language_labels.iter().flatten().map(|(_, label)| label.as_str());
            presence.name.as_deref().into_iter().chain(labels).any(|other| is_same(other, name))
        });
        Ok(found)
    }
}

/// Reads a listing to its end, and keeps what has the name.
async fn named<T: Send + 'static>(
    operation: &'static Operation,
    pager: Pager<'static, T>,
    name: &str,
    name_of: fn(&T) -> Option<&str>,
) -> Result<Vec<T>, Error> {
    check(operation, name)?;
    let mut items = pager.items();
    let mut found = Vec::new();
    while let Some(item) = items.next().await {
        let item = item.map_err(|error| error.into_error())?;
        if name_of(&item).is_some_and(|other| is_same(other, name)) {
            found.push(item);
        }
    }
    match found.is_empty() && !items.is_complete() {
        true => Err(Error::decode(operation, "the listing may not be complete, and nothing in it has the name")),
        false => Ok(found),
    }
}

fn check(operation: &'static Operation, name: &str) -> Result<(), Error> {
    match name.trim().is_empty() {
        true => Err(Error::invalid_request(operation, "invalid `name`: expected a name that is not blank")),
        false => Ok(()),
    }
}

fn is_same(name: &str, other: &str) -> bool {
    name.trim().to_lowercase() == other.trim().to_lowercase()
}
