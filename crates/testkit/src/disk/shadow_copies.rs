//! Volume shadow copies: a volume as it is, with what it was before saved behind it.
//!
//! Source: Joachim Metz, "Volume Shadow Snapshot (VSS) format specification". libvshadow reads what is made here.

/// Bytes of a block.
const BLOCK: usize = 0x4000;
/// {3808876b-c176-4e48-b7ae-04046e6cc752}, as it lies on the disk.
const IDENTIFIER: [u8; 16] =
    [0x6B, 0x87, 0x08, 0x38, 0x76, 0xC1, 0x48, 0x4E, 0xB7, 0xAE, 0x04, 0x04, 0x6E, 0x6C, 0xC7, 0x52];
/// Descriptors in one block of the block list.
const DESCRIPTORS: usize = (BLOCK - 128) / 32;

/// Adds to a volume, which is a multiple of 16 KiB long, its earlier states, oldest first: each with the FILETIME of its shadow copy
/// and its bytes, as many as the volume's. Catalog, lists and saved blocks lie behind the volume's own bytes.
///
/// # Panics
/// If the states differ in length, or one differs from the next in more blocks than one list block describes.
pub fn with_shadow_copies(mut volume: Vec<u8>, earlier: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let now = volume.clone();
    let put = |bytes: &mut [u8], at: usize, value: usize| {
        bytes[at..at + 8].copy_from_slice(&u64::try_from(value).unwrap().to_le_bytes());
    };
    let table = |record_type: u8, at: usize| {
        let mut block = vec![0; BLOCK];
        block[..16].copy_from_slice(&IDENTIFIER);
        (block[16], block[20]) = (1, record_type);
        put(&mut block, 32, at);
        block
    };
    let mut catalog = table(2, volume.len());
    let catalog_at = volume.len();
    volume.resize(catalog_at + BLOCK, 0);
    let states: Vec<&[u8]> = earlier.iter().map(|(_, bytes)| bytes.as_slice()).chain([now.as_slice()]).collect();
    for (index, (created, old)) in earlier.iter().enumerate() {
        let next = states[index + 1];
        assert_eq!(old.len(), next.len());
        let list_at = volume.len();
        let mut list = table(3, list_at);
        volume.resize(list_at + BLOCK, 0);
        let changed = old.chunks(BLOCK).zip(next.chunks(BLOCK)).enumerate().filter(|(_, (old, next))| old != next);
        for (slot, (block, (old, _))) in changed.enumerate() {
            assert!(slot < DESCRIPTORS);
            let descriptor = 128 + slot * 32;
            put(&mut list, descriptor, block * BLOCK);
            put(&mut list, descriptor + 8, slot * BLOCK);
            put(&mut list, descriptor + 16, volume.len());
            volume.extend_from_slice(old);
        }
        volume[list_at..list_at + BLOCK].copy_from_slice(&list);
        let entry = 128 + index * 256;
        let id = [u8::try_from(index).unwrap() + 1; 16];
        put(&mut catalog, entry, 2);
        put(&mut catalog, entry + 8, now.len());
        catalog[entry + 16..entry + 32].copy_from_slice(&id);
        catalog[entry + 48..entry + 56].copy_from_slice(&created.to_le_bytes());
        put(&mut catalog, entry + 128, 3);
        put(&mut catalog, entry + 136, list_at);
        catalog[entry + 144..entry + 160].copy_from_slice(&id);
    }
    volume[catalog_at..catalog_at + BLOCK].copy_from_slice(&catalog);
    let mut header = vec![0; 512];
    header[..16].copy_from_slice(&IDENTIFIER);
    (header[16], header[20]) = (1, 1);
    put(&mut header, 24, 0x1E00);
    put(&mut header, 48, catalog_at);
    volume[0x1E00..0x2000].copy_from_slice(&header);
    volume
}
