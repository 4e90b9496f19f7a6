//! Dual-tool verification: nt-hive, an independent reader, reads each reported value again from the same bytes.
//!
//! nt-hive asserts on crafted input and on some valid hives. Its panics are caught and become findings, and the panic hook
//! is silent for them; every other panic still reaches the program's own hook.

use crate::Options;
use crate::hives::OpenHive;
use crate::report::Finding;
use crate::witness::Witness;

/// Sets `verified` on each witness, if that was asked for.
pub(crate) fn verify(hives: &[OpenHive], witnesses: &mut [Witness], options: &Options, findings: &mut Vec<Finding>) {
    if !options.verify {
        return;
    }
    for open in hives {
        let of_hive: Vec<&mut Witness> = witnesses
            .iter_mut()
            .filter(|witness| witness.hive == open.report.path && witness.key_path.starts_with('\\'))
            .collect();
        if !of_hive.is_empty() {
            imp::verify_hive(open, of_hive, findings);
        }
    }
}

#[cfg(feature = "verify")]
mod imp {
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Once;

    use hivekey_regf::ReadAt;

    use crate::hives::OpenHive;
    use crate::report::{Finding, FindingCode};
    use crate::witness::Witness;

    /// nt-hive needs the hive in one piece; Windows' own limit is 2 GiB, and no real one comes near this.
    const MAX_HIVE_LEN: u64 = 1 << 30;

    pub(super) fn verify_hive(open: &OpenHive, witnesses: Vec<&mut Witness>, findings: &mut Vec<Finding>) {
        let bytes = match whole(open) {
            Ok(bytes) => bytes,
            Err(problem) => {
                findings.push(failed(open, problem));
                return;
            }
        };
        for witness in witnesses {
            match quietly(|| read(&bytes, &witness.key_path, &witness.value)) {
                Some(Ok(data)) => {
                    let agrees = data.as_deref() == Some(&witness.data);
                    witness.verified = Some(agrees);
                    if !agrees {
                        findings.push(Finding::new(FindingCode::VerifyDisagrees, vec![("place", witness.place())]));
                    }
                }
                Some(Err(error)) => findings.push(failed(open, error)),
                None => findings.push(failed(open, "it gave up on this hive".to_owned())),
            }
        }
    }

    fn whole(open: &OpenHive) -> Result<Vec<u8>, String> {
        let bytes = open.bytes.as_ref().ok_or("the hive could not be opened")?;
        let len = usize::try_from(bytes.len().min(MAX_HIVE_LEN)).map_err(|error| error.to_string())?;
        let mut whole = vec![0; len];
        bytes.read_into(0, &mut whole).map_err(|error| error.to_string())?;
        Ok(whole)
    }

    /// The value's data; `None` where nt-hive finds no such value.
    fn read(bytes: &[u8], key_path: &str, value: &str) -> Result<Option<Vec<u8>>, String> {
        // nt-hive asserts where the signature is missing; the rest of its validation refuses dirty hives.
        if !bytes.starts_with(b"regf") {
            return Err("no regf signature".to_owned());
        }
        let hive = nt_hive::Hive::without_validation(bytes).map_err(|error| error.to_string())?;
        let mut key = hive.root_key_node().map_err(|error| error.to_string())?;
        for name in key_path.split('\\').filter(|name| !name.is_empty()) {
            key = match key.subkey(name) {
                Some(found) => found.map_err(|error| error.to_string())?,
                None => return Ok(None),
            };
        }
        match key.value(value) {
            Some(found) => {
                let found = found.map_err(|error| error.to_string())?;
                let data = found.data().map_err(|error| error.to_string())?;
                data.into_vec().map(Some).map_err(|error| error.to_string())
            }
            None => Ok(None),
        }
    }

    fn failed(open: &OpenHive, problem: String) -> Finding {
        Finding::new(FindingCode::VerifyFailed, vec![("hive", open.report.path.clone()), ("problem", problem)])
    }

    thread_local! {
        static QUIET: Cell<bool> = const { Cell::new(false) };
    }

    /// Runs nt-hive; `None` where it panicked.
    fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let outer = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                if !QUIET.get() {
                    outer(info);
                }
            }));
        });
        QUIET.set(true);
        let result = catch_unwind(AssertUnwindSafe(work));
        QUIET.set(false);
        result.ok()
    }
}

#[cfg(not(feature = "verify"))]
mod imp {
    use crate::hives::OpenHive;
    use crate::report::{Finding, FindingCode};
    use crate::witness::Witness;

    pub(super) fn verify_hive(open: &OpenHive, _: Vec<&mut Witness>, findings: &mut Vec<Finding>) {
        let problem = "this build has no second reader".to_owned();
        let args = vec![("hive", open.report.path.clone()), ("problem", problem)];
        findings.push(Finding::new(FindingCode::VerifyFailed, args));
    }
}
