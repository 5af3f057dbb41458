//! `login` and `logout`, with the test as the browser.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use rosterkit_core::reqwest::Client;

use crate::support::{CLOSED_PORT, Harness, bare, harness, program, text};

/// A port that is free on both loopback addresses.
pub fn free_port() -> u16 {
    let free = || {
        let v4 = TcpListener::bind("127.0.0.1:0").ok()?;
        let port = v4.local_addr().ok()?.port();
        // A machine without IPv6 has the port, too.
        let is_taken = TcpListener::bind(("::1", port)).is_err_and(|it| it.kind() == std::io::ErrorKind::AddrInUse);
        (!is_taken).then_some(port)
    };
    (0..20).find_map(|_| free()).expect("a free port")
}

/// Opens an address as a browser does, with everything that it is redirected to. Returns the last page.
fn open(address: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let browser = Client::builder().no_proxy().build().expect("a browser");
        browser.get(address).send().await.expect("a response").text().await.expect("a page")
    })
}

/// Runs a command that signs in, and opens the address that it prints, with these parameters added. Returns its output, with
/// what it wrote to standard error, the address, and the last page.
pub fn signed_in(mut command: std::process::Command, parameters: &str) -> (Output, String, String) {
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("started");
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    let (mut told, mut address) = (String::new(), None);
    while address.is_none() {
        let mut line = String::new();
        if stderr.read_line(&mut line).expect("text") == 0 {
            break;
        }
        address = line.trim().starts_with("http").then(|| format!("{}{parameters}", line.trim()));
        told += &line;
    }
    let page = address.as_deref().map(open).unwrap_or_default();
    stderr.read_to_string(&mut told).expect("text");
    let mut output = child.wait_with_output().expect("it ends");
    output.stderr = told.into_bytes();
    (output, address.unwrap_or_default(), page)
}

fn profiles(harness: &Harness) -> PathBuf {
    harness.home.path().join(".config").join("rosterkit").join("profiles.toml")
}

fn kept(harness: &Harness) -> String {
    std::fs::read_to_string(profiles(harness)).expect("a file")
}

/// The value of a setting in the profiles file.
fn setting(harness: &Harness, name: &str) -> String {
    let kept = kept(harness);
    let line = kept.lines().find_map(|line| line.strip_prefix(&format!("{name} = ")));
    line.unwrap_or_else(|| panic!("no {name} in {kept}")).trim_matches('"').to_owned()
}

/// A profile `work` of the sandbox with an OAuth client that has no secret.
fn add(harness: &Harness) {
    let base = format!("genesys.base_url={}", harness.sandbox.genesys_url());
    let login = format!("genesys.login_url={}", harness.sandbox.login_url());
    let client = format!("genesys.client_id={}", harness.sandbox.credentials().genesys_public_client_id);
    let add = ["profile", "add", "work", "--set", &base, "--set", &login, "--set", &client];
    bare(&harness.home).args(add).assert().success();
}

fn login(harness: &Harness, arguments: &[&str], parameters: &str) -> (Output, String, String) {
    let mut command = program();
    command.env_clear().env("HOME", harness.home.path()).env("APPDATA", harness.home.path());
    // No key ring of this machine.
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    command.args(["-vv", "login", "--no-browser", "--port", &free_port().to_string()]).args(arguments);
    command.stdout(Stdio::piped());
    signed_in(command, parameters)
}

fn logins(harness: &Harness) -> usize {
    harness.sandbox.request_log().iter().filter(|request| request.operation == Some("oauthToken")).count()
}

const ME: [&str; 5] = ["call", "genesys-users", "getUsersMe", "--query", "id"];

#[test]
fn a_user_signs_in_all_commands_act_as_them_and_they_sign_out() {
    let harness = harness(5);
    add(&harness);
    let before = bare(&harness.home).args(ME).assert().code(4);
    let message = text(&before.get_output().stderr);
    assert!(
        message.contains("no user is signed in with profile `work`: run `rosterkit login --profile work`"),
        "{message}"
    );

    let (output, address, page) = login(&harness, &["--no-key-ring"], "");
    let told = text(&output.stderr);
    assert!(output.status.success() && output.stdout.is_empty(), "{told}");
    assert!(address.contains("code_challenge_method=S256") && address.contains("&state="), "{address}");
    assert!(told.contains("commands with profile `work` act as you until `rosterkit logout`"), "{told}");
    assert!(page.contains("close this window") && !page.contains("<script"), "{page}");
    let (access, refresh) = (setting(&harness, "access_token"), setting(&harness, "refresh_token"));
    assert!(!told.contains(&access) && !told.contains(&refresh) && !page.contains(&access), "{told}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(profiles(&harness)).expect("a file").permissions().mode() & 0o777, 0o600);
    }

    // Only a user's token has a user. It is kept between commands.
    for _ in 0..2 {
        bare(&harness.home).args(ME).assert().success();
    }
    assert_eq!(logins(&harness), 1);
    let listed = bare(&harness.home).args(["profile", "list"]).assert().success();
    let listed = text(&listed.get_output().stdout);
    assert!(listed.contains("(tokens in the profiles file)") && !listed.contains(&refresh), "{listed}");

    // Several processes renew it once.
    harness.sandbox.expire_tokens();
    let run = |_| {
        let mut command = program();
        command.env_clear().env("HOME", harness.home.path()).env("APPDATA", harness.home.path()).args(ME);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started")
    };
    let children: Vec<_> = (0..4).map(run).collect();
    assert!(children.into_iter().all(|mut child| child.wait().is_ok_and(|status| status.success())));
    assert_eq!(logins(&harness), 2);
    assert_ne!(setting(&harness, "refresh_token"), refresh);

    // A login that does not know the refresh token any more.
    harness.sandbox.reset().expect("reset");
    let refused = bare(&harness.home).args(["-vv"]).args(ME).assert().code(4);
    let told = text(&refused.get_output().stderr);
    assert!(told.contains("`invalid_grant`") && told.contains("run `rosterkit login --profile work`"), "{told}");
    assert!(!told.contains(&setting(&harness, "refresh_token")), "{told}");

    let signed_out = bare(&harness.home).args(["logout"]).assert().success();
    assert!(text(&signed_out.get_output().stderr).contains("the tokens of profile `work` are removed"));
    assert!(!kept(&harness).contains("token") && kept(&harness).contains("client_id"), "{}", kept(&harness));
    bare(&harness.home).args(ME).assert().code(4);
    let again = bare(&harness.home).args(["logout"]).assert().success();
    assert!(text(&again.get_output().stderr).contains("no user is signed in"));
}

