//! Every fault of a service or of the way to it × every kind of call: how often it is sent, what the caller is told, and what
//! may have taken effect. `tests/faults.txt` is the table; `UPDATE_FAULTS=1` writes it anew.
//!
//! Calls of one operation are drawn from the catalogs: each cell takes two operations of its kind, in turn, so that a row
//! of the table goes through many of them. The clock is held, and moved only over waits that the client announces and time
//! limits that it reaches.

mod calls;
mod fault;
mod response;
mod server;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use self::calls::{CALLS, Call, Told};
use self::fault::{FAULTS, Fault};
use self::server::{Action, Seen, Server};

/// What came of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cell {
    told: Told,
    attempts: usize,
    seen: usize,
}

impl Cell {
    fn text(&self) -> String {
        let flag = |is_set: bool, flag: &'static str| if is_set { flag } else { "" };
        let flags = [flag(self.told.is_retryable, " r"), flag(self.told.may_have_taken_effect, " e")].concat();
        format!("{} {}/{}{flags}", self.told.outcome, self.attempts, self.seen)
    }
}

/// Meets a call with a fault.
async fn meet(call: &Call, fault: Fault, turn: usize) -> Cell {
    let other =
        Server::start(|_| Action::Bytes(response::response(200, "Content-Type: application/json\r\n", b"{}"))).await;
    let success = Arc::new(call.success(turn));
    let answer = {
        let (is_met, met) = (call.is_met(), AtomicUsize::new(0));
        let (success, other) = (Arc::clone(&success), other.url());
        move |seen: &Seen| match is_met(seen) {
            true => fault.action(met.fetch_add(1, Ordering::SeqCst), seen, &success, &other),
            false => Action::Bytes(calls::beside(seen).whole()),
        }
    };
    let mut server = match fault {
        Fault::Downgrade => Server::start_tls(answer).await,
        _ => Server::start(answer).await,
    };
    let closed = tokio::net::TcpSocket::new_v4().expect("a socket");
    closed.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let broken = match fault {
        Fault::RefusedConnection => Some(format!("http://{}", closed.local_addr().expect("bound"))),
        // Too long for a name, so that no resolver is asked.
        Fault::UnknownHost => Some(format!("https://{}.invalid", "x".repeat(64))),
        Fault::NoTls => Some(server.url().replace("http://", "https://")),
        _ => None,
    };
    let (told, retries) = call.run(&mut server, broken, turn).await;
    let is_met = call.is_met();
    let seen = server.seen();
    assert!(
        other.seen().iter().all(|request| !request.has_credential && !call.changes_something()),
        "{}, {fault:?}: another host was sent a credential, or a change",
        call.name
    );
    // Connections are closed, and so the server's tasks end, when the client has gone.
    for _ in 0..10_000 {
        if server.open() == 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(server.open(), 0, "{}, {fault:?}: connections are left", call.name);
    Cell { told, attempts: retries + 1, seen: seen.iter().filter(|request| is_met(request)).count() }
}

/// What is wrong in a cell, whatever the table says.
fn faults_of(call: &Call, fault: Fault, cell: &Cell) -> Option<&'static str> {
    let is_done = cell.told.outcome == "done" || cell.told.outcome == "accepted";
    let succeeds =
        fault == Fault::Nothing || matches!(fault, Fault::UnauthorizedOnce | Fault::SameHost) && !call.is_login();
    // It is followed without a credential, and the other host responds like the service.
    let may_succeed = fault == Fault::OtherHost && !call.changes_something() && !call.is_login();
    let may_have_taken_effect = cell.told.may_have_taken_effect;
    if succeeds && !is_done {
        return Some("it succeeds, and is not told as done");
    }
    if is_done && !succeeds && !may_succeed && (!call.ignores_body() || matches!(fault, Fault::Status(..))) {
        return Some("it fails, and is told as done");
    }
    if !call.changes_something() {
        return may_have_taken_effect.then_some("it only reads, and is told to have an effect");
    }
    // A 307 says that the request is to be sent again.
    let is_asked_to_repeat = fault == Fault::Loop;
    if fault.may_be_applied() && !is_asked_to_repeat && !call.is_repeatable() && cell.seen > 1 {
        return Some("it was sent again although it may have been applied");
    }
    if !is_done && cell.seen > 0 && may_have_taken_effect != fault.may_be_applied() {
        return Some("what may have taken effect is wrong");
    }
    (cell.told.is_retryable && may_have_taken_effect && !call.is_repeatable())
        .then_some("it is told as retryable although it may have been applied")
}

#[tokio::test(start_paused = true)]
async fn every_fault_meets_every_kind_of_call_as_the_table_says() {
    let mut table = String::from(HEAD);
    let names: Vec<&str> = CALLS.iter().map(|call| call.name).collect();
    let mut rows = vec![(String::from("fault"), names.iter().map(ToString::to_string).collect::<Vec<_>>())];
    let mut problems = Vec::new();
    for (row, (name, fault)) in FAULTS.iter().enumerate() {
        let mut cells = Vec::new();
        for call in CALLS {
            if let Some(reason) = call.cannot_meet(*fault) {
                cells.push(format!("n/a: {reason}"));
                continue;
            }
            let mut of_cell: Vec<(String, String)> = Vec::new();
            for turn in row * 2..row * 2 + call.turns() {
                let cell = meet(call, *fault, turn).await;
                if let Some(problem) = faults_of(call, *fault, &cell) {
                    problems.push(format!("{name}, {}, {}: {problem}", call.name, cell.text()));
                }
                of_cell.push((call.operation(turn), cell.text()));
            }
            let first = of_cell[0].1.clone();
            if of_cell.iter().any(|(_, text)| *text != first) {
                problems.push(format!("{name}: operations of one kind differ: {of_cell:?}"));
            }
            cells.push(first);
        }
        rows.push(((*name).to_owned(), cells));
    }
    assert!(problems.is_empty(), "{problems:#?}");
    let widths: Vec<usize> =
        (0..names.len()).map(|column| rows.iter().map(|(_, cells)| cells[column].len()).max().unwrap_or(0)).collect();
    for (name, cells) in &rows {
        let _ = write!(table, "{name:<28}");
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(table, " | {cell:<width$}");
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("faults.txt");
    if std::env::var_os("UPDATE_FAULTS").is_some() {
        fs::write(&path, &table).expect("the table");
    }
    let stated = fs::read_to_string(&path).expect("tests/faults.txt");
    for (stated, found) in stated.lines().zip(table.lines()) {
        assert_eq!(stated, found, "the table says otherwise");
    }
    assert_eq!(stated.lines().count(), table.lines().count(), "rows are missing or left");
}

const HEAD: &str = "\
# What a call makes of a fault. The test `faults` reads this table and meets each call with each fault.
#
# A cell has what the caller is told, how many attempts were made, and after the slash how many requests the server saw.
#   done, accepted    the call succeeded
#   another word      the kind of the error; for the items of a batch, their outcome
#   r                 the error is retryable: the same request may succeed later, and repeating it does no harm
#   e                 the request may have taken effect
# A repetition after a renewed credential or a redirect is a request, but no attempt. Attempts: 4 at most, 60 s without the
# waits that the service asks for; limit of a response: 1 MiB; limit of an attempt: 20 s.
#
# Calls: a GET; a POST that only searches; a POST that creates; PUT; PATCH; DELETE; the upload of a file; a streamed GET; a
# listing whose first or third page meets the fault; a batch of two upserts with keys; the start of a job; the request for an
# access token, and a GET with it.
";
