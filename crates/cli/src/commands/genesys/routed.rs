//! Skills, languages and queues of users: what `add`, `set` and `remove` do, and `join` and `leave` of queues.

use std::collections::{HashMap, HashSet};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use genesys_users::generated::operations;
use genesys_users::types::{
    UserQueuePatch, UserRoutingLanguagePostPatch, UserRoutingSkillPost, UserRoutingSkillPostPatch,
};
use genesys_users::{Client, Error as CallError};
use rosterkit_core::StatusCode;
use rosterkit_core::paging::Pager;
use serde::Serialize;
use serde_json::{Value, json};

use crate::people::{
    Columns, Effect, Fact, Fields, Noun, PER_REQUEST, Ref, State, Verb, columns_beside_user, read_users,
};

/// How many skills or languages one request takes.
const MAX_PER_USER: usize = 50;
const MAX_PROFICIENCY: f64 = 5.0;

/// What is done with the items of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// They are added, and the others are kept.
    Add,
    /// They are all that the user has afterwards.
    Set,
    Remove,
}

/// A verb on skills, languages or queues.
#[derive(Clone, Copy, Debug)]
pub(super) struct Routed {
    pub noun: Noun,
    pub mode: Mode,
}

/// A skill or a language with the user's proficiency, or a queue.
#[derive(Clone, Debug)]
pub(super) struct Rated {
    pub of: Ref,
    /// From 0 to 5; 0 where there is none.
    pub proficiency: f64,
}

impl Routed {
    fn singular(self) -> &'static str {
        self.noun.word()
    }

    pub(super) fn plural(self) -> &'static str {
        match self.noun {
            Noun::Skill => "skills",
            Noun::Language => "languages",
            _ => "queues",
        }
    }

    /// Whether items have a proficiency.
    fn is_rated(self) -> bool {
        self.noun != Noun::Queue && self.mode != Mode::Remove
    }

    /// What arguments name, as fields of all users: `NAME=PROFICIENCY`, or the name alone where there is no proficiency.
    pub(super) fn fields(self, arguments: &[String], none: bool) -> Result<Fields, String> {
        let (mut items, mut names) = (Vec::new(), HashSet::new());
        for text in arguments {
            let (name, proficiency) = match (self.is_rated(), text.rsplit_once('=')) {
                (true, Some((name, proficiency))) => (name.trim(), Some(self.number(&proficiency.into())?)),
                (true, None) => {
                    let word = self.singular();
                    return Err(format!(
                        "invalid {word}: expected {}=PROFICIENCY, such as NAME=4.5",
                        word.to_uppercase()
                    ));
                }
                (false, _) => (text.trim(), None),
            };
            if name.is_empty() {
                return Err(format!("the {} is blank", self.singular()));
            }
            if !names.insert(name) {
                return Err(format!("`{name}` is given twice: give it only once"));
            }
            let mut item = json!({ "name": name });
            proficiency.into_iter().for_each(|proficiency| item["proficiency"] = proficiency.into());
            items.push(item);
        }
        let mut fields = Fields::new();
        if none || !items.is_empty() {
            fields.insert(self.plural().to_owned(), items.into());
        }
        Ok(fields)
    }

    fn number(self, value: &Value) -> Result<f64, String> {
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| (0.0..=MAX_PROFICIENCY).contains(number));
        // The service rounds that of a language, so that a fraction would look like a change for ever.
        let kept = if self.noun == Noun::Language { f64::round } else { |number: f64| number };
        number.map(kept).ok_or_else(|| "invalid proficiency: expected a number from 0 to 5".to_owned())
    }

    fn rated(self, name: &str, proficiency: Option<&Value>) -> Result<Rated, String> {
        let word = self.singular();
        if name.trim().is_empty() {
            return Err(format!("a {word} is blank: expected its name or id"));
        }
        let proficiency = match (self.is_rated(), proficiency) {
            (true, Some(proficiency)) => self.number(proficiency)?,
            (true, None) => return Err(format!("a {word} has no proficiency: expected a number from 0 to 5")),
            (false, _) => 0.0,
        };
        Ok(Rated { of: Ref::new(self.noun, name), proficiency })
    }

    /// Items of an object name → proficiency, of a list, or of a text such as `Billing:4.5;Returns:3`.
    fn several(self, value: &Value) -> Result<Vec<Rated>, String> {
        let text = |item: &str| match (self.noun != Noun::Queue, item.rsplit_once(':')) {
            (true, Some((name, number))) if number.trim().parse::<f64>().is_ok() => {
                self.rated(name, Some(&number.into()))
            }
            _ => self.rated(item, None),
        };
        match value {
            Value::Object(items) => {
                items.iter().map(|(name, number)| self.rated(name, Some(number).filter(|it| !it.is_null()))).collect()
            }
            Value::String(items) => items.split(';').filter(|item| !item.trim().is_empty()).map(text).collect(),
            Value::Array(items) => items
                .iter()
                .map(|item| match item {
                    Value::String(item) => text(item),
                    item => {
                        let name = item.get("id").or(item.get("name")).and_then(Value::as_str).unwrap_or_default();
                        self.rated(name, item.get("proficiency"))
                    }
                })
                .collect(),
            _ => Err(format!("invalid `{}`: expected an object, a list, or a text such as `One;Other`", self.plural())),
        }
    }
}

