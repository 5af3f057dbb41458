//! Each command has a test that runs it and checks its effect. A new command fails here until it has one.

use std::collections::BTreeSet;

/// A command, the module of a test of its effect, and the name of that test.
const COMMANDS: [(&str, &str, &str); 83] = [
    ("call", "call", "parameters_can_be_given_one_by_one_and_lists_by_repeating_them"),
    ("completions", "shell", "completions_of_each_shell_have_the_commands"),
    ("doctor", "doctor", "every_service_is_read_once_and_what_a_token_lacks_is_told"),
    ("genesys activities get", "genesys", "activities_are_listed_by_user_and_state_and_read"),
    ("genesys activities list", "genesys", "activities_are_listed_by_user_and_state_and_read"),
    ("genesys divisions list", "genesys_lookups", "divisions_roles_and_stations_are_found_by_name_and_by_id"),
    (
        "genesys groups list",
        "genesys_lookups",
        "groups_and_locations_are_found_by_name_though_the_service_has_no_such_filter",
    ),
    ("genesys jobs run", "genesys_jobs", "a_query_runs_as_a_job_which_is_deleted_when_its_results_are_there"),
    ("genesys languages add", "people_many", "languages_are_added_replaced_and_removed_by_name"),
    (
        "genesys languages list",
        "genesys_lookups",
        "skills_queues_and_languages_of_the_organization_are_found_by_name_and_by_id",
    ),
    ("genesys languages remove", "people_many", "languages_are_added_replaced_and_removed_by_name"),
    ("genesys languages set", "people_many", "languages_are_added_replaced_and_removed_by_name"),
    (
        "genesys locations list",
        "genesys_lookups",
        "groups_and_locations_are_found_by_name_though_the_service_has_no_such_filter",
    ),
    ("genesys presence-sources get", "genesys_lookups", "presences_and_their_sources_are_found_by_name_and_read"),
    ("genesys presence-sources list", "genesys_lookups", "presences_and_their_sources_are_found_by_name_and_read"),
    ("genesys presences get", "genesys_lookups", "presences_and_their_sources_are_found_by_name_and_read"),
    ("genesys presences list", "genesys_lookups", "presences_and_their_sources_are_found_by_name_and_read"),
    ("genesys presences set", "people_many", "presences_queues_and_roles_are_set_by_name"),
    ("genesys queues join", "genesys_routing", "queues_are_listed_left_and_joined"),
    ("genesys queues leave", "genesys_routing", "queues_are_listed_left_and_joined"),
    ("genesys queues list", "genesys_routing", "queues_are_listed_left_and_joined"),
    ("genesys queues set", "people_many", "presences_queues_and_roles_are_set_by_name"),
    ("genesys roles grant", "people_many", "presences_queues_and_roles_are_set_by_name"),
    ("genesys roles list", "genesys_lookups", "divisions_roles_and_stations_are_found_by_name_and_by_id"),
    ("genesys roles revoke", "people_many", "presences_queues_and_roles_are_set_by_name"),
    ("genesys skills add", "genesys_routing", "skills_are_listed_added_set_and_removed"),
    ("genesys skills list", "genesys_routing", "skills_are_listed_added_set_and_removed"),
    ("genesys skills remove", "genesys_routing", "skills_are_listed_added_set_and_removed"),
    ("genesys skills set", "genesys_routing", "skills_are_listed_added_set_and_removed"),
    ("genesys stations list", "genesys_lookups", "divisions_roles_and_stations_are_found_by_name_and_by_id"),
    ("genesys users create", "genesys", "a_user_is_created_changed_and_deleted"),
    ("genesys users delete", "genesys", "a_user_is_created_changed_and_deleted"),
    ("genesys users get", "genesys", "expanded_parts_are_added"),
    ("genesys users list", "genesys", "users_are_listed_by_page_with_a_hint_and_all_of_them_on_request"),
    (
        "genesys users restore",
        "genesys_changes",
        "a_deleted_user_is_named_when_its_address_is_taken_and_can_be_restored",
    ),
    ("genesys users search", "genesys", "users_are_searched_by_text_or_by_a_whole_request"),
    ("genesys users update", "genesys", "a_user_is_created_changed_and_deleted"),
    ("lms enroll", "lms", "a_user_is_enrolled_and_a_refusal_with_status_200_is_an_error"),
    ("lms export certificates", "lms_export", "certificates_and_reports_become_files"),
    ("lms export people", "lms_export", "users_and_people_are_rows_in_every_form"),
    ("lms export records", "lms_export", "records_are_exported_by_user_module_and_time"),
    ("lms export reports", "lms_export", "certificates_and_reports_become_files"),
    ("lms export users", "lms_export", "users_and_people_are_rows_in_every_form"),
    ("lms groups add", "lms", "groups_are_made_filled_emptied_and_deleted"),
    ("lms groups create", "lms", "groups_are_made_filled_emptied_and_deleted"),
    ("lms groups delete", "lms", "groups_are_made_filled_emptied_and_deleted"),
    ("lms groups remove", "lms", "groups_are_made_filled_emptied_and_deleted"),
    ("lms import-csv external-training", "lms", "imported_rows_are_there_afterwards"),
    ("lms import-csv training-history", "lms", "imported_rows_are_there_afterwards"),
    ("lms people get", "lms", "people_are_searched_listed_and_read"),
    ("lms people list", "lms", "people_are_searched_listed_and_read"),
    ("lms people me", "lms", "people_are_searched_listed_and_read"),
    ("lms people search", "lms", "people_are_searched_listed_and_read"),
    ("lms people team", "lms", "records_of_a_team_are_those_that_changed_since"),
    ("lms records", "lms", "records_are_listed_for_another_user"),
    ("login", "login", "a_user_signs_in_all_commands_act_as_them_and_they_sign_out"),
    ("logout", "login", "a_user_signs_in_all_commands_act_as_them_and_they_sign_out"),
    ("man", "shell", "each_command_has_help_with_an_example_and_a_man_page"),
    ("ops", "ops", "operations_are_found_by_words"),
    ("ops show", "ops", "an_operation_is_shown_with_all_facts"),
    ("profile add", "profiles", "a_profile_is_made_listed_checked_and_removed"),
    ("profile check", "profiles", "a_profile_is_made_listed_checked_and_removed"),
    ("profile list", "profiles", "a_profile_is_made_listed_checked_and_removed"),
    ("profile remove", "profiles", "a_profile_is_made_listed_checked_and_removed"),
    ("profile use", "profiles", "a_profile_is_made_listed_checked_and_removed"),
    ("sandbox", "shell", "the_sandbox_serves_until_it_is_interrupted"),
    ("sessions clusters", "sessions", "clusters_and_completions_have_windows"),
    ("sessions completions", "sessions", "clusters_and_completions_have_windows"),
    ("sessions deactivate", "sessions", "users_are_deactivated_by_id_and_from_lines"),
    ("sessions upsert", "sessions", "users_are_written_in_batches_with_an_outcome_each"),
    ("sessions users", "sessions", "users_are_listed_by_page_and_all_of_them_on_request"),
    ("sync adopt", "sync", "a_person_is_adopted_by_ids_of_the_last_plan"),
    ("sync apply", "sync", "a_plan_is_shown_then_applied_and_a_second_one_is_empty"),
    ("sync explain", "sync", "a_person_is_explained_and_the_plan_of_the_explanation_is_not_applied"),
    ("sync forget", "sync", "a_person_is_forgotten_with_a_word_on_what_is_not_reached"),
    ("sync history", "sync", "a_run_is_in_the_status_the_history_the_report_and_the_metrics"),
    ("sync init", "sync", "an_example_of_every_flow_can_be_planned_with_and_the_schema_has_its_keys"),
    ("sync plan", "sync", "a_plan_is_shown_then_applied_and_a_second_one_is_empty"),
    ("sync run", "sync", "a_run_is_in_the_status_the_history_the_report_and_the_metrics"),
    ("sync sample", "sync", "a_sample_has_paths_and_lengths_and_no_values"),
    ("sync schema", "sync", "an_example_of_every_flow_can_be_planned_with_and_the_schema_has_its_keys"),
    ("sync show", "sync", "a_run_is_in_the_status_the_history_the_report_and_the_metrics"),
    ("sync status", "sync", "a_run_is_in_the_status_the_history_the_report_and_the_metrics"),
];

