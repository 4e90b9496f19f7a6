//! The bytes that come out, with matches copied from what is already there.

use crate::CodecError;

pub(crate) struct Output<'a> {
    bytes: &'a mut [u8],
    written: usize,
}

impl<'a> Output<'a> {
    pub(crate) fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, written: 0 }
    }

    pub(crate) const fn written(&self) -> usize {
        self.written
    }

    pub(crate) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.written)
    }

    #[cold]
    fn overflow(&self) -> CodecError {
        CodecError::Overflow { max: self.bytes.len() }
    }

    #[inline]
    pub(crate) fn push(&mut self, byte: u8) -> Result<(), CodecError> {
        match self.bytes.get_mut(self.written) {
            Some(place) => {
                *place = byte;
                self.written = self.written.saturating_add(1);
                Ok(())
            }
            None => Err(self.overflow()),
        }
    }

    pub(crate) fn extend(&mut self, from: &[u8]) -> Result<(), CodecError> {
        let place = self.bytes.get_mut(self.written..).and_then(|rest| rest.get_mut(..from.len()));
        match place {
            Some(place) => {
                place.copy_from_slice(from);
                self.written = self.written.saturating_add(from.len());
                Ok(())
            }
            None => Err(self.overflow()),
        }
    }

    /// Writes zeros up to `end`, which is not before what is written.
    pub(crate) fn zero_to(&mut self, end: usize) -> Result<(), CodecError> {
        let Some(place) = self.bytes.get_mut(self.written..end) else {
            return Err(self.overflow());
        };
        place.fill(0);
        self.written = end;
        Ok(())
    }

    /// Repeats `len` bytes from `distance` bytes back; the two may overlap.
    #[inline]
    pub(crate) fn copy(&mut self, distance: usize, len: usize) -> Result<(), CodecError> {
        let Some(source) = self.written.checked_sub(distance).filter(|_| distance != 0) else {
            return Err(CodecError::Distance { distance, written: self.written });
        };
        if len > self.left() {
            return Err(self.overflow());
        }
        // Each round doubles what may be copied at once: the bytes from `source` on repeat with the period `distance`.
        let mut left = len;
        while left > 0 {
            let step = left.min(self.written.saturating_sub(source));
            self.bytes.copy_within(source..source.saturating_add(step), self.written);
            self.written = self.written.saturating_add(step);
            left = left.saturating_sub(step);
        }
        Ok(())
    }

    /// Writes `len` bytes, each differing from the one `span` bytes back as the one `distance` bytes back differs from the one
    /// `span` bytes before that.
    pub(crate) fn add_differences(&mut self, distance: usize, span: usize, len: usize) -> Result<(), CodecError> {
        let reach = distance.saturating_add(span);
        if distance == 0 || reach > self.written {
            return Err(CodecError::Distance { distance: reach, written: self.written });
        }
        if len > self.left() {
            return Err(self.overflow());
        }
        for _ in 0..len {
            let back = |by: usize| self.written.checked_sub(by).and_then(|at| self.bytes.get(at)).copied().unwrap_or(0);
            let byte = back(distance).wrapping_add(back(span)).wrapping_sub(back(reach));
            self.push(byte)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_overlap_and_are_checked() {
        let mut bytes = [0u8; 12];
        let mut out = Output::new(&mut bytes);
        out.extend(b"abc").unwrap();
        out.copy(3, 7).unwrap();
        assert_eq!(out.copy(11, 1), Err(CodecError::Distance { distance: 11, written: 10 }));
        assert!(out.copy(0, 1).is_err());
        assert_eq!(out.copy(1, 3), Err(CodecError::Overflow { max: 12 }));
        out.copy(1, 2).unwrap();
        assert!(out.push(0).is_err());
        assert!(out.copy(12, 0).is_ok());
        assert_eq!(&bytes, b"abcabcabcaaa");
    }

    #[test]
    fn differences_go_on() {
        let mut bytes = [0u8; 12];
        let mut out = Output::new(&mut bytes);
        // The first of each pair rises by two, the second by three.
        out.extend(&[1, 200, 3]).unwrap();
        assert_eq!(out.add_differences(2, 2, 1), Err(CodecError::Distance { distance: 4, written: 3 }));
        out.push(203).unwrap();
        out.add_differences(2, 2, 8).unwrap();
        assert!(out.add_differences(2, 2, 1).is_err() && out.add_differences(0, 2, 0).is_err());
        assert!(out.add_differences(usize::MAX, 1, 0).is_err());
        assert_eq!(bytes, [1, 200, 3, 203, 5, 206, 7, 209, 9, 212, 11, 215]);
    }

    #[test]
    fn one_byte_repeats() {
        let mut bytes = [0u8; 1000];
        let mut out = Output::new(&mut bytes);
        out.push(7).unwrap();
        out.copy(1, 999).unwrap();
        assert!(bytes.iter().all(|&b| b == 7));
    }
}
