//! What the tests of Genesys share.

use genesys_users::types::{ErrorBody, User};
use genesys_users::{Error, Response};

use super::{Services, TestResult};

pub fn id(user: &User) -> String {
    user.id.clone().unwrap_or_default()
}

/// The first users, inactive ones included.
pub async fn people(services: &Services) -> TestResult<Vec<User>> {
    let page = services.genesys.api().get_users().state("any").page_size(100).send().await?;
    Ok(page.into_inner().entities.unwrap_or_default())
}

/// The id of the user of this index.
pub async fn person(services: &Services, index: usize) -> TestResult<String> {
    Ok(people(services).await?.get(index).map(id).ok_or("no such user")?)
}

/// Status and code of a refusal.
pub fn refusal<T: std::fmt::Debug>(result: Result<Response<T>, Error>) -> TestResult<(u16, String)> {
    let error = result.err().ok_or("was not refused")?;
    let body = error.service_error::<ErrorBody>().ok_or("no error body")?;
    let status = error.status().ok_or("no status")?.as_u16();
    assert_eq!(body.status, Some(i64::from(status)));
    assert_eq!(body.context_id.as_deref(), error.correlation_id());
    Ok((status, body.code.clone().unwrap_or_default()))
}
