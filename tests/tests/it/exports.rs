//! The names that all clients share.

use std::any::TypeId;

/// The name of each type, with its identity in each client.
macro_rules! types {
    ($($name:ident $([$($argument:tt)*])?),* $(,)?) => {
        [$((stringify!($name), [
            TypeId::of::<genesys_users::$name $(<$($argument)*>)?>(),
            TypeId::of::<peoplefluent_lms::$name $(<$($argument)*>)?>(),
            TypeId::of::<session_clusters::$name $(<$($argument)*>)?>(),
        ])),*]
    };
}

/// Items without a type identity only have to be there.
macro_rules! items {
    ($($client:ident),*) => {
        $(const _: () = {
            #[allow(unused_imports)]
            use $client::{CredentialSource, ServiceError, StreamExt, TryStreamExt, batch, bytes, chrono, job, paging, reqwest};
            #[allow(unused_imports)]
            use $client::prelude::{Client, Error, ErrorKind, Response, RetryPolicy};
        };)*
    };
}

items!(genesys_users, peoplefluent_lms, session_clusters);

#[test]
fn the_three_clients_re_export_the_same_names() {
    let types = types!(
        Backoff,
        Body,
        BoxFuture['static, ()],
        CallOptions,
        Connection,
        Credential,
        Date,
        Decimal,
        Error,
        ErrorKind,
        FieldChange,
        FilePart,
        HeaderMap,
        HeaderName,
        HeaderValue,
        Patch[()],
        RateLimit,
        ReadableItems[()],
        Refusal,
        Response[()],
        RetryEvent['static],
        RetryPolicy,
        SecretString,
        SecretText,
        StatusCode,
        Timestamp,
        TimestampError,
        Transport,
        TransportBuilder,
        UnreadableItem,
    );
    for (name, [first, second, third]) in types {
        assert!(first == second && second == third, "{name}");
    }
    let source = include_str!("../../../crates/core/src/client_exports.rs");
    let list = source.split("pub use crate::{").nth(1).and_then(|rest| rest.split("};").next()).expect("a list");
    let exported = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    let traits = ["CredentialSource", "ServiceError"];
    let exported: Vec<_> = exported.filter(|name| !traits.contains(name)).collect();
    assert_eq!(types.map(|(name, _)| name).as_slice(), exported, "the list of this test is complete");
}
