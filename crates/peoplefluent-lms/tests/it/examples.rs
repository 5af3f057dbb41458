//! The examples run, against the sandbox.

#[allow(dead_code, reason = "an example has its own `main`")]
#[path = "../../examples/enrollments.rs"]
mod enrollments;
#[allow(dead_code, reason = "an example has its own `main`")]
#[path = "../../examples/external_training.rs"]
mod external_training;

type TestResult = Result<(), Box<dyn std::error::Error>>;

#[tokio::test]
async fn external_training() -> TestResult {
    let mut out = Vec::new();
    external_training::run(&mut out).await?;
    let out = String::from_utf8(out)?;
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[..2], ["row 1 is rejected: There is no user of this UserId.", "1 accepted, 1 rejected"], "{out}");
    assert!(lines[2].ends_with(" records, 1 of them sent just now"), "{out}");
    Ok(())
}

#[tokio::test]
async fn enrollments() -> TestResult {
    let mut out = Vec::new();
    enrollments::run(&mut out).await?;
    let out = String::from_utf8(out)?;
    assert!(out.starts_with("PHONE-110: enrolled\nNO-SUCH-MODULE: refused\n") && out.ends_with(" records\n"), "{out}");
    Ok(())
}
