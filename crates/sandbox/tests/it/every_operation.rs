//! All operations of the three catalogs answer, through the typed clients.

use rosterkit_core::catalog::{Catalog, Kind, Location, OperationEntry, ParameterEntry, Schema, SchemaKind};
use rosterkit_core::dispatch::{Arguments, Output};
use rosterkit_core::{Error, ErrorKind, FilePart};
use serde_json::{Map, Value, json};

use crate::support::{Services, TestResult, services};

/// A value that a parameter can have.
fn value(parameter: &ParameterEntry) -> Value {
    let one = match parameter.kind {
        Kind::Integer => json!(parameter.minimum.unwrap_or(1)),
        Kind::Number => json!(1.5),
        Kind::Boolean => json!(true),
        Kind::Date => json!("2025-01-01"),
        Kind::DateTime => json!("2025-01-01T09:00:00Z"),
        Kind::Object => json!({}),
        Kind::String | Kind::File => parameter.values.first().map_or_else(|| json!("x"), |value| json!(value)),
    };
    if parameter.repeated { json!(vec![one; parameter.min_items.unwrap_or(1).max(1)]) } else { one }
}

/// The smallest value of a schema.
fn smallest(schema: &Schema) -> Value {
    match schema.kind {
        SchemaKind::Any | SchemaKind::AnyObject | SchemaKind::Map(_) => json!({}),
        SchemaKind::Text { values, .. } => json!(values.first().unwrap_or(&"x")),
        SchemaKind::Date => json!("2025-01-01"),
        SchemaKind::DateTime => json!("2025-01-01T09:00:00Z"),
        SchemaKind::Integer { minimum, .. } => json!(minimum.unwrap_or(1)),
        SchemaKind::Number { minimum, .. } => json!(minimum.unwrap_or(1)),
        SchemaKind::Boolean => json!(true),
        SchemaKind::Array { items, min_items, .. } => json!(vec![smallest(items); min_items.unwrap_or(1)]),
        SchemaKind::Object { properties, .. } => {
            let required = properties.iter().filter(|property| property.required);
            Value::Object(required.map(|it| (it.name.to_owned(), smallest(it.schema))).collect::<Map<_, _>>())
        }
    }
}

fn arguments(entry: &OperationEntry, schema: Option<&Schema>) -> Arguments {
    let chooses = entry.representations.map(|chosen| chosen.parameter);
    let mut arguments = Arguments::new();
    for parameter in entry.parameters.iter().filter(|it| it.required && Some(it.name) != chooses) {
        arguments = match (parameter.kind, parameter.location) {
            (Kind::File, Location::Multipart) => arguments.file(parameter.name, FilePart::new("sample.txt", "sample")),
            _ => arguments.param(parameter.name, value(parameter)),
        };
    }
    match (entry.request, schema) {
        (Some(_), Some(schema)) => arguments.json(smallest(schema)),
        (Some(request), None) if request.media_type == "application/xml" => arguments.raw("<courses/>"),
        (Some(request), None) if request.media_type == "text/plain" => arguments.raw("UserID\n"),
        _ => arguments,
    }
}

