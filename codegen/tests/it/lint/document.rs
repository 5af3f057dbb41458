//! The top of the document: version, servers, tags, security, order, references.

use super::{among_problems, case, one_problem_each};

#[test]
fn keys_come_from_closed_lists() {
    one_problem_each(&[
        case(
            "openapi: 3.0.3",
            "opnapi: 1\nopenapi: 3.0.3",
            "opnapi: 1",
            "`opnapi` is not a key of the document",
            "write `openapi`",
        ),
        case(
            "  title: Pets",
            "  title: Pets\n  contact: {}",
            "contact: {}",
            "`contact` is not a key of `info`",
            "delete it; there are `title`",
        ),
        case(
            "tags:\n  - name",
            "externalDocs: {}\ntags:\n  - name",
            "externalDocs",
            "`externalDocs` is not supported",
            "spec/README.md",
        ),
        case(
            "      x-preview: true",
            "      x-previw: true",
            "x-previw",
            "`x-previw` is not a key of an operation",
            "write `x-preview`",
        ),
        case(
            "      x-preview: true",
            "      callbacks: {}",
            "callbacks",
            "`callbacks` is not supported",
            "a client receives no calls",
        ),
        case(
            "      x-preview: true",
            "      x-rule: a",
            "x-rule",
            "`x-rule` is not supported",
            "say the rule in the description",
        ),
        case(
            "  /jobs:\n",
            "  /jobs:\n    head: {}\n",
            "head: {}",
            "`head` is not supported",
            "get, post, put, patch and delete",
        ),
        case(
            "          tokenUrl",
            "          x: y\n          tokenUrl",
            "x: y",
            "`x` is not a key of a flow",
            "`tokenUrl`",
        ),
        case(
            "        clientCredentials:",
            "        implicit:",
            "implicit:",
            "`implicit` is not supported",
            "authorizationCode",
        ),
    ]);
}

#[test]
fn needed_keys_are_missed() {
    one_problem_each(&[
        case("openapi: 3.0.3\n", "", "info:", "`openapi` is missing", "write `openapi: 3.0.3`"),
        case("  version: '1'\n", "", "info:", "`version` is missing", "in quotation marks"),
        case("  license:\n    name: MIT OR Apache-2.0\n", "", "info:", "`license` is missing", "MIT OR Apache-2.0"),
        case("    description: Production.\n", "", "- url:", "`description` is missing", "region"),
        case("    description: All about pets.\n", "", "- name: Pets", "`description` is missing", "in common"),
        case(
            "  /jobs:\n    x-provenance: inferred\n",
            "  /jobs:\n",
            "/jobs:",
            "`x-provenance` is missing",
            "`documented`, `inferred`, `vendor-metadata` or `vendor-pages`",
        ),
        case(
            "          tokenUrl: https://login.example.com/token\n",
            "",
            "clientCredentials:",
            "`tokenUrl` is missing",
            "hands out tokens",
        ),
    ]);
}

#[test]
fn values_have_their_types() {
    one_problem_each(&[
        case("version: '1'", "version: 1", "version: 1", "`version` is a number", "write text, in quotation marks"),
        case("title: Pets", "title:", "title:", "`title` is empty", "write text"),
        case("title: Pets", "title: ' '", "title: ' '", "`title` is empty", "write text"),
        case(
            "name: MIT OR Apache-2.0",
            "name: MIT",
            "name: MIT",
            "`name` cannot be `MIT`",
            "write one of `MIT OR Apache-2.0`",
        ),
        case(
            "x-provenance: inferred",
            "x-provenance: infered",
            "infered",
            "`x-provenance` cannot be `infered`",
            "write `inferred`",
        ),
        case(
            "x-preview: true",
            "x-preview: false",
            "x-preview",
            "`x-preview` is a boolean",
            "`true`, or leave the key out",
        ),
        case("deprecated: true", "deprecated: 'true'", "deprecated", "`deprecated` is text", "`true` or `false`"),
        case("firstPage: 1", "firstPage: -1", "firstPage", "`firstPage` is a number", "not negative"),
        case(
            "          minimum: 1",
            "          minimum: 0.5",
            "minimum: 0.5",
            "`minimum` is a number",
            "a whole number",
        ),
        case(
            "getPets >> description: Ids of pets.",
            "description: []",
            "description: []",
            "`description` is a list",
            "write text",
        ),
        case(
            "paths:\n  /jobs:\n    x-provenance: inferred\n    post:",
            "paths:\n  /about: 1\n  /jobs:\n    x-provenance: inferred\n    post:",
            "/about: 1",
            "`/about` is a number",
            "a mapping with the keys of a path item",
        ),
    ]);
}

