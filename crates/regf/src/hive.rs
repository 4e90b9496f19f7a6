//! A hive: the base block, what is odd about it, and the way to the root.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::anomaly::{Anomaly, AnomalyKind};
use crate::base_block::{self, BaseBlock};
use crate::bin::{self, BinHeader};
use crate::error::{Error, Structure};
use crate::key::Key;
use crate::limits::OpenOptions;
use crate::offset::{BINS_START, CellOffset, FileOffset};
use crate::read::{ReadAt, all_zero, array, read_clipped, wide};
use crate::walk::Walk;

/// The signature of registry files of Windows 95, 98 and Me.
const WINDOWS_9X: [u8; 4] = *b"CREG";

/// How many first bytes are looked at to tell text from other data.
const TEXT_SAMPLE: usize = 256;

/// Where a reference of the base block stands, for errors about the root.
const ROOT_FIELD: FileOffset = FileOffset(36);

/// Whether the last write of a hive has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Checksum and sequence numbers are right: the file is complete without its logs.
    Clean,
    /// A write has not ended; newer data may stand in the transaction logs.
    Dirty {
        /// The checksum of the base block is wrong.
        checksum: bool,
        /// The sequence numbers differ.
        sequence: bool,
    },
}

impl State {
    /// Whether it is [`State::Clean`].
    #[must_use]
    pub const fn is_clean(self) -> bool {
        matches!(self, Self::Clean)
    }
}

/// A registry hive over a source that is read by position.
pub struct Hive<S> {
    source: S,
    base: BaseBlock,
    data_end: FileOffset,
    root: Option<CellOffset>,
    anomalies: Vec<Anomaly>,
    options: OpenOptions,
}

impl<S> fmt::Debug for Hive<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Hive");
        out.field("base", &self.base).field("anomalies", &self.anomalies).finish_non_exhaustive()
    }
}

impl<S: ReadAt> Hive<S> {
    /// Opens a hive. Reads the base block, the first bin header and the root key; in strict mode all bin headers.
    ///
    /// Lenient reading (the default) needs a base block that starts with `regf`, or a first bin where it must be, and a
    /// version 1.x; everything else that is wrong becomes an entry of [`anomalies`](Self::anomalies). If the base block
    /// does not lead to a root key, the cells are searched for one.
    ///
    /// # Errors
    /// What kind of file it is instead: [`Error::Empty`], [`Error::TooShort`], [`Error::Windows9x`],
    /// [`Error::ZeroFilled`], [`Error::NotAHive`], [`Error::TransactionLog`], [`Error::Version`]; [`Error::Strict`] in
    /// strict mode; [`Error::Read`] if the source fails.
    pub fn open(source: S, options: &OpenOptions) -> Result<Self, Error> {
        let (base, lost) = match read_base_block(&source) {
            Ok(base) => (base, None),
            Err(Error::NotAHive { found, .. }) if !options.strict && starts_with_bin(&source)? => {
                let bins = source.len().saturating_sub(BINS_START);
                (BaseBlock::lost(u32::try_from(bins).unwrap_or(u32::MAX)), Some(found))
            }
            Err(error) => return Err(error),
        };
        let mut hive = Self {
            data_end: FileOffset(source.len()),
            source,
            base,
            root: None,
            anomalies: Vec::new(),
            options: options.clone(),
        };
        match lost {
            Some(found) => hive.note(FileOffset(0), AnomalyKind::BaseBlockLost { found })?,
            None => hive.judge_base_block()?,
        }
        hive.judge_bins()?;
        hive.find_root()?;
        Ok(hive)
    }

    fn note(&mut self, offset: FileOffset, kind: AnomalyKind) -> Result<(), Error> {
        let anomaly = Anomaly { offset, kind };
        if self.options.strict {
            return Err(Error::Strict(anomaly));
        }
        self.anomalies.push(anomaly);
        Ok(())
    }

