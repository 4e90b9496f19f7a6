//! The administrator's next steps, in order, from what was decided.

use hivekey_licensing::Channel;

use crate::report::{Finding, FindingCode, GenericKind, License, NextStep, ProductKey, StepCode, Verdict, Windows};

/// What the steps are decided from.
pub(crate) struct Situation<'a> {
    pub windows: &'a Windows,
    pub license: &'a License,
    pub current: Option<&'a ProductKey>,
    pub findings: &'a [Finding],
}

/// The next steps for this situation.
pub(crate) fn next_steps(situation: &Situation<'_>) -> Vec<NextStep> {
    let mut steps = Steps { situation, steps: Vec::new() };
    let channel = situation.license.channel.as_deref().map(Channel::parse);
    match situation.current.map(|key| key.verdict) {
        Some(Verdict::Specific) => steps.specific(channel.as_ref()),
        Some(Verdict::Generic) => steps.generic(channel.as_ref()),
        Some(Verdict::Erased) => steps.erased(channel.as_ref()),
        Some(Verdict::Damaged) => {
            steps.add(StepCode::CheckDamaged);
            steps.by_channel(channel.as_ref());
        }
        Some(Verdict::Unknown) | None => {
            steps.add(StepCode::LookElsewhere);
            steps.by_channel(channel.as_ref());
        }
    }
    if steps.has(FindingCode::EditionMismatch) {
        steps.add(StepCode::ChangeEdition);
    }
    if steps.has(FindingCode::DirtyHive) {
        steps.add(StepCode::ProvideLogs);
    }
    steps.add(StepCode::RecordAudit);
    steps.steps
}

struct Steps<'a> {
    situation: &'a Situation<'a>,
    steps: Vec<NextStep>,
}

impl Steps<'_> {
    fn specific(&mut self, channel: Option<&Channel>) {
        self.add(StepCode::RecordKey);
        self.add(StepCode::EnterKey);
        if channel.is_some_and(Channel::is_oem) {
            self.add(StepCode::CoaSticker);
        }
        self.add(StepCode::PhoneActivation);
    }

    fn generic(&mut self, channel: Option<&Channel>) {
        match self.situation.current.and_then(|key| key.generic.as_ref()).map(|generic| generic.kind) {
            Some(GenericKind::Gvlk) => {
                self.add(StepCode::ReachKmsHost);
                self.add(StepCode::EnterGvlk);
            }
            Some(GenericKind::Avma) => self.add(StepCode::AvmaHost),
            Some(GenericKind::Install) | None => self.by_channel(channel),
        }
        self.add(StepCode::LookElsewhere);
    }

    fn erased(&mut self, channel: Option<&Channel>) {
        match channel {
            Some(channel) => self.by_channel(Some(channel)),
            None => self.add(StepCode::VolumePortal),
        }
        self.add(StepCode::LookElsewhere);
    }

    /// Where a key of this channel comes from, if the hive does not have it.
    fn by_channel(&mut self, channel: Option<&Channel>) {
        match channel {
            Some(channel) if channel.is_evaluation() => self.add(StepCode::ConvertEvaluation),
            Some(Channel::OemDm) => {
                self.add(StepCode::FirmwareKey);
                self.add(StepCode::AskVendor);
            }
            Some(channel) if channel.is_oem() => {
                self.add(StepCode::CoaSticker);
                self.add(StepCode::AskVendor);
            }
            Some(Channel::VolumeGvlk) => {
                self.add(StepCode::ReachKmsHost);
                self.add(StepCode::EnterGvlk);
            }
            Some(Channel::VirtualMachine) => self.add(StepCode::AvmaHost),
            Some(channel) if channel.is_volume() => self.add(StepCode::VolumePortal),
            Some(_) | None => self.add(StepCode::PurchaseRecord),
        }
    }

    fn has(&self, code: FindingCode) -> bool {
        self.situation.findings.iter().any(|finding| finding.code == code)
    }

    fn add(&mut self, code: StepCode) {
        if self.steps.iter().any(|step| step.code == code) {
            return;
        }
        let args = vec![
            ("edition", self.edition()),
            ("quote", self.quote()),
            ("gvlk", self.public_key(GenericKind::Gvlk)),
            ("avma", self.public_key(GenericKind::Avma)),
            ("kms_host", self.kms_host()),
            ("target", self.edition_id()),
            ("logs", "*.LOG1 and *.LOG2".to_owned()),
        ];
        self.steps.push(NextStep::new(code, args));
    }

    fn edition_id(&self) -> String {
        let installed = self.situation.windows.edition_id.clone();
        let id = self.situation.license.edition.clone().or(installed);
        id.map_or_else(|| "<edition>".to_owned(), |id| id.trim_end_matches("Eval").to_owned())
    }

    fn edition(&self) -> String {
        let name = self.situation.windows.product_name.clone();
        name.or_else(|| self.situation.license.edition.clone()).unwrap_or_else(|| "this edition".to_owned())
    }

    /// What to quote when asking for the key: everything that identifies it and is no secret.
    fn quote(&self) -> String {
        let license = self.situation.license;
        let parts = [
            ("part number", license.part_number.clone()),
            ("last five characters", license.partial_product_key.clone()),
            ("ProductId", self.situation.windows.product_id.clone()),
            ("activation id", license.activation_id.clone()),
        ];
        let known: Vec<String> =
            parts.into_iter().filter_map(|(name, fact)| fact.map(|fact| format!("{name} {fact}"))).collect();
        if known.is_empty() { "edition and install date".to_owned() } else { known.join(", ") }
    }

    fn kms_host(&self) -> String {
        let host = self.situation.license.kms_host.as_deref();
        host.map(|host| format!("; this machine used {host}")).unwrap_or_default()
    }

    /// Microsoft's public key of this kind for the edition in question.
    fn public_key(&self, kind: GenericKind) -> String {
        let in_use =
            self.situation.current.filter(|key| key.generic.as_ref().is_some_and(|generic| generic.kind == kind));
        in_use
            .and_then(|key| key.key.as_ref())
            .map_or_else(|| "<public key of this edition>".to_owned(), ToString::to_string)
    }
}
