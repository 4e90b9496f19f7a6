//! A licence as an installation stores it: key, group, part number, ids, and the blobs made of them.

mod invented;
mod presets;

use hivekey_dpid::{AsciiField, Dpid3Fields, Dpid4Fields, HardwareId, KeyField, ProductKey, WideField};

pub use invented::{bink1998, pkey2005, pkey2009};
pub use presets::INVENTED_SERIAL;

use crate::time::Filetime;
use crate::windows::Windows;

/// How a licence was sold, as far as the stored facts tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// A boxed or downloaded licence with a key of its own.
    Retail,
    /// The key that installation media bring along; Windows runs with it under a digital licence.
    RetailDefault,
    /// Preinstalled by a manufacturer, one key for a whole series.
    OemSlp,
    /// Preinstalled by a manufacturer, the key is in the firmware.
    OemDm,
    /// System-builder licence.
    OemNonslp,
    /// The key of the sticker of a preinstalled machine (Windows 7).
    OemCoa,
    /// Multiple activation key; Windows erases it from the registry.
    Mak,
    /// Client of a KMS host, with the key that Microsoft publishes for that.
    Gvlk,
    /// Virtual machine activated by its Hyper-V host, with the key that Microsoft publishes for that.
    Avma,
    /// Evaluation.
    Eval,
    /// Volume licence of Windows XP.
    XpVolume,
}

impl Channel {
    /// All channels.
    pub const ALL: &[Channel] = &[
        Channel::Retail,
        Channel::RetailDefault,
        Channel::OemSlp,
        Channel::OemDm,
        Channel::OemNonslp,
        Channel::OemCoa,
        Channel::Mak,
        Channel::Gvlk,
        Channel::Avma,
        Channel::Eval,
        Channel::XpVolume,
    ];

    /// The channel as pkeyconfig and DigitalProductId4 write it.
    pub fn key_type(self) -> &'static str {
        match self {
            Channel::Retail | Channel::RetailDefault => "Retail",
            Channel::OemSlp => "OEM:SLP",
            Channel::OemDm => "OEM:DM",
            Channel::OemNonslp => "OEM:NONSLP",
            Channel::OemCoa => "OEM:COA",
            Channel::Mak => "Volume:MAK",
            Channel::Gvlk => "Volume:GVLK",
            Channel::Avma => "VT:IA",
            Channel::Eval => "Retail:TB:Eval",
            Channel::XpVolume => "Volume",
        }
    }

    /// The kind of contract as DigitalProductId4 writes it.
    pub fn eula(self) -> &'static str {
        match self {
            Channel::Retail | Channel::RetailDefault | Channel::Avma => "Retail",
            Channel::OemSlp | Channel::OemDm | Channel::OemNonslp | Channel::OemCoa => "OEM",
            Channel::Mak | Channel::Gvlk | Channel::XpVolume => "Volume",
            Channel::Eval => "EVAL",
        }
    }

    /// The number of DigitalProductId's licence type: 0 retail, 2 OEM, 3 volume. XP stored 0 for volume licences as
    /// well.
    pub fn license_type(self) -> u32 {
        match self.eula() {
            "OEM" => 2,
            "Volume" if self != Channel::XpVolume => 3,
            _ => 0,
        }
    }

    /// slmgr's word for the channel.
    pub fn ux_differentiator(self) -> &'static str {
        match self {
            Channel::Retail | Channel::RetailDefault => "RETAIL",
            Channel::OemSlp => "OEM_SLP",
            Channel::OemDm => "OEM_DM",
            Channel::OemNonslp | Channel::OemCoa => "OEM_COA_NSLP",
            Channel::Mak | Channel::XpVolume => "VOLUME_MAK",
            Channel::Gvlk => "VOLUME_KMSCLIENT",
            Channel::Avma => "VIRTUAL_MACHINE_ACTIVATION",
            Channel::Eval => "TIMEBASED_EVAL",
        }
    }
}

/// Where a licence's key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrigin {
    /// Microsoft publishes it for everybody.
    Published,
    /// Made up for these tests: it has the right shape and group, but a fixed pattern where the security value
    /// belongs, and can't activate anything.
    Invented,
}

