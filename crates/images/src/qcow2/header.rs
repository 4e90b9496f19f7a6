//! The header of a QCOW2 image and its extensions.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | magic | `QFI\xFB` |
//! | 4 | 4 | version | 2 or 3 |
//! | 8 | 8 | backing file offset | where the parent's name lies; 0: no parent |
//! | 16 | 4 | backing file size | bytes of the name, at most 1023 |
//! | 20 | 4 | cluster bits | 9 to 21: a cluster has 2 to this power bytes |
//! | 24 | 8 | size | bytes of the disk |
//! | 32 | 4 | encryption method | 0 none, 1 AES, 2 LUKS |
//! | 36 | 4 | L1 size | entries |
//! | 40 | 8 | L1 table offset | |
//! | 48 | 12 | refcount table | not needed to read |
//! | 60 | 4 | snapshots | |
//! | 64 | 8 | snapshot table offset | |
//! | 72 | 8 | incompatible features | version 3: 1 dirty, 2 corrupt, 4 external data file, 8 compression type, 16 extended L2 entries |
//! | 80 | 8 | compatible features | need not be understood |
//! | 88 | 8 | features that writers clear | 2 the external data file is a raw image |
//! | 96 | 4 | refcount order | not needed to read |
//! | 100 | 4 | header length | 72 in version 2 |
//! | 104 | 1 | compression type | 0 zlib, 1 zstd |
//!
//! | offset | length | field of an extension | meaning |
//! |---|---|---|---|
//! | 0 | 4 | type | 0 end; 0xE2792ACA format of the parent; 0x44415441 name of the data file |
//! | 4 | 4 | length | of the data, which follow and are filled up to a multiple of 8 |
//!
//! All numbers are big-endian. Source: QEMU, `docs/interop/qcow2.rst`.

use hivekey_read_at::{ReadAt, narrow};

use crate::anomaly::{Anomaly, Notes};
use crate::error::{Error, Structure};
use crate::kind::Kind;
use crate::offset::FileOffset;
use crate::read::{Fields, read_array, read_vec};
use crate::unpack::Method;

/// Bytes of the header that are used.
const SIZE: usize = 112;

/// Bytes of a parent's name.
const MAX_NAME: u32 = 1023;

/// Extensions that are looked at.
const MAX_EXTENSIONS: usize = 64;

const DIRTY: u64 = 1;
const CORRUPT: u64 = 2;
const EXTERNAL_DATA: u64 = 4;
const COMPRESSION_TYPE: u64 = 8;
const EXTENDED_L2: u64 = 16;

/// Among the features that writers clear.
const RAW_DATA: u64 = 2;

/// What is used of a header.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) cluster_bits: u32,
    pub(super) size: u64,
    pub(super) l1_entries: u64,
    pub(super) l1_offset: FileOffset,
    pub(super) snapshots: u32,
    pub(super) snapshots_offset: FileOffset,
    pub(super) is_version_3: bool,
    pub(super) has_extended_l2: bool,
    pub(super) method: Method,
    pub(super) backing: Option<String>,
    pub(super) backing_format: Option<String>,
    /// Whether the data file is a raw image of the disk.
    pub(super) has_raw_data: bool,
    /// The name of the data file, if there is one; it may be empty.
    pub(super) data_file: Option<String>,
}

