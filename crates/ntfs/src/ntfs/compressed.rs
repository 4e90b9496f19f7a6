//! Streams that NTFS compressed.
//!
//! The stream is cut into units of 2ⁿ clusters (n from the attribute, 4 on all versions of Windows). A unit whose clusters
//! are all there is stored as it is; one that is all hole is zeros; one with clusters and then a hole holds LZNT1 chunks in
//! those clusters. Source: Microsoft, "NTFS: file compression"; ntfs-3g; volumes written by ntfs-3g (tests).

use hivekey_read_at::{check_range, narrow, wide};

use super::stream::{Clusters, Extents};
use super::unit_cache::UnitCache;
use crate::error::{Error, Structure};
use crate::limits::{Limit, MAX_COMPRESSION_UNIT};
use hivekey_compression::unpack_lznt1;

#[derive(Debug)]
pub(super) struct Compressed {
    extents: Extents,
    /// Clusters of a unit.
    unit: u64,
    cache: UnitCache,
}

/// How a unit is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stored {
    Zeros,
    Plain,
    /// In so many clusters.
    Packed(u64),
}

impl Compressed {
    pub(super) fn new(extents: Extents, unit_exponent: u8, cluster_size: u64) -> Result<Self, Error> {
        let unit = 1u64
            .checked_shl(unit_exponent.into())
            .filter(|unit| unit.saturating_mul(cluster_size) <= MAX_COMPRESSION_UNIT)
            .ok_or(Error::LimitReached { limit: Limit::CompressionUnit, max: MAX_COMPRESSION_UNIT })?;
        Ok(Self { extents, unit, cache: UnitCache::default() })
    }

    pub(super) const fn extents(&self) -> &Extents {
        &self.extents
    }

    pub(super) fn read(&self, clusters: Clusters<'_>, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        check_range(offset, buf.len(), self.extents.size)?;
        let unit_len = self.unit.saturating_mul(clusters.size);
        let written = narrow(self.extents.initialized.saturating_sub(offset)).min(buf.len());
        let (mut rest, zeros) = buf.split_at_mut_checked(written).unwrap_or((&mut [], &mut []));
        zeros.fill(0);
        let mut at = offset;
        while !rest.is_empty() {
            let number = at.checked_div(unit_len).unwrap_or(0);
            let within = at.checked_rem(unit_len).unwrap_or(0);
            let count = narrow(unit_len.saturating_sub(within)).min(rest.len());
            let Some((part, behind)) = rest.split_at_mut_checked(count) else {
                break;
            };
            self.read_unit(clusters, number, within, part)?;
            at = at.saturating_add(wide(count));
            rest = behind;
        }
        Ok(())
    }

    /// Reads from inside one unit.
    fn read_unit(&self, clusters: Clusters<'_>, number: u64, within: u64, part: &mut [u8]) -> Result<(), Error> {
        let start = number.saturating_mul(self.unit).saturating_mul(clusters.size);
        match self.stored(number, clusters.size)? {
            Stored::Zeros => {
                part.fill(0);
                Ok(())
            }
            Stored::Plain => self.extents.read_mapped(clusters, start.saturating_add(within), part),
            Stored::Packed(count) => {
                let unit = self.cache.get(number, || self.unpack(clusters, start, count))?;
                let bytes = unit
                    .get(narrow(within)..)
                    .and_then(|rest| rest.get(..part.len()))
                    .ok_or(Error::Unmapped { vcn: number.saturating_mul(self.unit) })?;
                part.copy_from_slice(bytes);
                Ok(())
            }
        }
    }

    fn unpack(&self, clusters: Clusters<'_>, start: u64, count: u64) -> Result<Vec<u8>, Error> {
        let mut packed = vec![0u8; narrow(count.saturating_mul(clusters.size))];
        self.extents.read_mapped(clusters, start, &mut packed)?;
        let mut unit = vec![0u8; narrow(self.unit.saturating_mul(clusters.size))];
        unpack_lznt1(&packed, &mut unit).map_err(|source| Error::Compressed {
            structure: Structure::CompressionUnit,
            position: start,
            source,
        })?;
        Ok(unit)
    }

