//! Files of rows: read, written, checked, and the same after a round trip.

use std::io::{self, Read};

use peoplefluent_lms::bulk::{
    Amount, BulkRow, CourseType, CsvError, DateStyle, DurationUnit, ExternalAction, ExternalStatus,
    ExternalTrainingRow, HistoryAction, LearningType, PerformanceGrade, ReadOptions, RecordDate, RowReader, RowWriter,
    SessionStatus, StudentStatus, TextEncoding, TrainingHistoryRow, UnknownColumns,
};
use peoplefluent_lms::chrono::NaiveDate;
use proptest::prelude::*;

fn read<Row: BulkRow>(file: impl AsRef<[u8]>) -> Result<Vec<Row>, CsvError> {
    RowReader::new(file.as_ref())?.collect()
}

fn written<Row: BulkRow>(rows: &[Row]) -> String {
    let mut writer = RowWriter::new(Vec::new()).expect("writable");
    rows.iter().for_each(|row| writer.write(row).expect("a valid row"));
    String::from_utf8(writer.finish().expect("writable")).expect("UTF-8")
}

/// The problems of a file, one text each.
fn problems<Row: BulkRow>(file: &str) -> Vec<String> {
    let reader = RowReader::<Row, _>::new(file.as_bytes()).expect("a header line");
    reader.check().expect("readable").iter().map(ToString::to_string).collect()
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

/// The columns that `x-csv` of an operation lists.
fn columns_in_the_spec(operation: &str) -> Vec<String> {
    let spec = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/peoplefluent-lms.yaml"));
    let spec = spec.expect("the spec lies in the repository");
    let (_, after) = spec.split_once(&format!("operationId: {operation}\n")).expect("the operation");
    let (columns, _) = after.split_once("        keys:").expect("its columns");
    columns.lines().filter_map(|line| line.strip_prefix("          - name: ")).map(str::to_owned).collect()
}

#[test]
fn the_columns_are_those_of_the_spec_in_their_order() {
    assert_eq!(TrainingHistoryRow::COLUMNS, columns_in_the_spec("trainingHistoryCsv"));
    assert_eq!(ExternalTrainingRow::COLUMNS, columns_in_the_spec("externalTrainingCsv"));
    assert_eq!((TrainingHistoryRow::COLUMNS.len(), ExternalTrainingRow::COLUMNS.len()), (26, 18));
}

#[test]
fn a_full_row_of_training_history_is_written_as_the_document_has_it() {
    let row = TrainingHistoryRow::of_user("a.roe", "FIRST-AID")
        .with_title("First aid")
        .with_enroll_date(day(2024, 4, 1))
        .with_start_date(day(2024, 5, 1).and_hms_opt(9, 30, 59).expect("a time"))
        .with_end_date(RecordDate::none())
        .with_student_status(StudentStatus::Exempt)
        .with_create_session(true)
        .with_venue("ROOM-1")
        .with_instructors(["b.poe", "c.loe"])
        .with_session_status(SessionStatus::Cancelled)
        .with_session_code("S-1")
        .with_session_title("Spring")
        .with_score("88")
        .with_learning_type(LearningType::SelfTrainingVideo)
        .with_action(HistoryAction::Update)
        .with_pre_score(10)
        .with_post_score(-3)
        .with_language("fr_CA")
        .with_settings_date(day(2024, 2, 29))
        .with_session_time_zone("Europe/Vienna")
        .with_deadline_days(0_u32)
        .with_deadline_date(day(2025, 1, 1).and_hms_opt(23, 59, 58).expect("a time"))
        .with_parent_program_id("P-1")
        .with_transfer_session_code("S-2")
        .with_performance_grade(PerformanceGrade::Cleared);
    let file = written(std::slice::from_ref(&row));
    let expected = "USERID,LEARNINGID,LOTITLE,ENROLLDATE,STARTDATE,ENDDATE,STUDENTSTATUS,CREATESESSION,Training Venue,\
        Instructor,SESSIONSTATUS,SESSIONCODE,SESSIONTITLE,SCORE,LOTYPE,ACTION,PRESCORE,POSTSCORE,LANGUAGE,\
        USE SETTINGS AS OF DATE,SESSIONTIMEZONE,DEADLINEDAYS,DEADLINEDATE,Parent Program ID,Transfer Session Code,\
        Performance Grade\r\n\
        a.roe,FIRST-AID,First aid,01-04-2024,01-05-2024 09:30,NONE,EXEMPT,true,ROOM-1,b.poe|c.loe,Cancelled,S-1,Spring,88,\
        2,U,10,-3,fr_CA,29-02-2024,Europe/Vienna,0,2025-01-01 23:59:58,P-1,S-2,*NONE*\r\n";
    assert_eq!(file, expected);
    assert_eq!(read::<TrainingHistoryRow>(&file).expect("valid"), [row]);
}

#[test]
fn a_full_row_of_external_training_is_written_as_the_document_has_it() {
    let row = ExternalTrainingRow::add_or_update("R-1", "a.roe", "First aid")
        .with_course_type(CourseType::NotSpecified)
        .with_start_date(day(2010, 8, 25).and_hms_opt(13, 0, 0).expect("a time"))
        .with_end_date(day(2012, 6, 17))
        .with_status(ExternalStatus::OpenForEditing)
        .with_subject("Safety")
        .with_grade("good")
        .with_score("88")
        .with_duration(Amount::from_hundredths(1250))
        .with_unit(DurationUnit::Minutes)
        .with_cost(350)
        .with_currency("GBP")
        .with_language("en")
        .with_vendor_info("Example Training")
        .with_comments("two\r\nlines");
    let file = written(std::slice::from_ref(&row));
    let expected = "Action,RecordID,UserId,Title,CourseType,StartDate,EndDate,Status,Subject,Grade,Score,Duration,Unit,Cost,\
        Currency,Language,VendorInfo1,Comments\r\n\
        AU,R-1,a.roe,First aid,TNS,2010-08-25 13:00:00,2012-06-17,0,Safety,good,88,12.50,I,350,GBP,en,Example Training,\
        \"two\r\nlines\"\r\n";
    assert_eq!(file, expected);
    assert_eq!(read::<ExternalTrainingRow>(&file).expect("valid"), [row]);
}

#[test]
fn files_of_real_programs_are_read() {
    let expected = ExternalTrainingRow::add("a.roe", "Käse, \"grün\"\nund rot");
    for file in [
        "Action,UserId,Title\nA,a.roe,\"Käse, \"\"grün\"\"\nund rot\"\n",
        "\u{feff}Title,Action,UserId\r\n\"Käse, \"\"grün\"\"\nund rot\",A,a.roe\r\n",
        "\n\n action , USERID,title,Comments\nA,a.roe,\"Käse, \"\"grün\"\"\nund rot\",\n\n",
        "\"Action\",\"UserId\",\"Title\"\r\"A\",\"a.roe\",\"Käse, \"\"grün\"\"\nund rot\"",
        "Action,UserId,Title,Reason\nA,a.roe,\"Käse, \"\"grün\"\"\nund rot\",There is no such user.\n",
    ] {
        let rows = read::<ExternalTrainingRow>(file).expect(file);
        assert_eq!(rows, std::slice::from_ref(&expected), "{file}");
    }
    assert_eq!(read::<ExternalTrainingRow>("Action\n").expect("a header alone"), []);
}

#[test]
fn a_byte_order_mark_that_comes_in_pieces_is_left_out() {
    struct OneByOne<'a>(&'a [u8]);
    impl Read for OneByOne<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(1);
            self.0.read(&mut buffer[..length])
        }
    }
    let file = "\u{feff}Action,RecordID\nD,R-1\n";
    let rows: Result<Vec<ExternalTrainingRow>, _> = RowReader::new(OneByOne(file.as_bytes())).expect("valid").collect();
    assert_eq!(rows.expect("valid"), [ExternalTrainingRow::delete("R-1")]);
}

