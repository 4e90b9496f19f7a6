//! The keys that an organisation knows, from text: a list, the lines of invoices, an export of the volume portal.

use core::fmt;
use std::borrow::Cow;
use std::collections::HashMap;

use hivekey_dpid::{self as dpid, Last5};
use hivekey_licensing::{Channel, placeholder};

use crate::blob;
use crate::key_search;
use crate::knowledge::Knowledge;
use crate::report::KeyText;
use crate::texts::Lang;

/// Keys that are taken from one text.
pub const MAX_KEYS: usize = 100_000;
/// Problems that are told of one text.
pub const MAX_PROBLEMS: usize = 1_000;
/// Longer lines are passed over.
pub const MAX_LINE_LEN: usize = 64 << 10;
/// Characters of a label.
const MAX_LABEL: usize = 120;

/// One known key.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct KnownKey {
    /// The key. `Debug` shows its last five characters.
    pub key: KeyText,
    /// What else stands on its line.
    pub label: Option<String>,
    /// The line that it stands on, from 1.
    pub line: usize,
    /// Key group, which keys since Windows 8 and Server 2012 carry as plain bits.
    pub group_id: Option<u32>,
    /// Serial number within the group, carried likewise.
    pub serial: Option<u32>,
    /// The channel of the group.
    pub channel: Option<Channel>,
}

impl KnownKey {
    /// The last five characters.
    #[must_use]
    pub fn last5(&self) -> Last5 {
        self.key.product_key().last5()
    }
}

/// What is wrong with a line. No line is echoed: it may hold a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineProblem {
    /// Nothing on the line has the shape of a key.
    NoKey,
    /// It has the shape of a key, but is none.
    NotAKey(dpid::Error),
    /// The ten bits that a key since Windows 8 carries do not fit: a typing error, as a rule.
    Checksum(Last5),
    /// The text that tools show where a key was erased, or that stands for any key.
    Placeholder,
    /// The line is longer than [`MAX_LINE_LEN`] bytes.
    TooLong,
    /// There are more than [`MAX_KEYS`] keys; this line and those after it were not read.
    TooMany,
}

impl LineProblem {
    /// Whether a key was meant to stand here, so that an answer may lack it.
    #[must_use]
    pub fn lost_a_key(&self) -> bool {
        !matches!(self, Self::NoKey)
    }

    fn name(&self) -> &'static str {
        match self {
            Self::NoKey => "no-key",
            Self::NotAKey(_) => "not-a-key",
            Self::Checksum(_) => "checksum",
            Self::Placeholder => "placeholder",
            Self::TooLong => "too-long",
            Self::TooMany => "too-many",
        }
    }

    /// The problem in words.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        super::text(lang, self.name(), |fact| match (fact, self) {
            ("problem", Self::NotAKey(error)) => Some(error.to_string()),
            ("last5", Self::Checksum(last5)) => Some(last5.to_string()),
            ("limit", Self::TooMany) => Some(MAX_KEYS.to_string()),
            ("limit", _) => Some(MAX_LINE_LEN.to_string()),
            _ => None,
        })
    }
}

impl fmt::Display for LineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text(Lang::En))
    }
}

/// The known keys, each once, and what was wrong with the lines that they were read from.
#[derive(Debug, Clone, Default)]
pub struct KnownKeys {
    keys: Vec<KnownKey>,
    problems: Vec<(usize, LineProblem)>,
    by_key: HashMap<dpid::ProductKey, usize>,
    by_last5: HashMap<Last5, Vec<usize>>,
    by_group: HashMap<u32, Vec<usize>>,
}

