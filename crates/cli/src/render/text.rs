//! The text report: the answer on top, then evidence, findings, next steps, and the details last.

use hivekey::Lang;
use hivekey::report::{
    Finding, FindingCode, FoundIn, HiveReport, HiveState, Installation, IntegrityMark, Level, NextStep, ProductKey,
    SourceError, SourceReport, Verdict,
};

use super::evidence::write_evidence;
use super::page::{Layout, Page, Span, join};
use super::words::{Words, words};
use crate::terminal::Style;

type Row<'a> = (&'a str, Vec<Span>);

/// The text of one source. `rule` sets it off from the source before it.
pub fn source(report: &SourceReport, layout: Layout, lang: Lang, rule: bool) -> String {
    let words = words(lang);
    let mut page = Page::new(layout);
    if rule {
        page.rule('=');
    }
    for (index, installation) in report.installations.iter().enumerate() {
        if index > 0 {
            page.blank();
            page.rule('-');
        }
        write_installation(&mut page, words, report, installation);
    }
    if let Some(error) = &report.error {
        if !report.installations.is_empty() {
            page.blank();
        }
        page.heading(&report.path);
        page.paragraph(
            2,
            &[
                Span::new(Style::Bad, words.unreadable),
                Span::plain(format!(" {} ", error_message(report, error))),
                code(error.code),
            ],
        );
    } else if report.installations.is_empty() {
        page.heading(&report.path);
        page.paragraph(2, &[Span::plain(words.no_windows)]);
    }
    if !report.findings.is_empty() {
        if !report.installations.is_empty() {
            page.blank();
            page.heading(&report.path);
        }
        write_findings(&mut page, words, &report.findings);
    }
    page.finish()
}

/// What happened to a source, without its path before it.
pub fn error_message<'e>(report: &SourceReport, error: &'e SourceError) -> &'e str {
    let message = error.message.as_str();
    message.strip_prefix(&report.path).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(message)
}

fn write_installation(page: &mut Page, words: &Words, source: &SourceReport, installation: &Installation) {
    page.heading(&title(words, installation));
    page.blank();
    write_answer(page, words, source, installation);
    let current = installation.current_key();
    if let Some(key) = current.filter(|key| !key.evidence.is_empty()) {
        section(page, words.evidence);
        write_evidence(page, words, 2, &key.evidence);
    }
    let others: Vec<&ProductKey> = installation.product_keys.iter().filter(|key| !key.current).collect();
    if !others.is_empty() {
        section(page, words.other_keys);
        for (index, key) in others.into_iter().enumerate() {
            if index > 0 {
                page.blank();
            }
            write_other_key(page, words, key);
        }
    }
    if !installation.findings.is_empty() {
        section(page, words.findings);
        write_findings(page, words, &installation.findings);
    }
    if !installation.next_steps.is_empty() {
        section(page, words.next_steps);
        write_steps(page, &installation.next_steps);
    }
    let details = details(words, installation);
    if !details.is_empty() {
        section(page, words.details);
        page.table(2, &details);
    }
    if !installation.hives.is_empty() {
        section(page, words.hives);
        for hive in &installation.hives {
            write_hive(page, words, hive);
        }
    }
}

fn section(page: &mut Page, title: &str) {
    page.blank();
    page.heading(title);
}

fn title(words: &Words, installation: &Installation) -> String {
    let windows = &installation.windows;
    // Windows 11 keeps the name of Windows 10; the finding that says so knows the right one.
    let real_name = installation
        .findings
        .iter()
        .find(|finding| finding.code == FindingCode::ProductNameOutdated)
        .and_then(|finding| finding.args.iter().find(|(name, _)| *name == "real_name"))
        .map(|(_, value)| value.as_str());
    let mut title = String::from(real_name.or(windows.product_name.as_deref()).unwrap_or(words.unnamed_windows));
    if let Some(version) = &windows.display_version {
        title.push_str(&format!(", {} {version}", words.version));
    }
    if let Some(build) = &windows.build {
        title.push_str(&format!(", {} {build}", words.build));
    }
    if !installation.current {
        title.push_str(&format!(" ({})", words.older_installation));
    }
    title
}

