//! Sweeps, judged: from a disk that was installed again to the old key, and whatever stands in the way.
#![cfg(test)]

mod corpus;

use std::io;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hivekey::carve::{
    BlobForm, CarveOptions, CarveReport, CarveStatus, CarvedKey, Control, FindCertainty, LostKind, Outcome,
    UnreadReason, carve, carve_source,
};
use hivekey::report::{FoundIn, HiveRole, HiveState, IntegrityMark, Verdict};
use hivekey::{Options, inspect};
use hivekey_carve::RawSource;
use hivekey_dpid::{Blob, recognise};
use hivekey_regf::{Hive, OpenOptions};
use hivekey_testkit::disk::{Disk, Reformatted, reformatted};
use hivekey_testkit::installation::Installation;
use hivekey_testkit::license::{Channel, License};
use hivekey_testkit::msdm::msdm;
use hivekey_testkit::windows::Windows;

/// Microsoft's published KMS client key of Server 2019 Standard.
const GVLK: &str = "N69G4-B89J2-4G8F4-WWYCC-J464C";

fn sweep(bytes: impl Into<Vec<u8>>) -> CarveReport {
    carve_source("disk", Arc::new(bytes.into()), &CarveOptions::new(), &Control::default())
}

fn key<'r>(report: &'r CarveReport, text: &str) -> &'r CarvedKey {
    let is_it = |key: &&CarvedKey| key.key.as_ref().is_some_and(|key| key.to_string() == text);
    report.product_keys.iter().find(is_it).unwrap_or_else(|| panic!("{text} in {:?}", report.product_keys))
}

/// A licence with a key of its own.
fn retail(serial: u32) -> License {
    let mut license = License::preset(Windows::Server2019, Channel::Retail).unwrap();
    license.key = hivekey_testkit::license::pkey2009(4290, serial, false);
    license.serial = serial;
    license
}

fn v3(license: &License) -> Vec<u8> {
    license.dpid3_fields().encode().to_vec()
}

fn text(license: &License) -> String {
    license.key.key().unwrap().to_string()
}

fn noise(length: usize) -> Vec<u8> {
    hivekey_testkit::hive::Rng::new(3).bytes(length)
}

fn offsets(key: &CarvedKey) -> Vec<u64> {
    key.evidence.iter().map(|place| place.offset).collect()
}

#[test]
fn from_a_disk_that_was_installed_again_to_the_old_key() {
    let Reformatted { disk, old_key, new_key, old_software, new_software, overwritten, old_system } = reformatted();
    let report = sweep(disk.into_bytes());
    assert_eq!((report.status, report.outcome, &report.error), (CarveStatus::Found, Outcome::Complete, &None));
    assert_eq!(report.product_keys.len(), 2);

    let old = &report.product_keys[0];
    assert_eq!(old.key.as_ref().unwrap().to_string(), old_key);
    assert_eq!((old.verdict, old.product.as_str()), (Verdict::Specific, "Windows"));
    assert_eq!((old.channel.as_deref(), old.edition.as_deref()), (Some("Retail"), Some("ServerStandard")));
    assert_eq!(old.description.as_deref(), Some("Windows Server 2019 RTM ServerStandard Retail"));
    assert!(old.key_installed_at.is_some());
    for place in &old.evidence {
        assert!((old_software + overwritten..old_software + 6_000_000).contains(&place.offset));
        let partition = place.partition.unwrap();
        assert_eq!((partition.index, partition.offset), (2, place.offset - (17 << 20)));
        assert_eq!((place.hive, place.integrity, place.found_in), (None, IntegrityMark::Ok, FoundIn::Carved));
        assert!(place.bins.is_some());
        assert!(place.value.as_deref().unwrap().starts_with("DigitalProductId"));
    }
    let named = old.evidence.iter().filter_map(|place| place.key_path.as_deref());
    assert!(named.filter(|path| path.ends_with(r"Windows NT\CurrentVersion")).count() == 2);

    let new = key(&report, &new_key);
    assert_eq!((new.verdict, new.evidence.len()), (Verdict::Generic, 6));
    assert!(new.evidence.iter().all(|place| place.hive == Some(new_software) && place.bins.is_none()));
    assert!(
        new.evidence.iter().any(|place| place.key_path.as_deref() == Some(r"\Microsoft\Windows NT\CurrentVersion"))
    );

    let software = report.hives.iter().find(|hive| hive.offset == new_software).unwrap();
    assert!(software.whole && software.role == Some(HiveRole::Software) && software.state == Some(HiveState::Clean));
    let installation = software.installation.as_ref().unwrap();
    assert_eq!(installation.current_key().unwrap().last5.as_deref(), new_key.rsplit('-').next());
    let system = report.hives.iter().find(|hive| hive.offset == old_system).unwrap();
    let machine = system.installation.as_ref().unwrap().windows.computer_name.as_deref();
    assert_eq!((system.role, machine), (Some(HiveRole::System), Some("WIN-TESTKIT01")));
    assert!(report.hives.iter().all(|hive| hive.offset != old_software), "its base block is gone");

    let remains: Vec<_> = report.bins.iter().filter_map(|bins| bins.windows.as_ref()).collect();
    assert_eq!(remains.len(), 1);
    assert_eq!(remains[0].product_name.as_deref(), Some("Windows Server 2019 Standard"));
    assert_eq!(remains[0].build.as_deref(), Some("17763.5576"));
    assert_eq!(report.partitions.iter().map(|partition| partition.content).collect::<Vec<_>>(), [None, Some("NTFS")]);
}

