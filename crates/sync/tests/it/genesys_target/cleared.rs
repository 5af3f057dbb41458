//! Fields of Genesys users that are cleared when the source has no value, and those that are left alone.

use super::*;

/// Fields with the value of somebody, and what the service shows when they have none.
fn fields() -> [(&'static str, Value); 12] {
    [
        ("title", json!("Agent")),
        ("department", json!("Sales")),
        ("preferredName", json!("Somebody")),
        ("acdAutoAnswer", json!(true)),
        ("manager", json!("p-2")),
        ("skills", json!("Billing:3;Returns:2")),
        ("languages", json!("French:3")),
        ("certifications", json!("First Aid")),
        ("profileSkills", json!("Juggling")),
        ("biography", json!({ "biography": "Once upon a time" })),
        ("employerInfo", json!({ "employeeId": "4711" })),
        ("chat", json!({ "jabberId": "somebody" })),
    ]
}

/// A flow that owns a field, and the service asked for nothing else.
fn flow(field: &str, clear: bool) -> String {
    format!(
        "[[flow]]\nname = \"staff\"\nfrom = \"file\"\nto = \"genesys-users\"\nsource.path = \"people.jsonl\"\n\
         [flow.fields]\nname = \"name\"\nemail = \"email\"\n{field} = {{ value = \"{field}\", clear = {clear} }}\n\
         [flow.identity]\nid = \"id\"\nmatch = [\"email\"]\n"
    )
}

/// Whether a user has a value in a field.
fn has(user: &Value, field: &str) -> bool {
    match &user[field] {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(items) => !items.is_empty(),
        _ => true,
    }
}

async fn shown(bench: &Bench, number: u64) -> TestResult<Value> {
    let id = bench.users().await?[&format!("new{number}@example.com")]["id"].as_str().unwrap().to_owned();
    let services = of_sandbox(&bench.sandbox)?;
    let parts = ["skills", "languages", "certifications", "profileSkills", "biography", "employerInfo"];
    let user = services.genesys()?.api().get_user().user_id(id).expand(parts).send().await?.into_inner();
    Ok(serde_json::to_value(user)?)
}

#[tokio::test]
async fn each_field_without_a_value_is_left_alone_or_cleared_as_the_file_says() -> TestResult {
    for (field, value) in fields() {
        let mut bench = Bench::new(&flow(field, false)).await?;
        bench.people(&[with(person(1), json!({ field: value })), person(2)])?;
        assert_eq!(bench.run().await?.not_done, [], "{field}");
        assert!(has(&shown(&bench, 1).await?, field), "{field}");
        for nothing in [Value::Null, json!("")] {
            bench.people(&[with(person(1), json!({ field: nothing })), person(2)])?;
            bench.assert_settled(&format!("`{field}` is left alone")).await?;
        }
        bench.text = flow(field, true);
        let (engine, plan) = bench.plan().await?;
        let update = action(&engine, &plan, "p-1").await?;
        assert_eq!((update.kind, update.changes.len()), (ActionKind::Update, 1), "{field}: {update:?}");
        assert_eq!(apply(&engine, &plan).await?.not_done, [], "{field}");
        drop(engine);
        let user = shown(&bench, 1).await?;
        assert!(!has(&user, field), "{field}: {user}");
        assert_eq!(user["name"], "New Person 1");
        bench.assert_settled(&format!("`{field}` was cleared")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_part_that_the_target_does_not_show_is_not_cleared() -> TestResult {
    for field in ["skills", "languages", "certifications", "profileSkills", "biography", "employerInfo"] {
        let value = fields().into_iter().find(|(name, _)| *name == field).unwrap().1;
        let bench = Bench::new(&flow(field, true)).await?;
        bench.people(&[with(person(1), json!({ field: value })), person(2)])?;
        bench.run().await?;
        bench.people(&[person(1), person(2)])?;
        bench.sandbox.add_fault(format!("*:without={field}").parse()?)?;
        bench.assert_settled(&format!("`{field}` is not shown")).await?;
        bench.sandbox.clear_faults();
        assert!(has(&shown(&bench, 1).await?, field), "{field}");
        let (engine, plan) = bench.plan().await?;
        assert_eq!(action(&engine, &plan, "p-1").await?.kind, ActionKind::Update, "{field}");
        // It was shown when it was planned, and is not any more: what it was then cannot be compared.
        bench.sandbox.add_fault(format!("*:without={field}").parse()?)?;
        let report = apply(&engine, &plan).await?;
        assert_eq!(report.outcomes, BTreeMap::from([("skipped".to_owned(), 1)]), "{field}: {report:?}");
        drop(engine);
        bench.sandbox.clear_faults();
        assert!(has(&shown(&bench, 1).await?, field), "{field}");
    }
    Ok(())
}
