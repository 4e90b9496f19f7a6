//! Hand-built files, sound and hostile. Real ones: `tests/pkeyconfig.rs`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;

const ID: &str = "{DE32EAFD-AAEE-4662-9444-C1BEFB41BDE2}";

fn configuration(id: &str, group: u32, edition: &str) -> String {
    format!(
        "<Configuration><ActConfigId>{id}</ActConfigId><RefGroupId>{group}</RefGroupId><EditionId>{edition}</EditionId>\
         <ProductDescription>A &amp; B</ProductDescription><ProductKeyType>Volume:GVLK</ProductKeyType>\
         <IsRandomized>false</IsRandomized></Configuration>"
    )
}

fn range(id: &str, start: u32, end: u32, part: &str) -> String {
    format!(
        "<KeyRange><RefActConfigId>{id}</RefActConfigId><PartNumber>{part}</PartNumber><EulaType>Volume</EulaType>\
         <IsValid>true</IsValid><Start>{start}</Start><End>{end}</End></KeyRange>"
    )
}

fn inner() -> String {
    let lower = ID.to_lowercase();
    format!(
        "<ProductKeyConfiguration><Configurations>{}{}</Configurations><KeyRanges>{}{}</KeyRanges><PublicKeys>\
         <PublicKey><GroupId>4297</GroupId><AlgorithmId>msft:rm/algorithm/pkey/2009</AlgorithmId></PublicKey>\
         </PublicKeys></ProductKeyConfiguration>",
        configuration(ID, 4297, "ServerStandard;ServerStandardACor "),
        configuration("{00000000-0000-0000-0000-000000000001}", 999_999, "pseudo"),
        range(&lower, 0, 9, "[RS5]X21-83736"),
        range(&lower, 10, 999_999_999, "[RS5]X21-83749:Virtual"),
    )
}

fn outer(payload: &str) -> String {
    format!(
        "\u{feff}<?xml version=\"1.0\"?><rg:licenseGroup xmlns:rg=\"r\"><tm:infoBin name=\"other\">AAAA</tm:infoBin>\
         <tm:infoBin name=\"pkeyConfigData\">{payload}</tm:infoBin></rg:licenseGroup>"
    )
}

