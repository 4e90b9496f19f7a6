//! What an archive may cost: bytes unpacked, memory, members, names.

use super::*;

/// A deflated zip of one hive of that many bytes, all zeros behind its base block.
fn long_hive(len: usize) -> Vec<u8> {
    let mut bytes = base_block(0);
    bytes.resize(len, 0);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("config/SOFTWARE", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(&bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn members_that_lie_on_one_another_are_unpacked_once() {
    let mut bytes = long_hive(64 << 10);
    // Two hundred more rows of the central directory for the same member, each with a name of its own.
    let directory = position(&bytes, b"PK\x01\x02");
    let end = position(&bytes, b"PK\x05\x06");
    let row = bytes[directory..end].to_vec();
    let tail = bytes.split_off(end);
    for number in 0..200 {
        let mut row = row.clone();
        row[46..54].copy_from_slice(format!("cop{number:04}/").as_bytes());
        row[46 + 6] = b'/';
        bytes.extend(row);
    }
    let size = u32::try_from(bytes.len() - directory).unwrap();
    bytes.extend(tail);
    let end = position(&bytes, b"PK\x05\x06");
    bytes[end + 8..end + 10].copy_from_slice(&201u16.to_le_bytes());
    bytes[end + 10..end + 12].copy_from_slice(&201u16.to_le_bytes());
    bytes[end + 12..end + 16].copy_from_slice(&size.to_le_bytes());
    let work = tempfile::tempdir().unwrap();
    let path = put(work.path(), "overlap.zip", &bytes);
    // Room for one of them, and no limit is hit.
    let limits = Limits { archive_kept_bytes: 70_000, archive_expanded_bytes: 70_000, ..Limits::default() };
    let source = open_source(&path, &Options::default().with_limits(limits)).unwrap();
    let [problem] = source.problems.as_slice() else { panic!("{:?}", source.problems) };
    let text = problem.to_string();
    assert!(text.contains("more: its bytes in the archive are those of another member too; not unpacked"), "{text}");
    assert!(source.open(&TreePath::from("config/SOFTWARE")).is_ok());
}

#[test]
fn bombs_are_stopped_by_a_limit_that_is_named() {
    let work = tempfile::tempdir().unwrap();
    let mut builder = tar::Builder::new(Vec::new());
    let mut put_zeros = |name: &str, len: usize| {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(len).unwrap());
        builder.append_data(&mut header, name, vec![0u8; len].as_slice()).unwrap();
    };
    put_zeros("nothing", 8 << 20);
    put_zeros("Windows/System32/config/SOFTWARE", 4096);
    let bytes = builder.into_inner().unwrap();
    for (name, packed) in [("bomb.tar.gz", gzip(&bytes)), ("bomb.tar.xz", xz(&bytes)), ("bomb.tar.bz2", bzip2(&bytes))]
    {
        let path = put(work.path(), name, &packed);
        let limits =
            |expansion| Limits { archive_expanded_bytes: 1 << 20, archive_expansion: expansion, ..Limits::default() };
        let source = |limits| open_source(&path, &Options::default().with_limits(limits)).unwrap();
        let stopped = source(limits(1));
        assert_eq!(codes(&stopped), [("limit-reached", String::new())], "{name}");
        let text = stopped.problems[0].to_string();
        assert_eq!(text, ".: more than 1048576 bytes unpacked from one archive; the rest was not looked at");
        // The same, where so much may come out of so little.
        assert_eq!(codes(&source(limits(1_000_000))), [], "{name}");
    }
}

/// The header of a tar's member, or of its long name, whose content it says has so many bytes.
fn tar_header(kind: tar::EntryType, size: u64) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path("Windows/System32/config/SOFTWARE").unwrap();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_cksum();
    header.as_bytes().to_vec()
}

#[test]
fn names_without_end_are_not_read_into_memory() {
    let work = tempfile::tempdir().unwrap();
    let says = |offset: u64| {
        format!("name and other headers of a member at {offset:#x} have more than 4194304 bytes; the rest is lost")
    };
    for kind in [tar::EntryType::GNULongName, tar::EntryType::GNULongLink, tar::EntryType::XHeader] {
        // Without a limit of its own so much would be read until that of all unpacking is met.
        let header = tar_header(kind, 64 << 20);
        let packed = put(work.path(), "long.tar.gz", &gzip(&[header.clone(), vec![0; 64 << 20]].concat()));
        let error = open_source(&packed, &Options::default()).unwrap_err();
        assert_eq!((error.to_string(), error.code()), (format!("{}: {}", packed.display(), says(0)), "limit-reached"));

        // The same behind a hive of more bytes than headers may have, which stays, and with nothing in the file's rest.
        let mut bytes = tar_header(tar::EntryType::Regular, 6 << 20);
        bytes.extend(base_block(0));
        bytes.resize(512 + (6 << 20), 0);
        bytes.extend(tar_header(kind, 60 << 30));
        let offset = 512 + (6 << 20);
        let plain = put(work.path(), "long.tar", &bytes);
        fs::OpenOptions::new().write(true).open(&plain).unwrap().set_len(64 << 30).unwrap();
        let packed = put(work.path(), "behind.tar.gz", &gzip(&[bytes, vec![0; 8 << 20]].concat()));
        for path in [plain, packed] {
            let source = open(&path);
            let [problem] = source.problems.as_slice() else { panic!("{:?}", source.problems) };
            assert_eq!(problem.to_string(), format!(".: {}", says(offset)));
            assert_eq!(source.installations.len(), 1);
            assert!(source.bytes_read() < 16 << 20, "{}", source.bytes_read());
        }
    }
}

#[test]
fn deep_names_are_passed_over() {
    let work = tempfile::tempdir().unwrap();
    let mut builder = tar::Builder::new(Vec::new());
    for (name, len) in
        [("a/".repeat(100) + "SOFTWARE", 1), ("a".repeat(100_000), 1), ("config/SOFTWARE".to_owned(), 4096)]
    {
        // A long name in an entry of its own, and then the member.
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::GNULongName);
        header.set_size(u64::try_from(name.len()).unwrap());
        header.set_cksum();
        builder.append(&header, name.as_bytes()).unwrap();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(len);
        header.set_cksum();
        builder.append(&header, &base_block(0)[..usize::try_from(len).unwrap()]).unwrap();
    }
    let path = put(work.path(), "deep.tar", &builder.into_inner().unwrap());
    let source = open(&path);
    let [problem] = source.problems.as_slice() else { panic!("{:?}", source.problems) };
    let text = problem.to_string();
    assert!(text.starts_with("a/a/") && text.len() < 500, "{text}");
    assert!(
        text.ends_with(" and 1 more: the name has more than 64 levels or 98304 bytes; the member was passed over"),
        "{text}"
    );
    assert_eq!(source.installations.len(), 1);
}

