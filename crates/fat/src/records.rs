//! The 32-byte entries of a folder one after the other, wherever its clusters lie.

use std::collections::HashSet;

use hivekey_read_at::{narrow, wide};

use crate::entry::{Entry, Place};
use crate::error::{ChainFault, Error};
use crate::geometry::{FatKind, Root};
use crate::limits::{Limit, MAX_EXFAT_DIRECTORY_LEN, MAX_FAT_DIRECTORY_LEN};
use crate::offset::{Cluster, DeviceOffset};
use crate::read::read_vec;
use crate::short_entry::LEN;
use crate::table::{Link, Table};
use crate::volume::Fat;

/// Bytes that are read at once: most folders are small, most clusters are not.
const PIECE_LEN: u64 = 4096;

/// An entry as it stands on the volume.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) bytes: [u8; LEN],
    pub(crate) offset: DeviceOffset,
}

/// The clusters that were gone through, if the folder has a chain.
struct Chain {
    first: Cluster,
    at: Cluster,
    seen: HashSet<Cluster>,
}

pub(crate) struct Records<'a> {
    volume: &'a Fat,
    table: Table<'a>,
    piece: Vec<u8>,
    /// Where `piece` starts on the volume, and the next entry in it.
    piece_offset: DeviceOffset,
    at: usize,
    /// Bytes that follow `piece` without a gap.
    next: DeviceOffset,
    together: u64,
    chain: Option<Chain>,
    /// Bytes of the folder that are still to come, and whether that is its end or a limit.
    left: u64,
    limit: Option<u64>,
}

impl<'a> Records<'a> {
    /// The caller has checked that `folder` is one.
    pub(crate) fn new(volume: &'a Fat, folder: &Entry) -> Result<Self, Error> {
        let geometry = volume.geometry();
        let max = match geometry.kind {
            FatKind::ExFat => MAX_EXFAT_DIRECTORY_LEN,
            _ => MAX_FAT_DIRECTORY_LEN,
        };
        // Only exFAT says how long a folder is, and not of the root.
        let has_len = geometry.kind == FatKind::ExFat && folder.place != Place::Root;
        let (left, limit) = match has_len {
            true if folder.size <= max => (folder.size, None),
            _ => (max, Some(max)),
        };
        let mut records = Self {
            volume,
            table: volume.table(),
            piece: Vec::new(),
            piece_offset: DeviceOffset(0),
            at: 0,
            next: DeviceOffset(0),
            together: 0,
            chain: None,
            left,
            limit,
        };
        let (first, chained) = match (folder.place, geometry.root) {
            (Place::Root, Root::Fixed { offset, len }) => {
                records.next = offset;
                (records.together, records.left, records.limit) = (len, len, None);
                return Ok(records);
            }
            (Place::Root, Root::Chain(first)) | (Place::Chain(first), _) => (first, true),
            (Place::Contiguous(first), _) => (first, false),
        };
        if left == 0 {
            return Ok(records);
        }
        let last = match chained {
            true => Some(first),
            false => volume.contiguous_end(first, left),
        };
        if !geometry.contains(first) || !last.is_some_and(|last| geometry.contains(last)) {
            return Err(volume.wrong_cluster(folder, first));
        }
        records.next = DeviceOffset(geometry.position(first));
        if chained {
            records.together = geometry.cluster_size;
            records.chain = Some(Chain { first, at: first, seen: HashSet::from([first]) });
        } else {
            records.together = left;
        }
        Ok(records)
    }

    /// The next entry. After an error the one behind the damage follows, or none.
    pub(crate) fn next(&mut self) -> Option<Result<Record, Error>> {
        loop {
            let found = self.piece.get(self.at..).and_then(|rest| rest.first_chunk::<LEN>()).copied();
            if let Some(bytes) = found {
                let offset = self.piece_offset.plus(wide(self.at));
                self.at = self.at.saturating_add(LEN);
                return Some(Ok(Record { bytes, offset }));
            }
            if self.left == 0 {
                // A chain that ends here is as long as a folder may be.
                let ends = self.limit.is_none() || (self.together == 0 && matches!(self.next_cluster(), Ok(false)));
                let max = self.limit.take().filter(|_| !ends)?;
                return Some(Err(Error::LimitReached { limit: Limit::DirectoryLen, max }));
            }
            if self.together == 0 {
                match self.next_cluster() {
                    Ok(true) => {}
                    Ok(false) => {
                        self.stop();
                        return None;
                    }
                    Err(error) => {
                        self.stop();
                        return Some(Err(error));
                    }
                }
            }
            if let Err(error) = self.next_piece() {
                return Some(Err(error));
            }
        }
    }

    /// Nothing follows any more.
    pub(crate) fn stop(&mut self) {
        self.piece.clear();
        (self.left, self.limit, self.together) = (0, None, 0);
    }

    fn next_piece(&mut self) -> Result<(), Error> {
        let len = PIECE_LEN.min(self.together).min(self.left);
        let offset = self.next;
        self.piece.clear();
        (self.piece_offset, self.at) = (offset, 0);
        // Whether it can be read or not: behind it the folder goes on.
        self.next = offset.plus(len);
        self.together = self.together.saturating_sub(len);
        self.left = self.left.saturating_sub(len);
        self.piece = read_vec(self.volume.device(), offset.0, narrow(len))?;
        Ok(())
    }

    /// Goes on to the next cluster; `false` if the folder ends.
    fn next_cluster(&mut self) -> Result<bool, Error> {
        let Some(Chain { first, at, seen }) = &mut self.chain else {
            return Ok(false);
        };
        let before = wide(seen.len());
        let geometry = self.volume.geometry();
        let broken = |cluster, before, fault| Err(Error::Chain { first: *first, cluster, before, fault });
        let last = before.saturating_sub(1);
        let next = match self.table.link(*at)? {
            Link::Next(next) => next,
            Link::End if self.limit.is_some() => return Ok(false),
            Link::End => {
                let clusters = geometry.clusters_of(self.left);
                return broken(*at, last, ChainFault::Ends { wanted: before.saturating_add(clusters) });
            }
            Link::Free => return broken(*at, last, ChainFault::Free),
            Link::Bad => return broken(*at, last, ChainFault::Bad),
            Link::Outside(value) => return broken(*at, last, ChainFault::Outside(value)),
        };
        if !seen.insert(next) {
            return broken(next, before, ChainFault::Circle);
        }
        *at = next;
        self.next = DeviceOffset(geometry.position(next));
        self.together = geometry.cluster_size;
        Ok(true)
    }
}
