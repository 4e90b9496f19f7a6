//! What a sweep found, as text: keys first, then the remains of Windows, then everything else in a line each.

mod words;

use hivekey::Lang;
use hivekey::carve::{
    BlobForm, CarveReport, CarvedBins, CarvedEvidence, CarvedHive, CarvedKey, FindCertainty, LostKind, Outcome,
    PartitionPlace,
};
use hivekey::report::{Installation, Verdict, Windows};

use super::facts::{self, Row};
use super::page::{Layout, Page, Span, join};
use super::quantity;
use super::words::{self as report_words, Words};
use crate::terminal::Style;
use words::CarveWords;

/// Places of one key that are shown.
const PLACES_SHOWN: usize = 8;
/// Keys, hives, runs and unreadable ranges that are shown of each.
const SHOWN: usize = 50;

/// The text of one source. `rule` sets it off from the source before it.
pub fn source(report: &CarveReport, layout: Layout, lang: Lang, rule: bool) -> String {
    let mut page = Page::new(layout);
    if rule {
        page.rule('=');
    }
    let carve = words::words(lang);
    Writer { page, report, words: report_words::words(lang), carve }.write()
}

struct Writer<'a> {
    page: Page,
    report: &'a CarveReport,
    words: &'static Words,
    carve: &'static CarveWords,
}

