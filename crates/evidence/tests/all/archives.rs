//! Archives: the same answer as from the folder that was packed, and nothing that one could do harm with.

mod limits;
mod seven_zip;

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use hivekey_evidence::{Limits, Options, Source, SourceKind, TreePath, open_source};
use hivekey_testkit::disk::ntfs_volume::run;
use proptest::prelude::*;

use crate::images::{answer, answer_inside, open};
use crate::support::base_block;

/// What is packed: two Windows folders, other files, a hive with a name of its own.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let hive = |seed: u8, pages: usize| {
        let mut bytes = base_block(0);
        bytes.extend((0..pages * 4096).map(|at| seed.wrapping_mul(u8::try_from(at % 251).unwrap())));
        bytes
    };
    vec![
        ("Windows/System32/config/SOFTWARE", hive(3, 40)),
        ("Windows/System32/config/SOFTWARE.LOG1", base_block(6)),
        ("Windows/System32/config/SOFTWARE.LOG2", Vec::new()),
        ("Windows/System32/config/SYSTEM", hive(5, 9)),
        ("Windows/System32/spp/tokens/pkeyconfig/pkeyconfig.xrm-ms", b"<x/>".to_vec()),
        ("Windows/System32/kernel32.dll", b"MZ and so on".to_vec()),
        ("Windows.old/WINDOWS/system32/config/software", hive(7, 3)),
        ("backup/PC7.dat", hive(11, 2)),
        ("letter.txt", b"Dear Sir or Madam".to_vec()),
    ]
}

fn unpacked(folder: &Path) -> Vec<String> {
    for (name, bytes) in files() {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let mut expected = answer(&open(folder));
    assert_eq!(expected.iter().filter(|line| !line.starts_with(' ')).count(), 3, "{expected:#?}");
    // Of members that nobody reads only the size is known.
    expected.retain(|line| !line.contains("unattend"));
    expected
}

fn tar() -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files() {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(bytes.len()).unwrap());
        header.set_mode(0o644);
        builder.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(method: zip::CompressionMethod, rename: impl Fn(&str) -> String) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files() {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        writer.start_file(rename(name), options).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn codes(source: &Source) -> Vec<(&'static str, String)> {
    source.problems.iter().map(|problem| (problem.code(), problem.path.to_string())).collect()
}

#[test]
fn the_same_answer_from_a_folder_and_from_every_archive() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("folder");
    let expected = unpacked(&folder);
    let same = |name: &str| name.to_owned();
    let archives = [
        ("plain.tar", SourceKind::Tar, tar()),
        ("packed.tar.gz", SourceKind::Tar, gzip(&tar())),
        ("packed.tar.xz", SourceKind::Tar, xz(&tar())),
        ("packed.tar.bz2", SourceKind::Tar, bzip2(&tar())),
        ("bzip2.zip", SourceKind::Zip, zip(zip::CompressionMethod::Bzip2, same)),
        ("stored.zip", SourceKind::Zip, zip(zip::CompressionMethod::Stored, same)),
        ("deflated.zip", SourceKind::Zip, zip(zip::CompressionMethod::Deflated, same)),
        ("backslashes.zip", SourceKind::Zip, zip(zip::CompressionMethod::Deflated, |name| name.replace('/', "\\"))),
        ("rooted.zip", SourceKind::Zip, zip(zip::CompressionMethod::Deflated, |name| format!("/./{name}"))),
    ];
    let images = work.path().join("archives");
    fs::create_dir(&images).unwrap();
    for (name, kind, bytes) in &archives {
        let source = open(&put(&images, name, bytes));
        assert_eq!((source.kind, answer(&source)), (*kind, expected.clone()), "{name}");
        assert_eq!(codes(&source), [], "{name}");
    }
    // The same archives, all in one folder.
    let all = open(&images);
    for (name, ..) in &archives {
        assert_eq!(answer_inside(&all, &TreePath::root().child(*name)), expected, "{name}");
    }
}

#[test]
fn archives_of_other_programs() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("folder");
    let expected = unpacked(&folder);
    let script = "import os,sys,zipfile\n\
        z=zipfile.ZipFile(sys.argv[1],'w',zipfile.ZIP_LZMA)\n\
        [z.write(os.path.join(d,n),os.path.relpath(os.path.join(d,n),sys.argv[2])) for d,_,f in os.walk(sys.argv[2]) for n in f]\n\
        z.close()";
    let from = folder.to_str().unwrap();
    let path = |name: &str| work.path().join(name).to_str().unwrap().to_owned();
    let tools = [
        ("lzma.zip", "python3", vec!["-c", script, "TO", from]),
        ("gnu.tar", "tar", vec!["--format=gnu", "-C", from, "-cf", "TO", "."]),
        ("pax.tar", "tar", vec!["--format=pax", "-C", from, "-cf", "TO", "."]),
        ("packed.tar.zst", "tar", vec!["--zstd", "-C", from, "-cf", "TO", "."]),
        ("packed.tar.xz", "tar", vec!["-J", "-C", from, "-cf", "TO", "."]),
    ];
    for (name, tool, args) in tools {
        let to = path(name);
        let args: Vec<&str> = args.into_iter().map(|arg| if arg == "TO" { &to } else { arg }).collect();
        if !run(tool, &args) {
            println!("skipped: {tool} absent, or without this packing, for {name}");
            continue;
        }
        assert_eq!(answer(&open(Path::new(&to))), expected, "{name}");
    }
}

