//! Sources that fail, that flood, that lie, and sweeps that are ended early.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use hivekey_carve::{Carver, Certainty, Control, Limit, Options, Outcome, RawSource};

use crate::make::{noise, options, places, plant, sweep, v3, v4};
use crate::sources::{Failing, Sparse, Stream};

fn bad_ranges(source: &impl RawSource, options: Options) -> Vec<Range<u64>> {
    let carved = Carver::new(options).sweep(source, &Control::default());
    assert_eq!(carved.bytes_swept + carved.bytes_bad, source.size().unwrap());
    let listed = carved.bad_ranges.iter().map(|bad| bad.length());
    assert_eq!(listed.sum::<u64>(), carved.bytes_bad);
    assert_eq!(carved.outcome, Outcome::Complete);
    carved.bad_ranges.into_iter().map(|bad| bad.range).collect()
}

#[test]
fn unreadable_sectors_are_listed_and_the_others_read() {
    let bad = [512..1024, 4096..8192, 65_536 - 512..65_536 + 1024, 199_680..200_000];
    for window in [512, 4096, 65_536, 1 << 20] {
        for threads in [1, 3] {
            let mut bytes = noise(200_000, 12);
            plant(&mut bytes, 0, &v3(1));
            plant(&mut bytes, 1024, &v3(2));
            plant(&mut bytes, 8192, &v4(3));
            let source = Failing::new(bytes, &bad);
            let options = options(window, threads);
            assert_eq!(bad_ranges(&source, options), bad);
            let carved = Carver::new(options).sweep(&source, &Control::default());
            let offsets: Vec<_> = carved.hits.iter().map(|hit| hit.offset).collect();
            assert_eq!(offsets, [0, 1024, 8192]);
            assert!(carved.hits.iter().all(|hit| hit.certainty == Certainty::Verified));
        }
    }
}

#[test]
fn a_part_of_a_sector_costs_the_whole_sector() {
    let source = Failing::new(noise(10_000, 1), &[700..701, 5000..5001]);
    assert_eq!(bad_ranges(&source, Options::default()), [512..1024, 4608..5120]);
}

#[test]
fn a_dead_source_ends_after_a_bounded_number_of_reads() {
    let all = 0..1 << 20;
    let source = Failing::new(vec![0; 1 << 20], std::slice::from_ref(&all));
    assert_eq!(bad_ranges(&source, Options::default()), std::slice::from_ref(&all));
    // One read for each sector, and few more.
    assert!(source.reads.load(Ordering::Relaxed) < 2500);
}

#[test]
fn a_source_that_ends_before_its_size() {
    struct Shrunk(Vec<u8>);
    impl RawSource for Shrunk {
        fn size(&self) -> Option<u64> {
            Some(100_000)
        }
        fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
            self.0.read_at(offset, buf)
        }
    }
    for window in [512, 1 << 20] {
        let mut bytes = noise(40_001, 1);
        plant(&mut bytes, 30_000, &v3(1));
        let carved = Carver::new(options(window, 2)).sweep(&Shrunk(bytes), &Control::default());
        assert_eq!(carved.hits.len(), 1);
        let [bad] = carved.bad_ranges.as_slice() else {
            panic!("{:?}", carved.bad_ranges);
        };
        assert_eq!((bad.range.clone(), bad.kind), (40_001..100_000, io::ErrorKind::UnexpectedEof));
        assert_eq!((carved.bytes_swept, carved.bytes_bad), (40_001, 59_999));
    }
}

#[test]
fn sources_that_lie_do_no_harm() {
    /// Claims more bytes than it gave, data behind its end, and data that goes backwards.
    struct Liar(u8);
    impl RawSource for Liar {
        fn size(&self) -> Option<u64> {
            Some(50_000)
        }
        fn read_at(&self, _: u64, buf: &mut [u8]) -> io::Result<usize> {
            Ok(buf.len() * 3)
        }
        fn next_data(&self, offset: u64) -> Option<Range<u64>> {
            match self.0 {
                0 => Some(0..u64::MAX),
                1 => Some(0..10),
                2 => Some(u64::MAX..u64::MAX),
                3 => Some(offset..offset),
                _ => Some(60_000..70_000),
            }
        }
    }
    for kind in 0..5 {
        let carved = Carver::new(options(512, 2)).sweep(&Liar(kind), &Control::default());
        assert_eq!(carved.bytes_swept + carved.bytes_in_holes, 50_000, "kind {kind}");
        assert_eq!(carved.outcome, Outcome::Complete);
    }
}

