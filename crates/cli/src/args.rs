//! The command line.

mod carve;
mod images;
mod licensing;

pub use carve::CarveArgs;
pub use images::{DiskArgs, ImageArgs};
pub use licensing::{ExplainArgs, FirmwareArgs, LetterArgs, MatchArgs, PaperArgs, RecordArgs};

use std::env;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use hivekey::{Lang, Options};

use crate::failure::Failure;
use crate::messages::Messages;
use crate::terminal::ColorChoice;

/// Finds the Windows product key in a backup and says what it is worth
///
/// Reads registry hives, folders, disk images and archives, and never writes to them. Data goes to standard output,
/// everything else to standard error.
#[derive(Debug, Parser)]
#[command(name = "hivekey", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Report(ReportArgs),
    Carve(CarveArgs),
    Match(MatchArgs),
    Letter(LetterArgs),
    Record(RecordArgs),
    Decode(DecodeArgs),
    Firmware(FirmwareArgs),
    Explain(ExplainArgs),
    Ls(LsArgs),
    Get(GetArgs),
    Export(ExportArgs),
}

/// The sources of a run, and how they are read.
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// A hive, a Windows or config folder, the root of a mounted volume, a disk image, an archive, a WIM, or a folder holding
    /// several of these
    #[arg(required_unless_present = "files_from", value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Read further paths from a file, one a line (-: standard input)
    #[arg(long, value_name = "FILE")]
    pub files_from: Option<PathBuf>,

    /// The paths in --files-from end in a NUL byte instead of a line feed
    #[arg(short = '0', long, requires = "files_from")]
    pub null: bool,

    /// Search deleted cells and, on the NTFS volumes of disk images, deleted hives as well
    #[arg(long)]
    pub recover: bool,

    /// Walk whole hives for keys that stand where none is expected
    #[arg(long)]
    pub deep: bool,

    /// Leave the transaction logs of dirty hives alone
    #[arg(long)]
    pub no_replay: bool,

    #[command(flatten)]
    pub disks: DiskArgs,

    /// Inspect N sources at a time; they are reported in the order given
    #[arg(short, long, value_name = "N", default_value = "1")]
    pub jobs: NonZeroUsize,

    /// Say nothing on standard error about sources
    #[arg(short, long)]
    pub quiet: bool,

    /// Show no progress
    #[arg(long)]
    pub no_progress: bool,
}

impl SourceArgs {
    /// How the sources are to be read.
    ///
    /// # Errors
    ///
    /// The file with secrets cannot be read.
    pub fn options(&self) -> Result<Options, Failure> {
        let images = self.disks.options()?;
        Ok(Options::new().recover(self.recover).deep(self.deep).replay(!self.no_replay).images(images))
    }

    /// What is to be said about them.
    pub fn messages(&self, mask: bool) -> Messages {
        Messages::new(mask).quiet(self.quiet).progress(!self.no_progress)
    }
}

/// Report which Windows was there, which key is stored, and what it is worth
///
/// Exit code 0: every source was read and holds a Windows. 1: every source was read, but at least one holds none.
/// 2: at least one source could not be read, or the command line is wrong.
#[derive(Debug, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub sources: SourceArgs,

    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ReportFormat,

    /// Write to FILE instead of standard output; it appears when it is complete, and never inside the evidence
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Show the last five characters of each key only
    #[arg(long)]
    pub mask: bool,

    /// Let a second, independent reader confirm each value
    #[arg(long)]
    pub verify: bool,

    /// Compute the SHA-256 of each hive file, and check the hash that an E01 image stores
    #[arg(long)]
    pub hash: bool,

    /// Language of messages [default: that of the locale]
    #[arg(long, value_name = "LANG")]
    pub lang: Option<LangChoice>,

    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// How to write a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For reading
    Text,
    /// One JSON document
    Json,
    /// One JSON document per source, each on a line
    Jsonl,
    /// One row per product key, with a fixed header, for spreadsheets
    Csv,
    /// One page for the browser and for printing, in one file
    Html,
}

/// How to write what is no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// For reading
    Text,
    /// One JSON document
    Json,
    /// One JSON document on each line
    Jsonl,
}

/// A language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LangChoice {
    /// English
    En,
    /// French
    Fr,
}