impl Verb for Routed {
    type Change = Vec<Rated>;

    fn doing(&self, users: usize) -> String {
        let plural = self.plural();
        match self.mode {
            Mode::Add => format!("change the {plural} of {users} users"),
            Mode::Set => format!("replace all {plural} of {users} users"),
            Mode::Remove if self.noun == Noun::Queue => format!("let {users} users leave queues"),
            Mode::Remove => format!("remove {plural} from {users} users"),
        }
    }

    fn is_destructive(&self) -> bool {
        self.mode != Mode::Add
    }

    fn columns(&self) -> Columns {
        columns_beside_user([self.singular(), self.plural(), "proficiency"])
    }

    fn change(&self, mut fields: Fields) -> Result<Vec<Rated>, String> {
        let (singular, plural) = (self.singular(), self.plural());
        let proficiency = fields.remove("proficiency");
        let one = fields.remove(singular).filter(|it| !it.is_null());
        let several = fields.remove(plural).filter(|it| !it.is_null());
        let rated = match (one, several) {
            (Some(Value::String(name)), None) => vec![self.rated(&name, proficiency.as_ref())?],
            (None, Some(items)) => self.several(&items)?,
            (Some(_), None) => return Err(format!("invalid `{singular}`: expected a name or an id as text")),
            (Some(_), Some(_)) => {
                return Err(format!("`{singular}` and `{plural}` are both given: expected one of them"));
            }
            (None, None) => {
                return Err(format!("`{singular}` is missing: expected its name or id, or several as `{plural}`"));
            }
        };
        if rated.is_empty() && self.mode != Mode::Set {
            return Err(format!("`{plural}` is empty: expected at least one {singular}"));
        }
        if rated.len() > MAX_PER_USER && self.noun != Noun::Queue {
            return Err(format!("{} {plural}: expected at most {MAX_PER_USER}", rated.len()));
        }
        Ok(rated)
    }

