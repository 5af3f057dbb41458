//! For any input, the sandbox responds in the format of the service, and can be saved and restored afterwards.

use genesys_users::generated::catalog::CATALOG;
use genesys_users::generated::schemas;
use proptest::prelude::*;
use reqwest::Method;
use rosterkit_core::catalog::{Kind, Location, OperationEntry, ParameterEntry, Schema, SchemaKind};
use rosterkit_sandbox::Sandbox;
use serde_json::{Map, Value, json};

use crate::support::{TestResult, http};

/// Texts: names that operations know, and unusual ones.
const TEXTS: &[&str] = &[
    "x",
    "",
    " ",
    "userId",
    "queueId",
    "state",
    "name",
    "active",
    "deleted",
    "staff",
    "E0000001",
    "sample.person@example.com",
    "@",
    "2024-12-01T00:00:00/2024-12-08T00:00:00",
    "0000-01-01T00:00:00Z/9999-12-31T23:59:59Z",
    "2024-12-08T00:00:00/2024-12-01T00:00:00",
    "P1D",
    "PT1M",
    "P65535Y",
    "Europe/Dublin",
    "tSystemPresence",
    "tAgentRoutingStatus",
    "oMemberQueues",
    "routing:queue:view",
    "../..",
    "%zz",
    "*",
    "(a+)+$",
    "((a{500}){500})",
    "\u{0}\u{b}\u{fffe}",
    "\u{1f4a3} ü \u{202e}",
    "1e999",
    "-9223372036854775808",
    "99999999-9999-4999-8999-999999999999",
    "eyJwYWdlU2l6ZSI6MX0=",
    "dXNlcnMtdXAvMTg0NDY3NDQwNzM3MDk1NTE2MTU",
];
const WHOLE: &[i64] = &[1, 2, 5, 1, 3, 25, 100, 1, 2, 0, -1, 101, 1 << 32, 1 << 53, i64::MAX, i64::MIN];
const NUMBERS: &[f64] = &[1.0, 0.0, 2.0, 3.5, 1.0, -0.0, 5.0, 5.000_001, -1.5, 1e308, -1e308, 1e-308, 200.0];
const DATE_TIMES: &[&str] = &[
    "2025-01-01T09:00:00Z",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
    "2024-12-31T23:59:60Z",
    "2025-01-01T09:00+23:59",
    "2025-02-30T00:00:00Z",
    "yesterday",
];

/// The usual values of a property or parameter, by name.
const USUAL: &[(&str, &[&str])] = &[
    ("interval", &["2024-12-01T00:00:00/2024-12-08T00:00:00", "2025-01-01T00:00:00Z/2025-01-02T00:00:00Z"]),
    ("granularity", &["P1D", "PT30M", "P1M"]),
    ("timeZone", &["Europe/Dublin", "UTC"]),
    ("groupBy", &["userId", "attendeeId", "queueId"]),
    ("metrics", &["tSystemPresence", "tAgentRoutingStatus", "oMemberQueues", "nActivities", "oActivityScore"]),
    ("fields", &["name", "email", "state", "skills.name", "version", "id"]),
    ("sortBy", &["name", "version", "skills.proficiency"]),
    ("permission", &["routing:queue:view", "directory:user:view"]),
    ("email", &["a@example.com", "b@example.com", "c@example.com"]),
    ("externalKey", &["E0000001", "7"]),
    ("authorityName", &["staff", "badge"]),
    ("clientId", &["browser", "phone"]),
    ("dateFormat", &["yyyy-MM-dd"]),
    ("coreTypeName", &["text", "tag"]),
    ("type", &["object"]),
];

/// Parts of names of properties that make a query likely to be invalid, and so are often left out.
const RARE: &[&str] = &["filter", "view", "aggregations", "order", "group", "clauses"];

/// A stream of decisions; at its end, every decision is the simplest.
struct Choices<'a> {
    left: std::slice::Iter<'a, u16>,
    /// Ids from responses; the first are those of users.
    ids: &'a [String],
}

/// The number of ids of users.
const USERS: usize = 5;

