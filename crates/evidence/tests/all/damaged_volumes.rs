//! NTFS volumes on which a folder leads no more to the hives that were in it. Needs `mkntfs` and `ntfs-3g`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hivekey_evidence::{Options, Source, open_source};
use hivekey_ntfs::{Limits, Ntfs};
use hivekey_testkit::disk::ntfs_volume::{make, make_junction, run};
use tempfile::TempDir;

use crate::support::base_block;

struct Volume {
    folder: TempDir,
}

impl Volume {
    /// A volume with files that are hives by their first bytes, and what else `fill` makes.
    fn new(hives: &[&str], fill: impl FnOnce(&Path)) -> Option<Self> {
        let volume = Self { folder: tempfile::tempdir().unwrap() };
        let made = make(&volume.image(), 16 << 20, |top| {
            for hive in hives {
                let path = top.join(hive);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                // Longer than a record, so that it has clusters.
                fs::write(path, base_block(0)).unwrap();
            }
            fill(top);
        });
        made.then_some(volume)
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("volume.raw")
    }

    /// Mounts the volume once more.
    fn change(&self, change: impl FnOnce(&Path)) {
        let mount = tempfile::tempdir().unwrap();
        let folder = mount.path().to_str().unwrap();
        assert!(run("ntfs-3g", &[self.image().to_str().unwrap(), folder]));
        change(mount.path());
        assert!(run("fusermount", &["-u", folder]) || run("umount", &[folder]));
    }

    /// The source with the record of a folder wiped out, and that record's number.
    fn without(&self, folder: &[&str]) -> (Source, u64) {
        let mut bytes = fs::read(self.image()).unwrap();
        let volume = Ntfs::open(Arc::new(bytes.clone()), &Limits::default()).unwrap();
        let found = volume.lookup(folder).unwrap().found().unwrap();
        let at = usize::try_from(found.record_offset().0).unwrap();
        bytes[at..at + 1024].fill(0);
        let path = self.folder.path().join("damaged.raw");
        fs::write(&path, bytes).unwrap();
        (open_source(&path, &Options::default()).unwrap(), found.reference().record.0)
    }

    fn open(&self, deleted: bool) -> Source {
        open_source(&self.image(), &Options::default().with_deleted(deleted)).unwrap()
    }
}

/// Hives and logs of each installation, those of current ones with a star.
fn hives(source: &Source) -> Vec<String> {
    let mut lines = Vec::new();
    for found in &source.installations {
        let star = if found.is_current() { "*" } else { "" };
        for hive in &found.hives {
            let logs = hive.logs.iter().map(|log| format!(" + {}", log.path.file_name().unwrap().display()));
            lines.push(format!("{star}{}{}", hive.path, logs.collect::<String>()));
        }
    }
    lines
}

fn problems(source: &Source) -> String {
    source.problems.iter().map(|problem| format!("{}: {problem}\n", problem.code())).collect()
}

const CONFIG: [&str; 2] = ["Windows/System32/config/SOFTWARE", "Windows/System32/config/SYSTEM"];

#[test]
fn folders_whose_record_is_lost() {
    let Some(volume) = Volume::new(&CONFIG, |_| {}) else { return };
    let sound = ["*Windows/System32/config/SOFTWARE", "*Windows/System32/config/SYSTEM"];
    assert_eq!(hives(&volume.open(false)), sound);
    for (folder, below) in [
        (&["Windows"][..], "System32/config/"),
        (&["Windows", "System32"], "config/"),
        (&["Windows", "System32", "config"], ""),
    ] {
        let (source, record) = volume.without(folder);
        let expected = ["SOFTWARE", "SYSTEM"].map(|hive| format!("*lost/record {record}/{below}{hive}"));
        assert_eq!(hives(&source), expected, "{folder:?} {}", problems(&source));
    }
    let (source, _) = volume.without(&[]);
    assert_eq!(hives(&source), sound.map(|path| path.replace('*', "*lost/")), "{}", problems(&source));
}

