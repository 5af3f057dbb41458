//! Medians, and numbers formatted for people.

use std::time::Duration;

/// The median: the middle number, or the mean of the two middle numbers. `None` if there are no numbers.
///
/// ```
/// use rosterkit_benches::median;
///
/// assert_eq!(median(&mut [3.0, 1.0, 100.0]), Some(3.0));
/// assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
/// assert_eq!(median(&mut []), None);
/// ```
pub fn median(numbers: &mut [f64]) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        count if count.is_multiple_of(2) => Some((numbers[middle - 1] + numbers[middle]) / 2.0),
        _ => Some(numbers[middle]),
    }
}

/// A duration with three digits and a suitable unit.
///
/// ```
/// use std::time::Duration;
/// use rosterkit_benches::duration;
///
/// assert_eq!(duration(Duration::from_nanos(512)), "512 ns");
/// assert_eq!(duration(Duration::from_nanos(1_234)), "1.23 µs");
/// assert_eq!(duration(Duration::from_micros(45_600)), "45.6 ms");
/// assert_eq!(duration(Duration::from_millis(7_891)), "7.89 s");
/// ```
pub fn duration(duration: Duration) -> String {
    let nanos = duration.as_secs_f64() * 1e9;
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    let (size, unit) = units.into_iter().find(|(size, _)| nanos >= *size).unwrap_or((1.0, "ns"));
    format!("{} {unit}", digits(nanos / size))
}

/// A throughput in megabytes per second.
///
/// ```
/// use std::time::Duration;
/// use rosterkit_benches::rate;
///
/// assert_eq!(rate(3_000_000, Duration::from_millis(20)), "150 MB/s");
/// ```
pub fn rate(bytes: usize, elapsed: Duration) -> String {
    format!("{} MB/s", digits(bytes as f64 / 1e6 / elapsed.as_secs_f64().max(f64::MIN_POSITIVE)))
}

/// A number with three digits.
pub(crate) fn digits(number: f64) -> String {
    let decimals = match number {
        _ if number >= 99.95 => 0,
        _ if number >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{number:.decimals$}");
    match text.strip_suffix(".00") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}
