//! `hivekey get`.

use std::io::{self, IsTerminal as _, Write as _};

use hivekey::browse::BrowsedValue;

use super::{Troubles, data, failure, hives, key, shown, tell_findings};
use crate::args::GetArgs;
use crate::escape::escape;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Prints the data of one value, or of all values of a key.
///
/// # Errors
///
/// The hive, the key or the value cannot be found or read, or the output cannot be written.
pub fn run(args: &GetArgs) -> Result<Outcome, Failure> {
    let hives = hives(&args.hive)?;
    let (hive, path) = hives.choose(&args.key).map_err(|error| failure(&args.hive, error))?;
    tell_findings(&hive);
    let key = key(&args.hive, &hive, path)?;
    let mut output = Output::stdout();
    let mut troubles = Troubles::new();
    match &args.value {
        Some(name) => {
            let name = if name == "@" { "" } else { name };
            let value = key.value(name).map_err(|error| failure(&args.hive, error))?;
            let value = value.ok_or_else(|| Failure::NoValue {
                path: args.hive.path.clone(),
                key: shown(key.path()),
                value: if name.is_empty() { String::from("@") } else { name.to_owned() },
            })?;
            let bytes = value.data().map_err(|error| failure(&args.hive, error))?;
            if args.raw {
                output.write_all(&bytes)?;
            } else {
                for line in lines(args, &value, &bytes) {
                    writeln!(output, "{line}")?;
                }
            }
        }
        None => {
            for value in key.values() {
                match value.and_then(|value| value.data().map(|bytes| (value.clone(), bytes))) {
                    Ok((value, bytes)) => {
                        let name = value.name();
                        let name = if name.is_empty() { "@".into() } else { escape(&name) };
                        for line in lines(args, &value, &bytes) {
                            writeln!(output, "{name}\t{}\t{line}", value.kind_name())?;
                        }
                    }
                    Err(error) => troubles.tell(&shown(key.path()), &error),
                }
            }
        }
    }
    output.finish()?;
    Ok(troubles.finish())
}

/// The data by their type. What goes to a program keeps its characters, except those that would break lines.
fn lines(args: &GetArgs, value: &BrowsedValue<'_>, bytes: &[u8]) -> Vec<String> {
    if args.hex {
        return vec![data::hex(bytes)];
    }
    let lines = data::readable(value.kind(), bytes);
    if io::stdout().is_terminal() || args.value.is_none() {
        lines.iter().map(|line| escape(line).into_owned()).collect()
    } else {
        lines
    }
}
