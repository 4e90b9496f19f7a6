//! `hivekey match`.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::Path;

use hivekey::Lang;
use hivekey::matching::{KnownKeys, Match, match_source};

use crate::args::{self, AnswerFormat, MatchArgs};
use crate::failure::{Failure, Outcome};
use crate::inspection::Inspection;
use crate::messages::Messages;
use crate::output::Output;
use crate::render::json::{self, Stream};
use crate::render::matches;
use crate::render::page::Layout;
use crate::terminal;

/// Longest list of keys that is read, in bytes.
const LONGEST_LIST: u64 = 64 << 20;

/// Holds every source against the known keys.
///
/// # Errors
///
/// The output cannot be written, or the keys or the list of sources cannot be read.
pub fn run(args: MatchArgs) -> Result<Outcome, Failure> {
    let lang = args::lang(args.lang);
    let masked = !args.show_keys;
    let options = args.sources.options()?.lang(lang);
    let messages = args.sources.messages(masked);
    if args.keys == Path::new("-") && args.sources.files_from.as_deref() == Some(Path::new("-")) {
        return Err(Failure::StandardInputTwice);
    }
    let known = KnownKeys::parse(&read(&args.keys)?);
    let mut outcome = tell_problems(&known, &args.keys, messages, lang);
    if known.keys().is_empty() {
        return Err(Failure::NoKnownKeys { path: args.keys });
    }
    let inspection = Inspection::new(args.sources, args.output.is_some())?;
    let mut guarded = inspection.known().to_vec();
    guarded.push(args.keys);
    let mut output = Output::create(args.output.as_deref(), &guarded)?;
    let layout = Layout {
        width: terminal::width(output.is_stdout()),
        colour: args.color.enabled(output.is_stdout()),
        mask: masked,
    };
    let messages = if output.is_terminal() { messages.progress(false) } else { messages };
    let mut writer = Writer { layout, lang, form: Form::new(args.format), written: 0 };
    let ran = inspection.run(&options, messages, false, |report| {
        for mut found in match_source(report, &known, lang) {
            if found.matches.is_empty() {
                outcome = outcome.max(Outcome::Missing);
            }
            if args.show_keys {
                found.show_keys(&known);
            }
            writer.write(&mut output, &found)?;
        }
        Ok(output.flush()?)
    })?;
    writer.finish(&mut output)?;
    output.finish()?;
    Ok(ran.end()?.max(outcome))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::Input { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    let mut take = |source: &mut dyn Read| source.take(LONGEST_LIST.saturating_add(1)).read_to_end(&mut bytes);
    if path == Path::new("-") {
        take(&mut io::stdin().lock()).map_err(failed)?;
    } else {
        take(&mut File::open(path).map_err(failed)?).map_err(failed)?;
    }
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST_LIST) {
        return Err(failed(io::Error::from(io::ErrorKind::FileTooLarge)));
    }
    Ok(bytes)
}

/// Says which lines gave no key. Where a key was meant, no answer is complete.
fn tell_problems(known: &KnownKeys, path: &Path, messages: Messages, lang: Lang) -> Outcome {
    let mut outcome = Outcome::Complete;
    for (line, problem) in known.problems() {
        let text = format!("{}:{line}: {}", path.display(), problem.text(lang));
        if problem.lost_a_key() {
            messages.error(&text);
            outcome = Outcome::Unreadable;
        } else {
            messages.note(&text);
        }
    }
    outcome
}

/// Writes matches in one of the formats.
struct Writer {
    layout: Layout,
    lang: Lang,
    form: Form,
    written: usize,
}

enum Form {
    Text,
    Json(Stream),
    Jsonl,
}

impl Form {
    fn new(format: AnswerFormat) -> Self {
        match format {
            AnswerFormat::Text => Self::Text,
            AnswerFormat::Json => Self::Json(Stream::new("matches")),
            AnswerFormat::Jsonl => Self::Jsonl,
        }
    }
}

impl Writer {
    fn write(&mut self, output: &mut Output, found: &Match) -> io::Result<()> {
        let mask = self.layout.mask;
        let text = match &mut self.form {
            Form::Text => {
                let gap = if self.written > 0 { "\n" } else { "" };
                format!("{gap}{}", matches::text(found, self.layout, self.lang))
            }
            Form::Json(stream) => stream.item(found, mask)?,
            Form::Jsonl => json::versioned_line(found, mask)? + "\n",
        };
        self.written = self.written.saturating_add(1);
        output.write_all(text.as_bytes())
    }

    fn finish(self, output: &mut Output) -> io::Result<()> {
        match self.form {
            Form::Json(stream) => output.write_all(stream.finish()?.as_bytes()),
            Form::Text | Form::Jsonl => Ok(()),
        }
    }
}