#[test]
fn versions_and_servers_are_understood() {
    one_problem_each(&[
        case(
            "openapi: 3.0.3",
            "openapi: 3.1.0",
            "openapi: 3.1.0",
            "OpenAPI 3.1.0 is not supported",
            "write `openapi: 3.0.3`",
        ),
        case("openapi: 3.0.3", "openapi: '3.0.'", "openapi", "OpenAPI 3.0. is not supported", "write `openapi: 3.0.3`"),
        case(
            "https://api.example.com/context",
            "example",
            "url: example",
            "`example` is not a URL: relative URL without a base",
            "https://api.example.com",
        ),
        case(
            "https://api.example.com/context",
            "http://a.example.com",
            "url:",
            "`http://a.example.com` does not start with `https://` and a host",
            "https://",
        ),
        case(
            "https://api.example.com/context",
            "https://{region}.example.com",
            "url:",
            "`https://{region}.example.com` has a variable",
            "https://",
        ),
        case(
            "https://api.example.com/context",
            "https://a.example.com/{b}",
            "url:",
            "`https://a.example.com/{b}` has a variable",
            "https://",
        ),
        case(
            "https://api.example.com/context",
            "https://a.example.com?b=c",
            "url:",
            "`https://a.example.com?b=c` has more than host, port and path",
            "https://",
        ),
        case(
            "https://api.example.com/context",
            "https://a.example.com/b/",
            "url:",
            "`https://a.example.com/b/` ends with a slash, and paths start with one",
            "https://",
        ),
        case(
            "servers:\n",
            "servers:\n  - url: https://api.example.com/context\n    description: Again.\n",
            "- url:",
            "the server `https://api.example.com/context` is listed twice",
            "keep one",
        ),
        case(
            "servers:\n  - url: https://api.example.com/context\n    description: Production.\n",
            "servers: []\n",
            "openapi",
            "no server is listed",
            "list the base URLs",
        ),
    ]);
}

#[test]
fn tags_are_declared_once_and_used() {
    one_problem_each(&[
        case(
            "tags:\n",
            "tags:\n  - name: Cats\n    description: Only cats.\n",
            "- name: Cats",
            "no operation has the tag `Cats`",
            "delete it",
        ),
        case(
            "tags:\n",
            "tags:\n  - name: Pets\n    description: Again.\n",
            "- name: Pets",
            "the tag `Pets` is declared twice",
            "keep one",
        ),
    ]);
}

#[test]
fn security_names_schemes_that_exist() {
    one_problem_each(&[
        case(
            "name: x-api-key",
            "name: 'x-api-key:'",
            "name: 'x-api-key:'",
            "\"x-api-key:\" is not a header",
            "hyphens",
        ),
        case(
            "  - key: []",
            "  - key: []\n  - kye: []",
            "- kye: []",
            "there is no security scheme `kye`",
            "write `key`",
        ),
        case("  - key: []", "  - key: []\n  - key: []", "- key: []", "the same security alternative twice", "keep one"),
        case(
            "      - read",
            "      - write",
            "- write",
            "the scheme `token` has no scope `write`",
            "declare the scope",
        ),
        case("  - user: []\n", "", "user:", "the security scheme `user` is used by nothing", "delete it"),
        case("      scheme: basic\n", "", "user:", "`scheme` is missing", "which this type of scheme needs"),
        case(
            "      scheme: basic",
            "      scheme: digest",
            "scheme: digest",
            "`scheme` cannot be `digest`",
            "`basic`, `bearer`",
        ),
        case(
            "      scheme: basic",
            "      scheme: basic\n      in: header",
            "in: header",
            "`in` says nothing about this type of scheme",
            "delete it",
        ),
        case(
            "      in: header\n      name: x-api-key",
            "      in: cookie\n      name: x-api-key",
            "in: cookie",
            "`in` cannot be `cookie`",
            "`header`",
        ),
        case(
            "          authorizationUrl: https://login.example.com/authorize\n",
            "",
            "authorizationCode:",
            "`authorizationUrl` is missing",
            "agrees",
        ),
        case(
            "        clientCredentials:\n",
            "        clientCredentials:\n          authorizationUrl: https://login.example.com\n",
            "authorizationUrl",
            "`authorizationUrl` says nothing about this flow",
            "delete it",
        ),
    ]);
    among_problems(&[case(
        "security:\n  - key: []\n  - user: []\n  - token:\n      - read\n  - {}\n",
        "",
        "post:",
        "`startJob` states no security",
        "`security: []`",
    )]);
}

