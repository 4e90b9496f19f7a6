//! The arguments that say how disk images are opened.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use hivekey::{ImageOptions, Password, RecoveryKey, Secret};

use crate::failure::Failure;

/// Bytes of a file with secrets.
const MAX_SECRETS: u64 = 1 << 20;

/// Which state of an image is read, and where its other files may lie.
#[derive(Debug, Args)]
pub struct ImageArgs {
    /// Take parents and extents of disk images from FOLDER as well, and not only from beside them
    #[arg(long, value_name = "FOLDER")]
    image_folder: Vec<PathBuf>,

    /// Read the internal snapshot NAME of the disk images (QCOW2) instead of their current state
    #[arg(long, value_name = "NAME")]
    image_snapshot: Option<String>,
}

/// What unlocks the BitLocker volumes of an image.
#[derive(Debug, Args)]
struct UnlockArgs {
    /// Unlock BitLocker volumes with this recovery key of 48 digits; other users of this machine may see it, unlike those in
    /// --password-file
    #[arg(long, value_name = "KEY")]
    recovery_key: Vec<String>,

    /// Unlock BitLocker volumes with the passwords and recovery keys in FILE, one a line
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// All that says how disk images and the volumes on them are opened.
#[derive(Debug, Args)]
pub struct DiskArgs {
    #[command(flatten)]
    unlock: UnlockArgs,

    #[command(flatten)]
    images: ImageArgs,
}

impl DiskArgs {
    /// How images are to be opened and their volumes unlocked.
    ///
    /// # Errors
    ///
    /// A recovery key is none, or the file with secrets cannot be read.
    pub fn options(&self) -> Result<ImageOptions, Failure> {
        Ok(self.images.options().with_secrets(self.unlock.secrets()?))
    }
}

impl ImageArgs {
    /// How images are to be opened.
    pub fn options(&self) -> ImageOptions {
        ImageOptions::default().with_folders(self.image_folder.clone()).with_snapshot(self.image_snapshot.clone())
    }
}

impl UnlockArgs {
    /// Everything that may unlock a volume.
    ///
    /// # Errors
    ///
    /// A recovery key is none, or the file with secrets cannot be read.
    fn secrets(&self) -> Result<Vec<Secret>, Failure> {
        // Not parsed with the other arguments: what is wrong with one would be told together with the key itself.
        let keys = self.recovery_key.iter().map(|key| RecoveryKey::parse(key).map(Secret::RecoveryKey));
        let mut secrets: Vec<Secret> = keys.collect::<Result<_, _>>().map_err(Failure::RecoveryKey)?;
        if let Some(path) = &self.password_file {
            let failed = |error| Failure::Input { path: path.clone(), error };
            let text = read(path).map_err(failed)?;
            for line in text.lines().filter(|line| !line.is_empty()) {
                // Nothing keeps a password from looking like a recovery key.
                secrets.extend(RecoveryKey::parse(line).ok().map(Secret::RecoveryKey));
                secrets.push(Secret::Password(Password::new(line)));
            }
        }
        Ok(secrets)
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(MAX_SECRETS).read_to_string(&mut text)?;
    if u64::try_from(read).unwrap_or(u64::MAX) == MAX_SECRETS {
        return Err(io::Error::other("more than a file with passwords has"));
    }
    // Editors on Windows begin files with a byte order mark.
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), ToOwned::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secrets");
        let secrets = |text: &[u8]| {
            std::fs::write(&file, text).unwrap();
            let args = UnlockArgs { recovery_key: Vec::new(), password_file: Some(file.clone()) };
            args.secrets().map(|secrets| secrets.len())
        };
        assert_eq!(secrets(b"").unwrap(), 0);
        assert_eq!(secrets(b"\n\r\n").unwrap(), 0);
        assert_eq!(secrets("\u{feff}one\r\ntwo words\n".as_bytes()).unwrap(), 2);
        // A recovery key may be a password as well.
        assert_eq!(secrets(&[b"000011".as_slice(); 8].join(&b'-')).unwrap(), 2);
        let mistyped = "042647-302313-590458-071500-554323-116567-412181-516979";
        let args = UnlockArgs { recovery_key: vec![mistyped.to_owned()], password_file: None };
        let told = args.secrets().unwrap_err().to_string();
        assert!(told.contains("group 8 of the recovery key is mistyped") && !told.contains("0426"), "{told}");
        assert!(secrets(b"\xFF\xFE").unwrap_err().to_string().contains("secrets"));
        assert!(secrets(&vec![b'a'; 1 << 20]).unwrap_err().to_string().contains("more than a file"));
    }
}
