//! Environment variables that hold the settings of the three services, and which of them exclude each other.
//!
//! The clients' `from_env()` and the command line read the same variables, with the same contradictions refused:
//!
//! | service | setting | variables |
//! | --- | --- | --- |
//! | Genesys Cloud | [`GENESYS_ADDRESS`] | `GENESYSCLOUD_REGION`, or `GENESYSCLOUD_BASE_URL` |
//! | | [`GENESYS_CREDENTIAL`] | `GENESYSCLOUD_ACCESS_TOKEN`, or `GENESYSCLOUD_OAUTHCLIENT_ID` with `GENESYSCLOUD_OAUTHCLIENT_SECRET` |
//! | LMS | [`LMS_ADDRESS`] | `LMS_BASE_URL` |
//! | | [`LMS_CALLER`] | `LMS_ACCESS_TOKEN`, or `LMS_USER`, which needs [`LMS_PASSWORD`] besides |
//! | | [`LMS_SYSTEM_KEY`] | `LMS_SYSTEM_KEY` |
//! | Session clusters | [`SESSIONS_ADDRESS`] | `SESSIONS_BASE_URL` |
//! | | [`SESSIONS_KEY`], [`SESSIONS_KEY_HEADER`] | `SESSIONS_API_KEY`, `SESSIONS_API_KEY_HEADER` |
//!
//! A variable that is empty counts as not set. `LMS_PASSWORD` without `LMS_USER` is ignored.

use std::ffi::OsString;

use crate::Error;

/// One setting of a service: variables in alternatives that exclude each other.
#[derive(Debug)]
pub struct Setting {
    /// The alternatives. The variables of one are set together.
    pub alternatives: &'static [&'static [&'static str]],
}

/// Where Genesys Cloud is.
pub static GENESYS_ADDRESS: Setting = Setting { alternatives: &[&["GENESYSCLOUD_REGION"], &["GENESYSCLOUD_BASE_URL"]] };
/// An access token of Genesys Cloud, or an OAuth client that requests them.
pub static GENESYS_CREDENTIAL: Setting = Setting {
    alternatives: &[
        &["GENESYSCLOUD_ACCESS_TOKEN"],
        &["GENESYSCLOUD_OAUTHCLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_SECRET"],
    ],
};
/// Where the LMS site is.
pub static LMS_ADDRESS: Setting = Setting { alternatives: &[&["LMS_BASE_URL"]] };
/// The user who calls the LMS, by access token or by id.
pub static LMS_CALLER: Setting = Setting { alternatives: &[&["LMS_ACCESS_TOKEN"], &["LMS_USER"]] };
/// The password of the user of the LMS.
pub static LMS_PASSWORD: Setting = Setting { alternatives: &[&["LMS_PASSWORD"]] };
/// The system key of the LMS site.
pub static LMS_SYSTEM_KEY: Setting = Setting { alternatives: &[&["LMS_SYSTEM_KEY"]] };
/// Where the session service is.
pub static SESSIONS_ADDRESS: Setting = Setting { alternatives: &[&["SESSIONS_BASE_URL"]] };
/// The server key of the session service.
pub static SESSIONS_KEY: Setting = Setting { alternatives: &[&["SESSIONS_API_KEY"]] };
/// The header that carries the server key.
pub static SESSIONS_KEY_HEADER: Setting = Setting { alternatives: &[&["SESSIONS_API_KEY_HEADER"]] };

impl Setting {
    /// The variables of the alternative that is set, with their values in the order of the table; none if none is set.
    ///
    /// `lookup` gives the value of a variable: [`std::env::var_os`], or something else in tests.
    ///
    /// ```
    /// use rosterkit_core::environment::GENESYS_ADDRESS;
    ///
    /// let lookup = |name: &str| (name == "GENESYSCLOUD_REGION").then(|| "eu-west-1".into());
    /// let found = GENESYS_ADDRESS.resolve(lookup)?;
    /// match found.as_slice() {
    ///     [("GENESYSCLOUD_REGION", region)] => assert_eq!(region, "eu-west-1"),
    ///     [("GENESYSCLOUD_BASE_URL", _url)] => unreachable!("it is not set"),
    ///     _ => unreachable!("one of them is set"),
    /// }
    /// # Ok::<(), rosterkit_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if a variable is not UTF-8, and as [`choose`].
    pub fn resolve(&self, lookup: impl Fn(&str) -> Option<OsString>) -> Result<Vec<(&'static str, String)>, Error> {
        let read = |name: &'static str| match lookup(name).filter(|value| !value.is_empty()).map(OsString::into_string)
        {
            None => Ok((name, None)),
            Some(Ok(value)) => Ok((name, Some(value))),
            Some(Err(_)) => Err(Error::configuration(format!("the environment variable `{name}` is not UTF-8"))),
        };
        let alternative = |names: &&[&'static str]| names.iter().copied().map(read).collect();
        choose(self.alternatives.iter().map(alternative).collect::<Result<Vec<_>, Error>>()?)
    }
}

/// Reads the settings of a client, and collects everything that is wrong with them into one error.
pub struct Reader<L> {
    lookup: L,
    problems: Vec<String>,
}

impl<L: Fn(&str) -> Option<OsString>> Reader<L> {
    /// Reads variables with `lookup`, such as [`std::env::var_os`].
    pub fn new(lookup: L) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    /// The variables of the alternative that is set, as [`Setting::resolve`]; none if none is set or the setting is invalid.
    pub fn optional(&mut self, setting: &Setting) -> Vec<(&'static str, String)> {
        setting.resolve(&self.lookup).unwrap_or_else(|error| {
            self.invalid(error.cause());
            Vec::new()
        })
    }

