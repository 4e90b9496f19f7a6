//! Every hive of the corpus against the counts and logical digests of an independent reader.

#[cfg(test)]
mod tests {
    use crate::{corpus, digest, tables};
    use hivekey_regf::{Hive, OpenOptions};

    #[test]
    fn logical_digests_equal_those_of_an_independent_reader() {
        let mut wrong = Vec::new();
        let mut checked = 0;
        for row in tables::table("hives.tsv") {
            let [file, .., keys, values, sha, _] = row.as_slice() else {
                continue;
            };
            if sha.is_empty() {
                continue;
            }
            let Some(bytes) = corpus::read(file) else {
                continue;
            };
            let hive = match Hive::open(bytes.as_slice(), &OpenOptions::default()) {
                Ok(hive) => hive,
                Err(error) => {
                    wrong.push(format!("{file}: {error}"));
                    continue;
                }
            };
            checked += 1;
            let ours = digest::of(&hive);
            if ours.sha256 != *sha {
                wrong.push(format!(
                    "{file}: yarp {keys}/{values} ours {}/{} {:?} {:?}",
                    ours.keys,
                    ours.values,
                    ours.errors.iter().take(4).collect::<Vec<_>>(),
                    hive.anomalies()
                ));
            }
        }
        println!("{checked} hives compared");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