/// A licence. All fields may be changed to make facts disagree.
#[derive(Clone, Debug)]
pub struct License {
    /// The Windows version that it is for.
    pub windows: Windows,
    /// How it was sold.
    pub channel: Channel,
    /// `EditionID` that the key is for.
    pub edition_id: String,
    /// Part number.
    pub part_number: String,
    /// Activation id (also called SKU id), without braces.
    pub activation_id: String,
    /// Group id; the BINK id on XP.
    pub group: u32,
    /// Serial number in the group.
    pub serial: u32,
    /// The key field of the blobs.
    pub key: KeyField,
    /// The key that was typed in. It outlives the erasure of the field as the partial product key.
    pub typed_key: ProductKey,
    /// Where the key comes from.
    pub origin: KeyOrigin,
    /// The `ProductId` value.
    pub product_id: String,
    /// Microsoft's product code: the first field of the extended product id.
    pub product_code: u32,
    /// When the key was installed.
    pub installed: Filetime,
    /// Whether it is an upgrade licence.
    pub upgrade: bool,
}

impl License {
    /// The licence of a Windows version in a channel, or none if Microsoft sold no such thing.
    ///
    /// The key is Microsoft's published one where there is one for the channel, otherwise an invented one. The key of
    /// a MAK is erased.
    pub fn preset(windows: Windows, channel: Channel) -> Option<License> {
        presets::license(windows, channel)
    }

    /// Erases the key, as Windows does with MAKs and `slmgr /cpky` does with any.
    pub fn erase(&mut self) -> &mut Self {
        self.key = KeyField::ERASED;
        self
    }

    /// The last five characters of the key, which the SYSTEM hive keeps even if the key was erased.
    pub fn partial_key(&self) -> String {
        let text = self.typed_key.to_string();
        text[text.len() - 5..].to_owned()
    }

    /// The fields of DigitalProductId.
    pub fn dpid3_fields(&self) -> Dpid3Fields {
        let mut fields = Dpid3Fields {
            product_id: ascii(&self.product_id),
            group_id: self.group,
            part_number: ascii(&self.part_number),
            key: self.key,
            time: self.installed.unix() as u32,
            random: 0x5EED_0000 | (self.group & 0xFFFF),
            license_type: self.channel.license_type(),
            ..Dpid3Fields::default()
        };
        if self.windows == Windows::Xp {
            fields.hardware_static = HardwareId {
                id: ascii("81026"),
                id_type: 0,
                bios_checksum: 5813,
                volume_serial: 0x1234_5678,
                total_ram: 504,
                video_bios_checksum: 7413,
            };
        }
        fields
    }

    /// DigitalProductId, 164 bytes.
    pub fn dpid3(&self) -> Vec<u8> {
        self.dpid3_fields().encode().to_vec()
    }

    /// The fields of DigitalProductId4.
    pub fn dpid4_fields(&self) -> Dpid4Fields {
        Dpid4Fields {
            advanced_pid: wide(&self.extended_pid()),
            activation_id: wide(&self.activation_id),
            edition_type: wide(&self.edition_id),
            upgrade: u8::from(self.upgrade),
            key: self.key,
            part_number: wide(&self.part_number),
            key_type: wide(self.channel.key_type()),
            eula: wide(self.channel.eula()),
            ..Dpid4Fields::default()
        }
    }

    /// DigitalProductId4, 1272 bytes.
    pub fn dpid4(&self) -> Vec<u8> {
        self.dpid4_fields().encode().to_vec()
    }

    /// The extended product id: product code, group, serial number, licence type, language, build, and the day on
    /// which the key was installed.
    pub fn extended_pid(&self) -> String {
        let (year, _, _) = self.installed.date();
        format!(
            "{:05}-{:05}-{:03}-{:06}-{:02}-1033-{}.0000-{:03}{year}",
            self.product_code,
            self.group % 100_000,
            self.serial / 1_000_000,
            self.serial % 1_000_000,
            self.channel.license_type(),
            self.windows.facts().build,
            self.installed.day_of_year(),
        )
    }
}

fn ascii<const N: usize>(text: &str) -> AsciiField<N> {
    AsciiField::new(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn wide<const N: usize>(text: &str) -> WideField<N> {
    WideField::new(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}
