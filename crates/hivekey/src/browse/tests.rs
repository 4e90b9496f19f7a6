use std::fs;
use std::path::{Path, PathBuf};

use hivekey_testkit::hive::{HiveBuilder, Value};

use super::{BrowseError, BrowsedHive, Hives};
use crate::Options;

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(path)
}

fn hive(path: &Path) -> BrowsedHive {
    Hives::open(path, &Options::new()).unwrap().choose("").unwrap().0
}

#[test]
fn keys_are_found_in_any_case_and_spelled_as_stored() {
    let hive = hive(&testdata("hives/retail-SOFTWARE"));
    let key = hive.key(r"\microsoft\WINDOWS nt\currentversion\").unwrap().unwrap();
    assert_eq!(
        (key.path(), key.name().as_str(), key.depth()),
        (r"\Microsoft\Windows NT\CurrentVersion", "CurrentVersion", 3)
    );
    assert_eq!(key.value("PRODUCTNAME").unwrap().unwrap().name(), "ProductName");
    assert!(hive.key(r"Microsoft\Missing\CurrentVersion").unwrap().is_none());
    assert!(key.value("missing").unwrap().is_none());
    let root = hive.key("").unwrap().unwrap();
    assert_eq!((root.path(), root.depth()), ("", 0));
    assert_eq!(hive.mount_point(), Some(r"HKEY_LOCAL_MACHINE\SOFTWARE"));
}

#[test]
fn a_walk_gives_the_key_and_what_is_below_it_only() {
    let hive = hive(&testdata("hives/retail-SOFTWARE"));
    let root = hive.key("").unwrap().unwrap();
    let all: Vec<String> = hive.walk(&root).map(|key| key.unwrap().path().to_owned()).collect();
    let start = hive.key(r"microsoft\windows nt").unwrap().unwrap();
    let part: Vec<String> = hive.walk(&start).map(|key| key.unwrap().path().to_owned()).collect();
    let expected: Vec<String> = all
        .iter()
        .filter(|path| *path == r"\Microsoft\Windows NT" || path.starts_with(r"\Microsoft\Windows NT\"))
        .cloned()
        .collect();
    assert!(all.len() > part.len() && part.len() > 1);
    assert_eq!(part, expected);
}

#[test]
fn each_hive_is_chosen_by_role_or_name() {
    let hives = Hives::open(testdata("server2019-backup"), &Options::new()).unwrap();
    assert!(!hives.is_single());
    for (key, path, rest) in [
        (r"SOFTWARE\Microsoft", "SOFTWARE", "Microsoft"),
        (r"hklm\system\Select", "SYSTEM", "Select"),
        (r"\HKEY_LOCAL_MACHINE\SAM", "SAM", ""),
        (r"ntuser.dat\Software", "NTUSER.DAT", "Software"),
    ] {
        let (hive, found) = hives.choose(key).unwrap();
        assert!(hive.report().path.ends_with(path) && !hive.report().path.contains("RegBack"), "{key}");
        assert_eq!(found, rest);
    }
    assert!(matches!(hives.choose(""), Err(BrowseError::ChooseHive { .. })));
    assert!(matches!(hives.choose(r"Microsoft\Windows"), Err(BrowseError::ChooseHive { .. })));
}

#[test]
fn what_is_no_hive_is_an_error() {
    let open = |path: &str| Hives::open(testdata(path), &Options::new()).and_then(|hives| hives.choose("").map(drop));
    assert!(matches!(open("missing"), Err(BrowseError::Source(_))));
    assert!(matches!(open("hives/text.dat"), Err(BrowseError::Source(_))));
    assert!(matches!(open("blobs"), Err(BrowseError::NoHive)));
}

/// A crafted hive whose values all name the same data: a dump of it would be far longer than the hive.
#[test]
fn shared_data_are_given_for_so_long_only() {
    const VALUES: u8 = 64;
    const DATA: u16 = 16_000;
    let mut hive = HiveBuilder::new();
    let key = hive.key("Shared");
    key.set("first", Value::binary(vec![0xA5; DATA.into()]));
    for number in 0..VALUES {
        key.set(format!("value {number}").as_str(), Value::binary(vec![number; 8]));
    }
    let built = hive.build();
    let data = built.value_place("Shared", "first").unwrap().data.unwrap();
    let mut bytes = built.bytes().to_vec();
    for number in 0..VALUES {
        let place = built.value_place("Shared", &format!("value {number}")).unwrap();
        let record = usize::try_from(place.file_offset()).unwrap();
        // Behind the size of the cell: the size of the data, then the cell of the data.
        bytes[record + 8..record + 12].copy_from_slice(&u32::from(DATA).to_le_bytes());
        bytes[record + 12..record + 16].copy_from_slice(&data.to_le_bytes());
    }
    let size = bytes.len();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hive");
    fs::write(&path, bytes).unwrap();

    let hive = self::hive(&path);
    let root = hive.key("").unwrap().unwrap();
    let (mut given, mut refused) = (0, 0u32);
    for key in hive.walk(&root) {
        for value in key.unwrap().values() {
            match value.unwrap().data() {
                Ok(data) => given += data.len(),
                Err(BrowseError::TooMuchData { .. }) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(given >= size - 8192 && given <= 2 * size, "{given} of {size}");
    assert!(refused > u32::from(VALUES) / 2);
    // A new look-up may read again.
    let key = hive.key("Shared").unwrap().unwrap();
    assert_eq!(key.value("value 63").unwrap().unwrap().data().unwrap().len(), usize::from(DATA));
}