#[test]
fn one_packed_hive() {
    let work = tempfile::tempdir().unwrap();
    let (_, hive) = files().swap_remove(0);
    for (name, bytes) in [("SOFTWARE.gz", gzip(&hive)), ("SOFTWARE.xz", xz(&hive))] {
        let source = open(&put(work.path(), name, &bytes));
        assert_eq!(source.kind, SourceKind::Packed);
        let [found] = source.installations.as_slice() else { panic!("{source:?}") };
        assert_eq!(
            (found.hives[0].name.to_str(), found.hives[0].size),
            (Some("SOFTWARE"), u64::try_from(hive.len()).unwrap())
        );
    }
}

#[test]
fn names_that_lead_outside() {
    let work = tempfile::tempdir().unwrap();
    let rename = |name: &str| if name.ends_with("SYSTEM") { format!("../../{name}") } else { name.to_owned() };
    let source = open(&put(work.path(), "climbing.zip", &zip(zip::CompressionMethod::Deflated, rename)));
    let text = source.problems[0].to_string();
    assert_eq!(codes(&source), [("unreadable", String::new())]);
    assert_eq!(
        text,
        "../../Windows/System32/config/SYSTEM: the name leads out of the archive; the member was passed over"
    );

    let mut builder = tar::Builder::new(Vec::new());
    let mut link = |name: &str, target: &str, kind: tar::EntryType| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        builder.append_link(&mut header, name, target).unwrap();
    };
    link("Windows/System32/config/SOFTWARE", "../../../real/hive", tar::EntryType::Symlink);
    link("Windows/System32/config/SYSTEM", "real/hive", tar::EntryType::Link);
    link("Windows/System32/config/SAM", "../../../../etc/shadow", tar::EntryType::Symlink);
    link("Windows/System32/config/SECURITY", "SECURITY", tar::EntryType::Symlink);
    link("Windows/System32/config/DEFAULT", "/real/other", tar::EntryType::Symlink);
    link("bin/sh", "dash", tar::EntryType::Symlink);
    let (_, hive) = files().swap_remove(0);
    let mut header = tar::Header::new_gnu();
    header.set_size(u64::try_from(hive.len()).unwrap());
    builder.append_data(&mut header, "real/hive", hive.as_slice()).unwrap();
    let source = open(&put(work.path(), "links.tar", &builder.into_inner().unwrap()));
    let windows = source.installations.iter().find(|found| found.root == TreePath::from("Windows")).unwrap();
    let names: Vec<_> = windows.hives.iter().map(|hive| hive.name.to_str().unwrap()).collect();
    assert_eq!(names, ["SOFTWARE", "SYSTEM"]);
    let config = |name: &str| format!("Windows/System32/config/{name}");
    assert_eq!(
        codes(&source),
        [
            ("link-leaves-evidence", config("SAM")),
            ("link-broken", config("SECURITY")),
            ("link-broken", config("DEFAULT"))
        ]
    );
    let text = source.problems[2].to_string();
    assert_eq!(text, format!("{}: a link to real/other, which is not in the archive", config("DEFAULT")));
}

