//! Archives: the same answer as from the folder that was packed, and nothing that one could do harm with.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use hivekey_evidence::{Error, Limits, Options, Source, SourceKind, TreePath, open_source};
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
    assert_eq!(codes(&source), [("link-broken", String::new())]);
    assert!(source.problems[0].to_string().contains("../../Windows/System32/config/SYSTEM"), "{}", source.problems[0]);

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
    let (_, hive) = files().swap_remove(0);
    let mut header = tar::Header::new_gnu();
    header.set_size(u64::try_from(hive.len()).unwrap());
    builder.append_data(&mut header, "real/hive", hive.as_slice()).unwrap();
    let source = open(&put(work.path(), "links.tar", &builder.into_inner().unwrap()));
    let windows = source.installations.iter().find(|found| found.root == TreePath::from("Windows")).unwrap();
    let names: Vec<_> = windows.hives.iter().map(|hive| hive.name.to_str().unwrap()).collect();
    assert_eq!(names, ["SOFTWARE", "SYSTEM"]);
    assert_eq!(codes(&source), [("link-leaves-evidence", "Windows/System32/config/SAM".to_owned())]);
}

#[test]
fn encrypted_members_and_images_are_named() {
    let work = tempfile::tempdir().unwrap();
    let mut bytes = zip(zip::CompressionMethod::Deflated, ToOwned::to_owned);
    // The first bit of the flags, in the central directory: encrypted.
    let at = bytes.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    bytes[at + 8] |= 1;
    bytes[6] |= 1;
    let source = open(&put(work.path(), "secret.zip", &bytes));
    let [problem] = source.problems.as_slice() else { panic!("{:?}", source.problems) };
    assert_eq!(
        problem.to_string(),
        "Windows/System32/config/SOFTWARE: the member is encrypted: unpack it with its password and give the folder"
    );

    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("disks/server.vhdx", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(&[b"vhdxfile".as_slice(), &[0; 4096]].concat()).unwrap();
    let source = open(&put(work.path(), "image.zip", &writer.finish().unwrap().into_inner()));
    assert_eq!(codes(&source), [("image-in-folder", "disks/server.vhdx".to_owned())]);
}

#[test]
fn limits_are_told_and_the_rest_is_read() {
    let work = tempfile::tempdir().unwrap();
    let path = put(work.path(), "packed.tar.gz", &gzip(&tar()));
    let open = |limits: Limits| open_source(&path, &Options::default().with_limits(limits)).unwrap();
    let few = open(Limits { archive_members: 2, ..Limits::default() });
    assert_eq!(codes(&few)[0].0, "limit-reached");
    assert_eq!(few.installations.len(), 1);
    let small = open(Limits { archive_kept_bytes: 100_000, ..Limits::default() });
    assert_eq!(codes(&small), [("limit-reached", "Windows/System32/config/SOFTWARE".to_owned())]);
    assert_eq!(small.installations.len(), 3, "{small:?}");
}

#[test]
fn archives_that_break_off() {
    let work = tempfile::tempdir().unwrap();
    let whole = tar();
    for (name, bytes) in [
        ("cut.tar", whole[..whole.len() / 2].to_vec()),
        ("cut.tar.gz", gzip(&whole)[..2000].to_vec()),
        ("cut.tar.xz", xz(&whole)[..900].to_vec()),
    ] {
        match open_source(&put(work.path(), name, &bytes), &Options::default()) {
            Ok(source) => assert!(!source.problems.is_empty() || name == "cut.tar", "{name}: {source:?}"),
            Err(Error::Archive { .. }) => {}
            Err(error) => panic!("{name}: {error}"),
        }
    }
    let cut = zip(zip::CompressionMethod::Deflated, ToOwned::to_owned)[..500].to_vec();
    let error = open_source(&put(work.path(), "cut.zip", &cut), &Options::default()).unwrap_err();
    assert_eq!(error.code(), "archive-damaged", "{error}");
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
    #![proptest_config(ProptestConfig::with_cases(64))]

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
