//! What goes to standard error: one line each, harmless to a terminal, and masked where the data is.

use std::io::{self, IsTerminal as _, Write as _};

use crate::escape::escape;
use crate::mask::mask;

/// Columns of the line of progress.
const STATUS_WIDTH: usize = 79;

/// Writes messages for the user.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    quiet: bool,
    mask: bool,
    progress: bool,
}

impl Messages {
    pub fn new(mask: bool) -> Self {
        Self { quiet: false, mask, progress: false }
    }

    /// Without remarks on sources.
    pub fn quiet(mut self, quiet: bool) -> Self {
        self.quiet = quiet;
        self
    }

    /// With a line of progress, if standard error is a terminal.
    pub fn progress(mut self, wanted: bool) -> Self {
        self.progress = wanted && io::stderr().is_terminal();
        self
    }

    /// Says that something failed. This is said even quietly.
    pub fn error(&self, text: &str) {
        self.line(text);
    }

    /// Remarks on a source.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// Says how far the work is, in place of what was said before.
    pub fn at(&self, done: usize, path: &str) {
        if self.shows_progress() {
            let path: String = self.harmless(path).chars().take(60).collect();
            self.status(&format!("{done} done, last {path}"));
        }
    }

    /// Whether there is a line of progress.
    pub fn shows_progress(&self) -> bool {
        self.progress && !self.quiet
    }

    /// Puts a text in place of the line of progress.
    pub fn status(&self, text: &str) {
        if self.shows_progress() {
            // A line that wraps could not be taken back.
            let text: String = self.harmless(text).chars().take(STATUS_WIDTH).collect();
            // Nobody can be told that standard error is closed.
            _ = write!(io::stderr(), "\r\x1b[K{text}");
        }
    }

    /// Takes the line of progress away.
    pub fn clear(&self) {
        if self.progress && !self.quiet {
            _ = write!(io::stderr(), "\r\x1b[K");
        }
    }

    fn line(&self, text: &str) {
        self.clear();
        _ = writeln!(io::stderr(), "hivekey: {}", self.harmless(text));
    }

    fn harmless(&self, text: &str) -> String {
        if self.mask { escape(&mask(text)).into_owned() } else { escape(text).into_owned() }
    }
}
