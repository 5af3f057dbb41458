//! The model in responses: each type as a [`Node`].

mod account;
mod external;
mod module;
pub(crate) mod record;

use crate::http::encode;
use crate::lms::model::Attempt;
use crate::lms::node::Node;

pub(crate) fn record_links(id: &str) -> [Node; 2] {
    [
        link("self", "application/json", format!("api/record?id={}&format=json", encode(id))),
        link("alternate", "text/html", format!("servlet/ekp?TX={}", encode(id))),
    ]
}

pub(crate) fn link(relation: &str, media_type: &str, href: String) -> Node {
    Node::new("link").attribute("rel", relation).attribute("type", media_type).attribute("href", href)
}

/// The label of a module type: `onlineModule` is `Online Module`.
pub(crate) fn label(kind: &str) -> String {
    let mut label = String::new();
    for (index, letter) in kind.char_indices() {
        match letter {
            _ if index == 0 => label.extend(letter.to_uppercase()),
            'A'..='Z' => label.extend([' ', letter]),
            _ => label.push(letter),
        }
    }
    label
}

impl Attempt {
    pub(crate) fn node(&self) -> Node {
        Node::new("assessmentAttempt")
            .text("id", &self.id)
            .text("status", "submitted")
            .text("userId", &self.user)
            .some("enrollmentId", self.enrollment.as_ref())
            .some("moduleId", self.module.as_ref())
            .decimal("score", self.score.as_deref().unwrap_or_default())
            .text("submitted", self.submitted.text())
    }
}
