//! Listings of damaged directories, kept so that each is put together once, whatever number of names is looked up in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Listing;
use crate::limits::MAX_ENTRIES;
use crate::ntfs::volume::Ntfs;
use crate::offset::FileReference;

/// The listing of a damaged directory, with its names in their order.
pub(super) struct Rebuilt {
    pub(super) listing: Listing,
    by_name: Vec<(Vec<u16>, FileReference)>,
}

impl Rebuilt {
    pub(super) fn new(volume: &Ntfs, listing: Listing) -> Self {
        let units = |name: &str| name.encode_utf16().collect();
        let mut by_name: Vec<(Vec<u16>, FileReference)> =
            listing.entries.iter().map(|entry| (units(&entry.name), entry.reference)).collect();
        by_name.sort_by(|(left, _), (right, _)| volume.compare_names(left, right));
        Self { listing, by_name }
    }

    pub(super) fn find(&self, volume: &Ntfs, name: &[u16]) -> Option<FileReference> {
        let first = self.by_name.partition_point(|(own, _)| volume.compare_names(own, name).is_lt());
        let (own, reference) = self.by_name.get(first)?;
        volume.compare_names(own, name).is_eq().then_some(*reference)
    }
}

/// Those of a volume, at most [`MAX_ENTRIES`] entries in all.
#[derive(Default)]
pub(in crate::ntfs) struct RebuiltListings(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    by_directory: HashMap<FileReference, Arc<Rebuilt>>,
    entries: usize,
}

impl RebuiltListings {
    pub(super) fn get(&self, directory: FileReference) -> Option<Arc<Rebuilt>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_directory.get(&directory).map(Arc::clone)
    }

    pub(super) fn keep(&self, directory: FileReference, rebuilt: &Arc<Rebuilt>) {
        // An empty one takes room, too.
        let len = rebuilt.listing.entries.len().saturating_add(1);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.entries.saturating_add(len) > MAX_ENTRIES {
            kept.by_directory.clear();
            kept.entries = 0;
        }
        kept.by_directory.insert(directory, Arc::clone(rebuilt));
        kept.entries = kept.entries.saturating_add(len);
    }
}
