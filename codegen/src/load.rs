//! Reads a spec: YAML into a JSON value that remembers where each node stood.
//!
//! Only the part of YAML that every reader understands alike is accepted: one document, a mapping at the top, keys that
//! are strings, no tabs, no anchors, no tags. Whatever is refused is reported with its place; nothing panics and no
//! nesting is too deep, since the parser is driven event by event.

mod problem;
mod scalar;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};
use yaml_rust2::parser::{Event, Parser};
use yaml_rust2::scanner::{Marker, TScalarStyle};

pub use problem::{Problem, child, segments};

/// Deepest nesting of mappings and sequences. OpenAPI needs about twelve levels.
const DEPTH: usize = 64;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

impl Position {
    /// Where every file starts.
    pub const START: Position = Position { line: 1, column: 1 };

    fn of(mark: Marker) -> Position {
        Position { line: mark.line().max(1), column: mark.col() + 1 }
    }
}

/// A spec that was read.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its file, as it was named by the caller.
    pub file: String,
    /// What it says.
    pub root: Value,
    places: BTreeMap<String, Place>,
}

/// Where a node stands, and the key before it if it is in a mapping.
#[derive(Debug, Clone, Copy)]
struct Place {
    key: Option<Position>,
    value: Position,
    scalar: bool,
}

impl Document {
    /// Where to look for the node at a JSON pointer: a scalar itself, but the key of a mapping or a sequence, since
    /// these start on the line after it. For a node that does not exist: its nearest ancestor.
    pub fn position(&self, pointer: &str) -> Position {
        self.nearest(pointer, |place| if place.scalar { place.value } else { place.key.unwrap_or(place.value) })
    }

    /// Where the key before the node at a JSON pointer stands; the node itself if it has no key. For a node that does
    /// not exist: its nearest ancestor.
    pub fn key_position(&self, pointer: &str) -> Position {
        self.nearest(pointer, |place| place.key.unwrap_or(place.value))
    }

    fn nearest(&self, pointer: &str, position: impl Fn(&Place) -> Position) -> Position {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.places.get(pointer) {
                return position(place);
            }
            match pointer.rfind('/') {
                Some(end) => pointer = &pointer[..end],
                None => return Position::START,
            }
        }
    }
}

/// Reads a spec from a file.
///
/// # Errors
/// Everything that is wrong with the YAML, in order; a file that cannot be read is one problem.
pub fn load(path: &Path) -> Result<Document, Vec<Problem>> {
    let name = path.display().to_string();
    let problem =
        |position, message, help: &str| Err(vec![problem_at(&name, position, String::new(), message, help.to_owned())]);
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            return problem(
                Position::START,
                format!("the file cannot be read: {error}"),
                "name a spec that exists and is readable",
            );
        }
    };
    match std::str::from_utf8(&bytes) {
        Ok(text) => parse(&name, text),
        Err(error) => {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
            problem(Position { line, column }, "the file is not UTF-8".into(), "save it as UTF-8")
        }
    }
}

/// Reads a spec from a text; `name` is what problems call the file.
///
/// # Errors
/// Everything that is wrong with the YAML, in order.
pub fn parse(name: &str, text: &str) -> Result<Document, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader =
        Reader { file: name, problems: Vec::new(), places: BTreeMap::new(), stack: Vec::new(), root: None };
    reader.check_characters(text);
    // The scanner takes a NUL for the end of the text.
    if !text.contains('\0') {
        reader.read(text);
    }
    match (reader.root, reader.problems.is_empty()) {
        (Some(root), true) => Ok(Document { file: name.to_owned(), root, places: reader.places }),
        (None, true) => {
            let help = "write an OpenAPI document, starting with `openapi: 3.0.3`".to_owned();
            Err(vec![problem_at(name, Position::START, String::new(), "the file is empty".into(), help)])
        }
        _ => Err(Problem::sorted(reader.problems)),
    }
}

fn problem_at(file: &str, position: Position, pointer: String, message: String, help: String) -> Problem {
    Problem { file: file.to_owned(), line: position.line, column: position.column, pointer, message, help }
}

