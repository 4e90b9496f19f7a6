//! From witnesses to the answer: which key is the installation's own, how it is licensed, what to do next.

use crate::keys::{self, JudgedKey};
use crate::knowledge::{Knowledge, Meaning, Table};
use crate::license;
use crate::places::{Standing, WINDOWS};
use crate::reasoning;
use crate::report::{Finding, License, NextStep, ProductKey, Verdict, Windows};
use crate::steps;
use crate::system::{PolicyState, SystemFacts};
use crate::witness::Witness;

/// What is known of an installation beside its keys.
pub(crate) struct Case<'a> {
    pub windows: &'a Windows,
    pub system: Option<&'a SystemFacts>,
    pub knowledge: &'a Knowledge,
    /// Whether a SOFTWARE hive was read.
    pub has_software: bool,
    /// The KMS host that this machine asked.
    pub kms_host: Option<String>,
    pub office_kms_host: Option<String>,
    /// Whether this machine answered KMS clients itself.
    pub is_kms_host: bool,
}

impl Case<'_> {
    /// The software protection policy's word on the key in use.
    pub(crate) fn policy(&self) -> Option<&PolicyState> {
        self.system.and_then(|system| system.policy.as_ref())
    }
}

/// What the reasoning comes to.
pub(crate) struct Judged {
    pub license: License,
    pub product_keys: Vec<ProductKey>,
    pub findings: Vec<Finding>,
    pub next_steps: Vec<NextStep>,
}

/// Judges everything that was found of one installation. `findings` are those of its hives.
pub(crate) fn judge(case: &Case<'_>, witnesses: Vec<Witness>, findings: Vec<Finding>) -> Judged {
    let mut keys = keys::judge(witnesses, case.windows.edition_id.as_deref(), case.knowledge);
    let policy = case.policy();
    let current = match current_key(&keys, policy) {
        Some(position) => Some(keys.remove(position)),
        None => policy.and_then(partial_only),
    };
    if let Some(mut current) = current {
        current.key.current = true;
        if let (None, Some(policy)) = (&current.key.key, policy) {
            current.key.last5.clone_from(&policy.partial_product_key);
        }
        keys.insert(0, current);
    }
    let findings = reasoning::findings(case, &keys, findings);
    let license = license::decide(case, &keys);
    let product_keys: Vec<ProductKey> = keys.into_iter().map(|judged| judged.key).collect();
    let next_steps = steps::next_steps(&steps::Situation {
        windows: case.windows,
        license: &license,
        current: product_keys.first().filter(|key| key.current),
        findings: &findings,
    });
    Judged { license, product_keys, findings, next_steps }
}

/// The key of the installation as it last ran: the one in CurrentVersion; where several stand there, an intact one. The
/// policy's partial key, which Windows itself keeps up to date, overrules a stale value. Never Internet Explorer's copy
/// and never the media's default key.
fn current_key(keys: &[JudgedKey], policy: Option<&PolicyState>) -> Option<usize> {
    let windows_keys = || keys.iter().enumerate().filter(|(_, judged)| judged.key.product == WINDOWS);
    let partial = policy.and_then(|policy| policy.partial_product_key.as_deref());
    let may_be_current = |judged: &JudgedKey| {
        judged
            .witnesses
            .iter()
            .any(|witness| matches!(witness.standing, Standing::Current | Standing::Backup | Standing::Copy))
    };
    if let Some(partial) = partial {
        let named =
            windows_keys().find(|(_, judged)| judged.key.last5.as_deref() == Some(partial) && may_be_current(judged));
        if let Some((position, _)) = named {
            return Some(position);
        }
    }
    let in_place = || windows_keys().filter(|(_, judged)| judged.witnesses.iter().any(Witness::is_current_place));
    let intact = in_place().find(|(_, judged)| judged.key.verdict != Verdict::Damaged);
    let (position, chosen) = intact.or_else(|| in_place().next())?;
    let stale = partial.is_some_and(|partial| chosen.key.last5.as_deref().is_some_and(|last5| last5 != partial));
    (!stale).then_some(position)
}

/// The key that the policy names by its last five characters and that is stored nowhere.
fn partial_only(policy: &PolicyState) -> Option<JudgedKey> {
    let last5 = policy.partial_product_key.clone()?;
    let id = policy.activation_id.as_deref().and_then(|id| id.parse().ok());
    let row = id.and_then(hivekey_licensing::by_activation_id);
    let key = ProductKey {
        product: WINDOWS.to_owned(),
        key: None,
        last5: Some(last5),
        verdict: Verdict::Unknown,
        generic: None,
        channel: policy.channel.clone(),
        edition: row.as_ref().map(|row| row.edition_id.to_owned()).or_else(|| policy.edition_id.clone()),
        part_number: None,
        group_id: row.as_ref().map(|row| row.group),
        serial: None,
        current: true,
        evidence: vec![policy.evidence.clone()],
    };
    let table = if row.is_some() { Table::BuiltIn } else { Table::None };
    let meaning = Meaning { activation_id: policy.activation_id.clone(), table, ..Meaning::default() };
    Some(JudgedKey { key, witnesses: Vec::new(), meaning })
}
