//! Which redirects are followed, and to where.

use http::{HeaderMap, Method, StatusCode, header};
use url::Url;

/// The target of a redirect, or why it is not followed.
pub(super) fn target(
    status: StatusCode,
    headers: &HeaderMap,
    from: &Url,
    method: &Method,
    has_body: bool,
) -> Result<Url, &'static str> {
    let keeps_method = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
    let only_reads = matches!(*method, Method::GET | Method::HEAD) && !has_body;
    match status {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER if only_reads => {}
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => {
            return Err("the redirect would change the method to GET and drop the body");
        }
        _ if keeps_method => {}
        _ => return Err("the redirect cannot be followed"),
    }
    let location = headers.get(header::LOCATION).and_then(|location| location.to_str().ok());
    let mut target = location
        .and_then(|location| from.join(location).ok())
        .filter(|target| matches!(target.scheme(), "http" | "https"))
        .ok_or("invalid Location header")?;
    if from.scheme() == "https" && target.scheme() == "http" {
        return Err("redirect from https to http");
    }
    if !only_reads && !is_same_origin(from, &target) {
        return Err("redirect to another host, which only GET and HEAD without a body follow");
    }
    // Credentials in a URL would become an Authorization header. These setters fail only for URLs without a host.
    let _ = target.set_username("");
    let _ = target.set_password(None);
    target.set_fragment(None);
    Ok(target)
}

/// Whether two URLs share scheme, host and port.
pub(super) fn is_same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn follow(status: u16, method: Method, has_body: bool, from: &str, to: &str) -> Result<String, &'static str> {
        let headers = HeaderMap::from_iter([(header::LOCATION, HeaderValue::try_from(to).expect("a header value"))]);
        let status = StatusCode::from_u16(status).expect("a status");
        target(status, &headers, &Url::parse(from).expect("a URL"), &method, has_body).map(String::from)
    }

    #[test]
    fn reads_are_followed_to_any_secure_place() {
        for status in [301, 302, 303, 307, 308] {
            for (from, to, expected) in [
                ("https://a.example.com/x/y", "z?q=1", Some("https://a.example.com/x/z?q=1")),
                ("https://a.example.com/x", "//b.example.com/", Some("https://b.example.com/")),
                ("https://a.example.com/x", "https://u:p@b.example.com/#f", Some("https://b.example.com/")),
                ("http://a.example.com/x", "https://a.example.com/x", Some("https://a.example.com/x")),
                ("https://a.example.com/x", "http://a.example.com/x", None),
                ("https://a.example.com/x", "file:///etc/passwd", None),
                ("https://a.example.com/x", "https://", None),
            ] {
                let followed = follow(status, Method::GET, false, from, to);
                assert_eq!(followed.ok().as_deref(), expected, "{status} {from} {to}");
            }
        }
        for status in [300, 304, 305, 306, 399] {
            assert!(follow(status, Method::GET, false, "https://a.example.com/", "/x").is_err(), "{status}");
        }
    }

    #[test]
    fn changes_are_followed_only_within_an_origin_and_unchanged() {
        let from = "https://a.example.com/";
        for (status, has_body, to, followed) in [
            (307, true, "https://a.example.com:443/x", true),
            (308, false, "/x", true),
            (307, true, "https://a.example.com:444/x", false),
            (307, true, "https://b.example.com/x", false),
            (301, false, "/x", false),
            (302, true, "/x", false),
            (303, true, "/x", false),
        ] {
            assert_eq!(follow(status, Method::POST, has_body, from, to).is_ok(), followed, "{status} {to}");
        }
        assert!(follow(302, Method::GET, true, from, "/x").is_err());
    }

    #[test]
    fn a_redirect_without_a_location_is_refused() {
        let from = Url::parse("https://a.example.com/").expect("a URL");
        assert!(target(StatusCode::FOUND, &HeaderMap::new(), &from, &Method::GET, false).is_err());
    }
}
