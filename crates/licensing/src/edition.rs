//! Editions: what an EditionID is called, which EditionIDs are the same edition, and which generic key belongs to one.
//!
//! Names: Microsoft's published key lists, the EditionID names of pkeyconfig and the product names that Windows shows. Traps:
//! Essentials is `ServerSolution`, Datacenter: Azure Edition is `ServerTurbine`, the half-yearly servers are `Server…ACor`,
//! Home is `Core`, Windows 10 LTSC is `EnterpriseS`.

use crate::generation::{Generation, channel_release};
use crate::groups::split_edition_ids;
use crate::published::{Published, PublishedKind, published_of_kind};

/// EditionID and its name; `{}` stands for the generation, `{y}` for a server's year.
const NAMES: &[(&str, &str)] = &[
    ("Business", "{} Business"),
    ("BusinessN", "{} Business N"),
    ("Cloud", "{} S"),
    ("CloudEdition", "{} SE"),
    ("CloudEditionN", "{} SE N"),
    ("CloudN", "{} S N"),
    ("Core", "{} Home"),
    ("CoreCountrySpecific", "{} Home China"),
    ("CoreN", "{} Home N"),
    ("CoreSingleLanguage", "{} Home Single Language"),
    ("Education", "{} Education"),
    ("EducationN", "{} Education N"),
    ("Enterprise", "{} Enterprise"),
    ("EnterpriseE", "{} Enterprise E"),
    ("EnterpriseEval", "{} Enterprise Evaluation"),
    ("EnterpriseG", "{} Enterprise G"),
    ("EnterpriseGN", "{} Enterprise G N"),
    ("EnterpriseN", "{} Enterprise N"),
    ("EnterpriseNEval", "{} Enterprise N Evaluation"),
    ("EnterpriseS", "{} Enterprise {ltsc}"),
    ("EnterpriseSEval", "{} Enterprise {ltsc} Evaluation"),
    ("EnterpriseSN", "{} Enterprise N {ltsc}"),
    ("EnterpriseSNEval", "{} Enterprise N {ltsc} Evaluation"),
    ("HomeBasic", "{} Home Basic"),
    ("HomeBasicE", "{} Home Basic E"),
    ("HomeBasicN", "{} Home Basic N"),
    ("HomePremium", "{} Home Premium"),
    ("HomePremiumE", "{} Home Premium E"),
    ("HomePremiumN", "{} Home Premium N"),
    ("IoTEnterprise", "{} IoT Enterprise"),
    ("IoTEnterpriseS", "{} IoT Enterprise {ltsc}"),
    ("IoTEnterpriseSEval", "{} IoT Enterprise {ltsc} Evaluation"),
    ("Professional", "{} Pro"),
    ("ProfessionalCountrySpecific", "{} Pro China"),
    ("ProfessionalE", "{} Professional E"),
    ("ProfessionalEducation", "{} Pro Education"),
    ("ProfessionalEducationN", "{} Pro Education N"),
    ("ProfessionalN", "{} Pro N"),
    ("ProfessionalSingleLanguage", "{} Pro Single Language"),
    ("ProfessionalWMC", "{} Pro with Media Center"),
    ("ProfessionalWorkstation", "{} Pro for Workstations"),
    ("ProfessionalWorkstationN", "{} Pro for Workstations N"),
    ("ServerAzureStackHCICor", "Azure Stack HCI"),
    ("ServerDatacenter", "{} Datacenter"),
    ("ServerDatacenterACor", "{} Datacenter (semi-annual channel, version {v})"),
    ("ServerDatacenterCor", "{} Datacenter (Server Core)"),
    ("ServerDatacenterCore", "{} Datacenter (Server Core)"),
    ("ServerDatacenterEval", "{} Datacenter Evaluation"),
    ("ServerDatacenterEvalCor", "{} Datacenter Evaluation (Server Core)"),
    ("ServerDatacenterNano", "{} Datacenter (Nano Server)"),
    ("ServerDatacenterV", "{} Datacenter without Hyper-V"),
    ("ServerEnterprise", "{} Enterprise"),
    ("ServerEnterpriseCore", "{} Enterprise (Server Core)"),
    ("ServerEnterpriseIA64", "{} for Itanium-Based Systems"),
    ("ServerEnterpriseV", "{} Enterprise without Hyper-V"),
    ("ServerHPC", "{} HPC Edition"),
    ("ServerHyper", "Microsoft Hyper-V Server {y}"),
    ("ServerHyperCore", "Microsoft Hyper-V Server {y}"),
    ("ServerMultiPointPremium", "{} MultiPoint Premium"),
    ("ServerMultiPointStandard", "{} MultiPoint Standard"),
    ("ServerRdsh", "{} Enterprise multi-session"),
    ("ServerSolution", "{} Essentials"),
    ("ServerStandard", "{} Standard"),
    ("ServerStandardACor", "{} Standard (semi-annual channel, version {v})"),
    ("ServerStandardCor", "{} Standard (Server Core)"),
    ("ServerStandardCore", "{} Standard (Server Core)"),
    ("ServerStandardEval", "{} Standard Evaluation"),
    ("ServerStandardEvalCor", "{} Standard Evaluation (Server Core)"),
    ("ServerStandardNano", "{} Standard (Nano Server)"),
    ("ServerStandardV", "{} Standard without Hyper-V"),
    ("ServerStorageEnterprise", "Windows Storage Server {y} Enterprise"),
    ("ServerStorageStandard", "Windows Storage Server {y} Standard"),
    ("ServerStorageStandardEval", "Windows Storage Server {y} Standard Evaluation"),
    ("ServerStorageWorkgroup", "Windows Storage Server {y} Workgroup"),
    ("ServerStorageWorkgroupEval", "Windows Storage Server {y} Workgroup Evaluation"),
    ("ServerTurbine", "{} Datacenter: Azure Edition"),
    ("ServerTurbineCor", "{} Datacenter: Azure Edition (Server Core)"),
    ("ServerWeb", "{} Web"),
    ("ServerWebCore", "{} Web (Server Core)"),
    ("ServerWinFoundation", "{} Foundation"),
    ("Starter", "{} Starter"),
    ("StarterE", "{} Starter E"),
    ("StarterN", "{} Starter N"),
    ("Ultimate", "{} Ultimate"),
    ("UltimateE", "{} Ultimate E"),
    ("UltimateN", "{} Ultimate N"),
];

