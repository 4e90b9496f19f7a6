//! `blobs/`: single blobs as hexadecimal text, one line each.

use hivekey_dpid::ProductKey;

use super::Fixture;
use crate::license::{Channel, License};
use crate::msdm::msdm;
use crate::windows::Windows;

fn license(windows: Windows, channel: Channel) -> License {
    License::preset(windows, channel).unwrap_or_else(|| panic!("no preset for {windows:?} in {channel:?}"))
}

pub(super) fn fixtures() -> Vec<Fixture> {
    let client = license(Windows::Server2019, Channel::Gvlk);
    let mak = license(Windows::Server2019, Channel::Mak);
    let retail = license(Windows::Server2019, Channel::Retail);
    let mut bad_crc = retail.dpid3();
    bad_crc[160] ^= 0xFF;
    let mut bad_hash = retail.dpid4();
    bad_hash[900] ^= 0x01;
    let firmware = msdm(&published("VK7JG-NPHTM-C97JM-9MPGT-3V66T"));
    vec![
        hex("dpid3-gvlk", &client.dpid3(), "DigitalProductId of a KMS client, Server 2019 Standard, published key."),
        hex("dpid4-gvlk", &client.dpid4(), "DigitalProductId4 of the same."),
        hex(
            "key-field-gvlk",
            client.key.as_bytes(),
            "The 16 bytes of the key field alone, as SQL Server 2012 keeps it.",
        ),
        hex("dpid3-erased-mak", &mak.dpid3(), "DigitalProductId of a MAK: the key bytes are zero, the CRC is right."),
        hex("dpid4-erased-mak", &mak.dpid4(), "DigitalProductId4 of the same; both hashes are right."),
        hex("dpid3-retail", &retail.dpid3(), "DigitalProductId with an invented retail key."),
        hex("dpid4-retail", &retail.dpid4(), "DigitalProductId4 with the same key."),
        hex("dpid3-bad-crc", &bad_crc, "The same DigitalProductId with a wrong CRC; key and key checksum are whole."),
        hex("dpid4-bad-hash", &bad_hash, "The same DigitalProductId4 with a changed byte in its part number."),
        hex(
            "dpid3-truncated",
            &client.dpid3()[..160],
            "The first 160 bytes of a DigitalProductId: the CRC is missing.",
        ),
        hex(
            "dpid3-windows7-oem",
            &license(Windows::Seven, Channel::OemSlp).dpid3(),
            "DigitalProductId of a preinstalled Windows 7 with an invented key without N.",
        ),
        hex(
            "dpid3-xp-volume",
            &license(Windows::Xp, Channel::XpVolume).dpid3(),
            "DigitalProductId of Windows XP with hardware fields and an invented BINK key.",
        ),
        Fixture::new(
            "blobs/MSDM",
            firmware,
            "A firmware table, binary, with the key that Microsoft's media of Windows 10 and 11 Pro bring along.",
        ),
    ]
}

fn published(text: &str) -> ProductKey {
    ProductKey::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn hex(name: &str, bytes: &[u8], purpose: &str) -> Fixture {
    let mut text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    text.push('\n');
    Fixture::new(format!("blobs/{name}.hex"), text, purpose)
}
