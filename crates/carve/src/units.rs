//! Deals out the source in units to the threads, and takes their findings back in order.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::collect::{Collector, UnitFindings};
use crate::limits::MAX_WAITING_BYTES;
use crate::result::{Carved, Outcome};
use crate::source::RawSource;

/// A stretch of the source that one thread sweeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Units are numbered in order of offset.
    pub(crate) number: u64,
    pub(crate) range: Range<u64>,
}

/// What the threads share.
pub(crate) struct Units<'a, S: ?Sized> {
    source: &'a S,
    /// Units end at multiples of this.
    length: u64,
    state: Mutex<State<'a>>,
    /// Signalled when a unit was absorbed, or when a thread ends by a panic.
    absorbed: Condvar,
}

struct State<'a> {
    collector: Collector<'a>,
    /// Everything before was dealt out.
    next: u64,
    /// What is left of the stretch of data that is being dealt out.
    data: Range<u64>,
    numbers: u64,
    holes: u64,
    is_over: bool,
    outcome: Outcome,
    /// The number of the unit to be absorbed next.
    due: u64,
    waiting: BTreeMap<u64, UnitFindings>,
    waiting_bytes: usize,
    /// A thread ended by a panic: its unit will never come.
    is_broken: bool,
}

impl<'a, S: RawSource + ?Sized> Units<'a, S> {
    pub(crate) fn new(source: &'a S, length: u64, collector: Collector<'a>) -> Self {
        Self {
            source,
            length,
            state: Mutex::new(State {
                collector,
                next: 0,
                data: 0..0,
                numbers: 0,
                holes: 0,
                is_over: false,
                outcome: Outcome::Complete,
                due: 0,
                waiting: BTreeMap::new(),
                waiting_bytes: 0,
                is_broken: false,
            }),
            absorbed: Condvar::new(),
        }
    }

    /// A panic elsewhere is passed on when the threads are joined; the state is whole at every unlock.
    fn state(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next unit; `None` when there is none left.
    pub(crate) fn take(&self) -> Option<Unit> {
        let mut state = self.state();
        if state.is_over {
            return None;
        }
        if state.data.is_empty() {
            let Some(data) = self.next_data(state.next) else {
                let end = self.source.size().unwrap_or(state.next);
                state.holes = state.holes.saturating_add(end.saturating_sub(state.next));
                state.is_over = true;
                return None;
            };
            let hole = data.start.saturating_sub(state.next);
            state.holes = state.holes.saturating_add(hole);
            state.data = data;
        }
        let start = state.data.start;
        let past = start.checked_rem(self.length).unwrap_or(0);
        let end = start.saturating_add(self.length.saturating_sub(past));
        let end = end.min(state.data.end);
        state.data.start = end;
        state.next = end;
        let number = state.numbers;
        state.numbers = number.saturating_add(1);
        Some(Unit { number, range: start..end })
    }

    /// The next data of the source, with answers refused that would go backwards or nowhere.
    fn next_data(&self, from: u64) -> Option<Range<u64>> {
        let size = self.source.size().unwrap_or(u64::MAX);
        let data = self.source.next_data(from)?;
        let data = data.start.max(from)..data.end.min(size);
        (!data.is_empty()).then_some(data)
    }

    /// Deals out nothing more.
    pub(crate) fn stop(&self, outcome: Outcome) {
        let mut state = self.state();
        state.is_over = true;
        state.outcome = outcome;
    }

    /// Takes back what a unit found. Waits while too much is kept for units before this one.
    pub(crate) fn give_back(&self, unit: &Unit, findings: UnitFindings) {
        let mut state = self.state();
        while unit.number != state.due && state.waiting_bytes > MAX_WAITING_BYTES && !state.is_broken {
            let woken = self.absorbed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting_bytes = state.waiting_bytes.saturating_add(findings.weight());
        state.waiting.insert(unit.number, findings);
        state.absorb_due();
        drop(state);
        self.absorbed.notify_all();
    }

    /// To be called when a thread ends by a panic.
    pub(crate) fn give_up(&self) {
        self.state().is_broken = true;
        self.absorbed.notify_all();
    }

    /// The result of all units.
    pub(crate) fn finish(self) -> Carved {
        let state = self.state.into_inner();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        state.collector.finish(state.holes, state.outcome)
    }
}

impl State<'_> {
    fn absorb_due(&mut self) {
        while let Some(findings) = self.waiting.remove(&self.due) {
            self.waiting_bytes = self.waiting_bytes.saturating_sub(findings.weight());
            self.due = self.due.saturating_add(1);
            self.collector.absorb(findings);
        }
    }
}
