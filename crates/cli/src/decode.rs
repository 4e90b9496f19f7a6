//! `hivekey decode`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::path::Path;

use hivekey::Lang;
use hivekey::decode::{self, Decoded};

use crate::args::{self, AnswerFormat, DecodeArgs};
use crate::blob_input;
use crate::failure::{Failure, Outcome};
use crate::mask::mask;
use crate::messages::Messages;
use crate::output::Output;
use crate::records::{self, Record};
use crate::render::page::Layout;
use crate::render::{decoded, json};
use crate::terminal;

/// Longest file that is taken for blobs.
const LONGEST_FILE: u64 = 4 << 20;
/// Buffer for standard input.
const BUFFER: usize = 1 << 16;

/// Decodes what the argument is or names.
///
/// # Errors
///
/// The output cannot be written, or the input cannot be read.
pub fn run(args: &DecodeArgs) -> Result<Outcome, Failure> {
    let layout = Layout { width: terminal::width(true), colour: args.color.enabled(true), mask: args.mask };
    let mut writer = Writer {
        output: Output::stdout(),
        format: args.format,
        layout,
        lang: args::lang(args.lang),
        outcome: Outcome::Complete,
        written: 0,
    };
    let messages = Messages::new(args.mask);
    let path = Path::new(&args.blob);
    let shown = path.display().to_string();
    if args.blob == "-" {
        read_stream(&mut writer)?;
    } else if path.is_file() {
        if blob_input::decode(&shown).error.is_none() {
            messages.note(&format!("{shown} is a file and a blob: the file is decoded"));
        }
        read_file(path, &mut writer)?;
    } else {
        writer.blob(Some(&shown), blob_input::decode(&shown))?;
    }
    writer.output.finish()?;
    Ok(writer.outcome)
}

/// One blob a line, answered line by line. Bytes that are no text are one blob, as in a file.
fn read_stream(writer: &mut Writer) -> Result<(), Failure> {
    let failed = |error| Failure::Input { path: "-".into(), error };
    let mut reader = BufReader::with_capacity(BUFFER, io::stdin().lock());
    if reader.fill_buf().map_err(failed)?.iter().take(16).any(|byte| *byte == 0) {
        let mut bytes = Vec::new();
        reader.take(LONGEST_FILE).read_to_end(&mut bytes).map_err(failed)?;
        return writer.contents("-", &bytes);
    }
    let mut line = Vec::new();
    loop {
        match records::next(&mut reader, b'\n', &mut line).map_err(failed)? {
            Record::End => return Ok(()),
            Record::TooLong => {
                let message = String::from("the line is longer than any blob");
                writer.blob(None, Decoded::failed("not-a-blob", message))?;
            }
            Record::Read => match std::str::from_utf8(&line).map(str::trim) {
                Ok("") => {}
                Ok(text) => writer.blob(Some(text), blob_input::decode(text))?,
                Err(_) => {
                    let message = String::from("the line is not text");
                    writer.blob(None, Decoded::failed("not-a-blob", message))?;
                }
            },
        }
        // Whoever feeds line by line gets answers line by line.
        if reader.buffer().is_empty() {
            writer.output.flush()?;
        }
    }
}

fn read_file(path: &Path, writer: &mut Writer) -> Result<(), Failure> {
    let failed = |error| Failure::Input { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(LONGEST_FILE.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST_FILE) {
        return Err(failed(io::Error::from(io::ErrorKind::FileTooLarge)));
    }
    writer.contents(&path.display().to_string(), &bytes)
}

/// Text in the encodings of .reg files, or `None` where the bytes are no text.
fn text_of(bytes: &[u8]) -> Option<String> {
    let utf16 = |order: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|unit| order(*unit)).collect();
        String::from_utf16(&units).ok()
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => utf16(u16::from_be_bytes, rest),
        _ => std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).map(str::to_owned),
    }
}

/// Writes decoded blobs in one of the formats.
struct Writer {
    output: Output,
    format: AnswerFormat,
    layout: Layout,
    lang: Lang,
    outcome: Outcome,
    written: usize,
}

impl Writer {
    /// The blobs in a file's content: the blob itself, or its written forms.
    fn contents(&mut self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let blob = decode::blob(bytes);
        let texts = match text_of(bytes) {
            Some(text) if blob.error.is_some() => blob_input::blobs_of_text(&text),
            _ => return self.blob(Some(name), blob),
        };
        if texts.is_empty() {
            let message = String::from("no blob in this file");
            return self.blob(Some(name), Decoded::failed("not-a-blob", message));
        }
        for text in texts {
            self.blob(Some(&text), blob_input::decode(&text))?;
        }
        Ok(())
    }

    fn blob(&mut self, input: Option<&str>, mut blob: Decoded) -> Result<(), Failure> {
        if blob.error.is_some() {
            self.outcome = Outcome::Unreadable;
        }
        let may_show = |input: &&str| !self.layout.mask || shows_no_key(input, &blob);
        let input = input.filter(may_show).map(str::to_owned);
        blob.input = input;
        match self.format {
            AnswerFormat::Jsonl => {
                let line = json::line(&blob, self.layout.mask).map_err(io::Error::from)?;
                self.output.write_all(line.as_bytes())?;
                self.output.write_all(b"\n")?;
            }
            AnswerFormat::Json => {
                let text = json::pretty(&blob, self.layout.mask).map_err(io::Error::from)?;
                writeln!(self.output, "{text}")?;
            }
            AnswerFormat::Text => {
                if self.written > 0 {
                    writeln!(self.output)?;
                }
                self.output.write_all(decoded::text(&blob, self.layout, self.lang).as_bytes())?;
            }
        }
        self.written = self.written.saturating_add(1);
        Ok(())
    }
}

/// Whether the mask finds all that there is to hide: hex and base64 say the key in a way that no mask sees.
fn shows_no_key(input: &str, blob: &Decoded) -> bool {
    blob.blob_type == Some("key-text") && mask(input) != input
}
