//! Keys.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use crate::cell::HEADER_LEN;
use crate::error::{Error, Structure};
use crate::hive::Hive;
use crate::key_node::{self, KeyFlags, KeyNode, LayerSemantics};
use crate::lookup;
use crate::name::{Name, WantedName, utf16_lossy};
use crate::offset::{CellOffset, FileOffset};
use crate::read::{ReadAt, wide};
use crate::security::Security;
use crate::subkeys::Subkeys;
use crate::time::FileTime;
use crate::value::Value;
use crate::value_list::Values;

/// The value of a symbolic-link key that holds its target.
const LINK_VALUE: &str = "SymbolicLinkValue";

/// So many values are taken as a key names them; a count above may be the damage of one field.
const FEW_VALUES: u64 = 1024;

/// A key of a hive.
pub struct Key<'h, S> {
    hive: &'h Hive<S>,
    at: CellOffset,
    node: KeyNode,
    name: Name<'h>,
    /// The list of values was met before in the same walk.
    values_repeated: bool,
}

impl<S> Clone for Key<'_, S> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), name: self.name.clone(), ..*self }
    }
}

impl<S> fmt::Debug for Key<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("at", &self.at.file()).field("name", &self.name.to_text()).finish_non_exhaustive()
    }
}

impl<'h, S: ReadAt> Key<'h, S> {
    /// Reads the key node in the cell at `at`, with its name.
    #[inline]
    pub(crate) fn read(hive: &'h Hive<S>, at: CellOffset) -> Result<Self, Error> {
        let structure = Structure::KeyNode;
        let cell = hive.cell(structure, at)?;
        let mut head = [0u8; key_node::LEN];
        hive.content_into(structure, cell, &mut head)?;
        let node = KeyNode::parse(&head, cell.content)?;
        let name = hive.content(structure, cell, key_node::LEN, usize::from(node.name_len))?;
        let name = Name::new(name, node.flags.contains(KeyFlags::COMPRESSED_NAME));
        Ok(Self { hive, at, node, name, values_repeated: false })
    }

    pub(crate) fn with_repeated_values(self) -> Self {
        Self { values_repeated: true, ..self }
    }

