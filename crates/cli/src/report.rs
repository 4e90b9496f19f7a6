//! `hivekey report`.

use std::io::{self, IsTerminal as _, Write as _};
use std::mem;

use hivekey::{Lang, SourceReport};

use crate::args::{self, ReportArgs, ReportFormat};
use crate::failure::{Failure, Outcome};
use crate::inspection::Inspection;
use crate::output::Output;
use crate::render::html::Html;
use crate::render::json::{self, Stream};
use crate::render::page::Layout;
use crate::render::{csv, text};
use crate::terminal;

/// Reports on every source.
///
/// # Errors
///
/// The output cannot be written, or the list of sources cannot be read.
pub fn run(args: ReportArgs) -> Result<Outcome, Failure> {
    let lang = args::lang(args.lang);
    let options = args.sources.options()?.verify(args.verify).hash(args.hash).lang(lang);
    let messages = args.sources.messages(args.mask);
    let inspection = Inspection::new(args.sources, args.output.is_some())?;
    let mut output = Output::create(args.output.as_deref(), inspection.known())?;
    let layout = Layout {
        width: terminal::width(output.is_stdout()),
        colour: args.color.enabled(output.is_stdout()),
        mask: args.mask,
    };
    let mut writer = Writer::new(args.format, layout, lang);
    // A reader of both streams has the error in the report already.
    let told_in_report = args.format == ReportFormat::Text
        && output.is_stdout()
        && io::stdout().is_terminal()
        && io::stderr().is_terminal();
    let messages = if output.is_terminal() { messages.progress(false) } else { messages };
    let ran = inspection.run(&options, messages, told_in_report, |report| Ok(writer.write(&mut output, report)?))?;
    writer.finish(&mut output)?;
    output.finish()?;
    ran.end()
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
    Json(Stream),
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
            ReportFormat::Json => Form::Json(Stream::new("sources")),
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
            Form::Json(stream) => stream.item(report, mask)?,
            Form::Jsonl => json::versioned_line(report, mask)? + "\n",
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
