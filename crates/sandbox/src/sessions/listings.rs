//! The listings of clusters and users.

use serde_json::{Value, json};

use super::store::Sessions;
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Sessions>)] = &[("getClusters", get_clusters), ("getUsers", get_users)];

const DEFAULT_PAGE_SIZE: u64 = 200;

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
            // Behind the end the last page comes before.
            "prev": page.checked_sub(1).map(|prev| prev.min(pages.saturating_sub(1))),
            "totalPages": pages,
            "total": total,
        },
        "error": null,
    })))
}
