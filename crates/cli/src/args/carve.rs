//! The arguments of `hivekey carve`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::{AnswerFormat, ImageArgs, LangChoice};
use crate::terminal::ColorChoice;

/// Sweep raw bytes for product keys and lost hives, whatever the file system says
///
/// For a disk that was formatted again, an image of one, unallocated space, a pagefile, a memory dump, a broken hive. Keys
/// count when their check values fit, at any offset. An interrupt (Ctrl-C) ends the sweep and prints what was found until then; a
/// second one ends the program. Exit code 0: something was found in each source. 1: in at least one nothing was found. 2: a source
/// could not be read, or nothing was found where parts could not be read. 130: interrupted.
#[derive(Debug, Args)]
pub struct CarveArgs {
    /// A disk image, a block device, any other file, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// How to write what is found
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: AnswerFormat,

    /// Write to FILE instead of standard output; it appears when it is complete, and never inside the evidence
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Show the last five characters of each key only
    #[arg(long)]
    pub mask: bool,

    /// Also look for keys written as text: hints of low certainty
    #[arg(long)]
    pub text_keys: bool,

    #[command(flatten)]
    pub images: ImageArgs,

    /// Sweep with N threads [default: one per core, but one for a disk with moving heads]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,

    /// Language of messages [default: that of the locale]
    #[arg(long, value_name = "LANG")]
    pub lang: Option<LangChoice>,

    /// Say nothing on standard error about sources
    #[arg(short, long)]
    pub quiet: bool,

    /// Show no progress
    #[arg(long)]
    pub no_progress: bool,

    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}
