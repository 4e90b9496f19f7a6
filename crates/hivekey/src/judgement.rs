//! The reasoning of the report: which key is the installation's own, how it is licensed, and where the witnesses disagree.

use hivekey_licensing::Witnesses;
use hivekey_licensing::product_id::ProductId;

use crate::keys::{self, JudgedKey};
use crate::knowledge::{Knowledge, Table};
use crate::places::Standing;
use crate::report::{Finding, FindingCode, License, NextStep, ProductKey, Verdict, Windows};
use crate::steps::{self, Case};
use crate::system::{PolicyState, SystemFacts};
use crate::verdict;
use crate::windows;
use crate::witness::Witness;

/// What the reasoning comes to.
pub(crate) struct Judged {
    pub license: License,
    pub product_keys: Vec<ProductKey>,
    pub findings: Vec<Finding>,
    pub next_steps: Vec<NextStep>,
}

/// Judges everything that was found of one installation. `findings` are those of its hives.
pub(crate) fn judge(
    windows: &Windows,
    witnesses: Vec<Witness>,
    system: Option<&SystemFacts>,
    knowledge: &Knowledge,
    findings: Vec<Finding>,
) -> Judged {
    let mut keys = keys::judge(witnesses, windows.edition_id.as_deref(), knowledge);
    let policy = system.and_then(|system| system.policy.as_ref());
    if let Some(position) = current_key(&keys, policy) {
        let mut current = keys.remove(position);
        current.key.current = true;
        if current.key.key.is_none() {
            current.key.last5 = policy.and_then(|policy| policy.partial_product_key.clone());
        }
        keys.insert(0, current);
    }
    let mut reasoning = Reasoning {
        windows,
        keys: &keys,
        policy,
        findings,
    };
    reasoning.run();
    let findings = sorted(reasoning.findings);
    let license = license(windows, &keys, policy, knowledge);
    let product_keys: Vec<ProductKey> = keys.into_iter().map(|judged| judged.key).collect();
    let case = Case {
        windows,
        license: &license,
        current: product_keys.first().filter(|key| key.current),
        findings: &findings,
    };
    let next_steps = steps::next_steps(&case);
    Judged {
        license,
        product_keys,
        findings,
        next_steps,
    }
}

/// The key of the installation as it last ran: the one in CurrentVersion; where several stand there, an intact one. The
/// policy's partial key, which Windows itself keeps up to date, overrules a stale value. Never Internet Explorer's copy
/// and never the media's default key.
fn current_key(keys: &[JudgedKey], policy: Option<&PolicyState>) -> Option<usize> {
    let windows_keys = || {
        keys.iter()
            .enumerate()
            .filter(|(_, judged)| judged.key.product == "Windows")
    };
    let partial = policy.and_then(|policy| policy.partial_product_key.as_deref());
    let may_be_current = |judged: &JudgedKey| {
        judged.witnesses.iter().any(|witness| {
            matches!(
                witness.standing,
                Standing::Current | Standing::Backup | Standing::Copy
            )
        })
    };
    if let Some(partial) = partial {
        let named = windows_keys().find(|(_, judged)| {
            judged.key.last5.as_deref() == Some(partial) && may_be_current(judged)
        });
        if let Some((position, _)) = named {
            return Some(position);
        }
    }
    let in_place = || {
        windows_keys().filter(|(_, judged)| judged.witnesses.iter().any(Witness::is_current_place))
    };
    let intact = in_place().find(|(_, judged)| judged.key.verdict != Verdict::Damaged);
    let (position, chosen) = intact.or_else(|| in_place().next())?;
    let stale = partial.is_some_and(|partial| {
        chosen
            .key
            .last5
            .as_deref()
            .is_some_and(|last5| last5 != partial)
    });
    (!stale).then_some(position)
}