/// The operations that refuse this request, by status: most of them because of an id that no item has. All others succeed.
const REFUSED: &[(u16, &[&str])] = &[
    (
        400,
        &[
            "getAuthorizationDivisionspermittedMe",
            "getAuthorizationDivisionspermittedPagedMe",
            "getAuthorizationDivisionspermittedPagedSubjectId",
            "getUsersCustomattributesSchemaVersion",
            "getUsersDevelopmentActivities",
            "getUsersSearch",
            "patchUser",
            "patchUsersBulk",
            "postAnalyticsUsersActivityQuery",
            "postAnalyticsUsersAggregatesJobs",
            "postAnalyticsUsersAggregatesQuery",
            "postAnalyticsUsersDetailsJobs",
            "postAnalyticsUsersDetailsQuery",
            "postAnalyticsUsersObservationsQuery",
            "postAuthorizationSubjectBulkadd",
            "postAuthorizationSubjectBulkremove",
            "postAuthorizationSubjectBulkreplace",
            "postUserExternalid",
            "postUserPassword",
            "postUsers",
            "postUsersCustomattributesSchemas",
            "postUsersDevelopmentActivitiesAggregatesQuery",
            "postUsersMePassword",
            "postUsersMeVerifiersTotp",
            "postUsersMeVerifiersTotpVerifierId",
            "postUsersMeVerifiersWebauthnRegister",
            "putRoutingDirectroutingbackupSettingsMe",
            "putUserRoutingstatus",
            "putUserState",
            "assessmentAttemptHandler",
            "contentPackageImporter",
            "courses",
            "externalRecordAdder",
            "externalTrainingCsv",
            "recentActivity",
            "trainingHistoryCsv",
            "users200510Xml",
            "batchDeactivateUsers",
        ],
    ),
    (
        404,
        &[
            "deleteAnalyticsUsersAggregatesJob",
            "deleteAnalyticsUsersDetailsJob",
            "deleteAuthorizationSubjectDivisionRole",
            "deleteRoutingUserDirectroutingbackupSettings",
            "deleteRoutingUserUtilization",
            "deleteUser",
            "deleteUserCustomattribute",
            "deleteUserExternalidAuthorityNameExternalKey",
            "deleteUserRoutinglanguage",
            "deleteUserRoutingskill",
            "deleteUserStationAssociatedstation",
            "deleteUserStationDefaultstation",
            "deleteUserVerifier",
            "deleteUsersCustomattributesSchema",
            "deleteUsersMeVerifier",
            "getAnalyticsUsersAggregatesJob",
            "getAnalyticsUsersAggregatesJobResults",
            "getAnalyticsUsersDetailsJob",
            "getAnalyticsUsersDetailsJobResults",
            "getAuthorizationSubject",
            "getRoutingDirectroutingbackupSettingsMe",
            "getRoutingUserDirectroutingbackupSettings",
            "getRoutingUserUtilization",
            "getUser",
            "getUserAdjacents",
            "getUserCallforwarding",
            "getUserCustomattribute",
            "getUserCustomattributesBulk",
            "getUserDirectreports",
            "getUserExternalid",
            "getUserExternalidAuthorityName",
            "getUserFavorites",
            "getUserGeolocation",
            "getUserOutofoffice",
            "getUserProfile",
            "getUserProfileskills",
            "getUserQueues",
            "getUserRoles",
            "getUserRoutinglanguages",
            "getUserRoutingskills",
            "getUserRoutingstatus",
            "getUserSkillgroups",
            "getUserState",
            "getUserStation",
            "getUserSuperiors",
            "getUserTrustors",
            "getUserVerifiers",
            "getUsersCustomattributesSchema",
            "getUsersCustomattributesSchemaVersions",
            "getUsersCustomattributesSchemasCoretype",
            "getUsersDevelopmentActivity",
            "getUsersExternalidAuthorityNameExternalKey",
            "patchUserCallforwarding",
            "patchUserCustomattributes",
            "patchUserCustomattributesBulk",
            "patchUserGeolocation",
            "patchUserQueue",
            "patchUserQueues",
            "patchUserRoutinglanguage",
            "patchUserRoutinglanguagesBulk",
            "patchUserRoutingskillsBulk",
            "postAuthorizationSubjectDivisionRole",
            "postUserInvite",
            "postUserRoutinglanguages",
            "postUserRoutingskills",
            "putRoutingUserDirectroutingbackupSettings",
            "putRoutingUserUtilization",
            "putUserCallforwarding",
            "putUserCustomattributes",
            "putUserOutofoffice",
            "putUserProfileskills",
            "putUserRoles",
            "putUserRoutingskill",
            "putUserRoutingskillsBulk",
            "putUserStationAssociatedstationStationId",
            "putUserStationDefaultstationStationId",
            "putUserVerifier",
            "putUsersCustomattributesSchema",
            "putUsersMeVerifier",
            "putUsersStationsMeAssociatedstationStationId",
            "article",
            "assessmentAttemptSummary",
            "batchReport",
            "catalog",
            "certificate",
            "competency",
            "contentPackage",
            "externalRecordDeleter",
            "externalRecordUpdater",
            "externalTrainingRecord",
            "facility",
            "hacpInfo",
            "jobProfileAssigner",
            "jobProfileUnassigner",
            "launchTracker",
            "message",
            "messageUpdater",
            "module",
            "organization",
            "overallStatusChanger",
            "participantSubstituter",
            "participants",
            "programModuleEnroller",
            "record",
            "resource",
            "supervisedGroupsAdder",
            "supervisedGroupsRemover",
            "supervisorAssessment",
            "taskApprover",
            "user200510Xml",
            "userGroupAdder",
            "userGroupDeleter as xml",
            "userGroupRemover",
            "withdrawalRequestApprover",
            "withdrawalRequestDenier",
        ],
    ),
    (409, &["userGroupCreator as xml"]),
];

