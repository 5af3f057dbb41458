//! The size of the largest types, which is what a page of people costs in memory.

use genesys_users::types::{User, UserEntityListing, UserMe};

#[test]
fn large_members_are_boxed() {
    for (name, size, limit) in [
        ("User", size_of::<User>(), 1024),
        ("UserMe", size_of::<UserMe>(), 1536),
        ("UserEntityListing", size_of::<UserEntityListing>(), 256),
    ] {
        assert!(size <= limit, "{name} takes {size} bytes, more than {limit}");
    }
}
