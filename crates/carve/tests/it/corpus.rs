//! Every product id that an independent reader found in the real hives is found by a sweep over their bytes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use hivekey_carve::{Carved, Certainty, HitKind, Options, RegfKind};

use crate::make::{noise, options, sweep, to_u64};

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if !path.exists() {
        println!("skipped: {} absent", path.display());
        return None;
    }
    Some(path)
}

fn content(path: &Path) -> Vec<u8> {
    let file = fs::read(path).unwrap();
    if path.extension().is_none_or(|extension| extension != "xz") {
        return file;
    }
    let mut bytes = Vec::new();
    liblzma::read::XzDecoder::new(file.as_slice()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The rows of a table, each by its column names.
fn rows(text: &str) -> Vec<BTreeMap<&str, &str>> {
    let mut lines = text.lines();
    let names: Vec<_> = lines.next().unwrap().split('\t').collect();
    lines.map(|line| names.iter().copied().zip(line.split('\t')).collect()).collect()
}

/// How often a key was carved from blobs of a kind. No key of a real person is ever shown: only counts are compared.
fn times(carved: &Carved, kind: HitKind, key: &str) -> usize {
    let hits = carved.hits.iter().filter(|hit| hit.kind == kind && hit.certainty == Certainty::Verified);
    hits.filter(|hit| hit.product_key().is_some_and(|found| found.to_string() == key)).count()
}

#[test]
fn every_listed_product_id_is_found() {
    let Some(corpus) = shared("corpus") else { return };
    let table = fs::read_to_string(corpus.join("expected.tsv")).unwrap();
    let rows = rows(&table);
    let mut wanted: BTreeMap<(&str, HitKind, &str), usize> = BTreeMap::new();
    for row in &rows {
        for (present, key, kind) in
            [("DPID_present", "DPID_key", HitKind::Dpid3), ("DPID4_present", "DPID4_key", HitKind::Dpid4)]
        {
            if row[present] == "yes" {
                *wanted.entry((row["file"], kind, row[key])).or_default() += 1;
            }
        }
    }
    assert!(wanted.len() > 10);
    let mut swept: BTreeMap<&str, Carved> = BTreeMap::new();
    for (&(file, kind, key), &count) in &wanted {
        let carved = swept.entry(file).or_insert_with(|| {
            let bytes = content(&corpus.join(file));
            let carved = sweep(&bytes, Options::default());
            assert_eq!(carved, sweep(&bytes, options(4096, 2)), "{file}");
            carved
        });
        let found = times(carved, kind, key);
        assert!(found >= count, "{file}: {kind} {found} times instead of {count}");
        let whole = carved.hives.first().is_some_and(|hive| hive.offset == 0 && hive.kind == RegfKind::Hive);
        assert!(whole || file.contains("bad-base"), "{file} is a hive");
    }
}

#[test]
fn headers_alone_are_not_believed() {
    let Some(hive) = shared("corpus/hives/regipy/SYSTEM_B.xz") else { return };
    let bytes = content(&hive);
    let headers = bytes.windows(8).filter(|bytes| *bytes == b"\xA4\0\0\0\x03\0\0\0").count();
    let carved = sweep(&bytes, Options::default());
    let blobs = carved.hits.iter().filter(|hit| hit.kind == HitKind::Dpid3).count();
    assert!(headers > blobs, "{headers} headers, {blobs} blobs");
    assert!(carved.hits.iter().all(|hit| hit.certainty == Certainty::Verified));
}

#[test]
fn every_healthy_hive_is_whole_where_it_lies() {
    let Some(corpus) = shared("corpus") else { return };
    let table = fs::read_to_string(corpus.join("hives.tsv")).unwrap();
    for name in ["hives/plaso/SYSTEM.xz", "hives/regipy/BCD", "hives/dfwinreg/SAM", "hives/velociraptor/ntuser.dat"] {
        assert!(table.contains(name));
        let hive = content(&corpus.join(name));
        let mut disk = noise(512 * 99, 3);
        disk.extend(&hive);
        disk.extend(noise(5000, 4));
        let carved = sweep(&disk, Options::default());
        let found = carved.hives.iter().find(|hive| hive.offset == 512 * 99);
        assert!(found.unwrap().is_whole(), "{name}");
    }
}

#[test]
fn keys_that_stand_only_in_a_log_are_found_there() {
    let Some(set) = shared("corpus/hives/synth-dirty/w11-log1-then-log2") else { return };
    let blobs = |name: &str| sweep(&content(&set.join(name)), Options::default()).hits.len();
    assert_eq!(blobs("SOFTWARE"), 0);
    assert!(blobs("SOFTWARE.LOG1") + blobs("SOFTWARE.LOG2") > 0);
}

#[test]
fn the_published_vectors_are_found_at_every_alignment() {
    let Some(path) = shared("facts/vectors.tsv") else { return };
    let table = fs::read_to_string(path).unwrap();
    let mut planted = 0;
    for row in rows(&table) {
        let kind = match row["blob_type"] {
            "dpid3" if row["kind"] != "real-truncated" => HitKind::Dpid3,
            "dpid4" => HitKind::Dpid4,
            _ => continue,
        };
        let (digits, _) = row["hex_blob"].as_bytes().as_chunks::<2>();
        let byte = |digits| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
        let blob: Vec<u8> = digits.iter().map(|digits| byte(digits)).collect();
        let intact = sweep(&blob, Options::default()).counts.verified == 1;
        planted += usize::from(intact);
        for shift in (0..512).filter(|_| intact) {
            let mut bytes = vec![0xFF; shift];
            bytes.extend(&blob);
            bytes.extend(vec![0xFF; 3000]);
            let carved = sweep(&bytes, options(512, 1));
            let found: Vec<_> = carved.hits.iter().map(|hit| (hit.offset, hit.kind, hit.certainty)).collect();
            assert_eq!(found, [(to_u64(shift), kind, Certainty::Verified)]);
        }
    }
    assert!(planted >= 14, "{planted} blobs");
}
