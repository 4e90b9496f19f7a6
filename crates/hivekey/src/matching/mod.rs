//! Which of the keys that an organisation knows was on which machine.
//!
//! Where the key is stored, the whole key is compared. Where Windows has erased it, as it does with MAKs and KMS host
//! keys, what survives is compared: the last five characters that SYSTEM keeps, and the group and serial number in the
//! product ids. How much such a match is worth says its [`Strength`]; what comes close without being a match is told as a
//! [`NearMiss`].

mod compare;
mod known;
mod search;

pub use known::{KnownKey, KnownKeys, LineProblem, MAX_KEYS, MAX_LINE_LEN, MAX_PROBLEMS};

use serde::Serialize;

use self::search::Search;
use crate::report::{Installation, KeyText, SourceReport, Verdict};
use crate::texts::{self, Lang};

/// Near misses that are told of one installation.
pub const MAX_NEAR_MISSES: usize = 10;

/// What one installation has of the known keys (MATCH in the JSON contract).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Match {
    /// The path of the source, as it was given.
    pub path: String,
    /// Where the installation lies inside the source; `None` where there is no installation.
    pub root: Option<String>,
    /// The computer's name.
    pub computer_name: Option<String>,
    /// The known keys that were on this machine: its own first, then by strength.
    pub matches: Vec<MatchedKey>,
    /// Known keys that come close, at most [`MAX_NEAR_MISSES`].
    pub near_misses: Vec<NearMiss>,
    /// Why there is no match, in the language asked for; `None` where there is one.
    pub reason: Option<String>,
}

/// A known key that was on a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MatchedKey {
    /// The key itself, only after [`Match::show_keys`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyText>,
    /// Its last five characters.
    pub last5: String,
    /// What was compared.
    pub how: How,
    /// How sure the match is.
    pub strength: Strength,
    /// The product whose key it is: `Windows`, `Office 2010`, …
    pub product: String,
    /// Whether it is the key of the installation as it last ran.
    pub current: bool,
    /// What the key is worth; a public key on a list proves nothing.
    pub verdict: Verdict,
    /// Microsoft's channel name.
    pub channel: Option<String>,
    /// Key group.
    pub group_id: Option<u32>,
    /// Where the key or what is left of it stands, with a leading backslash.
    pub key_path: Option<String>,
    /// What else stands on the known key's line.
    pub label: Option<String>,
    /// The known key's line, from 1.
    pub line: usize,
}

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum How {
    /// The whole key.
    Full,
    /// The last five characters, with group, serial number and channel as far as both sides know them.
    LastFive,
    /// Group and serial number, where the last five characters are not stored either.
    GroupSerial,
}

impl How {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::LastFive => "last-five",
            Self::GroupSerial => "group-serial",
        }
    }
}

/// How sure a match is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Strength {
    /// The whole key is the same, or group and serial number are: no other key has them.
    Certain,
    /// Last five characters and group are the same. One in 243 keys of a group ends like another one.
    Strong,
    /// Only the last five characters could be compared.
    Weak,
}

impl Strength {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Strong => "strong",
            Self::Weak => "weak",
        }
    }
}

/// A known key that comes close to what is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NearMiss {
    /// In which way.
    pub near: Near,
    /// The known key's last five characters.
    pub last5: String,
    /// The known key's line, from 1.
    pub line: usize,
    /// What else stands on that line.
    pub label: Option<String>,
    /// The same in a sentence, in the language asked for.
    pub message: String,
}

/// In which way a known key comes close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Near {
    /// Same last five characters and group, another serial number.
    OtherSerial,
    /// Same group and serial number, but SYSTEM names other last five characters.
    OtherEndSameSerial,
    /// Same last five characters, another group.
    OtherGroup,
    /// Same last five characters, another channel.
    OtherChannel,
    /// Same last five characters, but the whole key is stored and is another one.
    OtherKey,
    /// Same group, other last five characters.
    OtherEnd,
}

impl Near {
    fn name(self) -> &'static str {
        match self {
            Self::OtherSerial => "near.other-serial",
            Self::OtherEndSameSerial => "near.other-end-same-serial",
            Self::OtherGroup => "near.other-group",
            Self::OtherChannel => "near.other-channel",
            Self::OtherKey => "near.other-key",
            Self::OtherEnd => "near.other-end",
        }
    }
}

impl Match {
    fn of(path: &str, root: Option<String>) -> Self {
        Self {
            path: path.to_owned(),
            root,
            computer_name: None,
            matches: Vec::new(),
            near_misses: Vec::new(),
            reason: None,
        }
    }

    /// Fills in the keys themselves.
    pub fn show_keys(&mut self, known: &KnownKeys) {
        for matched in &mut self.matches {
            // A line may hold several keys.
            let key = known.ending_in(&matched.last5).find(|key| key.line == matched.line);
            matched.key = key.map(|key| key.key.clone());
        }
    }
}

/// What each installation of a source has of the known keys; one entry that says why where there is no installation.
#[must_use]
pub fn match_source(source: &SourceReport, known: &KnownKeys, lang: Lang) -> Vec<Match> {
    let mut all: Vec<Match> = source
        .installations
        .iter()
        .map(|installation| {
            let mut found = match_installation(installation, known, lang);
            found.path.clone_from(&source.path);
            found
        })
        .collect();
    if all.is_empty() {
        let mut none = Match::of(&source.path, None);
        none.reason = Some(match &source.error {
            Some(error) => text(lang, "reason.unreadable", |_| Some(error.message.clone())),
            None => text(lang, "reason.no-windows", |_| None),
        });
        all.push(none);
    }
    all
}

/// What one installation has of the known keys. The caller fills in [`Match::path`]: only it knows the source.
///
/// ```
/// use hivekey::matching::{How, KnownKeys, match_installation};
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/server2019-backup");
/// let known = KnownKeys::parse(b"N69G4-B89J2-4G8F4-WWYCC-J464C, the public key of Server 2019 Standard");
/// let report = hivekey::inspect(path, &hivekey::Options::default());
/// for installation in report.installations() {
///     let found = match_installation(installation, &known, hivekey::Lang::En);
///     assert!(found.matches.iter().all(|matched| matched.how == How::Full));
/// }
/// ```
#[must_use]
pub fn match_installation(installation: &Installation, known: &KnownKeys, lang: Lang) -> Match {
    let mut found = Match::of("", Some(installation.root.clone()));
    found.computer_name.clone_from(&installation.windows.computer_name);
    let mut search = Search::new(known, lang);
    search.installation(installation);
    search.finish(installation, &mut found);
    found
}

/// The text of this name with its facts; a name without a text shows itself: a test sees to it that there is none.
fn text(lang: Lang, name: &str, fact: impl Fn(&str) -> Option<String>) -> String {
    let template = texts::entries(catalogue(lang)).find_map(|(known, text)| (known == name).then_some(text));
    template.map_or_else(|| name.to_owned(), |template| texts::fill(template, fact))
}

fn catalogue(lang: Lang) -> &'static str {
    match lang {
        Lang::En => include_str!("../../texts/match.en.txt"),
        Lang::Fr => include_str!("../../texts/match.fr.txt"),
    }
}
