//! The run over sources that several commands share: inspects them in order and says on standard error what goes wrong.

use std::ops::ControlFlow;
use std::path::PathBuf;

use hivekey::report::Status;
use hivekey::{Options, SourceReport};

use crate::args::SourceArgs;
use crate::failure::{Failure, Outcome};
use crate::jobs;
use crate::messages::Messages;
use crate::render::facts;
use crate::sources::Sources;

/// Sources that are to be inspected.
pub struct Inspection {
    /// Those that are known before the run.
    waiting: Vec<PathBuf>,
    sources: Sources,
    args: SourceArgs,
}

/// What a run came to.
pub struct Ran {
    outcome: Outcome,
    list_failure: Option<Failure>,
}

impl Inspection {
    /// The sources of the command line and of its list.
    ///
    /// # Errors
    ///
    /// The list cannot be read.
    pub fn new(mut args: SourceArgs, writes_file: bool) -> Result<Self, Failure> {
        let delimiter = if args.null { b'\0' } else { b'\n' };
        let mut sources = Sources::new(std::mem::take(&mut args.paths), args.files_from.as_deref(), delimiter)?;
        let mut waiting: Vec<PathBuf> = Vec::new();
        if writes_file {
            // Only who knows all sources knows that the file lies in none of them.
            waiting = sources.by_ref().collect::<Result<_, _>>()?;
        }
        Ok(Self { waiting, sources, args })
    }

    /// The sources that an output file must not harm.
    pub fn known(&self) -> &[PathBuf] {
        &self.waiting
    }

    /// Inspects the sources and hands over each report in order. `silent`: whoever reads standard error has the errors of
    /// sources before his eyes already.
    ///
    /// # Errors
    ///
    /// The first error of the callback, which ends the run.
    pub fn run(
        self,
        options: &Options,
        messages: Messages,
        silent: bool,
        mut each: impl FnMut(&SourceReport) -> Result<(), Failure>,
    ) -> Result<Ran, Failure> {
        let mut outcome = Outcome::Complete;
        let mut failure: Option<Failure> = None;
        let mut list_failure: Option<Failure> = None;
        let mut done = 0usize;
        let paths = self.waiting.into_iter().map(Ok).chain(self.sources).map_while(|path| match path {
            Ok(path) => Some(path),
            Err(error) => {
                list_failure = Some(error);
                None
            }
        });
        jobs::inspect_in_order(paths.fuse(), options, self.args.jobs, |report| {
            outcome = outcome.max(outcome_of(report.status));
            if let Some(error) = report.error.as_ref().filter(|_| !silent) {
                messages.note(&format!("{}: {}", report.path, facts::error_message(&report, error)));
            }
            done = done.saturating_add(1);
            messages.at(done, &report.path);
            match each(&report) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        messages.clear();
        match failure {
            Some(failure) => Err(failure),
            None => Ok(Ran { outcome, list_failure }),
        }
    }
}

impl Ran {
    /// What the run came to, once the output is complete.
    ///
    /// # Errors
    ///
    /// The list of sources broke off.
    pub fn end(self) -> Result<Outcome, Failure> {
        self.list_failure.map_or(Ok(self.outcome), Err)
    }
}

/// What the state of a source means for the exit code.
pub fn outcome_of(status: Status) -> Outcome {
    match status {
        Status::Ok => Outcome::Complete,
        Status::NoWindows => Outcome::Missing,
        // `Error`, and whatever later versions of the library add: not an answer.
        _ => Outcome::Unreadable,
    }
}
