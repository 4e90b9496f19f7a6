//! Writes pkeyconfig files (`pkeyconfig.xrm-ms`) with made-up content in the shape of Microsoft's.
//!
//! UTF-8 with a byte-order mark; an XrML licence whose `infoBin` named `pkeyConfigData` holds, in base64, a
//! ProductKeyConfiguration: configurations, key ranges and public keys.

use crate::license::License;

const HEAD: &str = concat!(
    "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?>",
    "<rg:licenseGroup xmlns:rg=\"urn:mpeg:mpeg21:2003:01-REL-R-NS\">",
    "<r:license xmlns:r=\"urn:mpeg:mpeg21:2003:01-REL-R-NS\" licenseId=\"{00000000-0000-0000-0000-000000000000}\" ",
    "xmlns:sx=\"urn:mpeg:mpeg21:2003:01-REL-SX-NS\" xmlns:mx=\"urn:mpeg:mpeg21:2003:01-REL-MX-NS\" ",
    "xmlns:sl=\"http://www.microsoft.com/DRM/XrML2/SL/v2\" xmlns:tm=\"http://www.microsoft.com/DRM/XrML2/TM/v2\">",
    "<r:title>XrML 2.1 License - Product Key Configuration</r:title>",
    "<r:otherInfo><tm:infoTables><tm:infoList tag=\"#global\">",
    "<tm:infoStr name=\"licenseType\">msft:sl/PKEYCONFIG/SIGNED</tm:infoStr>",
    "<tm:infoStr name=\"licenseVersion\">2.0</tm:infoStr>",
    "<tm:infoBin name=\"pkeyConfigData\">",
);
const TAIL: &str = "</tm:infoBin></tm:infoList></tm:infoTables></r:otherInfo></r:license></rg:licenseGroup>";

/// Configurations and the ranges of serial numbers that belong to them.
#[derive(Clone, Debug, Default)]
pub struct PkeyConfig {
    configurations: String,
    ranges: String,
    public_keys: String,
}

impl PkeyConfig {
    /// A file without configurations.
    pub fn new() -> Self {
        PkeyConfig::default()
    }

    /// Adds a configuration that answers for this licence, with one range around its serial number.
    pub fn license(&mut self, license: &License) -> &mut Self {
        let algorithm = if license.windows.is_pkey2009() { 2009 } else { 2005 };
        self.configuration(
            &license.activation_id,
            license.group,
            &license.edition_id,
            license.channel.key_type(),
            algorithm,
        );
        let millions = license.serial / 1_000_000 * 1_000_000;
        self.range(&license.activation_id, &license.part_number, license.channel.eula(), (millions, millions + 999_999))
    }

    /// Adds a configuration without ranges.
    pub fn configuration(
        &mut self,
        activation_id: &str,
        group: u32,
        edition_id: &str,
        key_type: &str,
        algorithm: u32,
    ) -> &mut Self {
        self.configurations += &format!(
            "<Configuration>\r\n<ActConfigId>{{{activation_id}}}</ActConfigId>\r\n<RefGroupId>{group}</RefGroupId>\r\n\
             <EditionId>{edition_id}</EditionId>\r\n\
             <ProductDescription>Synthetic {edition_id} {key_type}</ProductDescription>\r\n\
             <ProductKeyType>{key_type}</ProductKeyType>\r\n<IsRandomized>false</IsRandomized>\r\n</Configuration>\r\n"
        );
        self.public_keys += &format!(
            "<PublicKey>\r\n<GroupId>{group}</GroupId>\r\n\
             <AlgorithmId>msft:rm/algorithm/pkey/{algorithm}</AlgorithmId>\r\n\
             <PublicKeyValue>AAAA</PublicKeyValue>\r\n</PublicKey>\r\n"
        );
        self
    }

    /// Adds a range of serial numbers, both ends included.
    pub fn range(&mut self, activation_id: &str, part_number: &str, eula: &str, (start, end): (u32, u32)) -> &mut Self {
        self.ranges += &format!(
            "<KeyRange>\r\n<RefActConfigId>{{{activation_id}}}</RefActConfigId>\r\n\
             <PartNumber>{part_number}</PartNumber>\r\n<EulaType>{eula}</EulaType>\r\n<IsValid>true</IsValid>\r\n\
             <Start>{start}</Start>\r\n<End>{end}</End>\r\n</KeyRange>\r\n"
        );
        self
    }

    /// The file.
    pub fn encode(&self) -> Vec<u8> {
        let data = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n\
             <ProductKeyConfiguration xmlns=\"http://www.microsoft.com/DRM/PKEY/Configuration/2.0\">\r\n\
             <Configurations>\r\n{}</Configurations>\r\n<KeyRanges>\r\n{}</KeyRanges>\r\n\
             <PublicKeys>\r\n{}</PublicKeys>\r\n</ProductKeyConfiguration>\r\n",
            self.configurations, self.ranges, self.public_keys
        );
        format!("{HEAD}{}{TAIL}", base64(data.as_bytes())).into_bytes()
    }
}

fn base64(bytes: &[u8]) -> String {
    const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                text.push(char::from(SYMBOLS[(word >> (18 - 6 * place)) as usize & 63]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_rfc_4648() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
        for (plain, encoded) in cases {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }
}
