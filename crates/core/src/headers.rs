//! The one place that knows the names of response headers and how they are read.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, header};

/// Where an id of the caller's is sent.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Where the services put the id under which they log a call, in order of preference.
const CORRELATION_IDS: [&str; 3] = ["inin-correlation-id", "x-correlation-id", "x-request-id"];

/// The id under which the service logged the call. A value that does not look like an id is ignored.
pub(crate) fn correlation_id(headers: &HeaderMap) -> Option<&str> {
    let is_id = |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    CORRELATION_IDS.iter().find_map(|name| headers.get(*name)?.to_str().ok().filter(is_id))
}

/// The media type without its parameters, as sent.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let media_type = value.split(';').next().unwrap_or_default().trim();
    (!media_type.is_empty()).then_some(media_type)
}

/// Whether the body is still in an encoding, such as `gzip`.
pub(crate) fn is_compressed(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let mut codings = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    codings.any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))
}

/// The longest wait that a service is believed to mean.
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long the service asks to wait, a week at most. A date counts from the service's own clock, where the response shows it.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Some(seconds) = whole_seconds(value) {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let sent = headers.get(header::DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    let wait = until.duration_since(sent.unwrap_or_else(SystemTime::now)).unwrap_or_default();
    Some(wait.min(LONGEST_WAIT))
}

/// Decimal seconds, rounded up. A number that no integer holds is the largest.
fn whole_seconds(value: &str) -> Option<u64> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let is_number = [whole, fraction].iter().all(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()));
    let more = u64::from(fraction.bytes().any(|digit| digit != b'0'));
    is_number.then(|| whole.parse().unwrap_or(u64::MAX).saturating_add(more))
}

/// The service's own count of a client's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RateLimitWindow {
    /// How many requests the current window has seen.
    pub count: u64,
    /// How many it may see.
    pub allowed: u64,
    /// How long it still lasts.
    pub reset: Duration,
}

/// The rate limit that Genesys Cloud shows with its responses.
pub(crate) fn rate_limit(headers: &HeaderMap) -> Option<RateLimitWindow> {
    let number = |name| headers.get(name)?.to_str().ok()?.trim().parse().ok();
    Some(RateLimitWindow {
        count: number("inin-ratelimit-count")?,
        allowed: number("inin-ratelimit-allowed")?,
        reset: Duration::from_secs(number("inin-ratelimit-reset")?),
    })
}

/// The file name that a response suggests: its last part only, so that it cannot lead out of a directory.
pub(crate) fn file_name(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_DISPOSITION)?;
    let value = String::from_utf8_lossy(value.as_bytes());
    let (mut plain, mut extended) = (None, None);
    for (name, value) in Parameters(value.split_once(';')?.1) {
        match name.to_ascii_lowercase().as_str() {
            "filename" => plain = Some(value),
            "filename*" => extended = decode_extended(&value),
            _ => {}
        }
    }
    base_name(&extended.or(plain)?)
}

/// Decodes RFC 8187: `UTF-8''na%C3%AFve.txt`.
fn decode_extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, text) = rest.split_once('\'')?;
    let bytes = percent_encoding::percent_decode_str(text);
    charset.eq_ignore_ascii_case("utf-8").then(|| bytes.decode_utf8().ok().map(Into::into))?
}

fn base_name(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next()?;
    // A colon leads to another drive or stream on Windows.
    let name: String = name.chars().filter(|c| !c.is_control()).map(|c| if c == ':' { '_' } else { c }).collect();
    let name = name.trim();
    (!matches!(name, "" | "." | "..")).then(|| name.to_owned())
}

/// The `name=value` pairs of a header, with quoted values unquoted.
struct Parameters<'a>(&'a str);

impl<'a> Iterator for Parameters<'a> {
    type Item = (&'a str, String);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.0.split_once('=')?;
        let name = name.trim_matches([' ', '\t', ';']);
        let rest = rest.trim_start();
        let Some(quoted) = rest.strip_prefix('"') else {
            let (value, rest) = rest.split_once(';').unwrap_or((rest, ""));
            self.0 = rest;
            return Some((name, value.trim().to_owned()));
        };
        let mut value = String::new();
        let mut chars = quoted.char_indices();
        self.0 = "";
        while let Some((index, char)) = chars.next() {
            match char {
                '"' => {
                    self.0 = quoted.get(index + 1..).unwrap_or_default();
                    break;
                }
                '\\' => {
                    if let Some((_, escaped)) = chars.next() {
                        // Some services write Windows paths without escaping their backslashes.
                        if !matches!(escaped, '"' | '\\') {
                            value.push('\\');
                        }
                        value.push(escaped);
                    }
                }
                char => value.push(char),
            }
        }
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let value = |text: &str| HeaderValue::from_bytes(text.as_bytes()).expect("a header value");
        pairs.iter().map(|(name, text)| (http::HeaderName::from_static(name), value(text))).collect()
    }

