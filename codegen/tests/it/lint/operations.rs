//! Paths, ids, tags, marks and texts of operations.

use super::{among_problems, case, one_problem_each};

#[test]
fn operations_have_ids_of_their_own() {
    one_problem_each(&[
        case("      operationId: startJob\n", "", "post:", "`operationId` is missing", "as the source documents do"),
        case(
            "operationId: startJob",
            "operationId: StartJob",
            "StartJob",
            "`StartJob` is not an operation id",
            "lower camel case",
        ),
        case(
            "operationId: startJob",
            "operationId: start-job",
            "start-job",
            "`start-job` is not an operation id",
            "lower camel case",
        ),
        case(
            "operationId: startJob",
            "operationId: clone",
            "clone",
            "`clone` is the name of another function of a client",
            "a name of its own",
        ),
        case(
            "operationId: getResults",
            "operationId: startJob",
            "startJob",
            "two operations are called `startJob`",
            "another id",
        ),
        case(
            "operationId: getResults",
            "operationId: startJOB",
            "startJOB",
            "`startJob` and `startJOB` are both `start_job` in Rust",
            "another id",
        ),
    ]);
}

#[test]
fn operations_have_one_declared_tag() {
    one_problem_each(&[
        case("startJob >> tags:\n        - Pets", "tags: []", "tags: []", "`startJob` has 0 tags", "exactly one tag"),
        case("startJob >> - Pets", "- Pets\n        - Pets", "tags:", "`startJob` has 2 tags", "exactly one tag"),
        case("startJob >> - Pets", "- Pet", "- Pet", "the tag `Pet` is not declared", "write `Pets`"),
        case(
            "startJob >> - Pets",
            "- Elephants",
            "- Elephants",
            "the tag `Elephants` is not declared",
            "declare `Elephants` under `tags`",
        ),
    ]);
}

#[test]
fn texts_are_plain_prose() {
    one_problem_each(&[
        case(
            "summary: Start a job",
            "summary: Start a job.",
            "summary:",
            "a summary ends with a period",
            "delete the period",
        ),
        case(
            "summary: Start a job",
            "summary: |-\n        Start\n        a job",
            "Start",
            "a summary of more than one line",
            "into `description`",
        ),
        case(
            "summary: Start a job",
            "summary: Start one job after the other until none is left, and then go on until the very last of the last jobs",
            "summary:",
            "a summary of more than 100 characters",
            "shorten it",
        ),
        case("      summary: Start a job\n", "", "post:", "`summary` is missing", "one short line"),
        case(
            "description: Answers one page of pets.",
            "description: ''",
            "description: ''",
            "the text is empty",
            "say what it means",
        ),
        case(
            "description: Answers one page of pets.",
            "description: A <b>page</b>",
            "description:",
            "an angle bracket outside of backticks",
            "write no HTML",
        ),
        case(
            "description: Answers one page of pets.",
            "description: See [this]",
            "description:",
            "a square bracket outside of backticks",
            "rustdoc",
        ),
        case(
            "description: Answers one page of pets.",
            "description: See https://example.com",
            "description:",
            "a bare URL outside of backticks",
            "backticks",
        ),
        case(
            "description: Answers one page of pets.",
            "description: A `page",
            "description:",
            "a backtick without its partner",
            "two backticks",
        ),
        case(
            "description: Ids of pets.",
            "description: Ids <of> pets",
            "description:",
            "an angle bracket outside of backticks",
            "backticks",
        ),
        case(
            "description: Day of birth.",
            "description: Day [of] birth",
            "description:",
            "a square bracket outside of backticks",
            "backticks",
        ),
    ]);
}

