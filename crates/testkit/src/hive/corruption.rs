//! Named damages, each of one structure, so that a test can say what it expects of each.

use super::base_block::BASE_BLOCK_SIZE;
use super::bins::NIL;
use super::built::{BuiltHive, KeyPlace, ValuePlace, file_offset};

macro_rules! corruptions {
    ($($(#[doc = $doc:literal])+ $variant:ident,)+) => {
        /// One damage. The base block's checksum is corrected after each but [`Corruption::BadChecksum`], so that a
        /// reader meets just the one fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Corruption {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Corruption {
            /// Every damage there is.
            pub const ALL: &[Corruption] = &[$(Corruption::$variant,)+];

            /// The damage's name, for messages and file names.
            pub fn name(self) -> &'static str {
                match self {
                    $(Corruption::$variant => stringify!($variant),)+
                }
            }
        }
    };
}

corruptions! {
    /// The file has no bytes, as the files of RegBack since Windows 10 1803.
    Empty,
    /// The file ends after 1000 bytes.
    TruncatedInBaseBlock,
    /// The file ends with its base block.
    TruncatedAfterBaseBlock,
    /// The second half of the bins is missing; the base block still counts it.
    TruncatedHalf,
    /// The file ends in the middle of the target's node.
    TruncatedMidCell,
    /// A page of 0xCC follows the last bin.
    TrailingJunk,

    /// The base block starts with `RGEF`.
    BadSignature,
    /// The base block's checksum is wrong.
    BadChecksum,
    /// The primary sequence number is one ahead.
    SequenceMismatch,
    /// The major version is 2.
    BadMajorVersion,
    /// The file type is that of a log.
    BadFileType,
    /// The base block says that there are no bins.
    BinsSizeZero,
    /// The base block counts a bin more than there is.
    BinsSizeTooLarge,
    /// The base block counts 0xFFFFF000 bytes of bins.
    BinsSizeHuge,
    /// The size of the bins is no multiple of 4096.
    BinsSizeUnaligned,
    /// The root is 0xFFFFFFFF.
    RootNil,
    /// The root is past the end.
    RootPastEnd,
    /// The root's offset is no multiple of 8.
    RootUnaligned,
    /// The root is the target's value record, or its list.
    RootNotAKey,

    /// The bin with the target starts with `hbim`.
    BinBadSignature,
    /// The bin with the target says that it is elsewhere.
    BinBadOffset,
    /// The bin with the target has size 0.
    BinSizeZero,
    /// The bin with the target has size 0xFFFFF000.
    BinSizeHuge,

    /// The target's cell has size 0.
    CellSizeZero,
    /// The target's cell has size -2147483648.
    CellSizeMin,
    /// The target's cell reaches past the end of the file.
    CellSizeHuge,
    /// The target's cell is too small for a node.
    CellSizeSmall,
    /// The target's cell size is no multiple of 8.
    CellSizeUnaligned,
    /// The target's cell is marked free.
    CellFree,

    /// The target's node starts with `kn`.
    KeyBadSignature,
    /// The target's name is said to have 65535 bytes.
    KeyNameLengthHuge,
    /// The target's class name is said to have 65535 bytes at its own node.
    ClassLengthHuge,
    /// The target's parent is 0xFFFFFFFF.
    ParentNil,
    /// The target is its own parent.
    ParentSelf,
    /// The target's security record is 0xFFFFFFFF.
    SecurityNil,
    /// The target says that it has 0xFFFFFFFF subkeys.
    SubkeyCountHuge,
    /// The target says that it has one subkey less than its list.
    SubkeyCountTooSmall,
    /// The target has subkeys, but its list is 0xFFFFFFFF.
    SubkeyListNil,
    /// The target's subkey list is past the end.
    SubkeyListPastEnd,
    /// The target's subkey list is no multiple of 8.
    SubkeyListUnaligned,
    /// The target's node is its own subkey list.
    SubkeyListIsKey,
    /// The target says that it has 0xFFFFFFFF values.
    ValueCountHuge,
    /// The target has values, but their list is 0xFFFFFFFF.
    ValueListNil,
    /// The target's value list is past the end.
    ValueListPastEnd,

    /// The target's subkey list starts with `xx`.
    ListBadSignature,
    /// The target's subkey list says that it has 65535 elements.
    ListCountHuge,
    /// The target's subkey list says that it is empty.
    ListCountZero,
    /// The first element of the target's subkey list is 0xFFFFFFFF.
    ListItemNil,
    /// The first element of the target's subkey list is past the end.
    ListItemPastEnd,
    /// The first element of the target's subkey list is no multiple of 8.
    ListItemUnaligned,
    /// The target's subkey list is an index root whose only element is itself.
    ListSelf,
    /// The first subkey of the target is the target.
    SubkeySelf,
    /// The first subkey of the target is the root of the hive.
    SubkeyCycle,
    /// All elements of the target's subkey list are the same key.
    SubkeysShared,
    /// The hints or hashes of the target's subkey list are wrong.
    ListHintsWrong,
    /// The elements of the target's subkey list are in reverse order.
    ListReversed,

    /// The first value of the target starts with `kv`.
    ValueBadSignature,
    /// The first value of the target is said to have a name of 65535 bytes.
    ValueNameLengthHuge,
    /// The first element of the target's value list is 0xFFFFFFFF.
    ValueItemNil,
    /// The first element of the target's value list is no multiple of 8.
    ValueItemUnaligned,
    /// The first value of the target with a data cell has it at 0xFFFFFFFF.
    ValueDataNil,
    /// The first value of the target with a data cell has it past the end.
    ValueDataPastEnd,
    /// The first value of the target with a data cell has it at no multiple of 8.
    ValueDataUnaligned,
    /// The first value of the target with a data cell says that it has 2147483647 bytes.
    ValueDataSizeHuge,
    /// The first value of the target with a data cell says that it has 16344 bytes, all in one cell.
    ValueDataSizePastCell,
    /// The first value of the target says that 100 bytes are inside its record.
    ValueResidentTooLong,
    /// The first value of the target has the type 0xFFFF0012.
    ValueTypeUnknown,

    /// The first big data of the target says that it has 65535 segments.
    BigDataCountHuge,
    /// The list of the first big data of the target is 0xFFFFFFFF.
    BigDataListNil,
    /// The list of the first big data of the target is its own db record.
    BigDataListSelf,
    /// The first segment of the first big data of the target is 0xFFFFFFFF.
    BigDataSegmentNil,
    /// All segments of the first big data of the target are the same cell.
    BigDataSegmentsShared,
}

