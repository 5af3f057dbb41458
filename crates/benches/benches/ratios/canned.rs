//! A server of Genesys that sends the same bytes again and again, in a process of its own: users of about 1.1 kB, 100 a page.

use std::error::Error;
use std::thread;
use std::time::Duration;

use crate::process::{self, Server};

/// The first argument of the process.
pub const CANNED: &str = "canned-server";

/// The path of a small user.
pub const SMALL: &str = "/api/v2/users/u-1";
/// A small user.
const PERSON: &str = r#"{"id":"u-1","name":"Sample Person","email":"a.roe@example.com","state":"active","version":3}"#;
/// How many users a page has.
pub const SIZE: u64 = 100;

struct Canned {
    people: u64,
    /// The users of each page.
    entities: String,
}

/// Starts the server with so many users.
pub fn start(people: u64) -> Result<Server, Box<dyn Error>> {
    Server::start(&[CANNED, &people.to_string()])
}

/// The base URL of the same server, with a delay before each response.
pub fn delayed(server: &Server, milliseconds: u64) -> String {
    format!("{}/delay/{milliseconds}", server.address())
}

/// Serves.
pub fn serve(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let [people] = arguments else { return Err("expected the number of users".into()) };
    let canned = Canned::new(people.parse()?);
    Ok(process::serve_http(move |target, _, out| {
        out.push_str(&canned.body(target)?);
        Some(())
    })?)
}

/// A page of users.
pub fn page() -> String {
    Canned::new(SIZE).page(1)
}

impl Canned {
    fn new(people: u64) -> Self {
        Self { people, entities: (0..SIZE).map(user).collect::<Vec<_>>().join(",") }
    }

    fn body(&self, target: &str) -> Option<String> {
        let target = match target.strip_prefix("/delay/").and_then(|rest| rest.split_once('/')) {
            Some((delay, rest)) => {
                thread::sleep(Duration::from_millis(delay.parse().ok()?));
                &target[target.len() - rest.len() - 1..]
            }
            None => target,
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path == SMALL {
            return Some(PERSON.to_owned());
        }
        if path != "/api/v2/users" {
            return None;
        }
        let number = query.split('&').find_map(|pair| pair.strip_prefix("pageNumber=")).unwrap_or("1");
        Some(self.page(number.parse().ok()?))
    }

    fn page(&self, number: u64) -> String {
        let pages = self.people / SIZE;
        let next = match number < pages {
            true => format!("\"/api/v2/users?pageSize={SIZE}&pageNumber={}\"", number + 1),
            false => "null".to_owned(),
        };
        format!(
            "{{\"entities\":[{}],\"pageSize\":{SIZE},\"pageNumber\":{number},\"total\":{},\"pageCount\":{pages},\"nextUri\":{next}}}",
            self.entities, self.people
        )
    }
}

fn user(number: u64) -> String {
    let id = format!("00000000-0000-4000-8000-{number:012x}");
    let email = format!("sample.person.{number}@example.com");
    format!(
        "{{\"id\":\"{id}\",\"name\":\"Sample Person {number}\",\
         \"division\":{{\"id\":\"7a3c1f0e-0000-4000-8000-000000000001\",\"name\":\"Home\",\
         \"selfUri\":\"/api/v2/authorization/divisions/7a3c1f0e-0000-4000-8000-000000000001\"}},\
         \"chat\":{{\"jabberId\":\"{id}@sample.orgspan.com\"}},\"department\":\"Department {}\",\"email\":\"{email}\",\
         \"primaryContactInfo\":[{{\"address\":\"{email}\",\"mediaType\":\"EMAIL\",\"type\":\"PRIMARY\"}},\
         {{\"address\":\"+12025550{:03}\",\"display\":\"+1 202-555-0{:03}\",\"mediaType\":\"PHONE\",\"type\":\"PRIMARY\",\
         \"countryCode\":\"US\"}}],\
         \"addresses\":[{{\"address\":\"+12025551{:03}\",\"display\":\"+1 202-555-1{:03}\",\"mediaType\":\"PHONE\",\
         \"type\":\"WORK\",\"countryCode\":\"US\",\"extension\":\"{number}\"}}],\
         \"state\":\"active\",\"title\":\"Agent\",\"username\":\"{email}\",\
         \"manager\":{{\"id\":\"00000000-0000-4000-8000-0000000000ff\",\"selfUri\":\"/api/v2/users/00000000-0000-4000-8000-0000000000ff\"}},\
         \"images\":[],\"version\":{},\"acdAutoAnswer\":false,\"selfUri\":\"/api/v2/users/{id}\"}}",
        number % 40,
        number,
        number,
        number,
        number,
        number % 9 + 1,
    )
}
