//! What a sweep is asked to do.

use std::num::NonZeroUsize;
use std::thread;

use hivekey_carve::Options as EngineOptions;
use hivekey_evidence::ImageOptions;

use crate::Lang;

/// More threads than this do nothing for anybody.
const MOST_THREADS: usize = 64;

/// Options of [`carve`](super::carve).
///
/// ```
/// let options = hivekey::carve::CarveOptions::new().text_keys(true);
/// assert!(options.text_keys && options.threads.is_none());
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CarveOptions {
    /// Also look for product keys written as text: hints of low certainty. Off by default.
    pub text_keys: bool,
    /// Threads that sweep. Without it as many as there are cores, and one where the bytes lie on a disk with moving heads.
    pub threads: Option<NonZeroUsize>,
    /// Bytes that a thread reads at once; without it, what is fastest. The result does not depend on it.
    pub window: Option<usize>,
    /// How disk images are opened; volumes are not unlocked.
    pub images: ImageOptions,
    /// The language of the findings on lost hives.
    pub lang: Lang,
}

impl CarveOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`text_keys`](Self#structfield.text_keys).
    #[must_use]
    pub fn text_keys(mut self, text_keys: bool) -> Self {
        self.text_keys = text_keys;
        self
    }

    /// Sets [`threads`](Self#structfield.threads).
    #[must_use]
    pub fn threads(mut self, threads: Option<NonZeroUsize>) -> Self {
        self.threads = threads;
        self
    }

    /// Sets [`window`](Self#structfield.window).
    #[must_use]
    pub fn window(mut self, window: Option<usize>) -> Self {
        self.window = window;
        self
    }

    /// Sets [`images`](Self#structfield.images).
    #[must_use]
    pub fn images(mut self, images: ImageOptions) -> Self {
        self.images = images;
        self
    }

    /// Sets [`lang`](Self#structfield.lang).
    #[must_use]
    pub fn lang(mut self, lang: Lang) -> Self {
        self.lang = lang;
        self
    }

    pub(super) fn threads_for(&self, rotational: Option<bool>) -> usize {
        let default = || match rotational {
            Some(true) => 1,
            _ => thread::available_parallelism().map_or(1, NonZeroUsize::get),
        };
        self.threads.map_or_else(default, NonZeroUsize::get).min(MOST_THREADS)
    }

    pub(super) fn engine(&self, threads: usize) -> EngineOptions {
        let default = EngineOptions::default();
        EngineOptions {
            text_keys: self.text_keys,
            threads: NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN),
            window: self.window.unwrap_or(default.window),
            ..default
        }
    }
}
