//! A file or directory of a volume: its record, with the further records that belong to it.

use std::collections::HashSet;
use std::sync::Arc;

use hivekey_read_at::{narrow, wide};

use super::attribute::{Attribute, AttributeKind, Flags, Form};
use super::attribute_list::ListEntry;
use super::compressed::Compressed;
use super::file_name::{FileName, Namespace};
use super::pieces::{self, Pieces};
use super::record::Record;
use super::reparse::Reparse;
use super::standard_information::StandardInformation;
use super::stream::{NtfsFile, Stream};
use super::volume::Ntfs;
use super::wof::Wof;
use crate::anomaly::Anomaly;
use crate::error::{Error, Structure};
use crate::limits::{Limit, MAX_REPARSE_LEN, MAX_STRAY_RECORDS};
use crate::offset::{DeviceOffset, FileReference};
use crate::read::Fields;

/// The stream of a file that the overlay filter packed.
const WOF_STREAM: &str = "WofCompressedData";

/// A file or directory.
#[derive(Clone, Debug)]
pub struct File {
    volume: Ntfs,
    base: Arc<Record>,
    /// Which other records hold attributes of this file.
    list: Arc<[ListEntry]>,
}

/// A name of a file, as a directory has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Name {
    /// The directory.
    pub parent: FileReference,
    /// The name; a lone surrogate becomes U+FFFD.
    pub name: String,
    /// Which rules it follows.
    pub namespace: Namespace,
}

/// A stream of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamInfo {
    /// Empty for the main content.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

impl File {
    pub(super) fn new(volume: Ntfs, base: Arc<Record>) -> Result<Self, Error> {
        if let Some(file) = base.base {
            return Err(Error::Extension { record: base.number, base: file });
        }
        let list = base
            .attributes()
            .filter_map(Result::ok)
            .find(|attribute| attribute.kind == AttributeKind::ATTRIBUTE_LIST)
            .map(|list| pieces::read_list(&list, volume.clusters(), volume.limits(), volume.log()));
        let list = match list {
            None => Vec::new(),
            Some(Ok(list)) => list,
            Some(Err(error)) => {
                volume.note(Anomaly::damaged(base.offset, error));
                Vec::new()
            }
        };
        Ok(Self { volume, base, list: list.into() })
    }

    /// The volume that it is in.
    #[must_use]
    pub const fn volume(&self) -> &Ntfs {
        &self.volume
    }

    /// The reference that names it.
    #[must_use]
    pub fn reference(&self) -> FileReference {
        self.base.reference()
    }