#[test]
fn marks_stand_where_they_mean_something() {
    one_problem_each(&[
        case("      deprecated: true", "      x-safe: true", "x-safe", "`x-safe` on a GET", "a POST that only reads"),
        case(
            "        permissions:\n          - pets:edit",
            "        permissions: []",
            "permissions: []",
            "an empty list",
            "leave the keyword out",
        ),
        case(
            "          - pets:edit",
            "          - pets:edit\n          - pets:edit",
            "- pets:edit",
            "the same entry twice",
            "keep one",
        ),
        case(
            "      deprecated: true",
            "      x-idempotent: true",
            "x-idempotent",
            "`x-idempotent` on a GET",
            "the method says so",
        ),
        case(
            "      x-safe: true",
            "      x-safe: true\n      x-idempotent: true",
            "x-idempotent",
            "`x-idempotent` beside `x-safe`",
            "what only reads may be repeated",
        ),
        case("        mode: any\n", "", "x-permissions:", "`mode` is missing", "`mode: any` or `mode: all`"),
        case("        mode: any", "        mode: some", "mode: some", "`mode` cannot be `some`", "`any`, `all`"),
        case(
            "      x-oauth-scopes:\n        - pets\n        - pets:readonly",
            "      x-oauth-scopes: []",
            "x-oauth-scopes: []",
            "an empty list",
            "leave the keyword out",
        ),
        case("        - pets:readonly", "        - pets", "- pets", "the same entry twice", "keep one of them"),
        case("          source: the first edition\n", "", "- fact", "`source` is missing", "name the older document"),
        case(
            "date: '2024-11'",
            "date: '2024-13'",
            "2024-13",
            "`2024-13` is not a date",
            "a year, a month or a day, such as '2024'",
        ),
        case("date: '2024-11'", "date: Nov 2024", "Nov 2024", "`Nov 2024` is not a date", "'2024-11'"),
        case("date: '2024-11'", "date: '2024-11-05-1'", "2024-11-05-1", "`2024-11-05-1` is not a date", "'2024-11-05'"),
        case("date: '2024-11'", "date: 2024", "date: 2024", "`date` is a number", "in quotation marks"),
    ]);
}

#[test]
fn paths_are_templates_with_declared_parameters() {
    one_problem_each(&[
        case(
            "  /pets/after:",
            "  /pets/after/:",
            "/pets/after/:",
            "the path `/pets/after/` ends with a slash",
            "such as",
        ),
        case(
            "  /pets/after:",
            "  /pets//after:",
            "/pets//after:",
            "the path `/pets//after` has a segment that is empty or dots",
            "such as",
        ),
        case(
            "  /pets/after:",
            "  /pets/after?x:",
            "/pets/after?x:",
            "the path `/pets/after?x` has the character `?`, which no path template has",
            "such as",
        ),
        case(
            "  /pets/after:",
            "  /pets/after{:",
            "/pets/after{:",
            "the path `/pets/after{` has braces that enclose no parameter",
            "such as",
        ),
        case(
            "  /pets/after:",
            "  /pets/after/{id}:",
            "get:",
            "the path parameter `id` of `getPetsAfter` is not declared",
            "`in: path` and `required: true`",
        ),
        case(
            "      name: petId\n      in: path\n      required: true\n",
            "      name: petId\n      in: path\n",
            "petId:",
            "the path parameter `petId` is not required",
            "`required: true`",
        ),
    ]);
    among_problems(&[
        case(
            "  /jobs:\n",
            "  jobs:\n",
            "jobs:",
            "the path `jobs` does not start with a slash",
            "such as `/users/{userId}`",
        ),
        case("name: petId", "name: petID", "- $ref:", "the path `/pets/{petId}` has no `{petID}`", "write `petId`"),
        case(
            "  /pets/{petId}/picture:",
            "  /pets/{petId}/{petId}:",
            "{petId}/{petId}",
            "the path `/pets/{petId}/{petId}` has the parameter `petId` twice",
            "such as",
        ),
        case(
            "  /pets/{petId}/picture:\n    x-provenance: documented\n    post:",
            "  /pets/{id}:\n    x-provenance: documented\n    get:",
            "get:",
            "`/pets/{petId}` and `/pets/{id}` are the same path, and both have `get`",
            "keep one",
        ),
    ]);
}
