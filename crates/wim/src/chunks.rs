//! Packed resources: chunks of one unpacked size, each packed alone and found by a table.
//!
//! | where | what |
//! |---|---|
//! | a file alone | 4 bytes (8 if the file has 4 GiB or more) for each chunk but the first: where it starts, from the end of the table on; then the chunks |
//! | a solid resource | 8 bytes: its size; 4: the size of chunks; 4: 0 stored, 1 XPRESS, 2 LZX, 3 LZMS; then 4 for each chunk: its packed bytes; then the chunks |
//!
//! A chunk that is as long as it is unpacked is stored. Source: Microsoft, "Windows Imaging File Format (WIM)" (2012), "Resources";
//! wimlib for solid resources.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hivekey_compression::{CodecError, unpack_lzms, unpack_lzx, unpack_xpress};
use hivekey_read_at::{ReadAt, ReadError, Region, check_range, narrow, wide};

use crate::error::{Error, FileOffset, Structure};
use crate::fields::{Fields, read_exact, read_vec};
use crate::limits::{Limit, Limits};
use crate::resource_header::ResourceHeader;

/// How chunks are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Stored,
    Xpress,
    Lzx,
    Lzms,
}

impl Codec {
    fn unpack(self, packed: &[u8], chunk_len: usize, chunk: &mut [u8]) -> Result<(), CodecError> {
        match self {
            // A stored chunk that is not as long as what it holds.
            Self::Stored => Err(CodecError::Truncated),
            Self::Xpress => unpack_xpress(packed, chunk),
            Self::Lzx => unpack_lzx(packed, chunk_len, chunk),
            Self::Lzms => unpack_lzms(packed, chunk),
        }
    }
}

/// What all resources of an open image share.
#[derive(Debug)]
pub(crate) struct Shared {
    cache: Mutex<Cache>,
    unpacked: AtomicU64,
    limits: Limits,
}

#[derive(Debug, Default)]
struct Cache {
    chunks: HashMap<ChunkId, Arc<[u8]>>,
    /// The oldest first.
    order: VecDeque<ChunkId>,
    bytes: u64,
}

/// The part, where in it the resource lies, and which chunk of it.
type ChunkId = (u16, FileOffset, u64);

impl Shared {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { cache: Mutex::default(), unpacked: AtomicU64::new(0), limits }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    fn chunk(&self, id: ChunkId, unpack: impl FnOnce() -> Result<Vec<u8>, Error>) -> Result<Arc<[u8]>, Error> {
        let lock = || self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(chunk) = lock().chunks.get(&id) {
            return Ok(Arc::clone(chunk));
        }
        let chunk: Arc<[u8]> = unpack()?.into();
        let len = wide(<[u8]>::len(&chunk));
        let before = self.unpacked.fetch_add(len, Ordering::Relaxed);
        if before.saturating_add(len) > self.limits.unpacked_bytes {
            return Err(Error::Limit { limit: Limit::UnpackedBytes, value: self.limits.unpacked_bytes });
        }
        let mut cache = lock();
        let cache = &mut *cache;
        if cache.chunks.insert(id, Arc::clone(&chunk)).is_none() {
            cache.order.push_back(id);
            cache.bytes = cache.bytes.saturating_add(len);
        }
        while cache.bytes > self.limits.cached_bytes && cache.order.len() > 1 {
            let Some(oldest) = cache.order.pop_front() else { break };
            if let Some(gone) = cache.chunks.remove(&oldest) {
                cache.bytes = cache.bytes.saturating_sub(wide(<[u8]>::len(&gone)));
            }
        }
        Ok(chunk)
    }
}

#[derive(Debug)]
enum Table {
    /// In the file, read as it is needed: where it starts, and bytes of an entry.
    InFile { at: FileOffset, entry: usize },
    /// In memory: where each chunk ends.
    Ends(Vec<u64>),
}

/// A packed resource, unpacked where it is read.
pub(crate) struct Chunks {
    file: Arc<dyn ReadAt>,
    part: u16,
    codec: Codec,
    chunk_len: u64,
    /// Unpacked bytes.
    size: u64,
    table: Table,
    /// Where the first chunk starts, and bytes of all.
    data: FileOffset,
    stored: u64,
    shared: Arc<Shared>,
}

/// A resource that is stored alone, packed or not.
pub(crate) fn open(
    file: &Arc<dyn ReadAt>,
    part: u16,
    header: &ResourceHeader,
    (codec, chunk_len): (Codec, u32),
    shared: &Arc<Shared>,
) -> Result<Arc<dyn ReadAt>, Error> {
    let offset = header.offset;
    let available = file.len().saturating_sub(offset.0);
    if header.stored > available {
        return Err(Error::Truncated { structure: Structure::Resource, offset, needed: header.stored, available });
    }
    let wrong =
        |field, actual, expected| Error::Field { structure: Structure::Resource, offset, field, actual, expected };
    if !header.is_packed() {
        if header.size != header.stored {
            return Err(wrong("size", header.size, "the stored size, as it is not packed"));
        }
        return Ok(Arc::new(Region::new(Arc::clone(file), offset.0, header.size)));
    }
    let entry = if header.size > u64::from(u32::MAX) { 8 } else { 4 };
    let chunk_len = checked_chunk_len(chunk_len, shared.limits(), || wrong("chunk size", 0, "1 or more"))?;
    let chunks = header.size.div_ceil(chunk_len);
    let table_len = chunks.saturating_sub(1).saturating_mul(wide(entry));
    let stored = header
        .stored
        .checked_sub(table_len)
        .ok_or_else(|| wrong("size", header.size, "no more chunks than the stored bytes have entries for"))?;
    let data = offset.plus(table_len);
    let table = Table::InFile { at: offset, entry };
    let (file, shared) = (Arc::clone(file), Arc::clone(shared));
    Ok(Arc::new(Chunks { file, part, codec, chunk_len, size: header.size, table, data, stored, shared }))
}

