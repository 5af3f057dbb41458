//! Records one by one: in bounded memory, and as far as a broken document goes.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{FutureExt as _, StreamExt as _, stream};
use peoplefluent_lms::bytes::Bytes;
use peoplefluent_lms::types::TrainingRecord;
use peoplefluent_lms::xml::{Limits, Records, XmlError, XmlErrorKind};
use peoplefluent_lms::{Body, Error, ErrorKind};

/// What comes out of a stream that never waits: the ids of records, then how it ended.
fn ids(mut records: Records) -> (Vec<String>, Option<Error>) {
    let mut ids = Vec::new();
    loop {
        match records.next().now_or_never().expect("never waits") {
            Some(Ok(record)) => ids.push(record.root().id().unwrap_or_default().into_owned()),
            Some(Err(error)) => {
                assert!(records.next().now_or_never().expect("never waits").is_none(), "an error is the end");
                return (ids, Some(error));
            }
            None => return (ids, None),
        }
    }
}

fn cause(error: &Error) -> XmlError {
    error.source().and_then(|cause| cause.downcast_ref::<XmlError>()).cloned().expect("a cause")
}

/// A body in chunks of `size` bytes.
fn chunked(document: &str, size: usize) -> Body {
    let chunks: Vec<_> = document.as_bytes().chunks(size).map(Bytes::copy_from_slice).map(Ok::<_, Error>).collect();
    Body::stream(stream::iter(chunks), None)
}

const USERS: &str = "<?xml version='1.0'?>
<u:users xmlns:u='urn:example'>
  <u:user><u:id>a.roe</u:id><u:name>Zoë &amp; co</u:name></u:user>
  <!-- between -->
  <u:group><u:user><id>b.roe</id><user><id>inner</id></user></u:user></u:group>
  <u:user id='c.roe'/>
  <u:count>3</u:count>
</u:users>
";

#[test]
fn records_are_the_children_of_the_root_or_the_elements_of_a_name() {
    let (found, error) = ids(Records::new(USERS.into()));
    assert_eq!((found, error.is_none()), (vec!["a.roe".into(), "".into(), "c.roe".into(), "".into()], true));
    let (found, error) = ids(Records::new(USERS.into()).of("user"));
    assert_eq!((found, error.is_none()), (vec!["a.roe".into(), "b.roe".into(), "c.roe".into()], true));
    assert_eq!(ids(Records::new(USERS.into()).of("users")).0.len(), 0, "the root is not a record");
    assert_eq!(ids(Records::new("<users/>".into())).0.len(), 0);
}

#[test]
fn the_size_of_chunks_makes_no_difference() {
    for size in 1..40 {
        let records = Records::new(chunked(USERS, size)).of("user");
        let records = records.map(|record| record.expect("reads").root().all_text().into_owned());
        let texts: Vec<_> = records.collect::<Vec<_>>().now_or_never().expect("never waits");
        assert_eq!(texts, ["a.roe Zoë & co", "b.roe inner", ""], "chunks of {size}");
    }
}

#[test]
fn a_token_is_read_as_a_whole_however_it_is_divided() {
    let ids = |document: &str, size: usize| {
        let (ids, error) = ids(Records::new(chunked(document, size)));
        assert!(error.is_none(), "chunks of {size}");
        ids
    };
    // A mark within a document is no byte order mark.
    let marks = "<users><user><id>\u{feff}a</id>\u{feff}</user>\u{feff}<user><id>b\u{feff}</id></user></users>";
    for size in 1..9 {
        assert_eq!(ids(marks, size), ["\u{feff}a", "b\u{feff}"], "chunks of {size}");
    }
    // A tag, a comment and a text that are longer than what is decoded at once.
    let long = "x>".repeat(20_000);
    let document = format!("<users><user a='{long}'><!--{long}--><id>{long}</id></user><user id='b'/></users>");
    for size in [97, 1 << 12, 1 << 20] {
        assert_eq!(ids(&document, size), [long.as_str(), "b"], "chunks of {size}");
    }
}

