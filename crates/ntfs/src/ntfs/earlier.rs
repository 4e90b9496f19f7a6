//! What is left of an earlier format of the volume: records of its Master File Table in the clusters that the present one does not use.
//!
//! A quick format writes a new `$MFT` of a few records and leaves the rest of the disk as it was. Old records then lie behind what the new
//! table has written, and in free clusters. Since Windows XP each says its number (offset 44 of the record), so that files
//! find the directories that they were in again; the first records of the old table are overwritten as a rule, the root among them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;

use hivekey_read_at::{narrow, wide};

use super::attribute::Form;
use super::bitmap;
use super::fixup;
use super::found::{FoundFiles, Wanted};
use super::mft::Mft;
use super::record::Record;
use super::volume::Ntfs;
use crate::error::Structure;
use crate::limits::MAX_CLUSTER_LEN;
use crate::offset::{DeviceOffset, RecordNumber};
use crate::read::{Fields, read_vec};

/// Bytes that are read at once.
const PIECE_LEN: u64 = 1 << 20;

/// Records lie at multiples of a sector.
const STEP: usize = 512;

/// Clusters whose state is looked at: 2 TiB of clusters of 4 KiB.
const MAX_SWEPT_CLUSTERS: u64 = 1 << 29;

/// The shortest cluster.
const MIN_CLUSTER_LEN: u64 = 512;

/// The files of an earlier format, as far as their records are left. Made by [`Ntfs::earlier_format`].
#[derive(Debug)]
#[non_exhaustive]
pub struct EarlierFormat {
    /// The records, as a volume that has nothing else: files are read by [`Ntfs::record`], the root is missing as a rule.
    pub volume: Ntfs,
    /// Bytes of the volume that were searched.
    pub swept: u64,
    /// Whether that is all that the present format does not use; otherwise the limit was reached.
    pub complete: bool,
}

impl EarlierFormat {
    /// Its files, whether they were deleted before the format or not, with the state of their clusters in the present one.
    #[must_use]
    pub fn files(&self) -> FoundFiles {
        FoundFiles::new(self.volume.clone(), Wanted::Earlier)
    }
}

/// Searches what the present format does not use.
pub(super) fn search(present: &Ntfs) -> EarlierFormat {
    let mut sweep = Sweep {
        present,
        left: present.limits().max_swept_bytes,
        complete: true,
        places: BTreeMap::new(),
        votes: BTreeMap::new(),
    };
    sweep.all();
    let Sweep { left, complete, places, votes, .. } = sweep;
    let mut boot = present.boot_sector().clone();
    let own = boot.cluster_size;
    // Of sizes that fit as many files the present one is the most likely.
    boot.cluster_size = votes.iter().max_by_key(|&(size, votes)| (votes, *size == own)).map_or(own, |(size, _)| *size);
    let mft = Mft::of_places(places, boot.record_size);
    let swept = present.limits().max_swept_bytes.saturating_sub(left);
    EarlierFormat { volume: present.with_records(boot, mft), swept, complete }
}

struct Sweep<'a> {
    present: &'a Ntfs,
    /// Bytes that may still be read.
    left: u64,
    complete: bool,
    places: BTreeMap<u64, DeviceOffset>,
    /// How many streams are of as many clusters as they need if a cluster has this size.
    votes: BTreeMap<u64, u32>,
}

