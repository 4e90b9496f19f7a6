//! Every readable hive of the corpus against nt-hive: all keys, values and data.
//!
//! nt-hive panics on some input, so it is given only files with the right magic, and each in a `catch_unwind`.

#[cfg(test)]
mod tests {
    use crate::{corpus, tables};
    use hivekey_regf::{Hive, OpenOptions};
    use nt_hive::KeyValueDataType;
    use std::collections::BTreeMap;
    use std::panic::catch_unwind;

    /// What there is at a path: per value its name, type and data.
    type Content = BTreeMap<String, Vec<(String, Option<KeyValueDataType>, Vec<u8>)>>;

    /// Data beyond this size are in several cells, but not in hives of version 1.3. nt-hive looks at the size only, so
    /// that it cannot read them there: the one difference that there is on the corpus. (The hive whose list names its
    /// own parent is left out, where nt-hive would not end.)
    const SEGMENT: u32 = 16_344;

    fn ours(bytes: &[u8]) -> (Content, usize) {
        let hive = Hive::open(bytes, &OpenOptions::default()).unwrap();
        let one_cell_only = hive.base_block().minor_version == 3;
        let mut content = Content::new();
        let mut errors = 0;
        for item in hive.walk() {
            let Ok(item) = item else {
                errors += 1;
                continue;
            };
            let values = content.entry(item.path).or_default();
            for value in item.key.values() {
                let Ok(value) = value else {
                    errors += 1;
                    continue;
                };
                match value.data() {
                    Ok(_) if one_cell_only && value.data_size() > SEGMENT => errors += 1,
                    Ok(data) => values.push((value.name(), KeyValueDataType::n(value.kind().0), data.into_owned())),
                    Err(_) => errors += 1,
                }
            }
        }
        (content, errors)
    }

    fn theirs(bytes: &[u8]) -> (Content, usize) {
        let hive = nt_hive::Hive::without_validation(bytes).unwrap();
        let mut content = Content::new();
        let mut errors = 0;
        visit(&hive.root_key_node().unwrap(), String::new(), &mut content, &mut errors, 0);
        (content, errors)
    }

    fn visit(key: &nt_hive::KeyNode<'_, &[u8]>, path: String, content: &mut Content, errors: &mut usize, depth: u32) {
        assert!(depth < 513);
        let values = content.entry(path.clone()).or_default();
        if let Some(list) = key.values() {
            match list {
                Ok(list) => {
                    for value in list {
                        let read = value.and_then(|value| {
                            let name = value.name()?.to_string_lossy();
                            let kind = value.data_type().ok();
                            Ok((name, kind, value.data()?.into_vec()?))
                        });
                        match read {
                            Ok(value) => values.push(value),
                            Err(_) => *errors += 1,
                        }
                    }
                }
                Err(_) => *errors += 1,
            }
        }
        match key.subkeys() {
            Some(Ok(list)) => {
                for subkey in list {
                    match subkey.and_then(|subkey| Ok((subkey.name()?.to_string_lossy(), subkey))) {
                        Ok((name, subkey)) => visit(&subkey, format!("{path}\\{name}"), content, errors, depth + 1),
                        Err(_) => *errors += 1,
                    }
                }
            }
            Some(Err(_)) => *errors += 1,
            None => {}
        }
    }

    #[test]
    fn nt_hive_finds_the_same() {
        let mut compared = 0;
        let mut told = Vec::new();
        for row in tables::table("hives.tsv") {
            let (file, kind) = (&row[0], &row[4]);
            if kind == "log" || kind == "not regf" || file == "corrupt/artemis/NTUSER_Bad.DAT" {
                continue;
            }
            let Some(bytes) = corpus::read(file) else { continue };
            let (our_content, our_errors) = ours(&bytes);
            let Ok((their_content, their_errors)) = catch_unwind(|| theirs(&bytes)) else {
                // A cell of size 0 overflows in nt-hive, which shows only with overflow checks.
                assert_eq!(file, "corrupt/plaso/corrupt_sub_key_list.hiv", "nt-hive panicked");
                continue;
            };
            compared += 1;
            if our_errors != their_errors {
                told.push(format!("{file}: {our_errors} errors, nt-hive {their_errors}"));
            }
            let mut differences = Vec::new();
            for (path, values) in &our_content {
                let Some(other) = their_content.get(path) else {
                    differences.push(format!("{path}: not in nt-hive"));
                    continue;
                };
                let same = values.len() == other.len()
                    && values.iter().zip(other).all(|(a, b)| a.0 == b.0 && a.2 == b.2 && a.1 == b.1);
                if !same {
                    differences.push(format!("{path}: {} values, nt-hive {}", values.len(), other.len()));
                }
            }
            differences.extend(
                their_content
                    .keys()
                    .filter(|path| !our_content.contains_key(*path))
                    .map(|path| format!("{path}: only in nt-hive")),
            );
            told.extend(differences.iter().map(|difference| format!("{file}: {difference}")));
        }
        println!("{compared} hives compared");
        assert!(told.is_empty(), "{}", told.join("\n"));
    }
}