#[test]
fn latin_1_is_read_when_it_is_declared() {
    let file = b"Action,UserId,Title\nA,m.m\xfcller,Caf\xe9 \x80\n";
    let options = ReadOptions::new().encoding(TextEncoding::Latin1);
    let reader = RowReader::<ExternalTrainingRow, _>::with_options(&file[..], &options).expect("a header line");
    let rows: Vec<_> = reader.collect::<Result<_, _>>().expect("valid");
    assert_eq!(rows, [ExternalTrainingRow::add("m.müller", "Café €")]);

    let Err(CsvError::Invalid(invalid)) = read::<ExternalTrainingRow>(file) else { panic!("not UTF-8") };
    let messages: Vec<String> = invalid.violations().iter().map(ToString::to_string).collect();
    let rule = "must be UTF-8: choose the encoding of the file";
    assert_eq!(messages, ["UserId", "Title"].map(|column| format!("line 2, column `{column}`: {rule}")));
}

#[test]
fn a_header_line_that_is_none_is_refused() {
    for (file, problem) in [
        (&b""[..], "names none of the columns"),
        (b"Action,Colour\n", "unknown name in column 2; the columns are Action, RecordID"),
        (b"a.roe,First aid\n", "unknown name in column 1"),
        (b"Action,Title,action\n", "names the column `Action` twice"),
        (b"Action;RecordID;Title\nD;R-1;\n", "sets its names off by `;`: save the file with commas"),
        (b"Action\tTitle\n", "by `\\t`"),
        (b"RecordID,Title\n", "lacks the column `Action`"),
        (b"Reason\n", "names none of the columns"),
        (b"\xff\xfeA\x00,\x00", "is in UTF-16"),
        (b"Acti\xf6n\n", "is not in UTF-8 (column 1)"),
    ] {
        let error = read::<ExternalTrainingRow>(file).expect_err(problem);
        assert!(matches!(error, CsvError::Header(_)) && error.to_string().contains(problem), "{error}");
        assert!(!error.to_string().contains("a.roe"), "what may be a person's data is not printed");
    }
}

