//! The form of the papers' texts: what stands in `texts/letter.*.txt` and `texts/record.*.txt`.
//!
//! | line | becomes |
//! |---|---|
//! | `# …` | nothing: a remark |
//! | blank | the end of a block |
//! | `= …` | a title, underlined |
//! | `== …` | a heading, underlined with dashes |
//! | `> …` | a line of its own |
//! | `- …` | an item of a list |
//! | `\| name \| …` | a row: the names of a block in one column, the facts in the next |
//! | `@list` | what follows in the block is repeated for each element of the list, with the element's facts |
//! | `…` | a paragraph, together with the lines after it; a line with conditions begins a new sentence of it |
//!
//! `{name}` is filled with a fact. **What is not known is not written**: a line, item, row or sentence with a fact that is
//! not there is left out, unless it names another text, `{name\|text}`. Before any of them may stand conditions, `?name` and
//! `?!name`, on facts and flags being there. Everything is wrapped to [`WIDTH`] columns. Texts in square brackets are gaps
//! for the reader to fill; they mean nothing here.

use core::fmt::Write as _;

use crate::key_search::masked;

/// Columns of the papers.
pub(super) const WIDTH: usize = 72;
/// Blanks before what follows an item's dash.
const ITEM: usize = 2;
/// A single fact is not written beyond this many characters.
const LONGEST_FACT: usize = 500;

/// What a template is filled with.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    facts: Vec<(&'static str, String)>,
    flags: Vec<&'static str>,
    lists: Vec<(&'static str, Vec<Self>)>,
}

impl Facts {
    /// Adds a fact if it is known. No product key stays whole in it, and nothing that could steer a terminal.
    pub(super) fn fact(&mut self, name: &'static str, value: Option<impl AsRef<str>>) {
        let Some(value) = value else { return };
        let mut text = String::new();
        for c in masked(value.as_ref()).chars().take(LONGEST_FACT) {
            if c.is_control() {
                // Writing to a String cannot fail.
                _ = write!(text, "{}", c.escape_default());
            } else {
                text.push(c);
            }
        }
        if !text.trim().is_empty() {
            self.facts.push((name, text));
        }
    }

    /// Adds a flag if it applies.
    pub(super) fn flag(&mut self, name: &'static str, applies: bool) {
        if applies {
            self.flags.push(name);
        }
    }

    /// Adds a list; without elements it is not there.
    pub(super) fn list(&mut self, name: &'static str, elements: Vec<Self>) {
        if !elements.is_empty() {
            self.lists.push((name, elements));
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some() || self.flags.contains(&name) || self.elements(name).is_some()
    }

    fn elements(&self, name: &str) -> Option<&[Self]> {
        self.lists.iter().find(|(known, _)| *known == name).map(|(_, elements)| elements.as_slice())
    }
}

/// Fills a template.
pub(super) fn render(template: &str, facts: &Facts) -> String {
    let mut paper = Paper::default();
    let mut block: Vec<&str> = Vec::new();
    for line in template.lines().filter(|line| !line.starts_with('#')).chain([""]) {
        if !line.trim().is_empty() {
            block.push(line);
        } else if !block.is_empty() {
            paper.block(&block, facts);
            block.clear();
        }
    }
    paper.text
}

/// A line of a block that applies, or a paragraph, with its facts filled in.
enum Part {
    Title(String, char),
    Line(String),
    Item(String),
    Row(String, String),
    Paragraph(String),
}

#[derive(Default)]
struct Paper {
    text: String,
}

impl Paper {
    fn block(&mut self, lines: &[&str], facts: &Facts) {
        match lines.split_first() {
            Some((first, rest)) if first.starts_with('@') => {
                let elements = facts.elements(first.trim_start_matches('@').trim()).unwrap_or_default();
                let blocks: Vec<Vec<Part>> = elements.iter().map(|element| parts(rest, element)).collect();
                if blocks.iter().flatten().all(|part| matches!(part, Part::Item(_))) {
                    let items: Vec<Part> = blocks.into_iter().flatten().collect();
                    self.parts(&items);
                } else {
                    blocks.iter().for_each(|block| self.parts(block));
                }
            }
            _ => self.parts(&parts(lines, facts)),
        }
    }

