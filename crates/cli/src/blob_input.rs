//! The written forms that a blob comes in: hex, base64, a line of a .reg file, a key.

use hivekey::decode::{self, Decoded};

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Padding is often lost where text is copied.
const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);

/// Decodes a blob in any written form.
pub fn decode(text: &str) -> Decoded {
    let text = text.trim();
    if text.is_empty() {
        return Decoded::failed("not-a-blob", String::from("there is nothing to decode"));
    }
    if let Some(data) = reg_data(text) {
        return match data {
            RegData::Text(text) => decode::key_text(&text),
            RegData::Hex(digits) => match hex(digits) {
                Some(bytes) => decode::blob(&bytes),
                None => Decoded::failed("not-a-blob", String::from("the bytes of this .reg line are not hex")),
            },
        };
    }
    if has_key_groups(text) {
        return decode::key_text(text);
    }
    let mut refused = None;
    for read in [hex, base64] {
        let Some(bytes) = read(text) else { continue };
        let decoded = decode::blob(&bytes);
        if decoded.error.is_none() {
            return decoded;
        }
        refused.get_or_insert(decoded);
    }
    let as_key = decode::key_text(text);
    if as_key.error.is_none() {
        return as_key;
    }
    refused.unwrap_or_else(|| {
        let message = String::from("not hex, base64, a line of a .reg file, or a key");
        Decoded::failed("not-a-blob", message)
    })
}

/// The data of a line of a .reg file.
#[derive(Debug, PartialEq, Eq)]
enum RegData<'a> {
    /// Hex digits with commas, and the backslashes of continued lines.
    Hex(&'a str),
    Text(String),
}

/// The data if the text is `"name"=data` or `@=data`, or the data alone with their `hex:`.
fn reg_data(text: &str) -> Option<RegData<'_>> {
    let data = match text.as_bytes().first()? {
        b'"' => {
            let end = text.match_indices("\"=").map(|(at, _)| at).next()?;
            text.get(end..)?.strip_prefix("\"=")?.trim_start()
        }
        b'@' => text.strip_prefix('@')?.trim_start().strip_prefix('=')?.trim_start(),
        _ => text,
    };
    if let Some(rest) = data.get(..3).filter(|start| start.eq_ignore_ascii_case("hex")).and(data.get(3..)) {
        // hex:…, or hex(3):… with the number of a type.
        let (kind, digits) = rest.split_once(':')?;
        let is_kind = kind.is_empty() || (kind.starts_with('(') && kind.ends_with(')'));
        return is_kind.then_some(RegData::Hex(digits));
    }
    let quoted = data.strip_prefix('"')?.strip_suffix('"')?;
    Some(RegData::Text(quoted.replace("\\\\", "\\")))
}

/// Five groups of five, so that a key is never taken for base64.
fn has_key_groups(text: &str) -> bool {
    let is_in_place =
        |(index, byte): (usize, u8)| if index % 6 == 5 { byte == b'-' } else { byte.is_ascii_alphanumeric() };
    text.len() == 29 && text.bytes().enumerate().all(is_in_place)
}

/// The bytes of hex digits, between which there may be white space, commas, colons, and the backslashes of continued lines.
fn hex(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let bytes = plain_hex(text).or_else(|| {
        let between = [' ', '\t', '\r', '\n', ',', ':', '\\'];
        text.contains(between).then(|| plain_hex(&text.replace(between, "")))?
    })?;
    (!bytes.is_empty()).then_some(bytes)
}

/// The bytes of hex digits and nothing else.
fn plain_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks();
    if !rest.is_empty() {
        return None;
    }
    let mut all_digits = true;
    let bytes = pairs
        .iter()
        .map(|[high, low]| {
            let (high, low) = (digit(*high), digit(*low));
            all_digits &= high | low <= 0xF;
            high << 4 | low & 0xF
        })
        .collect();
    all_digits.then_some(bytes)
}

