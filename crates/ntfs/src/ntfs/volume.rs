//! An open volume.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hivekey_read_at::ReadAt;

use super::attribute::AttributeKind;
use super::boot_sector::{self, BootSector};
use super::directory::{self, Listing, Lookup, RebuiltListings};
use super::earlier::{self, EarlierFormat};
use super::file::File;
use super::folder_path::{FolderPath, FolderPaths};
use super::found::{FoundFiles, Wanted};
use super::mft::Mft;
use super::parents::Parents;
use super::record::Record;
use super::scan::Scan;
use super::stream::{Clusters, NtfsFile};
use super::upcase::UpCase;
use crate::anomaly::{Anomaly, AnomalyKind, AnomalyLog};
use crate::error::Error;
use crate::limits::{Limits, MAX_CACHED_RECORDS};
use crate::offset::{DeviceOffset, FileReference, RecordNumber};
use crate::read::{read_vec, utf16_text};

/// An open NTFS volume. Cheap to clone; clones share what was read.
#[derive(Clone)]
pub struct Ntfs {
    inner: Arc<Inner>,
}

struct Inner {
    device: Arc<dyn ReadAt>,
    boot: BootSector,
    mft: Mft,
    limits: Limits,
    records: Mutex<Records>,
    log: AnomalyLog,
    upcase: UpCase,
    parents: OnceLock<Parents>,
    rebuilt: RebuiltListings,
    /// The volume as it is now, if this is what is left of an earlier format.
    present: Option<Ntfs>,
}

impl Inner {
    fn new(
        device: Arc<dyn ReadAt>,
        boot: BootSector,
        mft: Mft,
        limits: Limits,
        log: AnomalyLog,
        present: Option<Ntfs>,
    ) -> Self {
        Self {
            device,
            boot,
            mft,
            limits,
            records: Mutex::default(),
            log,
            upcase: UpCase::default(),
            parents: OnceLock::new(),
            rebuilt: RebuiltListings::default(),
            present,
        }
    }
}

impl From<Inner> for Ntfs {
    fn from(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }
}

/// The records that were read last.
#[derive(Default)]
struct Records {
    by_number: HashMap<u64, Arc<Record>>,
    order: VecDeque<u64>,
}

impl Ntfs {
    /// Opens the volume that a device holds from its first to its last byte.
    ///
    /// Where the boot sector is damaged, its backup in the last sector is used, and `$MFTMirr` where the first record of
    /// the table is; [`anomalies`](Self::anomalies) says so. Reads a few kilobytes.
    ///
    /// # Errors
    ///
    /// [`Error::NotNtfs`] if there is no boot sector; another [`Error`] if the Master File Table cannot be found.
    pub fn open(device: Arc<dyn ReadAt>, limits: &Limits) -> Result<Self, Error> {
        let mut failure = None;
        for offset in boot_sector_places(device.len()) {
            match Self::open_at(&device, offset, limits) {
                Ok(volume) => {
                    if offset != 0 {
                        let kind = AnomalyKind::BackupBootSector;
                        volume.note(Anomaly::new(DeviceOffset(0), kind));
                    }
                    return Ok(volume);
                }
                // A boot sector whose table cannot be read tells more than a place without a boot sector.
                Err(error @ Error::NotNtfs(_)) => failure = failure.or(Some(error)),
                Err(error) => match failure {
                    None | Some(Error::NotNtfs(_)) => failure = Some(error),
                    Some(_) => {}
                },
            }
        }
        Err(failure.unwrap_or(Error::NoRecord { record: RecordNumber::MFT, count: 0 }))
    }

    fn open_at(device: &Arc<dyn ReadAt>, offset: u64, limits: &Limits) -> Result<Self, Error> {
        let boot = read_vec(device, offset, boot_sector::LEN)
            .map_err(Error::from)
            .and_then(|bytes| BootSector::parse(&bytes, DeviceOffset(offset)))
            .map_err(|error| Error::NotNtfs(Box::new(error)))?;
        let log = AnomalyLog::default();
        let mft = Mft::open(device, &boot, limits, &log)?;
        Ok(Inner::new(Arc::clone(device), boot, mft, limits.clone(), log, None).into())
    }

    /// The same device with other records.
    pub(super) fn with_records(&self, boot: BootSector, mft: Mft) -> Self {
        let device = Arc::clone(&self.inner.device);
        let limits = self.inner.limits.clone();
        Inner::new(device, boot, mft, limits, AnomalyLog::default(), Some(self.clone())).into()
    }

    /// The volume as it is now: another one than this if this is what is left of an earlier format.
    pub(super) fn present(&self) -> &Self {
        self.inner.present.as_ref().unwrap_or(self)
    }

    pub(super) fn mft(&self) -> &Mft {
        &self.inner.mft
    }

    /// What the boot sector says.
    #[must_use]
    pub fn boot_sector(&self) -> &BootSector {
        &self.inner.boot
    }

    /// The label of the volume, if it has one.
    #[must_use]
    pub fn label(&self) -> Option<String> {
        let file = self.record(RecordNumber::VOLUME).ok()?;
        let (bytes, _) = file.resident(AttributeKind::VOLUME_NAME, &[]).ok()??;
        Some(utf16_text(&bytes)).filter(|label| !label.is_empty())
    }

    /// Records of the Master File Table, used or not.
    #[must_use]
    pub fn record_count(&self) -> u64 {
        self.inner.mft.count()
    }

    /// What was found to be wrong so far, each thing once, and how many further ones were left out.
    #[must_use]
    pub fn anomalies(&self) -> (Vec<Anomaly>, u64) {
        self.inner.log.snapshot()
    }

    /// The root directory.
    ///
    /// # Errors
    ///
    /// [`Error`] if its record cannot be read.
    pub fn root(&self) -> Result<File, Error> {
        self.record(RecordNumber::ROOT)
    }

