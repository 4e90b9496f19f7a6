//! `hivekey explain`.

use std::io::{self, Write as _};

use hivekey::explain::{self, Explanation};

use crate::args::{self, AnswerFormat, ExplainArgs};
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::render::explanation;
use crate::render::json;
use crate::render::page::Layout;
use crate::terminal;

/// Explains the codes, or lists them all.
///
/// # Errors
///
/// There is no such code, or the output cannot be written.
pub fn run(args: &ExplainArgs) -> Result<Outcome, Failure> {
    let lang = args::lang(args.lang);
    let unknown = |code: &String| Failure::NoCode { code: code.clone() };
    // As it stands in a report, brackets and all.
    let bare = |code: &str| code.trim_matches(['[', ']']).to_ascii_lowercase();
    let explanations: Vec<Explanation> = if args.codes.is_empty() {
        explain::all(lang).collect()
    } else {
        let found = args.codes.iter().map(|code| hivekey::explain(&bare(code), lang).ok_or_else(|| unknown(code)));
        found.collect::<Result<_, _>>()?
    };
    let mut output = Output::stdout();
    match args.format {
        AnswerFormat::Text => {
            let layout = Layout { width: terminal::width(true), colour: args.color.enabled(true), mask: false };
            let text = if args.codes.is_empty() {
                explanation::list(&explanations, layout, lang)
            } else {
                explanation::text(&explanations, layout, lang)
            };
            output.write_all(text.as_bytes())?;
        }
        AnswerFormat::Json => {
            writeln!(output, "{}", json::pretty(&explanations, false).map_err(io::Error::from)?)?;
        }
        AnswerFormat::Jsonl => {
            for explanation in &explanations {
                writeln!(output, "{}", json::line(explanation, false).map_err(io::Error::from)?)?;
            }
        }
    }
    output.finish()?;
    Ok(Outcome::Complete)
}