    fn parts(&mut self, parts: &[Part]) {
        if parts.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let names = parts.iter().map(|part| if let Part::Row(name, _) = part { name.chars().count() } else { 0 });
        let column = names.max().unwrap_or(0).saturating_add(2);
        for part in parts {
            match part {
                Part::Title(text, underline) => {
                    self.wrapped("", 0, text);
                    self.text.extend(core::iter::repeat_n(*underline, text.chars().count().min(WIDTH)));
                    self.text.push('\n');
                }
                Part::Line(text) | Part::Paragraph(text) => self.wrapped("", 0, text),
                Part::Item(text) => self.wrapped("- ", ITEM, text),
                Part::Row(name, text) => self.wrapped(&format!("{name:column$}"), column, text),
            }
        }
    }

    /// Writes text that goes on from `column` in every line, after `label` in the first one.
    fn wrapped(&mut self, label: &str, column: usize, text: &str) {
        let mut line = label.to_owned();
        let mut is_empty = true;
        for word in text.split_whitespace().flat_map(|word| pieces(word, WIDTH.saturating_sub(column))) {
            let gap = usize::from(!is_empty && !word.continues);
            let width = line.chars().count().saturating_add(gap).saturating_add(word.text.chars().count());
            if !is_empty && width > WIDTH {
                self.line(&line);
                line = " ".repeat(column);
            } else if gap > 0 {
                line.push(' ');
            }
            line.push_str(word.text);
            is_empty = false;
        }
        self.line(&line);
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// A word or a part of a long one.
struct Piece<'t> {
    text: &'t str,
    /// Whether it belongs to the word before it.
    continues: bool,
}

/// A word that is wider than a line is cut after the separators of a path; what has none stays whole.
fn pieces(word: &str, width: usize) -> Vec<Piece<'_>> {
    if word.chars().count() <= width {
        return vec![Piece { text: word, continues: false }];
    }
    word.split_inclusive(['/', '\\']).enumerate().map(|(index, text)| Piece { text, continues: index > 0 }).collect()
}

/// The lines of a block that apply; a paragraph is one part.
fn parts(lines: &[&str], facts: &Facts) -> Vec<Part> {
    let (_, first) = conditions(lines.first().copied().unwrap_or_default());
    if is_marked(first) {
        return lines.iter().filter_map(|line| part(line, facts)).collect();
    }
    // A line without conditions goes on with the sentence before it.
    let mut sentences: Vec<(Vec<Condition<'_>>, String)> = Vec::new();
    for line in lines {
        match (conditions(line), sentences.last_mut()) {
            ((conditions, text), Some((_, sentence))) if conditions.is_empty() => {
                sentence.push(' ');
                sentence.push_str(text);
            }
            ((conditions, text), _) => sentences.push((conditions, text.to_owned())),
        }
    }
    let apply = sentences.iter().filter(|(conditions, _)| conditions.iter().all(|condition| condition.holds(facts)));
    let text: Vec<String> = apply.filter_map(|(_, sentence)| filled(sentence, facts)).collect();
    if text.is_empty() { Vec::new() } else { vec![Part::Paragraph(text.join(" "))] }
}

fn is_marked(line: &str) -> bool {
    ["= ", "== ", "> ", "- ", "| "].iter().any(|mark| line.starts_with(mark)) || line == ">"
}

fn part(line: &str, facts: &Facts) -> Option<Part> {
    let (conditions, line) = conditions(line);
    if !conditions.iter().all(|condition| condition.holds(facts)) {
        return None;
    }
    if let Some(row) = line.strip_prefix("| ") {
        let (name, text) = row.split_once(" | ")?;
        return Some(Part::Row(filled(name.trim(), facts)?, filled(text, facts)?));
    }
    let (mark, text) = line.split_once(' ').unwrap_or((line, ""));
    let text = filled(text, facts)?;
    match mark {
        "=" => Some(Part::Title(text, '=')),
        "==" => Some(Part::Title(text, '-')),
        "-" => Some(Part::Item(text)),
        ">" => Some(Part::Line(text)),
        _ => None,
    }
}

struct Condition<'t> {
    name: &'t str,
    wanted: bool,
}

impl Condition<'_> {
    fn holds(&self, facts: &Facts) -> bool {
        facts.has(self.name) == self.wanted
    }
}

