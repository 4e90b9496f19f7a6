//! A copy of the metadata: a header of 64 bytes, a header of 48, entries.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | signature | `-FVE-FS-` |
//! | 10 | 2 | version | 2; 1 of Windows Vista |
//! | 12 | 2 + 2 | state | now, and wanted; 4: encrypted as a whole |
//! | 16 | 8 | volume size | encrypted bytes |
//! | 28 | 4 | header sectors | of the volume's own start |
//! | 32 | 3 × 8 | metadata | where the copies lie |
//! | 56 | 8 | header offset | where the volume's own start lies, encrypted |
//! | 64 | 4 | size | of what follows from here on |
//! | 72 | 4 | header size | 48 |
//! | 80 | 16 | GUID | of the volume |
//! | 100 | 2 | method | |
//! | 112 | … | entries | |
//!
//! Source: libbde, "BitLocker Drive Encryption (BDE) format", "FVE metadata block"; cryptsetup for the states.

use hivekey_read_at::{ReadAt, narrow};

use crate::entry::{Entry, MASTER_KEY, VALUE_MASTER_KEY, VOLUME_HEADER, entries};
use crate::error::{Error, Structure};
use crate::guid::Guid;
use crate::method::Method;
use crate::protector::{Protector, ProtectorKind};
use crate::read::Fields;

/// Bytes that Windows sets apart for each copy, and shows as zeros.
pub(crate) const AREA_LEN: u64 = 64 << 10;

const HEADERS_LEN: usize = 112;
const ENCRYPTED: u16 = 4;
/// Where the entries of a master key start.
const MASTER_KEY_ENTRIES: usize = 28;

/// What is needed of the metadata.
#[derive(Debug)]
pub(crate) struct Metadata {
    bytes: Vec<u8>,
    offset: u64,
    pub(crate) id: Guid,
    pub(crate) method: Method,
    pub(crate) volume_len: u64,
    /// Where the copies lie.
    pub(crate) copies: [u64; 3],
    /// Where the volume's own first sectors lie, and how many bytes they are.
    pub(crate) header: (u64, u64),
    /// Those that say what they are.
    pub(crate) protectors: Vec<Protector>,
    /// Whether none of the protectors is damaged.
    pub(crate) is_whole: bool,
}

impl Metadata {
    pub(crate) fn read(volume: &dyn ReadAt, offset: u64, sector_len: u16) -> Result<Self, Error> {
        let mut bytes = vec![0; narrow(AREA_LEN)];
        let read = volume.read_available(offset, &mut bytes)?;
        bytes.truncate(read);
        let fields = Fields::new(&bytes, Structure::Metadata, offset);
        if fields.array(0)? != *b"-FVE-FS-" {
            return Err(fields.wrong("signature", u64::from_be_bytes(fields.array(0)?), "\"-FVE-FS-\""));
        }
        if fields.u16(10)? == 1 {
            return Err(Error::Unsupported("a volume of Windows Vista"));
        }
        let states = (fields.u16(12)?, fields.u16(14)?);
        if states != (ENCRYPTED, ENCRYPTED) {
            return Err(Error::Unsupported("a volume that is being encrypted or decrypted"));
        }
        let size = narrow(fields.u32(64)?.into());
        let end = size.checked_add(64).filter(|&end| end >= HEADERS_LEN && end <= bytes.len());
        let end = end.ok_or_else(|| fields.wrong("size", fields.u32(64).unwrap_or(0), "48 to what the area holds"))?;
        let number = fields.u16(100)?;
        let method = Method::of(number).ok_or(Error::Unsupported(match number {
            0 => "a volume that is not encrypted",
            _ => "this encryption method",
        }))?;
        let mut header = (fields.u64(56)?, u64::from(fields.u32(28)?).saturating_mul(sector_len.into()));
        let (id, volume_len) = (fields.guid(80)?, fields.u64(16)?);
        let copies = [fields.u64(32)?, fields.u64(40)?, fields.u64(48)?];
        bytes.truncate(end);
        let fields = Fields::new(&bytes, Structure::Metadata, offset);
        let (mut protectors, mut is_whole) = (Vec::new(), true);
        for entry in entries(&fields, HEADERS_LEN)? {
            match (entry.kind, entry.value) {
                _ if is_protector(&entry) => {
                    is_whole &= properties(&entry).is_ok();
                    protectors.extend(protector(&entry));
                }
                (VOLUME_HEADER, VOLUME_HEADER) => header = (entry.data.u64(0)?, entry.data.u64(8)?),
                _ => {}
            }
        }
        if header.1 == 0 || header.0.checked_add(header.1).is_none_or(|end| end > volume.len()) {
            return Err(fields.wrong("offset of the volume's header", header.0, "inside of the volume"));
        }
        Ok(Self { offset, id, method, volume_len, copies, header, protectors, is_whole, bytes })
    }

    /// All entries. They were read once before, so that there is no error to be told.
    pub(crate) fn entries(&self) -> Vec<Entry<'_>> {
        entries(&Fields::new(&self.bytes, Structure::Metadata, self.offset), HEADERS_LEN).unwrap_or_default()
    }
}

pub(crate) fn is_protector(entry: &Entry<'_>) -> bool {
    (entry.kind, entry.value) == (MASTER_KEY, VALUE_MASTER_KEY)
}

/// A master key's entry: 16 bytes its identifier, at 26 what protects it, entries from 28 on.
pub(crate) fn protector(entry: &Entry<'_>) -> Result<Protector, Error> {
    Ok(Protector { id: entry.data.guid(0)?, kind: ProtectorKind::of(entry.data.u16(26)?) })
}

/// The entries in that of a master key.
pub(crate) fn properties<'a>(entry: &Entry<'a>) -> Result<Vec<Entry<'a>>, Error> {
    entries(&entry.data, MASTER_KEY_ENTRIES)
}
