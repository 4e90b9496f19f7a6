//! QCOW2 images built by hand.

use hivekey_images::{Anomaly, Error, Kind, Options, ReadAt, Role};

use crate::build::put;
use crate::build::qcow2::{CLUSTER, Cluster, Qcow2, clusters};
use crate::check::{assert_holds, content, u64_of};
use crate::folder::Folder;

fn one(image: Vec<u8>) -> Folder {
    Folder::of([("disk.qcow2", image)])
}

#[test]
fn clusters_of_every_kind() {
    let mut bytes = content(300 * CLUSTER + 100, 1);
    let mut list = clusters(&bytes);
    for (index, cluster) in list.iter_mut().enumerate() {
        let Cluster::Data(data) = cluster.clone() else { continue };
        match index % 4 {
            0 => *cluster = Cluster::Deflated(data),
            1 => {
                *cluster = Cluster::Zeros;
                let end = (index * CLUSTER + CLUSTER).min(bytes.len());
                bytes[index * CLUSTER..end].fill(0);
            }
            _ => {}
        }
    }
    let disk = one(Qcow2 { size: bytes.len(), clusters: list, ..Qcow2::default() }.build()).open("disk.qcow2").unwrap();
    assert_eq!((disk.kind(), disk.anomalies()), (Kind::Qcow2, vec![]));
    assert_holds(&disk, &bytes, "QCOW2");
}

#[test]
fn an_overlay_of_a_raw_file_that_looks_like_an_image() {
    // What the guest writes to its disk must not make it another format.
    let inner = Qcow2 { size: 4096, backing: Some(("/etc/shadow", None)), ..Qcow2::default() }.build();
    let base = [inner, content(100 * CLUSTER, 2)].concat();
    let mut list = vec![Cluster::Absent; base.len().div_ceil(CLUSTER)];
    list[5] = Cluster::Data(vec![7; CLUSTER]);
    list[6] = Cluster::Zeros;
    let overlay =
        Qcow2 { size: base.len(), clusters: list, backing: Some(("base.raw", Some("raw"))), ..Qcow2::default() };
    let folder = Folder::of([("disk.qcow2", overlay.build()), ("base.raw", base.clone())]);
    let mut expected = base;
    expected[5 * CLUSTER..6 * CLUSTER].fill(7);
    expected[6 * CLUSTER..7 * CLUSTER].fill(0);
    let disk = folder.open("disk.qcow2").unwrap();
    assert_eq!(disk.parents(), ["base.raw"]);
    assert_holds(&disk, &expected, "overlay");
}

#[test]
fn parents_outside_of_the_folder_are_refused() {
    for (name, is_refused) in [("/etc/shadow", true), ("../../etc/shadow", true), ("gone.qcow2", false)] {
        let image = Qcow2 { size: 4096, backing: Some((name, None)), ..Qcow2::default() }.build();
        let Error::MissingSibling { role: Role::Parent, name: stated, reason, .. } =
            one(image).open("disk.qcow2").unwrap_err()
        else {
            panic!("{name}");
        };
        assert_eq!(stated, name);
        assert_eq!(reason.to_string().contains("outside"), is_refused);
    }
    for name in ["json:{\"file\":\"x\"}", "nbd://host/x", "ssh:x"] {
        let image = Qcow2 { size: 4096, backing: Some((name, None)), ..Qcow2::default() }.build();
        let error = one(image).open("disk.qcow2").unwrap_err();
        assert!(
            matches!(error, Error::Unsupported { .. }) && error.to_string().contains(&format!("{name:?}")),
            "{error}"
        );
    }
    let image = Qcow2 { size: 4096, backing: Some(("x", Some("luks"))), ..Qcow2::default() }.build();
    assert!(matches!(one(image).open("disk.qcow2").unwrap_err(), Error::Unsupported { .. }));
}

#[test]
fn an_external_data_file() {
    // The entry points to the same place in the data file; the first cluster lies at offset 0 there.
    let bytes = content(8 * CLUSTER, 3);
    let mut image = Qcow2 {
        size: bytes.len(),
        clusters: vec![Cluster::Data(vec![0; CLUSTER]); 8],
        incompatible: 4,
        data_file: Some("disk.data"),
        ..Qcow2::default()
    }
    .build();
    let l1 = usize::try_from(u64::from_be_bytes(image[40..48].try_into().unwrap())).unwrap();
    let l2 = u64::from_be_bytes(image[l1..l1 + 8].try_into().unwrap()) & !(1 << 63);
    for index in 0..8 {
        let entry = u64_of(index * CLUSTER) | 1 << 63;
        put(&mut image, usize::try_from(l2).unwrap() + index * 8, &entry.to_be_bytes());
    }
    let mut folder = Folder::of([("disk.qcow2", image), ("disk.data", bytes.clone())]);
    assert_holds(&folder.open("disk.qcow2").unwrap(), &bytes, "external data");
    folder.remove("disk.data");
    assert!(matches!(folder.open("disk.qcow2").unwrap_err(), Error::MissingSibling { role: Role::DataFile, .. }));
}

