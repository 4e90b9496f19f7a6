//! Collects every piece of key material that the table of places names, and with `deep` every other one in the hive.

use hivekey_regf as regf;

use crate::blob;
use crate::hives::{Hive, HiveKey, HiveValue, OpenHive};
use crate::places::{self, Form, Place, Standing};
use crate::report::{Finding, FindingCode, FoundIn, HiveRole, Timestamp};
use crate::witness::Witness;
use crate::{Options, recover};

/// Values longer than this are no product-id blob: the largest known is 1272 bytes.
const MAX_BLOB_LEN: u32 = 4096;
/// Keys that one wildcard component may stand for; Office has some sixty.
const MAX_SIBLINGS: usize = 4096;

/// Everything that one hive holds: as it stands with its logs, and what stood there before them.
pub(crate) fn gather(open: &OpenHive, options: &Options) -> (Vec<Witness>, Vec<Finding>) {
    let of = |hive: &Hive| {
        let mut gatherer = Gatherer::new(open, hive);
        gatherer.known_places();
        if options.deep {
            gatherer.whole_hive();
        }
        (gatherer.witnesses, gatherer.findings)
    };
    let Some(hive) = &open.hive else { return Default::default() };
    let (mut witnesses, mut findings) = of(hive);
    if let Some(before) = &open.before_replay {
        // What was wrong with the tree without its logs is no longer so.
        let (older, _) = of(before);
        for witness in &mut witnesses {
            if !older.iter().any(|old| old.is_same_value(witness) && old.data == witness.data) {
                witness.found_in = FoundIn::Log;
            }
        }
        let superseded = older
            .into_iter()
            .filter(|old| !witnesses.iter().any(|witness| old.is_same_value(witness) && old.data == witness.data));
        let superseded: Vec<Witness> =
            superseded.map(|old| Witness { standing: Standing::Superseded, ..old }).collect();
        witnesses.extend(superseded);
    }
    // A hive whose tree cannot be walked is swept like free space, asked for or not.
    if options.recover || hive.root().is_err() {
        let (deleted, problems) = recover::deleted(open, hive);
        witnesses.extend(deleted);
        findings.extend(problems);
    }
    (witnesses, findings)
}

/// Collects the witnesses of one hive.
struct Gatherer<'a> {
    open: &'a OpenHive,
    hive: &'a Hive,
    witnesses: Vec<Witness>,
    findings: Vec<Finding>,
}

impl<'a> Gatherer<'a> {
    /// A gatherer for a hive that could be opened.
    fn new(open: &'a OpenHive, hive: &'a Hive) -> Self {
        Self { open, hive, witnesses: Vec::new(), findings: Vec::new() }
    }

    /// Looks at every place that the table has for this kind of hive.
    fn known_places(&mut self) {
        match self.open.report.role {
            HiveRole::Software => {
                for place in places::SOFTWARE {
                    self.place(place, place.path, place.standing);
                    let standing = match place.standing {
                        Standing::Current => Standing::Copy,
                        other => other,
                    };
                    self.place(place, &places::wow64_path(place), standing);
                }
            }
            HiveRole::System => {
                for place in places::SYSTEM {
                    self.place(place, place.path, place.standing);
                }
            }
            _ => {}
        }
    }

    fn place(&mut self, place: &Place, path: &str, standing: Standing) {
        let mut errors = Vec::new();
        let keys = resolve(self.hive, path, |parent, error| errors.push((parent.to_owned(), error)));
        for (parent, error) in errors {
            self.damaged(&parent, &error);
        }
        for (key_path, key) in keys {
            match place.value.strip_suffix('*') {
                None => match key.value(place.value) {
                    Ok(Some(value)) => self.value(place.product, place.form, standing, &key_path, &key, &value),
                    Ok(None) => {}
                    Err(error) => self.unreadable(&key_path, place.value, &error),
                },
                Some(_) => {
                    for value in key.values().flatten() {
                        if places::matches(place.value, &value.name()) {
                            self.value(place.product, place.form, standing, &key_path, &key, &value);
                        }
                    }
                }
            }
        }
    }

