//! What a report says of an installation in words, for text and HTML alike: the same facts, the same styles.

use hivekey::report::{
    FoundIn, HiveReport, HiveState, Installation, IntegrityMark, Level, ProductKey, SourceError, SourceReport, Verdict,
    Windows,
};

use super::page::{Span, join};
use super::words::Words;
use crate::terminal::Style;

/// A fact with its name.
pub type Row<'w> = (&'w str, Vec<Span>);

/// What happened to a source, without its path before it.
pub fn error_message<'e>(report: &SourceReport, error: &'e SourceError) -> &'e str {
    let message = error.message.as_str();
    message.strip_prefix(&report.path).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(message)
}

/// What was installed, in one line.
pub fn title(words: &Words, installation: &Installation) -> String {
    let mut title = windows_title(words, &installation.windows);
    if let Some(made) = installation.snapshot {
        title.push_str(&format!(" ({} {})", words.snapshot, made.date()));
    } else if let Some(made) = installation.backup.as_ref().and_then(|backup| backup.made) {
        title.push_str(&format!(" ({} {})", words.backup_of, made.date()));
    } else if !installation.current {
        title.push_str(&format!(" ({})", words.older_installation));
    }
    title
}

/// Which Windows it is, in one line.
pub fn windows_title(words: &Words, windows: &Windows) -> String {
    let mut title = windows.name().unwrap_or_else(|| words.unnamed_windows.to_owned());
    if let Some(version) = &windows.display_version {
        title.push_str(&format!(", {} {version}", words.version));
    }
    if let Some(build) = &windows.build {
        title.push_str(&format!(", {} {build}", words.build));
    }
    title
}

/// The answer: the key, what it is worth, and how sure that is.
pub fn answer<'w>(words: &'w Words, source: &SourceReport, installation: &Installation) -> Vec<Row<'w>> {
    let current = installation.current_key();
    let license = &installation.license;
    let mut rows: Vec<Row<'w>> = Vec::new();
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
    rows
}

fn no_key(words: &Words, installation: &Installation) -> Vec<Span> {
    match &installation.license.partial_product_key {
        Some(last5) => vec![Span::new(Style::Caution, words.key_lost_with_last5), Span::plain(format!(" {last5}"))],
        None => vec![Span::new(Style::Caution, words.no_key)],
    }
}

/// The key, or what is left of it.
pub fn key_text(words: &Words, key: &ProductKey) -> Vec<Span> {
    match (&key.key, &key.last5) {
        (Some(text), _) => vec![Span::new(style_of(key.verdict), text.to_string())],
        (None, Some(last5)) => {
            vec![Span::new(Style::Caution, words.key_lost_with_last5), Span::plain(format!(" {last5}"))]
        }
        (None, None) => vec![Span::new(Style::Caution, words.key_gone)],
    }
}

/// How a key stands out.
pub fn style_of(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Specific => Style::Good,
        Verdict::Damaged => Style::Bad,
        _ => Style::Caution,
    }
}

/// What the key is worth.
pub fn worth(words: &Words, key: &ProductKey) -> Vec<Span> {
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

/// How a finding stands out.
pub fn style_of_level(level: Level) -> Style {
    match level {
        Level::Error => Style::Bad,
        Level::Warning => Style::Caution,
        Level::Info => Style::Dim,
    }
}

/// The facts that most readers do not need.
pub fn details<'w>(words: &'w Words, installation: &Installation) -> Vec<Row<'w>> {
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
        (words.office_kms_host, license.office_kms_host.clone()),
        (words.decided_by, decided_by),
    ]
    .into_iter()
    .filter_map(|(label, fact)| Some((label, vec![Span::plain(fact?)])))
    .collect()
}

/// In which state a hive was found, its logs and its size.
pub fn hive_state(words: &Words, hive: &HiveReport) -> Vec<Span> {
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
    state
}
