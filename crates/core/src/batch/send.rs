//! One cut on its way: sent, answered, and paired with its verdicts.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::batch::{Outcome, Verdict};
use crate::{Error, ErrorKind};

/// Items that are sent in one request.
pub(super) struct Cut<I> {
    /// The number of the cut, counted from 0.
    pub number: u64,
    /// The number of its first item.
    pub first: u64,
    pub items: Vec<I>,
    /// The hashes of the items' keys.
    pub keys: HashSet<u64>,
}

impl<I> Cut<I> {
    pub(super) fn empty(number: u64, first: u64) -> Self {
        Self { number, first, items: Vec::new(), keys: HashSet::new() }
    }
}

/// A cut that has been answered, or not.
pub(super) struct Sent<I, T> {
    pub number: u64,
    pub keys: HashSet<u64>,
    pub outcomes: Vec<Outcome<I, T>>,
}

/// Sends a cut.
pub(super) type SendCut<'a, I, T> = Box<dyn Fn(Cut<I>) -> BoxFuture<'a, Sent<I, T>> + Send + Sync + 'a>;

/// Joins the two halves of a batch operation.
pub(super) fn sender<'a, I, T, P, F>(
    send: impl Fn(&[I]) -> F + Send + Sync + 'a,
    read: impl Fn(&[I], P) -> Vec<Verdict<T>> + Send + Sync + 'a,
) -> SendCut<'a, I, T>
where
    F: Future<Output = Result<P, Error>> + Send + 'a,
    I: Send + 'a,
    T: 'a,
    P: 'a,
{
    let read = Arc::new(read);
    Box::new(move |cut: Cut<I>| {
        let answer = send(&cut.items);
        let read = Arc::clone(&read);
        let pair = move |answer| {
            let Cut { number, first, items, keys } = cut;
            let verdicts = match answer {
                Ok(answer) => complete(read(&items, answer), items.len()),
                Err(error) => unknown(error, items.len()),
            };
            let indexed = (first..).zip(items).zip(verdicts);
            let outcomes = indexed.map(|((index, item), verdict)| Outcome::new(index, item, verdict)).collect();
            Sent { number, keys, outcomes }
        };
        answer.map(pair).boxed()
    })
}

/// A list of another length than the items' cannot be told which of them it leaves out, so it says nothing about any.
fn complete<T>(verdicts: Vec<Verdict<T>>, items: usize) -> Vec<Verdict<T>> {
    if verdicts.len() == items {
        return verdicts;
    }
    let cause = format!("the answer holds {} verdicts for {items} items", verdicts.len());
    let advice = "read the items from the service before sending them again";
    unknown(Error::new(ErrorKind::Decode, cause).with_advice(advice), items)
}

fn unknown<T>(error: Error, items: usize) -> Vec<Verdict<T>> {
    let error = Arc::new(error);
    (0..items).map(|_| Verdict::Unknown(Arc::clone(&error))).collect()
}
