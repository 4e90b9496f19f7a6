//! The bytes of an attribute, read by position wherever they lie.

use std::sync::Arc;

use hivekey_read_at::{ReadAt, ReadError, check_range, narrow, wide};

use super::compressed::Compressed;
use super::runs::Runs;
use super::volume::Ntfs;
use super::wof::Wof;
use crate::error::Error;
use crate::offset::{FileReference, Lcn};

/// The clusters of a stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Extents {
    pub(super) runs: Runs,
    /// Bytes of the stream.
    pub(super) size: u64,
    /// Bytes that were written; zeros follow.
    pub(super) initialized: u64,
}

/// A device with its cluster size.
#[derive(Clone, Copy)]
pub(super) struct Clusters<'a> {
    pub(super) device: &'a dyn ReadAt,
    pub(super) size: u64,
}

impl Extents {
    /// Reads bytes of the stream.
    pub(super) fn read(&self, clusters: Clusters<'_>, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        check_range(offset, buf.len(), self.size)?;
        let written = narrow(self.initialized.saturating_sub(offset)).min(buf.len());
        let (written, zeros) = buf.split_at_mut_checked(written).unwrap_or((&mut [], &mut []));
        zeros.fill(0);
        self.read_mapped(clusters, offset, written)
    }

    /// Reads bytes of the clusters, whatever size the stream says that it has.
    pub(super) fn read_mapped(&self, clusters: Clusters<'_>, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        let mut at = offset;
        let mut rest = buf;
        while !rest.is_empty() {
            let (place, left) = self.place(clusters.size, at)?;
            let count = narrow(left).min(rest.len());
            let Some((part, behind)) = rest.split_at_mut_checked(count) else {
                break;
            };
            match place {
                Some(place) => clusters.device.read_into(place, part)?,
                None => part.fill(0),
            }
            at = at.saturating_add(wide(count));
            rest = behind;
        }
        Ok(())
    }

    /// Where a byte of the stream lies on the device (`None` in a hole), and how many bytes follow there in one piece, at
    /// least one.
    pub(super) fn place(&self, cluster_size: u64, at: u64) -> Result<(Option<u64>, u64), Error> {
        // Cluster sizes are powers of two, never 0.
        let vcn = at.checked_div(cluster_size).unwrap_or(0);
        let within = at.checked_rem(cluster_size).unwrap_or(0);
        let run = self.runs.covering(vcn).ok_or(Error::Unmapped { vcn })?;
        let left = run.end().saturating_sub(vcn).saturating_mul(cluster_size).saturating_sub(within);
        let place = run.lcn.map(|Lcn(lcn)| {
            lcn.saturating_add(vcn.saturating_sub(run.vcn.0)).saturating_mul(cluster_size).saturating_add(within)
        });
        Ok((place, left))
    }
}

/// The value of an attribute as a stream.
#[derive(Clone, Debug)]
pub(super) enum Stream {
    Resident(Arc<[u8]>),
    Mapped(Extents),
    Compressed(Arc<Compressed>),
}

impl Stream {
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Resident(bytes) => ReadAt::len(bytes.as_ref()),
            Self::Mapped(extents) => extents.size,
            Self::Compressed(compressed) => compressed.extents().size,
        }
    }

    pub(super) fn extents(&self) -> Option<&Extents> {
        match self {
            Self::Resident(_) => None,
            Self::Mapped(extents) => Some(extents),
            Self::Compressed(compressed) => Some(compressed.extents()),
        }
    }

    pub(super) fn read(&self, clusters: Clusters<'_>, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        match self {
            Self::Resident(bytes) => Ok(bytes.as_ref().read_into(offset, buf)?),
            Self::Mapped(extents) => extents.read(clusters, offset, buf),
            Self::Compressed(compressed) => compressed.read(clusters, offset, buf),
        }
    }
}

