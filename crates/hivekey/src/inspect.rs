//! From a path to a report: opens the source, its hives, gathers what they hold and lets the other modules judge.

use std::cmp::Reverse;
use std::ops::ControlFlow;
use std::path::Path;

use hivekey_evidence::{
    self as evidence, Content, HashCheck, HivePlace, ImageHashes, InstallationPlace, LimitName, Moment, Problem,
    ProblemKind, SideFile, SideFileKind, Source, open_source,
};

use crate::gather::gather;
use crate::hives::{self, OpenHive};
use crate::judgement::{self, Case};
use crate::knowledge::Knowledge;
use crate::report::{
    Finding, FindingCode, FoundIn, HiveRole, Installation, Report, ServerBackup, SourceError, SourceReport, Status,
    Timestamp, Windows,
};
use crate::{Lang, Options, history, kms, system, texts, windows};

/// Inspects one path: a hive, a config folder, a Windows folder, the root of a mounted volume, or a folder that holds
/// several of these. Never writes; what cannot be read is told in the report, and the rest is still reported.
///
/// ```
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/server2019-backup");
/// let report = hivekey::inspect(path, &hivekey::Options::default());
/// for installation in report.installations() {
///     let windows = &installation.windows;
///     println!("{} ({})", windows.product_name.as_deref().unwrap_or("?"), windows.build.as_deref().unwrap_or("?"));
///     for key in &installation.product_keys {
///         // `Debug` of a key shows its last five characters only.
///         println!("{}: {:?}, {}", key.product, key.key, key.verdict.name());
///     }
/// }
/// # assert_eq!(report.installations().count(), 1);
/// ```
#[must_use]
pub fn inspect(path: impl AsRef<Path>, options: &Options) -> Report {
    Report::new(vec![inspect_source(path.as_ref(), options)])
}

/// Inspects many paths one after the other and hands over each as soon as it is done: memory does not grow with their
/// number. The callback stops the run by breaking.
pub fn inspect_each<P: AsRef<Path>>(
    paths: impl IntoIterator<Item = P>,
    options: &Options,
    mut each: impl FnMut(SourceReport) -> ControlFlow<()>,
) {
    for path in paths {
        if each(inspect_source(path.as_ref(), options)).is_break() {
            return;
        }
    }
}

fn inspect_source(path: &Path, options: &Options) -> SourceReport {
    let how = evidence::Options::default().with_deleted(options.recover).with_images(options.images.clone());
    match open_source(path, &how) {
        Ok(source) => inspect_opened(&source, options),
        Err(error) => {
            let mut report = empty_report(path);
            report.error = Some(SourceError { code: error.code(), message: error.to_string() });
            report
        }
    }
}

/// Inspects a source that is open already.
pub(crate) fn inspect_opened(source: &Source, options: &Options) -> SourceReport {
    let mut report = empty_report(&source.path);
    read_source(source, options, &mut report);
    translate(&mut report, options);
    report
}

fn empty_report(path: &Path) -> SourceReport {
    SourceReport {
        path: path.display().to_string(),
        kind: "unknown".to_owned(),
        status: Status::Error,
        error: None,
        bytes_read: 0,
        installations: Vec::new(),
        findings: Vec::new(),
    }
}

