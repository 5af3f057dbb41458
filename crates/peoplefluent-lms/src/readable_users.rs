//! Lists of people of whom some cannot be read.

use rosterkit_core::ReadableItems;
use serde::Deserialize;

use crate::types::User;

/// The response of `users`, without the people that cannot be read: those whose fields are of another shape than documented.
/// By [`types::UserListing`](crate::types::UserListing), one of them makes the whole response an error.
///
/// ```no_run
/// use peoplefluent_lms::ReadableUsers;
///
/// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
/// let listing = client.api().users().send_json_as::<ReadableUsers>().await?.into_inner();
/// println!("{} people", listing.users.items.len());
/// for person in &listing.users.unreadable {
///     eprintln!("left out: {person}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct ReadableUsers {
    /// The people.
    pub users: ReadableItems<User>,
}
