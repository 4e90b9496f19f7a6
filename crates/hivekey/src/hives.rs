//! Opens the hives of an installation: bytes from the evidence, and what the hive holds by its keys.

use std::sync::Arc;

use hivekey_evidence::{self as evidence, Content, HiveFile, HivePlace, Source, TreePath};
use hivekey_regf as regf;
use sha2::{Digest, Sha256};

use crate::Options;
use crate::places;
use crate::report::{Finding, FindingCode, HiveReport, HiveRole, HiveState};
use crate::texts;

/// The bytes of a hive as `regf` reads them.
pub(crate) type Bytes = Arc<dyn regf::ReadAt + Send + Sync>;
pub(crate) type Hive = regf::Hive<Bytes>;
pub(crate) type HiveKey<'h> = regf::Key<'h, Bytes>;
pub(crate) type HiveValue<'h> = regf::Value<'h, Bytes>;

/// Pages kept of each hive: enough for every look-up of a report, little enough for many hives at once.
const CACHE_PAGES: usize = 512;
/// Bytes hashed at a time.
const HASH_WINDOW: usize = 1 << 20;

/// A hive file of the evidence, opened as far as it could be.
pub(crate) struct OpenHive {
    pub report: HiveReport,
    pub hive: Option<Hive>,
    pub place: HivePlace,
    pub findings: Vec<Finding>,
    /// The hive as it lies in the evidence, where logs were replayed over it.
    pub before_replay: Option<Hive>,
    /// The bytes that `hive` reads, for the second reader.
    pub bytes: Option<Bytes>,
    /// Why the file could not be read as a hive, where that is so.
    pub error: Option<HiveError>,
}

/// Why a hive file could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HiveError {
    #[error(transparent)]
    Evidence(#[from] evidence::Error),
    #[error(transparent)]
    Hive(#[from] regf::Error),
    #[error(transparent)]
    Read(#[from] evidence::ReadError),
}

impl HiveError {
    /// What happened to the hive at `path`, without the path, which most errors of evidence begin with.
    pub(crate) fn of(&self, path: &str) -> String {
        let text = self.to_string();
        let rest = text.strip_prefix(path).and_then(|rest| rest.strip_prefix(": "));
        rest.unwrap_or(&text).to_owned()
    }

    /// The stable code of the JSON contract.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Evidence(error) => error.code(),
            Self::Hive(regf::Error::Empty) => "empty-hive",
            Self::Hive(regf::Error::Windows9x) => "windows-9x-registry",
            Self::Hive(regf::Error::NotAHive { .. } | regf::Error::ZeroFilled { .. }) => "not-a-hive",
            Self::Hive(regf::Error::TooShort { .. }) => "truncated-hive",
            Self::Hive(_) => "damaged-hive",
            Self::Read(_) => "unreadable",
        }
    }
}

/// A file of the evidence as pages for `regf`.
pub(crate) struct EvidencePages(Box<dyn evidence::ReadAt>);

impl regf::ReadPages for EvidencePages {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), regf::ReadError> {
        self.0.read_into(offset, buf).map_err(|error| regf::ReadError::source(offset, buf.len(), error.to_string()))
    }
}

impl OpenHive {
    /// Opens a hive file. What goes wrong is told in the result: other hives of the same evidence go on.
    pub(crate) fn open(source: &Source, file: &HiveFile, options: &Options) -> Self {
        let mut open = Self {
            report: HiveReport {
                path: shown_path(source, &file.path),
                role: HiveRole::Unknown,
                size: file.size,
                state: HiveState::Damaged,
                logs_applied: Vec::new(),
                sha256: None,
            },
            hive: None,
            before_replay: None,
            place: file.place,
            findings: Vec::new(),
            bytes: None,
            error: None,
        };
        if let Err(error) = open.read(source, file, options) {
            open.fail(file, error);
        }
        open
    }