#[test]
fn a_record_that_does_not_fit_its_type_is_an_error_and_the_others_follow() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct User {
        id: String,
        logins: Option<u32>,
    }
    let document = "<users><user id='1'><logins>3</logins></user><user id='2'><logins>sentinel</logins></user>
        <user><id>3</id></user><user id='4'></users>";
    let users = Records::new(chunked(document, 7)).of("user").decode::<User>();
    let mut users = users.collect::<Vec<_>>().now_or_never().expect("never waits").into_iter();
    let user = |id: &str, logins| User { id: id.to_owned(), logins };
    assert_eq!(users.next().and_then(Result::ok), Some(user("1", Some(3))));
    let error = users.next().and_then(Result::err).expect("invalid");
    assert_eq!((cause(&error).kind(), cause(&error).path()), (XmlErrorKind::Value, "user/logins"));
    assert!(!format!("{error} {error:?}").contains("sentinel"));
    assert_eq!(users.next().and_then(Result::ok), Some(user("3", None)), "nothing is left of the record before");
    assert_eq!(cause(&users.next().and_then(Result::err).expect("malformed")).complete_records(), Some(3));
    assert!(users.next().is_none());
}

#[test]
fn a_record_decodes_into_a_type() {
    let document = include_str!("samples/training_history.xml");
    let records = Records::new(document.into()).of("trainingRecord");
    let records = records.map(|record| record.and_then(|record| record.decode::<TrainingRecord>()));
    let records: Vec<_> =
        records.map(|record| record.expect("decodes")).collect::<Vec<_>>().now_or_never().expect("at once");
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].training_record.as_ref().map(Vec::len), Some(2));
}

#[test]
fn a_cut_off_document_yields_the_complete_records_and_then_an_error() {
    let mut whole = USERS.to_owned();
    whole.truncate(USERS.trim_end().len());
    let ends: Vec<_> = ["</u:user>\n  <!--", "</u:user></u:group>", "<u:user id='c.roe'/>"]
        .iter()
        .map(|mark| {
            whole.find(mark).expect("there") + mark.find(['<', '/']).map_or(0, |_| mark.find('>').expect("there") + 1)
        })
        .collect();
    for end in 0..whole.len() {
        let complete = ends.iter().filter(|mark| **mark <= end).count();
        let bytes = Bytes::copy_from_slice(&whole.as_bytes()[..end]);
        let (found, error) = ids(Records::new(bytes.into()).of("user"));
        let error = error.expect("cut off");
        assert_eq!(found.len(), complete, "cut at {end}");
        assert_eq!(cause(&error).complete_records(), Some(complete as u64));
        if cause(&error).kind() == XmlErrorKind::Truncated {
            let s = if complete == 1 { "" } else { "s" };
            assert!(error.to_string().contains(&format!("after {complete} complete record{s}")), "{error}");
        }
    }
}

#[test]
fn a_malformed_document_yields_the_records_before_the_error() {
    for (rest, kind) in [
        ("<user></users>", XmlErrorKind::Malformed),
        ("<user>&x;</user></users>", XmlErrorKind::Entity),
        ("</users><users/>", XmlErrorKind::Malformed),
    ] {
        let (found, error) = ids(Records::new(format!("<users><user id='1'/><user id='2'/>{rest}").into()));
        assert_eq!(found, ["1", "2"]);
        assert_eq!(cause(&error.expect("malformed")).kind(), kind, "{rest}");
    }
    let (found, error) = ids(Records::new(b"<users><user id='1'/><user>\xff</user></users>".as_slice().into()));
    assert_eq!((found.len(), cause(&error.expect("not UTF-8")).kind()), (1, XmlErrorKind::Encoding));
}

#[test]
fn an_error_of_the_connection_names_the_number_of_records() {
    let chunks = vec![
        Ok(Bytes::from("<users><user id='1'/><user id='2'/><us")),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ];
    let (found, error) = ids(Records::new(Body::stream(stream::iter(chunks), None)));
    let error = error.expect("broken");
    assert_eq!((found.len(), error.kind()), (2, ErrorKind::RequestBody));
    assert!(error.to_string().contains("connection reset, after 2 complete records; "), "{error}");
}

