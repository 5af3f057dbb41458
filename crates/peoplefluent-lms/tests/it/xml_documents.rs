//! The site's documents as types, as tidy and as messy as sites send them.

use std::error::Error as _;

use futures_util::{FutureExt as _, StreamExt as _};
use peoplefluent_lms::types::{
    CertificationExam, CompetenciesAwarded, CompetencyStatusCode, LearningPath, Module, ModuleCertification,
    ModuleType, OverallStatus, PlanItemStatusCode, PrerequisiteCondition, PrerequisiteOperator, PriorityCode,
    SessionStatus, TrainingHistory, TrainingRecord,
};
use peoplefluent_lms::xml::{FromXml, Records, Tree, XmlError, XmlErrorKind, to_xml};
use peoplefluent_lms::{Decimal, ErrorKind};

const HISTORY: &str = include_str!("samples/training_history.xml");
const MODULE: &str = include_str!("samples/module.xml");
const PATH: &str = include_str!("samples/learning_path.xml");
const COMPETENCIES: &str = include_str!("samples/competencies.xml");

fn records(document: &str) -> Vec<TrainingRecord> {
    TrainingHistory::from_xml(document.to_owned()).expect("reads").training_record.unwrap_or_default()
}

fn record(inside: &str) -> TrainingRecord {
    let document = format!("<trainingHistory><trainingRecord>{inside}</trainingRecord></trainingHistory>");
    records(&document).pop().expect("one record")
}

/// The whole value as JSON, in which nothing can be overlooked.
fn json<T: FromXml + serde::Serialize>(document: impl Into<Vec<u8>>) -> serde_json::Value {
    let value = T::from_xml(document.into()).expect("reads");
    serde_json::to_value(value).expect("serializes")
}

#[test]
fn all_fields_of_a_training_history_are_read() {
    let history = TrainingHistory::from_xml(HISTORY).expect("reads");
    assert_eq!(history.date_created.as_ref().map(|it| it.as_str()), Some("2024-04-04T00:00:00.000-05:00"));
    let records = history.training_record.expect("records");
    let [first, last] = records.as_slice() else { panic!("two records") };
    assert_eq!(first.id.as_deref(), Some("T-1"));
    assert_eq!(first.user_id.as_deref(), Some("a.roe"));
    let module = first.learning_module.as_ref().expect("a module");
    assert_eq!(module.id.as_deref(), Some("M-1"));
    assert_eq!(module.title.as_deref(), Some("Safety & health"));
    assert_eq!(module.type_, Some(ModuleType::OnlineModule));
    let links = module.link.as_ref().expect("links");
    assert_eq!(links.len(), 2);
    assert_eq!(links[0].href.as_deref(), Some("https://www.example.com/ekp/api/module?id=M-1&x=1"));
    assert_eq!((links[1].rel.as_deref(), links[1].type_.as_deref()), (Some("alternate"), Some("text/html")));
    assert_eq!(first.overall_status, Some(OverallStatus::Completed));
    assert_eq!(first.score, Some(Decimal::from("91.50")));
    assert_eq!(first.attempt_count, Some(3));
    assert_eq!(first.is_self_enrolled, Some(true));
    assert_eq!(first.link.as_ref().map(Vec::len), Some(2));
    assert_eq!(first.revision, Some(2));
    assert_eq!(first.downloadable, Some(false));
    assert_eq!(first.required_elective_credits.as_ref().and_then(|it| it.to_minor_units(3)), Some(1250));
    let nested = first.training_record.as_ref().expect("nested records");
    assert_eq!(nested.len(), 2);
    assert_eq!(nested[0].training_record.as_ref().and_then(|it| it[0].attempt_count), Some(0));
    assert_eq!(nested[1].id.as_deref(), Some("T-4"));
    assert_eq!(last.overall_status, Some(OverallStatus::Unrecognized("abducted".into())));
}

