//! Holds everything that one installation stores of its keys against the known keys.

use hivekey_licensing::Channel;

use super::compare::{Outcome, Trace, compare};
use super::known::{KnownKey, KnownKeys};
use super::{How, MAX_NEAR_MISSES, Match, MatchedKey, Near, NearMiss, Strength, text};
use crate::places::{CURRENT_VERSION, WINDOWS};
use crate::report::{Installation, KeyText, ProductKey, Verdict};
use crate::texts::Lang;

/// What an installation has of one key: the key itself or what is left of it.
struct Remains<'a> {
    product: &'a str,
    current: bool,
    verdict: Verdict,
    channel: Option<&'a str>,
    group: Option<u32>,
    serial: Option<u32>,
    last5: Option<&'a str>,
    key_path: Option<String>,
}

impl<'a> Remains<'a> {
    fn of_key(key: &'a ProductKey) -> Self {
        Self {
            product: &key.product,
            current: key.current,
            verdict: key.verdict,
            channel: key.channel.as_deref(),
            group: key.group_id,
            serial: key.serial,
            last5: key.last5.as_deref(),
            key_path: key.evidence.first().map(|evidence| evidence.key_path.clone()),
        }
    }

    /// Where no blob is left, ProductId still has group and serial number.
    fn of_license(installation: &'a Installation) -> Self {
        let license = &installation.license;
        Self {
            product: WINDOWS,
            current: true,
            verdict: Verdict::Unknown,
            channel: license.channel.as_deref(),
            group: license.group_id,
            serial: license.serial,
            last5: license.partial_product_key.as_deref(),
            key_path: license.group_id.map(|_| format!("\\{CURRENT_VERSION}")),
        }
    }

    fn is_empty(&self) -> bool {
        self.last5.is_none() && (self.group.is_none() || self.serial.is_none())
    }

    fn trace(&self) -> Trace {
        Trace {
            last5: self.last5.map(str::to_owned),
            group: self.group,
            serial: self.serial,
            channel: self.channel.map(Channel::parse),
        }
    }

    /// Channel, group and serial number in words, in brackets.
    fn facts(&self, lang: Lang) -> String {
        let facts = [
            ("channel", self.channel.map(str::to_owned)),
            ("group", self.group.map(|group| group.to_string())),
            ("serial", self.serial.map(|serial| serial.to_string())),
        ];
        let known = facts.into_iter().filter_map(|(name, fact)| fact.map(|fact| (name, fact)));
        let words: Vec<String> =
            known.map(|(name, fact)| text(lang, &format!("fact.{name}"), |_| Some(fact.clone()))).collect();
        if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
    }
}

/// A search for the known keys in one installation.
pub(super) struct Search<'k> {
    known: &'k KnownKeys,
    lang: Lang,
    matches: Vec<MatchedKey>,
    near_misses: Vec<NearMiss>,
}

impl<'k> Search<'k> {
    pub(super) fn new(known: &'k KnownKeys, lang: Lang) -> Self {
        Self { known, lang, matches: Vec::new(), near_misses: Vec::new() }
    }

    /// Compares everything that the installation stores. A public key beside the one in use is the media's: it was never
    /// what the machine ran on.
    pub(super) fn installation(&mut self, installation: &Installation) {
        let may_count = |key: &&ProductKey| key.current || key.verdict != Verdict::Generic;
        for key in installation.product_keys.iter().filter(may_count) {
            let remains = Remains::of_key(key);
            match &key.key {
                Some(stored) => self.stored(&remains, stored),
                None => self.gone(&remains),
            }
        }
        if installation.current_key().is_none() {
            self.gone(&Remains::of_license(installation));
        }
    }

    /// A key that is stored is the known one or is not; an end in common is told.
    fn stored(&mut self, remains: &Remains<'_>, stored: &KeyText) {
        let known = self.known;
        if let Some(same) = known.same(stored) {
            self.add(remains, same, How::Full, Strength::Certain);
            return;
        }
        for candidate in known.ending_in(stored.product_key().last5().as_str()) {
            self.near(remains, Near::OtherKey, candidate);
        }
    }

