//! Field selectors: which fields a function returns.
//!
//! `trainingHistoryXml`, `completedTrainingRecordsXml`, `user200510Xml` and `users200510Xml` take one in `fields`. The API
//! document has one example, `field1(child1,child2),field2`, and no list of fields: their names are those of the elements
//! that the function returns.

use std::fmt;
use std::str::FromStr;

/// How deep selectors may be nested. The API document shows two levels.
const DEPTH: usize = 16;

/// Which fields a function returns, nested ones included.
///
/// A selector is always valid: names are checked, there is at least one field, and parentheses are never empty. The setters
/// of the generated builders accept it.
///
/// ```
/// use peoplefluent_lms::FieldSelector;
///
/// let fields = FieldSelector::builder()
///     .field("id")
///     .nested("organization", |organization| organization.field("code").field("description"))
///     .build()?;
/// assert_eq!(fields.to_string(), "id,organization(code,description)");
/// assert_eq!("id, organization(code), organization(description)".parse(), Ok(fields.clone()));
///
/// let client = peoplefluent_lms::Client::builder().base_url("https://www.example.com/ekp/").build()?;
/// let request = client.api().users200510_xml().fields(fields);
/// # drop(request);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Names
/// A name has a letter or `_`, then letters, digits, `_`, `-` and `.`, like the name of an XML element. The API document
/// does not say which names are allowed.
///
/// # Duplicate fields
/// They are merged at the first position. A field with children and the same field without children become the field
/// without children, since that selects the whole field: `a(b),a(c)` is `a(b,c)`, and `a(b),a` is `a`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldSelector {
    fields: Vec<Field>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Field {
    name: String,
    /// Empty for the whole field.
    children: Vec<Field>,
}

impl FieldSelector {
    /// Starts a selector.
    pub fn builder() -> FieldSelectorBuilder {
        FieldSelectorBuilder { fields: Vec::new(), depth: 1, error: None }
    }

    /// A selector of these fields, each as a whole.
    ///
    /// ```
    /// use peoplefluent_lms::FieldSelector;
    ///
    /// assert_eq!(FieldSelector::of(["id", "email"])?.to_string(), "id,email");
    /// # Ok::<(), peoplefluent_lms::FieldSelectorError>(())
    /// ```
    ///
    /// # Errors
    /// If there is no field, or a name is invalid.
    pub fn of<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Result<Self, FieldSelectorError> {
        names.into_iter().fold(Self::builder(), |builder, name| builder.field(name)).build()
    }
}

/// Collects the fields of a [`FieldSelector`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct FieldSelectorBuilder {
    fields: Vec<Field>,
    depth: usize,
    error: Option<FieldSelectorError>,
}

impl FieldSelectorBuilder {
    /// Adds a field as a whole.
    pub fn field(mut self, name: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        if is_name(name) {
            add(&mut self.fields, Field { name: name.to_owned(), children: Vec::new() });
            return self;
        }
        self.fail(FieldSelectorError::name(name))
    }

    /// Adds some of the children of a field.
    pub fn nested(mut self, name: impl AsRef<str>, children: impl FnOnce(Self) -> Self) -> Self {
        let name = name.as_ref();
        if !is_name(name) {
            return self.fail(FieldSelectorError::name(name));
        }
        if self.depth == DEPTH {
            return self.fail(FieldSelectorError::depth());
        }
        let nested = children(Self { fields: Vec::new(), depth: self.depth + 1, error: None });
        match nested.finish() {
            Ok(children) => {
                add(&mut self.fields, Field { name: name.to_owned(), children });
                self
            }
            Err(error) => self.fail(error),
        }
    }

    /// Builds the selector.
    ///
    /// # Errors
    /// The first error: an invalid name, no fields or no children, or more than 16 levels.
    pub fn build(self) -> Result<FieldSelector, FieldSelectorError> {
        self.finish().map(|fields| FieldSelector { fields })
    }

    fn finish(self) -> Result<Vec<Field>, FieldSelectorError> {
        match self.error {
            Some(error) => Err(error),
            None if self.fields.is_empty() => Err(FieldSelectorError::empty()),
            None => Ok(self.fields),
        }
    }

    fn fail(mut self, error: FieldSelectorError) -> Self {
        self.error.get_or_insert(error);
        self
    }
}

