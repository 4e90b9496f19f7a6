//! Files cut into numbered pieces: `disk.001`, `disk.002`, … or `disk.aa`, `disk.ab`, … The pieces are joined before the
//! file is looked at, so that any kind of image may have been cut.
//!
//! | names | made by |
//! |---|---|
//! | `.001`, `.002` … `.999`, `.1000`; also from `.000`, and with two or four digits | FTK Imager, EnCase, dc3dd, `split -d` |
//! | `.aa`, `.ab` … `.zz` | `split` |

use std::collections::BTreeSet;
use std::sync::Arc;

use hivekey_read_at::{ReadAt, ReadError, check_range, narrow, wide};

use crate::anomaly::Anomaly;
use crate::error::Error;
use crate::identity::Identity;
use crate::limits::LimitName;
use crate::offset::FileOffset;
use crate::open::Context;
use crate::siblings::{Role, SiblingError, base_of};

/// What was joined.
pub(crate) struct Pieces {
    pub(crate) file: Arc<dyn ReadAt>,
    /// The name that the next piece would have, if all have one size, so that the last may be missing.
    pub(crate) next: Option<String>,
}

/// A piece that is missing: nothing can be read of it.
struct Hole {
    name: String,
    len: u64,
}

impl ReadAt for Hole {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len)?;
        let (role, name) = (Role::Segment, self.name.clone());
        Err(ReadError::damaged(Error::MissingSibling {
            role,
            name,
            identity: Identity::None,
            reason: SiblingError::NotFound,
        }))
    }
}

/// Several files, one after the other.
#[derive(Default)]
pub(crate) struct Joined {
    /// Each with the position of its first byte.
    parts: Vec<(u64, Arc<dyn ReadAt>)>,
    len: u64,
}

impl Joined {
    pub(crate) fn new(files: Vec<Arc<dyn ReadAt>>) -> Self {
        let mut joined = Self::default();
        for file in files {
            joined.push(file);
        }
        joined
    }

    /// Puts a file at the end; gives where it begins and where it ends.
    pub(crate) fn push(&mut self, file: Arc<dyn ReadAt>) -> (FileOffset, FileOffset) {
        let start = self.len;
        self.len = start.saturating_add(file.len());
        self.parts.push((start, file));
        (FileOffset(start), FileOffset(self.len))
    }
}

impl ReadAt for Joined {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len)?;
        let first = self.parts.partition_point(|(start, _)| *start <= offset).saturating_sub(1);
        let (mut at, mut rest) = (offset, buf);
        for (start, part) in self.parts.get(first..).unwrap_or_default() {
            let within = at.saturating_sub(*start);
            let take = narrow(part.len().saturating_sub(within)).min(rest.len());
            let Some((now, later)) = rest.split_at_mut_checked(take) else { break };
            part.read_into(within, now)?;
            at = at.saturating_add(wide(take));
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        Ok(())
    }
}

/// The number of a piece, as its name gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    /// Decimal, with at least so many digits.
    Digits { value: u32, width: usize },
    /// Two letters, as a number to the base 26.
    Letters { value: u32, upper: bool },
}

impl Number {
    fn parse(extension: &str) -> Option<Self> {
        let bytes = extension.as_bytes();
        if (2..=4).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit) {
            return Some(Self::Digits { value: extension.parse().ok()?, width: bytes.len() });
        }
        let [first, second] = bytes else { return None };
        let upper = first.is_ascii_uppercase();
        if !first.is_ascii_alphabetic() || !second.is_ascii_alphabetic() || upper != second.is_ascii_uppercase() {
            return None;
        }
        let digit = |byte: &u8| u32::from(byte.to_ascii_lowercase().saturating_sub(b'a'));
        Some(Self::Letters { value: digit(first).saturating_mul(26).saturating_add(digit(second)), upper })
    }

    fn is_first(self) -> bool {
        match self {
            Self::Digits { value, .. } => value <= 1,
            Self::Letters { value, .. } => value == 0,
        }
    }

    const fn value(self) -> u32 {
        match self {
            Self::Digits { value, .. } | Self::Letters { value, .. } => value,
        }
    }

    /// Whether both are written in the same way.
    const fn is_like(self, other: Self) -> bool {
        match (self, other) {
            (Self::Digits { .. }, Self::Digits { .. }) => true,
            (Self::Letters { upper, .. }, Self::Letters { upper: other, .. }) => upper == other,
            _ => false,
        }
    }

    fn next(self) -> Option<Self> {
        match self {
            Self::Digits { value, width } => Some(Self::Digits { value: value.checked_add(1)?, width }),
            Self::Letters { value, upper } => {
                (value < 26 * 26 - 1).then_some(Self::Letters { value: value.checked_add(1)?, upper })
            }
        }
    }

    fn text(self) -> String {
        match self {
            Self::Digits { value, width } => format!("{value:0width$}"),
            Self::Letters { value, upper } => {
                let letter = |digit: u32| char::from_digit(digit.saturating_add(10), 36).unwrap_or('a');
                // Digits past 9 are letters from 'a' on; to the base 36 there are 26 of them.
                let text: String = [value / 26, value % 26].into_iter().map(letter).collect();
                if upper { text.to_ascii_uppercase() } else { text }
            }
        }
    }
}