#[test]
fn unknown_columns_are_left_out_on_demand_and_named() {
    let file = "Action,Colour,RecordID,Reason\nD,red,R-1,\n";
    let options = ReadOptions::new().unknown_columns(UnknownColumns::Ignore);
    let reader = RowReader::<ExternalTrainingRow, _>::with_options(file.as_bytes(), &options).expect("valid");
    assert_eq!(
        (reader.ignored_columns(), reader.columns()),
        (&["Colour".into(), "Reason".into()][..], vec!["Action", "RecordID"])
    );
    assert_eq!(reader.collect::<Result<Vec<_>, _>>().expect("valid"), [ExternalTrainingRow::delete("R-1")]);
}

#[test]
fn every_problem_is_named_with_row_line_and_column_and_without_the_value() {
    let long = "x".repeat(256);
    let header =
        "Action,RecordID,UserId,Title,CourseType,StartDate,Status,Subject,Duration,Unit,Cost,Currency,Language";
    let file = format!(
        "{header}\n\
         A,,a.roe,T,,,,,,,,,\n\
         X,secret-secret-secret,a.roe,{long},XY,13-01-2024,6,{long},1.234,X,-1,EURO,fra\n\
         \"U\",\"\",\"two\nlines\",,,,,,,,,,\n\
         A,,,,,,,,,,,,\n\
         ,,,,,,,,,,,,\n\
         D,R-1\n\
         AU,,,,,,,,,,,,\n\
         AU,R-1,,,,,,,,,,,\n"
    );
    let found = problems::<ExternalTrainingRow>(&file);
    let expected = [
        "line 3, column `Action`: must be one of A, D, U, AU",
        "line 3, column `StartDate`: must be yyyy-MM-dd HH:mm:ss or yyyy-MM-dd",
        "line 3, column `Status`: must be one of 0, 1, 2, 3, 4, 5",
        "line 3, column `Duration`: must be a number such as 12.50, with at most two decimal places",
        "line 3, column `Unit`: must be one of I, H, D, W, M, Y",
        "line 3, column `Cost`: must be a number such as 12.50, with at most two decimal places",
        "line 3, column `RecordID`: must have at most 15 characters",
        "line 3, column `Title`: must have at most 255 characters",
        "line 3, column `CourseType`: must have at most 1 character, or be one of TNS, C, R, O, W",
        "line 3, column `Subject`: must have at most 50 characters",
        "line 3, column `Currency`: must be a currency code of three letters, such as USD",
        "line 3, column `Language`: must be a language code such as en or fr_CA",
        "line 4, column `RecordID`: is required if Action is U",
        "line 6, column `UserId`: is required if Action is A",
        "line 6, column `Title`: is required if Action is A",
        "line 7, column `Action`: is required",
        "line 8: has 2 cells, the header 13",
        "line 9, column `UserId`: is required if Action is AU unless RecordID is given",
        "line 9, column `Title`: is required if Action is AU unless RecordID is given",
    ];
    assert_eq!(found, expected);
}

