//! An open file of images, with its other parts.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError};

use hivekey_read_at::{ReadAt, Region, narrow, wide};

use crate::blob_table::{BlobEntry, ENTRY_LEN};
use crate::checked::{Checked, Differing};
use crate::chunks::{Chunks, Codec, Shared, open, open_solid};
use crate::dentry::Entry;
use crate::error::{Anomaly, Error, FileOffset, Structure};
use crate::fields::read_vec;
use crate::header::Header;
use crate::image::{Image, Listing};
use crate::limits::{Limit, Limits};
use crate::resource_header::ResourceHeader;

/// An open WIM. Its clones share everything.
#[derive(Clone)]
pub struct Wim {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    packing: (Codec, u32),
    parts: HashMap<u16, Arc<dyn ReadAt>>,
    blobs: HashMap<[u8; 20], Blob>,
    /// Each resource, or why it cannot be read.
    solid: Vec<Result<Arc<Chunks>, Error>>,
    images: Vec<Image>,
    anomalies: Vec<Anomaly>,
    differing: Arc<Differing>,
}

/// Where a blob lies.
#[derive(Clone, Copy)]
enum Blob {
    Alone {
        part: u16,
        resource: ResourceHeader,
    },
    /// In the solid resource of this number.
    Solid {
        resource: usize,
        offset: u64,
        size: u64,
    },
}

impl Wim {
    /// Opens a file and, with `other_part`, the other parts of its images, each by its number.
    ///
    /// # Errors
    ///
    /// If the file is no WIM, or none of its images can be read. Parts that are missing or wrong are [`anomalies`](Self::anomalies).
    pub fn open(
        file: Arc<dyn ReadAt>,
        other_part: impl Fn(u16) -> Option<Arc<dyn ReadAt>>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let header = Header::read(&file)?;
        if header.images > limits.images {
            return Err(Error::Limit { limit: Limit::Images, value: limits.images.into() });
        }
        if header.parts > limits.parts {
            return Err(Error::Limit { limit: Limit::Parts, value: limits.parts.into() });
        }
        let mut reading = Reading {
            shared: Arc::new(Shared::new(limits.clone())),
            packing: (header.codec, header.chunk_len),
            parts: HashMap::new(),
            blobs: HashMap::new(),
            solid: Vec::new(),
            metadata: Vec::new(),
            entries: 0,
        };
        let mut anomalies = Vec::new();
        if header.unfinished {
            anomalies.push(Anomaly::Unfinished);
        }
        for part in 1..=header.parts {
            let (found, table) = if part == header.part {
                (Arc::clone(&file), Ok(header.clone()))
            } else {
                match other_part(part) {
                    Some(found) => {
                        let other = Header::read(&found).and_then(|other| header.is_of_one_image(other, part));
                        (found, other)
                    }
                    None => {
                        anomalies.push(Anomaly::MissingPart { part, total: header.parts });
                        continue;
                    }
                }
            };
            let read = table.and_then(|table| {
                reading.parts.insert(part, Arc::clone(&found));
                reading.table(&found, part, &table)
            });
            match read {
                Ok(()) => {}
                Err(error) if part == header.part && header.parts == 1 => return Err(error),
                Err(error) => anomalies.push(Anomaly::Part { part, error }),
            }
        }
        reading.finish(header.images, anomalies)
    }

    /// The images, in their order.
    #[must_use]
    pub fn images(&self) -> &[Image] {
        &self.inner.images
    }

    /// What was passed over when the file was opened.
    #[must_use]
    pub fn anomalies(&self) -> &[Anomaly] {
        &self.inner.anomalies
    }

    /// What lies in a directory, at most `most` entries.
    ///
    /// # Errors
    ///
    /// [`Error::NotADirectory`]. A directory that is damaged further on is given as far as it can be read.
    pub fn entries(&self, directory: &Entry, most: usize) -> Result<Listing, Error> {
        let image = self.inner.images.get(directory.image).filter(|_| directory.is_directory());
        let image = image.ok_or(Error::NotADirectory)?;
        Ok(image.entries(directory, most, self.inner.shared.limits()))
    }

