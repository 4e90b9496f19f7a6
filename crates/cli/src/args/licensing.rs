//! The arguments of what is done with a key or without one: matches, papers, firmware, explanations.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use hivekey::papers::Recipient;

use super::{AnswerFormat, DiskArgs, LangChoice, SourceArgs};
use crate::terminal::ColorChoice;

/// Tell which of the keys that you know was on which machine
///
/// The whole key is compared where it is stored; where Windows has erased it, its last five characters, group and serial
/// number are. Exit code 0: each installation has one of the keys. 1: at least one has none, or a source holds no Windows.
/// 2: a source or the list of keys could not be read, or a line of the list is no key though it looks like one.
#[derive(Debug, Args)]
pub struct MatchArgs {
    /// The keys, one or more a line, with anything else on the line as their label (-: standard input)
    #[arg(long, value_name = "FILE")]
    pub keys: PathBuf,

    #[command(flatten)]
    pub sources: SourceArgs,

    /// How to write the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: AnswerFormat,

    /// Write to FILE instead of standard output; it appears when it is complete, and never inside the evidence
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Show the whole keys that match, and not their last five characters only
    #[arg(long)]
    pub show_keys: bool,

    /// Language of messages [default: that of the locale]
    #[arg(long, value_name = "LANG")]
    pub lang: Option<LangChoice>,

    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// The installation that a paper is about.
#[derive(Debug, Args)]
pub struct PaperArgs {
    /// A hive, a Windows or config folder, the root of a mounted volume, a disk image or an archive
    #[arg(value_name = "PATH")]
    pub path: PathBuf,

    /// Which installation, where there are several, as `report` names it in JSON [default: the first that is in use]
    #[arg(long, value_name = "ROOT")]
    pub root: Option<String>,

    /// Leave the transaction logs of dirty hives alone
    #[arg(long)]
    pub no_replay: bool,

    #[command(flatten)]
    pub disks: DiskArgs,

    /// Write to FILE instead of standard output; it appears when it is complete, and never inside the evidence
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Language of the paper [default: that of the locale]
    #[arg(long, value_name = "LANG")]
    pub lang: Option<LangChoice>,
}

/// Write the letter that asks for a lost key, filled in with what is proven
///
/// Gaps for names, invoice and serial number stand in square brackets. No product key is written. Exit code 0: written.
/// 1: there is no Windows. 2: the source could not be read.
#[derive(Debug, Args)]
pub struct LetterArgs {
    #[command(flatten)]
    pub paper: PaperArgs,

    /// Whom to write to [default: the licensing desk for a volume license, else the vendor]
    #[arg(long, value_name = "RECIPIENT")]
    pub to: Option<RecipientChoice>,
}

/// Whom a letter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RecipientChoice {
    /// Who sold the machine or the license
    Vendor,
    /// Microsoft's support
    Microsoft,
    /// Who looks after your volume license agreement
    LicensingDesk,
}

impl From<RecipientChoice> for Recipient {
    fn from(choice: RecipientChoice) -> Self {
        match choice {
            RecipientChoice::Vendor => Self::Vendor,
            RecipientChoice::Microsoft => Self::Microsoft,
            RecipientChoice::LicensingDesk => Self::LicensingDesk,
        }
    }
}

/// Write the audit sheet: edition, channel, last five characters, state, and the hashes of the hives
///
/// Every value is confirmed by a second, independent reader. No product key is written. Exit code 0: written. 1: there is
/// no Windows. 2: the source could not be read.
#[derive(Debug, Args)]
pub struct RecordArgs {
    #[command(flatten)]
    pub paper: PaperArgs,
}

/// Read the product key in the firmware of this machine, or in a saved table
///
/// Such a key belongs to that machine and to no backup. Exit code 0: there is a key. 1: there is none. 2: the table could not
/// be read; reading that of the running machine takes root.
#[derive(Debug, Args)]
pub struct FirmwareArgs {
    /// A saved MSDM or SLIC table [default: that of the running machine]
    #[arg(value_name = "TABLE")]
    pub table: Option<PathBuf>,

    /// How to write the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: AnswerFormat,

    /// Show the last five characters of the key only
    #[arg(long)]
    pub mask: bool,

    /// Language of messages [default: that of the locale]
    #[arg(long, value_name = "LANG")]
    pub lang: Option<LangChoice>,

    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// Explain the code of a finding or a next step; without one, list them all
///
/// Exit code 0: explained. 2: there is no such code.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Codes, as they stand in brackets in a report
    #[arg(value_name = "CODE")]
    pub codes: Vec<String>,

    /// How to write the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: AnswerFormat,

    /// Language of the explanation [default: that of the locale]
    #[arg(long, value_name = "LANG")]
    pub lang: Option<LangChoice>,

    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}
