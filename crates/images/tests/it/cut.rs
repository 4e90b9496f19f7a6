//! Images that are cut off: said on opening, by a look at few pages of their tables, whatever is read of them then.

use hivekey_images::{Anomaly, Disk, ReadAt};

use crate::build::qcow2::{CLUSTER, Cluster, Qcow2};
use crate::build::vdi::{self, Vdi};
use crate::build::vhd;
use crate::build::vhdx::{self, MIB, Vhdx};
use crate::check::{content, usize_of};
use crate::folder::Folder;

/// How many bytes the image is said to lack.
pub fn lack(disk: &Disk) -> Option<u64> {
    disk.anomalies().iter().find_map(|note| match note {
        Anomaly::CutOff { needed, available, .. } => Some(needed - available),
        _ => None,
    })
}

fn full(len: usize) -> Vec<u8> {
    content(len, 1).iter().map(|byte| byte | 1).collect()
}

#[test]
fn a_cut_is_noted_on_opening() {
    let bytes = full(40 * 4096);
    // The image, and what of its end the disk does not need.
    let images = [
        ("x.vhd", vhd::dynamic(&bytes, 1), 512),
        (
            "x.vdi",
            Vdi { kind: 1, size: bytes.len(), ids: [1, 2, 0, 0], extra: 512, blocks: vdi::blocks(&bytes) }.build(),
            0,
        ),
        ("x.hds", vdi::parallels(&bytes, false), 0),
        ("y.hds", vdi::parallels(&bytes, true), 0),
        (
            "x.vhdx",
            {
                let block = |bytes: &[u8]| vhdx::Block::Full([bytes, &vec![1; MIB - bytes.len()]].concat());
                let blocks = vec![block(&bytes), block(&bytes[..4096])];
                Vhdx { size: 2 * MIB, sector: 512, id: 1, parent: None, blocks, bitmap: None }.build()
            },
            0,
        ),
    ];
    for (name, image, spare) in images {
        let opened = |len: usize| Folder::of([(name, image[..len].to_vec())]).open(name).unwrap();
        let whole = image.len() - spare;
        assert_eq!(lack(&opened(image.len())), None, "{name}");
        assert_eq!(lack(&opened(whole)), None, "{name}");
        for gone in [1u64, 700, 5000] {
            let disk = opened(whole - usize::try_from(gone).unwrap());
            assert_eq!(lack(&disk), Some(gone), "{name}");
            // One of them lies first in the file.
            let ends = [0, disk.virtual_size() - 512];
            assert!(ends.iter().any(|at| disk.read_into(*at, &mut [0; 512]).is_ok()), "{name}");
        }
    }
}

#[test]
fn a_look_at_the_tables_is_bounded() {
    // A table of 2 MiB, and a block behind the file in the entry after those that are looked at, and in the last of these.
    let blocks: u64 = 1 << 19;
    let mut image = vdi::parallels(&[0; 4096], true);
    image.resize(64 + usize::try_from(blocks).unwrap() * 4, 0);
    image[32..36].copy_from_slice(&u32::try_from(blocks).unwrap().to_le_bytes());
    image[36..44].copy_from_slice(&(blocks * 8).to_le_bytes());
    let with = |entry: usize| {
        let mut image = image.clone();
        image[64 + entry * 4..][..4].copy_from_slice(&[0xFF; 4]);
        let folder = Folder::of([("x.hds", image)]);
        (lack(&folder.open("x.hds").unwrap()).is_some(), folder.bytes_read())
    };
    let last = (16 * 4096 - 64) / 4 - 1;
    for (entry, is_seen) in [(0, true), (last, true), (last + 1, false)] {
        let (seen, read) = with(entry);
        assert_eq!(seen, is_seen, "{entry}");
        assert!(read < 80 << 10, "{read}");
    }
}

#[test]
fn a_table_that_is_cut_off_is_noted() {
    let clusters = vec![Cluster::Data(vec![7; CLUSTER]); 200];
    let image = Qcow2 { size: 200 * CLUSTER, clusters, ..Qcow2::default() }.build();
    let l1 = usize_of(u64::from_be_bytes(image[40..48].try_into().unwrap()));
    let disk = Folder::of([("x.qcow2", image[..l1].to_vec())]).open("x.qcow2").unwrap();
    assert!(lack(&disk).is_some());
    let error = disk.read_into(0, &mut [0; 512]).unwrap_err();
    assert!(error.to_string().ends_with("needs 8 bytes, has 0"), "{error}");
}
