//! The overhead of a call, without the network.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

use genesys_users::types::User;
use rosterkit_benches::{Comparison, Options};

use crate::support::{self, Measured, event_loop};

const PERSON: &str = r#"{"id":"u-1","name":"Sample Person","email":"a.roe@example.com","state":"active","version":3}"#;

pub fn run(options: Options) -> Measured {
    let address = serve()?;
    let event_loop = event_loop()?;
    let client = support::client(&format!("http://{address}"), "token")?;
    let http = reqwest::Client::new();
    let url = format!("http://{address}/api/v2/users/u-1");

    let bare = || {
        event_loop.block_on(async {
            let response = http.get(&url).bearer_auth("token").send().await?.error_for_status()?;
            Ok::<User, Box<dyn std::error::Error>>(serde_json::from_slice(&response.bytes().await?)?)
        })
    };
    let ours = || event_loop.block_on(client.users().get("u-1"));
    if bare()? != ours()? {
        return Err("the two ways to call give different responses".into());
    }
    let call = Comparison::new("getUser through the client", "the same request through reqwest alone");
    Ok(vec![call.run(options, bare, ours)])
}

/// A server that sends the same response to every request. Its time is part of both sides.
fn serve() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    // The thread runs until the process exits.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A closed connection ends its thread only.
            thread::spawn(move || drop(respond(stream)));
        }
    });
    Ok(address)
}

fn respond(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let response = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{PERSON}",
        PERSON.len()
    );
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    loop {
        line.clear();
        match lines.read_line(&mut line)? {
            0 => return Ok(()),
            // Requests have no body: an empty line ends them.
            2 => stream.write_all(response.as_bytes())?,
            _ => {}
        }
    }
}
