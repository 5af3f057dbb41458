//! What examples are about: things that the embedded sandbox has, with its default people.

/// The value of a parameter or property.
pub(super) fn text(operation: &str, name: &str) -> Option<&'static str> {
    Some(match (operation, name) {
        (_, "userId" | "subjectId") => "21d22dff-4542-4091-a511-1910d103413e",
        (_, "skillId") => "79bf6bd4-af03-4e7a-b5b5-28a3da2334cf",
        (_, "languageId") => "0ee125f2-dc2a-4efc-b0b2-512aebc08d7c",
        (_, "queueId") => "d2865c7f-9b7c-4686-96bb-9a833f47e164",
        (_, "divisionId") => "aa170684-02f3-46a7-8590-f2ed8acfabb1",
        (_, "roleId") => "a4110230-f3f3-45df-8123-7863e249eb3f",
        (_, "stationId") => "39744efa-49ec-40e7-a6a8-a70cc5900e36",
        (_, "authorityName") => "staff",
        (_, "externalKey") => "E0000000",
        (_, "coreTypeName") => "text",
        ("getUsersDevelopmentActivity", "activityId") => "fd4e22b5-9af4-4f72-a3c9-e7a0299cd937",
        ("getUsersDevelopmentActivity", "type") => "Coaching",
        ("user200510Xml", _) => "covian.kascote.0",
        ("module", "id") | (_, "learning-id") => "SAFETY-101",
        ("competency", "id") => "CMP-01",
        ("article", "id") => "NEWS-12",
        ("catalog" | "organization", "id") => "*ROOT*",
        ("batchReport", "pathname") => "/reports/2024-12-31/modules.csv",
        ("resource", "url") => "resources/house-rules.txt",
        ("recentActivity", "activityType") => "all",
        ("users200510Xml", "status") => "active",
        (_, "versioning") => "overwrite",
        _ => return None,
    })
}

/// The body of an operation whose schema does not say enough.
pub(super) fn body(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "externalTrainingCsv" => "Action,RecordID,UserId,Title\nAU,R1,covian.kascote.0,First aid\n",
        _ => return None,
    })
}

/// Whether an operation needs a parameter that the spec leaves open, because it needs one of several.
pub(super) fn is_needed(operation: &str, parameter: &str) -> bool {
    matches!((operation, parameter), ("getUsersDevelopmentActivities", "userId"))
}

/// Whether a property says what a body is about.
pub(super) fn is_telling(property: &str) -> bool {
    matches!(property, "id" | "name" | "title" | "version")
}
