//! Names and values of a query, and the segments of a path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::Error;

/// Everything but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Names and values in the order of the query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(&name.replace('+', " "))?, decode(&value.replace('+', " "))?))
        });
        pairs.collect::<Result<_, Error>>().map(Self)
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Names and values, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The names, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    /// The same with the values of some names split at commas.
    pub(crate) fn split_at_commas(self, names: impl Fn(&str) -> bool) -> Self {
        let split = |(name, value): (String, String)| -> Vec<(String, String)> {
            if names(&name) && value.contains(',') {
                value.split(',').map(|value| (name.clone(), value.to_owned())).collect()
            } else {
                vec![(name, value)]
            }
        };
        Self(self.0.into_iter().flat_map(split).collect())
    }

    /// The same without the empty values of some names.
    pub(crate) fn without_empty(mut self, names: &[&str]) -> Self {
        self.0.retain(|(name, value)| !value.is_empty() || !names.contains(&name.as_str()));
        self
    }

    /// The query without its `?`, with some of the names replaced by others at its end.
    pub(crate) fn replace(&self, with: &[(&str, String)]) -> String {
        let kept = self.0.iter().filter(|(key, _)| with.iter().all(|(name, _)| name != key));
        let kept = kept.map(|(key, value)| (key.as_str(), value));
        let pairs = kept.chain(with.iter().map(|(name, value)| (*name, value)));
        let pairs = pairs.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

impl From<Vec<(String, String)>> for Pairs {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }
}

/// The decoded segments of a path below a prefix.
pub(crate) fn segments(path: &str) -> Result<Vec<String>, Error> {
    path.strip_prefix('/').unwrap_or(path).split('/').map(decode).collect()
}

/// Percent-encodes a segment of a path, or a name or value of a query.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn decode(text: &str) -> Result<String, Error> {
    // The decoder accepts a `%` that begins no escape, and would hide a client that does not encode.
    let escapes = |rest: &str| matches!(rest.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    if !text.split('%').skip(1).all(escapes) {
        let message =
            "Invalid percent-encoding: `%` must be followed by two hexadecimal digits; encode a literal `%` as %25.";
        return Err(Error::bad_request(message));
    }
    let text = percent_decode_str(text).decode_utf8();
    text.map(Into::into).map_err(|_| Error::bad_request("The URL holds percent-encoded bytes that are not UTF-8."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(query: &str) -> Pairs {
        Pairs::parse(query).unwrap_or_default()
    }

    #[test]
    fn a_query_is_decoded() {
        let query = pairs("id=a%20b&id=c+d&flag&empty=&caf%C3%A9=%2B");
        assert_eq!(query.all("id").collect::<Vec<_>>(), ["a b", "c d"]);
        assert_eq!(query.all("flag").collect::<Vec<_>>(), [""]);
        assert_eq!(query.all("empty").collect::<Vec<_>>(), [""]);
        assert_eq!(query.all("café").collect::<Vec<_>>(), ["+"]);
        assert_eq!(query.all("other").count(), 0);
    }

    #[test]
    fn values_of_some_names_are_split_at_commas() {
        let query = pairs("expand=a%2Cb&name=c,d&expand=e").split_at_commas(|name| name == "expand");
        assert_eq!(query.all("expand").collect::<Vec<_>>(), ["a", "b", "e"]);
        assert_eq!(query.all("name").collect::<Vec<_>>(), ["c,d"]);
    }

    #[test]
    fn invalid_utf8_is_rejected() {
        assert!(Pairs::parse("id=%FF").is_err());
        assert!(segments("/users/%C3").is_err());
    }

    #[test]
    fn a_percent_sign_without_an_escape_is_rejected() {
        for text in ["%", "a%", "%2", "%zz", "%2g", "%%41", "100%&b=1", "%ü"] {
            assert!(Pairs::parse(&format!("id={text}")).is_err() && segments(text).is_err(), "{text}");
        }
        assert_eq!(pairs("id=%25%2f").all("id").collect::<Vec<_>>(), ["%/"]);
    }

    #[test]
    fn names_are_replaced_and_the_rest_is_kept() {
        let query = pairs("page=1&id=a%26b&id=c");
        assert_eq!(query.replace(&[("page", "2".to_owned())]), "id=a%26b&id=c&page=2");
    }

    #[test]
    fn segments_are_decoded_one_by_one() {
        assert_eq!(segments("/users/a%2Fb").unwrap_or_default(), ["users", "a/b"]);
        assert_eq!(segments("/users/").unwrap_or_default(), ["users", ""]);
        assert_eq!(segments("//users").unwrap_or_default(), ["", "users"]);
    }
}
