//! Reading an NTFS volume: from the boot sector over the Master File Table to directories and streams.

mod attribute;
mod attribute_list;
mod bitmap;
mod boot_sector;
mod compressed;
mod deleted;
mod directory;
mod file;
mod file_name;
mod fixup;
mod index_block;
mod index_entry;
mod index_root;
mod mft;
mod parents;
mod pieces;
mod record;
mod reparse;
mod runs;
mod scan;
mod standard_information;
mod stream;
mod unit_cache;
mod upcase;
mod volume;
mod wof;

pub use boot_sector::BootSector;
pub use deleted::{ClusterState, Deleted, DeletedFile, DeletedPath};
pub use directory::{Entry, EntryKind, Listing, Lookup};
pub use file::{File, Name, StreamInfo};
pub use file_name::Namespace;
pub use reparse::{LinkTarget, Reparse, WofAlgorithm};
pub use standard_information::{FileTime, StandardInformation};
pub use stream::NtfsFile;
pub use volume::Ntfs;
