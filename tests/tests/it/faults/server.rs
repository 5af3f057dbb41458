//! A server that does to a request what no HTTP library would.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rcgen::{CertificateParams, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What the server does after it has read a request.
#[derive(Clone, Debug)]
pub enum Action {
    /// Writes these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Writes these bytes and resets the connection.
    Reset(Vec<u8>),
    /// Writes these bytes, tells so, and then waits until the client closes the connection.
    Stall(Vec<u8>),
    /// Writes these bytes, and then more and more of them until the client closes the connection.
    Endless(Vec<u8>),
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The method, and the path with its query.
    pub line: String,
    /// Whether it had a credential.
    pub has_credential: bool,
    /// The body.
    pub body: Vec<u8>,
}

type Answer = dyn Fn(&Seen) -> Action + Send + Sync;

/// The server. It ends when it is dropped.
pub struct Server {
    address: std::net::SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    open: Arc<AtomicUsize>,
    /// Hears of each request that stalls.
    pub stalls: UnboundedReceiver<()>,
    certificate: Option<String>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts the server.
    pub async fn start(answer: impl Fn(&Seen) -> Action + Send + Sync + 'static) -> Self {
        Self::over(None, answer).await
    }

    /// Starts the server with TLS, and a certificate of its own.
    pub async fn start_tls(answer: impl Fn(&Seen) -> Action + Send + Sync + 'static) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name").self_signed(&key);
        let certificate = certificate.expect("a certificate");
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate.der().clone()], private).expect("a certificate");
        Self::over(Some((TlsAcceptor::from(Arc::new(config)), certificate.pem())), answer).await
    }

    async fn over(
        tls: Option<(TlsAcceptor, String)>,
        answer: impl Fn(&Seen) -> Action + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (stalled, stalls) = unbounded_channel();
        let (seen, open) = (Arc::<Mutex<Vec<Seen>>>::default(), Arc::<AtomicUsize>::default());
        let (acceptor, certificate) = tls.unzip();
        let connection = Connection { seen: Arc::clone(&seen), stalled, answer: Arc::new(answer) };
        let task = tokio::spawn({
            let open = Arc::clone(&open);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (connection, acceptor, open) = (connection.clone(), acceptor.clone(), Arc::clone(&open));
                    open.fetch_add(1, Ordering::SeqCst);
                    tokio::spawn(async move {
                        connection.accept(stream, acceptor).await;
                        open.fetch_sub(1, Ordering::SeqCst);
                    });
                }
            }
        });
        Self { address, seen, open, stalls, certificate, task }
    }

    /// The base URL.
    pub fn url(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The certificate, if the server has one.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// The requests that have come, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic").clone()
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

#[derive(Clone)]
struct Connection {
    seen: Arc<Mutex<Vec<Seen>>>,
    stalled: UnboundedSender<()>,
    answer: Arc<Answer>,
}

impl Connection {
    async fn accept(self, stream: TcpStream, acceptor: Option<TlsAcceptor>) {
        match acceptor {
            None => {
                let mut stream = stream;
                if self.serve(&mut stream).await {
                    let _ = stream.set_zero_linger();
                }
            }
            Some(acceptor) => {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    self.serve(&mut stream).await;
                }
            }
        }
    }

    /// Serves one request. True if the connection is to be reset.
    async fn serve(&self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> bool {
        let Some(seen) = read(stream).await else {
            // What is no HTTP, such as the beginning of TLS, is told so.
            let _ = stream.write_all(b"HTTP/1.1 400 -\r\n\r\n").await;
            return false;
        };
        let action = (self.answer)(&seen);
        self.seen.lock().expect("no panic").push(seen);
        // The client may have given up at any time.
        match action {
            Action::Bytes(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
            }
            Action::Reset(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.flush().await;
                return true;
            }
            Action::Stall(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.flush().await;
                let _ = self.stalled.send(());
                let _ = stream.read_u8().await;
            }
            Action::Endless(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let more = [b' '; 64 * 1024];
                while stream.write_all(&more).await.is_ok() {}
            }
        }
        false
    }
}

/// Reads a request with its body; `None` if it is none, or if the connection ends before.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Seen> {
    let mut head = vec![stream.read_u8().await.ok().filter(u8::is_ascii_uppercase)?];
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).expect("an ASCII head").to_ascii_lowercase();
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let mut body = Vec::new();
    if let Some(length) = header("content-length") {
        body = vec![0; length.parse().expect("a number")];
        stream.read_exact(&mut body).await.ok()?;
    } else if header("transfer-encoding").is_some() {
        while !body.ends_with(b"0\r\n\r\n") {
            body.push(stream.read_u8().await.ok()?);
        }
    }
    let line = head.lines().next().unwrap_or_default().trim_end_matches(" http/1.1").to_owned();
    let has_credential = header("authorization").is_some() || header("x-api-key").is_some();
    Some(Seen { line, has_credential, body })
}
