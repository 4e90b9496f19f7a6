//! Images that wimlib writes, in every compression: the same names, sizes and bytes as the folder has. Needs `wimlib-imagex`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use hivekey_wim::{Anomaly, Entry, Error, Header, Limits, ReadAt, Wim, part_name};

/// Runs a program. `false` if there is no such program.
fn run(command: &mut Command) -> bool {
    match command.stdout(Stdio::null()).stderr(Stdio::piped()).output() {
        Ok(output) => {
            assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
            true
        }
        Err(error) => {
            println!("skipped: {command:?}: {error}");
            false
        }
    }
}

/// Files that packers treat in different ways: text, machine code, rows of numbers, noise, zeros.
fn make_folder(at: &Path) {
    let deep = at.join("Windows/System32/config");
    fs::create_dir_all(&deep).unwrap();
    fs::create_dir(at.join("empty folder")).unwrap();
    fs::write(at.join("empty"), []).unwrap();
    fs::write(at.join("one byte"), [7]).unwrap();
    let text: String = (0..60_000u64).map(|i| format!("line {i} of {}\n", i * i)).collect();
    fs::write(deep.join("text"), &text).unwrap();
    fs::write(at.join("same text"), &text).unwrap();
    let numbers: Vec<u8> = (0..300_000u32).flat_map(|i| (i.wrapping_mul(i) / 7).to_le_bytes()).collect();
    fs::write(deep.join("numbers"), numbers).unwrap();
    let mut state = 1u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    fs::write(deep.join("SOFTWARE"), (0..200_000).map(|_| noise()).collect::<Vec<u8>>()).unwrap();
    fs::write(at.join("zeros"), vec![0; 500_000]).unwrap();
    // This program: machine code of x86, on most machines.
    let program = fs::read(std::env::current_exe().unwrap()).unwrap();
    fs::write(at.join("program"), &program[..program.len().min(5_000_000)]).unwrap();
    for number in 0..300 {
        fs::write(at.join(format!("Windows/file {number} with a name that is quite long")), number.to_string())
            .unwrap();
    }
    fs::write(at.join("Windows/Ünïcödé-名"), "x").unwrap();
}

/// The paths and contents of all files of a folder.
fn files(at: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(at.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else {
                found.insert(path.to_str().unwrap().to_owned(), fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}

fn read(file: &dyn ReadAt) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(file.len()).unwrap()];
    file.read_into(0, &mut bytes).unwrap();
    bytes
}

/// The paths of all files of an image.
fn entries(wim: &Wim, image: usize) -> BTreeMap<String, Entry> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(String::new(), wim.images()[image].root())];
    while let Some((path, folder)) = folders.pop() {
        let listing = wim.entries(&folder, usize::MAX).unwrap();
        assert!(listing.stopped.is_none(), "{:?}", listing.stopped);
        for entry in listing.entries {
            let path = if path.is_empty() { entry.name.clone() } else { format!("{path}/{}", entry.name) };
            if entry.is_directory() { folders.push((path, entry)) } else { drop(found.insert(path, entry)) }
        }
    }
    found
}

fn compare(wim: &Wim, image: usize, expected: &BTreeMap<String, Vec<u8>>) {
    let found = entries(wim, image);
    assert!(found.keys().eq(expected.keys()));
    for (path, entry) in &found {
        let (file, expected) = (wim.open_file(entry).unwrap(), &expected[path]);
        assert_eq!((file.len(), wim.size(entry)), (length(expected), length(expected)), "{path}");
        assert!(read(&*file) == *expected, "{path}");
        // Backwards in odd pieces, so that chunks are taken from the cache and made again.
        let mut end = expected.len();
        while end > 0 {
            let start = end.saturating_sub(70_001);
            let mut piece = vec![0; end - start];
            file.read_into(u64::try_from(start).unwrap(), &mut piece).unwrap();
            assert!(piece == expected[start..end], "{path} {start}");
            end = start;
        }
        assert!(file.read_into(file.len(), &mut [0]).is_err());
    }
}

fn open(path: &Path) -> Wim {
    open_with(path, &Limits::default()).unwrap()
}

