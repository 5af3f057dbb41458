//! The operations that a client has, which settings by operation id or security scheme are checked against.

use std::collections::BTreeSet;

use crate::{Error, Operation, suggest};

/// The operations of a client; none if nobody told them, and then nothing is checked.
#[derive(Clone, Copy, Default)]
pub(super) struct Known(&'static [&'static Operation]);

impl Known {
    pub fn new(operations: &'static [&'static Operation]) -> Self {
        Self(operations)
    }

    /// The operation of this id; `None` if no operations are known. `setting` names what holds the id.
    pub fn operation(self, setting: &str, id: &str) -> Result<Option<&'static Operation>, Error> {
        let found = self.0.iter().copied().find(|operation| operation.id == id);
        if found.is_some() || self.0.is_empty() {
            return Ok(found);
        }
        let cause = format!("{setting}: there is no operation `{}`", suggest::printable(id));
        let ids = self.0.iter().map(|operation| operation.id);
        Err(Error::configuration(cause).with_advice(match suggest::nearest(id, ids) {
            Some(near) => format!("perhaps `{near}` is meant"),
            None => "operations have the ids of the spec, such as those in `generated::operations`".to_owned(),
        }))
    }

    /// Refuses a credential that no operation takes.
    pub fn check_scheme(self, scheme: &str) -> Result<(), Error> {
        let taken = || self.0.iter().flat_map(|operation| operation.security).copied().flatten().copied();
        if self.0.is_empty() || taken().any(|known| known == scheme) {
            return Ok(());
        }
        let cause = format!("credential `{}`: there is no such security scheme", suggest::printable(scheme));
        let schemes = taken().collect::<BTreeSet<_>>();
        let guess =
            suggest::nearest(scheme, schemes.iter().copied()).map(|near| format!("perhaps `{near}` is meant; "));
        let schemes = schemes.into_iter().collect::<Vec<_>>().join(", ");
        let advice = format!("{}the service has {schemes}", guess.unwrap_or_default());
        Err(Error::configuration(cause).with_advice(advice))
    }
}
