//! The way to the service: proxies, certificates, compression.

use std::process::Command;
use std::sync::Arc;

use crate::support::*;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rosterkit_core::{Credential, ErrorKind, Request, RetryPolicy, TransportBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// A host that only a proxy can reach (RFC 2606).
const FAR: &str = "http://roster.invalid";

#[tokio::test]
async fn a_proxy_is_used_with_its_password_and_without_showing_it() {
    let (url, mut received) = record(EMPTY).await;
    let proxy = url.replace("http://", &format!("http://ada:{SENTINEL}@"));
    let builder = builder(FAR).proxy(proxy);
    assert!(!format!("{builder:?}").contains(SENTINEL));
    let transport = builder.build().expect("valid settings");
    assert!(!format!("{transport:?}").contains(SENTINEL));
    transport.send_empty(Request::new(&GET_USERS)).await.expect("done");
    let received = received.recv().await.expect("a request");
    assert_eq!(received.request_line(), "GET http://roster.invalid/api/users HTTP/1.1");
    assert!(received.header("proxy-authorization").is_some_and(|value| value.starts_with("Basic ")));
}

#[tokio::test]
async fn a_proxy_that_is_set_is_used_for_this_machine_too_unless_excepted() {
    let (proxy, mut by_proxy) = record(EMPTY).await;
    let (service, mut direct) = record(EMPTY).await;
    let through = |exceptions: Option<&str>| {
        let builder = builder(&service).proxy(proxy.clone());
        exceptions.into_iter().fold(builder, TransportBuilder::no_proxy).build().expect("valid settings")
    };
    for (exceptions, is_direct) in
        [(None, false), (Some("example.com"), false), (Some("example.com,127.0.0.1"), true), (Some("*"), true)]
    {
        through(exceptions).send_empty(Request::new(&GET_USERS)).await.expect("done");
        let (used, unused) = if is_direct { (&mut direct, &mut by_proxy) } else { (&mut by_proxy, &mut direct) };
        used.recv().await.expect("a request");
        assert!(unused.try_recv().is_err(), "{exceptions:?}");
    }
}

/// This test runs itself once more with a proxy in the environment: a running process cannot safely change its own.
#[tokio::test]
async fn the_environment_s_proxy_is_used_unless_told_otherwise() {
    const CHILD: &str = "ROSTERKIT_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        builder(FAR).build().expect("valid").send_empty(Request::new(&GET_USERS)).await.expect("through the proxy");
        let direct = builder(FAR).no_proxy("*").build().expect("valid");
        let error = direct.send_empty(Request::new(&GET_USERS)).await.expect_err("nowhere");
        assert_eq!(error.kind(), ErrorKind::Connect);
        let (local, mut received) = record(EMPTY).await;
        transport(local).send_empty(Request::new(&GET_USERS)).await.expect("directly");
        assert_eq!(received.recv().await.expect("a request").request_line(), "GET /api/users HTTP/1.1");
        return;
    }
    let (url, mut received) = record(EMPTY).await;
    let mut child = Command::new(std::env::current_exe().expect("this test"));
    child.args(["--exact", "network::the_environment_s_proxy_is_used_unless_told_otherwise"]);
    child.env(CHILD, "1").env("HTTP_PROXY", &url).env("http_proxy", &url).env_remove("NO_PROXY").env_remove("no_proxy");
    // Set by web servers that run programs; with it, the variables may come from a request and are not trusted.
    child.env_remove("REQUEST_METHOD");
    let output = tokio::task::spawn_blocking(move || child.output()).await.expect("no panic").expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(
        received.recv().await.expect("a request").request_line(),
        "GET http://roster.invalid/api/users HTTP/1.1"
    );
    assert!(received.try_recv().is_err());
}

/// An organisation's own authority.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    authority_named("Sample authority")
}

fn authority_named(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).expect("valid names");
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate")
}

/// A server on this machine with a certificate of the authority. It may ask for one of its client.
async fn serve_tls(authority: &CertifiedIssuer<'static, KeyPair>, asks_client: bool) -> String {
    serve_certificate(authority, asks_client, certificate_for("127.0.0.1")).await
}

fn certificate_for(host: &str) -> CertificateParams {
    CertificateParams::new(vec![host.to_owned()]).expect("valid names")
}

