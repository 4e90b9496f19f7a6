//! Writes a SOFTWARE hive of the size of an old server's. Arguments: the file, and its size in millions of bytes (100).

use std::env;
use std::process::ExitCode;

use hivekey_testkit::bench;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("usage: big-hive FILE [MEGABYTES]");
        return ExitCode::FAILURE;
    };
    let megabytes = match arguments.next().map(|text| text.to_string_lossy().parse()) {
        None => 100,
        Some(Ok(megabytes)) => megabytes,
        Some(Err(error)) => {
            eprintln!("the size in megabytes: {error}");
            return ExitCode::FAILURE;
        }
    };
    let hive = bench::software(megabytes * 1_000_000).build();
    match hive.write(&path) {
        Ok(()) => {
            println!("{} bytes, {} keys", hive.bytes().len(), hive.keys().len());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}
