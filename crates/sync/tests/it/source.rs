//! Sources: everybody is read, or the report says why not.

mod file;
mod genesys;
mod lms;
mod sessions;

use rosterkit_sync::config::{From, GenesysListing, To};
use rosterkit_sync::source::{Services, Source};

use crate::support::read;

#[tokio::test]
async fn a_service_that_is_not_configured_is_named() {
    for (to, name) in
        [(To::GenesysUsers, "Genesys Cloud"), (To::SessionUsers, "the session service"), (To::LmsUsers, "the LMS")]
    {
        let source = Source::of_target(to, Vec::new(), GenesysListing::List).expect("a list of people");
        let error = read(&source, &Services::default()).await.map(drop).expect_err("no client");
        assert!(error.to_string().starts_with(&format!("{name} is not configured: set its address")), "{error}");
    }
}

#[test]
fn completions_and_training_records_list_no_people() {
    assert!(Source::new(&From::SessionCompletions).is_err());
    assert!(Source::of_target(To::LmsExternalTraining, Vec::new(), GenesysListing::List).is_err());
}