/// A mapping or sequence that is still open.
enum Frame {
    Mapping {
        pointer: String,
        place: Place,
        map: Map<String, Value>,
        lines: BTreeMap<String, usize>,
        key: Option<(String, Position)>,
    },
    Sequence {
        pointer: String,
        place: Place,
        list: Vec<Value>,
    },
}

struct Reader<'a> {
    file: &'a str,
    problems: Vec<Problem>,
    places: BTreeMap<String, Place>,
    stack: Vec<Frame>,
    root: Option<Value>,
}

impl Reader<'_> {
    fn report(&mut self, position: Position, pointer: String, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(problem_at(self.file, position, pointer, message.into(), help.into()));
    }

    fn check_characters(&mut self, text: &str) {
        for (index, line) in text.lines().enumerate() {
            let found = line.chars().enumerate().find(|(_, c)| c.is_control() || *c == '\u{feff}');
            let Some((column, character)) = found else { continue };
            let position = Position { line: index + 1, column: column + 1 };
            if character == '\t' {
                self.report(position, String::new(), "a tab", "write spaces");
            } else {
                let message = format!("the invisible character U+{:04X}", u32::from(character));
                self.report(position, String::new(), message, "delete it");
            }
        }
    }

    fn read(&mut self, text: &str) {
        let mut parser = Parser::new_from_str(text);
        let mut documents = 0;
        loop {
            let (event, mark) = match parser.next_token() {
                Ok(found) => found,
                Err(error) if error.info().contains("recursion limit") => {
                    return self.refuse_depth(Position::of(*error.marker()));
                }
                Err(error) => {
                    let help = "correct the YAML; quotation marks and indentation are the usual suspects";
                    let message = format!("this is not YAML: {}", error.info());
                    return self.report(Position::of(*error.marker()), self.here(), message, help);
                }
            };
            let position = Position::of(mark);
            match event {
                Event::StreamEnd => return,
                Event::DocumentStart => {
                    documents += 1;
                    if documents > 1 {
                        let message = "a second YAML document starts";
                        return self.report(
                            position,
                            String::new(),
                            message,
                            "keep one document per file and delete `---`",
                        );
                    }
                }
                Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
                Event::Alias(_) => {
                    let help = "write the value again, or make it a component and `$ref` it";
                    self.report(position, self.here(), "a YAML alias", help);
                    if !self.add(Value::Null, position, true) {
                        return;
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.refuse_anchor_and_tag(position, anchor, tag.is_some());
                    if !self.scalar(text, style, position) {
                        return;
                    }
                }
                Event::MappingStart(anchor, tag) => {
                    self.refuse_anchor_and_tag(position, anchor, tag.is_some());
                    if !self.open(position, true) {
                        return;
                    }
                }
                Event::SequenceStart(anchor, tag) => {
                    self.refuse_anchor_and_tag(position, anchor, tag.is_some());
                    if !self.open(position, false) {
                        return;
                    }
                }
                Event::MappingEnd | Event::SequenceEnd => self.close(),
            }
        }
    }

    fn refuse_anchor_and_tag(&mut self, position: Position, anchor: usize, tagged: bool) {
        if anchor > 0 {
            let help = "delete the anchor, and use a component and `$ref` to share something";
            self.report(position, self.here(), "a YAML anchor", help);
        }
        if tagged {
            self.report(position, self.here(), "a YAML tag", "delete the tag; quotation marks make text of a value");
        }
    }

    /// The pointer of the innermost open node.
    fn here(&self) -> String {
        match self.stack.last() {
            Some(Frame::Mapping { pointer, key: Some((key, _)), .. }) => child(pointer, key),
            Some(Frame::Mapping { pointer, .. } | Frame::Sequence { pointer, .. }) => pointer.clone(),
            None => String::new(),
        }
    }

    /// Takes a scalar as a key or as a value; false if reading on makes no sense.
    fn scalar(&mut self, text: String, style: TScalarStyle, position: Position) -> bool {
        let value = match style {
            TScalarStyle::Plain => scalar::plain(&text),
            _ => Ok(Value::from(text.as_str())),
        };
        if let Some(Frame::Mapping { pointer, place, key: key @ None, .. }) = self.stack.last_mut() {
            let pointer = pointer.clone();
            *key = Some((text.clone(), position));
            // The parser notices a block mapping only at the colon after its first key.
            place.value = place.value.min(position);
            let (message, help) = match value {
                Ok(Value::String(_)) if text == "<<" && style == TScalarStyle::Plain => {
                    ("a YAML merge key".to_owned(), "write the keys out".to_owned())
                }
                Ok(Value::String(_)) => return true,
                Ok(_) => (format!("the key `{text}` is not text"), format!("write '{text}' with quotation marks")),
                Err((message, help)) => (message, help),
            };
            self.report(position, pointer, message, help);
            return true;
        }
        match value {
            Ok(value) => self.add(value, position, true),
            Err((message, help)) => {
                self.report(position, self.here(), message, help);
                self.add(Value::from(text), position, true)
            }
        }
    }

    fn open(&mut self, position: Position, mapping: bool) -> bool {
        if self.stack.len() >= DEPTH {
            self.refuse_depth(position);
            return false;
        }
        if let Some(Frame::Mapping { pointer, key: None, .. }) = self.stack.last() {
            let pointer = pointer.clone();
            self.report(position, pointer, "a mapping key that is a mapping or a sequence", "write text as the key");
            return false;
        }
        if self.stack.is_empty() && !mapping {
            self.refuse_top_level(position);
            return false;
        }
        let (pointer, key) = self.next_child();
        let place = Place { key, value: position, scalar: false };
        self.stack.push(if mapping {
            Frame::Mapping { pointer, place, map: Map::new(), lines: BTreeMap::new(), key: None }
        } else {
            Frame::Sequence { pointer, place, list: Vec::new() }
        });
        true
    }

    fn refuse_depth(&mut self, position: Position) {
        let message = format!("nested more than {DEPTH} levels deep");
        self.report(position, String::new(), message, "make components of the inner parts");
    }

    fn refuse_top_level(&mut self, position: Position) {
        let message = "the top level is not a mapping";
        self.report(position, String::new(), message, "write an OpenAPI document, starting with `openapi: 3.0.3`");
    }

    /// Pointer and key position of the value that comes next.
    fn next_child(&self) -> (String, Option<Position>) {
        match self.stack.last() {
            Some(Frame::Mapping { pointer, key: Some((key, position)), .. }) => (child(pointer, key), Some(*position)),
            Some(Frame::Mapping { pointer, .. }) => (pointer.clone(), None),
            Some(Frame::Sequence { pointer, list, .. }) => (format!("{pointer}/{}", list.len()), None),
            None => (String::new(), None),
        }
    }

    fn close(&mut self) {
        let (value, place) = match self.stack.pop() {
            Some(Frame::Mapping { map, place, .. }) => (Value::Object(map), place),
            Some(Frame::Sequence { list, place, .. }) => (Value::Array(list), place),
            None => return,
        };
        self.add(value, place.value, false);
    }

    /// Adds a finished value to the innermost open node; false if reading on makes no sense.
    fn add(&mut self, value: Value, position: Position, scalar: bool) -> bool {
        let (pointer, key_position) = self.next_child();
        let empty = value.is_null();
        match self.stack.last_mut() {
            None if !value.is_object() => {
                if !empty {
                    self.refuse_top_level(position);
                }
                return false;
            }
            None => self.root = Some(value),
            Some(Frame::Sequence { list, .. }) => list.push(value),
            Some(Frame::Mapping { pointer: parent, map, lines, key, .. }) => {
                let Some((key, position)) = key.take() else { return true };
                if let Some(first) = lines.get(&key) {
                    let (message, parent) =
                        (format!("`{key}` is written twice, first on line {first}"), parent.clone());
                    self.report(position, parent, message, "keep one of them");
                    return true;
                }
                lines.insert(key.clone(), position.line);
                map.insert(key, value);
            }
        }
        // A value that was left out stands wherever the next token does, so point at its key.
        let value = if empty { key_position.unwrap_or(position) } else { position };
        self.places.insert(pointer, Place { key: key_position, value, scalar });
        true
    }
}

#[cfg(test)]
mod tests;
