//! `server2019-backup/`: the backup that the README's first command reports on.

use super::Fixture;
use crate::installation::Installation;
use crate::license::Channel;
use crate::windows::Windows;

/// A Server 2019 Standard that is a client of a KMS host: the key in its registry is the one that Microsoft publishes
/// for all such clients.
pub(super) fn installation() -> Installation {
    let mut server = Installation::preset(Windows::Server2019, Channel::Gvlk)
        .unwrap_or_else(|| panic!("Server 2019 has a KMS client key"));
    server.owner = String::from("IT Department");
    server.organization = String::from("Example Ltd");
    server.computer_name = String::from("SRV-FILE01");
    server.discovered_kms_host = Some((String::from("kms.example.test"), String::from("1688")));
    server
}

pub(super) fn fixtures() -> Vec<Fixture> {
    let files = installation().tree();
    files
        .into_iter()
        .map(|(path, bytes)| {
            let name = path.rsplit('/').next().unwrap_or_default();
            let purpose = match name {
                _ if bytes.is_empty() => "Empty, as the automatic backups are since Windows 10 1803.",
                "SOFTWARE" => "A KMS client with the published key of Server 2019 Standard, ProductId of group 4297.",
                "SYSTEM" => "Computer name, time zone, and the licence state with the same last five characters.",
                "NTUSER.DAT" => "NetworkService's hive: the KMS host that was found by DNS.",
                _ => "A hive that says nothing about licences and must not disturb.",
            };
            Fixture::new(format!("server2019-backup/{path}"), bytes, purpose)
        })
        .collect()
}