    /// A key that is not stored any more is known by what is left of it.
    fn gone(&mut self, remains: &Remains<'_>) {
        let known = self.known;
        let trace = remains.trace();
        let ends = trace.last5.as_deref().into_iter().flat_map(|last5| known.ending_in(last5));
        let of_group = trace.group.into_iter().flat_map(|group| known.of_group(group));
        for candidate in ends.chain(of_group) {
            match compare(&trace, candidate) {
                Outcome::Match(how, strength) => self.add(remains, candidate, how, strength),
                Outcome::Near(near) => self.near(remains, near, candidate),
                Outcome::Other => {}
            }
        }
    }

    fn add(&mut self, remains: &Remains<'_>, known: &KnownKey, how: How, strength: Strength) {
        let matched = MatchedKey {
            key: None,
            last5: known.last5().to_string(),
            how,
            strength,
            product: remains.product.to_owned(),
            current: remains.current,
            verdict: remains.verdict,
            channel: remains.channel.map(str::to_owned),
            group_id: remains.group,
            key_path: remains.key_path.clone(),
            label: known.label.clone(),
            line: known.line,
        };
        if !self.matches.contains(&matched) {
            self.matches.push(matched);
        }
    }

    fn near(&mut self, remains: &Remains<'_>, near: Near, known: &KnownKey) {
        let last5 = known.last5().to_string();
        let is_told = self.near_misses.iter().any(|miss| miss.line == known.line && miss.last5 == last5);
        if is_told {
            return;
        }
        let message = text(self.lang, near.name(), |fact| match fact {
            "line" => Some(known.line.to_string()),
            "last5" => Some(last5.clone()),
            "group" => remains.group.map(|group| group.to_string()),
            "known_group" => known.group_id.map(|group| group.to_string()),
            "channel" => remains.channel.map(str::to_owned),
            "known_channel" => known.channel.as_ref().map(ToString::to_string),
            _ => None,
        });
        self.near_misses.push(NearMiss { near, last5, line: known.line, label: known.label.clone(), message });
    }

    /// Puts what was found in order, and says why where nothing was.
    pub(super) fn finish(mut self, installation: &Installation, found: &mut Match) {
        self.matches.sort_by_key(|matched| (!matched.current, matched.strength));
        let is_matched = |miss: &NearMiss| {
            self.matches.iter().any(|matched| matched.line == miss.line && matched.last5 == miss.last5)
        };
        self.near_misses.retain(|miss| !is_matched(miss));
        self.near_misses.sort_by_key(|miss| miss.near);
        let more = self.near_misses.len().saturating_sub(MAX_NEAR_MISSES);
        self.near_misses.truncate(MAX_NEAR_MISSES);
        if self.matches.is_empty() {
            let mut sentences = vec![self.reason(installation)];
            sentences.extend(self.near_misses.iter().map(|miss| miss.message.clone()));
            if more > 0 {
                sentences.push(text(self.lang, "near.more", |_| Some(more.to_string())));
            }
            found.reason = Some(sentences.join(" "));
        }
        found.matches = self.matches;
        found.near_misses = self.near_misses;
    }

    /// Why nothing matched.
    fn reason(&self, installation: &Installation) -> String {
        let current = installation.current_key();
        let remains = current.map_or_else(|| Remains::of_license(installation), Remains::of_key);
        let is_stored = current.is_some_and(|key| key.key.is_some());
        let name = match remains.verdict {
            Verdict::Generic if is_stored => "reason.public",
            Verdict::Damaged => "reason.damaged",
            _ if is_stored => "reason.stored",
            _ if remains.is_empty() && current.is_none() && !installation.product_keys.is_empty() => {
                "reason.only-others"
            }
            _ if remains.is_empty() => "reason.no-trace",
            _ if remains.last5.is_none() => "reason.gone-without-end",
            _ => "reason.gone",
        };
        text(self.lang, name, |fact| match fact {
            "last5" => remains.last5.map(str::to_owned),
            "facts" => Some(remains.facts(self.lang)),
            "count" => Some(self.known.keys().len().to_string()),
            _ => None,
        })
    }
}