fn open_with(path: &Path, limits: &Limits) -> Result<Wim, Error> {
    let file: Arc<dyn ReadAt> = Arc::new(fs::read(path).unwrap());
    let own = Header::read(&file)?.part;
    let name = path.file_name().unwrap().to_str().unwrap();
    let other = |part| -> Option<Arc<dyn ReadAt>> {
        let path = path.with_file_name(part_name(name, own, part)?);
        Some(Arc::new(fs::read(path).ok()?))
    };
    Wim::open(file, other, limits)
}

#[test]
fn every_compression() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("folder");
    make_folder(&folder);
    let expected = files(&folder);
    let cases: &[&[&str]] = &[
        &["--compress=none"],
        &["--compress=XPRESS"],
        &["--compress=XPRESS", "--chunk-size=65536"],
        &["--compress=LZX"],
        &["--compress=LZX", "--chunk-size=65536"],
        &["--compress=LZX", "--chunk-size=1M"],
        &["--compress=LZX", "--chunk-size=2M"],
        &["--compress=LZMS"],
        &["--compress=LZMS", "--chunk-size=4M"],
        &["--solid"],
        &["--solid", "--solid-compress=LZX", "--solid-chunk-size=512K"],
        &["--solid", "--solid-compress=XPRESS", "--solid-chunk-size=64K"],
    ];
    for (number, options) in cases.iter().enumerate() {
        let image = top.path().join(format!("{number}.wim"));
        let mut command = Command::new("wimlib-imagex");
        if !run(command.arg("capture").arg(&folder).arg(&image).args(*options)) {
            return;
        }
        println!("{options:?}");
        let wim = open(&image);
        assert_eq!((wim.images().len(), wim.anomalies().len()), (1, 0));
        compare(&wim, 0, &expected);
    }
}

#[test]
fn contents_that_differ_from_their_hashes() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("folder");
    fs::create_dir(&folder).unwrap();
    let content: Vec<u8> = (0..200_000u32).map(|at| at.to_le_bytes()[usize::try_from(at % 3).unwrap()]).collect();
    fs::write(folder.join("SOFTWARE"), &content).unwrap();
    let path = work.path().join("a.wim");
    if !run(Command::new("wimlib-imagex").arg("capture").args([&folder, &path]).arg("--compress=none")) {
        return;
    }
    let whole = open(&path);
    let file = |wim: &Wim| wim.lookup(&wim.images()[0].root(), "software").unwrap().unwrap();
    assert_eq!(read(&*whole.open_file(&file(&whole)).unwrap()), content);
    assert_eq!(whole.differing(&whole.images()[0].root()).len(), 0);

    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(3000).position(|bytes| bytes == &content[..3000]).unwrap();
    bytes[at + 150_000] ^= 1;
    fs::write(&path, bytes).unwrap();
    let differing = |len: usize, limits: &Limits| {
        let wim = open_with(&path, limits).unwrap();
        let content = wim.open_file(&file(&wim)).unwrap();
        content.read_into(0, &mut vec![0; len]).unwrap();
        // Told once, however often it is read.
        wim.open_file(&file(&wim)).unwrap().read_into(0, &mut vec![0; len]).unwrap();
        wim.differing(&wim.images()[0].root()).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let told = differing(4096, &Limits::default());
    assert!(
        matches!(told.as_slice(), [text] if text.starts_with("SOFTWARE: the SHA-1 of the content is ")),
        "{told:?}"
    );
    // Who reads the head only, or allows less, is told nothing.
    assert_eq!(differing(512, &Limits::default()).len(), 0);
    assert_eq!(differing(4096, &Limits { checked_bytes: 199_999, ..Limits::default() }).len(), 0);
}

