//! Parameters: where they travel, what they hold, and their names.

use super::{among_problems, case, one_problem_each};

#[test]
fn parameters_are_plain_values_in_path_query_or_header() {
    one_problem_each(&[
        case(
            "name: X-Trace",
            "name: X Trace",
            "- name: X Trace",
            "`X Trace` is not a header",
            "letters, digits and hyphens",
        ),
        case(
            "        - name: kind",
            "        - name: $",
            "- name: $",
            "the parameter `$` has no letter",
            "on the wire",
        ),
        case(
            "        - name: X-Trace\n          in: header",
            "        - name: X-Trace\n          in: cookie",
            "in: cookie",
            "`in` cannot be `cookie`",
            "`path`, `query`, `header`",
        ),
        case(
            "name: X-Trace",
            "name: Authorization",
            "- name: Authorization",
            "the header `Authorization` as a parameter",
            "the client sets this header",
        ),
        case(
            "X-Trace >> schema:\n            type: string",
            "content: {}\n          schema:\n            type: string",
            "content: {}",
            "`content` is not supported",
            "under `schema`",
        ),
        case(
            "X-Trace >> schema:\n            type: string",
            "schema:\n            type: array\n            items:\n              type: string",
            "schema:",
            "the header parameter `X-Trace` is a list",
            "a list of these in the query",
        ),
        case(
            "X-Trace >> schema:\n            type: string",
            "schema:\n            type: string\n            nullable: true",
            "schema:",
            "the parameter `X-Trace` is nullable",
            "leave the parameter out",
        ),
        case(
            "X-Trace >> schema:\n            type: string",
            "schema:\n            type: string\n            format: binary",
            "schema:",
            "the parameter `X-Trace` is a file",
            "multipart form",
        ),
        case(
            "X-Trace >> schema:\n            type: string",
            "schema: {}",
            "schema: {}",
            "the parameter `X-Trace` has no type",
            "write text",
        ),
        case(
            "X-Trace >> schema:\n            type: string",
            "schema:\n            $ref: '#/components/schemas/Pet'",
            "schema:",
            "the parameter `X-Trace` is an object",
            "write text",
        ),
        case(
            "X-Trace >>           schema:\n            type: string\n",
            "",
            "- name: X-Trace",
            "`schema` is missing",
            "under `schema`",
        ),
        case(
            "X-Trace >>           description: Id of the caller's trace.\n",
            "",
            "- name: X-Trace",
            "`description` is missing",
            "its absence",
        ),
        case(
            "Ids of pets >> items:\n              type: string",
            "items:\n              type: object\n              additionalProperties: true",
            "items:",
            "the parameter `id` is a list of objects",
            "write text",
        ),
        case(
            "      description: Id of the pet.\n      schema:\n        type: string",
            "      description: Id of the pet.\n      schema:\n        type: string\n        default: a",
            "schema:",
            "the path parameter `petId` has a default",
            "a path needs every parameter",
        ),
    ]);
}

#[test]
fn lists_say_how_they_travel() {
    one_problem_each(&[
        case(
            "          explode: true\n",
            "",
            "- name: id",
            "a list in the query does not say how it travels",
            "`style: form` and `explode: true`",
        ),
        case(
            "          explode: true\n",
            "          explode: false\n",
            "- name: id",
            "a list in the query does not say how it travels",
            "`explode: true`",
        ),
        case(
            "          style: form\n",
            "          style: simple\n",
            "style: simple",
            "style `simple` of a query parameter is not supported",
            "write `style: form`",
        ),
        case(
            "          style: form\n",
            "          style: deepObject\n",
            "style: deepObject",
            "style `deepObject` of a query parameter is not supported",
            "write `style: form`",
        ),
        case(
            "X-Trace >> in: header",
            "in: header\n          style: form",
            "style: form",
            "style `form` of a header parameter is not supported",
            "write `style: simple`",
        ),
        case(
            "X-Trace >> in: header",
            "in: header\n          explode: true",
            "explode: true",
            "`explode` says something about lists in the query only",
            "delete it",
        ),
    ]);
}

#[test]
fn names_do_not_meet_in_a_builder() {
    one_problem_each(&[
        case(
            "        - name: kind",
            "        - name: id",
            "- name: id",
            "`getPets` has two parameters `id`",
            "keep one",
        ),
        case(
            "        - name: kind",
            "        - name: body",
            "- name: body",
            "the parameter `body` is `body` in Rust, which every builder has",
            "codegen/src/names.rs",
        ),
        case(
            "        - name: kind",
            "        - name: sendLater",
            "sendLater",
            "the parameter `sendLater` is `send_later` in Rust, which every builder has",
            "codegen/src/names.rs",
        ),
        case(
            "        labels:",
            "        PetId: {description: Id of the pet., type: string}\n        labels:",
            "PetId:",
            "the parameters `petId` and `PetId` of `addPicture` are both `pet_id` in Rust",
            "keep one",
        ),
        case(
            "        labels:",
            "        client:",
            "client:",
            "the parameter `client` is `client` in Rust, which every builder has",
            "codegen/src/names.rs",
        ),
    ]);
    among_problems(&[case(
        "        - name: kind",
        "        - name: page_number",
        "name: pageNumber",
        "the parameters `page_number` and `pageNumber` of `getPets` are both `page_number` in Rust",
        "keep one",
    )]);
}

#[test]
fn components_have_plain_names() {
    among_problems(&[
        case(
            "  parameters:\n    petId:",
            "  parameters:\n    pet.id:",
            "pet.id:",
            "`pet.id` is not a valid name for a component",
            "letters",
        ),
        case(
            "  responses:\n    Failure:",
            "  responses:\n    Fail.ure:",
            "Fail.ure:",
            "`Fail.ure` is not a valid name for a component",
            "letters",
        ),
    ]);
}
