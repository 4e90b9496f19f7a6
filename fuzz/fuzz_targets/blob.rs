//! Blobs: no panic on any bytes; every key that is decoded encodes to the bytes it came from; a blob's fields, written
//! again, give the same key.
#![no_main]

use hivekey_dpid::{Blob, KeyField, ProductKey, recognise};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(field) = KeyField::from_slice(data) {
        inverts(field);
    }
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(key) = ProductKey::parse(text)
    {
        // The text of 25 times `B` is the number 0, which as stored bytes says that there is no key.
        let field = key.encode();
        assert_eq!(field.key(), (!field.is_erased()).then_some(key));
    }
    let Ok(blob) = recognise(data) else { return };
    blob.anomalies().iter().for_each(|anomaly| drop(anomaly.to_string()));
    if let Some(field) = blob.key_field() {
        inverts(field);
    }
    match blob {
        Blob::Dpid3(blob) => {
            let _ = (blob.crc(), blob.key_checksum(), blob.key_family(), blob.product_id(), blob.hardware_static());
            if let Ok(fields) = blob.fields() {
                assert!(hivekey_dpid::Dpid3::new(&fields.encode()).is_ok_and(|again| again.crc().is_ok()));
            }
        }
        Blob::Dpid4(blob) => {
            let _ = (blob.key_hash(), blob.blob_hash(), blob.extended_pid(), blob.key_type().map(|text| text.to_string()));
            if let Ok(fields) = blob.fields() {
                assert!(hivekey_dpid::Dpid4::new(&fields.encode()).is_ok_and(|again| again.blob_hash().is_ok()));
            }
        }
        Blob::Msdm(table) => drop((table.checksum(), table.product_key())),
        Blob::Slic(table) => drop((table.checksum(), table.subtables().count())),
        _ => {}
    }
});

fn inverts(field: KeyField) {
    if let Some(key) = field.key() {
        assert!(!format!("{key:?}").contains(key.as_str()), "Debug shows the whole key");
        let again = key.encode();
        assert_eq!(again.key(), Some(key));
        if field.as_bytes()[15] == 0 {
            assert_eq!(again, field);
        }
    }
}
