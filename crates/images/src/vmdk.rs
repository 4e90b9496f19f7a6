//! VMware virtual disks: a text descriptor, and extents that hold the data.
//!
//! | what is opened | what it is |
//! |---|---|
//! | [`descriptor`] as a file | names its extents: `monolithicFlat`, `twoGbMaxExtentSparse`, `twoGbMaxExtentFlat`, `vmfs`, `vmfsSparse`, … |
//! | sparse extent with a descriptor inside | `monolithicSparse`, `streamOptimized`: the disk's only extent |
//! | sparse extent without one | a part of a disk, without what the others hold |
//!
//! Source: VMware, "Virtual Disk Format 5.0" (2011).

mod cowd_header;
mod descriptor;
mod grains;
mod sparse_header;

use std::sync::Arc;

use hivekey_read_at::{ReadAt, narrow};

use crate::anomaly::Anomaly;
use crate::error::{Error, Structure};
use crate::identity::Identity;
use crate::kind::Kind;
use crate::limits::{LimitName, Limits};
use crate::map::{Image, Map, Nearby, ParentLink, Piece, Place, Reach, Unit};
use crate::offset::{Blocks, DiskOffset, FileOffset};
use crate::open::Context;
use crate::read::{read_array, read_vec};
use crate::siblings::Role;

use descriptor::{Descriptor, ExtentKind, ExtentLine};
use grains::Grains;

/// The content id of a disk that was never written, which many have.
const NEVER_WRITTEN: u32 = 0xFFFF_FFFE;

/// Bytes of an extent of a disk that is split, of all but the last: 2047 MiB from VMware, 2 GiB from QEMU.
const FULL_EXTENT: u64 = 2047 << 20;

/// Opens a VMDK.
pub(crate) fn open(context: &mut Context<'_>, name: &str, file: Arc<dyn ReadAt>) -> Result<Image, Error> {
    match &read_array::<4>(&file, Structure::VmdkDescriptor, FileOffset(0))? {
        b"KDMV" => open_hosted(context, name, file),
        b"COWD" => {
            let grains = Grains::new(Arc::clone(&file), 0, cowd_header::read(&file)?, context.limits())?;
            Ok(lone_extent(context, name, file, grains))
        }
        b"\xBE\xBA\xFE\xCA" => Err(Error::unsupported(Kind::Vmdk, "an extent of type SESPARSE")),
        _ => {
            let length = file.len().min(context.limits().description_bytes);
            let bytes = read_vec(&file, Structure::VmdkDescriptor, FileOffset(0), narrow(length))?;
            let descriptor = descriptor::parse(&bytes, FileOffset(0), context.limits())?;
            open_described(context, name, &descriptor)
        }
    }
}

/// A sparse extent: the whole disk if it has a descriptor.
fn open_hosted(context: &Context<'_>, name: &str, file: Arc<dyn ReadAt>) -> Result<Image, Error> {
    let header = sparse_header::read(&file, context.notes())?;
    let grains = Grains::new(Arc::clone(&file), 0, header, context.limits())?;
    let Some((sector, sectors)) = header.descriptor else { return Ok(lone_extent(context, name, file, grains)) };
    let sector_bytes = Blocks::SECTORS.size();
    let (offset, length) = (FileOffset(sector.saturating_mul(sector_bytes)), sectors.saturating_mul(sector_bytes));
    Error::check_limit(LimitName::DescriptionBytes, length, context.limits().description_bytes)?;
    let bytes = read_vec(&file, Structure::VmdkDescriptor, offset, narrow(length))?;
    let descriptor = descriptor::parse(&bytes, offset, context.limits())?;
    // Room for a descriptor, but none in it.
    if descriptor.content_id.is_none() && descriptor.extents.is_empty() {
        return Ok(lone_extent(context, name, file, grains));
    }
    let size = grains.capacity();
    let mut image = Image::new(ExtentMap::single(size, Content::Sparse(grains)), vec![file], size);
    set_identity(&mut image, &descriptor);
    Ok(image)
}

/// A part of a disk, opened without the descriptor that would say of which.
fn lone_extent(context: &Context<'_>, name: &str, file: Arc<dyn ReadAt>, grains: Grains) -> Image {
    let size = grains.capacity();
    if !is_whole(name, size) {
        context.notes().add(Anomaly::NotFirstSegment);
    }
    Image::new(ExtentMap::single(size, Content::Sparse(grains)), vec![file], size)
}

/// Whether the extent is all of its disk: the first, by its name, and shorter than those behind which another follows. The descriptor
/// is not opened: who searches a folder would take it for a part of the extent.
fn is_whole(name: &str, size: u64) -> bool {
    let Some(stem) = name.strip_suffix("-s001.vmdk") else { return false };
    // A delta, `disk-000001-s001.vmdk`, lacks what its parent has.
    let end = stem.rsplit_once('-').map_or("", |(_, end)| end);
    let is_delta = end.len() == 6 && end.bytes().all(|byte| byte.is_ascii_digit());
    !is_delta && size < FULL_EXTENT
}

