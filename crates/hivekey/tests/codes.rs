//! CODES.md is the table of codes that users look things up in; it is made from the texts.

#[cfg(test)]
mod document {
    use std::fmt::Write as _;

    use hivekey::explain::{CodeKind, Explanation, all};
    use hivekey::{Lang, report::Level};

    const HEAD: &str = "\
<!-- Made from texts/en.txt and texts/sources.txt: HIVEKEY_WRITE_CODES=1 cargo test -p hivekey --test codes -->

# Codes

The codes of findings and next steps are stable: programs may rely on them. `hivekey explain CODE` says the same in a
terminal, in English or French. Names in braces stand for facts.
";

    pub fn codes() -> String {
        let mut text = String::from(HEAD);
        text.push_str("\n## Findings\n\n| code | level | message | meaning | source |\n|---|---|---|---|---|\n");
        for row in all(Lang::En).filter(|row| row.kind == CodeKind::Finding) {
            let level = match row.level {
                Some(Level::Error) => "error",
                Some(Level::Warning) => "warning",
                _ => "info",
            };
            line(&mut text, &row, &format!(" {level} |"));
        }
        text.push_str("\n## Next steps\n\n| code | message | meaning | source |\n|---|---|---|---|\n");
        for row in all(Lang::En).filter(|row| row.kind == CodeKind::Step) {
            line(&mut text, &row, "");
        }
        text
    }

    fn line(text: &mut String, row: &Explanation, level: &str) {
        let (message, meaning) = (cell(row.message), cell(row.explanation));
        writeln!(text, "| `{}` |{level} {message} | {meaning} | {} |", row.code, cell(row.source.unwrap_or("")))
            .expect("a String takes everything");
    }

    /// What Markdown would take for its own is escaped.
    fn cell(text: &str) -> String {
        text.chars().fold(String::new(), |mut out, c| {
            if matches!(c, '|' | '<' | '>' | '*' | '_' | '\\') {
                out.push('\\');
            }
            out.push(c);
            out
        })
    }
}

#[test]
fn codes_md_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/CODES.md");
    let expected = document::codes();
    if std::env::var_os("HIVEKEY_WRITE_CODES").is_some() {
        std::fs::write(path, &expected).expect("CODES.md can be written");
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == expected, "CODES.md is out of date; write it again as its first line says");
}
