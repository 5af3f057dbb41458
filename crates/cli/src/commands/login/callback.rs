//! The end of a sign-in: a server on this machine that the browser comes back to, for one response.
//!
//! Every program and every page on this machine can call it. It takes the one request that carries the state of the sign-in,
//! and shows the others nothing but an error.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use genesys_users::oauth::SignIn;
use hyper::body::Incoming;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::error::Error;

/// How long the user may take.
const TIME_LIMIT: Duration = Duration::from_secs(5 * 60);
/// How long one connection may take, from its first to its last byte.
const CONNECTION_LIMIT: Duration = Duration::from_secs(10);
/// How many connections are served at once. More have to wait.
const MAX_CONNECTIONS: usize = 64;
/// How long to wait after a connection could not be accepted.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);
const PATH: &str = "/callback";

/// The port of a redirect URI, on both loopback addresses.
pub(super) struct Callback {
    port: u16,
    v4: TcpListener,
    /// `None` on a machine without IPv6.
    v6: Option<TcpListener>,
}

impl Callback {
    /// Opens the port.
    ///
    /// # Errors
    /// If another program has it.
    pub(super) async fn listen(port: u16) -> Result<Self, Error> {
        let failed = |error: io::Error| {
            Error::usage(format!(
                "cannot wait for the sign-in on port {port}: {error}; end the program that uses it, or give another one of \
                 the client's redirect URIs with --port"
            ))
        };
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
        // A browser may take either address for `localhost`. If somebody else had the other one, they would get the code.
        let v6 = match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(listener) => Some(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(failed(error)),
            Err(_) => None,
        };
        Ok(Self { port, v4, v6 })
    }

    /// The redirect URI, which the OAuth client must have.
    pub(super) fn redirect_uri(&self) -> String {
        format!("http://localhost:{}{PATH}", self.port)
    }

    /// Waits for the response to a sign-in, and returns its path and query.
    ///
    /// # Errors
    /// If there is none within five minutes.
    pub(super) async fn wait(self, sign_in: &Arc<SignIn>) -> Result<String, Error> {
        let late = |_| {
            Error::Credential(format!(
                "no user signed in within {} minutes: run `rosterkit login` again",
                TIME_LIMIT.as_secs() / 60
            ))
        };
        timeout(TIME_LIMIT, self.serve(sign_in)).await.map_err(late)
    }

    async fn serve(&self, sign_in: &Arc<SignIn>) -> String {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                    Ok(stream) => drop(connections.spawn(connection(stream, self.port, sign_in.clone()))),
                    // The connection is gone already, or there are no file descriptors left until others end.
                    Err(_) => sleep(ACCEPT_AGAIN).await,
                },
                Some(ended) = connections.join_next() => {
                    if let Ok(Some(found)) = ended {
                        return found;
                    }
                }
            }
        }
    }

    async fn accept(&self) -> io::Result<TcpStream> {
        let accepted: io::Result<(TcpStream, SocketAddr)> = match &self.v6 {
            Some(v6) => tokio::select! {
                accepted = self.v4.accept() => accepted,
                accepted = v6.accept() => accepted,
            },
            None => self.v4.accept().await,
        };
        accepted.map(|(stream, _)| stream)
    }
}

