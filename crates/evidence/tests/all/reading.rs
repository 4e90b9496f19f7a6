//! Reading what was found: by position, counted, and true or an error when the file changes.

use std::fs::OpenOptions;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::support::{Evidence, base_block, inside};
use hivekey_evidence::{Error, Limits, ReadAt, ReadError};

/// A hive of many pages in which no byte is zero but those of the base block.
fn large_hive() -> Vec<u8> {
    let mut bytes = base_block(0);
    bytes.resize(64 * 4096, 0x5a);
    bytes
}

fn not_mapped() -> Limits {
    Limits { mapped_bytes: 0, ..Limits::default() }
}

#[test]
fn reads_are_exact_and_counted() {
    for limits in [Limits::default(), not_mapped()] {
        let bytes = large_hive();
        let evidence = Evidence::new().file("SOFTWARE", &bytes);
        let source = evidence.open_within("", limits);
        let before = source.bytes_read();
        assert_eq!(before, 512);
        let hive = source.open(&source.installations[0].hives[0].path).unwrap();
        assert_eq!(hive.len(), 64 * 4096);
        let mut buf = [0; 100];
        hive.read_into(4090, &mut buf).unwrap();
        assert_eq!(buf[..], bytes[4090..4190]);
        assert_eq!(source.bytes_read() - before, 100);
        assert!(matches!(
            hive.read_into(64 * 4096 - 99, &mut buf),
            Err(ReadError::OutOfRange { offset: 262045, length: 100, size: 262144 })
        ));
        assert!(matches!(hive.read_into(u64::MAX, &mut buf), Err(ReadError::OutOfRange { .. })));
        assert_eq!(hive.read_available(64 * 4096 - 40, &mut buf).unwrap(), 40);
        assert_eq!(source.bytes_read() - before, 140);
    }
}

#[test]
fn a_hive_of_one_hundred_megabytes_costs_what_is_read_of_it() {
    let evidence = Evidence::new().hives(&["SOFTWARE"]);
    let file = OpenOptions::new().write(true).open(evidence.path("SOFTWARE")).unwrap();
    file.set_len(100 << 20).unwrap();
    let source = evidence.open("SOFTWARE");
    let hive = source.open(&inside("SOFTWARE")).unwrap();
    hive.read_into(50 << 20, &mut [0; 4096]).unwrap();
    assert!(source.bytes_read() < 8192, "{}", source.bytes_read());
}

#[test]
fn small_files_are_read_whole_within_a_bound() {
    let evidence = Evidence::new().file("unattend.xml", "<unattend/>").file("empty", "");
    let source = evidence.open("");
    assert_eq!(source.read_small_file(&inside("unattend.xml"), 11).unwrap(), b"<unattend/>");
    assert_eq!(source.read_small_file(&inside("empty"), 0).unwrap(), b"");
    let error = source.read_small_file(&inside("unattend.xml"), 10).unwrap_err();
    assert_eq!(error.code(), "file-too-large");
    assert_eq!(error.to_string(), "unattend.xml: 11 bytes are more than the 10 that such a file may have");
    let error = source.read_small_file(&inside("missing"), 10).unwrap_err();
    assert!(matches!(error, Error::Io { .. }));
    assert_eq!((error.code(), error.os_error()), ("not-found", Some(2)));
}

/// On a page boundary the rest of the mapping faults; elsewhere the rest of the page silently turns into
/// zeros. Both must be noticed, mapped or not, and so must a file that lost everything.
#[test]
fn a_file_that_shrinks_is_an_error() {
    for limits in [Limits::default(), not_mapped()] {
        for left in [0, 1, 4096, 4097, 8192 + 100] {
            let evidence = Evidence::new().file("SOFTWARE", large_hive());
            let source = evidence.open_within("SOFTWARE", limits.clone());
            let hive = source.open(&inside("SOFTWARE")).unwrap();
            let file = OpenOptions::new().write(true).open(evidence.path("SOFTWARE")).unwrap();
            file.set_len(left).unwrap();
            for offset in [left, left + 50, 63 * 4096] {
                let error = hive.read_into(offset, &mut [0; 16]).unwrap_err();
                assert_eq!(error.to_string(), format!("the file shrank from 262144 to {left} bytes while it was read"));
            }
        }
    }
}

/// A file that shrank and grew again has lost its content: where the mapping noticed, reads go on by position, and give
/// what is there now.
#[test]
fn other_files_go_on_after_one_shrank() {
    let evidence = Evidence::new().file("SOFTWARE", large_hive()).file("SYSTEM", large_hive());
    let source = evidence.open("");
    let software = source.open(&inside("SOFTWARE")).unwrap();
    let system = source.open(&inside("SYSTEM")).unwrap();
    OpenOptions::new().write(true).open(evidence.path("SOFTWARE")).unwrap().set_len(0).unwrap();
    let mut buf = [0; 16];
    assert!(software.read_into(8192, &mut buf).is_err());
    system.read_into(8192, &mut buf).unwrap();
    assert_eq!(buf, [0x5a; 16]);
}

/// Many threads read while the file is cut: every read gives the true bytes, or an error, and never zeros.
#[test]
fn threads_that_read_while_the_file_is_cut() {
    for round in 0..20u64 {
        let evidence = Evidence::new().file("SOFTWARE", large_hive());
        let source = evidence.open("SOFTWARE");
        let hive = source.open(&inside("SOFTWARE")).unwrap();
        let file = OpenOptions::new().write(true).open(evidence.path("SOFTWARE")).unwrap();
        let done = AtomicBool::new(false);
        let errors = AtomicUsize::new(0);
        let reads = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for thread in 0..4u64 {
                let (hive, done, errors, reads) = (&hive, &done, &errors, &reads);
                scope.spawn(move || {
                    let mut last_turn = false;
                    let mut offset = 4096 + thread * 20_000;
                    while !last_turn {
                        last_turn = done.load(Ordering::SeqCst);
                        offset = 4096 + (offset + 7919) % (62 * 4096);
                        let mut buf = [0; 64];
                        reads.fetch_add(1, Ordering::SeqCst);
                        match hive.read_into(offset, &mut buf) {
                            Ok(()) => assert_eq!(buf, [0x5a; 64]),
                            Err(ReadError::Shrank { .. }) => {
                                errors.fetch_add(1, Ordering::SeqCst);
                            }
                            Err(error) => panic!("{error}"),
                        }
                    }
                });
            }
            while reads.load(Ordering::SeqCst) < 100 {
                std::thread::yield_now();
            }
            file.set_len(4096 * 20 + round * 333).unwrap();
            done.store(true, Ordering::SeqCst);
        });
        // Each thread's last read began after the cut, and after a cut no read succeeds.
        assert!(errors.into_inner() >= 4);
    }
}

#[test]
fn a_file_past_the_mapping_limit_is_read_all_the_same() {
    let evidence = Evidence::new().file("SOFTWARE", large_hive());
    let source = evidence.open_within("", Limits { mapped_bytes: 1000, ..Limits::default() });
    let hive = source.open(&inside("SOFTWARE")).unwrap();
    let mut buf = [0; 16];
    hive.read_into(8192, &mut buf).unwrap();
    assert_eq!(buf, [0x5a; 16]);
}

#[test]
fn the_reader_may_be_shared() {
    fn shared<T: Send + Sync>(_: &T) {}
    let evidence = Evidence::new().hives(&["SOFTWARE"]);
    let source = evidence.open("");
    shared(&source);
    let reader: Box<dyn ReadAt> = source.open(&inside("SOFTWARE")).unwrap();
    shared(&reader);
}
