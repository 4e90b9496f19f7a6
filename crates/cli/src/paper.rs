//! What `hivekey letter` and `hivekey record` share: one installation in, one paper out.

use std::io::Write as _;

use hivekey::report::{Installation, Timestamp};
use hivekey::{Lang, Options, SourceReport};

use crate::args::{self, PaperArgs};
use crate::escape::escape;
use crate::failure::{Failure, Outcome};
use crate::inspection::outcome_of;
use crate::mask::mask;
use crate::messages::Messages;
use crate::output::Output;
use crate::render::facts;

/// Writes the paper that `write` makes of the installation and of the day.
///
/// # Errors
///
/// There is no such installation, or the output cannot be written.
pub fn write(
    args: &PaperArgs,
    options: Options,
    write: impl FnOnce(&SourceReport, &Installation, Timestamp, Lang) -> String,
) -> Result<Outcome, Failure> {
    let lang = args::lang(args.lang);
    let mut output = Output::create(args.output.as_deref(), std::slice::from_ref(&args.path))?;
    let images = args.disks.options()?;
    let report = hivekey::inspect(&args.path, &options.replay(!args.no_replay).images(images).lang(lang));
    let messages = Messages::new(true);
    let Some(source) = report.sources.first() else { return Ok(Outcome::Missing) };
    if let Some(error) = &source.error {
        messages.error(&format!("{}: {}", source.path, facts::error_message(source, error)));
    }
    let installation = match &args.root {
        None => source.installations.iter().find(|found| found.current).or_else(|| source.installations.first()),
        Some(root) => Some(of_root(source, root)?),
    };
    let Some(installation) = installation else {
        if source.error.is_none() {
            messages.error(&format!("{}: no Windows installation was found here", source.path));
        }
        return Ok(outcome_of(source.status));
    };
    let others = source.installations.iter().filter(|found| found.root != installation.root);
    for other in others {
        messages.note(&format!("{}: there is another installation; --root {} takes it", source.path, other.root));
    }
    let paper = write(source, installation, Timestamp::now(), lang);
    for line in paper.lines() {
        // The library leaves no key in a paper and nothing that steers a terminal; what else could deceive goes here.
        writeln!(output, "{}", escape(&mask(line)))?;
    }
    output.finish()?;
    Ok(outcome_of(source.status))
}

fn of_root<'s>(source: &'s SourceReport, root: &str) -> Result<&'s Installation, Failure> {
    let roots = || source.installations.iter().map(|found| found.root.as_str()).collect::<Vec<_>>().join(", ");
    source
        .installations
        .iter()
        .find(|found| found.root == root)
        .ok_or_else(|| Failure::NoInstallation { root: root.to_owned(), known: roots() })
}