/// Names that were others in some generations.
fn earlier_name(edition_id: &str, generation: Generation) -> Option<&'static str> {
    let is_eight = matches!(generation, Generation::Windows8 | Generation::Windows81);
    let is_before_eight = matches!(generation, Generation::Windows2000 | Generation::WindowsXp | Generation::Windows7);
    match edition_id {
        "Core" if is_eight => Some("{}"),
        "CoreN" if is_eight => Some("{} N"),
        "CoreSingleLanguage" if is_eight => Some("{} Single Language"),
        "CoreCountrySpecific" if is_eight => Some("{} China"),
        "Professional" if is_before_eight => Some("{} Professional"),
        "ProfessionalN" if is_before_eight => Some("{} Professional N"),
        _ => None,
    }
}

/// EditionIDs of installations without a desktop, and the edition that they are.
const CORE_VARIANTS: [(&str, &str); 13] = [
    ("ServerDatacenterCor", "ServerDatacenter"),
    ("ServerDatacenterCore", "ServerDatacenter"),
    ("ServerDatacenterEvalCor", "ServerDatacenterEval"),
    ("ServerDatacenterVCore", "ServerDatacenterV"),
    ("ServerEnterpriseCore", "ServerEnterprise"),
    ("ServerEnterpriseVCore", "ServerEnterpriseV"),
    ("ServerHyperCore", "ServerHyper"),
    ("ServerStandardCor", "ServerStandard"),
    ("ServerStandardCore", "ServerStandard"),
    ("ServerStandardEvalCor", "ServerStandardEval"),
    ("ServerStandardVCore", "ServerStandardV"),
    ("ServerTurbineCor", "ServerTurbine"),
    ("ServerWebCore", "ServerWeb"),
];

/// Editions that a subscription raises from a Pro key, which stays installed: Microsoft Learn, "Windows subscription activation"
/// (Enterprise from 1607 on, Education from 1903 on).
const STEP_UPS: [(&str, &str); 6] = [
    ("Professional", "Enterprise"),
    ("ProfessionalN", "EnterpriseN"),
    ("ProfessionalEducation", "Education"),
    ("ProfessionalEducationN", "EducationN"),
    ("ProfessionalWorkstation", "Enterprise"),
    ("ProfessionalWorkstationN", "EnterpriseN"),
];

/// How the edition of a key goes with the edition installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Agreement {
    /// The same edition, with or without a desktop.
    Same,
    /// A Pro key under an edition that a subscription raises it to: no mismatch by itself.
    StepUp,
    /// The same edition, but one of the two is the evaluation.
    Evaluation,
    /// Another edition.
    Different,
    /// The key names no edition.
    Unknown,
}

impl Agreement {
    /// Whether key and installation do not belong together.
    #[must_use]
    pub fn is_mismatch(self) -> bool {
        matches!(self, Self::Evaluation | Self::Different)
    }
}

/// Compares the EditionID installed with those of a key, as pkeyconfig writes them: one, or a list separated by `;`. Case does not
/// matter.
#[must_use]
pub fn editions_agree(installed: &str, key_editions: &str) -> Agreement {
    let installed = base_edition(installed);
    let fits = |test: &dyn Fn(&str) -> bool| split_edition_ids(key_editions).any(|id| test(base_edition(id)));
    let is_step_up = |key: &str| {
        STEP_UPS.iter().any(|(from, to)| from.eq_ignore_ascii_case(key) && to.eq_ignore_ascii_case(installed))
    };
    if split_edition_ids(key_editions).next().is_none() {
        Agreement::Unknown
    } else if fits(&|key| key.eq_ignore_ascii_case(installed)) {
        Agreement::Same
    } else if fits(&is_step_up) {
        Agreement::StepUp
    } else if fits(&|key| full_edition(key).eq_ignore_ascii_case(full_edition(installed))) {
        Agreement::Evaluation
    } else {
        Agreement::Different
    }
}

