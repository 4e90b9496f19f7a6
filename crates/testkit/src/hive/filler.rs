//! Keys and values of realistic shape in any amount, for hives of the size of a server's SOFTWARE.

use super::key::Key;
use super::value::Value;
use crate::time::Filetime;

/// A small deterministic generator (SplitMix64), so that the same seed gives the same bytes everywhere.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator from a seed.
    pub fn new(seed: u64) -> Self {
        Rng(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next_u64() % limit
    }

    /// That many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next_u64() as u8).collect()
    }

    /// A GUID as text, in braces.
    pub fn guid(&mut self) -> String {
        let (high, low) = (self.next_u64(), self.next_u64());
        format!(
            "{{{:08X}-{:04X}-{:04X}-{:04X}-{:012X}}}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    }
}

/// Adds classes, side-by-side components and installer records until a key has grown by about that many bytes of hive.
#[derive(Clone, Debug)]
pub struct Filler {
    bytes: usize,
    rng: Rng,
}

impl Filler {
    /// A filler of about `bytes` bytes of hive.
    pub fn new(bytes: usize, seed: u64) -> Self {
        Filler { bytes, rng: Rng::new(seed) }
    }

    /// Adds the keys below `software`, the root of a SOFTWARE hive.
    pub fn fill(mut self, software: &mut Key) {
        let mut written = 0;
        while written < self.bytes {
            // Of ten families, five are COM classes, which is about what they are of a real SOFTWARE hive.
            let family = match self.rng.below(10) {
                0..=2 => self.class(software.subkey("Classes").subkey("CLSID")),
                3..=4 => {
                    let classes = software.subkey("WOW6432Node").subkey("Classes");
                    self.class(classes.subkey("CLSID"))
                }
                5..=6 => self.interface(software.subkey("Classes").subkey("Interface")),
                7..=8 => {
                    let current = software.subkey("Microsoft").subkey("Windows");
                    let side_by_side = current.subkey("CurrentVersion").subkey("SideBySide");
                    self.component(side_by_side.subkey("Winners"))
                }
                _ => {
                    let current = software.subkey("Microsoft").subkey("Windows");
                    let installer = current.subkey("CurrentVersion").subkey("Installer");
                    self.installer(installer.subkey("UserData").subkey("S-1-5-18"))
                }
            };
            written += family;
        }
    }

    fn class(&mut self, parent: &mut Key) -> usize {
        let guid = self.rng.guid();
        let mut key = self.key(&guid);
        let number = self.rng.below(100_000);
        key.set("", Value::sz(&format!("Synthetic Component Class {number}")));
        let mut server = self.key("InprocServer32");
        server
            .set("", Value::expand_sz(&format!(r"%SystemRoot%\System32\synth{:04}.dll", number % 3000)))
            .set("ThreadingModel", Value::sz("Both"));
        let mut prog_id = self.key("ProgID");
        prog_id.set("", Value::sz(&format!("Synth.Class.{number}")));
        key.insert(server).insert(prog_id);
        put(parent, key)
    }

    fn interface(&mut self, parent: &mut Key) -> usize {
        let guid = self.rng.guid();
        let mut key = self.key(&guid);
        key.set("", Value::sz(&format!("ISynthetic{}", self.rng.below(1_000_000))));
        let mut proxy = self.key("ProxyStubClsid32");
        proxy.set("", Value::sz("{00020424-0000-0000-C000-000000000046}"));
        let mut methods = self.key("NumMethods");
        methods.set("", Value::sz(&self.rng.below(40).to_string()));
        key.insert(proxy).insert(methods);
        put(parent, key)
    }

    fn component(&mut self, parent: &mut Key) -> usize {
        let hash = self.rng.next_u64();
        let mut key = self
            .key(&format!("amd64_microsoft-windows-synthetic-{:05}_31bf3856ad364e35_none_{hash:016x}", hash % 100_000));
        let mut version = self.key("10.0");
        version.set("", Value::sz("10.0.17763.1")).set("10.0.17763.1", Value::binary([1]));
        key.set("", Value::sz("10.0")).insert(version);
        put(parent, key)
    }

    fn installer(&mut self, parent: &mut Key) -> usize {
        let name = format!("{:016X}{:016X}", self.rng.next_u64(), self.rng.next_u64());
        let mut key = self.key(&name);
        let number = self.rng.below(100_000);
        let mut properties = self.key("InstallProperties");
        let junk = 16 + self.rng.below(200) as usize;
        properties
            .set("DisplayName", Value::sz(&format!("Synthetic Package {number}")))
            .set("DisplayVersion", Value::sz(&format!("{}.{}", number % 20, number % 7)))
            .set("Publisher", Value::sz("Synthetic Software"))
            .set("InstallDate", Value::sz("20210615"))
            .set("EstimatedSize", Value::dword(number as u32))
            .set("WindowsInstaller", Value::dword(1))
            .set("Digest", Value::binary(self.rng.bytes(junk)));
        key.insert(properties);
        put(parent, key)
    }

    fn key(&mut self, name: &str) -> Key {
        let mut key = Key::new(name);
        let minutes = self.rng.below(500_000) as i64;
        key.last_written(Filetime::utc(2020, 6, 1, 0, minutes, 0));
        key
    }
}

/// Inserts a key and tells about how many bytes of hive it takes.
fn put(parent: &mut Key, key: Key) -> usize {
    let size = weight(&key);
    parent.insert(key);
    size
}

fn weight(key: &Key) -> usize {
    // Node, its element in the list, value list; each value's record and data; each cell rounded up with its size.
    let values = key.values().map(|(name, value)| {
        let data = if value.data.len() > 4 { value.data.len() + 8 } else { 0 };
        24 + name.units().len() + 4 + data + 4
    });
    let subkeys = key.subkeys().map(weight);
    let own = 80 + key.name().units().len() + 4 + 8 + 8;
    own + values.sum::<usize>() + subkeys.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hive::HiveBuilder;

    #[test]
    fn filler_hits_its_size() {
        let mut hive = HiveBuilder::new();
        Filler::new(2_000_000, 1).fill(hive.root());
        let size = hive.build().bytes().len();
        assert!((1_800_000..2_300_000).contains(&size), "{size}");
    }
}
