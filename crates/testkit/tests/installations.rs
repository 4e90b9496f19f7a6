//! The licences and installations, checked by paths of their own: integrity by the formats' tables, keys by the
//! textbook loop, hives by nt-hive.

use std::collections::BTreeMap;
use std::path::Path;

use hivekey_testkit::hive::BuiltHive;
use hivekey_testkit::installation::{Installation, Product, SourceOs};
use hivekey_testkit::license::{Channel, INVENTED_SERIAL, KeyOrigin, License};
use hivekey_testkit::windows::Windows;
use nt_hive::{Hive, KeyNode};
use sha2::{Digest, Sha256};

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap())
}

fn ascii_at(bytes: &[u8], offset: usize, length: usize) -> String {
    let field = &bytes[offset..offset + length];
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(length);
    String::from_utf8(field[..end].to_vec()).unwrap()
}

fn wide_at(bytes: &[u8], offset: usize, length: usize) -> String {
    let units = bytes[offset..offset + length].chunks(2);
    let units = units.map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    String::from_utf16(&units.take_while(|unit| *unit != 0).collect::<Vec<_>>()).unwrap()
}

/// The textbook loop: divide the number by 24 again and again, one byte at a time.
fn textbook(field: &[u8]) -> String {
    const ALPHABET: &[u8; 24] = b"BCDFGHJKMPQRTVWXY2346789";
    let mut number: Vec<u32> = field[..15].iter().map(|byte| u32::from(*byte)).collect();
    let is_new = number[14] & 8 != 0;
    number[14] &= !8;
    let mut symbols = Vec::new();
    let mut last = 0;
    for _ in 0..25 {
        let mut rest = 0;
        for byte in number.iter_mut().rev() {
            let value = rest * 256 + *byte;
            *byte = value / 24;
            rest = value % 24;
        }
        symbols.insert(0, ALPHABET[rest as usize]);
        last = rest as usize;
    }
    if is_new {
        symbols.remove(0);
        symbols.insert(last, b'N');
    }
    let groups: Vec<_> = symbols.chunks(5).map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join("-")
}

/// CRC-32/BZIP2 by way of the reflected CRC-32: reflect the input bytes and the result.
fn crc32_bzip2(bytes: &[u8]) -> u32 {
    let reflected: Vec<u8> = bytes.iter().map(|byte| byte.reverse_bits()).collect();
    crc32fast::hash(&reflected).reverse_bits()
}

fn licenses() -> Vec<License> {
    let all = Installation::all_presets();
    all.into_iter().map(|installation| installation.license).collect()
}

#[test]
fn dpid3_follows_its_table() {
    for license in licenses() {
        let blob = license.dpid3();
        assert_eq!(blob.len(), 164);
        assert_eq!((u32_at(&blob, 0), u32_at(&blob, 4)), (164, 3));
        assert_eq!(ascii_at(&blob, 8, 24), license.product_id);
        assert_eq!(u32_at(&blob, 32), license.group);
        assert_eq!(ascii_at(&blob, 36, 16), license.part_number);
        assert_eq!(u32_at(&blob, 80), license.channel.license_type());
        assert_eq!(u32_at(&blob, 160), !crc32fast::hash(&blob[..160]));
        if license.channel == Channel::Mak {
            assert_eq!(&blob[52..68], &[0; 16]);
        } else {
            assert_eq!(textbook(&blob[52..68]), license.typed_key.to_string());
        }
    }
}

#[test]
fn dpid4_follows_its_table() {
    for license in licenses().iter().filter(|license| license.windows.has_dpid4()) {
        let mut blob = license.dpid4();
        assert_eq!(blob.len(), 1272);
        assert_eq!((u32_at(&blob, 0), u32_at(&blob, 4)), (1272, 4));
        assert_eq!(wide_at(&blob, 136, 128), license.activation_id);
        assert_eq!(wide_at(&blob, 280, 520), license.edition_id);
        assert_eq!(wide_at(&blob, 888, 128), license.part_number);
        assert_eq!(wide_at(&blob, 1016, 128), license.channel.key_type());
        assert_eq!(wide_at(&blob, 1144, 128), license.channel.eula());
        assert_eq!(blob[808..824], license.dpid3()[52..68]);
        assert_eq!(blob[824..856], Sha256::digest(&blob[808..824])[..]);
        let stored = blob[856..888].to_vec();
        blob[856..888].fill(0);
        assert_eq!(stored, Sha256::digest(&blob)[..]);

        let pid = wide_at(&blob, 8, 128);
        let fields: Vec<_> = pid.split('-').collect();
        assert_eq!(fields[1].parse(), Ok(license.group));
        assert_eq!(format!("{}{}", fields[2], fields[3]).parse(), Ok(license.serial));
    }
}

