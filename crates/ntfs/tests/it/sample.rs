//! A small volume made by hand that has one of everything: 1024 clusters of 512 bytes, 48 records of 1024 bytes.
//!
//! | record | what |
//! |---|---|
//! | 5 | root: a node in the record, two blocks below |
//! | 16 | `Docs`, with `inner.txt` (and a short name) and a hard link to `plain.bin` |
//! | 17 | `plain.bin`: three runs, one of them a hole, one backwards; a second stream |
//! | 18–20 | `split.bin`: an attribute list, the content mapped by two further records |
//! | 21 | `lz.bin`: an LZNT1 unit, a unit of zeros, a plain unit |
//! | 22 | `wof.bin`: packed by the overlay filter |
//! | 23 | `Link`: a directory that is a symbolic link |
//! | 24 | deleted: `gone.txt` in `Docs` |
//! | 25, 26 | deleted: the directory `Old` with `SOFTWARE` |
//! | 27 | deleted: a file of a directory that is lost |

use crate::build::*;

pub const CLUSTERS: usize = 1024;
pub const MFT: usize = 8;
pub const MIRROR: usize = 4;
pub const RECORDS: usize = 48;
/// The two blocks of the root's index.
pub const ROOT_BLOCKS: usize = 120;

pub const ROOT: u64 = 5;
pub const DOCS: u64 = 16;

pub struct Sample {
    pub bytes: Vec<u8>,
}

fn directory_flags() -> u32 {
    0x1000_0000
}

pub fn root() -> u64 {
    reference(ROOT, 5)
}

fn docs() -> u64 {
    reference(DOCS, 1)
}

/// Bytes that differ from cluster to cluster.
pub fn pattern(seed: u8, len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from((at / 7 + at % 251 + usize::from(seed)) % 256).unwrap()).collect()
}

/// The packed example of [MS-XCA]: "abc" a hundred times.
pub fn xpress_abc() -> Vec<u8> {
    let mut packed = vec![0u8; 256];
    put(&mut packed, 48, &[0x30, 0x23]);
    packed[128] = 0x02;
    packed[143] = 0x20;
    packed.extend([0xA8, 0xDC, 0x00, 0x00, 0xFF, 0x26, 0x01]);
    packed
}

impl Sample {
    pub fn new() -> Self {
        let mut sample = Self { bytes: vec![0u8; CLUSTERS * CLUSTER] };
        let end = sample.bytes.len();
        let boot = boot_sector(1024, 8, 4);
        sample.put(0, &boot);
        sample.put(end - CLUSTER, &boot);
        sample.system();
        sample.root();
        sample.files();
        sample.deleted();
        sample
    }

    pub fn put(&mut self, at: usize, what: &[u8]) {
        put(&mut self.bytes, at, what);
    }

    pub fn record_place(number: usize) -> usize {
        MFT * CLUSTER + number * RECORD
    }

    pub fn record(&mut self, number: u32, sequence: u16, flags: u16, attributes: &[Vec<u8>]) {
        self.extension(number, sequence, flags, 0, attributes);
    }

    pub fn extension(&mut self, number: u32, sequence: u16, flags: u16, base: u64, attributes: &[Vec<u8>]) {
        let bytes = record(number, sequence, flags, base, attributes);
        self.put(Self::record_place(usize::try_from(number).unwrap()), &bytes);
    }

    fn system(&mut self) {
        let records = u64::try_from(RECORDS).unwrap();
        let mft_name = file_name(root(), "$MFT", 3, 6, 0);
        let mft_runs = [(2 * records, Some(8))];
        let attributes = [resident(FILE_NAME, "", &mft_name), data(&mft_runs, 1024 * records)];
        self.record(0, 1, IN_USE, &attributes);
        let first = record(0, 1, IN_USE, 0, &attributes);
        self.put(MIRROR * CLUSTER, &first);
        self.record(3, 3, IN_USE, &[resident(VOLUME_NAME, "", &utf16("Sample"))]);
        // Clusters 0 to 399 are in use, the rest is free.
        let bitmap: Vec<u8> = (0..128).map(|byte| if byte < 50 { 0xFF } else { 0 }).collect();
        self.record(6, 6, IN_USE, &[resident(DATA, "", &bitmap)]);
    }

    fn root(&mut self) {
        let entry = |file: u64, name: &str, flags: u32, tag: u32, below: Option<u64>| {
            let key = file_name(root(), name, WINDOWS, flags, tag);
            index_entry(file, Some(&key), below)
        };
        let dir = directory_flags();
        let left = [
            entry(reference(ROOT, 5), ".", dir, 0, None),
            entry(docs(), "Docs", dir, 0, None),
            entry(reference(23, 1), "Link", dir | 0x400, 0xA000_000C, None),
            index_entry(0, None, None),
        ];
        let right = [
            entry(reference(18, 1), "split.bin", 0, 0, None),
            entry(reference(22, 1), "wof.bin", 0x400, 0x8000_0017, None),
            index_entry(0, None, None),
        ];
        let node = [
            entry(reference(21, 1), "lz.bin", 0, 0, Some(0)),
            entry(reference(17, 1), "plain.bin", 0, 0, None),
            index_entry(0, None, Some(2)),
        ];
        self.put(ROOT_BLOCKS * CLUSTER, &index_block(0, &left));
        self.put((ROOT_BLOCKS + 2) * CLUSTER, &index_block(2, &right));
        let blocks = Mapped {
            kind: INDEX_ALLOCATION,
            name: "$I30",
            flags: 0,
            unit: 0,
            first: 0,
            runs: &[(4, Some(120))],
            size: 2048,
        };
        let name = file_name(root(), ".", 3, dir, 0);
        let attributes = [
            resident(FILE_NAME, "", &name),
            index_root(&node),
            blocks.bytes(),
            resident(BITMAP, "$I30", &[3, 0, 0, 0, 0, 0, 0, 0]),
        ];
        self.record(5, 5, IN_USE | DIRECTORY, &attributes);
    }

