//! What examples of the session clusters are about: the first of the sandbox's people.

use super::samples::Samples;

pub(super) const SAMPLES: Samples = Samples {
    shared: &[],
    parameters: &[],
    bodies: &[
        ("batchDeactivateUsers", r#"{"users":[{"remoteId":"21d22dff-4542-4091-a511-1910d103413e"}]}"#),
        (
            "batchUpsertUsers",
            r#"{"users":[{"remoteId":"21d22dff-4542-4091-a511-1910d103413e","firstName":"Covian","lastName":"Kascote","active":true}]}"#,
        ),
    ],
};
