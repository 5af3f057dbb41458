//! The listings of clusters, completions and users.
//!
//! A completion refers to a user who exists from the start, by the Genesys id. It is drawn from the seed: it is not stored
//! and does not depend on later changes of users.

use rosterkit_core::chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::model::Cluster;
use super::store::{Sessions, initial, person_at};
use crate::http::{Call, Error, Handler, Reply, Window};
use crate::ids::IdSpace;
use crate::people::{People, Person};
use crate::random::Draw;

pub(super) const HANDLERS: &[(&str, Handler<Sessions>)] =
    &[("getClusters", get_clusters), ("getCompletions", get_completions), ("getUsers", get_users)];

const DEFAULT_PAGE_SIZE: u64 = 200;
/// Sessions per cluster, one a week, the first two weeks after the cluster was created.
const SESSIONS: u64 = 4;
/// One of this many pairs of a user and a cluster has a completion.
const ATTENDANCE: u64 = 3;
/// One of this many completions was not attended.
const ABSENCE: u64 = 8;

fn get_clusters(sessions: &Sessions, call: &Call<'_>) -> Result<Reply, Error> {
    let window = call.window()?;
    let clusters = sessions.clusters.iter().filter(|cluster| window.contains(cluster.created));
    let items = clusters.map(|cluster| {
        let mut item = cluster.describe();
        if cluster.self_registration {
            let form = format!("https://signup.example.com/clusters/{}", cluster.id);
            item["iframeCode"] = json!(format!("<iframe src=\"{form}\" width=\"100%\" height=\"100%\"></iframe>"));
        }
        item
    });
    let items: Vec<Value> = items.collect();
    // The documented sample of this operation has no `error`.
    Ok(Reply::json(&json!({ "success": true, "data": { "total": items.len(), "items": items } })))
}

fn get_users(sessions: &Sessions, call: &Call<'_>) -> Result<Reply, Error> {
    let number = |name: &str| call.integer(name).and_then(|number| u64::try_from(number).ok());
    let (page, size) = (number("page").unwrap_or(0), number("pageSize").unwrap_or(DEFAULT_PAGE_SIZE).max(1));
    let users = sessions.users();
    let total = users.total();
    let pages = total.div_ceil(size);
    let start = page.saturating_mul(size).min(total);
    let items = (start..start.saturating_add(size).min(total)).filter_map(|position| users.get(position));
    let items: Vec<Value> = items.map(|user| user.describe()).collect();
    Ok(Reply::json(&json!({
        "success": true,
        "data": {
            "items": items,
            "page": page,
            "size": size,
            "next": page.checked_add(1).filter(|next| *next < pages),
            // After the end, the previous page is the last one.
            "prev": page.checked_sub(1).map(|prev| prev.min(pages.saturating_sub(1))),
            "totalPages": pages,
            "total": total,
        },
        "error": null,
    })))
}

fn get_completions(sessions: &Sessions, call: &Call<'_>) -> Result<Reply, Error> {
    let source = Source { people: sessions.people, clusters: sessions.clusters.clone(), window: call.window()? };
    let positions = 0..initial(&sessions.people);
    Ok(Reply::json_list("[", positions.map(move |position| source.of_user(position)), "]"))
}

/// The data that completions are drawn from.
struct Source {
    people: People,
    clusters: Vec<Cluster>,
    window: Window,
}

impl Source {
    fn of_user(&self, position: u64) -> Vec<Value> {
        let seed = self.people.seed;
        let ids = IdSpace::new(seed, "completion");
        let drawn = self.clusters.iter().enumerate().filter_map(|(number, cluster)| {
            let index = position * self.clusters.len() as u64 + number as u64;
            let mut draw = Draw::new(seed, "completion", index);
            if !draw.one_in(ATTENDANCE) {
                return None;
            }
            let start = cluster.created + Duration::days(14 + 7 * draw.below(SESSIONS) as i64);
            self.window.contains(start).then(|| (ids.uuid(index as u32), cluster, start, draw))
        });
        let drawn: Vec<_> = drawn.collect();
        // The person is drawn only if needed.
        let person = if drawn.is_empty() { None } else { person_at(&self.people, position) };
        let Some(person) = person else { return Vec::new() };
        drawn.into_iter().map(|(id, cluster, start, draw)| completion(id, &person, cluster, start, draw)).collect()
    }
}

fn completion(id: String, person: &Person, cluster: &Cluster, start: DateTime<Utc>, mut draw: Draw) -> Value {
    let mut completion = cluster.describe();
    completion["id"] = json!(id);
    completion["remoteUserId"] = json!(person.id);
    completion["sessionScheduledStartAt"] = json!(text(start));
    completion["sessionScheduledEndAt"] = json!(text(start + Duration::minutes(cluster.minutes)));
    completion["totalSteps"] = json!(cluster.steps);
    completion["hash"] = json!(format!("{:016x}", draw.next()));
    let attended = !draw.one_in(ABSENCE);
    completion["attended"] = json!(attended);
    // Without attendance the times of the visit are left out: the spec has them, but not as nullable.
    let mut steps = 0;
    if attended {
        let late = Duration::minutes(draw.below(10) as i64);
        let stay = Duration::minutes(cluster.minutes / 2 + draw.below(cluster.minutes as u64 / 3) as i64);
        steps = cluster.steps / 2 + draw.below(cluster.steps / 2 + 1);
        completion["timeInSessionMins"] = json!(stay.num_minutes());
        completion["participantFirstVisitedAt"] = json!(text(start + late));
        completion["participantLastVisitedAt"] = json!(text(start + late + stay));
    }
    completion["stepsVisited"] = json!(steps);
    completion["percentageStepsVisited"] = json!((steps * 1000 / cluster.steps) as f64 / 10.0);
    completion
}

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
