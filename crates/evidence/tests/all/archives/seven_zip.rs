//! Archives of 7-Zip.

use super::*;

/// Packs a folder by 7-Zip. `None` if it is absent.
fn seven_zip(folder: &Path, to: &Path, options: &[&str]) -> Option<Vec<u8>> {
    let from = folder.join(".");
    let mut args = vec!["a", "-bd", "-y"];
    args.extend(options);
    args.extend([to.to_str().unwrap(), from.to_str().unwrap()]);
    let made = run("7z", &args);
    if !made {
        println!("skipped: 7z absent");
    }
    made.then(|| fs::read(to).unwrap())
}

#[test]
fn archives_of_7_zip() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("folder");
    let expected = unpacked(&folder);
    for (number, options) in [
        vec![],
        vec!["-m0=lzma"],
        vec!["-m0=lzma2", "-mmt=4"],
        vec!["-m0=ppmd"],
        vec!["-m0=bzip2"],
        vec!["-m0=deflate"],
        vec!["-mx=0"],
        vec!["-ms=off"],
        vec!["-ms=2f"],
        vec!["-mf=BCJ"],
        vec!["-m0=BCJ2", "-m1=LZMA", "-m2=LZMA", "-m3=LZMA", "-mb0:1", "-mb0s1:2", "-mb0s2:3"],
        vec!["-mhc=off"],
    ]
    .into_iter()
    .enumerate()
    {
        let to = work.path().join(format!("{number}.7z"));
        if seven_zip(&folder, &to, &options).is_none() {
            continue;
        }
        let source = open(&to);
        assert_eq!((source.kind, answer(&source)), (SourceKind::SevenZip, expected.clone()), "{options:?}");
        assert_eq!(codes(&source), [], "{options:?}");
    }
}

#[test]
fn encrypted_and_altered_archives_of_7_zip() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("folder");
    unpacked(&folder);
    let to = work.path().join("secret.7z");
    if seven_zip(&folder, &to, &["-psecret"]).is_some() {
        let source = open(&to);
        let [problem] = source.problems.as_slice() else { panic!("{:?}", source.problems) };
        assert!(
            problem.to_string().ends_with("more: encrypted; unpack the archive with its password and give the folder")
        );
        assert_eq!(source.installations.len(), 2);
    }
    let to = work.path().join("secret_header.7z");
    if seven_zip(&folder, &to, &["-psecret", "-mhe=on"]).is_some() {
        let error = open_source(&to, &Options::default()).unwrap_err();
        assert_eq!(error.code(), "encrypted-file", "{error}");
    }
    for (name, options) in [("plain.7z", ["-mx=0", "-ms=on"]), ("each.7z", ["-mx=0", "-ms=off"])] {
        let to = work.path().join(name);
        if let Some(mut bytes) = seven_zip(&folder, &to, &options) {
            // In the middle of the hive that is packed first or last.
            bytes[50_000] ^= 1;
            let source = open(&put(work.path(), name, &bytes));
            let [problem] = source.problems.as_slice() else { panic!("{name}: {:?}", source.problems) };
            assert!(problem.to_string().contains("CRC-32 is"), "{problem}");
            assert_eq!(source.installations.len(), 3);
        }
    }
}

/// The bytes of a 7z with changes to its header, or to what is packed, whose checksums hold all the same.
fn changed_seven_zip(mut bytes: Vec<u8>, changes: &[(prop::sample::Index, u8, bool)]) -> Vec<u8> {
    let number =
        |bytes: &[u8], at: usize| usize::try_from(u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())).unwrap();
    let (start, len) = (32 + number(&bytes, 12), number(&bytes, 20));
    for (at, value, in_header) in changes {
        let at = if *in_header { start + at.index(len) } else { 32 + at.index(bytes.len() - 32) };
        bytes[at] = *value;
    }
    let crc = crc32fast::hash(&bytes[start..start + len]);
    bytes[28..32].copy_from_slice(&crc.to_le_bytes());
    let crc = crc32fast::hash(&bytes[12..32]);
    bytes[8..12].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Small archives of 7-Zip, in several ways; none if it is absent.
fn small_seven_zips() -> &'static [Vec<u8>] {
    static MADE: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    MADE.get_or_init(|| {
        let work = tempfile::tempdir().unwrap();
        let folder = work.path().join("folder");
        unpacked(&folder);
        let ways: [&[&str]; 6] = [
            &["-mhc=off"],
            &["-mhc=off", "-m0=ppmd"],
            &["-mhc=off", "-m0=bzip2", "-ms=off"],
            &["-mhc=off", "-mf=BCJ2", "-m0=lzma"],
            &["-mhc=off", "-m0=deflate"],
            &[],
        ];
        let made = ways.iter().enumerate();
        made.filter_map(|(number, way)| seven_zip(&folder, &work.path().join(format!("{number}.7z")), way)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_on_damaged_archives_of_7_zip(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..6),
    ) {
        let made = small_seven_zips();
        if !made.is_empty() {
            let bytes = changed_seven_zip(made[which.index(made.len())].clone(), &changes);
            let work = tempfile::tempdir().unwrap();
            let limits = Limits { archive_expanded_bytes: 64 << 20, ..Limits::default() };
            let _ = open_source(&put(work.path(), "archive.7z", &bytes), &Options::default().with_limits(limits));
        }
    }
}
