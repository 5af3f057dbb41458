//! Schemas, enumerations, defaults and names of types.

use super::{among_problems, case, one_problem_each};

#[test]
fn a_component_is_an_object_or_an_enumeration() {
    one_problem_each(&[
        case(
            "    Paging:\n      x-provenance: inferred\n",
            "    Paging:\n",
            "Paging:",
            "`x-provenance` is missing",
            "`documented`",
        ),
        case(
            "      description: Where a page stands.\n",
            "",
            "Paging:",
            "`description` is missing",
            "what the type means",
        ),
        case(
            "    PetKind:\n",
            "    PetAge:\n      x-provenance: inferred\n      type: integer\n      format: int64\n      description: Text.\n    PetKind:\n",
            "PetAge:",
            "the component `PetAge` is neither an object with properties nor an enumeration",
            "where it is used",
        ),
        case(
            "    PetKind:\n",
            "    PetAge:\n      $ref: '#/components/schemas/PetKind'\n    PetKind:\n",
            "PetAge:",
            "the component `PetAge` is neither an object with properties nor an enumeration",
            "where it is used",
        ),
        case(
            "    PetKind:\n",
            "    PetAge:\n      x-provenance: inferred\n      type: object\n      description: Text.\n      additionalProperties: true\n    PetKind:\n",
            "PetAge:",
            "the component `PetAge` is neither an object with properties nor an enumeration",
            "where it is used",
        ),
    ]);
}

#[test]
fn names_of_types_are_distinct() {
    const AGE: &str = ":\n      x-provenance: inferred\n      type: object\n      description: Text.\n      properties:\n        a: {type: string}\n    PetKind:\n";
    for (name, message) in [
        ("Pet-Age", "`Pet-Age` is not a name for a type"),
        ("petAge", "`petAge` is not a name for a type"),
        ("Vec", "`Vec` is the name of a type of Rust's own"),
        ("PETKind", "the schemas `PETKind` and `PetKind` are both `PetKind` in Rust"),
        ("Petkind", "the schemas `Petkind` and `PetKind` are the same but for capitals, and one is an enumeration"),
    ] {
        let found = super::problems(&super::edit("    PetKind:\n", &format!("    {name}{AGE}")));
        assert!(found.iter().any(|problem| problem.message == message), "{message}: {found:?}");
    }
}

#[test]
fn enumerations_are_components_with_distinct_texts() {
    one_problem_each(&[
        case(
            "        kind:\n          $ref: '#/components/schemas/PetKind'",
            "        kind:\n          type: string\n          enum:\n            - dog",
            "kind:",
            "an enumeration in place",
            "make it a component",
        ),
        case("        - dog\n", "        - dog\n        - dog\n", "- dog", "the value `dog` twice", "keep one"),
        case(
            "        - dog\n",
            "        - dog\n        - DOG\n",
            "- DOG",
            "the values `dog` and `DOG` are both `Dog` in Rust",
            "keep the documented one",
        ),
        case(
            "        - cat\n",
            "        - cat\n        - 1\n",
            "- 1",
            "`1` in the enumeration `PetKind` is not text",
            "write '1'",
        ),
        case(
            "        - cat\n",
            "        - cat\n        - null\n",
            "- null",
            "`null` in the enumeration `PetKind` is not text",
            "`nullable: true`",
        ),
        case(
            "        - cat\n",
            "        - cat\n        - '*'\n",
            "- '*'",
            "the value `*` of the enumeration `PetKind` has no letter to name a variant with",
            "unknown values",
        ),
        case(
            "        - cat\n",
            "        - cat\n        - unrecognized\n",
            "- unrecognized",
            "the value `unrecognized` takes the name of the variant for unknown values",
            "unknown values",
        ),
        case(
            "A kind of pet. >> enum:",
            "maxLength: 3\n      enum:",
            "maxLength",
            "`maxLength` says nothing about an enumeration",
            "delete it",
        ),
    ]);
    among_problems(&[
        case(
            "        - dog\n        - cat",
            "        []",
            "enum:",
            "the enumeration `PetKind` has no values",
            "list the known values",
        ),
        case(
            "      type: string\n      description: A kind of pet.",
            "      type: boolean\n      description: A kind of pet.",
            "PetKind:",
            "an enumeration that is not text",
            "`type: string`",
        ),
    ]);
}

