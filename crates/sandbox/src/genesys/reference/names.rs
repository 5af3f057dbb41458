//! The names on the lists.

pub(super) const SKILLS: &[&str] = &[
    "Billing",
    "Claims",
    "Onboarding",
    "Returns",
    "Technical",
    "Retention",
    "Shipping",
    "Warranty",
    "Invoicing",
    "Complaints",
    "Booking",
    "Renewals",
    "Upselling",
    "Escalation",
    "Hardware",
    "Software",
    "Networks",
    "Payments",
    "Translation",
    "Safety",
];

pub(super) const LANGUAGES: &[&str] =
    &["English", "French", "German", "Spanish", "Italian", "Dutch", "Portuguese", "Polish"];

/// The first is the home division.
pub(super) const DIVISIONS: &[&str] = &["Home", "North", "South", "Training", "Partners"];

pub(super) const GROUPS: &[&str] = &["Early Shift", "Late Shift", "Mentors", "First Responders"];

pub(super) const LOCATIONS: &[&str] = &["Harbour Office", "Hill Office", "Station Office", "Remote"];

/// The presences that the system itself knows.
pub(super) const PRESENCES: &[&str] =
    &["Available", "Away", "Busy", "Offline", "Idle", "OnQueue", "Meal", "Training", "Meeting", "Break"];