    pub(crate) const fn hive(&self) -> &'h Hive<S> {
        self.hive
    }

    pub(crate) const fn cell(&self) -> CellOffset {
        self.at
    }

    /// The fixed fields as stored.
    pub const fn node(&self) -> &KeyNode {
        &self.node
    }

    /// The name as text; see [`Name::to_text`] for what cannot be shown.
    pub fn name(&self) -> String {
        self.name.to_text()
    }

    /// The name as stored.
    pub const fn raw_name(&self) -> &Name<'h> {
        &self.name
    }

    /// Where the key lies: the size field of its cell, from the start of the hive file. The signature `nk` follows 4
    /// bytes later.
    pub fn offset(&self) -> FileOffset {
        self.at.file()
    }

    /// When the key, one of its values or its list of subkeys was last changed.
    pub const fn last_written(&self) -> FileTime {
        self.node.last_written
    }

    /// The flags.
    pub const fn flags(&self) -> KeyFlags {
        self.node.flags
    }

    /// How a key of a layered hive stands to the layer below.
    pub const fn layer_semantics(&self) -> LayerSemantics {
        self.node.layer_semantics()
    }

    /// Whether it only says that the key of the layer below is deleted.
    pub const fn is_tombstone(&self) -> bool {
        matches!(self.node.layer_semantics(), LayerSemantics::Tombstone)
    }

    /// Whether the key is a symbolic link.
    pub const fn is_symlink(&self) -> bool {
        self.node.flags.contains(KeyFlags::SYMLINK)
    }

    /// The target of a symbolic link, a path from the root of the registry such as
    /// `\REGISTRY\MACHINE\SYSTEM\ControlSet001`; `None` for other keys and links without one.
    ///
    /// # Errors
    /// As [`value`](Self::value) and [`Value::data`].
    pub fn symlink_target(&self) -> Result<Option<String>, Error> {
        if !self.is_symlink() {
            return Ok(None);
        }
        let Some(value) = self.value(LINK_VALUE)? else {
            return Ok(None);
        };
        Ok(Some(utf16_lossy(&value.data()?)))
    }

    /// The class name, which few keys have; lossily decoded.
    ///
    /// # Errors
    /// Its cell cannot be read.
    pub fn class_name(&self) -> Result<Option<String>, Error> {
        let (Some(at), true) = (self.node.class_name, self.node.class_name_len > 0) else {
            return Ok(None);
        };
        let cell = self.hive.cell(Structure::ClassName, at)?;
        let bytes = self.hive.content(Structure::ClassName, cell, 0, usize::from(self.node.class_name_len))?;
        Ok(Some(utf16_lossy(&bytes)))
    }

    /// Where the key names its parent to be; no meaning in the root.
    pub fn parent_offset(&self) -> Option<FileOffset> {
        self.node.parent.map(CellOffset::file)
    }

    /// The security descriptor, if the key has one.
    ///
    /// # Errors
    /// Its cell cannot be read.
    pub fn security(&self) -> Result<Option<Security<'h>>, Error> {
        self.node.security.map(|at| Security::read(self.hive, at)).transpose()
    }

    /// The number of subkeys that the key names.
    pub const fn subkey_count(&self) -> u32 {
        self.node.subkey_count
    }

    /// The number of values that the key names; 0 for a predefined handle, which stands in the same field.
    pub const fn value_count(&self) -> u32 {
        if self.node.flags.contains(KeyFlags::PREDEFINED_HANDLE) { 0 } else { self.node.value_count }
    }

    /// The subkeys, in the order of their list. A bad element is one error; the others follow.
    pub fn subkeys(&self) -> Subkeys<'h, S> {
        Subkeys::new(self)
    }

    /// The subkey of this name, in any case.
    ///
    /// The sorted list is searched, with its hashes as a second opinion. If they do not agree that there is none, or
    /// the list has neither, every name is compared.
    ///
    /// # Errors
    /// The subkey was not found, and a part of the list could not be read: it may be there.
    pub fn subkey(&self, name: &str) -> Result<Option<Self>, Error> {
        if self.node.subkey_count == 0 {
            return Ok(None);
        }
        match self.node.subkey_list {
            Some(list) => lookup::find(self.hive, list, &WantedName::new(name)),
            None => Err(Error::NoCell { structure: Structure::SubkeyList, offset: self.offset() }),
        }
    }

    /// The number of elements that the list of values has room for, at most what the key names.
    pub(crate) fn listed_values(&self) -> u64 {
        let declared = u64::from(self.value_count());
        if declared <= FEW_VALUES {
            return declared;
        }
        let cell = self.node.value_list.and_then(|at| self.hive.cell(Structure::ValueList, at).ok());
        cell.map_or(0, |cell| declared.min(wide(cell.len) >> 2))
    }

    /// The values, in the order of their list. A bad element is one error; the others follow.
    pub fn values(&self) -> Values<'h, S> {
        match self.node.value_list {
            Some(list) if self.values_repeated => {
                Values::refused(self, Error::Repeated { structure: Structure::ValueList, offset: list.file() })
            }
            _ => Values::new(self),
        }
    }

    /// The value of this name, in any case; `""` is the default value. The first one counts.
    ///
    /// # Errors
    /// The value was not found, and one of the list could not be read: it may be that one.
    pub fn value(&self, name: &str) -> Result<Option<Value<'h, S>>, Error> {
        let wanted = WantedName::new(name);
        let mut damage = None;
        for value in self.values() {
            match value {
                Ok(value) if value.raw_name().matches(&wanted) => return Ok(Some(value)),
                Ok(_) => {}
                Err(error) => damage = damage.or(Some(error)),
            }
        }
        damage.map_or(Ok(None), Err)
    }

    /// Bytes of the key's cell after its name: what a longer name that stood there before has left.
    ///
    /// # Errors
    /// The cell cannot be read.
    pub fn slack(&self) -> Result<(FileOffset, Cow<'h, [u8]>), Error> {
        let cell = self.hive.any_cell(Structure::KeyNode, self.at)?;
        let used = key_node::LEN.saturating_add(usize::from(self.node.name_len));
        let slack = self.hive.content(Structure::KeyNode, cell, used, cell.len.saturating_sub(used))?;
        Ok((self.offset().plus(wide(HEADER_LEN.saturating_add(used))), slack))
    }
}
