//! The product key in a machine's firmware: the ACPI table MSDM, told apart from SLIC, which holds none.
//!
//! A firmware key belongs to the machine whose table it is. It is never mixed with the keys of a backup that is looked at
//! on that machine: nothing here takes part in an inspection.

pub use hivekey_dpid::Error as TableError;
use hivekey_dpid::{AcpiHeader, Integrity, Msdm, Slic};
use serde::Serialize;

use crate::decode::{self, Check, Decoded};
use crate::texts::{self, Lang};

/// Where Linux shows the MSDM table of the running machine; only root may read it.
pub const MSDM_PATH: &str = "/sys/firmware/acpi/tables/MSDM";
/// The name of the file beside it that holds the SLIC table, where there is one.
pub const SLIC_NAME: &str = "SLIC";
/// Longer tables are none of the two: MSDM has 85 bytes as a rule, SLIC 374.
pub const MAX_TABLE_LEN: usize = 1 << 16;

/// Which table it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TableKind {
    /// OEM Activation 3.0 (Windows 8, Server 2012 and later): holds the machine's own key.
    Msdm,
    /// OEM Activation 1 and 2 (Windows Vista, 7, Server 2008 and 2008 R2): holds no key.
    Slic,
}

/// What a table says.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FirmwareTable {
    /// MSDM or SLIC.
    pub table: TableKind,
    /// Length in bytes, as the header has it.
    pub length: u32,
    /// Revision of the table.
    pub revision: u8,
    /// The manufacturer, as the header has it.
    pub oem_id: Option<String>,
    /// The manufacturer's name for the table.
    pub oem_table_id: Option<String>,
    /// Whether all bytes sum up to zero; `None` where the table ends before its length.
    pub checksum: Option<Check>,
    /// The key with everything that follows from it. It is damaged where either checksum fails, and holds an error where
    /// the table holds no key. `None` for SLIC.
    pub product_key: Option<Decoded>,
    /// Whether a SLIC table has a Windows marker: the machine was sold for OEM:SLP activation. `None` for MSDM.
    pub windows_marker: Option<bool>,
    /// What is odd about the table's shape.
    pub anomalies: Vec<String>,
}

/// Reads a table, whatever its checksum says.
///
/// ```
/// use hivekey::decode::Check;
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/blobs/MSDM");
/// let table = hivekey::firmware::table(&std::fs::read(path)?)?;
/// assert_eq!(table.checksum, Some(Check::Ok));
/// assert!(table.product_key.is_some_and(|key| key.error.is_none()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`TableError::Signature`] for any other table, [`TableError::Truncated`] where it ends within its header.
pub fn table(bytes: &[u8]) -> Result<FirmwareTable, TableError> {
    if let Ok(slic) = Slic::new(bytes) {
        let marker = Some(slic.has_windows_marker());
        let anomalies = slic.anomalies().iter().map(|anomaly| anomaly.to_string()).collect();
        return Ok(of_header(TableKind::Slic, &slic.header(), None, marker, anomalies));
    }
    let msdm = Msdm::new(bytes)?;
    let anomalies = msdm.anomalies().iter().map(|anomaly| anomaly.to_string()).collect();
    Ok(of_header(TableKind::Msdm, &msdm.header(), Some(decode::blob(bytes)), None, anomalies))
}

fn of_header(
    table: TableKind,
    header: &AcpiHeader<'_>,
    product_key: Option<Decoded>,
    windows_marker: Option<bool>,
    anomalies: Vec<String>,
) -> FirmwareTable {
    let named =
        |text: Result<&str, TableError>| text.ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    FirmwareTable {
        table,
        length: header.length(),
        revision: header.revision(),
        oem_id: named(header.oem_id()),
        oem_table_id: named(header.oem_table_id()),
        checksum: match header.checksum() {
            Integrity::Ok => Some(Check::Ok),
            Integrity::Bad => Some(Check::Bad),
            Integrity::Absent => None,
        },
        product_key,
        windows_marker,
        anomalies,
    }
}

impl FirmwareTable {
    /// What a reader should know about this table; `running` says whether it was read from the running machine.
    #[must_use]
    pub fn notes(&self, running: bool) -> Vec<Note> {
        let belongs = if running { Note::BelongsToThisMachine } else { Note::BelongsToThatMachine };
        let has_key = self.product_key.as_ref().is_some_and(|key| key.error.is_none());
        [
            (self.checksum == Some(Check::Bad), Note::ChecksumBad),
            (has_key, belongs),
            (self.table == TableKind::Slic, Note::SlicHoldsNoKey),
        ]
        .into_iter()
        .filter_map(|(applies, note)| applies.then_some(note))
        .collect()
    }
}

/// Something that a reader of a firmware table should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Note {
    /// The key is the running machine's and no backup's.
    BelongsToThisMachine,
    /// The key is of the machine whose table was saved.
    BelongsToThatMachine,
    /// SLIC holds no key.
    SlicHoldsNoKey,
    /// There is a SLIC table beside this one.
    SlicBeside,
    /// The table's checksum fails.
    ChecksumBad,
    /// The running machine has no MSDM table.
    NoTable,
    /// Only root may read the tables.
    Denied,
    /// This operating system does not show its firmware tables as files.
    NoTablesHere,
}