/// A stream of a file in a volume, read by position. Nothing but the bytes that are asked for is read; of compressed
/// streams the units that hold them, of which the last few are kept.
#[derive(Clone, Debug)]
pub struct NtfsFile {
    volume: Ntfs,
    reference: FileReference,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Plain(Stream),
    Wof(Arc<Wof>),
}

impl NtfsFile {
    pub(super) const fn plain(volume: Ntfs, reference: FileReference, stream: Stream) -> Self {
        Self { volume, reference, content: Content::Plain(stream) }
    }

    pub(super) fn wof(volume: Ntfs, reference: FileReference, wof: Wof) -> Self {
        Self { volume, reference, content: Content::Wof(Arc::new(wof)) }
    }

    /// The file that the stream belongs to.
    #[must_use]
    pub const fn reference(&self) -> FileReference {
        self.reference
    }

    /// The clusters that hold the content, packed or not.
    pub(super) fn extents(&self) -> Option<&Extents> {
        match &self.content {
            Content::Plain(stream) => stream.extents(),
            Content::Wof(wof) => wof.packed().extents(),
        }
    }

    /// The parts of the stream that lie together on the volume and are stored as they are: (offset in the stream, offset in
    /// the volume, length). Empty for resident and compressed streams; holes and what was never written are left out.
    #[must_use]
    pub fn plain_extents(&self) -> Vec<(u64, u64, u64)> {
        let Content::Plain(Stream::Mapped(extents)) = &self.content else {
            return Vec::new();
        };
        let cluster = self.volume.boot_sector().cluster_size;
        let end = extents.size.min(extents.initialized);
        extents
            .runs
            .iter()
            .filter_map(|run| {
                let start = run.vcn.0.checked_mul(cluster)?;
                let place = run.lcn?.0.checked_mul(cluster)?;
                let len = run.clusters.saturating_mul(cluster).min(end.saturating_sub(start));
                (len != 0).then_some((start, place, len))
            })
            .collect()
    }
}

impl ReadAt for NtfsFile {
    fn len(&self) -> u64 {
        match &self.content {
            Content::Plain(stream) => stream.len(),
            Content::Wof(wof) => wof.len(),
        }
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let clusters = self.volume.clusters();
        match &self.content {
            Content::Plain(stream) => stream.read(clusters, offset, buf)?,
            Content::Wof(wof) => wof.read(clusters, offset, buf)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Structure;
    use crate::offset::{DeviceOffset, Vcn};
    use crate::read::Fields;

    #[test]
    fn runs_holes_and_what_was_never_written() {
        let device: Vec<u8> = (0..=255).collect();
        let clusters = Clusters { device: &device, size: 16 };
        // One cluster at 5, a hole of one, two clusters at 2.
        let pairs = [0x11, 1, 5, 0x01, 1, 0x11, 2, 0xFD];
        let mut runs = Runs::default();
        let pairs = Fields::new(&pairs, Structure::MappingPairs, DeviceOffset(0));
        runs.append(&pairs, Vcn(0), 10).unwrap();
        let extents = Extents { runs, size: 60, initialized: 50 };
        let mut buf = [0xEEu8; 60];
        extents.read(clusters, 0, &mut buf).unwrap();
        let expected: Vec<u8> = (80..96).chain([0; 16]).chain(32..50).chain([0; 10]).collect();
        assert_eq!(buf.to_vec(), expected);
        let mut buf = [0xEEu8; 3];
        extents.read(clusters, 31, &mut buf).unwrap();
        assert_eq!(buf, [0, 32, 33]);
        assert!(extents.read(clusters, 58, &mut buf).is_err());
        assert!(extents.read(clusters, u64::MAX, &mut buf).is_err());
        assert!(extents.read(clusters, 60, &mut []).is_ok());
        extents.read(clusters, 49, &mut buf).unwrap();
        assert_eq!(buf, [49, 0, 0]);
        assert!(matches!(extents.read_mapped(clusters, 63, &mut buf), Err(Error::Unmapped { vcn: 4 })));
    }
}
