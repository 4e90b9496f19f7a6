use super::*;
use crate::groups::all_groups;
use crate::sku::Sku;

#[test]
fn names_are_sorted_and_every_server_and_client_sku_has_one() {
    assert!(NAMES.is_sorted_by(|a, b| a.0.to_ascii_lowercase() < b.0.to_ascii_lowercase()));
    for id in ["ServerStandard", "ServerDatacenterEvalCor", "Professional", "ServerSolution", "EnterpriseS", "Core"] {
        assert!(NAMES.iter().any(|(known, _)| *known == id) && Sku::of_edition(id).is_some(), "{id}");
    }
    // No misspelling: every EditionID is one that pkeyconfig or winnt.h knows.
    for (id, _) in NAMES {
        let known = all_groups().any(|row| row.has_edition(id)) || Sku::of_edition(id).is_some();
        assert!(known, "{id}");
    }
    for (variant, base) in CORE_VARIANTS {
        assert!(Sku::of_edition(variant).is_some(), "{variant}");
        assert!(Sku::of_edition(base).is_some() || base == "ServerHyper", "{base}");
    }
}

#[test]
fn product_names() {
    for (edition_id, build, name) in [
        ("ServerStandard", 17_763, "Windows Server 2019 Standard"),
        ("serverstandard", 17_763, "Windows Server 2019 Standard"),
        ("ServerStandard", 20_348, "Windows Server 2022 Standard"),
        ("ServerStandard", 26_100, "Windows Server 2025 Standard"),
        ("ServerStandard", 9600, "Windows Server 2012 R2 Standard"),
        ("ServerStandardCor", 17_763, "Windows Server 2019 Standard (Server Core)"),
        ("ServerStandardEval", 17_763, "Windows Server 2019 Standard Evaluation"),
        ("ServerStandardACor", 17_763, "Windows Server Standard (semi-annual channel, version 1809)"),
        ("ServerDatacenterACor", 18_363, "Windows Server Datacenter (semi-annual channel, version 1909)"),
        ("ServerSolution", 17_763, "Windows Server 2019 Essentials"),
        ("ServerTurbine", 20_348, "Windows Server 2022 Datacenter: Azure Edition"),
        ("ServerStorageStandard", 14_393, "Windows Storage Server 2016 Standard"),
        ("ServerHyperCore", 17_763, "Microsoft Hyper-V Server 2019"),
        ("ServerHPC", 7601, "Windows Server 2008 R2 HPC Edition"),
        ("Professional", 22_631, "Windows 11 Pro"),
        ("Professional", 19_045, "Windows 10 Pro"),
        ("Professional", 7601, "Windows 7 Professional"),
        ("Professional", 2600, "Windows XP Professional"),
        ("Core", 19_045, "Windows 10 Home"),
        ("Core", 9600, "Windows 8.1"),
        ("CoreSingleLanguage", 9200, "Windows 8 Single Language"),
        ("EnterpriseS", 10_240, "Windows 10 Enterprise LTSB 2015"),
        ("EnterpriseS", 19_044, "Windows 10 Enterprise LTSC 2021"),
        ("EnterpriseSN", 26_100, "Windows 11 Enterprise N LTSC 2024"),
        ("EnterpriseEval", 9600, "Windows 8.1 Enterprise Evaluation"),
        ("Ultimate", 7601, "Windows 7 Ultimate"),
        ("ServerRdsh", 22_631, "Windows 11 Enterprise multi-session"),
        ("Nonesuch", 19_045, "Windows 10 Nonesuch"),
        ("", 2600, "Windows XP"),
    ] {
        assert_eq!(product_name(edition_id, build).as_deref(), Some(name), "{edition_id} {build}");
    }
    assert_eq!(product_name("Professional", 1), None);
}

