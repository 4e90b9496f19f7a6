//! A zip whose end is lost, and with it the central directory: its members in order, by their own headers.
//!
//! | offset | length | field |
//! |---|---|---|
//! | 0 | 4 | `PK` 03 04 |
//! | 6 | 2 | flags: 1 encrypted, 8 sizes and checksum follow the content |
//! | 8 | 2 | method: 0 stored, 8 deflated |
//! | 14 | 4 | CRC-32 |
//! | 18, 22 | 4, 4 | packed and unpacked bytes; FFFFFFFF if they stand in the extra field 1 (8 bytes each, the unpacked ones first) |
//! | 26, 28 | 2, 2 | bytes of the name and of the extra fields, which follow |
//!
//! Source: PKWARE, APPNOTE.TXT 4.3.7 and 4.5.3.

use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use flate2::bufread::DeflateDecoder;
use hivekey_read_at::ReadAt;

use super::collector::{Collector, Stated};
use super::input::Input;
use super::unread::Unread;
use crate::path::TreePath;

const ENCRYPTED: u16 = 1;
const SIZES_FOLLOW: u16 = 8;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Sizes that stand elsewhere.
const ELSEWHERE: u32 = u32::MAX;

struct Header {
    flags: u16,
    method: u16,
    crc32: u32,
    packed: u64,
    size: u64,
    name: Vec<u8>,
    content: u64,
}

/// Goes through the members up to where the archive breaks off, which is told.
///
/// # Errors
///
/// If there is not one whole header of a member.
pub(super) fn read(reader: &Arc<dyn ReadAt>, mut input: Input, collector: &mut Collector<'_>) -> Result<(), Unread> {
    let mut at = 0;
    while let Some(header) = Header::read(&mut input, at) {
        if !collector.counts() {
            return Ok(());
        }
        let folder = header.name.ends_with(b"/");
        if let Some(path) = collector.place(&header.name) {
            if folder {
                collector.folder(&path);
            } else if let Err(why) = header.member(reader, &mut input, &path, collector) {
                collector.tell(&path, why);
            }
        }
        let next = header.content.saturating_add(header.packed);
        if header.flags & SIZES_FOLLOW != 0 || next > reader.len() || collector.budget().is_spent() {
            break;
        }
        at = next;
    }
    let why = Unread::NoDirectory { offset: reader.len() };
    if at == 0 && Header::read(&mut input, 0).is_none() {
        return Err(why);
    }
    collector.tell(&TreePath::root(), why);
    Ok(())
}

impl Header {
    fn read(input: &mut Input, at: u64) -> Option<Self> {
        input.seek(SeekFrom::Start(at)).ok()?;
        let mut bytes = [0; 30];
        input.read_exact(&mut bytes).ok()?;
        let u16_at = |at: usize| bytes.get(at..)?.first_chunk().copied().map(u16::from_le_bytes);
        let u32_at = |at: usize| bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes);
        bytes.starts_with(b"PK\x03\x04").then_some(())?;
        let mut name = vec![0; usize::from(u16_at(26)?)];
        input.read_exact(&mut name).ok()?;
        let mut extra = vec![0; usize::from(u16_at(28)?)];
        input.read_exact(&mut extra).ok()?;
        let (packed, size) = match (u32_at(18)?, u32_at(22)?) {
            (ELSEWHERE, _) | (_, ELSEWHERE) => long_sizes(&extra)?,
            (packed, size) => (packed.into(), size.into()),
        };
        let content = input.stream_position().ok()?;
        Some(Self { flags: u16_at(6)?, method: u16_at(8)?, crc32: u32_at(14)?, packed, size, name, content })
    }

    fn member(
        &self,
        reader: &Arc<dyn ReadAt>,
        input: &mut Input,
        path: &TreePath,
        collector: &mut Collector<'_>,
    ) -> Result<(), Unread> {
        let available = reader.len().saturating_sub(self.content);
        let cut_off = Unread::CutOff { offset: self.content, needed: self.packed, available };
        if self.flags & ENCRYPTED != 0 {
            return Err(Unread::Encrypted);
        }
        match self.method {
            STORED if self.flags & SIZES_FOLLOW == 0 => {
                let crc32 = Some(self.crc32).filter(|_| self.packed <= available);
                collector.stored(path.clone(), reader, self.content, self.packed.min(available), crc32);
                if self.packed > available { Err(cut_off) } else { Ok(()) }
            }
            DEFLATED => {
                let known = self.flags & SIZES_FOLLOW == 0;
                let packed = BufReader::new(input.by_ref().take(if known { self.packed } else { available }));
                let mut unpacked = collector.budget().meter(DeflateDecoder::new(packed));
                let stated =
                    Stated { size: Some(self.size).filter(|_| known), crc32: Some(self.crc32).filter(|_| known) };
                collector.packed(path.clone(), stated, &mut unpacked)
            }
            method => Err(Unread::Method(format!("the method {method}"))),
        }
    }
}

/// The packed and the unpacked size in the extra field of a long member.
fn long_sizes(mut extra: &[u8]) -> Option<(u64, u64)> {
    while let Some(([id_low, id_high, len_low, len_high], rest)) = extra.split_first_chunk() {
        let (field, rest) = rest.split_at_checked(u16::from_le_bytes([*len_low, *len_high]).into())?;
        if [*id_low, *id_high] == [1, 0] {
            let (size, packed) = field.split_first_chunk()?;
            return Some((u64::from_le_bytes(*packed.first_chunk()?), u64::from_le_bytes(*size)));
        }
        extra = rest;
    }
    None
}