    fn judge_base_block(&mut self) -> Result<(), Error> {
        let base = self.base.clone();
        if !base.checksum_ok() {
            let kind = AnomalyKind::Checksum { stored: base.checksum_stored, computed: base.checksum_computed };
            self.note(FileOffset(508), kind)?;
        }
        if !base.sequences_equal() {
            let kind = AnomalyKind::Sequence { primary: base.primary_sequence, secondary: base.secondary_sequence };
            self.note(FileOffset(4), kind)?;
        }
        if !base.version_known() {
            let (major, minor) = (base.major_version, base.minor_version);
            // A right checksum means that the number is no accident, and that other records have another shape.
            if base.checksum_ok() && (major != 1 || minor < 2) {
                return Err(Error::Version { major, minor });
            }
            self.note(FileOffset(20), AnomalyKind::Version { major, minor })?;
        }
        if base.file_type != 0 {
            if !starts_with_bin(&self.source)? {
                return Err(Error::TransactionLog { file_type: base.file_type });
            }
            self.note(FileOffset(28), AnomalyKind::FileType { actual: base.file_type })?;
        }
        if base.file_format != 1 {
            self.note(FileOffset(32), AnomalyKind::FileFormat { actual: base.file_format })?;
        }
        let declared = u64::from(base.bins_size);
        let present = self.source.len().saturating_sub(BINS_START);
        if base.bins_size == 0 || !base.bins_size.is_multiple_of(bin::UNIT) {
            self.note(FileOffset(40), AnomalyKind::BinsSize { size: base.bins_size })?;
        }
        if declared > present {
            self.note(FileOffset(self.source.len()), AnomalyKind::TruncatedFile { declared, present })?;
        } else if self.options.strict {
            self.data_end = FileOffset(BINS_START.saturating_add(declared));
        }
        Ok(())
    }

    /// The first bin header, or in strict mode all.
    fn judge_bins(&mut self) -> Result<(), Error> {
        let mut at = 0u32;
        loop {
            let start = FileOffset(BINS_START.saturating_add(u64::from(at)));
            let left = self.data_end.get().saturating_sub(start.get());
            if left < wide(bin::LEN) {
                return Ok(());
            }
            let mut bytes = [0u8; bin::LEN];
            if let Err(error) = self.source.read_into(start.get(), &mut bytes) {
                return self.note(start, AnomalyKind::Unreadable(Box::new(error.into())));
            }
            let header = BinHeader::parse(&bytes, start)?;
            if let Some(anomaly) = header.anomaly(at, left) {
                self.note(anomaly.offset, anomaly.kind)?;
                return Ok(());
            }
            match at.checked_add(header.size) {
                Some(next) if self.options.strict => at = next,
                _ => return Ok(()),
            }
        }
    }

    fn find_root(&mut self) -> Result<(), Error> {
        let error = match self.base.root_cell {
            Some(at) => match Key::read(self, at) {
                Ok(_) => {
                    self.root = Some(at);
                    return Ok(());
                }
                Err(error) => error,
            },
            None => Error::NoCell { structure: Structure::KeyNode, offset: FileOffset(0) },
        };
        self.note(ROOT_FIELD, AnomalyKind::Root(Box::new(error)))?;
        if let Some(found) = self.search_root() {
            self.root = Some(found);
            self.note(found.file(), AnomalyKind::RootFound)?;
        }
        Ok(())
    }

    /// The source.
    pub const fn source(&self) -> &S {
        &self.source
    }

    /// The source, given back.
    pub fn into_source(self) -> S {
        self.source
    }

    /// The options that the hive was opened with.
    pub const fn options(&self) -> &OpenOptions {
        &self.options
    }

    /// The fields of the base block.
    pub const fn base_block(&self) -> &BaseBlock {
        &self.base
    }

    /// Where the cells end: the end of the file, or in strict mode that of the hive bins.
    pub const fn data_end(&self) -> FileOffset {
        self.data_end
    }

