//! The chats of the current user: one with each colleague of the team, and a room for all of them.

use serde_json::{Value, json};

use super::expand::Expand;
use super::lookup;
use super::model::user::{User, UserState, jabber_id};
use super::request::{cursor, me, position};
use super::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;
use crate::random::Draw;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[("getUsersChatsMe", list)];

const SIZE: u64 = 5;
const CREATED: &str = "2024-03-01T09:00:00.000Z";

fn list(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let start = position(call, "after", "chats")?;
    let users = genesys.users();
    let user = me(&users, call)?;
    let flag = |name: &str| call.query(name) == Some("true");
    let mut chats: Vec<Value> = vec![room(&users, &user, flag("includeRoomOwners"))];
    let mut colleagues = users.reports(&user);
    colleagues.extend(users.manager(&user));
    let colleagues = colleagues.into_iter().filter(|index| *index != user.index).filter_map(|index| users.get(index));
    chats.extend(colleagues.map(|colleague| one_on_one(&users, &user, &colleague, flag("includePresence"))));
    if flag("excludeClosed") {
        chats.retain(|chat| chat["open"] == json!(true));
    }
    let total = chats.len() as u64;
    let (first, last) = (start.min(total), start.saturating_add(SIZE).min(total));
    let uri = |place: u64| format!("{}?{}", call.uri, call.query.replace(&[("after", cursor("chats", place))]));
    let page: Vec<Value> = chats.into_iter().skip(first as usize).take((last - first) as usize).collect();
    let mut response = json!({ "entities": page, "selfUri": uri(first) });
    if last < total {
        response["nextUri"] = json!(uri(last));
    }
    if first > 0 {
        response["previousUri"] = json!(uri(first.saturating_sub(SIZE)));
    }
    Ok(Reply::json(&response))
}

fn one_on_one(users: &Users, user: &User<'_>, colleague: &User<'_>, presence: bool) -> Value {
    let mut draw = Draw::new(users.people.seed, "chat", user.index << 32 | colleague.index);
    let parts: &[&str] = if presence { &["presence"] } else { &[] };
    let shown = lookup::shown(users, colleague, &Expand::new(parts.iter().copied(), None));
    let id = IdSpace::new(users.people.seed, "chat").uuid(draw.next() as u32);
    let open = !draw.one_in(3);
    let mut other = json!({
        "id": colleague.id, "name": shown["name"], "jid": jabber_id(&colleague.id), "selfUri": shown["selfUri"],
        "inactive": colleague.state != UserState::Active, "integrations": [],
    });
    if presence {
        let known = &shown["presence"];
        other["presence"] = json!({
            "source": known["source"], "systemPresence": known["presenceDefinition"]["systemPresence"],
            "message": known["message"], "dateModified": known["modifiedDate"],
        });
    }
    let mut chat = json!({
        "id": id, "name": shown["name"], "open": open, "user": other, "chatType": "oneOnOne",
        "dateLastMessage": format!("2024-12-{:02}T10:{:02}:00.000Z", 1 + draw.below(20), draw.below(60)),
        "selfUri": format!("/api/v2/chats/{id}"),
    });
    if !open {
        chat["dateClosed"] = json!("2024-12-22T08:00:00.000Z");
    }
    chat
}

fn room(users: &Users, user: &User<'_>, owners: bool) -> Value {
    let leader = users.manager(user).unwrap_or(user.index);
    let id = IdSpace::new(users.people.seed, "chat room").uuid(leader as u32);
    let team = users.reference().team(leader);
    let mut room = json!({
        "id": id, "name": team["name"], "roomType": "group", "dateCreated": CREATED, "participantLimit": 1_000,
        "jid": jabber_id(&id), "pinnedMessages": [], "selfUri": format!("/api/v2/chats/rooms/{id}"),
    });
    if owners {
        let id = users.id(leader);
        room["owners"] = json!([{ "id": id, "selfUri": format!("/api/v2/users/{id}") }]);
    }
    json!({
        "id": id, "name": team["name"], "open": true, "room": room, "chatType": "group",
        "dateLastMessage": "2024-12-20T12:00:00.000Z", "selfUri": format!("/api/v2/chats/{id}"),
    })
}
