//! Completions, by the time of their sessions, in one request or in one per interval.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rosterkit_core::chrono::{DateTime, FixedOffset, TimeDelta};
use rosterkit_core::paging::{CursorPage, Items, Pager};
use rosterkit_core::{CallOptions, Error, ReadableItems, Response, Timestamp};

use crate::Client;
use crate::envelope::refusal_behind;
use crate::generated::{builder::GetCompletions, operations::GET_COMPLETIONS};
use crate::types::Completion;
use crate::window::{Bound, Bounds, Window};

/// The completions of participants; made by [`Client::completions`].
///
/// It is one call of `api().get_completions()`, or one for each [interval](Self::interval), with the window checked before
/// anything is sent.
///
/// ```
/// # use std::time::Duration;
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # let sandbox = rosterkit_sandbox::Sandbox::builder().start().await?;
/// # let client = session_clusters::Client::builder()
/// #     .base_url(sandbox.sessions_url()).api_key(sandbox.credentials().session_key).build()?;
/// const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
///
/// let mut completions =
///     client.completions().from("2024-06-01T00:00Z").to("2024-09-01T00:00Z").interval(WEEK).items();
/// let mut attended = 0;
/// while let Some(completion) = completions.next().await {
///     attended += usize::from(completion?.attended == Some(true));
/// }
/// assert!(attended > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is sent"]
pub struct ListCompletions {
    call: GetCompletions,
    window: Window,
    interval: Option<Duration>,
    skips_unreadable: bool,
}

impl Client {
    /// Lists the completions of participants, by the time of their sessions.
    pub fn completions(&self) -> ListCompletions {
        let (call, window) = (self.api().get_completions(), Window::default());
        ListCompletions { call, window, interval: None, skips_unreadable: false }
    }
}

impl ListCompletions {
    /// Lists only completions of sessions that took place at this time or later. Without it, the window has no start.
    pub fn from(mut self, start: impl TryInto<Timestamp>) -> Self {
        self.window.set_from(start);
        self
    }

    /// Lists only completions of sessions that took place before this time, which must be later than [`from`](Self::from).
    /// Without it, the window has no end.
    pub fn to(mut self, end: impl TryInto<Timestamp>) -> Self {
        self.window.set_to(end);
        self
    }

    /// Requests the window in intervals of this length, one after the other, since the service has no paging here and a
    /// long window makes a large response. At least one millisecond; the last interval may be shorter. Both bounds are
    /// required. Default: one request.
    ///
    /// A completion that two intervals hold, because the service counts a border twice or the session was moved meanwhile,
    /// is listed once: it is left out if an earlier interval had its id. Completions without an id, and duplicates within
    /// one response, are never left out. The ids of all completions so far are kept in memory.
    pub fn interval(mut self, length: Duration) -> Self {
        self.interval = Some(length);
        self
    }

    /// Sets options of each call: retries, timeouts, a request id. The client's settings hold for the rest.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.call = self.call.options(options);
        self
    }

    /// Leaves out completions that cannot be read, such as one whose `attended` is a text, and goes on. By default, such a
    /// completion is an error that ends the listing. [`Items::skipped`] counts them,
    /// [`Items::take_unreadable`] tells each with its id.
    pub fn skip_unreadable(mut self) -> Self {
        self.skips_unreadable = true;
        self
    }

    /// The pager, whose pages are the intervals without the empty ones: a stream of pages or of completions, which can be
    /// limited, and resumed at the interval that failed. A resumed stream does not know the ids of the stream before it.
    ///
    /// # Errors
    /// The stream fails with
    /// - `InvalidRequest` before anything is sent, if a bound is not a date-time, if `to` is not later than `from`, or if
    ///   intervals lack a bound or are shorter than a millisecond;
    /// - `Refused` if an envelope with `success: false` comes in place of the array with a status of success;
    /// - those of every call, see [`Error`].
    pub fn pager(self) -> Pager<'static, Completion> {
        let Self { call, window, interval, skips_unreadable } = self;
        let earlier = Mutex::new(HashSet::new());
        let fetch = move |cursor: Option<String>| {
            let request =
                window.check(&GET_COMPLETIONS).and_then(|bounds| Plan::new(bounds, interval)?.request(cursor));
            let call = call.clone();
            async move {
                let Interval { from, to, next } = request?;
                let call = from.into_iter().fold(call, GetCompletions::from);
                let call = to.into_iter().fold(call, GetCompletions::to);
                let completions = match skips_unreadable {
                    true => call.send_as::<ReadableItems<Completion>>().await.map(Response::into_inner),
                    false => call.send().await.map(|response| response.into_inner().into()),
                };
                Ok((completions.map_err(|error| refusal_behind(&GET_COMPLETIONS, error))?, next))
            }
        };
        let read = move |(mut completions, next): (ReadableItems<Completion>, Option<String>)| {
            if interval.is_some() {
                leave_out(&mut completions.items, &mut earlier.lock().unwrap_or_else(PoisonError::into_inner));
            }
            CursorPage::new(completions.items).unreadable(completions.unreadable).cursor(next)
        };
        // An interval without completions says nothing about the next one.
        Pager::by_cursor(fetch, read).pass_empty_pages(u64::MAX)
    }

    /// The completions of all intervals, as a stream: [`pager`](Self::pager) with its defaults.
    pub fn items(self) -> Items<'static, Completion> {
        self.pager().items()
    }
}

