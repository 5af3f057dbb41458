//! The three services, as their clients see them.

#![allow(missing_docs, clippy::unwrap_used)]

mod control;
mod every_operation;
mod faults;
mod from_the_start;
mod genesys;
mod genesys_agents;
mod genesys_analytics;
mod genesys_bulk;
mod genesys_development;
mod genesys_external_ids;
mod genesys_greetings;
mod genesys_organization;
mod genesys_passwords;
mod genesys_presence;
mod genesys_relations;
mod genesys_roles;
mod genesys_routing;
mod genesys_rules;
mod genesys_schemas;
mod genesys_search;
mod genesys_settings;
mod genesys_state;
mod genesys_stations;
mod hostile;
mod lifecycle;
mod lms;
mod lms_access;
mod lms_bulk;
mod lms_content;
mod lms_documents;
mod lms_external;
mod lms_fuzz;
mod lms_hostile;
mod lms_people;
mod lms_training;
mod log;
mod oauth;
mod persistence;
#[cfg(all(feature = "cli", feature = "demo"))]
mod programs;
mod refusals;
mod sessions;
mod strict;
mod support;
