//! What reading a hive costs, next to nt-hive, on the SYSTEM hive of the corpus (16 MB, 30 756 keys, 73 455 values).
//!
//! Without the corpus beside the checkout there is nothing to measure; the run says so and ends.

use std::fs;
use std::hint::black_box;
use std::io::Read;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use hivekey_regf::{Hive, Limits, OpenOptions, Paged, ReadAt, ReadError, ReadPages, recover_deleted, replay};

const HIVE: &str = "../../shared/corpus/hives/plaso/SYSTEM.xz";
const KEY: &str = r"ControlSet001\Control\ProductOptions";
const VALUE: &str = "ProductType";

fn hive_bytes() -> Option<Vec<u8>> {
    let stored = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(HIVE)).ok()?;
    let mut bytes = Vec::new();
    liblzma::read::XzDecoder::new(stored.as_slice()).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Keys, values and bytes of data, so that nothing of the walk can be left out.
#[derive(Debug, Default, PartialEq)]
struct Sum {
    keys: usize,
    values: usize,
    bytes: usize,
}

fn walk<S: ReadAt>(source: S) -> Option<Sum> {
    let hive = Hive::open(source, &OpenOptions::default()).ok()?;
    let mut sum = Sum::default();
    for item in hive.walk().flatten() {
        sum.keys = sum.keys.wrapping_add(1);
        for value in item.key.values().flatten() {
            sum.values = sum.values.wrapping_add(1);
            let data = value.data().ok()?;
            sum.bytes = sum.bytes.wrapping_add(black_box(data).len());
        }
    }
    Some(sum)
}

fn walk_nt_hive(bytes: &[u8]) -> Option<Sum> {
    let hive = nt_hive::Hive::new(bytes).ok()?;
    let mut sum = Sum::default();
    walk_nt_hive_key(&hive.root_key_node().ok()?, &mut sum);
    Some(sum)
}

fn walk_nt_hive_key(key: &nt_hive::KeyNode<'_, &[u8]>, sum: &mut Sum) {
    sum.keys = sum.keys.wrapping_add(1);
    black_box(key.name().map(|name| name.to_string_lossy()).ok());
    if let Some(Ok(values)) = key.values() {
        for value in values.flatten() {
            sum.values = sum.values.wrapping_add(1);
            let data = value.data().and_then(|data| data.into_vec());
            sum.bytes = sum.bytes.wrapping_add(black_box(data).map_or(0, |data| data.len()));
        }
    }
    if let Some(Ok(subkeys)) = key.subkeys() {
        for subkey in subkeys.flatten() {
            walk_nt_hive_key(&subkey, sum);
        }
    }
}

/// Bytes behind the plainest reader there is.
struct Plain<'a>(&'a [u8]);

impl ReadPages for Plain<'_> {
    fn len(&self) -> u64 {
        ReadAt::len(self.0)
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        ReadAt::read_into(self.0, offset, buf)
    }
}

fn look_up<S: ReadAt>(hive: &Hive<S>) -> Option<usize> {
    let value = hive.key(KEY).ok()??.value(VALUE).ok()??;
    Some(value.data().ok()?.len())
}

fn benches(c: &mut Criterion) {
    let Some(bytes) = hive_bytes() else {
        println!("skipped: {HIVE} absent");
        return;
    };
    let slice = bytes.as_slice();
    assert_eq!(walk(slice), walk_nt_hive(slice), "both readers find the same");

    let mut group = c.benchmark_group("walk");
    group.bench_function("hivekey", |b| b.iter(|| walk(black_box(slice))));
    group.bench_function("nt-hive", |b| b.iter(|| walk_nt_hive(black_box(slice))));
    let paged = Paged::new(Plain(slice));
    group.bench_function("hivekey, paged", |b| b.iter(|| walk(black_box(&paged))));
    group.finish();

    let mut group = c.benchmark_group("open and look up");
    let options = OpenOptions::default();
    group.bench_function("hivekey", |b| {
        b.iter(|| Hive::open(black_box(slice), &options).ok().as_ref().and_then(look_up));
    });
    group.bench_function("nt-hive", |b| {
        b.iter(|| {
            let hive = nt_hive::Hive::new(black_box(slice)).ok()?;
            let key = hive.root_key_node().ok()?.subpath(KEY)?.ok()?;
            let data = key.value(VALUE)?.ok()?.data().ok()?.into_vec().ok()?;
            Some(data.len())
        });
    });
    group.bench_function("hivekey, cold pages", |b| {
        b.iter(|| {
            let paged = Paged::new(Plain(black_box(slice)));
            Hive::open(paged, &options).ok().as_ref().and_then(look_up)
        });
    });
    group.finish();

    let hive = Hive::open(slice, &options).ok();
    c.bench_function("recover deleted", |b| {
        b.iter(|| hive.as_ref().map(|hive| recover_deleted(hive, &Limits::default()).values.len()));
    });
    bench_replay(c);
}

/// The dirty SYSTEM hive of the corpus: 12.8 MB, 24 entries with 315 pages in two logs.
fn bench_replay(c: &mut Criterion) {
    let folder = "../../shared/corpus/hives/regipy";
    let read = |name: &str| fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name)).ok();
    let (Some(stored), Some(log1), Some(log2)) = (read("SYSTEM_B.xz"), read("SYSTEM_B.LOG1"), read("SYSTEM_B.LOG2"))
    else {
        return;
    };
    let mut primary = Vec::new();
    if liblzma::read::XzDecoder::new(stored.as_slice()).read_to_end(&mut primary).is_err() {
        return;
    }
    c.bench_function("replay", |b| {
        b.iter(|| {
            let logs = vec![("LOG1".to_owned(), log1.as_slice()), ("LOG2".to_owned(), log2.as_slice())];
            let replayed = replay(primary.as_slice(), logs, &Limits::default()).ok()?;
            let hive = Hive::open(&replayed.source, &OpenOptions::default()).ok()?;
            look_up(&hive)
        });
    });
}

criterion_group!(regf, benches);
criterion_main!(regf);