#[test]
fn agreement() {
    for (installed, key, expected) in [
        ("ServerStandard", "ServerStandard", Agreement::Same),
        ("ServerStandardCor", "ServerStandard", Agreement::Same),
        ("serverstandard", "ServerStandardCore", Agreement::Same),
        ("ServerStandardACor", "ServerStandard;ServerStandardACor", Agreement::Same),
        ("ServerDatacenter", "ServerDatacenter;AzureStackHCIAddOn", Agreement::Same),
        ("Enterprise", "Enterprise;EnterpriseN;Professional;ProfessionalN ", Agreement::Same),
        ("ServerStandardEval", "ServerStandardEval", Agreement::Same),
        ("ServerStandardEvalCor", "ServerStandardEval", Agreement::Same),
        ("ServerStandard", "ServerStandardEval", Agreement::Evaluation),
        ("ServerStandardEvalCor", "ServerStandard", Agreement::Evaluation),
        ("Enterprise", "Professional", Agreement::StepUp),
        ("Education", "ProfessionalEducation", Agreement::StepUp),
        ("Professional", "Enterprise", Agreement::Different),
        ("ServerStandard", "ServerDatacenter", Agreement::Different),
        ("ServerStandard", "ServerStandardACor", Agreement::Different),
        ("Core", "CoreSingleLanguage", Agreement::Different),
        ("", "Core", Agreement::Different),
        ("Business", "n/a", Agreement::Unknown),
        ("Business", "", Agreement::Unknown),
    ] {
        assert_eq!(editions_agree(installed, key), expected, "{installed} {key}");
    }
    assert!(Agreement::Different.is_mismatch() && Agreement::Evaluation.is_mismatch());
    assert!(!Agreement::StepUp.is_mismatch() && !Agreement::Unknown.is_mismatch() && !Agreement::Same.is_mismatch());
}

#[test]
fn sorts_of_editions() {
    for (id, server, evaluation) in [
        ("ServerStandard", true, false),
        ("serverstandardeval", true, false),
        ("ServerDatacenterEvalCor", true, true),
        ("EnterpriseSEval", false, true),
        ("ServerRdsh", false, false),
        ("Professional", false, false),
        ("", false, false),
        ("\u{e9}\u{e9}\u{e9}\u{e9}", false, false),
    ] {
        assert_eq!((is_server_edition(id), is_evaluation_edition(id)), (server, evaluation), "{id}");
    }
    assert_eq!(full_edition("ServerDatacenterEvalCor"), "ServerDatacenter");
    assert_eq!(full_edition("Core"), "Core");
}

#[test]
fn gvlks() {
    // Last five characters of Microsoft's published client keys.
    for (edition_id, build, last_five) in [
        ("ServerStandard", 6002, "BFGM2"),
        ("ServerStandard", 7601, "R7VHC"),
        ("ServerStandard", 9200, "92BT4"),
        ("ServerStandard", 9600, "MDVJX"),
        ("ServerStandard", 14_393, "KHKQY"),
        ("ServerStandard", 17_763, "J464C"),
        ("ServerStandardCor", 17_763, "J464C"),
        ("ServerStandard", 20_348, "VMK7H"),
        ("ServerStandard", 26_100, "MY832"),
        ("ServerDatacenter", 17_763, "63DFG"),
        ("ServerSolution", 17_763, "YY726"),
        ("ServerTurbine", 20_348, "KHMXV"),
        ("ServerTurbine", 26_100, "8MCRC"),
        ("ServerStandardACor", 16_299, "GF6G4"),
        ("ServerStandardACor", 17_134, "W4KR"),
        ("ServerStandardACor", 18_363, "724CC"),
        ("Professional", 7601, "GPDD4"),
        ("Professional", 9200, "8CK4"),
        ("Professional", 9600, "9D6T9"),
        ("Professional", 19_045, "3GX"),
        ("Professional", 22_631, "3GX"),
        ("EnterpriseS", 10_240, "76DF9"),
        ("EnterpriseS", 14_393, "QJ4BJ"),
        ("EnterpriseS", 17_763, "J462D"),
        ("EnterpriseS", 26_100, "J462D"),
        ("IoTEnterpriseS", 19_044, "PDQGT"),
        ("Core", 9200, "27GG4"),
        ("Business", 6002, "2V3X8"),
    ] {
        let key = gvlk_for(edition_id, build).unwrap_or_else(|| panic!("{edition_id} {build}"));
        assert!(key.key.ends_with(last_five), "{edition_id} {build}: {}", key.edition);
    }
    for (edition_id, build) in [
        ("ServerStandardEval", 17_763),
        ("Core", 19_045),
        ("ServerStandard", 3790),
        ("ServerStandard", 18_363),
        ("IoTEnterpriseS", 17_763),
        ("Nonesuch", 17_763),
        ("Professional", 2600),
    ] {
        assert_eq!(gvlk_for(edition_id, build).map(|key| key.edition), None, "{edition_id} {build}");
    }
}

/// Every published client key is the answer for some build of its own edition.
#[test]
fn every_gvlk_is_reached() {
    let builds =
        [6002, 7601, 9200, 9600, 10_240, 14_393, 16_299, 17_134, 17_763, 18_363, 19_044, 20_348, 22_631, 26_100];
    for key in published_of_kind(PublishedKind::Gvlk) {
        let reached = key.edition_ids().any(|id| builds.iter().any(|b| gvlk_for(id, *b).as_ref() == Some(&key)));
        assert!(reached, "{key:?}");
    }
}
