//! Images written by the tools that are used for them: QEMU, libewf, partclone, ntfsclone. Tests that need a tool which is not
//! installed say so and pass.

use std::path::Path;
use std::process::{Command, Stdio};

use hivekey_images::{Anomaly, Error, HashCheck, Kind, Options, ReadAt};

use crate::build::ewf::sections;
use crate::build::{qcow2, vdi, vhd, vmdk};
use crate::check::{Numbers, assert_holds, content, read_all, u64_of};
use crate::cut::lack;
use crate::folder::{Folder, OnDisk};
use crate::vhdx::with_log;

const MIB: usize = 1 << 20;

fn command(tool: &str) -> Command {
    let mut command = Command::new(tool);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn has(tool: &str, argument: &str) -> bool {
    let is_there = command(tool).arg(argument).status().is_ok();
    if !is_there {
        println!("skipped: {tool} absent");
    }
    is_there
}

fn run(folder: &Path, tool: &str, arguments: &str) {
    let status = command(tool).args(arguments.split_ascii_whitespace()).current_dir(folder).status().unwrap();
    assert!(status.success(), "{tool} {arguments}");
}

/// A folder with a disk in it, as `disk.raw`.
fn folder_with(disk: &[u8]) -> (tempfile::TempDir, OnDisk) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("disk.raw"), disk).unwrap();
    let on_disk = OnDisk(folder.path().to_owned());
    (folder, on_disk)
}

/// Format, options, name, and the kind that it is.
const SUBFORMATS: &[(&str, &str, &str, Kind)] = &[
    ("vpc", "-o subformat=fixed,force_size=on", "fixed.vhd", Kind::Vhd),
    ("vpc", "-o subformat=dynamic,force_size=on", "dynamic.vhd", Kind::Vhd),
    ("vhdx", "-o subformat=fixed", "fixed.vhdx", Kind::Vhdx),
    ("vhdx", "-o subformat=dynamic,block_size=1M", "dynamic.vhdx", Kind::Vhdx),
    ("vmdk", "-o subformat=monolithicSparse", "sparse.vmdk", Kind::Vmdk),
    ("vmdk", "-o subformat=monolithicFlat", "flat.vmdk", Kind::Vmdk),
    ("vmdk", "-o subformat=twoGbMaxExtentSparse", "two-sparse.vmdk", Kind::Vmdk),
    ("vmdk", "-o subformat=twoGbMaxExtentFlat", "two-flat.vmdk", Kind::Vmdk),
    ("vmdk", "-o subformat=streamOptimized", "stream.vmdk", Kind::Vmdk),
    ("qcow2", "-o compat=0.10", "v2.qcow2", Kind::Qcow2),
    ("qcow2", "-o compat=1.1", "v3.qcow2", Kind::Qcow2),
    ("qcow2", "-o cluster_size=512", "512.qcow2", Kind::Qcow2),
    ("qcow2", "-o cluster_size=4k", "4k.qcow2", Kind::Qcow2),
    ("qcow2", "-o cluster_size=2M", "2M.qcow2", Kind::Qcow2),
    ("qcow2", "-c", "zlib.qcow2", Kind::Qcow2),
    ("qcow2", "-c -o cluster_size=512", "zlib-512.qcow2", Kind::Qcow2),
    ("qcow2", "-c -o compression_type=zstd", "zstd.qcow2", Kind::Qcow2),
    ("qcow2", "-c -o compression_type=zstd,cluster_size=2M", "zstd-2M.qcow2", Kind::Qcow2),
    ("qcow2", "-o extended_l2=on,cluster_size=128k", "extended.qcow2", Kind::Qcow2),
    ("qcow2", "-c -o extended_l2=on", "extended-zlib.qcow2", Kind::Qcow2),
    ("qcow2", "-o data_file=external.data", "external.qcow2", Kind::Qcow2),
    ("qcow2", "-o data_file=raw.data,data_file_raw=on", "raw-data.qcow2", Kind::Qcow2),
    ("vdi", "", "dynamic.vdi", Kind::Vdi),
    ("vdi", "-o static=on", "static.vdi", Kind::Vdi),
    ("parallels", "", "disk.hds", Kind::Parallels),
];

