//! Zip archives, by their central directory.

use std::error::Error as StdError;
use std::io::{self, BufReader};
use std::sync::Arc;

use hivekey_read_at::ReadAt;
use zip::{CompressionMethod, ZipArchive};

use super::collector::Collector;
use super::input::Input;

/// Goes through the members.
///
/// # Errors
///
/// If there is no central directory. A member that cannot be read is a problem.
pub(super) fn read(
    reader: &Arc<dyn ReadAt>,
    collector: &mut Collector<'_>,
) -> Result<(), Box<dyn StdError + Send + Sync>> {
    let mut archive = ZipArchive::new(BufReader::new(Input::new(Arc::clone(reader))))?;
    for index in 0..archive.len() {
        if !collector.counts() {
            break;
        }
        let (path, size, is_encrypted, is_folder) = {
            // Without a look at its content: neither its method nor its encryption matters.
            let Ok(member) = archive.by_index_raw(index) else { continue };
            let Some(path) = collector.place(member.name_raw()) else { continue };
            let place = member.data_start().filter(|_| member.compression() == CompressionMethod::Stored);
            if let Some(offset) = place.filter(|_| !member.encrypted() && !member.is_dir() && !member.is_symlink()) {
                collector.stored(path, reader, offset, member.size());
                continue;
            }
            (path, member.size(), member.encrypted(), member.is_dir())
        };
        if is_folder {
            collector.folder(&path);
            continue;
        }
        if is_encrypted {
            let error = "the member is encrypted: unpack it with its password and give the folder";
            collector.unreadable(path, size, io::Error::new(io::ErrorKind::PermissionDenied, error));
            continue;
        }
        let read = match archive.by_index(index) {
            Ok(mut member) => collector.packed(path.clone(), size, &mut member),
            Err(error) => Err(io::Error::other(error)),
        };
        if let Err(error) = read {
            collector.unreadable_rest(path, size, error);
        }
    }
    Ok(())
}