/// Removes completions with an id of an earlier interval, and notes the ids of this one.
fn leave_out(completions: &mut Vec<Completion>, earlier: &mut HashSet<String>) {
    completions.retain(|completion| completion.id.as_ref().is_none_or(|id| !earlier.contains(id)));
    earlier.extend(completions.iter().filter_map(|completion| completion.id.clone()));
}

/// The requests of a listing.
#[derive(Debug)]
struct Plan {
    bounds: Bounds,
    /// The length of an interval; `None` is the whole window.
    length: Option<TimeDelta>,
}

/// One request, and the cursor of the next one: the start of its interval.
struct Interval {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    next: Option<String>,
}

impl Plan {
    fn new(bounds: Bounds, interval: Option<Duration>) -> Result<Self, Error> {
        let invalid = |rule| Err(Error::invalid_request(&GET_COMPLETIONS, rule));
        let Some(length) = interval else { return Ok(Self { bounds, length: None }) };
        if bounds.from.is_none() || bounds.to.is_none() {
            return invalid("`interval` requires both `from` and `to`");
        }
        if length < Duration::from_millis(1) {
            return invalid("invalid `interval`: expected at least one millisecond");
        }
        // A length beyond what can be added to a date is longer than any window.
        Ok(Self { bounds, length: TimeDelta::from_std(length).ok() })
    }

    fn request(&self, cursor: Option<String>) -> Result<Interval, Error> {
        let Bounds { from, to } = &self.bounds;
        let (Some(length), Some(first), Some(last)) = (self.length, from, to) else {
            let text = |bound: &Option<Bound>| bound.as_ref().map(|bound| bound.text.clone());
            return match cursor {
                None => Ok(Interval { from: text(from), to: text(to), next: None }),
                Some(_) => Err(invalid_cursor()),
            };
        };
        let (from, start) = match cursor {
            None => (first.text.clone(), first.datetime),
            Some(cursor) => {
                let text: Timestamp = cursor.parse().map_err(|_| invalid_cursor())?;
                let datetime = text.to_datetime().map_err(|_| invalid_cursor())?;
                if datetime < first.datetime || datetime >= last.datetime {
                    return Err(invalid_cursor());
                }
                (text, datetime)
            }
        };
        let end = start.checked_add_signed(length).map(Timestamp::from).and_then(|border| {
            // The next interval starts at what was sent, which has milliseconds.
            let datetime: DateTime<FixedOffset> = border.to_datetime().ok()?;
            (datetime < last.datetime).then_some(border)
        });
        Ok(match end {
            Some(border) => Interval { from: Some(from), next: Some(border.to_string()), to: Some(border) },
            None => Interval { from: Some(from), to: Some(last.text.clone()), next: None },
        })
    }
}

fn invalid_cursor() -> Error {
    Error::invalid_request(&GET_COMPLETIONS, "invalid cursor: no interval of the window starts there")
}