#[test]
fn dates_are_kept_in_every_form_and_converted_on_demand() {
    let first = records(HISTORY).swap_remove(0);
    for (date, text, converts) in [
        (&first.enrollment_date, "2009-11-13T20:00Z", true),
        (&first.start_date, "2024-01-01T00:00:00+0100", true),
        (&first.end_date, "2024-12-31", false),
        (&first.last_attempt_date, "2024-02-29T23:59:59.123Z", true),
    ] {
        let date = date.as_ref().expect("a date");
        assert_eq!(date.as_str(), text);
        assert_eq!(date.to_datetime().is_ok(), converts, "{text}");
    }
    assert_eq!(record("<startDate>soon</startDate>").start_date.expect("kept"), "soon");
}

#[test]
fn all_fields_of_a_module_are_read() {
    let module = Module::from_xml(MODULE).expect("reads");
    assert_eq!(module.type_, Some(ModuleType::Classroom));
    assert_eq!(module.description.as_deref(), Some("<p>Wear a helmet & boots.</p>"));
    assert_eq!(module.objective.as_deref(), Some(&["Know the exits".to_owned(), "Use the extinguisher".into()][..]));
    assert_eq!(module.archived, Some(false));
    let price = module.price.as_ref().and_then(|price| price.amount.as_ref()).expect("a price");
    assert_eq!((price.as_str(), price.to_minor_units(2)), ("1250.50", Some(125_050)));
    let attributes = module.attribute.as_ref().expect("attributes");
    assert_eq!((attributes[1].code.as_deref(), attributes[1].value.as_deref()), (Some("SIZE"), None));
    let sessions = module.session.as_ref().expect("sessions");
    assert_eq!(sessions.len(), 2);
    let session = &sessions[0];
    assert_eq!(session.status, Some(SessionStatus::Active));
    assert_eq!(session.seats, Some(12));
    assert_eq!(session.instructor.as_ref().map(Vec::len), Some(2));
    let center = session.facility.as_ref().and_then(|it| it.training_center.as_ref()).expect("a center");
    assert_eq!(center.name.as_deref(), Some("Center"));
    assert_eq!(session.class.as_ref().map(Vec::len), Some(2));
    let inner = &session.module.as_ref().expect("a module")[0];
    assert_eq!((inner.session_id.as_deref(), inner.item_id.as_deref()), (Some("S-2"), Some("I-2")));
    assert_eq!(inner.module.as_ref().and_then(|it| it[0].id.as_deref()), Some("M-3"));
    let needed = module.prerequisites.as_ref().expect("prerequisites");
    assert_eq!(needed.operator, Some(PrerequisiteOperator::Any));
    assert_eq!(needed.condition, Some(PrerequisiteCondition::Completed));
    assert_eq!(needed.module.as_ref().map(Vec::len), Some(2));
}

#[test]
fn all_fields_of_a_learning_path_are_read() {
    let path = LearningPath::from_xml(PATH).expect("reads");
    let item = &path.training_plan_item.as_ref().expect("a plan")[0];
    assert_eq!(item.status.as_ref().and_then(|it| it.code.clone()), Some(PlanItemStatusCode::NeedsAction));
    let kind = item.module.as_ref().and_then(|it| it.type_.as_ref()).and_then(|it| it.code.clone());
    assert_eq!(kind, Some(ModuleType::OnlineModule));
    assert_eq!(item.optional, Some(false));
    assert_eq!(item.priority.as_ref().and_then(|it| it.code.clone()), Some(PriorityCode::High));
    let competency = &path.job_profile.as_ref().and_then(|it| it[0].competency.as_ref()).expect("competencies")[0];
    let code = competency.status.as_ref().and_then(|it| it.code.clone());
    assert_eq!(code, Some(CompetencyStatusCode::CompletionAtRisk));
    assert_eq!(competency.optional, Some(true));
    let sequences = competency.sequence.as_ref().expect("sequences");
    assert_eq!(sequences.len(), 2, "an empty one among others counts");
    let step = &sequences[0].item.as_ref().expect("items")[0];
    assert_eq!(step.prerequisite.as_ref().map(Vec::len), Some(2));
    assert_eq!(step.completed.as_ref().map(|it| it.as_str()), Some("2024-01-01T00:00Z"));
    let inner = step.sequence.as_ref().and_then(|it| it[0].item.as_ref()).expect("inner items");
    assert_eq!(inner[0].url.as_deref(), Some("https://www.example.com/ekp/inner"));
}