/// Joins `file` with the pieces that follow it, if its name is that of a first piece. In place of one that is missing between others
/// stands a hole of its size.
pub(crate) fn join(context: &mut Context<'_>, name: &str, file: Arc<dyn ReadAt>) -> Result<Pieces, Error> {
    let first = name.rsplit_once('.').and_then(|(stem, end)| Some((stem, Number::parse(end)?)));
    let Some((stem, first)) = first.filter(|(_, number)| number.is_first()) else {
        return Ok(Pieces { file, next: None });
    };
    let size = file.len();
    let mut parts = vec![Arc::clone(&file)];
    let mut number = first;
    let mut previous = None;
    let mut later: Option<BTreeSet<u32>> = None;
    let mut next_name = None;
    while let Some(next) = number.next() {
        let piece = format!("{stem}.{}", next.text());
        let is_known_gone = later.as_ref().is_some_and(|later| !later.contains(&next.value()));
        let opened =
            if is_known_gone { Err(SiblingError::NotFound) } else { context.open_named(Role::Segment, &piece) };
        let part = match opened {
            Ok(part) => part,
            Err(SiblingError::NotFound) => {
                let there = wide(parts.len());
                let later = later.get_or_insert_with(|| later_pieces(context, stem, next, there));
                if later.range(next.value()..).next().is_none() {
                    next_name = Some(piece);
                    break;
                }
                context.notes().add(Anomaly::SegmentMissing { name: piece.clone() });
                Arc::new(Hole { name: piece.clone(), len: size })
            }
            Err(reason) => {
                let (role, name) = (Role::Segment, piece);
                return Err(Error::MissingSibling { role, name, identity: Identity::None, reason });
            }
        };
        Error::check_limit(LimitName::Segments, wide(parts.len()).saturating_add(1), wide(context.limits().segments))?;
        // Only the last may be of another size.
        if let Some((name, actual)) = previous.replace((piece, part.len()))
            && actual != size
        {
            context.notes().add(Anomaly::SegmentSize { name, expected: size, actual });
        }
        parts.push(part);
        number = next;
    }
    let next = next_name.filter(|_| parts.iter().all(|part| part.len() == size));
    Ok(Pieces { file: if parts.len() == 1 { file } else { Arc::new(Joined::new(parts)) }, next })
}

/// The numbers of the pieces behind `missing` that the folder has; none if so many are missing before them that they hardly belong
/// to the `there` pieces before.
fn later_pieces(context: &Context<'_>, stem: &str, missing: Number, there: u64) -> BTreeSet<u32> {
    let base = base_of(stem).to_lowercase();
    let value = |name: String| {
        let (found, end) = name.rsplit_once('.')?;
        let number = Number::parse(end).filter(|number| number.is_like(missing) && number.value() > missing.value())?;
        (found.to_lowercase() == base).then_some(number.value())
    };
    let later: BTreeSet<u32> = context.names_beside(stem).into_iter().filter_map(value).collect();
    let span = later.last().map_or(0, |last| u64::from(last.saturating_sub(missing.value())));
    let gone = span.saturating_add(1).saturating_sub(wide(later.len()));
    if gone > there.saturating_add(wide(later.len())) { BTreeSet::new() } else { later }
}

/// Whether `name` is that of a later piece of a split file, so that its first piece is to be opened instead.
#[must_use]
pub fn is_later_piece(name: &str) -> bool {
    let number = name.rsplit_once('.').and_then(|(_, end)| Number::parse(end));
    number.is_some_and(|number| matches!(number, Number::Digits { .. }) && !number.is_first())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_on() {
        let next = |text: &str| Number::parse(text).and_then(Number::next).map(Number::text);
        assert_eq!(next("001").as_deref(), Some("002"));
        assert_eq!(next("00").as_deref(), Some("01"));
        assert_eq!(next("999").as_deref(), Some("1000"));
        assert_eq!(next("aa").as_deref(), Some("ab"));
        assert_eq!(next("az").as_deref(), Some("ba"));
        assert_eq!(next("AZ").as_deref(), Some("BA"));
        assert_eq!(next("zz"), None);
        for text in ["", "1", "00001", "a", "aA", "E01", "0x1", "é"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn later_pieces_by_name() {
        assert!(is_later_piece("disk.002") && is_later_piece("a.b.0010"));
        assert!(!is_later_piece("disk.001") && !is_later_piece("disk.000") && !is_later_piece("disk.db"));
    }

    #[test]
    fn joined_pieces_read_as_one() {
        let joined = Joined::new(vec![Arc::new(vec![1u8, 2, 3]), Arc::new(Vec::new()), Arc::new(vec![4u8, 5])]);
        for from in 0..5usize {
            for to in from..=5 {
                let mut buf = vec![0u8; to - from];
                joined.read_into(wide(from), &mut buf).unwrap();
                assert_eq!(buf, [1u8, 2, 3, 4, 5][from..to]);
            }
        }
        assert!(joined.read_into(4, &mut [0; 2]).is_err());
    }
}
