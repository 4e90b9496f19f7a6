//! Look-ups over the corpus: every key by its path, and how little a look-up reads.

#[cfg(test)]
mod tests {
    use crate::{corpus, tables};
    use hivekey_regf::{Hive, OpenOptions, Paged, ReadAt, ReadError, ReadPages};
    use std::collections::BTreeSet;

    /// Keys of a hive beyond which only every so many are looked up.
    const SAMPLE: usize = 4000;

    #[test]
    fn every_key_and_value_is_found_by_its_name() {
        for row in tables::table("hives.tsv") {
            let (file, kind) = (&row[0], &row[4]);
            if kind == "log" || kind == "not regf" {
                continue;
            }
            let Some(bytes) = corpus::read(file) else { continue };
            let hive = Hive::open(bytes.as_slice(), &OpenOptions::default()).unwrap();
            let items: Vec<_> = hive.walk().flatten().collect();
            let step = items.len().div_ceil(SAMPLE);
            let mut seen = BTreeSet::new();
            for item in items.iter().step_by(step) {
                let name_is_exact = item.path.split('\\').all(|name| !name.contains('\u{FFFD}'));
                // Of two keys with one name only the first is found, and so for values.
                if !name_is_exact || !seen.insert(item.path.to_uppercase()) {
                    continue;
                }
                for path in [item.path.clone(), item.path.to_ascii_uppercase(), item.path.to_ascii_lowercase()] {
                    let found = hive.key(&path).unwrap_or_else(|error| panic!("{file} {path}: {error}"));
                    let found = found.unwrap_or_else(|| panic!("{file}: {path} not found"));
                    assert_eq!(found.name().to_uppercase(), item.key.name().to_uppercase());
                }
                let missing = item.key.subkey("no such key, nor ever was").unwrap_or(None);
                assert!(missing.is_none());
                let mut names = BTreeSet::new();
                for value in item.key.values().flatten() {
                    if value.raw_name().is_exact() && names.insert(value.name().to_uppercase()) {
                        let found = item.key.value(&value.name().to_ascii_uppercase()).unwrap().unwrap();
                        assert_eq!(found.offset(), value.offset(), "{file} {} {}", item.path, value.name());
                    }
                }
            }
        }
    }

    struct Plain<'a>(&'a [u8]);

    impl ReadPages for Plain<'_> {
        fn len(&self) -> u64 {
            ReadAt::len(self.0)
        }

        fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
            ReadAt::read_into(self.0, offset, buf)
        }
    }

    #[test]
    fn a_look_up_reads_a_few_dozen_pages_of_a_big_hive() {
        let Some(bytes) = corpus::read("hives/plaso/SOFTWARE.xz") else { return };
        let look_up = |path: &str, value: &str| {
            let hive = Hive::open(Paged::new(Plain(&bytes)), &OpenOptions::default()).unwrap();
            let found =
                hive.key(path).unwrap().and_then(|key| key.value(value).unwrap()).map(|value| value.text().unwrap());
            (found, hive.source().bytes_read() / 4096)
        };
        let (name, pages) = look_up(r"Microsoft\Windows NT\CurrentVersion", "ProductName");
        assert_eq!(name.as_deref(), Some("Windows 7 Ultimate"));
        println!("found: {pages} pages");
        assert!(pages <= 48, "{pages} pages");
        // Absence costs little more: the hashes and the order agree without a look at every key.
        let (name, pages) = look_up(r"Microsoft\Windows NT\NoSuchKey", "ProductName");
        println!("absent: {pages} pages");
        assert_eq!(name, None);
        assert!(pages <= 64, "{pages} pages");
        let (name, pages) = look_up(r"Classes\NoSuchKey", "");
        println!("absent among thousands: {pages} pages");
        assert_eq!(name, None);
        assert!(pages <= 128, "{pages} pages");
    }

    #[test]
    fn a_paged_source_gives_what_a_slice_gives() {
        let Some(bytes) = corpus::read("hives/plaso/NTUSER.DAT") else { return };
        let slice = crate::digest::of(&Hive::open(bytes.as_slice(), &OpenOptions::default()).unwrap());
        for (page_size, pages) in [(512, 1), (4096, 16), (100, 7)] {
            let paged = Paged::with_cache(Plain(&bytes), page_size, pages);
            let source: Box<dyn ReadAt + Send + Sync + '_> = Box::new(paged);
            let paged = crate::digest::of(&Hive::open(source, &OpenOptions::default()).unwrap());
            assert_eq!((paged.sha256, paged.keys), (slice.sha256.clone(), slice.keys));
        }
    }
}