#[test]
fn all_fields_of_awarded_competencies_are_read() {
    let awarded = CompetenciesAwarded::from_xml(COMPETENCIES).expect("reads").competency.expect("some");
    let [first, last] = awarded.as_slice() else { panic!("two competencies") };
    assert_eq!(first.level.as_ref().and_then(|it| it.measure.clone()), Some(Decimal::from("2.50")));
    assert_eq!(first.required_level.as_ref().and_then(|it| it.code.as_deref()), Some("L3"));
    assert_eq!(first.max_level.as_ref().and_then(|it| it.code.as_deref()), Some("L5"), "a bare text is the code");
    assert_eq!(first.competent, Some(false));
    assert_eq!(first.assigner.as_ref().and_then(|it| it.family.as_deref()), Some("Person"));
    assert_eq!(last.assigner, None);
}

/// Every leaf of a document in XML appears in what was read. The samples hold every field that the reference names.
#[test]
fn no_field_of_a_complete_document_is_lost() {
    fn leaves(element: peoplefluent_lms::xml::Element<'_>, found: &mut Vec<String>) {
        found.extend(element.attributes().map(|(_, value)| value.to_owned()));
        match element.children().next() {
            Some(_) => element.children().for_each(|child| leaves(child, found)),
            None if element.text().is_empty() => {}
            None => found.push(element.text().into_owned()),
        }
    }
    fn values(json: &serde_json::Value, found: &mut Vec<String>) {
        match json {
            serde_json::Value::Array(list) => list.iter().for_each(|item| values(item, found)),
            serde_json::Value::Object(map) => map.values().for_each(|item| values(item, found)),
            serde_json::Value::String(text) => found.push(text.clone()),
            other => found.push(other.to_string()),
        }
    }
    fn word(text: String) -> String {
        match text.to_ascii_lowercase().as_str() {
            "no" | "false" => "false".into(),
            "yes" | "true" => "true".into(),
            _ => text,
        }
    }
    for (document, json) in [
        (HISTORY, json::<TrainingHistory>(HISTORY)),
        (MODULE, json::<Module>(MODULE)),
        (PATH.replace(">0<", ">no<").replace(">1<", ">yes<").as_str(), json::<LearningPath>(PATH)),
        (COMPETENCIES, json::<CompetenciesAwarded>(COMPETENCIES)),
    ] {
        let (mut expected, mut found) = (Vec::new(), Vec::new());
        leaves(Tree::parse(document.to_owned()).expect("reads").root(), &mut expected);
        values(&json, &mut found);
        let mut expected: Vec<_> = expected.into_iter().map(word).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
    }
}

#[test]
fn all_fields_may_be_absent() {
    assert_eq!(TrainingHistory::from_xml("<trainingHistory/>").expect("reads"), TrainingHistory::default());
    assert_eq!(Module::from_xml("<module></module>").expect("reads"), Module::default());
    assert_eq!(LearningPath::from_xml("<learningPath> </learningPath>").expect("reads"), LearningPath::default());
    let none = CompetenciesAwarded::from_xml("<!-- none --><competencies/><!-- really -->").expect("reads");
    assert_eq!(none, CompetenciesAwarded::default());
}

