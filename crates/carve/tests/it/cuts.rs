//! Blobs that a sector boundary cuts are put together where the rest is found, and named where it is not.

use hivekey_carve::{Certainty, Cut, HitKind, Options};

use crate::make::{KEY, msdm, noise, options, plant, sweep, to_u64, v3, v4};

/// A blob whose first `at` bytes end at `boundary` and whose rest begins at `rest`.
fn cut_up(blob: &[u8], at: usize, boundary: usize, rest: usize) -> Vec<u8> {
    let mut bytes = noise(20_000, 21);
    plant(&mut bytes, boundary - at, &blob[..at]);
    plant(&mut bytes, rest, &blob[at..]);
    bytes
}

#[test]
fn a_version_3_blob_is_rejoined_from_every_cut() {
    let blob = v3(8);
    for at in 14..=160 {
        for (boundary, rest) in [(4096, 10_240), (512 * 7, 512), (8192, 12_288)] {
            let bytes = cut_up(&blob, at, boundary, rest);
            let carved = sweep(&bytes, options(4096, 2));
            let [hit] = carved.hits.as_slice() else {
                panic!("cut after {at}: {:?}", carved.hits);
            };
            assert_eq!(hit.certainty, Certainty::Rejoined, "cut after {at}");
            assert_eq!(&*hit.bytes, blob);
            assert_eq!(hit.offset, to_u64(boundary - at));
            assert_eq!(hit.cut, Some(Cut { at, rest: Some(to_u64(rest)) }));
            assert_eq!(hit.product_key().unwrap().to_string(), KEY);
            assert_eq!(hit.end(), to_u64(boundary));
            assert_eq!((carved.counts.rejoined, carved.counts.damaged), (1, 0));
        }
    }
}

#[test]
fn a_version_4_blob_is_rejoined_wherever_it_was_cut() {
    let blob = v4(8);
    for at in (32..1272).step_by(31) {
        let bytes = cut_up(&blob, at, 12_288, 30 * 512);
        let carved = sweep(&bytes, options(4096, 1));
        let [hit] = carved.hits.as_slice() else {
            panic!("cut after {at}: {:?}", carved.hits);
        };
        assert_eq!(hit.certainty, Certainty::Rejoined, "cut after {at}");
        assert_eq!(&*hit.bytes, blob);
        assert_eq!(hit.cut, Some(Cut { at, rest: Some(30 * 512) }));
    }
}

#[test]
fn the_rest_may_lie_far_away_on_either_side() {
    let blob = v3(8);
    let far = 5 << 20;
    for (boundary, rest) in [(4096, 4096 + far), (far + 512, 0), (far + 4096, far)] {
        let mut bytes = vec![0; far + 16_384];
        plant(&mut bytes, boundary - 50, &blob[..50]);
        plant(&mut bytes, rest, &blob[50..]);
        let hit = &sweep(&bytes, Options::default()).hits[0];
        assert_eq!(hit.cut, Some(Cut { at: 50, rest: Some(to_u64(rest)) }));
    }
}

#[test]
fn without_its_rest_a_cut_blob_is_named() {
    for (blob, at) in [(v3(1), 100), (v4(1), 900)] {
        let mut bytes = noise(65_536, 5);
        plant(&mut bytes, 8192 - at, &blob[..at]);
        let carved = sweep(&bytes, Options::default());
        let [hit] = carved.hits.as_slice() else {
            panic!("{:?}", carved.hits);
        };
        assert_eq!(hit.certainty, Certainty::Damaged);
        // A version 4 blob crosses other sector boundaries before.
        assert_eq!(hit.cut, Some(Cut { at: (at - 1) % 512 + 1, rest: None }));
        assert_eq!(hit.product_key().unwrap().to_string(), KEY);
        assert_eq!(carved.counts.damaged, 1);
    }
}

#[test]
fn the_end_of_the_source_cuts() {
    let (v3, v4) = (v3(1), v4(1));
    for (blob, from, kind) in [(&v3, 68, HitKind::Dpid3), (&v4, 824, HitKind::Dpid4)] {
        for at in from..blob.len() {
            let carved = sweep(&blob[..at], Options::default());
            let [hit] = carved.hits.as_slice() else {
                panic!("{at} bytes: {:?}", carved.hits);
            };
            assert_eq!((hit.kind, hit.certainty), (kind, Certainty::Damaged));
            assert_eq!(hit.cut.unwrap().at, at.min(512));
            assert_eq!(hit.bytes.len(), at);
        }
        for at in 0..from {
            let carved = sweep(&blob[..at], Options::default());
            assert_eq!(carved.hits, [], "{at} bytes hold no key");
        }
    }
}

#[test]
fn an_overwritten_blob_is_damaged() {
    let (mut three, mut four, mut table) = (v3(1), v4(1), msdm());
    three[60] ^= 1;
    four[1200] ^= 1;
    table[20] ^= 1;
    let mut bytes = noise(8192, 2);
    plant(&mut bytes, 1024, &three);
    plant(&mut bytes, 2048, &four);
    plant(&mut bytes, 4096, &table);
    let carved = sweep(&bytes, Options::default());
    let seen: Vec<_> = carved.hits.iter().map(|hit| (hit.kind, hit.certainty)).collect();
    let expected = [HitKind::Dpid3, HitKind::Dpid4, HitKind::Msdm].map(|kind| (kind, Certainty::Damaged));
    assert_eq!(seen, expected);
    // No sector boundary lies in the version 3 blob; two lie in the other.
    assert_eq!(carved.hits[0].cut, None);
    assert_eq!(carved.hits[1].cut.unwrap().at, 512);
}

#[test]
fn a_header_alone_is_nothing() {
    for blob in [v3(1), v4(1), msdm()] {
        for keep in [8, 9, 12, 16] {
            let mut bytes = noise(8192, 77);
            plant(&mut bytes, 2048, &blob[..keep]);
            assert_eq!(sweep(&bytes, Options::default()).hits, []);
        }
    }
}

#[test]
fn rejoining_can_be_switched_off() {
    let bytes = cut_up(&v3(8), 100, 4096, 8192);
    let carved = sweep(&bytes, Options { rejoin: false, ..Options::default() });
    assert_eq!(carved.hits[0].certainty, Certainty::Damaged);
}
