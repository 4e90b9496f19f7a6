//! The last few units that were unpacked, so that reading page by page unpacks each once.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;
use crate::limits::MAX_CACHED_UNITS;

#[derive(Default)]
pub(super) struct UnitCache {
    units: Mutex<VecDeque<(u64, Arc<[u8]>)>>,
}

impl UnitCache {
    /// The unit `number`, made by `unpack` if it is not there. Two readers may unpack the same unit at once; nobody waits
    /// for another's disk.
    pub(super) fn get(&self, number: u64, unpack: impl FnOnce() -> Result<Vec<u8>, Error>) -> Result<Arc<[u8]>, Error> {
        let known = self
            .units
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .find(|(known, _)| *known == number)
            .map(|(_, unit)| Arc::clone(unit));
        if let Some(unit) = known {
            return Ok(unit);
        }
        let unit: Arc<[u8]> = unpack()?.into();
        let mut units = self.units.lock().unwrap_or_else(PoisonError::into_inner);
        if units.len() >= MAX_CACHED_UNITS {
            units.pop_front();
        }
        units.push_back((number, Arc::clone(&unit)));
        Ok(unit)
    }
}

impl fmt::Debug for UnitCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnitCache")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_few_and_drops_the_oldest() {
        let cache = UnitCache::default();
        let mut made = 0;
        for number in [0u64, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 0] {
            let unit = cache
                .get(number, || {
                    made += 1;
                    Ok(vec![u8::try_from(number).unwrap()])
                })
                .unwrap();
            assert_eq!(u64::from(unit[0]), number);
        }
        // 0 to 8, and 0 again after 8 pushed it out.
        assert_eq!(made, 10);
    }
}