#[test]
fn things_stand_in_order() {
    one_problem_each(&[
        case(
            "info:\n  title: Pets\n  version: '1'\n  description: Everything that the house rules allow, in one small spec.\n  license:\n    name: MIT OR Apache-2.0\nservers:\n  - url: https://api.example.com/context\n    description: Production.\n",
            "servers:\n  - url: https://api.example.com/context\n    description: Production.\ninfo:\n  title: Pets\n  version: '1'\n  description: Text.\n  license:\n    name: MIT OR Apache-2.0\n",
            "info:",
            "`info` comes after `servers`",
            "the order is `openapi`, `info`",
        ),
        case("  /pets/after:", "  /animals:", "/animals:", "`/animals` comes after `/pets`", "alphabetical"),
    ]);
    one_problem_each(&[case(
        "    PetKind:\n",
        "    Zebra:\n      x-provenance: inferred\n      type: string\n      description: A zebra.\n      enum:\n        - a\n    PetKind:\n",
        "PetKind:",
        "`PetKind` comes after `Zebra`",
        "alphabetical",
    )]);
    among_problems(&[case(
        "    patch:\n",
        "    delete: {}\n    patch:\n",
        "patch:",
        "`patch` comes after `delete`",
        "`get`, `post`, `put`, `patch`, `delete`",
    )]);
}

#[test]
fn references_lead_to_components_of_their_section() {
    one_problem_each(&[
        case(
            "            $ref: '#/components/schemas/Failure'",
            "            $ref: '#/components/schemas/Failur'",
            "Failur'",
            "`#/components/schemas/Failur` leads to nothing",
            "write `#/components/schemas/Failure`",
        ),
        case(
            "          $ref: '#/components/schemas/PetKind'\n        mother",
            "          $ref: '#/components/schemas/Elephant'\n        mother",
            "Elephant",
            "`#/components/schemas/Elephant` leads to nothing",
            "add `Elephant` to `components/schemas`",
        ),
        case(
            "          $ref: '#/components/schemas/PetKind'\n        mother",
            "          $ref: '#/components/responses/Failure'\n        mother",
            "$ref",
            "`#/components/responses/Failure` leads to `responses` where `schemas` are expected",
            "`#/components/schemas/`",
        ),
        case(
            "          $ref: '#/components/schemas/PetKind'\n        mother",
            "          $ref: 'other.yaml#/Pet'\n        mother",
            "$ref",
            "`other.yaml#/Pet` leads out of the file",
            "`#/components/schemas/`",
        ),
        case(
            "          $ref: '#/components/schemas/PetKind'\n        mother",
            "          $ref: '#/paths'\n        mother",
            "$ref",
            "`#/paths` does not lead to a component",
            "`#/components/schemas/`",
        ),
        case(
            "          $ref: '#/components/schemas/PetKind'\n        mother",
            "          $ref: 1\n        mother",
            "$ref: 1",
            "a `$ref` that is not text",
            "`#/components/schemas/`",
        ),
        case(
            "          $ref: '#/components/schemas/PetKind'\n        mother",
            "          $ref: '#/components/schemas/PetKind'\n          description: Text.\n        mother",
            "description: Text.",
            "`description` beside a `$ref`, where it is ignored",
            "`allOf`",
        ),
        case(
            "          $ref: '#/components/responses/Failure'",
            "          $ref: '#/components/responses/Failure'\n          description: Text.",
            "description: Text.",
            "`description` beside a `$ref`, where it is ignored",
            "a `$ref` stands alone",
        ),
        case(
            "startJob >> requestBody:\n        required: true\n        content:\n          text/csv:\n            schema:\n              type: string",
            "requestBody:\n        $ref: '#/components/requestBodies/A'",
            "$ref",
            "a `$ref` in place of a request body",
            "write a request body out",
        ),
    ]);
}

#[test]
fn parameters_and_responses_are_used() {
    one_problem_each(&[
        case(
            "  parameters:\n    petId:",
            "  parameters:\n    unused:\n      name: unused\n      in: query\n      description: Text.\n      schema:\n        type: string\n    petId:",
            "unused:",
            "`unused` is used by nothing",
            "delete it",
        ),
        case(
            "  responses:\n    Failure:",
            "  responses:\n    Unused:\n      description: Text.\n    Failure:",
            "Unused:",
            "`Unused` is used by nothing",
            "delete it",
        ),
        case(
            "  responses:\n    Failure:",
            "  requestBodies: {}\n  responses:\n    Failure:",
            "requestBodies",
            "`requestBodies` is not supported",
            "into the operation",
        ),
    ]);
}
