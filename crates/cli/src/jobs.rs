//! Several sources at a time, handed over in the order they were asked for.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use hivekey::{Options, SourceReport};

/// How far ahead of the first unfinished source the others may get, for each job. It bounds the reports held in memory.
const AHEAD: usize = 4;

/// More threads than this do nothing for anybody.
const MOST_JOBS: usize = 256;

/// What the workers share.
struct Queue<I> {
    state: Mutex<State<I>>,
    /// Something in the state has changed.
    changed: Condvar,
}

struct State<I> {
    paths: I,
    /// The number of the next path.
    next: usize,
    /// How many sources were handed over.
    handed_over: usize,
    done: BTreeMap<usize, SourceReport>,
    workers: usize,
    stopped: bool,
}

/// Inspects the paths, `jobs` at a time, and hands over each report in order. The callback stops the run by breaking.
pub fn inspect_in_order<I: Iterator<Item = PathBuf> + Send>(
    paths: I,
    options: &Options,
    jobs: NonZeroUsize,
    mut each: impl FnMut(SourceReport) -> ControlFlow<()>,
) {
    let jobs = jobs.get().min(MOST_JOBS);
    if jobs == 1 {
        return hivekey::inspect_each(paths, options, each);
    }
    let ahead = jobs.saturating_mul(AHEAD);
    let state = State { paths, next: 0, handed_over: 0, done: BTreeMap::new(), workers: jobs, stopped: false };
    let queue = Queue { state: Mutex::new(state), changed: Condvar::new() };
    thread::scope(|scope| {
        for _ in 0..jobs {
            if thread::Builder::new().spawn_scoped(scope, || queue.work(options, ahead)).is_err() {
                // The system gives no more threads; those that are there do the work.
                drop(Leaving(&queue));
            }
        }
        while let Some(report) = queue.take(options) {
            if each(report).is_break() {
                queue.lock().stopped = true;
                queue.changed.notify_all();
                break;
            }
        }
    });
}

impl<I: Iterator<Item = PathBuf>> Queue<I> {
    /// The state; a worker that panicked leaves it as usable as before.
    fn lock(&self) -> MutexGuard<'_, State<I>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'q>(&self, state: MutexGuard<'q, State<I>>) -> MutexGuard<'q, State<I>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, options: &Options, ahead: usize) {
        let _leaving = Leaving(self);
        while let Some((number, path)) = self.next_path(ahead) {
            self.inspect(number, path, options);
        }
    }

    fn inspect(&self, number: usize, path: PathBuf, options: &Options) {
        hivekey::inspect_each([path], options, |report| {
            self.lock().done.insert(number, report);
            ControlFlow::Continue(())
        });
        self.changed.notify_all();
    }

    fn next_path(&self, ahead: usize) -> Option<(usize, PathBuf)> {
        let mut state = self.lock();
        while !state.stopped && state.next >= state.handed_over.saturating_add(ahead) {
            state = self.wait(state);
        }
        if state.stopped {
            return None;
        }
        let path = state.paths.next()?;
        let number = state.next;
        state.next = number.saturating_add(1);
        Some((number, path))
    }

    /// The next report in order; `None` when there will be no more.
    fn take(&self, options: &Options) -> Option<SourceReport> {
        let mut state = self.lock();
        loop {
            let number = state.handed_over;
            if let Some(report) = state.done.remove(&number) {
                state.handed_over = number.saturating_add(1);
                self.changed.notify_all();
                return Some(report);
            }
            if state.stopped {
                return None;
            }
            if state.workers == 0 {
                // The workers are done with everything, or there never was one.
                drop(state);
                let (number, path) = self.next_path(usize::MAX)?;
                self.inspect(number, path, options);
                state = self.lock();
            } else {
                state = self.wait(state);
            }
        }
    }
}

/// Takes a worker off the count, also when it panics: then nothing would ever fill its place, so everything stops.
struct Leaving<'q, I: Iterator<Item = PathBuf>>(&'q Queue<I>);

impl<I: Iterator<Item = PathBuf>> Drop for Leaving<'_, I> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.workers = state.workers.saturating_sub(1);
        state.stopped |= thread::panicking();
        drop(state);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(count: usize, jobs: usize, stop_after: usize) -> Vec<String> {
        let paths = (0..count).map(|number| PathBuf::from(format!("/nonexistent/{number}")));
        let mut seen = Vec::new();
        inspect_in_order(paths, &Options::default(), NonZeroUsize::new(jobs).unwrap(), |report| {
            seen.push(report.path);
            if seen.len() == stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        seen
    }

    #[test]
    fn order_does_not_depend_on_jobs() {
        let expected: Vec<String> = (0..100).map(|number| format!("/nonexistent/{number}")).collect();
        for jobs in [1, 2, 7] {
            assert_eq!(run(100, jobs, 0), expected);
        }
    }

    #[test]
    fn a_break_ends_the_run() {
        for jobs in [1, 4] {
            assert_eq!(run(100, jobs, 3).len(), 3);
        }
        assert!(run(0, 4, 0).is_empty());
    }
}
