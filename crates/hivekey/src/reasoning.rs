//! Where the witnesses disagree, and what else a reader of the report should know.

use hivekey_licensing::edition::{self, editions_agree};
use hivekey_licensing::generation::{Generation, generations_agree};
use hivekey_licensing::product_id::ProductId;
use hivekey_licensing::{Channel, LicenseType, Witnesses};

use crate::judgement::Case;
use crate::keys::JudgedKey;
use crate::knowledge::Table;
use crate::places::{self, CURRENT_VERSION, Standing};
use crate::report::{Finding, FindingCode, FoundIn, GenericKind, ProductKey, Timestamp, Verdict};
use crate::texts;
use crate::verdict;
use crate::windows;
use crate::witness::Witness;

/// Adds to the findings of the hives what follows from the keys. `keys` has the current key, if any, first.
pub(crate) fn findings(case: &Case<'_>, keys: &[JudgedKey], of_hives: Vec<Finding>) -> Vec<Finding> {
    let mut reasoning = Reasoning { case, keys, findings: of_hives };
    reasoning.run();
    // Errors first, then warnings, each in the order in which they were found.
    reasoning.findings.sort_by_key(|finding| finding.level);
    reasoning.findings
}

/// Finds what a reader of the report should know.
struct Reasoning<'a> {
    case: &'a Case<'a>,
    keys: &'a [JudgedKey],
    findings: Vec<Finding>,
}

