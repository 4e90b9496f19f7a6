//! The structures of all formats, by name.

macro_rules! structures {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The on-disk structure that an error or an anomaly is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Structure {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Structure {
            /// What it is called in messages.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

structures! {
    /// A unit of compression.
    CompressedUnit = "compressed unit",
    /// Bytes of a raw image or of a flat extent.
    RawData = "raw data",
    /// The first or last 512 bytes of a VHD.
    VhdFooter = "VHD footer",
    /// The header of a dynamic or differencing VHD.
    VhdDynamicHeader = "VHD dynamic header",
    /// The name of a VHD's parent.
    VhdParentLocator = "VHD parent locator",
    /// The table that says where a VHD's blocks lie.
    VhdBlockTable = "VHD block allocation table",
    /// The bitmap that opens a block of a VHD.
    VhdSectorBitmap = "VHD sector bitmap",
    /// The data of a block of a VHD.
    VhdBlock = "VHD block",
    /// The first 64 KiB of a VHDX.
    VhdxIdentifier = "VHDX file identifier",
    /// One of the two headers of a VHDX.
    VhdxHeader = "VHDX header",
    /// One of the two region tables of a VHDX.
    VhdxRegionTable = "VHDX region table",
    /// The metadata table of a VHDX.
    VhdxMetadataTable = "VHDX metadata table",
    /// An item of metadata of a VHDX.
    VhdxMetadataItem = "VHDX metadata item",
    /// The item of metadata that names a VHDX's parent.
    VhdxParentLocator = "VHDX parent locator",
    /// The table that says where a VHDX's blocks lie.
    VhdxBlockTable = "VHDX block allocation table",
    /// The bitmap of a chunk of a differencing VHDX.
    VhdxSectorBitmap = "VHDX sector bitmap",
    /// The data of a block of a VHDX.
    VhdxBlock = "VHDX block",
    /// An entry of a VHDX's log.
    VhdxLogEntry = "VHDX log entry",
    /// The header of a VMDK sparse extent.
    VmdkHeader = "VMDK sparse header",
    /// The header of an ESX server sparse extent.
    VmdkCowHeader = "VMDK COWD header",
    /// The text that describes a VMDK.
    VmdkDescriptor = "VMDK descriptor",
    /// The table of a VMDK's grain tables.
    VmdkGrainDirectory = "VMDK grain directory",
    /// A table that says where a VMDK's grains lie.
    VmdkGrainTable = "VMDK grain table",
    /// The data of a grain of a VMDK.
    VmdkGrain = "VMDK grain",
    /// The header of a QCOW2 image.
    Qcow2Header = "QCOW2 header",
    /// An extension of the header of a QCOW2 image.
    Qcow2Extension = "QCOW2 header extension",
    /// The table of a QCOW2 image's second-level tables.
    Qcow2L1Table = "QCOW2 L1 table",
    /// A table that says where a QCOW2 image's clusters lie.
    Qcow2L2Table = "QCOW2 L2 table",
    /// The table of a QCOW2 image's internal snapshots.
    Qcow2Snapshots = "QCOW2 snapshot table",
    /// The data of a cluster of a QCOW2 image.
    Qcow2Cluster = "QCOW2 cluster",
    /// The header of a VDI.
    VdiHeader = "VDI header",
    /// The table that says where a VDI's blocks lie.
    VdiBlockMap = "VDI block map",
    /// The data of a block of a VDI.
    VdiBlock = "VDI block",
    /// The first bytes of a segment of an EWF image.
    EwfFileHeader = "EWF file header",
    /// The descriptor of a section of an EWF image.
    EwfSection = "EWF section",
    /// The section that gives an EWF image's size.
    EwfVolume = "EWF volume section",
    /// The section that says where an EWF image's chunks lie.
    EwfTable = "EWF table",
    /// A chunk of an EWF image.
    EwfChunk = "EWF chunk",
    /// The header of a partclone image.
    PartcloneHeader = "partclone header",
    /// The bitmap of used blocks of a partclone image.
    PartcloneBitmap = "partclone bitmap",
    /// The data of a block of a partclone image.
    PartcloneBlock = "partclone block",
    /// The header of an ntfsclone image.
    NtfscloneHeader = "ntfsclone header",
    /// A record of an ntfsclone image.
    NtfscloneRecord = "ntfsclone record",
    /// The header of a Parallels image.
    ParallelsHeader = "Parallels header",
    /// The table that says where a Parallels image's blocks lie.
    ParallelsBlockTable = "Parallels block allocation table",
    /// The data of a block of a Parallels image.
    ParallelsBlock = "Parallels block",
}
