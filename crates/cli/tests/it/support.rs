//! A sandbox, a home folder, and the binary that runs with them.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use rosterkit_sandbox::{Sandbox, SandboxBuilder};
use serde_json::Value;

/// A sandbox in this process and an empty home folder. Its commands have the sandbox's settings in their environment.
pub struct Harness {
    pub sandbox: Sandbox,
    pub home: tempfile::TempDir,
}

/// An address without a server: the port is reserved, and the system does not give it to a server.
pub const CLOSED_PORT: &str = "http://127.0.0.1:1";

/// Ids of the form that the service gives, of nothing that exists: they are not looked up as names.
pub const IDS: [&str; 4] = [
    "5e5e5e5e-0000-4000-8000-00000000000a",
    "5e5e5e5e-0000-4000-8000-00000000000b",
    "5e5e5e5e-0000-4000-8000-00000000000c",
    "5e5e5e5e-0000-4000-8000-00000000000d",
];

/// Starts a sandbox with this many people.
pub fn harness(users: u64) -> Harness {
    harness_of(Sandbox::builder().users(users).seed(7))
}

/// Starts a sandbox with these settings.
pub fn harness_of(builder: SandboxBuilder) -> Harness {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let sandbox = runtime.block_on(builder.start()).expect("sandbox");
    Harness { sandbox, home: tempfile::tempdir().expect("a home") }
}

/// The binary, with default signal handling as from a terminal.
pub fn program() -> std::process::Command {
    let binary = assert_cmd::cargo::cargo_bin!("rosterkit");
    match default_signals() {
        Some([env, option]) => {
            let mut command = std::process::Command::new(env);
            command.arg(option).arg(binary);
            command
        }
        None => std::process::Command::new(binary),
    }
}

/// A prefix that resets the signals which this process ignores. Background jobs of shells ignore Ctrl-C, and `nohup` ignores
/// SIGHUP; child processes inherit this, and the binary keeps it.
pub fn default_signals() -> Option<[&'static str; 2]> {
    const HANGUP_INTERRUPT_TERMINATE: u64 = 1 | 1 << 1 | 1 << 14;
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let is_ignored = u64::from_str_radix(mask.trim(), 16).ok()? & HANGUP_INTERRUPT_TERMINATE != 0;
    is_ignored.then_some(["/usr/bin/env", "--default-signal=HUP,INT,TERM"])
}

/// The binary with an empty home folder and no other settings.
pub fn bare(home: &tempfile::TempDir) -> Command {
    let mut command = Command::from_std(program());
    command.env_clear().env("HOME", home.path()).env("APPDATA", home.path()).current_dir(home.path());
    command
}

impl Harness {
    /// The binary, with the sandbox's addresses and credentials in its environment.
    pub fn command(&self) -> Command {
        let mut command = bare(&self.home);
        command.envs(self.environment());
        command
    }

    /// The sandbox's addresses and credentials as environment variables.
    pub fn environment(&self) -> [(&'static str, String); 8] {
        let accepted = self.sandbox.credentials();
        [
            ("GENESYSCLOUD_BASE_URL", self.sandbox.genesys_url()),
            ("GENESYSCLOUD_ACCESS_TOKEN", accepted.genesys_token.to_owned()),
            ("LMS_BASE_URL", self.sandbox.lms_url()),
            ("LMS_USER", accepted.lms_user.to_owned()),
            ("LMS_PASSWORD", accepted.lms_password.to_owned()),
            ("LMS_SYSTEM_KEY", accepted.lms_system_key.to_owned()),
            ("SESSIONS_BASE_URL", self.sandbox.sessions_url()),
            ("SESSIONS_API_KEY", accepted.session_key.to_owned()),
        ]
    }

    /// Runs the binary and returns what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        text(&self.command().args(arguments).assert().success().get_output().stdout)
    }

    /// Runs the binary and returns the JSON that it printed.
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(&[arguments, &["--output", "json"]].concat())).expect("JSON")
    }

    /// Writes a file into the home folder.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::write(&path, content).expect("written");
        path
    }

    /// Adds a fault, as `rosterkit sandbox --fault` does.
    pub fn fault(&self, fault: &str) {
        self.sandbox.add_fault(fault.parse().expect("a fault")).expect("a fault of an operation");
    }

    /// How often an operation was called, of the last 1000 requests.
    pub fn calls(&self, operation: &str) -> usize {
        self.sandbox.request_log().iter().filter(|request| request.operation == Some(operation)).count()
    }

    /// The id of a person.
    pub fn somebody(&self) -> String {
        let page = self.json(&["genesys", "users", "list", "--state", "any", "--limit", "1"]);
        page[0]["id"].as_str().expect("an id").to_owned()
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Whether a command has an option.
pub fn has_option(name: &str, option: &str) -> bool {
    let below = |command: clap::Command, name: &str| command.find_subcommand(name).cloned().expect("a command");
    let command = name.split(' ').fold(rosterkit_cli::command(), below);
    command.get_arguments().any(|argument| argument.get_id() == option)
}
