//! Short verbs for daily work. Each makes the generated calls that its documentation names, and no other.

mod answer;
mod approvals;
mod certificates;
mod enrollments;
mod groups;
mod ids;
mod team;
mod verb;

pub use answer::RawAnswer;
pub use approvals::{Approvals, Decision};
pub use certificates::{CertificateFile, Certificates};
pub use enrollments::Enrollments;
pub use groups::{Group, Member, MemberOutcome};
pub use team::{PersonHistory, Team};
pub use verb::Verb;

/// How many calls of one verb are under way at the same time.
const CONCURRENT: usize = 4;