    /// What a directory has under a name, without regard to case.
    ///
    /// # Errors
    ///
    /// [`Error::NotADirectory`], and what keeps the directory from being read, if the name was not met before that.
    pub fn lookup(&self, directory: &Entry, name: &str) -> Result<Option<Entry>, Error> {
        let Listing { entries, stopped } = self.entries(directory, usize::MAX)?;
        let lower = name.to_lowercase();
        let mut alike = entries.into_iter().filter(|entry| entry.name.to_lowercase() == lower);
        match (alike.next(), stopped) {
            (None, Some(error)) => Err(error),
            (found, _) => Ok(found),
        }
    }

    /// The contents of an image that were read and are not what their hashes say, by the image's root. Only contents of at most
    /// [`Limits::checked_bytes`] are compared, when more than the first 512 bytes are read.
    #[must_use]
    pub fn differing(&self, root: &Entry) -> Vec<Anomaly> {
        let differing = self.inner.differing.lock().unwrap_or_else(PoisonError::into_inner);
        differing.iter().filter(|(image, _)| *image == root.image).map(|(_, anomaly)| anomaly.clone()).collect()
    }

    /// Opens the content of a file; of a reparse point, what it holds behind its tag.
    ///
    /// # Errors
    ///
    /// If it cannot be found, lies in a missing part, or is encrypted.
    pub fn open_file(&self, entry: &Entry) -> Result<Arc<dyn ReadAt>, Error> {
        if entry.is_encrypted() {
            return Err(Error::Encrypted);
        }
        match entry.sha1 {
            None => Ok(Arc::new(Vec::new())),
            Some(expected) => {
                let content = self.inner.blob(expected)?;
                if content.len() > self.inner.shared.limits().checked_bytes {
                    return Ok(content);
                }
                let (name, image) = (entry.name.clone(), entry.image);
                let (done, differing) = (AtomicBool::new(false), Arc::clone(&self.inner.differing));
                Ok(Arc::new(Checked { content, name, image, expected, done, differing }))
            }
        }
    }

    /// Bytes of a file's content, 0 where no table says.
    #[must_use]
    pub fn size(&self, entry: &Entry) -> u64 {
        match entry.sha1.and_then(|sha1| self.inner.blobs.get(&sha1)) {
            Some(Blob::Alone { resource, .. }) => resource.size,
            Some(Blob::Solid { size, .. }) => *size,
            None => 0,
        }
    }
}

impl Inner {
    fn blob(&self, sha1: [u8; 20]) -> Result<Arc<dyn ReadAt>, Error> {
        match self.blobs.get(&sha1) {
            None => Err(Error::MissingContent { sha1 }),
            Some(Blob::Alone { part, resource }) => {
                let file = self.parts.get(part).ok_or(Error::MissingPart { part: *part })?;
                open(file, *part, resource, self.packing, &self.shared)
            }
            Some(&Blob::Solid { resource, offset, size }) => {
                let chunks = self.solid.get(resource).ok_or(Error::MissingContent { sha1 })?.clone()?;
                let available = chunks.len().saturating_sub(offset);
                if size > available {
                    let offset = FileOffset(offset);
                    return Err(Error::Truncated { structure: Structure::Resource, offset, needed: size, available });
                }
                Ok(Arc::new(Region::new(chunks, offset, size)))
            }
        }
    }
}

impl Header {
    /// That `other` is the header of part number `part` of the same image.
    fn is_of_one_image(&self, other: Self, part: u16) -> Result<Self, Error> {
        let wrong = |field, actual: u16, expected| Error::Field {
            structure: Structure::Header,
            offset: FileOffset(0),
            field,
            actual: actual.into(),
            expected,
        };
        if other.part != part {
            return Err(wrong("part", other.part, "the number in the file's name"));
        }
        if other.guid != self.guid {
            return Err(wrong("GUID", other.part, "that of the other parts"));
        }
        Ok(other)
    }
}

