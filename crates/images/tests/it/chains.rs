//! Chains of parents: cycles, lengths, names.

use hivekey_images::{Error, LimitName, Limits, NoSiblings, Options, ReadAt, open};

use crate::build::qcow2::{CLUSTER, Cluster, Qcow2};
use crate::build::vhd;
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
    assert_eq!(error.to_string(), "the parent \"base.qcow2\" of the image cannot be opened: there is no such file");
}
