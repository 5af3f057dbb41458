//! The first steps of the README, against the sandbox.

type Done = Result<(), Box<dyn std::error::Error>>;

#[tokio::test]
async fn genesys_users() -> Done {
    let sandbox = rosterkit_sandbox::Sandbox::builder().users(30).start().await?;
    let (url, token) = (sandbox.genesys_url(), sandbox.credentials().genesys_token);
    use genesys_users::types::{UpdateUser, UserExpand};
    use genesys_users::{Client, Patch};

    let client = Client::builder().base_url(url).bearer(token).build()?;
    let page = client.api().get_users().page_size(25).expand(vec![UserExpand::Presence]).send().await?;
    for user in page.get().entities.iter().flatten() {
        println!("{} <{}>", user.name.as_deref().unwrap_or("?"), user.email.as_deref().unwrap_or("?"));
    }
    let user = &page.get().entities.as_ref().ok_or("no people")?[0];
    let id = user.id.as_deref().ok_or("no id")?;
    // `version` guards against overwriting; `Null` clears; what is not named is left alone.
    let version = user.version.ok_or("no version")?;
    let change = UpdateUser {
        version: version.into(),
        title: Patch::Null,
        department: "Support".to_owned().into(),
        ..Default::default()
    };
    let changed = client.api().patch_user().user_id(id).body(change).send().await?;
    assert_eq!(changed.get().department.as_deref(), Some("Support"));
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn peoplefluent_lms() -> Done {
    let sandbox = rosterkit_sandbox::Sandbox::builder().users(30).start().await?;
    let (url, credentials) = (sandbox.lms_url(), sandbox.credentials());
    let (id, password, key) = (credentials.lms_user, credentials.lms_password, credentials.lms_system_key);
    use peoplefluent_lms::Client;

    // One client holds both credentials; each function is sent the one that it takes.
    let client = Client::builder().base_url(url).user(id, password).system_key(key).build()?;
    let me = client.api().me().send_json().await?;
    let id = me.get().id.clone().ok_or("no id")?;
    let csv = format!("Action,RecordID,UserId,Title,EndDate,Status\nA,R1,{id},First aid,2026-01-31,4\n");
    let report = client.api().external_training_csv().body(csv).send().await?.into_inner().text().await?;
    assert!(report.contains("No Error Occurred"));
    let records = client.api().records().on_behalf_of(id).send().await?.into_inner().text().await?;
    assert!(records.contains("First aid"));
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn session_clusters() -> Done {
    let sandbox = rosterkit_sandbox::Sandbox::builder().users(30).start().await?;
    let (url, key) = (sandbox.sessions_url(), sandbox.credentials().session_key);
    use session_clusters::Client;
    use session_clusters::types::{BatchUpsertUsersRequest, UserTemplate};

    let client = Client::builder().base_url(url).api_key(key).build()?;
    let person = UserTemplate {
        first_name: Some("Sample".to_owned()),
        last_name: Some("Person".to_owned()),
        active: Some(true),
        remote_id: Some("remote-123".to_owned()),
        ..Default::default()
    };
    let response =
        client.api().batch_upsert_users().body(BatchUpsertUsersRequest { users: vec![person] }).send().await?;
    // `success: true` does not mean that every user was written: look into `failed`.
    let result = response.into_inner().data.ok_or("refused")?;
    assert!(result.failed.unwrap_or_default().is_empty());
    sandbox.stop().await;
    Ok(())
}
