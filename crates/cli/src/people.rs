//! Users that commands are about, from how they are named to what would change.
//!
//! | module | what it does |
//! | --- | --- |
//! | `key` | how a user is named: by id, e-mail address, username, name or external id |
//! | `lookup`, `nouns` | finds users by key, many with one request, and the ids of skills, queues and the like by name |
//! | `choose` | chooses users of the listing with `--where` |
//! | `verb` | what a verb does to a user: its change, what it reads, what it sends, what undoes it |
//! | `run`, `one` | a verb over users that a file lists or `--where` chooses, and one who is named |
//! | `plan` | what would change, for `--plan` |
//! | `question` | the question before something is taken away from several people |
//! | `undo` | the file of `--undo` |
//!
//! Users of a file are looked up as they are read, up to 100 with one request. A run that has to know all of them before it
//! begins reads its whole input first: for `--plan`, `--undo` and `--max`, and if a verb takes something away and is not
//! confirmed with `--yes`.

mod choose;
mod key;
mod lookup;
mod nouns;
mod one;
mod options;
mod plan;
mod question;
mod run;
mod undo;
mod verb;

pub(crate) use key::{Key, KeyOption, Person, id, is_uuid, person};
pub(crate) use lookup::{Lookup, PER_REQUEST, Wanted};
pub(crate) use nouns::{Noun, Ref};
pub(crate) use one::{One, find, find_all, find_in};
pub(crate) use options::{PeopleOptions, Planning};
pub(crate) use plan::{Plan, is_same};
pub(crate) use question::{Answer, confirm};
pub(crate) use run::run;
pub(crate) use undo::Undo;
pub(crate) use verb::{Columns, Effect, Fact, Fields, State, Verb, columns_beside_user, read_users};
