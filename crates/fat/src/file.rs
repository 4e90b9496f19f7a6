//! The content of a file, read by position.

use hivekey_read_at::{ReadAt, ReadError, check_range, narrow, wide};

use crate::chain::Run;
use crate::entry::covering;
use crate::error::{ChainFault, Error};
use crate::offset::Cluster;
use crate::volume::Fat;

/// The content of a file, read by position. Its clusters are known since it was opened; nothing but the bytes that are asked
/// for is read.
#[derive(Clone, Debug)]
pub struct FatFile {
    volume: Fat,
    size: u64,
    /// Bytes that were written; zeros follow.
    valid: u64,
    runs: std::sync::Arc<[Run]>,
}

impl FatFile {
    pub(crate) fn new(volume: Fat, size: u64, valid: u64, runs: Vec<Run>) -> Self {
        Self { volume, size, valid: valid.min(size), runs: runs.into() }
    }

    /// The parts of the file that lie together on the volume: (offset in the file, offset in the volume, length). What was
    /// never written is left out.
    #[must_use]
    pub fn plain_extents(&self) -> Vec<(u64, u64, u64)> {
        let geometry = self.volume.geometry();
        self.runs
            .iter()
            .filter_map(|run| {
                let start = u64::from(run.before).checked_mul(geometry.cluster_size)?;
                let len = u64::from(run.clusters).saturating_mul(geometry.cluster_size);
                let len = len.min(self.valid.saturating_sub(start));
                (len != 0).then_some((start, geometry.position(run.first), len))
            })
            .collect()
    }

    /// Where a byte of the file lies on the volume, and how many bytes follow there in one piece, at least one.
    fn place(&self, at: u64) -> Result<(u64, u64), Error> {
        let geometry = self.volume.geometry();
        // Cluster sizes are powers of two, never 0.
        let index = at.checked_div(geometry.cluster_size).unwrap_or(0);
        let run = u32::try_from(index).ok().and_then(|index| covering(&self.runs, index));
        // The runs cover the size since the file was opened; this only spares a second way to fail.
        let run = run.ok_or_else(|| Error::Chain {
            first: self.runs.first().map_or(Cluster(0), |run| run.first),
            cluster: self.runs.last().map_or(Cluster(0), |run| run.first),
            before: index,
            fault: ChainFault::Ends { wanted: geometry.clusters_of(self.size) },
        })?;
        let into = at.saturating_sub(u64::from(run.before).saturating_mul(geometry.cluster_size));
        let len = u64::from(run.clusters).saturating_mul(geometry.cluster_size);
        Ok((geometry.position(run.first).saturating_add(into), len.saturating_sub(into)))
    }
}

impl ReadAt for FatFile {
    fn len(&self) -> u64 {
        self.size
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.size)?;
        let written = narrow(self.valid.saturating_sub(offset)).min(buf.len());
        let (written, zeros) = buf.split_at_mut_checked(written).unwrap_or((&mut [], &mut []));
        zeros.fill(0);
        let mut at = offset;
        let mut rest = written;
        while !rest.is_empty() {
            let (place, left) = self.place(at)?;
            let count = narrow(left).min(rest.len());
            let Some((part, behind)) = rest.split_at_mut_checked(count) else {
                break;
            };
            self.volume.device().read_into(place, part)?;
            at = at.saturating_add(wide(count));
            rest = behind;
        }
        Ok(())
    }
}
