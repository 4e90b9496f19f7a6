//! The relative addresses of x86 instructions, which LZMS packers make absolute wherever there seems to be machine code.
//!
//! | bytes | instruction | its address is at |
//! |---|---|---|
//! | `E8` | call | 1 |
//! | `E9` | jump: skipped, never changed | |
//! | `FF 15` | call through memory | 2 |
//! | `F0 83 05` | lock add | 3 |
//! | `48 8B 05`, `48 8B 0D` | load (x64) | 3 |
//! | `48 8D`, `4C 8D`, and a byte whose low three bits are 5 | load an address (x64) | 3 |
//!
//! An address is changed where, not more than 1023 bytes before (511 for a call), one stood whose target another had shortly before:
//! data do not look like that. Source: the documentation of wimlib.

/// How far apart two addresses of one target may stand, in bytes.
const TARGET_WINDOW: i64 = 65_535;
/// How far machine code is believed to go on.
const TRUST: i64 = 1023;
/// A position too far before all others.
const NEVER: i64 = -(1 << 32);
/// The last bytes of a chunk are left alone.
const TAIL: usize = 16;

/// Makes the addresses relative again.
pub(crate) fn undo_x86(data: &mut [u8]) {
    let Some(last) = data.len().checked_sub(TAIL).filter(|&last| last > 1) else {
        return;
    };
    let mut last_use = vec![NEVER; 1 << 16];
    let mut code = NEVER;
    let mut at = 1usize;
    while at < last {
        let Some(instruction) = data.get(at..).and_then(|rest| rest.first_chunk::<3>()) else {
            return;
        };
        let (address_at, trust) = match instruction {
            [0xE8, ..] => (1, TRUST.wrapping_shr(1)),
            [0xE9, ..] => {
                at = at.saturating_add(5);
                continue;
            }
            [0xFF, 0x15, _] => (2, TRUST),
            [0xF0, 0x83, 0x05] | [0x48, 0x8B, 0x05 | 0x0D] => (3, TRUST),
            [0x48 | 0x4C, 0x8D, operand] if operand & 7 == 5 => (3, TRUST),
            _ => {
                at = at.saturating_add(1);
                continue;
            }
        };
        let Some(address) = data.get_mut(at.saturating_add(address_at)..).and_then(|rest| rest.first_chunk_mut::<4>())
        else {
            return;
        };
        // Chunks are far shorter than 2 GiB.
        let position = u32::try_from(at).unwrap_or(u32::MAX);
        if i64::from(position).saturating_sub(code) <= trust {
            *address = u32::from_le_bytes(*address).wrapping_sub(position).to_le_bytes();
        }
        let [low, high, ..] = *address;
        let [position_low, position_high, ..] = position.to_le_bytes();
        let target = u16::from_le_bytes([low, high]).wrapping_add(u16::from_le_bytes([position_low, position_high]));
        at = at.saturating_add(address_at).saturating_add(3);
        let end = i64::try_from(at).unwrap_or(i64::MAX);
        if let Some(used) = last_use.get_mut(usize::from(target)) {
            if end.saturating_sub(*used) <= TARGET_WINDOW {
                code = end;
            }
            *used = end;
        }
        at = at.saturating_add(1);
    }
}
