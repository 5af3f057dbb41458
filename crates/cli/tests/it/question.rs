//! The question before something is taken away from several people, on a terminal.

use std::io::{ErrorKind, Read as _, Write as _};
use std::process::{Command, Stdio};

use crate::support::{Harness, default_signals, harness, text};

/// Runs a command on a terminal of its own, with `script` of util-linux, and types when it has asked. Returns the exit code
/// and what the terminal shows; `None` if this machine has no `script`.
fn on_terminal(harness: &Harness, arguments: &[&str], typed: &str) -> Option<(i32, String)> {
    let binary = assert_cmd::cargo::cargo_bin!("rosterkit").display().to_string();
    let program = default_signals().into_iter().flatten().chain([binary.as_str()]);
    let line = shlex::try_join(program.chain(arguments.iter().copied())).expect("words");
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &format!("exec {line}"), "/dev/null"]);
    script.env_clear().envs(harness.environment()).env("HOME", harness.home.path()).env("SHELL", "/bin/sh");
    script.current_dir(harness.home.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = match script.spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        child => child.expect("started"),
    };
    let (mut keyboard, mut screen) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
    let (mut shown, mut chunk, mut has_typed) = (Vec::new(), [0; 1024], false);
    loop {
        match screen.read(&mut chunk).expect("the screen") {
            0 => break,
            length => shown.extend_from_slice(&chunk[..length]),
        }
        if !has_typed && String::from_utf8_lossy(&shown).contains("[y/N] ") {
            keyboard.write_all(typed.as_bytes()).and_then(|()| keyboard.flush()).expect("typed");
            has_typed = true;
        }
    }
    let code = child.wait().expect("ended").code().expect("an exit code");
    Some((code, text(&shown)))
}

#[test]
fn users_are_deleted_after_a_yes_and_not_after_a_no_the_end_of_the_input_or_ctrl_c() {
    let harness = harness(8);
    let users = harness.json(&["genesys", "users", "list", "--limit", "3", "--columns", "id"]);
    let id = |index: usize| users[index]["id"].as_str().expect("an id");
    // Not the first user, whose token it is.
    harness.file("leavers.csv", &format!("id\n{}\n{}\n", id(1), id(2)));
    let delete = ["genesys", "users", "delete", "--from", "leavers.csv"];
    for (typed, code, told) in [
        ("n\n", 2, "not confirmed; nothing was sent"),
        ("\n", 2, "not confirmed; nothing was sent"),
        // What Ctrl-D and Ctrl-C type.
        ("\u{4}", 2, "not confirmed; nothing was sent"),
        ("\u{3}", 130, "rosterkit: delete 2 users? [y/N] "),
    ] {
        let Some((found, shown)) = on_terminal(&harness, &delete, typed) else { return };
        assert!(found == code && shown.contains(told), "{typed:?}: {found}: {shown}");
        assert_eq!(harness.calls("deleteUser"), 0, "{typed:?}: {shown}");
    }
    let Some((code, shown)) = on_terminal(&harness, &delete, "y\n") else { return };
    assert!(code == 0 && shown.contains("rosterkit: delete 2 users? [y/N] "), "{code}: {shown}");
    assert_eq!(harness.calls("deleteUser"), 2, "{shown}");
}