#[test]
fn problems_name_the_line_whatever_lines_end_in_and_whatever_is_left_out_between_them() {
    let file = "Action,RecordID\nU,R-1\nU,\n\n\nU,\"\n\n\"\nU,\n";
    for (begins, ends) in [("", "\n"), ("", "\r\n"), ("\u{feff}", "\n"), ("\u{feff}", "\r\n"), ("\n\n", "\r\n")] {
        let found = problems::<ExternalTrainingRow>(&format!("{begins}{}", file.replace('\n', ends)));
        let lines: Vec<_> =
            found.iter().filter_map(|problem| problem.split_once(',')).map(|(place, _)| place).collect();
        let skipped = begins.matches('\n').count();
        let expected = [3, 6, 9].map(|line| format!("line {}", line + skipped));
        assert_eq!(lines, expected, "{begins:?} {ends:?}");
    }
}

#[test]
fn limits_count_characters_and_not_bytes() {
    let limits: [(&str, usize); 4] = [("RecordID", 15), ("UserId", 85), ("Title", 255), ("Subject", 50)];
    for (column, limit) in limits {
        let row = |count: usize| {
            let text = "ß".repeat(count);
            let row = ExternalTrainingRow::add_or_update("R-1", "a.roe", "T");
            match column {
                "RecordID" => row.with_record_id(text),
                "UserId" => row.with_user_id(text),
                "Title" => row.with_title(text),
                _ => row.with_subject(text),
            }
        };
        assert_eq!(row(limit).check(), [], "{column}");
        let problem = (column, format!("must have at most {limit} characters"));
        assert_eq!(row(limit + 1).check(), [problem]);
    }
    let row = TrainingHistoryRow::of_session("L-1").with_language("x".repeat(51));
    assert_eq!(row.check(), [("LANGUAGE", "must have at most 50 characters".to_owned())]);
}

#[test]
fn values_that_types_allow_and_the_file_does_not_are_found() {
    let row = TrainingHistoryRow::new()
        .with_user_id("a.roe")
        .with_instructors(["b.poe", " ", "c|d"])
        .with_start_date(day(12_024, 1, 1))
        .with_settings_date(day(-5, 1, 1));
    let columns: Vec<&str> = row.check().into_iter().map(|(column, _)| column).collect();
    assert_eq!(columns, ["STARTDATE", "Instructor", "USE SETTINGS AS OF DATE", "LEARNINGID"]);
    let mut writer = RowWriter::new(Vec::new()).expect("writable");
    assert!(matches!(writer.write(&row), Err(CsvError::Invalid(_))));
    assert_eq!(writer.rows(), 0);
    let file = String::from_utf8(writer.finish().expect("writable")).expect("UTF-8");
    assert_eq!(file.lines().count(), 1, "nothing of the row was written");
}

