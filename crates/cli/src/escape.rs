//! Text from evidence, made harmless: what could steer a terminal or hide itself in it is shown as a visible escape.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with every character that could steer or deceive a terminal as `\t`, `\n`, `\r` or `\u{…}`.
pub fn escape(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_harmless) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if is_harmless(c) => out.push(c),
            // Writing to a String cannot fail.
            c => _ = write!(out, "\\u{{{:x}}}", u32::from(c)),
        }
    }
    Cow::Owned(out)
}

/// Whether a character may reach a terminal as it is: not a control character (C1 includes CSI), not one that changes the
/// direction of what follows, and none that is invisible.
pub fn is_harmless(c: char) -> bool {
    // The answer for nearly all text, without the comparisons below.
    if matches!(c, ' '..='~') {
        return true;
    }
    !(c.is_control()
        || matches!(c,
            '\u{ad}' // soft hyphen
            | '\u{34f}' // combining grapheme joiner
            | '\u{61c}' // Arabic letter mark
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers
            | '\u{17b4}' | '\u{17b5}' // Khmer inherent vowels
            | '\u{180b}'..='\u{180f}' // Mongolian selectors and vowel separator
            | '\u{200b}'..='\u{200f}' // zero width, direction marks
            | '\u{2028}'..='\u{202e}' // line and paragraph separators, embeddings, overrides
            | '\u{2060}'..='\u{206f}' // word joiner, isolates
            | '\u{fe00}'..='\u{fe0f}' // variation selectors
            | '\u{feff}' // byte order mark
            | '\u{fff0}'..='\u{fffb}' // interlinear annotation
            | '\u{e0000}'..='\u{e0fff}' // tags
            | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' // private use: drawn as anything
        )
        || u32::from(c) & 0xFFFE == 0xFFFE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_language_stays() {
        for text in [
            "",
            "Windows Server 2019 Standard",
            "Société Générale – Zürich",
            "日本語 Россия עברית",
            r"\Microsoft\Windows NT",
        ] {
            assert_eq!(escape(text), text);
            assert!(matches!(escape(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn what_steers_a_terminal_is_shown() {
        assert_eq!(escape("a\u{1b}[31mred\u{7}"), r"a\u{1b}[31mred\u{7}");
        assert_eq!(escape("line\r\nnext\tcolumn\0"), r"line\r\nnext\tcolumn\u{0}");
        assert_eq!(escape("\u{9b}2J\u{7f}"), r"\u{9b}2J\u{7f}");
        assert_eq!(escape("cod\u{202e}txt.exe"), r"cod\u{202e}txt.exe");
        assert_eq!(escape("zero\u{200b}width\u{feff}\u{e0041}"), r"zero\u{200b}width\u{feff}\u{e0041}");
    }
}
