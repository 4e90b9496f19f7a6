//! What the hive builder writes, read back by nt-hive.

use hivekey_testkit::hive::{BuiltHive, Corruption, HiveBuilder, Key, ListKind, Name, Remains, Storage, Value};
use hivekey_testkit::time::Filetime;
use nt_hive::{Hive, KeyNode};

/// A hive with every shape of key, value and list.
fn rich(minor: u32, kind: ListKind) -> HiveBuilder {
    let mut hive = HiveBuilder::new();
    hive.minor_version(minor).list_kind(kind).last_written(Filetime::utc(2019, 1, 2, 3, 4, 5));
    let key = hive.key(r"Microsoft\Windows NT\CurrentVersion");
    key.class("Shell")
        .set("ProductName", Value::sz("Windows Server 2019 Standard"))
        .set("", Value::sz("default"))
        .set("empty", Value::binary([]))
        .set("one", Value::binary([7]))
        .set("four", Value::dword(0x0102_0304))
        .set("four in a cell", Value::dword(5).stored(Storage::Cell))
        .set("five", Value::binary([1, 2, 3, 4, 5]))
        .set("eight", Value::qword(u64::MAX))
        .set("PathName", Value::expand_sz("%SystemRoot%"))
        .set("suite", Value::multi_sz(&["Terminal Server", "Blade"]))
        .set("Größe", Value::sz("Latin-1 name"))
        .set("名前", Value::sz("UTF-16 name"))
        .set(Name::utf16("forced"), Value::dword(1))
        .set("slack", Value::binary(vec![9; 20]).with_slack([0xEE; 30]));
    for size in [16343, 16344, 16345, 32688, 32689, 100_000] {
        let data: Vec<u8> = (0..size).map(|index| (index % 251) as u8).collect();
        hive.key("sizes").set(format!("{size}"), Value::binary(data));
    }
    for index in 0..1500 {
        hive.key("many").subkey(format!("key {index}")).set("n", Value::dword(index));
    }
    hive.key("letters").subkey("a_b");
    hive.key("letters").subkey("AB");
    hive.key("letters").subkey("Ärger");
    hive.key("letters").subkey("日本語");
    hive.key("link").symlink(r"\Registry\Machine\System\ControlSet001");
    hive
}

fn text(name: &nt_hive::NtHiveNameString<'_>) -> String {
    name.to_string_lossy()
}

/// All keys and values of both sides as sorted lines.
fn written(path: &str, key: &Key, lines: &mut Vec<(String, String, u32, Vec<u8>)>) {
    lines.push((path.to_owned(), String::from("<key>"), 0, Vec::new()));
    for (name, value) in key.values() {
        lines.push((path.to_owned(), name.text(), value.kind, value.data.clone()));
    }
    for subkey in key.subkeys() {
        written(&format!("{path}\\{}", subkey.name().text()), subkey, lines);
    }
}

fn read(path: &str, key: &KeyNode<&[u8]>, lines: &mut Vec<(String, String, u32, Vec<u8>)>) {
    lines.push((path.to_owned(), String::from("<key>"), 0, Vec::new()));
    if let Some(values) = key.values() {
        for value in values.unwrap() {
            let value = value.unwrap();
            lines.push((
                path.to_owned(),
                text(&value.name().unwrap()),
                value.data_type().unwrap() as u32,
                value.data().unwrap().into_vec().unwrap(),
            ));
        }
    }
    if let Some(subkeys) = key.subkeys() {
        for subkey in subkeys.unwrap() {
            let subkey = subkey.unwrap();
            let path = format!("{path}\\{}", text(&subkey.name().unwrap()));
            read(&path, &subkey, lines);
        }
    }
}

fn assert_reads_back(builder: &mut HiveBuilder) {
    let built = builder.build();
    let hive = Hive::new(built.bytes()).unwrap();
    let mut expected = Vec::new();
    written("", builder.root(), &mut expected);
    let mut found = Vec::new();
    read("", &hive.root_key_node().unwrap(), &mut found);
    expected.sort();
    found.sort();
    assert_eq!(expected, found);
}

