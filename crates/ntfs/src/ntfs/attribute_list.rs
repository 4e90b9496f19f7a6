//! `$ATTRIBUTE_LIST`: which records hold the attributes of a file that does not fit into one.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | type | of the attribute |
//! | 4 | 2 | length | of this entry |
//! | 6 | 1 | name length | in UTF-16 units |
//! | 7 | 1 | name | where it lies in the entry |
//! | 8 | 8 | first | first cluster that the attribute maps |
//! | 16 | 8 | record | where the attribute lies |
//! | 24 | 2 | id | of the attribute |
//!
//! Source: Microsoft, "ATTRIBUTE_LIST_ENTRY".

use hivekey_read_at::wide;

use super::attribute::AttributeKind;
use crate::anomaly::Anomaly;
use crate::error::{Error, Structure};
use crate::offset::{DeviceOffset, FileReference};
use crate::read::{Fields, utf16_units};

#[derive(Clone, Debug)]
pub(super) struct ListEntry {
    pub(super) kind: AttributeKind,
    pub(super) name: Vec<u16>,
    pub(super) record: FileReference,
}

/// The entries up to the first whose length cannot be true.
pub(super) fn parse(bytes: &[u8], offset: DeviceOffset) -> (Vec<ListEntry>, Option<Anomaly>) {
    let list = Fields::new(bytes, Structure::AttributeList, offset);
    let mut entries = Vec::new();
    let mut at = 0usize;
    while at < bytes.len() {
        match entry(&list, at) {
            // Zeros after the last entry.
            Ok(None) => break,
            Ok(Some((entry, len))) => {
                entries.push(entry);
                at = at.saturating_add(len);
            }
            Err(error) => {
                let place = offset.plus(wide(at));
                return (entries, Some(Anomaly::damaged(place, error)));
            }
        }
    }
    (entries, None)
}

fn entry(list: &Fields<'_>, at: usize) -> Result<Option<(ListEntry, usize)>, Error> {
    let kind = list.u32(at)?;
    if kind == 0 {
        return Ok(None);
    }
    let len = usize::from(list.u16(at.saturating_add(4))?);
    if len < 26 {
        return Err(list.wrong("entry length", wide(len), "26 or more"));
    }
    let fields = list.within(at, len, Structure::AttributeList)?;
    let name_len = usize::from(fields.u8(6)?).saturating_mul(2);
    let name = if name_len == 0 { Vec::new() } else { utf16_units(fields.slice(fields.u8(7)?.into(), name_len)?) };
    let entry = ListEntry { kind: AttributeKind(kind), name, record: FileReference::from_field(fields.u64(16)?) };
    Ok(Some((entry, len)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(kind: u32, len: u16, name: &[u8], record: u64) -> Vec<u8> {
        let mut bytes = vec![0u8; usize::from(len)];
        bytes[..4].copy_from_slice(&kind.to_le_bytes());
        bytes[4..6].copy_from_slice(&len.to_le_bytes());
        bytes[6] = u8::try_from(name.len() / 2).unwrap();
        bytes[7] = 26;
        bytes[16..24].copy_from_slice(&record.to_le_bytes());
        bytes[26..26 + name.len()].copy_from_slice(name);
        bytes
    }

    #[test]
    fn entries_with_and_without_names() {
        let mut list = raw(0x80, 32, &[], 0x0003_0000_0000_0040);
        list.extend(raw(0x90, 40, b"$\0I\x003\x000\0", 7));
        list.extend([0u8; 32]);
        let (entries, fault) = parse(&list, DeviceOffset(0));
        assert!(fault.is_none());
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].record.sequence, 3);
        assert_eq!(String::from_utf16_lossy(&entries[1].name), "$I30");
    }

    #[test]
    fn broken_entries_end_the_list() {
        for len in [0u16, 1, 25, 33, 0xFFFF] {
            let mut list = raw(0x80, 32, &[], 1);
            list.extend(raw(0x80, 32, &[], 2));
            list[36..38].copy_from_slice(&len.to_le_bytes());
            let (entries, fault) = parse(&list, DeviceOffset(0));
            assert_eq!(entries.len(), 1);
            assert!(fault.is_some());
        }
        let mut list = raw(0x80, 32, &[], 1);
        list[6] = 255;
        assert!(parse(&list, DeviceOffset(0)).1.is_some());
        assert!(parse(&[1, 0], DeviceOffset(0)).1.is_some());
    }
}