    /// Whether the hive is of the installation as it last ran, and not a copy kept beside it.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.place, HivePlace::Live | HivePlace::NetworkService)
    }

    fn read(&mut self, source: &Source, file: &HiveFile, options: &Options) -> Result<(), HiveError> {
        let reader = source.open(&file.path)?;
        self.report.size = reader.len();
        if options.hash {
            self.report.sha256 = Some(sha256(&*reader)?);
        }
        let mut bytes: Bytes = Arc::new(pages(reader));
        if options.replay && !file.logs.is_empty() {
            bytes = self.replay(source, file, bytes)?;
        }
        let hive = regf::Hive::open(Arc::clone(&bytes), &regf::OpenOptions::default())?;
        self.report.state = match hive.state() {
            regf::State::Clean if self.before_replay.is_some() => HiveState::Replayed,
            regf::State::Clean => HiveState::Clean,
            regf::State::Dirty { checksum, .. } => {
                let reason = if checksum { "dirty-checksum" } else { "dirty-sequence" };
                self.finding(FindingCode::DirtyHive, &[("reason", texts::words(&[reason]))]);
                HiveState::Dirty
            }
            _ => HiveState::Damaged,
        };
        for anomaly in hive.anomalies().iter().filter(|anomaly| !is_dirtiness(&anomaly.kind)) {
            self.report.state = HiveState::Damaged;
            self.finding(FindingCode::DamagedHive, &[("problem", anomaly.to_string())]);
        }
        match role_of(&hive) {
            Ok(role) => self.report.role = role,
            Err(error) => {
                self.report.state = HiveState::Damaged;
                self.finding(FindingCode::DamagedHive, &[("problem", error.to_string())]);
            }
        }
        self.bytes = Some(bytes);
        self.hive = Some(hive);
        Ok(())
    }

    /// The hive with the pages of its logs laid over it, where it is dirty and they fit.
    fn replay(&mut self, source: &Source, file: &HiveFile, primary: Bytes) -> Result<Bytes, HiveError> {
        let mut logs = Vec::new();
        for log in &file.logs {
            let path = shown_path(source, &log.path);
            match source.open(&log.path) {
                Ok(reader) => logs.push((path, pages(reader))),
                Err(error) => self.finding(FindingCode::LogRefused, &[("log", path), ("reason", error.to_string())]),
            }
        }
        let replayed = regf::replay(Arc::clone(&primary), logs, &regf::Limits::default())?;
        for refused in replayed.report.refused.iter().filter(|refused| is_telling(&refused.reason)) {
            let reason = refused.reason.to_string();
            self.finding(FindingCode::LogRefused, &[("log", refused.label.clone()), ("reason", reason)]);
        }
        if !replayed.report.is_replayed() {
            return Ok(primary);
        }
        self.report.logs_applied = replayed.report.applied.iter().map(|log| log.label.clone()).collect();
        let sequence = replayed.report.to_sequence.map(|sequence| sequence.to_string()).unwrap_or_default();
        let logs = self.report.logs_applied.join(", ");
        self.finding(FindingCode::ReplayedHive, &[("logs", logs), ("sequence", sequence)]);
        self.before_replay = regf::Hive::open(primary, &regf::OpenOptions::default()).ok();
        Ok(Arc::new(replayed.source))
    }

    fn fail(&mut self, file: &HiveFile, error: HiveError) {
        let is_empty_copy = file.content == Content::Empty && file.place == HivePlace::RegBack;
        if !is_empty_copy {
            self.finding(FindingCode::HiveUnreadable, &[("problem", error.of(&self.report.path))]);
        }
        self.error = Some(error);
    }

    fn finding(&mut self, code: FindingCode, args: &[(&'static str, String)]) {
        let mut all = vec![("hive", self.report.path.clone())];
        all.extend_from_slice(args);
        self.findings.push(Finding::new(code, all));
    }
}

pub(crate) fn pages(reader: Box<dyn evidence::ReadAt>) -> regf::Paged<EvidencePages> {
    regf::Paged::with_cache(EvidencePages(reader), regf::PAGE_SIZE, CACHE_PAGES)
}

/// Empty logs, and logs beside a clean hive, are normal.
fn is_telling(refusal: &regf::Refusal) -> bool {
    !matches!(refusal, regf::Refusal::Empty | regf::Refusal::HiveClean)
}

/// What makes a hive dirty is no damage.
fn is_dirtiness(kind: &regf::AnomalyKind) -> bool {
    matches!(kind, regf::AnomalyKind::Sequence { .. } | regf::AnomalyKind::Checksum { .. })
}

/// The path that a report shows for a file: inside the source, or the source's own where it is the file.
pub(crate) fn shown_path(source: &Source, path: &TreePath) -> String {
    if path.is_root() {
        return source.path.display().to_string();
    }
    path.to_string()
}

/// SHA-256 of a whole file in lower-case hex.
fn sha256(reader: &dyn evidence::ReadAt) -> Result<String, evidence::ReadError> {
    let mut hash = Sha256::new();
    let mut window = vec![0u8; HASH_WINDOW];
    let mut offset = 0u64;
    loop {
        let read = reader.read_available(offset, &mut window)?;
        let Some(part) = window.get(..read).filter(|part| !part.is_empty()) else {
            return Ok(hex(&hash.finalize()));
        };
        hash.update(part);
        offset = offset.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Tells what a hive holds from the keys below its root.
fn role_of(hive: &Hive) -> Result<HiveRole, regf::Error> {
    let root = hive.root()?;
    for (role, marks) in places::ROLES {
        let all = marks.iter().try_fold(true, |all, path| Ok::<_, regf::Error>(all && has(&root, path)?))?;
        if all {
            return Ok(*role);
        }
    }
    Ok(HiveRole::Other)
}

fn has(root: &HiveKey<'_>, path: &str) -> Result<bool, regf::Error> {
    let mut names = path.split('\\');
    let Some(first) = names.next() else {
        return Ok(false);
    };
    let mut key = root.subkey(first)?;
    for name in names {
        key = match key {
            Some(parent) => parent.subkey(name)?,
            None => return Ok(false),
        };
    }
    Ok(key.is_some())
}
