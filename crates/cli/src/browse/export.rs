//! `hivekey export`.

use std::io::{self, Write as _};

use hivekey::browse::{BrowsedHive, BrowsedKey};

use super::{Troubles, failure, hives, key, reg_text, shown, tell_findings};
use crate::args::{ExportArgs, RegEncoding};
use crate::escape::is_harmless;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Where a hive that Windows shows nowhere is put.
const ELSEWHERE: &str = r"HKEY_LOCAL_MACHINE\HIVE";

/// Writes a key and everything below it as a .reg file.
///
/// # Errors
///
/// The hive or the key cannot be found, or the output cannot be written.
pub fn run(args: &ExportArgs) -> Result<Outcome, Failure> {
    let hives = hives(&args.hive)?;
    let path = args.key.as_deref().unwrap_or_default();
    let (hive, path) = hives.choose(path).map_err(|error| failure(&args.hive, error))?;
    tell_findings(&hive);
    let start = key(&args.hive, &hive, path)?;
    let output = Output::create(args.output.as_deref(), std::slice::from_ref(&args.hive.path))?;
    let encoding = match (args.encoding, output.is_stdout()) {
        (Some(encoding), _) => encoding,
        (None, true) => RegEncoding::Utf8,
        (None, false) => RegEncoding::Utf16,
    };
    let prefix = args.prefix.as_deref().or(hive.mount_point()).unwrap_or(ELSEWHERE).trim_end_matches('\\');
    let mut export = Export { output, encoding, troubles: Troubles::new(), prefix };
    export.tree(&hive, &start)?;
    export.output.finish()?;
    Ok(export.troubles.finish())
}

struct Export<'p> {
    output: Output,
    encoding: RegEncoding,
    troubles: Troubles,
    prefix: &'p str,
}

impl Export<'_> {
    fn tree(&mut self, hive: &BrowsedHive, start: &BrowsedKey<'_>) -> io::Result<()> {
        if self.encoding == RegEncoding::Utf16 {
            self.write(&[0xFEFF])?;
        }
        self.write(&reg_text::header())?;
        let mut names = names_above(start);
        for item in hive.walk(start) {
            match item {
                Ok(key) => {
                    let depth = usize::try_from(key.depth()).unwrap_or(usize::MAX);
                    if depth > 0 {
                        names.truncate(depth.saturating_sub(1));
                        names.push(key.name_units());
                    }
                    self.key(&key, &names)?;
                }
                Err(error) => self.troubles.tell(&hive.report().path, &error),
            }
        }
        Ok(())
    }

    fn key(&mut self, key: &BrowsedKey<'_>, names: &[Vec<u16>]) -> io::Result<()> {
        let Some(line) = reg_text::key(self.prefix, names) else {
            self.troubles.tell_text(&shown(key.path()), "a .reg file cannot hold this name; the key is left out");
            return Ok(());
        };
        self.write(&line)?;
        for value in key.values() {
            let written = value.and_then(|value| {
                let data = value.data()?;
                Ok((value.name(), reg_text::value(&value.name_units(), value.kind(), &data)))
            });
            match written {
                Ok((_, Some(lines))) => self.write(&lines)?,
                Ok((name, None)) => {
                    let place = format!("{}, value {name}", shown(key.path()));
                    self.troubles.tell_text(&place, "a .reg file cannot hold this name; the value is left out");
                }
                Err(error) => self.troubles.tell(&shown(key.path()), &error),
            }
        }
        Ok(())
    }

    fn write(&mut self, units: &[u16]) -> io::Result<()> {
        match self.encoding {
            RegEncoding::Utf16 => {
                let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
                self.output.write_all(&bytes)
            }
            RegEncoding::Utf8 => {
                let text = String::from_utf16_lossy(units);
                let text = if self.output.is_terminal() { harmless(&text) } else { text };
                self.output.write_all(text.as_bytes())
            }
        }
    }
}

/// The names of the keys above the start, from the path as it is spelled.
fn names_above(start: &BrowsedKey<'_>) -> Vec<Vec<u16>> {
    let depth = usize::try_from(start.depth()).unwrap_or(0);
    start.path().split('\\').skip(1).take(depth.saturating_sub(1)).map(|name| name.encode_utf16().collect()).collect()
}

/// Lines for a terminal: what could steer it is left out visibly.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if is_harmless(c) || matches!(c, '\r' | '\n') { c } else { '\u{fffd}' }).collect()
}
