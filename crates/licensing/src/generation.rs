//! Generations of Windows: by build number, and by the name that pkeyconfig gives them.
//!
//! The names differ in three traps. Server 2022 is "Windows Server 2021" in pkeyconfig. Its Datacenter: Azure Edition
//! (`ServerTurbine`) is filed there under 2019, though no such edition of Server 2019 was sold. And a client's ProductName still says
//! "Windows 10" on Windows 11, so only the build number (22000 and above) tells.

use core::fmt;

/// A generation of Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Generation {
    /// Windows 2000, build 2195; client and server have the same name.
    Windows2000,
    /// Windows XP, build 2600, and its 64-bit edition, build 3790.
    WindowsXp,
    /// Windows Vista, builds 6000 to 6003.
    WindowsVista,
    /// Windows 7, builds 7600 and 7601.
    Windows7,
    /// Windows 8, build 9200.
    Windows8,
    /// Windows 8.1, build 9600.
    Windows81,
    /// Windows 10, builds 10240 to 19045.
    Windows10,
    /// Windows 11, builds from 22000 on.
    Windows11,
    /// Windows Server 2003 and 2003 R2, build 3790.
    Server2003,
    /// Windows Server 2008, builds 6001 to 6003.
    Server2008,
    /// Windows Server 2008 R2, builds 7600 and 7601.
    Server2008R2,
    /// Windows Server 2012, build 9200.
    Server2012,
    /// Windows Server 2012 R2, build 9600.
    Server2012R2,
    /// Windows Server 2016, build 14393.
    Server2016,
    /// Windows Server 2019, build 17763.
    Server2019,
    /// Windows Server 2022, build 20348.
    Server2022,
    /// Windows Server 2025, builds from 26100 on.
    Server2025,
    /// The half-yearly releases of Windows Server between these (semi-annual and annual channel), 1709 to 23H2.
    ServerChannel,
}

/// Releases of Windows Server in the semi-annual and annual channel: build, version. 1809 (17763) shares its build with Server 2019.
const CHANNEL_RELEASES: [(u32, &str); 7] = [
    (16299, "1709"),
    (17134, "1803"),
    (18362, "1903"),
    (18363, "1909"),
    (19041, "2004"),
    (19042, "20H2"),
    (25398, "23H2"),
];

/// What a text contains, and the generation that it then names; the first that fits counts.
const NAMES: [(&str, Generation); 29] = [
    ("Server 2025", Generation::Server2025),
    ("Server 2022", Generation::Server2022),
    ("Server 2021", Generation::Server2022),
    ("Server 2019", Generation::Server2019),
    ("Server Essentials 2019", Generation::Server2019),
    ("Server 2016", Generation::Server2016),
    ("Server Essentials 2016", Generation::Server2016),
    ("CloudStorage 2016", Generation::Server2016),
    ("Server 2012 R2", Generation::Server2012R2),
    ("Server Essentials 2012 R2", Generation::Server2012R2),
    ("Server 12 R2", Generation::Server2012R2),
    ("CloudStorage 12 R2", Generation::Server2012R2),
    ("Server 2012", Generation::Server2012),
    ("Server Essentials 2012", Generation::Server2012),
    ("Server 2008 R2", Generation::Server2008R2),
    // Small Business Server 2011 is built on Server 2008 R2.
    ("Server 2011", Generation::Server2008R2),
    ("Server 2008", Generation::Server2008),
    ("Longhorn", Generation::Server2008),
    ("Win 2024", Generation::Windows11),
    ("Win 11", Generation::Windows11),
    ("Win11", Generation::Windows11),
    ("Windows 11", Generation::Windows11),
    ("Win 2021", Generation::Windows10),
    ("Win 10", Generation::Windows10),
    ("Windows 10", Generation::Windows10),
    ("8.1", Generation::Windows81),
    ("Windows 7", Generation::Windows7),
    ("Vista", Generation::WindowsVista),
    (" 8 ", Generation::Windows8),
];

impl Generation {
    /// The generation of a build. `is_server`: `InstallationType` begins with "Server", or ProductType is not `WinNT`.
    ///
    /// Builds of previews count as the release that they led to. `None` before Windows 2000.
    #[must_use]
    pub fn of_build(build: u32, is_server: bool) -> Option<Self> {
        if is_server {
            return Self::of_server_build(build);
        }
        Some(match build {
            ..2195 => return None,
            2195 => Self::Windows2000,
            2196..=3790 => Self::WindowsXp,
            3791..=6099 => Self::WindowsVista,
            6100..=7999 => Self::Windows7,
            8000..=9200 => Self::Windows8,
            9201..=9800 => Self::Windows81,
            9801..=21_999 => Self::Windows10,
            22_000.. => Self::Windows11,
        })
    }

