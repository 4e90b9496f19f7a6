//! `hivekey letter`.

use hivekey::Options;
use hivekey::papers::{self, Recipient};

use crate::args::LetterArgs;
use crate::failure::{Failure, Outcome};
use crate::paper;

/// Writes the letter.
///
/// # Errors
///
/// There is no such installation, or the output cannot be written.
pub fn run(args: &LetterArgs) -> Result<Outcome, Failure> {
    paper::write(&args.paper, Options::new(), |source, installation, date, lang| {
        let to = args.to.map_or_else(|| Recipient::for_installation(installation), Recipient::from);
        papers::letter(source, installation, to, date, lang)
    })
}
