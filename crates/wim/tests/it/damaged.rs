//! An image made by hand, whole and damaged.

use std::sync::Arc;

use hivekey_wim::{Entry, Error, Limits, Listing, ReadAt, Wim};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const CONTENT: &[u8] = b"regf: the content of the only file";
/// Where the parts of the image lie.
const CONTENT_AT: usize = 208;
const METADATA_AT: usize = 256;
const ROOT_ENTRIES: usize = 128;
const FILE_ENTRY: usize = 384;

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

fn number(value: usize) -> [u8; 8] {
    u64::try_from(value).unwrap().to_le_bytes()
}

fn resource(flags: u8, at: usize, len: usize) -> Vec<u8> {
    let mut bytes = number(len).to_vec();
    bytes[7] = flags;
    bytes.extend(number(at));
    bytes.extend(number(len));
    bytes
}

/// Not a SHA-1; of so short a content nobody checks it.
fn hash() -> [u8; 20] {
    *Sha256::digest(CONTENT).first_chunk().unwrap()
}

fn entry(name: &str, attributes: u32, subdirectory: usize) -> Vec<u8> {
    let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bytes = vec![0; (102 + name.len() + 2).next_multiple_of(8)];
    let len = bytes.len();
    put(&mut bytes, 0, &number(len));
    put(&mut bytes, 8, &attributes.to_le_bytes());
    put(&mut bytes, 16, &number(subdirectory));
    if attributes & 0x10 == 0 {
        put(&mut bytes, 64, &hash());
    }
    put(&mut bytes, 100, &u16::try_from(name.len()).unwrap().to_le_bytes());
    put(&mut bytes, 102, &name);
    bytes
}

/// `Windows/SOFTWARE`, stored.
fn image() -> Vec<u8> {
    let mut metadata = vec![0; FILE_ENTRY + 136];
    put(&mut metadata, 0, &8u32.to_le_bytes());
    put(&mut metadata, 8, &entry("", 0x10, ROOT_ENTRIES));
    put(&mut metadata, ROOT_ENTRIES, &entry("Windows", 0x10, FILE_ENTRY));
    put(&mut metadata, FILE_ENTRY, &entry("SOFTWARE", 0x20, 0));
    let mut table = resource(0, CONTENT_AT, CONTENT.len());
    table.extend([1, 0, 1, 0, 0, 0]);
    table.extend(hash());
    table.extend(resource(2, METADATA_AT, metadata.len()));
    table.extend([1, 0, 1, 0, 0, 0]);
    table.extend([9; 20]);
    let table_at = METADATA_AT + metadata.len();

    let mut bytes = vec![0; METADATA_AT];
    put(&mut bytes, 0, b"MSWIM\0\0\0");
    put(&mut bytes, 8, &208u32.to_le_bytes());
    put(&mut bytes, 12, &0x10D00u32.to_le_bytes());
    put(&mut bytes, 40, &[1, 0, 1, 0, 1]);
    put(&mut bytes, 48, &resource(0, table_at, table.len()));
    put(&mut bytes, CONTENT_AT, CONTENT);
    bytes.extend(metadata);
    bytes.extend(table);
    bytes
}

fn open(bytes: Vec<u8>) -> Result<Wim, Error> {
    let limits = Limits { unpacked_bytes: 1 << 24, ..Limits::default() };
    Wim::open(Arc::new(bytes), |_| None, &limits)
}

