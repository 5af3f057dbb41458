//! Routing: skills, languages, queues and status of a user.

use rosterkit_core::batch::{Batch, Outcome, Violation};
use rosterkit_core::{Error, ErrorKind, Operation, Response};

use crate::generated::{Client, builder, operations, required};
use crate::pool::kept;
use crate::types::{
    RoutingStatus, RoutingStatusValue, UserQueue, UserQueuePatch, UserRoutingLanguage, UserRoutingLanguagePostPatch,
    UserRoutingSkill, UserRoutingSkillPost, UserRoutingSkillPostPatch,
};
use crate::{bulk, conflict};

/// How many languages of a user a page has.
const LANGUAGES_PER_PAGE: i64 = 50;
const NOT_LISTED: &str = "the response does not list all items of the request";

/// The routing of interactions to a user; made by [`Client::routing`](crate::Client::routing).
///
/// Fields that the service sets itself are not sent, so that what was read can be sent back.
///
/// The bulk methods return batches with one outcome per item; see [`bulk`](crate::bulk). Their requests are sent one at a
/// time, because all of them change the same user.
#[derive(Clone, Debug)]
pub struct Routing {
    api: Client,
    user_id: String,
}

impl Routing {
    pub(crate) fn new(api: Client, user_id: String) -> Self {
        Self { api, user_id }
    }

    /// Lists the user's skills: `getUserRoutingskills`. The builder's `items()` is a stream over all pages.
    pub fn skills(&self) -> builder::GetUserRoutingskills {
        self.api.get_user_routingskills().user_id(self.user_id.clone())
    }

