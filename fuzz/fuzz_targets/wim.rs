//! WIM images: no panic, no hang, no huge memory; a read that succeeds gives the same bytes each time.
//!
//! The input follows the signature, so that the header is always reached; the file is its own further part.
#![no_main]

use std::sync::Arc;

use hivekey_wim::{Limits, ReadAt, Wim};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut bytes = b"MSWIM\0\0\0".to_vec();
    bytes.extend(data);
    let file: Arc<dyn ReadAt> = Arc::new(bytes);
    let part = Arc::clone(&file);
    let Ok(wim) = Wim::open(file, move |_| Some(Arc::clone(&part)), &Limits::default()) else { return };
    for image in wim.images().iter().take(4) {
        let _ = wim.lookup(&image.root(), "Windows").map(|entry| entry.is_some());
        let Ok(listing) = wim.entries(&image.root(), 64) else { continue };
        for entry in listing.entries.iter().take(16) {
            let Ok(reader) = wim.open_file(entry) else { continue };
            let (mut buf, mut again) = ([0; 3000], [0; 3000]);
            if let Ok(read) = reader.read_available(0, &mut buf) {
                assert_eq!(reader.read_available(0, &mut again).unwrap(), read);
                assert_eq!(buf, again);
            }
        }
    }
    let _ = wim.anomalies();
});
