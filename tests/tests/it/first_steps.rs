//! The first steps of the README, against the sandbox.

use rosterkit_sandbox::Sandbox;

type Done = Result<(), Box<dyn std::error::Error>>;

#[tokio::test]
async fn genesys_users() -> Done {
    use genesys_users::types::{UpdateUser, UserExpand};
    use genesys_users::{Client, Patch};

    let sandbox = Sandbox::builder().users(30).start().await?;
    let known = sandbox.credentials();
    let client = Client::builder()
        .gateway(sandbox.base_url(), "/genesys", "/login")
        .client_credentials(known.genesys_client_id, known.genesys_client_secret)
        .build()?;
    let page = client.api().get_users().page_size(25).expand([UserExpand::Presence]).send().await?.into_inner();
    let user = page.entities.unwrap_or_default().into_iter().next().ok_or("no people")?;
    let id = user.id.clone().ok_or("no id")?;

    let wanted = UpdateUser { title: "Agent".to_owned().into(), department: Patch::Null, ..Default::default() };
    let changed = client.users().patch_latest(&id, |_| wanted.clone()).await?;
    assert_eq!((changed.title.as_deref(), changed.department.as_deref()), (Some("Agent"), None));
    assert!(!user.changes_by(&wanted).is_empty());
    assert_eq!(changed.smallest_update(wanted), None);

    let version = changed.version.ok_or("no version")?;
    let change = UpdateUser { version: version.into(), title: "Trainer".to_owned().into(), ..Default::default() };
    let changed = client.api().patch_user().user_id(id).body(change).send().await?;
    assert_eq!(changed.get().title.as_deref(), Some("Trainer"));
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn peoplefluent_lms() -> Done {
    use peoplefluent_lms::Client;
    use peoplefluent_lms::bulk::ExternalTrainingRow;

    const PERSON: &str = "covian.kascote.0";

    let sandbox = Sandbox::builder().start().await?;
    let known = sandbox.credentials();
    let client = Client::builder()
        .base_url(sandbox.lms_url())
        .user(known.lms_user, known.lms_password)
        .system_key(known.lms_system_key)
        .build()?;
    let rows = [ExternalTrainingRow::add_or_update("R1", PERSON, "First aid")];
    let report =
        client.bulk().external_training(rows).columns(["Action", "RecordID", "UserId", "Title"]).report().await?;
    assert_eq!((report.counts.accepted, report.counts.total()), (1, 1));
    let history = client.on_behalf_of(PERSON).api().records().send_document().await?.into_inner();
    let records = history.training_record.unwrap_or_default();
    assert!(records.iter().any(|record| record.id.as_deref() == Some("R1")));
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn session_clusters() -> Done {
    use session_clusters::Client;
    use session_clusters::types::UserTemplate;

    let sandbox = Sandbox::builder().users(30).start().await?;
    let client =
        Client::builder().base_url(sandbox.sessions_url()).api_key(sandbox.credentials().session_key).build()?;
    let people = (1..=500).map(|number| UserTemplate {
        remote_id: Some(format!("remote-{number}")),
        first_name: Some("Sample".to_owned()),
        last_name: Some(format!("Person {number}")),
        ..UserTemplate::default()
    });
    let mut outcomes = client.upsert_users(people).ordered();
    while let Some(item) = outcomes.next().await {
        assert_eq!(item.outcome.reason(), None, "{}", item.index);
    }
    assert_eq!(outcomes.counts().accepted, 500);
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn completions_become_training_records() -> Done {
    use rosterkit_sync::completions::{COLUMNS, training_row};

    let sandbox = Sandbox::builder().start().await?;
    let known = sandbox.credentials();
    let sessions =
        session_clusters::Client::builder().base_url(sandbox.sessions_url()).api_key(known.session_key).build()?;
    let lms =
        peoplefluent_lms::Client::builder().base_url(sandbox.lms_url()).system_key(known.lms_system_key).build()?;
    let mut completions = sessions.completions().from("2024-06-01T00:00Z").items();
    let mut rows = Vec::new();
    while let Some(completion) = completions.next().await {
        rows.push(training_row(&completion?, "covian.kascote.0", chrono_tz::Europe::Berlin)?);
    }
    let counts = lms.bulk().external_training(rows).columns(COLUMNS).report().await?.counts;
    assert_eq!(counts.accepted, counts.total());
    assert!(counts.accepted > 0);
    sandbox.stop().await;
    Ok(())
}