#[test]
fn a_certification_says_something_by_being_there() {
    let certification = |inside: &str| {
        let document = format!("<module><id>M1</id><title>T</title><type>onlineModule</type>{inside}</module>");
        Module::from_xml(document).expect("reads").certification
    };
    assert_eq!(certification(""), None);
    for empty in ["<certification/>", "<certification> </certification>"] {
        assert_eq!(certification(empty).map(|it| *it), Some(ModuleCertification::default()), "{empty}");
    }
    let with_exam = certification("<certification><exam/></certification>").expect("a certification");
    assert_eq!(with_exam.exam.map(|exam| *exam), Some(CertificationExam::default()));
    // What is in there is not known, and kept.
    let more = certification(
        "<certification><exam id='E-1'><title>Final</title></exam><name>First aider</name></certification>",
    );
    let more = more.expect("a certification");
    let exam = more.exam.expect("an exam");
    assert_eq!((exam.id.as_deref(), &exam.additional_properties["title"]), (Some("E-1"), &"Final".into()));
    assert_eq!(more.additional_properties["name"], "First aider");
    let text = certification("<certification>First aider</certification>").expect("a certification");
    assert!(text.exam.is_none() && text.additional_properties.values().any(|value| value == "First aider"));
}

#[test]
fn a_state_that_substitutes_gave_says_so() {
    let status = |inside: &str| {
        let item = format!("<trainingPlanItem><status><code>completed</code>{inside}</status></trainingPlanItem>");
        let path = LearningPath::from_xml(format!("<learningPath>{item}</learningPath>")).expect("reads");
        path.training_plan_item.and_then(|mut items| items.pop()?.status).expect("a status")
    };
    assert_eq!(status("<acquiredBySubstitutes>true</acquiredBySubstitutes>").acquired_by_substitutes, Some(true));
    assert_eq!(status("<acquiredBySubstitutes>false</acquiredBySubstitutes>").acquired_by_substitutes, Some(false));
    let without = status("<label>Done</label>");
    assert_eq!((without.acquired_by_substitutes, without.code), (None, Some(PlanItemStatusCode::Completed)));
}

#[test]
fn a_session_opens_at_a_date_time() {
    let module = Module::from_xml("<module><session><open>2024-04-01T00:00Z</open></session></module>").expect("reads");
    let open = module.session.and_then(|mut sessions| sessions.pop()?.open).expect("a date-time");
    assert_eq!((open.as_str(), open.to_datetime().is_ok()), ("2024-04-01T00:00Z", true));
}

#[test]
fn records_have_module_types_of_every_kind() {
    for (text, expected) in [
        ("coaching", ModuleType::Coaching),
        ("exam", ModuleType::Exam),
        ("internship", ModuleType::Internship),
        ("onTheJobTraining", ModuleType::OnTheJobTraining),
        ("task", ModuleType::Task),
    ] {
        let module = record(&format!("<learningModule><type>{text}</type></learningModule>")).learning_module;
        assert_eq!(module.and_then(|module| module.type_), Some(expected));
    }
}

#[test]
fn empty_elements_are_absent() {
    for document in [
        "<trainingHistory><dateCreated/></trainingHistory>",
        "<trainingHistory xmlns:xsi='x'><dateCreated xsi:nil='true'></dateCreated></trainingHistory>",
        "<trainingHistory><dateCreated><![CDATA[]]></dateCreated></trainingHistory>",
        "<trainingHistory><dateCreated>\n</dateCreated></trainingHistory>",
    ] {
        assert_eq!(TrainingHistory::from_xml(document).expect("reads"), TrainingHistory::default(), "{document}");
    }
    for name in ["score", "attemptCount", "isSelfEnrolled", "overallStatus", "revision", "learningModule", "startDate"]
    {
        assert_eq!(record(&format!("<{name}/>")), TrainingRecord::default(), "{name}");
        assert_eq!(record(&format!("<{name}> </{name}>")), TrainingRecord::default(), "{name}");
    }
}