/// The conditions before a line, and the line after them.
fn conditions(line: &str) -> (Vec<Condition<'_>>, &str) {
    let mut conditions = Vec::new();
    let mut rest = line.trim();
    while let Some((name, after)) = rest.strip_prefix('?').map(|rest| rest.split_once(' ').unwrap_or((rest, ""))) {
        let (name, wanted) = name.strip_prefix('!').map_or((name, true), |name| (name, false));
        conditions.push(Condition { name, wanted });
        rest = after.trim_start();
    }
    (conditions, rest)
}

/// The text with its facts; `None` where one is not known and no other text is given.
fn filled(text: &str, facts: &Facts) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        out.push_str(before);
        let (name, instead) = name.split_once('|').map_or((name, None), |(name, text)| (name, Some(text)));
        out.push_str(facts.get(name).or(instead)?);
        rest = tail;
    }
    out.push_str(rest);
    Some(out)
}

/// The names that a template asks for: facts, flags and lists. For tests of the texts.
#[cfg(test)]
pub(super) fn names(template: &str) -> std::collections::BTreeSet<String> {
    let mut names = std::collections::BTreeSet::new();
    for line in template.lines().filter(|line| !line.starts_with('#')) {
        names.extend(conditions(line).0.iter().map(|condition| condition.name.to_owned()));
        names.extend(line.strip_prefix('@').map(|name| name.trim().to_owned()));
        let facts = line.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        names.extend(facts.filter_map(|(name, _)| name.split('|').next()).map(str::to_owned));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn facts() -> Facts {
        let mut facts = Facts::default();
        facts.fact("name", Some("Server"));
        facts.fact("none", None::<&str>);
        facts.fact("blank", Some(" "));
        facts.flag("yes", true);
        facts.flag("no", false);
        let element = |name: &str| {
            let mut element = Facts::default();
            element.fact("name", Some(name));
            element
        };
        facts.list("hives", vec![element("SOFTWARE"), element("SYSTEM")]);
        facts.list("empty", Vec::new());
        facts
    }

    #[test]
    fn what_is_not_known_is_not_written() {
        let template = "\
# remark
= {name}

A {none} paragraph
over two lines.

A {none|written} paragraph
over two lines.

| one | {name}
| another one | {none}
| third | {blank|[gap]}

- {none}
- item {name}
?no - item
?yes ?!no - last

?empty Not this.

?hives ?!none This.
";
        let expected = "\
Server
======

A written paragraph over two lines.

one    Server
third  [gap]

- item Server
- last

This.
";
        assert_eq!(render(template, &facts()), expected);
    }

    #[test]
    fn sentences_of_a_paragraph_have_their_own_conditions() {
        let template = "?yes One\nmore.\n?no Two.\n?yes Three {none}.\n?yes Four {name}.\n\n?no Five.\n?no Six.";
        assert_eq!(render(template, &facts()), "One more. Four Server.\n");
        assert_eq!(render("@hives\n- {name}", &facts()), "- SOFTWARE\n- SYSTEM\n");
    }

    #[test]
    fn lists_are_repeated() {
        let template = "@hives\n| hive | {name}\n| size | {size}\n\n@empty\n> never\n\n> end";
        assert_eq!(render(template, &facts()), "hive  SOFTWARE\n\nhive  SYSTEM\n\nend\n");
    }

    #[test]
    fn lines_are_wrapped_under_their_column() {
        let long = "word ".repeat(30);
        let text = render(&format!("| name | {long}\n\n- {long}\n\n{long}"), &Facts::default());
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.contains("\n      word") && text.contains("\n  word") && text.contains("\nword"), "{text}");
    }

    #[test]
    fn facts_cannot_break_the_form() {
        let mut facts = Facts::default();
        facts.fact("evil", Some("a\n= b\u{1b}[2J {name} | N69G4-B89J2-4G8F4-WWYCC-J464C"));
        let text = render("> {evil}", &facts);
        assert_eq!(text, "a\\n= b\\u{1b}[2J {name} | *****-*****-*****-*****-J464C\n");
        facts.fact("path", Some(format!("/mnt/{}/SOFTWARE", "folder/".repeat(30))));
        let text = render("| path | {path}", &facts);
        assert!(text.lines().count() > 3 && text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(!text.contains("/ "), "{text}");
    }

    proptest! {
        #[test]
        fn any_template_is_rendered(template in "[=|>@?!{}#a \\-\n]{0,200}", fact in "\\PC{0,100}") {
            let mut facts = facts();
            facts.fact("a", Some(fact));
            render(&template, &facts);
        }
    }
}