#[test]
fn everything_reads_back() {
    for minor in 4..=6 {
        for kind in [ListKind::Auto, ListKind::Li, ListKind::Lf, ListKind::Lh] {
            assert_reads_back(&mut rich(minor, kind));
        }
    }
}

/// nt-hive refuses all values of more than 16344 bytes below version 1.4, so they are left out here.
#[test]
fn version_1_3_reads_back() {
    let mut hive = rich(3, ListKind::Auto);
    for size in [16345, 32688, 32689, 100_000] {
        hive.key("sizes").delete_value(format!("{size}"), Remains::Orphan);
    }
    assert_reads_back(&mut hive);
}

#[test]
fn lookup_by_name_finds_every_key() {
    for limit in [1, 2, 7, 507] {
        let mut builder = rich(5, ListKind::Auto);
        builder.leaf_limit(limit);
        let built = builder.build();
        let hive = Hive::new(built.bytes()).unwrap();
        let root = hive.root_key_node().unwrap();
        for place in built.keys().iter().filter(|place| !place.path.is_empty()) {
            assert!(root.subpath(&place.path).is_some(), "{} at {limit}", place.path);
        }
    }
}

#[test]
fn deleted_things_are_gone_but_their_bytes_stay() {
    let mut builder = rich(5, ListKind::Auto);
    let key = builder.key(r"Microsoft\Windows NT\CurrentVersion");
    key.set("Old", Value::binary(b"what was here before".to_vec()))
        .delete_value("Old", Remains::Listed)
        .leave("Lost", Value::binary(b"only the record stays".to_vec()), Remains::RecordOnly)
        .leave("Gone", Value::binary(b"only the data stays".to_vec()), Remains::DataOnly);
    builder
        .key(r"Victim\Below")
        .class("Gone")
        .set("big", Value::binary(vec![7; 40_000]))
        .set("text", Value::binary(b"below a deleted key".to_vec()));
    builder.delete_key("Victim");
    for coalesce in [true, false] {
        builder.coalesce_free_cells(coalesce);
        assert_reads_back(&mut builder);
        let built = builder.build();
        assert!(has(&built, b"what was here before"));
        assert!(!has(&built, b"only the record stays"));
        assert!(has(&built, b"only the data stays"));
        assert!(has(&built, b"below a deleted key"));
        let paths: Vec<_> = built.deleted_keys().iter().map(|key| key.path.as_str()).collect();
        assert_eq!(paths, ["Victim", r"Victim\Below"]);
        for place in built.deleted_keys() {
            let offset = place.file_offset() as usize;
            assert_eq!(&built.bytes()[offset + 4..offset + 6], b"nk");
        }
    }
}

#[test]
fn places_point_at_the_records() {
    let mut builder = rich(5, ListKind::Auto);
    builder.key("only").set("text", Value::sz("here"));
    let built = builder.build();
    let at = |offset: u64, length: usize| &built.bytes()[offset as usize + 4..][..length];
    let key = built.key_place("ONLY").unwrap();
    assert_eq!(at(key.file_offset(), 2), b"nk");
    let value = built.value_place("only", "TEXT").unwrap();
    assert_eq!(at(value.file_offset(), 2), b"vk");
    assert_eq!(at(value.data_file_offset().unwrap(), 8), b"h\0e\0r\0e\0");
}

#[test]
fn dirty_and_unsorted_hives_are_what_they_say() {
    let mut builder = rich(5, ListKind::Auto);
    builder.dirty();
    assert!(matches!(Hive::new(builder.build().bytes()), Err(nt_hive::NtHiveError::SequenceNumberMismatch { .. })));

    let mut builder = rich(5, ListKind::Auto);
    builder.key("letters").unsorted();
    let built = builder.build();
    let hive = Hive::new(built.bytes()).unwrap();
    let letters = hive.root_key_node().unwrap().subkey("letters").unwrap().unwrap();
    let names: Vec<_> = letters.subkeys().unwrap().unwrap().map(|key| text(&key.unwrap().name().unwrap())).collect();
    assert_eq!(names, ["日本語", "Ärger", "a_b", "AB"]);
}

