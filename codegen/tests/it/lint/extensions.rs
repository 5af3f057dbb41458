//! The `x-` keywords that point at parameters, properties and media types.

use super::{among_problems, case, one_problem_each};

#[test]
fn paging_points_at_parameters_and_properties() {
    one_problem_each(&[
        case("style: page", "style: pages", "style: pages", "`style` cannot be `pages`", "write `page`"),
        case(
            "        pageParameter: pageNumber\n        sizeParameter",
            "        sizeParameter",
            "x-paging:",
            "`pageParameter` is missing",
            "the style `page` needs",
        ),
        case("        firstPage: 1\n", "", "x-paging:", "`firstPage` is missing", "the style `page` needs"),
        case("        cursor: cursor\n", "", "x-paging:", "`cursor` is missing", "the style `cursor` needs"),
        case(
            "        next: nextUri\n        items: entities\n",
            "        items: entities\n",
            "x-paging:",
            "`next` is missing",
            "the style `after` needs",
        ),
        case(
            "        cursor: cursor\n",
            "        cursor: cursor\n        next: nextUri\n",
            "next: nextUri",
            "`next` says nothing about the style `cursor`",
            "delete it",
        ),
        case(
            "pageParameter: pageNumber",
            "pageParameter: pageNo",
            "pageNo",
            "the operation has no query parameter `pageNo`",
            "name a query parameter",
        ),
        case(
            "sizeParameter: pageSize",
            "sizeParameter: pageSiez",
            "pageSiez",
            "the operation has no query parameter `pageSiez`",
            "write `pageSize`",
        ),
        case(
            "sizeParameter: pageSize",
            "sizeParameter: kind",
            "sizeParameter: kind",
            "the parameter `kind` is not a whole number",
            "correct its type",
        ),
        case(
            "items: entities",
            "items: entitys",
            "entitys",
            "the response has no property `entitys`",
            "write `entities`",
        ),
        case(
            "items: entities",
            "items: cursor",
            "items: cursor",
            "`cursor` is string, not array",
            "a property of type array",
        ),
        case(
            "items: entities",
            "items: ''",
            "items: ''",
            "the response is object, not array",
            "a property of type array",
        ),
        case(
            "total: paging.total",
            "total: paging.count",
            "paging.count",
            "the response has no property `count`",
            "there are `total`",
        ),
        case(
            "total: paging.total",
            "total: cursor.total",
            "cursor.total",
            "the response has no property `total`",
            "with dots",
        ),
        case(
            "        total: paging.total\n",
            "        totalIsApproximate: true\n",
            "totalIsApproximate",
            "`totalIsApproximate` without `total`",
            "write `total`",
        ),
        case(
            "total: paging.total\n",
            "total: paging.total\n        maxItems: 10000\n",
            "10000",
            "`maxItems` without `instead`",
            "write `instead`",
        ),
        case(
            "total: paging.total\n",
            "total: paging.total\n        instead: getPetsAfter\n",
            "getPetsAfter",
            "`instead` without `maxItems`",
            "write `maxItems`",
        ),
        case(
            "total: paging.total\n",
            "total: paging.total\n        maxItems: 10000\n        instead: getPetsAftr\n",
            "getPetsAftr",
            "unknown operation `getPetsAftr`",
            "write the id",
        ),
        case(
            "in: body\n        pageParameter: pageNumber",
            "in: body\n        pageParameter: page",
            "pageParameter: page",
            "the body has no property `page`",
            "there are `pageNumber`",
        ),
        case(
            "in: body\n        pageParameter: pageNumber",
            "in: body\n        pageParameter: text",
            "pageParameter: text",
            "`text` is string, not integer",
            "of type integer",
        ),
        case(
            "        - name: id\n          in: query\n          description: Ids of pets.",
            "        - name: id\n          in: query\n          description: Ids of pets.\n          x-paging: {}",
            "x-paging: {}",
            "`x-paging` is not a key of a parameter",
            "delete it",
        ),
        case(
            "getPetsAfter >> application/json:\n              schema:\n                $ref: '#/components/schemas/PetPage'",
            "text/plain:\n              schema:\n                type: string",
            "x-paging:",
            "paging of a response that is not JSON",
            "only JSON is paged",
        ),
    ]);
    among_problems(&[case(
        "in: body\n        pageParameter",
        "in: query\n        pageParameter",
        "in: query",
        "`in` cannot be `query`",
        "`body`",
    )]);
}

#[test]
fn an_example_names_parameters_and_belongs_to_a_body() {
    let example = |text: &'static str| case("description: Adds a picture of the pet.", text, "", "", "");
    let with = |put, line, message, help| super::Case { line, message, help, ..example(put) };
    one_problem_each(&[
        with(
            "description: Adds a picture.\n      x-example:\n        parameters:\n          petid: p-1",
            "petid: p-1",
            "the operation has no parameter `petid`",
            "write `petId`",
        ),
        with(
            "description: Adds a picture.\n      x-example:\n        body: text",
            "body: text",
            "the body of an operation without one",
            "write `parameters`",
        ),
        with(
            "description: Adds a picture.\n      x-example:\n        query: text",
            "query: text",
            "`query` is not a key of `x-example`",
            "`parameters`",
        ),
        case(
            "x-scope:\n",
            "x-examples:\n  petid: p-1\nx-scope:\n",
            "petid: p-1",
            "no operation has a parameter `petid`",
            "write `petId`",
        ),
    ]);
}

