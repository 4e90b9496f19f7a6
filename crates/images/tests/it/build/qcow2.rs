//! QCOW2 with clusters of 512 bytes: 64 entries a table.

use std::io::Write;

use flate2::{Compression, write::DeflateEncoder};

use super::{put, u32_of};
use crate::check::u64_of;

/// Bytes of a cluster.
pub const CLUSTER: usize = 512;

/// Entries of an L2 table.
const ENTRIES: usize = CLUSTER / 8;

/// A cluster of the disk.
#[derive(Clone)]
pub enum Cluster {
    Absent,
    Zeros,
    Data(Vec<u8>),
    Deflated(Vec<u8>),
}

#[derive(Default)]
pub struct Qcow2<'a> {
    pub size: usize,
    pub clusters: Vec<Cluster>,
    /// Name of the parent, and its format.
    pub backing: Option<(&'a str, Option<&'a str>)>,
    pub incompatible: u64,
    pub data_file: Option<&'a str>,
    /// Id and name of a snapshot that has the same clusters.
    pub snapshot: Option<(&'a str, &'a str)>,
}

pub fn clusters(content: &[u8]) -> Vec<Cluster> {
    let used = |cluster: &&[u8]| cluster.iter().any(|byte| *byte != 0);
    let cluster = |bytes: &[u8]| [bytes, &vec![0; CLUSTER - bytes.len()]].concat();
    content
        .chunks(CLUSTER)
        .map(|bytes| Some(bytes).filter(used).map_or(Cluster::Absent, |bytes| Cluster::Data(cluster(bytes))))
        .collect()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

impl Qcow2<'_> {
    pub fn build(&self) -> Vec<u8> {
        let mut file = vec![0; 2 * CLUSTER];
        let mut l1 = Vec::new();
        for table in self.clusters.chunks(ENTRIES) {
            let mut l2 = vec![0u64; ENTRIES];
            for (entry, cluster) in l2.iter_mut().zip(table) {
                let at = file.len();
                *entry = match cluster {
                    Cluster::Absent => 0,
                    Cluster::Zeros => 1,
                    Cluster::Data(data) => {
                        put(&mut file, at, data);
                        u64_of(at) | 1 << 63
                    }
                    Cluster::Deflated(data) => {
                        let packed = deflate(data);
                        put(&mut file, at, &packed);
                        let sectors = (packed.len() - 1) / 512;
                        file.resize(file.len().next_multiple_of(CLUSTER), 0xEE);
                        u64_of(at) | u64_of(sectors) << 61 | 1 << 62
                    }
                };
            }
            if l2.iter().all(|entry| *entry == 0) {
                l1.push(0);
                continue;
            }
            let at = file.len();
            put(&mut file, at, &l2.iter().flat_map(|entry| entry.to_be_bytes()).collect::<Vec<_>>());
            l1.push(u64_of(at) | 1 << 63);
        }
        let l1_at = file.len();
        file.extend(l1.iter().flat_map(|entry| entry.to_be_bytes()));
        file.resize(file.len().next_multiple_of(CLUSTER), 0);
        let snapshots_at = file.len();
        if let Some((id, name)) = self.snapshot {
            put(&mut file, snapshots_at, &u64_of(l1_at).to_be_bytes());
            put(&mut file, snapshots_at + 8, &u32_of(l1.len()).to_be_bytes());
            put(&mut file, snapshots_at + 12, &u16::try_from(id.len()).unwrap().to_be_bytes());
            put(&mut file, snapshots_at + 14, &u16::try_from(name.len()).unwrap().to_be_bytes());
            put(&mut file, snapshots_at + 16, &1_600_000_000u32.to_be_bytes());
            put(&mut file, snapshots_at + 36, &16u32.to_be_bytes());
            put(&mut file, snapshots_at + 48, &u64_of(self.size).to_be_bytes());
            put(&mut file, snapshots_at + 56, id.as_bytes());
            put(&mut file, snapshots_at + 56 + id.len(), name.as_bytes());
        }
        // A table without reference counts, which reading does not need, but QEMU wants to see.
        let refcounts_at = file.len().next_multiple_of(CLUSTER);
        file.resize(refcounts_at + CLUSTER, 0);
        put(&mut file, 48, &u64_of(refcounts_at).to_be_bytes());
        put(&mut file, 56, &1u32.to_be_bytes());
        put(&mut file, 0, b"QFI\xFB");
        put(&mut file, 4, &3u32.to_be_bytes());
        put(&mut file, 20, &9u32.to_be_bytes());
        put(&mut file, 24, &u64_of(self.size).to_be_bytes());
        put(&mut file, 36, &u32_of(l1.len()).to_be_bytes());
        put(&mut file, 40, &u64_of(l1_at).to_be_bytes());
        put(&mut file, 60, &u32::from(self.snapshot.is_some()).to_be_bytes());
        put(&mut file, 64, &u64_of(snapshots_at).to_be_bytes());
        put(&mut file, 72, &self.incompatible.to_be_bytes());
        put(&mut file, 96, &4u32.to_be_bytes());
        put(&mut file, 100, &104u32.to_be_bytes());
        let mut at = 104;
        let mut extension = |kind: u32, text: &str| {
            put(&mut file, at, &kind.to_be_bytes());
            put(&mut file, at + 4, &u32_of(text.len()).to_be_bytes());
            put(&mut file, at + 8, text.as_bytes());
            at += 8 + text.len().next_multiple_of(8);
        };
        if let Some((_, Some(format))) = self.backing {
            extension(0xE279_2ACA, format);
        }
        if let Some(name) = self.data_file {
            extension(0x4441_5441, name);
        }
        if let Some((name, _)) = self.backing {
            put(&mut file, CLUSTER - 128, name.as_bytes());
            put(&mut file, 8, &u64_of(CLUSTER - 128).to_be_bytes());
            put(&mut file, 16, &u32_of(name.len()).to_be_bytes());
        }
        file
    }
}