impl Choices<'_> {
    fn below(&mut self, most: usize) -> usize {
        self.left.next().map_or(0, |choice| usize::from(*choice) % most.max(1))
    }

    /// True once in so many times, and never at the end of the stream.
    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) + 1 == times
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn text(&mut self) -> String {
        if !self.ids.is_empty() && !self.one_in(3) {
            return self.ids[self.below(self.ids.len())].clone();
        }
        self.of(TEXTS).to_owned()
    }

    /// A text for a property or parameter of this name.
    fn named(&mut self, name: &str) -> String {
        if self.one_in(8) {
            return self.text();
        }
        match USUAL.iter().find(|(known, _)| *known == name) {
            Some((_, usual)) => self.of(usual).to_owned(),
            None if matches!(name, "userId" | "subjectId") => {
                self.ids.get(self.below(USERS)).cloned().unwrap_or_default()
            }
            // What was made last is what can be looked at, changed and deleted.
            None if matches!(name, "jobId" | "schemaId" | "verifierId") => {
                let last = self.below(4) + 1;
                self.ids.len().checked_sub(last).map(|place| self.ids[place].clone()).unwrap_or_default()
            }
            None => self.text(),
        }
    }

    fn any(&mut self) -> Value {
        match self.below(7) {
            0 => json!(null),
            1 => json!(true),
            2 => json!(self.of(WHOLE)),
            3 => json!(self.of(NUMBERS)),
            4 => json!(self.text()),
            5 => json!([self.text()]),
            _ => json!({ self.text(): self.text() }),
        }
    }

    /// A value of a schema, or one that is none.
    fn json(&mut self, name: &str, schema: &Schema, depth: usize) -> Value {
        if self.one_in(150) {
            return self.any();
        }
        match schema.kind {
            SchemaKind::Any | SchemaKind::AnyObject => self.any(),
            SchemaKind::Text { values: [], .. } => json!(self.named(name)),
            SchemaKind::Text { values, .. } => json!(self.of(values)),
            SchemaKind::Date => json!(self.of(&["2025-01-01", "0000-01-01", "9999-12-31"])),
            SchemaKind::DateTime => json!(self.of(DATE_TIMES)),
            SchemaKind::Integer { .. } if name == "version" => json!(self.of(&[1, 2, 3, 1, 2])),
            SchemaKind::Integer { .. } => json!(self.of(WHOLE)),
            SchemaKind::Number { .. } => json!(self.of(NUMBERS)),
            SchemaKind::Boolean => json!(self.one_in(2)),
            SchemaKind::Array { items, .. } => {
                let count = self.of(&[1, 0, 2, 3]);
                (0..count).map(|_| self.json(name, items, depth + 1)).collect()
            }
            SchemaKind::Map(values) => {
                let count = self.of(&[1, 0, 2]);
                let key = |it: &mut Self| if it.one_in(4) { it.text() } else { it.of(&["call", "email"]).to_owned() };
                Value::Object((0..count).map(|_| (key(self), self.json(name, values, depth + 1))).collect())
            }
            SchemaKind::Object { properties, .. } => {
                let mut object = Map::new();
                for property in properties {
                    let rare = RARE.iter().any(|part| property.name.to_lowercase().contains(part));
                    let given = if rare { self.one_in(4) } else { !self.one_in(3) };
                    if property.required || depth < 6 && given {
                        object.insert(property.name.to_owned(), self.json(property.name, property.schema, depth + 1));
                    }
                }
                Value::Object(object)
            }
        }
    }

    fn parameter(&mut self, parameter: &ParameterEntry) -> String {
        match parameter.kind {
            _ if self.one_in(60) => self.text(),
            Kind::Integer => self.of(WHOLE).to_string(),
            Kind::Number => self.of(NUMBERS).to_string(),
            Kind::Boolean => self.of(&["true", "false"]).to_owned(),
            Kind::DateTime | Kind::Date => self.of(DATE_TIMES).to_owned(),
            _ if !parameter.values.is_empty() => self.of(parameter.values).to_owned(),
            _ => self.named(parameter.name),
        }
    }

    fn request(&mut self, entry: &OperationEntry) -> (String, Option<String>) {
        let mut path = entry.operation.path.to_owned();
        let mut query = Vec::new();
        for parameter in entry.parameters {
            match parameter.location {
                Location::Path => {
                    let value = encoded(&self.parameter(parameter));
                    path = path.replace(&format!("{{{}}}", parameter.name), &value);
                }
                Location::Query if parameter.required || self.one_in(3) => {
                    for _ in 0..self.of(&[1, 1, 1, 2]) {
                        query.push(format!("{}={}", parameter.name, encoded(&self.parameter(parameter))));
                    }
                }
                _ => {}
            }
        }
        let body = match (entry.request, schemas::body(entry.operation.id)) {
            (Some(_), Some(schema)) => Some(self.json("", schema, 0).to_string()),
            _ => None,
        };
        (if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }, body)
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Remembers what looks like an id.
fn collect(value: &Value, ids: &mut Vec<String>) {
    match value {
        Value::String(text) if text.len() == 36 && text.matches('-').count() == 4 && !ids.contains(text) => {
            if ids.len() == 60 {
                ids.remove(USERS);
            }
            ids.push(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, ids)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, ids)),
        _ => {}
    }
}