/// Adds a field, or merges it with the one of the same name.
fn add(fields: &mut Vec<Field>, field: Field) {
    match fields.iter_mut().find(|known| known.name == field.name) {
        None => fields.push(field),
        Some(known) if known.children.is_empty() || field.children.is_empty() => known.children.clear(),
        Some(known) => field.children.into_iter().for_each(|child| add(&mut known.children, child)),
    }
}

fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|other| other.is_alphanumeric() || matches!(other, '_' | '-' | '.'))
}

impl fmt::Display for FieldSelector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(&self.fields, formatter)
    }
}

fn list(fields: &[Field], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            formatter.write_str(",")?;
        }
        formatter.write_str(&field.name)?;
        if !field.children.is_empty() {
            formatter.write_str("(")?;
            list(&field.children, formatter)?;
            formatter.write_str(")")?;
        }
    }
    Ok(())
}

/// For the setters of the generated builders.
impl From<FieldSelector> for String {
    fn from(selector: FieldSelector) -> Self {
        selector.to_string()
    }
}

impl From<&FieldSelector> for String {
    fn from(selector: &FieldSelector) -> Self {
        selector.to_string()
    }
}

/// Spaces around names are ignored.
impl FromStr for FieldSelector {
    type Err = FieldSelectorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The open lists, each with the name of its field.
        let mut open: Vec<(Vec<Field>, &str)> = Vec::new();
        let mut fields = Vec::new();
        let mut start = 0;
        // Whether the last separator was `)`.
        let mut is_closed = false;
        for (at, separator) in text.match_indices([',', '(', ')']).chain([(text.len(), "")]) {
            let name = text[start..at].trim_matches(' ');
            let here = |error: FieldSelectorError| error.at(text, start);
            if is_closed && !name.is_empty() {
                return Err(here(FieldSelectorError::new("expected `,` or `)` after `)`")));
            }
            if is_closed && separator == "(" {
                return Err(FieldSelectorError::new("expected the name of a field before `(`").at(text, at));
            }
            if !is_closed {
                if name.is_empty() {
                    return Err(here(FieldSelectorError::new("expected the name of a field")));
                }
                if !is_name(name) {
                    return Err(here(FieldSelectorError::name(name)));
                }
                if separator == "(" {
                    if open.len() + 1 == DEPTH {
                        return Err(here(FieldSelectorError::depth()));
                    }
                    open.push((std::mem::take(&mut fields), name));
                } else {
                    add(&mut fields, Field { name: name.to_owned(), children: Vec::new() });
                }
            }
            is_closed = separator == ")";
            if is_closed {
                let Some((outer, name)) = open.pop() else {
                    return Err(FieldSelectorError::new("`)` without `(`").at(text, at));
                };
                let children = std::mem::replace(&mut fields, outer);
                add(&mut fields, Field { name: name.to_owned(), children });
            }
            start = at + separator.len();
        }
        match open.last() {
            Some((_, name)) => Err(FieldSelectorError::new(format!("the `(` after `{name}` is not closed"))),
            None => Ok(Self { fields }),
        }
    }
}

/// An invalid field selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSelectorError {
    message: String,
    /// The position of the character, counted from 1.
    at: Option<usize>,
}

impl FieldSelectorError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), at: None }
    }

    fn name(name: &str) -> Self {
        let shown: String = name.chars().take(40).flat_map(char::escape_debug).collect();
        Self::new(format!(
            "invalid field name `{shown}`: expected a letter or `_`, then letters, digits, `_`, `-` and `.`"
        ))
    }

    fn empty() -> Self {
        Self::new("a selector and each pair of parentheses need at least one field")
    }

    fn depth() -> Self {
        Self::new(format!("the fields are nested deeper than {DEPTH} levels"))
    }

    fn at(mut self, text: &str, byte: usize) -> Self {
        self.at = Some(text[..byte].chars().count() + 1);
        self
    }
}

impl fmt::Display for FieldSelectorError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        match self.at {
            Some(at) => write!(formatter, " (at character {at}); the form is `field1(child1,child2),field2`"),
            None => formatter.write_str("; the form is `field1(child1,child2),field2`"),
        }
    }
}

impl std::error::Error for FieldSelectorError {}
