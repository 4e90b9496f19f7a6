//! Values.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::big_data;
use crate::cell::Cell;
use crate::error::{Error, Structure};
use crate::hive::Hive;
use crate::key_value::{self, DataPlace, KeyValue};
use crate::limits::Limit;
use crate::name::{Name, utf16_lossy, utf16_until_nul};
use crate::offset::{CellOffset, FileOffset};
use crate::read::{ReadAt, array, wide};
use crate::value_type::ValueType;

/// The last minor version without big data.
const LAST_MINOR_WITHOUT_BIG_DATA: u32 = 3;

/// A value of a key.
pub struct Value<'h, S> {
    hive: &'h Hive<S>,
    at: CellOffset,
    record: KeyValue,
    name: Name<'h>,
}

impl<S> Clone for Value<'_, S> {
    fn clone(&self) -> Self {
        Self { record: self.record.clone(), name: self.name.clone(), ..*self }
    }
}

impl<S> fmt::Debug for Value<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Value");
        out.field("at", &self.at.file()).field("name", &self.name.to_text()).field("record", &self.record);
        out.finish_non_exhaustive()
    }
}

/// The cell of the data, and whether it holds them or their big-data record.
pub(crate) enum DataCell {
    Plain(Cell),
    Big(Cell),
}

impl DataCell {
    /// What the cell that a value of `size` bytes names is.
    pub(crate) fn of<S: ReadAt>(hive: &Hive<S>, cell: Cell, size: u32) -> Result<Self, Error> {
        if size > big_data::SEGMENT_MAX && hive.base_block().minor_version > LAST_MINOR_WITHOUT_BIG_DATA {
            let mut signature = [0u8; 2];
            hive.content_into(Structure::ValueData, cell, &mut signature)?;
            if signature == big_data::SIGNATURE {
                return Ok(Self::Big(cell));
            }
        }
        Ok(Self::Plain(cell))
    }
}

/// Where the data of the value in the cell at `cell` lie if they are in its record.
pub(crate) fn resident_offset(cell: FileOffset) -> FileOffset {
    cell.plus(wide(crate::cell::HEADER_LEN)).plus(key_value::RESIDENT_AT)
}

impl<'h, S: ReadAt> Value<'h, S> {
    /// Reads the value in the cell at `at`, with its name.
    #[inline]
    pub(crate) fn read(hive: &'h Hive<S>, at: CellOffset) -> Result<Self, Error> {
        let structure = Structure::KeyValue;
        let cell = hive.cell(structure, at)?;
        let mut head = [0u8; key_value::LEN];
        hive.content_into(structure, cell, &mut head)?;
        let record = KeyValue::parse(&head, cell.content)?;
        let name = hive.content(structure, cell, key_value::LEN, usize::from(record.name_len))?;
        let name = Name::new(name, record.compressed_name());
        Ok(Self { hive, at, record, name })
    }

    pub(crate) const fn cell(&self) -> CellOffset {
        self.at
    }

    /// The fixed fields as stored.
    pub const fn record(&self) -> &KeyValue {
        &self.record
    }

    /// The name as text, `""` for the default value; see [`Name::to_text`] for what cannot be shown.
    pub fn name(&self) -> String {
        self.name.to_text()
    }