#[test]
fn folders_count_as_members_do() {
    let work = tempfile::tempdir().unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..20 {
        let name = format!("{number}{}/file", "/a".repeat(50));
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    }
    let path = put(work.path(), "folders.zip", &writer.finish().unwrap().into_inner());
    let is_told = |archive_members| {
        let limits = Limits { archive_members, ..Limits::default() };
        let source = open_source(&path, &Options::default().with_limits(limits)).unwrap();
        source.problems.iter().any(|problem| problem.to_string().contains("members of one archive"))
    };
    assert_eq!((is_told(500), is_told(1100)), (true, false));
}

#[test]
fn what_does_not_fit_is_not_unpacked() {
    let work = tempfile::tempdir().unwrap();
    let path = put(work.path(), "long.zip", &long_hive(3 << 20));
    // What is unpacked would be told by the second limit.
    let limits = Limits {
        archive_kept_bytes: 1 << 20,
        archive_expanded_bytes: 100 << 10,
        archive_expansion: 1,
        ..Limits::default()
    };
    let source = open_source(&path, &Options::default().with_limits(limits)).unwrap();
    assert_eq!(codes(&source), [("limit-reached", "config/SOFTWARE".to_owned())]);
    let error = source.open(&TreePath::from("config/SOFTWARE")).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "limit-reached");
}

#[test]
fn all_archives_of_a_folder_share_the_memory() {
    let work = tempfile::tempdir().unwrap();
    for name in ["one.zip", "two.zip"] {
        put(work.path(), name, &long_hive(100_000));
    }
    let with = |archive_kept_bytes| {
        let limits = Limits { archive_kept_bytes, ..Limits::default() };
        open_source(work.path(), &Options::default().with_limits(limits)).unwrap()
    };
    let source = with(150_000);
    let path = |archive: &str| TreePath::from(format!("{archive}/config/SOFTWARE").as_str());
    let told: Vec<String> = source.problems.iter().map(ToString::to_string).collect();
    let limit = "more than 150000 bytes of archives' members in memory";
    assert!(matches!(told.as_slice(), [one] if one.starts_with(&format!("{}: {limit}", path("two.zip")))), "{told:?}");
    assert_eq!(source.open(&path("one.zip")).unwrap().len(), 100_000);
    let error = source.open(&path("two.zip")).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "limit-reached");
    assert_eq!(codes(&with(200_000)), []);
}

#[test]
fn limits_are_told_and_the_rest_is_read() {
    let work = tempfile::tempdir().unwrap();
    let path = put(work.path(), "packed.tar.gz", &gzip(&tar()));
    let open = |limits: Limits| open_source(&path, &Options::default().with_limits(limits)).unwrap();
    let few = open(Limits { archive_members: 2, ..Limits::default() });
    assert_eq!(codes(&few)[0].0, "limit-reached");
    assert_eq!(few.installations.len(), 1);
    let small = open(Limits { archive_kept_bytes: 150_000, ..Limits::default() });
    assert_eq!(codes(&small), [("limit-reached", "Windows/System32/config/SOFTWARE".to_owned())]);
    assert_eq!(small.installations.len(), 3, "{small:?}");
}
