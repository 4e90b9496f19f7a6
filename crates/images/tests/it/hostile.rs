//! Broken images: every small image with bytes changed and ends cut off. Nothing panics, nothing hangs, and no more is asked of
//! memory than the limits allow.

use hivekey_images::{Disk, Options, ReadAt, Siblings, open};

use crate::build::vhdx::{Block, MIB, Vhdx};
use crate::build::vmdk::{GRAIN, descriptor, grains, sparse, stream};
use crate::build::{clones, ewf, qcow2, vdi, vhd};
use crate::check::{Numbers, content, u64_of, usize_of};
use crate::folder::Folder;
use crate::vhdx::with_log;

/// Small images of all kinds, with the name of the one to open.
fn images() -> Vec<(&'static str, Folder)> {
    let bytes = content(24 << 10, 1);
    let size = bytes.len();
    let line = format!("RW {} SPARSE \"d\"", size / 512);
    let small_vhdx =
        |id, parent, blocks| Vhdx { size: 2 * MIB, sector: 512, id, parent, blocks, bitmap: Some(vec![0x5A; 512]) };
    let full = || Block::Full(content(8192, 2));
    let delta = sparse(
        size,
        &vec![crate::build::vmdk::Grain::Absent; size / GRAIN],
        &descriptor(2, Some((1, "b")), "x", &line),
    );
    let compressed: Vec<qcow2::Cluster> =
        bytes.chunks(512).map(|cluster| qcow2::Cluster::Deflated(cluster.to_vec())).collect();
    let snapshot = Some(("1", "s"));
    let overlay = |incompatible| qcow2::Qcow2 {
        size,
        clusters: qcow2::clusters(&bytes),
        backing: Some(("b", None)),
        incompatible,
        snapshot,
        ..qcow2::Qcow2::default()
    };
    let child = vhd::differencing(size, 2, (1, "b"), &vec![Some(([0x5A], bytes[..4096].to_vec())); size / 4096]);
    let child_vdi = vdi::Vdi { kind: 4, size, ids: [3, 4, 1, 2], extra: 0, blocks: vec![Err(vdi::FREE); 6] };
    let vdi = vdi::Vdi { kind: 1, size, ids: [1, 2, 0, 0], extra: 0, blocks: vdi::blocks(&bytes) };
    let segments = ewf::segments(&bytes, 3);
    vec![
        ("d", Folder::of([("d", vhd::fixed(&bytes, 1))])),
        ("d", Folder::of([("d", child), ("b", vhd::dynamic(&bytes, 1))])),
        (
            "d",
            Folder::of([
                ("d", small_vhdx(2, Some((1, "b")), vec![Block::Partial(content(4096, 3)), Block::State(0)]).build()),
                ("b", small_vhdx(1, None, vec![full(), full()]).build()),
            ]),
        ),
        ("d", Folder::of([("d", with_log(MIB - 8192, true).0)])),
        ("d", Folder::of([("d", delta), ("b", sparse(size, &grains(&bytes), &descriptor(1, None, "x", &line)))])),
        ("d", Folder::of([("d", stream(size, &grains(&bytes), &descriptor(1, None, "x", &line)))])),
        (
            "d",
            Folder::of([
                (
                    "d",
                    descriptor(1, None, "x", &line.replace("\"d\"", "\"e\"").replace("SPARSE", "VMFSSPARSE"))
                        .into_bytes(),
                ),
                ("e", crate::build::vmdk::cowd(size, &grains(&bytes))),
            ]),
        ),
        ("d", Folder::of([("d", overlay(0).build()), ("b", qcow2::Qcow2 { backing: None, ..overlay(0) }.build())])),
        ("d", Folder::of([("d", overlay(16).build()), ("b", bytes.clone())])),
        ("d", Folder::of([("d", qcow2::Qcow2 { size, clusters: compressed, ..qcow2::Qcow2::default() }.build())])),
        ("d.vdi", Folder::of([("d.vdi", child_vdi.build()), ("b.vdi", vdi.build())])),
        ("d", Folder::of([("d", vdi::parallels(&bytes, true))])),
        ("d.E01", Folder::of([("d.E01", segments[0].clone()), ("d.E02", segments[1].clone())])),
        ("d", Folder::of([("d", clones::partclone(&bytes, 7))])),
        ("d", Folder::of([("d", clones::ntfsclone(&bytes))])),
    ]
}