    /// Whether the last write of the hive has ended, and if not, how that shows.
    pub const fn state(&self) -> State {
        let checksum = !self.base.checksum_ok();
        let sequence = !self.base.sequences_equal();
        if checksum || sequence { State::Dirty { checksum, sequence } } else { State::Clean }
    }

    /// What was found to be wrong when the hive was opened.
    pub fn anomalies(&self) -> &[Anomaly] {
        &self.anomalies
    }

    /// The root key.
    ///
    /// # Errors
    /// [`Error::NoCell`] if neither the base block nor a search of the cells led to one.
    pub fn root(&self) -> Result<Key<'_, S>, Error> {
        match self.root {
            Some(at) => Key::read(self, at),
            None => Err(Error::NoCell { structure: Structure::KeyNode, offset: FileOffset(0) }),
        }
    }

    /// The key at a path of names separated by backslashes, counted from the root (whose own name is not part of it),
    /// in any case. Empty parts are ignored, so `""` and `"\"` are the root.
    ///
    /// # Errors
    /// As [`root`](Self::root) and [`Key::subkey`].
    pub fn key(&self, path: &str) -> Result<Option<Key<'_, S>>, Error> {
        let mut key = self.root()?;
        for name in path.split('\\').filter(|name| !name.is_empty()) {
            match key.subkey(name)? {
                Some(subkey) => key = subkey,
                None => return Ok(None),
            }
        }
        Ok(Some(key))
    }

    /// The key whose cell lies at `offset`, as given by [`Key::offset`].
    ///
    /// # Errors
    /// The place holds no key that is in use.
    pub fn key_at(&self, offset: FileOffset) -> Result<Key<'_, S>, Error> {
        match offset.cell() {
            Some(at) => Key::read(self, at),
            None => Err(Error::OutOfBounds { structure: Structure::KeyNode, offset, end: self.data_end }),
        }
    }

    /// All keys, depth first, each before its subkeys; see [`Walk`].
    pub fn walk(&self) -> Walk<'_, S> {
        Walk::new(self)
    }
}

/// Reads the base block, or says what the file is instead.
fn read_base_block<S: ReadAt>(source: &S) -> Result<BaseBlock, Error> {
    let len = source.len();
    if len == 0 {
        return Err(Error::Empty);
    }
    let head = read_clipped(source, 0, base_block::HEAD_LEN)?;
    let magic = array::<4>(&head, 0);
    if magic == Some(WINDOWS_9X) {
        return Err(Error::Windows9x);
    }
    if magic != Some(base_block::SIGNATURE) {
        if head.iter().all(|&byte| byte == 0) && all_zero(source, len)? {
            return Err(Error::ZeroFilled { len });
        }
        let text = looks_like_text(&head);
        return match magic {
            Some(found) => Err(Error::NotAHive { found: found.into(), text }),
            None => Err(Error::TooShort { len }),
        };
    }
    if len < BINS_START {
        return Err(Error::TooShort { len });
    }
    BaseBlock::parse(&head, Structure::BaseBlock)
}

/// Whether the first bin stands where it must.
fn starts_with_bin<S: ReadAt>(source: &S) -> Result<bool, Error> {
    let bytes = read_clipped(source, BINS_START, bin::LEN)?;
    let start = FileOffset(BINS_START);
    Ok(BinHeader::parse(&bytes, start)
        .is_ok_and(|header| header.signature.bytes() == bin::SIGNATURE && header.offset == 0))
}

/// Whether bytes read as ASCII, UTF-8 or UTF-16 text.
fn looks_like_text(bytes: &[u8]) -> bool {
    let sample = bytes.get(..TEXT_SAMPLE).unwrap_or(bytes);
    let utf16 = sample.starts_with(&[0xFF, 0xFE]) || sample.starts_with(&[0xFE, 0xFF]);
    let printable = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7E | 0x80..);
    let text: Cow<'_, [u8]> = if utf16 { Cow::Borrowed(&[]) } else { Cow::Borrowed(sample) };
    utf16 || (text.iter().all(printable) && core::str::from_utf8(&text).is_ok_and(|text| !text.is_empty()))
}