/// How the installation is licensed, from the strongest witness that says something on each point.
fn license(
    windows: &Windows,
    keys: &[JudgedKey],
    policy: Option<&PolicyState>,
    knowledge: &Knowledge,
) -> License {
    let current = keys.first().filter(|judged| judged.key.current);
    let product_id = windows
        .product_id
        .as_deref()
        .and_then(|text| ProductId::parse(text).ok());
    let mut license = License {
        status: policy.and_then(|policy| policy.status.clone()),
        partial_product_key: policy
            .and_then(|policy| policy.partial_product_key.clone())
            .or_else(|| current.and_then(|judged| judged.key.last5.clone())),
        ..License::default()
    };
    if let Some(judged) = current {
        let key = &judged.key;
        license.channel.clone_from(&key.channel);
        license.edition.clone_from(&key.edition);
        license.part_number.clone_from(&key.part_number);
        license
            .activation_id
            .clone_from(&judged.meaning.activation_id);
        license.group_id = key.group_id;
        license.serial = key.serial;
        for witness in judged
            .witnesses
            .iter()
            .filter(|witness| witness.is_current_place())
        {
            license.decided_by.push(witness.facts.form.witness_name());
        }
        license.decided_by.extend(table_name(&judged.meaning.table));
        if key.generic.is_some() {
            license.decided_by.push("published-key");
        }
    } else if let Some(id) = product_id {
        // No key at all: the ProductId still names group and serial.
        from_product_id(&mut license, windows, &id, knowledge);
    }
    if let Some(policy) = policy {
        license.channel = license.channel.or_else(|| policy.channel.clone());
        license.activation_id = license
            .activation_id
            .or_else(|| policy.activation_id.clone());
        license.decided_by.push("product-policy");
    }
    license.decided_by.dedup();
    license
}

fn from_product_id(
    license: &mut License,
    windows: &Windows,
    id: &ProductId,
    knowledge: &Knowledge,
) {
    license.group_id = id.group();
    license.serial = id.serial();
    let Some(group) = id.group() else { return };
    let witnesses = Witnesses {
        edition_id: windows.edition_id.as_deref(),
        ..Witnesses::default()
    };
    let meaning = knowledge.group(group, id.serial(), &witnesses);
    license.channel = meaning.channel;
    license.edition = meaning.edition;
    license.part_number = meaning.part_number;
    license.activation_id = meaning.activation_id;
    license.decided_by.push("product-id");
    license.decided_by.extend(table_name(&meaning.table));
}

/// The name of a table among the witnesses that decide.
fn table_name(table: &Table) -> Option<&'static str> {
    match table {
        Table::None => None,
        Table::BuiltIn => Some("group-table"),
        Table::Evidence(_) => Some("pkeyconfig"),
    }
}