    fn refs<'c>(&self, change: &'c mut Vec<Rated>) -> Vec<&'c mut Ref> {
        change.iter_mut().map(|rated| &mut rated.of).collect()
    }

    fn requests(&self, users: usize) -> usize {
        match self.noun {
            // Those that the user has joined, and the others.
            Noun::Queue => users * 2,
            _ => users.div_ceil(PER_REQUEST),
        }
    }

    fn read<'c>(
        &'c self,
        client: &'c Client,
        ids: &'c [String],
        _: bool,
    ) -> BoxFuture<'c, Result<HashMap<String, State>, CallError>> {
        async move {
            let mut states = HashMap::new();
            if self.noun == Noun::Queue {
                for id in ids {
                    let state = queues(client, id).await?;
                    states.extend(state.map(|state| (id.clone(), state)));
                }
                return Ok(states);
            }
            for (id, user) in read_users(client, ids, &[self.plural()]).await? {
                let state = match user.get(self.plural()).and_then(Value::as_array) {
                    Some(items) => items.iter().filter_map(fact).collect(),
                    // A part of a listing may be missing although it was asked for.
                    None if self.noun == Noun::Skill => {
                        read(client.routing(&id).skills().page_size(50).pager()).await?
                    }
                    None => read(client.routing(&id).languages().page_size(50).pager()).await?,
                };
                states.insert(id, state);
            }
            Ok(states)
        }
        .boxed()
    }

    fn effects(&self, change: &Vec<Rated>, before: &State) -> Vec<Effect> {
        let named = change.iter().map(|rated| {
            let (key, label) = (rated.of.id(), rated.of.text.clone());
            let after = match (self.mode, self.noun) {
                (Mode::Remove, Noun::Queue) => json!(false),
                (Mode::Remove, _) => Value::Null,
                (_, Noun::Queue) => json!(true),
                _ => json!(rated.proficiency),
            };
            match self.noun == Noun::Queue && !before.contains_key(&key) {
                // The service disregards it.
                true => Effect { key, label: format!("{label} (not a member)"), after: Value::Null },
                false => Effect { key, label, after },
            }
        });
        let is_left_out = |key: &&String| self.mode == Mode::Set && change.iter().all(|rated| rated.of.id() != **key);
        let left_out = before.keys().filter(is_left_out).map(|key| {
            let after = if self.noun == Noun::Queue { json!(false) } else { Value::Null };
            Effect::of(key, after)
        });
        named.chain(left_out).collect()
    }

    fn inverse(&self, _: &Vec<Rated>, before: &State) -> Option<Fields> {
        let items = match self.noun {
            Noun::Queue => before.iter().filter(|(_, fact)| fact.value == true).map(|(id, _)| json!(id)).collect(),
            _ => Value::Object(before.iter().map(|(id, fact)| (id.clone(), fact.value.clone())).collect()),
        };
        Some([(self.plural().to_owned(), items)].into_iter().collect())
    }

    fn undone_by(&self) -> &'static str {
        match self.noun {
            Noun::Skill => "genesys skills set",
            Noun::Language => "genesys languages set",
            _ => "genesys queues set",
        }
    }

    fn send(&self, client: Client, id: String, change: Vec<Rated>) -> BoxFuture<'static, Result<(), CallError>> {
        let this = *self;
        async move {
            let routing = client.routing(&id);
            match (this.noun, this.mode) {
                (Noun::Queue, Mode::Set) => set_queues(&client, &id, &change).await,
                (Noun::Queue, mode) => {
                    routing.change_queues(change.iter().map(|it| queue(it.of.id(), mode == Mode::Add))).await
                }
                (Noun::Skill, Mode::Add) => routing.merge_skills(change.iter().map(skill)).await.map(drop),
                (Noun::Skill, Mode::Set) => routing.replace_skills(change.iter().map(whole_skill)).await.map(drop),
                (_, Mode::Add) => routing.merge_languages(change.iter().map(language)).await.map(drop),
                (_, Mode::Set) => routing.replace_languages(change.iter().map(language)).await.map(drop),
                (noun, Mode::Remove) => {
                    let mut is_changed = false;
                    for rated in change {
                        let removed = match noun {
                            Noun::Skill => routing.remove_skill(rated.of.id()).await,
                            _ => routing.remove_language(rated.of.id()).await,
                        };
                        removed.map_err(|error| error.with_earlier_effect(is_changed))?;
                        is_changed = true;
                    }
                    Ok(())
                }
            }
        }
        .boxed()
    }
}

pub(super) fn skill(rated: &Rated) -> UserRoutingSkillPostPatch {
    let (id, proficiency) = (rated.of.id().into(), rated.proficiency.into());
    UserRoutingSkillPostPatch { id, proficiency, ..Default::default() }
}

pub(super) fn whole_skill(rated: &Rated) -> UserRoutingSkillPost {
    let (id, proficiency) = (Some(rated.of.id()), Some(rated.proficiency));
    UserRoutingSkillPost { id, proficiency, ..Default::default() }
}

pub(super) fn language(rated: &Rated) -> UserRoutingLanguagePostPatch {
    let (id, proficiency) = (rated.of.id().into(), rated.proficiency.into());
    UserRoutingLanguagePostPatch { id, proficiency, ..Default::default() }
}

pub(super) fn queue(id: String, joined: bool) -> UserQueuePatch {
    UserQueuePatch { id: id.into(), joined: joined.into(), ..Default::default() }
}