#[test]
fn booleans_and_numbers_are_read_in_every_notation() {
    for (text, expected) in [
        ("true", true),
        ("TRUE", true),
        ("1", true),
        ("Yes", true),
        ("y", true),
        (" on ", true),
        ("false", false),
        ("False", false),
        ("0", false),
        ("NO", false),
        ("n", false),
        ("off", false),
    ] {
        assert_eq!(record(&format!("<downloadable>{text}</downloadable>")).downloadable, Some(expected), "{text}");
    }
    for (text, expected) in
        [("3", 3), (" +3\n", 3), ("-1", -1), ("3.0", 3), ("3.", 3), ("<![CDATA[3]]>", 3), ("&#51;", 3)]
    {
        assert_eq!(record(&format!("<attemptCount>{text}</attemptCount>")).attempt_count, Some(expected), "{text}");
    }
}

#[test]
fn an_invalid_number_is_an_error_with_its_path_and_without_its_value() {
    for (inside, expected, path) in [
        ("<attemptCount>sentinel</attemptCount>", "a whole number", "trainingRecord/attemptCount"),
        ("<attemptCount>2.5</attemptCount>", "a whole number", "trainingRecord/attemptCount"),
        ("<attemptCount>99999999999999999999</attemptCount>", "a whole number", "trainingRecord/attemptCount"),
        ("<downloadable>sentinel</downloadable>", "true or false", "trainingRecord/downloadable"),
        (
            "<trainingRecord><revision>sentinel</revision></trainingRecord>",
            "a whole number",
            "trainingRecord/trainingRecord/revision",
        ),
    ] {
        let document = format!("<trainingHistory><trainingRecord>{inside}</trainingRecord></trainingHistory>");
        let error = TrainingHistory::from_xml(document).expect_err("no number");
        let cause = error.source().and_then(|cause| cause.downcast_ref::<XmlError>()).expect("a cause");
        assert_eq!((cause.kind(), cause.path()), (XmlErrorKind::Value, format!("trainingHistory/{path}").as_str()));
        assert!(error.to_string().contains(&format!("expected {expected}")), "{error}");
        assert!(!format!("{error} {error:?} {cause:?}").contains("sentinel"));
    }
}

#[test]
fn order_prefixes_and_unknown_parts_make_no_difference() {
    let tidy = record("<userId>a.roe</userId><link rel='a'/><link rel='b'/><score>1</score><trainingRecord id='T-2'/>");
    let messy = records(
        "\n<?xml version='1.0'?><?page break?><!-- made today -->
         <e:trainingHistory xmlns:e='urn:example' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'
           xsi:schemaLocation='urn:example history.xsd' version='7'>
           <e:unknown deep='1'><e:trainingRecord id='no'/><userId>no</userId></e:unknown>
           <x:trainingRecord xmlns:x='urn:other' xsi:type='full'>
             <x:score>1<!-- out of 10 --></x:score>loose text
             <link rel='a' unknown='x'><more/></link>
             <futureField/>
             <trainingRecord id='T-2'/>
             <e:userId>a.<![CDATA[r]]>&#111;&#x65;</e:userId>
             <f:link xmlns:f='urn:third' f:rel='no' rel='b'/>
           </x:trainingRecord>
         </e:trainingHistory>\n",
    );
    assert_eq!(messy, [tidy]);
}

