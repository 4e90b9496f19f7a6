//! `hivekey record`.

use hivekey::{Options, papers};

use crate::args::RecordArgs;
use crate::failure::{Failure, Outcome};
use crate::paper;

/// Writes the audit sheet.
///
/// # Errors
///
/// There is no such installation, or the output cannot be written.
pub fn run(args: &RecordArgs) -> Result<Outcome, Failure> {
    paper::write(&args.paper, Options::new().hash(true).verify(true), papers::record)
}