fn open_described(context: &mut Context<'_>, name: &str, descriptor: &Descriptor) -> Result<Image, Error> {
    let (structure, offset) = (Structure::VmdkDescriptor, FileOffset(0));
    if descriptor.extents.is_empty() {
        return Err(Error::Missing { structure, offset, item: "extent" });
    }
    let mut map = ExtentMap { extents: Vec::new() };
    // The extents share what an image may keep of its tables.
    let mut limits = *context.limits();
    limits.cached_table_pages = limits.cached_table_pages.checked_div(descriptor.extents.len()).unwrap_or(0).max(8);
    let mut files = Vec::new();
    let mut size = 0u64;
    for line in &descriptor.extents {
        let length = line.sectors.saturating_mul(Blocks::SECTORS.size());
        let content = open_extent(context, &limits, name, line, &mut files)?;
        map.extents.push(Extent { start: size, length, content });
        size = size.saturating_add(length);
    }
    let mut image = Image::new(map, files, size);
    set_identity(&mut image, descriptor);
    Ok(image)
}

fn open_extent(
    context: &mut Context<'_>,
    limits: &Limits,
    name: &str,
    line: &ExtentLine,
    files: &mut Vec<Arc<dyn ReadAt>>,
) -> Result<Content, Error> {
    if line.kind == ExtentKind::Zero {
        return Ok(Content::Zeros);
    }
    let file = context.open_stated(Role::Extent, name, &line.file)?;
    let number = files.len();
    files.push(Arc::clone(&file));
    let header = match line.kind {
        ExtentKind::Sparse => sparse_header::read(&file, context.notes())?,
        ExtentKind::Cowd => cowd_header::read(&file)?,
        ExtentKind::Flat | ExtentKind::Zero => {
            let offset = FileOffset(line.first_sector.saturating_mul(Blocks::SECTORS.size()));
            let length = line.sectors.saturating_mul(Blocks::SECTORS.size());
            let available = file.len().saturating_sub(offset.get());
            if available < length {
                context.notes().add(Anomaly::CutOff { structure: Structure::RawData, needed: length, available });
            }
            return Ok(Content::Flat { file: number, offset });
        }
    };
    Ok(Content::Sparse(Grains::new(file, number, header, limits)?))
}

fn set_identity(image: &mut Image, descriptor: &Descriptor) {
    image.identity = descriptor.content_id.map_or(Identity::None, Identity::ContentId);
    image.parent = descriptor.parent.as_ref().map(|(id, stated)| ParentLink {
        stated: stated.clone(),
        expected: vec![Identity::ContentId(*id)],
        revision: None,
        nearby: (*id != NEVER_WRITTEN).then_some(Nearby { kind: Kind::Vmdk, endings: &[".vmdk"] }),
        kind: Some(Kind::Vmdk),
    });
}

/// The extents of a disk, one after the other.
struct ExtentMap {
    extents: Vec<Extent>,
}

struct Extent {
    start: u64,
    length: u64,
    content: Content,
}

enum Content {
    Flat { file: usize, offset: FileOffset },
    Sparse(Grains),
    Zeros,
}

impl ExtentMap {
    fn single(length: u64, content: Content) -> Self {
        Self { extents: vec![Extent { start: 0, length, content }] }
    }

    /// The extent that holds byte `at` of the disk, and the byte's place in it.
    fn extent(&self, at: u64) -> Option<(&Extent, u64)> {
        let after = self.extents.partition_point(|extent| extent.start <= at);
        let extent = self.extents.get(after.checked_sub(1)?)?;
        Some((extent, at.saturating_sub(extent.start)))
    }
}

/// Extents whose tables are looked at for their reach.
const LOOKED_AT: usize = 16;

impl Map for ExtentMap {
    /// That of the extent that is cut off the most.
    fn reach(&self, _size: u64) -> Option<Reach> {
        let sparse = self.extents.iter().filter_map(|extent| match &extent.content {
            Content::Sparse(grains) => Some(grains),
            _ => None,
        });
        sparse.take(LOOKED_AT).map(Grains::reach_and_lack).max_by_key(|(_, lack)| *lack).map(|(reach, _)| reach)
    }

    fn locate(&self, at: DiskOffset) -> Result<Piece, Error> {
        let Some((extent, within)) = self.extent(at.get()) else { return Ok(Piece::new(Place::Zero, 1)) };
        let left = extent.length.saturating_sub(within);
        let piece = match &extent.content {
            Content::Zeros => Piece::new(Place::Zero, left),
            Content::Flat { file, offset } => {
                let offset = offset.plus(within);
                Piece::new(Place::Stored { file: *file, offset, structure: Structure::RawData }, left)
            }
            Content::Sparse(grains) => grains.locate(within, extent.start)?,
        };
        Ok(Piece::new(piece.place, piece.length.min(left)))
    }

    fn unpack(&self, unit: u64) -> Result<Unit, Error> {
        match self.extent(unit) {
            Some((Extent { content: Content::Sparse(grains), .. }, within)) => grains.unpack(within),
            _ => Ok(Unit::default()),
        }
    }
}