/// Looks at up to 300 entries and reads the files among them.
fn walk(wim: &Wim) -> (Vec<Entry>, Vec<Vec<u8>>, Vec<Error>) {
    let (mut entries, mut contents, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let mut folders: Vec<Entry> = wim.images().iter().map(|image| image.root()).collect();
    while let Some(folder) = folders.pop().filter(|_| entries.len() < 300) {
        let Ok(Listing { entries: found, stopped, .. }) = wim.entries(&folder, 100) else { continue };
        errors.extend(stopped);
        for entry in found {
            entries.push(entry.clone());
            if entry.is_directory() {
                folders.push(entry);
                continue;
            }
            match wim.open_file(&entry) {
                Ok(file) => {
                    let mut bytes = vec![0; usize::try_from(file.len().min(1 << 16)).unwrap()];
                    match file.read_into(0, &mut bytes) {
                        Ok(()) => contents.push(bytes),
                        Err(error) => drop(error.to_string()),
                    }
                }
                Err(error) => errors.push(error),
            }
        }
    }
    (entries, contents, errors)
}

#[test]
fn the_image_is_read() {
    let wim = open(image()).unwrap();
    assert!(wim.anomalies().is_empty());
    let (entries, contents, errors) = walk(&wim);
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!((names, contents), (vec!["Windows", "SOFTWARE"], vec![CONTENT.to_vec()]));
    assert!(errors.is_empty());
}

/// The messages about an image in which a number has been replaced.
fn messages(at: usize, value: &[u8]) -> Vec<String> {
    let mut bytes = image();
    put(&mut bytes, at, value);
    match open(bytes) {
        Err(error) => vec![error.to_string()],
        Ok(wim) => {
            let (_, _, errors) = walk(&wim);
            let anomalies = wim.anomalies().iter().map(ToString::to_string);
            anomalies.chain(errors.iter().map(ToString::to_string)).collect()
        }
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let file = METADATA_AT + FILE_ENTRY;
    let table = METADATA_AT + FILE_ENTRY + 136;
    let cases: &[(usize, &[u8], &str)] = &[
        (44, &u32::MAX.to_le_bytes(), "more than 1024 images"),
        (44, &[2], "2 images are counted in the header, 1 have metadata"),
        (42, &[2], "part 2 of 2 was not found; files that lie in it cannot be read"),
        (16, &[0x40], "the file was not written to its end"),
        (56, &u64::MAX.to_le_bytes(), "WIM resource at 0xffffffffffffffff: needs 100 bytes, has 0"),
        (64, &[99], "WIM resource at 0x308: size is 0x63, expected the stored size, as it is not packed"),
        (table + 24, &[2], "part 2 of the image is missing"),
        (table + 30, &[0xEE], "no blob table has the content with the SHA-1 d2"),
        (
            METADATA_AT + 4,
            &[2],
            "part 1: WIM security data at 0x0: number is 0x2, expected no more than their length has room for",
        ),
        (METADATA_AT, &u32::MAX.to_le_bytes(), "part 1: WIM directory entry at 0x100000000: needs 8 bytes, has 0"),
        (
            file,
            &[103],
            "WIM directory entry at 0x180: length is 0x67, expected that of the fields and the name, below 4 GiB",
        ),
        (
            file,
            &u64::MAX.to_le_bytes(),
            "WIM directory entry at 0x180: length is 0xffffffffffffffff, expected that of the fields and the name, below 4 GiB",
        ),
        (file + 96, &[1], "WIM stream entry at 0x1f8: needs 38 bytes, has 16"),
        (file + 96, &[0xFF; 2], "more than 1024 streams of one file"),
        (file + 9, &[0x40], "the file is encrypted (EFS)"),
        (
            METADATA_AT + ROOT_ENTRIES + 16,
            &number(1 << 40),
            "WIM directory entry at 0x10000000000: needs 8 bytes, has 0",
        ),
    ];
    for (at, value, expected) in cases {
        let found = messages(*at, value);
        assert!(found.iter().any(|message| message.starts_with(expected)), "{at}: {found:?}, expected {expected:?}");
    }
}

#[test]
fn a_directory_in_itself_ends_with_the_caller() {
    let mut bytes = image();
    put(&mut bytes, METADATA_AT + ROOT_ENTRIES + 16, &number(ROOT_ENTRIES));
    let (entries, ..) = walk(&open(bytes).unwrap());
    assert!(entries.len() >= 300);
}

/// A file in one solid resource, whose chunks are said to be packed.
fn solid(format: u32, chunk_len: u32, size: u64, packed: &[u8]) -> Vec<u8> {
    let mut bytes = image();
    let at = bytes.len();
    bytes.extend(size.to_le_bytes());
    bytes.extend(chunk_len.to_le_bytes());
    bytes.extend(format.to_le_bytes());
    bytes.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
    bytes.extend(packed);
    let resource_len = bytes.len() - at;
    let table_at = bytes.len();
    let mut row = resource(0x10 | 4, at, resource_len);
    put(&mut row, 16, &number(1 << 32));
    row.extend([1, 0, 1, 0, 0, 0]);
    row.extend([0; 20]);
    let mut file = resource(0x10 | 4, 0, usize::try_from(size).unwrap_or(0));
    file.extend([1, 0, 1, 0, 0, 0]);
    file.extend(hash());
    let metadata = bytes[table_at - resource_len - 50..table_at - resource_len].to_vec();
    bytes.extend([row, file, metadata].concat());
    let table = resource(0, table_at, 150);
    put(&mut bytes, 48, &table);
    bytes
}

#[test]
fn solid_resources_at_their_edges() {
    let stored = solid(0, 4096, 34, CONTENT);
    let (_, contents, errors) = walk(&open(stored).unwrap());
    assert_eq!((contents, errors.len()), (vec![CONTENT.to_vec()], 0));
    for (format, chunk_len, size, expected) in [
        (4, 4096, 4096, "compression is 0x4, expected 0 to 3"),
        (3, 0, 4096, "chunk size is 0x0, expected 1 or more"),
        (3, u32::MAX, 4096, "more than 67108864 bytes of one chunk"),
        (3, 1, u64::MAX, "more than 4194304 chunks of one solid resource"),
        (3, 4096, 8192 * 100, "needs 800 bytes, has 1"),
    ] {
        let (_, _, errors) = walk(&open(solid(format, chunk_len, size, &[0; 4])).unwrap());
        let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(messages.iter().any(|message| message.contains(expected)), "{messages:?}");
    }
    // Chunks that cannot be unpacked.
    for format in 0..4 {
        let wim = open(solid(format, 4096, 4096, &[0xFF; 300])).unwrap();
        let root = wim.images()[0].root();
        let folder = wim.lookup(&root, "Windows").unwrap().unwrap();
        let file = wim.lookup(&folder, "SOFTWARE").unwrap().unwrap();
        let error = wim.open_file(&file).unwrap().read_into(0, &mut [0; 10]).unwrap_err();
        assert!(error.to_string().starts_with("WIM chunk at 0x380: "), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(vec![0u8, 1, 2, 8, 0x10, 0x7F, 0x80, 0xFF])), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
        format in 0u32..4,
    ) {
        let mut bytes = solid(format, 4096, 9000, &[0x5A; 700]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(wim) = open(bytes) {
            let _ = walk(&wim);
        }
    }
}
