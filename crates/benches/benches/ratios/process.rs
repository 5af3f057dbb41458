//! Processes of this program: servers that run while something is measured, and work whose memory is its own.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rosterkit_benches::{cpu_time, peak_memory};
use serde::Serialize;
use serde_json::{Value, json};

/// What a process does, with its further arguments.
pub type Work = fn(&[&str]) -> Result<(), Box<dyn Error>>;

/// Runs the work that the first argument names, if it does.
pub fn child(arguments: &[String], works: &[(&str, Work)]) -> Option<ExitCode> {
    let (first, rest) = arguments.split_first()?;
    let (_, work) = works.iter().find(|(name, _)| name == first)?;
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    Some(match work(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&*error);
            ExitCode::FAILURE
        }
    })
}

#[allow(clippy::print_stderr, reason = "a part of a benchmark that fails says why")]
fn complain(error: &dyn Error) {
    eprintln!("{error}");
}

/// A process of this program, which was not started yet.
pub fn command(arguments: &[&str]) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments);
    Ok(command)
}

/// A process that serves until this is dropped.
pub struct Server {
    process: Child,
    address: String,
}

impl Server {
    pub fn start(arguments: &[&str]) -> Result<Self, Box<dyn Error>> {
        let mut process = command(arguments)?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        if let Some(out) = process.stdout.take() {
            BufReader::new(out).read_line(&mut address)?;
        }
        let server = Self { process, address: address.trim().to_owned() };
        match server.address.is_empty() {
            true => Err(format!("the server `{}` did not start", arguments.join(" ")).into()),
            false => Ok(server),
        }
    }

    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Says the address of a server, and waits until the process that started it wants no more.
pub fn serve(address: impl std::fmt::Display) -> io::Result<()> {
    writeln!(io::stdout(), "{address}")?;
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}

/// Serves JSON over HTTP until the process that started this one wants no more. `body` writes the response to a target and the
/// body of a request; `None` is a 404.
pub fn serve_http(body: impl Fn(&str, &[u8], &mut String) -> Option<()> + Send + Sync + 'static) -> io::Result<()> {
    let body = Arc::new(body);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let body = Arc::clone(&body);
            // A closed connection ends its thread only.
            thread::spawn(move || drop(respond(&*body, stream)));
        }
    });
    serve(format_args!("http://{address}"))
}

fn respond(body: &impl Fn(&str, &[u8], &mut String) -> Option<()>, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut out) = (String::new(), String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut request = vec![0; headers(&mut reader)?];
        reader.read_exact(&mut request)?;
        out.clear();
        let status = match body(&target, &request, &mut out) {
            Some(()) => "200 OK",
            None => "404 Not Found",
        };
        let length = out.len();
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all(&[head.as_bytes(), out.as_bytes()].concat())?;
    }
}

/// Reads the headers, and returns the length of the body.
fn headers(reader: &mut impl BufRead) -> io::Result<usize> {
    let (mut line, mut length) = (String::new(), 0);
    loop {
        line.clear();
        if reader.read_line(&mut line)? <= 2 {
            return Ok(length);
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
}

/// Runs work in a process of its own, and returns what it said.
pub fn said(arguments: &[&str]) -> Result<Value, Box<dyn Error>> {
    let output = command(arguments)?.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("`{}` failed", arguments.join(" ")).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What work in a process of its own took.
pub struct Used {
    pub time: Duration,
    pub cpu: Option<Duration>,
    memory: Option<u64>,
}

impl Used {
    /// Runs the work. It is to count so many things.
    pub fn by(arguments: &[&str], expected: u64) -> Result<Self, Box<dyn Error>> {
        let said = said(arguments)?;
        if said["count"].as_u64() != Some(expected) {
            return Err(format!("`{}`: expected {expected}, but got {}", arguments.join(" "), said["count"]).into());
        }
        let seconds = |name: &str| said[name].as_f64().map(Duration::from_secs_f64);
        let time = seconds("seconds").ok_or("no time was measured")?;
        Ok(Self { time, cpu: seconds("cpu"), memory: said["memory"].as_u64() })
    }

    /// The peak memory in MB, if the system tells it.
    pub fn megabytes(&self) -> Option<f64> {
        self.memory.map(|bytes| bytes as f64 / 1e6)
    }
}

/// Does something, and says what it took and what it counted.
pub fn measured<T: Serialize>(work: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let before = cpu_time();
    let count = work()?;
    // Without the time of threads that have ended, it may be less than before.
    let cpu = cpu_time().zip(before).map(|(after, before)| after.saturating_sub(before).as_secs_f64());
    let said = json!({ "count": count, "seconds": start.elapsed().as_secs_f64(), "cpu": cpu, "memory": peak_memory() });
    Ok(writeln!(io::stdout(), "{said}")?)
}
