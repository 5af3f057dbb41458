//! What a program pays for a client: crates in its tree, the time of a cold `cargo check`, and its size, beside a program that has
//! reqwest alone.
//!
//! Builds run one job at a time, and the time is that of processors, so that other work on the machine makes little difference.
//! `BENCH_COST` names the programs to measure.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rosterkit_benches::{Bound, Options, Outcome, children_cpu_time, duration};

use crate::support::Measured;

/// A program of about ten lines.
struct Program {
    name: &'static str,
    /// Its dependencies, with CRATES in the place of the folder of the clients.
    dependencies: &'static str,
    source: &'static str,
}

const BARE: Program = Program {
    name: "reqwest",
    dependencies: "\
reqwest = { version = \"0.13\", default-features = false, features = [\"rustls\", \"http2\", \"system-proxy\", \"gzip\", \"json\"] }
serde = { version = \"1\", features = [\"derive\"] }
",
    source: "\
#[derive(serde::Deserialize)]
struct User {
    name: Option<String>,
}

#[tokio::main(flavor = \"current_thread\")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let request = reqwest::Client::new().get(\"http://localhost:8080/api/v2/users/u-1\").bearer_auth(\"token\");
    let user: User = request.send().await?.error_for_status()?.json().await?;
    println!(\"{}\", user.name.unwrap_or_default());
    Ok(())
}
",
};

const PROGRAMS: [Program; 4] = [
    Program {
        name: "genesys-users",
        dependencies: "genesys-users = { path = \"CRATES/genesys-users\" }\n",
        source: "\
#[tokio::main(flavor = \"current_thread\")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = genesys_users::Client::builder().base_url(\"http://localhost:8080\").bearer(\"token\").build()?;
    let user = client.users().get(\"u-1\").await?;
    println!(\"{}\", user.name.unwrap_or_default());
    Ok(())
}
",
    },
    Program {
        name: "peoplefluent-lms",
        dependencies: "peoplefluent-lms = { path = \"CRATES/peoplefluent-lms\" }\n",
        source: LMS,
    },
    Program {
        name: "peoplefluent-lms without features",
        dependencies: "peoplefluent-lms = { path = \"CRATES/peoplefluent-lms\", default-features = false }\n",
        source: LMS,
    },
    Program {
        name: "session-clusters",
        dependencies: "session-clusters = { path = \"CRATES/session-clusters\" }\n",
        source: "\
#[tokio::main(flavor = \"current_thread\")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = session_clusters::Client::builder().base_url(\"http://localhost:8080\").api_key(\"key\").build()?;
    let response = client.api().get_clusters().send().await?;
    println!(\"{}\", response.status());
    Ok(())
}
",
    },
];

const LMS: &str = "\
#[tokio::main(flavor = \"current_thread\")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = peoplefluent_lms::Client::builder().base_url(\"http://localhost:8080\").user(\"user\", \"password\").build()?;
    let response = client.api().users200510_xml().send().await?;
    println!(\"{}\", response.status());
    Ok(())
}
";

/// What a program costs.
struct Cost {
    crates: usize,
    check: Duration,
    debug: u64,
    release: u64,
}

pub fn run(_: Options) -> Measured {
    let folder = tempfile::tempdir()?;
    let chosen = std::env::var("BENCH_COST").ok();
    let is_chosen = |name: &str| chosen.as_ref().is_none_or(|chosen| chosen.split(',').any(|wanted| wanted == name));
    if let Some(chosen) = &chosen
        && let Some(unknown) = chosen.split(',').find(|name| !PROGRAMS.iter().any(|program| program.name == *name))
    {
        let names = PROGRAMS.map(|program| program.name).join(",");
        return Err(format!("unknown program `{unknown}` in BENCH_COST: expected some of {names}").into());
    }
    let bare = cost(&BARE, folder.path())?;
    let mut outcomes = Vec::new();
    for program in PROGRAMS.iter().filter(|program| is_chosen(program.name)) {
        let Cost { crates, check, debug, release } = cost(program, folder.path())?;
        let name = program.name;
        // Half of what it was above a bare program when this was first measured.
        let bound = bare.crates + 16;
        outcomes.push(
            Outcome::number(format!("crates in the tree, {name}"), crates as f64, "crates")
                .bound(Bound::AtMost(bound as f64))
                .figure(format!("{} for {}", bare.crates, BARE.name)),
        );
        outcomes.push(
            Outcome::number(format!("cold `cargo check`, {name}"), check.as_secs_f64(), "s of CPU time")
                .figure(format!("{} for {}", duration(bare.check), BARE.name)),
        );
        for (what, size, of_bare) in [("debug", debug, bare.debug), ("release", release, bare.release)] {
            outcomes.push(Outcome::number(format!("{what} program, {name}"), size as f64 / 1e6, "MB").figure(format!(
                "{:.1} MB for {}",
                of_bare as f64 / 1e6,
                BARE.name
            )));
        }
    }
    Ok(outcomes)
}

fn cost(program: &Program, folder: &Path) -> Result<Cost, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let package = folder.join(program.name.replace(' ', "-"));
    fs::create_dir_all(package.join("src"))?;
    fs::write(package.join("src/main.rs"), program.source)?;
    // The same versions as in this workspace.
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock"))?;
    let dependencies = program.dependencies.replace("CRATES", &root.join("crates").display().to_string());
    let manifest = format!(
        "[package]\nname = \"program\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}\
         tokio = {{ version = \"1\", features = [\"rt\", \"macros\"] }}\n"
    );
    fs::write(package.join("Cargo.toml"), manifest)?;
    let cold = folder.join("cold");
    let (_, check) = cargo(&package, &cold, &["check"])?;
    fs::remove_dir_all(&cold)?;
    // What programs share is built once.
    let warm = folder.join("warm");
    cargo(&package, &warm, &["build"])?;
    let debug = fs::metadata(warm.join("debug/program"))?.len();
    cargo(&package, &warm, &["build", "--release"])?;
    let release = fs::metadata(warm.join("release/program"))?.len();
    let tree = ["tree", "--prefix", "none", "--edges", "normal,build", "--format", "{p}"];
    let (tree, _) = cargo(&package, &warm, &tree)?;
    let crates: BTreeSet<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    // The program itself is none.
    Ok(Cost { crates: crates.len() - 1, check, debug, release })
}

/// Runs cargo for a package. Returns what it printed, and the time of processors that it took.
fn cargo(package: &Path, target: &Path, arguments: &[&str]) -> Result<(String, Duration), Box<dyn Error>> {
    let before = children_cpu_time();
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(package)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_BUILD_JOBS", "1")
        .output()?;
    if !output.status.success() {
        let problem = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("`cargo {}`: {problem}", arguments.join(" ")).into());
    }
    let time = children_cpu_time().zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok((String::from_utf8(output.stdout)?, time.unwrap_or_default()))
}
