//! Tiny hives, laid out by hand in one bin.

/// "No cell".
pub const NONE: u32 = u32::MAX;

/// A key node to be written.
#[derive(Clone, Debug)]
pub struct Nk<'a> {
    pub name: &'a [u8],
    pub flags: u16,
    pub parent: u32,
    pub subkeys: (u32, u32),
    pub values: (u32, u32),
    pub class: (u32, u16),
}

impl Default for Nk<'_> {
    fn default() -> Self {
        Self { name: b"key", flags: 0x20, parent: NONE, subkeys: (0, NONE), values: (0, NONE), class: (NONE, 0) }
    }
}

impl Nk<'_> {
    pub fn bytes(&self) -> Vec<u8> {
        let mut nk = vec![0u8; 76];
        put(&mut nk, 0, b"nk");
        put(&mut nk, 2, &self.flags.to_le_bytes());
        put(&mut nk, 4, &0x01D0_0000_0000_0000u64.to_le_bytes());
        for (at, number) in [
            (16, self.parent),
            (20, self.subkeys.0),
            (28, self.subkeys.1),
            (32, NONE),
            (36, self.values.0),
            (40, self.values.1),
            (44, NONE),
            (48, self.class.0),
        ] {
            put(&mut nk, at, &number.to_le_bytes());
        }
        put(&mut nk, 72, &u16::try_from(self.name.len()).unwrap().to_le_bytes());
        put(&mut nk, 74, &self.class.1.to_le_bytes());
        nk.extend_from_slice(self.name);
        nk
    }
}

/// A value record.
pub fn vk(name: &[u8], size: u32, data: u32, kind: u32) -> Vec<u8> {
    let mut vk = vec![0u8; 20];
    put(&mut vk, 0, b"vk");
    put(&mut vk, 2, &u16::try_from(name.len()).unwrap().to_le_bytes());
    put(&mut vk, 4, &size.to_le_bytes());
    put(&mut vk, 8, &data.to_le_bytes());
    put(&mut vk, 12, &kind.to_le_bytes());
    put(&mut vk, 16, &1u16.to_le_bytes());
    vk.extend_from_slice(name);
    vk
}

/// The hash of an `lh` list, for names in ASCII.
pub fn hash(name: &[u8]) -> u32 {
    name.iter().fold(0, |hash: u32, byte| hash.wrapping_mul(37).wrapping_add(u32::from(byte.to_ascii_uppercase())))
}

/// A list: signature, declared count, elements.
pub fn list(signature: &[u8; 2], count: u16, elements: &[u32]) -> Vec<u8> {
    let mut list = signature.to_vec();
    list.extend_from_slice(&count.to_le_bytes());
    list.extend(elements.iter().flat_map(|element| element.to_le_bytes()));
    list
}

pub fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

pub fn put(bytes: &mut [u8], at: usize, part: &[u8]) {
    bytes[at..at + part.len()].copy_from_slice(part);
}

/// A hive with its root at the first cell, for 0x20; cells are added one after the other.
#[derive(Debug)]
pub struct Tiny {
    bins: Vec<u8>,
    pub minor: u32,
}

impl Tiny {
    pub fn new() -> Self {
        Self { bins: vec![0; 32], minor: 5 }
    }

    fn raw(&mut self, content: &[u8], sign: i32) -> u32 {
        let at = self.bins.len();
        let len = (content.len() + 4).next_multiple_of(8);
        self.bins.extend_from_slice(&(sign * i32::try_from(len).unwrap()).to_le_bytes());
        self.bins.extend_from_slice(content);
        self.bins.resize(at + len, 0);
        u32::try_from(at).unwrap()
    }

    /// A cell in use; its offset.
    pub fn cell(&mut self, content: &[u8]) -> u32 {
        self.raw(content, -1)
    }

    /// A free cell; its offset.
    pub fn free(&mut self, content: &[u8]) -> u32 {
        self.raw(content, 1)
    }

    /// Writes over the size field of a cell.
    pub fn set_size(&mut self, cell: u32, size: i32) {
        put(&mut self.bins, usize::try_from(cell).unwrap(), &size.to_le_bytes());
    }

    /// Where the next cell will be.
    pub fn next(&self) -> u32 {
        u32::try_from(self.bins.len()).unwrap()
    }

    /// Writes over the content of a cell.
    pub fn patch(&mut self, cell: u32, at: usize, part: &[u8]) {
        put(&mut self.bins, usize::try_from(cell).unwrap() + 4 + at, part);
    }

    /// The hive file; the rest of the bin is one free cell.
    pub fn finish(&self, root: u32) -> Vec<u8> {
        let mut bins = self.bins.clone();
        let used = bins.len();
        bins.resize((used + 8).next_multiple_of(4096), 0);
        let rest = u32::try_from(bins.len() - used).unwrap();
        put(&mut bins, used, &rest.to_le_bytes());
        let size = u32::try_from(bins.len()).unwrap();
        put(&mut bins, 0, b"hbin");
        put(&mut bins, 8, &size.to_le_bytes());
        let mut file = vec![0u8; 4096];
        put(&mut file, 0, b"regf");
        for (at, number) in
            [(4, 1), (8, 1), (20, 1), (24, self.minor), (28, 0), (32, 1), (36, root), (40, size), (44, 1)]
        {
            put(&mut file, at, &number.to_le_bytes());
        }
        seal(&mut file);
        file.extend_from_slice(&bins);
        file
    }
}

/// Sets the checksum of a base block.
pub fn seal(file: &mut [u8]) {
    let (numbers, _) = file[..508].as_chunks::<4>();
    let sum = match numbers.iter().fold(0, |sum, number| sum ^ u32::from_le_bytes(*number)) {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    };
    put(file, 508, &sum.to_le_bytes());
}
