//! Values that are freed by the thread that made them.
//!
//! With many small values, threads that free the memory of each other spend a third of the time of a run on waiting for the
//! allocator.

use std::ops::{Deref, DerefMut};
use std::sync::mpsc;

use serde::{Serialize, Serializer};

/// A value that goes back to its lender when it is dropped.
#[derive(Debug)]
pub(crate) struct Lent<T: Default> {
    value: T,
    /// `None` for a value that no other thread made.
    back: Option<mpsc::Sender<T>>,
}

impl<T: Default> Lent<T> {
    /// The value, which does not go back.
    pub(crate) fn take(mut self) -> T {
        self.back = None;
        std::mem::take(&mut self.value)
    }
}

impl<T: Default> From<T> for Lent<T> {
    fn from(value: T) -> Self {
        Self { value, back: None }
    }
}

impl<T: Default> Default for Lent<T> {
    fn default() -> Self {
        T::default().into()
    }
}

impl<T: Default> Deref for Lent<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Default> DerefMut for Lent<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: Default + Serialize> Serialize for Lent<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<T: Default> Drop for Lent<T> {
    fn drop(&mut self) {
        if let Some(back) = &self.back {
            // Without a lender, it is freed here.
            let _ = back.send(std::mem::take(&mut self.value));
        }
    }
}

/// The thread that makes values.
pub(super) struct Lender<T> {
    back: mpsc::Sender<T>,
    returned: mpsc::Receiver<T>,
}

impl<T: Default> Lender<T> {
    pub(super) fn new() -> Self {
        let (back, returned) = mpsc::channel();
        Self { back, returned }
    }

    /// Lends a value. Frees what came back before.
    pub(super) fn lend(&self, value: T) -> Lent<T> {
        self.returned.try_iter().for_each(drop);
        Lent { value, back: Some(self.back.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_goes_back_and_what_is_taken_does_not() {
        let lender = Lender::new();
        let [mut changed, taken] = ["a", "b"].map(|text| lender.lend(text.to_owned()));
        changed.push('!');
        drop(changed);
        assert_eq!((taken.take(), lender.returned.try_recv()), ("b".to_owned(), Ok("a!".to_owned())));
        drop(Lent::from("c".to_owned()));
        assert!(lender.returned.try_recv().is_err());
    }

    #[test]
    fn nothing_is_kept_that_came_back_before_the_next_value() {
        let lender = Lender::new();
        for number in 0..10 {
            drop(lender.lend(vec![number]));
        }
        assert_eq!(lender.returned.try_iter().collect::<Vec<_>>(), [[9]]);
    }

    #[test]
    fn a_value_outlives_its_lender() {
        let lent = Lender::new().lend(vec![1]);
        assert_eq!(*lent, [1]);
        drop(lent);
    }
}
