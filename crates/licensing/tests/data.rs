//! The data files are generated from the project's facts tables, and this is their generator.
//!
//! Where the tables are present, the test compares; with `HIVEKEY_REGENERATE=1` in the environment it writes the files first.
//! A plain clone does not have the tables and skips the comparison.

#[cfg(test)]
mod generate {
    use std::collections::HashMap;
    use std::fmt::Write;
    use std::path::{Path, PathBuf};

    /// Published keys made with PKEY2005 do not hold their group as plain bits, and the facts table leaves their configuration
    /// empty. Each is the volume client key of one edition of one generation, which has one `Volume:GVLK` configuration:
    /// (name in the publication, group, EditionID).
    const PKEY2005_CONFIGURATIONS: [(&str, &str, &str); 25] = [
        ("Windows Server 2008 R2 Web", "168", "ServerWeb"),
        ("Windows Server 2008 R2 HPC edition", "168", "ServerHPC"),
        ("Windows Server 2008 R2 Standard", "168", "ServerStandard"),
        ("Windows Server 2008 R2 Enterprise", "168", "ServerEnterprise"),
        ("Windows Server 2008 R2 Datacenter", "168", "ServerDatacenter"),
        ("Windows Server 2008 R2 for Itanium-based Systems", "168", "ServerEnterpriseIA64"),
        ("Windows Web Server 2008", "152", "ServerWeb"),
        ("Windows Server 2008 Standard", "152", "ServerStandard"),
        ("Windows Server 2008 Standard without Hyper-V", "152", "ServerStandardV"),
        ("Windows Server 2008 Enterprise", "152", "ServerEnterprise"),
        ("Windows Server 2008 Enterprise without Hyper-V", "152", "ServerEnterpriseV"),
        ("Windows Server 2008 HPC", "152", "ServerComputeCluster"),
        ("Windows Server 2008 Datacenter", "152", "ServerDatacenter"),
        ("Windows Server 2008 Datacenter without Hyper-V", "152", "ServerDatacenterV"),
        ("Windows Server 2008 for Itanium-Based Systems", "152", "ServerEnterpriseIA64"),
        ("Windows 7 Professional", "170", "Professional"),
        ("Windows 7 Professional N", "170", "ProfessionalN"),
        ("Windows 7 Professional E", "170", "ProfessionalE"),
        ("Windows 7 Enterprise", "170", "Enterprise"),
        ("Windows 7 Enterprise N", "170", "EnterpriseN"),
        ("Windows 7 Enterprise E", "170", "EnterpriseE"),
        ("Windows Vista Business", "142", "Business"),
        ("Windows Vista Business N", "142", "BusinessN"),
        ("Windows Vista Enterprise", "142", "Enterprise"),
        ("Windows Vista Enterprise N", "142", "EnterpriseN"),
    ];

    /// Beginning of a source in the facts table, and its short name here. The first that fits counts.
    const SOURCES: [(&str, &str); 5] = [
        ("MicrosoftDocs/windowsserverdocs:WindowsServerDocs/get-started/kms-client-activation-keys.md", "ms-kms"),
        ("MicrosoftDocs/windowsserverdocs:WindowsServerDocs/get-started/KMSclientkeys.md", "ms-kms-2017"),
        ("MicrosoftDocs/windowsserverdocs:WindowsServerDocs/get-started/automatic-vm-activation.md", "ms-avma"),
        ("learn.microsoft.com/windows-server/get-started/automatic-vm-activation", "ms-avma-2025"),
        ("Microsoft install media", "media"),
    ];

    /// Server Datacenter's keys that a newer pkeyconfig, that of a client or of Azure Stack HCI, knows under an add-on's name only.
    /// On a server of their generation they are Datacenter keys (Server 2019's own file says so), and the 2025 rows name
    /// both; so do these, in the same way.
    const DATACENTER_ADD_ONS: [&str; 2] = ["AzureStackHCIAddOn", "AzureStackHCIAddOn2021"];

    fn edition_id(row: &Row) -> String {
        let edition = row["edition_id"].as_str();
        if DATACENTER_ADD_ONS.contains(&edition) { format!("ServerDatacenter;{edition}") } else { edition.to_owned() }
    }

