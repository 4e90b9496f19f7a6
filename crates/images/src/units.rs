//! Unpacked units of compression: a bounded number is kept, since neighbouring reads meet the same unit.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use hivekey_read_at::wide;

use crate::error::Error;
use crate::map::Unit;

/// The units that were unpacked last.
pub(crate) struct Units {
    kept: Mutex<VecDeque<(u64, Arc<Unit>)>>,
    limit: u64,
}

impl Units {
    /// Keeps `limit` bytes, and at least one unit.
    pub(crate) fn new(limit: u64) -> Self {
        Self { kept: Mutex::default(), limit }
    }

    /// The unit, unpacked now if it is not kept.
    pub(crate) fn get(&self, unit: u64, unpack: impl FnOnce() -> Result<Unit, Error>) -> Result<Arc<Unit>, Error> {
        if let Some(found) = self.find(unit) {
            return Ok(found);
        }
        let fresh = Arc::new(unpack()?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front((unit, Arc::clone(&fresh)));
        let mut sum = 0u64;
        let fits = kept
            .iter()
            .take_while(|(_, unit)| {
                sum = sum.saturating_add(wide(unit.bytes.len()));
                sum <= self.limit
            })
            .count();
        kept.truncate(fits.max(1));
        Ok(fresh)
    }

    fn find(&self, unit: u64) -> Option<Arc<Unit>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(number, _)| *number == unit)?;
        let found = kept.remove(at)?;
        let bytes = Arc::clone(&found.1);
        kept.push_front(found);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_kept_up_to_the_limit() {
        let units = Units::new(25);
        let unpack = |byte: u8| move || Ok(Unit { bytes: vec![byte; 10], fault: None });
        let fail = || Err(Error::NoSnapshot { name: String::new() });
        for unit in 0..3u8 {
            units.get(u64::from(unit), unpack(unit)).unwrap();
        }
        assert!(units.get(0, fail).is_err());
        assert_eq!(units.get(1, fail).unwrap().bytes, [1; 10]);
        assert_eq!(units.get(2, fail).unwrap().bytes, [2; 10]);
        units.get(9, || Ok(Unit { bytes: vec![9; 100], fault: None })).unwrap();
        assert_eq!(units.get(9, fail).unwrap().bytes.len(), 100);
        assert!(units.get(2, fail).is_err());
    }
}
