//! Request bodies and responses.

use super::{among_problems, case, one_problem_each};

#[test]
fn a_request_body_has_one_known_media_type() {
    one_problem_each(&[
        case(
            "          text/csv:\n            schema:\n              type: string",
            "          text/csv:\n            schema:\n              type: string\n          text/plain:\n            schema:\n              type: string",
            "content:",
            "a request body of 2 media types",
            "exactly one media type",
        ),
        case(
            "        content:\n          text/csv:\n            schema:\n              type: string",
            "        content: {}",
            "content: {}",
            "a request body of 0 media types",
            "exactly one media type",
        ),
        case(
            "          text/csv:",
            "          text/html:",
            "text/html:",
            "request bodies of `text/html` are not supported",
            "write one of `application/json`",
        ),
        case(
            "          text/csv:",
            "          text/cvs:",
            "text/cvs:",
            "request bodies of `text/cvs` are not supported",
            "write `text/csv`",
        ),
        case(
            "          text/csv:\n            schema:\n              type: string",
            "          text/csv: {}",
            "text/csv: {}",
            "`schema` is missing",
            "under `schema`",
        ),
        case(
            "          text/csv:\n",
            "          text/csv:\n            encoding: {}\n",
            "encoding: {}",
            "`encoding` is not supported",
            "parts are text",
        ),
        case(
            "            schema:\n              type: string",
            "            schema:\n              type: integer\n              format: int64",
            "schema:",
            "a body of `text/csv` that is more than text or bytes",
            "`type: string`",
        ),
        case(
            "          text/csv:\n",
            "          application/json:\n",
            "schema:",
            "a JSON body without a name",
            "`$ref` it",
        ),
        case(
            "              maxItems: 50\n              items:\n                $ref: '#/components/schemas/Pet'",
            "              maxItems: 50\n              items: {}",
            "items: {}",
            "elements of a JSON body without a name",
            "`$ref` it",
        ),
        case(
            "getResults >>       parameters:",
            "      requestBody:\n        content:\n          text/csv:\n            schema:\n              type: string\n      parameters:",
            "requestBody:",
            "a GET with a body",
            "make the operation a POST",
        ),
    ]);
}

#[test]
fn a_form_is_a_component_of_plain_values() {
    one_problem_each(&[
        case(
            "              $ref: '#/components/schemas/RenamePetForm'",
            "              type: object\n              additionalProperties: true",
            "schema:",
            "a form without a name",
            "an object component `RenamePetForm`",
        ),
        case(
            "        name:\n          type: string\n        format:",
            "        name:\n          type: string\n          format: binary\n        format:",
            "name:",
            "the form field `name` is a file",
            "`multipart/form-data`",
        ),
        case(
            "        name:\n          type: string\n        format:",
            "        name:\n          type: string\n          nullable: true\n        format:",
            "name:",
            "the form field `name` is nullable",
            "sends no null",
        ),
        case(
            "        name:\n          type: string\n        format:",
            "        name:\n          $ref: '#/components/schemas/Pet'\n        format:",
            "name:",
            "the form field `name` is not a plain value",
            "write text",
        ),
        case(
            "      description: The picture.\n",
            "      description: The picture.\n      additionalProperties: true\n",
            "additionalProperties",
            "further fields of the form `AddPictureForm`",
            "every field",
        ),
    ]);
    among_problems(&[
        case(
            "              $ref: '#/components/schemas/RenamePetForm'",
            "              $ref: '#/components/schemas/AddPictureForm'",
            "schema:",
            "the form is called `AddPictureForm`",
            "`RenamePetForm`",
        ),
        case(
            "              $ref: '#/components/schemas/RenamePetForm'",
            "              $ref: '#/components/schemas/PetKind'",
            "schema:",
            "the form `PetKind` is not an object with properties",
            "`properties`",
        ),
    ]);
}