    fn stored(&self, number: u64, cluster_size: u64) -> Result<Stored, Error> {
        let first = number.saturating_mul(self.unit);
        let end = first.saturating_add(self.unit);
        let mut next = first;
        let mut filled = 0u64;
        for run in self.extents.runs.from(first) {
            if run.vcn.0 > next || next >= end {
                break;
            }
            let count = run.end().min(end).saturating_sub(next);
            next = next.saturating_add(count);
            if run.lcn.is_none() {
                let all = filled == 0 && next == end;
                return Ok(match filled {
                    0 if all || next == self.extents.runs.end() => Stored::Zeros,
                    // A hole and then clusters: no unit that was packed. Holes read as zeros, as in a plain stream.
                    0 => Stored::Plain,
                    filled => Stored::Packed(filled),
                });
            }
            filled = filled.saturating_add(count);
        }
        if filled == 0 {
            return Err(Error::Unmapped { vcn: first });
        }
        // The runs may end inside the last unit, where a hole would say nothing new. Packing saves a cluster at least.
        let needed = self.extents.size.saturating_sub(first.saturating_mul(cluster_size));
        if next == end || filled.saturating_mul(cluster_size) >= needed {
            Ok(Stored::Plain)
        } else {
            Ok(Stored::Packed(filled))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::offset::{DeviceOffset, Vcn};
    use crate::read::Fields;

    const CLUSTER: u64 = 512;

    fn stream(pairs: &[u8], size: u64) -> Compressed {
        let mut extents = Extents { size, initialized: size, ..Extents::default() };
        let pairs = Fields::new(pairs, Structure::MappingPairs, DeviceOffset(0));
        extents.runs.append(&pairs, Vcn(0), 100).unwrap();
        Compressed::new(extents, 4, CLUSTER).unwrap()
    }

    #[test]
    fn how_units_are_stored() {
        // 16 clusters; 3 and a hole of 13; a hole of 16; 2 + 2 in two places and a hole of 12; then 5 and the end.
        let pairs = [0x11, 16, 10, 0x11, 3, 20, 0x01, 13, 0x01, 16, 0x11, 2, 20, 0x11, 2, 20, 0x01, 12, 0x11, 5, 20];
        let whole = 16 * CLUSTER;
        let file = stream(&pairs, 4 * whole + 5 * CLUSTER);
        let kinds: Vec<Stored> = (0..5).map(|unit| file.stored(unit, CLUSTER).unwrap()).collect();
        assert_eq!(kinds, [Stored::Plain, Stored::Packed(3), Stored::Zeros, Stored::Packed(4), Stored::Plain]);
        assert!(file.stored(5, CLUSTER).is_err());
        assert!(file.stored(u64::MAX, CLUSTER).is_err());
        // More bytes than the five clusters hold: they must be packed.
        let longer = stream(&pairs, 5 * whole);
        assert_eq!(longer.stored(4, CLUSTER).unwrap(), Stored::Packed(5));
    }

    #[test]
    fn units_too_big_are_refused() {
        for exponent in [12, 63, 64, 255] {
            assert!(Compressed::new(Extents::default(), exponent, CLUSTER).is_err());
        }
    }

    #[test]
    fn reads_across_units() {
        let mut device = vec![0u8; 64 << 10];
        // Unit 0 plain at cluster 10, unit 1 packed at cluster 30: "ab" repeated by a match.
        device[10 * 512..26 * 512].fill(7);
        device[30 * 512..30 * 512 + 7].copy_from_slice(&[0x04, 0xB0, 0x04, b'a', b'b', 0xFA, 0x1F]);
        let clusters = Clusters { device: &device, size: CLUSTER };
        let file = stream(&[0x11, 16, 10, 0x11, 1, 20, 0x01, 15], 16 * CLUSTER + 5000);
        let mut buf = [0u8; 8];
        file.read(clusters, 16 * CLUSTER - 3, &mut buf).unwrap();
        assert_eq!(&buf, &[7, 7, 7, b'a', b'b', b'a', b'b', b'a']);
        // Behind what came out of the chunk there are zeros.
        file.read(clusters, 16 * CLUSTER + 4992, &mut buf).unwrap();
        assert_eq!(buf, [0; 8]);
        assert!(file.read(clusters, 16 * CLUSTER + 4993, &mut buf).is_err());
    }
}