#[test]
fn sites_may_have_more_grades_and_course_types_than_the_document() {
    let file = "LEARNINGID,Performance Grade,CREATESESSION\nL-1,77,FALSE\n";
    let rows = read::<TrainingHistoryRow>(file).expect("valid");
    assert_eq!(rows[0].performance_grade.as_ref().map(PerformanceGrade::as_str), Some("77"));
    assert_eq!(rows[0].create_session, Some(false));
    assert_eq!(read::<TrainingHistoryRow>(written(&rows)).expect("valid"), rows);
    let rows = read::<ExternalTrainingRow>("Action,RecordID,CourseType\nU,R-1,Z\n").expect("valid");
    assert_eq!(rows[0].course_type.as_ref().map(CourseType::as_str), Some("Z"));
}

#[test]
fn a_word_that_is_none_of_the_document_s_is_named_with_those_that_are() {
    let file = "LEARNINGID,STUDENTSTATUS,SESSIONSTATUS,LOTYPE,ACTION,CREATESESSION\nL-1,Passed,Open,X,AU,yes\n";
    let found = problems::<TrainingHistoryRow>(file);
    assert_eq!(found.len(), 5, "{found:?}");
    let expected = [
        ("STUDENTSTATUS", "Pass, Completed, Active, Withdrawn, Deactivated, EXEMPT"),
        ("SESSIONSTATUS", "Active, Completed, Cancelled"),
        ("LOTYPE", "C, M, O, R, W, 1, 2, 3, 4"),
        ("ACTION", "A, U"),
        ("CREATESESSION", "true or false"),
    ];
    for (column, words) in expected {
        assert!(found.iter().any(|it| it.contains(column) && it.contains(words)), "{column}: {found:?}");
    }
}

#[test]
fn codes_of_the_document_are_known_in_capitals_and_small_letters_and_written_as_it_has_them() {
    let file = "LEARNINGID,STUDENTSTATUS,SESSIONSTATUS,LOTYPE,Performance Grade\nL-1,exempt,CANCELLED,o,*none*\n";
    let rows = read::<TrainingHistoryRow>(file).expect("valid");
    assert_eq!(rows[0].student_status, Some(StudentStatus::Exempt));
    assert_eq!(rows[0].session_status, Some(SessionStatus::Cancelled));
    assert_eq!(rows[0].learning_type, Some(LearningType::Online));
    assert_eq!(rows[0].performance_grade, Some(PerformanceGrade::Cleared));
    let file = "action,RecordID,CourseType,Status,Unit\nau,R-1,tns,open_for_editing,h\n";
    let rows = read::<ExternalTrainingRow>(file).expect("valid");
    assert_eq!((rows[0].action, rows[0].unit), (Some(ExternalAction::AddOrUpdate), Some(DurationUnit::Hours)));
    assert_eq!(rows[0].status, Some(ExternalStatus::OpenForEditing));
    assert_eq!(rows[0].course_type, Some(CourseType::NotSpecified));
}

#[test]
fn a_quote_that_is_not_closed_does_not_read_the_rest_into_memory() {
    let options = ReadOptions::new().max_row_bytes(100_000);
    let endless = io::repeat(b'x');
    let file = "Action,RecordID,UserId,Title\nD,R-1,,\nA,,a.roe,\"".as_bytes().chain(endless);
    let mut reader = RowReader::<ExternalTrainingRow, _>::with_options(file, &options).expect("a header line");
    assert!(reader.next().is_some_and(|row| row.is_ok()));
    let error = reader.next().expect("an error").expect_err("too long");
    assert!(matches!(error, CsvError::TooLong { line: 3, max: 100_000 }), "{error:?}");
    assert!(reader.next().is_none());
    let header = RowReader::<ExternalTrainingRow, _>::with_options(io::repeat(b'x'), &options).expect_err("no header");
    assert!(matches!(header, CsvError::TooLong { line: 1, .. }), "{header:?}");
}