fn write_answer(page: &mut Page, words: &Words, source: &SourceReport, installation: &Installation) {
    let current = installation.current_key();
    let license = &installation.license;
    let mut rows: Vec<Row<'_>> = Vec::new();
    rows.push((words.product_key, current.map_or_else(|| no_key(words, installation), |key| key_text(words, key))));
    if let Some(key) = current {
        rows.push((words.worth, worth(words, key)));
    }
    if let Some(channel) = license.channel.as_deref().or(current.and_then(|key| key.channel.as_deref())) {
        rows.push((words.channel, vec![Span::plain(channel)]));
    }
    if let Some(edition) = edition(words, installation) {
        rows.push((words.edition, vec![Span::plain(edition)]));
    }
    if let Some(key) = current {
        rows.push((words.certainty, certainty(words, installation, key)));
    }
    rows.push((words.found_in, vec![Span::plain(place(source, installation))]));
    if let Some(name) = &installation.windows.computer_name {
        rows.push((words.machine, vec![Span::plain(name.as_str())]));
    }
    if let Some(date) = installation.windows.install_date {
        rows.push((words.installed, vec![Span::plain(date.date())]));
    }
    page.table(2, &rows);
}

fn no_key(words: &Words, installation: &Installation) -> Vec<Span> {
    match &installation.license.partial_product_key {
        Some(last5) => vec![Span::new(Style::Caution, words.key_lost_with_last5), Span::plain(format!(" {last5}"))],
        None => vec![Span::new(Style::Caution, words.no_key)],
    }
}

fn key_text(words: &Words, key: &ProductKey) -> Vec<Span> {
    match (&key.key, &key.last5) {
        (Some(text), _) => vec![Span::new(style_of(key.verdict), text.to_string())],
        (None, Some(last5)) => {
            vec![Span::new(Style::Caution, words.key_lost_with_last5), Span::plain(format!(" {last5}"))]
        }
        (None, None) => vec![Span::new(Style::Caution, words.key_gone)],
    }
}

fn style_of(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Specific => Style::Good,
        Verdict::Damaged => Style::Bad,
        _ => Style::Caution,
    }
}

fn worth(words: &Words, key: &ProductKey) -> Vec<Span> {
    let mut spans = vec![Span::new(style_of(key.verdict), words.verdict(key.verdict))];
    if let Some(generic) = &key.generic {
        spans.push(Span::plain(format!(" ({})", words.generic(generic))));
    }
    spans
}

/// The edition of the key and the one installed, in one phrase where they are the same.
fn edition(words: &Words, installation: &Installation) -> Option<String> {
    let installed = installation.windows.edition_id.as_deref();
    match (installation.license.edition.as_deref(), installed) {
        // A key may be for several editions, with `;` between them.
        (Some(key), Some(installed)) if !key.split(';').any(|edition| edition.eq_ignore_ascii_case(installed)) => {
            Some(format!("{key} ({}{}{installed})", words.is_installed, words.colon))
        }
        (key, installed) => installed.or(key).map(str::to_owned),
    }
}

/// How sure the answer is, from what was checked.
fn certainty(words: &Words, installation: &Installation, key: &ProductKey) -> Vec<Span> {
    let marks: Vec<IntegrityMark> = key.evidence.iter().map(|evidence| evidence.integrity).collect();
    let (style, mark) = if marks.contains(&IntegrityMark::Bad) {
        (Style::Bad, IntegrityMark::Bad)
    } else if marks.contains(&IntegrityMark::Ok) {
        (Style::Plain, IntegrityMark::Ok)
    } else {
        (Style::Caution, IntegrityMark::None)
    };
    let mut parts = vec![Span::new(style, words.integrity(mark))];
    if key.evidence.len() > 1 {
        parts.push(Span::plain(format!("{} {} {}", words.found, key.evidence.len(), words.places)));
    }
    let verified: Vec<bool> = key.evidence.iter().filter_map(|evidence| evidence.verified).collect();
    if verified.contains(&false) {
        parts.push(Span::new(Style::Bad, words.second_reader_disagrees));
    } else if !verified.is_empty() {
        parts.push(Span::plain(words.second_reader_agrees));
    }
    if let Some(found_in) =
        key.evidence.first().map(|evidence| evidence.found_in).filter(|found| *found != FoundIn::Live)
    {
        parts.push(Span::new(Style::Caution, words.how_found(found_in)));
    }
    let hives: Vec<&str> = key.evidence.iter().map(|evidence| evidence.hive.as_str()).collect();
    if let Some(state) = installation
        .hives
        .iter()
        .filter(|hive| hives.contains(&hive.path.as_str()))
        .map(|hive| hive.state)
        .find(|state| *state != HiveState::Clean)
    {
        parts.push(match state {
            HiveState::Replayed => Span::plain(words.hive_replayed),
            HiveState::Dirty => Span::new(Style::Caution, words.hive_dirty),
            _ => Span::new(Style::Caution, words.hive_damaged),
        });
    }
    join(parts, words.semicolon)
}

