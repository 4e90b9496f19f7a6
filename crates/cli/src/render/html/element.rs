//! Elements of HTML with text from the evidence in them.

use crate::render::facts::Row;
use crate::render::page::{Span, harmless};
use crate::terminal::Style;

/// A piece of text, with a class where it stands out.
#[derive(Debug, Clone)]
pub struct Piece {
    class: &'static str,
    text: String,
}

/// Text that does not stand out.
pub fn plain(text: impl Into<String>) -> Piece {
    Piece { class: "", text: text.into() }
}

impl Piece {
    pub fn class(self, class: &'static str) -> Self {
        Self { class, ..self }
    }
}

/// The pieces of styled text.
pub fn pieces(spans: &[Span]) -> Vec<Piece> {
    spans.iter().map(|span| plain(span.text()).class(text_class(span.style()))).collect()
}

fn text_class(style: Style) -> &'static str {
    match style {
        Style::Plain => "",
        Style::Bold => "strong",
        Style::Dim => "soft",
        Style::Good => "good-text",
        Style::Caution => "caution-text",
        Style::Bad => "bad-text",
    }
}

/// The class of a box in this style.
pub fn box_class(style: Style) -> &'static str {
    match style {
        Style::Good => "good",
        Style::Caution => "caution",
        Style::Bad => "bad",
        Style::Plain | Style::Bold | Style::Dim => "",
    }
}

/// A cell of a table.
#[derive(Debug, Clone)]
pub struct Cell {
    class: &'static str,
    pieces: Vec<Piece>,
}

impl Cell {
    pub fn new(class: &'static str, pieces: Vec<Piece>) -> Self {
        Self { class, pieces }
    }

    pub fn text(class: &'static str, text: impl Into<String>) -> Self {
        Self::new(class, vec![plain(text)])
    }
}

/// HTML as it grows. Tags and classes are this program's own; text is escaped.
#[derive(Debug)]
pub struct Content {
    html: String,
    masked: bool,
}

impl Content {
    pub fn new(masked: bool) -> Self {
        Self { html: String::new(), masked }
    }

    pub fn finish(self) -> String {
        self.html
    }

    /// An element with others in it.
    pub fn block(&mut self, tag: &str, class: &str, content: impl FnOnce(&mut Self)) {
        self.open(tag, class);
        self.html.push('\n');
        content(self);
        self.close(tag);
    }

    /// An element with text in it.
    pub fn line(&mut self, tag: &str, class: &str, pieces: &[Piece]) {
        self.open(tag, class);
        pieces.iter().for_each(|piece| self.piece(piece));
        self.close(tag);
    }

    /// The title of a section.
    pub fn heading(&mut self, text: &str) {
        self.line("h2", "", &[plain(text)]);
    }

    /// Facts with their names.
    pub fn facts(&mut self, rows: &[Row<'_>]) {
        if rows.is_empty() {
            return;
        }
        self.block("dl", "", |content| {
            for (name, spans) in rows {
                content.line("dt", "", &[plain(*name)]);
                content.line("dd", "", &pieces(spans));
            }
        });
    }

    /// A table; a column without any text is left out.
    pub fn table(&mut self, columns: &[&str], rows: &[Vec<Cell>]) {
        let is_used = |column: usize| {
            rows.iter()
                .any(|row| row.get(column).is_some_and(|cell| cell.pieces.iter().any(|piece| !piece.text.is_empty())))
        };
        let used: Vec<usize> = (0..columns.len()).filter(|column| is_used(*column)).collect();
        self.block("table", "", |content| {
            content.block("thead", "", |content| {
                content.block("tr", "", |content| {
                    for name in used.iter().filter_map(|column| columns.get(*column)) {
                        content.line("th", "", &[plain(*name)]);
                    }
                });
            });
            content.block("tbody", "", |content| {
                for row in rows {
                    content.block("tr", "", |content| {
                        for cell in used.iter().filter_map(|column| row.get(*column)) {
                            content.line("td", cell.class, &cell.pieces);
                        }
                    });
                }
            });
        });
    }

    fn open(&mut self, tag: &str, class: &str) {
        self.html.push('<');
        self.html.push_str(tag);
        if !class.is_empty() {
            self.html.push_str(" class=\"");
            self.html.push_str(class);
            self.html.push('"');
        }
        self.html.push('>');
    }

    fn close(&mut self, tag: &str) {
        self.html.push_str("</");
        self.html.push_str(tag);
        self.html.push_str(">\n");
    }

    fn piece(&mut self, piece: &Piece) {
        let text = escaped(&harmless(&piece.text, self.masked));
        if piece.class.is_empty() {
            self.html.push_str(&text);
            return;
        }
        self.open("span", piece.class);
        self.html.push_str(&text);
        self.html.push_str("</span>");
    }
}

/// Text for elements. A path may be broken after its separators.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '/' | '\\' => {
                html.push(c);
                html.push_str("<wbr>");
            }
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_element() {
        let mut content = Content::new(false);
        content.line("p", "", &[plain("</p><script>alert(\"1\")</script>&amp;'\u{1b}[2J\u{202e}").class("soft")]);
        assert_eq!(
            content.finish(),
            "<p><span class=\"soft\">&lt;/<wbr>p&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/<wbr>script&gt;&amp;amp;&#39;\
             \\<wbr>u{1b}[2J\\<wbr>u{202e}</span></p>\n"
        );
    }

    #[test]
    fn keys_are_masked() {
        let mut content = Content::new(true);
        content.line("p", "", &[plain("N69G4-B89J2-4G8F4-WWYCC-J464C")]);
        assert_eq!(content.finish(), "<p>*****-*****-*****-*****-J464C</p>\n");
    }

    #[test]
    fn empty_columns_are_left_out() {
        let mut content = Content::new(false);
        let row = |text: &str| vec![Cell::text("", "a"), Cell::text("", ""), Cell::text("mono", text)];
        content.table(&["one", "two", "three"], &[row(""), row("c")]);
        let html = content.finish().replace('\n', "");
        assert!(html.contains("<th>one</th><th>three</th>"), "{html}");
        assert!(html.contains("<td>a</td><td class=\"mono\">c</td>"), "{html}");
    }
}
