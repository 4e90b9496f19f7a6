//! How far a sweep has come, how fast it is, and how long it still takes: one line on standard error.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hivekey::carve::Progress;

use crate::messages::Messages;
use crate::render::quantity::bytes;

/// How often the line changes.
const PERIOD: Duration = Duration::from_millis(250);

/// Shows the progress of the sweep of one source.
pub struct Meter {
    messages: Messages,
    name: String,
    started: Instant,
    shown: Mutex<Option<Instant>>,
}

impl Meter {
    pub fn new(messages: Messages, path: &Path) -> Self {
        Self { messages, name: path.display().to_string(), started: Instant::now(), shown: Mutex::new(None) }
    }

    /// Shows how far the sweep is, if the line is old enough.
    pub fn show(&self, progress: Progress) {
        if !self.messages.shows_progress() {
            return;
        }
        let now = Instant::now();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.is_some_and(|shown| now.saturating_duration_since(shown) < PERIOD) {
            return;
        }
        *shown = Some(now);
        let line = line(progress, now.saturating_duration_since(self.started));
        self.messages.status(&format!("{line}: {}", self.name));
    }
}

/// The facts without the name of the source: at most 55 characters, as long as nothing is larger than the largest disk.
fn line(progress: Progress, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    let rate = if seconds > 0.0 { to_float(progress.done) / seconds } else { 0.0 };
    let mut line = bytes(progress.done);
    let total = progress.total.filter(|total| *total > 0);
    if let Some(total) = total {
        let percent = to_float(progress.done) / to_float(total) * 100.0;
        line.push_str(&format!(" of {} ({percent:.0} %)", bytes(total)));
    }
    line.push_str(&format!(", {}/s", bytes(to_integer(rate))));
    if let Some(left) = total.map(|total| total.saturating_sub(progress.done)).filter(|_| rate > 0.0 && seconds > 1.0) {
        line.push_str(&format!(", {} left", duration(to_integer((to_float(left) / rate).ceil()))));
    }
    if progress.hits > 0 {
        line.push_str(&format!(", {} found", progress.hits));
    }
    if progress.bytes_bad > 0 {
        line.push_str(&format!(", {} unreadable", bytes(progress.bytes_bad)));
    }
    line
}

/// Seconds in the two largest units that they fill.
fn duration(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{hours} h {} min", minutes % 60),
    }
}

/// A number for display; what is lost does not show.
fn to_float(number: u64) -> f64 {
    let [high, low] = [number >> 32, number & 0xFFFF_FFFF].map(|half| u32::try_from(half).unwrap_or(u32::MAX));
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

/// The whole part of a number that is not negative.
fn to_integer(number: f64) -> u64 {
    Duration::try_from_secs_f64(number).map_or(u64::MAX, |duration| duration.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(done: u64, total: Option<u64>) -> Progress {
        let mut progress = Progress::default();
        (progress.done, progress.total) = (done, total);
        progress
    }

    #[test]
    fn a_line_says_rate_and_time_left() {
        let mut half = progress(20 << 30, Some(40 << 30));
        assert_eq!(line(half, Duration::from_secs(40)), "20.0 GiB of 40.0 GiB (50 %), 512.0 MiB/s, 40 s left");
        half.hits = 3;
        half.bytes_bad = 1024;
        let line = line(half, Duration::from_secs(4000));
        assert_eq!(line, "20.0 GiB of 40.0 GiB (50 %), 5.1 MiB/s, 1 h 6 min left, 3 found, 1.0 KiB unreadable");
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        assert_eq!(line(progress(0, None), Duration::ZERO), "0 B, 0 B/s");
        assert_eq!(line(progress(1 << 20, None), Duration::from_secs(2)), "1.0 MiB, 512.0 KiB/s");
        assert_eq!(line(progress(0, Some(0)), Duration::from_secs(2)), "0 B, 0 B/s");
        assert_eq!(line(progress(0, Some(u64::MAX)), Duration::from_secs(2)), "0 B of 15.9 EiB (0 %), 0 B/s");
    }

    #[test]
    fn durations_in_two_units() {
        let shown = [0, 59, 60, 3599, 3600, 360_000].map(duration);
        assert_eq!(shown, ["0 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "100 h 0 min"]);
    }

    #[test]
    fn numbers_survive_as_far_as_they_show() {
        for number in [0, 1, 1 << 31, 1 << 32, (1 << 40) + 1] {
            assert_eq!(to_integer(to_float(number)), number);
        }
        assert_eq!(to_integer(f64::NAN), u64::MAX);
    }
}
