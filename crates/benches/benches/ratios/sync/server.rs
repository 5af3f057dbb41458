//! A process that plays Genesys and the session service: listings and upserts, nothing else.
//!
//! People are made from their number whenever they are asked for. Ids follow each other in no order, as those of a service.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::process;

struct World {
    people: u64,
    state: Mutex<State>,
}

#[derive(Clone, Default)]
struct State {
    /// One person in so many is changed in the source; 0: no one.
    one_in: u64,
    round: u64,
    /// Last names as they were upserted.
    written: HashMap<u64, String>,
}

impl World {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves.
pub fn serve(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let [people] = arguments else { return Err("expected the number of people".into()) };
    let world = World { people: people.parse()?, state: Mutex::default() };
    Ok(process::serve_http(move |target, request, out| body(&world, target, request, out))?)
}

/// Writes the body of a response. `None` for a request that is not known.
fn body(world: &World, target: &str, request: &[u8], out: &mut String) -> Option<()> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let number = |name: &str| {
        let of = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(other, _)| *other == name);
        of.and_then(|(_, value)| value.parse::<u64>().ok())
    };
    match path {
        "/change" => {
            let mut state = world.state();
            (state.one_in, state.round) = (number("oneIn")?, number("round")?);
            out.push_str("{}");
        }
        "/changed" => changed(world, out),
        "/api/v2/users" => {
            let count = if query.contains("state=active") { world.people } else { 0 };
            genesys_page(world, count, number("pageNumber")?, number("pageSize")?, out);
        }
        "/users" => session_page(world, number("page").unwrap_or(0), number("pageSize").unwrap_or(200), out),
        "/users/batch" => upsert(world, &serde_json::from_slice(request).ok()?, out)?,
        _ => return None,
    }
    Some(())
}

/// Number in, number out, in no order.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The id in Genesys. It ends with the number.
fn id(number: u64) -> String {
    let mixed = mixed(number);
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{number:012x}",
        mixed >> 32,
        mixed & 0xffff,
        (mixed >> 16) & 0xfff,
        (mixed >> 20) & 0xfff
    )
}

fn number_of(id: &str) -> Option<u64> {
    u64::from_str_radix(id.rsplit('-').next()?, 16).ok()
}

/// The id in the session service.
fn session_id(number: u64) -> String {
    let mixed = mixed(number ^ 0x5555_5555);
    format!("{mixed:016x}{:016x}{:016x}{number:016x}", mixed.rotate_left(13), mixed.rotate_left(29))
}

fn first_name(number: u64) -> String {
    format!("Sample{}", number % 997)
}

impl State {
    fn source_name(&self, number: u64) -> String {
        match self.one_in {
            0 => format!("Person {number}"),
            // Others are changed in each round, so that most of the people keep what was written.
            one_in if (number + self.round).is_multiple_of(one_in) => format!("Changed {number} {}", self.round),
            _ => self.target_name(number),
        }
    }

    fn target_name(&self, number: u64) -> String {
        self.written.get(&number).cloned().unwrap_or_else(|| format!("Person {number}"))
    }
}

fn genesys_page(world: &World, count: u64, page: u64, size: u64, out: &mut String) {
    let state = world.state();
    out.push_str("{\"entities\":[");
    let first = page.saturating_sub(1) * size;
    let end = (first + size).min(count);
    for number in first..end {
        let (id, name) = (id(number), state.source_name(number));
        // As a user without expands.
        let _ = write!(
            out,
            "{}{{\"id\":\"{id}\",\"name\":\"{first} {name}\",\
             \"division\":{{\"id\":\"7a3c1f0e-0000-4000-8000-000000000001\",\"name\":\"Home\",\
             \"selfUri\":\"/api/v2/authorization/divisions/7a3c1f0e-0000-4000-8000-000000000001\"}},\
             \"chat\":{{\"jabberId\":\"{number}@sample.orgspan.com\"}},\"department\":\"Department {}\",\
             \"email\":\"person.{number}@example.com\",\
             \"primaryContactInfo\":[{{\"address\":\"person.{number}@example.com\",\"mediaType\":\"EMAIL\",\"type\":\"PRIMARY\"}}],\
             \"addresses\":[],\"state\":\"active\",\"title\":\"Agent\",\"username\":\"person.{number}@example.com\",\
             \"version\":{},\"acdAutoAnswer\":false,\"selfUri\":\"/api/v2/users/{id}\"}}",
            if number == first { "" } else { "," },
            number % 40,
            number % 9 + 1,
            first = first_name(number),
        );
    }
    let pages = count.div_ceil(size);
    let next = if page < pages {
        format!("\"/api/v2/users?pageSize={size}&pageNumber={}\"", page + 1)
    } else {
        "null".to_owned()
    };
    let _ = write!(
        out,
        "],\"pageSize\":{size},\"pageNumber\":{page},\"total\":{count},\"pageCount\":{pages},\"nextUri\":{next}}}"
    );
}

fn session_page(world: &World, page: u64, size: u64, out: &mut String) {
    let state = world.state();
    let first = page * size;
    let end = (first + size).min(world.people);
    out.push_str("{\"success\":true,\"data\":{\"items\":[");
    for position in first..end {
        // Another order than that of the source.
        let number = world.people - 1 - position;
        if position > first {
            out.push(',');
        }
        session_user(number, &id(number), &first_name(number), &state.target_name(number), out);
    }
    let pages = world.people.div_ceil(size);
    let next = if page + 1 < pages { (page + 1).to_string() } else { "null".to_owned() };
    let _ = write!(
        out,
        "],\"page\":{page},\"size\":{size},\"total\":{},\"totalPages\":{pages},\"next\":{next}}},\"error\":null}}",
        world.people
    );
}

fn session_user(number: u64, remote_id: &str, first: &str, last: &str, out: &mut String) {
    let _ = write!(
        out,
        "{{\"id\":\"{}\",\"remoteId\":\"{remote_id}\",\"firstName\":\"{first}\",\"lastName\":\"{last}\",\"active\":true}}",
        session_id(number),
    );
}

/// Remembers last names, and responds with the users.
fn upsert(world: &World, request: &Value, out: &mut String) -> Option<()> {
    let mut state = world.state();
    out.push_str("{\"success\":true,\"data\":{\"success\":[");
    for (position, user) in request["users"].as_array()?.iter().enumerate() {
        let text = |name: &str| user[name].as_str();
        let (remote_id, first, last) = (text("remoteId")?, text("firstName")?, text("lastName")?);
        let number = number_of(remote_id)?;
        if position > 0 {
            out.push(',');
        }
        session_user(number, remote_id, first, last, out);
        state.written.insert(number, last.to_owned());
    }
    out.push_str("],\"failed\":[]},\"error\":null}");
    Some(())
}

/// The people of the source who differ in the target, as an upsert takes them.
fn changed(world: &World, out: &mut String) {
    let state = world.state();
    let differing = (0..world.people).filter(|number| state.source_name(*number) != state.target_name(*number));
    let users = differing.map(|number| {
        json!({
            "remoteId": id(number), "firstName": first_name(number), "lastName": state.source_name(number), "active": true
        })
    });
    out.push_str(&Value::Array(users.collect()).to_string());
}
