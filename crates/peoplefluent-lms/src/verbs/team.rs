//! The people who report to somebody, and what they have learned.

use futures_util::{Stream, StreamExt as _, stream};
use rosterkit_core::chrono::{DateTime, Utc};
use rosterkit_core::{Error, Timestamp};

use super::{CONCURRENT, ids};
use crate::Client;
use crate::generated::operations;
use crate::xml::{Limits, Tree};

/// The people who report directly to the client's user, or to the one that it [acts for](Client::on_behalf_of).
#[derive(Clone, Copy, Debug)]
pub struct Team<'a> {
    client: &'a Client,
}

/// The training history of one person of many.
#[derive(Debug)]
pub struct PersonHistory {
    /// The id of the person.
    pub user: String,
    /// The training history as a document of the schema `trainingHistory200510.xsd`, of which only parts are public, or why
    /// there is none. Its records are children of its root.
    pub result: Result<Tree, Error>,
}

impl Client {
    /// The people who report to the user.
    ///
    /// ```no_run
    /// use futures_util::StreamExt as _;
    /// use peoplefluent_lms::chrono::{TimeDelta, Utc};
    ///
    /// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
    /// let manager = client.on_behalf_of("m.sample");
    /// let team = manager.team();
    /// let mut histories = std::pin::pin!(team.training_history(Utc::now() - TimeDelta::days(30)).await?);
    /// while let Some(person) = histories.next().await {
    ///     match person.result {
    ///         Ok(history) => println!("{}: {} records", person.user, history.root().children().count()),
    ///         Err(error) => eprintln!("{}: {error}", person.user),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn team(&self) -> Team<'_> {
        Team { client: self }
    }
}

impl<'a> Team<'a> {
    /// The ids of the people who report directly to the user. Calls `directReports`, once: it has no pages.
    ///
    /// # Errors
    /// Those of the call, and [`Decode`](crate::ErrorKind::Decode) if its answer, whose shape is not documented, is not a
    /// list of people with ids, as that of `users` is.
    pub async fn members(&self) -> Result<Vec<String>, Error> {
        let listing = self.client.api().direct_reports().send_json().await?;
        ids::of_people(&listing).map_err(|problem| Error::decode(&operations::DIRECT_REPORTS, problem))
    }

    /// The training history of each person of the team: records that were added or changed at or after a moment, to the
    /// minute. [`members`](Self::members), then [`training_history_of`](Self::training_history_of).
    ///
    /// # Errors
    /// Those of `members`. What fails for one person is that person's outcome.
    pub async fn training_history(
        &self,
        since: DateTime<Utc>,
    ) -> Result<impl Stream<Item = PersonHistory> + use<'a>, Error> {
        Ok(self.training_history_of(self.members().await?, since))
    }

    /// The training history of each of these people, in their order. Calls `trainingHistoryXml` for each, at most four at
    /// a time, and only as fast as the stream is read; one failure stops nobody else. A history must stay
    /// within the default [`Limits`], 64 MiB.
    ///
    /// The function needs the site's system key, besides the user's credential for `directReports`, and acts for nobody:
    /// on behalf of whom the client acts, and its assignment, make no difference to it.
    pub fn training_history_of(
        &self,
        users: Vec<String>,
        since: DateTime<Utc>,
    ) -> impl Stream<Item = PersonHistory> + use<'a> {
        let since = String::from(Timestamp::from_minutes(since));
        let client = *self;
        let calls = users.into_iter().map(move |user| {
            let since = since.clone();
            async move { PersonHistory { result: client.history(&user, since).await, user } }
        });
        stream::iter(calls).buffered(CONCURRENT)
    }

    async fn history(&self, user: &str, since: String) -> Result<Tree, Error> {
        if user.trim().is_empty() {
            let problem = "parameter `userId` is blank, which would ask for the whole site";
            return Err(Error::invalid_request(&operations::TRAINING_HISTORY_XML, problem));
        }
        let api = self.client.unscoped();
        let answer = api.training_history_xml().user_id(user.to_owned()).last_updated_start(since).send().await?;
        Tree::read(answer.into_inner(), Limits::new()).await
    }
}
