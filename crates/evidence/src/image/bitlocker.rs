//! BitLocker volumes: unlocked where a secret fits, named with what would unlock them where none does.

use std::sync::Arc;

use hivekey_bitlocker::{Error as BitLockerError, Volume};
use hivekey_read_at::ReadAt;

use crate::error::Error;
use crate::folder::shown;
use crate::options::ImageOptions;
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};

/// The decrypted volume, if it can be had, and what is to be said of it.
pub(super) fn unlock(
    volume: Arc<dyn ReadAt>,
    top: &TreePath,
    options: &ImageOptions,
) -> (Option<Arc<dyn ReadAt>>, Problem) {
    let (unlocked, kind) = match Volume::open(volume) {
        Ok(locked) => match locked.unlock(&options.secrets) {
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