#[test]
fn the_result_does_not_depend_on_threads_and_windows() {
    let disk = Arc::new(reformatted().disk.into_bytes());
    let json = |options: &CarveOptions| {
        serde_json::to_string(&carve_source("disk", Arc::clone(&disk), options, &Control::default())).unwrap()
    };
    let one = json(&CarveOptions::new().threads(NonZeroUsize::new(1)));
    assert_eq!(json(&CarveOptions::new().threads(NonZeroUsize::new(3)).window(Some(4096))), one);
}

#[test]
fn the_same_key_in_many_places_is_one_key() {
    let license = retail(123_456);
    let blob = v3(&license);
    let table = msdm(&license.key.key().unwrap());
    let mut bytes = noise(200_000);
    for offset in [1, 5_001, 60_003] {
        bytes.splice(offset..offset + blob.len(), blob.iter().copied());
    }
    bytes.splice(100_001..100_001 + table.len(), table.iter().copied());
    let other = v3(&retail(7_654_321));
    bytes.splice(150_000..150_000 + other.len(), other.iter().copied());
    let report = sweep(bytes);
    assert_eq!(report.product_keys.len(), 2);
    let found = key(&report, &text(&license));
    assert_eq!(offsets(found), [1, 5_001, 60_003, 100_001]);
    assert_eq!(found.evidence[3].form, BlobForm::Msdm);
    assert_eq!((found.verdict, found.group_id, found.serial), (Verdict::Specific, Some(4290), Some(123_456)));
    assert!(found.evidence.iter().all(|place| place.partition.is_none() && place.certainty == FindCertainty::Verified));
    assert_eq!(report.counts.verified, 5);
}

#[test]
fn keys_are_ranked_by_their_worth() {
    let mut bytes = Vec::new();
    let mut erased = License::preset(Windows::Server2019, Channel::Mak).unwrap();
    erased.erase();
    let mut damaged = v3(&retail(99));
    damaged[60] ^= 1;
    let public = License::preset(Windows::Server2019, Channel::Gvlk).unwrap();
    for blob in [damaged, v3(&erased), v3(&public), v3(&retail(5_000_000))] {
        bytes.extend_from_slice(&blob);
        bytes.resize(bytes.len() + 1000, 0);
    }
    let verdicts: Vec<Verdict> = sweep(bytes).product_keys.iter().map(|key| key.verdict).collect();
    assert_eq!(verdicts, [Verdict::Specific, Verdict::Generic, Verdict::Erased, Verdict::Damaged]);
}