#[test]
fn pkey2009_bits_agree_with_the_rest() {
    for license in licenses().iter().filter(|license| license.windows.is_pkey2009()) {
        let field = license.typed_key.encode();
        let bits = u128::from_le_bytes(*field.as_bytes());
        assert_eq!((bits & 0xF_FFFF) as u32, license.group);
        assert_eq!((bits >> 20) as u32 & 0x3FFF_FFFF, license.serial);
        let covered = bits & !(0x3FF << 103) & !(1 << 115);
        let checksum = crc32_bzip2(&covered.to_le_bytes()) & 0x3FF;
        assert_eq!((bits >> 103) as u32 & 0x3FF, checksum, "{:?}", license.channel);

        let security = (bits >> 50) as u64 & 0x1F_FFFF_FFFF_FFFF;
        let is_marked = security == 0x15_5555_5555_5555 && license.serial == INVENTED_SERIAL;
        assert_eq!(is_marked, license.origin == KeyOrigin::Invented);
        let digits: String = license.product_id.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(digits[..6].parse(), Ok(license.group));
        assert_eq!(digits[6..15].parse(), Ok(license.serial));
    }
}

#[test]
fn old_product_ids_add_up() {
    for license in licenses().iter().filter(|license| !license.windows.is_pkey2009()) {
        let parts: Vec<_> = license.product_id.split('-').collect();
        let sum: u32 = parts[2].chars().map(|digit| digit.to_digit(10).unwrap()).sum();
        assert_eq!(sum % 7, 0, "{}", license.product_id);
        assert_eq!(license.product_id.len(), 23);
    }
}

/// The table of presets against the project's facts, where they are at hand.
#[test]
fn presets_agree_with_the_facts() {
    let facts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/facts");
    let Ok(groups) = std::fs::read_to_string(facts.join("groups.tsv")) else {
        println!("skipped: shared/facts absent");
        return;
    };
    let rows: Vec<Vec<&str>> = groups.lines().map(|line| line.split('\t').collect()).collect();
    let published = std::fs::read_to_string(facts.join("published-keys.tsv")).unwrap();
    for license in licenses().iter().filter(|license| license.windows.has_dpid4()) {
        let row = rows.iter().find(|row| row[2] == license.activation_id).unwrap();
        assert_eq!(row[0].parse(), Ok(license.group));
        assert!(row[4].split(';').any(|edition| edition == license.edition_id));
        assert_eq!(row[5], license.channel.key_type());

        let key = license.typed_key.to_string();
        let line = published.lines().find(|line| line.split('\t').nth(1) == Some(&key));
        assert_eq!(line.is_some(), license.origin == KeyOrigin::Published);
        if let Some(part) = line.and_then(|line| line.split('\t').nth(9)).filter(|part| !part.is_empty()) {
            assert_eq!(part.trim_end_matches(":Virtual"), license.part_number);
        }
    }
}

fn values(hive: &BuiltHive, path: &str) -> Option<BTreeMap<String, Vec<u8>>> {
    let hive = Hive::new(hive.bytes()).unwrap();
    let root = hive.root_key_node().unwrap();
    let key: KeyNode<&[u8]> = if path.is_empty() { root } else { root.subpath(path)?.unwrap() };
    let mut found = BTreeMap::new();
    for value in key.values().into_iter().flat_map(Result::unwrap) {
        let value = value.unwrap();
        let name = value.name().unwrap().to_string_lossy();
        found.insert(name, value.data().unwrap().into_vec().unwrap());
    }
    Some(found)
}

fn text(data: &[u8]) -> String {
    wide_at(data, 0, data.len())
}

const CURRENT_VERSION: &str = r"Microsoft\Windows NT\CurrentVersion";

#[test]
fn every_preset_reads_back() {
    let all = Installation::all_presets();
    // Four servers in eight channels; Windows 7 in seven; 10 and 11 in seven each; XP in four.
    assert_eq!(all.len(), 4 * 8 + 7 + 7 + 7 + 4);
    for installation in all {
        let software = installation.software().build();
        let found = values(&software, CURRENT_VERSION).unwrap();
        assert_eq!(text(&found["ProductName"]), installation.product_name);
        assert_eq!(text(&found["ProductId"]), installation.license.product_id);
        assert_eq!(found["DigitalProductId"], installation.license.dpid3());
        assert_eq!(found.contains_key("DigitalProductId4"), installation.windows != Windows::Xp);
        assert_eq!(found.contains_key("EditionID"), installation.windows != Windows::Xp);

        let system = installation.system().build();
        let found = values(&system, r"ControlSet001\Control\ComputerName\ComputerName").unwrap();
        assert_eq!(text(&found["ComputerName"]), installation.computer_name);
        let found = values(&system, r"ControlSet001\Control\ProductOptions").unwrap();
        if installation.windows.is_pkey2009() {
            let policy = policies(&found["ProductPolicy"]);
            let state = text(&policy["Security-SPP-Action-StateData"]);
            assert!(state.contains(&format!(";PartialProductKey={};", installation.partial_key)));
            assert!(state.contains(&installation.license.activation_id));
        }
        Hive::new(installation.network_service().build().bytes()).unwrap();
    }
}