/// Reads here and there, and asks for extents. Errors are as good as bytes.
fn exercise(disk: &Disk, numbers: &mut Numbers) {
    let size = disk.virtual_size();
    let mut buf = vec![0; 5000];
    for at in [0, 512, 4096, size / 2, size.saturating_sub(5000)] {
        let length = buf.len().min(usize_of(size.saturating_sub(at).min(5000)));
        let _ = disk.read_into(at, &mut buf[..length]);
    }
    for _ in 0..4 {
        let at = numbers.next() % size.max(1);
        let _ = disk.read_into(at, &mut buf[..usize_of((size - at).min(600))]);
    }
    let mut at = 0;
    for _ in 0..6 {
        let Some(extent) = disk.data_extent(at) else { break };
        assert!(extent.start >= at && extent.end > extent.start && extent.end <= size);
        at = extent.end;
    }
    let _ = (disk.anomalies(), disk.stored_hashes(), disk.snapshots());
}

/// A file with a few bytes changed, or cut off.
struct Changed<'a> {
    folder: &'a Folder,
    target: &'a str,
    changes: Vec<(u64, Vec<u8>)>,
    len: Option<u64>,
}

struct ChangedFile {
    file: Box<dyn ReadAt>,
    changes: Vec<(u64, Vec<u8>)>,
    len: u64,
}

impl ReadAt for ChangedFile {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), hivekey_images::ReadError> {
        hivekey_read_at::check_range(offset, buf.len(), self.len)?;
        self.file.read_into(offset, buf)?;
        for (at, bytes) in &self.changes {
            for (index, byte) in bytes.iter().enumerate() {
                let place = (at + u64_of(index)).checked_sub(offset).map(usize_of);
                if let Some(target) = place.and_then(|place| buf.get_mut(place)) {
                    *target = *byte;
                }
            }
        }
        Ok(())
    }
}

impl Siblings for Changed<'_> {
    fn open(&self, name: &str) -> Result<Box<dyn ReadAt>, hivekey_images::SiblingError> {
        let file = Siblings::open(self.folder, name)?;
        if name != self.target {
            return Ok(file);
        }
        let len = self.len.unwrap_or(file.len()).min(file.len());
        Ok(Box::new(ChangedFile { file, changes: self.changes.clone(), len }))
    }

    fn list(&self, folder: &str) -> Vec<String> {
        self.folder.list(folder)
    }
}

/// Values that break sums, shifts and loops, of every width.
fn value(numbers: &mut Numbers) -> Vec<u8> {
    let number =
        [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFFE, u64::MAX, 1 << 63, numbers.next()][numbers.below(9)];
    let little = number.to_le_bytes();
    let width = [1, 2, 4, 8][numbers.below(4)];
    let mut bytes = little[..width].to_vec();
    if numbers.below(2) == 0 {
        bytes.reverse();
    }
    bytes
}

fn break_images(rounds: usize, seed: u64) {
    let mut numbers = Numbers::new(seed);
    for (name, folder) in images() {
        // Changes go where something is read when the image is opened and its first bytes are read.
        folder.trace.lock().unwrap().clear();
        let disk = folder.open(name).unwrap();
        let _ = disk.read_into(0, &mut [0; 512]);
        let places: Vec<(u64, usize)> =
            folder.trace.lock().unwrap().iter().filter(|(_, length)| *length <= 70_000).copied().collect();
        let targets = folder.names();
        for round in 0..rounds {
            let target = &targets[numbers.below(targets.len())];
            let changes = (0..1 + numbers.below(3)).map(|_| {
                let (start, length) = places[numbers.below(places.len())];
                // Most of a large structure is padding.
                let within = if numbers.below(2) == 0 { numbers.below(length.min(128)) } else { numbers.below(length) };
                (start + u64_of(within), value(&mut numbers))
            });
            let changes = changes.collect();
            let size = u64_of(folder.bytes(target).len());
            let len = (round % 5 == 0).then(|| numbers.next() % (size + 1));
            let changed = Changed { folder: &folder, target, changes, len };
            let file = Siblings::open(&changed, name).unwrap();
            if let Ok(disk) = open(name, file, &changed, &Options::default()) {
                exercise(&disk, &mut numbers);
            }
        }
    }
}

#[test]
fn broken_images_are_survived() {
    break_images(200, 1);
}

#[test]
fn every_cut_is_survived() {
    let mut numbers = Numbers::new(3);
    for (name, folder) in images() {
        let size = u64_of(folder.bytes(name).len());
        for index in 0..120 {
            // The first kilobytes byte by byte as it were, then coarsely, then the end.
            let len = match index {
                0..40 => index * 37,
                40..80 => size * (index - 40) / 40,
                _ => size.saturating_sub((index - 80) * 97),
            };
            let changed = Changed { folder: &folder, target: name, changes: vec![], len: Some(len) };
            let file = Siblings::open(&changed, name).unwrap();
            if let Ok(disk) = open(name, file, &changed, &Options::default()) {
                exercise(&disk, &mut numbers);
            }
        }
    }
}