#[test]
fn a_deleted_hive_has_the_logs_that_stayed() {
    let hives_and_logs = [CONFIG[0], CONFIG[1], "Windows/System32/config/SAM"];
    let Some(volume) = Volume::new(&hives_and_logs, |top| {
        let log = |name: &str| fs::write(top.join("Windows/System32/config").join(name), base_block(6)).unwrap();
        log("software.LOG1");
        log("SYSTEM.LOG1");
    }) else {
        return;
    };
    volume.change(|top| fs::remove_file(top.join(CONFIG[0])).unwrap());
    let source = volume.open(true);
    let deleted: Vec<String> = hives(&source).into_iter().filter(|path| path.starts_with("deleted")).collect();
    assert_eq!(deleted, ["deleted/Windows/System32/config/SOFTWARE + SOFTWARE.LOG1"]);
}

#[test]
fn a_volume_that_was_formatted_anew() {
    let Some(volume) = Volume::new(&CONFIG, |_| {}) else { return };
    assert!(run("mkntfs", &["-F", "-Q", "-q", volume.image().to_str().unwrap()]));
    assert!(hives(&volume.open(false)).is_empty());
    let source = volume.open(true);
    assert_eq!(hives(&source), CONFIG.map(|path| format!("deleted/earlier format/{path}")), "{}", problems(&source));
    // A new Windows takes the records of the old folders; beside it folders of any depth are searched.
    volume.change(|top| {
        fs::create_dir_all(top.join("Windows/System32/config")).unwrap();
        fs::write(top.join(CONFIG[0]), base_block(0)).unwrap();
    });
    let found = hives(&volume.open(true));
    assert!(found.contains(&format!("*{}", CONFIG[0])), "{found:?}");
    assert!(found.iter().any(|path| path.starts_with("deleted/earlier format/?/")), "{found:?}");

    let mut options = Options::default().with_deleted(true);
    options.limits.swept_bytes = 4096;
    let source = open_source(&volume.image(), &options).unwrap();
    assert!(problems(&source).contains("limit-reached: deleted/earlier format: more than 4096 bytes"), "{source:?}");
}

#[test]
fn links_to_another_drive() {
    let Some(volume) = Volume::new(&["real/Windows/System32/config/SOFTWARE"], |top| {
        make_junction(&top.join("gone"), r"\??\D:\cfg");
        make_junction(&top.join("linked"), r"\??\E:\real\Windows");
        make_junction(&top.join("own"), r"\??\C:\real\Windows");
    }) else {
        return;
    };
    let source = volume.open(false);
    assert_eq!(hives(&source), ["*real/Windows/System32/config/SOFTWARE"]);
    assert_eq!(
        problems(&source),
        "link-other-drive: linked: a link leads to E:\\\\real\\\\Windows, on another drive than C:; followed on this \
         volume, which has that path, too\n\
         link-leaves-evidence: gone: a link leads out of the evidence, to D:\\\\cfg; not followed\n"
    );
}

#[test]
fn a_hard_link_is_no_installation_of_its_own() {
    let Some(volume) = Volume::new(&["real/Windows/System32/config/SOFTWARE"], |top| {
        fs::create_dir(top.join("a")).unwrap();
        fs::hard_link(top.join("real/Windows/System32/config/SOFTWARE"), top.join("a/software_link")).unwrap();
    }) else {
        return;
    };
    assert_eq!(hives(&volume.open(false)), ["*real/Windows/System32/config/SOFTWARE"]);
}

#[test]
fn a_damaged_folder_is_named() {
    let Some(volume) = Volume::new(&CONFIG, |top| {
        for number in 0..200 {
            fs::write(top.join("Windows/System32/config").join(format!("{number} fills the index")), b"").unwrap();
        }
    }) else {
        return;
    };
    let mut bytes = fs::read(volume.image()).unwrap();
    let blocks: Vec<usize> = (0..bytes.len()).step_by(512).filter(|&at| bytes[at..].starts_with(b"INDX")).collect();
    blocks.into_iter().for_each(|at| bytes[at..at + 4].fill(0));
    fs::write(volume.image(), bytes).unwrap();
    let source = volume.open(false);
    assert_eq!(hives(&source), CONFIG.map(|path| format!("*{path}")));
    let told = problems(&source);
    let line = told.lines().find(|line| line.starts_with("volume-damaged: Windows/System32/config: ")).expect(&told);
    assert!(line.contains("were searched by their parent in the whole Master File Table"), "{line}");
}
