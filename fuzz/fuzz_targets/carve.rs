//! Sweeps: no panic, no hang; the result depends on the bytes alone, not on windows, threads or the way they are read; and every whole
//! blob that the decoder accepts is found.
//!
//! The input begins with a plan: how to read, then what to plant where. What is left is the source around it. Planted blobs are
//! made with right check values, which no mutation would hit.
#![no_main]

use std::collections::BTreeSet;
use std::io;
use std::num::NonZeroUsize;

use hivekey_carve::{Carver, Certainty, Control, HitKind, Options, Outcome, RawSource};
use hivekey_dpid::{AsciiField, Dpid3, Dpid3Fields, Dpid4, Dpid4Fields, KeyField, WideField};
use libfuzzer_sys::fuzz_target;

const LENGTH: usize = 20_000;

/// Bytes of which some sectors cannot be read.
struct Failing<'a> {
    bytes: &'a [u8],
    bad: u64,
}

impl RawSource for Failing<'_> {
    fn size(&self) -> Option<u64> {
        self.bytes.size()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let last = offset.saturating_add(buf.len().saturating_sub(1) as u64);
        let is_bad = |sector: u64| sector < 64 && self.bad >> sector & 1 == 1;
        if (offset / 512..=last / 512).take(64).any(is_bad) {
            return Err(io::ErrorKind::Other.into());
        }
        self.bytes.read_at(offset, buf)
    }
}

fn thing(kind: u8, number: u8) -> Vec<u8> {
    let key = KeyField::new([number; 16]);
    match kind % 4 {
        0 => {
            let product_id = AsciiField::new("00429-70000-00000-AA123").unwrap();
            Dpid3Fields { product_id, key, ..Default::default() }.encode().to_vec()
        }
        1 => {
            let advanced_pid = WideField::new("03612-04297-000-000000-03-1033-17763.0000-0272019").unwrap();
            Dpid4Fields { advanced_pid, key, ..Default::default() }.encode().to_vec()
        }
        2 => {
            let mut bin = vec![0; 64];
            bin[..4].copy_from_slice(b"hbin");
            bin[5] = number & 0xF0;
            bin[9] = 0x10;
            bin[32] = 8;
            bin
        }
        _ => b"N69G4-B89J2-4G8F4-WWYCC-J464C".to_vec(),
    }
}

fn whole_blobs(bytes: &[u8]) -> BTreeSet<(u64, HitKind)> {
    let mut found = BTreeSet::new();
    for at in 0..bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(&[0xA4, 0, 0, 0, 3, 0, 0, 0])
            && rest.get(..164).is_some_and(|blob| Dpid3::new(blob).unwrap().crc().is_ok())
            && (rest[8] == 0 || rest[8].is_ascii_graphic())
        {
            found.insert((at as u64, HitKind::Dpid3));
        }
        let holds = |blob: Dpid4<'_>| blob.key_hash().is_ok() && blob.blob_hash().is_ok();
        if rest.starts_with(&[0xF8, 4, 0, 0, 4, 0, 0, 0])
            && rest.get(..1272).is_some_and(|blob| Dpid4::new(blob).is_ok_and(holds))
        {
            found.insert((at as u64, HitKind::Dpid4));
        }
    }
    found
}

fuzz_target!(|data: &[u8]| {
    let Some((&[window, threads, things, bad @ ..], mut rest)) = data.split_first_chunk::<11>() else { return };
    let mut planted = Vec::new();
    for _ in 0..things % 16 {
        let Some((&[kind, number, low, high, keep], left)) = rest.split_first_chunk() else { break };
        rest = left;
        let mut thing = thing(kind, number);
        // Mostly whole, sometimes cut.
        if keep & 3 == 3 {
            thing.truncate(usize::from(keep) * 5);
        }
        planted.push((usize::from(u16::from_le_bytes([low, high])) % LENGTH, thing));
    }
    let mut bytes: Vec<u8> = rest.iter().copied().cycle().take(if rest.is_empty() { 0 } else { LENGTH }).collect();
    for (at, thing) in planted {
        let room = bytes.len().saturating_sub(at).min(thing.len());
        if let Some(place) = bytes.get_mut(at..at + room) {
            place.copy_from_slice(&thing[..room]);
        }
    }

    // As large as the source, and not larger: clearing a buffer is what takes the time.
    let all = Options { text_keys: true, window: LENGTH, ..Options::default() };
    let expected = Carver::new(all).sweep(&bytes, &Control::default());
    let small = Options {
        window: 512 + usize::from(window) * 16,
        threads: NonZeroUsize::new(usize::from(threads) % 3 + 1).unwrap(),
        ..all
    };
    assert_eq!(Carver::new(small).sweep(&bytes, &Control::default()), expected);
    let stream = Carver::new(small).sweep_stream(bytes.as_slice(), &Control::default());
    assert_eq!(stream.hives, expected.hives);
    assert_eq!(stream.bins, expected.bins);
    let places = |hits: &[hivekey_carve::Hit]| hits.iter().map(|hit| (hit.offset, hit.kind)).collect::<Vec<_>>();
    assert_eq!(places(&stream.hits), places(&expected.hits));

    let verified = expected.hits.iter().filter(|hit| {
        hit.certainty == Certainty::Verified && matches!(hit.kind, HitKind::Dpid3 | HitKind::Dpid4)
    });
    let verified: BTreeSet<_> = verified.map(|hit| (hit.offset, hit.kind)).collect();
    for blob in whole_blobs(&bytes) {
        assert!(verified.contains(&blob), "{blob:?} missed");
    }
    for hit in &expected.hits {
        assert!(hit.end() <= bytes.len() as u64);
        let _ = (hit.product_key(), hit.blob().map(|blob| blob.anomalies().len()));
    }

    let failing = Failing { bytes: &bytes, bad: u64::from_le_bytes(bad) };
    let carved = Carver::new(small).sweep(&failing, &Control::default());
    assert_eq!(carved.bytes_swept + carved.bytes_bad, bytes.len() as u64);
    assert_eq!(carved.outcome, Outcome::Complete);
});