fn read_source(source: &Source, options: &Options, report: &mut SourceReport) {
    report.kind = source.kind.name().to_owned();
    report.findings = source.problems.iter().map(problem_finding).collect();
    let mut failed: Vec<String> = Vec::new();
    for found in &source.installations {
        let hives: Vec<OpenHive> = found.hives.iter().map(|file| OpenHive::open(source, file, options)).collect();
        failed.extend(hives.iter().filter(|open| open.error.is_some()).map(|open| open.report.path.clone()));
        if report.error.is_none() {
            report.error = hives.iter().find_map(|open| source_error(open, found));
        }
        for set in HiveSet::split(source, found, hives) {
            match set.installation(source, found, options) {
                Ok(installation) => report.installations.push(installation),
                Err(findings) => report.findings.extend(findings),
            }
        }
    }
    // Reading the hives may have met damage that opening the source did not.
    let met_later = source.tree().problems();
    for finding in met_later.iter().map(problem_finding) {
        if !report.findings.contains(&finding) {
            report.findings.push(finding);
        }
    }
    if report.error.is_none() {
        report.error = why_unread(source, &met_later, &report.installations);
    }
    // A hive that cannot be read has told so itself.
    report.findings.retain(|finding| {
        let path = finding.args.iter().find(|(name, _)| *name == "path").map(|(_, path)| path);
        finding.code != FindingCode::UnreadablePath || path.is_none_or(|path| !failed.contains(path))
    });
    if options.hash {
        report.findings.extend(source.tree().check_image_hashes().iter().map(image_hash_finding));
    }
    history::compare_snapshots(&mut report.installations);
    // What is in use first; of backups the newest of each machine.
    report.installations.sort_by_key(|installation| {
        let backup = installation.backup.as_ref();
        (!installation.current, backup.map(|backup| (backup.machine.clone(), Reverse(backup.made))))
    });
    report.bytes_read = source.bytes_read();
    report.status = match (&report.error, report.installations.is_empty()) {
        (Some(_), _) => Status::Error,
        (None, false) => Status::Ok,
        (None, true) => Status::NoWindows,
    };
}

/// A hive that the answer needs and that could not be read makes an error of the whole source. A file that cannot be
/// read cannot be recognised by its content either, so its name has to do here.
fn source_error(open: &OpenHive, found: &evidence::Installation) -> Option<SourceError> {
    let error = open.error.as_ref()?;
    let name = open.report.path.rsplit('/').next().unwrap_or_default();
    let needed = found.place == InstallationPlace::SingleHive
        || (open.place == HivePlace::Live
            && (name.eq_ignore_ascii_case("SOFTWARE") || name.eq_ignore_ascii_case("SYSTEM")));
    needed.then(|| SourceError {
        code: error.code(),
        message: format!("{}: {}", open.report.path, error.of(&open.report.path)),
    })
}

/// That no Windows was found says nothing where a part of the source could not be looked at: such a source was not read. A locked
/// volume hides the Windows in use, whatever older ones lie elsewhere.
fn why_unread(source: &Source, met_later: &[Problem], installations: &[Installation]) -> Option<SourceError> {
    let is_locked = |problem: &&Problem| matches!(problem.kind, ProblemKind::BitLockerLocked { .. });
    let problem = if installations.is_empty() {
        source.problems.iter().chain(met_later).find(|problem| problem.may_hide())
    } else if installations.iter().all(|installation| !installation.current) {
        source.problems.iter().find(is_locked)
    } else {
        None
    };
    problem.map(|problem| SourceError { code: problem.error_code(), message: problem.to_string() })
}

fn problem_finding(problem: &Problem) -> Finding {
    let path = problem.path.to_string();
    let code = match &problem.kind {
        ProblemKind::Unreadable(_) => FindingCode::UnreadablePath,
        ProblemKind::Link(_) => FindingCode::LinkOutside,
        ProblemKind::OtherDrive { .. } => FindingCode::LinkOtherDrive,
        ProblemKind::SameNameButCase { .. } => FindingCode::NamesDifferByCase,
        // A whole volume has many folders that no Windows lies in.
        ProblemKind::Limit { limit: LimitName::DepthBeside, .. } => FindingCode::NotSearched,
        ProblemKind::Limit { .. } => FindingCode::LimitReached,
        ProblemKind::BitLockerLocked { .. } | ProblemKind::BitLockerUnreadable(_) => FindingCode::BitlockerVolume,
        ProblemKind::BitLockerUnlocked { .. } => FindingCode::BitlockerUnlocked,
        ProblemKind::InternalSnapshots { .. } => FindingCode::InternalSnapshots,
        ProblemKind::Overwritten { .. } => FindingCode::DeletedFileOverwritten,
        ProblemKind::OtherFileSystem { .. } | ProblemKind::NoVolume => FindingCode::OtherVolume,
        ProblemKind::PartitionTable(_)
        | ProblemKind::DamagedImage(_)
        | ProblemKind::DamagedWim(_)
        | ProblemKind::DamagedVolume(_)
        | ProblemKind::DamagedFat(_) => FindingCode::DamagedImage,
        _ => FindingCode::Uninterpreted,
    };
    let text = problem.to_string();
    let text = match code {
        // Its message begins with the place, as the problem does.
        FindingCode::Uninterpreted => text.strip_prefix(&format!("{path}: ")).unwrap_or(&text).to_owned(),
        _ => text,
    };
    let mut args = vec![("path", path.clone()), ("place", path), ("problem", text)];
    let advice = match problem.kind {
        ProblemKind::BitLockerLocked { .. } => Some("bitlocker-give-key"),
        ProblemKind::BitLockerUnreadable(_) => Some("bitlocker-unlock-elsewhere"),
        _ => None,
    };
    args.extend(advice.map(|advice| ("advice", texts::words(&[advice]))));
    Finding::new(code, args)
}

