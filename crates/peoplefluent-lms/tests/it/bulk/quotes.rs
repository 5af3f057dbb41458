//! Quotation marks that stand amiss in a file of rows.

use peoplefluent_lms::bulk::{CsvError, ExternalTrainingRow, ReadOptions, RowReader, UnknownColumns};

#[test]
fn text_after_a_closing_quotation_mark_is_named_and_not_mended() {
    let file = "Action,UserId,Title\n\
        A,a.roe,\"Tea \"green\" \"\n\
        A,b.roe,\"Tea, \"\"green\"\"\"\n\
        A,\"c.roe\" ,Tea\n\
        A,d.roe,12\" disk\n";
    let rule = "has text after its closing quotation mark: a quotation mark within a cell must be written twice";
    for file in [file.to_owned(), format!("\u{feff}{}", file.replace('\n', "\r\n"))] {
        let expected = [format!("line 2, column `Title`: {rule}"), format!("line 4, column `UserId`: {rule}")];
        let rows = RowReader::<ExternalTrainingRow, _>::new(file.as_bytes()).expect("a header line");
        let problems: Vec<String> = rows.check().expect("readable").iter().map(ToString::to_string).collect();
        assert_eq!(problems, expected);
    }
    let options = ReadOptions::new().unknown_columns(UnknownColumns::Ignore);
    let header = "Action,\"Title\"s\nA,x\n".as_bytes();
    let error = RowReader::<ExternalTrainingRow, _>::with_options(header, &options).expect_err("not CSV");
    assert_eq!(error.to_string(), format!("the header line is not CSV: column 2 {rule}"));
}

#[test]
fn rows_after_a_quotation_mark_that_is_not_closed_do_not_vanish_in_its_cell() {
    let file = "Action,UserId,Title\nA,a.roe,Tea\n\nA,b.roe,\"Tea\nA,c.roe,Coffee\nA,d.roe,Milk\n";
    for file in [file.to_owned(), file.trim_end().to_owned(), format!("\u{feff}{}", file.replace('\n', "\r\n"))] {
        let mut rows = RowReader::<ExternalTrainingRow, _>::new(file.as_bytes()).expect("a header line");
        assert!(rows.next().is_some_and(|row| row.is_ok()));
        let error = rows.next().expect("an error").expect_err("not closed");
        let told = "the row that begins in line 4 has a quotation mark that is not closed, in column `Title`: all rows \
                    after it would be taken for its text";
        assert_eq!(error.to_string(), told);
        assert!(rows.next().is_none());
    }
    let options = ReadOptions::new().unknown_columns(UnknownColumns::Ignore);
    let header = "\nAction,Title,\"Colour\nA,x,red\n".as_bytes();
    let error = RowReader::<ExternalTrainingRow, _>::with_options(header, &options).expect_err("not closed");
    assert!(matches!(error, CsvError::OpenQuote { line: 2, column: None }), "{error:?}");
}