#[test]
fn an_operation_has_one_success_and_one_error() {
    one_problem_each(&[
        case(
            "        '201':",
            "        '200':\n          description: Text.\n        '201':",
            "responses:",
            "`addPicture` has 2 success responses",
            "exactly one",
        ),
        case(
            "        '201':\n          description: The picture was added.\n",
            "",
            "responses:",
            "`addPicture` has 0 success responses",
            "exactly one",
        ),
        case(
            "        '201':",
            "        '302':\n          description: Text.\n        '201':",
            "'302':",
            "the status `302` is not supported",
            "'200', '201', '202' or '204'",
        ),
        case(
            "        '201':",
            "        4XX:\n          description: Text.\n        '201':",
            "4XX:",
            "the status `4XX` is not supported",
            "'default'",
        ),
        case(
            "        '204':\n          description: They were changed.",
            "        '204':\n          description: They were changed.\n          content:\n            application/json:\n              schema:\n                $ref: '#/components/schemas/Pet'",
            "content:",
            "a response of status 204 with content",
            "delete the content",
        ),
        case(
            "        '400':\n          $ref: '#/components/responses/Failure'",
            "        '400':\n          description: Wrong.",
            "'400':",
            "the error response `400` is written out in place",
            "`components/responses`",
        ),
        case(
            "          description: The picture was added.\n",
            "          content: {}\n          description: The picture was added.\n",
            "content: {}",
            "content without a media type",
            "delete `content`",
        ),
        case(
            "          description: The picture was added.\n",
            "          headers: {}\n          description: The picture was added.\n",
            "headers: {}",
            "`headers` is not supported",
            "hands out its headers",
        ),
        case(
            "          description: The picture was added.\n",
            "          x-provenance: inferred\n",
            "'201':",
            "`description` is missing",
            "what the response is",
        ),
        case(
            "  responses:\n    Failure:",
            "  responses:\n    Other:\n      description: Text.\n    Failure:",
            "Other:",
            "`Other` is used by nothing",
            "delete it",
        ),
    ]);
    among_problems(&[
        case(
            "The picture was added. >>         default:\n          $ref: '#/components/responses/Failure'\n",
            "",
            "responses:",
            "`addPicture` has no `default` response",
            "as the other operations do",
        ),
        case(
            "            $ref: '#/components/schemas/Failure'",
            "            type: array\n            items: {}",
            "schema:",
            "an error without a name",
            "`$ref` it",
        ),
        case(
            "        '400':\n          $ref: '#/components/responses/Failure'\n",
            "        '400':\n          $ref: '#/components/responses/Other'\n",
            "Other",
            "`#/components/responses/Other` leads to nothing",
            "`Other`",
        ),
    ]);
}

#[test]
fn a_response_is_json_text_or_bytes() {
    one_problem_each(&[
        case(
            "            '*/*':\n",
            "            image/PNG:\n",
            "image/PNG:",
            "`image/PNG` is not a media type",
            "small letters",
        ),
        case(
            "            '*/*':\n",
            "            'text/csv; charset=utf-8':\n",
            "text/csv; charset",
            "`text/csv; charset=utf-8` is not a media type",
            "without parameters",
        ),
        case(
            "            '*/*':\n",
            "            image:\n",
            "image:",
            "`image` is not a media type",
            "such as `text/csv`",
        ),
        case(
            "                type: string\n                format: binary",
            "                type: string",
            "schema:",
            "a response of any media type as text",
            "`format: binary`",
        ),
        case(
            "            application/xml:\n              schema:\n                type: string",
            "            application/xml:\n              schema:\n                $ref: '#/components/schemas/Pet'",
            "schema:",
            "a response of `application/xml` that is more than text or bytes",
            "a component whose `xml.name` is the root element",
        ),
        case(
            "      x-representations:\n        parameter: format\n        media:\n          json: application/json\n          xml: application/xml\n",
            "",
            "content:",
            "2 media types, and nothing that chooses one",
            "`x-representations`",
        ),
    ]);
}

#[test]
fn errors_have_one_type() {
    let text = super::edit(
        "  responses:\n    Failure:",
        "  responses:\n    Bytes:\n      description: Text.\n      content:\n        '*/*':\n          schema:\n            type: string\n            format: binary\n    Failure:",
    );
    let text = text.replace(
        "'400':\n          $ref: '#/components/responses/Failure'",
        "'400':\n          $ref: '#/components/responses/Bytes'",
    );
    let found = super::problems(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].message, "`patchPets` has 2 types of errors");
}