#[test]
fn several_images_links_and_names() {
    let top = tempfile::tempdir().unwrap();
    let (first, second) = (top.path().join("first"), top.path().join("second"));
    make_folder(&first);
    fs::create_dir_all(second.join("Users")).unwrap();
    fs::write(second.join("Users/file"), "second").unwrap();
    std::os::unix::fs::symlink("file", second.join("Users/link")).unwrap();
    let image = top.path().join("two.wim");
    let mut command = Command::new("wimlib-imagex");
    if !run(command.arg("capture").arg(&first).arg(&image)) {
        return;
    }
    run(Command::new("wimlib-imagex").arg("append").arg(&second).arg(&image).arg("other"));
    let wim = open(&image);
    assert_eq!(wim.images().len(), 2);
    compare(&wim, 0, &files(&first));
    let users = wim.lookup(&wim.images()[1].root(), "USERS").unwrap().unwrap();
    let file = wim.lookup(&users, "File").unwrap().unwrap();
    assert_eq!((read(&*wim.open_file(&file).unwrap()), file.reparse_tag()), (b"second".to_vec(), None));
    assert!(wim.lookup(&users, "nothing").unwrap().is_none());
    assert!(matches!(wim.lookup(&file, "x"), Err(Error::NotADirectory)));
    let link = wim.lookup(&users, "link").unwrap().unwrap();
    assert_eq!(link.reparse_tag(), Some(0xA000_000C));
    // Offsets and lengths of two names, the flag for a relative link, the names.
    let target = read(&*wim.open_file(&link).unwrap());
    assert_eq!(target[12..20], *b"f\0i\0l\0e\0");
    // Limits.
    let few = Limits { images: 1, ..Limits::default() };
    assert!(matches!(open_with(&image, &few), Err(Error::Limit { value: 1, .. })));
    assert_eq!(wim.entries(&wim.images()[0].root(), 3).unwrap().entries.len(), 3);
}

#[test]
fn parts() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("folder");
    make_folder(&folder);
    let image = top.path().join("whole.wim");
    let mut command = Command::new("wimlib-imagex");
    if !run(command.arg("capture").arg(&folder).arg(&image).arg("--compress=none")) {
        return;
    }
    let first = top.path().join("part.swm");
    run(Command::new("wimlib-imagex").arg("split").arg(&image).arg(&first).arg("2"));
    let second = top.path().join("part2.swm");
    assert!(top.path().join("part3.swm").exists());
    let expected = files(&folder);
    for part in [&first, &second] {
        let wim = open(part);
        assert!(wim.anomalies().is_empty(), "{:?}", wim.anomalies());
        compare(&wim, 0, &expected);
    }
    // Without one of them the others are read, and what is missing says so.
    fs::remove_file(&second).unwrap();
    let wim = open(&first);
    assert!(matches!(wim.anomalies()[..], [Anomaly::MissingPart { part: 2, .. }]));
    let (mut lost, mut read_whole) = (0, 0);
    for (path, entry) in entries(&wim, 0) {
        match wim.open_file(&entry) {
            Ok(file) => {
                assert!(read(&*file) == expected[&path]);
                read_whole += 1;
            }
            Err(error) => {
                assert!(error.to_string().starts_with("no blob table has the content with the SHA-1 "), "{error}");
                lost += 1;
            }
        }
    }
    assert!(lost > 0 && read_whole > 0);
    // A part of another image.
    let other = top.path().join("other.wim");
    run(Command::new("wimlib-imagex").arg("capture").arg(folder.join("Windows")).arg(&other).arg("--compress=none"));
    run(Command::new("wimlib-imagex").arg("split").arg(&other).arg(top.path().join("other.swm")).arg("1"));
    fs::rename(top.path().join("other2.swm"), &second).unwrap();
    let messages: Vec<String> = open(&first).anomalies().iter().map(ToString::to_string).collect();
    assert_eq!(messages, ["part 2: WIM header at 0x0: GUID is 0x2, expected that of the other parts"]);
}

#[test]
fn pipable_images_are_refused() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("folder");
    make_folder(&folder);
    let image = top.path().join("pipable.wim");
    let mut command = Command::new("wimlib-imagex");
    if run(command.arg("capture").arg(&folder).arg(&image).arg("--pipable")) {
        let error = open_with(&image, &Limits::default()).err().unwrap();
        assert!(error.to_string().starts_with("a pipable WIM (make a plain one of it"), "{error}");
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap()
}
