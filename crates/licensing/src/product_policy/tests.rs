//! Hand-built values; real ones are read through their hives by the crates above this one.

use proptest::prelude::*;

use super::*;

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn entry(name: &str, data_type: u16, data: &[u8]) -> Vec<u8> {
    let name = wide(name);
    let needed = ENTRY_HEADER_SIZE + name.len() + data.len();
    // Padded like the real ones, to a multiple of four with at least two bytes.
    let size = (needed + 2).next_multiple_of(4);
    let mut out = Vec::new();
    for half in [size, name.len(), usize::from(data_type), data.len()] {
        out.extend(u16::try_from(half).unwrap().to_le_bytes());
    }
    out.extend([0; 8]);
    out.extend(name);
    out.extend(data);
    out.resize(size, 0);
    out
}

fn policy(entries: &[Vec<u8>]) -> Vec<u8> {
    let values = entries.concat();
    let total = u32::try_from(HEADER_SIZE + values.len() + 4).unwrap();
    let size = u32::try_from(values.len()).unwrap();
    let header: Vec<u8> = [total, size, 4, 0, 1].into_iter().flat_map(u32::to_le_bytes).collect();
    [header, values, END_MARKER.to_le_bytes().to_vec()].concat()
}

fn evaluation() -> Vec<u8> {
    let state = "LicenseState=SL_LICENSING_STATUS_LICENSED;PartialProductKey=Y7XRX;ProductKeyType=Retail:TB:Eval\0";
    let date: Vec<u8> = [2025, 9, 15, 6, 59, 59, 0, 1].into_iter().flat_map(u16::to_le_bytes).collect();
    policy(&[
        entry("Kernel-EditionName", 1, &wide("ServerStandardEval\0")),
        entry("Kernel-ExpirationDate", 3, &date),
        entry("Kernel-ProductInfo", 4, &79u32.to_le_bytes()),
        entry("Security-SPP-Action-StateData", 1, &wide(state)),
        entry("Security-SPP-EvaluationModeEnabled", 4, &1u32.to_le_bytes()),
        entry("Security-SPP-GenuineLocalStatus", 4, &1u32.to_le_bytes()),
        entry("Security-SPP-KmsCountedIdList", 1, &[]),
        entry("Security-SPP-LastWindowsActivationHResult", 3, &0xC004_F074u32.to_le_bytes()),
        entry("Security-SPP-LastWindowsActivationTime", 3, &0x01d2_1f32_309a_ecdbu64.to_le_bytes()),
        entry("Security-SPP-Reserved-LicenseProperties", 1, &wide("A='1';PKeyId='4311000000007';B='0'\0")),
        entry("Security-SPP-Reserved-TBLRemainingTime", 4, &51_747u32.to_le_bytes()),
    ])
}

#[test]
fn every_policy_has_its_type() {
    let bytes = evaluation();
    let policy = ProductPolicy::parse(&bytes).unwrap();
    assert!(policy.is_complete());
    assert_eq!(policy.entries().count(), 11);
    assert!(policy.entries().all(|entry| entry.is_ok()));
    assert_eq!(policy.sku(), Some(Sku(79)));
    assert_eq!(policy.edition_name().as_deref(), Some("ServerStandardEval"));
    let state = policy.action_state().unwrap();
    assert_eq!(state.partial_product_key.as_deref(), Some("Y7XRX"));
    // The same instant as in the real hive that the number is from.
    assert_eq!(policy.last_activation_time().unwrap().unix_seconds(), 1_475_690_357);
    assert_eq!(policy.last_activation_result(), Some(0xC004_F074));
    assert_eq!(policy.expiration_date().unwrap().to_string(), "2025-09-15T06:59:59Z");
    assert_eq!((policy.evaluation_mode(), policy.genuine_local_status()), (Some(true), Some(1)));
    assert_eq!(policy.time_based_minutes_left(), Some(51_747));
    assert_eq!(policy.time_based_key(), Some((4311, 7)));
    let first = policy.entries().next().unwrap().unwrap();
    assert_eq!((first.offset, first.name().as_str(), first.flags), (20, "Kernel-EditionName", 0));
    assert_eq!(policy.number("KERNEL-productinfo"), Some(79));
    assert_eq!(policy.number("Kernel-ProductInf"), None);
}