#[test]
fn every_subformat_of_qemu() {
    if !has("qemu-img", "--version") {
        return;
    }
    let disk = content(5 * MIB, 1);
    let (_guard, folder) = folder_with(&disk);
    for (format, options, name, kind) in SUBFORMATS {
        run(&folder.0, "qemu-img", &format!("convert -q -f raw -O {format} {options} disk.raw {name}"));
        let image = folder.open(name).unwrap();
        assert_eq!((image.kind(), image.anomalies()), (*kind, vec![]), "{name}");
        assert_holds(&image, &disk, name);
    }
}

/// Images of QEMU, and the file that is cut off, if it is another.
const CUT: &[(&str, &str, &str, &str)] = &[
    ("vpc", "-o subformat=dynamic,force_size=on", "dynamic.vhd", "dynamic.vhd"),
    ("vhdx", "-o subformat=fixed", "fixed.vhdx", "fixed.vhdx"),
    ("vhdx", "-o subformat=dynamic,block_size=1M", "dynamic.vhdx", "dynamic.vhdx"),
    ("vmdk", "-o subformat=monolithicSparse", "sparse.vmdk", "sparse.vmdk"),
    ("vmdk", "-o subformat=monolithicFlat", "flat.vmdk", "flat-flat.vmdk"),
    ("vmdk", "-o subformat=twoGbMaxExtentSparse", "two.vmdk", "two-s001.vmdk"),
    ("qcow2", "-o compat=0.10", "v2.qcow2", "v2.qcow2"),
    ("qcow2", "-c", "zlib.qcow2", "zlib.qcow2"),
    ("qcow2", "-o cluster_size=4k", "4k.qcow2", "4k.qcow2"),
    ("qcow2", "-o extended_l2=on,cluster_size=128k", "extended.qcow2", "extended.qcow2"),
    ("qcow2", "-o data_file=external.data", "external.qcow2", "external.data"),
    ("qcow2", "-o data_file=raw.data,data_file_raw=on", "raw-data.qcow2", "raw.data"),
    ("vdi", "", "dynamic.vdi", "dynamic.vdi"),
    ("vdi", "-o static=on", "static.vdi", "static.vdi"),
    ("parallels", "", "disk.hds", "disk.hds"),
];

#[test]
fn images_of_qemu_that_are_cut_off() {
    if !has("qemu-img", "--version") {
        return;
    }
    let disk = content(6 * MIB, 6);
    let (_guard, folder) = folder_with(&disk);
    for (format, options, name, cut) in CUT {
        run(&folder.0, "qemu-img", &format!("convert -q -f raw -O {format} {options} disk.raw {name}"));
        let len = std::fs::metadata(folder.path(cut)).unwrap().len();
        let file = std::fs::File::options().write(true).open(folder.path(cut)).unwrap();
        for left in [len * 9 / 10, len * 2 / 3] {
            file.set_len(left).unwrap();
            let image = folder.open(name).unwrap();
            assert!(lack(&image).is_some(), "{name} with {left} of {len} bytes: {:?}", image.anomalies());
        }
    }
}