    /// Whether it is a directory.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.base.is_directory()
    }

    /// Whether it exists; otherwise it was deleted.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        self.base.is_in_use()
    }

    /// How many hard links its record counts, short names included.
    #[must_use]
    pub fn links(&self) -> u16 {
        self.base.links
    }

    /// Where its record lies in the volume.
    #[must_use]
    pub fn record_offset(&self) -> DeviceOffset {
        self.base.offset
    }

    /// Its names: one per hard link, and the short ones.
    #[must_use]
    pub fn names(&self) -> Vec<Name> {
        self.file_names()
            .into_iter()
            .map(|name| Name { parent: name.parent, name: name.text(), namespace: name.namespace })
            .collect()
    }

    pub(super) fn file_names(&self) -> Vec<FileName> {
        let mut names = Vec::new();
        for record in self.records(|entry| entry.kind == AttributeKind::FILE_NAME) {
            names.extend(record_names(&record));
        }
        names
    }

    /// Times and flags.
    ///
    /// # Errors
    ///
    /// [`Error`] if they cannot be read.
    pub fn information(&self) -> Result<Option<StandardInformation>, Error> {
        let Some((bytes, offset)) = self.resident(AttributeKind::STANDARD_INFORMATION, &[])? else {
            return Ok(None);
        };
        let fields = Fields::new(&bytes, Structure::StandardInformation, offset);
        StandardInformation::parse(&fields).map(Some)
    }

    /// What stands in its place, if it is a reparse point.
    ///
    /// # Errors
    ///
    /// [`Error`] if the reparse point cannot be read.
    pub fn reparse(&self) -> Result<Option<Reparse>, Error> {
        let Some(value) = self.value(AttributeKind::REPARSE_POINT, &[])? else {
            return Ok(None);
        };
        let len = value.stream.len();
        if len > MAX_REPARSE_LEN {
            return Err(Error::LimitReached { limit: Limit::ReparseLen, max: MAX_REPARSE_LEN });
        }
        let mut bytes = vec![0u8; narrow(len)];
        value.stream.read(self.volume.clusters(), 0, &mut bytes)?;
        let fields = Fields::new(&bytes, Structure::ReparsePoint, value.offset);
        Reparse::parse(&fields).map(Some)
    }

    /// Its streams; the main content has an empty name. Of a packed file the stored streams are listed.
    #[must_use]
    pub fn streams(&self) -> Vec<StreamInfo> {
        let mut streams: Vec<StreamInfo> = Vec::new();
        for record in self.records(|entry| entry.kind == AttributeKind::DATA) {
            let data =
                record.attributes().filter_map(Result::ok).filter(|attribute| attribute.kind == AttributeKind::DATA);
            for attribute in data {
                if let Some(size) = size(&attribute) {
                    streams.push(StreamInfo { name: String::from_utf16_lossy(&attribute.name), size });
                }
            }
        }
        streams
    }

    /// Bytes of the main content; `None` if it has none, as directories.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.streams().into_iter().find(|stream| stream.name.is_empty()).map(|stream| stream.size)
    }

    /// The main content, unpacked where Windows packed it.
    ///
    /// # Errors
    ///
    /// [`Error::NoStream`] for a directory, [`Error::Encrypted`], or another kind if the attributes cannot be read.
    pub fn open(&self) -> Result<NtfsFile, Error> {
        match self.reparse() {
            Ok(Some(Reparse::Wof(algorithm))) => {
                let size = self.size().ok_or_else(|| self.no_stream(""))?;
                let packed = self.stream(WOF_STREAM)?;
                let wof = Wof::new(packed, algorithm, size)?;
                return Ok(NtfsFile::wof(self.volume.clone(), self.reference(), wof));
            }
            Ok(_) => {}
            // The content is elsewhere; zeros would be a lie.
            Err(error @ Error::Unsupported { .. }) => return Err(error),
            Err(error) => self.volume.note(Anomaly::damaged(self.base.offset, error)),
        }
        self.open_stream("")
    }

    /// A stream as it is stored, by name; the empty name is the main content.
    ///
    /// # Errors
    ///
    /// [`Error::NoStream`], [`Error::Encrypted`], or another kind if the attributes cannot be read.
    pub fn open_stream(&self, name: &str) -> Result<NtfsFile, Error> {
        let stream = self.stream(name)?;
        Ok(NtfsFile::plain(self.volume.clone(), self.reference(), stream))
    }

    fn stream(&self, name: &str) -> Result<Stream, Error> {
        let units: Vec<u16> = name.encode_utf16().collect();
        self.value(AttributeKind::DATA, &units)?.map(|value| value.stream).ok_or_else(|| self.no_stream(name))
    }

    fn no_stream(&self, name: &str) -> Error {
        Error::NoStream { reference: self.reference(), name: name.into() }
    }

    /// A value that always lies in its record, with its place.
    pub(super) fn resident(&self, kind: AttributeKind, name: &[u16]) -> Result<Option<ResidentValue>, Error> {
        match self.value(kind, name)? {
            None => Ok(None),
            Some(Value { stream: Stream::Resident(bytes), offset }) => Ok(Some((bytes, offset))),
            Some(Value { offset, .. }) => Err(Error::Field {
                structure: Structure::Attribute,
                offset,
                field: "form",
                actual: 1,
                expected: "0, in the record",
            }),
        }
    }

    /// The value of an attribute, put together from all records that hold a part of it.
    pub(super) fn value(&self, kind: AttributeKind, name: &[u16]) -> Result<Option<Value>, Error> {
        let mut pieces = Pieces::default();
        let mut first: Option<(Flags, u8, DeviceOffset)> = None;
        let mut fault = None;
        for record in self.records(|entry| entry.kind == kind && entry.name == name) {
            for attribute in record.attributes() {
                let attribute = match attribute {
                    Ok(attribute) if attribute.is(kind, name) => attribute,
                    Ok(_) => continue,
                    Err(error) => {
                        fault = fault.or(Some(error));
                        continue;
                    }
                };
                match &attribute.form {
                    Form::Resident(bytes, offset) => {
                        if attribute.flags.is_encrypted() && kind == AttributeKind::DATA {
                            return Err(Error::Encrypted(self.reference()));
                        }
                        return Ok(Some(Value { stream: Stream::Resident((*bytes).into()), offset: *offset }));
                    }
                    Form::Mapped(mapped) => {
                        // Flags and sizes only count in the piece with the first cluster.
                        if mapped.first.0 == 0 {
                            first = first.or(Some((attribute.flags, mapped.unit_exponent, attribute.offset)));
                        }
                        pieces.add(&attribute, self.volume.limits(), self.volume.log());
                    }
                }
            }
        }
        let extents = pieces.join(self.volume.log());
        let (Some((flags, unit_exponent, offset)), Some(mut extents)) = (first, extents) else {
            // If an attribute of the record cannot be read, it may be this one.
            return fault.map_or(Ok(None), Err);
        };
        if flags.is_encrypted() {
            return Err(Error::Encrypted(self.reference()));
        }
        if flags.is_unknown_compression() {
            return Err(Error::Unsupported {
                structure: Structure::Attribute,
                offset,
                what: "a compression other than LZNT1",
            });
        }
        let clusters = self.volume.clusters();
        pieces::clip(&mut extents, clusters.size, self.volume.log(), offset);
        pieces::check_runs(&extents, clusters, self.volume.log(), offset);
        let stream = if flags.is_compressed() && unit_exponent != 0 {
            let compressed = Compressed::new(extents, unit_exponent, clusters.size)?;
            Stream::Compressed(Arc::new(compressed))
        } else {
            Stream::Mapped(extents)
        };
        Ok(Some(Value { stream, offset }))
    }

    /// The records of this file that hold what is wanted, the base record always among them. Each is met once, so that a
    /// list that names itself, or one record a thousand times, leads nowhere. A list that names many records of other files
    /// is given up: otherwise thousands of files could each have all others looked at.
    fn records(&self, wanted: impl Fn(&ListEntry) -> bool) -> Vec<Arc<Record>> {
        let mut records = vec![Arc::clone(&self.base)];
        let mut met = HashSet::from([self.base.number]);
        let mut stray = 0usize;
        for entry in self.list.iter().filter(|entry| wanted(entry)) {
            if !met.insert(entry.record.record) {
                continue;
            }
            match self.extension(entry.record) {
                Ok(record) => records.push(record),
                Err(error) => {
                    self.volume.note(Anomaly::damaged(self.base.offset, error));
                    stray = stray.saturating_add(1);
                }
            }
            if stray >= MAX_STRAY_RECORDS {
                let error = Error::LimitReached { limit: Limit::StrayRecords, max: wide(MAX_STRAY_RECORDS) };
                self.volume.note(Anomaly::damaged(self.base.offset, error));
                break;
            }
        }
        records
    }

    /// A further record of this file; one that belongs to another file by now is an error.
    fn extension(&self, reference: FileReference) -> Result<Arc<Record>, Error> {
        let record = self.volume.load(reference.record)?;
        let own = record.base.is_some_and(|base| base.record == self.base.number);
        if !own || (reference.sequence != 0 && record.sequence != reference.sequence && self.is_in_use()) {
            return Err(Error::Stale { reference, actual: record.sequence });
        }
        Ok(record)
    }
}

/// A value that lies in its record, and where.
pub(super) type ResidentValue = (Arc<[u8]>, DeviceOffset);

/// The value of an attribute and where it, or what maps it, lies.
pub(super) struct Value {
    pub(super) stream: Stream,
    pub(super) offset: DeviceOffset,
}

/// The names in one record.
pub(super) fn record_names(record: &Record) -> Vec<FileName> {
    let mut names = Vec::new();
    for attribute in record.attributes().filter_map(Result::ok) {
        if let (AttributeKind::FILE_NAME, Form::Resident(bytes, offset)) = (attribute.kind, &attribute.form) {
            let fields = Fields::new(bytes, Structure::FileName, *offset);
            names.extend(FileName::parse(&fields));
        }
    }
    names
}

/// Bytes of a stream, if this attribute tells it.
fn size(attribute: &Attribute<'_>) -> Option<u64> {
    match &attribute.form {
        Form::Resident(bytes, _) => Some(wide(bytes.len())),
        Form::Mapped(mapped) => mapped.sizes.map(|(size, _)| size),
    }
}
