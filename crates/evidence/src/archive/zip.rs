//! Zip archives, by their central directory.

use std::ffi::OsStr;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use hivekey_read_at::ReadAt;
use zip::read::ZipReadOptions;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::collector::{Collector, Stated};
use super::input::Input;
use super::unread::Unread;
use super::zip_cut;
use crate::escape::Escaped;
use crate::path::TreePath;

/// Bytes of a member's own header, before its name.
const LOCAL_HEADER: u64 = 30;
/// The longest target of a link, in bytes, as on Linux.
const LINK_BYTES: u64 = 4096;

/// What the central directory says of a member.
struct Row {
    name: Vec<u8>,
    header: u64,
    size: u64,
    packed: u64,
    crc32: u32,
    method: CompressionMethod,
    encrypted: bool,
    folder: bool,
    link: bool,
}

/// Goes through the members.
///
/// # Errors
///
/// If there is no member. One that cannot be read is a problem, and so is it that the central directory is lost.
pub(super) fn read(reader: &Arc<dyn ReadAt>, input: Input, collector: &mut Collector<'_>) -> Result<(), Unread> {
    let mut archive = match ZipArchive::new(input.clone()) {
        Ok(archive) => archive,
        Err(ZipError::Io(error)) if error.get_ref().is_some() => return Err(Unread::of(error)),
        Err(_) => return zip_cut::read(reader, input, collector),
    };
    let overlapping = overlapping(&archive);
    for (index, overlaps) in (0..archive.len()).zip(overlapping) {
        if !collector.counts() {
            break;
        }
        let Some(row) = row(&archive, index) else { continue };
        let Some(path) = collector.place(&row.name) else { continue };
        if row.folder {
            collector.folder(&path);
        } else if row.encrypted {
            collector.unread(path, row.size, Unread::Encrypted);
        } else if overlaps {
            collector.unread(path, row.size, Unread::Overlaps);
        } else if let Err(why) = member(reader, &mut archive, index, &row, &path, collector) {
            collector.tell(&path, why);
            if collector.budget().is_spent() {
                break;
            }
        } else if let Some(local) = other_name(input.clone(), &row, &path, collector) {
            collector.tell(&path, Unread::Renamed { local });
        }
    }
    Ok(())
}

fn row(archive: &ZipArchive<Input>, index: usize) -> Option<Row> {
    let data = archive.by_index_data(index).ok()?;
    Some(Row {
        name: data.name_raw().to_vec(),
        header: data.header_start(),
        size: data.size(),
        packed: data.compressed_size(),
        crc32: data.crc32(),
        method: data.compression(),
        encrypted: data.encrypted(),
        folder: data.is_dir(),
        link: data.is_symlink(),
    })
}

/// For each member whether it begins before the end of another one that begins before it, or where another one does. A small archive
/// could hold any number of them, each to be unpacked.
fn overlapping(archive: &ZipArchive<Input>) -> Vec<bool> {
    let mut places: Vec<(u64, usize, u64)> = (0..archive.len())
        .filter_map(|index| {
            let data = archive.by_index_data(index).ok()?;
            let header = LOCAL_HEADER.saturating_add(u64::try_from(data.name_raw().len()).unwrap_or(u64::MAX));
            let end = data.header_start().saturating_add(header).saturating_add(data.compressed_size());
            Some((data.header_start(), index, end))
        })
        .collect();
    places.sort_unstable();
    let mut overlapping = vec![false; archive.len()];
    let mut end = 0;
    for (start, index, its_end) in places {
        if let Some(overlaps) = overlapping.get_mut(index) {
            *overlaps = start < end;
        }
        end = end.max(its_end);
    }
    overlapping
}

/// Takes one member that can be read, if its method is known.
fn member(
    reader: &Arc<dyn ReadAt>,
    archive: &mut ZipArchive<Input>,
    index: usize,
    row: &Row,
    path: &TreePath,
    collector: &mut Collector<'_>,
) -> Result<(), Unread> {
    if row.size == 0 && row.packed == 0 {
        collector.empty(path.clone());
        return Ok(());
    }
    if row.method == CompressionMethod::Stored && !row.link {
        let opened = archive.by_index_raw(index).map_err(|error| Unread::of(error.into()));
        let Some(offset) = opened.map(|member| member.data_start())? else {
            return Err(Unread::Damaged(Arc::new(io::ErrorKind::UnexpectedEof.into())));
        };
        let available = reader.len().saturating_sub(offset);
        collector.stored(path.clone(), reader, offset, row.size.min(available), Some(row.crc32));
        let cut_off = Unread::CutOff { offset, needed: row.size, available };
        return if row.size > available { Err(cut_off) } else { Ok(()) };
    }
    // The checksum is compared by the collector, which has all bytes by then.
    let options = ZipReadOptions::new().ignore_crc32(true);
    let opened = match archive.by_index_with_options(index, options) {
        Ok(opened) => opened,
        Err(error) => {
            collector.unread(path.clone(), row.size, Unread::of(error.into()));
            return Ok(());
        }
    };
    let mut unpacked = collector.budget().meter(opened);
    if row.link {
        let mut target = Vec::new();
        unpacked.take(LINK_BYTES).read_to_end(&mut target).map_err(Unread::of)?;
        collector.link(path.clone(), &target, false);
        return Ok(());
    }
    collector.packed(path.clone(), Stated { size: Some(row.size), crc32: Some(row.crc32) }, &mut unpacked)
}

/// The name that the member's own header has, if it is another one than the central directory's, and the member is kept: the name
/// tells whose hive it is.
fn other_name(mut input: Input, row: &Row, path: &TreePath, collector: &Collector<'_>) -> Option<String> {
    if row.size == 0 || !collector.keeps(path) {
        return None;
    }
    input.seek(SeekFrom::Start(row.header)).ok()?;
    let mut header = [0; 30];
    input.read_exact(&mut header).ok()?;
    let [.., low, high, _, _] = header;
    let mut name = vec![0; usize::from(u16::from_le_bytes([low, high]))];
    input.read_exact(&mut name).ok()?;
    (name != row.name).then(|| Escaped::path(Path::new(OsStr::from_bytes(&name))).to_string())
}
