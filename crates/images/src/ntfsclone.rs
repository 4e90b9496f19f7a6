//! ntfsclone's special images: of the volume, only the clusters in use, one record each.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 16 | magic | `\0ntfsclone-image` |
//! | 16 | 2 | version | major 10, minor 0 or 1 |
//! | 18 | 4 | cluster size | bytes |
//! | 22 | 8 | device size | bytes |
//! | 30 | 8 | clusters | |
//! | 38 | 8 | clusters in use | |
//! | 46 | 4 | offset of the records | |
//!
//! | length | field of a record | meaning |
//! |---|---|---|
//! | 1 | command | 0 gap, 1 cluster |
//! | 8, or a cluster | | how many clusters are not in the image, or the data of one |
//!
//! All numbers are little-endian. Clusters that are not in the image are given as zeros. There is no index: the records are
//! walked as far as reading goes, and the runs met are kept. Source: ntfs-3g 2022.10, `ntfsprogs/ntfsclone.c`.

use std::sync::{Arc, Mutex, PoisonError};

use hivekey_read_at::{ReadAt, wide};

use crate::error::{Error, Structure};
use crate::kind::Kind;
use crate::limits::{LimitName, Limits};
use crate::map::{Image, Map, Piece, Place};
use crate::offset::{Blocks, DiskOffset, FileOffset};
use crate::open::Context;
use crate::read::{Fields, read_array};

/// A cluster of data follows.
const CLUSTER: u8 = 1;

/// A number of clusters follows that are not in the image.
const GAP: u8 = 0;

/// Opens an ntfsclone image.
pub(crate) fn open(context: &Context<'_>, file: Arc<dyn ReadAt>) -> Result<Image, Error> {
    let (structure, offset) = (Structure::NtfscloneHeader, FileOffset(0));
    let bytes: [u8; 50] = read_array(&file, structure, offset)?;
    let fields = Fields::new(&bytes, structure, offset);
    let major = fields.u8(16)?;
    if major != 10 {
        return Err(Error::unsupported(Kind::Ntfsclone, "a version other than 10"));
    }
    let cluster = fields.u32(18)?;
    let Some(clusters) = Blocks::new(u64::from(cluster)) else {
        return Err(fields.wrong("cluster size", cluster, "at least 1"));
    };
    let first = fields.u32(46)?;
    if first < 50 {
        return Err(fields.wrong("offset of the records", first, "at least 50"));
    }
    let records = Records {
        file: Arc::clone(&file),
        clusters,
        total: fields.u64(30)?,
        walk: Mutex::new(Walk { runs: Vec::new(), next: FileOffset(u64::from(first)), cluster: 0, fault: None }),
        limits: *context.limits(),
    };
    Ok(Image::new(records, vec![file], fields.u64(22)?))
}

/// Clusters that follow each other in the image.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: u64,
    count: u64,
    /// Where the record of the first begins.
    offset: FileOffset,
}

/// How far the records were walked.
struct Walk {
    runs: Vec<Run>,
    next: FileOffset,
    /// The cluster that the next record is about.
    cluster: u64,
    /// Why it goes no further.
    fault: Option<Error>,
}

struct Records {
    file: Arc<dyn ReadAt>,
    clusters: Blocks,
    /// Clusters of the volume.
    total: u64,
    walk: Mutex<Walk>,
    limits: Limits,
}

impl Records {
    /// Walks one record further. A run ends with a gap.
    fn step(&self, walk: &mut Walk) -> Result<(), Error> {
        let structure = Structure::NtfscloneRecord;
        let [command] = read_array(&*self.file, structure, walk.next)?;
        match command {
            CLUSTER => {
                match walk.runs.last_mut() {
                    Some(run) if run.first.saturating_add(run.count) == walk.cluster => {
                        run.count = run.count.saturating_add(1);
                    }
                    _ => {
                        let most = wide(self.limits.index_entries);
                        Error::check_limit(LimitName::IndexEntries, wide(walk.runs.len()).saturating_add(1), most)?;
                        walk.runs.push(Run { first: walk.cluster, count: 1, offset: walk.next });
                    }
                }
                walk.cluster = walk.cluster.saturating_add(1);
                walk.next = walk.next.plus(self.clusters.size()).plus(1);
            }
            GAP => {
                let bytes: [u8; 8] = read_array(&*self.file, structure, walk.next.plus(1))?;
                let count = i64::from_le_bytes(bytes);
                match u64::try_from(count) {
                    Ok(count) if count > 0 => walk.cluster = walk.cluster.saturating_add(count),
                    _ => {
                        let fields = Fields::new(&bytes, structure, walk.next);
                        return Err(fields.wrong("clusters of a gap", fields.u64(0)?, "at least 1"));
                    }
                }
                walk.next = walk.next.plus(9);
            }
            other => return Err(Fields::new(&[], structure, walk.next).wrong("command", other, "0 or 1")),
        }
        Ok(())
    }

    /// The run that holds `cluster`, or the number of clusters to the next run.
    fn find(&self, cluster: u64) -> Result<Result<Run, u64>, Error> {
        let mut walk = self.walk.lock().unwrap_or_else(PoisonError::into_inner);
        while walk.cluster <= cluster {
            if let Some(fault) = &walk.fault {
                return Err(fault.clone());
            }
            // What follows the last cluster is not in the image.
            if walk.next.get() >= self.file.len() && walk.cluster >= self.total {
                return Ok(Err(u64::MAX));
            }
            if let Err(error) = self.step(&mut walk) {
                walk.fault = Some(error);
            }
        }
        let after = walk.runs.partition_point(|run| run.first <= cluster);
        let before = after.checked_sub(1).and_then(|at| walk.runs.get(at)).copied();
        if let Some(run) = before.filter(|run| cluster.saturating_sub(run.first) < run.count) {
            return Ok(Ok(run));
        }
        let next = walk.runs.get(after).map_or(walk.cluster, |run| run.first);
        Ok(Err(next.saturating_sub(cluster)))
    }
}

impl Map for Records {
    fn locate(&self, at: DiskOffset) -> Result<Piece, Error> {
        let cluster = self.clusters.index(at.get());
        match self.find(cluster)? {
            Ok(run) => {
                let step = self.clusters.size().saturating_add(1);
                let record = run.offset.plus(cluster.saturating_sub(run.first).saturating_mul(step));
                let offset = record.plus(1).plus(self.clusters.within(at.get()));
                let place = Place::Stored { file: 0, offset, structure: Structure::NtfscloneRecord };
                Ok(Piece::new(place, self.clusters.left(at.get())))
            }
            Err(clusters) => {
                let bytes = clusters.saturating_mul(self.clusters.size());
                Ok(Piece::new(Place::Zero, bytes.saturating_sub(self.clusters.within(at.get()))))
            }
        }
    }
}
