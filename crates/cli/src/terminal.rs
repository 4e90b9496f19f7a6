//! What the terminal can do: colour and width.

use std::env;
use std::io::IsTerminal;

use clap::ValueEnum;

/// Columns of text where standard output is no terminal.
const WIDTH: usize = 80;
/// A line that is longer than this is hard to read.
const WIDEST: usize = 100;
/// Narrower than this, columns no longer stand.
const NARROWEST: usize = 40;

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    /// Whether to colour what goes to standard output (`to_stdout`) or to a file.
    pub fn enabled(self, to_stdout: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                to_stdout
                    && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                    && env::var_os("TERM").is_none_or(|term| term != "dumb")
                    && std::io::stdout().is_terminal()
            }
        }
    }
}

/// The columns to fill: those of the terminal within reason, else 80.
pub fn width(to_stdout: bool) -> usize {
    if !to_stdout || !std::io::stdout().is_terminal() {
        return WIDTH;
    }
    terminal_size::terminal_size_of(std::io::stdout())
        .map_or(WIDTH, |(width, _)| usize::from(width.0))
        .clamp(NARROWEST, WIDEST)
}

/// How a piece of text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Bold,
    Dim,
    Good,
    Caution,
    Bad,
}

impl Style {
    /// The SGR parameters, of the eight colours that every terminal has.
    pub fn sgr(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("1"),
            Self::Dim => Some("2"),
            Self::Good => Some("1;32"),
            Self::Caution => Some("1;33"),
            Self::Bad => Some("1;31"),
        }
    }
}
