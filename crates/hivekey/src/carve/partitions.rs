//! In which partition an offset lies.

use hivekey_ntfs as ntfs;

use super::report::{CarvedPartition, PartitionPlace};

/// The partitions of a disk; none where it has no table.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    volumes: Vec<ntfs::Volume>,
}

impl Partitions {
    /// Reads the table of partitions, of which a damaged one gives what it still tells.
    pub(super) fn of(disk: &dyn ntfs::ReadAt) -> Self {
        let mut volumes = ntfs::volumes(disk).volumes;
        // A volume without a table is the whole source: nothing to tell apart.
        volumes.retain(|volume| volume.kind != ntfs::PartitionType::None);
        Self { volumes }
    }

    /// Where an offset lies: in the smallest of the partitions around it, should they overlap.
    pub(super) fn place(&self, offset: u64) -> Option<PartitionPlace> {
        let around = self.volumes.iter().filter_map(|volume| {
            let inside = offset.checked_sub(volume.offset).filter(|inside| *inside < volume.len)?;
            Some((volume.len, PartitionPlace { index: volume.index, offset: inside }))
        });
        around.min_by_key(|(len, _)| *len).map(|(_, place)| place)
    }

    pub(super) fn list(&self) -> Vec<CarvedPartition> {
        let listed = self.volumes.iter().map(|volume| CarvedPartition {
            index: volume.index,
            offset: volume.offset,
            size: volume.len,
            content: content(volume.content),
            name: volume.name.clone().filter(|name| !name.is_empty()),
        });
        listed.collect()
    }
}

/// The name of a content in JSON.
fn content(content: ntfs::Content) -> Option<&'static str> {
    match content {
        ntfs::Content::Ntfs => Some("NTFS"),
        ntfs::Content::Fat => Some("FAT"),
        ntfs::Content::ExFat => Some("exFAT"),
        ntfs::Content::BitLocker => Some("BitLocker"),
        ntfs::Content::Refs => Some("ReFS"),
        ntfs::Content::DynamicDisk => Some("dynamic disk"),
        ntfs::Content::StorageSpaces => Some("Storage Spaces"),
        ntfs::Content::Reserved => Some("reserved"),
        ntfs::Content::Lvm => Some("LVM"),
        ntfs::Content::Luks => Some("LUKS"),
        ntfs::Content::Foreign(name) => Some(name),
        _ => None,
    }
}
