//! Planted blobs are found once, wherever they lie.

use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex};

use hivekey_carve::{Carver, Certainty, Control, HitKind, Options, Outcome};

use crate::make::{KEY, msdm, noise, options, places, plant, sweep, to_u64, v3, v3_erased, v4};
use crate::sources::{Dribbling, Sparse, Stream};

const WINDOW: usize = 512;
/// Sixteen windows are a unit.
const UNIT: usize = 16 * WINDOW;

/// Around a border of units, of windows and of sectors at once.
fn with_blobs_at(shift: usize) -> (Vec<u8>, Vec<(u64, HitKind)>) {
    static NOISE: LazyLock<Vec<u8>> = LazyLock::new(|| noise(UNIT + UNIT / 2, 99));
    let at = UNIT - 2048 + shift;
    let mut bytes = NOISE.clone();
    let planted = [
        (at, v3(1), HitKind::Dpid3),
        (at + 164, msdm(), HitKind::Msdm),
        (at + 250, v4(1), HitKind::Dpid4),
        (at + 250 + 1272, v3_erased(), HitKind::Dpid3),
    ];
    for (at, blob, _) in &planted {
        plant(&mut bytes, *at, blob);
    }
    let expected = planted.map(|(at, _, kind)| (to_u64(at), kind));
    (bytes, expected.to_vec())
}

#[test]
fn every_alignment_at_a_border() {
    for shift in 0..4096 {
        let (bytes, expected) = with_blobs_at(shift);
        let carved = sweep(&bytes, options(WINDOW, 1));
        assert_eq!(places(&carved), expected, "shift {shift}");
        assert!(carved.hits.iter().all(|hit| hit.certainty == Certainty::Verified && hit.cut.is_none()));
    }
}

#[test]
fn every_alignment_with_threads() {
    for shift in (0..4096).step_by(7) {
        let (bytes, expected) = with_blobs_at(shift);
        let carved = sweep(&bytes, options(WINDOW, 3));
        assert_eq!(places(&carved), expected, "shift {shift}");
        assert_eq!(carved, sweep(&bytes, options(4096, 1)));
    }
}

#[test]
fn zeros_around() {
    for shift in (0..600).step_by(3) {
        let mut bytes = vec![0; 3 * UNIT];
        plant(&mut bytes, UNIT - 300 + shift, &v3(5));
        plant(&mut bytes, 2 * UNIT - 700 + shift, &v4(5));
        let carved = sweep(&bytes, Options::default());
        let expected =
            vec![(to_u64(UNIT - 300 + shift), HitKind::Dpid3), (to_u64(2 * UNIT - 700 + shift), HitKind::Dpid4)];
        assert_eq!(places(&carved), expected, "shift {shift}");
    }
}

#[test]
fn a_blob_fills_the_source_or_ends_it() {
    for (blob, kind) in [(v3(0), HitKind::Dpid3), (v4(0), HitKind::Dpid4), (msdm(), HitKind::Msdm)] {
        assert_eq!(places(&sweep(&blob, Options::default())), [(0, kind)]);
        let mut bytes = noise(UNIT, 3);
        let at = bytes.len() - blob.len();
        plant(&mut bytes, at, &blob);
        for window in [512, 1536, 2048, UNIT, 1 << 20] {
            assert_eq!(places(&sweep(&bytes, options(window, 2))), [(to_u64(at), kind)]);
        }
    }
}

#[test]
fn tiny_sources() {
    for length in [0, 1, 7, 8, 163, 511, 512, 513, 1535, 1536, 1537, UNIT, UNIT + 1] {
        let bytes = noise(length, 7);
        for threads in [1, 2] {
            let carved = sweep(&bytes, options(WINDOW, threads));
            assert_eq!(carved.hits, []);
            assert_eq!(carved.bytes_swept, to_u64(length));
            assert_eq!(carved.size, Some(to_u64(length)));
            assert_eq!(carved.outcome, Outcome::Complete);
            assert!(carved.bad_ranges.is_empty() && carved.limits.is_empty());
        }
        let carved = Carver::new(options(WINDOW, 1)).sweep_stream(bytes.as_slice(), &Control::default());
        assert_eq!(carved.bytes_swept, to_u64(length));
        assert_eq!(carved.outcome, Outcome::Complete);
    }
}

