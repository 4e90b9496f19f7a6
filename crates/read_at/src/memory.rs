//! Bytes in memory, read like any other source.

use crate::{ReadAt, ReadError, check_range, narrow, wide};

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        wide(self.len())
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), wide(self.len()))?;
        if let Some(part) = self.get(narrow(offset)..).and_then(|rest| rest.get(..buf.len())) {
            buf.copy_from_slice(part);
        }
        Ok(())
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        ReadAt::len(self.as_slice())
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.as_slice().read_into(offset, buf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

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
        let shared: Arc<[u8]> = [1, 2, 3].into();
        assert_eq!(ReadAt::len(&shared), 3);
        assert!(!ReadAt::is_empty(&shared));
    }
}
