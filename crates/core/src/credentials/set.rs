//! Which of a client's credentials go with an operation.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Connection, Credential, CredentialSource};
use crate::{Error, ErrorKind, Operation};

/// The credentials of a client by security scheme.
#[derive(Default)]
pub(crate) struct Credentials {
    entries: BTreeMap<Cow<'static, str>, Entry>,
    /// How a user of the client knows a scheme.
    names: BTreeMap<&'static str, &'static str>,
}

/// What the caller gave for a scheme.
#[derive(Clone)]
pub(crate) enum Given {
    Fixed(Credential),
    Source(Arc<dyn CredentialSource>),
}

enum Entry {
    /// Ready to be sent.
    Fixed(HeaderName, HeaderValue),
    Source(Arc<dyn CredentialSource>),
}

/// What authenticates one attempt of a call.
#[derive(Default)]
pub(crate) struct Authorization {
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The credentials that came from sources, by scheme.
    given: Vec<(&'static str, Credential)>,
}

impl Authorization {
    /// Puts the credentials into the headers, in place of whatever has the same name.
    pub fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
    }
}

impl Credentials {
    /// Prepares the last credential that was given for each scheme.
    pub fn prepare(given: Vec<(Cow<'static, str>, Given)>, connection: &Connection) -> Result<Self, Error> {
        let given: BTreeMap<_, _> = given.into_iter().collect();
        let mut prepared = BTreeMap::new();
        for (scheme, given) in given {
            let entry = match given {
                Given::Fixed(credential) => {
                    let refused = |problem| Error::configuration(format!("credential `{scheme}`: {problem}"));
                    let (name, value) = credential.to_header().map_err(refused)?;
                    Entry::Fixed(name, value)
                }
                Given::Source(source) => {
                    source.attach(connection)?;
                    Entry::Source(source)
                }
            };
            prepared.insert(scheme, entry);
        }
        Ok(Self { entries: prepared, names: BTreeMap::new() })
    }

    /// Sets how errors call the schemes.
    pub fn with_names(mut self, names: BTreeMap<&'static str, &'static str>) -> Self {
        self.names = names;
        self
    }

    /// The schemes that have a credential.
    pub fn schemes(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(AsRef::as_ref)
    }

    /// The schemes that authenticate a call: the first alternative that the client has everything for. An operation that
    /// allows anonymous calls gets none if the client has nothing for it.
    pub fn select(&self, operation: &'static Operation) -> Result<&'static [&'static str], Error> {
        let alternatives = || operation.security.iter().filter(|schemes| !schemes.is_empty());
        for schemes in alternatives() {
            if schemes.iter().all(|scheme| self.entries.contains_key(*scheme)) {
                return Ok(schemes);
            }
        }
        if operation.security.iter().any(|schemes| schemes.is_empty()) || operation.security.is_empty() {
            return Ok(&[]);
        }
        let name = |scheme: &&'static str| match self.names.get(scheme) {
            Some(name) => (*name).to_owned(),
            None => format!("`{scheme}`"),
        };
        let needed: Vec<String> =
            alternatives().map(|schemes| schemes.iter().map(name).collect::<Vec<_>>().join(" and ")).collect();
        let cause = format!("no credential for {}", needed.join(", or "));
        Err(Error::new(ErrorKind::MissingCredential, cause).in_operation(operation))
    }

    /// What authenticates the next attempt of a call. It may have to be fetched first.
    pub async fn authorize(&self, operation: &'static Operation) -> Result<Authorization, Error> {
        let mut authorization = Authorization::default();
        for scheme in self.select(operation)? {
            match self.entries.get(*scheme) {
                Some(Entry::Fixed(name, value)) => authorization.headers.push((name.clone(), value.clone())),
                Some(Entry::Source(source)) => {
                    let credential = source.credential().await?;
                    let header = credential.to_header().map_err(|problem| {
                        let cause = format!("credential `{scheme}` from its source: {problem}");
                        Error::new(ErrorKind::Authentication, cause)
                    })?;
                    authorization.headers.push(header);
                    authorization.given.push((scheme, credential));
                }
                None => {}
            }
        }
        Ok(authorization)
    }

    /// Tells the sources that the service answered 401 to these credentials. `true` if there are new ones.
    pub async fn rejected(&self, operation: &'static Operation, used: &Authorization) -> Result<bool, Error> {
        let mut is_renewed = false;
        for (scheme, credential) in &used.given {
            if let Some(Entry::Source(source)) = self.entries.get(*scheme) {
                tracing::debug!(api = operation.api, operation = operation.id, scheme, "the credential was rejected");
                is_renewed |= source.rejected(credential).await?;
            }
        }
        Ok(is_renewed)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::operation::SAMPLE;

    fn operation(security: &'static [&'static [&'static str]]) -> &'static Operation {
        Box::leak(Box::new(Operation { security, ..SAMPLE }))
    }

    fn connection() -> Connection {
        Connection {
            http: reqwest::Client::new(),
            base: "https://api.example.com".parse().expect("a URL"),
            user_agent: HeaderValue::from_static("test"),
            timeout: std::time::Duration::from_secs(60),
            allow_insecure_http: false,
        }
    }

    fn credentials(schemes: &[&'static str]) -> Credentials {
        let given = schemes.iter().map(|scheme| ((*scheme).into(), Given::Fixed(Credential::bearer(*scheme))));
        Credentials::prepare(given.collect(), &connection()).expect("valid credentials")
    }

    #[test]
    fn the_first_alternative_that_is_complete_is_chosen() {
        const USER: &[&str] = &["user"];
        const SYSTEM: &[&str] = &["system"];
        const BOTH: &[&str] = &["user", "key"];
        let cases: [(&[&'static str], &'static [&'static [&'static str]], _); 9] = [
            (&["user"], &[USER], Ok(vec!["user"])),
            (&["user", "system"], &[SYSTEM, USER], Ok(vec!["system"])),
            (&["user"], &[SYSTEM, USER], Ok(vec!["user"])),
            (&["user"], &[&[], USER], Ok(vec!["user"])),
            (&["system"], &[&[], USER], Ok(vec![])),
            (&["user", "key"], &[BOTH], Ok(vec!["user", "key"])),
            (&["user"], &[], Ok(vec![])),
            (&[], &[USER], Err("no credential for `user`")),
            (&["key"], &[BOTH, SYSTEM], Err("no credential for `user` and `key`, or `system`")),
        ];
        for (given, security, expected) in cases {
            let chosen = credentials(given).authorize(operation(security)).now_or_never().expect("nothing to fetch");
            let tokens = chosen.map(|authorization| {
                let token =
                    |value: &HeaderValue| value.to_str().expect("text").trim_start_matches("Bearer ").to_owned();
                authorization.headers.iter().map(|(_, value)| token(value)).collect::<Vec<_>>()
            });
            match expected {
                Ok(expected) => assert_eq!(tokens.expect("a choice"), expected),
                Err(cause) => {
                    let error = tokens.expect_err("nothing to choose");
                    assert_eq!((error.kind(), error.cause()), (ErrorKind::MissingCredential, cause));
                }
            }
        }
    }

    #[test]
    fn a_secret_that_cannot_be_sent_is_refused_without_showing_it() {
        let key = |value: &str| Credential::api_key("x-api-key", value);
        for credential in [
            Credential::bearer(""),
            Credential::bearer("sentinel\n"),
            Credential::bearer(" sentinel"),
            Credential::bearer("sentinel\u{e9}"),
            Credential::basic("sentinel:user", "sentinel"),
            Credential::bearer("Bearer sentinel"),
            Credential::bearer("sentinel of many words"),
            Credential::basic("user", "sentinel\n"),
            Credential::basic("", "sentinel"),
            Credential::basic("sentinel", ""),
            Credential::api_key("Host", "sentinel"),
            Credential::api_key("Cookie", "sentinel"),
            Credential::api_key("sentinel with spaces", "k"),
            key(""),
            key("sentinel\r\nx: y"),
        ] {
            assert!(!format!("{credential:?}").contains("sentinel"));
            let given = vec![("scheme".into(), Given::Fixed(credential))];
            let error = Credentials::prepare(given, &connection()).err().expect("refused");
            assert_eq!(error.kind(), ErrorKind::Configuration);
            let shown = format!("{error} {error:?}");
            assert!(shown.contains("`scheme`") && !shown.contains("sentinel"), "{shown}");
        }
    }
}