async fn serve_certificate(
    authority: &CertifiedIssuer<'static, KeyPair>,
    asks_client: bool,
    params: CertificateParams,
) -> String {
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, authority).expect("a certificate");
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder();
    let config = if asks_client {
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).expect("a root");
        config.with_client_cert_verifier(WebPkiClientVerifier::builder(Arc::new(roots)).build().expect("a verifier"))
    } else {
        config.with_no_client_auth()
    };
    let config = config.with_single_cert(vec![certificate.der().clone()], private).expect("a certificate");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("https://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            let _ = stream.write_all(EMPTY.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

#[tokio::test]
async fn a_certificate_of_an_own_authority_is_trusted_when_it_is_given() {
    let (own, other) = (authority(), authority());
    let url = serve_tls(&own, false).await;
    let with = |builder: TransportBuilder| builder.credential("bearer", Credential::bearer("t0ken")).build();
    for (builder, is_trusted) in [
        (builder(&url), false),
        (builder(&url).root_certificate(other.pem()), false),
        (builder(&url).root_certificate(own.pem()), true),
        (builder(&url).root_certificate(other.pem()).root_certificate(own.pem()), true),
        (builder(&url).root_certificate(format!("{}\n{}", other.pem(), own.pem())), true),
    ] {
        let sent = with(builder).expect("valid settings").send_empty(Request::new(&GET_ME)).await;
        match is_trusted {
            true => drop(sent.expect("trusted")),
            // The certificate is checked before anything is sent.
            false => assert_eq!(sent.expect_err("not trusted").kind(), ErrorKind::Connect),
        }
    }
}

/// A host with a name that no resolver asks for, since it is too long: it fails at once on a machine without a network.
fn unknown_host() -> String {
    format!("http://{}.invalid", "x".repeat(64))
}

/// What the error of a call without a connection says.
async fn no_connection(builder: TransportBuilder) -> String {
    let transport = builder.build().expect("valid settings");
    let error = transport.send_empty(Request::new(&GET_USERS)).await.expect_err("no connection");
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    let message = error.to_string();
    assert!(!message.contains("127.0.0.1") && !message.contains(".invalid") && !message.contains('\n'), "{message}");
    assert_discreet(&error);
    message
}

#[tokio::test]
async fn no_connection_says_what_is_wrong_with_the_host() {
    let plain = serve(|mut stream| async move {
        // What it is sent never ends like the head of a request.
        let _ = stream.read_u8().await;
        let _ = stream.write_all(EMPTY.as_bytes()).await;
    });
    let plain = plain.await.replace("http://", "https://");
    for (url, reason) in [
        (unknown_host(), "no connection: the name of the host was not found;"),
        (closed_port().await, "no connection: the host refused the connection;"),
        (plain, "no connection: the host does not speak TLS on this port;"),
    ] {
        let message = no_connection(builder(url).no_proxy("*")).await;
        assert!(message.contains(reason), "{message}");
    }
}

#[tokio::test]
async fn no_connection_says_what_is_wrong_with_the_certificate() {
    let (own, namesake, other) = (authority(), authority(), authority_named("Another authority"));
    let valid = || certificate_for("127.0.0.1");
    let (mut expired, mut early, mut client_only) = (valid(), valid(), valid());
    expired.not_after = rcgen::date_time_ymd(2001, 1, 1);
    early.not_before = rcgen::date_time_ymd(4000, 1, 1);
    client_only.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    for (params, root, reason) in [
        (expired, &own, "has expired;"),
        (early, &own, "is not valid yet;"),
        (valid(), &namesake, "was not issued by an authority that is trusted;"),
        (valid(), &other, "was not issued by an authority that is trusted;"),
        (certificate_for("other.example.com"), &own, "is for another host name;"),
        (client_only, &own, "is invalid;"),
    ] {
        let url = serve_certificate(&own, false, params).await;
        let message = no_connection(builder(url).root_certificate(root.pem())).await;
        assert!(
            message.contains(&format!("no connection: the certificate of the host {reason}")),
            "{reason} {message}"
        );
    }
}

#[tokio::test]
async fn no_connection_says_what_the_proxy_did() {
    let refusing = |status: &str| serve_bytes(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"));
    for (proxy, reason) in [
        (unknown_host(), "no connection: the name of the proxy was not found;"),
        (closed_port().await, "no connection: the proxy refused the connection;"),
        (refusing("407 Proxy Authentication Required").await, "no connection: the proxy requires authentication"),
        (refusing("403 Forbidden").await, "no connection: the proxy refuses to connect to the host;"),
        (serve_bytes("").await, "no connection: the proxy closed the connection;"),
    ] {
        let proxy = proxy.replace("http://", &format!("http://ada:{SENTINEL}@"));
        let message = no_connection(builder("https://roster.invalid").proxy(proxy)).await;
        assert!(message.contains(reason), "{message}");
    }
}

#[tokio::test]
async fn a_gateway_that_asks_for_a_client_certificate_gets_it() {
    let authority = authority();
    let url = serve_tls(&authority, true).await;
    let key = KeyPair::generate().expect("a key");
    let certificate =
        CertificateParams::new(Vec::new()).expect("valid").signed_by(&key, &authority).expect("a certificate");
    let identity = format!("{}{}", certificate.pem(), key.serialize_pem());
    let builder = || builder(&url).root_certificate(authority.pem());
    let known = builder().client_certificate(identity).build().expect("valid settings");
    known.send_empty(Request::new(&GET_USERS)).await.expect("let in");
    builder().build().expect("valid").send_empty(Request::new(&GET_USERS)).await.expect_err("not let in");
}

#[test]
fn network_settings_that_cannot_work_are_refused_without_showing_them() {
    let base = || builder("https://www.example.com");
    let lone = "-----BEGIN CERTIFICATE-----\nS3NTINEL\n-----END CERTIFICATE-----\n";
    for (builder, cause) in [
        (base().proxy("S3NTINEL"), "the address of the proxy must be a URL"),
        (base().proxy("ftp://u:S3NTINEL@proxy"), "the address of the proxy must be a URL"),
        (base().proxy("http://u:S3NTINEL@"), "the address of the proxy must be a URL"),
        (base().no_proxy("S3NTINEL"), "there is no proxy"),
        (base().root_certificate("S3NTINEL"), "the root certificate is not in PEM form"),
        (base().root_certificate(lone), "check the root certificates"),
        (base().client_certificate("S3NTINEL"), "the client certificate needs"),
        (base().client_certificate(lone), "the client certificate needs"),
    ] {
        assert!(!format!("{builder:?}").contains(SENTINEL));
        let error = builder.build().expect_err("does not work");
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(error.to_string().contains(cause), "{error}");
        assert_discreet(&error);
    }
}

/// `{"id":"u","version":3}`, compressed.
const GZIP: [u8; 42] =
    *b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\xca\x4c\x51\xb2\x52\x2a\x55\xd2\x51\x2a\x4b\x2d\x2a\
    \xce\xcc\xcf\x53\xb2\x32\xae\x05\x00\x4c\xc1\xed\x07\x16\x00\x00\x00";

/// The names of the encoding: the HTTP client knows the first, the core the others.
const ENCODINGS: [&str; 3] = ["gzip", "x-gzip", "X-GZip"];

fn compressed(encoding: &str, content: &[u8], length: usize) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: {encoding}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), content].concat()
}

