//! Sweeps raw bytes for product keys and lost hives, whatever a file system says: a disk that was formatted again, an image, a
//! pagefile, unallocated space.
//!
//! The sweep itself is `hivekey-carve`'s; here its finds are judged like those of [`inspect`](crate::inspect()): what a key is worth,
//! which Windows a lost hive belongs to, in which partition something lies.
//!
//! ```
//! use hivekey::carve::{CarveOptions, Control, carve};
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/hives/retail-SOFTWARE");
//! let report = carve(path, &CarveOptions::new(), &Control::default());
//! for key in &report.product_keys {
//!     // `Debug` of a key shows its last five characters only.
//!     println!("{:?}, {}: {} places", key.key, key.verdict.name(), key.evidence.len());
//! }
//! assert!(report.product_keys.iter().any(|key| key.evidence.iter().any(|place| place.hive == Some(0))));
//! ```

mod examine;
mod keys;
mod lost;
mod options;
mod partitions;
mod positional;
mod report;
mod stand_in;

use std::path::Path;
use std::sync::Arc;

use hivekey_carve::{Carved, Carver, Outcome as SweepOutcome, RawSource};
pub use hivekey_carve::{Control, Progress};
use hivekey_evidence::{self as evidence, DiskImage, LooksLike, RawDevice, RawInput, SourceKind};

use crate::report::SourceError;
pub use options::CarveOptions;
use partitions::Partitions;
use positional::Positional;
pub use report::{
    BadRange, BlobForm, CarveReport, CarveStatus, CarvedBins, CarvedEvidence, CarvedHive, CarvedKey, CarvedPartition,
    Counts, FindCertainty, LostKind, Outcome, PartitionPlace, UnreadReason,
};

/// Sweeps one path: a regular file, a block device, a FIFO, or `-` for standard input. Never writes; what cannot be read is told in
/// the report.
///
/// A sweep that [`Control::cancel`] ends gives what was found until then.
#[must_use]
pub fn carve(path: impl AsRef<Path>, options: &CarveOptions, control: &Control<'_>) -> CarveReport {
    let path = path.as_ref();
    let shown = path.display().to_string();
    match evidence::open_raw(path) {
        Ok(RawInput::Device(device)) => {
            let threads = options.threads_for(device.is_rotational());
            let container = Container::of(path, &device, options);
            let mut report = match container.disk {
                Some(disk) => sweep(&shown, Arc::new(positional::Image(disk)), options, threads, control),
                None => sweep(&shown, Arc::new(positional::Device(device)), options, threads, control),
            };
            (report.container, report.container_error) = (container.kind, container.error);
            report
        }
        Ok(RawInput::Stream(stream)) => {
            let carved = Carver::new(options.engine(1)).sweep_stream(stream, control);
            finish(CarveReport::new(shown), &carved, &Partitions::default(), None, options, control)
        }
        Ok(_) => failed(shown, "unsupported-format", "a kind of source that cannot be swept".to_owned()),
        Err(error) => failed(shown, error.code(), error.to_string()),
    }
}

/// What a file is, if it is more than its bytes.
#[derive(Default)]
struct Container {
    kind: Option<&'static str>,
    disk: Option<DiskImage>,
    /// Why the disk in it cannot be swept.
    error: Option<SourceError>,
}

impl Container {
    fn of(path: &Path, device: &RawDevice, options: &CarveOptions) -> Self {
        let looks_like = match evidence::identify(device) {
            Ok(LooksLike::Container { kind, .. }) if kind != SourceKind::Raw => Some(kind.name()),
            _ => None,
        };
        match evidence::open_disk_image(path, &evidence::Options::default().with_images(options.images.clone())) {
            Ok(Some(disk)) => Self { kind: Some(disk.kind().name()), disk: Some(disk), error: None },
            Ok(None) => {
                // An archive, or an image of a kind that cannot be opened.
                let unsupported =
                    || SourceError { code: "unsupported-format", message: "not opened by a sweep".to_owned() };
                Self { kind: looks_like, disk: None, error: looks_like.map(|_| unsupported()) }
            }
            Err(error) => {
                let error = SourceError { code: error.code(), message: error.to_string() };
                Self { kind: looks_like, disk: None, error: Some(error).filter(|_| looks_like.is_some()) }
            }
        }
    }
}

/// Sweeps any bytes that can be read by position, for example the inside of an image. `path` is what the report calls them.
#[must_use]
pub fn carve_source<S: RawSource + Send + 'static>(
    path: &str,
    source: Arc<S>,
    options: &CarveOptions,
    control: &Control<'_>,
) -> CarveReport {
    sweep(path, source, options, options.threads_for(None), control)
}

fn sweep<S: RawSource + Send + 'static>(
    path: &str,
    source: Arc<S>,
    options: &CarveOptions,
    threads: usize,
    control: &Control<'_>,
) -> CarveReport {
    let carved = Carver::new(options.engine(threads)).sweep(&*source, control);
    let Some(size) = source.size() else {
        return finish(CarveReport::new(path.to_owned()), &carved, &Partitions::default(), None, options, control);
    };
    let bytes = Arc::new(Positional::new(source, size));
    let partitions = Partitions::of(&*bytes);
    finish(CarveReport::new(path.to_owned()), &carved, &partitions, Some(bytes), options, control)
}

/// Judges what a sweep found. `bytes` are the source once more, where it can be read again.
fn finish(
    mut report: CarveReport,
    carved: &Carved,
    partitions: &Partitions,
    bytes: Option<Arc<dyn evidence::ReadAt>>,
    options: &CarveOptions,
    control: &Control<'_>,
) -> CarveReport {
    report.size = carved.size;
    report.bytes_swept = carved.bytes_swept;
    report.bytes_in_holes = carved.bytes_in_holes;
    report.bytes_bad = carved.bytes_bad;
    report.outcome = match carved.outcome {
        SweepOutcome::Complete => Outcome::Complete,
        SweepOutcome::Cancelled => Outcome::Cancelled,
        _ => Outcome::Broken,
    };
    if let SweepOutcome::Broken { offset, kind } = carved.outcome {
        report.error =
            Some(SourceError { code: "unreadable", message: format!("cannot read on at offset {offset}: {kind}") });
    } else if carved.bytes_bad > 0 && carved.bytes_swept == 0 {
        let message = format!("none of {} bytes could be read", carved.bytes_bad);
        report.error = Some(SourceError { code: "unreadable", message });
    }
    report.bad_ranges = carved.bad_ranges.iter().map(BadRange::from).collect();
    report.counts = Counts::from(carved.counts);
    report.limits = carved.limits.iter().map(ToString::to_string).collect();
    let lost = lost::examine(carved, partitions, bytes, options, control);
    report.limits.extend(lost.limits);
    report.hives = lost.hives;
    report.bins = lost.bins;
    let judged = keys::judge(&report.path, carved, &lost.names, partitions);
    report.product_keys = judged.product_keys;
    report.key_texts = judged.key_texts;
    report.partitions = partitions.list();
    report.status = report.decide_status();
    report
}

fn failed(path: String, code: &'static str, message: String) -> CarveReport {
    CarveReport { error: Some(SourceError { code, message }), status: CarveStatus::Error, ..CarveReport::new(path) }
}