#[test]
fn a_batch_points_at_a_list_of_the_body() {
    one_problem_each(&[
        case(
            "        items: ''\n        max: 50",
            "        items: pets\n        max: 50",
            "items: pets",
            "the body has no property `pets`",
            "properties of objects",
        ),
        case(
            "        max: 50",
            "        max: 40",
            "x-batch:",
            "`max` says 40, and `maxItems` of the items 50",
            "the same limit",
        ),
        case(
            "        items: ''\n        max: 50",
            "        items: ''",
            "x-batch:",
            "`max` says no limit, and `maxItems` of the items 50",
            "the same limit",
        ),
        case(
            "              maxItems: 50\n",
            "",
            "x-batch:",
            "`max` says 50, and `maxItems` of the items no limit",
            "the same limit",
        ),
        case(
            "      deprecated: true",
            "      x-batch:\n        items: ''",
            "x-batch:",
            "a batch without a JSON body",
            "give the operation a JSON body",
        ),
        case(
            "      x-safe: true",
            "      x-batch:\n        items: text",
            "items: text",
            "`text` is string, not array",
            "a property of type array",
        ),
        case(
            "      x-safe: true",
            "      x-batch:\n        max: 1",
            "x-batch:",
            "`items` is missing",
            "the property of the body",
        ),
    ]);
}

#[test]
fn idempotence_depends_on_texts_of_items_or_columns_of_rows() {
    one_problem_each(&[
        case("        given: [id]", "        given: [idd]", "[idd]", "an item has no property `idd`", "write `id`"),
        case(
            "        given: [id]",
            "        given: [born]",
            "[born]",
            "`born` is not text",
            "a property of type string",
        ),
        case(
            "        given: [id]",
            "        given: [kind]",
            "[kind]",
            "`kind` is not text",
            "a property of type string",
        ),
        case("        given: [id]", "        given: []", "x-idempotent:", "no condition", "`x-idempotent: true`"),
        case(
            "        given: [id]",
            "        given: [id]\n        when:\n          kind: [cat]",
            "kind: [cat]",
            "a condition on codes without `x-csv`",
            "only columns have codes",
        ),
        case(
            "        given: [id]",
            "        given: [id]\n        always: true",
            "always: true",
            "`always` is not a key of `x-idempotent`",
            "`given`, `when`",
        ),
        case(
            "      x-idempotent:\n        given: [id]",
            "      x-idempotent: false",
            "x-idempotent: false",
            "`x-idempotent` is a boolean",
            "write `true`, or",
        ),
        case(
            "      x-batch:\n        items: ''\n        max: 50\n",
            "",
            "x-idempotent:",
            "a condition on items of an operation without a batch",
            "`x-idempotent: true`",
        ),
        case("given: [Pet ID]", "given: [PetID]", "[PetID]", "there is no column `PetID`", "write `Pet ID`"),
        case(
            "given: [Pet ID]\n        when:\n          ACTION: [D]",
            "given: [Pet ID]\n        when:\n          ACTION: [DD]",
            "[DD]",
            "`ACTION` has no code `DD`",
            "write `D`",
        ),
    ]);
}

#[test]
fn representations_map_every_value_to_a_media_type_of_the_response() {
    one_problem_each(&[
        case(
            "        parameter: format\n",
            "        parameter: formt\n",
            "parameter: formt",
            "the operation has no parameter `formt`",
            "write `format`",
        ),
        case(
            "          json: application/json\n          xml",
            "          jsn: application/json\n          json: application/json\n          xml",
            "jsn:",
            "`format` has no value `jsn`",
            "write `json`",
        ),
        case(
            "        - json\n        - xml",
            "        - json\n        - xml\n        - csv",
            "media:",
            "the value `csv` of `format` has no media type",
            "write `csv:`",
        ),
        case(
            "            application/xml:\n              schema:\n                type: string",
            "            application/xml:\n              schema:\n                type: string\n            text/csv:\n              schema:\n                type: string",
            "'200':",
            "no value of the parameter chooses `text/csv`",
            "map a value",
        ),
        case(
            "            $ref: '#/components/schemas/Format'",
            "            type: string",
            "parameter: format",
            "the parameter `format` has no known values",
            "an enumeration",
        ),
    ]);
    among_problems(&[case(
        "          xml: application/xml\n",
        "          xml: application/xlm\n",
        "application/xlm",
        "`xml` chooses `application/xlm`, which the response does not have",
        "write `application/xml`",
    )]);
}

#[test]
fn a_precision_is_one_that_the_generator_knows() {
    one_problem_each(&[case(
        "x-scope:\n  - owner",
        "x-precision: second\n\nx-scope:\n  - owner",
        "x-precision: second",
        "`x-precision` cannot be `second`",
        "write one of `minute`",
    )]);
}

#[test]
fn a_scope_names_optional_text_parameters() {
    one_problem_each(&[
        case(
            "x-scope:\n  - owner",
            "x-scope:\n  - owner\n  - owner",
            "- owner",
            "`owner` is written twice",
            "delete one",
        ),
        case(
            "x-scope:\n  - owner",
            "x-scope:\n  - ownr",
            "- ownr",
            "no operation has a query parameter or form field `ownr`",
            "write `owner`",
        ),
        case(
            "x-scope:\n  - owner",
            "x-scope:\n  - X-Trace",
            "- X-Trace",
            "no operation has a query parameter or form field `X-Trace`",
            "name a query parameter or a form field",
        ),
        case(
            "pets of this owner.\n          schema:\n            type: string",
            "pets of this owner.\n          schema:\n            type: boolean",
            "- name: owner",
            "`owner` is not text",
            "delete it from `x-scope`",
        ),
        case(
            "        - picture\n",
            "        - picture\n        - owner\n",
            "owner:",
            "`owner` is required, but a client may set it for all calls",
            "let it be optional",
        ),
        case("x-scope:\n  - owner", "x-scope: owner", "x-scope: owner", "`x-scope` is text", "write a list"),
    ]);
}