fn flag_as_encrypted(bytes: &mut [u8]) {
    // The first bit of the flags, in the header of the first member and in the central directory.
    let at = position(bytes, b"PK\x01\x02");
    bytes[at + 8] |= 1;
    bytes[6] |= 1;
}

fn position(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).position(|bytes| bytes == what).unwrap()
}

#[test]
fn the_reason_why_a_member_was_not_unpacked() {
    let work = tempfile::tempdir().unwrap();
    let mut encrypted = zip(zip::CompressionMethod::Deflated, ToOwned::to_owned);
    flag_as_encrypted(&mut encrypted);
    let mut shrunk = zip(zip::CompressionMethod::Deflated, ToOwned::to_owned);
    let at = position(&shrunk, b"PK\x01\x02");
    // The method, in both headers: 1 is "shrunk".
    shrunk[at + 10] = 1;
    shrunk[8] = 1;
    let path = "Windows/System32/config/SOFTWARE";
    for (name, bytes, code, says) in [
        (
            "secret.zip",
            encrypted,
            "encrypted-file",
            "encrypted; unpack the archive with its password and give the folder",
        ),
        (
            "shrunk.zip",
            shrunk,
            "unsupported-format",
            "packed by the method 1 (Shrink), which is not read; unpack the archive and give the folder",
        ),
    ] {
        let source = open(&put(work.path(), name, &bytes));
        let [problem] = source.problems.as_slice() else { panic!("{:?}", source.problems) };
        assert_eq!(problem.to_string(), format!("{path}: {says}"));
        // The hive is handed up by its name, and opening it says the same.
        let error = source.open(&source.installations[0].hives[0].path).map(|_| ()).unwrap_err();
        assert_eq!((error.to_string(), error.code()), (format!("{path}: {says}"), code));
    }
}

#[test]
fn images_and_archives_in_archives_are_named() {
    let work = tempfile::tempdir().unwrap();
    let mut disk = vec![0u8; 8192];
    disk[450] = 0xee;
    disk[510..512].copy_from_slice(&[0x55, 0xaa]);
    let mbr = disk.clone();
    disk[512..520].copy_from_slice(b"EFI PART");
    let vhdx = [b"vhdxfile".as_slice(), &[0; 8184]].concat();
    let nested = zip(zip::CompressionMethod::Deflated, ToOwned::to_owned);
    for method in [zip::CompressionMethod::Deflated, zip::CompressionMethod::Stored] {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in
            [("disks/server.vhdx", &vhdx), ("server.dd", &disk), ("old.dd", &mbr), ("inner.zip", &nested)]
        {
            writer.start_file(name, zip::write::SimpleFileOptions::default().compression_method(method)).unwrap();
            writer.write_all(bytes).unwrap();
        }
        let source = open(&put(work.path(), "image.zip", &writer.finish().unwrap().into_inner()));
        let problems: Vec<String> = source.problems.iter().map(ToString::to_string).collect();
        let rest = "in an archive; unpack it first and give it as a path of its own";
        assert_eq!(
            problems,
            [
                format!("disks/server.vhdx: a VHDX disk image {rest}"),
                format!("server.dd: a raw disk image (GPT) {rest}"),
                format!("old.dd: a raw disk image (MBR) {rest}"),
                format!("inner.zip: a zip archive {rest}"),
            ]
        );
    }
    let packed = open(&put(work.path(), "disk.raw.gz", &gzip(&disk)));
    assert_eq!(packed.problems.len(), 1);
    assert!(packed.problems[0].to_string().starts_with("disk.raw: a raw disk image (GPT) in an archive"), "{packed:?}");
}