/// What is gathered while the tables are read.
struct Reading {
    shared: Arc<Shared>,
    packing: (Codec, u32),
    parts: HashMap<u16, Arc<dyn ReadAt>>,
    blobs: HashMap<[u8; 20], Blob>,
    solid: Vec<Result<Arc<Chunks>, Error>>,
    metadata: Vec<(u16, ResourceHeader)>,
    entries: u64,
}

impl Reading {
    /// Reads the blob table of one part.
    fn table(&mut self, file: &Arc<dyn ReadAt>, part: u16, header: &Header) -> Result<(), Error> {
        let place = header.blob_table;
        let table = open(file, part, &place, self.packing, &self.shared)?;
        let count = table.len().checked_div(wide(ENTRY_LEN)).unwrap_or(0);
        self.entries = self.entries.saturating_add(count);
        let most = self.shared.limits().blobs;
        if self.entries > most {
            return Err(Error::Limit { limit: Limit::Blobs, value: most });
        }
        // The solid resources of the run that is being read: the number of the first, and where each ends in the run.
        let mut run: Vec<(usize, u64)> = Vec::new();
        let mut in_run = false;
        const ROWS: usize = 1024;
        let mut number = 0u64;
        while number < count {
            let rows = ROWS.min(narrow(count.saturating_sub(number)));
            let at = number.saturating_mul(wide(ENTRY_LEN));
            let len = rows.saturating_mul(ENTRY_LEN);
            let bytes = read_vec(&table, Structure::BlobTable, FileOffset(at), len)?;
            for row in 0..rows {
                let entry = BlobEntry::parse(&bytes, row, place.offset.plus(at))?;
                if entry.resource.is_solid_resource() {
                    if !std::mem::replace(&mut in_run, true) {
                        run.clear();
                    }
                    let chunks = open_solid(file, part, &entry.resource, &self.shared).map(Arc::new);
                    let before = run.last().map_or(0, |(_, end)| *end);
                    let len = chunks.as_ref().map_or(0, |chunks| chunks.len());
                    run.push((self.solid.len(), before.saturating_add(len)));
                    self.solid.push(chunks);
                    continue;
                }
                in_run = false;
                self.blob(part, &entry, &run);
            }
            number = number.saturating_add(wide(rows));
        }
        Ok(())
    }

    fn blob(&mut self, part: u16, entry: &BlobEntry, run: &[(usize, u64)]) {
        let resource = entry.resource;
        if resource.is_metadata() {
            self.metadata.push((part, resource));
            return;
        }
        let blob = if resource.is_solid() {
            let at = run.partition_point(|(_, end)| *end <= resource.offset.0);
            let before = at.checked_sub(1).and_then(|before| run.get(before)).map_or(0, |(_, end)| *end);
            // Behind the last resource only empty or wrong ones lie; reading says so.
            let Some(&(number, _)) = run.get(at).or(run.last()) else { return };
            let offset = resource.offset.0.saturating_sub(before);
            Blob::Solid { resource: number, offset, size: resource.stored }
        } else {
            let part = if entry.part == 0 { part } else { entry.part };
            Blob::Alone { part, resource }
        };
        self.blobs.entry(entry.sha1).or_insert(blob);
    }

    fn finish(self, listed: u32, mut anomalies: Vec<Anomaly>) -> Result<Wim, Error> {
        let Self { shared, packing, parts, blobs, solid, metadata, .. } = self;
        let mut images = Vec::new();
        let most = usize::try_from(listed).unwrap_or(usize::MAX);
        for (part, resource) in metadata.into_iter().take(most) {
            let opened = parts
                .get(&part)
                .ok_or(Error::MissingPart { part })
                .and_then(|file| open(file, part, &resource, packing, &shared))
                .and_then(|metadata| Image::open(metadata, images.len(), shared.limits()));
            match opened {
                Ok(image) => images.push(image),
                Err(error) => anomalies.push(Anomaly::Part { part, error }),
            }
        }
        let found = u32::try_from(images.len()).unwrap_or(u32::MAX);
        if found < listed {
            anomalies.push(Anomaly::MissingImages { listed, found });
        }
        let inner = Inner { shared, packing, parts, blobs, solid, images, anomalies, differing: Arc::default() };
        Ok(Wim { inner: Arc::new(inner) })
    }
}
