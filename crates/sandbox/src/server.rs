//! The HTTP server: a thread with its own event loop.
//!
//! A server on the caller's event loop would starve when a test blocks that loop, and would leave tasks behind when it is
//! dropped. Here, the loop ends with its thread, and every connection ends with the loop.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::shared::{CONTROL, Shared, below};
use crate::{StartError, clock, control, handle};

/// How long a graceful stop waits for in-flight requests.
const GRACE: Duration = Duration::from_secs(2);

/// How long the server waits after a connection that could not be accepted.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// How often changes are written to the state file.
const SAVE_EVERY: Duration = Duration::from_secs(5);

/// A running server. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    stopped: Option<oneshot::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(port: u16, shared: Arc<Shared>) -> Result<Self, StartError> {
        let (listener, address) = listen(port).map_err(|source| StartError::Port { port, source })?;
        // It was not set before.
        let _ = shared.base_url.set(format!("http://{address}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(|source| StartError::Runtime { source })?;
        let (stop, stop_asked) = oneshot::channel();
        let (done, stopped) = oneshot::channel();
        let work = move || {
            clock::install(shared.clock.clone());
            // An error means that the event loop rejected the listener. Then there is nothing to serve.
            let _ = runtime.block_on(serve(listener, shared, stop_asked));
            drop(runtime);
            let _ = done.send(());
        };
        let thread = thread::Builder::new().name("rosterkit-sandbox".to_owned()).spawn(work);
        let thread = thread.map_err(|source| StartError::Runtime { source })?;
        Ok(Self { address, stop: Some(stop), stopped: Some(stopped), thread: Some(thread) })
    }

    /// Closes the port, lets in-flight requests finish, and returns when the thread has ended.
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
        // Without a message the server stops immediately.
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

async fn serve(listener: TcpListener, shared: Arc<Shared>, stop_asked: oneshot::Receiver<()>) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (drain, drain_asked) = watch::channel(());
    let mut server = pin!(accept(listener, shared.clone(), drain_asked));
    let mut saving = pin!(save_regularly(&shared));
    tokio::select! {
        () = &mut server => Ok(()),
        () = &mut saving => Ok(()),
        asked = stop_asked => {
            if asked.is_ok() {
                let _ = drain.send(());
                let _ = timeout(GRACE, server).await;
            } else {
                // A dropped sandbox cannot report an error; `close` does.
                let _ = shared.save_changes();
            }
            Ok(())
        }
    }
}

/// Accepts connections until it is asked to drain, and ends when the last of them has ended.
async fn accept(listener: tokio::net::TcpListener, shared: Arc<Shared>, mut drain: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(stream, shared.clone(), drain.clone()))),
                // The connection is gone already, or there are no file descriptors left until others end.
                Err(_) => sleep(ACCEPT_AGAIN).await,
            },
            Some(_) = connections.join_next() => {}
            _ = drain.changed() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Answers the requests of one connection. An error means that the connection has ended.
async fn connection(stream: TcpStream, shared: Arc<Shared>, mut drain: watch::Receiver<()>) {
    // Without this option, a connection is only slower.
    let _ = stream.set_nodelay(true);
    let head_timeout = shared.head_timeout;
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(answer(&shared, request.map(Body::new)).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head_timeout);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = drain.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Writes changes to the state file every few seconds, forever.
async fn save_regularly(shared: &Shared) {
    loop {
        sleep(SAVE_EVERY).await;
        // The control endpoint and `close` report errors.
        let _ = shared.save_changes();
    }
}

async fn answer(shared: &Shared, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    if let Err(error) = shared.origins.check(&request) {
        let (incoming, _) = handle::split(request);
        return handle::refuse(shared, &path, &incoming, &error).into();
    }
    if let Some(rest) = below(&path, CONTROL) {
        let (mut incoming, body) = handle::split(request);
        let body = handle::read(shared, &incoming, body).await;
        return control::answer(
            shared,
            rest,
            body.map(|body| {
                incoming.body = body;
                incoming
            }),
        )
        .into();
    }
    handle::answer(shared, &path, request).await
}