/// What the hashes that an image stores say of what is in it now.
fn image_hash_finding(checked: &ImageHashes) -> Finding {
    let finding = |code, problem: String| {
        Finding::new(
            code,
            vec![("path", checked.image.to_string()), ("place", checked.image.to_string()), ("problem", problem)],
        )
    };
    let hashes = match &checked.outcome {
        Err(error) => return finding(FindingCode::ImageHashUnchecked, error.to_string()),
        Ok(hashes) if hashes.is_empty() => {
            return finding(FindingCode::ImageHashUnchecked, "the image stores none".to_owned());
        }
        Ok(hashes) => hashes,
    };
    let holds = |hash: &HashCheck| format!("{} {}", hash.algorithm, hives::hex(&hash.stored));
    let differs = |hash: &HashCheck| {
        let (stored, computed) = (hives::hex(&hash.stored), hives::hex(&hash.computed));
        format!("{} {stored} stored, {computed} computed", hash.algorithm)
    };
    let wrong: Vec<String> = hashes.iter().filter(|hash| !hash.holds()).map(differs).collect();
    if wrong.is_empty() {
        finding(FindingCode::ImageHashHolds, hashes.iter().map(holds).collect::<Vec<_>>().join(", "))
    } else {
        finding(FindingCode::ImageHashDiffers, wrong.join(", "))
    }
}

/// One word on RegBack's empty files, however many there are.
fn empty_backup(found: &evidence::Installation) -> Option<Finding> {
    let empty = |file: &&evidence::HiveFile| file.place == HivePlace::RegBack && file.content == Content::Empty;
    let folder = found.hives.iter().find(empty)?.path.parent()?;
    Some(Finding::new(FindingCode::EmptyHive, vec![("path", folder.to_string())]))
}

/// Files that a reader should know of, although they are not opened.
fn side_file_finding(file: &SideFile) -> Option<Finding> {
    let code = match file.kind {
        SideFileKind::TokensDat | SideFileKind::DataDat => FindingCode::SppStorePresent,
        SideFileKind::Unattend => FindingCode::UnattendPresent,
        _ => return None,
    };
    Some(Finding::new(code, vec![("path", file.path.to_string())]))
}

/// The hives that make one installation.
struct HiveSet {
    root: String,
    hives: Vec<OpenHive>,
}

impl HiveSet {
    /// Loose hives of several machines in one folder are told apart by what they hold: where there are two of a kind,
    /// each SOFTWARE and each SYSTEM hive stands for itself, since nothing shows which belong together.
    fn split(source: &Source, found: &evidence::Installation, hives: Vec<OpenHive>) -> Vec<Self> {
        let live = |role: HiveRole| {
            hives.iter().filter(|open| open.place == HivePlace::Live && open.report.role == role).count()
        };
        if live(HiveRole::Software) <= 1 && live(HiveRole::System) <= 1 {
            return vec![Self { root: found.root.to_string(), hives }];
        }
        let folder = hives::shown_path(source, &found.root);
        hives
            .into_iter()
            .map(|open| Self {
                root: open.report.path.strip_prefix(&format!("{folder}/")).unwrap_or(&open.report.path).to_owned(),
                hives: vec![open],
            })
            .collect()
    }

    /// The findings of hives that hold no Windows, with a word on what they are.
    fn without_windows(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        for open in self.hives.iter().filter(|open| open.hive.is_some()) {
            let args = vec![("hive", open.report.path.clone()), ("role", open.report.role.name().to_owned())];
            findings.push(Finding::new(FindingCode::OtherHive, args));
        }
        findings
    }

