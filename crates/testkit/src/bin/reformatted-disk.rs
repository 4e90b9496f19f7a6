//! Writes the image of a disk on which a Windows was installed over an older one. Argument: the file.

use std::env;
use std::process::ExitCode;

use hivekey_testkit::disk::reformatted;

fn main() -> ExitCode {
    let Some(path) = env::args_os().nth(1) else {
        eprintln!("usage: reformatted-disk FILE");
        return ExitCode::FAILURE;
    };
    match reformatted().disk.write_sparse(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}
