//! Firmware tables of the corpus: one with a right checksum, one with a wrong one.

use std::path::Path;

use hivekey::decode::Check;
use hivekey::firmware::{Note, TableKind, table};
use hivekey::report::Verdict;

#[test]
fn tables_of_the_corpus() {
    for (name, checksum) in [("MSDM.synthetic.bin", Check::Ok), ("MSDM.synthetic-badchecksum.bin", Check::Bad)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/msdm").join(name);
        if !path.exists() {
            println!("skipped: {} is absent", path.display());
            return;
        }
        let read = table(&std::fs::read(path).expect("readable corpus")).expect(name);
        assert_eq!((read.table, read.checksum), (TableKind::Msdm, Some(checksum)), "{name}");
        let key = read.product_key.as_ref().expect(name);
        match checksum {
            Check::Ok => assert_eq!((key.verdict, key.last5.as_deref()), (Some(Verdict::Generic), Some("T83GX"))),
            // The changed byte is one of the key's.
            Check::Bad => assert!(key.error.is_some() && key.key.is_none()),
        }
        assert_eq!(read.notes(false).contains(&Note::ChecksumBad), checksum == Check::Bad, "{name}");
    }
}
