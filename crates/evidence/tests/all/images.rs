//! Disk images of the corpus: each is opened as what its table says it is, and holds what an independent reader found.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use hivekey_evidence::{Error, LooksLike, Options, Source, SourceKind, TreePath, open_source};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::corpus::{corpus, rows};

/// What the report of a source may read before it comes to the hives: "a few megabytes".
const DISCOVERY_BYTES: u64 = 1 << 20;

/// The images of the corpus, unpacked where need be.
pub struct Images {
    corpus: PathBuf,
    unpacked: TempDir,
}

impl Images {
    pub fn new() -> Option<Self> {
        Some(Self { corpus: corpus()?, unpacked: tempfile::tempdir().unwrap() })
    }

    /// The path of an image by its name in the table, without `.xz`.
    pub fn path(&self, name: &str) -> PathBuf {
        let plain = self.corpus.join("images").join(name);
        let packed = self.corpus.join("images").join(format!("{name}.xz"));
        if plain.exists() || !packed.exists() {
            return plain;
        }
        let path = self.unpacked.path().join(Path::new(name).file_name().unwrap());
        if !path.exists() {
            let mut bytes = Vec::new();
            liblzma::read::XzDecoder::new(fs::File::open(packed).unwrap()).read_to_end(&mut bytes).unwrap();
            fs::write(&path, bytes).unwrap();
        }
        path
    }
}

pub fn open(path: &Path) -> Source {
    open_source(path, &Options::default()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All hives and logs with their sizes and hashes, the name of the partition taken off: the same whatever holds the files.
pub fn answer(source: &Source) -> Vec<String> {
    answer_inside(source, &TreePath::root())
}

/// The same of what lies inside a folder, or an image in it; the name of the folder is taken off as well.
pub fn answer_inside(source: &Source, folder: &TreePath) -> Vec<String> {
    let short = |path: String| {
        let path = path.strip_prefix(&folder.to_string()).unwrap().trim_start_matches('/');
        match path.split_once('/') {
            Some((first, rest)) if first.starts_with("partition ") => rest.to_owned(),
            _ => path.to_owned(),
        }
    };
    let mut lines = Vec::new();
    for found in source.installations.iter().filter(|found| found.root.is_inside(folder)) {
        lines.push(format!("{:?} {}", found.place, short(found.root.to_string())));
        for hive in &found.hives {
            let logs = hive.logs.iter().map(|log| (&log.path, log.size));
            for (path, size) in [(&hive.path, hive.size)].into_iter().chain(logs) {
                let bytes = source.read_small_file(path, 64 << 20).unwrap();
                let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(u64::try_from(bytes.len()).unwrap(), size, "{path}");
                lines.push(format!("  {} {size} {hash}", short(path.to_string())));
            }
        }
        for file in &found.files {
            lines.push(format!("  {:?} {} {}", file.kind, short(file.path.to_string()), file.size));
        }
    }
    lines
}

/// The kind of source that an independent reader's name of a container stands for.
fn expected_kind(probe: &str) -> Option<SourceKind> {
    let kinds = [
        ("RawContainer", SourceKind::Raw),
        ("VhdContainer", SourceKind::Vhd),
        ("VhdxContainer", SourceKind::Vhdx),
        ("QCow2Container", SourceKind::Qcow2),
        ("VmdkContainer", SourceKind::Vmdk),
        ("EwfContainer", SourceKind::Ewf),
    ];
    kinds.into_iter().find(|(name, _)| probe.contains(name)).map(|(_, kind)| kind)
}

#[test]
fn every_image_of_the_table() {
    let Some(images) = Images::new() else { return };
    for row in rows(&images.corpus.join("images.tsv")) {
        let (file, probe) = (row["file"].trim_end_matches(".xz"), &row["probe"]);
        let path = images.path(file);
        let Some(kind) = expected_kind(probe) else {
            // Later segments are named, not opened.
            let error = open_source(&path, &Options::default()).unwrap_err();
            assert!(
                matches!(&error, Error::NotEvidence { looks_like: LooksLike::Instead { name, .. }, .. } if name.contains("segment")),
                "{file}: {error}"
            );
            continue;
        };
        let opened = open_source(&path, &Options::default());
        let codes = |source: &Source| -> Vec<&str> { source.problems.iter().map(|problem| problem.code()).collect() };
        // Not read at all: file systems without Windows, and a bare text.
        let source = match opened {
            Ok(source) => source,
            Err(Error::NotEvidence { .. }) if kind == SourceKind::Raw && !probe.contains("fs=ntfs") => continue,
            Err(error) => panic!("{file}: {error}"),
        };
        assert_eq!(source.kind, kind, "{file}");
        assert!(source.bytes_read() < DISCOVERY_BYTES, "{file}: {} bytes", source.bytes_read());
        // An independent reader's list of hives names those in config folders.
        let has_windows = probe.to_lowercase().contains("/system32/config/");
        let windows = source
            .installations
            .iter()
            .filter(|found| !found.loose && found.root.to_string().to_lowercase().contains("windows"));
        assert_eq!(windows.count() > 0, has_windows, "{file}: {source:?}");
        assert_eq!(codes(&source).contains(&"no-volume"), !probe.contains("fs=ntfs"), "{file}: {:?}", source.problems);
    }
}

#[test]
fn one_installation_in_raw_vhd_vhdx_and_ewf() {
    let Some(images) = Images::new() else { return };
    let raw = open(&images.path("built/win11-gpt.raw"));
    let expected = answer(&raw);
    assert!(expected.contains(&"Windows windows".to_owned()), "{expected:#?}");
    assert!(expected.contains(&"WindowsOld Windows.old/Windows".to_owned()), "{expected:#?}");
    assert_eq!(raw.installations[0].root.to_string(), "partition 1/Windows.old/Windows");
    for name in ["built/win11-gpt.vhd", "built/win11-gpt.vhdx", "built/win11-gpt-split.E01"] {
        let source = open(&images.path(name));
        assert_eq!(answer(&source), expected, "{name}");
        assert_eq!(source.problems.len(), 0, "{name}: {:?}", source.problems);
    }
}