    fn of_server_build(build: u32) -> Option<Self> {
        if channel_release(build).is_some() {
            return Some(Self::ServerChannel);
        }
        Some(match build {
            ..2195 => return None,
            2195 => Self::Windows2000,
            2196..=3790 => Self::Server2003,
            3791..=6099 => Self::Server2008,
            6100..=7999 => Self::Server2008R2,
            8000..=9200 => Self::Server2012,
            9201..=9800 => Self::Server2012R2,
            9801..=14_393 => Self::Server2016,
            14_394..=17_763 => Self::Server2019,
            17_764..=20_348 => Self::Server2022,
            20_349.. => Self::Server2025,
        })
    }

    /// The generation that a text names: a pkeyconfig description such as `Windows Server 2019 RTM ServerStandard Volume:GVLK`, or
    /// the product of a published key. `None` for previews ("Next") and for products that do not say it.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        NAMES.iter().find(|(name, _)| text.contains(name)).map(|(_, generation)| *generation)
    }

    /// The generation of a configuration, by its description and EditionId: [`Generation::of_text`], the Azure Edition put right.
    #[must_use]
    pub fn of_configuration(description: &str, edition_id: &str) -> Option<Self> {
        match Self::of_text(description) {
            Some(Self::Server2019) if edition_id.contains("ServerTurbine") => Some(Self::Server2022),
            other => other,
        }
    }

    /// The generation whose keys a Windows of this build takes.
    ///
    /// The half-yearly servers take those of the release before them: 1709 and 1803 Server 2016's, 1809 to 20H2 Server
    /// 2019's, as their pkeyconfig files show. `None` for 23H2, which is in no file seen.
    #[must_use]
    pub fn of_keys_for(build: u32, is_server: bool) -> Option<Self> {
        match (Self::of_build(build, is_server)?, build) {
            (Self::ServerChannel, ..=17_134) => Some(Self::Server2016),
            (Self::ServerChannel, ..=19_042) => Some(Self::Server2019),
            (Self::ServerChannel, _) => None,
            (generation, _) => Some(generation),
        }
    }

    /// Whether this is a server; Windows 2000, which is both, counts as a client.
    #[must_use]
    pub fn is_server(self) -> bool {
        matches!(
            self,
            Self::Server2003
                | Self::Server2008
                | Self::Server2008R2
                | Self::Server2012
                | Self::Server2012R2
                | Self::Server2016
                | Self::Server2019
                | Self::Server2022
                | Self::Server2025
                | Self::ServerChannel
        )
    }

    /// The name that it is sold under, such as `Windows Server 2019`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Windows2000 => "Windows 2000",
            Self::WindowsXp => "Windows XP",
            Self::WindowsVista => "Windows Vista",
            Self::Windows7 => "Windows 7",
            Self::Windows8 => "Windows 8",
            Self::Windows81 => "Windows 8.1",
            Self::Windows10 => "Windows 10",
            Self::Windows11 => "Windows 11",
            Self::Server2003 => "Windows Server 2003",
            Self::Server2008 => "Windows Server 2008",
            Self::Server2008R2 => "Windows Server 2008 R2",
            Self::Server2012 => "Windows Server 2012",
            Self::Server2012R2 => "Windows Server 2012 R2",
            Self::Server2016 => "Windows Server 2016",
            Self::Server2019 => "Windows Server 2019",
            Self::Server2022 => "Windows Server 2022",
            Self::Server2025 => "Windows Server 2025",
            Self::ServerChannel => "Windows Server",
        }
    }

    /// What tells the server's name from those of its siblings: `2019`, `2012 R2`; empty for clients and channel releases.
    #[must_use]
    pub fn year(self) -> &'static str {
        self.name().strip_prefix("Windows Server ").unwrap_or_default()
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The version of a half-yearly server release, such as `1909`.
#[must_use]
pub fn channel_release(build: u32) -> Option<&'static str> {
    CHANNEL_RELEASES.iter().find(|(known, _)| *known == build).map(|(_, version)| *version)
}

