//! Texts in the shape of a key that are none: what stands where a key was cleared, or was never meant to be.
//!
//! An erased key is told by its bytes (all zero), which is the decoder's work; this module is for keys that are found as
//! text, in `BackupProductKeyDefault`, `unattend.xml`, a list of keys, or the output of another tool.

/// What a key text that is no key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Placeholder {
    /// `BBBBB-BBBBB-…`: sixteen zero bytes decoded. A MAK or KMS host key, or one cleared by `slmgr /cpky`.
    Erased,
    /// `NBBBB-BBBBB-…`: the same bytes through a decoder that always inserts the `N`.
    ErasedMisread,
    /// One other character throughout, such as `00000-…`, `33333-…` or `XXXXX-…`: a fake or a mask.
    Filler,
    /// `*SENSITIVE*DATA*DELETED*`: Windows Setup clears answer files with it.
    Scrubbed,
}

/// What Windows Setup writes over a secret in an answer file.
const SCRUBBED: &str = "*SENSITIVE*DATA*DELETED*";

/// Tells a key text that is no key; `None` if nothing speaks against it.
#[must_use]
pub fn placeholder(text: &str) -> Option<Placeholder> {
    if text.trim().eq_ignore_ascii_case(SCRUBBED) {
        return Some(Placeholder::Scrubbed);
    }
    let characters = || text.chars().filter(|c| *c != '-' && !c.is_whitespace()).map(|c| c.to_ascii_uppercase());
    let first = characters().next()?;
    if characters().all(|c| c == first) {
        return Some(if first == 'B' { Placeholder::Erased } else { Placeholder::Filler });
    }
    let foreign = characters().filter(|c| *c != 'B').count();
    (foreign == 1 && characters().any(|c| c == 'N')).then_some(Placeholder::ErasedMisread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (text, expected) in [
            ("BBBBB-BBBBB-BBBBB-BBBBB-BBBBB", Some(Placeholder::Erased)),
            ("bbbbbbbbbbbbbbbbbbbbbbbbb", Some(Placeholder::Erased)),
            ("NBBBB-BBBBB-BBBBB-BBBBB-BBBBB", Some(Placeholder::ErasedMisread)),
            ("BBBBB-BBBBN-BBBBB-BBBBB-BBBBB", Some(Placeholder::ErasedMisread)),
            ("BBBBB-BBBBC-BBBBB-BBBBB-BBBBB", None),
            ("00000-00000-00000-00000-00000", Some(Placeholder::Filler)),
            ("XXXXX-XXXXX-XXXXX-XXXXX-XXXXX", Some(Placeholder::Filler)),
            ("*SENSITIVE*DATA*DELETED*", Some(Placeholder::Scrubbed)),
            ("N69G4-B89J2-4G8F4-WWYCC-J464C", None),
            ("", None),
            ("-----", None),
        ] {
            assert_eq!(placeholder(text), expected, "{text}");
        }
    }
}
