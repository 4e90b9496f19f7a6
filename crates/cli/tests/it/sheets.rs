//! Reports as CSV and as HTML: what spreadsheets and browsers take for their own must stay text.

use hivekey_testkit::hive::Value;
use hivekey_testkit::installation::Installation;
use hivekey_testkit::license::Channel;
use hivekey_testkit::windows::Windows;

use crate::harness::{GVLK, MASKED, hivekey, root};

/// The cells of CSV as RFC 4180 has them.
fn cells(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => assert_eq!(chars.peek(), Some(&'\n')),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    assert!(row.is_empty() && cell.is_empty() && !quoted, "the last line ends");
    rows
}

const MARKUP: &str = "</style></td><script>alert(1)</script><img src=x onerror='alert(2)'>\" onload=\"alert(3)&lt;";
const FORMULAS: [&str; 5] = ["=cmd|'/c calc'!A0", "+1+1", "-1+1", "@SUM(1,2)", "\t=1\r\n=2"];

/// A SOFTWARE hive with the given text in every place that a report shows.
fn hostile(folder: &tempfile::TempDir, text: &str) -> String {
    let server = Installation::preset(Windows::Server2019, Channel::Retail).unwrap();
    let mut hive = server.software();
    let version = hive.key(r"Microsoft\Windows NT\CurrentVersion");
    for name in ["ProductName", "EditionID", "RegisteredOwner", "RegisteredOrganization", "ReleaseId", "ProductId"] {
        version.set(name, Value::sz(text));
    }
    hive.key(r"Microsoft\Office\14.0\Registration")
        .subkey(text)
        .set("ProductName", Value::sz(text))
        .set("DigitalProductID", Value::binary(server.license.dpid4()));
    let path = folder.path().join("SOFTWARE");
    hive.build().write(&path).unwrap();
    path.display().to_string()
}

#[test]
fn csv_has_one_row_per_key_under_a_fixed_header() {
    let run = hivekey(["report", "--format", "csv", "testdata/server2019-backup", "schema", "missing"]).run();
    let rows = cells(run.text());
    insta::assert_snapshot!(rows[0].join("\n"));
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    let column = |name: &str| rows[0].iter().position(|cell| cell == name).unwrap();
    let of = |row: usize, name: &str| rows[row][column(name)].as_str();
    assert_eq!((of(1, "key"), of(1, "verdict"), of(1, "current_key")), (GVLK, "generic", "true"));
    assert_eq!((of(1, "computer_name"), of(1, "license_channel")), ("SRV-FILE01", "Volume:GVLK"));
    let last = rows.len() - 1;
    assert_eq!(
        (of(last - 1, "source"), of(last - 1, "source_status"), of(last - 1, "key")),
        ("schema", "no-windows", "")
    );
    assert_eq!((of(last, "source"), of(last, "source_status")), ("missing", "error"));
    assert!(!of(last, "source_error").is_empty());
    assert_eq!(run.code, 2);
}

#[test]
fn the_columns_are_documented() {
    let header = cells(hivekey(["report", "--format", "csv", "--files-from", "-"]).input("").run().text()).remove(0);
    let readme = std::fs::read_to_string(root().join("crates/cli/README.md")).unwrap();
    let documented = readme.lines().filter(|line| line.starts_with("    ")).flat_map(str::split_whitespace);
    assert_eq!(documented.collect::<Vec<_>>(), header);
}

#[test]
fn an_installation_without_a_key_has_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Installation::preset(Windows::Server2019, Channel::Mak).unwrap();
    (server.dpid, server.has_system) = (false, false);
    server.write_tree(folder.path()).unwrap();
    let run = hivekey(["report", "--format", "csv", folder.path().to_str().unwrap()]).run();
    let rows = cells(run.text());
    assert_eq!(rows.len(), 2, "{}", run.text());
    let cell = |name: &str| rows[1][rows[0].iter().position(|cell| cell == name).unwrap()].as_str();
    // What ProductId proves stands there, all the same.
    assert_eq!((cell("group_id"), cell("channel"), cell("product")), ("4298", "Volume:MAK", ""));
}

#[test]
fn no_cell_is_a_formula() {
    for text in FORMULAS {
        let folder = tempfile::tempdir().unwrap();
        let run = hivekey(["report", "--deep", "--format", "csv", &hostile(&folder, text)]).run();
        let rows = cells(run.text());
        assert!(rows.len() > 2);
        for cell in rows.iter().flatten() {
            let dangerous = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
            assert!(!dangerous && !cell.contains(|c: char| c.is_control()), "{cell:?}");
        }
        assert!(rows[1].iter().any(|cell| cell.starts_with('\'')), "{:?}", rows[1]);
    }
}

#[test]
fn html_stands_alone() {
    let run =
        hivekey(["report", "--format", "html", "--hash", "--verify", "testdata/server2019-backup", "schema"]).run();
    let html = run.text();
    assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">") && html.ends_with("</html>\n"));
    for forbidden in ["<script", "<link", "<img", "<iframe", "src=", "href=", "style=", "url(", "http:", "https:"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    assert!(html.contains("default-src 'none'"));
    assert!(html.contains(GVLK) && html.contains("[generic-key]") && html.contains("SHA-256 "));
    let closed = |tag: &str| html.matches(&format!("<{tag}")).count() == html.matches(&format!("</{tag}>")).count();
    for tag in
        ["article", "div", "table", "tbody", "tr", "td", "th", "ul", "li", "ol", "dl", "dt", "dd", "span", "h1", "h2"]
    {
        // `<th` begins `<thead` as well.
        assert!(tag == "th" || closed(tag), "{tag}");
    }
    assert_eq!(run.code, 1);
}

#[test]
fn nothing_leaves_its_element() {
    let folder = tempfile::tempdir().unwrap();
    let run = hivekey(["report", "--deep", "--format", "html", &hostile(&folder, MARKUP)]).run();
    let html = run.text();
    for forbidden in ["<script", "<img", "onload=\"", "onerror='", "alert(1)</script"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/"));
    assert_eq!(html.matches("</style>").count(), 1);
    let run = hivekey(["report", "--format", "html", &hostile(&folder, "a\x1b[2J\u{202e}b\0")]).run();
    assert!(!run.text().contains(['\x1b', '\u{202e}', '\0']));
}

#[test]
fn the_mask_holds() {
    for format in ["csv", "html"] {
        let run = hivekey(["report", "--format", format, "--mask", "testdata/server2019-backup"]).run();
        assert!(run.text().contains(MASKED) && !run.text().contains(GVLK));
        let folder = tempfile::tempdir().unwrap();
        let path = hostile(&folder, &format!("{GVLK} {}", GVLK.replace('-', "")));
        let run = hivekey(["report", "--format", format, "--mask", "--deep", &path]).run();
        assert!(!run.text().contains(GVLK) && !run.text().contains(&GVLK.replace('-', "")), "{}", run.text());
    }
}

#[test]
fn html_in_french() {
    let run = hivekey(["report", "--lang", "fr", "--format", "html", "testdata/hives/retail-SOFTWARE"]).run();
    assert!(run.text().contains("<html lang=\"fr\">") && run.text().contains("Clé de produit"));
}

#[test]
fn a_run_without_sources_is_still_whole() {
    let html = hivekey(["report", "--format", "html", "--files-from", "-"]).input("").run();
    assert!(html.text().ends_with("</html>\n"));
    let csv = hivekey(["report", "--format", "csv", "--files-from", "-"]).input("").run();
    assert_eq!(cells(csv.text()).len(), 1);
}
