//! `hivekey carve`.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hivekey::Lang;
use hivekey::carve::{CarveOptions, CarveReport, CarveStatus, Control, Outcome as SweepOutcome, carve};

use crate::args::{self, AnswerFormat, CarveArgs};
use crate::failure::{Failure, Outcome};
use crate::messages::Messages;
use crate::meter::Meter;
use crate::output::Output;
use crate::render::carve as render;
use crate::render::json;
use crate::render::page::Layout;
use crate::terminal;

/// Sweeps every source.
///
/// # Errors
///
/// The output cannot be written.
pub fn run(args: &CarveArgs) -> Result<Outcome, Failure> {
    let mut output = Output::create(args.output.as_deref(), &args.paths)?;
    let messages = Messages::new(args.mask).quiet(args.quiet).progress(!args.no_progress);
    let options = CarveOptions::new()
        .text_keys(args.text_keys)
        .threads(args.jobs)
        .images(args.images.options())
        .lang(args::lang(args.lang));
    let cancel = interrupts();
    let layout = Layout {
        width: terminal::width(output.is_stdout()),
        colour: args.color.enabled(output.is_stdout()),
        mask: args.mask,
    };
    let mut writer = Writer::new(args.format, layout, args::lang(args.lang));
    let mut outcome = Outcome::Complete;
    for path in &args.paths {
        let meter = Meter::new(messages, path);
        let progress = |progress| meter.show(progress);
        let control = Control { progress: Some(&progress), cancel: Some(&cancel) };
        let report = carve(path, &options, &control);
        messages.clear();
        if let Some(error) = &report.error {
            messages.note(&format!(
                "{}: {}",
                report.path,
                error.message.trim_start_matches(&format!("{}: ", report.path))
            ));
        }
        outcome = outcome.max(outcome_of(&report));
        writer.write(&mut output, &report)?;
        if cancel.load(Ordering::Relaxed) {
            messages.note("interrupted: what had been found is reported");
            outcome = Outcome::Interrupted;
            break;
        }
    }
    writer.finish(&mut output)?;
    output.finish()?;
    Ok(outcome)
}

/// A flag that the first interrupt raises. The second one ends the program, in case the first is not enough.
fn interrupts() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let code = i32::from(Outcome::Interrupted.code());
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // Where the system refuses, an interrupt ends the program as it ends any other.
        _ = signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&flag));
        _ = signal_hook::flag::register(signal, Arc::clone(&flag));
    }
    flag
}

fn outcome_of(report: &CarveReport) -> Outcome {
    match report.status {
        CarveStatus::Found => Outcome::Complete,
        // Nobody knows what stood in the parts that could not be read.
        CarveStatus::Nothing if report.bytes_bad == 0 && report.outcome == SweepOutcome::Complete => Outcome::Missing,
        _ => Outcome::Unreadable,
    }
}

/// Writes what was found in one of the formats.
struct Writer {
    layout: Layout,
    lang: Lang,
    form: Form,
}

enum Form {
    Text { first: bool },
    Json(json::Stream),
    Jsonl,
}

impl Writer {
    fn new(format: AnswerFormat, layout: Layout, lang: Lang) -> Self {
        let form = match format {
            AnswerFormat::Text => Form::Text { first: true },
            AnswerFormat::Json => Form::Json(json::Stream::new("sources")),
            AnswerFormat::Jsonl => Form::Jsonl,
        };
        Self { layout, lang, form }
    }

    fn write(&mut self, output: &mut Output, report: &CarveReport) -> io::Result<()> {
        let mask = self.layout.mask;
        let text = match &mut self.form {
            Form::Text { first } => {
                let rule = !std::mem::take(first);
                let gap = if rule { "\n" } else { "" };
                format!("{gap}{}", render::source(report, self.layout, self.lang, rule))
            }
            Form::Json(stream) => stream.item(report, mask)?,
            Form::Jsonl => json::versioned_line(report, mask)? + "\n",
        };
        output.write_all(text.as_bytes())?;
        // Whoever reads along sees each source when it is done.
        output.flush()
    }

    fn finish(self, output: &mut Output) -> io::Result<()> {
        match self.form {
            Form::Json(stream) => output.write_all(stream.finish()?.as_bytes()),
            Form::Text { .. } | Form::Jsonl => Ok(()),
        }
    }
}
