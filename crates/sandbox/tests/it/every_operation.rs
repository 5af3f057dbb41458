//! The example of every operation of the three catalogs works, through the typed clients.

use std::sync::Arc;

use rosterkit_core::catalog::{Catalog, Kind, OperationEntry, Schema};
use rosterkit_core::dispatch::{Arguments, Output};
use rosterkit_core::{Error, ErrorKind, FilePart};
use rosterkit_sandbox::Sandbox;
use serde_json::Value;

use crate::support::{Services, TestResult};

/// The operations that refuse their example, with the status. All others succeed.
const REFUSED: &[(&str, u16)] = &[
    // The file of this test is no archive.
    ("contentPackageImporter", 400),
    // It needs the signature of a security key on a challenge that is drawn at random.
    ("postUsersMeVerifiersWebauthnRegister", 400),
];

fn arguments(entry: &OperationEntry, schema: Option<&Schema>) -> TestResult<Arguments> {
    let mut arguments = Arguments::new().params(serde_json::from_str::<Value>(entry.example.parameters)?)?;
    for file in entry.parameters.iter().filter(|it| it.required && it.kind == Kind::File) {
        arguments = arguments.file(file.name, FilePart::new("sample.txt", "sample"));
    }
    match (entry.example.body, schema) {
        (Some(body), Some(schema)) => {
            let body: Value = serde_json::from_str(body)?;
            schema.check(&body).map_err(|mismatch| format!("{mismatch} in {body}"))?;
            Ok(arguments.json(body))
        }
        (Some(body), None) => Ok(arguments.raw(body)),
        (None, _) => Ok(arguments),
    }
}

/// Checks that a call has its status of [`REFUSED`], or else succeeds.
fn assert_status(operation: &str, call: &str, result: Result<Output, Error>) {
    let refused = REFUSED.iter().find(|(refused, _)| *refused == operation).map(|(_, status)| *status);
    match (result, refused) {
        (Ok(output), None) => assert!(output.status.is_success(), "{call}: {}", output.status),
        (Ok(output), Some(expected)) => panic!("{call}: expected status {expected}, received {}", output.status),
        (Err(error), expected) => {
            assert_eq!(error.status().map(|status| status.as_u16()), expected, "{call}: {error}");
            assert_eq!(error.kind(), ErrorKind::Status, "{call}: {error}");
        }
    }
}

/// Calls every operation in every representation, those that change something in a sandbox of their own.
async fn assert_all_work<F>(
    catalog: &Catalog,
    schemas: fn(&str) -> Option<&'static Schema>,
    expected: usize,
    call: impl Fn(Arc<Services>, &'static str, Arguments) -> F,
) -> TestResult
where
    F: Future<Output = Result<Output, Error>>,
{
    assert_eq!(catalog.operations.len(), expected);
    let unchanged = fresh().await?;
    for entry in catalog.operations {
        let id = entry.operation.id;
        let sandbox = async || if entry.operation.method == "GET" { Ok(Arc::clone(&unchanged)) } else { fresh().await };
        let make = || arguments(entry, schemas(id)).map_err(|error| format!("{id}: {error}"));
        match entry.representations {
            None => assert_status(id, id, call(sandbox().await?, id, make()?).await),
            Some(chosen) => {
                for (representation, _) in chosen.media {
                    let result = call(sandbox().await?, id, make()?.representation(*representation)).await;
                    assert_status(id, &format!("{id} as {representation}"), result);
                }
            }
        }
    }
    Ok(())
}

async fn fresh() -> TestResult<Arc<Services>> {
    Services::of(Sandbox::builder().start().await?).map(Arc::new)
}

#[tokio::test]
async fn every_operation_has_its_expected_status() -> TestResult {
    let genesys =
        |services: Arc<Services>, id, arguments| async move { services.genesys.api().dispatch(id, arguments).await };
    let lms = |services: Arc<Services>, id, arguments| async move { services.lms.api().dispatch(id, arguments).await };
    let sessions =
        |services: Arc<Services>, id, arguments| async move { services.sessions.api().dispatch(id, arguments).await };
    use genesys_users::generated as g;
    use peoplefluent_lms::generated as p;
    use session_clusters::generated as s;
    assert_all_work(&g::catalog::CATALOG, g::schemas::body, 130, genesys).await?;
    assert_all_work(&p::catalog::CATALOG, p::schemas::body, 80, lms).await?;
    assert_all_work(&s::catalog::CATALOG, s::schemas::body, 5, sessions).await?;
    let catalogs = [&g::catalog::CATALOG, &p::catalog::CATALOG, &s::catalog::CATALOG];
    for (operation, _) in REFUSED {
        assert!(catalogs.iter().any(|catalog| catalog.find(operation).is_some()), "no operation {operation}");
    }
    Ok(())
}

#[test]
fn every_json_response_has_an_example() -> TestResult {
    for (catalog, answer) in [
        (&genesys_users::generated::catalog::CATALOG, genesys_users::generated::answers::answer as fn(&str) -> _),
        (&peoplefluent_lms::generated::catalog::CATALOG, peoplefluent_lms::generated::answers::answer),
        (&session_clusters::generated::catalog::CATALOG, session_clusters::generated::answers::answer),
    ] {
        for entry in catalog.operations {
            let id = entry.operation.id;
            let json = entry.response.media_types.contains(&"application/json");
            let text: Option<&'static str> = answer(id);
            assert_eq!(text.is_some(), json, "{id}");
            if let Some(text) = text {
                let value: Value = serde_json::from_str(text)?;
                assert!(!value.is_null(), "{id} has an example that is nothing");
            }
        }
    }
    Ok(())
}