impl Note {
    /// Every note.
    pub const ALL: &'static [Self] = &[
        Self::BelongsToThisMachine,
        Self::BelongsToThatMachine,
        Self::SlicHoldsNoKey,
        Self::SlicBeside,
        Self::ChecksumBad,
        Self::NoTable,
        Self::Denied,
        Self::NoTablesHere,
    ];

    /// A stable, kebab-case name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BelongsToThisMachine => "belongs-to-this-machine",
            Self::BelongsToThatMachine => "belongs-to-that-machine",
            Self::SlicHoldsNoKey => "slic-holds-no-key",
            Self::SlicBeside => "slic-beside",
            Self::ChecksumBad => "checksum-bad",
            Self::NoTable => "no-table",
            Self::Denied => "denied",
            Self::NoTablesHere => "no-tables-here",
        }
    }

    /// The note in words.
    #[must_use]
    pub fn text(self, lang: Lang) -> &'static str {
        let catalogue = match lang {
            Lang::En => include_str!("../texts/firmware.en.txt"),
            Lang::Fr => include_str!("../texts/firmware.fr.txt"),
        };
        texts::entries(catalogue).find_map(|(name, text)| (name == self.code()).then_some(text)).unwrap_or(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Verdict;
    use hivekey_dpid::ProductKey;
    use hivekey_testkit::license::pkey2009;
    use hivekey_testkit::msdm::msdm;

    /// A key of no customer, in Server 2019's group for OEM:DM.
    fn oem_table() -> Vec<u8> {
        msdm(&pkey2009(4295, 987_654_321, false).key().unwrap())
    }

    /// A SLIC table with the public key and, where asked for, the Windows marker, both without content.
    fn slic(marker: bool) -> Vec<u8> {
        let mut table = b"SLIC".to_vec();
        let length: u32 = if marker { 36 + 156 + 182 } else { 36 + 156 };
        table.extend(length.to_le_bytes());
        table.extend([1, 0]);
        table.resize(36, b' ');
        for (kind, length) in [(0u32, 156u32), (1, 182)].into_iter().take(if marker { 2 } else { 1 }) {
            let end = table.len() + usize::try_from(length).unwrap();
            table.extend(kind.to_le_bytes());
            table.extend(length.to_le_bytes());
            table.resize(end, 0);
        }
        let sum = table.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        table[9] = 0u8.wrapping_sub(sum);
        table
    }

    #[test]
    fn a_table_gives_the_key_of_its_machine() {
        let read = table(&oem_table()).unwrap();
        assert_eq!(read.table, TableKind::Msdm);
        assert_eq!(read.checksum, Some(Check::Ok));
        let key = read.product_key.as_ref().unwrap();
        assert_eq!(key.verdict, Some(Verdict::Specific));
        assert_eq!((key.group_id, key.key_type.as_deref()), (Some(4295), Some("OEM:DM")));
        assert_eq!(read.notes(true), [Note::BelongsToThisMachine]);
        assert_eq!(read.notes(false), [Note::BelongsToThatMachine]);
    }

    #[test]
    fn a_wrong_checksum_makes_the_key_damaged() {
        let mut bytes = oem_table();
        bytes[9] ^= 1;
        let read = table(&bytes).unwrap();
        assert_eq!(read.checksum, Some(Check::Bad));
        assert_eq!(read.product_key.as_ref().unwrap().verdict, Some(Verdict::Damaged));
        assert_eq!(read.notes(true), [Note::ChecksumBad, Note::BelongsToThisMachine]);
    }

    #[test]
    fn a_table_without_a_key_says_so() {
        let mut bytes = oem_table();
        for byte in &mut bytes[56..] {
            *byte = 0;
        }
        let read = table(&bytes).unwrap();
        assert!(read.product_key.as_ref().unwrap().error.is_some());
        assert_eq!(read.notes(true), [Note::ChecksumBad]);
        let cut = table(&oem_table()[..70]).unwrap();
        assert!(cut.product_key.unwrap().error.is_some());
        assert_eq!((cut.checksum, cut.anomalies.len()), (None, 1));
    }

    #[test]
    fn slic_is_told_apart() {
        for marker in [false, true] {
            let read = table(&slic(marker)).unwrap();
            assert_eq!((read.table, read.windows_marker), (TableKind::Slic, Some(marker)));
            assert!(read.product_key.is_none() && read.checksum == Some(Check::Ok));
            assert_eq!(read.notes(true), [Note::SlicHoldsNoKey]);
        }
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for bytes in [&b""[..], b"MSDM", b"SLIC", b"FACP", &[0xFF; 85]] {
            assert!(table(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let key = ProductKey::parse("N69G4-B89J2-4G8F4-WWYCC-J464C").unwrap();
        let shown = format!("{:?}", table(&msdm(&key)).unwrap());
        assert!(shown.contains("J464C") && !shown.contains("N69G4"), "{shown}");
    }

    #[test]
    fn every_note_has_a_text_in_every_language() {
        for lang in Lang::ALL {
            for note in Note::ALL {
                assert_ne!(note.text(*lang), note.code(), "{lang:?}");
            }
        }
        let names = |text| texts::entries(text).map(|(name, _)| name).collect::<Vec<_>>();
        let french = names(include_str!("../texts/firmware.fr.txt"));
        assert_eq!(names(include_str!("../texts/firmware.en.txt")), french);
        assert_eq!(french.len(), Note::ALL.len());
    }
}
