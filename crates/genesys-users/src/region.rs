//! The regions of Genesys Cloud, by name and by host.

use std::fmt;
use std::str::FromStr;

use rosterkit_core::{Error, nearest};

macro_rules! regions {
    ($($variant:ident = $name:literal at $domain:literal,)*) => {
        /// A region of Genesys Cloud. An organization belongs to exactly one region.
        ///
        /// ```
        /// use genesys_users::Region;
        ///
        /// let dublin: Region = "eu-west-1".parse()?;
        /// assert_eq!(dublin, Region::EuWest1);
        /// assert_eq!(dublin, "mypurecloud.ie".parse()?);
        /// assert_eq!(dublin, "https://api.mypurecloud.ie".parse()?);
        /// assert_eq!(dublin.api_url(), "https://api.mypurecloud.ie");
        /// # Ok::<(), genesys_users::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Region {
            $(#[doc = concat!("`", $name, "`, at `", $domain, "`.")] $variant,)*
        }

        impl Region {
            /// All regions, in the order of the spec's servers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name: `eu-west-1`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The domain: `mypurecloud.ie`.
            pub const fn domain(self) -> &'static str {
                match self { $(Self::$variant => $domain,)* }
            }

            /// The URL of the API: `https://api.mypurecloud.ie`.
            pub const fn api_url(self) -> &'static str {
                match self { $(Self::$variant => concat!("https://api.", $domain),)* }
            }

            /// The URL of the login service: `https://login.mypurecloud.ie`.
            pub const fn login_url(self) -> &'static str {
                match self { $(Self::$variant => concat!("https://login.", $domain),)* }
            }
        }
    };
}

regions! {
    UsEast1 = "us-east-1" at "mypurecloud.com",
    EuWest1 = "eu-west-1" at "mypurecloud.ie",
    ApSoutheast2 = "ap-southeast-2" at "mypurecloud.com.au",
    ApNortheast1 = "ap-northeast-1" at "mypurecloud.jp",
    EuCentral1 = "eu-central-1" at "mypurecloud.de",
    UsWest2 = "us-west-2" at "usw2.pure.cloud",
    CaCentral1 = "ca-central-1" at "cac1.pure.cloud",
    ApNortheast2 = "ap-northeast-2" at "apne2.pure.cloud",
    EuWest2 = "eu-west-2" at "euw2.pure.cloud",
    ApSouth1 = "ap-south-1" at "aps1.pure.cloud",
    UsEast2 = "us-east-2" at "use2.us-gov-pure.cloud",
    SaEast1 = "sa-east-1" at "sae1.pure.cloud",
    MeCentral1 = "me-central-1" at "mec1.pure.cloud",
    ApNortheast3 = "ap-northeast-3" at "apne3.pure.cloud",
    EuCentral2 = "eu-central-2" at "euc2.pure.cloud",
    MxCentral1 = "mx-central-1" at "mxc1.pure.cloud",
    ApSoutheast1 = "ap-southeast-1" at "apse1.pure.cloud",
    EuscDeEast1 = "eusc-de-east-1" at "edee1.eusc-pure.cloud",
}

/// By name (`eu-west-1`), domain (`mypurecloud.ie`), host (of `api`, `login` or `apps`: `apps.mypurecloud.ie`), or any HTTPS
/// URL at such a host (`https://api.mypurecloud.ie/api/v2`), in any case.
impl FromStr for Region {
    type Err = Error;

    /// # Errors
    /// `ErrorKind::Configuration` for anything else. The message lists the names and the most similar one, but not what was
    /// given, which may be a secret that was set by mistake.
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::find(text).map_err(Error::configuration)
    }
}

impl Region {
    /// As [`FromStr`], with the message of the error alone.
    pub(crate) fn find(text: &str) -> Result<Self, String> {
        let given = text.trim().to_ascii_lowercase();
        let host = given.strip_prefix("https://").unwrap_or(&given);
        let host = host.split(['/', '?', '#']).next().unwrap_or(host);
        let host = host.strip_suffix(":443").unwrap_or(host);
        let domain = ["api.", "login.", "apps."].iter().find_map(|prefix| host.strip_prefix(prefix)).unwrap_or(host);
        let found = Self::ALL.iter().find(|region| region.name() == given || region.domain() == domain);
        found.copied().ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|region| region.name()).collect();
            let near = nearest(domain, Self::ALL.iter().flat_map(|region| [region.name(), region.domain()]));
            let hint = near.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
            format!("unknown region; {hint}expected one of {}, or the host of one", names.join(", "))
        })
    }
}

/// The name.
impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl AsRef<str> for Region {
    fn as_ref(&self) -> &str {
        self.name()
    }
}
