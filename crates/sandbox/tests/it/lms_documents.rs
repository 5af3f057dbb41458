//! LMS: XML documents, read as types of the client.

use peoplefluent_lms::types::{ModuleType, TrainingRecord};

use crate::support::lms::{records, texts};
use crate::support::{TestResult, services};

/// The number of records, nested ones included.
fn count(records: &[TrainingRecord]) -> usize {
    records.iter().map(|record| 1 + count(record.training_record.as_deref().unwrap_or_default())).sum()
}

fn is_known(record: &TrainingRecord) -> bool {
    let kind = record.learning_module.as_ref().and_then(|module| module.type_.as_ref());
    let inner = record.training_record.as_deref().unwrap_or_default();
    kind.is_some_and(ModuleType::is_recognized)
        && record.overall_status.as_ref().is_some_and(|status| status.is_recognized())
        && inner.iter().all(is_known)
}

#[tokio::test]
async fn every_history_is_read_without_loss() -> TestResult {
    let services = services(60).await?;
    let (api, mut all) = (services.lms.api(), 0);
    for login in services.logins().await? {
        let history = api.records().on_behalf_of(login.as_str()).send_document().await?.into_inner();
        let read = history.training_record.unwrap_or_default();
        let raw = services.read(&login, "records", &[]).await?;
        assert_eq!(count(&read), records(&raw).len(), "{login}");
        assert!(read.iter().all(is_known) && history.date_created.is_some(), "{login}");
        all += count(&read);
        let path = api.learning_path().on_behalf_of(login.as_str()).send_document().await?.into_inner();
        for item in path.training_plan_item.unwrap_or_default() {
            let code = item.status.and_then(|status| status.code).ok_or("no status")?;
            let priority = item.priority.and_then(|priority| priority.code).ok_or("no priority")?;
            assert!(code.is_recognized() && priority.is_recognized());
        }
        for profile in path.job_profile.unwrap_or_default() {
            for competency in profile.competency.unwrap_or_default() {
                let code = competency.status.and_then(|status| status.code).ok_or("no status")?;
                assert!(code.is_recognized() && competency.sequence.is_some());
            }
        }
        let json = services.read_json(&login, "competenciesAwarded", &[]).await?;
        let awarded = api.competencies_awarded().on_behalf_of(login.as_str()).send_document().await?.into_inner();
        let ids: Vec<_> = awarded.competency.unwrap_or_default().into_iter().filter_map(|one| one.id).collect();
        assert_eq!(ids, texts(&json["competencies"], "id"), "both representations tell the same");
    }
    assert!(all > 150, "{all}");
    Ok(())
}

#[tokio::test]
async fn every_module_is_read_as_a_module() -> TestResult {
    let services = services(60).await?;
    let listing = services.read("", "modules", &[("format", "xml"), ("sort", "relevance"), ("max", "500")]).await?;
    let mut sessions = 0;
    for module in listing.split("<module><id>").skip(1) {
        let id = module.split('<').next().unwrap_or_default();
        let module = services.lms.api().module().id(id).send_document().await?.into_inner();
        assert_eq!(module.id.as_deref(), Some(id));
        assert!(module.type_.is_some_and(|kind| kind.is_recognized()), "{id}");
        for session in module.session.unwrap_or_default() {
            assert!(session.status.is_some_and(|status| status.is_recognized()) && session.start.is_some(), "{id}");
            sessions += 1;
        }
    }
    assert!(sessions > 60, "{sessions}");
    Ok(())
}