#[test]
fn other_types_and_sizes_are_not_taken() {
    let bytes = policy(&[
        entry("Kernel-ProductInfo", 4, &[1, 0, 0]),
        entry("Security-SPP-Action-StateData", 3, &wide("PartialProductKey=Y7XRX")),
        entry("Security-SPP-LastWindowsActivationTime", 3, &[1; 7]),
        entry("Security-SPP-LastWindowsActivationHResult", 4, &[1; 4]),
        entry("Kernel-ExpirationDate", 3, &[0; 16]),
        entry("Security-SPP-Reserved-LicenseProperties", 1, &wide("PKeyId='12345678'")),
    ]);
    let policy = ProductPolicy::parse(&bytes).unwrap();
    assert_eq!(policy.sku(), None);
    assert_eq!(policy.action_state(), None);
    assert_eq!(policy.last_activation_time(), None);
    assert_eq!(policy.last_activation_result(), None);
    assert_eq!(policy.expiration_date(), None);
    assert_eq!(policy.time_based_key(), None);
    assert_eq!(policy.evaluation_mode(), None);
}

#[test]
fn headers() {
    let bytes = evaluation();
    for length in [0, 4, 19] {
        let error = ProductPolicy::parse(&bytes[..length]).unwrap_err();
        assert_eq!(error, ProductPolicyError::Length { actual: length });
    }
    let mut other = bytes.clone();
    other[16] = 2;
    assert_eq!(ProductPolicy::parse(&other).unwrap_err(), ProductPolicyError::Version { actual: 2 });
    let empty = policy(&[]);
    let empty = ProductPolicy::parse(&empty).unwrap();
    assert!(empty.is_complete() && empty.entries().count() == 0);
}

#[test]
fn sizes_that_do_not_fit_are_seen() {
    let bytes = evaluation();
    // Entries said to be longer than the value: read up to the marker, which is no entry.
    let mut long = bytes.clone();
    long[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let policy = ProductPolicy::parse(&long).unwrap();
    assert!(!policy.is_complete());
    assert_eq!(policy.sku(), Some(Sku(79)));
    let offset = bytes.len() - 4;
    let last = policy.entries().last().unwrap();
    assert_eq!(last, Err(ProductPolicyError::Entry { offset, needed: 16, available: 4 }));

    let cut = ProductPolicy::parse(&bytes[..bytes.len() - 10]).unwrap();
    assert!(!cut.is_complete());
    assert!(matches!(cut.entries().last(), Some(Err(ProductPolicyError::Entry { available: 94, .. }))));
    assert_eq!(cut.entries().count(), 11);
}

#[test]
fn an_entry_that_lies_about_its_size_ends_the_list() {
    for (size, expected) in [
        (0u16, ProductPolicyError::Size { offset: 20, size: 0, needed: 90 }),
        (89, ProductPolicyError::Size { offset: 20, size: 89, needed: 90 }),
    ] {
        let mut bytes = evaluation();
        bytes[20..22].copy_from_slice(&size.to_le_bytes());
        let policy = ProductPolicy::parse(&bytes).unwrap();
        assert_eq!(policy.entries().collect::<Vec<_>>(), [Err(expected)]);
        assert_eq!(policy.sku(), None);
    }
    let mut bytes = evaluation();
    bytes[22..24].copy_from_slice(&u16::MAX.to_le_bytes());
    bytes[20..22].copy_from_slice(&u16::MAX.to_le_bytes());
    let policy = ProductPolicy::parse(&bytes).unwrap();
    assert!(matches!(policy.entries().next(), Some(Err(ProductPolicyError::Size { needed: 65_589, .. }))));
}

#[test]
fn file_times() {
    assert_eq!(FileTime(0).unix_seconds(), -11_644_473_600);
    assert_eq!(FileTime(116_444_736_000_000_000).unix_seconds(), 0);
    assert_eq!(FileTime(u64::MAX).unix_seconds(), 1_833_029_933_770);
}

proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, at in 0usize..900, byte: u8, cut in 0usize..900) {
        let mut spoiled = evaluation();
        if let Some(target) = spoiled.get_mut(at) {
            *target = byte;
        }
        for bytes in [&bytes[..], &spoiled, &spoiled[..cut.min(spoiled.len())]] {
            let Ok(policy) = ProductPolicy::parse(bytes) else { continue };
            prop_assert!(policy.entries().count() <= bytes.len() / ENTRY_HEADER_SIZE + 1);
            let _ = (policy.sku(), policy.edition_name(), policy.action_state(), policy.is_complete());
            let _ = (policy.last_activation_time(), policy.expiration_date(), policy.time_based_key());
        }
    }
}
