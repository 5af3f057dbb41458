//! The client of the session service.

use session_clusters::Client;

use super::precedence::{Held, Layers, Place, secret_variable, variable};
use crate::context::Context;
use crate::error::Error;

const UNUSED_OPTIONS: [&str; 5] = ["--token", "--user", "--password-stdin", "--system-key", "--region"];
const BASE_URL: &str = "SESSIONS_BASE_URL";
const KEY: &str = "SESSIONS_API_KEY";
const HEADER: &str = "SESSIONS_API_KEY_HEADER";

/// The client of the session service. Without a key, calls fail before anything is sent.
pub(crate) async fn sessions(context: &Context) -> Result<Client, Error> {
    super::reject(context, "the session service", &UNUSED_OPTIONS)?;
    let mut builder = Client::builder().transport(|builder| super::transport(context, builder));
    if context.global.sandbox {
        let (url, key) = context.sandbox(|it| (it.sessions_url(), it.credentials().session_key)).await?;
        return Ok(builder
            .base_url(url)
            .api_key(context.global.api_key.clone().unwrap_or_else(|| key.into()))
            .build()?);
    }
    let layers = Layers::new(context)?;
    let profile = layers.profile().and_then(|profile| profile.sessions.as_ref());
    let address = layers.first("the address of the session service", |place| {
        Ok(match place {
            Place::Options => context.global.base_url.clone(),
            Place::Environment => variable(BASE_URL)?,
            Place::Profile => profile.and_then(|profile| profile.base_url.clone()),
        })
    })?;
    let header = layers.first("the header of the server key", |place| {
        Ok(match place {
            Place::Options => None,
            Place::Environment => variable(HEADER)?,
            Place::Profile => profile.and_then(|profile| profile.api_key_header.clone()),
        })
    })?;
    let key = layers.first("the server key", |place| {
        Ok(match place {
            Place::Options => context.global.api_key.clone().map(Held::Ready),
            Place::Environment => secret_variable(KEY)?,
            Place::Profile => profile.and_then(|profile| profile.api_key.as_ref()).map(Held::Stored),
        })
    })?;
    builder = address.into_iter().fold(builder, |builder, address| builder.base_url(address));
    builder = header.into_iter().fold(builder, |builder, header| builder.api_key_header(header));
    if let Some(key) = key {
        builder = builder.api_key(key.get("the server key of the session service")?);
    }
    Ok(builder.build()?)
}
