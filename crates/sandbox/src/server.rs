//! The HTTP server: one thread with an event loop of its own.
//!
//! A server on the caller's event loop would starve when a test blocks that loop, and would leave tasks behind when it is
//! dropped. Here the loop ends with its thread, and every connection with the loop.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::Response;
use axum::response::IntoResponse;
use axum::serve::ListenerExt;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::StartError;
use crate::http::{Endpoint, Failure, Incoming, Reply};

/// How long a graceful stop waits for requests that are under way.
const GRACE: Duration = Duration::from_secs(2);

/// The services by the prefix of their paths.
pub(crate) struct Mounts {
    pub(crate) endpoints: Vec<(&'static str, Arc<dyn Endpoint>)>,
    pub(crate) max_body: usize,
}

/// A running server. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    stopped: Option<oneshot::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(port: u16, mounts: Mounts) -> Result<Self, StartError> {
        let (listener, address) = listen(port).map_err(|source| StartError::Port { port, source })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(|source| StartError::Runtime { source })?;
        let (stop, stop_asked) = oneshot::channel();
        let (done, stopped) = oneshot::channel();
        let work = move || {
            // An error here means that the event loop refused the listener: nothing would be served, so let it go.
            let _ = runtime.block_on(serve(listener, mounts, stop_asked));
            drop(runtime);
            let _ = done.send(());
        };
        let thread = thread::Builder::new().name("rosterkit-sandbox".to_owned()).spawn(work);
        let thread = thread.map_err(|source| StartError::Runtime { source })?;
        Ok(Self { address, stop: Some(stop), stopped: Some(stopped), thread: Some(thread) })
    }

    /// Closes the port, lets requests that are under way finish, and returns when the thread has ended.
    pub(crate) async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(stopped) = self.stopped.take() {
            let _ = stopped.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Without a message the server stops at once.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listen(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

async fn serve(listener: TcpListener, mounts: Mounts, stop_asked: oneshot::Receiver<()>) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|stream| {
        // A connection without it is slower, and nothing else.
        let _ = stream.set_nodelay(true);
    });
    let limit = DefaultBodyLimit::max(mounts.max_body);
    let router = Router::new().fallback(answer).layer(limit).with_state(Arc::new(mounts));
    let (drain, drain_asked) = oneshot::channel::<()>();
    let server = axum::serve(listener, router).with_graceful_shutdown(async {
        let _ = drain_asked.await;
    });
    let mut server = pin!(server.into_future());
    tokio::select! {
        result = &mut server => result,
        asked = stop_asked => {
            if asked.is_ok() {
                let _ = drain.send(());
                let _ = timeout(GRACE, server).await;
            }
            Ok(())
        }
    }
}

async fn answer(State(mounts): State<Arc<Mounts>>, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    for (prefix, endpoint) in &mounts.endpoints {
        if let Some(rest) = path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/')) {
            let incoming = read(request, mounts.max_body).await;
            return endpoint.answer(rest, incoming).into();
        }
    }
    let prefixes: Vec<_> = mounts.endpoints.iter().map(|(prefix, _)| prefix).collect();
    let failure = Failure::not_found("There is no service under this path.");
    Reply::json(&json!({ "message": failure.message, "services": prefixes })).with_status(failure.status).into()
}

async fn read(request: Request, max_body: usize) -> Result<Incoming, Failure> {
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = Bytes::from_request(request, &()).await.map_err(|rejection| {
        if rejection.into_response().status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            Failure::too_large(max_body)
        } else {
            Failure::bad_request("The body could not be read.")
        }
    })?;
    Ok(Incoming { method, query, headers, body })
}
