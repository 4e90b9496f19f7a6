//! The command line of hivekey: arguments in, text and exit code out.

mod args;
mod blob_input;
mod browse;
mod carve;
mod decode;
mod escape;
mod explain;
mod failure;
mod firmware;
mod inspection;
mod jobs;
mod letter;
mod mask;
mod matching;
mod messages;
mod meter;
mod output;
mod paper;
mod record;
mod records;
mod render;
mod report;
mod sources;
mod terminal;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command};
use crate::failure::{Failure, Outcome};
use crate::messages::Messages;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let (masked, result) = match cli.command {
        Command::Report(args) => (args.mask, report::run(args)),
        Command::Carve(args) => (args.mask, carve::run(&args)),
        Command::Match(args) => (!args.show_keys, matching::run(args)),
        Command::Letter(args) => (true, letter::run(&args)),
        Command::Record(args) => (true, record::run(&args)),
        Command::Firmware(args) => (args.mask, firmware::run(&args)),
        Command::Explain(args) => (true, explain::run(&args)),
        Command::Decode(args) => (args.mask, decode::run(&args)),
        Command::Ls(args) => (false, browse::ls::run(&args)),
        Command::Get(args) => (false, browse::get::run(&args)),
        Command::Export(args) => (false, browse::export::run(&args)),
    };
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(failure) => failed(&failure, masked),
    };
    ExitCode::from(outcome.code())
}

fn failed(failure: &Failure, masked: bool) -> Outcome {
    if failure.is_closed_pipe() {
        return Outcome::Complete;
    }
    Messages::new(masked).error(&failure.to_string());
    Outcome::Unreadable
}

/// Shows help, the version, or what is wrong with the command line; a key on it is not repeated.
fn usage(error: &clap::Error) -> ExitCode {
    let shown = error.render();
    // Nobody can be told that both streams are closed.
    if error.use_stderr() {
        let colour = std::io::stderr().is_terminal();
        let text = if colour { shown.ansi().to_string() } else { shown.to_string() };
        _ = std::io::stderr().write_all(mask::mask(&text).as_bytes());
        ExitCode::from(Outcome::Unreadable.code())
    } else {
        let colour = std::io::stdout().is_terminal();
        let text = if colour { shown.ansi().to_string() } else { shown.to_string() };
        _ = std::io::stdout().write_all(text.as_bytes());
        ExitCode::SUCCESS
    }
}