#[test]
fn altered_contents_are_told() {
    let work = tempfile::tempdir().unwrap();
    let flip = |mut bytes: Vec<u8>, at: usize| {
        bytes[at] ^= 0x10;
        bytes
    };
    let (_, hive) = files().swap_remove(0);
    let (stored, deflated) = (zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated);
    let same = |name: &str| name.to_owned();
    let stored = zip(stored, same);
    let inside = position(&stored, &hive[4096..4196]) + 5000;
    // The CRC-32 of the first member in the central directory; then the last bytes of a gzip member: CRC-32 and length.
    let deflated = zip(deflated, same);
    let crc = position(&deflated, b"PK\x01\x02") + 16;
    let name = position(&deflated, b"PK\x01\x02") + 46 + 30;
    let gz = gzip(&tar());
    let trailer = gz.len() - 6;
    let bz = bzip2(&tar());
    let bz_trailer = bz.len() - 4;
    let mut archives = vec![
        ("stored.zip", flip(stored, inside), "CRC-32 is"),
        ("deflated.zip", flip(deflated.clone(), crc), "CRC-32 is"),
        ("renamed.zip", flip(deflated, name), "its own header names it"),
        ("altered.tar.gz", flip(gz, trailer), "checksum"),
        ("altered.tar.bz2", flip(bz, bz_trailer), "bzip2"),
    ];
    let plain = put(work.path(), "plain.tar", &tar());
    let zst = work.path().join("altered.tar.zst");
    if run("zstd", &["-q", "--check", plain.to_str().unwrap(), "-o", zst.to_str().unwrap()]) {
        let bytes = fs::read(&zst).unwrap();
        let last = bytes.len() - 2;
        archives.push(("altered.tar.zst", flip(bytes, last), "XXH64 is"));
    } else {
        println!("skipped: zstd absent");
    }
    for (name, bytes, says) in archives {
        let source = open(&put(work.path(), name, &bytes));
        // Where the name of a hive is altered, its log has none.
        let told = source.problems.iter().filter(|problem| problem.code() != "log-without-hive");
        let [problem] = told.collect::<Vec<_>>()[..] else { panic!("{name}: {:?}", source.problems) };
        assert!(problem.code() == "unreadable" && problem.to_string().contains(says), "{name}: {problem}");
        let read: usize = source.installations.iter().map(|found| found.hives.len()).sum();
        assert_eq!(read, 4, "{name}");
    }
}

#[test]
fn several_streams_one_after_the_other() {
    let work = tempfile::tempdir().unwrap();
    let (_, hive) = files().swap_remove(0);
    let (one, two) = hive.split_at(50_000);
    let padded = [gzip(one), gzip(two), vec![0; 700]].concat();
    let mut archives = vec![("SOFTWARE.gz", padded), ("SOFTWARE.bz2", [bzip2(one), bzip2(two)].concat())];
    let pieces = [put(work.path(), "one", one), put(work.path(), "two", two)];
    if run("zstd", &["-q", pieces[0].to_str().unwrap(), pieces[1].to_str().unwrap()]) {
        let piece = |name: &str| fs::read(work.path().join(name)).unwrap();
        // Between them a frame of three bytes that hold nothing.
        let skipped = b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec();
        archives.push(("SOFTWARE.zst", [piece("one.zst"), skipped, piece("two.zst")].concat()));
    } else {
        println!("skipped: zstd absent");
    }
    for (name, bytes) in archives {
        let source = open(&put(work.path(), name, &bytes));
        assert_eq!(codes(&source), [], "{name}");
        assert_eq!(source.read_small_file(&TreePath::from("SOFTWARE"), 1 << 20).unwrap(), hive, "{name}");
    }
}

#[test]
fn what_is_read_of_an_archive() {
    let work = tempfile::tempdir().unwrap();
    // Members that nobody reads, and a hive of which only the head is read.
    let mut hive = base_block(0);
    hive.resize(40 << 20, 7);
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(u64::try_from(hive.len()).unwrap());
    builder.append_data(&mut header, "Windows/System32/config/SOFTWARE", hive.as_slice()).unwrap();
    let source = open(&put(work.path(), "large.tar", &builder.into_inner().unwrap()));
    assert_eq!(source.installations[0].hives[0].size, 40 << 20);
    assert!(source.bytes_read() < 100_000, "{}", source.bytes_read());

    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..5000 {
        writer.start_file(format!("{number}/empty"), zip::write::SimpleFileOptions::default()).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let source = open(&put(work.path(), "many.zip", &bytes));
    // The central directory, once or twice, and not a piece of the file for each member.
    let len = u64::try_from(bytes.len()).unwrap();
    assert!(source.bytes_read() < 2 * len, "{} of {len}", source.bytes_read());
}

#[test]
fn a_tar_of_unix_v7() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("folder");
    let expected = unpacked(&folder);
    let to = work.path().join("old.tar");
    if run(
        "tar",
        &[
            "--format=v7",
            "-C",
            folder.to_str().unwrap(),
            "-cf",
            to.to_str().unwrap(),
            "Windows",
            "Windows.old",
            "backup",
        ],
    ) {
        let source = open(&to);
        assert_eq!((source.kind, answer(&source)), (SourceKind::Tar, expected));
        assert_eq!(codes(&source), []);
    } else {
        println!("skipped: tar absent");
    }
}

