//! The licences that Microsoft sold, one per Windows version and channel.
//!
//! Groups, activation ids and editions are those of Microsoft's pkeyconfig files; published keys and their part numbers
//! those of its documentation and media, without the suffix `:Virtual`, for which the blobs have no room. Part numbers
//! that begin with `X00-` are invented, after the group.

use hivekey_dpid::{KeyField, ProductKey};

use super::{Channel, KeyOrigin, License, bink1998, pkey2005, pkey2009};
use crate::time::Filetime;
use crate::windows::Windows;

/// The serial number of invented PKEY2009 keys. In the groups that Microsoft sells keys of, it lies in the range that
/// pkeyconfig marks as reserved (`res-v…`).
pub const INVENTED_SERIAL: u32 = 987_654_321;

/// Columns: versions, channel, group, serial number (empty: invented), edition, activation id, part number (empty:
/// invented) and key (empty: invented).
const TABLE: &str = include_str!("presets.tsv");

struct Row<'a> {
    group: u32,
    serial: u32,
    edition_id: &'a str,
    activation_id: &'a str,
    part_number: Option<&'a str>,
    key: Option<&'a str>,
}

/// The row of a version and channel.
fn row(windows: Windows, channel: Channel) -> Option<Row<'static>> {
    let (windows, channel) = (format!("{windows:?}"), format!("{channel:?}"));
    TABLE.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [versions, channels, group, serial, edition_id, activation_id, part_number, key] = columns[..] else {
            panic!("a row of presets.tsv has not 8 columns: {line}");
        };
        let is_it = channels == channel && versions.split(' ').any(|version| version == windows);
        is_it.then(|| Row {
            group: number(group),
            serial: filled(serial).map_or(INVENTED_SERIAL, number),
            edition_id,
            activation_id,
            part_number: filled(part_number),
            key: filled(key),
        })
    })
}

fn filled(column: &str) -> Option<&str> {
    (!column.is_empty()).then_some(column)
}

fn number(column: &str) -> u32 {
    column.parse().unwrap_or_else(|error| panic!("{column:?} in presets.tsv: {error}"))
}

/// The licence of a version in a channel.
pub(super) fn license(windows: Windows, channel: Channel) -> Option<License> {
    if windows == Windows::Xp {
        return xp(channel);
    }
    let row = row(windows, channel)?;
    let typed_key = match row.key {
        Some(text) => parse(text),
        None if windows.is_pkey2009() => decoded(pkey2009(row.group, row.serial, false)),
        None => pkey2005(row.group),
    };
    let part_number =
        row.part_number.map_or_else(|| format!("{}X00-{:05}", windows.facts().part_prefix, row.group), str::to_owned);
    let mut license = License {
        windows,
        channel,
        edition_id: row.edition_id.to_owned(),
        part_number,
        activation_id: row.activation_id.to_owned(),
        group: row.group,
        serial: row.serial,
        key: typed_key.encode(),
        typed_key,
        origin: if row.key.is_some() { KeyOrigin::Published } else { KeyOrigin::Invented },
        product_id: product_id(windows, channel, row.group, row.serial),
        product_code: if windows == Windows::Seven { 371 } else { 3612 },
        installed: Filetime::utc(2021, 6, 15, 8, 42, 7),
        upgrade: false,
    };
    if channel == Channel::Mak {
        license.erase();
    }
    Some(license)
}

/// XP has BINK keys: the group is the BINK id, the serial number channel and sequence.
fn xp(channel: Channel) -> Option<License> {
    const BINK: u32 = 0x2E;
    let (site, oem) = match channel {
        Channel::Retail => (335, false),
        Channel::OemSlp | Channel::OemCoa => (0, true),
        Channel::XpVolume => (640, false),
        _ => return None,
    };
    let sequence = 123_456;
    let key = bink1998(site, sequence);
    let product_id = if oem {
        oem_product_id(55274, "00", 1_234, sequence % 100_000)
    } else {
        site_product_id(55274, site, sequence, BINK)
    };
    Some(License {
        windows: Windows::Xp,
        channel,
        edition_id: String::new(),
        part_number: String::from("A22-00001"),
        activation_id: String::new(),
        group: BINK,
        serial: site * 1_000_000 + sequence,
        key,
        typed_key: decoded(key),
        origin: KeyOrigin::Invented,
        product_id,
        product_code: 55274,
        installed: Filetime::utc(2008, 9, 3, 8, 42, 7),
        upgrade: false,
    })
}

fn product_id(windows: Windows, channel: Channel, group: u32, serial: u32) -> String {
    let is_oem = channel.license_type() == 2;
    if windows.is_pkey2009() {
        let digits = format!("{group:06}{serial:09}");
        let noise = if is_oem { String::from("OEM") } else { format!("{:03}", (group * 7 + 321) % 1000) };
        return format!("{}-{}-{}-AA{noise}", &digits[..5], &digits[5..10], &digits[10..]);
    }
    if is_oem {
        oem_product_id(371, "89", serial / 100_000, serial % 100_000)
    } else {
        site_product_id(371, serial / 1_000_000, serial % 1_000_000, group)
    }
}

/// `MPC-CCC-NNNNNNk-DDEEE`; DD is half the group or BINK id.
fn site_product_id(product_code: u32, site: u32, sequence: u32, group: u32) -> String {
    let sequence = format!("{sequence:06}");
    format!(
        "{product_code:05}-{site:03}-{sequence}{}-{:02}{:03}",
        check_digit(&sequence),
        group / 2,
        (group * 7 + 321) % 1000
    )
}

/// `MPC-OEM-PPSSSSk-SSSSS`.
fn oem_product_id(product_code: u32, prefix: &str, high: u32, low: u32) -> String {
    let digits = format!("{prefix}{high:04}");
    format!("{product_code:05}-OEM-{digits}{}-{low:05}", check_digit(&digits))
}

/// Brings the sum of the digits to a multiple of 7; Windows writes 7, not 0, where it is one already.
fn check_digit(digits: &str) -> u32 {
    let sum: u32 = digits.chars().filter_map(|digit| digit.to_digit(10)).sum();
    7 - sum % 7
}

fn parse(text: &str) -> ProductKey {
    ProductKey::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn decoded(key: KeyField) -> ProductKey {
    key.key().unwrap_or_else(|| panic!("an invented key has no text"))
}
