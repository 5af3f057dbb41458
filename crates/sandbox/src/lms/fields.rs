//! The parameter `fields` of the exports: `field1(child1,child2),field2`.

use std::collections::BTreeMap;

use crate::http::Error;

/// The maximum nesting of a selection.
const DEPTH: usize = 8;

/// The fields that are chosen, each with the choice among its own; `None` means all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(BTreeMap<String, Option<Fields>>);

impl Fields {
    /// Reads a selection. `known` are the valid names of its first level.
    pub(crate) fn parse(text: &str, known: &[&str]) -> Result<Self, Error> {
        let mut rest = text;
        let fields = Self::list(&mut rest, 0)?;
        if !rest.is_empty() {
            return Err(syntax());
        }
        match fields.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(_) => {
                Err(Error::invalid("fields", &format!("names an unknown field; the fields are {}", known.join(", "))))
            }
            None => Ok(fields),
        }
    }

    /// The choice within a field: `None` if the field is not chosen, `Some(None)` if all of it is.
    pub(crate) fn choice(&self, name: &str) -> Option<Option<&Self>> {
        self.0.get(name).map(Option::as_ref)
    }

    fn list(rest: &mut &str, depth: usize) -> Result<Self, Error> {
        if depth > DEPTH {
            return Err(Error::invalid("fields", &format!("is nested more than {DEPTH} deep")));
        }
        let mut fields = BTreeMap::new();
        loop {
            let end = rest.find(['(', ')', ',']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let name = name.trim();
            if name.is_empty() {
                return Err(syntax());
            }
            *rest = after;
            let inner = match rest.strip_prefix('(') {
                None => None,
                Some(after) => {
                    *rest = after;
                    let inner = Self::list(rest, depth + 1)?;
                    *rest = rest.strip_prefix(')').ok_or_else(syntax)?;
                    Some(inner)
                }
            };
            fields.insert(name.to_owned(), inner);
            match rest.strip_prefix(',') {
                Some(after) => *rest = after,
                None => return Ok(Self(fields)),
            }
        }
    }
}

fn syntax() -> Error {
    Error::invalid("fields", "is not a selection such as `field1(child1,child2),field2`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lms::node::Node;

    const KNOWN: &[&str] = &["a", "b", "cs"];

    #[test]
    fn a_selection_prunes_a_tree() -> Result<(), Error> {
        let node = Node::new("t")
            .attribute("id", "1")
            .text("a", "1")
            .with(Node::new("b").text("x", "2").text("y", "3"))
            .list("css", [Node::new("cs").text("x", "4").text("z", "5")]);
        for (selection, expected) in [
            ("a", "<t id=\"1\"><a>1</a></t>"),
            ("b(y),a", "<t id=\"1\"><a>1</a><b><y>3</y></b></t>"),
            ("cs(x)", "<t id=\"1\"><cs><x>4</x></cs></t>"),
            ("b( x , y )", "<t id=\"1\"><b><x>2</x><y>3</y></b></t>"),
        ] {
            let mut pruned = node.clone();
            pruned.prune(&Fields::parse(selection, KNOWN)?);
            assert_eq!(pruned.xml(), expected, "{selection}");
        }
        Ok(())
    }

    #[test]
    fn invalid_selections_are_rejected() {
        let deep = "a(".repeat(5_000);
        for selection in ["", ",", "a,", "a(", "a)", "a()", "a(b", "a(b))", "unknown", "a b(c)d", &deep] {
            assert!(Fields::parse(selection, KNOWN).is_err(), "{selection:.20}");
        }
    }
}
