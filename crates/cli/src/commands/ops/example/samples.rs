//! What examples are about: things that the embedded sandbox has, with its default people.

/// The value of a parameter or property.
pub(super) fn text(operation: &str, name: &str) -> Option<&'static str> {
    Some(match (operation, name) {
        (_, "userId" | "subjectId") => "PLACEHOLDER",
        _ => return None,
    })
}

/// The body of an operation whose schema does not say enough.
pub(super) fn body(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "externalTrainingCsv" => "Action,RecordID,UserId,Title,EndDate,Status",
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
