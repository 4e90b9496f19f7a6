//! BitLocker volumes: unlocked where a secret fits, named with what would unlock them where none does.

use std::sync::Arc;

use hivekey_bitlocker::{Error as BitLockerError, Tries, Volume};
use hivekey_read_at::ReadAt;

use crate::error::Error;
use crate::folder::shown;
use crate::options::ImageOptions;
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};

/// Most tries over all volumes of a disk, if that is more than [`SECRET_TRIES`] for each secret.
const DISK_TRIES: usize = 256;
/// Each secret is tried at least so often: a user may have a list of hundreds.
const SECRET_TRIES: usize = 4;
/// Most protectors of one volume that secrets are tried on.
const PROTECTORS: usize = 32;

/// How much may be tried on the volumes of one disk.
pub(super) fn tries(options: &ImageOptions) -> Tries {
    Tries::new(options.secrets.len().saturating_mul(SECRET_TRIES).max(DISK_TRIES), PROTECTORS)
}

/// The decrypted volume, if it can be had, and what is to be said of it.
pub(super) fn unlock(
    volume: Arc<dyn ReadAt>,
    top: &TreePath,
    options: &ImageOptions,
    tries: &mut Tries,
) -> (Option<Arc<dyn ReadAt>>, Problem) {
    let (unlocked, kind) = match Volume::open(volume) {
        Ok(locked) => match locked.unlock_within(&options.secrets, tries) {
            Ok(unlocked) => {
                let protector = unlocked.protector();
                let unlocked: Arc<dyn ReadAt> = Arc::new(unlocked);
                (Some(unlocked), ProblemKind::BitLockerUnlocked { protector })
            }
            Err(BitLockerError::NoProtector | BitLockerError::WrongSecret) => {
                let protectors = locked.protectors().to_vec();
                (None, ProblemKind::BitLockerLocked { protectors, tried: options.secrets.len() })
            }
            Err(error) => (None, unreadable(top, error)),
        },
        Err(error) => (None, unreadable(top, error)),
    };
    (unlocked, Problem { path: top.clone(), kind })
}

fn unreadable(top: &TreePath, source: BitLockerError) -> ProblemKind {
    ProblemKind::BitLockerUnreadable(Error::BitLocker { path: shown(top), source: Box::new(source) })
}