fn place(source: &SourceReport, installation: &Installation) -> String {
    if installation.root.is_empty() {
        return format!("{} ({})", source.path, source.kind);
    }
    let separator = if source.path.ends_with('/') { "" } else { "/" };
    match source.kind.as_str() {
        "directory" => format!("{}{separator}{}", source.path, installation.root),
        kind => format!("{} ({kind}): {}", source.path, installation.root),
    }
}

fn write_other_key(page: &mut Page, words: &Words, key: &ProductKey) {
    let mut heading = vec![Span::plain(format!("{}{}", key.product, words.colon))];
    heading.extend(match (&key.key, &key.last5) {
        (Some(text), _) => vec![Span::plain(text.to_string())],
        _ => key_text(words, key),
    });
    page.paragraph(2, &heading);
    let mut facts = worth(words, key);
    for fact in [&key.channel, &key.edition, &key.part_number].into_iter().flatten() {
        facts.push(Span::plain(format!("{}{fact}", words.semicolon)));
    }
    page.paragraph(4, &facts);
    write_evidence(page, words, 4, &key.evidence);
}

/// Findings by weight, each under its level.
fn write_findings(page: &mut Page, words: &Words, findings: &[Finding]) {
    let levels = [Level::Error, Level::Warning, Level::Info];
    let column = 4 + levels.iter().map(|level| words.level(*level).chars().count()).max().unwrap_or(0);
    for level in levels {
        let style = match level {
            Level::Error => Style::Bad,
            Level::Warning => Style::Caution,
            Level::Info => Style::Dim,
        };
        for finding in findings.iter().filter(|finding| finding.level == level) {
            let spans = [Span::plain(finding.message.as_str()), Span::plain(" "), code(finding.code.as_str())];
            page.hanging(2, &Span::new(style, words.level(level)), column, &spans);
        }
    }
}

fn code(code: &str) -> Span {
    Span::new(Style::Dim, format!("[{code}]"))
}

fn write_steps(page: &mut Page, steps: &[NextStep]) {
    let column = 2 + steps.len().to_string().len() + 2;
    for (number, step) in (1..).zip(steps) {
        page.hanging(2, &Span::plain(format!("{number}.")), column, &[Span::plain(step.message.as_str())]);
    }
}

fn details<'w>(words: &'w Words, installation: &Installation) -> Vec<Row<'w>> {
    let windows = &installation.windows;
    let license = &installation.license;
    let group = license.group_id.map(|group| match license.serial {
        Some(serial) => format!("{group} {} {serial}", words.and),
        None => group.to_string(),
    });
    let installed = match (&windows.edition_id, &windows.installation_type) {
        (Some(edition), Some(kind)) => Some(format!("{edition} ({kind})")),
        (edition, kind) => edition.as_ref().or(kind.as_ref()).cloned(),
    };
    let decided_by = (!license.decided_by.is_empty()).then(|| license.decided_by.join(", "));
    [
        (words.edition_installed, installed),
        (words.architecture, windows.architecture.clone()),
        (words.product_id, windows.product_id.clone()),
        (words.owner, windows.registered_owner.clone()),
        (words.organization, windows.registered_organization.clone()),
        (words.license_status, license.status.clone()),
        (words.last_five, license.partial_product_key.clone()),
        (words.part_number, license.part_number.clone()),
        (words.activation_id, license.activation_id.clone()),
        (words.group_and_serial, group),
        (words.kms_host, license.kms_host.clone()),
        (words.decided_by, decided_by),
    ]
    .into_iter()
    .filter_map(|(label, fact)| Some((label, vec![Span::plain(fact?)])))
    .collect()
}

fn write_hive(page: &mut Page, words: &Words, hive: &HiveReport) {
    let style = match hive.state {
        HiveState::Clean => Style::Plain,
        HiveState::Replayed => Style::Bold,
        _ => Style::Caution,
    };
    let mut state = match hive.size {
        0 => vec![Span::plain(words.empty)],
        _ => vec![Span::new(style, words.state(hive.state))],
    };
    if !hive.logs_applied.is_empty() {
        state.push(Span::plain(hive.logs_applied.join(", ")));
    }
    if hive.size > 0 {
        state.push(Span::plain(format!("{} {}", hive.size, words.bytes)));
    }
    let mut spans = vec![Span::plain(format!("{}{}", hive.path, words.colon))];
    spans.extend(join(state, ", "));
    page.flow(2, 4, &spans);
    if let Some(hash) = &hive.sha256 {
        page.flow(4, 6, &[Span::plain(format!("SHA-256 {hash}"))]);
    }
}