impl Sweep<'_> {
    /// The end of the table first, then the free clusters: those behind the table, then those before it.
    fn all(&mut self) {
        let cluster = self.present.clusters().size;
        let extents = self.present.mft().extents();
        let mut at = extents.initialized;
        while let Ok((place, len)) = extents.place(cluster, at) {
            if let Some(place) = place {
                self.range(place..place.saturating_add(len));
            }
            at = at.saturating_add(len);
        }
        let Ok(bitmap) = self.present.record(RecordNumber::BITMAP).and_then(|file| file.open()) else {
            return;
        };
        let count = self.present.clusters().device.len().checked_div(cluster).unwrap_or(0);
        self.complete = count <= MAX_SWEPT_CLUSTERS;
        let middle = self.present.boot_sector().mft.0;
        for range in
            bitmap::free(&bitmap, middle, count.min(MAX_SWEPT_CLUSTERS)).chain(bitmap::free(&bitmap, 0, middle))
        {
            let place = |lcn: u64| lcn.saturating_mul(cluster).min(self.present.clusters().device.len());
            self.range(place(range.start)..place(range.end));
            if self.left < self.present.boot_sector().record_size {
                return;
            }
        }
    }

    fn range(&mut self, range: Range<u64>) {
        let size = self.present.boot_sector().record_size;
        let mut next = range.start;
        while next < range.end {
            let len = PIECE_LEN.min(range.end.saturating_sub(next)).min(self.left);
            if len < size {
                self.complete &= self.left >= size;
                return;
            }
            self.left = self.left.saturating_sub(len);
            // A piece with a bad sector is passed over.
            let piece = read_vec(self.present.clusters().device, next, narrow(len)).unwrap_or_default();
            let mut at = 0usize;
            while let Some(bytes) = piece.get(at..).and_then(|rest| rest.get(..narrow(size))) {
                let found = bytes.starts_with(b"FILE") && self.take(bytes, DeviceOffset(next.saturating_add(wide(at))));
                at = at.saturating_add(if found { narrow(size) } else { STEP });
            }
            // A record that the piece cuts is looked at with the next one.
            next = next.saturating_add(if at == 0 { len } else { wide(at) });
        }
    }

    /// Takes a whole record of a file. Of two with one number the one in use stays.
    fn take(&mut self, bytes: &[u8], place: DeviceOffset) -> bool {
        let Some(record) = whole_record(bytes, place) else {
            return false;
        };
        for attribute in record.attributes().filter_map(Result::ok) {
            if let Form::Mapped(mapped) = &attribute.form
                && let (0, Some((size, _)), Some(clusters)) =
                    (mapped.first.0, mapped.sizes, mapped.last.0.checked_add(1))
                && !attribute.flags.is_compressed()
            {
                let sizes = std::iter::successors(Some(MIN_CLUSTER_LEN), |size| size.checked_mul(2));
                for cluster in sizes.take_while(|&size| size <= MAX_CLUSTER_LEN) {
                    if size.div_ceil(cluster) == clusters {
                        let votes = self.votes.entry(cluster).or_default();
                        *votes = votes.saturating_add(1);
                    }
                }
            }
        }
        match self.places.entry(record.number.0) {
            Entry::Vacant(vacant) => {
                vacant.insert(place);
            }
            Entry::Occupied(mut known) => {
                let device = self.present.clusters().device;
                let other = read_vec(device, known.get().0, bytes.len()).unwrap_or_default();
                if record.is_in_use() && !whole_record(&other, *known.get()).is_some_and(|other| other.is_in_use()) {
                    known.insert(place);
                }
            }
        }
        true
    }
}

/// A record whose sectors all belong together and that says its number.
fn whole_record(bytes: &[u8], place: DeviceOffset) -> Option<Record> {
    /// Where the update sequence begins in a record that says its number.
    const WITH_NUMBER: u16 = 48;
    let fields = Fields::new(bytes, Structure::MftRecord, place);
    let whole = fields.u16(4).ok()? >= WITH_NUMBER
        && usize::from(fields.u16(6).ok()?) == (bytes.len() / fixup::STRIDE).saturating_add(1)
        && fields.u32(28).ok().map(u64::from) == Some(wide(bytes.len()));
    let number = RecordNumber(fields.u32(44).ok()?.into());
    let (record, torn) = Record::parse(number, place, bytes.to_vec()).ok().filter(|_| whole)?;
    torn.is_none().then_some(record)
}