#[test]
fn overlays_and_snapshots_of_qemu() {
    if !has("qemu-img", "--version") || !has("qemu-io", "--version") {
        return;
    }
    let disk = content(5 * MIB, 2);
    let (_guard, folder) = folder_with(&disk);
    let qemu = |arguments: &str| run(&folder.0, "qemu-img", arguments);
    let write = |format: &str, commands: &[&str], name: &str| {
        let mut qemu_io = command("qemu-io");
        qemu_io.args(["-f", format]).args(commands.iter().flat_map(|text| ["-c", text])).arg(name);
        assert!(qemu_io.current_dir(&folder.0).status().unwrap().success());
    };
    qemu("convert -q -f raw -O qcow2 -c disk.raw base.qcow2");
    qemu("create -q -f qcow2 -b base.qcow2 -F qcow2 middle.qcow2");
    write("qcow2", &["write -P 165 1M 300k", "write -z 2M 100k", "write -P 7 1234567 777"], "middle.qcow2");
    qemu("create -q -f qcow2 -o extended_l2=on -b middle.qcow2 -F qcow2 top.qcow2 6M");
    write(
        "qcow2",
        &["write -P 166 1100k 30k", "write -z 2100k 10k", "discard 3M 1M", "write -P 9 5900k 7k"],
        "top.qcow2",
    );
    qemu("convert -q -f raw -O vmdk disk.raw base.vmdk");
    qemu("create -q -f vmdk -b base.vmdk -F vmdk delta.vmdk");
    write("vmdk", &["write -P 119 1M 1M", "write -P 1 3M 64k"], "delta.vmdk");
    for (name, parents) in [("top.qcow2", 2), ("delta.vmdk", 1)] {
        qemu(&format!("convert -q -O raw {name} expected.raw"));
        let image = folder.open(name).unwrap();
        assert_eq!(image.parents().len(), parents);
        assert_holds(&image, &folder.read("expected.raw"), name);
    }
    // The snapshot keeps what the disk held before it was written again.
    qemu("convert -q -f raw -O qcow2 disk.raw kept.qcow2");
    qemu("snapshot -c before kept.qcow2");
    write("qcow2", &["write -P 200 0 2M"], "kept.qcow2");
    let now = folder.open("kept.qcow2").unwrap();
    let mut expected = disk.clone();
    expected[..2 * MIB].fill(200);
    assert_holds(&now, &expected, "current state");
    assert_eq!(now.snapshots()[0].name, "before");
    qemu("snapshot -c second kept.qcow2");
    write("qcow2", &["write -P 201 1M 3M", "discard 4M 512k"], "kept.qcow2");
    for (name, id) in [("before", "1"), ("second", "2")] {
        qemu(&format!("convert -q -O raw -l snapshot.name={name} kept.qcow2 expected.raw"));
        let expected = folder.read("expected.raw");
        assert_eq!(name == "before", expected == disk);
        for wanted in [name, id] {
            let image = folder.open_with("kept.qcow2", &Options::default().with_snapshot(wanted)).unwrap();
            assert_holds(&image, &expected, wanted);
        }
    }
    // What has no snapshots has not this one.
    let wanted = Options::default().with_snapshot("before");
    for name in ["disk.raw", "base.vmdk", "top.qcow2"] {
        let error = folder.open_with(name, &wanted).unwrap_err();
        assert!(matches!(&error, Error::NoSnapshot { name } if name == "before"), "{error}");
    }
}

/// QEMU reads the images that these tests build by hand, and finds the same in them.
#[test]
fn qemu_agrees_on_images_built_by_hand() {
    if !has("qemu-img", "--version") {
        return;
    }
    let disk = content(2 * MIB, 3);
    let (_guard, folder) = folder_with(&disk);
    let size = disk.len();
    let line = |name: &str, kind: &str| format!("RW {} {kind} \"{name}\"", size / 512);
    let grains = vmdk::grains(&disk);
    let sparse = vmdk::descriptor(1, None, "monolithicSparse", &line("sparse.vmdk", "SPARSE"));
    let stream = vmdk::descriptor(1, None, "streamOptimized", &line("stream.vmdk", "SPARSE"));
    let esx = vmdk::descriptor(1, None, "vmfsSparse", &line("esx-delta.vmdk", "VMFSSPARSE"));
    let mut clusters = qcow2::clusters(&disk);
    for cluster in clusters.iter_mut().step_by(3) {
        if let qcow2::Cluster::Data(data) = cluster.clone() {
            *cluster = qcow2::Cluster::Deflated(data);
        }
    }
    let vdi = vdi::Vdi { kind: 1, size, ids: [1, 2, 0, 0], extra: 0, blocks: vdi::blocks(&disk) };
    let images: Vec<(&str, &str, Vec<u8>)> = vec![
        ("fixed.vhd", "vpc", vhd::fixed(&disk, 1)),
        ("dynamic.vhd", "vpc", vhd::dynamic(&disk, 1)),
        ("sparse.vmdk", "vmdk", vmdk::sparse(size, &grains, &sparse)),
        ("stream.vmdk", "vmdk", vmdk::stream(size, &grains, &stream)),
        ("esx-delta.vmdk", "", vmdk::cowd(size, &grains)),
        ("esx.vmdk", "vmdk", esx.into_bytes()),
        ("disk.qcow2", "qcow2", qcow2::Qcow2 { size, clusters, ..qcow2::Qcow2::default() }.build()),
        ("old.hds", "parallels", vdi::parallels(&disk, false)),
        ("new.hds", "parallels", vdi::parallels(&disk, true)),
    ];
    // QEMU reads only VDIs whose blocks have 1 MiB.
    assert!(!vdi.build().is_empty());
    for (name, _, bytes) in &images {
        std::fs::write(folder.path(name), bytes).unwrap();
    }
    for (name, format, _) in images.iter().filter(|(_, format, _)| !format.is_empty()) {
        run(&folder.0, "qemu-img", &format!("convert -q -f {format} -O raw {name} expected.raw"));
        assert!(folder.read("expected.raw").starts_with(&disk), "{name}");
        assert_holds(&folder.open(name).unwrap(), &disk, name);
    }
}