impl Reasoning<'_> {
    fn run(&mut self) {
        for judged in self.keys {
            self.blobs(judged);
            if judged.key.current {
                self.current(judged);
            } else {
                self.other(judged);
            }
        }
        self.places();
        self.installation();
    }

    fn add(&mut self, code: FindingCode, args: Vec<(&'static str, String)>) {
        let finding = Finding::new(code, args);
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// What is wrong with the blobs themselves.
    fn blobs(&mut self, judged: &JudgedKey) {
        for witness in &judged.witnesses {
            let place = witness.place();
            let checks = witness.facts.checks;
            for (name, outcome) in [
                ("check-crc", checks.crc32),
                ("check-key-hash", checks.key_hash),
                ("check-blob-hash", checks.blob_hash),
                ("check-key", checks.checksum),
            ] {
                if outcome == Some(false) {
                    self.add(
                        FindingCode::IntegrityBad,
                        vec![("check", texts::words(&[name])), ("place", place.clone())],
                    );
                }
            }
            for anomaly in &witness.facts.anomalies {
                self.add(FindingCode::MalformedBlob, vec![("place", place.clone()), ("problem", anomaly.clone())]);
            }
            if let Some((index, in_key)) = witness.facts.index_mismatch {
                let args = vec![("place", place), ("index", index.to_string()), ("key_group", in_key.to_string())];
                self.add(FindingCode::KeyIndexMismatch, args);
            }
        }
        let intact = judged.witnesses.iter().find(|witness| verdict::is_placeholder_like(&witness.facts));
        if let (Verdict::Unknown, Some(witness)) = (judged.key.verdict, intact) {
            let serial = witness.facts.serial.map(|serial| serial.to_string()).unwrap_or_default();
            self.add(FindingCode::PlaceholderSuspected, vec![("last5", last5(&judged.key)), ("serial", serial)]);
        }
    }

    /// What the installation's own key is worth, and whether it fits.
    fn current(&mut self, judged: &JudgedKey) {
        let key = &judged.key;
        // A key that is gone is known by what SYSTEM says of it.
        let said = || key.evidence.first().map(|said| places::value_place(&said.hive, &said.key_path, &said.value));
        let place = judged.witnesses.first().map(Witness::place).or_else(said).unwrap_or_default();
        match (key.verdict, &key.generic) {
            (Verdict::Generic, Some(generic)) => {
                let kind = texts::words(&[match generic.kind {
                    GenericKind::Gvlk => "gvlk",
                    GenericKind::Avma => "avma",
                    GenericKind::Install => "install",
                }]);
                let args = vec![("last5", last5(key)), ("kind", kind), ("edition", generic.edition.clone())];
                self.add(FindingCode::GenericKey, args);
            }
            (Verdict::Erased, _) => self.add(FindingCode::ErasedKey, vec![("place", place.clone())]),
            _ => {}
        }
        if judged.witnesses.iter().filter(|witness| witness.is_current_place()).all(|it| it.found_in == FoundIn::Log)
            && let Some(witness) = judged.witnesses.first()
        {
            let args = vec![("last5", last5(key)), ("hive", witness.hive.clone())];
            self.add(FindingCode::LogOnlyKey, args);
        }
        self.edition(judged);
        self.product_id(judged, &place);
        match (&judged.meaning.table, key.group_id) {
            (Table::Evidence(path), _) => self.add(FindingCode::PkeyconfigUsed, vec![("path", path.clone())]),
            (Table::BuiltIn, _) => self.add(FindingCode::BuiltInTable, Vec::new()),
            (Table::None, Some(group)) => self.add(FindingCode::GroupUnknown, vec![("group", group.to_string())]),
            (Table::None, None) => {}
        }
    }

    /// Whether edition and version of the key are those installed.
    fn edition(&mut self, judged: &JudgedKey) {
        let installed = self.case.windows.edition_id.clone().unwrap_or_default();
        if installed.is_empty() {
            return;
        }
        if let Some(of_key) = judged.key.edition.clone()
            && editions_agree(&installed, &of_key).is_mismatch()
        {
            let args = vec![("key_edition", of_key), ("installed", installed.clone())];
            self.add(FindingCode::EditionMismatch, args);
        }
        let is_server = edition::is_server_edition(&installed);
        let description = judged.meaning.description.as_deref().unwrap_or_default();
        let of_key = Generation::of_configuration(description, judged.key.edition.as_deref().unwrap_or_default());
        if let (Some(build), Some(of_key)) = (windows::build_number(self.case.windows), of_key)
            && generations_agree(build, is_server, of_key) == Some(false)
        {
            let installed = Generation::of_build(build, is_server).map_or(installed, |it| it.name().to_owned());
            let args = vec![("key_generation", of_key.name().to_owned()), ("installed", installed)];
            self.add(FindingCode::GenerationMismatch, args);
        }
    }

    /// The ProductId is written together with the key: another group in it means that one of them is stale or made up.
    fn product_id(&mut self, judged: &JudgedKey, place: &str) {
        let ids = self
            .case
            .windows
            .product_id
            .iter()
            .chain(judged.witnesses.iter().filter_map(|witness| witness.facts.product_id.as_ref()));
        let mut mismatches = Vec::new();
        for text in ids {
            let group = ProductId::parse(text).ok().and_then(|id| id.group());
            if let (Some(of_id), Some(of_key)) = (group, judged.key.group_id)
                && of_id != of_key
            {
                mismatches.push((text.clone(), of_id, of_key));
            }
        }
        for (text, of_id, of_key) in mismatches {
            let args = vec![
                ("product_id", text),
                ("pid_group", of_id.to_string()),
                ("key_group", of_key.to_string()),
                ("place", place.to_owned()),
            ];
            self.add(FindingCode::ProductIdMismatch, args);
        }
    }

    /// A key that is not the installation's own.
    fn other(&mut self, judged: &JudgedKey) {
        let key = &judged.key;
        let Some(witness) = judged.witnesses.first() else {
            return;
        };
        let place = witness.place();
        let partial = self.case.policy().and_then(|policy| policy.partial_product_key.clone());
        if let (Some(partial), true) = (partial, judged.witnesses.iter().any(Witness::is_current_place)) {
            let args = vec![("partial", partial), ("place", place), ("last5", last5(key))];
            self.add(FindingCode::PartialKeyMismatch, args);
            return;
        }
        let only = |standing: Standing| judged.witnesses.iter().all(|witness| witness.standing == standing);
        if only(Standing::Deleted) {
            let public = self.current_key().is_some_and(|current| current.key.verdict == Verdict::Generic);
            let code = match key.verdict {
                Verdict::Specific if public => FindingCode::CustomerKeyDeleted,
                _ => FindingCode::DeletedKey,
            };
            self.add(code, vec![("last5", last5(key)), ("hive", witness.hive.clone())]);
        } else if only(Standing::Default) {
            self.add(FindingCode::DefaultKey, vec![("last5", last5(key))]);
        } else if only(Standing::Superseded) {
            self.add(FindingCode::SupersededKey, vec![("place", place), ("last5", last5(key))]);
        } else if only(Standing::Wpa) {
            self.add(FindingCode::WpaKey, vec![("place", place), ("last5", last5(key))]);
        } else if only(Standing::OtherProduct) {
            self.add(FindingCode::OtherProduct, vec![("product", key.product.clone()), ("last5", last5(key))]);
        } else if judged
            .witnesses
            .iter()
            .any(|witness| witness.standing == Standing::Previous || !witness.from_live_hive)
        {
            let mut args = vec![("place", place), ("last5", last5(key))];
            let date = witness.last_written.map(|time| ("date", time.date()));
            args.push(("when", date.as_ref().map_or_else(String::new, |_| texts::words(&["written"]))));
            args.extend(date);
            self.add(FindingCode::PreviousKey, args);
        } else if only(Standing::Backup) {
            self.add(FindingCode::BackupKeyDiffers, vec![("last5", last5(key))]);
        } else {
            self.add(FindingCode::OtherKey, vec![("place", place), ("last5", last5(key))]);
        }
    }

    /// Whether version 3 and version 4 of CurrentVersion say the same.
    fn places(&mut self) {
        let in_place: Vec<&Witness> = self
            .keys
            .iter()
            .flat_map(|judged| judged.witnesses.iter())
            .filter(|witness| witness.is_current_place())
            .collect();
        for (index, first) in in_place.iter().enumerate() {
            for second in in_place.iter().skip(index.saturating_add(1)) {
                let same = first.facts.key == second.facts.key && first.facts.erased == second.facts.erased;
                if !same {
                    let args = vec![("first", first.place()), ("second", second.place())];
                    self.add(FindingCode::BlobsDisagree, args);
                }
            }
        }
        if self.keys.is_empty() {
            self.add(FindingCode::NoProductKey, Vec::new());
        } else if in_place.is_empty() && self.case.has_software {
            let args = vec![("value", "DigitalProductId".to_owned()), ("key_path", CURRENT_VERSION.to_owned())];
            self.add(FindingCode::KeyNotStored, args);
        }
    }

    fn installation(&mut self) {
        if windows::is_misnamed_windows_11(self.case.windows) {
            let name = self.case.windows.product_name.clone().unwrap_or_default();
            let args = vec![
                ("real_name", name.replacen("Windows 10", "Windows 11", 1)),
                ("product_name", name),
                ("build", self.case.windows.build.clone().unwrap_or_default()),
            ];
            self.add(FindingCode::ProductNameOutdated, args);
        }
        self.machine();
        self.channels();
        self.policy();
        if self.case.is_kms_host {
            self.add(FindingCode::KmsHost, Vec::new());
        }
    }

    /// What SYSTEM says of the machine beside its name.
    fn machine(&mut self) {
        let Some(system) = self.case.system else { return };
        let facts = [
            ("fact-product-type", "product_type", &system.product_type),
            ("fact-product-suite", "product_suite", &system.product_suite),
            ("fact-time-zone", "time_zone", &system.time_zone),
            ("fact-product-pfn", "product_pfn", &system.product_pfn),
        ];
        let known = || facts.iter().filter(|(_, _, fact)| fact.is_some());
        let words: Vec<&str> = known().map(|(word, _, _)| *word).collect();
        if words.is_empty() {
            return;
        }
        let mut args = vec![("facts", texts::words(&words))];
        args.extend(known().filter_map(|(_, name, fact)| Some((*name, fact.as_ref()?.clone()))));
        self.add(FindingCode::MachineFacts, args);
    }

    /// Whether the blob, the tables, the policy and the license type name the same channel.
    fn channels(&mut self) {
        let Some(current) = self.current_key() else { return };
        let stored = current.witnesses.iter().filter(|witness| witness.is_current_place());
        let mut named: Vec<(NamedBy, Channel)> = Vec::new();
        for witness in stored.clone() {
            named.extend(witness.facts.key_type.as_deref().map(|text| (NamedBy::Blob, Channel::parse(text))));
        }
        if let Some(group) = current.key.group_id {
            let witnesses = Witnesses { edition_id: current.key.edition.as_deref(), ..Witnesses::default() };
            let meaning = self.case.knowledge.group(group, current.key.serial, &witnesses, None);
            let channel = meaning.channel.as_deref().map(Channel::parse).filter(Channel::is_known);
            named.extend(channel.map(|channel| (NamedBy::Group, channel)));
        }
        let policy = self.case.policy().and_then(|policy| policy.channel.as_deref());
        named.extend(policy.map(|text| (NamedBy::Policy, Channel::parse(text))));

        let evaluation = named.iter().any(|(_, channel)| channel.is_evaluation());
        let build = windows::build_number(self.case.windows).unwrap_or_default();
        let by_type =
            stored.filter_map(|witness| LicenseType::from_raw(witness.facts.license_type?).family(build)).next();
        let families = named.iter().filter_map(|(_, channel)| channel.family());
        let type_differs = by_type.is_some_and(|family| families.clone().any(|other| other != family));
        let first = named.first().map(|(_, channel)| channel.clone());
        if type_differs || named.iter().any(|(_, channel)| Some(channel) != first.as_ref()) {
            let mut named: Vec<(NamedBy, String)> =
                named.iter().map(|(by, channel)| (*by, channel.to_string())).collect();
            named.extend(by_type.filter(|_| type_differs).map(|family| (NamedBy::LicenseType, format!("{family:?}"))));
            let words: Vec<&str> = named.iter().map(|(by, _)| by.word()).collect();
            let mut args = vec![("witnesses", texts::words(&words))];
            args.extend(named.into_iter().map(|(by, channel)| (by.fact(), channel)));
            self.add(FindingCode::ChannelMismatch, args);
        }
        if evaluation {
            self.add(FindingCode::Evaluation, Vec::new());
        }
    }

    /// What SYSTEM's policy says of the state.
    fn policy(&mut self) {
        let Some(policy) = self.case.policy().cloned() else { return };
        if let Some((when, result)) = policy.last_activation {
            let args = vec![("date", when.date()), ("result", format!("{result:#010x}"))];
            self.add(FindingCode::LastActivation, args);
        }
        let is_evaluation = policy.channel.as_deref().is_some_and(|channel| Channel::parse(channel).is_evaluation());
        if let Some(ends) = policy.ends.filter(|ends| is_evaluation && *ends < Timestamp::now().date()) {
            self.add(FindingCode::EvaluationExpired, vec![("date", ends)]);
        }
        if let Some(status) = policy.status.filter(|status| status != "licensed") {
            self.add(FindingCode::NotLicensed, vec![("status", status)]);
        }
    }

    fn current_key(&self) -> Option<&JudgedKey> {
        self.keys.first().filter(|judged| judged.key.current)
    }
}

/// Who names a channel.
#[derive(Debug, Clone, Copy)]
enum NamedBy {
    Blob,
    Group,
    Policy,
    LicenseType,
}

impl NamedBy {
    /// The catalogue's word for it.
    fn word(self) -> &'static str {
        match self {
            Self::Blob => "channel-by-blob",
            Self::Group => "channel-by-group",
            Self::Policy => "channel-by-policy",
            Self::LicenseType => "channel-by-license-type",
        }
    }

    /// The placeholder of that word.
    fn fact(self) -> &'static str {
        match self {
            Self::Blob => "blob_channel",
            Self::Group => "group_channel",
            Self::Policy => "policy_channel",
            Self::LicenseType => "license_type",
        }
    }
}

fn last5(key: &ProductKey) -> String {
    key.last5.clone().unwrap_or_else(|| "?????".to_owned())
}
