//! What examples of Genesys Cloud are about: the first of the sandbox's people, and what that person has.

use super::samples::Samples;

pub(super) const SAMPLES: Samples = Samples {
    shared: &[
        ("userId", "21d22dff-4542-4091-a511-1910d103413e"),
        ("subjectId", "21d22dff-4542-4091-a511-1910d103413e"),
        ("skillId", "79bf6bd4-af03-4e7a-b5b5-28a3da2334cf"),
        ("languageId", "0ee125f2-dc2a-4efc-b0b2-512aebc08d7c"),
        ("queueId", "d2865c7f-9b7c-4686-96bb-9a833f47e164"),
        ("divisionId", "aa170684-02f3-46a7-8590-f2ed8acfabb1"),
        ("roleId", "a4110230-f3f3-45df-8123-7863e249eb3f"),
        ("stationId", "39744efa-49ec-40e7-a6a8-a70cc5900e36"),
        ("authorityName", "staff"),
        ("externalKey", "E0000000"),
        ("coreTypeName", "text"),
        ("clientId", "browser"),
        ("jobId", "34b348b0-622b-49ca-b3d3-98f4e501d1b0"),
        ("permission", "directory:user:view"),
        ("schemaId", "7eb03e62-f30f-466d-8bb1-1c610a80f1f2"),
        ("schemaIds", "7eb03e62-f30f-466d-8bb1-1c610a80f1f2"),
        ("verifierId", "859ee0d0-540a-4711-a304-f74ce6b02e7c"),
        ("versionId", "1"),
    ],
    parameters: &[
        ("deleteAnalyticsUsersAggregatesJob", "jobId", "a87b4054-7611-4070-b816-6016e8bada8a"),
        ("getAnalyticsUsersAggregatesJob", "jobId", "a87b4054-7611-4070-b816-6016e8bada8a"),
        ("getAnalyticsUsersAggregatesJobResults", "jobId", "a87b4054-7611-4070-b816-6016e8bada8a"),
        ("getUsersDevelopmentActivities", "userId", "21d22dff-4542-4091-a511-1910d103413e"),
        ("getUsersDevelopmentActivity", "activityId", "fd4e22b5-9af4-4f72-a3c9-e7a0299cd937"),
        ("getUsersDevelopmentActivity", "type", "Coaching"),
        (
            "getUsersSearch",
            "q64",
            "eyJxdWVyeSI6W3sidHlwZSI6IkNPTlRBSU5TIiwiZmllbGRzIjpbIm5hbWUiXSwidmFsdWUiOiJrYXMifV0sInNvcnRCeSI6Im5hbWUiLCJzb3J0T3JkZXIiOiJBU0MiLCJwYWdlU2l6ZSI6MjV9",
        ),
    ],
    bodies: &[
        ("patchUser", r#"{"version":1,"title":"Senior Agent","department":"Service"}"#),
        ("patchUserCallforwarding", r#"{"enabled":true,"phoneNumber":"+12025550100"}"#),
        ("patchUserGeolocation", r#"{"city":"Dublin","region":"Leinster","country":"IE"}"#),
        ("patchUserQueue", r#"{"joined":true}"#),
        ("patchUserQueues", r#"[{"id":"d2865c7f-9b7c-4686-96bb-9a833f47e164","joined":true}]"#),
        ("patchUserRoutinglanguage", r#"{"proficiency":5,"state":"active"}"#),
        ("patchUserRoutinglanguagesBulk", r#"[{"id":"0ee125f2-dc2a-4efc-b0b2-512aebc08d7c","proficiency":5}]"#),
        ("patchUserRoutingskillsBulk", r#"[{"id":"79bf6bd4-af03-4e7a-b5b5-28a3da2334cf","proficiency":4}]"#),
        ("patchUsersBulk", r#"[{"id":"21d22dff-4542-4091-a511-1910d103413e","acdAutoAnswer":true}]"#),
        (
            "postAnalyticsUsersActivityQuery",
            r#"{"metrics":[{"metric":"oActiveQueues"}],"groupBy":["userId"],"filter":{"type":"and","predicates":[{"dimension":"userId","value":"21d22dff-4542-4091-a511-1910d103413e"}]}}"#,
        ),
        (
            "postAnalyticsUsersAggregatesJobs",
            r#"{"interval":"2024-12-01T00:00:00.000Z/2024-12-08T00:00:00.000Z","granularity":"P1D","groupBy":["userId"],"metrics":["tAgentRoutingStatus"]}"#,
        ),
        (
            "postAnalyticsUsersAggregatesQuery",
            r#"{"interval":"2024-12-01T00:00:00.000Z/2024-12-08T00:00:00.000Z","granularity":"P1D","groupBy":["userId"],"filter":{"type":"and","predicates":[{"dimension":"userId","value":"21d22dff-4542-4091-a511-1910d103413e"}]},"metrics":["tAgentRoutingStatus"]}"#,
        ),
        (
            "postAnalyticsUsersDetailsJobs",
            r#"{"interval":"2024-12-01T00:00:00.000Z/2024-12-08T00:00:00.000Z","order":"asc"}"#,
        ),
        (
            "postAnalyticsUsersDetailsQuery",
            r#"{"interval":"2024-12-01T00:00:00.000Z/2024-12-08T00:00:00.000Z","userFilters":[{"type":"and","predicates":[{"dimension":"userId","value":"21d22dff-4542-4091-a511-1910d103413e"}]}],"order":"asc","paging":{"pageSize":25,"pageNumber":1}}"#,
        ),
        (
            "postAnalyticsUsersObservationsQuery",
            r#"{"filter":{"type":"and","predicates":[{"dimension":"userId","value":"21d22dff-4542-4091-a511-1910d103413e"}]},"metrics":["oUserPresences","oUserRoutingStatuses"]}"#,
        ),
        (
            "postAuthorizationSubjectBulkadd",
            r#"{"grants":[{"roleId":"a4110230-f3f3-45df-8123-7863e249eb3f","divisionId":"aa170684-02f3-46a7-8590-f2ed8acfabb1"}]}"#,
        ),
        (
            "postAuthorizationSubjectBulkremove",
            r#"{"grants":[{"roleId":"a4110230-f3f3-45df-8123-7863e249eb3f","divisionId":"aa170684-02f3-46a7-8590-f2ed8acfabb1"}]}"#,
        ),
        (
            "postAuthorizationSubjectBulkreplace",
            r#"{"grants":[{"roleId":"a4110230-f3f3-45df-8123-7863e249eb3f","divisionId":"aa170684-02f3-46a7-8590-f2ed8acfabb1"}]}"#,
        ),
        ("postUserExternalid", r#"{"authorityName":"badge","externalKey":"B-1024"}"#),
        ("postUserPassword", r#"{"newPassword":"a new password"}"#),
        ("postUserRoutinglanguages", r#"{"id":"0ee125f2-dc2a-4efc-b0b2-512aebc08d7c","proficiency":5}"#),
        ("postUserRoutingskills", r#"{"id":"79bf6bd4-af03-4e7a-b5b5-28a3da2334cf","proficiency":4}"#),
        (
            "postUsers",
            r#"{"name":"Sample Person","email":"sample.person@example.com","divisionId":"aa170684-02f3-46a7-8590-f2ed8acfabb1","title":"Agent","department":"Service"}"#,
        ),
        (
            "postUsersCustomattributesSchemas",
            r##"{"name":"Equipment","jsonSchema":{"title":"Equipment","type":"object","properties":{"laptop":{"title":"Laptop","allOf":[{"$ref":"#/definitions/text"}]}}}}"##,
        ),
        (
            "postUsersDevelopmentActivitiesAggregatesQuery",
            r#"{"interval":"2024-07-01T00:00:00/2025-01-01T00:00:00","metrics":["nActivities"],"groupBy":["attendeeId"],"filter":{"type":"And","clauses":[{"type":"Or","predicates":[{"dimension":"attendeeId","value":"21d22dff-4542-4091-a511-1910d103413e"}]}]}}"#,
        ),
        ("postUsersMePassword", r#"{"oldPassword":"sandbox-genesys-password","newPassword":"a new password"}"#),
        ("postUsersMeVerifiersTotp", r#"{"name":"Phone","enabled":true}"#),
        ("postUsersMeVerifiersTotpVerifierId", r#"{"token":"936120","enable":true}"#),
        (
            "postUsersMeVerifiersWebauthnRegister",
            r#"{"name":"Security key","credential":{"id":"a2V5","rawId":"a2V5","type":"public-key","response":{"clientDataJSON":"eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiWTJoaGJHeGxibWRsIiwib3JpZ2luIjoiaHR0cHM6Ly9hcHBzLmV4YW1wbGUuY29tIn0","attestationObject":"o2NmbXRkbm9uZQ"}}}"#,
        ),
        (
            "postUsersSearch",
            r#"{"query":[{"type":"CONTAINS","fields":["name"],"value":"kas"}],"sortBy":"name","sortOrder":"ASC","pageSize":25}"#,
        ),
        (
            "postUsersSearchConversationTarget",
            r#"{"query":[{"type":"CONTAINS","fields":["name"],"value":"kas"}],"sortBy":"name","sortOrder":"ASC","pageSize":25}"#,
        ),
        (
            "postUsersSearchQueuemembersManage",
            r#"{"query":[{"type":"CONTAINS","fields":["name"],"value":"kas"}],"sortBy":"name","sortOrder":"ASC","pageSize":25}"#,
        ),
        (
            "postUsersSearchTeamsAssign",
            r#"{"query":[{"type":"CONTAINS","fields":["name"],"value":"kas"}],"sortBy":"name","sortOrder":"ASC","pageSize":25}"#,
        ),
        (
            "putRoutingDirectroutingbackupSettingsMe",
            r#"{"queueId":"d2865c7f-9b7c-4686-96bb-9a833f47e164","waitForAgent":true,"agentWaitSeconds":30}"#,
        ),
        (
            "putRoutingUserDirectroutingbackupSettings",
            r#"{"queueId":"d2865c7f-9b7c-4686-96bb-9a833f47e164","waitForAgent":true,"agentWaitSeconds":30}"#,
        ),
        (
            "putRoutingUserUtilization",
            r#"{"utilization":{"call":{"maximumCapacity":1,"includeNonAcd":true},"chat":{"maximumCapacity":3}}}"#,
        ),
        ("putUserCallforwarding", r#"{"enabled":true,"phoneNumber":"+12025550100"}"#),
        (
            "putUserOutofoffice",
            r#"{"active":true,"startDate":"2025-01-31T09:00:00.000Z","endDate":"2025-02-07T17:00:00.000Z"}"#,
        ),
        ("putUserProfileskills", r#"["welding","first aid"]"#),
        ("putUserRoles", r#"["a4110230-f3f3-45df-8123-7863e249eb3f"]"#),
        ("putUserRoutingskill", r#"{"proficiency":4,"state":"active"}"#),
        ("putUserRoutingskillsBulk", r#"[{"id":"79bf6bd4-af03-4e7a-b5b5-28a3da2334cf","proficiency":4}]"#),
        ("putUserRoutingstatus", r#"{"status":"IDLE"}"#),
        ("putUserState", r#"{"state":"inactive","version":1}"#),
        ("putUserVerifier", r#"{"name":"Office phone","enabled":true}"#),
        (
            "putUsersCustomattributesSchema",
            r##"{"name":"Workplace","jsonSchema":{"title":"Workplace","type":"object","properties":{"desk":{"title":"Desk","allOf":[{"$ref":"#/definitions/identifier"}]}}},"version":1}"##,
        ),
        ("putUsersMeVerifier", r#"{"name":"Office phone","enabled":true}"#),
    ],
};
