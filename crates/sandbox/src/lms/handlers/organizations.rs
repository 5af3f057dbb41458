//! `organization`: the node of organizations, from any of them down. `facility` and reference resources.

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::user;
use crate::lms::handlers::external::attachment;
use crate::lms::model::reference::{Organization, RESOURCES, ROOT};
use crate::lms::node::Node;
use crate::lms::params::{contains_all, flag, keywords, max, parameter, required};
use crate::lms::render::attributes;
use crate::lms::response::respond;
use crate::lms::store::Lms;

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] =
    &[("facility", facility), ("organization", organization), ("resource", resource), ("resources", resources)];

fn organization(_: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let found = Organization::find(parameter(call, "id").unwrap_or(ROOT));
    let found = found.ok_or_else(|| Error::not_found("There is no organization with this id."))?;
    let depth = if flag(call, "recursive") { usize::MAX } else { 1 };
    Ok(respond(call, &node("organization", found, depth)))
}

/// An organization with those below it, `depth` levels down.
fn node(name: &'static str, organization: &Organization, depth: usize) -> Node {
    let children: Vec<_> = match depth {
        0 => Vec::new(),
        _ => organization.children().map(|child| node("organization", child, depth - 1)).collect(),
    };
    Node::new(name)
        .text("id", organization.id)
        .text("code", organization.code)
        .text("description", organization.description)
        .list("attributes", attributes(organization.attributes.iter().copied()))
        .list("children", children)
}

fn facility(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let facility = lms.store().facility(required(call, "id")?);
    let facility = facility.ok_or_else(|| Error::not_found("There is no facility with this id."))?;
    let node = Node::new("facility")
        .text("id", facility.id)
        .text("code", facility.id)
        .text("name", facility.name)
        .text("city", facility.city)
        .number("rooms", facility.rooms);
    Ok(respond(call, &node))
}

fn resources(_: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let (words, max) = (keywords(call), max(call)?);
    let found = RESOURCES.iter().filter(|resource| contains_all(&words, resource.title)).take(max);
    let found = found.map(|resource| {
        Node::new("resource")
            .text("id", resource.id)
            .text("title", resource.title)
            .text("mediaType", resource.media_type.split(';').next().unwrap_or_default())
            .text("url", resource.path)
    });
    Ok(respond(call, &Node::new("resources").list("resources", found)))
}

/// The bytes of a resource, or of an attachment that the caller may see.
fn resource(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let url = required(call, "url")?;
    if url.starts_with("attachments/") {
        let store = lms.store();
        return attachment(&store, &user(&store, call)?, url);
    }
    let found = RESOURCES.iter().find(|resource| resource.path == url);
    let found = found.ok_or_else(|| Error::not_found("There is no reference resource with this URL."))?;
    Ok(Reply::file(found.media_type, found.content))
}
