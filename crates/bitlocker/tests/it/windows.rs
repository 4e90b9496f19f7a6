//! Volumes that Windows made: the test images of cryptsetup (`tests/bitlk-images.tar.xz` of its source, version 2.6.1), unpacked in the
//! folder that `HIVEKEY_BITLK_IMAGES` names. `images.conf` there has the secrets and the SHA-256 of the decrypted volumes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use hivekey_bitlocker::{Error, Password, ProtectorKind, ReadAt, ReadError, RecoveryKey, Secret, Unlocked, Volume};
use sha2::{Digest, Sha256};

struct Image(File, u64);

impl ReadAt for Image {
    fn len(&self) -> u64 {
        self.1
    }
    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        hivekey_read_at::check_range(offset, buf.len(), self.1)?;
        self.0.read_exact_at(buf, offset).map_err(|error| ReadError::io(offset, buf.len(), error))
    }
}

fn open(path: &Path) -> Result<Volume, Error> {
    let file = File::open(path).unwrap();
    let len = file.metadata().unwrap().len();
    Volume::open(Arc::new(Image(file, len)))
}

fn sha256(volume: &Unlocked) -> String {
    let mut hash = Sha256::new();
    let mut buf = vec![0; 1 << 20];
    let mut at = 0;
    while at < volume.len() {
        let read = volume.read_available(at, &mut buf).unwrap();
        hash.update(&buf[..read]);
        at += u64::try_from(read).unwrap();
    }
    hex::encode(hash.finalize())
}

/// The sections of `images.conf`.
fn sections(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name.clone_into(&mut current);
        } else if let Some((key, value)) = line.split_once('=').filter(|(_, value)| !value.is_empty()) {
            sections.entry(current.clone()).or_default().insert(key.to_owned(), value.to_owned());
        }
    }
    sections
}

#[test]
fn the_images_of_cryptsetup() {
    let Some(folder) = std::env::var_os("HIVEKEY_BITLK_IMAGES") else {
        println!("skipped: HIVEKEY_BITLK_IMAGES names no folder");
        return;
    };
    let folder = Path::new(&folder);
    let sections = sections(&fs::read_to_string(folder.join("images.conf")).unwrap());
    assert!(sections.len() >= 15);
    for (name, facts) in &sections {
        let opened = open(&folder.join(format!("{name}.img")));
        if matches!(name.as_str(), "bitlk-aes-xts-128-eow" | "bitlk-clearkey-aes-cbc-128") {
            let error = opened.err().unwrap();
            assert!(error.to_string().contains("encrypt-on-write"), "{name}: {error}");
            continue;
        }
        let volume = opened.unwrap();
        assert_eq!(volume.id().to_string(), facts["GUID"], "{name}");
        let has = |kind, id: &str| {
            volume.protectors().iter().any(|protector| protector.kind == kind && protector.id.to_string() == id)
        };
        assert!(has(ProtectorKind::RecoveryKey, &facts["RP_VMK_GUID"]), "{name}");
        let mut secrets = vec![Secret::RecoveryKey(RecoveryKey::parse(&facts["RP"]).unwrap())];
        if let Some(password) = facts.get("PW") {
            assert!(has(ProtectorKind::Password, &facts["PW_VMK_GUID"]), "{name}");
            secrets.push(Secret::Password(Password::new(password)));
        }
        let mut all = secrets.iter().map(|secret| volume.unlock(std::slice::from_ref(secret)).unwrap());
        let first = all.next().unwrap();
        assert_eq!(sha256(&first), facts["SHA256SUM"], "{name}");
        for other in all {
            let (mut expected, mut bytes) = (vec![0; 1 << 20], vec![0; 1 << 20]);
            first.read_into(0, &mut expected).unwrap();
            other.read_into(0, &mut bytes).unwrap();
            assert!(bytes == expected, "{name}");
        }
        let zero = RecoveryKey::parse(&["000000"; 8].join("-")).unwrap();
        assert!(matches!(volume.unlock(&[Secret::RecoveryKey(zero)]), Err(Error::WrongSecret)), "{name}");
        assert!(matches!(volume.unlock(&[]), Err(Error::NoProtector)), "{name}");
        println!("{name}: {}", volume.method());
    }
}