/// Whether a key of generation `key` belongs to a Windows of this build; `None` if the build's keys are not known.
///
/// Windows 10 and 11 share their keys. A server key of another generation is the one to look out for: a 2019 key does not
/// activate Server 2022.
#[must_use]
pub fn generations_agree(build: u32, is_server: bool, key: Generation) -> Option<bool> {
    let installed = Generation::of_keys_for(build, is_server)?;
    let is_ten_or_eleven = |g| matches!(g, Generation::Windows10 | Generation::Windows11);
    Some(installed == key || (is_ten_or_eleven(installed) && is_ten_or_eleven(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::{Algorithm, all_groups};

    #[test]
    fn builds() {
        for (build, client, server) in [
            (2195, "Windows 2000", "Windows 2000"),
            (2600, "Windows XP", "Windows Server 2003"),
            (3790, "Windows XP", "Windows Server 2003"),
            (6002, "Windows Vista", "Windows Server 2008"),
            (6003, "Windows Vista", "Windows Server 2008"),
            (7601, "Windows 7", "Windows Server 2008 R2"),
            (9200, "Windows 8", "Windows Server 2012"),
            (9600, "Windows 8.1", "Windows Server 2012 R2"),
            (10_240, "Windows 10", "Windows Server 2016"),
            (14_393, "Windows 10", "Windows Server 2016"),
            (16_299, "Windows 10", "Windows Server"),
            (17_763, "Windows 10", "Windows Server 2019"),
            (18_363, "Windows 10", "Windows Server"),
            (19_045, "Windows 10", "Windows Server 2022"),
            (20_348, "Windows 10", "Windows Server 2022"),
            (22_000, "Windows 11", "Windows Server 2025"),
            (25_398, "Windows 11", "Windows Server"),
            (26_100, "Windows 11", "Windows Server 2025"),
            (u32::MAX, "Windows 11", "Windows Server 2025"),
        ] {
            assert_eq!(Generation::of_build(build, false).unwrap().name(), client, "{build}");
            assert_eq!(Generation::of_build(build, true).unwrap().to_string(), server, "{build}");
        }
        assert_eq!(Generation::of_build(2194, false), None);
        assert_eq!(Generation::of_build(0, true), None);
    }

    #[test]
    fn descriptions() {
        for (text, generation) in [
            ("Windows Server 2019 RTM ServerStandard Volume:GVLK", Some(Generation::Server2019)),
            ("Windows Server 2021 RTM ServerDatacenter OEM:SLP", Some(Generation::Server2022)),
            ("Windows Server Essentials 2012 R2 RTM ServerSolution Retail", Some(Generation::Server2012R2)),
            ("Windows Server 12 R2 RTM ServerStandard Retail", Some(Generation::Server2012R2)),
            ("Storage Server 2012 RTM ServerStorageWorkgroup Retail", Some(Generation::Server2012)),
            ("Server 2008 R2 Standard Volume:GVLK", Some(Generation::Server2008R2)),
            ("Windows Web Server 2008 Retail", Some(Generation::Server2008)),
            ("Win 10 RTM Professional OEM:DM", Some(Generation::Windows10)),
            ("Win 2024 RTM EnterpriseSNEval Retail:TB:Eval", Some(Generation::Windows11)),
            ("Win 8.1 RTM Core Retail", Some(Generation::Windows81)),
            ("Win 8 RTM Core Retail", Some(Generation::Windows8)),
            ("Windows 7 SP1 Ultimate Retail", Some(Generation::Windows7)),
            ("Windows Vista SP2 Home Business Retail", Some(Generation::WindowsVista)),
            ("Windows Server Next RTM ServerStandardNano Retail", None),
            ("", None),
        ] {
            assert_eq!(Generation::of_text(text), generation, "{text}");
        }
        let azure = Generation::of_configuration("Windows Server 2019 RTM ServerTurbine Retail", "ServerTurbine");
        assert_eq!(azure, Some(Generation::Server2022));
    }

    #[test]
    fn every_released_windows_8_or_later_configuration_has_a_generation() {
        let unreleased = ["Next", "Pre-Release", "Pre-Beta"];
        for row in all_groups().filter(|row| row.algorithm == Algorithm::Pkey2009) {
            let named = Generation::of_text(row.description).is_some();
            assert!(named || unreleased.iter().any(|word| row.description.contains(word)), "{row:?}");
        }
    }

    #[test]
    fn keys_and_builds() {
        for (build, is_server, key, agree) in [
            (17_763, true, Generation::Server2019, Some(true)),
            (20_348, true, Generation::Server2019, Some(false)),
            (20_348, true, Generation::Server2022, Some(true)),
            (26_100, true, Generation::Server2022, Some(false)),
            (17_134, true, Generation::Server2016, Some(true)),
            (19_042, true, Generation::Server2019, Some(true)),
            (25_398, true, Generation::Server2022, None),
            (22_631, false, Generation::Windows10, Some(true)),
            (19_045, false, Generation::Windows11, Some(true)),
            (19_045, false, Generation::Windows7, Some(false)),
            (7601, false, Generation::Windows7, Some(true)),
            (17_763, false, Generation::Server2019, Some(false)),
            (1, false, Generation::Windows7, None),
        ] {
            assert_eq!(generations_agree(build, is_server, key), agree, "{build} {key}");
        }
    }
}
