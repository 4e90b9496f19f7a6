//! Licensing data of the evidence: pkeyconfig files, policy blobs, ProductIds. No panic, and every answer can be shown.
#![no_main]

use hivekey_licensing::{PkeyConfig, ProductId, ProductPolicy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(file) = PkeyConfig::parse(data) {
        for configuration in file.configurations().iter().take(64) {
            let _ = file.resolve(configuration.group, 0);
            let _ = file.resolve(configuration.group, u32::MAX);
        }
    }
    if let Ok(policy) = ProductPolicy::parse(data) {
        let _ = (policy.entries().count(), policy.sku(), policy.expiration_date(), policy.time_based_key());
        let _ = policy.action_state().map(|state| state.license_state.map(|state| state.short()));
    }
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(id) = ProductId::parse(text)
    {
        assert_eq!(id.to_string(), text);
        let _ = (id.group(), id.serial(), id.family(), id.check_digit_ok());
    }
});
