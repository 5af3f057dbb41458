//! What `sessions upsert` and `sessions deactivate` would change, and the way back.
//!
//! The service can only list its users, 200 with one request. So the whole listing is read.

use std::collections::HashMap;
use std::path::Path;

use rosterkit_core::batch::Outcome;
use serde::Serialize;
use serde_json::Value;
use session_clusters::Client;

use crate::bulk::Item;
use crate::context::Context;
use crate::error::Error;
use crate::listing;
use crate::people::{Effect, Fact, Fields, Plan, State, Undo};

/// Which verb is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Upsert,
    Deactivate,
}

/// The users of the service.
pub(super) struct Users {
    all: Vec<Fields>,
    places: HashMap<Key, Vec<usize>>,
}

/// What leads to users.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    RemoteId(String),
    Id(String),
    /// First and last name.
    Name(String, String),
}

fn text(fields: &Fields, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

fn name(fields: &Fields) -> Option<Key> {
    Some(Key::Name(text(fields, "firstName")?, text(fields, "lastName")?))
}

impl Users {
    /// Reads the whole listing.
    ///
    /// # Errors
    /// Those of the calls, or if the listing may not be complete.
    pub(super) async fn read(context: &Context, client: &Client) -> Result<Self, Error> {
        context.hint("reading all users of the service, up to 200 with one request");
        let mut users = client.users().page_size(200).pager().items();
        let mut all = Vec::new();
        while let Some(user) = users.next().await {
            if let Value::Object(user) = listing::row(&user.map_err(|error| Error::from(error.into_error()))?)? {
                all.push(user);
            }
        }
        if !users.is_complete() {
            return Err(Error::Service("the listing of users may not be complete; nothing was sent".to_owned()));
        }
        let mut places: HashMap<Key, Vec<usize>> = HashMap::new();
        for (place, user) in all.iter().enumerate() {
            let keys = [text(user, "remoteId").map(Key::RemoteId), text(user, "id").map(Key::Id), name(user)];
            keys.into_iter().flatten().for_each(|key| places.entry(key).or_default().push(place));
        }
        Ok(Self { all, places })
    }

    /// The user whom an item is about; `None` if there is none.
    fn find(&self, item: &Fields) -> Result<Option<&Fields>, String> {
        let key = text(item, "remoteId").map(Key::RemoteId).or_else(|| text(item, "id").map(Key::Id));
        let places = key.or_else(|| name(item)).and_then(|key| self.places.get(&key)).map(Vec::as_slice);
        match places.unwrap_or_default() {
            [] => Ok(None),
            [place] => Ok(self.all.get(*place)),
            several => Err(format!("{} users fit: give `remoteId`", several.len())),
        }
    }
}

/// What an item makes of a user.
fn effects(kind: Kind, item: &Fields) -> Vec<Effect> {
    match kind {
        Kind::Upsert => item.iter().map(|(name, after)| Effect::of(name, after.clone())).collect(),
        Kind::Deactivate => vec![Effect::of("active", false)],
    }
}

fn state(user: &Fields) -> State {
    let fact = |(name, value): (&String, &Value)| Fact::of(name, value.clone());
    user.iter().map(fact).collect()
}

fn fields<T: Serialize>(item: &T) -> Fields {
    match serde_json::to_value(item) {
        Ok(Value::Object(fields)) => fields,
        // Templates and references are objects.
        _ => Fields::new(),
    }
}

/// Prints what would change.
///
/// # Errors
/// Those of [`Plan::finish`].
pub(super) fn print<T: Serialize>(
    context: &Context,
    users: &Users,
    items: &[Item<T>],
    kind: Kind,
    exit_code: bool,
) -> Result<(), Error> {
    let mut plan = Plan::begin(context)?;
    let mut states: HashMap<String, State> = HashMap::new();
    for item in items {
        let (line, shown) = (item.line, item.name.as_str());
        let request = match &item.request {
            Ok(request) => fields(request),
            Err(violations) => {
                let reason = Outcome::<()>::Invalid(violations.clone()).reason().unwrap_or_default().into_owned();
                plan.invalid(line, shown, &reason)?;
                continue;
            }
        };
        match (users.find(&request), kind) {
            (Err(problem), _) => plan.invalid(line, shown, &problem)?,
            (Ok(Some(user)), _) => {
                let id = text(user, "id").or_else(|| text(user, "remoteId")).unwrap_or_default();
                let state = states.entry(id.clone()).or_insert_with(|| state(user));
                plan.add(line, shown, &id, state, effects(kind, &request))?;
            }
            (Ok(None), Kind::Upsert) => plan.add_whole(line, shown, "create", Value::Object(request))?,
            (Ok(None), Kind::Deactivate) => plan.missing(line, shown, "no user has this id")?,
        }
    }
    plan.finish(context, exit_code)
}

/// The file of `--undo`, written: the users as they are, for `sessions upsert`. Whoever would be created is deactivated.
pub(super) fn undo<T: Serialize>(users: &Users, items: &[Item<T>], kind: Kind, path: &Path) -> Result<Undo, Error> {
    let mut undo = Undo::new(path, "sessions upsert");
    for item in items {
        let Ok(request) = &item.request else { continue };
        let request = fields(request);
        let entry = match users.find(&request) {
            Ok(Some(user)) => {
                let state = state(user);
                let mut entry: Fields = ["remoteId", "firstName", "lastName"]
                    .iter()
                    .filter_map(|name| Some(((*name).to_owned(), user.get(*name)?.clone())))
                    .collect();
                let mut is_changed = false;
                for effect in effects(kind, &request) {
                    let before = state.get(&effect.key).map(|fact| fact.value.clone()).unwrap_or_default();
                    if !crate::people::is_same(&before, &effect.after) {
                        entry.insert(effect.key, before);
                        is_changed = true;
                    }
                }
                Some(entry).filter(|_| is_changed)
            }
            Ok(None) if kind == Kind::Upsert => {
                let mut entry = request.clone();
                entry.insert("active".to_owned(), false.into());
                Some(entry)
            }
            _ => None,
        };
        if let Some(entry) = entry {
            undo.add(&about(&request), entry);
        }
    }
    undo.write()?;
    Ok(undo)
}

/// What an entry is about.
fn about(request: &Fields) -> String {
    let names = ["remoteId", "id", "firstName", "lastName"];
    let parts = names.iter().take(2).find_map(|name| text(request, name));
    parts.unwrap_or_else(|| names.iter().skip(2).filter_map(|name| text(request, name)).collect::<Vec<_>>().join(" "))
}

/// Notes in the file of `--undo` what an outcome says about its item.
pub(super) fn note<T: Serialize, R>(undo: &mut Option<Undo>, item: &Item<T>, outcome: &Outcome<R>) {
    let is_kept = outcome.is_accepted() || matches!(outcome, Outcome::Unknown(_));
    if let (Some(undo), Ok(request), true) = (undo, &item.request, is_kept) {
        undo.keep(&about(&fields(request)));
    }
}
