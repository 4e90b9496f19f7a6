//! How an installation is licensed: each point from the strongest witness that says something on it.

use hivekey_licensing::Witnesses;
use hivekey_licensing::product_id::ProductId;

use crate::judgement::Case;
use crate::keys::JudgedKey;
use crate::knowledge::Table;
use crate::report::License;

/// The policy's name among the witnesses that decide.
const POLICY: &str = "product-policy";

/// Decides the license in the order of strength: the version 4 blob, group and serial in pkeyconfig or the built-in table,
/// the policy's state, the license type, the list of published keys. `keys` has the current key, if any, first.
pub(crate) fn decide(case: &Case<'_>, keys: &[JudgedKey]) -> License {
    let current = keys.first().filter(|judged| judged.key.current);
    let policy = case.policy();
    let mut license = License {
        status: policy.and_then(|policy| policy.status.clone()),
        partial_product_key: policy
            .and_then(|policy| policy.partial_product_key.clone())
            .or_else(|| current.and_then(|judged| judged.key.last5.clone())),
        kms_host: case.kms_host.clone(),
        office_kms_host: case.office_kms_host.clone(),
        ..License::default()
    };
    match current {
        Some(judged) => from_key(&mut license, judged),
        None => from_product_id(&mut license, case),
    }
    if let Some(policy) = policy {
        license.channel = license.channel.or_else(|| policy.channel.clone());
        license.edition = license.edition.or_else(|| policy.edition_id.clone());
        license.activation_id = license.activation_id.or_else(|| policy.activation_id.clone());
        if !license.decided_by.contains(&POLICY) {
            license.decided_by.push(POLICY);
        }
    }
    license
}

fn from_key(license: &mut License, judged: &JudgedKey) {
    let key = &judged.key;
    license.channel.clone_from(&key.channel);
    license.edition.clone_from(&key.edition);
    license.part_number.clone_from(&key.part_number);
    license.activation_id.clone_from(&judged.meaning.activation_id);
    license.group_id = key.group_id;
    license.serial = key.serial;
    for witness in judged.witnesses.iter().filter(|witness| witness.is_current_place()) {
        let name = witness.facts.form.witness_name();
        if !license.decided_by.contains(&name) {
            license.decided_by.push(name);
        }
    }
    if judged.witnesses.is_empty() {
        license.decided_by.push(POLICY);
    }
    license.decided_by.extend(table_name(&judged.meaning.table));
    if key.generic.is_some() {
        license.decided_by.push("published-key");
    }
}

/// Without any key the ProductId still names group and serial.
fn from_product_id(license: &mut License, case: &Case<'_>) {
    let Some(id) = case.windows.product_id.as_deref().and_then(|text| ProductId::parse(text).ok()) else {
        return;
    };
    license.group_id = id.group();
    license.serial = id.serial();
    let Some(group) = id.group() else { return };
    let witnesses = Witnesses { edition_id: case.windows.edition_id.as_deref(), ..Witnesses::default() };
    let meaning = case.knowledge.group(group, id.serial(), &witnesses, id.family());
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
