//! The examples run, against the sandbox.

#[allow(dead_code, reason = "an example has its own `main`")]
#[path = "../../examples/completions.rs"]
mod completions;
#[allow(dead_code, reason = "an example has its own `main`")]
#[path = "../../examples/sync_users.rs"]
mod sync_users;

type TestResult = Result<(), Box<dyn std::error::Error>>;

#[tokio::test]
async fn completions() -> TestResult {
    let mut out = Vec::new();
    completions::run(&mut out).await?;
    let out = String::from_utf8(out)?;
    assert!(out.starts_with("8 clusters\n") && out.contains("\nClear Messages: "), "{out}");
    Ok(())
}

#[tokio::test]
async fn sync_users() -> TestResult {
    let mut out = Vec::new();
    sync_users::run(&mut out).await?;
    let out = String::from_utf8(out)?;
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 3, "{out}");
    assert_eq!(lines[0], "item 449 is rejected: This user does not belong to a trusted domain");
    assert_eq!(lines[1], "upsert: 449 accepted, 1 rejected");
    assert!(lines[2].starts_with("deactivation: ") && lines[2].ends_with(" accepted"), "{out}");
    Ok(())
}