    /// Adds skills or changes their proficiency, and keeps the others: `patchUserRoutingskillsBulk`, 50 per request. An item
    /// without the skill's `id` or without `proficiency` is invalid.
    pub fn add_skills<'a>(
        &self,
        skills: impl IntoIterator<Item = UserRoutingSkillPostPatch, IntoIter: Send + 'a>,
    ) -> Batch<'a, UserRoutingSkillPostPatch, UserRoutingSkill> {
        let (api, user_id) = (self.api.clone(), self.user_id.clone());
        let send = move |items: &[UserRoutingSkillPostPatch]| {
            let call = api
                .patch_user_routingskills_bulk()
                .user_id(user_id.clone())
                .body(writable(items, UserRoutingSkillPostPatch::without_read_only))
                .options(conflict::repeated());
            let operation = &operations::PATCH_USER_ROUTINGSKILLS_BULK;
            async move { Ok(call.send().await?.accepted(operation)?.into_inner().entities) }
        };
        let id = |item: &UserRoutingSkillPostPatch| item.id.value().cloned();
        let read = move |items: &[UserRoutingSkillPostPatch], listed| {
            bulk::by_id(items, listed, id, |skill: &UserRoutingSkill| skill.id.clone())
        };
        let batch = Batch::of(skills, send, read)
            .size(operations::PATCH_USER_ROUTINGSKILLS_BULK_MAX_ITEMS)
            .concurrency(1)
            .rejection(bulk::reason)
            .check(|skill| required::USER_ROUTING_SKILL_POST.check(skill));
        batch.keyed_by(move |item| id(item).into_iter().collect())
    }

    /// Adds skills or changes their proficiency, and keeps the others: `patchUserRoutingskillsBulk`, all of them in one
    /// request, at most 50. [`add_skills`](Self::add_skills) takes any number and tells the outcome of each.
    ///
    /// # Errors
    /// Those of the call; `ErrorKind::InvalidRequest` for an item without the skill's `id` or without `proficiency`, before
    /// anything is sent; `ErrorKind::Decode` if the response does not list one of them: then they may have been added.
    pub async fn merge_skills(
        &self,
        skills: impl IntoIterator<Item = UserRoutingSkillPostPatch>,
    ) -> Result<Vec<UserRoutingSkill>, Error> {
        let operation = &operations::PATCH_USER_ROUTINGSKILLS_BULK;
        let skills: Vec<_> = skills.into_iter().collect();
        check_all(operation, skills.iter().map(|skill| required::USER_ROUTING_SKILL_POST.check(skill)))?;
        let ids: Vec<String> = skills.iter().filter_map(|skill| skill.id.value().cloned()).collect();
        let call = self.api.patch_user_routingskills_bulk().user_id(self.user_id.clone());
        let call = call.body(writable(&skills, UserRoutingSkillPostPatch::without_read_only));
        let response = call.options(conflict::repeated()).send().await?;
        response.require(operation, NOT_LISTED, |listing| {
            listing.entities.filter(|listed| are_listed(&ids, listed, |skill| skill.id.as_deref()))
        })
    }

    /// Gives the user exactly these skills and removes all others: `putUserRoutingskillsBulk`, always in one request, because
    /// a second one would replace the first.
    ///
    /// # Errors
    /// Those of the call; `ErrorKind::Decode` if the response has no list of skills: then they may have been replaced.
    pub async fn replace_skills(
        &self,
        skills: impl IntoIterator<Item = impl Into<UserRoutingSkillPost>>,
    ) -> Result<Vec<UserRoutingSkill>, Error> {
        let call = self.api.put_user_routingskills_bulk().user_id(self.user_id.clone());
        let call = call.body(skills.into_iter().map(|skill| skill.into().without_read_only()));
        let response = call.options(conflict::repeated()).send().await?;
        response.require(&operations::PUT_USER_ROUTINGSKILLS_BULK, "the response has no `entities`", |skills| {
            skills.entities
        })
    }

    /// Removes a skill: `deleteUserRoutingskill`.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn remove_skill(&self, skill_id: impl Into<String>) -> Result<(), Error> {
        let call = self.api.delete_user_routingskill().user_id(self.user_id.clone()).skill_id(skill_id);
        call.options(conflict::repeated()).send().await.map(drop)
    }

    /// Lists the user's languages: `getUserRoutinglanguages`. The builder's `items()` is a stream over all pages.
    pub fn languages(&self) -> builder::GetUserRoutinglanguages {
        self.api.get_user_routinglanguages().user_id(self.user_id.clone())
    }

    /// Adds languages or changes their proficiency, and keeps the others: `patchUserRoutinglanguagesBulk`, 50 per request. An
    /// item without the language's `id` or without `proficiency` is invalid.
    ///
    /// ```no_run
    /// # async fn run(client: genesys_users::Client) {
    /// use genesys_users::batch::Outcome;
    /// use genesys_users::types::UserRoutingLanguagePostPatch;
    ///
    /// let languages = ["id of German", "id of Czech"].map(|id| UserRoutingLanguagePostPatch {
    ///     id: id.to_owned().into(),
    ///     proficiency: 4.0.into(),
    ///     ..Default::default()
    /// });
    /// let mut outcomes = client.routing("user id").add_languages(languages).ordered();
    /// while let Some(item) = outcomes.next().await {
    ///     match item.outcome {
    ///         Outcome::Accepted(language) => println!("{:?}", language.name),
    ///         other => eprintln!("item {}: {}, {:?}", item.index, other.name(), other.reason()),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn add_languages<'a>(
        &self,
        languages: impl IntoIterator<Item = UserRoutingLanguagePostPatch, IntoIter: Send + 'a>,
    ) -> Batch<'a, UserRoutingLanguagePostPatch, UserRoutingLanguage> {
        let (api, user_id) = (self.api.clone(), self.user_id.clone());
        let send = move |items: &[UserRoutingLanguagePostPatch]| {
            let call = api
                .patch_user_routinglanguages_bulk()
                .user_id(user_id.clone())
                .body(writable(items, UserRoutingLanguagePostPatch::without_read_only))
                .options(conflict::repeated());
            let operation = &operations::PATCH_USER_ROUTINGLANGUAGES_BULK;
            async move { Ok(call.send().await?.accepted(operation)?.into_inner().entities) }
        };
        let id = |item: &UserRoutingLanguagePostPatch| item.id.value().cloned();
        let read = move |items: &[UserRoutingLanguagePostPatch], listed| {
            bulk::by_id(items, listed, id, |language: &UserRoutingLanguage| language.id.clone())
        };
        let batch = Batch::of(languages, send, read)
            .size(operations::PATCH_USER_ROUTINGLANGUAGES_BULK_MAX_ITEMS)
            .concurrency(1)
            .rejection(bulk::reason)
            .check(|language| required::USER_ROUTING_LANGUAGE_POST.check(language));
        batch.keyed_by(move |item| id(item).into_iter().collect())
    }

    /// Adds languages or changes their proficiency, and keeps the others: `patchUserRoutinglanguagesBulk`, all of them in one
    /// request, at most 50. [`add_languages`](Self::add_languages) takes any number and tells the outcome of each.
    ///
    /// # Errors
    /// As [`merge_skills`](Self::merge_skills).
    pub async fn merge_languages(
        &self,
        languages: impl IntoIterator<Item = UserRoutingLanguagePostPatch>,
    ) -> Result<Vec<UserRoutingLanguage>, Error> {
        let operation = &operations::PATCH_USER_ROUTINGLANGUAGES_BULK;
        let languages: Vec<_> = languages.into_iter().collect();
        check_all(operation, languages.iter().map(|language| required::USER_ROUTING_LANGUAGE_POST.check(language)))?;
        let ids: Vec<String> = languages.iter().filter_map(|language| language.id.value().cloned()).collect();
        let call = self.api.patch_user_routinglanguages_bulk().user_id(self.user_id.clone());
        let call = call.body(writable(&languages, UserRoutingLanguagePostPatch::without_read_only));
        let response = call.options(conflict::repeated()).send().await?;
        response.require(operation, NOT_LISTED, |listing| {
            listing.entities.filter(|listed| are_listed(&ids, listed, |language| language.id.as_deref()))
        })
    }

    /// Gives the user exactly these languages and removes all others. The service has no operation for it: the languages of
    /// the user are read (`getUserRoutinglanguages`), those that are not wanted are removed one by one
    /// (`deleteUserRoutinglanguage`), and the others are added (`patchUserRoutinglanguagesBulk`), at most 50.
    ///
    /// # Errors
    /// As [`merge_languages`](Self::merge_languages), and those of the other calls. An error after the first removal
    /// [may have taken effect](Error::may_have_taken_effect).
    pub async fn replace_languages(
        &self,
        languages: impl IntoIterator<Item = UserRoutingLanguagePostPatch>,
    ) -> Result<Vec<UserRoutingLanguage>, Error> {
        let this = Self { api: kept(&self.api), user_id: self.user_id.clone() };
        let languages: Vec<_> = languages.into_iter().collect();
        let wanted: Vec<&String> = languages.iter().filter_map(|language| language.id.value()).collect();
        let mut held = this.languages().page_size(LANGUAGES_PER_PAGE).items();
        let mut unwanted = Vec::new();
        while let Some(language) = held.next().await {
            unwanted.extend(language.map_err(|error| error.into_error())?.id.filter(|id| !wanted.contains(&id)));
        }
        if !held.is_complete() {
            let problem = "the listing of the languages that the user has may not be complete";
            return Err(Error::decode(&operations::GET_USER_ROUTINGLANGUAGES, problem));
        }
        let mut is_changed = false;
        for id in unwanted {
            this.remove_language(id).await.map_err(|error| error.with_earlier_effect(is_changed))?;
            is_changed = true;
        }
        match languages.is_empty() {
            true => Ok(Vec::new()),
            false => this.merge_languages(languages).await.map_err(|error| error.with_earlier_effect(is_changed)),
        }
    }

    /// Removes a language: `deleteUserRoutinglanguage`.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn remove_language(&self, language_id: impl Into<String>) -> Result<(), Error> {
        let call = self.api.delete_user_routinglanguage().user_id(self.user_id.clone()).language_id(language_id);
        call.options(conflict::repeated()).send().await.map(drop)
    }

    /// Lists the user's queues: `getUserQueues`. The builder's `items()` is a stream over all pages.
    pub fn queues(&self) -> builder::GetUserQueues {
        self.api.get_user_queues().user_id(self.user_id.clone())
    }

    /// Joins or leaves queues: `patchUserQueues`, `size` queues per request. No limit is documented. Each item needs the
    /// queue's `id`, and `joined`.
    ///
    /// The service does it after its response, which may still show the earlier state, or nothing. So each success accepts
    /// all items of its request; an accepted outcome holds the queue of the response, if it has one. A queue that the user is
    /// not a member of is disregarded by the service. [`queues`](Self::queues) shows the result after a while.
    pub fn set_queues<'a>(
        &self,
        queues: impl IntoIterator<Item = UserQueuePatch, IntoIter: Send + 'a>,
        size: usize,
    ) -> Batch<'a, UserQueuePatch, Option<UserQueue>> {
        let (api, user_id) = (self.api.clone(), self.user_id.clone());
        let send = move |items: &[UserQueuePatch]| {
            let call = api
                .patch_user_queues()
                .user_id(user_id.clone())
                .body(writable(items, UserQueuePatch::without_read_only))
                .options(conflict::repeated());
            async move {
                match call.send().await {
                    Ok(response) => Ok(response.accepted(&operations::PATCH_USER_QUEUES)?.into_inner().entities),
                    Err(error) if is_success(&error) => Ok(None),
                    Err(error) => Err(error),
                }
            }
        };
        let batch = Batch::of(queues, send, all_taken).size(size).concurrency(1).rejection(bulk::reason);
        batch.keyed_by(|item| item.id.value().cloned().into_iter().collect())
    }

    /// Joins or leaves queues: `patchUserQueues`, all of them in one request. [`set_queues`](Self::set_queues) says what a
    /// success means; it takes any number of queues.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn change_queues(&self, queues: impl IntoIterator<Item = UserQueuePatch>) -> Result<(), Error> {
        let queues: Vec<_> = queues.into_iter().collect();
        let call = self.api.patch_user_queues().user_id(self.user_id.clone());
        let call = call.body(writable(&queues, UserQueuePatch::without_read_only)).options(conflict::repeated());
        match call.send().await {
            Ok(response) => response.accepted(&operations::PATCH_USER_QUEUES).map(drop),
            Err(error) if is_success(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Reads the routing status: `getUserRoutingstatus`.
    ///
    /// # Errors
    /// Those of the call; `ErrorKind::Decode` if the response has no status.
    pub async fn status(&self) -> Result<RoutingStatus, Error> {
        let call = self.api.get_user_routingstatus().user_id(self.user_id.clone());
        with_status(&operations::GET_USER_ROUTINGSTATUS, call.send().await?)
    }

    /// Sets the routing status, such as `IDLE` or `OFF_QUEUE`: `putUserRoutingstatus`.
    ///
    /// # Errors
    /// Those of the call; `ErrorKind::Decode` if the response has no status: then it may have been set.
    pub async fn set_status(&self, status: impl Into<RoutingStatusValue>) -> Result<RoutingStatus, Error> {
        let body = RoutingStatus { status: Some(status.into()), ..Default::default() };
        let call = self.api.put_user_routingstatus().user_id(self.user_id.clone()).body(body);
        with_status(&operations::PUT_USER_ROUTINGSTATUS, call.send().await?)
    }
}

/// The status of a response. All properties are optional, so that `{}` decodes as well.
fn with_status(operation: &'static Operation, response: Response<RoutingStatus>) -> Result<RoutingStatus, Error> {
    response.require(operation, "the response has no `status`", |it| it.status.is_some().then_some(it))
}

/// Refuses items that lack what the operation requires.
fn check_all(
    operation: &'static Operation,
    checks: impl Iterator<Item = Result<(), Vec<Violation>>>,
) -> Result<(), Error> {
    let violations: Vec<Violation> = checks.filter_map(Result::err).flatten().collect();
    match violations.first() {
        None => Ok(()),
        Some(violation) => Err(Error::invalid_request(operation, format!("invalid item: {violation}"))),
    }
}

/// Whether a response lists all items.
fn are_listed<T>(ids: &[String], listed: &[T], id: impl Fn(&T) -> Option<&str>) -> bool {
    ids.iter().all(|wanted| listed.iter().any(|item| id(item) == Some(wanted)))
}

/// The outcomes of `patchUserQueues`, which succeeded.
fn all_taken(items: &[UserQueuePatch], listed: Option<Vec<UserQueue>>) -> Vec<Outcome<Option<UserQueue>>> {
    let shown = bulk::by_id(items, listed, |item| item.id.value().cloned(), |queue: &UserQueue| queue.id.clone());
    shown.into_iter().map(|outcome| Outcome::Accepted(outcome.accepted())).collect()
}

/// Whether only the body of a successful response could not be read. An HTML page is not from the service.
fn is_success(error: &Error) -> bool {
    error.kind() == ErrorKind::Decode && error.status().is_some_and(|status| status.is_success())
}

/// The items without what the service sets itself.
fn writable<T: Clone>(items: &[T], without_read_only: impl Fn(T) -> T) -> Vec<T> {
    items.iter().cloned().map(without_read_only).collect()
}