    /// Walks the whole hive for product-id blobs, by name or by shape, that no place of the table names.
    fn whole_hive(&mut self) {
        for item in self.hive.walk() {
            let Ok(item) = item else { continue };
            for value in item.key.values().flatten() {
                let name = value.name();
                if self.is_known(&item.path, &name) || value.data_size() > MAX_BLOB_LEN {
                    continue;
                }
                let Ok(data) = value.data() else { continue };
                let named = places::is_product_id_name(&name) && matches!(data.len(), 16 | 164 | 256 | 1272);
                if named || blob::is_intact_product_id(&data) {
                    let product = places::product_by_path(&item.path);
                    self.value(&product, Form::Blob, Standing::OtherProduct, &item.path, &item.key, &value);
                }
            }
        }
    }

    fn is_known(&self, key_path: &str, value: &str) -> bool {
        self.witnesses
            .iter()
            .any(|witness| witness.key_path.eq_ignore_ascii_case(key_path) && witness.value.eq_ignore_ascii_case(value))
    }

    fn value(
        &mut self,
        product: &str,
        form: Form,
        standing: Standing,
        key_path: &str,
        key: &HiveKey<'_>,
        value: &HiveValue<'_>,
    ) {
        let name = value.name();
        let data = match value.data() {
            Ok(data) if value.data_size() <= MAX_BLOB_LEN => data.into_owned(),
            Ok(_) => {
                let size = value.data_size();
                self.uninterpreted(key_path, &name, format!("{size} bytes are no product id"));
                return;
            }
            Err(error) => {
                self.unreadable(key_path, &name, &error);
                return;
            }
        };
        let facts = match form {
            Form::Blob => blob::read(&data),
            Form::Text => match value.text() {
                Ok(text) => blob::read_text(&text),
                Err(error) => {
                    self.unreadable(key_path, &name, &error);
                    return;
                }
            },
        };
        let facts = match facts {
            Ok(facts) => facts,
            Err(problem) => {
                self.unreadable(key_path, &name, &problem);
                return;
            }
        };
        self.witnesses.push(Witness {
            product: product.to_owned(),
            standing,
            from_live_hive: self.open.is_live(),
            hive: self.open.report.path.clone(),
            key_path: key_path.to_owned(),
            value: name,
            offset: Some(value.offset().0),
            last_written: Timestamp::from_filetime(key.last_written().ticks()),
            found_in: FoundIn::Live,
            verified: None,
            facts,
            data,
        });
    }

    /// A part of the tree on the way to a place cannot be read.
    fn damaged(&mut self, key_path: &str, error: &regf::Error) {
        let hive = self.open.report.path.clone();
        let args = vec![("hive", hive), ("problem", format!("{key_path}\\: {error}"))];
        let finding = Finding::new(FindingCode::DamagedHive, args);
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn unreadable(&mut self, key_path: &str, value: &str, error: &dyn core::fmt::Display) {
        self.uninterpreted(key_path, value, error.to_string());
    }

    fn uninterpreted(&mut self, key_path: &str, value: &str, problem: String) {
        let place = places::value_place(&self.open.report.path, key_path, value);
        self.findings.push(Finding::new(FindingCode::Uninterpreted, vec![("place", place), ("problem", problem)]));
    }
}

/// The keys that a path with `*` components names, with the names as they are stored. What cannot be read on the way is
/// handed to `unreadable`; the other branches go on.
pub(crate) fn resolve<'h>(
    hive: &'h Hive,
    path: &str,
    mut unreadable: impl FnMut(&str, regf::Error),
) -> Vec<(String, HiveKey<'h>)> {
    let mut found = match hive.root() {
        Ok(root) => vec![(String::new(), root)],
        Err(error) => {
            unreadable("", error);
            return Vec::new();
        }
    };
    for component in path.split('\\') {
        let mut next = Vec::new();
        for (parent_path, parent) in found {
            let mut take = |child: Result<HiveKey<'h>, regf::Error>| match child {
                Ok(child) => {
                    let name = child.name();
                    if places::matches(component, &name) {
                        next.push((format!("{parent_path}\\{name}"), child));
                    }
                }
                Err(error) => unreadable(&parent_path, error),
            };
            if component.ends_with('*') {
                parent.subkeys().take(MAX_SIBLINGS).for_each(&mut take);
            } else if let Some(child) = parent.subkey(component).transpose() {
                take(child);
            }
        }
        found = next;
    }
    found
}
