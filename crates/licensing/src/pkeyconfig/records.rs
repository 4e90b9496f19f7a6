//! The inner layer: configurations, key ranges and public keys as a flat list of records with one level of fields.
//!
//! | record | fields that are read |
//! |---|---|
//! | `Configuration` | `ActConfigId` GUID in braces, `RefGroupId` number, `EditionId` list separated by `;`, `ProductDescription`, `ProductKeyType`, `IsRandomized` true or false |
//! | `KeyRange` | `RefActConfigId` GUID, `PartNumber`, `EulaType`, `IsValid`, `Start` and `End` serial numbers, both inclusive |
//! | `PublicKey` | `GroupId` number, `AlgorithmId`; its `PublicKeyValue` is of no use here |
//!
//! Source: 16 real files. Windows 7 writes a `pkc:` prefix and white space between the elements; later ones do not.

use super::error::{Anomaly, Field, Layer, RecordKind};
use super::xml::{Node, Tag, Walker};
use super::{Configuration, KeyRange, MAX_ANOMALIES, MAX_FIELD_BYTES, MAX_RECORDS};
use crate::channel::Channel;
use crate::groups::Algorithm;

/// Pseudo entries: their EditionId and description may be product keys, and no key has this group.
const PSEUDO_GROUP: u32 = 999_999;

/// The records of one file.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) configurations: Vec<Configuration>,
    pub(super) ranges: Vec<KeyRange>,
    pub(super) algorithms: Vec<(u32, Algorithm)>,
}

impl Records {
    fn len(&self) -> usize {
        self.configurations.len() + self.ranges.len() + self.algorithms.len()
    }
}

/// Reads all records, going on past bad ones.
pub(super) fn read(text: &str, anomalies: &mut Vec<Anomaly>) -> Records {
    let mut walker = Walker::new(text);
    let mut records = Records::default();
    let mut open: Option<Open> = None;
    loop {
        let node = match walker.next() {
            Ok(Node::End) => return records,
            Ok(node) => node,
            Err(fault) => {
                note(anomalies, Anomaly::Xml { layer: Layer::Inner, offset: walker.position(), fault });
                return records;
            }
        };
        let depth = walker.depth();
        match (&mut open, node) {
            (None, Node::Open(tag)) => open = kind_of(tag).map(|kind| Open::new(kind, depth)),
            (None, _) => {}
            (Some(record), Node::Open(tag)) => record.open_field(tag, depth),
            (Some(record), Node::Text(text)) => record.text(&text),
            (Some(record), Node::Close) if depth < record.depth => {
                if records.len() >= MAX_RECORDS {
                    note(anomalies, Anomaly::TooManyRecords { limit: MAX_RECORDS });
                    return records;
                }
                let (kind, offset) = (record.kind, walker.position());
                if record.cut {
                    note(anomalies, Anomaly::LongField { record: kind, offset, limit: MAX_FIELD_BYTES });
                }
                if let Err(field) = record.close(&mut records) {
                    note(anomalies, Anomaly::Field { record: kind, offset, field });
                }
                open = None;
            }
            (Some(record), Node::Close) => record.close_field(depth),
            // Returned above.
            (Some(_), Node::End) => {}
        }
    }
}

fn note(anomalies: &mut Vec<Anomaly>, anomaly: Anomaly) {
    if anomalies.len() < MAX_ANOMALIES {
        anomalies.push(anomaly);
    }
}

fn kind_of(tag: Tag) -> Option<RecordKind> {
    match tag {
        Tag::Configuration => Some(RecordKind::Configuration),
        Tag::KeyRange => Some(RecordKind::KeyRange),
        Tag::PublicKey => Some(RecordKind::PublicKey),
        _ => None,
    }
}

/// A record whose end has not been reached.
struct Open {
    kind: RecordKind,
    /// Depth of its own element.
    depth: usize,
    fields: Vec<(Tag, String)>,
    /// Whether text belongs to the last of the fields.
    in_field: bool,
    cut: bool,
}

impl Open {
    fn new(kind: RecordKind, depth: usize) -> Self {
        Self { kind, depth, fields: Vec::new(), in_field: false, cut: false }
    }

    fn open_field(&mut self, tag: Tag, depth: usize) {
        // A field that comes twice, or is not read, takes no room; the first one counts.
        let wanted = tag != Tag::Other && !self.fields.iter().any(|(known, _)| *known == tag);
        self.in_field = wanted && depth == self.depth + 1;
        if self.in_field {
            self.fields.push((tag, String::new()));
        }
    }

    fn text(&mut self, text: &str) {
        if !self.in_field {
            return;
        }
        if let Some((_, value)) = self.fields.last_mut() {
            let mut end = MAX_FIELD_BYTES.saturating_sub(value.len()).min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let part = text.get(..end).unwrap_or_default();
            self.cut |= part.len() < text.len();
            value.push_str(part);
        }
    }

    fn close_field(&mut self, depth: usize) {
        if depth == self.depth {
            self.in_field = false;
        }
    }

    fn field(&self, tag: Tag) -> &str {
        self.fields.iter().find(|(known, _)| *known == tag).map_or("", |(_, value)| value.trim())
    }

    fn parsed<T: core::str::FromStr>(&self, tag: Tag, field: Field) -> Result<T, Field> {
        self.field(tag).parse().map_err(|_| field)
    }

    fn flag(&self, tag: Tag) -> bool {
        self.field(tag).eq_ignore_ascii_case("true")
    }

    fn close(&self, records: &mut Records) -> Result<(), Field> {
        match self.kind {
            RecordKind::Configuration => {
                let configuration = Configuration {
                    activation_id: self.parsed(Tag::ActConfigId, Field::ActivationId)?,
                    group: self.parsed(Tag::RefGroupId, Field::Group)?,
                    edition_id: self.field(Tag::EditionId).into(),
                    description: self.field(Tag::ProductDescription).into(),
                    channel: Channel::parse(self.field(Tag::ProductKeyType)),
                    is_randomized: self.flag(Tag::IsRandomized),
                };
                if configuration.group != PSEUDO_GROUP {
                    records.configurations.push(configuration);
                }
            }
            RecordKind::KeyRange => records.ranges.push(KeyRange {
                activation_id: self.parsed(Tag::RefActConfigId, Field::ActivationId)?,
                part_number: self.field(Tag::PartNumber).into(),
                eula: self.field(Tag::EulaType).into(),
                is_valid: self.flag(Tag::IsValid),
                start: self.parsed(Tag::Start, Field::Start)?,
                end: self.parsed(Tag::End, Field::End)?,
            }),
            RecordKind::PublicKey => {
                let group = self.parsed(Tag::GroupId, Field::Group)?;
                let algorithm = Algorithm::parse(self.field(Tag::AlgorithmId)).ok_or(Field::Algorithm)?;
                records.algorithms.push((group, algorithm));
            }
        }
        Ok(())
    }
}