#[test]
fn a_cut_blob_is_joined_or_named() {
    let license = retail(31_337);
    let blob = v3(&license);
    // The first part ends with its sector; the second begins another one, two clusters on.
    let mut bytes = noise(64 << 10);
    bytes[4096 - 100..4096].copy_from_slice(&blob[..100]);
    bytes[12_288..12_288 + 64].copy_from_slice(&blob[100..]);
    let report = sweep(bytes.clone());
    let found = key(&report, &text(&license));
    let place = &found.evidence[0];
    assert_eq!((place.certainty, place.cut_at, place.rest_offset), (FindCertainty::Rejoined, Some(100), Some(12_288)));
    assert_eq!((found.verdict, place.length), (Verdict::Specific, 100));
    // Without the second part the key is there and not to be used.
    bytes[12_288] ^= 1;
    let report = sweep(bytes);
    let found = key(&report, &text(&license));
    assert_eq!((found.verdict, found.evidence[0].rest_offset), (Verdict::Damaged, None));
    // The end of the source cuts as well.
    let report = sweep(blob[..100].to_vec());
    assert_eq!((report.product_keys[0].verdict, report.product_keys[0].evidence[0].length), (Verdict::Damaged, 100));
}

#[test]
fn texts_are_hints_and_never_a_customers_key() {
    let license = retail(4_000_000);
    let text = text(&license);
    let wide: Vec<u8> = GVLK.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bytes = [b"key: ".as_slice(), text.as_bytes(), b"\n\0\0", &wide, b"\0\0"].concat();
    assert_eq!(sweep(bytes.clone()).status, CarveStatus::Nothing);
    let options = CarveOptions::new().text_keys(true);
    let report = carve_source("disk", Arc::new(bytes), &options, &Control::default());
    assert_eq!((report.status, report.product_keys.len()), (CarveStatus::Found, 0));
    let found: Vec<_> = report.key_texts.iter().map(|key| (key.verdict, key.evidence[0].form)).collect();
    assert_eq!(found, [(Verdict::Unknown, BlobForm::KeyTextAscii), (Verdict::Generic, BlobForm::KeyTextUtf16)]);
}

/// Bytes of which some cannot be read.
struct Failing(Vec<u8>, Vec<Range<u64>>);

impl RawSource for Failing {
    fn size(&self) -> Option<u64> {
        self.0.size()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let end = offset + u64::try_from(buf.len()).unwrap();
        match self.1.iter().any(|bad| bad.start < end && offset < bad.end) {
            true => Err(io::Error::from_raw_os_error(5)),
            false => self.0.read_at(offset, buf),
        }
    }
}

#[test]
fn unreadable_sectors_are_skipped_and_listed() {
    let made = reformatted();
    let bytes = made.disk.into_bytes();
    let size = u64::try_from(bytes.len()).unwrap();
    // One sector of the new hive, the first ones of the disk with its partition table, and one that nothing lies in.
    let bad = vec![0..1024, made.new_software + 8192..made.new_software + 8704, 50 << 20..(50 << 20) + 512];
    let report =
        carve_source("disk", Arc::new(Failing(bytes.clone(), bad.clone())), &CarveOptions::new(), &Control::default());
    let listed: Vec<_> = report.bad_ranges.iter().map(|bad| bad.offset..bad.offset + bad.length).collect();
    assert_eq!(listed, bad);
    assert!(report.bad_ranges.iter().all(|bad| bad.reason == UnreadReason::Unreadable));
    assert_eq!((report.bytes_bad, report.bytes_swept), (2048, size - 2048));
    assert_eq!((report.status, &report.error), (CarveStatus::Found, &None));
    assert_eq!(key(&report, &made.old_key).evidence.len(), 6);
    assert_eq!(report.partitions.len(), 2, "the copy of the table tells");

    let dead = Failing(bytes, std::iter::once(0..u64::MAX).collect());
    let report = carve_source("disk", Arc::new(dead), &CarveOptions::new(), &Control::default());
    assert_eq!((report.status, report.bytes_swept, report.bytes_bad), (CarveStatus::Error, 0, size));
    assert_eq!(report.error.unwrap().code, "unreadable");
}