/// The commands that can be run, including those with subcommands.
fn commands(command: &clap::Command, path: &str, all: &mut BTreeSet<String>) {
    for subcommand in command.get_subcommands() {
        let path = format!("{path} {}", subcommand.get_name());
        if !subcommand.is_subcommand_required_set() {
            all.insert(path.trim_start().to_owned());
        }
        commands(subcommand, &path, all);
    }
}

fn source(module: &str) -> &'static str {
    match module {
        "call" => include_str!("call.rs"),
        "doctor" => include_str!("doctor.rs"),
        "genesys" => include_str!("genesys.rs"),
        "genesys_changes" => include_str!("genesys_changes.rs"),
        "genesys_jobs" => include_str!("genesys_jobs.rs"),
        "genesys_lookups" => include_str!("genesys_lookups.rs"),
        "genesys_routing" => include_str!("genesys_routing.rs"),
        "lms" => include_str!("lms.rs"),
        "lms_export" => include_str!("lms_export.rs"),
        "login" => include_str!("login.rs"),
        "ops" => include_str!("ops.rs"),
        "people_many" => include_str!("people_many.rs"),
        "profiles" => include_str!("profiles.rs"),
        "sessions" => include_str!("sessions.rs"),
        "shell" => include_str!("shell.rs"),
        "sync" => include_str!("sync.rs"),
        other => panic!("`COMMANDS` has the unknown module `{other}`"),
    }
}

#[test]
fn every_command_has_a_test_of_its_effect() {
    let mut all = BTreeSet::new();
    commands(&rosterkit_cli::command(), "", &mut all);
    let listed: BTreeSet<String> = COMMANDS.iter().map(|(command, _, _)| (*command).to_owned()).collect();
    let untested: Vec<_> = all.difference(&listed).collect();
    assert!(untested.is_empty(), "write a test of the effect of {untested:?}, and name it in `COMMANDS`");
    let gone: Vec<_> = listed.difference(&all).collect();
    assert!(gone.is_empty(), "{gone:?} are not commands: remove them from `COMMANDS`");
}

#[test]
fn the_tests_of_commands_exist_and_run_them() {
    for (command, module, name) in COMMANDS {
        // rustfmt may break lines between words.
        let source = source(module).split_whitespace().collect::<Vec<_>>().join(" ");
        let is_test = source.contains(&format!("fn {name}()"));
        assert!(is_test, "the test `{module}::{name}` of `{command}` does not exist");
        let words: Vec<String> = command.split(' ').map(|word| format!("\"{word}\"")).collect();
        assert!(source.contains(&words.join(", ")), "`{module}` does not run `{command}`");
    }
}