    #[test]
    fn file_names_are_reduced_to_their_last_part() {
        for (value, expected) in [
            (r#"attachment; filename="report.csv""#, Some("report.csv")),
            ("attachment; filename=report.csv; size=3", Some("report.csv")),
            (r#"attachment; filename="../../etc/passwd""#, Some("passwd")),
            (r#"attachment; filename="C:\temp\report.csv""#, Some("report.csv")),
            (r#"attachment; filename="C:report.csv""#, Some("C_report.csv")),
            (r#"attachment; filename="a; b=\"c\".csv""#, Some(r#"a; b="c".csv"#)),
            (r#"attachment; filename="plain.csv"; filename*=UTF-8''na%C3%AFve.csv"#, Some("naïve.csv")),
            ("attachment; filename*=UTF-8''..%2Fx.csv", Some("x.csv")),
            ("attachment; filename*=latin1''x.csv; filename=y.csv", Some("y.csv")),
            (r#"attachment; FileName="ü.pdf""#, Some("ü.pdf")),
            (r#"attachment; filename="..""#, None),
            (r#"attachment; filename="reports/""#, None),
            (r#"attachment; filename="unfinished"#, Some("unfinished")),
            ("attachment; filename=", None),
            ("attachment", None),
            ("inline;", None),
        ] {
            assert_eq!(file_name(&headers(&[("content-disposition", value)])).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn waits_are_read_as_seconds_or_dates() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        for (value, expected) in [
            ("0", Some(0)),
            ("120", Some(120)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:48:37 GMT", Some(0)),
            ("Sunday, 06-Nov-94 08:51:37 GMT", Some(120)),
            ("Sun Nov  6 08:52:37 1994", Some(180)),
            ("-1", None),
            ("1.5", Some(2)),
            ("2.0", Some(2)),
            ("1.", None),
            (".5", None),
            ("1.5.0", None),
            ("+1", None),
            ("1e3", None),
            ("soon", None),
            ("99999999999999999999", Some(604_800)),
            ("99999999999999999999.9", Some(604_800)),
            ("604801", Some(604_800)),
            ("18446744073709551615", Some(604_800)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(604_800)),
        ] {
            let wait = retry_after(&headers(&[date, ("retry-after", value)]));
            assert_eq!(wait, expected.map(Duration::from_secs), "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn a_rate_limit_needs_all_three_headers() {
        let all = [("inin-ratelimit-count", "12"), ("inin-ratelimit-allowed", "300"), ("inin-ratelimit-reset", "48")];
        let expected = RateLimitWindow { count: 12, allowed: 300, reset: Duration::from_secs(48) };
        assert_eq!(rate_limit(&headers(&all)), Some(expected));
        for missing in 0..3 {
            let rest: Vec<_> =
                all.iter().enumerate().filter(|(index, _)| *index != missing).map(|(_, it)| *it).collect();
            assert_eq!(rate_limit(&headers(&rest)), None);
        }
        assert_eq!(rate_limit(&headers(&[all[0], all[1], ("inin-ratelimit-reset", "-1")])), None);
    }

    #[test]
    fn a_correlation_id_looks_like_one() {
        assert_eq!(correlation_id(&headers(&[("x-request-id", "a-1"), ("inin-correlation-id", "b-2")])), Some("b-2"));
        assert_eq!(correlation_id(&headers(&[("x-correlation-id", "two words")])), None);
        assert_eq!(correlation_id(&headers(&[("x-correlation-id", ""), ("x-request-id", "a-1")])), Some("a-1"));
    }

    #[test]
    fn media_types_lose_their_parameters() {
        assert_eq!(media_type(&headers(&[("content-type", "text/html; charset=utf-8")])), Some("text/html"));
        assert_eq!(media_type(&headers(&[("content-type", " ")])), None);
    }
}