#[test]
fn a_cancelled_sweep_gives_what_it_found() {
    let made = reformatted();
    let cancel = AtomicBool::new(false);
    // The old key lies behind the new hive.
    let progress = |progress: hivekey::carve::Progress| cancel.store(progress.hits > 0, Ordering::Relaxed);
    let control = Control { progress: Some(&progress), cancel: Some(&cancel) };
    let options = CarveOptions::new().threads(NonZeroUsize::new(1)).window(Some(16 << 10));
    let report = carve_source("disk", Arc::new(made.disk.into_bytes()), &options, &control);
    assert_eq!((report.outcome, report.status), (Outcome::Cancelled, CarveStatus::Found));
    assert!(report.bytes_swept < 64 << 20 && !report.product_keys.is_empty());
    cancel.store(true, Ordering::Relaxed);
    let report =
        carve_source("disk", Arc::new(vec![0; 4096]), &options, &Control { progress: None, cancel: Some(&cancel) });
    assert_eq!((report.outcome, report.status, report.bytes_swept), (Outcome::Cancelled, CarveStatus::Nothing, 0));
}

#[test]
fn files_sparse_empty_and_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (path, empty) = (folder.path().join("disk"), folder.path().join("empty"));
    let made = reformatted();
    made.disk.write_sparse(&path).unwrap();
    std::fs::write(&empty, []).unwrap();
    let report = carve(&path, &CarveOptions::new(), &Control::default());
    assert_eq!(report.bytes_swept + report.bytes_in_holes, 64 << 20);
    assert_eq!((report.size, report.container), (Some(64 << 20), None));
    assert_eq!(key(&report, &made.old_key).verdict, Verdict::Specific);
    let report = carve(&empty, &CarveOptions::new(), &Control::default());
    assert_eq!((report.status, report.size), (CarveStatus::Nothing, Some(0)));
    for path in [folder.path().join("missing"), folder.path().to_owned()] {
        let report = carve(&path, &CarveOptions::new(), &Control::default());
        assert_eq!(report.status, CarveStatus::Error, "{}", path.display());
        assert!(report.error.is_some());
    }
}

/// The containers that `qemu-img` writes, and compresses where it can.
const CONTAINERS: &[(&str, &[&str])] = &[
    ("qcow2", &["-c", "-O", "qcow2"]),
    ("vmdk", &["-O", "vmdk", "-o", "subformat=streamOptimized"]),
    ("vhdx", &["-O", "vhdx"]),
    ("vhd", &["-O", "vpc"]),
    ("vdi", &["-O", "vdi"]),
];