/// Reads the header.
pub(super) fn read(file: &dyn ReadAt, notes: &Notes) -> Result<Header, Error> {
    let (structure, offset) = (Structure::Qcow2Header, FileOffset(0));
    // The header of version 2 has 72 bytes; what follows in a file that ends earlier counts as zeros.
    let mut bytes = [0u8; SIZE];
    let there = narrow(file.len()).clamp(72, SIZE);
    if let Some(part) = bytes.get_mut(..there) {
        crate::read::read_exact(file, structure, offset, part)?;
    }
    let fields = Fields::new(&bytes, structure, offset);
    fields.signature(b"QFI\xFB")?;
    let version = fields.u32_be(4)?;
    let is_version_3 = match version {
        2 => false,
        3 => true,
        1 => {
            let advice = Some("make a raw image of it with qemu-img convert -O raw");
            return Err(Error::Unsupported { kind: Kind::Qcow2, what: "version 1 (QCOW)".into(), advice });
        }
        other => return Err(fields.wrong("version", other, "2 or 3")),
    };
    let cluster_bits = fields.u32_be(20)?;
    if !(9..=21).contains(&cluster_bits) {
        return Err(fields.wrong("cluster bits", cluster_bits, "9 to 21"));
    }
    if fields.u32_be(32)? != 0 {
        return Err(Error::unsupported(Kind::Qcow2, "encryption"));
    }
    let features = if is_version_3 { fields.u64_be(72)? } else { 0 };
    note_features(features, notes)?;
    let header_length = if is_version_3 { fields.u32_be(100)? } else { 72 };
    let compression = if features & COMPRESSION_TYPE != 0 { fields.u8(104)? } else { 0 };
    let method = match compression {
        0 => Method::Deflate,
        1 => Method::Zstd,
        _ => return Err(Error::unsupported(Kind::Qcow2, "an unknown type of compression")),
    };
    let extensions = read_extensions(file, u64::from(header_length))?;
    let data_file = if features & EXTERNAL_DATA != 0 { Some(extensions.data_file.unwrap_or_default()) } else { None };
    Ok(Header {
        cluster_bits,
        size: fields.u64_be(24)?,
        l1_entries: u64::from(fields.u32_be(36)?),
        l1_offset: FileOffset(fields.u64_be(40)?),
        snapshots: fields.u32_be(60)?,
        snapshots_offset: FileOffset(fields.u64_be(64)?),
        is_version_3,
        has_extended_l2: features & EXTENDED_L2 != 0,
        method,
        backing: backing_name(file, &fields)?,
        backing_format: extensions.backing_format,
        has_raw_data: is_version_3 && fields.u64_be(88)? & RAW_DATA != 0,
        data_file,
    })
}

fn note_features(features: u64, notes: &Notes) -> Result<(), Error> {
    let unknown = features & !(DIRTY | CORRUPT | EXTERNAL_DATA | COMPRESSION_TYPE | EXTENDED_L2);
    if unknown != 0 {
        let bits: Vec<String> = (0..64).filter(|bit| unknown >> bit & 1 == 1).map(|bit: u32| bit.to_string()).collect();
        let what = format!("an incompatible feature that is not known (bit {})", bits.join(", "));
        return Err(Error::Unsupported { kind: Kind::Qcow2, what: what.into(), advice: None });
    }
    if features & DIRTY != 0 {
        notes.add(Anomaly::NotClosed);
    }
    if features & CORRUPT != 0 {
        notes.add(Anomaly::MarkedCorrupt);
    }
    Ok(())
}

fn backing_name(file: &dyn ReadAt, fields: &Fields<'_>) -> Result<Option<String>, Error> {
    let (offset, size) = (fields.u64_be(8)?, fields.u32_be(16)?);
    if offset == 0 || size == 0 {
        return Ok(None);
    }
    if size > MAX_NAME {
        return Err(fields.wrong("backing file size", size, "at most 1023"));
    }
    let bytes = read_vec(file, Structure::Qcow2Header, FileOffset(offset), narrow(u64::from(size)))?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

#[derive(Default)]
struct Extensions {
    backing_format: Option<String>,
    data_file: Option<String>,
}

fn read_extensions(file: &dyn ReadAt, start: u64) -> Result<Extensions, Error> {
    let structure = Structure::Qcow2Extension;
    let mut found = Extensions::default();
    let mut at = FileOffset(start);
    for _ in 0..MAX_EXTENSIONS {
        // A file may end with its header if the disk has no clusters.
        if at.plus(8).get() > file.len() {
            break;
        }
        let head: [u8; 8] = read_array(file, structure, at)?;
        let fields = Fields::new(&head, structure, at);
        let (kind, length) = (fields.u32_be(0)?, fields.u32_be(4)?);
        let data = at.plus(8);
        let text = || {
            let length = narrow(u64::from(length.min(MAX_NAME)));
            read_vec(file, structure, data, length).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        match kind {
            0 => break,
            0xE279_2ACA => found.backing_format = Some(text()?),
            0x4441_5441 => found.data_file = Some(text()?),
            _ => {}
        }
        at = data.plus(u64::from(length).saturating_add(7) & !7);
    }
    Ok(found)
}