/// The state, and how many changes are not saved.
async fn kept(http: &reqwest::Client, sandbox: &Sandbox) -> TestResult<(Value, u64)> {
    let info: Value = http.get(format!("{}/info", sandbox.control_url())).send().await?.json().await?;
    Ok((state(http, sandbox).await?, info["unsavedChanges"].as_u64().ok_or("no number of changes")?))
}

async fn state(http: &reqwest::Client, sandbox: &Sandbox) -> TestResult<Value> {
    Ok(http.get(format!("{}/state", sandbox.control_url())).send().await?.json().await?)
}

async fn ask(choices: &[u16]) -> TestResult {
    let http = http()?;
    let sandbox = Sandbox::builder().users(30).seed(7).start().await?;
    let minted = http.post(format!("{}/tokens", sandbox.control_url()));
    let email = genesys_email(&sandbox, &http).await?;
    let minted: Value = minted.json(&json!({ "email": email })).send().await?.json().await?;
    let token = minted["access_token"].as_str().ok_or("no token")?.to_owned();
    let mut ids = Vec::new();
    for list in ["users?state=any&pageSize=5", "users/me?expand=routingskills&expand=orgauthorization"] {
        let url = format!("{}/api/v2/{list}", sandbox.genesys_url());
        collect(&http.get(url).bearer_auth(&token).send().await?.json().await?, &mut ids);
    }
    let mut rest = choices;
    while !rest.is_empty() {
        let (now, after) = rest.split_at(rest.len().min(60));
        rest = after;
        let mut choices = Choices { left: now.iter(), ids: &ids };
        let entry = &CATALOG.operations[choices.below(CATALOG.operations.len())];
        let (path, body) = choices.request(entry);
        let url = format!("{}{path}", sandbox.genesys_url());
        let mut request = http.request(entry.operation.method.parse::<Method>()?, url).bearer_auth(&token);
        if let Some(body) = &body {
            request = request.header("content-type", "application/json").body(body.clone());
        }
        let told = format!("{} {path} {}", entry.operation.method, body.unwrap_or_default());
        let before = if entry.operation.method == "GET" { Some(kept(&http, &sandbox).await?) } else { None };
        let response = request.send().await.map_err(|error| format!("{told}: {error:?}"))?;
        let status = response.status().as_u16();
        assert!(status < 500, "{told} -> {status}");
        let text = response.text().await?;
        if let Some((state, unsaved)) = before {
            let (later, more) = kept(&http, &sandbox).await?;
            assert!(state == later || more > unsaved, "{told} changes what is kept, and it would not be saved");
        }
        if text.is_empty() {
            assert!(status == 204 || status == 200 || status == 202, "{told} -> {status} without a body");
            continue;
        }
        let value: Value = serde_json::from_str(&text).map_err(|error| format!("{told}: {error}: {text}"))?;
        if status >= 400 {
            assert_eq!(value["status"], json!(status), "{told}: {value}");
            assert!(value["message"].is_string() && value["code"].is_string(), "{told}: {value}");
        } else {
            collect(&value, &mut ids);
        }
    }
    let kept = state(&http, &sandbox).await?;
    let other = Sandbox::builder().users(30).seed(7).start().await?;
    let put = http.put(format!("{}/state", other.control_url())).json(&kept).send().await?;
    assert_eq!(put.status().as_u16(), 200, "{}: {kept}", put.text().await?);
    assert_eq!(state(&http, &other).await?, kept);
    Ok(())
}

async fn genesys_email(sandbox: &Sandbox, http: &reqwest::Client) -> TestResult<String> {
    let url = format!("{}/api/v2/users?pageSize=1", sandbox.genesys_url());
    let page: Value = http.get(url).bearer_auth(sandbox.credentials().genesys_token).send().await?.json().await?;
    Ok(page["entities"][0]["email"].as_str().ok_or("unknown")?.to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_request_breaks_the_sandbox(choices in prop::collection::vec(any::<u16>(), 1..6_000)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(ask(&choices)).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}