#[test]
fn the_disk_in_a_container_is_swept_like_the_disk() {
    if Command::new("qemu-img").arg("--version").output().is_err() {
        println!("skipped: qemu-img absent");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let raw = folder.path().join("disk");
    let made = reformatted();
    made.disk.write_sparse(&raw).unwrap();
    let swept = |path: &Path| carve(path, &CarveOptions::new(), &Control::default());
    let expected = swept(&raw);
    assert_eq!(key(&expected, &made.old_key).verdict, Verdict::Specific);
    let found = |report: &CarveReport| serde_json::to_value((&report.product_keys, &report.hives)).unwrap();
    for (kind, arguments) in CONTAINERS {
        let path = folder.path().join(kind);
        let status = Command::new("qemu-img").arg("convert").args(*arguments).args([&raw, &path]).status().unwrap();
        assert!(status.success(), "{kind}");
        let report = swept(&path);
        assert_eq!((report.container, report.container_error.as_ref()), (Some(*kind), None));
        // VHD rounds up to whole cylinders.
        let size = report.size.unwrap();
        assert!(size == 64 << 20 || *kind == "vhd" && size > 64 << 20, "{kind}: {size}");
        assert_eq!(report.bytes_swept + report.bytes_in_holes, size, "{kind}");
        assert_eq!(found(&report), found(&expected), "{kind}");
    }
}

#[test]
fn a_hive_whose_end_is_overwritten_tells_what_is_left() {
    let server = Installation::preset(Windows::Server2019, Channel::Retail).unwrap();
    let whole = server.software().build().into_bytes();
    let mut disk = Disk::new(1 << 20);
    disk.plant(8192, &whole);
    // All bins but the first two belong to somebody else now.
    let mut bytes = disk.into_bytes();
    let end = 8192 + whole.len();
    bytes[8192 + 3 * 4096..end].copy_from_slice(&noise(whole.len() - 3 * 4096));
    let report = sweep(bytes);
    let [hive] = report.hives.as_slice() else { panic!("{:?}", report.hives) };
    assert_eq!((hive.kind, hive.whole, hive.bins_in_place), (LostKind::Hive, false, 8192));
    assert_eq!(hive.state, Some(HiveState::Damaged));
    assert_eq!(hive.file_name, r"emRoot\System32\Config\SOFTWARE");
    assert!(hive.installation.is_some() || hive.windows.is_some(), "{hive:?}");
}

#[test]
fn floods_of_distinct_blobs_are_judged_in_time_that_grows_with_them() {
    let mut bytes = Vec::new();
    for serial in 0..8_000 {
        bytes.extend_from_slice(&v3(&retail(1_000_000 + serial)));
    }
    let report = sweep(bytes);
    assert_eq!(report.product_keys.len(), 8_000);
}

/// Every intact blob in the values of a hive: where it lies in the file, and the offset of the value's record.
fn stored_blobs(bytes: &[u8]) -> Vec<(u64, u64)> {
    let Ok(hive) = Hive::open(bytes, &OpenOptions::default()) else { return Vec::new() };
    let mut found = Vec::new();
    for item in hive.walk().flatten() {
        for value in item.key.values().flatten() {
            let (Ok(data), Some(at)) = (value.data(), value.data_offset()) else { continue };
            let inside = match recognise(&data) {
                Ok(Blob::Dpid3(blob)) if blob.crc().is_ok() => 0,
                Ok(Blob::Dpid4(blob)) if blob.key_hash().is_ok() && blob.blob_hash().is_ok() => 0,
                Ok(Blob::WpaDpid3(value)) if value.dpid3().crc().is_ok() => {
                    let start = data.windows(8).position(|window| window == [0xA4, 0, 0, 0, 3, 0, 0, 0]);
                    u64::try_from(start.unwrap()).unwrap()
                }
                _ => continue,
            };
            found.push((at.get() + inside, value.offset().get()));
        }
    }
    found
}

/// Compares what a sweep of a hive finds with what is stored in it and with what the report says. Gives the number of blobs.
fn carving_finds_what_is_stored(path: &Path) -> usize {
    let bytes = std::fs::read(path).unwrap();
    let report = carve(path, &CarveOptions::new(), &Control::default());
    let carved: Vec<_> =
        report.product_keys.iter().flat_map(|key| key.evidence.iter().map(move |place| (place, key))).collect();
    let stored = stored_blobs(&bytes);
    let inspected = inspect(path, &Options::new().deep(true).replay(false));
    for (offset, record) in &stored {
        let found = carved.iter().find(|(place, _)| place.offset == *offset);
        let (place, key) = found.unwrap_or_else(|| panic!("{}: {offset:#x}", path.display()));
        assert_eq!(
            (place.certainty, place.integrity),
            (FindCertainty::Verified, IntegrityMark::Ok),
            "{}",
            path.display()
        );
        if report.hives.iter().any(|hive| hive.whole && hive.offset == 0) {
            assert!(place.value.is_some(), "{}: {offset:#x} has no name", path.display());
        }
        let reported = inspected.installations().flat_map(|installation| &installation.product_keys);
        let same = reported.filter(|key| key.evidence.iter().any(|evidence| evidence.offset == Some(*record)));
        for reported in same {
            assert_eq!(reported.key, key.key, "{}: {offset:#x}", path.display());
            assert_eq!((reported.group_id, reported.serial), (key.group_id, key.serial), "{}", path.display());
        }
    }
    stored.len()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn carving_finds_every_blob_of_the_test_data() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
    let blobs: usize = files(&folder).iter().map(|path| carving_finds_what_is_stored(path)).sum();
    assert!(blobs > 20, "{blobs}");
}

#[test]
fn carving_finds_every_blob_of_the_corpus() {
    let Some(table) = corpus::corpus("hives.tsv") else { return };
    let mut blobs = 0;
    for row in corpus::rows(&table) {
        let Some(path) = corpus::corpus(&row["file"]) else { continue };
        let (path, _guard) = corpus::unpacked(&path);
        blobs += carving_finds_what_is_stored(&path);
    }
    assert!(blobs > 10, "{blobs}");
}
