//! Finds the operation of a path and a method in the catalog of an API.
//!
//! A tree with one level per segment. The path is matched before the method: a literal segment wins over a parameter where
//! both match a path of the API, so `DELETE /users/me` is a wrong method and not the deletion of a user `me`.

use std::collections::HashMap;

use rosterkit_core::catalog::{Catalog, OperationEntry};

/// The paths of one API.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<&'static str, Node>,
    parameter: Option<Box<Node>>,
    operations: Vec<&'static OperationEntry>,
}

/// The match of a path and a method.
#[derive(Debug)]
pub(crate) enum Match {
    /// An operation, with the values of its path parameters by name.
    Found(&'static OperationEntry, Vec<(&'static str, String)>),
    /// A path that allows only these methods.
    WrongMethod(Vec<&'static str>),
    /// No path of the API.
    Unknown,
}

impl Routes {
    /// The paths of a catalog, and `others`: further paths of operations by their ids, without parameters.
    pub(crate) fn new(catalog: &Catalog, others: &[(&str, &'static str)]) -> Self {
        let mut routes = Self::default();
        for entry in catalog.operations {
            routes.add(entry, entry.operation.path);
            let others = others.iter().filter(|(id, _)| *id == entry.operation.id);
            others.for_each(|(_, path)| routes.add(entry, path));
        }
        routes
    }

    fn add(&mut self, entry: &'static OperationEntry, path: &'static str) {
        let mut node = &mut self.root;
        for segment in template(path) {
            node = match parameter(segment) {
                Some(_) => node.parameter.get_or_insert_default(),
                None => node.literals.entry(segment).or_default(),
            };
        }
        node.operations.push(entry);
    }

    pub(crate) fn find(&self, method: &str, segments: &[String]) -> Match {
        let Some(node) = self.root.find(segments) else { return Match::Unknown };
        match node.operations.iter().find(|entry| entry.operation.method == method) {
            Some(entry) => Match::Found(entry, values(entry, segments)),
            None => {
                let mut allowed: Vec<_> = node.operations.iter().map(|entry| entry.operation.method).collect();
                allowed.sort_unstable();
                Match::WrongMethod(allowed)
            }
        }
    }
}

impl Node {
    fn find(&self, segments: &[String]) -> Option<&Self> {
        let Some((segment, rest)) = segments.split_first() else {
            return (!self.operations.is_empty()).then_some(self);
        };
        let literal = self.literals.get(segment.as_str()).and_then(|node| node.find(rest));
        // An empty segment does not match a parameter: `/users/` is not a user with an empty id.
        literal.or_else(|| self.parameter.as_ref().filter(|_| !segment.is_empty())?.find(rest))
    }
}

fn template(path: &'static str) -> impl Iterator<Item = &'static str> + use<> {
    path.trim_start_matches('/').split('/')
}

fn parameter(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn values(entry: &OperationEntry, segments: &[String]) -> Vec<(&'static str, String)> {
    let pairs = template(entry.operation.path).zip(segments);
    pairs.filter_map(|(name, value)| Some((parameter(name)?, value.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::query::segments;

    fn find(method: &str, path: &str) -> String {
        let routes = Routes::new(&genesys_users::generated::catalog::CATALOG, &[]);
        match routes.find(method, &segments(path).unwrap_or_default()) {
            Match::Found(entry, values) => {
                let values: Vec<_> = values.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("{} {}", entry.operation.id, values.join(" ")).trim_end().to_owned()
            }
            Match::WrongMethod(allowed) => format!("405 {}", allowed.join(",")),
            Match::Unknown => "404".to_owned(),
        }
    }

    #[test]
    fn literal_segments_win() {
        for (method, path, expected) in [
            ("GET", "/api/v2/users", "getUsers"),
            ("GET", "/api/v2/users/me", "getUsersMe"),
            ("GET", "/api/v2/users/42", "getUser userId=42"),
            ("PATCH", "/api/v2/users/bulk", "patchUsersBulk"),
            ("GET", "/api/v2/users/42/roles", "getUserRoles subjectId=42"),
            ("GET", "/api/v2/users/me/roles", "getUserRoles subjectId=me"),
            ("GET", "/api/v2/users/42/queues", "getUserQueues userId=42"),
            ("PATCH", "/api/v2/users/4/queues/9", "patchUserQueue userId=4 queueId=9"),
            ("GET", "/api/v2/users/a%2Fb", "getUser userId=a/b"),
            ("DELETE", "/api/v2/users/me", "405 GET"),
            ("PUT", "/api/v2/users", "405 GET,POST"),
            ("GET", "/api/v2/users/", "404"),
            ("GET", "/api/v2/users//roles", "404"),
            ("GET", "//api/v2/users", "404"),
            ("GET", "/api/v2", "404"),
            ("GET", "/", "404"),
            ("GET", "/api/v2/users/42/nothing", "404"),
        ] {
            assert_eq!(find(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn every_operation_is_found_by_its_own_template() {
        for catalog in [
            &genesys_users::generated::catalog::CATALOG,
            &peoplefluent_lms::generated::catalog::CATALOG,
            &session_clusters::generated::catalog::CATALOG,
        ] {
            let routes = Routes::new(catalog, &[]);
            for entry in catalog.operations {
                let path = segments(entry.operation.path).unwrap_or_default();
                match routes.find(entry.operation.method, &path) {
                    Match::Found(found, _) => assert_eq!(found.operation.id, entry.operation.id),
                    other => panic!("{}: {other:?}", entry.operation.id),
                }
            }
        }
    }
}
