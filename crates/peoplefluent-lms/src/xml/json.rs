//! Converts XML elements to JSON, so that they can be printed in every output format, and records compared with others.

use std::borrow::Cow;

use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::tree::Element;
use super::validate::local;

impl Element<'_> {
    /// The element as JSON, as the command line prints it.
    ///
    /// An element with only text becomes that text. Any other element becomes an object of its attributes and children. A
    /// name that occurs several times, or as attribute and child, becomes an array in document order. Text beside children
    /// becomes `text`. Prefixes of names are removed.
    ///
    /// ```
    /// use peoplefluent_lms::xml::Tree;
    ///
    /// let user = Tree::parse("<user status='active'><id>a.roe</id></user>")?;
    /// assert_eq!(user.root().to_json(), serde_json::json!({ "status": "active", "id": "a.roe" }));
    /// # Ok::<(), peoplefluent_lms::Error>(())
    /// ```
    pub fn to_json(self) -> Value {
        // The parser limits the depth of the document.
        let mut fields = Map::new();
        for (name, text) in self.attributes() {
            add(&mut fields, local(name), text.into());
        }
        for child in self.children() {
            add(&mut fields, child.name(), child.to_json());
        }
        let text = self.text();
        if fields.is_empty() {
            return Value::String(text.into_owned());
        }
        if !text.is_empty() {
            add(&mut fields, "text", Value::String(Cow::into_owned(text)));
        }
        Value::Object(fields)
    }
}

fn add(fields: &mut Map<String, Value>, name: &str, value: Value) {
    match fields.entry(name) {
        Entry::Vacant(free) => drop(free.insert(value)),
        // Only this function creates arrays.
        Entry::Occupied(mut taken) => match taken.get_mut() {
            Value::Array(values) => values.push(value),
            single => *single = Value::Array(vec![single.take(), value]),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::xml::Tree;

    #[test]
    fn all_parts_of_an_element_are_converted() -> Result<(), Box<dyn std::error::Error>> {
        for (document, expected) in [
            ("<a>text</a>", json!("text")),
            ("<a/>", json!("")),
            ("<a id='1'/>", json!({ "id": "1" })),
            ("<a id='1'><id>2</id><id><b/></id></a>", json!({ "id": ["1", "2", { "b": "" }] })),
            ("<a>one<b>two</b></a>", json!({ "text": "one", "b": "two" })),
            ("<x:a xmlns:x='urn:x' x:id='1'><x:b>2</x:b></x:a>", json!({ "id": "1", "b": "2" })),
            ("<a><b>1</b><b>2</b><b>3</b></a>", json!({ "b": ["1", "2", "3"] })),
        ] {
            let tree = Tree::parse(document.to_owned())?;
            assert_eq!(tree.root().to_json(), expected, "{document}");
        }
        Ok(())
    }
}
