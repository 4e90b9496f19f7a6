//! The published keys against the decoder: their own bits say what the table says.

#[cfg(test)]
mod decoded {
    use hivekey_dpid::{Integrity, ProductKey};
    use hivekey_licensing::published::all_published;
    use hivekey_licensing::{Algorithm, Generation, GroupRow, groups, published};

    #[test]
    fn group_serial_and_checksum_are_in_the_key() {
        for key in all_published() {
            let decoded = ProductKey::parse(key.key).unwrap();
            assert_eq!(published(decoded.as_str()).as_ref(), Some(&key));
            assert_eq!(decoded.last5().as_str(), key.last_five());
            let field = decoded.encode();
            let bits = field.pkey2009();
            assert_eq!(bits.is_some(), key.algorithm == Algorithm::Pkey2009, "{}", key.edition);
            let Some(bits) = bits else { continue };
            assert_eq!((bits.group, Some(bits.serial)), (key.group, key.serial), "{}", key.edition);
            assert_eq!(field.checksum(), Integrity::Ok, "{}", key.edition);
            let row: GroupRow = groups(bits.group).next().unwrap();
            assert!(row.generation().is_some(), "{}", key.edition);
            // Servers of the half-yearly channel and clients of two generations have names that say more, or less.
            if let Some(named) = Generation::of_text(key.edition).filter(|named| named.is_server()) {
                assert_eq!(row.generation(), Some(named), "{}", key.edition);
            }
        }
    }
}
