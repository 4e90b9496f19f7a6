//! Chains of parents: cycles, lengths, names.

use hivekey_images::{Error, LimitName, Limits, NoSiblings, Options, ReadAt, Role, open};

use crate::build::qcow2::{CLUSTER, Cluster, Qcow2};
use crate::build::vhdx::{Block, Vhdx};
use crate::build::{vdi, vhd, vmdk};
use crate::check::{assert_holds, content};
use crate::folder::Folder;

fn link(name: &str) -> Vec<u8> {
    Qcow2 { size: 4096, clusters: vec![Cluster::Absent; 8], backing: Some((name, Some("qcow2"))), ..Qcow2::default() }
        .build()
}

#[test]
fn cycles_end() {
    let folder = Folder::of([
        ("self.qcow2", link("self.qcow2")),
        ("a.qcow2", link("./b.qcow2")),
        ("b.qcow2", link("x/../a.qcow2")),
    ]);
    for name in ["self.qcow2", "a.qcow2", "b.qcow2"] {
        let error = folder.open(name).unwrap_err();
        assert!(matches!(error, Error::Cycle { .. }), "{error}");
    }
}

#[test]
fn long_chains_are_refused() {
    let mut folder = Folder::default();
    for index in 0..200 {
        folder.add(&format!("{index}.qcow2"), link(&format!("{}.qcow2", index + 1)));
    }
    folder.add(
        "200.qcow2",
        Qcow2 { size: 4096, clusters: vec![Cluster::Data(vec![3; CLUSTER]); 8], ..Qcow2::default() }.build(),
    );
    let error = folder.open("0.qcow2").unwrap_err();
    assert!(matches!(error, Error::Limit { limit: LimitName::Chain, .. }), "{error}");
    assert_holds(&folder.open("137.qcow2").unwrap(), &[3; 4096], "64 images");
    let mut limits = Limits::DEFAULT;
    limits.chain = 500;
    assert_holds(
        &folder.open_with("0.qcow2", &Options::default().with_limits(limits)).unwrap(),
        &[3; 4096],
        "201 images",
    );
}

#[test]
fn the_right_parent_is_taken_among_those_of_the_name() {
    // The file beside the child is another disk; the one in the folder that the child names is right.
    let parent = content(4 * vhd::BLOCK, 1);
    let child = vhd::differencing(parent.len(), 2, (1, "..\\base.vhd"), &[None, None, None, None]);
    let folder = Folder::of([
        ("s/child.vhd", child),
        ("s/base.vhd", vhd::fixed(&content(4 * vhd::BLOCK, 2), 9)),
        ("base.vhd", vhd::fixed(&parent, 1)),
    ]);
    let disk = folder.open("s/child.vhd").unwrap();
    assert_eq!(disk.parents(), ["base.vhd"]);
    assert_holds(&disk, &parent, "right parent");
    // And the other way round: the wrong one is met first.
    let child = vhd::differencing(parent.len(), 2, (9, "..\\base.vhd"), &[None, None, None, None]);
    let mut folder = folder;
    folder.add("s/child.vhd", child);
    assert_eq!(folder.open("s/child.vhd").unwrap().parents(), ["s/base.vhd"]);
}

#[test]
fn without_siblings_a_child_is_refused() {
    let child: Box<dyn ReadAt> = Box::new(link("base.qcow2"));
    let error = open("child.qcow2", child, &NoSiblings, &Options::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the parent \"base.qcow2\" of the image cannot be opened: there is no such file; put it beside the image"
    );
}

