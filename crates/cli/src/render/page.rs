//! A page of text: aligned, wrapped, coloured where asked for, and free of anything that could steer a terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::escape::escape;
use crate::mask::mask;
use crate::terminal::Style;

/// A single fact from evidence is not shown beyond this many characters.
const LONGEST_FACT: usize = 600;

/// How to lay out a page.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Columns to fill.
    pub width: usize,
    /// Whether to use colour.
    pub colour: bool,
    /// Whether to hide product keys.
    pub mask: bool,
}

/// A piece of a line.
#[derive(Debug, Clone)]
pub struct Span {
    style: Style,
    text: String,
}

impl Span {
    pub fn new(style: Style, text: impl Into<String>) -> Self {
        Self { style, text: text.into() }
    }

    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(Style::Plain, text)
    }

    pub fn style(&self) -> Style {
        self.style
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Spans with the same text between them.
pub fn join(parts: Vec<Span>, separator: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for part in parts {
        if !spans.is_empty() {
            spans.push(Span::plain(separator));
        }
        spans.push(part);
    }
    spans
}

/// The text of a page as it grows.
#[derive(Debug)]
pub struct Page {
    layout: Layout,
    text: String,
}

impl Page {
    pub fn new(layout: Layout) -> Self {
        Self { layout, text: String::new() }
    }

    /// The finished text.
    pub fn finish(self) -> String {
        self.text
    }

    /// An empty line.
    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A line of one character, as wide as the page.
    pub fn rule(&mut self, character: char) {
        self.text.extend(std::iter::repeat_n(character, self.layout.width));
        self.blank();
    }

    /// A line that opens a section.
    pub fn heading(&mut self, text: &str) {
        self.paragraph(0, &[Span::new(Style::Bold, text)]);
    }

    /// Text that fills the page, indented as a block.
    pub fn paragraph(&mut self, indent: usize, spans: &[Span]) {
        self.flow(indent, indent, spans);
    }

    /// Text whose lines after the first one are indented by `rest`.
    pub fn flow(&mut self, first: usize, rest: usize, spans: &[Span]) {
        let mut line = Line::new(self.layout, rest);
        line.pad(&mut self.text, first);
        self.fill(line, spans);
    }

    /// Facts with their names before them, in two columns.
    pub fn table(&mut self, indent: usize, rows: &[(&str, Vec<Span>)]) {
        let column = rows.iter().map(|(label, _)| label.width()).max().unwrap_or(0) + indent + 2;
        for (label, spans) in rows {
            self.hanging(indent, &Span::new(Style::Dim, *label), column, spans);
        }
    }

    /// A label at `indent`, and the text from `column` on, in every line.
    pub fn hanging(&mut self, indent: usize, label: &Span, column: usize, spans: &[Span]) {
        let mut line = Line::new(self.layout, column);
        line.pad(&mut self.text, indent);
        let label = Span::new(label.style, harmless(&label.text, self.layout.mask));
        line.put(&mut self.text, &label);
        line.pad(&mut self.text, column.max(line.at + 1));
        line.empty = true;
        self.fill(line, spans);
    }

    fn fill(&mut self, mut line: Line, spans: &[Span]) {
        for word in words(spans, self.layout.mask) {
            line.place(&mut self.text, &word);
        }
        if line.empty {
            // A label without text leaves no blanks behind it.
            self.text.truncate(self.text.trim_end_matches(' ').len());
        }
        self.blank();
    }
}

/// Pieces that stand together without a blank, and how many blanks stand before them.
#[derive(Debug, Default)]
struct Word {
    blanks: usize,
    pieces: Vec<Span>,
}

impl Word {
    fn width(&self) -> usize {
        self.pieces.iter().map(|piece| piece.text.width()).sum()
    }
}

/// The words of styled text, harmless.
fn words(spans: &[Span], masked: bool) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = Word::default();
    for span in spans {
        let text = harmless(&span.text, masked);
        for (index, part) in text.split(' ').enumerate() {
            if index > 0 {
                let blanks = if word.pieces.is_empty() { word.blanks } else { 0 };
                if !word.pieces.is_empty() {
                    words.push(word);
                }
                word = Word { blanks: blanks + 1, pieces: Vec::new() };
            }
            if !part.is_empty() {
                word.pieces.push(Span::new(span.style, part));
            }
        }
    }
    if !word.pieces.is_empty() {
        words.push(word);
    }
    words
}

/// The text masked, escaped, and cut where it is too long to be a fact.
pub fn harmless(text: &str, masked: bool) -> String {
    let text = if masked { mask(text) } else { text.into() };
    match text.char_indices().nth(LONGEST_FACT) {
        Some((end, _)) => {
            let (shown, rest) = text.split_at(end);
            format!("{}… (+{})", escape(shown), rest.chars().count())
        }
        None => escape(&text).into_owned(),
    }
}

/// The line being filled.
struct Line {
    /// Columns used.
    at: usize,
    /// Where the text of further lines begins.
    column: usize,
    /// Where it must end.
    end: usize,
    colour: bool,
    /// Whether there is no word on this line.
    empty: bool,
}