/// The language asked for, else that of the locale.
pub fn lang(choice: Option<LangChoice>) -> Lang {
    match choice {
        Some(LangChoice::En) => Lang::En,
        Some(LangChoice::Fr) => Lang::Fr,
        None => {
            let locale =
                ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(env::var_os).find(|set| !set.is_empty());
            Lang::from_locale(&locale.unwrap_or_default().to_string_lossy())
        }
    }
}

/// Decode product-id blobs and keys
///
/// Exit code 0: everything was decoded. 2: something could not be.
#[derive(Debug, Args)]
pub struct DecodeArgs {
    /// Hex, base64, a line of a .reg file, a key, a file with these or with the blob itself, or - for standard input with
    /// one blob a line
    #[arg(value_name = "BLOB", allow_hyphen_values = true)]
    pub blob: OsString,

    /// How to write the answer; json writes an object a blob, jsonl the same on one line each
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: AnswerFormat,

    /// Show the last five characters of each key only, and do not repeat the input
    #[arg(long)]
    pub mask: bool,

    /// Language of messages [default: that of the locale]
    #[arg(long, value_name = "LANG")]
    pub lang: Option<LangChoice>,

    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// The hive to browse.
#[derive(Debug, Args)]
pub struct HiveArgs {
    /// A hive, or a folder or disk image with hives; there KEY begins with the hive's name: SOFTWARE\Microsoft, SYSTEM\Select
    #[arg(value_name = "PATH")]
    pub path: PathBuf,

    /// Leave the transaction logs of a dirty hive alone
    #[arg(long)]
    pub no_replay: bool,

    #[command(flatten)]
    pub disks: DiskArgs,
}

impl HiveArgs {
    /// How the hive is to be read.
    ///
    /// # Errors
    ///
    /// The file with secrets cannot be read.
    pub fn options(&self) -> Result<Options, Failure> {
        Ok(Options::new().replay(!self.no_replay).images(self.disks.options()?))
    }
}

/// List the subkeys and values of a key
///
/// Exit code 0: everything was read. 2: the key does not exist, or something could not be read.
#[derive(Debug, Args)]
pub struct LsArgs {
    #[command(flatten)]
    pub hive: HiveArgs,

    /// The key, as in Microsoft\Windows NT\CurrentVersion; the root without it
    #[arg(value_name = "KEY")]
    pub key: Option<String>,

    /// List everything below the key as well
    #[arg(short = 'R', long)]
    pub recursive: bool,

    /// How to write the list; jsonl writes one key a line
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ListFormat,

    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// How to write a list of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For reading
    Text,
    /// One key a line, with its values and their data in hex
    Jsonl,
}

/// Print the data of a value
///
/// Without VALUE, all values of the key. Exit code 0: printed. 2: it does not exist or could not be read.
#[derive(Debug, Args)]
pub struct GetArgs {
    #[command(flatten)]
    pub hive: HiveArgs,

    /// The key
    #[arg(value_name = "KEY")]
    pub key: String,

    /// The value's name; @ or an empty text is the default value
    #[arg(value_name = "VALUE")]
    pub value: Option<String>,

    /// Write the data as it is, byte for byte
    #[arg(long, requires = "value", conflicts_with = "hex")]
    pub raw: bool,

    /// Write the data in hex, whatever its type
    #[arg(long)]
    pub hex: bool,
}

/// Write a key and everything below it as a .reg file
///
/// A file written with -o is UTF-16 with a byte order mark, as regedit writes and reads it; standard output gets the same
/// text in UTF-8, for reading and for other programs. --encoding chooses.
#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub hive: HiveArgs,

    /// The key; the root without it
    #[arg(value_name = "KEY")]
    pub key: Option<String>,

    /// What stands before the paths of the hive's keys
    #[arg(long, value_name = "KEY")]
    pub prefix: Option<String>,

    /// Write to FILE instead of standard output; it appears when it is complete, and never inside the evidence
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Encoding of the text
    #[arg(long, value_name = "ENCODING")]
    pub encoding: Option<RegEncoding>,
}

/// Encoding of a .reg file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RegEncoding {
    /// UTF-16, little-endian, with a byte order mark
    Utf16,
    /// UTF-8 without a byte order mark
    Utf8,
}
