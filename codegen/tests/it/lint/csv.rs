//! The rows of `x-csv`.

use super::{among_problems, case, one_problem_each};

#[test]
fn rows_belong_to_a_text_body_and_have_columns() {
    one_problem_each(&[
        case(
            "importPets >> text/plain",
            "text/csv",
            "x-csv:",
            "rows without a `text/plain` body",
            "let the body be `text/plain`",
        ),
        case("row: PetRow", "row: petRow", "petRow", "`petRow` is not in PascalCase", "write `PetRow`"),
        case("row: PetRow", "row: PetBreed", "enum: PetBreed", "the type `PetBreed` is declared twice", "another name"),
        case("        keys:\n          - [Pet ID]\n", "", "x-csv:", "`keys` is missing", "identify a row"),
        case(
            "Birth of the pet.",
            "Birth.\n            required: true",
            "required: true",
            "`required` is not supported",
            "under `required` of `x-csv`",
        ),
    ]);
}

#[test]
fn columns_have_names_and_types_of_their_own() {
    one_problem_each(&[
        case("name: Born", "name: Breed", "name: Breed", "`Breed` is the `name` of two elements", "choose another"),
        case(
            "property: born",
            "property: pet_id",
            "property: pet_id",
            "`pet_id` is the `property` of two elements",
            "choose another",
        ),
        case("type: plain-date-time", "type: date", "type: date", "`type` cannot be `date`", "`plain-date-time`"),
        case(
            "Birth of the pet.",
            "Birth.\n            maxLength: 4",
            "maxLength: 4",
            "`maxLength` on a column that is neither text nor open",
            "delete it",
        ),
        case(
            "            open: true\n",
            "",
            "maxLength: 1",
            "`maxLength` on a column that is neither text nor open",
            "delete it",
        ),
    ]);
}

#[test]
fn codes_are_complete_and_differ() {
    one_problem_each(&[
        case("            enum: PetAction\n", "", "name: ACTION", "`enum` is missing", "has `enum` and `codes`"),
        case(
            "Birth of the pet.",
            "Birth.\n            enum: PetBirth",
            "enum: PetBirth",
            "`enum` on a column without codes",
            "write `type: code`",
        ),
        case("code: A\n", "code: d\n", "code: D", "`D` is the `code` of two elements", "choose another"),
        case("name: Delete", "name: Add", "name: Add", "`Add` is the `name` of two elements", "choose another"),
        case("name: Delete", "name: delete", "name: delete", "`delete` is not in PascalCase", "write `Delete`"),
        case(
            "default: ADD",
            "default: ADDD",
            "default: ADDD",
            "the default `ADDD` is not among the codes",
            "write `ADD`",
        ),
    ]);
}

#[test]
fn keys_and_requirements_name_columns_and_codes() {
    one_problem_each(&[
        case(
            "keys:\n          - [Pet ID]",
            "keys:\n          - [PetID]",
            "[PetID]",
            "there is no column `PetID`",
            "write `Pet ID`",
        ),
        case("- columns: [Pet ID]", "- columns: [Owner]", "[Owner]", "there is no column `Owner`", "name a column"),
        case("unless: Breed", "unless: Bred", "unless: Bred", "there is no column `Bred`", "write `Breed`"),
        case("ACTION: [D]", "ACTION: [Drop]", "[Drop]", "`ACTION` has no code `Drop`", "there are `A`, `D`"),
        case("ACTION: [D]", "ACTON: [D]", "ACTON", "there is no column `ACTON`", "write `ACTION`"),
    ]);
    among_problems(&[case(
        "ACTION: [D]",
        "ACTION: [D]\n              Breed: [B]",
        "Breed: [B]",
        "a condition on two columns",
        "write one column",
    )]);
}