#[test]
#[cfg(target_os = "linux")]
fn without_a_key_ring_the_tokens_go_into_the_profiles_file_after_a_notice() {
    let harness = harness(5);
    add(&harness);
    let (output, ..) = login(&harness, &[], "");
    let told = text(&output.stderr);
    assert!(output.status.success() && told.contains("are in the profiles file, not in the key ring: "), "{told}");
    assert_eq!(setting(&harness, "kept_in"), "file");
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(profiles(&harness)).expect("a file").permissions().mode() & 0o777, 0o600);
    }
    bare(&harness.home).args(ME).assert().success();
    bare(&harness.home).args(["profile", "remove", "work"]).assert().success();
    assert!(!kept(&harness).contains("token"));
}

#[test]
fn a_login_makes_a_profile_of_its_own() {
    let harness = harness(5);
    let login_url = format!("genesys.login_url={}", harness.sandbox.login_url());
    bare(&harness.home).args(["profile", "add", "new", "--set", &login_url]).assert().success();
    let options = ["--profile", "new", "--base-url", &harness.sandbox.genesys_url(), "--client-id"];
    let client = harness.sandbox.credentials().genesys_public_client_id;
    let (output, ..) = login(&harness, &[&options[..], &[client, "--no-key-ring"]].concat(), "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    bare(&harness.home).args(["--profile", "new"]).args(ME).assert().success();
    assert_eq!(setting(&harness, "base_url"), harness.sandbox.genesys_url());
}

#[test]
fn a_sign_in_that_is_refused_changes_nothing() {
    let harness = harness(5);
    add(&harness);
    let before = kept(&harness);
    let (output, _, page) = login(&harness, &["--no-key-ring"], "&login_hint=unknown@example.com");
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("the login refused the sign-in with `access_denied`"), "{told}");
    assert!(!page.contains("access_denied"), "{page}");
    assert_eq!((kept(&harness), logins(&harness)), (before, 0));
}

#[test]
fn what_a_login_lacks_is_told_before_anything_is_sent() {
    let harness = harness(0);
    let client = ["--client-id", "x"];
    bare(&harness.home)
        .args(["profile", "add", "secret", "--set", "genesys.region=eu-west-1", "--set", "genesys.client_id=x"])
        .args(["--secret", "genesys.client_secret=env:X"])
        .assert()
        .success();
    for (arguments, expected) in [
        (&[&["login", "--profile", "a"][..], &client].concat()[..], "give --region"),
        (&["login", "--profile", "a", "--region", "eu-west-1"], "give --client-id"),
        (&["login", "--profile", "a b", "--region", "eu-west-1"], "invalid name of a profile"),
        (&[&["login", "--profile", "a", "--region", "atlantis"][..], &client].concat(), "region"),
        (&[&["login", "--profile", "a", "--base-url", CLOSED_PORT][..], &client].concat(), "login"),
        (&[&["login", "--profile", "secret"][..], &client].concat(), "has `genesys.client_secret`"),
        (&["login", "--token", "S3NTINEL"], "does not use --token"),
        (&["login", "--port", "0"], "--port"),
        (&["logout", "--profile", "other"], "unknown profile"),
        (&["--sandbox", "logout"], "does not use --sandbox"),
    ] {
        let assert = bare(&harness.home).args(arguments).assert().code(2);
        let message = text(&assert.get_output().stderr);
        assert!(message.contains(expected) && !message.contains("S3NTINEL"), "{arguments:?}: {message}");
    }
}

#[test]
fn a_user_who_is_signed_in_is_not_combined_with_another_credential_of_the_profile() {
    let harness = harness(5);
    add(&harness);
    let (output, ..) = login(&harness, &["--no-key-ring"], "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    bare(&harness.home).args(["profile", "add", "work", "--secret", "genesys.token=env:X"]).assert().success();
    let assert = bare(&harness.home).args(ME).assert().code(2);
    let message = text(&assert.get_output().stderr);
    assert!(
        message.contains("has `genesys.token`") && message.contains("rosterkit logout --profile work"),
        "{message}"
    );
    // The tokens are sent to no other address.
    bare(&harness.home).args(["logout"]).assert().success();
}
