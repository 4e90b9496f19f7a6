//! The case that hivekey was made for: a server was installed again over the old disk, and nobody has the old key.
//!
//! The new SOFTWARE hive lies over the front part of the old one: its base block and its root are gone, no file system knows of the rest,
//! and the key of the new installation is one that Microsoft publishes for everybody. The old SYSTEM hive is whole.

use super::{BASIC_DATA, Disk, EFI_SYSTEM, Partition};
use crate::bench;
use crate::hive::Filler;
use crate::installation::Installation;
use crate::license::Channel;
use crate::windows::Windows;

const MIB: u64 = 1 << 20;
/// Where the partition with Windows begins.
const PARTITION: u64 = 17 * MIB;

/// A disk with an old installation under a new one.
#[derive(Clone, Debug)]
pub struct Reformatted {
    /// The disk.
    pub disk: Disk,
    /// The key that was lost.
    pub old_key: String,
    /// The key of the new installation.
    pub new_key: String,
    /// Where the old SOFTWARE hive began.
    pub old_software: u64,
    /// Where the new one begins.
    pub new_software: u64,
    /// Bytes of the old one that were overwritten.
    pub overwritten: u64,
    /// Where the old SYSTEM hive begins.
    pub old_system: u64,
}

/// Makes the disk: 64 MiB, two partitions.
///
/// # Panics
/// Never: both licences were sold.
pub fn reformatted() -> Reformatted {
    let old = Installation::preset(Windows::Server2019, Channel::Retail).unwrap();
    let mut new = Installation::preset(Windows::Server2019, Channel::Gvlk).unwrap();
    new.installed = old.last_written.plus_days(30);
    new.license.installed = new.installed;
    new.last_written = new.installed.plus_days(7);
    let old_hive = bench::software(6_000_000).build();
    let mut new_hive = new.software();
    Filler::new(2_500_000, 7).fill(new_hive.root());
    let new_hive = new_hive.build();

    let old_software = PARTITION + 3 * MIB;
    let new_software = old_software - MIB / 4;
    let old_system = PARTITION + 20 * MIB;
    let mut disk = Disk::new(64 * MIB);
    disk.gpt(&[
        Partition { kind: EFI_SYSTEM, start: MIB, end: PARTITION, name: "EFI system partition" },
        Partition { kind: BASIC_DATA, start: PARTITION, end: 63 * MIB, name: "Basic data partition" },
    ]);
    disk.plant(PARTITION + 3, b"NTFS    ").plant(PARTITION + 510, &[0x55, 0xAA]);
    disk.plant(old_software, old_hive.bytes());
    disk.plant(old_system, old.system().build().bytes());
    disk.plant(new_software, new_hive.bytes());
    Reformatted {
        disk,
        old_key: old.license.typed_key.to_string(),
        new_key: new.license.typed_key.to_string(),
        old_software,
        new_software,
        overwritten: new_software + new_hive.bytes().len() as u64 - old_software,
        old_system,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_lies_in_the_part_that_is_left() {
        let made = reformatted();
        let hive = bench::software(6_000_000).build();
        let place = hive.value_place(r"Microsoft\Windows NT\CurrentVersion", "DigitalProductId").unwrap();
        assert!(place.data_file_offset().unwrap() > made.overwritten && made.overwritten > 4096);
        assert_ne!(made.old_key, made.new_key);
        let start = made.old_software as usize;
        assert_ne!(made.disk.bytes()[start..start + 4], *b"regf");
    }
}
