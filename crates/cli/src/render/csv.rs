//! Reports as CSV (RFC 4180): one row per product key, and one for an installation or a source without any.
//!
//! The header is fixed; columns are only ever added at its end. Text from the evidence cannot become a formula: a cell
//! that begins as one gets an apostrophe before it, and control characters are written as escapes.

use hivekey::report::{Evidence, Installation, ProductKey, SourceReport, Status};

use crate::escape::escape;
use crate::mask::mask;

/// The names of the columns, in order. `source_…` columns are of the path that was asked for, `windows` to `kms_host` of
/// the installation, `product` to `current_key` of the product key, `hive` to `verified` of the first of its places; `findings` are the codes of
/// installation and source, with blanks between them.
pub const COLUMNS: [&str; 41] = [
    "source",
    "source_kind",
    "source_status",
    "source_error",
    "installation",
    "installation_is_live",
    "windows",
    "edition_installed",
    "version",
    "build",
    "architecture",
    "installed",
    "computer_name",
    "owner",
    "organization",
    "product_id",
    "license_status",
    "license_channel",
    "last5_in_use",
    "kms_host",
    "product",
    "key",
    "last5",
    "verdict",
    "public_key",
    "channel",
    "edition",
    "part_number",
    "activation_id",
    "group_id",
    "serial",
    "current_key",
    "hive",
    "key_path",
    "value",
    "offset",
    "last_written",
    "found_in",
    "integrity",
    "verified",
    "findings",
];

/// The first line.
pub fn header() -> String {
    let mut row = Row::new(false);
    COLUMNS.iter().for_each(|name| row.cell(name));
    row.finish()
}

/// The rows of one source.
pub fn source(report: &SourceReport, masked: bool) -> String {
    let mut text = String::new();
    for installation in &report.installations {
        for key in &installation.product_keys {
            text.push_str(&row(report, Some(installation), Some(key), masked));
        }
        if installation.product_keys.is_empty() {
            text.push_str(&row(report, Some(installation), None, masked));
        }
    }
    if report.installations.is_empty() {
        text.push_str(&row(report, None, None, masked));
    }
    text
}

