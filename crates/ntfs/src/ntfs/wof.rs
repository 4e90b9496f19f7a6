//! Files that the Windows overlay filter packed: `compact /exe`, CompactOS.
//!
//! Such a file has a reparse point that names the algorithm, an unnamed stream that is all hole and tells the size, and a
//! stream `WofCompressedData`:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 (or 8) per chunk but the first | table | where each chunk starts, counted from the end of the table; 8 bytes for files over 4 GiB |
//! | … | … | chunks | packed; one that is as long as it is unpacked is stored |
//!
//! Source: Microsoft, "WOF_EXTERNAL_INFO", "FILE_PROVIDER_EXTERNAL_INFO_V1"; the WIM specification, "resources".

use hivekey_read_at::{check_range, narrow, wide};

use super::reparse::WofAlgorithm;
use super::stream::{Clusters, Stream};
use super::unit_cache::UnitCache;
use crate::error::{Error, Structure};
use crate::offset::DeviceOffset;
use crate::read::Fields;
use hivekey_compression::{LZX_CHUNK_LEN, unpack_lzx, unpack_xpress};

#[derive(Debug)]
pub(super) struct Wof {
    packed: Stream,
    algorithm: WofAlgorithm,
    size: u64,
    cache: UnitCache,
}

impl Wof {
    /// `size` is that of the unpacked file; it is refused if the packed stream cannot even hold its table.
    pub(super) fn new(packed: Stream, algorithm: WofAlgorithm, size: u64) -> Result<Self, Error> {
        let wof = Self { packed, algorithm, size, cache: UnitCache::default() };
        let (_, table_len) = wof.table();
        if table_len > wof.packed.len() {
            return Err(Error::Field {
                structure: Structure::WofChunk,
                offset: DeviceOffset(0),
                field: "size of the file",
                actual: size,
                expected: "no more chunks than the packed stream has entries for",
            });
        }
        Ok(wof)
    }

    /// Bytes of a table entry, and of the table.
    fn table(&self) -> (u64, u64) {
        let entry = if self.size > u64::from(u32::MAX) { 8 } else { 4 };
        (entry, self.last_chunk().saturating_mul(entry))
    }

    fn last_chunk(&self) -> u64 {
        self.size.saturating_sub(1).checked_div(self.algorithm.chunk_len()).unwrap_or(0)
    }

    pub(super) const fn len(&self) -> u64 {
        self.size
    }

    pub(super) const fn packed(&self) -> &Stream {
        &self.packed
    }

    pub(super) fn read(&self, clusters: Clusters<'_>, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        check_range(offset, buf.len(), self.size)?;
        let chunk_len = self.algorithm.chunk_len();
        let mut at = offset;
        let mut rest = buf;
        while !rest.is_empty() {
            let number = at.checked_div(chunk_len).unwrap_or(0);
            let within = narrow(at.checked_rem(chunk_len).unwrap_or(0));
            let chunk = self.cache.get(number, || self.chunk(clusters, number))?;
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

    fn chunk(&self, clusters: Clusters<'_>, number: u64) -> Result<Vec<u8>, Error> {
        let chunk_len = self.algorithm.chunk_len();
        let position = number.saturating_mul(chunk_len);
        let len = narrow(chunk_len.min(self.size.saturating_sub(position)));
        let (entry, table_len) = self.table();
        let data_len = self.packed.len().saturating_sub(table_len);
        let start = match number.checked_sub(1) {
            None => 0,
            Some(before) => self.table_entry(clusters, before, entry)?,
        };
        let end = if number == self.last_chunk() { data_len } else { self.table_entry(clusters, number, entry)? };
        let packed_len =
            end.checked_sub(start).map(narrow).filter(|&packed_len| packed_len <= len && end <= data_len).ok_or(
                Error::Field {
                    structure: Structure::WofChunk,
                    offset: DeviceOffset(position),
                    field: "end",
                    actual: end,
                    expected: "behind the start, at most a chunk further on",
                },
            )?;
        let mut packed = vec![0u8; packed_len];
        self.packed.read(clusters, table_len.saturating_add(start), &mut packed)?;
        if packed_len == len {
            return Ok(packed);
        }
        let mut chunk = vec![0u8; len];
        let unpacked = match self.algorithm {
            WofAlgorithm::Lzx => unpack_lzx(&packed, LZX_CHUNK_LEN, &mut chunk),
            _ => unpack_xpress(&packed, &mut chunk),
        };
        unpacked.map_err(|source| Error::Compressed { structure: Structure::WofChunk, position, source })?;
        Ok(chunk)
    }

    fn table_entry(&self, clusters: Clusters<'_>, number: u64, len: u64) -> Result<u64, Error> {
        let mut bytes = [0u8; 8];
        let at = number.saturating_mul(len);
        if let Some(part) = bytes.get_mut(..narrow(len)) {
            self.packed.read(clusters, at, part)?;
        }
        Fields::new(&bytes, Structure::WofChunk, DeviceOffset(at)).u64(0)
    }
}
