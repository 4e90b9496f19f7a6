//! Makes `testdata/` anew. Argument: the folder, if it is not the workspace's.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use hivekey_testkit::testdata;

fn main() -> ExitCode {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
    let root = env::args_os().nth(1).map_or(workspace, PathBuf::from);
    // What the generator owns goes first, so that no file outlives its fixture.
    for folder in ["blobs", "hives", "server2019-backup"] {
        let folder = root.join(folder);
        if folder.exists()
            && let Err(error) = fs::remove_dir_all(&folder)
        {
            eprintln!("{}: {error}", folder.display());
            return ExitCode::FAILURE;
        }
    }
    match testdata::write(&root) {
        Ok(count) => {
            println!("{count} files in {}", root.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", root.display());
            ExitCode::FAILURE
        }
    }
}
