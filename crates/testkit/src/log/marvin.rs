//! Marvin32, the keyed hash that guards the entries of new-format logs.

/// The seed that Windows uses for logs (yarp and the hashes of real logs agree on it).
const SEED: u64 = 0x82EF_4D88_7A4E_55C5;

/// Marvin32 of `data` under the seed of the transaction logs. The low half is stored first.
pub fn marvin32(data: &[u8]) -> u64 {
    let (mut low, mut high) = (SEED as u32, (SEED >> 32) as u32);
    let words = data.chunks_exact(4);
    let mut tail = words.remainder().to_vec();
    for word in words {
        mix(&mut low, &mut high, word);
    }
    tail.push(0x80);
    tail.resize(4, 0);
    mix(&mut low, &mut high, &tail);
    mix(&mut low, &mut high, &[0; 4]);
    u64::from(high) << 32 | u64::from(low)
}

fn mix(low: &mut u32, high: &mut u32, word: &[u8]) {
    let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
    *low = low.wrapping_add(word);
    *high ^= *low;
    *low = low.rotate_left(20).wrapping_add(*high);
    *high = high.rotate_left(9) ^ *low;
    *low = low.rotate_left(27).wrapping_add(*high);
    *high = high.rotate_left(19);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of the first entry of a log that Windows 10 wrote, and the hash that it stored behind it
    /// (regipy's `SYSTEM_B.LOG1`, offsets 512 to 544 and 544 to 552).
    #[test]
    fn windows_own_hash() {
        let header = [
            0x48, 0x76, 0x4C, 0x45, 0x00, 0x3E, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x3B, 0x08, 0x00, 0x00, 0x00, 0x30,
            0xBD, 0x00, 0x03, 0x00, 0x00, 0x00, 0xC4, 0x81, 0x2C, 0xBE, 0xA1, 0xB6, 0x70, 0x4B,
        ];
        let stored = [0x0A, 0xF3, 0x48, 0xDF, 0xD7, 0xC5, 0x88, 0xDD];
        assert_eq!(marvin32(&header), u64::from_le_bytes(stored));
    }
}
