//! What decoding and checking costs, next to the textbook decoder and next to the hashes alone.
//!
//! `key/*` is the time for [`KEYS`] key fields, half of them with the N flag, in no order that a branch predictor could learn.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hivekey_dpid::{
    AsciiField, Dpid3, Dpid3Fields, Dpid4, Dpid4Fields, Error, KeyField, ProductKey, WideField, decode_batch,
};
use sha2::{Digest, Sha256};

#[path = "../../crates/dpid/tests/reference/mod.rs"]
mod reference;

/// Few enough for the first-level cache, enough that no predictor learns them by heart.
const KEYS: usize = 512;

/// A small generator, so that every run measures the same keys.
struct XorShift(u64);

impl XorShift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Random keys of both families, every one with 25 symbols.
fn fields() -> Vec<KeyField> {
    let mut random = XorShift(0x9E37_79B9_7F4A_7C15);
    let mut fields = Vec::new();
    while fields.len() < KEYS {
        let [a, b] = [random.next(), random.next()].map(u64::to_le_bytes);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&a);
        bytes[8..15].copy_from_slice(&b[..7]);
        // Byte 14 of real keys: 0 to 5 without the N flag, 8 or 9 with it.
        bytes[14] = if b[7] & 1 == 0 { b[6] % 6 } else { 8 | b[6] & 1 };
        let field = KeyField::new(bytes);
        if field.key().is_some() {
            fields.push(field);
        }
    }
    fields
}

fn keys(c: &mut Criterion) {
    let fields = fields();
    let mut group = c.benchmark_group("key");
    group.throughput(Throughput::Elements(KEYS as u64));
    group.bench_function("textbook", |b| {
        b.iter(|| {
            for field in &fields {
                black_box(&reference::textbook(black_box(field.as_bytes())));
            }
        });
    });
    group.bench_function("single", |b| {
        b.iter(|| {
            for field in &fields {
                black_box(&black_box(field).key());
            }
        });
    });
    let mut keys: Vec<Option<ProductKey>> = vec![None; KEYS];
    group.bench_function("batch", |b| {
        b.iter(|| decode_batch(black_box(&fields), black_box(&mut keys)));
    });
    group.bench_function("encode", |b| {
        let keys: Vec<_> = fields.iter().filter_map(KeyField::key).collect();
        b.iter(|| {
            for key in &keys {
                black_box(&black_box(key).encode());
            }
        });
    });
    group.bench_function("checksum", |b| {
        b.iter(|| {
            for field in &fields {
                black_box(black_box(field).checksum());
            }
        });
    });
    group.finish();
}

/// Blobs of Server 2019 Standard with its published placeholder key.
fn blobs() -> Result<([u8; 164], [u8; 1272]), Error> {
    let key = ProductKey::parse("N69G4-B89J2-4G8F4-WWYCC-J464C")?.encode();
    let v3 = Dpid3Fields {
        product_id: AsciiField::new("00429-70000-00000-AA123")?,
        group_id: 4297,
        part_number: AsciiField::new("[RS5]X21-83736")?,
        key,
        license_type: 3,
        ..Dpid3Fields::default()
    };
    let v4 = Dpid4Fields {
        advanced_pid: WideField::new("03612-04297-000-000000-03-1033-17763.0000-0272019")?,
        activation_id: WideField::new("de32eafd-aaee-4662-9444-c1befb41bde2")?,
        edition_type: WideField::new("ServerStandard")?,
        part_number: WideField::new("[RS5]X21-83736")?,
        key_type: WideField::new("Volume:GVLK")?,
        eula: WideField::new("Volume")?,
        key,
        ..Dpid4Fields::default()
    };
    Ok((v3.encode(), v4.encode()))
}

/// Everything that a report needs of a version 3 blob.
fn facts_of_dpid3(bytes: &[u8]) -> Result<bool, Error> {
    let blob = Dpid3::new(bytes)?;
    black_box((
        blob.product_id()?,
        blob.part_number()?,
        blob.product_key(),
        blob.pkey2009(),
        blob.time()?,
        blob.license_type()?,
        blob.key_family(),
    ));
    Ok(blob.crc().is_ok() && blob.anomalies().is_empty())
}

/// Everything that a report needs of a version 4 blob.
fn facts_of_dpid4(bytes: &[u8]) -> Result<bool, Error> {
    let blob = Dpid4::new(bytes)?;
    black_box((
        blob.extended_pid()?,
        blob.activation_id()?,
        blob.edition_type()?,
        blob.part_number()?,
        blob.key_type()?,
        blob.eula()?,
        blob.product_key(),
        blob.pkey2009(),
    ));
    Ok(blob.key_hash().is_ok() && blob.blob_hash().is_ok() && blob.anomalies().is_empty())
}

fn verified_facts(c: &mut Criterion) {
    let Ok((v3, v4)) = blobs() else {
        return;
    };
    assert!(facts_of_dpid3(&v3) == Ok(true) && facts_of_dpid4(&v4) == Ok(true));
    let mut group = c.benchmark_group("blob");
    group.bench_function("v3/crc32 alone", |b| {
        b.iter(|| crc32fast::hash(black_box(&v3[..160])));
    });
    group.bench_function("v3/verified facts", |b| {
        b.iter(|| facts_of_dpid3(black_box(&v3)));
    });
    group.bench_function("v4/sha256 alone", |b| {
        b.iter(|| {
            let v4 = black_box(&v4);
            (Sha256::digest(&v4[808..824]), Sha256::digest(v4))
        });
    });
    group.bench_function("v4/verified facts", |b| {
        b.iter(|| facts_of_dpid4(black_box(&v4)));
    });
    group.finish();
}

criterion_group!(benches, keys, verified_facts);
criterion_main!(benches);