    /// The name as stored.
    pub const fn raw_name(&self) -> &Name<'h> {
        &self.name
    }

    /// Where the value lies: the size field of its cell, from the start of the hive file. The signature `vk` follows 4
    /// bytes later.
    pub fn offset(&self) -> FileOffset {
        self.at.file()
    }

    /// The type of the data.
    pub const fn kind(&self) -> ValueType {
        self.record.kind
    }

    /// The length of the data in bytes.
    pub const fn data_size(&self) -> u32 {
        self.record.data_size
    }

    /// Whether it only says that the value of the layer below is deleted (layered hives).
    pub const fn is_tombstone(&self) -> bool {
        self.record.is_tombstone()
    }

    /// Where the first byte of the data lies in the hive file; `None` without data, or if the place cannot be read.
    /// Data of more than 16 344 bytes may be in several pieces, of which this is the first.
    pub fn data_offset(&self) -> Option<FileOffset> {
        if self.record.data_size == 0 {
            return None;
        }
        match self.record.data {
            DataPlace::Resident => Some(resident_offset(self.at.file())),
            DataPlace::Cell(at) => match self.data_cell(at).ok()? {
                DataCell::Plain(cell) => Some(cell.content),
                DataCell::Big(cell) => big_data::first_byte(self.hive, cell).ok()?,
            },
        }
    }

    /// The data: borrowed from the source where they are in one piece there.
    ///
    /// # Errors
    /// Their cell cannot be read, is marked free, or holds fewer bytes than the value names; there are more than
    /// [`Limits::max_value_len`](crate::Limits::max_value_len).
    pub fn data(&self) -> Result<Cow<'h, [u8]>, Error> {
        let size = self.record.data_size;
        if size == 0 {
            return Ok(Cow::Borrowed(&[]));
        }
        let max = self.hive.options().limits.max_value_len;
        if size > max {
            return Err(Error::LimitReached { limit: Limit::ValueLen, max: u64::from(max) });
        }
        let len = usize::try_from(size).unwrap_or(usize::MAX);
        match self.record.data {
            DataPlace::Resident => Ok(self.hive.source().read_at(resident_offset(self.at.file()).get(), len)?),
            DataPlace::Cell(at) => match self.data_cell(at)? {
                DataCell::Plain(cell) => self.hive.content(Structure::ValueData, cell, 0, len),
                DataCell::Big(cell) => big_data::read(self.hive, cell, len, Hive::cell).map(Cow::Owned),
            },
        }
    }

    /// Whether [`data`](Self::data) would succeed, without reading them.
    pub(crate) fn verify_data(&self) -> Result<(), Error> {
        let len = usize::try_from(self.record.data_size).unwrap_or(usize::MAX);
        match self.record.data {
            DataPlace::Cell(at) if len > 0 => match self.data_cell(at)? {
                DataCell::Plain(cell) => self.hive.check_content(Structure::ValueData, cell, 0, len),
                DataCell::Big(cell) => {
                    big_data::for_each_segment(self.hive, cell, len, Hive::cell, |_, _| {}).map(|_| ())
                }
            },
            DataPlace::Cell(_) | DataPlace::Resident => Ok(()),
        }
    }

    fn data_cell(&self, at: Option<CellOffset>) -> Result<DataCell, Error> {
        let Some(at) = at else {
            return Err(Error::NoCell { structure: Structure::ValueData, offset: self.offset() });
        };
        let cell = self.hive.cell(Structure::ValueData, at)?;
        DataCell::of(self.hive, cell, self.record.data_size)
    }

    /// The data as text, up to the first NUL, lossily decoded. Of a list of texts it is the first.
    ///
    /// # Errors
    /// As [`data`](Self::data); [`Error::Shape`] if the type is no text.
    pub fn text(&self) -> Result<String, Error> {
        let data = self.text_data("text")?;
        Ok(utf16_until_nul(&data))
    }

    /// The data as a list of texts, which ends at the first empty one, lossily decoded.
    ///
    /// # Errors
    /// As [`data`](Self::data); [`Error::Shape`] if the type is no text.
    pub fn multi_text(&self) -> Result<Vec<String>, Error> {
        let data = self.text_data("a list of texts")?;
        Ok(utf16_lossy(&data).split('\0').take_while(|text| !text.is_empty()).map(String::from).collect())
    }

    fn text_data(&self, expected: &'static str) -> Result<Cow<'h, [u8]>, Error> {
        if self.kind().is_text() { self.data() } else { Err(self.shape(expected, self.record.data_size.into())) }
    }

    /// The data as a little-endian 32-bit number.
    ///
    /// # Errors
    /// As [`data`](Self::data); [`Error::Shape`] if there are not 4 bytes.
    pub fn u32_le(&self) -> Result<u32, Error> {
        self.fixed("a 32-bit number").map(u32::from_le_bytes)
    }

    /// The data as a big-endian 32-bit number.
    ///
    /// # Errors
    /// As [`data`](Self::data); [`Error::Shape`] if there are not 4 bytes.
    pub fn u32_be(&self) -> Result<u32, Error> {
        self.fixed("a 32-bit number").map(u32::from_be_bytes)
    }

    /// The data as a little-endian 64-bit number.
    ///
    /// # Errors
    /// As [`data`](Self::data); [`Error::Shape`] if there are not 8 bytes.
    pub fn u64(&self) -> Result<u64, Error> {
        self.fixed("a 64-bit number").map(u64::from_le_bytes)
    }

    fn fixed<const N: usize>(&self, expected: &'static str) -> Result<[u8; N], Error> {
        let data = self.data()?;
        match array(&data, 0) {
            Some(bytes) if data.len() == N => Ok(bytes),
            _ => Err(self.shape(expected, wide(data.len()))),
        }
    }

    fn shape(&self, expected: &'static str, actual: u64) -> Error {
        Error::Shape { offset: self.offset(), expected, actual }
    }
}