#[test]
fn an_endless_source_that_cannot_be_read_ends() {
    struct Dead;
    impl RawSource for Dead {
        fn size(&self) -> Option<u64> {
            None
        }
        fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }
    let carved = Carver::new(options(512, 2)).sweep(&Dead, &Control::default());
    assert_eq!(carved.bytes_swept, 0);
    assert!(carved.bytes_bad > 0);
    assert!(carved.bad_ranges.iter().all(|bad| bad.kind == io::ErrorKind::PermissionDenied));
}

#[test]
fn a_stream_that_breaks_tells_where() {
    let mut bytes = noise(30_000, 1);
    plant(&mut bytes, 29_000, &v3(1));
    let mut stream = Stream::new(&bytes);
    stream.end = Some(io::ErrorKind::ConnectionReset);
    let carved = Carver::new(options(4096, 1)).sweep_stream(&mut stream, &Control::default());
    assert_eq!(carved.hits.len(), 1);
    let expected = Outcome::Broken { offset: 30_000, kind: io::ErrorKind::ConnectionReset };
    assert_eq!(carved.outcome, expected);
}

/// So many headers of a blob, one after the other.
fn flood(header: &[u8], count: usize) -> Vec<u8> {
    header.repeat(count)
}

#[test]
fn floods_of_headers_find_nothing_and_end() {
    let mut text_header = v3(1)[..32].to_vec();
    text_header.truncate(24);
    let mut wide_header = v4(1)[..16].to_vec();
    wide_header.extend([b'1', 0]);
    for header in [
        &v3(1)[..8],
        &v4(1)[..8],
        b"MSDM\x55\0\0\0",
        &text_header,
        &wide_header,
        b"-",
        b"-\0",
        b"BBBBB-",
        b"M",
        b"\xA4",
    ] {
        let bytes = flood(header, (1 << 18) / header.len());
        let carved = sweep(&bytes, Options { text_keys: true, ..Options::default() });
        // Where a sector ends within the text of a version 3 header, the rest might be elsewhere.
        assert_eq!(carved.counts.hits(), carved.counts.damaged, "{header:x?}");
        assert!(carved.counts.damaged < 512, "{header:x?}");
    }
}

#[test]
fn hits_beyond_the_limit_are_counted_and_the_first_are_kept() {
    let blob = v3(9);
    let bytes = flood(&blob, 1000);
    for (window, threads) in [(512, 1), (512, 3), (4096, 2), (1 << 20, 1)] {
        let options = Options { max_hits: 10, ..options(window, threads) };
        let carved = sweep(&bytes, options);
        let offsets: Vec<_> = carved.hits.iter().map(|hit| hit.offset).collect();
        assert_eq!(offsets, (0..10).map(|n| n * 164).collect::<Vec<_>>());
        assert_eq!(carved.counts.verified, 1000);
        assert!(carved.limits.contains(&Limit::Hits(Certainty::Verified)));
    }
    // The limit of one certainty leaves room for another.
    let mut damaged = blob.clone();
    damaged[100] ^= 1;
    damaged.resize(512, 0);
    let mut bytes = flood(&damaged, 100);
    bytes.extend(&blob);
    let carved = sweep(&bytes, Options { max_hits: 5, rejoin: false, ..Options::default() });
    assert_eq!((carved.hits.len(), carved.counts.damaged, carved.counts.verified), (6, 100, 1));
    assert_eq!(carved.hits.last().unwrap().certainty, Certainty::Verified);
}

#[test]
fn too_many_cut_blobs_are_not_all_completed() {
    let mut bytes = noise(512 * 400, 1);
    for number in 0..100 {
        plant(&mut bytes, (number * 2 + 1) * 512 - 100, &v3(u32::try_from(number).unwrap())[..100]);
    }
    let carved = sweep(&bytes, options(4096, 1));
    assert_eq!(carved.counts.damaged, 100);
    assert!(carved.limits.contains(&Limit::Rejoins));
}