#[test]
fn a_renamed_parent_is_found_by_its_identity_alone() {
    let size = 4 * vhd::BLOCK;
    let (base, other) = (content(size, 3), content(size, 4));
    let grains = |bytes: &[u8]| vmdk::grains(bytes);
    let line = format!("RW {} SPARSE \"x\"", size / 512);
    let disk = |id: u32, bytes: &[u8]| {
        vmdk::sparse(size, &grains(bytes), &vmdk::descriptor(id, None, "monolithicSparse", &line))
    };
    let delta = |id: u32| {
        let text = vmdk::descriptor(2, Some((id, "base.vmdk")), "monolithicSparse", &line);
        vmdk::sparse(size, &grains(&vec![0; size]), &text)
    };
    let vhdx = |id: u8, parent, bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes.resize(1 << 20, 0);
        let blocks = match parent {
            None => vec![Block::Full(bytes)],
            Some(_) => vec![Block::State(0)],
        };
        Vhdx { size, sector: 512, id, parent, blocks, bitmap: None }.build()
    };
    let differencing = || vhd::differencing(size, 2, (1, "base.vhd"), &[None, None, None, None]);
    let folder = Folder::of([
        ("vm/s/child.avhd", differencing()),
        ("vm/s/a.vhd", vhd::fixed(&other, 9)),
        ("vm/Renamed.VHD", vhd::fixed(&base, 1)),
        ("vm/s/child.avhdx", vhdx(2, Some((1, ".\\base.vhdx")), &[])),
        ("vm/s/a.vhdx", vhdx(9, None, &other)),
        ("vm/s/renamed.vhdx", vhdx(1, None, &base)),
        ("vm/s/child.vmdk", delta(7)),
        ("vm/s/a.vmdk", disk(9, &other)),
        ("vm/s/flat.vmdk", vec![b'#'; 100]),
        ("vm/renamed.vmdk", disk(7, &base)),
    ]);
    for (child, parent) in [
        ("vm/s/child.avhd", "vm/Renamed.VHD"),
        ("vm/s/child.avhdx", "vm/s/renamed.vhdx"),
        ("vm/s/child.vmdk", "vm/renamed.vmdk"),
    ] {
        let disk = folder.open(child).unwrap();
        assert_eq!((disk.parents(), disk.files().len()), (vec![parent], 1));
        assert_eq!(disk.anomalies(), [], "{child}");
        assert_holds(&disk, &base, child);
        // Without it, no other image is taken.
        let mut without = folder.clone();
        without.remove(parent);
        let error = without.open(child).unwrap_err();
        assert!(matches!(error, Error::MissingSibling { role: Role::Parent, .. }), "{child}: {error}");
        assert!(error.to_string().contains("and no image nearby has its identity"), "{error}");
    }
    // Many disks have the content id of one that was never written: it tells nothing.
    let folder = Folder::of([("child.vmdk", delta(0xFFFF_FFFE)), ("renamed.vmdk", disk(0xFFFF_FFFE, &base))]);
    assert!(matches!(folder.open("child.vmdk").unwrap_err(), Error::MissingSibling { .. }));
}

#[test]
fn what_is_missing_is_said_with_what_to_do() {
    let size = 4 * vhd::BLOCK;
    let child = vhd::differencing(size, 2, (1, "..\\up\\base.vhd"), &[None, None, None, None]);
    let folder = Folder::of([
        ("child.vhd", child),
        ("child.vdi", vdi::Vdi { kind: 4, size, ids: [3, 4, 1, 2], extra: 0, blocks: vec![] }.build()),
        ("child.qcow2", link("/srv/base.qcow2")),
    ]);
    for (name, message) in [
        (
            "child.vhd",
            "the parent \".\\\\..\\\\up\\\\base.vhd\" of the image cannot be opened: it lies outside of the folders that may be \
             read, and no image nearby has its identity 01010101-0101-0101-0101-010101010101; put it beside the image, or \
             allow its folder",
        ),
        (
            "child.vdi",
            "the parent of the image, known by its identity 01010101-0101-0101-0101-010101010101 only, is not among the \
             images nearby; put it beside the image",
        ),
        (
            "child.qcow2",
            "the parent \"/srv/base.qcow2\" of the image cannot be opened: it lies outside of the folders that may be read; \
             put it beside the image, or allow its folder",
        ),
    ] {
        assert_eq!(folder.open(name).unwrap_err().to_string(), message);
    }
}
