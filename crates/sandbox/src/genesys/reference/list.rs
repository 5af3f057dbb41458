//! A fixed list of things with ids and names.

use serde_json::{Value, json};

use crate::ids::IdSpace;

/// Things of one kind, by their place in the list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    ids: IdSpace,
    path: &'static str,
    names: &'static [&'static str],
}

impl List {
    pub(super) fn new(ids: IdSpace, path: &'static str, names: &'static [&'static str]) -> Self {
        Self { ids, path, names }
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn name(&self, place: usize) -> Option<&'static str> {
        self.names.get(place).copied()
    }

    pub(crate) fn id(&self, place: usize) -> Option<String> {
        (place < self.names.len()).then(|| self.ids.uuid(place as u32))
    }

    /// The address of a thing.
    pub(crate) fn uri(&self, place: usize) -> Option<String> {
        Some(format!("{}/{}", self.path, self.id(place)?))
    }

    /// The place of the thing with this id.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        let place = self.ids.index_of_uuid(id)? as usize;
        (place < self.names.len()).then_some(place)
    }

    /// The place of the thing with this name, whatever its case.
    pub(crate) fn find_name(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known.eq_ignore_ascii_case(name))
    }

    /// Id, name and address.
    pub(crate) fn entity(&self, place: usize) -> Option<Value> {
        Some(json!({ "id": self.id(place)?, "name": self.name(place)?, "selfUri": self.uri(place)? }))
    }
}