/// A solid resource.
pub(crate) fn open_solid(
    file: &Arc<dyn ReadAt>,
    part: u16,
    header: &ResourceHeader,
    shared: &Arc<Shared>,
) -> Result<Chunks, Error> {
    const HEAD: usize = 16;
    let offset = header.offset;
    let mut head = [0; HEAD];
    read_exact(file, Structure::Resource, offset, &mut head)?;
    let fields = Fields::new(&head, Structure::Resource, offset);
    let size = fields.u64(0)?;
    let chunk_len =
        checked_chunk_len(fields.u32(8)?, shared.limits(), || fields.wrong("chunk size", 0u32, "1 or more"))?;
    let codec = match fields.u32(12)? {
        0 => Codec::Stored,
        1 => Codec::Xpress,
        2 => Codec::Lzx,
        3 => Codec::Lzms,
        other => return Err(fields.wrong("compression", other, "0 to 3")),
    };
    let chunks = size.div_ceil(chunk_len);
    if chunks > shared.limits().solid_chunks {
        return Err(Error::Limit { limit: Limit::SolidChunks, value: shared.limits().solid_chunks });
    }
    let at = offset.plus(wide(HEAD));
    let table = read_vec(file, Structure::ChunkTable, at, narrow(chunks.saturating_mul(4)))?;
    let mut end = 0u64;
    let ends: Vec<u64> = table
        .as_chunks::<4>()
        .0
        .iter()
        .map(|len| {
            end = end.saturating_add(u64::from(u32::from_le_bytes(*len)));
            end
        })
        .collect();
    let data = at.plus(wide(table.len()));
    let available = file.len().saturating_sub(data.0);
    if end > available {
        return Err(Error::Truncated { structure: Structure::Resource, offset, needed: end, available });
    }
    let (file, shared) = (Arc::clone(file), Arc::clone(shared));
    Ok(Chunks { file, part, codec, chunk_len, size, table: Table::Ends(ends), data, stored: end, shared })
}

fn checked_chunk_len(len: u32, limits: &Limits, zero: impl FnOnce() -> Error) -> Result<u64, Error> {
    match u64::from(len) {
        0 => Err(zero()),
        len if len > limits.chunk_bytes => Err(Error::Limit { limit: Limit::ChunkBytes, value: limits.chunk_bytes }),
        len => Ok(len),
    }
}

impl Chunks {
    /// Where a chunk starts, and the one after it; from the first chunk on.
    fn bounds(&self, number: u64) -> Result<(u64, u64), Error> {
        let last = self.size.div_ceil(self.chunk_len).saturating_sub(1);
        match &self.table {
            Table::Ends(ends) => {
                let end = |number: u64| ends.get(narrow(number)).copied().unwrap_or(self.stored);
                Ok((number.checked_sub(1).map_or(0, end), end(number)))
            }
            Table::InFile { at, entry } => {
                let start_of = |number: u64| -> Result<u64, Error> {
                    let at = at.plus(number.saturating_mul(wide(*entry)));
                    let mut bytes = [0; 8];
                    if let Some(part) = bytes.get_mut(..*entry) {
                        read_exact(&self.file, Structure::ChunkTable, at, part)?;
                    }
                    Ok(u64::from_le_bytes(bytes))
                };
                let start = number.checked_sub(1).map_or(Ok(0), start_of)?;
                Ok((start, if number == last { self.stored } else { start_of(number)? }))
            }
        }
    }

    fn unpack(&self, number: u64) -> Result<Vec<u8>, Error> {
        let len = self.chunk_len.min(self.size.saturating_sub(number.saturating_mul(self.chunk_len)));
        let (start, end) = self.bounds(number)?;
        let offset = self.data.plus(start);
        let packed_len =
            end.checked_sub(start).filter(|&packed| packed <= len && end <= self.stored).ok_or(Error::Field {
                structure: Structure::ChunkTable,
                offset,
                field: "end of the chunk",
                actual: end,
                expected: "behind its start, at most a chunk further on",
            })?;
        let packed = read_vec(&self.file, Structure::Chunk, offset, narrow(packed_len))?;
        if packed_len == len {
            return Ok(packed);
        }
        let mut chunk = vec![0u8; narrow(len)];
        self.codec
            .unpack(&packed, narrow(self.chunk_len), &mut chunk)
            .map_err(|source| Error::Packed { offset, source })?;
        Ok(chunk)
    }
}

impl ReadAt for Chunks {
    fn len(&self) -> u64 {
        self.size
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.size)?;
        let mut at = offset;
        let mut rest = buf;
        while !rest.is_empty() {
            let number = at.checked_div(self.chunk_len).unwrap_or(0);
            let within = narrow(at.checked_rem(self.chunk_len).unwrap_or(0));
            let chunk = self.shared.chunk((self.part, self.data, number), || self.unpack(number))?;
            let available = chunk.get(within..).unwrap_or_default();
            let count = available.len().min(rest.len());
            let (Some((part, behind)), Some(bytes)) = (rest.split_at_mut_checked(count), available.get(..count)) else {
                break;
            };
            part.copy_from_slice(bytes);
            at = at.saturating_add(wide(count));
            rest = behind;
        }
        Ok(())
    }
}
