//! NTFS volumes that no table names any more, found by their boot sectors where partitioning tools put them.
//!
//! | place | who put it there |
//! |---|---|
//! | the start of a gap | whatever stood behind a partition that is still named |
//! | 63 sectors into a gap | the first track of a disk of Windows XP and before; logical partitions of that time |
//! | a multiple of 1 MiB | Windows Vista and later, `parted`, `fdisk` |
//! | a multiple of 255 × 63 sectors, and 63 sectors behind it | the cylinders of Windows XP and before |
//! | the sector before one of these | the backup of a boot sector, which is the last sector of a volume |
//!
//! A boot sector counts only if its volume lies in the gap and has a Master File Table: many disks have the boot sectors of
//! partitions that were there before. Its mirror is enough only for a backup, for which the volume's length fits, too.

use std::ops::Range;

use hivekey_read_at::ReadAt;

use super::{Content, PartitionType, SECTOR_SIZES, Volume};
use crate::limits::MAX_LOST_VOLUME_LOOKS;
use crate::ntfs::BootSector;
use crate::offset::{DeviceOffset, Lcn};
use crate::read::read_vec;

const MIB: u64 = 1 << 20;
const TRACK: u64 = 63 * 512;
const CYLINDER: u64 = 255 * TRACK;
/// Cylinders that a master boot record can name.
const CYLINDERS: u64 = 1024;
/// Multiples of 1 MiB that a thorough search looks at in one gap.
const MIBS: usize = 4096;
/// Bytes of a gap below which it is not looked at: more than a cylinder, which partitioning tools leave over.
const MIN_GAP: u64 = 8 * MIB;
/// No tool makes a smaller volume.
const MIN_VOLUME: u64 = MIB;
const BOOT_SECTOR_LEN: usize = 512;

/// How far a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// The likeliest places of each gap: some reads.
    Edges,
    /// All places of the table above.
    Thorough,
}

/// Looks for volumes in what the `named` ones leave free.
pub(super) fn find<D: ReadAt + ?Sized>(device: &D, named: &[Volume], depth: Depth) -> Vec<Volume> {
    let mut search = Search { device, depth, is_table_lost: named.is_empty(), looks: MAX_LOST_VOLUME_LOOKS };
    let mut gaps = gaps(named, device.len());
    let mut found = Vec::new();
    while let Some(gap) = gaps.pop() {
        if let Some(place) = search.first_in(&gap) {
            gaps.extend(Some(place.end..gap.end).filter(is_wide));
            found.push(Volume {
                index: 0,
                offset: place.start,
                len: place.end.saturating_sub(place.start),
                kind: PartitionType::None,
                name: None,
                content: Content::Ntfs,
            });
        }
    }
    found
}

fn is_wide(gap: &Range<u64>) -> bool {
    gap.end.saturating_sub(gap.start) >= MIN_GAP
}

/// What no volume takes, the last gap first.
fn gaps(named: &[Volume], len: u64) -> Vec<Range<u64>> {
    let end = |volume: &Volume| volume.offset.saturating_add(volume.len);
    let mut taken: Vec<Range<u64>> = named.iter().map(|volume| volume.offset..end(volume)).collect();
    taken.push(len..len);
    taken.sort_unstable_by_key(|range| range.start);
    // The first sector is that of the table.
    let mut free = SECTOR_SIZES[0];
    let mut gaps = Vec::new();
    for range in taken {
        gaps.extend(Some(free..range.start.min(len)).filter(is_wide));
        free = free.max(range.end);
    }
    gaps.reverse();
    gaps
}

struct Search<'a, D: ?Sized> {
    device: &'a D,
    depth: Depth,
    is_table_lost: bool,
    looks: usize,
}

impl<D: ReadAt + ?Sized> Search<'_, D> {
    /// Where the first volume of a gap lies.
    fn first_in(&mut self, gap: &Range<u64>) -> Option<Range<u64>> {
        for at in self.places(gap) {
            self.looks = self.looks.checked_sub(1)?;
            if let Some(found) = self.ends_at(at, gap).or_else(|| self.starts_at(at, gap)) {
                return Some(found);
            }
        }
        None
    }

    /// Where a boot sector may lie, or its backup end, in order.
    fn places(&self, gap: &Range<u64>) -> Vec<u64> {
        let aligned = gap.start.next_multiple_of(MIB);
        let mut places =
            vec![gap.start, gap.start.saturating_add(TRACK), aligned, aligned.saturating_add(MIB), gap.end];
        if self.depth == Depth::Thorough {
            let multiples = (0u64..).map_while(|count| aligned.checked_add(count.checked_mul(MIB)?));
            places.extend(multiples.take(MIBS).take_while(|&at| at < gap.end));
            let cylinders = (0..CYLINDERS).map(|cylinder| cylinder.saturating_mul(CYLINDER));
            places.extend(cylinders.flat_map(|at| [at, at.saturating_add(TRACK)]));
        }
        places.retain(|at| (gap.start..=gap.end).contains(at));
        places.sort_unstable();
        places.dedup();
        places
    }

    /// A volume whose backup boot sector is the last sector before `end`.
    fn ends_at(&self, end: u64, gap: &Range<u64>) -> Option<Range<u64>> {
        SECTOR_SIZES.into_iter().find_map(|sector_size| {
            let boot = self.boot_sector(end.checked_sub(sector_size)?)?;
            let start = end.checked_sub(volume_len(&boot)?)?;
            let fits = boot.sector_size == sector_size && start >= gap.start;
            (fits && self.has_record(start, &boot, &[boot.mft, boot.mft_mirror])).then_some(start..end)
        })
    }

    /// A volume whose boot sector lies at `start`. Only a device that was cut, and has no table, may end before it does.
    fn starts_at(&self, start: u64, gap: &Range<u64>) -> Option<Range<u64>> {
        let boot = self.boot_sector(start)?;
        let end = start.checked_add(volume_len(&boot)?)?;
        let fits = end <= gap.end || (self.is_table_lost && gap.end == self.device.len());
        (fits && self.has_record(start, &boot, &[boot.mft])).then_some(start..end)
    }

    fn boot_sector(&self, at: u64) -> Option<BootSector> {
        boot_sector(self.device, at).filter(|boot| volume_len(boot).is_some_and(|len| len >= MIN_VOLUME))
    }

    /// Whether there is a record at one of the places where the volume may have its first.
    fn has_record(&self, start: u64, boot: &BootSector, places: &[Lcn]) -> bool {
        places.iter().any(|lcn| {
            let at = lcn.0.checked_mul(boot.cluster_size).and_then(|at| at.checked_add(start));
            let mut magic = [0u8; 4];
            at.is_some_and(|at| self.device.read_into(at, &mut magic).is_ok()) && matches!(&magic, b"FILE" | b"BAAD")
        })
    }
}

/// The boot sector of NTFS at `at`, if there is one.
pub(super) fn boot_sector<D: ReadAt + ?Sized>(device: &D, at: u64) -> Option<BootSector> {
    let bytes = read_vec(device, at, BOOT_SECTOR_LEN).ok()?;
    BootSector::parse(&bytes, DeviceOffset(at)).ok()
}

/// Bytes of the volume with the backup boot sector, which its number of sectors leaves out.
pub(super) fn volume_len(boot: &BootSector) -> Option<u64> {
    boot.sectors.checked_add(1)?.checked_mul(boot.sector_size)
}
