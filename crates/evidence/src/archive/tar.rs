//! Tar archives: POSIX (ustar, pax) and GNU.

use std::error::Error as StdError;
use std::io::Read;
use std::sync::Arc;

use hivekey_read_at::ReadAt;
use tar::EntryType;

use super::collector::Collector;
use crate::error::Error;
use crate::path::TreePath;
use crate::problem::ProblemKind;

/// Goes through the members. `plain` is the file in which they lie as they are, if it is one.
///
/// # Errors
///
/// If not one member can be read. An archive that breaks off later is a problem: what came before stands.
pub(super) fn read(
    stream: impl Read,
    plain: Option<&Arc<dyn ReadAt>>,
    collector: &mut Collector<'_>,
) -> Result<(), Box<dyn StdError + Send + Sync>> {
    let mut archive = tar::Archive::new(stream);
    let mut seen = false;
    for entry in archive.entries()? {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) if !seen => return Err(error.into()),
            Err(error) => {
                broken(collector, error);
                break;
            }
        };
        seen = true;
        if !collector.counts() {
            break;
        }
        let name = entry.path_bytes().into_owned();
        let Some(path) = collector.place(&name) else { continue };
        let size = entry.size();
        match entry.header().entry_type() {
            EntryType::Directory => collector.folder(&path),
            EntryType::Regular | EntryType::Continuous => match plain {
                Some(reader) => {
                    // What the archive promises but does not hold any more is not there.
                    let offset = entry.raw_file_position();
                    collector.stored(path, reader, offset, size.min(reader.len().saturating_sub(offset)));
                }
                None => {
                    if let Err(error) = collector.packed(path, size, &mut entry) {
                        broken(collector, error);
                        break;
                    }
                }
            },
            EntryType::GNUSparse => {
                if let Err(error) = collector.packed(path, size, &mut entry) {
                    broken(collector, error);
                    break;
                }
            }
            kind @ (EntryType::Link | EntryType::Symlink) => {
                if let Some(target) = entry.link_name_bytes() {
                    // A hard link names its file from the top of the archive.
                    collector.link(path, &target, kind == EntryType::Link);
                }
            }
            // Devices, FIFOs and what only this archive knows of.
            _ => {}
        }
    }
    Ok(())
}

fn broken(collector: &mut Collector<'_>, error: std::io::Error) {
    let error = Error::Archive { path: ".".to_owned(), source: Box::new(error) };
    collector.problem(TreePath::root(), ProblemKind::Unreadable(error));
}