#[test]
fn a_silent_stream_can_be_cancelled() {
    /// Gives its bytes, then only interruptions; somebody loses patience.
    struct Silent<'a>(&'a [u8], &'a AtomicBool, u64);
    impl io::Read for Silent<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buf) {
                Ok(0) => {
                    self.2 += 1;
                    self.1.store(self.2 == 10, Ordering::Relaxed);
                    Err(io::ErrorKind::Interrupted.into())
                }
                other => other,
            }
        }
    }
    let mut bytes = noise(10_000, 4);
    plant(&mut bytes, 9_000, &v3(1));
    let cancel = AtomicBool::new(false);
    let control = Control { cancel: Some(&cancel), progress: None };
    let carved = Carver::new(options(4096, 1)).sweep_stream(Silent(&bytes, &cancel, 0), &control);
    assert_eq!((carved.hits.len(), carved.bytes_swept, carved.outcome), (1, 10_000, Outcome::Cancelled));
}

#[test]
fn a_sweep_cancelled_before_it_begins() {
    let mut bytes = noise(1 << 20, 2);
    plant(&mut bytes, 100, &v3(1));
    plant(&mut bytes, (1 << 20) - 200, &v3(2));
    let cancel = AtomicBool::new(true);
    let control = Control { cancel: Some(&cancel), progress: None };
    for threads in [1, 4] {
        let carver = Carver::new(options(512, threads));
        let carved = carver.sweep(&bytes, &control);
        assert_eq!((carved.bytes_swept, carved.hits.len()), (0, 0));
        assert_eq!(carved.outcome, Outcome::Cancelled);
        let carved = carver.sweep_stream(bytes.as_slice(), &control);
        assert_eq!((carved.bytes_swept, carved.outcome), (0, Outcome::Cancelled));
    }
}

/// Bytes of which a read behind the first 64 KiB cancels the sweep.
struct Cancels<'a> {
    bytes: Vec<u8>,
    cancel: &'a AtomicBool,
}

impl RawSource for Cancels<'_> {
    fn size(&self) -> Option<u64> {
        self.bytes.size()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if offset >= 65_536 {
            self.cancel.store(true, Ordering::Relaxed);
        }
        self.bytes.read_at(offset, buf)
    }
}

#[test]
fn what_was_found_before_a_cancellation_is_there() {
    let mut bytes = noise(1 << 20, 2);
    plant(&mut bytes, 100, &v3(1));
    plant(&mut bytes, (1 << 20) - 200, &v3(2));
    for threads in [1, 4] {
        let cancel = AtomicBool::new(false);
        let source = Cancels { bytes: bytes.clone(), cancel: &cancel };
        let control = Control { cancel: Some(&cancel), progress: None };
        let carved = Carver::new(options(512, threads)).sweep(&source, &control);
        assert_eq!(carved.outcome, Outcome::Cancelled);
        assert!(carved.bytes_swept < 65_536 + 8192 * 4);
        assert!(threads > 1 || (carved.bytes_swept >= 65_536 && places(&carved).len() == 1));
    }
}

#[test]
#[should_panic(expected = "a bug of the source")]
fn a_panic_of_the_source_comes_through_and_nobody_waits_for_ever() {
    struct Panics;
    impl RawSource for Panics {
        fn size(&self) -> Option<u64> {
            Some(10 << 20)
        }
        fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
            assert!(offset < 1 << 20, "a bug of the source");
            buf.fill(0);
            Ok(buf.len())
        }
    }
    Carver::new(options(512, 4)).sweep(&Panics, &Control::default());
}

#[test]
fn holes_at_odd_places() {
    let mut bytes = vec![0; 100_000];
    plant(&mut bytes, 33_333, &v3(1));
    let source = Sparse { bytes, data: vec![33_333..33_340, 50_000..50_001] };
    let carved = Carver::new(options(512, 2)).sweep(&source, &Control::default());
    assert_eq!(places(&carved).len(), 1);
    assert_eq!((carved.bytes_swept, carved.bytes_in_holes), (8, 99_992));
}
