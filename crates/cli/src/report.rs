//! `hivekey report`.

use std::io::{self, IsTerminal as _, Write as _};
use std::mem;
use std::ops::ControlFlow;
use std::path::PathBuf;

use hivekey::report::Status;
use hivekey::{Lang, Options, SourceReport};

use crate::args::{self, ReportArgs, ReportFormat};
use crate::failure::{Failure, Outcome};
use crate::jobs;
use crate::messages::Messages;
use crate::output::Output;
use crate::render::html::Html;
use crate::render::json::{self, ReportStream, VersionedSource};
use crate::render::page::Layout;
use crate::render::{csv, facts, text};
use crate::sources::Sources;
use crate::terminal;

/// Reports on every source.
///
/// # Errors
///
/// The output cannot be written, or the list of sources cannot be read.
pub fn run(args: ReportArgs) -> Result<Outcome, Failure> {
    let delimiter = if args.null { b'\0' } else { b'\n' };
    let mut sources = Sources::new(args.paths, args.files_from.as_deref(), delimiter)?;
    let mut waiting: Vec<PathBuf> = Vec::new();
    if args.output.is_some() {
        // Only who knows all sources knows that the file lies in none of them.
        waiting = sources.by_ref().collect::<Result<_, _>>()?;
    }
    let mut output = Output::create(args.output.as_deref(), &waiting)?;
    let lang = args::lang(args.lang);
    let layout = Layout {
        width: terminal::width(output.is_stdout()),
        colour: args.color.enabled(output.is_stdout()),
        mask: args.mask,
    };
    let messages = Messages::new(args.mask).quiet(args.quiet).progress(!args.no_progress && !output.is_terminal());
    let options = Options::new()
        .verify(args.verify)
        .hash(args.hash)
        .recover(args.recover)
        .deep(args.deep)
        .replay(!args.no_replay)
        .lang(lang);

    let mut writer = Writer::new(args.format, layout, lang);
    // A reader of both streams has the error in the report already.
    let told_in_report = args.format == ReportFormat::Text
        && output.is_stdout()
        && io::stdout().is_terminal()
        && io::stderr().is_terminal();
    let mut outcome = Outcome::Complete;
    let mut failure: Option<Failure> = None;
    let mut list_failure: Option<Failure> = None;
    let mut done = 0usize;
    let paths = waiting.into_iter().map(Ok).chain(sources).map_while(|path| match path {
        Ok(path) => Some(path),
        Err(error) => {
            list_failure = Some(error);
            None
        }
    });
    let paths = paths.fuse();
    jobs::inspect_in_order(paths, &options, args.jobs, |report| {
        outcome = outcome.max(outcome_of(report.status));
        if let Some(error) = report.error.as_ref().filter(|_| !told_in_report) {
            messages.note(&format!("{}: {}", report.path, facts::error_message(&report, error)));
        }
        done = done.saturating_add(1);
        messages.at(done, &report.path);
        match writer.write(&mut output, &report) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error.into());
                ControlFlow::Break(())
            }
        }
    });
    messages.clear();
    if let Some(failure) = failure {
        return Err(failure);
    }
    writer.finish(&mut output)?;
    output.finish()?;
    match list_failure {
        Some(failure) => Err(failure),
        None => Ok(outcome),
    }
}

fn outcome_of(status: Status) -> Outcome {
    match status {
        Status::Ok => Outcome::Complete,
        Status::NoWindows => Outcome::Missing,
        // `Error`, and whatever later versions of the library add: not an answer.
        _ => Outcome::Unreadable,
    }
}

/// Writes sources in one of the formats.
struct Writer {
    layout: Layout,
    lang: Lang,
    form: Form,
}

enum Form {
    Text {
        first: bool,
    },
    Json(ReportStream),
    Jsonl,
    /// Whether the header is written.
    Csv {
        begun: bool,
    },
    /// Whether the file is opened.
    Html {
        begun: bool,
        html: Html,
    },
}

impl Writer {
    fn new(format: ReportFormat, layout: Layout, lang: Lang) -> Self {
        let form = match format {
            ReportFormat::Text => Form::Text { first: true },
            ReportFormat::Json => Form::Json(ReportStream::default()),
            ReportFormat::Jsonl => Form::Jsonl,
            ReportFormat::Csv => Form::Csv { begun: false },
            ReportFormat::Html => Form::Html { begun: false, html: Html::new(lang, layout.mask) },
        };
        Self { layout, lang, form }
    }

    fn write(&mut self, output: &mut Output, report: &SourceReport) -> io::Result<()> {
        let mask = self.layout.mask;
        let text = match &mut self.form {
            Form::Text { first } => {
                let rule = !mem::take(first);
                let gap = if rule { "\n" } else { "" };
                format!("{gap}{}", text::source(report, self.layout, self.lang, rule))
            }
            Form::Json(stream) => stream.source(report, mask)?,
            Form::Jsonl => json::line(&VersionedSource::new(report), mask)? + "\n",
            Form::Csv { begun } => {
                let header = if mem::replace(begun, true) { String::new() } else { csv::header() };
                header + &csv::source(report, mask)
            }
            Form::Html { begun, html } => {
                let opening = if mem::replace(begun, true) { String::new() } else { html.opening() };
                opening + &html.source(report)
            }
        };
        output.write_all(text.as_bytes())?;
        // Whoever reads along sees each source when it is done.
        output.flush()
    }

    fn finish(self, output: &mut Output) -> io::Result<()> {
        match self.form {
            Form::Json(stream) => output.write_all(stream.finish()?.as_bytes()),
            Form::Csv { begun: false } => output.write_all(csv::header().as_bytes()),
            Form::Html { begun, html } => {
                let opening = if begun { String::new() } else { html.opening() };
                output.write_all(format!("{opening}{}", html.ending()).as_bytes())
            }
            Form::Text { .. } | Form::Jsonl | Form::Csv { begun: true } => Ok(()),
        }
    }
}
