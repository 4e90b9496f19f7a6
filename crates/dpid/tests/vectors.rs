//! Every row of the independent vectors, every field of every row.

#[cfg(test)]
mod tests {
    use hivekey_dpid::{Blob, Dpid3, Dpid4, Integrity, KeyFamily, KeyField, recognise};
    use serde_json::Value;

    struct Row<'a> {
        number: usize,
        blob: Vec<u8>,
        key: &'a str,
        kind: &'a str,
        fields: serde_json::Map<String, Value>,
    }

    fn rows() -> Vec<Row<'static>> {
        let table = include_str!("data/vectors.tsv");
        let rows: Vec<_> = table
            .lines()
            .enumerate()
            .skip(1)
            .map(|(index, line)| {
                let columns: Vec<_> = line.split('\t').collect();
                Row {
                    number: index + 1,
                    blob: bytes_of_hex(columns[0]),
                    key: columns[1],
                    kind: columns[4],
                    fields: serde_json::from_str(columns[5]).unwrap(),
                }
            })
            .collect();
        assert_eq!(rows.len(), 78);
        rows
    }

    fn bytes_of_hex(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap()).collect()
    }

    fn ok(value: Integrity) -> Value {
        Value::from(value.is_ok())
    }

    /// What this crate says about the thing that a column entry names.
    fn of_key(field: KeyField, name: &str) -> Option<Value> {
        let bits = field.pkey2009();
        match name {
            "group" => bits.map(|b| Value::from(b.group)),
            "serial" => bits.map(|b| Value::from(b.serial)),
            "pkey2009_checksum_ok" => Some(ok(field.checksum())),
            "n_flag" => Some(Value::from(field.family() == KeyFamily::Pkey2009)),
            "key_erased" => Some(Value::from(field.is_erased())),
            _ => None,
        }
    }

    fn of_dpid3(blob: Dpid3<'_>, name: &str) -> Option<Value> {
        match name {
            "product_id" => Some(Value::from(blob.product_id().unwrap())),
            "group" => Some(Value::from(blob.group_id())),
            "part" => Some(Value::from(blob.part_number().unwrap())),
            "license_type" => Some(Value::from(blob.license_type().unwrap())),
            "time" => Some(Value::from(blob.time().unwrap())),
            "crc_ok" => Some(ok(blob.crc())),
            "length" => Some(Value::from(blob.bytes().len())),
            "declared" => Some(Value::from(blob.size())),
            _ => of_key(blob.key_field(), name),
        }
    }

    fn of_dpid4(blob: Dpid4<'_>, name: &str) -> Option<Value> {
        match name {
            "advanced_pid" => Some(Value::from(blob.advanced_pid().unwrap().to_string())),
            "activation_id" => Some(Value::from(blob.activation_id().unwrap().to_string())),
            "edition_type" => Some(Value::from(blob.edition_type().unwrap().to_string())),
            "part" => Some(Value::from(blob.part_number().unwrap().to_string())),
            "key_type" => Some(Value::from(blob.key_type().unwrap().to_string())),
            "eula" => Some(Value::from(blob.eula().unwrap().to_string())),
            "is_upgrade" => Some(Value::from(u8::from(blob.is_upgrade()))),
            "cdkey_sha256_ok" => Some(ok(blob.key_hash())),
            "blob_sha256_ok" => Some(ok(blob.blob_hash())),
            _ => of_key(blob.key_field(), name),
        }
    }

    #[test]
    fn every_key() {
        for row in rows() {
            let blob = recognise(&row.blob).unwrap();
            let text = blob.product_key().map(|key| key.to_string());
            if row.key.starts_with('(') {
                assert_eq!(text, None, "row {}", row.number);
                assert!(blob.key_field().unwrap().is_erased(), "row {}", row.number);
            } else {
                assert_eq!(text.as_deref(), Some(row.key), "row {}", row.number);
            }
        }
    }

    #[test]
    fn every_field() {
        // The serial of an erased key, and what a group stands for, are not in the blob's bits.
        let elsewhere = ["channel_from_group", "edition", "kind"];
        let mut compared = 0;
        for row in rows() {
            let blob = recognise(&row.blob).unwrap();
            for (name, expected) in &row.fields {
                if elsewhere.contains(&name.as_str()) || name.starts_with("wrong_output") {
                    continue;
                }
                let actual = match (row.kind, blob) {
                    ("dpid3", Blob::Dpid3(blob)) => of_dpid3(blob, name),
                    ("dpid4", Blob::Dpid4(blob)) => of_dpid4(blob, name),
                    ("raw16", Blob::KeyField(field)) => of_key(field, name),
                    (kind, blob) => panic!("row {}: {kind} became {blob:?}", row.number),
                };
                if name == "serial" && actual.is_none() {
                    let id = product_id_of(blob);
                    assert_eq!(Value::from(serial_of(&id)), *expected, "row {}", row.number);
                } else {
                    assert_eq!(actual.as_ref(), Some(expected), "row {} {name}", row.number);
                }
                compared += 1;
            }
        }
        assert_eq!(compared, 186);
    }

    fn product_id_of(blob: Blob<'_>) -> String {
        match blob {
            Blob::Dpid3(blob) => blob.product_id().unwrap().to_owned(),
            other => panic!("no ProductId in {other:?}"),
        }
    }

    /// The serial of a ProductId `GGGGG-GSSSS-SSSSS-TT###`.
    fn serial_of(product_id: &str) -> u32 {
        let parts: Vec<_> = product_id.split('-').collect();
        format!("{}{}", parts[1].get(1..).unwrap(), parts[2]).parse().unwrap()
    }

    #[test]
    fn wrong_output_of_other_decoders_is_not_ours() {
        let mut seen = 0;
        for row in rows() {
            let ours = recognise(&row.blob).unwrap().product_key();
            for (name, wrong) in &row.fields {
                if name.starts_with("wrong_output") {
                    assert_ne!(ours.unwrap().to_string(), wrong.as_str().unwrap());
                    seen += 1;
                }
            }
        }
        assert_eq!(seen, 2);
    }
}
