//! The team of a user: direct reports and their training histories.

use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use rosterkit_core::chrono::{DateTime, Utc};
use rosterkit_core::{Error, Timestamp};

use crate::each::each;
use crate::generated::operations;
use crate::xml::{Limits, Tree};
use crate::{Client, ids};

/// The people who report directly to the client's user, or to the user that it [acts for](Client::on_behalf_of).
#[derive(Clone, Debug)]
pub struct Team {
    client: Client,
}

/// The training history of one person of many.
#[derive(Debug)]
pub struct PersonHistory {
    /// The id of the person.
    pub user: String,
    /// The training history, a document of the schema `trainingHistory200510.xsd`, of which only parts are public, or why
    /// the call failed. The records are children of the root.
    pub result: Result<Tree, Error>,
}

impl Client {
    /// The people who report to the user.
    ///
    /// ```no_run
    /// use peoplefluent_lms::StreamExt as _;
    /// use peoplefluent_lms::chrono::{TimeDelta, Utc};
    ///
    /// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
    /// let manager = client.on_behalf_of("m.sample");
    /// let team = manager.team();
    /// let mut histories = team.training_history(Utc::now() - TimeDelta::days(30)).await?;
    /// while let Some(person) = histories.next().await {
    ///     match person.result {
    ///         Ok(history) => println!("{}: {} records", person.user, history.root().children().count()),
    ///         Err(error) => eprintln!("{}: {error}", person.user),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn team(&self) -> Team {
        Team { client: self.clone() }
    }
}

impl Team {
    /// The ids of the people who report directly to the user. Calls `directReports`, once: it has no pages.
    ///
    /// # Errors
    /// Those of the call, and [`Decode`](crate::ErrorKind::Decode) if the response, whose shape is not documented, is not a
    /// list of people with ids, as that of `users` is.
    pub async fn members(&self) -> Result<Vec<String>, Error> {
        let listing = self.client.api().direct_reports().send_json().await?;
        ids::of_people(listing.get()).map_err(|cause| Error::decode(&operations::DIRECT_REPORTS, cause))
    }

    /// The training history of each person of the team: records that were added or changed at or after a time, to the
    /// minute. [`members`](Self::members), then [`training_history_of`](Self::training_history_of).
    ///
    /// # Errors
    /// Those of `members`. A failure for one person is that person's result.
    pub async fn training_history(&self, since: DateTime<Utc>) -> Result<BoxStream<'static, PersonHistory>, Error> {
        Ok(self.training_history_of(self.members().await?, since))
    }

    /// The training history of each of these people, in their order. Calls `trainingHistoryXml` for each, at most four at
    /// a time, and only as fast as the stream is read; no failure but a refused credential stops the others. A history must be within the
    /// default [`Limits`], 64 MiB.
    ///
    /// The function needs the site's system key, besides the user's credential for `directReports`. It does not act for a
    /// user: the client's [`on_behalf_of`](Client::on_behalf_of) and [`assignment`](Client::assignment) do not apply.
    pub fn training_history_of(
        &self,
        users: impl IntoIterator<Item = impl Into<String>>,
        since: DateTime<Utc>,
    ) -> BoxStream<'static, PersonHistory> {
        let since = String::from(Timestamp::from_minutes(since));
        let team = self.clone();
        let users: Vec<String> = users.into_iter().map(Into::into).collect();
        let histories = each(users, move |user| {
            let (team, since) = (team.clone(), since.clone());
            async move { team.history(&user, since).await }
        });
        histories.map(|(user, result)| PersonHistory { user, result }).boxed()
    }

    async fn history(&self, user: &str, since: String) -> Result<Tree, Error> {
        if user.trim().is_empty() {
            let cause = "parameter `userId` is blank, which would select the whole site";
            return Err(Error::invalid_request(&operations::TRAINING_HISTORY_XML, cause));
        }
        let api = self.client.unscoped();
        let response = api.training_history_xml().user_id(user.to_owned()).last_updated_start(since).send().await?;
        Tree::read(response.into_inner(), Limits::new()).await
    }
}
