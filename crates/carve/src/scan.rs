//! Looks at every position of a window once.

use std::ops::Range;
use std::sync::Arc;

use crate::base_block::{self, LostHive};
use crate::bin::{self, Bin};
use crate::collect::UnitFindings;
use crate::cut::SECTOR;
use crate::filter::{BLOCK, DPID3_HEADER, DPID4_HEADER, Filter, MSDM_HEADER};
use crate::findings::{Certainty, Hit, HitKind};
use crate::judge::judge;
use crate::key_text;
use crate::numbers::{array_at, to_usize};
use crate::options::Options;
use crate::window::View;

/// Positions that go through all passes before the next ones do: their bytes stay in the first-level cache meanwhile.
const SLICE: usize = 16 << 10;

/// The first bytes of the headers. Each is rare enough in a suspicious block for a look at the seven others.
const FIRSTS: [u8; 3] = {
    let ([a, ..], [b, ..], [c, ..]) = (DPID3_HEADER, DPID4_HEADER, MSDM_HEADER);
    [a, b, c]
};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Scanner {
    pub(crate) filter: Filter,
    pub(crate) options: Options,
}

impl Scanner {
    /// Adds what begins in `positions` to `found`, in order of offset for each certainty.
    pub(crate) fn scan(&self, view: View<'_>, positions: Range<usize>, found: &mut UnitFindings) {
        let mut from = positions.start;
        while from < positions.end {
            let end = from.saturating_add(SLICE).min(positions.end);
            self.headers(view, from, end, found);
            if self.options.text_keys {
                self.key_texts(view, from, end, found);
            }
            if self.options.hives {
                sectors(view, from, end, found);
            }
            from = end;
        }
    }

    fn headers(&self, view: View<'_>, from: usize, end: usize, found: &mut UnitFindings) {
        let mut at = from;
        while let Some(block) = self.filter.suspicious(view.padded(), at, end) {
            at = block.saturating_add(BLOCK);
            let firsts = view.padded().get(block..at.min(end)).unwrap_or_default();
            let [a, b, c] = FIRSTS;
            for index in memchr::memchr3_iter(a, b, c, firsts) {
                let position = block.saturating_add(index);
                let (offset, bytes) = (view.offset(position), view.from(position));
                let Some(judged) = judge(offset, bytes) else {
                    continue;
                };
                found.push(self.options.max_hits, judged.certainty, || Hit {
                    offset,
                    kind: judged.kind,
                    certainty: judged.certainty,
                    cut: judged.cut,
                    bytes: head(bytes, judged.kind),
                });
            }
        }
    }

    fn key_texts(&self, view: View<'_>, from: usize, end: usize, found: &mut UnitFindings) {
        let mut texts = Vec::new();
        key_text::search(self.filter, view, (from, end), &mut |at, kind| {
            texts.push((at, kind));
        });
        // The two widths were searched one after the other.
        texts.sort_unstable();
        for (at, kind) in texts {
            found.push(self.options.max_hits, Certainty::Hint, || Hit {
                offset: view.offset(at),
                kind,
                certainty: Certainty::Hint,
                cut: None,
                bytes: head(view.from(at), kind),
            });
        }
    }
}

fn head(bytes: &[u8], kind: HitKind) -> Arc<[u8]> {
    bytes.get(..kind.length()).unwrap_or(bytes).into()
}

/// Hives begin at a sector boundary, as files do, and their bins at a multiple of 4096 after that.
fn sectors(view: View<'_>, from: usize, end: usize, found: &mut UnitFindings) {
    let past = view.offset(from).checked_rem(SECTOR).unwrap_or(0);
    let to_next = match past {
        0 => 0,
        _ => to_usize(SECTOR.saturating_sub(past)),
    };
    for at in (from.saturating_add(to_next)..end).step_by(to_usize(SECTOR)) {
        match array_at(view.padded(), at) {
            Some(base_block::SIGNATURE) => {
                found.add_hive(LostHive::read(view.offset(at), view.from(at)));
            }
            Some(bin::SIGNATURE) => found.add_bin(Bin::read(view.offset(at), view.from(at))),
            _ => {}
        }
    }
}