fn file() -> String {
    outer(&STANDARD.encode(inner()))
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn every_packaging_gives_the_same_records() {
    let spaced = file().replace("</tm:infoBin>", "\r\n </tm:infoBin>").replace("PFBy", "\n\t PF\nBy");
    let prefixed = inner().replace("</", "\r\n</pkc:").replace('<', "<pkc:").replace("<pkc:/pkc:", "</pkc:");
    for bytes in [
        file().into_bytes(),
        spaced.into_bytes(),
        wide(&file()),
        inner().into_bytes(),
        outer(&STANDARD.encode(wide(&format!("\u{feff}{}", inner())))).into_bytes(),
        outer(&STANDARD.encode(prefixed)).into_bytes(),
        outer(STANDARD.encode(inner()).trim_end_matches('=')).into_bytes(),
    ] {
        let config = PkeyConfig::parse(&bytes).unwrap();
        assert_eq!(config.anomalies(), []);
        let [only] = config.configurations() else { panic!("the pseudo entry is left out") };
        assert_eq!((only.activation_id, only.group), (ID.parse().unwrap(), 4297));
        assert_eq!((&*only.description, &only.channel), ("A & B", &Channel::VolumeGvlk));
        assert!(only.edition_ids().eq(["ServerStandard", "ServerStandardACor"]));
        assert!(only.has_edition("serverstandardacor") && !only.has_edition("Server") && !only.is_randomized);
        assert_eq!(config.algorithm(4297), Some(Algorithm::Pkey2009));
        assert_eq!(config.algorithm(4298), None);
    }
}

#[test]
fn looks_up_by_group_and_serial() {
    let config = PkeyConfig::parse(file().as_bytes()).unwrap();
    for (serial, part) in [
        (0, "[RS5]X21-83736"),
        (9, "[RS5]X21-83736"),
        (10, "[RS5]X21-83749:Virtual"),
        (999_999_999, "[RS5]X21-83749:Virtual"),
    ] {
        let found = config.resolve(4297, serial);
        assert_eq!(&*found.unique().unwrap().range.part_number, part);
        assert_eq!(&*found.unique().unwrap().range.eula, "Volume");
    }
    assert_eq!(config.resolve(4297, u32::MAX), Resolution::Unknown);
    assert_eq!(config.resolve(4296, 0), Resolution::Unknown);
    assert_eq!((config.group(4296).len(), config.group(4297).len(), config.group(4298).len()), (0, 1, 0));
    let id = ID.parse().unwrap();
    assert_eq!(config.by_activation_id(id), config.configurations().first());
    assert_eq!(config.by_activation_id(ActivationId::from_u128(1)), None);
    assert_eq!(config.ranges_of(id).len(), 2);
    assert_eq!(config.by_part_number("x21-83749").count(), 1);
    assert_eq!(config.by_part_number("[Ge]X21-83736:Virtual").count(), 1);
    assert_eq!(config.by_part_number("X21").count() + config.by_part_number("").count(), 0);
}

#[test]
fn overlapping_ranges_are_ambiguous() {
    let text = inner().replace("<Start>10<", "<Start>5<");
    let config = PkeyConfig::parse(text.as_bytes()).unwrap();
    assert_eq!(config.resolve(4297, 7).rows().len(), 2);
    assert!(config.resolve(4297, 7).agreed(|found| found.configuration.activation_id).is_some());
    assert_eq!(config.resolve(4297, 4).rows().len(), 1);
}

#[test]
fn part_numbers() {
    for (a, b, same) in [
        ("[RS5]X21-83749:Virtual", "X21-83749", true),
        ("X15-37377", "x15-37377 ", true),
        ("X15-37377", "X15-37378", false),
        ("", "", false),
        ("[RS5]", "[RS1]", false),
        ("[RS5", "[RS5", true),
    ] {
        assert_eq!(same_part_number(a, b), same, "{a} {b}");
    }
}

#[test]
fn what_is_no_pkeyconfig_is_refused() {
    let xml = |layer, fault| move |offset| PkeyConfigError::Xml { layer, offset, fault };
    for (bytes, error) in [
        (String::new(), PkeyConfigError::NoPayload),
        ("<a/>".into(), PkeyConfigError::NoPayload),
        ("no markup".into(), PkeyConfigError::NoPayload),
        ("<!DOCTYPE a []><a/>".into(), xml(Layer::Outer, XmlFault::DocType)(15)),
        (outer(""), PkeyConfigError::Base64 { offset: 0 }),
        (outer("*"), PkeyConfigError::Base64 { offset: 0 }),
        (outer("A"), PkeyConfigError::Base64 { offset: 1 }),
        (outer(&STANDARD.encode("<a/>")), PkeyConfigError::NoConfiguration),
        (
            outer(&STANDARD.encode("<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>")),
            xml(Layer::Inner, XmlFault::DocType)(51),
        ),
        ("<ProductKeyConfiguration/>".into(), PkeyConfigError::NoConfiguration),
    ] {
        assert_eq!(PkeyConfig::parse(bytes.as_bytes()).unwrap_err(), error, "{bytes}");
    }
    let large = vec![b' '; MAX_FILE_BYTES + 1];
    assert_eq!(PkeyConfig::parse(&large).unwrap_err(), PkeyConfigError::TooLarge { actual: MAX_FILE_BYTES + 1 });
    assert_eq!(PkeyConfig::parse(&large[1..]).unwrap_err(), PkeyConfigError::NoPayload);
}

#[test]
fn broken_files_give_what_is_there() {
    let sound = file();
    // Cut in the middle of the payload: the configuration is there, the second range is not.
    let cut = sound.split_at(sound.len() - 700).0;
    let config = PkeyConfig::parse(cut.as_bytes()).unwrap();
    assert_eq!(config.configurations().len(), 1);
    assert!(config.ranges_of(ID.parse().unwrap()).len() < 2);
    assert!(matches!(
        config.anomalies(),
        [Anomaly::Xml { layer: Layer::Outer, .. }, Anomaly::Xml { layer: Layer::Inner, .. }]
    ));

    // A byte that is not base64, behind the configuration.
    let (before, after) = sound.split_at(sound.len() - 700);
    let spoiled = format!("{before}*{after}");
    let config = PkeyConfig::parse(spoiled.as_bytes()).unwrap();
    assert_eq!(config.configurations().len(), 1);
    assert!(matches!(config.anomalies(), [Anomaly::Base64 { .. }, Anomaly::Xml { .. }]));
}

#[test]
fn bad_records_do_not_hide_their_neighbours() {
    for (from, to, field) in [
        (ID, "{not a guid}", Field::ActivationId),
        ("<RefGroupId>4297<", "<RefGroupId>-1<", Field::Group),
        ("<Start>10<", "<Start>4294967296<", Field::Start),
        ("<End>9<", "<End><", Field::End),
        ("pkey/2009", "pkey/2077", Field::Algorithm),
    ] {
        let second = configuration("{00000000-0000-0000-0000-000000000002}", 5, "Core");
        let text = inner().replace(from, to).replace("</Configurations>", &(second + "</Configurations>"));
        let config = PkeyConfig::parse(text.as_bytes()).unwrap();
        assert!(matches!(config.anomalies(), [Anomaly::Field { field: f, .. }] if *f == field), "{to}");
        assert_eq!(config.group(5).len(), 1);
    }
}

#[test]
fn repeated_configurations_count_once() {
    let second = configuration(ID, 4297, "Other");
    let text = inner().replace("</Configurations>", &(second + "</Configurations>"));
    let config = PkeyConfig::parse(text.as_bytes()).unwrap();
    assert!(config.group(4297)[0].has_edition("ServerStandard"));
    assert_eq!(config.anomalies(), [Anomaly::Duplicates { count: 1 }]);
    // So that many of both cannot multiply.
    let many = configuration(ID, 1, "Core").repeat(2000) + &range(ID, 0, 1, "X").repeat(2000);
    let config = PkeyConfig::parse(format!("<ProductKeyConfiguration>{many}</ProductKeyConfiguration>").as_bytes());
    assert_eq!(config.unwrap().resolve(1, 0).rows().len(), 2000);
}

#[test]
fn limits_are_named() {
    let long = configuration(ID, 1, &"\u{e9}".repeat(MAX_FIELD_BYTES));
    let text = format!("<ProductKeyConfiguration>{long}</ProductKeyConfiguration>");
    let config = PkeyConfig::parse(text.as_bytes()).unwrap();
    assert!(config.configurations()[0].edition_id.len() <= MAX_FIELD_BYTES);
    assert!(matches!(config.anomalies(), [Anomaly::LongField { limit: MAX_FIELD_BYTES, .. }]));

    let key = "<PublicKey><GroupId>1</GroupId><AlgorithmId>pkey/2005</AlgorithmId></PublicKey>";
    let text = format!(
        "<ProductKeyConfiguration>{}{}</ProductKeyConfiguration>",
        configuration(ID, 1, "Core"),
        key.repeat(MAX_RECORDS)
    );
    let config = PkeyConfig::parse(text.as_bytes()).unwrap();
    assert_eq!(config.anomalies(), [Anomaly::TooManyRecords { limit: MAX_RECORDS }]);

    let bad = "<KeyRange/>".repeat(2 * MAX_ANOMALIES);
    let text = format!("<ProductKeyConfiguration>{bad}{}</ProductKeyConfiguration>", configuration(ID, 1, "Core"));
    assert_eq!(PkeyConfig::parse(text.as_bytes()).unwrap().anomalies().len(), MAX_ANOMALIES);
}

#[test]
fn fields_are_read_on_their_level_only() {
    let nested =
        configuration("<x>{bad}</x>", 1, "Core").replace("<x>", "<x><EditionId>").replace("</x>", "</EditionId></x>");
    let twice = configuration(ID, 1, "Core").replace("<RefGroupId>", "<RefGroupId>2</RefGroupId><RefGroupId>");
    let text = format!("<ProductKeyConfiguration>{nested}{twice}</ProductKeyConfiguration>");
    let config = PkeyConfig::parse(text.as_bytes()).unwrap();
    assert_eq!((config.configurations().len(), config.group(2).len()), (1, 1));
    assert!(matches!(config.anomalies(), [Anomaly::Field { field: Field::ActivationId, .. }]));
}

proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, at in 0usize..2000, byte: u8, cut in 0usize..2000) {
        let _ = PkeyConfig::parse(&bytes);
        for text in [file(), inner()] {
            let mut spoiled = text.into_bytes();
            if let Some(target) = spoiled.get_mut(at) {
                *target = byte;
            }
            let _ = PkeyConfig::parse(&spoiled);
            spoiled.truncate(cut);
            let _ = PkeyConfig::parse(&spoiled);
        }
    }
}
