//! NTFS volumes on which a folder leads no more to the hives that were in it. Needs `mkntfs` and `ntfs-3g`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hivekey_evidence::{Options, Source, open_source};
use hivekey_ntfs::{Limits, Ntfs};
use hivekey_testkit::disk::ntfs_volume::{make, make_disk, make_junction, run};
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

/// Beside a Windows that is in place lost hives are no current ones, however deep they lie.
#[test]
fn lost_folders_beside_a_windows() {
    let deep = "a/b/c/d/Windows/System32/config/SOFTWARE";
    let real = ["lost", "Lost 2", "deleted"].map(|name| format!("{name}/Windows/System32/config/SOFTWARE"));
    let Some(volume) = Volume::new(&[CONFIG[0], deep], |_| {}) else { return };
    let (source, record) = volume.without(&["a"]);
    let lost = deep.replacen('a', &format!("lost/record {record}"), 1);
    assert_eq!(hives(&source), [format!("*{}", CONFIG[0]), lost], "{}", problems(&source));

    // Folders of the volume itself that have those names.
    let hives_of_all: Vec<&str> = [CONFIG[0], deep].into_iter().chain(real.iter().map(String::as_str)).collect();
    let Some(volume) = Volume::new(&hives_of_all, |top| fs::remove_file(top.join(CONFIG[0])).unwrap()) else { return };
    let (source, record) = volume.without(&["a"]);
    let found = hives(&source);
    assert!(real.iter().all(|path| found.contains(&format!("*{path}"))), "{found:?}");
    assert!(found.contains(&deep.replacen('a', &format!("lost 3/record {record}"), 1)), "{found:?}");
    let found = hives(&volume.open(true));
    assert!(real.iter().all(|path| found.contains(&format!("*{path}"))), "{found:?}");
    assert!(found.contains(&format!("deleted 2/{}", CONFIG[0])), "{found:?}");
}

/// A partition that was deleted leaves its volume.
#[test]
fn lost_volumes_beside_a_windows() {
    let Some(windows) = Volume::new(&CONFIG[..1], |_| {}) else { return };
    let Some(data) = Volume::new(&["data/file"], |_| {}) else { return };
    let [windows, data] = [windows, data].map(|volume| fs::read(volume.image()).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.raw");
    let current = |named: &[u8], table: &[u8]| {
        make_disk(&path, &[(7, named), (7, &windows)]);
        let mut disk = fs::read(&path).unwrap();
        disk[510 - table.len()..510].copy_from_slice(table);
        fs::write(&path, disk).unwrap();
        let source = open_source(&path, &Options::default()).unwrap();
        source.installations.iter().map(|it| format!("{} {}", it.root, it.is_current())).collect::<Vec<_>>()
    };
    let second = "partition at 17825792/Windows";
    // Without the entry of the second partition, and without any.
    let without_second = [0; 48];
    assert_eq!(current(&windows, &without_second), ["partition 1/Windows true".to_owned(), format!("{second} false")]);
    let found = current(&data, &without_second);
    assert!(found.contains(&format!("{second} true")), "{found:?}");
    assert_eq!(current(&windows, &[0; 64]), ["partition at 1048576/Windows true".to_owned(), format!("{second} true")]);
}

#[test]
fn earlier_formats_are_searched_for_within_one_budget() {
    let Some(volume) = Volume::new(&CONFIG, |_| {}) else { return };
    assert!(run("mkntfs", &["-F", "-Q", "-q", volume.image().to_str().unwrap()]));
    let bytes = fs::read(volume.image()).unwrap();
    let disk = volume.folder.path().join("disk.raw");
    make_disk(&disk, &[(7, &bytes), (7, &bytes)]);
    let mut options = Options::default().with_deleted(true);
    options.limits.swept_bytes = 24 << 20;
    let told = problems(&open_source(&disk, &options).unwrap());
    assert!(!told.contains("partition 1/deleted"), "{told}");
    assert!(told.contains("limit-reached: partition 2/deleted/earlier format: more than 25"), "{told}");
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
