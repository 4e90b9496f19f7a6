//! What an inspection is asked to do.

use hivekey_evidence::ImageOptions;

use crate::Lang;

/// Options of [`inspect`](crate::inspect). The default reads what a report needs and no more.
///
/// ```
/// let options = hivekey::Options::new().hash(true).deep(true);
/// assert!(options.hash && !options.verify);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Let nt-hive read each reported value again from the same bytes (needs the feature `verify`; without it the values
    /// stay unverified and a finding says so).
    pub verify: bool,
    /// Compute the SHA-256 of every hive file that is read, and check the hashes that a disk image stores of its disk. This reads
    /// each of them completely.
    pub hash: bool,
    /// Walk whole hives for product-id blobs that stand where none is expected.
    pub deep: bool,
    /// Search free cells and slack for deleted values, and the volumes of disk images for deleted hives.
    pub recover: bool,
    /// Replay transaction logs on dirty hives, in memory. On by default.
    pub replay: bool,
    /// How disk images are opened: what unlocks them, which state of them, and where their other files may lie.
    pub images: ImageOptions,
    /// The language of messages.
    pub lang: Lang,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            verify: false,
            hash: false,
            deep: false,
            recover: false,
            replay: true,
            images: ImageOptions::default(),
            lang: Lang::En,
        }
    }
}

macro_rules! setters {
    ($($name:ident: $type:ty, $doc:literal;)*) => {
        impl Options {
            /// The defaults.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            $(
                #[doc = $doc]
                #[must_use]
                pub fn $name(mut self, $name: $type) -> Self {
                    self.$name = $name;
                    self
                }
            )*
        }
    };
}

setters! {
    verify: bool, "Sets [`verify`](Self#structfield.verify).";
    hash: bool, "Sets [`hash`](Self#structfield.hash).";
    deep: bool, "Sets [`deep`](Self#structfield.deep).";
    recover: bool, "Sets [`recover`](Self#structfield.recover).";
    replay: bool, "Sets [`replay`](Self#structfield.replay).";
    images: ImageOptions, "Sets [`images`](Self#structfield.images).";
    lang: Lang, "Sets [`lang`](Self#structfield.lang).";
}
