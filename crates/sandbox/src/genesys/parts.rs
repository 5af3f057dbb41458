//! The parts of a user that are shown only with `expand`.

/// The values of `expand` and the fields they add. Some spellings differ.
pub(crate) const PARTS: &[(&str, &str)] = &[
    ("routingStatus", "routingStatus"),
    ("presence", "presence"),
    ("integrationPresence", "integrationPresence"),
    ("conversationSummary", "conversationSummary"),
    ("outOfOffice", "outOfOffice"),
    ("geolocation", "geolocation"),
    ("station", "station"),
    ("authorization", "authorization"),
    ("authorization.unusedRoles", "authorization"),
    ("lasttokenissued", "lastTokenIssued"),
    ("team", "team"),
    ("workPlanBidRanks", "workPlanBidRanks"),
    ("profileSkills", "profileSkills"),
    ("certifications", "certifications"),
    ("locations", "locations"),
    ("groups", "groups"),
    ("skills", "skills"),
    ("languages", "languages"),
    ("languagePreference", "languagePreference"),
    ("employerInfo", "employerInfo"),
    ("biography", "biography"),
    ("dateLastLogin", "dateLastLogin"),
];
