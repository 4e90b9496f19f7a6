#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::arithmetic_side_effects)]

mod acpi;
mod anomaly;
mod base24;
mod batch;
mod bink;
mod blob;
mod checksum;
mod dpid2;
mod dpid3;
mod dpid3_fields;
mod dpid4;
mod dpid4_fields;
mod error;
mod extended_pid;
mod family;
mod field_text;
mod hardware;
mod integrity;
mod key_field;
mod msdm;
mod pkey2009;
mod product_key;
mod read;
mod slic;
mod wide_text;
mod wpa;

pub use acpi::AcpiHeader;
pub use anomaly::{Anomalies, AnomaliesIter, Anomaly};
pub use batch::decode_batch;
pub use bink::{Bink1998, Bink2002};
pub use blob::{Blob, recognise};
pub use dpid2::Dpid2;
pub use dpid3::Dpid3;
pub use dpid3_fields::Dpid3Fields;
pub use dpid4::Dpid4;
pub use dpid4_fields::Dpid4Fields;
pub use error::{Error, Structure, TextKind};
pub use extended_pid::ExtendedPid;
pub use family::KeyFamily;
pub use field_text::{AsciiField, WideField};
pub use hardware::HardwareId;
pub use integrity::Integrity;
pub use key_field::KeyField;
pub use msdm::Msdm;
pub use pkey2009::Pkey2009;
pub use product_key::{Last5, Masked, ProductKey};
pub use read::Offset;
pub use slic::{Slic, SlicSubtable, SlicSubtables};
pub use wide_text::WideText;
pub use wpa::WpaDpid3;
