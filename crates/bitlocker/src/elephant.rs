//! The Elephant diffuser: what Windows Vista and 7 mix each sector with, so that no bit can be changed alone.
//!
//! Source: N. Ferguson, "AES-CBC + Elephant diffuser: a disk encryption algorithm for Windows Vista" (Microsoft, 2006).

/// Cycles and rotations of the two diffusers, and how far apart the words are that each one mixes in.
const A: Diffuser = Diffuser { cycles: 5, rotations: [9, 0, 13, 0], near: -2, far: -5 };
const B: Diffuser = Diffuser { cycles: 3, rotations: [0, 10, 0, 25], near: 2, far: 5 };

struct Diffuser {
    cycles: u32,
    rotations: [u32; 4],
    near: isize,
    far: isize,
}

impl Diffuser {
    fn undo(&self, words: &mut [u32]) {
        let count = words.len();
        let at = |words: &[u32], index: usize, by: isize| {
            // Round from one end to the other.
            let to = index.saturating_add(count).saturating_add_signed(by).checked_rem(count).unwrap_or(0);
            words.get(to).copied().unwrap_or(0)
        };
        for _ in 0..self.cycles {
            for index in 0..count {
                let [r0, r1, r2, r3] = self.rotations;
                let rotation = match index & 3 {
                    0 => r0,
                    1 => r1,
                    2 => r2,
                    _ => r3,
                };
                let mixed = at(words, index, self.near) ^ at(words, index, self.far).rotate_left(rotation);
                if let Some(word) = words.get_mut(index) {
                    *word = word.wrapping_add(mixed);
                }
            }
        }
    }
}

/// Takes the diffusers and the key of the sector off a sector that AES-CBC has been taken off.
pub(crate) fn undo(sector: &mut [u8], sector_key: &[u8; 32]) {
    let mut words: Vec<u32> = sector.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
    B.undo(&mut words);
    A.undo(&mut words);
    for (place, word) in sector.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *place = word.to_le_bytes();
    }
    for (byte, key) in sector.iter_mut().zip(sector_key.iter().cycle()) {
        *byte ^= key;
    }
}
