//! The administrator's next steps, in order, from what was decided.

use hivekey_licensing::{Channel, edition};

use crate::knowledge::OEM;
use crate::report::{
    Args, Finding, FindingCode, GenericKind, License, NextStep, ProductKey, StepCode, Verdict, Windows,
};
use crate::{texts, windows};

/// What the steps are decided from.
pub(crate) struct Situation<'a> {
    pub windows: &'a Windows,
    pub license: &'a License,
    pub current: Option<&'a ProductKey>,
    pub findings: &'a [Finding],
}

/// The next steps for this situation.
pub(crate) fn next_steps(situation: &Situation<'_>) -> Vec<NextStep> {
    let mut steps = Steps { situation, facts: situation.facts(), steps: Vec::new() };
    let channel = situation.license.channel.as_deref().map(Channel::parse);
    if steps.has(FindingCode::CustomerKeyDeleted) {
        steps.add(StepCode::RecordKey);
    }
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
    /// Every fact that a step's text may name.
    facts: Args,
    steps: Vec<NextStep>,
}

impl Steps<'_> {
    fn specific(&mut self, channel: Option<&Channel>) {
        self.add(StepCode::RecordKey);
        self.add(StepCode::EnterKey);
        if channel.is_some_and(|channel| channel.is_oem() || channel.as_str() == OEM) {
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
            Some(GenericKind::Install) | None => {
                if channel == Some(&Channel::Retail) && !self.is_server() {
                    self.add(StepCode::DigitalLicense);
                }
                self.by_channel(channel);
            }
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
            Some(channel) if channel.is_oem() || channel.as_str() == OEM => {
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

    fn is_server(&self) -> bool {
        self.situation.windows.edition_id.as_deref().is_some_and(edition::is_server_edition)
    }

    fn has(&self, code: FindingCode) -> bool {
        self.situation.findings.iter().any(|finding| finding.code == code)
    }

    fn add(&mut self, code: StepCode) {
        if self.steps.iter().any(|step| step.code == code) {
            return;
        }
        self.steps.push(NextStep::new(code, self.facts.clone()));
    }
}

impl Situation<'_> {
    fn facts(&self) -> Args {
        let (windows, license) = (self.windows, self.license);
        let mut facts = vec![
            ("edition", self.edition()),
            ("key_edition", self.edition_id()),
            ("target", edition::full_edition(&self.edition_id()).to_owned()),
            ("gvlk", self.gvlk()),
            ("avma", self.avma()),
            ("logs", "*.LOG1, *.LOG2".to_owned()),
        ];
        let host = license.kms_host.clone().map(|host| ("host", host));
        facts.push(("kms_host", host.as_ref().map_or_else(String::new, |_| texts::words(&["used-host"]))));
        facts.extend(host);

        // What to quote when asking for the key: everything that identifies it and is no secret.
        let quoted = [
            ("quote-part", "part_number", &license.part_number),
            ("quote-last5", "last5", &license.partial_product_key),
            ("quote-product-id", "product_id", &windows.product_id),
            ("quote-activation-id", "activation_id", &license.activation_id),
        ];
        let mut words = Vec::new();
        for (word, name, fact) in quoted {
            if let Some(fact) = fact {
                words.push(word);
                facts.push((name, fact.clone()));
            }
        }
        facts.push(("quote", texts::words(if words.is_empty() { &["quote-nothing"] } else { &words })));
        facts
    }

    fn edition_id(&self) -> String {
        let of_key = self.license.edition.clone();
        of_key.or_else(|| self.windows.edition_id.clone()).unwrap_or_else(|| texts::words(&["this-edition"]))
    }

    /// The edition in words: what the key opens, else what is installed.
    fn edition(&self) -> String {
        let build = windows::build_number(self.windows);
        let of_key = self.license.edition.as_deref().filter(|edition| !edition.contains(';'));
        let name = of_key.zip(build).and_then(|(edition, build)| edition::product_name(edition, build));
        name.or_else(|| self.windows.product_name.clone()).unwrap_or_else(|| texts::words(&["this-edition"]))
    }

    /// Microsoft's public KMS client key of the edition: the one in use, else the one published for it.
    fn gvlk(&self) -> String {
        let listed = || {
            let build = windows::build_number(self.windows)?;
            edition::gvlk_for(edition::base_edition(&self.edition_id()), build).map(|listed| listed.key.to_owned())
        };
        self.key_in_use(GenericKind::Gvlk).or_else(listed).unwrap_or_else(no_key)
    }

    fn avma(&self) -> String {
        self.key_in_use(GenericKind::Avma).unwrap_or_else(no_key)
    }

    /// The current key, where it is Microsoft's public one of this kind.
    fn key_in_use(&self, kind: GenericKind) -> Option<String> {
        let current = self.current?;
        let generic = current.generic.as_ref()?;
        (generic.kind == kind).then(|| current.key.as_ref().map(ToString::to_string))?
    }
}

fn no_key() -> String {
    texts::words(&["no-public-key"])
}
