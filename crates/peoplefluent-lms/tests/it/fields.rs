//! Field selectors: what is valid, what is not and why, and that nothing gets lost.

use httpmock::MockServer;
use peoplefluent_lms::{Client, FieldSelector, FieldSelectorBuilder, FieldSelectorError};
use proptest::prelude::*;

fn canonical(text: &str) -> Result<String, FieldSelectorError> {
    text.parse::<FieldSelector>().map(|selector| selector.to_string())
}

#[test]
fn selectors_are_read_and_written() {
    for (text, expected) in [
        ("id", "id"),
        ("field1(child1,child2),field2", "field1(child1,child2),field2"),
        (" a , b ( c , d ) , e ", "a,b(c,d),e"),
        ("a(b(c(d))),e", "a(b(c(d))),e"),
        ("_x-1.y,größe", "_x-1.y,größe"),
    ] {
        assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn duplicate_fields_are_merged() {
    for (text, expected) in [
        ("a,b,a", "a,b"),
        ("a(b),c,a(d)", "a(b,d),c"),
        ("a(b),a", "a"),
        ("a,a(b)", "a"),
        ("a(b(c),d),a(b(e))", "a(b(c,e),d)"),
    ] {
        assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn errors_name_the_position() {
    for (text, problem) in [
        ("", "expected the name of a field (at character 1)"),
        ("a,,b", "expected the name of a field (at character 3)"),
        ("a,", "expected the name of a field (at character 3)"),
        ("a()", "expected the name of a field (at character 3)"),
        ("(a)", "expected the name of a field (at character 1)"),
        ("a(b", "the `(` after `a` is not closed"),
        ("ä(b))", "`)` without `(` (at character 5)"),
        ("a(b)c", "expected `,` or `)` after `)` (at character 5)"),
        ("a(b)(c)", "expected the name of a field before `(` (at character 5)"),
        ("a b", "invalid field name `a b`"),
        ("1a", "invalid field name `1a`"),
        ("a\n", "invalid field name `a\\n`"),
    ] {
        let error = canonical(text).expect_err(text).to_string();
        assert!(error.contains(problem), "{text}: {error}");
    }
}

#[test]
fn the_builder_rejects_invalid_selectors() {
    let builder = FieldSelector::builder;
    let keep = |builder: FieldSelectorBuilder| builder;
    assert!(builder().build().is_err());
    assert!(builder().nested("a", keep).build().is_err());
    assert!(FieldSelector::of([""; 0]).is_err());
    for name in ["", " a", "a,b", "a(b)", "a)", "1", "-a", "a\u{0}"] {
        assert!(builder().field("ok").field(name).field("ok").build().is_err(), "{name:?}");
        assert!(builder().nested(name, |children| children.field("ok")).build().is_err(), "{name:?}");
    }
}

#[test]
fn nesting_is_limited_in_the_builder_and_in_text() {
    fn deeper(builder: FieldSelectorBuilder, levels: usize) -> FieldSelectorBuilder {
        if levels == 1 { builder.field("a") } else { builder.nested("a", |children| deeper(children, levels - 1)) }
    }
    for (levels, is_valid) in [(1, true), (16, true), (17, false), (100_000, false)] {
        let text = "a(".repeat(levels - 1) + "a" + &")".repeat(levels - 1);
        assert_eq!(text.parse::<FieldSelector>().is_ok(), is_valid, "{levels}");
        let built = deeper(FieldSelector::builder(), levels.min(50)).build();
        assert_eq!(built.is_ok(), is_valid, "{levels}");
    }
}

#[tokio::test]
async fn a_selector_is_sent_in_the_query() {
    let server = MockServer::start_async().await;
    let mock = server.mock_async(|when, then| {
        when.method("GET").path("/ekp/api/users200510Xml").query_param("fields", "id,organization(code)");
        then.status(200).header("content-type", "application/xml").body("<users/>");
    });
    let mock = mock.await;
    let client = Client::builder().base_url(server.url("/ekp")).system_key("key").build().expect("valid settings");
    let fields: FieldSelector = "id,organization(code)".parse().expect("valid");
    client.api().users200510_xml().status("active").fields(&fields).send().await.expect("a response");
    mock.assert_async().await;
}

/// Names, with children or without.
#[derive(Clone, Debug)]
struct Tree(Vec<(String, Tree)>);

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = Just(Tree(Vec::new()));
    leaf.prop_recursive(4, 32, 4, |tree| prop::collection::vec(("[a-eé_][a-e0-9._-]{0,3}", tree), 1..5).prop_map(Tree))
}

fn build(builder: FieldSelectorBuilder, tree: &Tree) -> FieldSelectorBuilder {
    tree.0.iter().fold(builder, |builder, (name, children)| match children.0.as_slice() {
        [] => builder.field(name),
        _ => builder.nested(name, |nested| build(nested, children)),
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(tree in trees()) {
        match build(FieldSelector::builder(), &tree).build() {
            Ok(selector) => prop_assert_eq!(selector.to_string().parse(), Ok(selector)),
            Err(_) => prop_assert!(tree.0.is_empty()),
        }
    }

    #[test]
    fn arbitrary_text_that_is_read_is_written_back(text in ".{0,80}", structured in "[a(), é1]{0,40}") {
        for text in [text, structured] {
            if let Ok(selector) = text.parse::<FieldSelector>() {
                prop_assert_eq!(selector.to_string().parse(), Ok(selector));
            }
        }
    }
}