#[test]
fn qemu_applies_the_same_log() {
    if !has("qemu-img", "--version") {
        return;
    }
    // QEMU does not look at the tails of entries, so that it goes wrong on rings that wrap around, and on orphans.
    let (image, expected) = with_log(0, false);
    let (_guard, folder) = folder_with(&[]);
    std::fs::write(folder.path("dirty.vhdx"), image).unwrap();
    let dirty = folder.open("dirty.vhdx").unwrap();
    assert_eq!(dirty.anomalies(), [Anomaly::LogReplayed { entries: 2 }]);
    assert_holds(&dirty, &expected, "dirty");
    run(&folder.0, "qemu-img", "check -q -r all -f vhdx dirty.vhdx");
    run(&folder.0, "qemu-img", "convert -q -f vhdx -O raw dirty.vhdx expected.raw");
    assert!(folder.read("expected.raw") == expected);
    assert_eq!(folder.open("dirty.vhdx").unwrap().anomalies(), []);
}

/// Format of ewfacquire, compression, other options.
const ACQUISITIONS: &[(&str, &str, &str)] = &[
    ("encase1", "deflate:fast", ""),
    ("encase5", "deflate:best", "-b 512"),
    ("encase6", "deflate:fast", "-S 1048576"),
    ("encase6", "deflate:none", ""),
    ("encase6", "deflate:empty-block", "-b 16"),
    ("ftk", "deflate:fast", ""),
    ("linen7", "deflate:none", "-S 2097152"),
    ("smart", "deflate:fast", ""),
];

#[test]
fn acquisitions_of_libewf() {
    if !has("ewfacquire", "-V") {
        return;
    }
    let disk = content(5 * MIB, 4);
    let (_guard, folder) = folder_with(&disk);
    for (index, (format, compression, others)) in ACQUISITIONS.iter().enumerate() {
        let fixed = "-u -q -C c -D d -e e -E 1 -m fixed -M physical -N n -d sha1";
        let name = format!("{index}-{format}");
        run(&folder.0, "ewfacquire", &format!("{fixed} -t {name} -f {format} -c {compression} {others} disk.raw"));
        let ending = if *format == "smart" { "s01" } else { "E01" };
        let image = folder.open(&format!("{name}.{ending}")).unwrap();
        assert_eq!((image.kind(), image.anomalies()), (Kind::Ewf, vec![]), "{name}");
        assert!(image.stored_hashes().md5.is_some(), "{name}");
        assert_eq!(image.files().is_empty(), !others.starts_with("-S"), "{name}");
        assert_holds(&image, &disk, &name);
        let checks = image.check_hashes().unwrap();
        // Only from EnCase 6 on is there room for a SHA-1.
        let algorithms: Vec<&str> = checks.iter().map(|check| check.algorithm).collect();
        let has_sha1 = matches!(*format, "encase6" | "linen7");
        assert_eq!(algorithms, if has_sha1 { vec!["MD5", "SHA-1"] } else { vec!["MD5"] }, "{name}");
        assert!(checks.iter().all(HashCheck::holds), "{name}");
    }
}

