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

/// The attributes of a user or an organization.
pub(crate) fn attributes<'a>(descriptions: impl Iterator<Item = &'a str>) -> impl Iterator<Item = Node> {
    descriptions.map(|text| Node::new("attribute").text("description", text))
}

/// An id that a file gave, as the id of an element: a letter or `_` first, then letters, digits, `_`, `-` and `.`. Other
/// characters become `_xHHHH_` with their code, so that different ids stay different.
pub(crate) fn xml_id(id: &str) -> String {
    let mut written = String::new();
    for (index, letter) in id.chars().enumerate() {
        let is_escape = letter == '_' && id.chars().nth(index + 1) == Some('x');
        match letter {
            'a'..='z' | 'A'..='Z' | '_' if !is_escape => written.push(letter),
            '0'..='9' | '-' | '.' if index > 0 => written.push(letter),
            _ => written += &format!("_x{:04X}_", u32::from(letter)),
        }
    }
    written
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_a_file_becomes_an_id_of_xml() {
        for (id, expected) in [
            ("R-1", "R-1"),
            ("EXT000000001", "EXT000000001"),
            ("1.2", "_x0031_.2"),
            ("-a", "_x002D_a"),
            ("a b", "a_x0020_b"),
            ("_x0031_", "_x005F_x0031_"),
            ("_a", "_a"),
            ("é", "_x00E9_"),
        ] {
            assert_eq!(xml_id(id), expected);
        }
    }
}
