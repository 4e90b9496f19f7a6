//! `hivekey ls`.

use std::io::{self, Write as _};

use hivekey::browse::{BrowsedKey, Hives};

use super::{Troubles, data, dump, hives, key, shown, tell_findings};
use crate::args::{ListFormat, LsArgs};
use crate::escape::escape;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::terminal::Style;

/// Characters of a value's data that a list shows.
const DATA_SHOWN: usize = 120;

/// Lists a key, or everything below it.
///
/// # Errors
///
/// The hive or the key cannot be found, or the output cannot be written.
pub fn run(args: &LsArgs) -> Result<Outcome, Failure> {
    let hives = hives(&args.hive)?;
    let mut output = Output::stdout();
    let path = args.key.as_deref().unwrap_or_default();
    if path.is_empty() && !hives.is_single() && args.format == ListFormat::Text && !args.recursive {
        list_hives(&mut output, &hives)?;
        output.finish()?;
        return Ok(Outcome::Complete);
    }
    let (hive, path) = hives.choose(path).map_err(|error| super::failure(&args.hive, error))?;
    tell_findings(&hive);
    let start = key(&args.hive, &hive, path)?;
    let mut troubles = Troubles::new();
    let mut list = List { output: &mut output, format: args.format, colour: args.color.enabled(true) };
    if args.recursive {
        for (index, item) in hive.walk(&start).enumerate() {
            match item {
                Ok(key) => list.key(&key, index > 0, &mut troubles)?,
                Err(error) => troubles.tell(&hive.report().path, &error),
            }
        }
    } else {
        list.key(&start, false, &mut troubles)?;
        if args.format == ListFormat::Text {
            list.subkeys(&start, &mut troubles)?;
        } else {
            for subkey in start.subkeys() {
                match subkey {
                    Ok(subkey) => list.key(&subkey, true, &mut troubles)?,
                    Err(error) => troubles.tell(&shown(start.path()), &error),
                }
            }
        }
    }
    output.finish()?;
    Ok(troubles.finish())
}

fn list_hives(output: &mut Output, hives: &Hives) -> io::Result<()> {
    for hive in hives.list() {
        let role = hive.role.name();
        writeln!(output, "{role:<10} {:>12}  {}", hive.size, escape(&hive.path))?;
    }
    Ok(())
}

struct List<'o> {
    output: &'o mut Output,
    format: ListFormat,
    colour: bool,
}

impl List<'_> {
    /// A key with its values.
    fn key(&mut self, key: &BrowsedKey<'_>, gap: bool, troubles: &mut Troubles) -> io::Result<()> {
        if self.format == ListFormat::Jsonl {
            return dump::write(self.output, key, troubles);
        }
        if gap {
            writeln!(self.output)?;
        }
        let time = key.last_written().map(|time| time.to_string()).unwrap_or_default();
        let path = self.styled(Style::Bold, &shown(key.path()));
        writeln!(self.output, "{path}  {}", self.styled(Style::Dim, &format!("{:#x}  {time}", key.offset())))?;
        if let Ok(Some(target)) = key.link_target() {
            writeln!(self.output, "  -> {}", escape(&target))?;
        }
        for value in key.values() {
            match value {
                Ok(value) => {
                    let name = value.name();
                    let name = if name.is_empty() { "@".into() } else { escape(&name) };
                    let text = match value.data() {
                        Ok(data) => shortened(&data::readable(value.kind(), &data).join(" | ")),
                        Err(error) => {
                            troubles.tell(&format!("{}, value {name}", shown(key.path())), &error);
                            continue;
                        }
                    };
                    let kind = self.styled(Style::Dim, &format!("{:<13}", value.kind_name()));
                    let line = format!("  {name:<28} {kind} {text}");
                    writeln!(self.output, "{}", line.trim_end())?;
                }
                Err(error) => troubles.tell(&shown(key.path()), &error),
            }
        }
        Ok(())
    }

    /// The names of the subkeys.
    fn subkeys(&mut self, key: &BrowsedKey<'_>, troubles: &mut Troubles) -> io::Result<()> {
        for subkey in key.subkeys() {
            match subkey {
                Ok(subkey) => {
                    let time = subkey.last_written().map(|time| time.to_string()).unwrap_or_default();
                    let name = self.styled(Style::Bold, &format!("{}\\", escape(&subkey.name())));
                    writeln!(self.output, "  {name}  {}", self.styled(Style::Dim, &time))?;
                }
                Err(error) => troubles.tell(&shown(key.path()), &error),
            }
        }
        Ok(())
    }

    fn styled(&self, style: Style, text: &str) -> String {
        match style.sgr().filter(|_| self.colour) {
            Some(sgr) => format!("\x1b[{sgr}m{text}\x1b[0m"),
            None => text.to_owned(),
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(DATA_SHOWN) {
        Some((end, _)) => format!("{}…", escape(text.get(..end).unwrap_or_default())),
        None => escape(text).into_owned(),
    }
}
