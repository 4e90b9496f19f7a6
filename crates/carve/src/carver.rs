//! The sweep.

use std::io::{self, Read};
use std::panic::resume_unwind;
use std::thread;

use crate::collect::{Collector, UnitFindings};
use crate::control::Control;
use crate::filter::Filter;
use crate::numbers::{to_u64, to_usize};
use crate::options::Options;
use crate::read::{Reader, Stop, note};
use crate::rejoin;
use crate::result::{Carved, Outcome};
use crate::scan::Scanner;
use crate::source::RawSource;
use crate::units::{Unit, Units};
use crate::window::{OVERLAP, Window};

/// Windows that make up a unit: one thread sweeps them one after the other.
const WINDOWS_PER_UNIT: u64 = 16;
/// Smallest and largest window.
const WINDOWS: (usize, usize) = (512, 16 << 20);

/// Sweeps raw bytes. Made once, used for any number of sources.
#[derive(Debug, Clone, Copy)]
pub struct Carver {
    scanner: Scanner,
}

impl Default for Carver {
    fn default() -> Self {
        Self::new(Options::default())
    }
}

impl Carver {
    /// A carver that looks for what the options say.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let (least, most) = WINDOWS;
        let window = options.window.clamp(least, most);
        Self { scanner: Scanner { filter: Filter::new(), options: Options { window, ..options } } }
    }

    /// The options in force: those given, with the window within its bounds.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.scanner.options
    }

    /// Sweeps a source from its beginning to its end, or until it is cancelled.
    ///
    /// The result does not depend on the number of threads nor on the window, unless the sweep is cancelled. What cannot be read is no
    /// error: see [`Carved::bad_ranges`].
    ///
    /// # Panics
    ///
    /// Only if the source or a hook of `control` does.
    pub fn sweep<S: RawSource + ?Sized>(&self, source: &S, control: &Control<'_>) -> Carved {
        let options = self.scanner.options;
        let collector = Collector::new(options, *control, source.size());
        let length = to_u64(options.window).saturating_mul(WINDOWS_PER_UNIT);
        let units = Units::new(source, length, collector);
        let work = || {
            let _broken = Broken(&units);
            self.work(source, *control, &units);
        };
        thread::scope(|scope| {
            let helpers = (1..options.threads.get()).map(|_| thread::Builder::new().spawn_scoped(scope, work));
            // A thread that cannot be had is done without.
            let helpers: Vec<_> = helpers.filter_map(Result::ok).collect();
            work();
            for helper in helpers {
                if let Err(message) = helper.join() {
                    resume_unwind(message);
                }
            }
        });
        let mut carved = units.finish();
        if options.rejoin && carved.outcome == Outcome::Complete {
            rejoin::complete(source, *control, &mut carved);
        }
        carved
    }

    /// Sweeps what can only be read once, from its beginning on: standard input, a pipe.
    ///
    /// Cut blobs are named, but their rest is not searched, as there is no way back.
    ///
    /// # Panics
    ///
    /// Only if the input or a hook of `control` does.
    pub fn sweep_stream(&self, mut input: impl Read, control: &Control<'_>) -> Carved {
        let options = self.scanner.options;
        let mut collector = Collector::new(options, *control, None);
        let mut window = Window::new(options.window);
        let outcome = loop {
            if control.cancelled() {
                break Outcome::Cancelled;
            }
            let room = window.room(options.window);
            let wanted = room.len();
            let (count, end) = read_full(&mut input, room, *control);
            window.add(count);
            let is_due = count == wanted && end.is_none();
            let ready = window.ready(u64::MAX, is_due);
            let mut found = UnitFindings::default();
            self.scanner.scan(window.view(), ready.clone(), &mut found);
            window.advance(ready.end);
            found.covered = to_u64(count);
            found.done = window.read_offset();
            collector.absorb(found);
            match end {
                Some(StreamEnd::Cancelled) => break Outcome::Cancelled,
                Some(StreamEnd::Broken(kind)) => {
                    break Outcome::Broken { offset: window.read_offset(), kind };
                }
                Some(StreamEnd::Input) => break Outcome::Complete,
                None => {}
            }
        };
        collector.finish(0, outcome)
    }

    /// What each thread does.
    fn work<S: RawSource + ?Sized>(&self, source: &S, control: Control<'_>, units: &Units<'_, S>) {
        // A short source, such as the free cells of a hive, needs no more room than it has bytes.
        let size = source.size().map_or(usize::MAX, to_usize);
        let mut window = Window::new(self.scanner.options.window.min(size));
        let mut reader = Reader { source, control, bad: Vec::new() };
        while let Some(unit) = units.take() {
            let (findings, stop) = self.sweep_unit(&unit, &mut window, &mut reader);
            // Without a size, the end is where nothing comes any more, or nothing that can be read.
            let is_short = stop == Stop::End && findings.done < unit.range.end;
            let ends = is_short || findings.is_unreadable();
            if stop == Stop::Cancelled {
                units.stop(Outcome::Cancelled);
            } else if source.size().is_none() && ends {
                units.stop(Outcome::Complete);
            }
            units.give_back(&unit, findings);
        }
    }

    fn sweep_unit<S: RawSource + ?Sized>(
        &self,
        unit: &Unit,
        window: &mut Window,
        reader: &mut Reader<'_, S>,
    ) -> (UnitFindings, Stop) {
        let mut found = UnitFindings::default();
        let end = unit.range.end;
        let limit = end.saturating_add(to_u64(OVERLAP));
        let limit = limit.min(reader.source.size().unwrap_or(u64::MAX));
        window.restart(unit.range.start);
        let mut stop = Stop::None;
        while stop == Stop::None {
            let offset = window.read_offset();
            let room = window.room(to_usize(limit.saturating_sub(offset)));
            let count;
            (count, stop) = reader.fill(offset, room);
            window.add(count);
            let is_due = stop == Stop::None && window.read_offset() < limit;
            let ready = window.ready(end, is_due);
            self.scanner.scan(window.view(), ready.clone(), &mut found);
            window.advance(ready.end);
            if !is_due {
                break;
            }
        }
        // The overlap is the next unit's.
        let reached = window.read_offset().min(end);
        found.bad = std::mem::take(&mut reader.bad);
        found.bad.retain_mut(|bad| {
            bad.range.end = bad.range.end.min(end);
            !bad.range.is_empty()
        });
        if stop == Stop::End && reader.source.size().is_some() && reached < end {
            note(&mut found.bad, reached..end, io::ErrorKind::UnexpectedEof);
            found.covered = end.saturating_sub(unit.range.start);
        } else {
            found.covered = reached.saturating_sub(unit.range.start);
        }
        found.done = unit.range.start.saturating_add(found.covered);
        (found, stop)
    }
}

/// Tells the other threads when the one that it lives in ends by a panic.
struct Broken<'a, 'b, S: RawSource + ?Sized>(&'a Units<'b, S>);

impl<S: RawSource + ?Sized> Drop for Broken<'_, '_, S> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.give_up();
        }
    }
}

/// Why nothing more comes from a stream.
enum StreamEnd {
    Input,
    Cancelled,
    Broken(io::ErrorKind),
}

/// Fills `buf`, or says why not. A read that is interrupted is a chance to stop: a pipe may be silent for ever.
fn read_full(input: &mut impl Read, buf: &mut [u8], control: Control<'_>) -> (usize, Option<StreamEnd>) {
    let mut done = 0_usize;
    while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => return (done, Some(StreamEnd::Input)),
            Ok(count) => done = done.saturating_add(count.min(rest.len())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                if control.cancelled() {
                    return (done, Some(StreamEnd::Cancelled));
                }
            }
            Err(error) => return (done, Some(StreamEnd::Broken(error.kind()))),
        }
    }
    (done, None)
}