#[test]
fn all_of_holds_one_reference() {
    const MOTHER: &str = "          allOf:\n            - $ref: '#/components/schemas/Pet'";
    one_problem_each(&[
        case(
            MOTHER,
            "          allOf:\n            - $ref: '#/components/schemas/Pet'\n            - $ref: '#/components/schemas/Paging'",
            "allOf:",
            "`allOf` of 2 schemas",
            "exactly one `$ref`",
        ),
        case(MOTHER, "          allOf: []", "allOf:", "`allOf` of 0 schemas", "exactly one `$ref`"),
        case(
            MOTHER,
            "          allOf:\n            - type: string",
            "- type: string",
            "a schema under `allOf`",
            "exactly one `$ref`",
        ),
        case(
            MOTHER,
            "          type: object\n          allOf:\n            - $ref: '#/components/schemas/Pet'",
            "type: object",
            "`type` beside `allOf`",
            "the component that the `$ref` leads to",
        ),
        case(MOTHER, "          oneOf: []", "oneOf:", "`oneOf` is not supported", "describe the alternatives"),
        case(MOTHER, "          anyOf: []", "anyOf:", "`anyOf` is not supported", "describe the alternatives"),
        case(MOTHER, "          not: {}", "not:", "`not` is not supported", "in the description"),
        case(MOTHER, "          discriminator: {}", "discriminator:", "`discriminator` is not supported", "one object"),
        case(
            MOTHER,
            "          writeOnly: true",
            "writeOnly:",
            "`writeOnly` is not supported",
            "one component for the request",
        ),
        case(MOTHER, "          title: Mother", "title:", "`title` is not supported", "name the component"),
        case(
            "          maxLength: 100",
            "          pattern: a",
            "pattern:",
            "`pattern` is not supported",
            "limits that are checked",
        ),
        case(
            "          nullable: true",
            "          nullable: 1",
            "nullable: 1",
            "`nullable` is a number",
            "`true` or `false`",
        ),
    ]);
}

#[test]
fn types_and_formats_fit_together() {
    const WEIGHT: &str = "          type: number\n          format: double";
    one_problem_each(&[
        case(WEIGHT, "          type: float", "type: float", "`type` cannot be `float`", "write one of `string`"),
        case(WEIGHT, "          type: number", "weight:", "type number without a format", "`format: double`"),
        case(WEIGHT, "          type: integer", "weight:", "type integer without a format", "`format: int64`"),
        case(
            WEIGHT,
            "          type: integer\n          format: double",
            "format: double",
            "type integer has no format `double`",
            "`int64`",
        ),
        case(
            WEIGHT,
            "          type: integer\n          format: int32",
            "format: int32",
            "type integer has no format `int32`",
            "`int64`",
        ),
        case(
            WEIGHT,
            "          type: string\n          format: int64",
            "format: int64",
            "type string has no format `int64`",
            "`date-time`",
        ),
        case(
            WEIGHT,
            "          type: boolean\n          format: double",
            "format: double",
            "`format` says nothing about type boolean",
            "delete it",
        ),
        case(
            WEIGHT,
            "          type: string\n          minimum: 1",
            "minimum: 1",
            "`minimum` says nothing about type string",
            "delete it",
        ),
        case(WEIGHT, "          type: array", "weight:", "an array without `items`", "`items: {}`"),
        case(
            WEIGHT,
            "          items:\n            type: string",
            "weight:",
            "`items` without a type",
            "`type: array`",
        ),
        case(WEIGHT, "          maxLength: 3", "weight:", "`maxLength` without a type", "`type: string`"),
        case(WEIGHT, "          default: 3", "default: 3", "`default` without a type", "type of the default"),
        case(
            "        notes:\n          description: JSON of any shape.",
            "        notes: {}",
            "notes: {}",
            "free-form JSON without a description",
            "what is known",
        ),
        case(
            "            minimum: 1\n            maximum: 100",
            "            minimum: 101\n            maximum: 100",
            "minimum: 101",
            "`minimum` 101 is more than `maximum` 100",
            "correct one",
        ),
        case(
            "            maxItems: 10",
            "            minItems: 11\n            maxItems: 10",
            "minItems: 11",
            "`minItems` 11 is more than `maxItems` 10",
            "correct one",
        ),
        case(
            "          description: Day of birth.\n",
            "",
            "born:",
            "the property `born` has no description",
            "what the date is of",
        ),
        case(
            "          description: Weight in kilograms.\n",
            "",
            "weight:",
            "the property `weight` has no description",
            "in which unit",
        ),
        case(
            "          description: Id of the pet.\n        kind",
            "        kind",
            "id:",
            "the property `id` has no description",
            "the id of",
        ),
    ]);
}

