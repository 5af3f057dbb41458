//! Carries session completions into training records of the LMS.
//!
//! Each completion has one training record, whose [`record_id`] follows from the completion's id, so that a row which is sent
//! twice has the effect of one. The ledger in the state file is what the LMS has, as far as its responses say.
//!
//! A run reads the sessions of a [`Window`] that ended long enough ago, in pieces. A piece whose response is too large is read
//! in smaller ones, down to an hour. Completions whose LMS user is not known are kept, and looked up again in every run; so are
//! rows that the LMS rejected or did not get. Rows of unknown outcome are sent again.
//!
//! | if a run is killed | then the next one |
//! | --- | --- |
//! | before rows are journalled as intended | plans again: nothing was sent |
//! | between that and the journalled outcomes | sends the same rows again, with the action `AU`, before it plans |
//! | there, while it withdraws | writes the rows again, plans, and withdraws what is still gone |
//! | after the outcomes are journalled | goes on with the rest; the window moves only after a plan was applied to its end |
//!
//! | module | what it has |
//! | --- | --- |
//! | `record_id` | the id of a completion's training record |
//! | `row` | the row of a training record, and its hash |
//! | `window` | which sessions a run reads |
//! | `read` | reads them in pieces |
//! | `staging` | keeps what was read in the state file |
//! | `users` | the LMS user of a completion |
//! | `compare` | what is to be written, by comparison with the ledger |
//! | `planning`, `apply`, `resume` | the steps of a run |

mod apply;
mod compare;
mod planning;
mod read;
mod record_id;
mod resume;
mod row;
mod staging;
mod users;
mod window;

pub use record_id::record_id;
pub use row::{COLUMNS, Invalid, row_hash, training_row};
pub use window::{Applied, Window};
