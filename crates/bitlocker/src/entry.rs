//! Entries of the metadata; the data of some are entries again.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 2 | size | of the entry with this header |
//! | 2 | 2 | type | 2 master key, 3 volume key, 0xF header of the volume |
//! | 4 | 2 | value type | 1 key, 3 stretched key, 5 encrypted key, 8 master key, 0xF offset and size |
//! | 6 | 2 | version | 1 |
//! | 8 | … | data | |
//!
//! Source: libbde, "BitLocker Drive Encryption (BDE) format", "Metadata entry".

use crate::error::{Error, Structure};
use crate::read::Fields;

const HEADER_LEN: usize = 8;

pub(crate) const MASTER_KEY: u16 = 2;
pub(crate) const VOLUME_KEY: u16 = 3;
pub(crate) const VOLUME_HEADER: u16 = 0xF;

pub(crate) const VALUE_KEY: u16 = 1;
pub(crate) const VALUE_STRETCH: u16 = 3;
pub(crate) const VALUE_ENCRYPTED: u16 = 5;
pub(crate) const VALUE_MASTER_KEY: u16 = 8;

/// One entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) kind: u16,
    pub(crate) value: u16,
    pub(crate) data: Fields<'a>,
}

/// The entries in `fields` from `at` on. A wrong size is an error; what is too short for a header ends them.
pub(crate) fn entries<'a>(fields: &Fields<'a>, at: usize) -> Result<Vec<Entry<'a>>, Error> {
    let mut found = Vec::new();
    let mut at = at;
    while fields.len().saturating_sub(at) >= HEADER_LEN {
        let size = usize::from(fields.u16(at)?);
        // Zeros fill up what is left.
        if size == 0 {
            break;
        }
        let entry = fields.within(at, size.max(HEADER_LEN), Structure::Entry)?;
        if size < HEADER_LEN {
            return Err(entry.wrong("size", u64::try_from(size).unwrap_or(0), "8 or more"));
        }
        let data = entry.within(HEADER_LEN, size.saturating_sub(HEADER_LEN), Structure::Entry)?;
        found.push(Entry { kind: entry.u16(2)?, value: entry.u16(4)?, data });
        at = at.saturating_add(size);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_at_their_edges() {
        let read = |bytes: &[u8]| {
            let found = entries(&Fields::new(bytes, Structure::Metadata, 0x100), 0);
            found.map(|found| found.iter().map(|entry| (entry.kind, entry.data.len())).collect::<Vec<_>>())
        };
        assert_eq!(read(&[9, 0, 2, 0, 8, 0, 1, 0, 7, 8, 0, 3, 0, 5, 0, 1, 0]).unwrap(), [(2, 1), (3, 0)]);
        assert_eq!(read(&[0; 20]).unwrap(), []);
        let error = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert_eq!(
            error(&[7, 0, 2, 0, 8, 0, 1, 0]),
            "BitLocker metadata entry at 0x100: size is 0x7, expected 8 or more"
        );
        assert_eq!(error(&[0xFF; 20]), "BitLocker metadata at 0x100: needs 65535 bytes, has 20");
    }
}
