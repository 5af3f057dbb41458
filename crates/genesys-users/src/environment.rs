//! Settings from environment variables, as the official SDKs name them.

use std::ffi::OsString;

use rosterkit_core::Error;

use crate::{Client, ClientBuilder, Region};

const REGION: &str = "GENESYSCLOUD_REGION";
const ID: &str = "GENESYSCLOUD_OAUTHCLIENT_ID";
const SECRET: &str = "GENESYSCLOUD_OAUTHCLIENT_SECRET";
const TOKEN: &str = "GENESYSCLOUD_ACCESS_TOKEN";

/// The settings that the variables make, and otherwise everything that is wrong with them at once.
pub(crate) fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<ClientBuilder, Error> {
    let mut problems = Vec::new();
    let mut get = |name: &str| {
        let value = lookup(name).filter(|value| !value.is_empty())?;
        let value = value.into_string();
        value.map_err(|_| problems.push(format!("`{name}` is not UTF-8"))).ok()
    };
    let (region, id, secret, token) = (get(REGION), get(ID), get(SECRET), get(TOKEN));
    let unreadable = |name: &str| problems.iter().any(|problem| problem.contains(name));
    let is_missing = [REGION, ID, SECRET, TOKEN].map(|name| !unreadable(name));
    let [region_missing, id_missing, secret_missing, token_missing] = is_missing;

    let region = match region {
        Some(region) => match region.parse::<Region>() {
            Ok(region) => Some(region),
            Err(_) => {
                let names: Vec<_> = Region::ALL.iter().map(|region| region.name()).collect();
                problems.push(format!("`{REGION}` is no known region: it is one of {}, or a host", names.join(", ")));
                None
            }
        },
        None => {
            if region_missing {
                problems.push(format!("`{REGION}` is not set"));
            }
            None
        }
    };
    let builder = Client::builder();
    let builder = match (token, id, secret) {
        (Some(token), None, None) if id_missing && secret_missing => builder.bearer(token),
        (None, Some(id), Some(secret)) if token_missing => builder.client_credentials(id, secret),
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
            problems.push(format!("`{TOKEN}` contradicts `{ID}` and `{SECRET}`: set the one or the others"));
            builder
        }
        (None, Some(_), None) if secret_missing => {
            problems.push(format!("`{SECRET}` is not set, but `{ID}` is"));
            builder
        }
        (None, None, Some(_)) if id_missing => {
            problems.push(format!("`{ID}` is not set, but `{SECRET}` is"));
            builder
        }
        (None, None, None) if id_missing && secret_missing && token_missing => {
            problems.push(format!("neither `{TOKEN}` nor `{ID}` and `{SECRET}` are set"));
            builder
        }
        // What cannot be read has been named.
        _ => builder,
    };
    match region {
        Some(region) if problems.is_empty() => Ok(builder.region(region)),
        _ => Err(Error::configuration(format!("the environment: {}", problems.join("; ")))),
    }
}

#[cfg(test)]
mod tests {
    use rosterkit_core::ErrorKind;

    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<ClientBuilder, Error> {
        read(|name| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn a_region_with_a_token_or_an_oauth_client_makes_a_client() {
        let cases: [&[(&str, &str)]; 3] = [
            &[(REGION, "eu-west-1"), (TOKEN, "t")],
            &[(REGION, "mypurecloud.ie"), (ID, "i"), (SECRET, "s")],
            &[(REGION, "eu-west-1"), (ID, "i"), (SECRET, "s"), (TOKEN, "")],
        ];
        for variables in cases {
            let client = with(variables).and_then(ClientBuilder::build).expect("settings");
            assert_eq!(client.api().transport().base_url().trim_end_matches('/'), "https://api.mypurecloud.ie");
        }
    }

    #[test]
    fn what_is_missing_or_contradicts_is_named_without_a_value() {
        const VALUE: &str = "sentinel";
        let cases: [(&[&str], &[&str]); 7] = [
            (&[], &[REGION, ID, SECRET, TOKEN]),
            (&[TOKEN], &[REGION]),
            (&[REGION, TOKEN], &[REGION]),
            (&[ID], &[REGION, SECRET]),
            (&[SECRET], &[REGION, ID]),
            (&[ID, SECRET, TOKEN], &[TOKEN, ID, SECRET]),
            (&[ID, TOKEN], &[TOKEN, ID]),
        ];
        for (set, named) in cases {
            let variables: Vec<_> = set.iter().map(|name| (*name, VALUE)).collect();
            let error = with(&variables).expect_err("not enough");
            assert_eq!(error.kind(), ErrorKind::Configuration);
            let shown = format!("{error} {error:?}");
            assert!(named.iter().all(|name| shown.contains(name)) && !shown.contains(VALUE), "{set:?}: {shown}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_variable_that_is_no_text_is_named_and_not_called_missing() {
        use std::os::unix::ffi::OsStringExt as _;

        let broken = || OsString::from_vec(vec![b'a', 0xff]);
        let error = read(|name| match name {
            REGION => Some("eu-west-1".into()),
            SECRET => Some(broken()),
            ID => Some("id".into()),
            _ => None,
        });
        let shown = error.expect_err("no text").to_string();
        assert!(shown.contains(SECRET) && shown.contains("UTF-8") && !shown.contains("not set"), "{shown}");
    }
}