/// Lets a user join these queues and leave all others: the queues that the user has joined are read, and all change with one
/// request.
pub(super) async fn set_queues(client: &Client, id: &str, change: &[Rated]) -> Result<(), CallError> {
    let client = client.keep_client();
    let wanted: Vec<String> = change.iter().map(|rated| rated.of.id()).collect();
    let joined = read(client.routing(id).queues().joined(true).page_size(100).pager()).await?;
    let left = joined.into_keys().filter(|id| !wanted.contains(id)).map(|id| queue(id, false));
    let queues: Vec<_> = left.chain(wanted.iter().map(|id| queue(id.clone(), true))).collect();
    match queues.is_empty() {
        true => Ok(()),
        false => client.routing(id).change_queues(queues).await,
    }
}

/// The queues that a user is a member of, each with whether the user has joined it. `None` if there is no such user.
async fn queues(client: &Client, id: &str) -> Result<Option<State>, CallError> {
    let mut state = State::new();
    for joined in [false, true] {
        match read(client.routing(id).queues().joined(joined).page_size(100).pager()).await {
            Ok(queues) => {
                state.extend(queues.into_iter().map(|(id, fact)| (id, Fact { value: json!(joined), ..fact })))
            }
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(Some(state))
}

/// Reads a listing to its end.
async fn read<T: Serialize + Send + 'static>(pager: Pager<'static, T>) -> Result<State, CallError> {
    let (mut items, mut state) = (pager.items(), State::new());
    while let Some(item) = items.next().await {
        let item = item.map_err(|error| error.into_error())?;
        // A type of texts, numbers and lists always serializes.
        state.extend(serde_json::to_value(item).ok().as_ref().and_then(fact));
    }
    match items.is_complete() {
        true => Ok(state),
        false => Err(CallError::decode(&operations::GET_USER, "the listing of what the user has may not be complete")),
    }
}

/// A skill, a language or a queue of a user.
fn fact(item: &Value) -> Option<(String, Fact)> {
    let id = item.get("id")?.as_str()?.to_owned();
    let label = item.get("name").and_then(Value::as_str).unwrap_or(&id).to_owned();
    Some((id, Fact { label, value: item.get("proficiency").cloned().unwrap_or_default() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_rows_objects_lists_or_texts() {
        let skills = Routed { noun: Noun::Skill, mode: Mode::Add };
        let of = |verb: Routed, item: Value| {
            let Value::Object(fields) = item else { panic!("an object") };
            let change = verb.change(fields)?;
            Ok::<_, String>(change.into_iter().map(|it| (it.of.text, it.proficiency)).collect::<Vec<_>>())
        };
        let both = Ok(vec![("A: B".to_owned(), 4.5), ("C".to_owned(), 2.0)]);
        assert_eq!(of(skills, json!({ "skills": "A: B:4.5; C:2;" })), both);
        assert_eq!(of(skills, json!({ "skills": { "A: B": 4.5, "C": "2" } })), both);
        assert_eq!(of(skills, json!({ "skills": ["A: B:4.5", { "id": "C", "proficiency": 2 }] })), both);
        assert_eq!(of(skills, json!({ "skill": "C", "proficiency": "2" })), Ok(vec![("C".to_owned(), 2.0)]));
        let languages = Routed { noun: Noun::Language, mode: Mode::Set };
        assert_eq!(of(languages, json!({ "languages": "C:2.6" })), Ok(vec![("C".to_owned(), 3.0)]));
        assert_eq!(of(languages, json!({ "languages": [] })), Ok(Vec::new()));
        let leave = Routed { noun: Noun::Queue, mode: Mode::Remove };
        assert_eq!(of(leave, json!({ "queues": "A:1;C" })), Ok(vec![("A:1".to_owned(), 0.0), ("C".to_owned(), 0.0)]));
        for (item, problem) in [
            (json!({}), "`skill` is missing"),
            (json!({ "skill": "A" }), "no proficiency"),
            (json!({ "skill": 7, "proficiency": 1 }), "as text"),
            (json!({ "skill": "A", "proficiency": 9 }), "from 0 to 5"),
            (json!({ "skill": "A", "proficiency": 1, "skills": "B:1" }), "both given"),
            (json!({ "skills": "" }), "is empty"),
            (json!({ "skills": 3 }), "expected an object"),
        ] {
            let error = of(skills, item.clone()).expect_err("invalid");
            assert!(error.contains(problem), "{item}: {error}");
        }
    }
}