#[test]
fn builds_are_deterministic() {
    assert_eq!(rich(5, ListKind::Auto).build().bytes(), rich(5, ListKind::Auto).build().bytes());
}

/// Each damage changes the file, leaves the base block's checksum right (but for the one that is about it), and says
/// when the target has nothing to damage.
#[test]
fn every_corruption_applies() {
    let mut builder = rich(5, ListKind::Auto);
    let target = builder.key("target");
    target.set("big", Value::binary(vec![1; 40_000])).set("text", Value::sz("some text"));
    target.subkey("one");
    target.subkey("two");
    builder.key("bare");
    let whole = builder.build();
    for corruption in Corruption::ALL {
        let mut hive = whole.clone();
        assert!(corruption.apply(&mut hive, "target"), "{}", corruption.name());
        assert_ne!(hive.bytes(), whole.bytes(), "{}", corruption.name());
        if hive.bytes().len() >= 512 {
            let stored = u32::from_le_bytes(hive.bytes()[508..512].try_into().unwrap());
            let right = stored == hivekey_testkit::hive::checksum(hive.bytes());
            assert_eq!(right, *corruption != Corruption::BadChecksum);
        }
        let mut hive = whole.clone();
        if !corruption.apply(&mut hive, "bare") {
            assert_eq!(hive.bytes(), whole.bytes(), "{}", corruption.name());
        }
        assert!(!corruption.apply(&mut hive, "absent"));
    }
}

fn has(hive: &BuiltHive, needle: &[u8]) -> bool {
    hive.bytes().windows(needle.len()).any(|window| window == needle)
}

/// Every cell in use can be reached from the root, and none is reached twice.
#[test]
fn no_cell_leaks() {
    let mut builder = rich(5, ListKind::Auto);
    builder.key(r"Victim\Below").class("Gone").set("big", Value::binary(vec![7; 40_000]));
    builder.key("many").leave("big", Value::binary(vec![8; 40_000]), Remains::Orphan);
    builder.delete_key("Victim");
    let built = builder.build();
    let word = |at: usize| i32::from_le_bytes(built.bytes()[at..at + 4].try_into().unwrap());
    let content = |cell: usize, at: usize| word(4096 + cell + 4 + at) as u32 as usize;

    let mut reached = Vec::new();
    for key in built.keys() {
        let cell = key.cell as usize;
        reached.push(cell);
        reached.extend(key.subkey_list.into_iter().chain(key.value_list).map(|cell| cell as usize));
        reached.extend(key.leaves.iter().map(|leaf| *leaf as usize));
        reached.push(content(cell, 48));
        for value in &key.values {
            reached.push(value.cell as usize);
            let Some(data) = value.data.map(|data| data as usize) else { continue };
            reached.push(data);
            if built.bytes()[4096 + data + 4..].starts_with(b"db") {
                let list = content(data, 4);
                reached.push(list);
                reached.extend((0..content(data, 0) >> 16).map(|index| content(list, 4 * index)));
            }
        }
    }
    reached.push(content(built.keys()[0].cell as usize, 44));
    reached.retain(|cell| *cell != 0xFFFF_FFFF);
    reached.sort_unstable();

    let mut used = Vec::new();
    let mut bin = 4096;
    while bin < built.bytes().len() {
        let end = bin + word(bin + 8) as usize;
        let mut cell = bin + 32;
        while cell < end {
            if word(cell) < 0 {
                used.push(cell - 4096);
            }
            cell += word(cell).unsigned_abs() as usize;
        }
        bin = end;
    }
    assert_eq!(reached, used);
}