impl Writer<'_> {
    fn write(mut self) -> String {
        let report = self.report;
        self.page.heading(&report.path);
        self.notes();
        let sound = |key: &&CarvedKey| key.verdict != Verdict::Damaged;
        let keys: Vec<&CarvedKey> = report.product_keys.iter().filter(sound).collect();
        let damaged: Vec<&CarvedKey> = report.product_keys.iter().filter(|key| !sound(key)).collect();
        self.keys(self.carve.keys, &keys);
        self.hives();
        self.keys(self.carve.damaged_keys, &damaged);
        self.keys(self.carve.key_texts, &report.key_texts.iter().collect::<Vec<_>>());
        self.also();
        self.bad_ranges();
        self.page.finish()
    }

    fn section(&mut self, title: &str) {
        self.page.blank();
        self.page.heading(title);
    }

    /// The container whose disk was swept: its offsets are not those of the file.
    fn container(&self) -> Option<&'static str> {
        self.report.container.filter(|_| self.report.container_error.is_none())
    }

    /// How much was swept, and what stands in the way of a full answer.
    fn notes(&mut self) {
        let (report, carve) = (self.report, self.carve);
        let mut swept = quantity::bytes(report.bytes_swept);
        if let Some(size) = report.size {
            swept = format!("{swept} {} {}", carve.of, quantity::bytes(size));
        }
        if report.bytes_in_holes > 0 {
            swept = format!("{swept}, {} {}", quantity::bytes(report.bytes_in_holes), carve.holes);
        }
        let mut spans = vec![Span::plain(swept)];
        if report.bytes_bad > 0 {
            let bad = format!(", {} {}", quantity::bytes(report.bytes_bad), carve.unreadable);
            spans.push(Span::new(Style::Bad, bad));
        }
        let mut rows = Vec::new();
        if let Some(container) = self.container() {
            rows.push((carve.image, vec![Span::plain(filled(carve.disk_in, container))]));
        }
        if report.error.is_none() || report.bytes_swept > 0 {
            rows.push((carve.swept, spans));
            if !self.has_finds() {
                rows.push((carve.found, vec![Span::new(Style::Caution, carve.nothing)]));
            }
        }
        for partition in &report.partitions {
            let mut text = format!("{}: {}", filled(carve.partition, partition.index), hex(partition.offset));
            text = format!("{text}, {}", quantity::bytes(partition.size));
            for fact in [partition.content, partition.name.as_deref()].into_iter().flatten() {
                text = format!("{text}, {fact}");
            }
            let is_first = rows.last().is_none_or(|(label, _)| *label != carve.partitions && !label.is_empty());
            rows.push((if is_first { carve.partitions } else { "" }, vec![Span::plain(text)]));
        }
        self.page.table(2, &rows);
        if let Some(error) = &report.error {
            let label = if report.outcome == Outcome::Broken { carve.broken } else { self.words.unreadable };
            let message = error.message.strip_prefix(&format!("{}: ", report.path)).unwrap_or(&error.message);
            self.page.paragraph(2, &[Span::new(Style::Bad, label), Span::plain(format!(" {message}"))]);
        }
        if report.outcome == Outcome::Cancelled {
            self.page.paragraph(2, &[Span::new(Style::Caution, carve.interrupted)]);
        }
        if let (Some(container), Some(error)) = (report.container, &report.container_error) {
            let message = error.message.strip_prefix(&format!("{}: ", report.path)).unwrap_or(&error.message);
            let text = format!("{} ({message})", filled(carve.container, container));
            self.page.paragraph(2, &[Span::new(Style::Caution, text)]);
        }
        for limit in &report.limits {
            self.page.paragraph(2, &[Span::new(Style::Caution, format!("{} {limit}", carve.limit))]);
        }
    }

    fn has_finds(&self) -> bool {
        !self.report.product_keys.is_empty()
            || !self.report.key_texts.is_empty()
            || self.report.hives.iter().any(is_telling)
            || self.report.bins.iter().any(|bins| bins.windows.is_some())
    }

    fn keys(&mut self, title: &'static str, keys: &[&CarvedKey]) {
        if keys.is_empty() {
            return;
        }
        self.section(title);
        if title == self.carve.key_texts {
            self.page.paragraph(2, &[Span::new(Style::Caution, self.carve.key_texts_note)]);
        }
        for (index, key) in keys.iter().take(SHOWN).enumerate() {
            if index > 0 {
                self.page.blank();
            }
            self.key(key);
        }
        self.more(self.carve.more, keys.len().saturating_sub(SHOWN));
    }

    fn key(&mut self, key: &CarvedKey) {
        let (words, carve) = (self.words, self.carve);
        let style = facts::style_of(key.verdict);
        let text = match &key.key {
            Some(text) => Span::new(style, text.to_string()),
            None => Span::new(Style::Caution, words.key_gone),
        };
        self.page.paragraph(2, &[text]);
        let mut worth = vec![Span::new(style, words.verdict(key.verdict))];
        if let Some(generic) = &key.generic {
            worth.push(Span::plain(format!(" ({})", words.generic(generic))));
        }
        let group = key.group_id.map(|group| match key.serial {
            Some(serial) => format!("{group} {} {serial}", words.and),
            None => group.to_string(),
        });
        let mut rows: Vec<Row<'_>> = vec![(words.worth, worth)];
        let described =
            key.description.clone().or_else(|| Some(key.product.clone()).filter(|product| product != "unknown"));
        for (label, fact) in [
            (carve.made_for, described),
            (words.channel, key.channel.clone()),
            (words.edition, key.edition.clone()),
            (words.part_number, key.part_number.clone()),
            (words.group_and_serial, group),
            (words.product_id, key.product_id.clone()),
            (carve.key_installed, key.key_installed_at.map(|time| time.date())),
        ] {
            rows.extend(fact.map(|fact| (label, vec![Span::plain(fact)])));
        }
        rows.push((carve.places, vec![Span::plain(key.evidence.len().to_string())]));
        self.page.table(4, &rows);
        for place in key.evidence.iter().take(PLACES_SHOWN) {
            self.place(place);
        }
        let more = key.evidence.len().saturating_sub(PLACES_SHOWN);
        if more > 0 {
            self.page.flow(6, 8, &[Span::plain(filled(carve.more_places, more))]);
        }
    }

    fn place(&mut self, place: &CarvedEvidence) {
        let (words, carve) = (self.words, self.carve);
        let mut parts = vec![Span::plain(self.at(place.offset, place.partition)), Span::plain(self.form(place.form))];
        parts.push(match (place.certainty, place.rest_offset) {
            (FindCertainty::Verified, _) => Span::plain(carve.intact),
            (FindCertainty::Rejoined, Some(rest)) => Span::new(Style::Caution, filled(carve.rejoined, hex(rest))),
            (FindCertainty::Hint, _) => Span::new(Style::Caution, carve.hint),
            _ => Span::new(Style::Bad, carve.damaged),
        });
        if let Some(cut) = place.cut_at.filter(|_| place.rest_offset.is_none() && place.hive.is_none()) {
            parts.push(Span::new(Style::Caution, filled(carve.cut, cut)));
        }
        let around = place.hive.map(|hive| filled(carve.in_hive, hex(hive)));
        let around = around.or_else(|| place.bins.map(|bins| filled(carve.in_bins, hex(bins))));
        parts.extend(around.map(Span::plain));
        self.page.flow(6, 8, &join(parts, ", "));
        if let Some(value) = &place.value {
            let path = place.key_path.as_deref().unwrap_or("…");
            let name = if value.is_empty() { words.default_value } else { value };
            self.page.flow(8, 10, &[Span::plain(format!("{path}\\{name}"))]);
        }
    }

    fn at(&self, offset: u64, partition: Option<PartitionPlace>) -> String {
        match partition {
            Some(place) => {
                let partition = filled(self.carve.partition, place.index);
                format!("{} ({partition} + {})", hex(offset), hex(place.offset))
            }
            None => hex(offset),
        }
    }

    fn form(&self, form: BlobForm) -> &'static str {
        match form {
            BlobForm::Dpid3 => "DigitalProductId",
            BlobForm::Dpid4 => "DigitalProductId4",
            BlobForm::KeyTextAscii => self.carve.ascii_text,
            BlobForm::KeyTextUtf16 => self.carve.utf16_text,
            _ => self.carve.msdm,
        }
    }

    /// Hives and bins that tell of a Windows.
    fn hives(&mut self) {
        let hives: Vec<&CarvedHive> = self.report.hives.iter().filter(|hive| is_telling(hive)).collect();
        if !hives.is_empty() {
            self.section(self.carve.installations);
            for (index, hive) in hives.iter().take(SHOWN).enumerate() {
                if index > 0 {
                    self.page.blank();
                }
                self.hive(hive);
            }
            self.more(self.carve.more, hives.len().saturating_sub(SHOWN));
        }
        let bins: Vec<(&CarvedBins, &Windows)> =
            self.report.bins.iter().filter_map(|bins| Some((bins, bins.windows.as_ref()?))).collect();
        if !bins.is_empty() {
            self.section(self.carve.remains);
            for (index, (bins, windows)) in bins.iter().take(SHOWN).enumerate() {
                if index > 0 {
                    self.page.blank();
                }
                self.remains(bins, windows);
            }
            self.more(self.carve.more, bins.len().saturating_sub(SHOWN));
        }
    }

    fn hive(&mut self, hive: &CarvedHive) {
        let (words, carve) = (self.words, self.carve);
        let installation = hive.installation.as_ref();
        let windows = hive.windows.as_ref().or(installation.map(|installation| &installation.windows));
        if let Some(windows) = windows {
            self.page.paragraph(2, &[Span::new(Style::Bold, facts::windows_title(words, windows))]);
        }
        let mut parts =
            vec![Span::plain(self.at(hive.offset, hive.partition)), Span::plain(quantity::bytes(hive.size))];
        parts.push(match hive.whole {
            true => Span::plain(carve.whole),
            false => Span::new(Style::Caution, filled(carve.in_part, quantity::bytes(hive.bins_in_place))),
        });
        // The base block keeps the end of the path only, cut anywhere.
        let name = hive.file_name.rsplit('\\').next().unwrap_or_default();
        parts.extend(Some(name).filter(|name| !name.is_empty()).map(Span::plain));
        let mut rows: Vec<Row<'_>> = Vec::new();
        rows.extend(installation.and_then(|installation| current_key(words, installation)));
        rows.extend(windows.into_iter().flat_map(|windows| windows_rows(words, windows)));
        rows.push((carve.hive, join(parts, ", ")));
        if let Some(time) = hive.last_written {
            rows.push((carve.last_written, vec![Span::plain(time.date())]));
        }
        if hive.whole && self.container().is_none() {
            let command = format!("dd iflag=skip_bytes,count_bytes skip={} count={} if=… of=…", hive.offset, hive.size);
            rows.push((carve.cut_out, vec![Span::plain(command)]));
        }
        self.page.table(4, &rows);
    }

    fn remains(&mut self, bins: &CarvedBins, windows: &Windows) {
        let (words, carve) = (self.words, self.carve);
        self.page.paragraph(2, &[Span::new(Style::Bold, facts::windows_title(words, windows))]);
        let mut rows: Vec<Row<'_>> = windows_rows(words, windows).collect();
        let at = self.at(bins.offset, bins.partition);
        rows.push((carve.hive, vec![Span::plain(format!("{at}, {} {}", quantity::bytes(bins.size), carve.bins))]));
        self.page.table(4, &rows);
    }

    /// What tells nothing by itself, counted.
    fn also(&mut self) {
        let (report, carve) = (self.report, self.carve);
        let of_kind =
            |kind: LostKind| report.hives.iter().filter(move |hive| hive.kind == kind && !is_telling(hive)).count();
        let counts = [
            (carve.other_hives, of_kind(LostKind::Hive)),
            (carve.logs, of_kind(LostKind::Log)),
            (carve.other_bins, report.bins.iter().filter(|bins| bins.windows.is_none()).count()),
        ];
        if counts.iter().all(|(_, count)| *count == 0) {
            return;
        }
        self.section(carve.also);
        for (text, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            self.page.paragraph(2, &[Span::plain(filled(text, count))]);
        }
    }

    fn bad_ranges(&mut self) {
        let ranges = &self.report.bad_ranges;
        if ranges.is_empty() {
            return;
        }
        self.section(self.carve.bad_ranges);
        for range in ranges.iter().take(SHOWN) {
            let text = format!("{} + {}", hex(range.offset), quantity::bytes(range.length));
            self.page.paragraph(2, &[Span::plain(text)]);
        }
        self.more(self.carve.more, ranges.len().saturating_sub(SHOWN));
    }

    fn more(&mut self, text: &str, count: usize) {
        if count > 0 {
            self.page.blank();
            self.page.paragraph(2, &[Span::plain(filled(text, count))]);
        }
    }
}