    fn files(&mut self) {
        let dir = directory_flags();
        let name =
            |parent: u64, text: &str, flags: u32| resident(FILE_NAME, "", &file_name(parent, text, WINDOWS, flags, 0));
        let inner_long = file_name(docs(), "inner.txt", WINDOWS, 0, 0);
        let inner_short = file_name(docs(), "INNER~1.TXT", DOS, 0, 0);
        let linked = file_name(docs(), "linked.bin", WINDOWS, 0, 0);
        let docs_root = index_root(&[
            index_entry(reference(28, 2), Some(&inner_long), None),
            index_entry(reference(28, 2), Some(&inner_short), None),
            index_entry(reference(17, 1), Some(&linked), None),
            index_entry(0, None, None),
        ]);
        self.record(16, 1, IN_USE | DIRECTORY, &[name(root(), "Docs", dir), docs_root]);
        let inner = [
            resident(FILE_NAME, "", &inner_long),
            resident(FILE_NAME, "", &inner_short),
            resident(DATA, "", b"inside"),
        ];
        self.record(28, 2, IN_USE, &inner);

        self.put(200 * CLUSTER, &pattern(1, 2 * CLUSTER));
        self.put(150 * CLUSTER, &pattern(2, CLUSTER));
        let plain = [
            name(root(), "plain.bin", 0),
            resident(FILE_NAME, "", &linked),
            data(&[(2, Some(200)), (3, None), (1, Some(150))], 6 * 512 - 12),
            resident(DATA, "note", b"a second stream"),
        ];
        self.record(17, 1, IN_USE, &plain);

        self.put(210 * CLUSTER, &pattern(3, 4 * CLUSTER));
        let own = reference(18, 1);
        let list = [
            list_entry(FILE_NAME, 0, own),
            list_entry(DATA, 0, reference(19, 1)),
            list_entry(DATA, 3, reference(20, 1)),
        ]
        .concat();
        let split = [resident(ATTRIBUTE_LIST, "", &list), name(root(), "split.bin", 0)];
        self.record(18, 1, IN_USE, &split);
        let piece = |first: u64, runs: &[Run]| {
            Mapped { kind: DATA, name: "", flags: 0, unit: 0, first, runs, size: 4 * 512 }.bytes()
        };
        self.extension(19, 1, IN_USE, own, &[piece(0, &[(3, Some(210))])]);
        self.extension(20, 1, IN_USE, own, &[piece(3, &[(1, Some(213))])]);

        // 'ab', then a match of 4094 bytes at distance 2: a chunk of 4096 bytes; twice.
        let chunk = [0x04u8, 0xB0, 0x04, b'a', b'b', 0xFB, 0x1F];
        self.put(220 * CLUSTER, &[chunk, chunk].concat());
        self.put(230 * CLUSTER, &pattern(4, 16 * CLUSTER));
        let lz = Mapped {
            kind: DATA,
            name: "",
            flags: 1,
            unit: 4,
            first: 0,
            runs: &[(1, Some(220)), (15, None), (16, None), (16, Some(230))],
            size: 3 * 8192,
        };
        self.record(21, 1, IN_USE, &[name(root(), "lz.bin", 0), lz.bytes()]);

        let mut reparse = vec![0x17, 0, 0, 0x80, 16, 0, 0, 0];
        reparse.extend([1u32, 2, 1, 0].iter().flat_map(|number| number.to_le_bytes()));
        let wof = [
            name(root(), "wof.bin", 0x400),
            data(&[(1, None)], 300),
            resident(DATA, "WofCompressedData", &xpress_abc()),
            resident(REPARSE_POINT, "", &reparse),
        ];
        self.record(22, 1, IN_USE, &wof);

        let target = utf16("Docs");
        let mut link = vec![0x0C, 0, 0, 0xA0, 20, 0, 0, 0];
        link.extend([0, 0, 8, 0, 0, 0, 8, 0, 1, 0, 0, 0]);
        link.extend(target);
        let linked = [name(root(), "Link", dir | 0x400), resident(REPARSE_POINT, "", &link)];
        self.record(23, 1, IN_USE | DIRECTORY, &linked);
    }

    fn deleted(&mut self) {
        let name = |parent: u64, text: &str| resident(FILE_NAME, "", &file_name(parent, text, WINDOWS, 0, 0));
        self.record(24, 2, 0, &[name(docs(), "gone.txt"), data(&[(2, Some(500))], 600)]);
        self.record(25, 4, DIRECTORY, &[name(root(), "Old")]);
        let old = reference(25, 3);
        self.record(26, 9, 0, &[name(old, "SOFTWARE"), data(&[(4, Some(398))], 2048)]);
        self.put(398 * CLUSTER, &pattern(5, 4 * CLUSTER));
        self.record(27, 2, 0, &[name(reference(28, 7), "orphan"), resident(DATA, "", b"x")]);
    }
}
