//! Hits that say the same.

use std::collections::HashMap;
use std::hash::Hash;

use hivekey_dpid::ProductKey;

use crate::findings::Hit;
use crate::result::Carved;

/// Hits that have something in common, as indices into [`Carved::hits`], ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The key of all these hits; `None` where it is erased or cannot be read.
    pub key: Option<ProductKey>,
    /// Indices into [`Carved::hits`].
    pub hits: Vec<usize>,
}

impl Carved {
    /// Hits of the same kind with the same bytes, in order of their first offset. Every hit is in one group.
    #[must_use]
    pub fn by_blob(&self) -> Vec<Group> {
        group(&self.hits, |hit| Some((hit.kind, hit.bytes.clone())))
    }

    /// Hits with the same key, whatever holds it, in order of their first offset. Hits without a key are left out.
    #[must_use]
    pub fn by_key(&self) -> Vec<Group> {
        group(&self.hits, Hit::product_key)
    }

    /// The hits of a group.
    pub fn hits_of<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a Hit> {
        group.hits.iter().filter_map(|&index| self.hits.get(index))
    }
}

fn group<K: Hash + Eq>(hits: &[Hit], by: impl Fn(&Hit) -> Option<K>) -> Vec<Group> {
    let mut places = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (index, hit) in hits.iter().enumerate() {
        let Some(common) = by(hit) else { continue };
        let place = *places.entry(common).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.hits.push(index),
            None => groups.push(Group { key: hit.product_key(), hits: vec![index] }),
        }
    }
    groups
}