/// Many records, made as they are asked for, in chunks of one size.
fn endless(record: &'static str, count: usize, chunk: usize, polled: Arc<AtomicUsize>) -> Body {
    let mut left = count;
    let mut state = Some(b"<users>".to_vec());
    let chunks = stream::iter(std::iter::from_fn(move || {
        let buffer = state.as_mut()?;
        while buffer.len() < chunk && left > 0 {
            buffer.extend_from_slice(record.as_bytes());
            left -= 1;
        }
        let bytes = match buffer.len() > chunk {
            true => Bytes::from(buffer.drain(..chunk).collect::<Vec<_>>()),
            false => {
                let mut last = state.take()?;
                last.extend_from_slice(b"</users>");
                Bytes::from(last)
            }
        };
        polled.fetch_add(bytes.len(), Ordering::Relaxed);
        Some(Ok::<_, Error>(bytes))
    }));
    Body::stream(chunks, None)
}

#[test]
fn a_document_is_read_only_as_far_as_the_current_record() {
    const RECORD: &str =
        "<user status='active'><id>a.roe</id><name><family>Roe</family><given>Sample</given></name></user>\n";
    const COUNT: usize = 60_000;
    const CHUNK: usize = 8 * 1024;
    let polled = Arc::new(AtomicUsize::new(0));
    let mut records = Records::new(endless(RECORD, COUNT, CHUNK, polled.clone())).of("user");
    assert_eq!(polled.load(Ordering::Relaxed), 0, "nothing is read before it is asked for");
    let (mut given, mut furthest) = (0, 0);
    while let Some(record) = records.next().now_or_never().expect("never waits") {
        assert_eq!(record.expect("reads").root().text_of("id").as_deref(), Some("a.roe"));
        given += 1;
        let read = polled.load(Ordering::Relaxed);
        furthest = furthest.max(read.saturating_sub("<users>".len() + given * RECORD.len()));
    }
    assert_eq!(given, COUNT);
    assert!(
        polled.load(Ordering::Relaxed) > COUNT * RECORD.len(),
        "it was one document of {} MB",
        COUNT * RECORD.len() / 1_000_000
    );
    assert!(furthest <= CHUNK + RECORD.len(), "{furthest} bytes were read ahead");
}

#[test]
fn an_endless_record_is_an_error_at_its_limit() {
    let polled = Arc::new(AtomicUsize::new(0));
    let limits = Limits::new().with_record(100_000);
    let part = "<part>0123456789</part>";
    let body = endless(part, 1_000_000, 4096, polled.clone());
    let chunks = stream::iter([Ok(Bytes::from("<all><user id='1'/><user>"))]).chain(body);
    let (found, error) = ids(Records::new(Body::stream(chunks, None)).of("user").within(limits));
    let error = error.expect("too large");
    assert_eq!((found.len(), error.kind()), (1, ErrorKind::TooLarge));
    assert!(error.to_string().contains("a record takes more than 100000 bytes"), "{error}");
    assert!(error.to_string().contains("after 1 complete record"), "{error}");
    assert!(polled.load(Ordering::Relaxed) <= 110_000, "no more was read than the limit");
}

#[test]
fn an_endless_text_or_tag_is_an_error_at_its_limit() {
    for beginning in
        ["<users><user>", "<users><user a='", "<users><!--", "<users><![CDATA[", "<users><?p ", "<users><", "<"]
    {
        let polled = Arc::new(AtomicUsize::new(0));
        let body = endless("0123456789", 10_000_000, 4096, polled.clone());
        let text =
            body.map(|chunk| chunk.map(|chunk| Bytes::from_iter(chunk.iter().copied().filter(u8::is_ascii_digit))));
        let chunks = stream::iter([Ok(Bytes::from(beginning))]).chain(text);
        let (_, error) = ids(Records::new(Body::stream(chunks, None)).within(Limits::new().with_token(50_000)));
        assert_eq!(error.expect("too large").kind(), ErrorKind::TooLarge, "{beginning}");
        assert!(polled.load(Ordering::Relaxed) <= 80_000, "{beginning}");
    }
}