/// Finds what a reader of the report should know.
struct Reasoning<'a> {
    windows: &'a Windows,
    keys: &'a [JudgedKey],
    policy: Option<&'a PolicyState>,
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
                ("The CRC-32", checks.crc32),
                ("The SHA-256 of the key bytes", checks.key_hash),
                ("The SHA-256 of the blob", checks.blob_hash),
                ("The key's own checksum", checks.checksum),
            ] {
                if outcome == Some(false) {
                    self.add(
                        FindingCode::IntegrityBad,
                        vec![("check", name.to_owned()), ("place", place.clone())],
                    );
                }
            }
            for anomaly in &witness.facts.anomalies {
                self.add(
                    FindingCode::MalformedBlob,
                    vec![("place", place.clone()), ("problem", anomaly.clone())],
                );
            }
            if let Some((index, in_key)) = witness.facts.index_mismatch {
                let args = vec![
                    ("place", place),
                    ("index", index.to_string()),
                    ("key_group", in_key.to_string()),
                ];
                self.add(FindingCode::KeyIndexMismatch, args);
            }
        }
        let intact = judged
            .witnesses
            .iter()
            .find(|witness| verdict::is_placeholder_like(&witness.facts));
        if let (Verdict::Unknown, Some(witness)) = (judged.key.verdict, intact) {
            let serial = witness
                .facts
                .serial
                .map(|serial| serial.to_string())
                .unwrap_or_default();
            self.add(
                FindingCode::PlaceholderSuspected,
                vec![("last5", last5(&judged.key)), ("serial", serial)],
            );
        }
    }

    /// What the installation's own key is worth, and whether it fits.
    fn current(&mut self, judged: &JudgedKey) {
        let key = &judged.key;
        let place = judged
            .witnesses
            .first()
            .map(Witness::place)
            .unwrap_or_default();
        match (key.verdict, &key.generic) {
            (Verdict::Generic, Some(generic)) => {
                let kind = crate::texts::generic_kind(generic.kind).to_owned();
                let args = vec![
                    ("last5", last5(key)),
                    ("kind", kind),
                    ("edition", generic.edition.clone()),
                ];
                self.add(FindingCode::GenericKey, args);
            }
            (Verdict::Erased, _) => {
                self.add(FindingCode::ErasedKey, vec![("place", place.clone())])
            }
            _ => {}
        }
        self.edition(key);
        self.product_id(judged, &place);
        match (&judged.meaning.table, key.group_id) {
            (Table::Evidence(path), _) => {
                self.add(FindingCode::PkeyconfigUsed, vec![("path", path.clone())])
            }
            (Table::BuiltIn, _) => self.add(FindingCode::BuiltInTable, Vec::new()),
            (Table::None, Some(group)) => self.add(
                FindingCode::GroupUnknown,
                vec![("group", group.to_string())],
            ),
            (Table::None, None) => {}
        }
    }

    fn edition(&mut self, key: &ProductKey) {
        let (Some(installed), Some(of_key)) = (&self.windows.edition_id, &key.edition) else {
            return;
        };
        let agrees = of_key
            .split(';')
            .any(|edition| edition.trim().eq_ignore_ascii_case(installed));
        if !agrees {
            let args = vec![
                ("key_edition", of_key.clone()),
                ("installed", installed.clone()),
            ];
            self.add(FindingCode::EditionMismatch, args);
        }
    }

    /// The ProductId is written together with the key: another group in it means that one of them is stale or made up.
    fn product_id(&mut self, judged: &JudgedKey, place: &str) {
        let ids = self.windows.product_id.iter().chain(
            judged
                .witnesses
                .iter()
                .filter_map(|witness| witness.facts.product_id.as_ref()),
        );
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
        let partial = self
            .policy
            .and_then(|policy| policy.partial_product_key.clone());
        if let (Some(partial), true) = (
            partial,
            judged.witnesses.iter().any(Witness::is_current_place),
        ) {
            let args = vec![
                ("partial", partial),
                ("place", place),
                ("last5", last5(key)),
            ];
            self.add(FindingCode::PartialKeyMismatch, args);
            return;
        }
        let only = |standing: Standing| {
            judged
                .witnesses
                .iter()
                .all(|witness| witness.standing == standing)
        };
        if only(Standing::Default) {
            self.add(FindingCode::DefaultKey, vec![("last5", last5(key))]);
        } else if only(Standing::OtherProduct) {
            self.add(
                FindingCode::OtherProduct,
                vec![("product", key.product.clone()), ("last5", last5(key))],
            );
        } else if judged
            .witnesses
            .iter()
            .any(|witness| witness.standing == Standing::Previous || !witness.from_live_hive)
        {
            let when = witness
                .last_written
                .map(|time| format!(", written {}", time.date()))
                .unwrap_or_default();
            self.add(
                FindingCode::PreviousKey,
                vec![("place", place), ("last5", last5(key)), ("when", when)],
            );
        } else if only(Standing::Backup) {
            self.add(FindingCode::BackupKeyDiffers, vec![("last5", last5(key))]);
        } else {
            self.add(
                FindingCode::OtherKey,
                vec![("place", place), ("last5", last5(key))],
            );
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
                let same = first.facts.key == second.facts.key
                    && first.facts.erased == second.facts.erased;
                if !same {
                    let args = vec![("first", first.place()), ("second", second.place())];
                    self.add(FindingCode::BlobsDisagree, args);
                }
            }
        }
        if self.keys.is_empty() {
            self.add(FindingCode::NoProductKey, Vec::new());
        } else if in_place.is_empty() && self.windows != &Windows::default() {
            let args = vec![
                ("value", "DigitalProductId".to_owned()),
                ("key_path", crate::places::CURRENT_VERSION.to_owned()),
            ];
            self.add(FindingCode::KeyNotStored, args);
        }
    }

    fn installation(&mut self) {
        if windows::is_misnamed_windows_11(self.windows) {
            let name = self.windows.product_name.clone().unwrap_or_default();
            let args = vec![
                ("real_name", name.replacen("Windows 10", "Windows 11", 1)),
                ("product_name", name),
                ("build", self.windows.build.clone().unwrap_or_default()),
            ];
            self.add(FindingCode::ProductNameOutdated, args);
        }
        let channel = self
            .keys
            .first()
            .filter(|judged| judged.key.current)
            .and_then(|judged| judged.key.channel.clone());
        let channel = channel.as_deref().map(hivekey_licensing::Channel::parse);
        if channel.is_some_and(|channel| channel.is_evaluation()) {
            self.add(FindingCode::Evaluation, Vec::new());
        }
        if let Some(status) = self
            .policy
            .and_then(|policy| policy.status.clone())
            .filter(|status| status != "licensed")
        {
            self.add(FindingCode::NotLicensed, vec![("status", status)]);
        }
    }
}

fn last5(key: &ProductKey) -> String {
    key.last5.clone().unwrap_or_else(|| "?????".to_owned())
}

/// Errors first, then warnings, in the order in which they were found.
fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| finding.level);
    findings
}
