//! Why bytes could not be read.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use crate::wide;

/// Why bytes could not be read.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The range asked for does not lie in the source: a fault of the caller, or of the structure it follows.
    #[error("bytes {offset:#x} to {offset:#x}+{length:#x} lie outside of {size:#x} bytes")]
    OutOfRange {
        /// First byte asked for.
        offset: u64,
        /// How many bytes were asked for.
        length: u64,
        /// Length of the source.
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
    #[error("cannot read {length} bytes at offset {offset:#x}: {source}")]
    Io {
        /// First byte asked for.
        offset: u64,
        /// How many bytes were asked for.
        length: u64,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The structures that say where or how these bytes are stored are damaged: those of a disk image, of a volume, of an archive.
    #[error(transparent)]
    Damaged(Arc<dyn StdError + Send + Sync>),
}

impl ReadError {
    /// A refusal of the system.
    pub fn io(offset: u64, length: usize, source: io::Error) -> Self {
        Self::Io { offset, length: wide(length), source: Arc::new(source) }
    }

    /// Damage, in the words of who met it.
    pub fn damaged(source: impl StdError + Send + Sync + 'static) -> Self {
        Self::Damaged(Arc::new(source))
    }

    /// The damage, if it is of the kind that one crate tells.
    #[must_use]
    pub fn damage<E: StdError + 'static>(&self) -> Option<&E> {
        match self {
            Self::Damaged(source) => source.downcast_ref(),
            _ => None,
        }
    }

    /// The system's error number, where the system refused.
    #[must_use]
    pub fn os_error(&self) -> Option<i32> {
        match self {
            Self::Io { source, .. } => source.raw_os_error(),
            _ => None,
        }
    }
}

/// Checks that `length` bytes from `offset` on lie within `size`.
///
/// # Errors
///
/// [`ReadError::OutOfRange`] if they do not.
pub fn check_range(offset: u64, length: usize, size: u64) -> Result<(), ReadError> {
    let length = wide(length);
    match offset.checked_add(length) {
        Some(end) if end <= size => Ok(()),
        _ => Err(ReadError::OutOfRange { offset, length, size }),
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
    fn messages() {
        let text = check_range(10, 4, 12).unwrap_err().to_string();
        assert_eq!(text, "bytes 0xa to 0xa+0x4 lie outside of 0xc bytes");
        let text = ReadError::Shrank { expected: 8, actual: 3 }.to_string();
        assert_eq!(text, "the file shrank from 8 to 3 bytes while it was read");
        let refused = ReadError::io(4096, 512, io::Error::from_raw_os_error(5));
        assert!(refused.to_string().starts_with("cannot read 512 bytes at offset 0x1000: "));
        assert_eq!((refused.os_error(), refused.damage::<io::Error>().is_some()), (Some(5), false));
        let damaged = ReadError::damaged(io::Error::other("block 3 is cut off"));
        assert_eq!(damaged.to_string(), "block 3 is cut off");
        assert_eq!((damaged.os_error(), damaged.damage::<io::Error>().is_some()), (None, true));
    }
}