#[test]
fn objects_say_what_they_hold() {
    one_problem_each(&[
        case(
            "          additionalProperties:\n            type: string",
            "          properties:\n            a:\n              type: string",
            "names:",
            "an object with properties in place",
            "make it a component",
        ),
        case(
            "          type: object\n          additionalProperties:\n            type: string",
            "          type: object",
            "names:",
            "an object that says nothing about its properties",
            "`additionalProperties: true`",
        ),
        case(
            "      additionalProperties: true",
            "      additionalProperties: false",
            "additionalProperties",
            "`additionalProperties: false`",
            "may add properties",
        ),
        case(
            "      required:\n        - id\n",
            "      required:\n        - id\n        - kinds\n",
            "- kinds",
            "`kinds` is required but not a property",
            "write `kind`",
        ),
        case(
            "      required:\n        - id\n",
            "      required:\n        - id\n        - id\n",
            "- id",
            "`id` is required twice",
            "keep one",
        ),
        case(
            "    Pet:\n >>           description: Id of the pet.\n",
            "          description: Id of the pet.\n          readOnly: true\n",
            "- id",
            "`id` is required and read-only",
            "no request needs it",
        ),
        case(
            "    Pet:\n      x-provenance: documented\n",
            "    Pet:\n      x-provenance: documented\n      readOnly: true\n",
            "readOnly: true",
            "`readOnly` beside something else than a property",
            "on the property",
        ),
        case(
            "        tame:\n",
            "        extra:\n",
            "extra:",
            "the property `extra` takes the name of the field for further properties",
            "delete `additionalProperties`",
        ),
        case(
            "        tame:\n",
            "        Kind:\n",
            "kind:",
            "the properties `Kind` and `kind` are both `kind` in Rust",
            "keep one",
        ),
        case("        tame:\n", "        $:\n", "$:", "the property `$` has no letter", "`additionalProperties`"),
    ]);
}

#[test]
fn a_type_does_not_hold_itself_without_end() {
    one_problem_each(&[case(
        "      required:\n        - id\n      properties:\n        id:\n          type: string\n          description: Id of the pet.\n        kind:\n          $ref: '#/components/schemas/PetKind'",
        "      required:\n        - kind\n      properties:\n        id:\n          type: string\n          description: Id of the pet.\n        kind:\n          $ref: '#/components/schemas/Pet'",
        "kind:",
        "every `Pet` holds another `Pet`, without end",
        "make it nullable",
    )]);
    let text = super::edit(
        "    Pet:\n",
        "    Owner:\n      x-provenance: inferred\n      type: object\n      description: Text.\n      required: [pet]\n      properties:\n        pet:\n          $ref: '#/components/schemas/Pet'\n    Pet:\n",
    );
    let text = text.replace("        - id\n      properties", "        - owner\n      properties");
    let text = text
        .replace("        tame:\n", "        owner:\n          $ref: '#/components/schemas/Owner'\n        tame:\n");
    let found = super::problems(&text);
    let messages: Vec<_> =
        found.iter().map(|problem| problem.message.as_str()).filter(|text| text.contains("without end")).collect();
    assert_eq!(
        messages,
        [
            "every `Owner` holds a `Pet`, which holds a `Owner`, without end",
            "every `Pet` holds a `Owner`, which holds a `Pet`, without end"
        ]
    );
}

