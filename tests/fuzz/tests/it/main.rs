//! Runs the fuzz targets on their seeds, and on what random changes make of them.
//!
//! Few cases, the same in each run, by default; `FUZZ_SECONDS=60` runs each target for so long with cases of a new seed, which
//! is what `make fuzz` does. Input that fails is made as small as possible and kept in the corpus of its target.

#![allow(missing_docs, clippy::print_stdout)]

use std::fmt::Write as _;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use rosterkit_fuzz::{TARGETS, Target};
use rosterkit_tests::{memory, setting};

/// How many cases there are without `PROPTEST_CASES`.
const CASES: u32 = 150;

/// The longest input. Longer ones find nothing more, and slowly.
const LONGEST: usize = 1 << 16;

/// How many cases are run with one seed when time decides.
const CASES_OF_SEED: u32 = 500;

/// The most memory that the process may need, in kibibytes, where the system tells it.
const MOST_MEMORY: u64 = 1 << 20;

/// The longest that one input may take when time decides.
const LONGEST_CASE: Duration = Duration::from_secs(20);

/// One change of a seed.
#[derive(Clone, Debug)]
enum Change {
    Set(Index, u8),
    Remove(Index, Index),
    Repeat(Index, Index, usize),
    Insert(Index, Index),
    Bytes(Index, Vec<u8>),
    /// A part of another seed in place of the rest.
    Splice(Index, Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    prop_oneof![
        2 => (index(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        3 => (index(), index()).prop_map(|(from, to)| Change::Remove(from, to)),
        1 => (index(), index(), 1_usize..40).prop_map(|(from, to, times)| Change::Repeat(from, to, times)),
        4 => (index(), index()).prop_map(|(at, word)| Change::Insert(at, word)),
        1 => (index(), vec(any::<u8>(), 1..8)).prop_map(|(at, bytes)| Change::Bytes(at, bytes)),
        2 => (index(), index(), index()).prop_map(|(at, other, from)| Change::Splice(at, other, from)),
    ]
}

/// The seeds of a target: files of its folder, by their names, and those that it makes.
fn seeds(target: &Target) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder(target)).expect("a corpus").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let named = files.iter().map(|path| (path.display().to_string(), fs::read(path).expect("a seed")));
    let made = (target.seeds)().into_iter().enumerate().map(|(index, seed)| (format!("seed {index}"), seed));
    named.chain(made).collect()
}

fn folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora").join(target.name)
}

/// Makes the changes one after the other.
fn apply(target: &Target, seeds: &[(String, Vec<u8>)], seed: &Index, changes: &[Change]) -> Vec<u8> {
    let mut data = seed.get(seeds).1.clone();
    for change in changes {
        let at = |index: &Index| index.index(data.len() + 1);
        match change {
            Change::Set(index, byte) => {
                let at = index.index(data.len().max(1));
                if let Some(there) = data.get_mut(at) {
                    *there = *byte;
                }
            }
            Change::Remove(from, to) => drop(data.drain(at(from).min(at(to))..at(from).max(at(to)))),
            Change::Repeat(from, to, times) => {
                let (from, to) = (at(from).min(at(to)), at(from).max(at(to)));
                let part = data[from..to].repeat(*times);
                drop(data.splice(to..to, part));
            }
            Change::Insert(index, word) => {
                let (at, word) = (at(index), word.get(target.words));
                drop(data.splice(at..at, word.bytes()));
            }
            Change::Bytes(index, bytes) => {
                let at = at(index);
                drop(data.splice(at..at, bytes.iter().copied()));
            }
            Change::Splice(index, other, from) => {
                let other = &other.get(seeds).1;
                data.truncate(at(index));
                data.extend_from_slice(&other[from.index(other.len() + 1)..]);
            }
        }
        data.truncate(LONGEST);
    }
    data
}

/// Runs cases of one seed, and says what failed, as small as it could be made.
fn cases(target: &Target, seeds: &[(String, Vec<u8>)], count: u32, random: Option<TestRng>, longest: Option<Duration>) {
    let config = Config { cases: count, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let mut runner = match random {
        Some(random) => TestRunner::new_with_rng(config, random),
        None => TestRunner::new(config),
    };
    let strategy = (any::<Index>(), vec(change(), 0..6));
    let result = runner.run(&strategy, |(seed, changes)| {
        let (data, start) = (apply(target, seeds, &seed, &changes), Instant::now());
        (target.run)(&data);
        prop_assert!(longest.is_none_or(|longest| start.elapsed() < longest), "it took {:?}", start.elapsed());
        Ok(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, (seed, changes))) => {
            let data = apply(target, seeds, &seed, &changes);
            let path = keep(target, &data);
            panic!(
                "{}: {reason}\ninput, kept as {}: {:?}",
                target.name,
                path.display(),
                String::from_utf8_lossy(&data)
            );
        }
        Err(TestError::Abort(reason)) => panic!("{}: {reason}", target.name),
    }
}

/// Writes an input into the corpus of its target, from where each later run takes it.
fn keep(target: &Target, data: &[u8]) -> PathBuf {
    let hash = data
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let path = folder(target).join(format!("found-{hash:016x}"));
    fs::write(&path, data).expect("a file in the corpus");
    path
}

fn fuzz(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    let seeds = seeds(target);
    for (file, seed) in &seeds {
        assert!(catch_unwind(|| (target.run)(seed)).is_ok(), "{name} fails with {file}");
    }
    let Some(seconds) = setting("FUZZ_SECONDS") else {
        let count = setting("PROPTEST_CASES").map_or(CASES, |count| u32::try_from(count).unwrap_or(u32::MAX));
        let same = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        return cases(target, &seeds, count, Some(same), None);
    };
    let (start, mut count) = (Instant::now(), 0_u64);
    while start.elapsed() < Duration::from_secs(seconds) {
        cases(target, &seeds, CASES_OF_SEED, None, Some(LONGEST_CASE));
        count += u64::from(CASES_OF_SEED);
    }
    let mut text = format!("fuzz {name}: {} seeds, {count} cases in {} s", seeds.len(), start.elapsed().as_secs());
    if let Some(peak) = memory("VmHWM") {
        let _ = write!(text, ", at most {} MiB", peak / 1024);
        assert!(peak < MOST_MEMORY, "{text}");
    }
    println!("{text}");
}

/// One test per target, and none without a test.
macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                fuzz(stringify!($name));
            }
        )*

        #[test]
        fn each_target_has_a_test_and_seeds() {
            let tests = [$(stringify!($name)),*];
            assert_eq!(TARGETS.map(|target| target.name), tests);
            for target in &TARGETS {
                assert!(!seeds(target).is_empty(), "{} has no seeds", target.name);
            }
        }
    };
}

targets![bulk, csv, expression, feeds, fields, json, retry_after, sandbox, spec, sync_file, xml];