#[test]
fn a_source_that_fails_ends_the_rows_with_its_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let mut reader =
        RowReader::<ExternalTrainingRow, _>::new("Action,RecordID\nD,R-1\n".as_bytes().chain(Broken)).expect("valid");
    assert!(reader.next().is_some_and(|row| row.is_ok()));
    assert!(matches!(reader.next(), Some(Err(CsvError::Io(error))) if error.kind() == io::ErrorKind::ConnectionReset));
    assert!(reader.next().is_none());
}

#[test]
fn only_chosen_columns_are_written_and_no_value_is_dropped_in_silence() {
    let mut writer = RowWriter::with_columns(Vec::new(), ["Title", "Action", "RecordID"]).expect("valid");
    writer.write(&ExternalTrainingRow::update("R-1").with_title("T")).expect("valid");
    let error =
        writer.write(&ExternalTrainingRow::update("R-1").with_grade("good")).expect_err("a value would be lost");
    assert_eq!(error.to_string(), "row at index 1, column `Grade`: is not among the columns that are written");
    let file = String::from_utf8(writer.finish().expect("writable")).expect("UTF-8");
    assert_eq!(file, "Action,RecordID,Title\r\nU,R-1,T\r\n");
    for (names, problem) in [(vec!["Action", "Colour"], "`Colour`"), (vec!["Title"], "`Action`"), (vec![], "`Action`")]
    {
        let error = RowWriter::<ExternalTrainingRow, _>::with_columns(Vec::new(), names).expect_err(problem);
        assert!(matches!(error, CsvError::Header(_)), "{error}");
    }
    assert!(RowWriter::<TrainingHistoryRow, _>::with_columns(Vec::new(), [""; 0]).is_err());
}

#[test]
fn files_are_opened_by_path() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("rows.csv");
    std::fs::write(&path, written(&[ExternalTrainingRow::delete("R-1")])).expect("writable");
    let rows =
        RowReader::open(&path, &ReadOptions::new()).expect("valid").collect::<Result<Vec<ExternalTrainingRow>, _>>();
    assert_eq!(rows.expect("valid"), [ExternalTrainingRow::delete("R-1")]);
    let missing = RowReader::<ExternalTrainingRow, _>::open(directory.path().join("none.csv"), &ReadOptions::new());
    assert!(matches!(missing, Err(CsvError::Io(error)) if error.kind() == io::ErrorKind::NotFound));
}

#[test]
fn a_file_is_there_when_it_is_complete_and_not_before() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("rows.csv");
    std::fs::write(&path, "old").expect("writable");
    let names = || std::fs::read_dir(directory.path()).expect("readable").count();
    let mut file = RowWriter::create_with_reasons(&path).expect("a directory that can be written to");
    file.write_rejected(&ExternalTrainingRow::delete("R-1"), "no such record").expect("writable");
    assert_eq!((std::fs::read_to_string(&path).expect("readable").as_str(), names()), ("old", 2));
    drop(file);
    assert_eq!((std::fs::read_to_string(&path).expect("readable").as_str(), names()), ("old", 1));

    let mut file = RowWriter::create(&path).expect("a directory that can be written to");
    file.write(&ExternalTrainingRow::delete("R-1")).expect("valid");
    assert_eq!(file.save().expect("saved"), 1);
    let rows =
        RowReader::open(&path, &ReadOptions::new()).expect("valid").collect::<Result<Vec<ExternalTrainingRow>, _>>();
    assert_eq!((rows.expect("valid"), names()), (vec![ExternalTrainingRow::delete("R-1")], 1));

    let nowhere = RowWriter::<ExternalTrainingRow, _>::create(directory.path().join("none").join("rows.csv"));
    assert!(matches!(nowhere, Err(CsvError::Io(_))));
}