/// The value of a hex digit, 0xFF for anything else. Without branches, so that many are read at a time.
fn digit(byte: u8) -> u8 {
    let number = byte.wrapping_sub(b'0');
    let letter = (byte | 0x20).wrapping_sub(b'a');
    let not_a_number = if letter < 6 { letter + 10 } else { 0xFF };
    if number < 10 { number } else { not_a_number }
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let compact: String;
    let text = if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        compact = text.split_ascii_whitespace().collect();
        &compact
    } else {
        text
    };
    let bytes = BASE64.decode(text).or_else(|_| BASE64_URL.decode(text)).ok()?;
    (!bytes.is_empty()).then_some(bytes)
}

/// The written blobs in the text of a file: one a line, where a backslash at its end continues a line. Of a .reg file these
/// are the values named DigitalProductId and the like, without the rest of the export.
pub fn blobs_of_text(text: &str) -> Vec<String> {
    let text = text.trim_start_matches('\u{feff}');
    let is_export = text.starts_with("Windows Registry Editor") || text.starts_with("REGEDIT4");
    let mut blobs = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut blob = line.trim().to_owned();
        while blob.ends_with('\\') {
            let Some(line) = lines.next() else { break };
            blob.pop();
            blob.push_str(line.trim());
        }
        let is_wanted = if is_export { is_product_id_line(&blob) } else { !blob.is_empty() };
        if is_wanted {
            blobs.push(blob);
        }
    }
    blobs
}

fn is_product_id_line(line: &str) -> bool {
    const NAME: &str = "\"DigitalProductId";
    line.get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Microsoft's published KMS client key of Server 2019 Standard.
    const KEY: &str = "N69G4-B89J2-4G8F4-WWYCC-J464C";

    #[test]
    fn lines_of_reg_files() {
        assert_eq!(reg_data(r#""DigitalProductId"=hex:a4,00"#), Some(RegData::Hex("a4,00")));
        assert_eq!(reg_data("hex(3):a4,00"), Some(RegData::Hex("a4,00")));
        assert_eq!(reg_data(r#"@="text""#), Some(RegData::Text("text".into())));
        assert_eq!(reg_data(&format!(r#""PIDKEY"="{KEY}""#)), Some(RegData::Text(KEY.into())));
        assert_eq!(reg_data(KEY), None);
        assert_eq!(reg_data("hexagon"), None);
        assert_eq!(hex("a4,00,\\\r\n  00,00"), Some(vec![0xa4, 0, 0, 0]));
    }

    #[test]
    fn hex_and_base64() {
        assert_eq!(hex("A4 0f"), Some(vec![0xa4, 0x0f]));
        assert_eq!(hex("0xa4"), Some(vec![0xa4]));
        assert_eq!(hex("a4f"), None);
        assert_eq!(hex(""), None);
        assert_eq!(base64("pAAAAA=="), Some(vec![0xa4, 0, 0, 0]));
        assert_eq!(base64("pAAA AA"), Some(vec![0xa4, 0, 0, 0]));
        assert_eq!(base64("_-8="), Some(vec![0xff, 0xef]));
        assert_eq!(base64("!"), None);
    }

    #[test]
    fn each_form_is_told_apart() {
        assert_eq!(decode(KEY).blob_type, Some("key-text"));
        assert_eq!(decode(&format!(" {KEY}\n")).last5.as_deref(), Some("J464C"));
        assert_eq!(decode(&"00".repeat(16)).blob_type, Some("key-field"));
        assert_eq!(decode("AAAAAAAAAAAAAAAAAAAAAA==").blob_type, Some("key-field"));
        // All of these are hex digits too, but no blob has the eleven bytes that they would be.
        assert_eq!(decode("AAAAAAAAAAAAAAAAAAAAAA").blob_type, Some("key-field"));
        assert!(decode("").error.is_some());
        assert!(decode("hello").error.is_some());
        assert!(decode("\"DigitalProductId\"=hex:zz").error.is_some());
    }

    #[test]
    fn exports_are_searched_for_product_ids() {
        let text = "\u{feff}Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE]\r\n\
            \"ProductName\"=\"x\"\r\n\"DigitalProductId\"=hex:a4,00,\\\r\n  00,00\r\n\"Other\"=hex:00\r\n";
        assert_eq!(blobs_of_text(text), [r#""DigitalProductId"=hex:a4,00,00,00"#]);
        assert_eq!(blobs_of_text("a4\n\n b5 \n"), ["a4", "b5"]);
    }
}
