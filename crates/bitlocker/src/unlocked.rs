//! The decrypted volume.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use hivekey_read_at::{ReadAt, ReadError, check_range, narrow, wide};

use crate::cipher::Cipher;
use crate::metadata::{AREA_LEN, Metadata};
use crate::protector::Protector;

/// An unlocked volume: its bytes are those that Windows sees.
pub struct Unlocked {
    volume: Arc<dyn ReadAt>,
    cipher: Cipher,
    sector_len: u64,
    len: u64,
    /// Where the volume's own first sectors lie, and how many bytes they are.
    header: (u64, u64),
    /// What reads as zeros.
    zeros: Vec<Range<u64>>,
    protector: Protector,
}

impl Unlocked {
    pub(crate) fn new(
        volume: Arc<dyn ReadAt>,
        cipher: Cipher,
        sector_len: u16,
        metadata: &Metadata,
        protector: Protector,
    ) -> Self {
        let (offset, len) = metadata.header;
        let mut zeros: Vec<Range<u64>> =
            metadata.copies.iter().map(|&copy| copy..copy.saturating_add(AREA_LEN)).collect();
        zeros.push(offset..offset.saturating_add(len));
        let volume_len = match metadata.volume_len {
            0 => volume.len(),
            len => len.min(volume.len()),
        };
        Self {
            volume,
            cipher,
            sector_len: sector_len.into(),
            len: volume_len,
            header: metadata.header,
            zeros,
            protector,
        }
    }

    /// The protector whose secret fitted.
    #[must_use]
    pub const fn protector(&self) -> Protector {
        self.protector
    }

    /// How many bytes from `at` on, whole sectors and at most `len`, lie where Windows shows them; 0 if the first does not.
    fn in_place(&self, at: u64, len: usize) -> usize {
        let (_, header_len) = self.header;
        if at < header_len || self.zeros.iter().any(|zeros| zeros.contains(&at)) {
            return 0;
        }
        let next = self.zeros.iter().map(|zeros| zeros.start).filter(|&start| start > at).min();
        let run = next.map_or(u64::MAX, |next| next.saturating_sub(at)).min(wide(len));
        narrow(run.saturating_sub(run.checked_rem(self.sector_len).unwrap_or(0)))
    }

    /// Decrypts the sector at `start`, a multiple of the sectors' length.
    fn sector(&self, start: u64, sector: &mut [u8]) -> Result<(), ReadError> {
        let (header, header_len) = self.header;
        let place = if start < header_len {
            header.saturating_add(start)
        } else if self.zeros.iter().any(|zeros| zeros.contains(&start)) {
            sector.fill(0);
            return Ok(());
        } else {
            start
        };
        self.volume.read_into(place, sector)?;
        self.cipher.decrypt(place, sector);
        Ok(())
    }
}

impl ReadAt for Unlocked {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len)?;
        let mut sector = vec![0; narrow(self.sector_len)];
        let mut at = offset;
        let mut rest = buf;
        while !rest.is_empty() {
            let within = at.checked_rem(self.sector_len).unwrap_or(0);
            let whole = if within == 0 { self.in_place(at, rest.len()) } else { 0 };
            if whole > 0 {
                let (part, behind) = std::mem::take(&mut rest).split_at_mut_checked(whole).unwrap_or_default();
                self.volume.read_into(at, part)?;
                for sector in part.chunks_exact_mut(narrow(self.sector_len)) {
                    self.cipher.decrypt(at, sector);
                    at = at.saturating_add(self.sector_len);
                }
                rest = behind;
                continue;
            }
            self.sector(at.saturating_sub(within), &mut sector)?;
            let available = sector.get(narrow(within)..).unwrap_or_default();
            let count = available.len().min(rest.len());
            let (Some((part, behind)), Some(bytes)) = (rest.split_at_mut_checked(count), available.get(..count)) else {
                break;
            };
            part.copy_from_slice(bytes);
            at = at.saturating_add(wide(count));
            rest = behind;
        }
        Ok(())
    }
}

impl fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unlocked").field("len", &self.len).finish_non_exhaustive()
    }
}