#[test]
fn archives_that_break_off() {
    let work = tempfile::tempdir().unwrap();
    let whole = tar();
    let (gz, packed) = (gzip(&whole), xz(&whole));
    // In the first hive; between two members; in the end mark.
    let second = position(&whole, b"Windows/System32/config/SOFTWARE.LOG1");
    for (name, bytes, says) in [
        ("inside.tar", whole[..100_000].to_vec(), "SOFTWARE: cut off: at 0x200 "),
        ("between.tar", whole[..second].to_vec(), ".: ends at 0x29200 without an end mark"),
        ("header.tar", whole[..second + 100].to_vec(), ".: header of a member at"),
        ("cut.tar.gz", gz[..gz.len() / 2].to_vec(), ": breaks off before its end"),
        ("trailer.tar.gz", gz[..gz.len() - 4].to_vec(), ".: breaks off before its end"),
        ("trailer.tar.xz", packed[..packed.len() - 4].to_vec(), ".: "),
        ("between.tar.gz", gzip(&whole[..second]), ".: ends at 0x29200 without an end mark"),
        ("inside.tar.gz", gzip(&whole[..100_000]), "SOFTWARE: has 99488 bytes, expected "),
    ] {
        let source = open(&put(work.path(), name, &bytes));
        let [problem] = source.problems.as_slice() else { panic!("{name}: {:?}", source.problems) };
        assert!(problem.to_string().contains(says), "{name}: {problem}");
    }
    let error = open_source(&put(work.path(), "cut.zip", b"PK\x03\x04"), &Options::default()).unwrap_err();
    assert_eq!(error.code(), "archive-damaged", "{error}");
    for (method, cut) in [(zip::CompressionMethod::Stored, 5000), (zip::CompressionMethod::Deflated, 40)] {
        let whole = zip(method, ToOwned::to_owned);
        // Inside the last hive, which is its own folder's.
        let last = position(&whole, b"backup/PC7.dat");
        let source = open(&put(work.path(), "cut.zip", &whole[..last + cut]));
        assert_eq!(source.kind, SourceKind::Zip);
        let problems: Vec<String> = source.problems.iter().map(ToString::to_string).collect();
        let [member, end] = problems.as_slice() else { panic!("{method}: {problems:?}") };
        assert!(member.starts_with("backup/PC7.dat: "), "{member}");
        assert!(end.contains("its central directory, which stands at its end, is lost"), "{end}");
        assert_eq!(source.installations.len(), 3, "{method}");
    }
}

#[test]
fn a_zip_that_an_independent_program_finds_whole() {
    let work = tempfile::tempdir().unwrap();
    let path = put(work.path(), "deflated.zip", &zip(zip::CompressionMethod::Deflated, ToOwned::to_owned));
    match Command::new("python3").args(["-m", "zipfile", "-t"]).arg(&path).output() {
        Ok(tested) => assert!(tested.status.success(), "{tested:?}"),
        Err(_) => println!("skipped: python3 absent"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_on_damaged_archives(
        which in 0usize..5,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..10),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = match which {
            0 => tar(),
            1 => gzip(&tar()),
            2 => xz(&tar()),
            3 => zip(zip::CompressionMethod::Stored, ToOwned::to_owned),
            _ => zip(zip::CompressionMethod::Deflated, ToOwned::to_owned),
        };
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
        let work = tempfile::tempdir().unwrap();
        if let Ok(source) = open_source(&put(work.path(), "archive", &bytes), &Options::default()) {
            for hive in source.installations.iter().flat_map(|found| &found.hives) {
                let _ = source.read_small_file(&hive.path, 1 << 20);
            }
        }
    }
}
