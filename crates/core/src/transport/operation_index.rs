//! The operations of a client, for checking settings by operation id or security scheme.

use std::collections::BTreeSet;

use crate::{Error, Operation, suggest};

/// The operations of a client. If it is empty, nothing is checked.
#[derive(Clone, Copy, Default)]
pub(super) struct OperationIndex(&'static [&'static Operation]);

impl OperationIndex {
    pub fn new(operations: &'static [&'static Operation]) -> Self {
        Self(operations)
    }

    /// The operation of this id; `None` if no operations are known. `setting` names what holds the id.
    pub fn operation(self, setting: &str, id: &str) -> Result<Option<&'static Operation>, Error> {
        let found = self.0.iter().copied().find(|operation| operation.id == id);
        if found.is_some() || self.0.is_empty() {
            return Ok(found);
        }
        let cause = format!("{setting}: unknown operation `{}`", suggest::printable(id));
        let ids = self.0.iter().map(|operation| operation.id);
        let advice = suggest::did_you_mean(id, ids)
            .unwrap_or_else(|| "use an operation id of the spec, as listed in `generated::operations`".to_owned());
        Err(Error::configuration(cause).with_advice(advice))
    }

    /// Refuses a credential that no operation takes.
    pub fn check_scheme(self, scheme: &str) -> Result<(), Error> {
        let taken = || self.0.iter().flat_map(|operation| operation.security).copied().flatten().copied();
        if self.0.is_empty() || taken().any(|known| known == scheme) {
            return Ok(());
        }
        let cause = format!("credential `{}`: unknown security scheme", suggest::printable(scheme));
        let schemes = taken().collect::<BTreeSet<_>>();
        let guess = suggest::did_you_mean(scheme, schemes.iter().copied()).map(|guess| format!("{guess} ("));
        let end = if guess.is_some() { ")" } else { "" };
        let schemes = schemes.into_iter().collect::<Vec<_>>().join(", ");
        Err(Error::configuration(cause)
            .with_advice(format!("{}the service has {schemes}{end}", guess.unwrap_or_default())))
    }
}