#[test]
fn defaults_fit_their_schemas() {
    one_problem_each(&[
        case(
            "            default: dog",
            "            default: dgo",
            "default: dgo",
            "the default `dgo` is not a value of the enumeration",
            "write `dog`",
        ),
        case(
            "            default: dog",
            "            default: horse",
            "default: horse",
            "the default `horse` is not a value of the enumeration",
            "`dog`, `cat`, or add",
        ),
        case(
            "            default: dog",
            "            default: 1",
            "default: 1",
            "the default `1` is not of the type of its schema",
            "correct the default",
        ),
        case(
            "          default: true",
            "          default: 'true'",
            "default: 'true'",
            "the default `\"true\"` is not of the type of its schema",
            "correct the default",
        ),
        case(
            "          default: true",
            "          default: null",
            "default: null",
            "the default `null` is not of the type of its schema",
            "correct the default",
        ),
        case(
            "            default: 1",
            "            default: 0",
            "default: 0",
            "the default `0` is out of bounds",
            "the bounds",
        ),
        case(
            "            default: 1",
            "            default: 1.5",
            "default: 1.5",
            "the default `1.5` is not of the type of its schema",
            "correct the default",
        ),
        case(
            "          maxLength: 100",
            "          maxLength: 3\n          default: long",
            "default: long",
            "the default is longer than `maxLength`",
            "the limit",
        ),
        case(
            "              type: string\n        - name: kind",
            "              type: string\n            default:\n              - a\n              - 1\n        - name: kind",
            "- 1",
            "the default `1` is not of the type of its schema",
            "correct the default",
        ),
    ]);
}

#[test]
fn xml_says_the_root_element_and_which_properties_are_attributes() {
    one_problem_each(&[
        case(
            "        message:\n          type: string",
            "        message:\n          type: string\n          xml:\n            name: text",
            "name: text",
            "`xml.name` beside something else than a component",
            "name the property as the element",
        ),
        case(
            "      description: What went wrong.\n",
            "      description: What went wrong.\n      xml:\n        attribute: true\n",
            "attribute: true",
            "`xml.attribute` where no attribute can be",
            "text, a number or a boolean",
        ),
        case(
            "        labels:\n          type: array",
            "        labels:\n          xml:\n            empty: true\n          type: array",
            "empty: true",
            "`xml.empty` on something else than an object",
            "a component of type object",
        ),
        case(
            "        labels:\n          type: array",
            "        labels:\n          xml:\n            attribute: true\n          type: array",
            "attribute: true",
            "`xml.attribute` where no attribute can be",
            "text, a number or a boolean",
        ),
        case(
            "        message:\n          type: string",
            "        message:\n          type: string\n          xml:\n            wrapped: true",
            "wrapped: true",
            "`wrapped` is not supported",
            "write a component for the element that wraps the others",
        ),
        case(
            "        message:\n          type: string",
            "        message:\n          type: string\n          format: decimal",
            "message:",
            "the property `message` has no description",
            "counted or measured",
        ),
    ]);
    for fine in [
        (
            "        message:\n          type: string",
            "        message:\n          type: string\n          xml:\n            attribute: true",
        ),
        (
            "      description: What went wrong.\n",
            "      description: What went wrong.\n      xml:\n        name: failure\n",
        ),
    ] {
        assert!(super::problems(&super::edit(fine.0, fine.1)).is_empty());
    }
}
