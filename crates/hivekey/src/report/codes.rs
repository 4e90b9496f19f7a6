//! The stable codes of findings and next steps: one table each. Their texts are in `texts/`.

use core::fmt;

use serde::{Serialize, Serializer};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Something could not be read or is proven wrong.
    Error,
    /// Something that changes how far the answer can be trusted or used.
    Warning,
    /// Worth knowing.
    Info,
}

impl Level {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal;)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as users see it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// The code with this text.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

macro_rules! levels {
    ($($level:ident: $($variant:ident),+;)*) => {
        impl FindingCode {
            /// How much this finding matters.
            #[must_use]
            pub const fn level(self) -> Level {
                match self {
                    $($(Self::$variant)|+ => Level::$level,)*
                }
            }
        }
    };
}

codes! {
    /// What a finding is about.
    FindingCode {
        /// The current key is one that Microsoft publishes for everybody.
        GenericKey = "generic-key";
        /// The key bytes are zero.
        ErasedKey = "erased-key";
        /// No product key is stored at all.
        NoProductKey = "no-product-key";
        /// The value that should hold the current key is missing, although the installation is there.
        KeyNotStored = "key-not-stored";
        /// An integrity check of a blob fails.
        IntegrityBad = "integrity-bad";
        /// A blob has the wrong length or size field.
        MalformedBlob = "malformed-blob";
        /// DigitalProductId and DigitalProductId4 hold different keys.
        BlobsDisagree = "blobs-disagree";
        /// ProductId names another group than the key.
        ProductIdMismatch = "product-id-mismatch";
        /// The blob's key index names another group than the key itself.
        KeyIndexMismatch = "key-index-mismatch";
        /// The policy's partial product key is not the end of the stored key.
        PartialKeyMismatch = "partial-key-mismatch";
        /// The witnesses name different channels.
        ChannelMismatch = "channel-mismatch";
        /// The key is for another edition than the one installed.
        EditionMismatch = "edition-mismatch";
        /// The key is for another version of Windows than the one installed.
        GenerationMismatch = "generation-mismatch";
        /// A small serial number, as public keys have it, but the key is not on the list.
        PlaceholderSuspected = "placeholder-suspected";
        /// A key found only where the default key of the media stands.
        DefaultKey = "default-key";
        /// The key in SoftwareProtectionPlatform differs from the current one.
        BackupKeyDiffers = "backup-key-differs";
        /// Another place holds another Windows key.
        OtherKey = "other-key";
        /// A key of an earlier installation.
        PreviousKey = "previous-key";
        /// A volume shadow copy holds another key for this installation.
        SnapshotKeyDiffers = "snapshot-key-differs";
        /// A deleted hive whose clusters belong to other files by now, at least in part.
        DeletedFileOverwritten = "deleted-file-overwritten";
        /// A product id that Windows XP's activation kept.
        WpaKey = "wpa-key";
        /// Only the last five characters of an Office key are stored.
        OfficeKeyNotStored = "office-key-not-stored";
        /// A key of another product than Windows.
        OtherProduct = "other-product";
        /// ProductName says Windows 10 on a Windows 11 build.
        ProductNameOutdated = "product-name-outdated";
        /// An evaluation edition.
        Evaluation = "evaluation";
        /// The evaluation period had ended.
        EvaluationExpired = "evaluation-expired";
        /// The license state was not "licensed".
        NotLicensed = "not-licensed";
        /// When Windows last tried to activate.
        LastActivation = "last-activation";
        /// What SYSTEM says of the machine.
        MachineFacts = "machine-facts";
        /// This machine is a KMS host.
        KmsHost = "kms-host";
        /// Edition and channel were looked up in the evidence's own pkeyconfig.
        PkeyconfigUsed = "pkeyconfig-used";
        /// Edition and channel come from the built-in table.
        BuiltInTable = "built-in-table";
        /// The group is in no table.
        GroupUnknown = "group-unknown";
        /// pkeyconfig could not be read.
        PkeyconfigBad = "pkeyconfig-bad";
        /// The protected license store is there and is not opened.
        SppStorePresent = "spp-store-present";
        /// An answer file is there, which may hold a key in plain text.
        UnattendPresent = "unattend-present";
        /// The hive is dirty and was read without its logs.
        DirtyHive = "dirty-hive";
        /// The hive was recovered from its logs.
        ReplayedHive = "replayed-hive";
        /// A log was not applied.
        LogRefused = "log-refused";
        /// A key stands only in the transaction logs.
        LogOnlyKey = "log-only-key";
        /// A key that stood in the hive before its logs were replayed.
        SupersededKey = "superseded-key";
        /// A key recovered from deleted cells.
        DeletedKey = "deleted-key";
        /// A customer's key in deleted cells, next to a live public one.
        CustomerKeyDeleted = "customer-key-deleted";
        /// Parts of the hive could not be read.
        DamagedHive = "damaged-hive";
        /// The hive could not be read at all.
        HiveUnreadable = "hive-unreadable";
        /// A hive that holds no product key by its kind.
        OtherHive = "other-hive";
        /// The hive file is empty.
        EmptyHive = "empty-hive";
        /// There is no SYSTEM hive beside SOFTWARE.
        SystemHiveMissing = "system-hive-missing";
        /// There is no SOFTWARE hive beside SYSTEM.
        SoftwareHiveMissing = "software-hive-missing";
        /// The independent reader found something else.
        VerifyDisagrees = "verify-disagrees";
        /// The independent reader could not read the hive.
        VerifyFailed = "verify-failed";
        /// A folder or file could not be read.
        UnreadablePath = "unreadable-path";
        /// A symbolic link leads out of the evidence and was not followed.
        LinkOutside = "link-outside";
        /// A link to another drive letter was followed on the same volume.
        LinkOtherDrive = "link-other-drive";
        /// Two names that differ by case only.
        NamesDifferByCase = "names-differ-by-case";
        /// A limit was reached; something was left unread.
        LimitReached = "limit-reached";
        /// A folder beside Windows was not searched to its depths.
        NotSearched = "not-searched";
        /// A volume that BitLocker encrypts, and that stayed locked.
        BitlockerVolume = "bitlocker-volume";
        /// A volume that BitLocker encrypts, and that was unlocked and read.
        BitlockerUnlocked = "bitlocker-unlocked";
        /// A disk image keeps further states of its disk.
        InternalSnapshots = "internal-snapshots";
        /// The hashes that a disk image stores are those of its disk.
        ImageHashHolds = "image-hash-holds";
        /// A hash that a disk image stores is not that of its disk.
        ImageHashDiffers = "image-hash-differs";
        /// The hash of a disk could not be checked.
        ImageHashUnchecked = "image-hash-unchecked";
        /// A volume with another file system than NTFS.
        OtherVolume = "other-volume";
        /// A disk image, partition table or volume is damaged.
        DamagedImage = "damaged-image";
        /// Something could not be interpreted.
        Uninterpreted = "uninterpreted";
    }
}