#[test]
fn what_a_hit_tells() {
    let mut bytes = noise(10_000, 1);
    plant(&mut bytes, 1001, &v3(2));
    plant(&mut bytes, 3003, &msdm());
    plant(&mut bytes, 5005, &v3_erased());
    plant(&mut bytes, 7007, &v3(2));
    let carved = sweep(&bytes, Options::default());
    let keys: Vec<_> = carved.hits.iter().map(|hit| hit.product_key().map(|key| key.to_string())).collect();
    let key = Some(KEY.to_owned());
    assert_eq!(keys, [key.clone(), key.clone(), None, key]);
    assert_eq!(carved.hits[0].blob().unwrap().anomalies().len(), 0);
    assert_eq!(carved.hits[0].end(), 1165);
    // One key, whatever holds it; one group for each different blob.
    let by_key: Vec<_> = carved.by_key().into_iter().map(|group| group.hits).collect();
    assert_eq!(by_key, [vec![0, 1, 3]]);
    let by_blob: Vec<_> = carved.by_blob().into_iter().map(|group| group.hits).collect();
    assert_eq!(by_blob, [vec![0, 3], vec![1], vec![2]]);
    let group = &carved.by_blob()[0];
    let offsets: Vec<_> = carved.hits_of(group).map(|hit| hit.offset).collect();
    assert_eq!(offsets, [1001, 7007]);
    assert!(std::sync::Arc::ptr_eq(&carved.hits[0].bytes, &carved.hits[3].bytes));
    assert_eq!(carved.counts.verified, 4);
    assert!(!format!("{carved:?}").contains("N69G4"), "a dump of the result shows no key");
}

#[test]
fn holes_are_skipped_and_blobs_at_their_edges_found() {
    let page = 4096;
    for shift in (0..1300).step_by(13) {
        let mut bytes = vec![0; 40 * page];
        // One blob begins data, one ends it, and one ends in a hole, as its last bytes are zeros.
        plant(&mut bytes, 4 * page, &v3(1));
        plant(&mut bytes, 6 * page - 164, &v3(2));
        plant(&mut bytes, 30 * page - 1272 + shift.min(100), &v4(3));
        let page = to_u64(page);
        let source = Sparse { bytes, data: vec![4 * page..6 * page, 20 * page..20 * page + 512, 28 * page..30 * page] };
        for window in [512, 4096, 1 << 20] {
            let carved = Carver::new(options(window, 2)).sweep(&source, &Control::default());
            let expected = [
                (4 * page, HitKind::Dpid3),
                (6 * page - 164, HitKind::Dpid3),
                (30 * page - 1272 + to_u64(shift.min(100)), HitKind::Dpid4),
            ];
            assert_eq!(places(&carved), expected);
            assert_eq!(carved.bytes_swept, 4 * page + 512);
            assert_eq!(carved.bytes_in_holes, 36 * page - 512);
        }
    }
}

#[test]
fn a_source_without_size_and_a_stream_give_the_same() {
    let (bytes, expected) = with_blobs_at(777);
    for piece in [1000, 4096, 100_000] {
        let source = Dribbling { bytes: bytes.clone(), piece, calls: 0.into() };
        let carved = Carver::new(options(WINDOW, 2)).sweep(&source, &Control::default());
        assert_eq!(places(&carved), expected);
        assert_eq!(carved.bytes_swept, to_u64(bytes.len()));
        assert_eq!(carved.bytes_bad, 0);
    }
    for window in [512, 4096, 1 << 20] {
        let carver = Carver::new(options(window, 1));
        let carved = carver.sweep_stream(Stream::new(&bytes), &Control::default());
        assert_eq!(places(&carved), expected);
        assert_eq!(carved.bytes_swept, to_u64(bytes.len()));
        assert_eq!((carved.size, carved.outcome), (None, Outcome::Complete));
    }
}

#[test]
fn progress_goes_forward_to_the_end() {
    let (bytes, expected) = with_blobs_at(5);
    for threads in [1, 4] {
        let seen = Mutex::new(Vec::new());
        let note = |progress| seen.lock().unwrap().push(progress);
        let control = Control { progress: Some(&note), cancel: None };
        Carver::new(options(WINDOW, threads)).sweep(bytes.as_slice(), &control);
        let seen = seen.into_inner().unwrap();
        let done: Vec<u64> = seen.iter().map(|progress| progress.done).collect();
        assert!(done.is_sorted());
        assert_eq!(done.last(), Some(&(to_u64(bytes.len()))));
        assert_eq!(seen.last().unwrap().hits, to_u64(expected.len()));
        let totals: BTreeSet<_> = seen.iter().map(|progress| progress.total).collect();
        assert_eq!(totals, BTreeSet::from([Some(to_u64(bytes.len()))]));
    }
}
