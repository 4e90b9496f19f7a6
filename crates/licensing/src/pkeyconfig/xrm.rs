//! The outer layer: an XrML licence that carries the configuration as base64.
//!
//! `rg:licenseGroup/r:license/r:otherInfo/tm:infoTables/tm:infoList/tm:infoBin[@name="pkeyConfigData"]`, seen alike in 16 real
//! files from Windows Vista to Server 2025. The signature around it is not checked.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::error::{Anomaly, Layer, PkeyConfigError};
use super::xml::{Node, Tag, Walker};

/// Takes padding or none, and bits left over at a cut.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What an XML text turned out to be.
pub(super) enum Outer {
    /// An XrML licence: the configuration out of it.
    Payload(Vec<u8>),
    /// The configuration itself, already unpacked.
    Inner,
}

/// Finds and decodes the payload. A file that is cut inside it gives the part that is there and an anomaly.
pub(super) fn unpack(text: &str, anomalies: &mut Vec<Anomaly>) -> Result<Outer, PkeyConfigError> {
    let mut walker = Walker::new(text);
    let mut payload: Option<String> = None;
    let mut payload_depth = 0;
    loop {
        match walker.next() {
            Ok(Node::Open(Tag::ProductKeyConfiguration)) if payload.is_none() => {
                return Ok(Outer::Inner);
            }
            Ok(Node::Open(Tag::Payload)) if payload.is_none() => {
                payload = Some(String::new());
                payload_depth = walker.depth();
            }
            Ok(Node::Open(_)) => {}
            Ok(Node::Text(part)) => {
                if let Some(payload) = &mut payload {
                    payload.push_str(&part);
                }
            }
            Ok(Node::Close) => {
                if let Some(payload) = payload.as_deref().filter(|_| walker.depth() < payload_depth) {
                    return decode(payload, anomalies).map(Outer::Payload);
                }
            }
            Ok(Node::End) => return Err(PkeyConfigError::NoPayload),
            Err(fault) => {
                let (layer, offset) = (Layer::Outer, walker.position());
                let Some(payload) = payload.filter(|payload| !payload.is_empty()) else {
                    return Err(PkeyConfigError::Xml { layer, offset, fault });
                };
                anomalies.push(Anomaly::Xml { layer, offset, fault });
                return decode(&payload, anomalies).map(Outer::Payload);
            }
        }
    }
}

fn decode(payload: &str, anomalies: &mut Vec<Anomaly>) -> Result<Vec<u8>, PkeyConfigError> {
    // The real files have one line without a break.
    match BASE64.decode(payload.trim()) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        Ok(_) | Err(_) => decode_in_part(payload, anomalies),
    }
}

/// Decodes without the white space, up to the first thing that is not base64.
fn decode_in_part(payload: &str, anomalies: &mut Vec<Anomaly>) -> Result<Vec<u8>, PkeyConfigError> {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut digits: Vec<u8> = payload.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let offset = digits.iter().take_while(|byte| is_digit(**byte)).count();
    let rest = digits.split_off(offset);
    if rest.len() > 2 || rest.iter().any(|byte| *byte != b'=') {
        anomalies.push(Anomaly::Base64 { offset });
    }
    // One digit alone in the last group of four carries no byte.
    if offset % 4 == 1 {
        digits.pop();
    }
    match BASE64.decode(&digits) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        Ok(_) | Err(_) => Err(PkeyConfigError::Base64 { offset }),
    }
}
