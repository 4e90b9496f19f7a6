//! `hives/`: single hives, each with one trait.

use super::Fixture;
use crate::hive::{HiveBuilder, Remains, Value};
use crate::installation::Installation;
use crate::license::{Channel, License};
use crate::log::NewLog;
use crate::windows::Windows;

const CURRENT_VERSION: &str = r"Microsoft\Windows NT\CurrentVersion";

fn preset(windows: Windows, channel: Channel) -> Installation {
    Installation::preset(windows, channel).unwrap_or_else(|| panic!("no preset for {windows:?} in {channel:?}"))
}

fn license(windows: Windows, channel: Channel) -> License {
    preset(windows, channel).license
}

pub(super) fn fixtures() -> Vec<Fixture> {
    let mak = preset(Windows::Server2019, Channel::Mak);
    let text = "This is a text file that somebody named like a hive.\r\n".repeat(100);
    let truncated = preset(Windows::Server2019, Channel::Gvlk).software().build().into_bytes();
    let mut fixtures = vec![
        Fixture::new(
            "hives/erased-mak-SOFTWARE",
            mak.software().build().into_bytes(),
            "Server 2019 Standard with a MAK: the key bytes are zero, group 4298 and ProductId are left.",
        ),
        Fixture::new(
            "hives/erased-mak-SYSTEM",
            mak.system().build().into_bytes(),
            "The SYSTEM hive of the same machine: it keeps the last five characters of the erased key.",
        ),
        Fixture::new(
            "hives/oem-dm-SOFTWARE",
            preset(Windows::Ten, Channel::OemDm).software().build().into_bytes(),
            "Windows 10 Pro preinstalled, with an invented key of the firmware's channel (group 3305).",
        ),
        Fixture::new(
            "hives/retail-SOFTWARE",
            preset(Windows::Server2019, Channel::Retail).software().build().into_bytes(),
            "Server 2019 Standard with an invented key of its own (group 4290).",
        ),
        Fixture::new(
            "hives/damaged-blob-SOFTWARE",
            damaged_blob(),
            "The same with one changed byte in DigitalProductId: CRC and key checksum are wrong, version 4 is whole.",
        ),
        Fixture::new(
            "hives/deleted-key-SOFTWARE",
            deleted_key(),
            "A KMS client whose former retail key is left in free cells only.",
        ),
        Fixture::new("hives/windows9x.dat", creg(), "A registry of Windows 98 (CREG), which is no regf hive."),
        Fixture::new("hives/text.dat", text, "A text file."),
        Fixture::new("hives/empty.dat", [], "An empty file."),
        Fixture::new(
            "hives/truncated-SOFTWARE",
            &truncated[..truncated.len() / 2],
            "The first half of a SOFTWARE hive; its base block still counts the rest.",
        ),
    ];
    fixtures.extend(dirty_set());
    fixtures
}

/// A byte in the middle of the key field, so that neither the blob's CRC nor the key's checksum holds.
fn damaged_blob() -> Vec<u8> {
    let mut server = preset(Windows::Server2019, Channel::Retail);
    server.default_key = None;
    server.internet_explorer = None;
    let mut blob = server.license.dpid3();
    blob[52 + 7] ^= 0x10;
    let mut hive = server.software();
    hive.key(CURRENT_VERSION).set("DigitalProductId", Value::binary(blob));
    hive.build().into_bytes()
}

/// The retail key was replaced by the client key: Windows wrote the new blobs into new cells and freed the old ones.
fn deleted_key() -> Vec<u8> {
    let mut client = preset(Windows::Server2019, Channel::Gvlk);
    client.default_key = None;
    client.internet_explorer = None;
    let former = license(Windows::Server2019, Channel::Retail);
    let mut hive = client.software();
    hive.key(CURRENT_VERSION)
        .leave("ProductId", Value::sz(&former.product_id), Remains::Listed)
        .leave("DigitalProductId", Value::binary(former.dpid3()), Remains::Listed)
        .leave("DigitalProductId4", Value::binary(former.dpid4()), Remains::Orphan);
    hive.build().into_bytes()
}

/// A hive without product ids, and logs that bring first the published client key and then a key of its own.
fn dirty_set() -> [Fixture; 3] {
    let mut client = preset(Windows::Server2019, Channel::Gvlk);
    client.default_key = None;
    client.internet_explorer = None;
    client.backup_key = None;
    let mut bare = client.clone();
    bare.dpid = false;
    let mut own = client.clone();
    own.license = license(Windows::Server2019, Channel::Retail);

    let image = |installation: &Installation| {
        let mut hive: HiveBuilder = installation.software();
        hive.sequences(301, 300);
        hive.build().into_bytes()
    };
    let (bare, client, own) = (image(&bare), image(&client), image(&own));
    let mut first = NewLog::new(&bare, 300);
    first.entry(&bare, &client);
    let mut second = NewLog::new(&bare, first.next_sequence());
    second.entry(&client, &own);
    [
        Fixture::new("hives/dirty/SOFTWARE", bare, "A dirty hive (sequence 301/300) without any product id."),
        Fixture::new(
            "hives/dirty/SOFTWARE.LOG1",
            first.build(),
            "Its first log, one entry (300): after it the hive has the published client key.",
        ),
        Fixture::new(
            "hives/dirty/SOFTWARE.LOG2",
            second.build(),
            "Its second log, one entry (301): after it the hive has an invented retail key.",
        ),
    ]
}

/// The headers of a Windows 9x registry, without keys.
fn creg() -> Vec<u8> {
    let mut file = vec![0; 4096];
    file[..4].copy_from_slice(b"CREG");
    file[4..8].copy_from_slice(&0x0001_0000u32.to_le_bytes());
    file[8..12].copy_from_slice(&2048u32.to_le_bytes());
    file[16..18].copy_from_slice(&1u16.to_le_bytes());
    file[32..36].copy_from_slice(b"RGKN");
    file[36..40].copy_from_slice(&2016u32.to_le_bytes());
    file[40..44].copy_from_slice(&32u32.to_le_bytes());
    file[2048..2052].copy_from_slice(b"RGDB");
    file[2052..2056].copy_from_slice(&2048u32.to_le_bytes());
    file
}
