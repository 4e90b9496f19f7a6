//! The logical digest of a hive: SHA-256 over the sorted, newline-joined lines `K\0path` and
//! `V\0path\0name\0type\0sha256hex(data)`.

use hivekey_regf::{Hive, ReadAt};
use sha2::{Digest, Sha256};

/// What a hive holds, in numbers.
#[derive(Debug)]
pub struct Logical {
    pub keys: u64,
    pub values: u64,
    pub sha256: String,
    pub errors: Vec<String>,
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Walks the whole hive.
pub fn of<S: ReadAt>(hive: &Hive<S>) -> Logical {
    let mut lines = Vec::new();
    let mut errors = Vec::new();
    let (mut keys, mut values) = (0, 0);
    for item in hive.walk() {
        let item = match item {
            Ok(item) => item,
            Err(error) => {
                errors.push(error.to_string());
                continue;
            }
        };
        keys += 1;
        lines.push(format!("K\0{}", item.path));
        for value in item.key.values() {
            let value = match value {
                Ok(value) => value,
                Err(error) => {
                    errors.push(format!("{}: {error}", item.path));
                    continue;
                }
            };
            match value.data() {
                Ok(data) => {
                    values += 1;
                    let sha = hex(&Sha256::digest(&data));
                    lines.push(format!("V\0{}\0{}\0{}\0{sha}", item.path, value.name(), value.kind().0));
                }
                Err(error) => errors.push(format!("{}: {}: {error}", item.path, value.name())),
            }
        }
    }
    lines.sort_unstable();
    let sha256 = hex(&Sha256::digest(lines.join("\n")));
    Logical { keys, values, sha256, errors }
}