const PAST_END: u32 = 0x7FFF_FFF8;

impl Corruption {
    /// Damages the hive at the key of `path` (the root for damages of the whole file).
    /// Gives back whether the target had what the damage needs; if not, the hive is as it was.
    pub fn apply(self, hive: &mut BuiltHive, path: &str) -> bool {
        let Some(key) = hive.key_place(path).cloned() else {
            return false;
        };
        let root = hive.key_place("").map_or(0, |root| root.cell);
        let done = Target { bytes: &mut hive.bytes, key, root }.damage(self);
        if done.is_some() && self != Corruption::BadChecksum && hive.bytes.len() >= 512 {
            hive.edit_base_block(|_| ());
        }
        done.is_some()
    }
}

struct Target<'a> {
    bytes: &'a mut Vec<u8>,
    key: KeyPlace,
    root: u32,
}

impl Target<'_> {
    fn damage(&mut self, corruption: Corruption) -> Option<()> {
        use Corruption as C;
        let node = self.key.cell;
        match corruption {
            C::Empty => self.bytes.clear(),
            C::TruncatedInBaseBlock => self.bytes.truncate(1000),
            C::TruncatedAfterBaseBlock => self.bytes.truncate(BASE_BLOCK_SIZE),
            C::TruncatedHalf => {
                let bins = self.bytes.len() - BASE_BLOCK_SIZE;
                self.bytes.truncate(BASE_BLOCK_SIZE + bins / 2);
            }
            C::TruncatedMidCell => self.bytes.truncate(file_offset(node) as usize + 40),
            C::TrailingJunk => self.bytes.extend([0xCC; 4096]),

            C::BadSignature => self.bytes[..4].copy_from_slice(b"RGEF"),
            C::BadChecksum => self.bytes[508] ^= 0x5A,
            C::SequenceMismatch => self.put(4, self.get(8).wrapping_add(1)),
            C::BadMajorVersion => self.put(20, 2),
            C::BadFileType => self.put(28, 6),
            C::BinsSizeZero => self.put(40, 0),
            C::BinsSizeTooLarge => self.put(40, self.get(40) + 4096),
            C::BinsSizeHuge => self.put(40, 0xFFFF_F000),
            C::BinsSizeUnaligned => self.put(40, self.get(40) - 100),
            C::RootNil => self.put(36, NIL),
            C::RootPastEnd => self.put(36, PAST_END),
            C::RootUnaligned => self.put(36, self.get(36) + 3),
            C::RootNotAKey => {
                let other = self.key.values.first().map(|value| value.cell);
                self.put(36, other.or(self.key.subkey_list)?);
            }

            C::BinBadSignature => {
                let bin = self.bin(node)?;
                self.bytes[bin..bin + 4].copy_from_slice(b"hbim");
            }
            C::BinBadOffset => {
                let bin = self.bin(node)?;
                self.put(bin + 4, 0x0010_0000);
            }
            C::BinSizeZero => {
                let bin = self.bin(node)?;
                self.put(bin + 8, 0);
            }
            C::BinSizeHuge => {
                let bin = self.bin(node)?;
                self.put(bin + 8, 0xFFFF_F000);
            }

            C::CellSizeZero => self.put_cell_size(node, 0),
            C::CellSizeMin => self.put_cell_size(node, i32::MIN),
            C::CellSizeHuge => self.put_cell_size(node, -0x7FFF_FFF8),
            C::CellSizeSmall => self.put_cell_size(node, -16),
            C::CellSizeUnaligned => self.put_cell_size(node, self.cell_size(node) - 3),
            C::CellFree => self.put_cell_size(node, -self.cell_size(node)),

            C::KeyBadSignature => self.put_bytes(node, 0, b"kn"),
            C::KeyNameLengthHuge => self.put_bytes(node, 72, &[0xFF, 0xFF]),
            C::ClassLengthHuge => {
                self.put_word(node, 48, node);
                self.put_bytes(node, 74, &[0xFF, 0xFF]);
            }
            C::ParentNil => self.put_word(node, 16, NIL),
            C::ParentSelf => self.put_word(node, 16, node),
            C::SecurityNil => self.put_word(node, 44, NIL),
            C::SubkeyCountHuge => self.put_word(node, 20, u32::MAX),
            C::SubkeyCountTooSmall => {
                self.key.subkey_list?;
                self.put_word(node, 20, self.word(node, 20) - 1);
            }
            C::SubkeyListNil => self.put_list(28, self.key.subkey_list, NIL)?,
            C::SubkeyListPastEnd => self.put_list(28, self.key.subkey_list, PAST_END)?,
            C::SubkeyListUnaligned => {
                self.put_list(28, self.key.subkey_list, self.key.subkey_list? + 3)?;
            }
            C::SubkeyListIsKey => self.put_list(28, self.key.subkey_list, node)?,
            C::ValueCountHuge => self.put_list(36, self.key.value_list, u32::MAX)?,
            C::ValueListNil => self.put_list(40, self.key.value_list, NIL)?,
            C::ValueListPastEnd => self.put_list(40, self.key.value_list, PAST_END)?,

            C::ListBadSignature => self.put_bytes(self.key.subkey_list?, 0, b"xx"),
            C::ListCountHuge => self.put_bytes(self.key.subkey_list?, 2, &[0xFF, 0xFF]),
            C::ListCountZero => self.put_bytes(self.key.subkey_list?, 2, &[0, 0]),
            C::ListItemNil => self.put_word(self.leaf()?, 4, NIL),
            C::ListItemPastEnd => self.put_word(self.leaf()?, 4, PAST_END),
            C::ListItemUnaligned => {
                let leaf = self.leaf()?;
                self.put_word(leaf, 4, self.word(leaf, 4) + 3);
            }
            C::ListSelf => {
                let list = self.key.subkey_list?;
                self.put_bytes(list, 0, b"ri\x01\x00");
                self.put_word(list, 4, list);
            }
            C::SubkeySelf => self.put_word(self.leaf()?, 4, node),
            C::SubkeyCycle => self.put_word(self.leaf()?, 4, self.root),
            C::SubkeysShared => {
                let first = self.elements()?.first().cloned()?;
                self.edit_elements(|elements| elements.fill(first))?;
            }
            C::ListHintsWrong => {
                self.elements()?.first().filter(|element| element.len() == 8)?;
                self.edit_elements(|elements| {
                    for element in elements {
                        element[4..].fill(0x41);
                    }
                })?;
            }
            C::ListReversed => {
                let leaf = self.leaf()?;
                if self.count(leaf) < 2 {
                    return None;
                }
                self.edit_elements(<[Element]>::reverse)?;
            }

            C::ValueBadSignature => self.put_bytes(self.value()?.cell, 0, b"kv"),
            C::ValueNameLengthHuge => self.put_bytes(self.value()?.cell, 2, &[0xFF, 0xFF]),
            C::ValueItemNil => self.put_word(self.key.value_list?, 0, NIL),
            C::ValueItemUnaligned => {
                let list = self.key.value_list?;
                self.put_word(list, 0, self.word(list, 0) + 3);
            }
            C::ValueDataNil => self.put_word(self.value_with_data()?, 8, NIL),
            C::ValueDataPastEnd => self.put_word(self.value_with_data()?, 8, PAST_END),
            C::ValueDataUnaligned => {
                let value = self.value_with_data()?;
                self.put_word(value, 8, self.word(value, 8) + 3);
            }
            C::ValueDataSizeHuge => self.put_word(self.value_with_data()?, 4, 0x7FFF_FFFF),
            C::ValueDataSizePastCell => self.put_word(self.value_with_data()?, 4, 16344),
            C::ValueResidentTooLong => {
                self.put_word(self.value()?.cell, 4, 0x8000_0000 | 100);
            }
            C::ValueTypeUnknown => self.put_word(self.value()?.cell, 12, 0xFFFF_0012),

            C::BigDataCountHuge => self.put_bytes(self.big_data()?, 2, &[0xFF, 0xFF]),
            C::BigDataListNil => self.put_word(self.big_data()?, 4, NIL),
            C::BigDataListSelf => {
                let record = self.big_data()?;
                self.put_word(record, 4, record);
            }
            C::BigDataSegmentNil => {
                let list = self.word(self.big_data()?, 4);
                self.put_word(list, 0, NIL);
            }
            C::BigDataSegmentsShared => {
                let record = self.big_data()?;
                let list = self.word(record, 4);
                for index in 1..self.count(record) {
                    self.put_word(list, 4 * index, self.word(list, 0));
                }
            }
        }
        Some(())
    }

    fn get(&self, offset: usize) -> u32 {
        let mut word = [0; 4];
        word.copy_from_slice(&self.bytes[offset..offset + 4]);
        u32::from_le_bytes(word)
    }

    fn put(&mut self, offset: usize, word: u32) {
        self.bytes[offset..offset + 4].copy_from_slice(&word.to_le_bytes());
    }

    /// The word at an offset of a cell's content.
    fn word(&self, cell: u32, offset: usize) -> u32 {
        self.get(content(cell) + offset)
    }

    fn put_word(&mut self, cell: u32, offset: usize, word: u32) {
        self.put(content(cell) + offset, word);
    }

    fn put_bytes(&mut self, cell: u32, offset: usize, bytes: &[u8]) {
        let start = content(cell) + offset;
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
    }

    fn cell_size(&self, cell: u32) -> i32 {
        self.get(file_offset(cell) as usize) as i32
    }

    fn put_cell_size(&mut self, cell: u32, size: i32) {
        self.put(file_offset(cell) as usize, size as u32);
    }

    /// Changes a field of the node that is about a list, if the node has that list.
    fn put_list(&mut self, field: usize, list: Option<u32>, word: u32) -> Option<()> {
        list?;
        self.put_word(self.key.cell, field, word);
        Some(())
    }

    /// The file offset of the bin that a cell is in.
    fn bin(&self, cell: u32) -> Option<usize> {
        let cell = file_offset(cell) as usize;
        let mut bin = BASE_BLOCK_SIZE;
        while bin < self.bytes.len() {
            let end = bin + self.get(bin + 8) as usize;
            if cell < end {
                return Some(bin);
            }
            bin = end;
        }
        None
    }

    fn count(&self, record: u32) -> usize {
        let at = content(record) + 2;
        usize::from(u16::from_le_bytes([self.bytes[at], self.bytes[at + 1]]))
    }

    /// The first leaf of the target's subkey list.
    fn leaf(&self) -> Option<u32> {
        self.key.leaves.first().copied().or(self.key.subkey_list)
    }

    /// The elements of the first leaf, hints included.
    fn elements(&self) -> Option<Vec<Element>> {
        let leaf = self.leaf()?;
        let start = content(leaf);
        let width = if &self.bytes[start..start + 2] == b"li" { 4 } else { 8 };
        let end = start + 4 + width * self.count(leaf);
        Some(self.bytes[start + 4..end].chunks_exact(width).map(Element::from).collect())
    }

    fn edit_elements(&mut self, edit: impl FnOnce(&mut [Element])) -> Option<()> {
        let mut elements = self.elements()?;
        edit(&mut elements);
        let leaf = self.leaf()?;
        self.put_bytes(leaf, 4, &elements.concat());
        Some(())
    }

    fn value(&self) -> Option<&ValuePlace> {
        self.key.values.first()
    }

    fn value_with_data(&self) -> Option<u32> {
        let mut values = self.key.values.iter();
        values.find(|value| value.data.is_some()).map(|value| value.cell)
    }

    /// The db record of the first value that has one.
    fn big_data(&self) -> Option<u32> {
        let mut cells = self.key.values.iter().filter_map(|value| value.data);
        cells.find(|data| self.bytes[content(*data)..].starts_with(b"db"))
    }
}

type Element = Vec<u8>;

/// Where the content of a cell starts in the file.
fn content(cell: u32) -> usize {
    file_offset(cell) as usize + 4
}
