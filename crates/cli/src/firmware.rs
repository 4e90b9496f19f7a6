//! `hivekey firmware`.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use hivekey::Lang;
use hivekey::firmware::{self, FirmwareTable, MAX_TABLE_LEN, MSDM_PATH, Note, SLIC_NAME, TableKind};
use serde::Serialize;

use crate::args::{self, AnswerFormat, FirmwareArgs};
use crate::failure::{Failure, Outcome};
use crate::messages::Messages;
use crate::output::Output;
use crate::render::page::Layout;
use crate::render::{firmware as render, json};
use crate::terminal;

/// What the command answers.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// Where the table was read.
    pub path: String,
    /// Whether it is the running machine's.
    pub running_machine: bool,
    #[serde(flatten)]
    pub table: FirmwareTable,
    pub notes: Vec<AnswerNote>,
}

/// A note with its text.
#[derive(Debug, Serialize)]
pub struct AnswerNote {
    pub code: &'static str,
    pub message: &'static str,
}

/// Reads the table.
///
/// # Errors
///
/// The table cannot be read or is none, or the output cannot be written.
pub fn run(args: &FirmwareArgs) -> Result<Outcome, Failure> {
    let lang = args::lang(args.lang);
    let running = args.table.is_none();
    let path = args.table.clone().unwrap_or_else(|| PathBuf::from(MSDM_PATH));
    let has_slic = path.with_file_name(SLIC_NAME).exists() && path.file_name().is_none_or(|name| name != SLIC_NAME);
    let bytes = match read(&path) {
        Ok(bytes) => bytes,
        Err(error) if running => return running_without_table(&path, error, has_slic, lang),
        Err(error) => return Err(Failure::Input { path, error }),
    };
    let table = firmware::table(&bytes).map_err(|error| Failure::Table { path: path.clone(), error })?;
    let mut notes = table.notes(running);
    if has_slic {
        notes.push(Note::SlicBeside);
    }
    let notes = notes.into_iter().map(|note| AnswerNote { code: note.code(), message: note.text(lang) }).collect();
    let outcome = match (&table.product_key, table.table) {
        (Some(key), _) if key.error.is_none() => Outcome::Complete,
        (_, TableKind::Slic) => Outcome::Missing,
        _ => Outcome::Unreadable,
    };
    let answer = Answer { path: path.display().to_string(), running_machine: running, table, notes };
    let mut output = Output::stdout();
    match args.format {
        AnswerFormat::Text => {
            let layout = Layout { width: terminal::width(true), colour: args.color.enabled(true), mask: args.mask };
            output.write_all(render::text(&answer, layout, lang).as_bytes())?;
        }
        AnswerFormat::Json => {
            writeln!(output, "{}", json::pretty(&answer, args.mask).map_err(io::Error::from)?)?;
        }
        AnswerFormat::Jsonl => {
            writeln!(output, "{}", json::line(&answer, args.mask).map_err(io::Error::from)?)?;
        }
    }
    output.finish()?;
    Ok(outcome)
}

/// The running machine has no table, or does not show it: on standard error, since there is no data.
fn running_without_table(path: &Path, error: io::Error, has_slic: bool, lang: Lang) -> Result<Outcome, Failure> {
    let shows_tables = path.parent().is_some_and(Path::is_dir);
    let note = match error.kind() {
        io::ErrorKind::PermissionDenied => Note::Denied,
        io::ErrorKind::NotFound if shows_tables => Note::NoTable,
        io::ErrorKind::NotFound => Note::NoTablesHere,
        _ => return Err(Failure::Input { path: path.to_owned(), error }),
    };
    let messages = Messages::new(false);
    messages.error(note.text(lang));
    if note == Note::NoTable && has_slic {
        messages.error(Note::SlicBeside.text(lang));
    }
    Ok(if note == Note::NoTable { Outcome::Missing } else { Outcome::Unreadable })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_TABLE_LEN).unwrap_or(u64::MAX);
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_TABLE_LEN {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    Ok(bytes)
}