#[tokio::test]
async fn responses_may_come_compressed_unless_switched_off() {
    let (url, mut received) = record(EMPTY).await;
    for (gzip, header) in [(true, Some("gzip")), (false, None)] {
        builder(&url).gzip(gzip).build().expect("valid").send_empty(Request::new(&GET_USERS)).await.expect("done");
        assert_eq!(received.recv().await.expect("a request").header("accept-encoding"), header);
    }
    for encoding in ENCODINGS {
        let url = serve_bytes(compressed(encoding, &GZIP, GZIP.len())).await;
        assert_eq!(transport(&url).send_json::<User>(Request::new(&GET_USERS)).await.expect("a user").get().version, 3);
        let body = transport(&url).send_body(Request::new(&GET_USERS), &["*/*"]).await.expect("a head").into_inner();
        assert_eq!(body.length(), None);
        assert_eq!(body.text().await.expect("text"), r#"{"id":"u","version":3}"#);
        let plain = builder(&url).gzip(false).build().expect("valid");
        let error = plain.send_json::<User>(Request::new(&GET_USERS)).await.expect_err("not requested");
        assert_eq!(error.kind(), ErrorKind::UnexpectedMediaType, "{encoding}");
    }
}

#[tokio::test]
async fn the_limit_of_a_response_counts_its_content() {
    for encoding in ENCODINGS {
        let url = serve_bytes(compressed(encoding, &GZIP, GZIP.len())).await;
        let limited = |limit| builder(&url).max_decoded_bytes(limit).build().expect("valid settings");
        limited(22).send_json::<User>(Request::new(&GET_USERS)).await.expect("fits");
        let error = limited(21).send_json::<User>(Request::new(&GET_USERS)).await.expect_err("too large");
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{encoding}");
    }
}

#[tokio::test]
async fn a_compressed_response_that_breaks_off_is_an_error() {
    for content in [&GZIP[..30], &GZIP[..0], b"S3NTINEL, not compressed"] {
        for (encoding, length) in ENCODINGS.into_iter().flat_map(|it| [(it, content.len()), (it, GZIP.len())]) {
            let url = serve_bytes(compressed(encoding, content, length)).await;
            let transport = builder(url).retry(RetryPolicy::none()).build().expect("valid settings");
            let error = transport.send_json::<User>(Request::new(&GET_USERS)).await.expect_err("broken");
            // An empty body may be taken for the empty response that it is.
            let expected = if length == 0 { ErrorKind::Decode } else { ErrorKind::Transport };
            assert_eq!(error.kind(), expected);
            assert_discreet(&error);
        }
    }
}
