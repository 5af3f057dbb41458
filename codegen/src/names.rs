//! Rust names of what a spec names, spelled exactly as progenitor and typify spell them.

use heck::{ToPascalCase, ToShoutySnakeCase, ToSnakeCase};

/// The snake-case identifier of a parameter, property or operation.
pub fn snake(name: &str) -> String {
    identifier(name.replace('\'', "").replace(not_word, "-").to_snake_case(), "_")
}

/// The PascalCase identifier of a schema, an operation or an enumeration value.
pub fn pascal(name: &str) -> String {
    identifier(name.replace('\'', "").replace(not_word, "-").to_pascal_case(), "X")
}

/// The SHOUTY_SNAKE_CASE identifier of an operation.
pub fn constant(name: &str) -> String {
    identifier(name.replace(not_word, "-").to_shouty_snake_case(), "_")
}

fn not_word(c: char) -> bool {
    !(c.is_alphanumeric() || c == '_')
}

fn identifier(out: String, prefix: &str) -> String {
    let out = match out.chars().next() {
        Some(c) if c.is_alphabetic() || c == '_' => out,
        _ => format!("{prefix}{out}"),
    };
    if syn::parse_str::<syn::Ident>(&out).is_ok() && out != "gen" { out } else { format!("{out}_") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_identifiers() {
        for (name, expected) in [
            ("pageSize", "page_size"),
            ("learning-id", "learning_id"),
            ("type", "type_"),
            ("$schema", "schema"),
            ("OAuthClient", "o_auth_client"),
            ("1st", "_1st"),
            ("gen", "gen_"),
        ] {
            assert_eq!(snake(name), expected);
        }
        for (name, expected) in [
            ("active", "Active"),
            ("*ROOT*", "Root"),
            ("authorization.unusedRoles", "AuthorizationUnusedRoles"),
            ("1", "X1"),
            ("self", "Self_"),
        ] {
            assert_eq!(pascal(name), expected);
        }
        assert_eq!(constant("getUsersMe"), "GET_USERS_ME");
    }
}
