//! What a sweep says: the types behind `hivekey carve --format json` (`schema_version` 1).
//!
//! Absent facts are `None` (JSON `null`), lists may be empty, and offsets are bytes from the start of the swept source.

use std::io;

use serde::Serialize;

use crate::report::{
    Finding, FoundIn, Generic, HiveRole, HiveState, Installation, IntegrityMark, KeyText, SourceError, Timestamp,
    Verdict, Windows,
};

/// What was found in one source.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CarveReport {
    /// The path as it was given; bytes that are not UTF-8 are shown as U+FFFD.
    pub path: String,
    /// Whether anything was found.
    pub status: CarveStatus,
    /// Why the source could not be read, or not to its end.
    pub error: Option<SourceError>,
    /// The kind of disk image or archive that the source is, for example `qcow2`. Offsets and sizes are those of the disk in it, unless
    /// there is an error: then its own bytes were swept as they lie in the file, and what is compressed in it was not seen.
    pub container: Option<&'static str>,
    /// Why the disk in the container could not be swept.
    pub container_error: Option<SourceError>,
    /// Size in bytes; `None` for a stream.
    pub size: Option<u64>,
    /// Bytes read and looked at.
    pub bytes_swept: u64,
    /// Bytes skipped because the file has a hole there: they read as zeros.
    pub bytes_in_holes: u64,
    /// Bytes that could not be read.
    pub bytes_bad: u64,
    /// How the sweep ended.
    pub outcome: Outcome,
    /// The partitions of the source, in the order of their table.
    pub partitions: Vec<CarvedPartition>,
    /// Product keys, those worth most first.
    pub product_keys: Vec<CarvedKey>,
    /// Keys written as text, where asked for: hints of low certainty.
    pub key_texts: Vec<CarvedKey>,
    /// Base blocks of registry hives and of their logs, in the order of their offsets.
    pub hives: Vec<CarvedHive>,
    /// Runs of hive bins that belong to none of the hives, in the order of their offsets.
    pub bins: Vec<CarvedBins>,
    /// Ranges that could not be read.
    pub bad_ranges: Vec<BadRange>,
    /// How much was found, listed or not.
    pub counts: Counts,
    /// The limits that were reached: something is not listed.
    pub limits: Vec<String>,
}

impl CarveReport {
    pub(super) fn new(path: String) -> Self {
        Self {
            path,
            status: CarveStatus::Nothing,
            error: None,
            container: None,
            container_error: None,
            size: None,
            bytes_swept: 0,
            bytes_in_holes: 0,
            bytes_bad: 0,
            outcome: Outcome::Complete,
            partitions: Vec::new(),
            product_keys: Vec::new(),
            key_texts: Vec::new(),
            hives: Vec::new(),
            bins: Vec::new(),
            bad_ranges: Vec::new(),
            counts: Counts::default(),
            limits: Vec::new(),
        }
    }

    pub(super) fn decide_status(&self) -> CarveStatus {
        let found = !self.product_keys.is_empty()
            || !self.key_texts.is_empty()
            || self.hives.iter().any(|hive| hive.installation.is_some() || hive.windows.is_some())
            || self.bins.iter().any(|bins| bins.windows.is_some());
        match (&self.error, found) {
            (Some(_), _) => CarveStatus::Error,
            (None, true) => CarveStatus::Found,
            (None, false) => CarveStatus::Nothing,
        }
    }
}

/// Whether anything was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CarveStatus {
    /// A product key, or the remains of a Windows.
    Found,
    /// Neither.
    Nothing,
    /// The source could not be read, or not to its end. What was found before is in the report.
    Error,
}

/// How a sweep ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// At the end of the source.
    Complete,
    /// The caller ended it. What had been swept until then counts.
    Cancelled,
    /// A stream could not be read any further.
    Broken,
}

/// One product key: everything that was found of it. The fields are those of [`ProductKey`](crate::report::ProductKey), but for the
/// evidence, which has no live hive to name.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CarvedKey {
    /// The product it belongs to, as far as its group or its place tells; else `unknown`.
    pub product: String,
    /// The key, or `null` when it was erased or cannot be read.
    pub key: Option<KeyText>,
    /// The last five characters.
    pub last5: Option<String>,
    /// What the key is worth.
    pub verdict: Verdict,
    /// Which of Microsoft's public keys it is.
    pub generic: Option<Generic>,
    /// Microsoft's channel name.
    pub channel: Option<String>,
    /// `EditionID` that the key is for.
    pub edition: Option<String>,
    /// Part number.
    pub part_number: Option<String>,
    /// Key group.
    pub group_id: Option<u32>,
    /// Serial number within the group.
    pub serial: Option<u32>,
    /// Microsoft's description of what the key is for, for example `Windows Server 2019 RTM ServerStandard Retail`.
    pub description: Option<String>,
    /// ProductId in a version 3 blob.
    pub product_id: Option<String>,
    /// When the key was installed, by its version 3 blob.
    pub key_installed_at: Option<Timestamp>,
    /// Every place where it stands, in the order of the offsets.
    pub evidence: Vec<CarvedEvidence>,
}

