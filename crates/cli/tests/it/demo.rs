//! The demo runs, and its numbers fit.

#[allow(dead_code, reason = "an example has its own `main`")]
#[path = "../../examples/demo/main.rs"]
mod example;

use std::error::Error;

use example::Arguments;

async fn output(users: u64) -> Result<String, Box<dyn Error>> {
    let mut out = Vec::new();
    example::run(&Arguments { users, seed: 7 }, &mut out).await?;
    Ok(String::from_utf8(out)?)
}

#[tokio::test]
async fn the_demo_plans_applies_and_has_nothing_left_to_do() -> Result<(), Box<dyn Error>> {
    insta::assert_snapshot!(output(250).await?);
    Ok(())
}

#[tokio::test]
async fn the_demo_is_consistent_with_hardly_anybody() -> Result<(), Box<dyn Error>> {
    for users in [0, 1, 2] {
        let text = output(users).await?;
        assert!(text.contains(&format!("Genesys: {users} people")), "{text}");
        assert!(text.ends_with("Every number adds up.\n"), "{text}");
    }
    Ok(())
}
