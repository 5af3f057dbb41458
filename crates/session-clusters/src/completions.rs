//! Completions by the time of their sessions, in one request or in pieces.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rosterkit_core::chrono::{DateTime, FixedOffset, TimeDelta};
use rosterkit_core::paging::{CursorPage, Items, Pager};
use rosterkit_core::{CallOptions, Error, Timestamp};

use crate::envelope::unmasked;
use crate::generated::{self, operations::GET_COMPLETIONS};
use crate::types::Completion;
use crate::window::{Bound, Bounds, Window};

/// The completions of participants, made by [`Client::completions`](crate::Client::completions).
///
/// It is one call of `api().get_completions()`, or one for each of its [pieces](Self::pieces), with the window checked
/// before anything is sent.
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
///     client.completions().from("2024-06-01T00:00Z").to("2024-09-01T00:00Z").pieces(WEEK).items();
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
pub struct ListCompletions<'a> {
    api: &'a generated::Client,
    window: Window,
    piece: Option<Duration>,
    options: CallOptions,
}

impl<'a> ListCompletions<'a> {
    pub(crate) fn new(api: &'a generated::Client) -> Self {
        Self { api, window: Window::default(), piece: None, options: CallOptions::new() }
    }

    /// Only completions of sessions that took place at this moment or later. Without it, the window has no start.
    pub fn from(mut self, moment: impl TryInto<Timestamp>) -> Self {
        self.window.set_from(moment);
        self
    }

    /// Only completions of sessions that took place before this moment, which must be later than [`from`](Self::from).
    /// Without it, the window has no end.
    pub fn to(mut self, moment: impl TryInto<Timestamp>) -> Self {
        self.window.set_to(moment);
        self
    }

    /// Asks for the window in pieces of this length, one after the other, since the service has no paging here and a
    /// long window makes a large answer. At least a millisecond; the last piece may be shorter. Both bounds must be given.
    /// Without this, there is one request.
    ///
    /// A completion that a later piece holds again, because the service counts a border to both sides or the session was
    /// moved meanwhile, comes once: what has the id of a completion of an earlier piece is left out. Completions without
    /// an id, and repetitions within one answer, are never left out. The ids of all completions so far are kept in
    /// memory.
    pub fn pieces(mut self, length: Duration) -> Self {
        self.piece = Some(length);
        self
    }

    /// Sets how each call is made: retries, timeouts, a request id. The client's settings hold for the rest.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// The listing, whose pages are the pieces, without the empty ones: a stream of pages or of completions, which can be
    /// limited, and start again at the piece where it failed. A new stream does not know the ids that another one had
    /// before it.
    ///
    /// # Errors
    /// The stream fails with
    /// - `InvalidRequest` before anything is sent, if a bound is no date and time, if `to` is not later than `from`, or if
    ///   pieces lack a bound or are shorter than a millisecond;
    /// - `Refused` if an envelope with `success: false` comes in place of the array with a status of success;
    /// - those of every call, see [`Error`].
    pub fn pager(self) -> Pager<'a, Completion> {
        let Self { api, window, piece, options } = self;
        let earlier = Mutex::new(HashSet::new());
        let fetch = move |cursor: Option<String>| {
            let request = window.check(&GET_COMPLETIONS).and_then(|bounds| Plan::new(bounds, piece)?.request(cursor));
            let options = options.clone();
            async move {
                let Piece { from, to, next } = request?;
                let mut call = api.get_completions().options(options);
                if let Some(from) = from {
                    call = call.from(from);
                }
                if let Some(to) = to {
                    call = call.to(to);
                }
                let completions = call.send().await.map_err(|error| unmasked(&GET_COMPLETIONS, error))?;
                Ok((completions.into_inner(), next))
            }
        };
        let read = move |(mut completions, next): (Vec<Completion>, Option<String>)| {
            if piece.is_some() {
                leave_out(&mut completions, &mut earlier.lock().unwrap_or_else(PoisonError::into_inner));
            }
            CursorPage::new(completions).cursor(next)
        };
        // A piece without completions says nothing about the next one.
        Pager::by_cursor(fetch, read).pass_empty_pages(u64::MAX)
    }

    /// The completions of all pieces, as a stream: [`pager`](Self::pager) with its defaults.
    pub fn items(self) -> Items<'a, Completion> {
        self.pager().items()
    }
}

/// Leaves out what has an id of an earlier piece, and notes the ids of this one.
fn leave_out(completions: &mut Vec<Completion>, earlier: &mut HashSet<String>) {
    completions.retain(|completion| completion.id.as_ref().is_none_or(|id| !earlier.contains(id)));
    earlier.extend(completions.iter().filter_map(|completion| completion.id.clone()));
}

/// The requests that a listing comes to.
#[derive(Debug)]
struct Plan {
    bounds: Bounds,
    /// The length of a piece; `None` is the whole window.
    piece: Option<TimeDelta>,
}

/// One request, and the cursor of the one after it: the moment at which that begins.
struct Piece {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    next: Option<String>,
}

impl Plan {
    fn new(bounds: Bounds, piece: Option<Duration>) -> Result<Self, Error> {
        let refuse = |rule| Err(Error::invalid_request(&GET_COMPLETIONS, rule));
        let Some(length) = piece else { return Ok(Self { bounds, piece: None }) };
        if bounds.from.is_none() || bounds.to.is_none() {
            return refuse("a window that is cut into pieces needs both `from` and `to`");
        }
        if length < Duration::from_millis(1) {
            return refuse("the pieces of a window must have at least a millisecond");
        }
        // A length beyond what can be added to a date is longer than any window.
        Ok(Self { bounds, piece: TimeDelta::from_std(length).ok() })
    }

    fn request(&self, cursor: Option<String>) -> Result<Piece, Error> {
        let Bounds { from, to } = &self.bounds;
        let (Some(length), Some(first), Some(last)) = (self.piece, from, to) else {
            let text = |bound: &Option<Bound>| bound.as_ref().map(|bound| bound.text.clone());
            return match cursor {
                None => Ok(Piece { from: text(from), to: text(to), next: None }),
                Some(_) => Err(foreign_cursor()),
            };
        };
        let (from, start) = match cursor {
            None => (first.text.clone(), first.moment),
            Some(cursor) => {
                let text: Timestamp = cursor.parse().map_err(|_| foreign_cursor())?;
                let moment = text.to_datetime().map_err(|_| foreign_cursor())?;
                if moment < first.moment || moment >= last.moment {
                    return Err(foreign_cursor());
                }
                (text, moment)
            }
        };
        let end = start.checked_add_signed(length).map(Timestamp::from).and_then(|border| {
            // What is sent has milliseconds, so that is what the next piece begins with.
            let moment: DateTime<FixedOffset> = border.to_datetime().ok()?;
            (moment < last.moment).then_some(border)
        });
        Ok(match end {
            Some(border) => Piece { from: Some(from), next: Some(border.to_string()), to: Some(border) },
            None => Piece { from: Some(from), to: Some(last.text.clone()), next: None },
        })
    }
}

fn foreign_cursor() -> Error {
    Error::invalid_request(&GET_COMPLETIONS, "the listing cannot start there: no piece of the window begins so")
}
