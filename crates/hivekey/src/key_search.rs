//! Finds product keys in running text: in a list of known keys, and in words of the evidence that must not show one.

use core::ops::Range;

use hivekey_dpid::{Error, ProductKey};

/// Symbols in a group, and groups in a key.
const GROUP: usize = 5;

/// Something of the shape of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The bytes of the text that it takes.
    pub range: Range<usize>,
    /// The key, or why it is none.
    pub key: Result<ProductKey, Error>,
}

/// A run of letters and digits, and what stands between it and the next.
struct Run {
    range: Range<usize>,
    joint: Joint,
}

/// What joins a run to the one before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    Dash,
    Blank,
    Other,
}

/// Everything that has the shape of a key, from left to right: five groups of five letters or digits with dashes between
/// them, whatever the letters are; 25 in one piece or five groups with single blanks between them, where they are a key.
pub(crate) fn find(text: &str) -> Vec<Found> {
    let runs = runs(text);
    let mut found = Vec::new();
    let mut rest = runs.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let taken = grouped(text, rest).or_else(|| bare(text, first).map(|found| (found, after)));
        match taken {
            Some((one, beyond)) => {
                found.push(one);
                rest = beyond;
            }
            None => rest = after,
        }
    }
    found
}

fn grouped<'r>(text: &str, runs: &'r [Run]) -> Option<(Found, &'r [Run])> {
    let shaped = window(text, runs)?;
    // In a longer row of groups the key is where its symbols are.
    let later = shaped.0.key.is_err()
        && runs.get(1..).and_then(|rest| window(text, rest)).is_some_and(|(found, _)| found.key.is_ok());
    (!later).then_some(shaped)
}

/// The first five groups as a key.
fn window<'r>(text: &str, runs: &'r [Run]) -> Option<(Found, &'r [Run])> {
    let (groups, beyond) = runs.split_at_checked(GROUP)?;
    let [first, second, .., last] = groups else { return None };
    let joint = second.joint;
    let is_shaped = groups.iter().all(|run| run.range.len() == GROUP)
        && joint != Joint::Other
        && groups.iter().skip(1).all(|run| run.joint == joint);
    if !is_shaped {
        return None;
    }
    let range = first.range.start..last.range.end;
    let written = text.get(range.clone())?;
    let key = match joint {
        Joint::Blank => ProductKey::parse(&written.replace(' ', "-")),
        _ => ProductKey::parse(written),
    };
    // Five words of five letters are no key only because they stand in a row.
    (joint == Joint::Dash || key.is_ok()).then_some((Found { range, key }, beyond))
}

fn bare(text: &str, run: &Run) -> Option<Found> {
    let key = ProductKey::parse(text.get(run.range.clone())?).ok()?;
    Some(Found { range: run.range.clone(), key: Ok(key) })
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut between = String::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        if c.is_ascii_alphanumeric() {
            if start.is_none() {
                start = Some((at, joint(&between)));
                between.clear();
            }
            continue;
        }
        if let Some((start, joint)) = start.take() {
            runs.push(Run { range: start..at, joint });
        }
        // More than one character joins nothing, so no more than two need to be kept.
        if between.chars().count() < 2 {
            between.push(c);
        }
    }
    if let Some((start, joint)) = start {
        runs.push(Run { range: start..text.len(), joint });
    }
    runs
}

fn joint(between: &str) -> Joint {
    match between {
        " " => Joint::Blank,
        // As word processors write them, too.
        "-" | "\u{2010}" | "\u{2011}" | "\u{2012}" | "\u{2013}" | "\u{2014}" | "\u{2212}" => Joint::Dash,
        _ => Joint::Other,
    }
}

/// The text with all but the last five characters of everything that has the shape of a key replaced by `*`.
pub(crate) fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for found in find(text) {
        out.push_str(text.get(done..found.range.start).unwrap_or_default());
        let written = text.get(found.range.clone()).unwrap_or_default();
        let shown = written.char_indices().nth_back(GROUP.saturating_sub(1)).map_or(0, |(at, _)| at);
        out.extend(written.char_indices().map(|(at, c)| if at < shown && c.is_ascii_alphanumeric() { '*' } else { c }));
        done = found.range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Microsoft's published KMS client keys of Server 2019 and 2022 Standard.
    const KEY: &str = "N69G4-B89J2-4G8F4-WWYCC-J464C";
    const OTHER: &str = "VDYBN-27WPP-V4HQT-9VMD4-VMK7H";

    fn keys(text: &str) -> Vec<String> {
        find(text).into_iter().filter_map(|found| found.key.ok()).map(|key| key.to_string()).collect()
    }

    #[test]
    fn keys_are_found_wherever_they_stand() {
        for text in [
            KEY.to_owned(),
            KEY.to_lowercase(),
            format!("Server 2019;\"{KEY}\";50"),
            format!("key={KEY}, bought 2019"),
            format!("SKU12-{KEY}"),
            KEY.replace('-', ""),
            KEY.replace('-', " "),
            KEY.replace('-', "\u{2013}"),
            format!("é{KEY}é"),
        ] {
            assert_eq!(keys(&text), [KEY], "{text}");
        }
        assert_eq!(keys(&format!("{KEY} {OTHER}")), [KEY, OTHER]);
        assert_eq!(keys(&format!("{KEY},{OTHER}")), [KEY, OTHER]);
    }

    #[test]
    fn what_is_not_a_key_is_not_found() {
        for text in [
            "",
            "Windows Server 2019 Standard",
            "de32eafd-aaee-4662-9444-c1befb41bde2",
            "00429-70000-00000-AA123",
            "these words group small parts",
            "9f86d081884c7d659a2feaa0c",
            "N69G4--B89J2-4G8F4-WWYCC-J464C",
        ] {
            assert_eq!(find(text), [], "{text}");
        }
    }

    #[test]
    fn the_shape_alone_is_told_with_the_reason() {
        let found = find("N69G4-B89J2-4G8F4-WWYCC-J464E");
        assert!(matches!(found[..], [Found { key: Err(Error::KeySymbol { actual: 'E', .. }), .. }]), "{found:?}");
    }

    #[test]
    fn masking_leaves_the_last_five() {
        assert_eq!(masked(&format!("a {KEY} b")), "a *****-*****-*****-*****-J464C b");
        assert_eq!(masked(&KEY.replace('-', "")), "********************J464C");
        assert_eq!(masked("XXXXE-B89J2-4G8F4-WWYCC-J464E"), "*****-*****-*****-*****-J464E");
        assert_eq!(masked("nothing"), "nothing");
    }

    proptest! {
        #[test]
        fn any_text_is_searched(text in "\\PC{0,200}|[A-Z2-9 –-]{0,200}") {
            let mut end = 0;
            for found in find(&text) {
                prop_assert!(found.range.start >= end && text.get(found.range.clone()).is_some());
                end = found.range.end;
            }
            prop_assert_eq!(keys(&masked(&text)), Vec::<String>::new());
        }
    }
}
