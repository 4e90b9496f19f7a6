//! What a Windows version writes about itself.

/// A Windows version that an installation can be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Windows {
    /// Windows XP Professional with Service Pack 3.
    Xp,
    /// Windows 7 Professional with Service Pack 1.
    Seven,
    /// Windows 10 Pro 22H2.
    Ten,
    /// Windows 11 Pro 23H2; its ProductName still says "Windows 10".
    Eleven,
    /// Windows Server 2016 Standard.
    Server2016,
    /// Windows Server 2019 Standard.
    Server2019,
    /// Windows Server 2022 Standard.
    Server2022,
    /// Windows Server 2025 Standard.
    Server2025,
}

/// The values of `CurrentVersion` that come with the version, and what else depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// `ProductName` of the edition that is not an evaluation.
    pub product_name: &'static str,
    /// `EditionID` of that edition; XP has none.
    pub edition_id: Option<&'static str>,
    /// `InstallationType`; XP has none.
    pub installation_type: Option<&'static str>,
    /// `CurrentVersion`.
    pub version: &'static str,
    /// Build number.
    pub build: u32,
    /// `UBR`, from Windows 10 on.
    pub revision: Option<u32>,
    /// `ReleaseId`, from Windows 10 on.
    pub release_id: Option<&'static str>,
    /// `DisplayVersion`, from 20H2 on.
    pub display_version: Option<&'static str>,
    /// `CSDVersion`.
    pub service_pack: Option<&'static str>,
    /// `BuildLab`.
    pub build_lab: &'static str,
    /// `BuildLabEx`; XP has none.
    pub build_lab_ex: Option<&'static str>,
    /// What part numbers of this version begin with.
    pub part_prefix: &'static str,
    /// The SKU number of `Kernel-ProductInfo`.
    pub sku: u32,
}

impl Windows {
    /// All versions.
    pub const ALL: &[Windows] = &[
        Windows::Xp,
        Windows::Seven,
        Windows::Ten,
        Windows::Eleven,
        Windows::Server2016,
        Windows::Server2019,
        Windows::Server2022,
        Windows::Server2025,
    ];

    /// The version's facts.
    pub fn facts(self) -> &'static Facts {
        match self {
            Windows::Xp => &XP,
            Windows::Seven => &SEVEN,
            Windows::Ten => &TEN,
            Windows::Eleven => &ELEVEN,
            Windows::Server2016 => &SERVER_2016,
            Windows::Server2019 => &SERVER_2019,
            Windows::Server2022 => &SERVER_2022,
            Windows::Server2025 => &SERVER_2025,
        }
    }

    /// Whether it is a server.
    pub fn is_server(self) -> bool {
        self.facts().installation_type == Some("Server")
    }

    /// Whether it has DigitalProductId4, policies with an action state, and the like (Vista and later).
    pub fn has_dpid4(self) -> bool {
        self != Windows::Xp
    }

    /// Whether its keys are PKEY2009 (Windows 8 and later).
    pub fn is_pkey2009(self) -> bool {
        !matches!(self, Windows::Xp | Windows::Seven)
    }

    /// Whether `InstallTime`, `UBR` and the like exist (Windows 10 and later).
    pub fn is_ten_or_later(self) -> bool {
        self.is_pkey2009()
    }

    /// The name of the system root.
    pub fn folder(self) -> &'static str {
        match self {
            Windows::Xp => "WINDOWS",
            _ => "Windows",
        }
    }
}

const XP: Facts = Facts {
    product_name: "Microsoft Windows XP",
    edition_id: None,
    installation_type: None,
    version: "5.1",
    build: 2600,
    revision: None,
    release_id: None,
    display_version: None,
    service_pack: Some("Service Pack 3"),
    build_lab: "2600.xpsp.080413-2111",
    build_lab_ex: None,
    part_prefix: "",
    sku: 48,
};

const SEVEN: Facts = Facts {
    product_name: "Windows 7 Professional",
    edition_id: Some("Professional"),
    installation_type: Some("Client"),
    version: "6.1",
    build: 7601,
    revision: None,
    release_id: None,
    display_version: None,
    service_pack: Some("Service Pack 1"),
    build_lab: "7601.win7sp1_rtm.101119-1850",
    build_lab_ex: Some("7601.17514.amd64fre.win7sp1_rtm.101119-1850"),
    part_prefix: "",
    sku: 48,
};

const TEN: Facts = Facts {
    product_name: "Windows 10 Pro",
    edition_id: Some("Professional"),
    installation_type: Some("Client"),
    version: "6.3",
    build: 19045,
    revision: Some(4046),
    release_id: Some("2009"),
    display_version: Some("22H2"),
    service_pack: None,
    build_lab: "19041.vb_release.191206-1406",
    build_lab_ex: Some("19041.1.amd64fre.vb_release.191206-1406"),
    part_prefix: "[TH]",
    sku: 48,
};

const ELEVEN: Facts = Facts {
    build: 22631,
    revision: Some(3296),
    display_version: Some("23H2"),
    build_lab: "22621.ni_release.220506-1250",
    build_lab_ex: Some("22621.1.amd64fre.ni_release.220506-1250"),
    ..TEN
};

const SERVER_2016: Facts = Facts {
    product_name: "Windows Server 2016 Standard",
    edition_id: Some("ServerStandard"),
    installation_type: Some("Server"),
    version: "6.3",
    build: 14393,
    revision: Some(6452),
    release_id: Some("1607"),
    display_version: None,
    service_pack: None,
    build_lab: "14393.rs1_release.231020-1629",
    build_lab_ex: Some("14393.6452.amd64fre.rs1_release.231020-1629"),
    part_prefix: "[RS1]",
    sku: 7,
};

const SERVER_2019: Facts = Facts {
    product_name: "Windows Server 2019 Standard",
    build: 17763,
    revision: Some(5576),
    release_id: Some("1809"),
    build_lab: "17763.rs5_release.180914-1434",
    build_lab_ex: Some("17763.1.amd64fre.rs5_release.180914-1434"),
    part_prefix: "[RS5]",
    ..SERVER_2016
};

const SERVER_2022: Facts = Facts {
    product_name: "Windows Server 2022 Standard",
    build: 20348,
    revision: Some(2340),
    release_id: Some("2009"),
    display_version: Some("21H2"),
    build_lab: "20348.fe_release.210507-1500",
    build_lab_ex: Some("20348.1.amd64fre.fe_release.210507-1500"),
    part_prefix: "[Fe]",
    ..SERVER_2016
};

const SERVER_2025: Facts = Facts {
    product_name: "Windows Server 2025 Standard",
    build: 26100,
    revision: Some(1742),
    release_id: Some("2009"),
    display_version: Some("24H2"),
    build_lab: "26100.ge_release.240331-1435",
    build_lab_ex: Some("26100.1.amd64fre.ge_release.240331-1435"),
    part_prefix: "[Ge]",
    ..SERVER_2016
};