    type Row = HashMap<String, String>;

    fn read_table(path: &Path) -> Vec<Row> {
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
        lines
            .map(|line| header.iter().map(|name| (*name).to_owned()).zip(line.split('\t').map(str::to_owned)).collect())
            .collect()
    }

    fn groups(facts: &[Row]) -> String {
        let mut rows: Vec<&Row> = facts.iter().collect();
        rows.sort_by_key(|row| (row["group_id"].parse::<u32>().unwrap(), row["activation_id"].clone()));
        let mut out = "group\tactivation_id\talgorithm\tedition_id\tchannel\tdescription\tnewest_build\n".to_owned();
        for row in rows {
            writeln!(
                out,
                "{}\t{}\t{}\t{}\t{}\t{}\t{}",
                row["group_id"],
                row["activation_id"],
                row["algorithm"],
                edition_id(row),
                row["channel"],
                row["description"],
                row["newest_pkeyconfig_seen"]
            )
            .unwrap();
        }
        out
    }

    fn activation_ids(facts: &[Row]) -> String {
        let mut rows: Vec<String> =
            facts.iter().map(|row| format!("{}\t{}", row["activation_id"], row["group_id"])).collect();
        rows.sort();
        format!("activation_id\tgroup\n{}\n", rows.join("\n"))
    }

    fn published(facts: &[Row], groups: &[Row]) -> String {
        let mut rows: Vec<String> = facts.iter().map(|row| published_row(row, groups)).collect();
        rows.sort();
        let header =
            "key\tkind\tedition\talgorithm\tgroup\tserial\tedition_id\tchannel\tpart_number\tactivation_id\tsource";
        format!("{header}\n{}\n", rows.join("\n"))
    }

    fn published_row(row: &Row, groups: &[Row]) -> String {
        let kind = if row["kind"] == "generic-install" { "install" } else { &row["kind"] };
        let source = SOURCES.iter().find(|(start, _)| row["source"].starts_with(start)).unwrap().1;
        let algorithm = row["algorithm"].strip_prefix("pkey/").unwrap();
        let (group, edition_id, channel, id) = if algorithm == "2009" {
            (&row["group_id"], &row["pkeyconfig_edition"], &row["pkeyconfig_channel"], &row["act_config_id"])
        } else {
            let configuration = pkey2005_configuration(&row["edition"], groups);
            (
                &configuration["group_id"],
                &configuration["edition_id"],
                &configuration["channel"],
                &configuration["activation_id"],
            )
        };
        let serial = &row["serial"];
        let part = &row["part_number"];
        [&row["key"], kind, &row["edition"], algorithm, group, serial, edition_id, channel, part, id, source].join("\t")
    }

    fn pkey2005_configuration<'a>(name: &str, groups: &'a [Row]) -> &'a Row {
        let (_, group, edition) = PKEY2005_CONFIGURATIONS.iter().find(|(n, ..)| *n == name).unwrap();
        let fits =
            |row: &&Row| row["group_id"] == *group && row["edition_id"] == *edition && row["channel"] == "Volume:GVLK";
        let mut found = groups.iter().filter(fits);
        let configuration = found.next().unwrap();
        assert!(found.next().is_none(), "{name}: more than one configuration");
        configuration
    }

    #[test]
    fn the_data_files_are_what_the_facts_say() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let facts: PathBuf = here.join("../../../shared/facts");
        if !facts.is_dir() {
            println!("skipped: shared/facts absent");
            return;
        }
        let group_facts = read_table(&facts.join("groups.tsv"));
        let key_facts = read_table(&facts.join("published-keys.tsv"));
        for (name, text) in [
            ("groups.tsv", groups(&group_facts)),
            ("activation-ids.tsv", activation_ids(&group_facts)),
            ("published-keys.tsv", published(&key_facts, &group_facts)),
        ] {
            let path = here.join("data").join(name);
            if std::env::var_os("HIVEKEY_REGENERATE").is_some() {
                std::fs::write(&path, &text).unwrap();
            }
            assert!(text.is_ascii(), "{name}");
            let committed = std::fs::read_to_string(&path).unwrap();
            assert_eq!(committed, text, "{name} differs: run this test with HIVEKEY_REGENERATE=1");
        }
    }
}
