//! ProductIds of real and published blobs, from the project's facts tables and its corpus of hives.

#[cfg(test)]
mod product_ids {
    use std::collections::HashMap;
    use std::path::PathBuf;

    use hivekey_licensing::product_id::ProductId;
    use hivekey_licensing::{Resolution, Witnesses, groups};
    use serde_json::Value;

    fn table(path: &str) -> Option<Vec<HashMap<String, String>>> {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("skipped: shared/{} absent", path.file_name().unwrap().display());
            return None;
        };
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
        let row = |line: &str| header.iter().zip(line.split('\t')).map(|(k, v)| ((*k).into(), v.into())).collect();
        Some(lines.map(row).collect())
    }

    #[test]
    fn vectors_name_the_group_and_serial_of_their_blob() {
        let Some(rows) = table("facts/vectors.tsv") else {
            return;
        };
        let mut seen = 0;
        for row in rows {
            let fields: Value = serde_json::from_str(&row["expected_fields_json"]).unwrap_or_default();
            let Some(text) = fields["product_id"].as_str() else {
                continue;
            };
            let id = ProductId::parse(text).unwrap();
            assert_eq!(id.to_string(), text);
            assert_ne!(id.check_digit_ok(), Some(false), "{text}");
            if let Some(group) = fields["group"].as_u64() {
                assert_eq!(id.group().map(u64::from), Some(group), "{text}");
                let found = groups::resolve(id.group().unwrap(), &Witnesses::default());
                assert!(!matches!(found, Resolution::Unknown), "{text}");
            }
            if let Some(serial) = fields["serial"].as_u64() {
                assert_eq!(id.serial().map(u64::from), Some(serial), "{text}");
            }
            seen += 1;
        }
        assert!(seen >= 9, "{seen}");
    }

    /// The AdvancedPid beside a ProductId has group and serial again, and the activation id says which configuration it is.
    #[test]
    fn corpus_ids_agree_with_the_advanced_pid_and_activation_id() {
        let Some(rows) = table("corpus/expected.tsv") else {
            return;
        };
        let (mut read, mut agreed, mut invented) = (0, 0, 0);
        for row in rows.iter().filter(|row| !row["ProductId"].is_empty()) {
            let id = ProductId::parse(&row["ProductId"]).unwrap();
            assert_eq!(id.to_string(), row["ProductId"]);
            assert_ne!(id.check_digit_ok(), Some(false));
            read += 1;
            let pid: Vec<&str> = row["DPID4_advancedpid"].split('-').collect();
            let [_, group, high, low, ..] = pid[..] else {
                continue;
            };
            let serial: u32 = format!("{high}{low}").parse().unwrap();
            if id.group() != group.parse().ok() {
                // The synthetic hives' ProductIds are made up; nobody else's are.
                assert!(row["source"].starts_with("SYNTHETIC"), "{row:?}");
                invented += 1;
                continue;
            }
            // The older notation's last digit of the sequence is its check digit, so the rest must be equal.
            assert_eq!(id.serial(), Some(serial), "{row:?}");
            agreed += 1;
            if row["ProductName"].starts_with("Windows") && row["DPID4_eula"] != "ltPERP" {
                let witnesses =
                    Witnesses { activation_id: row["DPID4_activationid"].parse().ok(), ..Witnesses::default() };
                let found = groups::resolve(id.group().unwrap(), &witnesses);
                let configuration = found.unique().unwrap();
                assert_eq!(configuration.channel.as_str(), row["DPID4_keytype"]);
                assert!(configuration.has_edition(&row["DPID4_edition"]), "{row:?}");
            }
        }
        assert_eq!((read, agreed, invented), (12, 4, 6));
    }
}
