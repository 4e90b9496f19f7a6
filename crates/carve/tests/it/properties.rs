//! Properties over random sources.

use std::collections::BTreeSet;

use hivekey_carve::{Carver, Control, HitKind, Options};
use hivekey_dpid::{Dpid3, Dpid4};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::make::{base_block, bin, msdm, noise, options, places, plant, sweep, to_u64, v3, v4};
use crate::sources::{Sparse, Stream};

const LENGTH: usize = 24_000;

/// What may lie around: compressed data, nothing, the same byte again and again.
fn surroundings() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<u64>().prop_map(|seed| noise(LENGTH, seed)),
        Just(vec![0; LENGTH]),
        any::<u8>().prop_map(|byte| vec![byte; LENGTH]),
        Just(b"\xA4\0\0\0\x03\0\0\0".repeat(LENGTH / 8)),
    ]
}

fn thing() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<u32>().prop_map(v3),
        any::<u32>().prop_map(v4),
        Just(msdm()),
        Just(base_block(0x1000)),
        Just(bin(0x1000, 0x1000)),
        (any::<u32>(), 8_usize..164).prop_map(|(number, keep)| v3(number)[..keep].to_vec()),
        (any::<u32>(), 8_usize..1272).prop_map(|(number, keep)| v4(number)[..keep].to_vec()),
    ]
}

/// Things at random places, some over others.
fn source() -> impl Strategy<Value = Vec<u8>> {
    (surroundings(), vec((thing(), 0..LENGTH), 0..12)).prop_map(|(mut bytes, things)| {
        for (thing, at) in things {
            let room = bytes.len().saturating_sub(at).min(thing.len());
            plant(&mut bytes, at, &thing[..room]);
        }
        bytes
    })
}

/// Every position tried, by the decoder alone.
fn naive(bytes: &[u8]) -> BTreeSet<(u64, HitKind)> {
    let mut found = BTreeSet::new();
    for at in 0..bytes.len() {
        let rest = &bytes[at..];
        if let Some(blob) = rest.get(..164)
            && blob.starts_with(&[0xA4, 0, 0, 0, 3, 0, 0, 0])
            && Dpid3::new(blob).unwrap().crc().is_ok()
        {
            found.insert((to_u64(at), HitKind::Dpid3));
        }
        if let Some(blob) = rest.get(..1272)
            && blob.starts_with(&[0xF8, 4, 0, 0, 4, 0, 0, 0])
            && Dpid4::new(blob).is_ok_and(|blob| blob.key_hash().is_ok() && blob.blob_hash().is_ok())
        {
            found.insert((to_u64(at), HitKind::Dpid4));
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_result_depends_on_the_bytes_alone(bytes in source(), window in 512_usize..20_000, threads in 1_usize..4) {
        let options = Options { text_keys: true, ..options(window, threads) };
        let expected = sweep(&bytes, Options { text_keys: true, ..Options::default() });
        prop_assert_eq!(&sweep(&bytes, options), &expected);
        let stream = Carver::new(Options { rejoin: false, ..options })
            .sweep_stream(Stream::new(&bytes), &Control::default());
        prop_assert_eq!(places(&stream), places(&expected));
        prop_assert_eq!(stream.hives, expected.hives);
        prop_assert_eq!(stream.bins, expected.bins);
    }

    #[test]
    fn every_whole_blob_is_found(bytes in source()) {
        let carved = sweep(&bytes, options(4096, 2));
        let verified = carved.hits.iter().filter(|hit| {
            hit.certainty == hivekey_carve::Certainty::Verified && hit.kind != HitKind::Msdm
        });
        let verified: BTreeSet<_> = verified.map(|hit| (hit.offset, hit.kind)).collect();
        prop_assert_eq!(verified, naive(&bytes));
    }

    #[test]
    fn holes_change_nothing(bytes in source(), window in 512_usize..20_000) {
        let pages: Vec<_> = bytes.chunks(512).enumerate().filter(|(_, page)| page.iter().any(|&b| b != 0)).collect();
        let data = pages.iter().map(|(n, page)| {
            let start = to_u64(n * 512);
            start..start + to_u64(page.len())
        });
        let sparse = Sparse { bytes: bytes.clone(), data: data.collect() };
        let carved = Carver::new(options(window, 2)).sweep(&sparse, &Control::default());
        let whole = sweep(&bytes, Options::default());
        prop_assert_eq!(&carved.hits, &whole.hits);
        prop_assert_eq!(&carved.hives, &whole.hives);
        prop_assert_eq!(carved.bytes_swept + carved.bytes_in_holes, to_u64(bytes.len()));
    }

    #[test]
    fn hits_are_ordered_and_lie_in_the_source(bytes in vec(any::<u8>(), 0..3000)) {
        let carved = sweep(&bytes, Options { text_keys: true, ..Options::default() });
        prop_assert!(carved.hits.is_sorted_by_key(|hit| hit.offset));
        prop_assert!(carved.hits.iter().all(|hit| hit.end() <= to_u64(bytes.len())));
    }
}
