//! What a failed read comes down to, through all the layers that passed it on.

use std::error::Error as StdError;
use std::io;

use hivekey_read_at::ReadError;

/// How many errors may have led to one another; there are about six layers.
const MAX_CAUSES: usize = 32;

/// The failure of a file of this machine at the bottom of an error of an image, a volume or an archive, if there is one. That an
/// image asked for bytes past the end of the file is the image's own fault.
pub(crate) fn at_bottom<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e ReadError> {
    let causes = std::iter::successors(Some(error), |error| cause(*error)).take(MAX_CAUSES);
    let mut failures = causes.filter_map(|error| error.downcast_ref());
    failures.find(|error| matches!(error, ReadError::Io { .. } | ReadError::Shrank { .. }))
}

/// What led to an error. Errors that only pass another one on would skip it.
fn cause<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e (dyn StdError + 'static)> {
    if let Some(ReadError::Damaged(damage)) = error.downcast_ref() {
        return Some(&**damage);
    }
    if let Some(hivekey_images::Error::Read(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(hivekey_ntfs::Error::Read(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(hivekey_fat::Error::Read(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(hivekey_bitlocker::Error::Read(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(hivekey_wim::Error::Read(error)) = error.downcast_ref() {
        return Some(error);
    }
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// A stable short name for machines, in kebab-case.
pub(crate) fn code(error: &ReadError) -> &'static str {
    match error {
        ReadError::Shrank { .. } => "source-changed",
        ReadError::OutOfRange { .. } => "out-of-range",
        ReadError::Io { .. } => "io-error",
        error => at_bottom(error).map_or("image-damaged", code),
    }
}
