//! What a sweep costs over [`SIZE`] bytes in memory, next to passes over the same bytes that look for nothing.
//!
//! `copy` reads the source window by window into a buffer that stays in the cache, as `cat` does; a sweep does the same and
//! looks at the bytes. `memchr` is the fastest search for one byte, without a copy.

use std::hint::black_box;
use std::num::NonZeroUsize;

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use hivekey_carve::{Carver, Control, DEFAULT_WINDOW, Options, RawSource};
use hivekey_dpid::{Dpid3Fields, Dpid4Fields};

/// More than any cache.
const SIZE: usize = 256 << 20;
const PAGE: usize = 4096;

/// A small generator, so that every run measures the same bytes.
struct XorShift(u64);

impl XorShift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn zeros(_: &mut XorShift, page: &mut [u8]) {
    page.fill(0);
}

/// Compressed or encrypted data.
fn random(random: &mut XorShift, page: &mut [u8]) {
    for bytes in page.chunks_exact_mut(8) {
        bytes.copy_from_slice(&random.next().to_le_bytes());
    }
}

fn text(random: &mut XorShift, page: &mut [u8]) {
    for byte in page {
        *byte = b"etaoin shrdlu, ETAOIN-0123456789\n"[(random.next() % 33) as usize];
    }
}

/// Worse than hives and executables: nothing but small numbers, with some UTF-16 text between, so that the cheap test passes nearly
/// everywhere and the dear one often.
fn records(random: &mut XorShift, page: &mut [u8]) {
    for record in page.chunks_exact_mut(32) {
        let bits = random.next();
        let small = (bits & 0xFF) as u32 >> (bits >> 61);
        record[..4].copy_from_slice(&small.to_le_bytes());
        record[4..8].copy_from_slice(&(bits as u32 >> 20).to_le_bytes());
        record[8..16].copy_from_slice(&(bits >> 17).to_le_bytes());
        for (unit, letter) in record[16..].chunks_exact_mut(2).zip(bits.to_le_bytes()) {
            unit.copy_from_slice(&[b'A' + letter % 26, 0]);
        }
    }
}

/// A header at every eighth byte, all of them false.
fn flood(_: &mut XorShift, page: &mut [u8]) {
    for header in page.chunks_exact_mut(8) {
        header.copy_from_slice(&[0xA4, 0, 0, 0, 3, 0, 0, 0]);
    }
}

type Fill = fn(&mut XorShift, &mut [u8]);
type Make = fn() -> Vec<u8>;

/// A disk in use: half of it empty, and one blob of each kind in every 16 MiB.
fn mixed(random_numbers: &mut XorShift) -> Vec<u8> {
    let kinds: [Fill; 8] = [zeros, zeros, zeros, zeros, random, random, text, records];
    let mut bytes = vec![0; SIZE];
    for (index, page) in bytes.chunks_exact_mut(PAGE).enumerate() {
        kinds[index / 16 % 8](random_numbers, page);
    }
    let v3 = Dpid3Fields::default().encode();
    let v4 = Dpid4Fields::default().encode();
    for part in bytes.chunks_exact_mut(16 << 20) {
        part[1000..1000 + v3.len()].copy_from_slice(&v3);
        part[8_000_000..8_000_000 + v4.len()].copy_from_slice(&v4);
    }
    bytes
}

fn uniform(fill: Fill) -> Vec<u8> {
    let mut random = XorShift(0x9E37_79B9_7F4A_7C15);
    // Not zeros, which the system would keep in one page for all.
    let mut bytes = black_box(vec![1; SIZE]);
    for page in bytes.chunks_exact_mut(PAGE) {
        fill(&mut random, page);
    }
    bytes
}

fn baselines(group: &mut BenchmarkGroup<'_, WallTime>, bytes: &Vec<u8>) {
    let mut window = vec![0; DEFAULT_WINDOW];
    group.bench_function("copy", |b| {
        b.iter(|| {
            for offset in (0..SIZE).step_by(DEFAULT_WINDOW) {
                black_box(bytes.read_at(offset as u64, &mut window).unwrap());
                black_box(&window);
            }
        });
    });
    // The first byte that is not there, or else one that is rare enough.
    let absent = (0..=u8::MAX).find(|byte| !bytes[..PAGE].contains(byte));
    group.bench_function("memchr", |b| {
        b.iter(|| memchr::memchr_iter(absent.unwrap_or(7), black_box(bytes)).count());
    });
}

fn sweep(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, options: Options, bytes: &Vec<u8>) {
    let carver = Carver::new(options);
    group.bench_function(name, |b| {
        b.iter(|| carver.sweep(black_box(bytes), &Control::default()));
    });
}

fn carve(c: &mut Criterion) {
    let kinds: [(&str, Make); 6] = [
        ("zeros", || uniform(zeros)),
        ("random", || uniform(random)),
        ("text", || uniform(text)),
        ("records", || uniform(records)),
        ("mixed", || mixed(&mut XorShift(1))),
        ("flood", || uniform(flood)),
    ];
    for (kind, make) in kinds {
        let bytes = make();
        let mut group = c.benchmark_group(kind);
        group.throughput(Throughput::Bytes(SIZE as u64)).sample_size(10);
        baselines(&mut group, &bytes);
        let threads = |count| NonZeroUsize::new(count).unwrap();
        let options = Options::default();
        sweep(&mut group, "sweep", options, &bytes);
        sweep(&mut group, "sweep, two threads", Options { threads: threads(2), ..options }, &bytes);
        sweep(&mut group, "sweep, key texts", Options { text_keys: true, ..options }, &bytes);
        group.finish();
    }
}

criterion_group!(benches, carve);
criterion_main!(benches);