levels! {
    Error: IntegrityBad, HiveUnreadable, VerifyDisagrees, ImageHashDiffers;
    Warning: GenericKey, DeletedFileOverwritten, SnapshotKeyDiffers, ErasedKey, NoProductKey, KeyNotStored, MalformedBlob, BlobsDisagree, ProductIdMismatch, KeyIndexMismatch,
        PartialKeyMismatch, ChannelMismatch, EditionMismatch, GenerationMismatch, PlaceholderSuspected, Evaluation, EvaluationExpired,
        NotLicensed, DirtyHive, LogOnlyKey, DeletedKey, CustomerKeyDeleted, DamagedHive, VerifyFailed, BitlockerVolume, ImageHashUnchecked, DamagedImage, UnreadablePath, LinkOutside, LimitReached;
    Info: DefaultKey, SupersededKey, BackupKeyDiffers, OtherKey, PreviousKey, WpaKey, OfficeKeyNotStored, OtherProduct, ProductNameOutdated, LastActivation, MachineFacts, KmsHost,
        PkeyconfigUsed, BuiltInTable, GroupUnknown, PkeyconfigBad, SppStorePresent, UnattendPresent, ReplayedHive, LogRefused, OtherHive, EmptyHive,
        SystemHiveMissing, SoftwareHiveMissing, NamesDifferByCase, NotSearched, OtherVolume, LinkOtherDrive, BitlockerUnlocked, InternalSnapshots, ImageHashHolds, Uninterpreted;
}

codes! {
    /// What to do next.
    StepCode {
        /// Keep the recovered key.
        RecordKey = "record-key";
        /// Enter the key and activate.
        EnterKey = "enter-key";
        /// Reach the KMS host or Active Directory-based activation.
        ReachKmsHost = "reach-kms-host";
        /// Enter the generic key of this edition.
        EnterGvlk = "enter-gvlk";
        /// Find the volume key in the portal.
        VolumePortal = "volume-portal";
        /// Look at the sticker on the machine.
        CoaSticker = "coa-sticker";
        /// Read the firmware key on that machine.
        FirmwareKey = "firmware-key";
        /// Ask the vendor.
        AskVendor = "ask-vendor";
        /// Look for the purchase record.
        PurchaseRecord = "purchase-record";
        /// The digital license of the hardware.
        DigitalLicense = "digital-license";
        /// The virtual machine is activated by its host.
        AvmaHost = "avma-host";
        /// Replace the evaluation by a licensed edition.
        ConvertEvaluation = "convert-evaluation";
        /// Change the edition.
        ChangeEdition = "change-edition";
        /// Activate by telephone.
        PhoneActivation = "phone-activation";
        /// Note what the audit needs.
        RecordAudit = "record-audit";
        /// Look at older copies.
        LookElsewhere = "look-elsewhere";
        /// Provide the missing logs.
        ProvideLogs = "provide-logs";
        /// Verify the damaged key against other evidence.
        CheckDamaged = "check-damaged";
    }
}