/// Whether a hive says something of a Windows.
fn is_telling(hive: &CarvedHive) -> bool {
    hive.installation.is_some() || hive.windows.is_some()
}

fn current_key<'w>(words: &'w Words, installation: &Installation) -> Option<Row<'w>> {
    let key = installation.current_key().or_else(|| installation.product_keys.first())?;
    let mut spans = facts::key_text(words, key);
    spans.push(Span::plain(words.semicolon));
    spans.extend(facts::worth(words, key));
    Some((words.product_key, spans))
}

fn windows_rows<'w>(words: &'w Words, windows: &Windows) -> impl Iterator<Item = Row<'w>> {
    let rows = [
        (words.edition_installed, windows.edition_id.clone()),
        (words.machine, windows.computer_name.clone()),
        (words.product_id, windows.product_id.clone()),
        (words.owner, windows.registered_owner.clone()),
        (words.installed, windows.install_date.map(|date| date.date())),
    ];
    rows.into_iter().filter_map(|(label, fact)| Some((label, vec![Span::plain(fact?)])))
}

/// A text with `{}` replaced.
fn filled(text: &str, fact: impl ToString) -> String {
    text.replacen("{}", &fact.to_string(), 1)
}

fn hex(offset: u64) -> String {
    format!("{offset:#x}")
}