/// One place where a key stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CarvedEvidence {
    /// Where it begins, in bytes from the start of the source.
    pub offset: u64,
    /// Bytes that it has there.
    pub length: u64,
    /// In which partition that is.
    pub partition: Option<PartitionPlace>,
    /// What it is.
    pub form: BlobForm,
    /// How certain that is.
    pub certainty: FindCertainty,
    /// Whether the blob's own checks hold.
    pub integrity: IntegrityMark,
    /// Always [`FoundIn::Carved`].
    pub found_in: FoundIn,
    /// The blob is, or may be, cut after this many bytes.
    pub cut_at: Option<u64>,
    /// Where the rest of a cut blob was found.
    pub rest_offset: Option<u64>,
    /// The offset of the hive that it lies in.
    pub hive: Option<u64>,
    /// The offset of the run of hive bins that it lies in, where it lies in no hive.
    pub bins: Option<u64>,
    /// The registry key whose value it is, as far as its parents are known: with a leading backslash from the root on.
    pub key_path: Option<String>,
    /// Name of the value.
    pub value: Option<String>,
}

/// What a find is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BlobForm {
    /// DigitalProductId version 3.
    Dpid3,
    /// DigitalProductId version 4.
    Dpid4,
    /// ACPI table MSDM.
    Msdm,
    /// A key written as ASCII text.
    KeyTextAscii,
    /// A key written as UTF-16LE text.
    KeyTextUtf16,
}

/// How certain it is that a find is what it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindCertainty {
    /// Every check value fits.
    Verified,
    /// Every check value fits once the blob is put together from two places.
    Rejoined,
    /// A check value fails.
    Damaged,
    /// Text that looks like a key.
    Hint,
}

/// A place inside a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PartitionPlace {
    /// The number of the partition.
    pub index: u32,
    /// Bytes from its start.
    pub offset: u64,
}

/// One partition of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CarvedPartition {
    /// Its number.
    pub index: u32,
    /// First byte.
    pub offset: u64,
    /// Size in bytes.
    pub size: u64,
    /// What it holds today, for example `NTFS`.
    pub content: Option<&'static str>,
    /// Its name in the table.
    pub name: Option<String>,
}

/// What a base block begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LostKind {
    /// A hive.
    Hive,
    /// A transaction log.
    Log,
    /// Another file type.
    Other,
}

/// A registry hive found by its base block, and what an inspection of it says.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CarvedHive {
    /// Where the base block begins.
    pub offset: u64,
    /// In which partition that is.
    pub partition: Option<PartitionPlace>,
    /// Size in bytes, as the base block has it; for a log that of its hive.
    pub size: u64,
    /// What it is.
    pub kind: LostKind,
    /// Whether all of it lies in one piece behind the base block.
    pub whole: bool,
    /// Bytes of hive bins in their places.
    pub bins_in_place: u64,
    /// The end of the path that the file had.
    pub file_name: String,
    /// When it was last written.
    pub last_written: Option<Timestamp>,
    /// What it holds, judged by its keys; `None` where it was not opened.
    pub role: Option<HiveRole>,
    /// The state it is in; `None` where it was not opened.
    pub state: Option<HiveState>,
    /// Why it could not be opened.
    pub error: Option<SourceError>,
    /// The Windows that it belongs to, with the keys in it.
    pub installation: Option<Installation>,
    /// What is left of the facts on its Windows, where the hive is too damaged to lead to them.
    pub windows: Option<Windows>,
}

impl CarvedHive {
    /// The findings on its installation.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.installation.iter().flat_map(|installation| installation.findings.iter())
    }
}

/// Hive bins that follow each other and whose base block is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CarvedBins {
    /// Where the first bin begins.
    pub offset: u64,
    /// In which partition that is.
    pub partition: Option<PartitionPlace>,
    /// Bytes of all bins.
    pub size: u64,
    /// Number of bins.
    pub bins: u64,
    /// Where the first bin lay in its hive, in bytes from the hive's first bin.
    pub place: u64,
    /// What is left of the facts on the Windows that they belonged to.
    pub windows: Option<Windows>,
}

/// A range that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BadRange {
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// Why.
    pub reason: UnreadReason,
}

/// Why a range could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UnreadReason {
    /// The system reports an error.
    Unreadable,
    /// The source ended before its size.
    PastEnd,
}

impl From<&hivekey_carve::BadRange> for BadRange {
    fn from(bad: &hivekey_carve::BadRange) -> Self {
        let reason = match bad.kind {
            io::ErrorKind::UnexpectedEof => UnreadReason::PastEnd,
            _ => UnreadReason::Unreadable,
        };
        Self { offset: bad.range.start, length: bad.length(), reason }
    }
}

/// How much was found, listed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Finds whose check values fit.
    pub verified: u64,
    /// Finds put together from two places.
    pub rejoined: u64,
    /// Finds with a check value that fails.
    pub damaged: u64,
    /// Keys written as text.
    pub hints: u64,
    /// Base blocks.
    pub hives: u64,
    /// Hive bins, those of found hives included.
    pub bins: u64,
}

impl From<hivekey_carve::Counts> for Counts {
    fn from(counts: hivekey_carve::Counts) -> Self {
        let hivekey_carve::Counts { verified, rejoined, damaged, hints, hives, bins, .. } = counts;
        Self { verified, rejoined, damaged, hints, hives, bins }
    }
}