    /// As [`optional`](Self::optional), but a setting that is not set is an error.
    pub fn required(&mut self, setting: &Setting) -> Vec<(&'static str, String)> {
        let known = self.problems.len();
        let found = self.optional(setting);
        if found.is_empty() && self.problems.len() == known {
            let alternatives = setting.alternatives.iter().map(|names| format!("`{}`", names.join("` with `")));
            self.invalid(format!("set {}", alternatives.collect::<Vec<_>>().join(" or ")));
        }
        found
    }

    /// Adds something that is wrong. The text holds no value.
    pub fn invalid(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// Ends reading.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if something is wrong.
    pub fn finish(self) -> Result<(), Error> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Error::configuration(format!("invalid environment: {}", self.problems.join("; "))))
    }
}

impl<L> std::fmt::Debug for Reader<L> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Reader").field("problems", &self.problems).finish_non_exhaustive()
    }
}

/// The one alternative that is given, with all of its values; empty if none is. Each value has the name of its setting.
///
/// [`Setting::resolve`] does this for environment variables; it is here for settings from other places.
///
/// # Errors
/// [`Configuration`](crate::ErrorKind::Configuration) if values of several alternatives are given, or only some of one.
pub fn choose<T>(alternatives: Vec<Vec<(&'static str, Option<T>)>>) -> Result<Vec<(&'static str, T)>, Error> {
    let mut given: Vec<_> =
        alternatives.into_iter().filter(|values| values.iter().any(|(_, value)| value.is_some())).collect();
    if given.len() > 1 {
        let names = |values: &Vec<(&str, Option<T>)>| {
            values.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(" with ")
        };
        let names = given.iter().map(names).collect::<Vec<_>>().join(" and ");
        return Err(Error::configuration(format!("{names} contradict each other: keep one of them")));
    }
    let given = given.pop().unwrap_or_default();
    let set = given.iter().find(|(_, value)| value.is_some()).map_or("", |(name, _)| *name);
    let complete = |(name, value): (&'static str, Option<T>)| match value {
        Some(value) => Ok((name, value)),
        None => Err(Error::configuration(format!("`{set}` is set, but not `{name}`: set it too"))),
    };
    given.into_iter().map(complete).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "GENESYSCLOUD_ACCESS_TOKEN";
    const ID: &str = "GENESYSCLOUD_OAUTHCLIENT_ID";
    const SECRET: &str = "GENESYSCLOUD_OAUTHCLIENT_SECRET";

    #[test]
    fn one_whole_alternative_is_taken_and_everything_else_refused() {
        let contradiction = "`GENESYSCLOUD_ACCESS_TOKEN` and `GENESYSCLOUD_OAUTHCLIENT_ID` with \
                             `GENESYSCLOUD_OAUTHCLIENT_SECRET` contradict each other: keep one of them";
        for (set, expected) in [
            (&[][..], Ok(vec![])),
            (&[TOKEN], Ok(vec![TOKEN])),
            (&[SECRET, ID], Ok(vec![ID, SECRET])),
            (&[TOKEN, ID, SECRET], Err(contradiction)),
            (&[TOKEN, SECRET], Err(contradiction)),
            (&[ID], Err("`GENESYSCLOUD_OAUTHCLIENT_ID` is set, but not `GENESYSCLOUD_OAUTHCLIENT_SECRET`: set it too")),
            (
                &[SECRET],
                Err("`GENESYSCLOUD_OAUTHCLIENT_SECRET` is set, but not `GENESYSCLOUD_OAUTHCLIENT_ID`: set it too"),
            ),
        ] {
            let lookup = |name: &str| Some(if set.contains(&name) { "sentinel" } else { "" }.into());
            match (GENESYS_CREDENTIAL.resolve(lookup), expected) {
                (Ok(found), Ok(expected)) => {
                    assert_eq!(
                        found,
                        expected.into_iter().map(|name| (name, "sentinel".to_owned())).collect::<Vec<_>>()
                    );
                }
                (Err(error), Err(expected)) => assert_eq!(error.cause(), expected, "{set:?}"),
                (found, expected) => panic!("{set:?}: {found:?}, expected {expected:?}"),
            }
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_variable_that_is_not_utf_8_is_named_and_not_shown() {
        use std::os::unix::ffi::OsStringExt as _;

        let broken = |_: &str| Some(OsString::from_vec(vec![b'a', 0xff]));
        let error = LMS_PASSWORD.resolve(broken).expect_err("not UTF-8");
        assert_eq!(error.cause(), "the environment variable `LMS_PASSWORD` is not UTF-8");
    }
}