impl KnownKeys {
    /// Reads the keys of a text in UTF-8 or, with a byte order mark, UTF-16; in other encodings everything but the labels
    /// is still right.
    ///
    /// A key may stand anywhere on its line, in dashes or without; the rest of the line is its label. Lines that are
    /// blank or begin with `#` are passed over, and so is the first line where it holds the names of columns.
    ///
    /// ```
    /// use hivekey::matching::KnownKeys;
    /// let keys = KnownKeys::parse(b"Product,Key\nServer 2019 Standard,N69G4-B89J2-4G8F4-WWYCC-J464C\nno key here\n");
    /// assert_eq!(keys.keys().len(), 1);
    /// assert_eq!(keys.keys()[0].label.as_deref(), Some("Server 2019 Standard"));
    /// assert_eq!(keys.problems()[0].0, 3);
    /// ```
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let mut known = Self::default();
        let mut is_first = true;
        for (number, line) in (1..).zip(decoded(text).lines()) {
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            if known.keys.len() >= MAX_KEYS {
                known.problem(number, LineProblem::TooMany);
                break;
            }
            known.line(number, content, std::mem::take(&mut is_first));
        }
        known
    }

    fn line(&mut self, number: usize, line: &str, is_first: bool) {
        if line.len() > MAX_LINE_LEN {
            return self.problem(number, LineProblem::TooLong);
        }
        let found = key_search::find(line);
        let names_columns = is_first && delimiter(line).is_some();
        if found.is_empty() && !names_columns {
            return self.problem(number, LineProblem::NoKey);
        }
        let label = label(line);
        for one in found {
            match one.key.map_err(LineProblem::NotAKey).and_then(|key| self.judge(key, number, label.as_deref())) {
                Ok(known) => self.add(known),
                Err(problem) => {
                    // A mask or a filler is not of the alphabet, and is no typing error.
                    let written = line.get(one.range).unwrap_or_default();
                    let is_filler = placeholder(written).is_some();
                    self.problem(number, if is_filler { LineProblem::Placeholder } else { problem });
                }
            }
        }
    }

    fn judge(&self, key: dpid::ProductKey, line: usize, label: Option<&str>) -> Result<KnownKey, LineProblem> {
        if placeholder(key.as_str()).is_some() {
            return Err(LineProblem::Placeholder);
        }
        let facts = blob::read_text(key.as_str()).ok();
        if facts.as_ref().is_some_and(|facts| facts.checks.checksum == Some(false)) {
            return Err(LineProblem::Checksum(key.last5()));
        }
        let meaning = facts.as_ref().map(|facts| Knowledge::default().meaning(facts, None));
        Ok(KnownKey {
            key: key.into(),
            label: label.map(str::to_owned),
            line,
            group_id: facts.as_ref().and_then(|facts| facts.group),
            serial: facts.as_ref().and_then(|facts| facts.serial),
            channel: meaning.and_then(|meaning| meaning.channel).map(|channel| Channel::parse(&channel)),
        })
    }

    /// A key that stands on several lines is known by the first of them.
    fn add(&mut self, known: KnownKey) {
        let position = self.keys.len();
        let key = *known.key.product_key();
        if self.by_key.contains_key(&key) {
            return;
        }
        self.by_key.insert(key, position);
        self.by_last5.entry(key.last5()).or_default().push(position);
        if let Some(group) = known.group_id {
            self.by_group.entry(group).or_default().push(position);
        }
        self.keys.push(known);
    }

    fn problem(&mut self, line: usize, problem: LineProblem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push((line, problem));
        }
    }

    /// The keys in the order of their lines.
    #[must_use]
    pub fn keys(&self) -> &[KnownKey] {
        &self.keys
    }

    /// Lines that gave no key or not all of their keys, with what is wrong; at most [`MAX_PROBLEMS`].
    #[must_use]
    pub fn problems(&self) -> &[(usize, LineProblem)] {
        &self.problems
    }

    pub(super) fn same(&self, key: &KeyText) -> Option<&KnownKey> {
        self.by_key.get(key.product_key()).and_then(|position| self.keys.get(*position))
    }

    pub(super) fn ending_in(&self, last5: &str) -> impl Iterator<Item = &KnownKey> {
        let positions = parse_last5(last5).and_then(|last5| self.by_last5.get(&last5));
        positions.into_iter().flatten().filter_map(|position| self.keys.get(*position))
    }

    pub(super) fn of_group(&self, group: u32) -> impl Iterator<Item = &KnownKey> {
        self.by_group.get(&group).into_iter().flatten().filter_map(|position| self.keys.get(*position))
    }
}

/// Five characters as the end of a key; the rest of the key that is parsed is of no account.
fn parse_last5(text: &str) -> Option<Last5> {
    let filler = "B".repeat(20);
    dpid::ProductKey::parse(&format!("{filler}{}", text.trim())).ok().map(|key| key.last5())
}

fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |order: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|unit| order(*unit)).collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => utf16(u16::from_be_bytes, rest),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// What separates the cells of a line, if it has several.
fn delimiter(line: &str) -> Option<char> {
    ['\t', ';', ','].into_iter().find(|delimiter| line.contains(*delimiter))
}