#[test]
fn nothing_prints_what_is_in_a_row() {
    let row = ExternalTrainingRow::add("SENTINEL", "SENTINEL").with_comments("SENTINEL");
    assert_eq!(format!("{row:?}"), r#"{"Action", "UserId", "Title", "Comments"}"#);
    let reader = RowReader::<ExternalTrainingRow, _>::new("Action\nSENTINEL\n".as_bytes()).expect("valid");
    assert!(!format!("{reader:?}").contains("SENTINEL"));
    for row in reader {
        let error = row.expect_err("no action");
        assert!(!format!("{error} {error:?}").contains("SENTINEL"), "{error:?}");
    }
}

/// Text that is hard on CSV and on spreadsheets.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => ".{1,30}",
        2 => "[=+@,;\"'|\r\n\t -]{1,12}",
        1 => Just("=HYPERLINK(\"https://example.com\",\"x\")".to_owned()),
        1 => Just("Łukasz Żółć 山田 太郎 محمد 👩‍💻".to_owned()),
        1 => Just("\u{feff}mark".to_owned()),
    ]
}

const STATUSES: &[StudentStatus] = &[
    StudentStatus::Pass,
    StudentStatus::Completed,
    StudentStatus::Active,
    StudentStatus::Withdrawn,
    StudentStatus::Deactivated,
    StudentStatus::Exempt,
];

proptest! {
    #[test]
    fn texts_survive_a_round_trip_unchanged(titles in prop::collection::vec((text(), text(), prop::option::of(text())), 1..8)) {
        let rows: Vec<ExternalTrainingRow> = titles.iter().map(|(title, grade, comments)| {
            let row = ExternalTrainingRow::add("a.roe", format!("T{title}")).with_grade(grade).with_score(title);
            comments.iter().fold(row, |row, comments| row.with_comments(comments))
        }).collect();
        prop_assert_eq!(read::<ExternalTrainingRow>(written(&rows)).map_err(|error| TestCaseError::fail(error.to_string()))?, rows);
    }

    #[test]
    fn typed_cells_survive_a_round_trip(
        days in 0_u64..30_000, style in 0_usize..4, minutes in prop::option::of(0_u32..1440), days_left in any::<u32>(),
        instructors in prop::collection::vec("[a-z.é]{1,8}", 1..4), create in any::<bool>(),
        status in prop::sample::select(STATUSES),
    ) {
        let styles = [DateStyle::Digits, DateStyle::DigitsShortYear, DateStyle::MonthName, DateStyle::MonthNameShortYear];
        let date = day(1970, 1, 1) + peoplefluent_lms::chrono::Days::new(days);
        let start = match minutes {
            Some(minutes) => RecordDate::from(date.and_hms_opt(minutes / 60, minutes % 60, 0).expect("a time")),
            None => RecordDate::from(date),
        };
        let row = TrainingHistoryRow::of_session("L-1")
            .with_start_date(start.with_style(styles[style]).expect("before 2069"))
            .with_settings_date(date)
            .with_deadline_date(date)
            .with_deadline_days(days_left)
            .with_instructors(instructors)
            .with_create_session(create)
            .with_student_status(status);
        prop_assert_eq!(read::<TrainingHistoryRow>(written(std::slice::from_ref(&row))).expect("valid"), vec![row]);
    }

    #[test]
    fn arbitrary_files_are_read_or_say_which_row_is_invalid(file in prop::collection::vec(any::<u8>(), 0..200), rows in "[A,\"\r\nDU1]{0,100}") {
        let _ = read::<ExternalTrainingRow>(&file).is_ok();
        let body = [b"Action,RecordID\n", file.as_slice()].concat();
        for file in [body, format!("Action,RecordID\n{rows}").into_bytes()] {
            let reader = RowReader::<ExternalTrainingRow, _>::new(file.as_slice()).expect("a header line");
            for row in reader {
                if let Err(error) = row {
                    let is_told = matches!(error, CsvError::Invalid(_) | CsvError::OpenQuote { .. });
                    prop_assert!(is_told, "{error:?}");
                }
            }
        }
    }
}