    /// The file that a reference names.
    ///
    /// # Errors
    ///
    /// [`Error::Stale`] if the record now belongs to another file, [`Error::NoRecord`] if there is none,
    /// [`Error::Extension`] if it is a part of another file, and other kinds if it cannot be read.
    pub fn file(&self, reference: FileReference) -> Result<File, Error> {
        let record = self.load(reference.record)?;
        if reference.sequence != 0 && record.sequence != reference.sequence {
            return Err(Error::Stale { reference, actual: record.sequence });
        }
        File::new(self.clone(), record)
    }

    /// The file in a record, whichever it is now: also a deleted one.
    ///
    /// # Errors
    ///
    /// As [`file`](Self::file), without `Stale`.
    pub fn record(&self, number: RecordNumber) -> Result<File, Error> {
        File::new(self.clone(), self.load(number)?)
    }

    /// Goes down from the root by name, without regard to case. Links in the middle of the path are not followed: the
    /// answer names them.
    ///
    /// # Errors
    ///
    /// [`Error`] if a directory or record on the way cannot be read.
    pub fn lookup(&self, path: &[&str]) -> Result<Lookup, Error> {
        directory::lookup(self.root()?, path)
    }

    /// The same from a directory down. A link as the directory itself is named as one at depth 0.
    ///
    /// # Errors
    ///
    /// As [`lookup`](Self::lookup).
    pub fn lookup_in(&self, directory: &File, path: &[&str]) -> Result<Lookup, Error> {
        directory::lookup(directory.clone(), path)
    }

    /// The path of a directory by the records of those above it, deleted or not.
    #[must_use]
    pub fn folder_path(&self, directory: FileReference) -> FolderPath {
        FolderPaths::default().of(self, directory)
    }

    /// What a directory holds.
    ///
    /// # Errors
    ///
    /// [`Error::NotADirectory`]. Damage is no error: the listing has what can be found, and says what is wrong.
    pub fn entries(&self, directory: &File) -> Result<Listing, Error> {
        directory::list(directory)
    }

    /// The content of a file.
    ///
    /// # Errors
    ///
    /// As [`File::open`].
    pub fn open_file(&self, reference: FileReference) -> Result<NtfsFile, Error> {
        self.file(reference)?.open()
    }

    /// The deleted files whose records have not been used anew, one after the other. Reads the whole Master File Table.
    #[must_use]
    pub fn deleted(&self) -> FoundFiles {
        FoundFiles::new(self.clone(), Wanted::Deleted)
    }

    /// The files in use, one after the other, whether a directory leads to them or not: where one above them is lost, their path says
    /// so. Reads the whole Master File Table.
    #[must_use]
    pub fn live(&self) -> FoundFiles {
        FoundFiles::new(self.clone(), Wanted::Live)
    }

    /// What is left of an earlier format of the volume. Reads what the present format does not use, up to
    /// [`Limits::max_swept_bytes`].
    #[must_use]
    pub fn earlier_format(&self) -> EarlierFormat {
        earlier::search(self)
    }

    pub(super) fn clusters(&self) -> Clusters<'_> {
        Clusters { device: &self.inner.device, size: self.inner.boot.cluster_size }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    pub(super) fn log(&self) -> &AnomalyLog {
        &self.inner.log
    }

    pub(super) fn note(&self, anomaly: Anomaly) {
        self.inner.log.add(anomaly);
    }

    pub(super) fn compare_names(&self, left: &[u16], right: &[u16]) -> std::cmp::Ordering {
        self.inner.upcase.compare(self, left, right)
    }

    /// Which files have which parent, by a search of the whole table; made once.
    pub(super) fn parents(&self) -> &Parents {
        self.inner.parents.get_or_init(|| Parents::search(self))
    }

    pub(super) fn rebuilt_listings(&self) -> &RebuiltListings {
        &self.inner.rebuilt
    }

    /// The records from `first` on, within the limit.
    pub(super) fn scan(&self, first: u64) -> Scan<'_> {
        let end = self.inner.limits.max_scanned_records;
        Scan::new(&self.inner.mft, self.clusters(), first, end)
    }

    /// A record, from those that were read last or from the device.
    pub(super) fn load(&self, number: RecordNumber) -> Result<Arc<Record>, Error> {
        let lock = || self.inner.records.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(record) = lock().by_number.get(&number.0) {
            return Ok(Arc::clone(record));
        }
        let (record, torn) = self.inner.mft.read(self.clusters(), number)?;
        torn.into_iter().for_each(|torn| self.note(torn));
        let record = Arc::new(record);
        let mut records = lock();
        if records.order.len() >= MAX_CACHED_RECORDS
            && let Some(oldest) = records.order.pop_front()
        {
            records.by_number.remove(&oldest);
        }
        if records.by_number.insert(number.0, Arc::clone(&record)).is_none() {
            records.order.push_back(number.0);
        }
        Ok(record)
    }
}

impl fmt::Debug for Ntfs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ntfs")
            .field("boot", &self.inner.boot)
            .field("records", &self.record_count())
            .finish_non_exhaustive()
    }
}

const SECTOR: u64 = 512;

/// Where a boot sector may lie: at the start, in the last sector (of 512 to 4096 bytes), and, as Windows NT 3.51 and 4.0
/// wrote its backup, in the middle.
fn boot_sector_places(len: u64) -> impl Iterator<Item = u64> {
    let ends = [SECTOR, 1024, 2048, 4096].into_iter().filter_map(move |sector| len.checked_sub(sector));
    let middle = (len / (2 * SECTOR)).saturating_mul(SECTOR);
    std::iter::once(0).chain(ends).chain([middle])
}
