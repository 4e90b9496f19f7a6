//! Reading by position.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

/// How the crates below pass on an error of what lies below them.
type SharedError = Arc<dyn StdError + Send + Sync>;

/// How many errors may have led to one another; there are about six layers.
const MAX_CAUSES: usize = 32;

/// Something that is read by position: a file, a file inside an image, a member of an archive.
///
/// Many threads may read at once. A reader never changes what it reads and never remembers a position.
pub trait ReadAt: Send + Sync {
    /// Length in bytes, fixed when it was opened.
    fn len(&self) -> u64;

    /// Whether there is nothing to read.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` with the bytes from `offset` on.
    ///
    /// # Errors
    ///
    /// [`ReadError::OutOfRange`] if the range does not lie within [`len`](Self::len), and the other kinds of
    /// [`ReadError`] if the bytes cannot be had. After an error the content of `buf` means nothing.
    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError>;

    /// Fills as much of `buf` as there is from `offset` on, and says how much that was (0 at or past the end).
    ///
    /// # Errors
    ///
    /// As [`read_into`](Self::read_into), without `OutOfRange`.
    fn read_available(&self, offset: u64, buf: &mut [u8]) -> Result<usize, ReadError> {
        let left = self.len().saturating_sub(offset);
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        match buf.get_mut(..count) {
            Some(part) if count > 0 => self.read_into(offset, part).map(|()| count),
            _ => Ok(0),
        }
    }
}

/// Why bytes could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The range asked for does not lie in the file: a fault of the caller, or of the structure it follows.
    #[error("bytes {offset} to {offset}+{length} lie outside the file of {size} bytes")]
    OutOfRange {
        /// First byte asked for.
        offset: u64,
        /// How many bytes were asked for.
        length: u64,
        /// Length of the file.
        size: u64,
    },
    /// The file became shorter after it was opened. Nothing that it says is trusted any more.
    #[error("the file shrank from {expected} to {actual} bytes while it was read")]
    Shrank {
        /// Length when it was opened.
        expected: u64,
        /// Length now.
        actual: u64,
    },
    /// The system could not read these bytes: an unreadable sector, a lost network share.
    #[error("cannot read {length} bytes at offset {offset}: {source}")]
    Io {
        /// First byte asked for.
        offset: u64,
        /// How many bytes were asked for.
        length: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The disk image or the volume that holds the file cannot give these bytes: it is damaged or cut off there, or cannot be
    /// read itself.
    #[error("cannot read {length} bytes at offset {offset}: {source}")]
    Image {
        /// First byte asked for, counted in the file.
        offset: u64,
        /// How many bytes were asked for.
        length: u64,
        /// What the image or the volume said.
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl ReadError {
    /// The failure of a file of this machine at the bottom of an error of an image or a volume, if there is one. That an image
    /// asked for bytes past the end of the file is the image's own fault.
    pub(crate) fn at_bottom<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e Self> {
        let next = |error: &&'e (dyn StdError + 'static)| -> Option<&'e (dyn StdError + 'static)> {
            let error = *error;
            match error.downcast_ref::<SharedError>() {
                // To the outside it is what it points to, but not by its type.
                Some(shared) => Some(&**shared),
                None => error.source(),
            }
        };
        std::iter::successors(Some(error), next)
            .take(MAX_CAUSES)
            .filter_map(|error| error.downcast_ref())
            .find(|error| matches!(error, Self::Io { .. } | Self::Shrank { .. }))
    }

    /// A stable short name for machines, in kebab-case.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Shrank { .. } => "source-changed",
            Self::OutOfRange { .. } => "out-of-range",
            Self::Io { .. } => "io-error",
            Self::Image { source, .. } => Self::at_bottom(&**source).map_or("image-damaged", Self::code),
        }
    }
}

/// Checks that `length` bytes from `offset` on lie within `size`.
pub(crate) fn check_range(offset: u64, length: usize, size: u64) -> Result<(), ReadError> {
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    match offset.checked_add(length) {
        Some(end) if end <= size => Ok(()),
        _ => Err(ReadError::OutOfRange { offset, length, size }),
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn len(&self) -> u64 {
        (**self).len()
    }
    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        (**self).read_into(offset, buf)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Box<T> {
    fn len(&self) -> u64 {
        (**self).len()
    }
    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        (**self).read_into(offset, buf)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Arc<T> {
    fn len(&self) -> u64 {
        (**self).len()
    }
    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        (**self).read_into(offset, buf)
    }
}

/// Bytes in memory: what an archive member was unpacked into, or a test.
impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        u64::try_from(self.as_slice().len()).unwrap_or(u64::MAX)
    }
    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), ReadAt::len(self))?;
        let part = usize::try_from(offset).ok().and_then(|start| self.get(start..)?.get(..buf.len()));
        if let Some(part) = part {
            buf.copy_from_slice(part);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_at_the_edges() {
        assert!(check_range(0, 0, 0).is_ok());
        assert!(check_range(4, 0, 4).is_ok());
        assert!(check_range(0, 4, 4).is_ok());
        assert!(check_range(1, 4, 4).is_err());
        assert!(check_range(5, 0, 4).is_err());
        assert!(check_range(u64::MAX, 1, u64::MAX).is_err());
        assert!(check_range(u64::MAX, usize::MAX, u64::MAX).is_err());
    }

    #[test]
    fn bytes_in_memory() {
        let bytes = vec![1u8, 2, 3, 4];
        let mut buf = [0u8; 2];
        bytes.read_into(2, &mut buf).unwrap();
        assert_eq!(buf, [3, 4]);
        assert!(matches!(bytes.read_into(3, &mut buf), Err(ReadError::OutOfRange { .. })));
        assert_eq!(bytes.read_available(3, &mut buf).unwrap(), 1);
        assert_eq!(bytes.read_available(4, &mut buf).unwrap(), 0);
        assert_eq!(bytes.read_available(u64::MAX, &mut buf).unwrap(), 0);
        let shared: Arc<dyn ReadAt> = Arc::new(bytes);
        assert_eq!(shared.read_available(0, &mut buf).unwrap(), 2);
    }

    #[test]
    fn messages() {
        let text = check_range(10, 4, 12).unwrap_err().to_string();
        assert_eq!(text, "bytes 10 to 10+4 lie outside the file of 12 bytes");
        let text = ReadError::Shrank { expected: 8, actual: 3 }.to_string();
        assert_eq!(text, "the file shrank from 8 to 3 bytes while it was read");
    }
}