/// Answers one request. Returns its path and query if it is the response to the sign-in, once that is answered.
async fn connection(stream: TcpStream, port: u16, sign_in: Arc<SignIn>) -> Option<String> {
    let found = Mutex::new(None);
    let service = service_fn(|request: Request<Incoming>| {
        let (page, callback) = answer(request.method(), request.uri(), request.headers(), port, &sign_in);
        if callback.is_some() {
            *lock(&found) = callback;
        }
        async move { Ok::<_, Infallible>(page) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(CONNECTION_LIMIT).keep_alive(false);
    // A connection that breaks after its request has said all that it had to.
    let _ = timeout(CONNECTION_LIMIT, http.serve_connection(TokioIo::new(stream), service)).await;
    lock(&found).take()
}

fn lock(found: &Mutex<Option<String>>) -> MutexGuard<'_, Option<String>> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The response to a request, and the request's path and query if it is the response to the sign-in.
fn answer(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    port: u16,
    sign_in: &SignIn,
) -> (Response<String>, Option<String>) {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_own_host = host.eq_ignore_ascii_case(&format!("localhost:{port}"))
        || (port == 80 && host.eq_ignore_ascii_case("localhost"));
    if !is_own_host || headers.get_all(HOST).iter().count() != 1 {
        return (page(StatusCode::MISDIRECTED_REQUEST, "Not here", "This host name is not served."), None);
    }
    if uri.path() != PATH {
        return (page(StatusCode::NOT_FOUND, "Not found", "There is nothing here."), None);
    }
    if method != Method::GET {
        let mut refused = page(StatusCode::METHOD_NOT_ALLOWED, "Not allowed", "Only GET is.");
        refused.headers_mut().insert(ALLOW, hyper::header::HeaderValue::from_static("GET"));
        return (refused, None);
    }
    let callback = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    if !sign_in.is_response(&callback) {
        let text = "This is not the response to the sign-in in progress. Use the address that the terminal shows.";
        return (page(StatusCode::BAD_REQUEST, "Another sign-in", text), None);
    }
    let text = "You can close this window. The terminal says whether you are signed in.";
    (page(StatusCode::OK, "Back to the terminal", text), Some(callback))
}

/// A page without a script, and without anything that came with the request.
fn page(status: StatusCode, title: &'static str, text: &'static str) -> Response<String> {
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>rosterkit: {title}</title></head>\
         <body><h1>{title}</h1><p>{text}</p></body></html>\n"
    );
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers: [(HeaderName, &'static str); 5] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, hyper::header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn callback() -> (Callback, u16, Arc<SignIn>) {
        // A port that is free on both addresses.
        for _ in 0..20 {
            let free =
                TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.and_then(|it| it.local_addr()).expect("a port");
            if let Ok(callback) = Callback::listen(free.port()).await {
                let sign_in = SignIn::pkce("client", callback.redirect_uri()).expect("random numbers");
                return (callback, free.port(), Arc::new(sign_in));
            }
        }
        panic!("no free port");
    }

    async fn ask(port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("connected");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).await.expect("a response");
        response
    }

    fn get(port: u16, target: &str) -> String {
        format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n")
    }

    #[tokio::test]
    async fn only_the_response_to_the_sign_in_ends_the_wait() {
        let (callback, port, sign_in) = callback().await;
        let state = sign_in.state().to_owned();
        let right = format!("/callback?code=S3NTINEL&state={state}");
        let browser = async {
            // Clients that send nothing, or half of a request, hold up no one.
            let _silent = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("connected");
            let mut slow = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("connected");
            slow.write_all(b"GET /callback?code=").await.expect("sent");
            for (request, status) in [
                (get(port, "/favicon.ico"), 404),
                (get(port, &format!("/other?code=S3NTINEL&state={state}")), 404),
                (get(port, "/callback"), 400),
                (get(port, "/callback?code=S3NTINEL"), 400),
                (get(port, "/callback?code=S3NTINEL&state=S3NTINEL"), 400),
                (get(port, &format!("/callback?code=S3NTINEL&state={state}x")), 400),
                (get(port, &format!("/callback?code=S3NTINEL&state={state}&state={state}")), 400),
                (format!("GET {right} HTTP/1.1\r\nHost: attacker.example.com\r\n\r\n"), 421),
                (format!("GET {right} HTTP/1.1\r\nHost: localhost.example.com:{port}\r\n\r\n"), 421),
                (format!("GET {right} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"), 421),
                (format!("GET {right} HTTP/1.1\r\n\r\n"), 421),
                (format!("GET {right} HTTP/1.1\r\nHost: localhost:{port}\r\nHost: x\r\n\r\n"), 421),
                (format!("POST {right} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 0\r\n\r\n"), 405),
                ("S3NTINEL\r\n\r\n".to_owned(), 400),
            ] {
                let response = ask(port, &request).await;
                assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {response}");
                assert!(!response.contains("S3NTINEL") && !response.contains(&state), "{response}");
            }
            let response = ask(port, &get(port, &right)).await;
            assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
            let head = response.to_ascii_lowercase();
            for expected in ["cache-control: no-store", "default-src 'none'", "referrer-policy: no-referrer"] {
                assert!(head.contains(expected), "{response}");
            }
            assert!(!head.contains("<script") && !response.contains("S3NTINEL") && !response.contains(&state));
        };
        let (found, ()) = tokio::join!(callback.wait(&sign_in), browser);
        assert_eq!(found.expect("a response"), right);
    }

    #[tokio::test]
    async fn a_refusal_of_the_login_ends_the_wait_too_and_nobody_listens_afterwards() {
        let (callback, port, sign_in) = callback().await;
        let refusal = format!("/callback?error=access_denied&state={}", sign_in.state());
        let request = get(port, &refusal);
        let (found, response) = tokio::join!(callback.wait(&sign_in), ask(port, &request));
        assert_eq!(found.expect("a response"), refusal);
        assert!(response.starts_with("HTTP/1.1 200 ") && !response.contains("access_denied"), "{response}");
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err(), "a second request");
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_reported() {
        let (taken, port, _) = callback().await;
        let message = Callback::listen(port).await.err().and_then(|error| error.message(false)).unwrap_or_default();
        assert!(message.contains(&format!("port {port}")) && message.contains("--port"), "{message}");
        drop(taken);
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_ends_after_five_minutes() {
        let (callback, _, sign_in) = callback().await;
        let error = callback.wait(&sign_in).await.expect_err("no user came");
        assert!(error.message(false).is_some_and(|message| message.contains("within 5 minutes")), "{error:?}");
        assert_eq!(error.code(), crate::error::AUTHENTICATION);
    }
}