#[test]
fn an_acquisition_with_a_flipped_bit_or_another_hash() {
    if !has("ewfacquire", "-V") {
        return;
    }
    // Noise and text, so that chunks of both kinds are there.
    let disk = content(2 * MIB, 5);
    let (_guard, folder) = folder_with(&disk);
    let fixed = "-u -q -C c -D d -e e -E 1 -m fixed -M physical -N n -d sha1 -t disk -f encase6 -c deflate:fast";
    run(&folder.0, "ewfacquire", &format!("{fixed} disk.raw"));
    let image = folder.read("disk.E01");
    let [chunks] = sections(&image, b"sectors")[..] else { panic!("one section of chunks") };
    let [table] = sections(&image, b"table")[..] else { panic!("one table") };
    let opened = |image: Vec<u8>| Folder::of([("disk.E01", image)]).open("disk.E01").unwrap();
    let mut numbers = Numbers::new(8);
    for _ in 0..50 {
        let mut damaged = image.clone();
        let at = chunks + 76 + numbers.below(table - chunks - 76);
        damaged[at] ^= 1 << numbers.below(8);
        let damaged = opened(damaged);
        // A stream that cannot be unpacked is an error; bytes that come out are those of another disk, or their checksum is wrong.
        let is_told = match damaged.check_hashes() {
            Err(_) => true,
            Ok(checks) => checks.iter().all(|check| !check.holds()) || !damaged.anomalies().is_empty(),
        };
        assert!(is_told || read_all(&damaged) == disk, "bit at {at:#x}");
    }
    for (section, at, wrong) in [(b"hash".as_slice(), 0, "MD5"), (b"digest", 16, "SHA-1")] {
        let [place] = sections(&image, section)[..] else { panic!("one section") };
        let mut damaged = image.clone();
        // The MD5 stands in both sections; that of the last counts.
        for place in [place].into_iter().chain(sections(&image, b"digest").into_iter().filter(|_| at == 0)) {
            damaged[place + 76 + at] ^= 1;
        }
        let failed: Vec<_> =
            opened(damaged).check_hashes().unwrap().into_iter().filter(|check| !check.holds()).collect();
        assert_eq!(failed.iter().map(|check| check.algorithm).collect::<Vec<_>>(), [wrong]);
    }
}

/// The end of an acquisition is lost: the chunks are found without their table.
#[test]
fn an_acquisition_without_its_table() {
    if !has("ewfacquire", "-V") {
        return;
    }
    let disk = content(2 * MIB, 7);
    let (_guard, folder) = folder_with(&disk);
    for (format, compression) in [("encase6", "fast"), ("encase5", "best"), ("ftk", "none")] {
        let fixed = "-u -q -C c -D d -e e -E 1 -m fixed -M physical -N n";
        run(&folder.0, "ewfacquire", &format!("{fixed} -t {format} -f {format} -c deflate:{compression} disk.raw"));
        let mut image = folder.read(&format!("{format}.E01"));
        let [table] = sections(&image, b"table")[..] else { panic!("one table") };
        image.truncate(table + 90);
        assert_holds(&Folder::of([("disk.E01", image)]).open("disk.E01").unwrap(), &disk, format);
    }
}

#[test]
fn clones_of_a_volume() {
    if !has("mkntfs", "--version") {
        return;
    }
    let (_guard, folder) = folder_with(&vec![0; 12 * MIB + 1024]);
    run(&folder.0, "mkntfs", "-F -Q -q disk.raw");
    if has("ntfsclone", "--version") {
        run(&folder.0, "ntfsclone", "-q -f -s -o volume.ntfsclone disk.raw");
        run(&folder.0, "ntfsclone", "-q -r --overwrite expected.raw volume.ntfsclone");
        let image = folder.open("volume.ntfsclone").unwrap();
        assert_eq!((image.kind(), image.anomalies()), (Kind::Ntfsclone, vec![]));
        assert_holds(&image, &folder.read("expected.raw"), "ntfsclone");
    }
    if has("partclone.ntfs", "--version") {
        run(&folder.0, "partclone.ntfs", "-c -F -q -s disk.raw -o volume.partclone -L log");
        // It sometimes fails to make the file itself.
        std::fs::write(folder.path("restored.raw"), []).unwrap();
        run(&folder.0, "partclone.restore", "-q -C -s volume.partclone -O restored.raw -L log");
        let image = folder.open("volume.partclone").unwrap();
        assert_eq!((image.kind(), image.anomalies()), (Kind::Partclone, vec![]));
        // What is restored to a file ends with the last block that is used.
        let restored = folder.read("restored.raw");
        let bytes = read_all(&image);
        assert!(bytes.starts_with(&restored) && bytes[restored.len()..].iter().all(|byte| *byte == 0));
        assert_eq!(image.len(), u64_of(12 * MIB + 1024));
    }
}