/// The edition without regard to its desktop: `ServerStandardCor` is `ServerStandard`.
#[must_use]
pub fn base_edition(edition_id: &str) -> &str {
    let edition_id = edition_id.trim();
    let variant = CORE_VARIANTS.iter().find(|(variant, _)| variant.eq_ignore_ascii_case(edition_id));
    variant.map_or(edition_id, |(_, base)| base)
}

/// The edition that an evaluation is of, without regard to its desktop: `ServerStandardEval` is of `ServerStandard`. Other
/// editions are their own.
#[must_use]
pub fn full_edition(edition_id: &str) -> &str {
    let base = base_edition(edition_id);
    base.strip_suffix("Eval").unwrap_or(base)
}

/// Whether this is an evaluation edition: `ServerStandardEval`, `ServerDatacenterEvalCor`, `EnterpriseSEval`.
#[must_use]
pub fn is_evaluation_edition(edition_id: &str) -> bool {
    base_edition(edition_id).ends_with("Eval")
}

/// Whether the EditionID is a server's. `ServerRdsh`, Enterprise multi-session, is a client's in spite of its name.
#[must_use]
pub fn is_server_edition(edition_id: &str) -> bool {
    let edition_id = edition_id.trim();
    edition_id.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("Server"))
        && !edition_id.eq_ignore_ascii_case("ServerRdsh")
}

/// What an edition of a build is called: `ServerStandard` and 17763 are "Windows Server 2019 Standard", `Professional` and 22631 are
/// "Windows 11 Pro". An EditionID that is not known stands behind the generation as it is; `None` if the build is not known.
///
/// A better source than ProductName, which says "Windows 10" on Windows 11.
#[must_use]
pub fn product_name(edition_id: &str, build: u32) -> Option<String> {
    let edition_id = edition_id.trim();
    let is_server = is_server_edition(edition_id);
    // 1809 of the half-yearly channel has Server 2019's build; its editions tell.
    let is_channel = edition_id.to_ascii_lowercase().ends_with("acor");
    let generation = if is_channel { Generation::ServerChannel } else { Generation::of_build(build, is_server)? };
    let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(edition_id));
    let Some((known, pattern)) = known else {
        return Some(if edition_id.is_empty() {
            generation.name().to_owned()
        } else {
            format!("{generation} {edition_id}")
        });
    };
    let version = channel_release(build).unwrap_or(if build == 17_763 { "1809" } else { "unknown" });
    let name = earlier_name(known, generation)
        .unwrap_or(pattern)
        .replace("{}", generation.name())
        .replace("{y}", generation.year())
        .replace("{v}", version)
        .replace("{ltsc}", long_term_release(build));
    Some(name.trim().replace("  ", " "))
}

/// The long-term servicing release of a Windows 10 or 11 build.
fn long_term_release(build: u32) -> &'static str {
    match build {
        10_240 => "LTSB 2015",
        14_393 => "LTSB 2016",
        17_763 => "LTSC 2019",
        19_044..=19_045 => "LTSC 2021",
        26_100 => "LTSC 2024",
        _ => "LTSC",
    }
}

/// The generic volume key (GVLK) that Microsoft publishes for an edition of a build.
///
/// With or without a desktop is the same key. An evaluation has none of its own: ask for its [`full_edition`].
#[must_use]
pub fn gvlk_for(edition_id: &str, build: u32) -> Option<Published> {
    let edition = base_edition(edition_id);
    let is_server = is_server_edition(edition);
    published_of_kind(PublishedKind::Gvlk).find(|key| {
        key.edition_ids().any(|id| id.eq_ignore_ascii_case(edition)) && serves(key.edition, build, is_server)
    })
}

/// Whether a published key is for this build, by the product's name in the publication.
fn serves(product: &str, build: u32, is_server: bool) -> bool {
    let says = |word| product.contains(word);
    // Long-term clients and half-yearly servers have keys for some builds of their generation only.
    let builds = if says("version 1709") {
        Some(16_299..=16_299)
    } else if says("version 1803") {
        Some(17_134..=17_134)
    } else if says("versions 1809-20H2") {
        Some(17_763..=19_042)
    } else if says("LTSB 2015") {
        Some(10_240..=14_392)
    } else if says("LTSB 2016") {
        Some(14_393..=17_762)
    } else if says("LTSC 2024 / 2021") {
        Some(19_044..=u32::MAX)
    } else if says("LTSC") {
        Some(17_763..=u32::MAX)
    } else {
        None
    };
    if let Some(builds) = builds {
        return builds.contains(&build);
    }
    match Generation::of_build(build, is_server) {
        Some(Generation::Windows11) => says("Windows 11"),
        // "Windows 8 (Core)" and "Windows 8.1 Pro" begin alike.
        Some(Generation::Windows8) => says("Windows 8 "),
        Some(Generation::Windows10) => says("Windows 10"),
        Some(generation) => Generation::of_text(product) == Some(generation),
        None => false,
    }
}

#[cfg(test)]
mod tests;