#[test]
fn attributes_of_an_element_have_no_prefix_or_the_prefix_of_the_element() {
    let history = "<e:trainingHistory xmlns:e='urn:example'><e:trainingRecord e:id='T-1' xml:id='x'>
        <e:link e:rel='a' xsi:type='x' e:type='text/html'/><e:link xsi:type='x' type='text/xml' e:type='no'/>
        </e:trainingRecord></e:trainingHistory>";
    let record = records(history).pop().expect("a record");
    assert_eq!(record.id.as_deref(), Some("T-1"));
    let links = record.link.expect("links");
    assert_eq!((links[0].rel.as_deref(), links[0].type_.as_deref()), (Some("a"), Some("text/html")));
    assert_eq!(links[1].type_.as_deref(), Some("text/xml"));

    let user = Tree::parse("<user xml:id='x'><id>a.roe</id><phone xsi:type='x' type='work'/></user>").expect("reads");
    assert_eq!(user.root().id().as_deref(), Some("a.roe"));
    let phone = user.root().child("phone").expect("a phone");
    assert_eq!((phone.attribute("type"), phone.attribute("missing")), (Some("work"), None));
    assert_eq!(user.root().attribute("id"), Some("x"));
}

#[test]
fn the_first_of_several_single_values_is_taken() {
    assert_eq!(record("<userId>first</userId><userId>second</userId>").user_id.as_deref(), Some("first"));
    assert_eq!(
        records("<trainingHistory><trainingRecord id='attribute'><id>element</id></trainingRecord></trainingHistory>")
            [0]
        .id
        .as_deref(),
        Some("element")
    );
}