fn row(source: &SourceReport, installation: Option<&Installation>, key: Option<&ProductKey>, masked: bool) -> String {
    let mut row = Row::new(masked);
    row.cell(&source.path);
    row.cell(&source.kind);
    row.cell(match source.status {
        Status::Ok => "ok",
        Status::NoWindows => "no-windows",
        _ => "error",
    });
    row.option(source.error.as_ref().map(|error| error.message.as_str()));
    row.installation(installation);
    row.key(installation, key);
    row.place(key.and_then(|key| key.evidence.first()));
    let of_installation = installation.into_iter().flat_map(|installation| &installation.findings);
    let mut codes: Vec<&str> = of_installation.chain(&source.findings).map(|finding| finding.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    row.cell(&codes.join(" "));
    row.finish()
}

/// A row as it grows.
struct Row {
    text: String,
    masked: bool,
    is_first: bool,
}

impl Row {
    fn new(masked: bool) -> Self {
        Self { text: String::new(), masked, is_first: true }
    }

    fn cell(&mut self, text: &str) {
        if !std::mem::take(&mut self.is_first) {
            self.text.push(',');
        }
        self.text.push_str(&cell(text, self.masked));
    }

    fn option(&mut self, text: Option<&str>) {
        self.cell(text.unwrap_or_default());
    }

    fn shown(&mut self, value: Option<impl ToString>) {
        self.option(value.map(|value| value.to_string()).as_deref());
    }

    fn finish(mut self) -> String {
        self.text.push_str("\r\n");
        self.text
    }

    fn installation(&mut self, installation: Option<&Installation>) {
        let windows = installation.map(|installation| &installation.windows);
        let license = installation.map(|installation| &installation.license);
        self.option(installation.map(|installation| installation.root.as_str()));
        self.shown(installation.map(|installation| installation.current));
        self.option(windows.and_then(|windows| windows.name()).as_deref());
        self.option(windows.and_then(|windows| windows.edition_id.as_deref()));
        self.option(windows.and_then(|windows| windows.display_version.as_deref()));
        self.option(windows.and_then(|windows| windows.build.as_deref()));
        self.option(windows.and_then(|windows| windows.architecture.as_deref()));
        self.shown(windows.and_then(|windows| windows.install_date));
        self.option(windows.and_then(|windows| windows.computer_name.as_deref()));
        self.option(windows.and_then(|windows| windows.registered_owner.as_deref()));
        self.option(windows.and_then(|windows| windows.registered_organization.as_deref()));
        self.option(windows.and_then(|windows| windows.product_id.as_deref()));
        self.option(license.and_then(|license| license.status.as_deref()));
        self.option(license.and_then(|license| license.channel.as_deref()));
        self.option(license.and_then(|license| license.partial_product_key.as_deref()));
        self.option(license.and_then(|license| license.kms_host.as_deref()));
    }

    fn key(&mut self, installation: Option<&Installation>, key: Option<&ProductKey>) {
        // The license is that of the current key; where there is none, what it proves stands in the same columns.
        let license = installation.map(|found| &found.license).filter(|_| key.is_none_or(|key| key.current));
        let either = |of_key: Option<&Option<String>>, of_license: Option<&Option<String>>| {
            of_key.cloned().flatten().or_else(|| of_license.cloned().flatten())
        };
        self.option(key.map(|key| key.product.as_str()));
        self.shown(key.and_then(|key| key.key.as_ref()));
        self.option(key.and_then(|key| key.last5.as_deref()));
        self.option(key.map(|key| key.verdict.name()));
        self.option(key.and_then(|key| key.generic.as_ref()).map(|public| public.edition.as_str()));
        self.shown(either(key.map(|key| &key.channel), license.map(|license| &license.channel)));
        self.shown(either(key.map(|key| &key.edition), license.map(|license| &license.edition)));
        self.shown(either(key.map(|key| &key.part_number), license.map(|license| &license.part_number)));
        self.option(license.and_then(|license| license.activation_id.as_deref()));
        self.shown(key.and_then(|key| key.group_id).or_else(|| license.and_then(|license| license.group_id)));
        self.shown(key.and_then(|key| key.serial).or_else(|| license.and_then(|license| license.serial)));
        self.shown(key.map(|key| key.current));
    }

    fn place(&mut self, place: Option<&Evidence>) {
        self.option(place.map(|place| place.hive.as_str()));
        self.option(place.map(|place| place.key_path.as_str()));
        self.option(place.map(|place| place.value.as_str()));
        self.shown(place.and_then(|place| place.offset));
        self.shown(place.and_then(|place| place.last_written));
        self.option(place.map(|place| place.found_in.name()));
        self.option(place.map(|place| place.integrity.name()));
        self.shown(place.and_then(|place| place.verified));
    }
}

/// One cell. Spreadsheets take what begins with `=`, `+`, `-` or `@`, also after blanks and in its full width, for a formula;
/// after an apostrophe they do not.
fn cell(text: &str, masked: bool) -> String {
    let text = if masked { mask(text) } else { text.into() };
    let begins = text.trim_start().chars().next();
    let is_formula = text.starts_with(['\t', '\r', '\n'])
        || begins.is_some_and(|c| "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(c));
    let mut cell = String::from(if is_formula { "'" } else { "" });
    cell.push_str(&escape(&text));
    // A semicolon separates cells where a spreadsheet is set to some languages.
    let needs_quotes = cell.contains([',', ';', '"', '\'']) || cell.starts_with(' ') || cell.ends_with(' ');
    if needs_quotes { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        for (text, expected) in [
            ("", ""),
            ("Windows Server 2019", "Windows Server 2019"),
            ("a,b", "\"a,b\""),
            ("a;b", "\"a;b\""),
            ("say \"a\"", "\"say \"\"a\"\"\""),
            (" a", "\" a\""),
        ] {
            assert_eq!(cell(text, false), expected);
        }
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (text, expected) in [
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\\t=1\""),
            ("\r=1", "\"'\\r=1\""),
            ("\n=1", "\"'\\n=1\""),
            ("  =1", "\"'  =1\""),
            ("\u{ff1d}1", "\"'\u{ff1d}1\""),
            ("=cmd|'/c calc'!A0", "\"'=cmd|'/c calc'!A0\""),
            ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
        ] {
            assert_eq!(cell(text, false), expected);
        }
    }

    #[test]
    fn control_characters_are_escaped_and_keys_masked() {
        assert_eq!(cell("a\x1b[2J\r\nb\u{202e}", false), r"a\u{1b}[2J\r\nb\u{202e}");
        assert_eq!(cell("N69G4-B89J2-4G8F4-WWYCC-J464C", true), "*****-*****-*****-*****-J464C");
    }
}