    /// The report of these hives, or only their findings where no Windows is in them.
    fn installation(
        mut self,
        source: &Source,
        found: &evidence::Installation,
        options: &Options,
    ) -> Result<Installation, Vec<Finding>> {
        // Live hives speak first, so that a copy never stands before the original.
        self.hives.sort_by_key(|open| open.place);
        let mut findings: Vec<Finding> = self.hives.iter().flat_map(|open| open.findings.clone()).collect();
        let has = |role: HiveRole| self.hives.iter().any(|open| open.report.role == role);
        findings.extend(empty_backup(found));
        let mut witnesses = Vec::new();
        for open in &self.hives {
            let (found, problems) = gather(open, options);
            witnesses.extend(found);
            findings.extend(problems);
        }
        crate::verify::verify(&self.hives, &mut witnesses, options, &mut findings);

        let of_role = |role: HiveRole| self.hives.iter().filter(move |open| open.report.role == role);
        let mut windows = of_role(HiveRole::Software)
            .find_map(|open| windows::current_version(open.hive.as_ref()?))
            .unwrap_or_default();
        // Hives that know of no Windows and hold no key are none, whatever they look like; a key alone is enough, since a
        // damaged hive may have kept nothing else.
        if windows == Windows::default() && witnesses.is_empty() && !has(HiveRole::System) {
            return Err(self.without_windows(findings));
        }
        let system = of_role(HiveRole::System).find_map(system::facts);
        if let Some(system) = &system {
            findings.extend(system.findings.iter().cloned());
            system.fill(&mut windows);
        }
        let name_of = |role: HiveRole| of_role(role).next().map(|open| open.report.path.clone());
        match (name_of(HiveRole::Software), name_of(HiveRole::System)) {
            (Some(hive), None) => findings.push(Finding::new(FindingCode::SystemHiveMissing, vec![("hive", hive)])),
            (None, Some(hive)) => findings.push(Finding::new(FindingCode::SoftwareHiveMissing, vec![("hive", hive)])),
            _ => {}
        }
        findings.extend(found.files.iter().filter_map(side_file_finding));
        let knowledge = Knowledge::of(source, &found.files, &mut findings);
        let opened = || self.hives.iter().filter_map(|open| Some((open.hive.as_ref()?, open.report.role)));
        let case = Case {
            windows: &windows,
            system: system.as_ref(),
            knowledge: &knowledge,
            has_software: has(HiveRole::Software),
            kms_host: opened().find_map(|(hive, role)| kms::host(hive, role)),
            office_kms_host: opened().find_map(|(hive, role)| kms::office_host(hive, role)),
            is_kms_host: opened().any(|(hive, role)| role == HiveRole::Software && kms::is_host(hive)),
        };
        let judged = judgement::judge(&case, witnesses, findings);
        let snapshot = match found.moment {
            Moment::Snapshot(time) => Timestamp::from_filetime(time),
            _ => None,
        };
        let mut product_keys = judged.product_keys;
        let found_in = match found.moment {
            Moment::Snapshot(_) => FoundIn::Snapshot,
            Moment::Deleted => FoundIn::Deleted,
            _ => FoundIn::Live,
        };
        let evidence = product_keys.iter_mut().flat_map(|key| &mut key.evidence);
        evidence.filter(|piece| piece.found_in == FoundIn::Live).for_each(|piece| piece.found_in = found_in);
        Ok(Installation {
            root: self.root,
            current: found.is_current(),
            snapshot,
            backup: found.backup.as_ref().map(|backup| ServerBackup {
                machine: backup.machine.clone(),
                made: Timestamp::from_filetime(backup.made),
            }),
            windows,
            license: judged.license,
            hives: self.hives.into_iter().map(|open| open.report).collect(),
            product_keys,
            findings: judged.findings,
            next_steps: judged.next_steps,
        })
    }
}

fn translate(report: &mut SourceReport, options: &Options) {
    // Messages are made in English.
    if options.lang == Lang::En {
        return;
    }
    let installations = &mut report.installations;
    let findings = installations
        .iter_mut()
        .flat_map(|installation| installation.findings.iter_mut())
        .chain(report.findings.iter_mut());
    for finding in findings {
        finding.translate(options.lang);
    }
    for installation in installations {
        for step in &mut installation.next_steps {
            step.translate(options.lang);
        }
    }
}