#[test]
fn texts_keep_their_characters() {
    for (inside, expected) in [
        ("&lt;b&gt; &amp;amp; &quot;x&apos;s&quot;", "<b> &amp; \"x's\""),
        ("a<![CDATA[<b> & ]]]]><![CDATA[>]]>c", "a<b> & ]]>c"),
        ("&#x1F642;&#233;\u{e9}", "\u{1f642}éé"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one&#13;two", "one\rtwo"),
        ("  padded  ", "padded"),
        ("a\u{1}b\u{b}", "a\u{1}b\u{b}"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("<b>bold</b> and <i>more</i>", "bold and more"),
    ] {
        let title = record(&format!("<learningModule><title>{inside}</title></learningModule>"));
        let title = title.learning_module.and_then(|module| module.title);
        assert_eq!(title.as_deref(), Some(expected), "{inside}");
    }
}

#[test]
fn every_encoding_reads_the_same() {
    let text = |encoding: &str| {
        format!("<?xml version='1.0'{encoding}?>\n<trainingHistory><trainingRecord id='Zoë – €'/></trainingHistory>")
    };
    let utf16 = |text: &str, big: bool, mark: bool| -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let windows = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let declared = text(" encoding='UTF-16'");
    for bytes in [
        text("").into_bytes(),
        text(" encoding=\"utf-8\"").into_bytes(),
        format!("\u{feff}{}", text(" encoding='UTF-8'")).into_bytes(),
        format!("\u{feff}{}", text(" encoding='ISO-8859-1'")).into_bytes(),
        utf16(&declared, false, true),
        utf16(&declared, true, true),
        utf16(&declared, false, false),
        utf16(&declared, true, false),
        utf16(&text(""), true, true),
        declared.clone().into_bytes(),
        windows(&text(" encoding='windows-1252'")),
        windows(&text(" encoding = \"ISO-8859-1\"")),
        windows(&text(" encoding='latin1' standalone='yes'")),
    ] {
        let history = TrainingHistory::from_xml(bytes).expect("reads");
        let ids: Vec<_> = history.training_record.unwrap_or_default().into_iter().map(|it| it.id).collect();
        assert_eq!(ids, [Some("Zoë – €".to_owned())]);
    }
}

#[test]
fn bytes_that_are_invalid_in_the_declared_encoding_are_an_error_with_a_line() {
    for (document, line) in [
        (b"<trainingHistory>\n\n<a>Zo\xeb</a></trainingHistory>".as_slice(), 3),
        (b"<?xml version='1.0' encoding='utf-7'?><trainingHistory/>", 1),
        (b"\xff\xfe<\0a\0/\0>", 1),
    ] {
        let error = TrainingHistory::from_xml(document).expect_err("unreadable");
        let cause = error.source().and_then(|cause| cause.downcast_ref::<XmlError>()).expect("a cause");
        let expected = if line == 1 && document.starts_with(b"\xff") { XmlErrorKind::Encoding } else { cause.kind() };
        assert_eq!((cause.kind(), cause.line()), (expected, line), "{error}");
        assert_eq!(cause.kind(), XmlErrorKind::Encoding, "{error}");
    }
}

#[test]
fn an_unexpected_root_element_is_named() {
    for (document, words) in [
        ("<module/>", "the root element is `module`, not `trainingHistory`"),
        ("<HTML><body/></HTML>", "an HTML page"),
        ("<e:html xmlns:e='x'/>", "an HTML page"),
        ("<!DOCTYPE html>\n<html><br></html>", "an HTML page"),
        ("<html><head><meta charset=utf-8></head></html>", "an HTML page"),
        ("<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'><p>", "an HTML page"),
        ("<Ünbekannt/>", "the root element is `…`"),
    ] {
        let error = TrainingHistory::from_xml(document).expect_err("another document");
        assert!(error.to_string().contains(words), "{error}");
        let is_page = words == "an HTML page";
        assert_eq!(error.kind() == ErrorKind::UnexpectedMediaType, is_page, "{error}");
        // The elements of an HTML page are not records.
        let first = Records::new(document.into()).next().now_or_never().flatten();
        assert_eq!(first.is_some_and(|record| record.is_err()), is_page, "{document}");
    }
}

#[test]
fn documents_are_written_back_completely() {
    fn round<T: FromXml + serde::Serialize + PartialEq + std::fmt::Debug>(document: &str) -> String {
        let value = T::from_xml(document.to_owned()).expect("reads");
        let written = to_xml(&value).expect("writes");
        assert_eq!(T::from_xml(written.clone()).expect("reads"), value);
        written
    }
    let written = round::<TrainingHistory>(HISTORY);
    assert!(written.contains("<trainingRecord id=\"T-1\">") && written.contains("<link href=\"https://"), "{written}");
    round::<Module>(MODULE);
    // An empty sequence among others has no form of its own, and stays an element.
    assert!(round::<LearningPath>(PATH).contains("<sequence/>"));
    round::<CompetenciesAwarded>(COMPETENCIES);
    assert!(round::<Module>("<module/>").ends_with("<module/>"));
    let odd = Module { title: Some("a\u{1}b".into()), ..Module::default() };
    assert!(to_xml(&odd).expect_err("a control character").to_string().contains("the text of `title`"));
}

#[test]
fn any_document_is_a_tree_and_decodes_into_types_of_the_caller() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Level {
        High,
        Low,
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Item {
        level: Level,
        weight: f64,
        #[serde(default)]
        note: Vec<String>,
        rest: serde_json::Value,
        #[serde(rename = "$text")]
        text: String,
    }
    let tree = Tree::parse(
        "<item level='high'> free <note>a</note> text <weight>0.25</weight><note>b</note><rest a='1'><b>2</b><c/><b>3</b></rest></item>",
    )
    .expect("reads");
    let item: Item = tree.decode().expect("decodes");
    assert_eq!(item.level, Level::High);
    assert_eq!((item.weight, item.note.as_slice()), (0.25, &["a".to_owned(), "b".to_owned()][..]));
    assert_eq!(item.rest, serde_json::json!({ "a": "1", "b": ["2", "3"], "c": "" }));
    assert_eq!(item.text, "free  text");
    assert!(tree.root().find("rest/b").is_some() && tree.root().find("rest/none/b").is_none());
    assert_eq!(tree.root().all_text(), "free a text 0.25 b 2 3");

    let error = Tree::parse("<item level='sentinel'/>").expect("reads").decode::<Item>().expect_err("does not fit");
    assert!(error.to_string().contains("expected one of high, low"), "{error}");
    assert!(!format!("{error:?}{tree:?}").contains("sentinel") && !format!("{tree:?}").contains("free"));
}