/// The status with which a call is refused, if it is.
fn refused(call: &str) -> Option<u16> {
    REFUSED.iter().find(|(_, calls)| calls.contains(&call)).map(|(status, _)| *status)
}

/// Checks that a call has its status of [`REFUSED`], or else succeeds. `call` is the operation, with its representation
/// where a status belongs to one representation alone.
fn assert_status(operation: &str, call: &str, result: Result<Output, Error>) {
    match (result, refused(call).or_else(|| refused(operation))) {
        (Ok(answer), None) => assert!(answer.status.is_success(), "{call}: {}", answer.status),
        (Ok(answer), Some(expected)) => panic!("{call}: expected status {expected}, received {}", answer.status),
        (Err(error), expected) => {
            assert_eq!(error.status().map(|status| status.as_u16()), expected, "{call}: {error}");
            assert_eq!(error.kind(), ErrorKind::Status, "{call}: {error}");
        }
    }
}

async fn assert_all_answer<F>(
    catalog: &Catalog,
    schemas: fn(&str) -> Option<&'static Schema>,
    expected: usize,
    call: impl Fn(&'static str, Arguments) -> F,
) where
    F: Future<Output = Result<Output, Error>>,
{
    assert_eq!(catalog.operations.len(), expected);
    for entry in catalog.operations {
        let id = entry.operation.id;
        let make = || arguments(entry, schemas(id));
        match entry.representations {
            None => assert_status(id, id, call(id, make()).await),
            Some(chosen) => {
                for (representation, _) in chosen.media {
                    let result = call(id, make().representation(*representation)).await;
                    assert_status(id, &format!("{id} as {representation}"), result);
                }
            }
        }
    }
}

#[tokio::test]
async fn every_operation_has_its_expected_status() -> TestResult {
    let Services { genesys, lms, sessions, .. } = &services(20).await?;
    let genesys = |id, arguments| async move { genesys.api().dispatch(id, arguments).await };
    let lms = |id, arguments| async move { lms.api().dispatch(id, arguments).await };
    let sessions = |id, arguments| async move { sessions.api().dispatch(id, arguments).await };
    use genesys_users::generated as g;
    use peoplefluent_lms::generated as p;
    use session_clusters::generated as s;
    assert_all_answer(&g::catalog::CATALOG, g::schemas::body, 130, genesys).await;
    assert_all_answer(&p::catalog::CATALOG, p::schemas::body, 80, lms).await;
    assert_all_answer(&s::catalog::CATALOG, s::schemas::body, 5, sessions).await;
    let catalogs = [&g::catalog::CATALOG, &p::catalog::CATALOG, &s::catalog::CATALOG];
    for call in REFUSED.iter().flat_map(|(_, calls)| *calls) {
        let operation = call.split(' ').next().unwrap_or_default();
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