#[test]
fn snapshots_by_name_or_id() {
    let bytes = content(70 * CLUSTER, 4);
    let image = Qcow2 {
        size: bytes.len(),
        clusters: clusters(&bytes),
        snapshot: Some(("1", "before update")),
        ..Qcow2::default()
    };
    let mut image = image.build();
    // The current state has nothing.
    put(&mut image, 36, &0u32.to_be_bytes());
    let folder = one(image);
    let disk = folder.open("disk.qcow2").unwrap();
    assert_holds(&disk, &vec![0; bytes.len()], "current state");
    let [snapshot] = disk.snapshots() else { panic!("one snapshot") };
    assert_eq!(
        (snapshot.id.as_str(), snapshot.name.as_str(), snapshot.unix_seconds),
        ("1", "before update", 1_600_000_000)
    );
    for name in ["1", "before update"] {
        let disk = folder.open_with("disk.qcow2", &Options::default().with_snapshot(name)).unwrap();
        assert_holds(&disk, &bytes, "snapshot");
    }
    let error = folder.open_with("disk.qcow2", &Options::default().with_snapshot("x")).unwrap_err();
    assert!(matches!(error, Error::NoSnapshot { .. }));
}

#[test]
fn headers_at_their_edges() {
    let bytes = content(70 * CLUSTER, 5);
    let image = Qcow2 { size: bytes.len(), clusters: clusters(&bytes), ..Qcow2::default() }.build();
    let changed = |at: usize, value: &[u8]| {
        let mut image = image.clone();
        put(&mut image, at, value);
        one(image).open("disk.qcow2")
    };
    for bits in [0u32, 8, 22, 64, u32::MAX] {
        assert!(changed(20, &bits.to_be_bytes()).unwrap_err().to_string().contains("cluster bits"));
    }
    for version in [0u32, 4, u32::MAX] {
        assert!(changed(4, &version.to_be_bytes()).unwrap_err().to_string().contains("version"));
    }
    assert!(matches!(changed(4, &1u32.to_be_bytes()).unwrap_err(), Error::Unsupported { .. }));
    assert!(matches!(changed(32, &1u32.to_be_bytes()).unwrap_err(), Error::Unsupported { .. }));
    assert!(matches!(changed(72, &(1u64 << 40).to_be_bytes()).unwrap_err(), Error::Unsupported { .. }));
    assert!(matches!(changed(24, &u64::MAX.to_be_bytes()).unwrap_err(), Error::Limit { .. }));
    assert!(changed(60, &u32::MAX.to_be_bytes()).unwrap_err().to_string().contains("snapshots"));
    assert_eq!(changed(72, &1u64.to_be_bytes()).unwrap().anomalies(), [Anomaly::NotClosed]);
    assert_eq!(changed(72, &2u64.to_be_bytes()).unwrap().anomalies(), [Anomaly::MarkedCorrupt]);
    // An L1 table outside of the file; one that is too short leaves zeros, as nothing was written there.
    assert!(changed(40, &u64::MAX.to_be_bytes()).unwrap().read_into(0, &mut [0; 9]).is_err());
    assert!(changed(36, &0u32.to_be_bytes()).unwrap().read_into(0, &mut [0; 9]).is_ok());
    // Entries that lead out of the file.
    let l1 = usize::try_from(u64::from_be_bytes(image[40..48].try_into().unwrap())).unwrap();
    for entry in [u64::MAX, 1 << 55] {
        let disk = changed(l1, &entry.to_be_bytes()).unwrap();
        assert!(disk.read_into(0, &mut [0; 9]).is_err(), "{entry:#x}");
        assert!(disk.read_into(u64_of(64 * CLUSTER), &mut [0; 9]).is_ok());
    }
}

#[test]
fn a_table_that_is_its_own_data_ends() {
    // The L1 table leads to itself, and so do the clusters.
    let bytes = content(64 * CLUSTER, 6);
    let mut image = Qcow2 { size: bytes.len(), clusters: clusters(&bytes), ..Qcow2::default() }.build();
    let l1 = usize::try_from(u64::from_be_bytes(image[40..48].try_into().unwrap())).unwrap();
    put(&mut image, l1, &u64_of(l1).to_be_bytes());
    let disk = one(image).open("disk.qcow2").unwrap();
    let mut buf = vec![0; CLUSTER];
    disk.read_into(0, &mut buf).unwrap();
    assert_eq!(buf[..8], u64_of(l1).to_be_bytes());
}