impl Line {
    fn new(layout: Layout, column: usize) -> Self {
        Self { at: 0, column, end: layout.width, colour: layout.colour, empty: true }
    }

    fn pad(&mut self, out: &mut String, column: usize) {
        while self.at < column {
            out.push(' ');
            self.at += 1;
        }
    }

    fn break_line(&mut self, out: &mut String) {
        out.push('\n');
        self.at = 0;
        self.empty = true;
        self.pad(out, self.column);
    }

    /// Puts a word where it fits; a word that fits no line is broken, after a path separator where it has one.
    fn place(&mut self, out: &mut String, word: &Word) {
        let blanks = if self.empty { 0 } else { word.blanks };
        let width = word.width();
        if !self.empty && self.at + blanks + width > self.end {
            self.break_line(out);
        } else {
            self.pad(out, self.at + blanks);
        }
        for piece in &word.pieces {
            let mut rest = piece.text.as_str();
            while self.at + rest.width() > self.end {
                let room = self.end.saturating_sub(self.at);
                let (head, tail) = rest.split_at(break_point(rest, room, self.at > self.column));
                if tail.is_empty() {
                    break;
                }
                self.put(out, &Span::new(piece.style, head));
                self.break_line(out);
                rest = tail;
            }
            self.put(out, &Span::new(piece.style, rest));
        }
    }

    fn put(&mut self, out: &mut String, span: &Span) {
        match span.style.sgr().filter(|_| self.colour && !span.text.is_empty()) {
            Some(sgr) => {
                out.push_str("\x1b[");
                out.push_str(sgr);
                out.push('m');
                out.push_str(&span.text);
                out.push_str("\x1b[0m");
            }
            None => out.push_str(&span.text),
        }
        self.at += span.text.width();
        self.empty = false;
    }
}

/// The byte at which to break a word that is wider than `room`, always at a character. It is 0, which puts all of it on the
/// next line, only where there is something on this one (`may_be_zero`).
fn break_point(word: &str, room: usize, may_be_zero: bool) -> usize {
    let mut width = 0;
    let mut separator = None;
    for (at, c) in word.char_indices() {
        width += c.width().unwrap_or(0);
        if width > room {
            let at = separator.unwrap_or(at);
            return if at > 0 || may_be_zero { at } else { c.len_utf8() };
        }
        if c == '\\' || c == '/' {
            separator = Some(at + c.len_utf8());
        }
    }
    word.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: usize) -> Page {
        Page::new(Layout { width, colour: false, mask: false })
    }

    #[test]
    fn text_is_wrapped_under_its_column() {
        let mut page = page(24);
        page.table(2, &[("Key", vec![Span::plain("one two three four five")]), ("Longer", vec![Span::plain("x")])]);
        insta::assert_snapshot!(page.finish(), @r"
          Key     one two three
                  four five
          Longer  x
        ");
    }

    #[test]
    fn lines_end_without_blanks_and_keep_those_inside() {
        let mut page = page(12);
        page.flow(
            0,
            2,
            &[Span::plain("a  b"), Span::plain(" "), Span::new(Style::Bold, "[code-x]"), Span::plain("; c ")],
        );
        page.table(0, &[("label", vec![])]);
        assert_eq!(page.finish(), "a  b\n  [code-x];\n  c\nlabel\n");
    }

    #[test]
    fn long_words_are_broken_at_separators() {
        let mut page = page(20);
        page.paragraph(2, &[Span::plain(r"\Microsoft\InternetExplorer\AVeryLongNameWithoutAnyBreak")]);
        insta::assert_snapshot!(page.finish(), @r"
          \Microsoft\
          InternetExplorer\
          AVeryLongNameWitho
          utAnyBreak
        ");
    }

    #[test]
    fn wide_characters_count_double() {
        let mut page = page(10);
        page.paragraph(0, &[Span::plain("日本語日本語日本語")]);
        assert_eq!(page.finish(), "日本語日本\n語日本語\n");
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let spans = [Span::plain("key"), Span::new(Style::Good, " is good and well")];
        let mut plain = page(10);
        plain.paragraph(2, &spans);
        let mut coloured = Page::new(Layout { width: 10, colour: true, mask: false });
        coloured.paragraph(2, &spans);
        let text = coloured.finish();
        assert!(text.contains("\x1b[1;32mgood\x1b[0m"));
        assert_eq!(text.replace("\x1b[1;32m", "").replace("\x1b[0m", ""), plain.finish());
    }

    #[test]
    fn facts_are_escaped_masked_and_cut() {
        let mut page = Page::new(Layout { width: 80, colour: false, mask: true });
        page.paragraph(0, &[Span::plain("a\x1b[2Jb N69G4-B89J2-4G8F4-WWYCC-J464C")]);
        assert_eq!(page.finish(), "a\\u{1b}[2Jb *****-*****-*****-*****-J464C\n");
        assert!(harmless(&"x".repeat(5000), false).ends_with("… (+4400)"));
    }
}
