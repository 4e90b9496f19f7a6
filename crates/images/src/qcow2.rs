//! QEMU copy-on-write images, versions 2 and 3: with parents (backing files), an external data file, compressed clusters,
//! extended L2 entries and internal snapshots.
//!
//! | structure | where |
//! |---|---|
//! | [`header`] | at the start |
//! | [`clusters`]: L1 table, L2 tables, clusters | where the header says |
//! | [`snapshots`] | where the header says |
//!
//! A parent is of the format that the header states. If it states none, it is told by its signature, as QEMU did when that
//! was allowed.

mod clusters;
mod header;
mod snapshots;

use std::sync::Arc;

use hivekey_read_at::ReadAt;

use crate::anomaly::Anomaly;
use crate::error::{Error, Structure};
use crate::kind::Kind;
use crate::map::{Image, ParentLink};
use crate::offset::FileOffset;
use crate::open::Context;
use crate::siblings::Role;

use clusters::ClusterMap;
use header::Header;

/// Opens a QCOW2 image; of the first of a chain, the snapshot that the options name.
pub(crate) fn open(context: &mut Context<'_>, name: &str, file: Arc<dyn ReadAt>) -> Result<Image, Error> {
    let header = header::read(&file, context.notes())?;
    let tables = snapshots::read(&file, header.snapshots_offset, header.snapshots, context.limits())?;
    let (mut l1, mut size) = ((header.l1_offset, header.l1_entries), header.size);
    if let Some(wanted) = context.snapshot() {
        let table = snapshots::find(&tables, wanted).ok_or_else(|| Error::NoSnapshot { name: wanted.to_owned() })?;
        l1 = (table.l1_offset, table.l1_entries);
        size = table.disk_size.unwrap_or(size);
    }
    let parent = parent_link(&header)?;
    let mut files = vec![Arc::clone(&file)];
    if let Some(stated) = &header.data_file {
        let data = context.open_stated(Role::DataFile, name, stated)?;
        if header.has_raw_data && data.len() < size {
            let structure = Structure::Qcow2Cluster;
            context.notes().add(Anomaly::CutOff { structure, needed: size, available: data.len() });
        }
        files.push(data);
    }
    let map = ClusterMap::new(file, &header, l1, context.limits()).ok_or(Error::Missing {
        structure: Structure::Qcow2Header,
        offset: FileOffset(0),
        item: "cluster size",
    })?;
    let mut image = Image::new(map, files, size);
    image.parent = parent;
    image.snapshots = tables.into_iter().map(|table| table.snapshot).collect();
    Ok(image)
}

/// The error for a backing file that cannot be opened by its name.
fn unsupported(what: String) -> Error {
    let advice = Some("put both into one image with qemu-img convert");
    Error::Unsupported { kind: Kind::Qcow2, what: what.into(), advice }
}

fn parent_link(header: &Header) -> Result<Option<ParentLink>, Error> {
    let Some(stated) = &header.backing else { return Ok(None) };
    let kind = match header.backing_format.as_deref() {
        None => None,
        Some("raw" | "file" | "host_device") => Some(Kind::Raw),
        Some("qcow2") => Some(Kind::Qcow2),
        Some("vpc") => Some(Kind::Vhd),
        Some("vhdx") => Some(Kind::Vhdx),
        Some("vmdk") => Some(Kind::Vmdk),
        Some("vdi") => Some(Kind::Vdi),
        Some("parallels") => Some(Kind::Parallels),
        Some(format) => return Err(unsupported(format!("a backing file of the format {format:?}"))),
    };
    // `json:{…}` and `nbd://…` name no file beside the image.
    let is_protocol = stated.split_once(':').is_some_and(|(scheme, _)| scheme.len() > 1 && !scheme.contains('/'));
    if is_protocol && !stated.starts_with("file:") {
        return Err(unsupported(format!("the backing file {stated:?}, which is not a plain file,")));
    }
    let stated = stated.strip_prefix("file:").unwrap_or(stated).to_owned();
    Ok(Some(ParentLink { stated: vec![stated], expected: Vec::new(), revision: None, nearby: None, kind }))
}