/// The cells of a line without its keys, and without the quotes and marks around them.
fn label(line: &str) -> Option<String> {
    let mut rest = String::with_capacity(line.len());
    let mut done = 0;
    for found in key_search::find(line) {
        rest.push_str(line.get(done..found.range.start).unwrap_or_default());
        done = found.range.end;
    }
    rest.push_str(line.get(done..).unwrap_or_default());
    let is_mark =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '#' | '=' | ':' | '(' | ')' | '[' | ']' | '-');
    let cells = rest.split(|c| delimiter(line) == Some(c));
    let cells: Vec<&str> = cells.map(|cell| cell.trim_matches(is_mark)).filter(|cell| !cell.is_empty()).collect();
    let label: String = cells.join(", ").chars().take(MAX_LABEL).collect();
    (!label.is_empty()).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Microsoft's published KMS client keys of Server 2019 and 2022 Standard, and of Windows 7 Professional.
    const KEY: &str = "N69G4-B89J2-4G8F4-WWYCC-J464C";
    const OTHER: &str = "VDYBN-27WPP-V4HQT-9VMD4-VMK7H";
    const SEVEN: &str = "FJ82H-XT6CR-J8D7P-XQJJ2-GPDD4";

    fn labels(text: &str) -> Vec<(usize, Option<String>)> {
        KnownKeys::parse(text.as_bytes()).keys.iter().map(|key| (key.line, key.label.clone())).collect()
    }

    #[test]
    fn labels_are_the_rest_of_the_line() {
        let labelled = |line: usize, label: &str| (line, Some(label.to_owned()));
        assert_eq!(labels(KEY), [(1, None)]);
        assert_eq!(labels(&format!("# ours\n\n{KEY}  # DC01\n")), [labelled(3, "DC01")]);
        assert_eq!(labels(&format!("Server 2019: {KEY}")), [labelled(1, "Server 2019")]);
        assert_eq!(
            labels(&format!("Product;Type;Key;Seats\r\n\"Server 2019\";MAK;{KEY};50\r\n;;\"{OTHER}\";\r\n")),
            [labelled(2, "Server 2019, MAK, 50"), (3, None)]
        );
        assert_eq!(labels(&format!("A\tB\n{KEY}\tÉvry\n")), [labelled(2, "Évry")]);
    }

    #[test]
    fn facts_of_a_key_are_those_of_its_bits() {
        let keys = KnownKeys::parse(format!("{KEY}\n{SEVEN}\n{KEY}\n").as_bytes());
        assert_eq!(keys.keys.len(), 2, "a key is known once");
        let facts = |key: &KnownKey| (key.group_id, key.serial, key.channel.clone());
        assert_eq!(facts(&keys.keys[0]), (Some(4297), Some(0), Some(Channel::VolumeGvlk)));
        // A key of Windows 7 names no group by itself, but this one is published.
        assert_eq!(facts(&keys.keys[1]), (None, None, Some(Channel::VolumeGvlk)));
        assert_eq!(keys.ending_in("J464C").count(), 1);
        assert_eq!(keys.of_group(4297).count(), 1);
        assert_eq!(keys.ending_in("no").count() + keys.ending_in("NNNNN").count(), 0);
    }

    #[test]
    fn bad_lines_are_told_and_not_echoed() {
        let text = format!(
            "no key\n{}\n{}\nBBBBB-BBBBB-BBBBB-BBBBB-BBBBB\nXXXXX-XXXXX-XXXXX-XXXXX-XXXXX\n{}\n{KEY}",
            KEY.replace("J464C", "J464D"),
            KEY.replace('2', "E"),
            "x".repeat(MAX_LINE_LEN + 1),
        );
        let keys = KnownKeys::parse(text.as_bytes());
        let problems: Vec<(usize, &str)> =
            keys.problems.iter().map(|(line, problem)| (*line, problem.name())).collect();
        let expected =
            [(1, "no-key"), (2, "checksum"), (3, "not-a-key"), (4, "placeholder"), (5, "placeholder"), (6, "too-long")];
        assert_eq!(problems, expected);
        assert_eq!(keys.keys.len(), 1);
        for (_, problem) in keys.problems() {
            for lang in Lang::ALL {
                let shown = problem.text(*lang);
                assert!(!shown.contains("N69G4") && !shown.contains("WWYCC") && !shown.contains('{'), "{shown}");
            }
        }
    }

    #[test]
    fn exports_of_windows_programs_are_read() {
        let text = format!("Schlüssel\t{KEY}\r\n");
        let utf16: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let utf16_big: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        let utf8 = format!("\u{feff}{text}").into_bytes();
        for bytes in [utf16, utf16_big, utf8] {
            assert_eq!(KnownKeys::parse(&bytes).keys[0].label.as_deref(), Some("Schlüssel"));
        }
        let mut latin1 = b"Schl\xFCssel\t".to_vec();
        latin1.extend(KEY.bytes());
        assert_eq!(KnownKeys::parse(&latin1).keys.len(), 1);
    }

    #[test]
    fn limits_hold() {
        let many = "no key\n".repeat(MAX_PROBLEMS + 10);
        assert_eq!(KnownKeys::parse(many.as_bytes()).problems.len(), MAX_PROBLEMS);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let known = KnownKeys::parse(&bytes);
            prop_assert!(known.keys().len() <= bytes.len() / 25);
        }
    }
}