/// The entries of a ProductPolicy value, with every size field checked.
fn policies(value: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let u16_at = |offset: usize| usize::from(u16::from_le_bytes([value[offset], value[offset + 1]]));
    assert_eq!(u32_at(value, 0) as usize, value.len());
    assert_eq!([u32_at(value, 8), u32_at(value, 12), u32_at(value, 16)], [4, 0, 1]);
    let end = 20 + u32_at(value, 4) as usize;
    assert_eq!(value[end..], [0x45, 0, 0, 0]);
    let mut found = BTreeMap::new();
    let mut at = 20;
    while at < end {
        let (size, name, data) = (u16_at(at), u16_at(at + 2), u16_at(at + 6));
        assert!(size % 4 == 0 && size > 16 + name + data);
        let start = at + 16 + name;
        found.insert(wide_at(value, at + 16, name), value[start..start + data].to_vec());
        at += size;
    }
    assert_eq!(at, end);
    found
}

#[test]
fn options_show_in_the_hives() {
    let mut server = Installation::preset(Windows::Server2019, Channel::Retail).unwrap();
    let seven = License::preset(Windows::Seven, Channel::Retail).unwrap();
    server.wow64 = true;
    server.kms_host = Some((String::from("kms.example.test"), String::from("1688")));
    server.discovered_kms_host = server.kms_host.clone();
    server.default_key2 = License::preset(Windows::Server2019, Channel::Gvlk);
    server.control_set = 2;
    server.products = vec![
        Product::Office2010(seven.clone()),
        Product::Office2007(seven.clone()),
        Product::SqlServer2008(seven.clone()),
        Product::SqlServer2012(seven.clone()),
        Product::Exchange(seven.clone()),
        Product::VisualStudio(seven),
    ];
    let before = Installation::preset(Windows::Server2016, Channel::Retail).unwrap();
    server.source_os.push(SourceOs { updated: server.installed, before: Box::new(before.clone()) });

    let software = server.software().build();
    for path in [
        r"WOW6432Node\Microsoft\Windows NT\CurrentVersion",
        r"WOW6432Node\Microsoft\Internet Explorer\Registration",
        r"Microsoft\Windows NT\CurrentVersion\DefaultProductKey2",
    ] {
        assert_eq!(values(&software, path).unwrap()["DigitalProductId"].len(), 164, "{path}");
    }
    let office = values(&software, r"Microsoft\Office\14.0\Registration\{90140000-0011-0000-1000-7E57C17A0FFC}");
    assert_eq!(office.unwrap()["DigitalProductID"].len(), 1272);
    let sql = values(&software, r"Microsoft\Microsoft SQL Server\110\Tools\Setup").unwrap();
    assert_eq!(sql["DigitalProductID"].len(), 16);
    let platform = values(&software, r"Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform").unwrap();
    assert_eq!(text(&platform["KeyManagementServiceName"]), "kms.example.test");

    let system = server.system().build();
    assert!(values(&system, r"ControlSet002\Control\ProductOptions").is_some());
    let source = values(&system, r"Setup\Source OS (Updated on 6/15/2021 08:42:07)").unwrap();
    assert_eq!(source["DigitalProductId4"], before.license.dpid4());

    let profile = server.network_service().build();
    let path = format!(
        r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform\55c92734-d682-4d71-983e-d6ec3f16059f\{}",
        server.license.activation_id
    );
    assert!(values(&profile, &path).unwrap().contains_key("DiscoveredKeyManagementServiceName"));
}

#[test]
fn tree_has_the_folders_of_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Installation::preset(Windows::Server2019, Channel::Mak).unwrap();
    server.has_pkeyconfig = true;
    server.windows_old = Installation::preset(Windows::Server2016, Channel::Retail).map(Box::new);
    server.write_tree(folder.path()).unwrap();
    let size = |path: &str| std::fs::metadata(folder.path().join(path)).map(|file| file.len()).ok();
    assert!(size("Windows/System32/config/SOFTWARE") > Some(8192));
    assert!(size("Windows/System32/config/SYSTEM") > Some(4096));
    assert_eq!(size("Windows/System32/config/RegBack/SOFTWARE"), Some(0));
    assert!(size("Windows/ServiceProfiles/NetworkService/NTUSER.DAT") > Some(4096));
    assert!(size("Windows/System32/spp/tokens/pkeyconfig/pkeyconfig.xrm-ms") > Some(500));
    assert!(size("Windows.old/Windows/System32/config/RegBack/SOFTWARE") > Some(8192));

    let folder = tempfile::tempdir().unwrap();
    let xp = Installation::preset(Windows::Xp, Channel::XpVolume).unwrap();
    xp.write_tree(folder.path()).unwrap();
    assert!(folder.path().join("WINDOWS/repair/software").exists());
    assert!(folder.path().join("WINDOWS/system32/config/system").exists());
}
