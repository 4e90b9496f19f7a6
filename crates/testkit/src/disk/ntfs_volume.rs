//! Makes NTFS volumes with the system's own tools, where it has them and lets them be mounted.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{XattrFlags, setxattr};

/// Runs a program, and says whether it is there and succeeded.
pub fn run(program: &str, args: &[&str]) -> bool {
    let status =
        Command::new(program).args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Makes an NTFS volume of `len` bytes in the file `image` and fills it. `false`, and a word on it, if this system cannot.
///
/// # Panics
/// If the file cannot be made, or the volume not unmounted again.
pub fn make(image: &Path, len: u64, fill: impl FnOnce(&Path)) -> bool {
    File::create(image).unwrap().set_len(len).unwrap();
    let mount = tempfile::tempdir().unwrap();
    let (name, folder) = (image.to_str().unwrap(), mount.path().to_str().unwrap());
    if !run("mkntfs", &["-F", "-Q", "-q", name]) || !run("ntfs-3g", &[name, folder]) {
        println!("skipped: mkntfs or ntfs-3g absent, or nothing can be mounted here");
        return false;
    }
    fill(mount.path());
    let unmounted = run("fusermount", &["-u", folder]) || run("umount", &[folder]);
    assert!(unmounted, "cannot unmount {folder}");
    true
}

/// Makes an empty folder of a mounted volume a junction.
///
/// # Panics
/// If the file system refuses.
pub fn make_junction(folder: &Path, target: &str) {
    let units: Vec<u8> = target.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let len = u16::try_from(units.len()).unwrap();
    let mut data = 0xA000_0003_u32.to_le_bytes().to_vec();
    for field in [len + 12, 0, 0, len, len + 2, 0] {
        data.extend(field.to_le_bytes());
    }
    data.extend(units);
    data.extend([0; 4]);
    fs::create_dir_all(folder).unwrap();
    setxattr(folder, "system.ntfs_reparse_data", &data, XattrFlags::empty()).unwrap();
}

/// Makes a disk with a master boot record out of volumes: each a type and its bytes' first sector on. Parts of zeros stay holes.
///
/// # Panics
/// If the file cannot be written.
pub fn make_disk(disk: &Path, partitions: &[(u8, &[u8])]) {
    const MIB: u64 = 1 << 20;
    let mut table = vec![0u8; 512];
    let file = OpenOptions::new().create(true).truncate(true).write(true).open(disk).unwrap();
    let mut start = MIB;
    for (index, (kind, bytes)) in partitions.iter().enumerate() {
        let sectors = |bytes: u64| u32::try_from(bytes / 512).unwrap().to_le_bytes();
        let len = u64::try_from(bytes.len()).unwrap().next_multiple_of(MIB);
        let entry = &mut table[446 + 16 * index..][..16];
        entry[4] = *kind;
        entry[8..12].copy_from_slice(&sectors(start));
        entry[12..].copy_from_slice(&sectors(len));
        for (at, part) in (0u64..).step_by(65536).zip(bytes.chunks(65536)) {
            if part.iter().any(|&byte| byte != 0) {
                file.write_all_at(part, start + at).unwrap();
            }
        }
        start += len;
    }
    table[510..].copy_from_slice(&[0x55, 0xAA]);
    file.write_all_at(&table, 0).unwrap();
    file.set_len(start).unwrap();
}
