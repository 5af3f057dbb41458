//! Development activities: learning assignments and coaching appointments.

use crate::generated::{Client, builder};

/// Development activities; made by [`Client::development`](crate::Client::development).
///
/// The list requires users or a module, so there is a method for each. Their builders have further filters; `items()` is a
/// stream over all pages.
#[derive(Clone, Debug)]
pub struct Development {
    api: Client,
}

impl Development {
    pub(crate) fn new(api: Client) -> Self {
        Self { api }
    }

    /// The activities of these users: `getUsersDevelopmentActivities` with `userId`.
    ///
    /// ```no_run
    /// # async fn run(client: genesys_users::Client) -> Result<(), genesys_users::Error> {
    /// let mut activities = client.development().of_users(["user id"]).overdue("True").items();
    /// while let Some(activity) = activities.next().await {
    ///     println!("{:?}", activity?.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn of_users(
        &self,
        user_ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> builder::GetUsersDevelopmentActivities {
        self.api.get_users_development_activities().user_id(user_ids)
    }

    /// The activities of a module: `getUsersDevelopmentActivities` with `moduleId`.
    pub fn of_module(&self, module_id: impl Into<String>) -> builder::GetUsersDevelopmentActivities {
        self.api.get_users_development_activities().module_id(module_id)
    }

    /// The activities of the user of the token: `getUsersDevelopmentActivitiesMe`.
    pub fn mine(&self) -> builder::GetUsersDevelopmentActivitiesMe {
        self.api.get_users_development_activities_me()
    }
}
