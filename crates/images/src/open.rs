//! Opening: the image, its segments, and its parents down to the last.

use std::sync::Arc;

use hivekey_read_at::{ReadAt, wide};

use crate::anomaly::{Anomaly, Notes};
use crate::disk::{Disk, OpenedFile};
use crate::error::Error;
use crate::kind::{Kind, probe_file};
use crate::layer::Layer;
use crate::limits::{LimitName, Limits, Options};
use crate::map::{Image, ParentLink};
use crate::siblings::{Role, SiblingError, Siblings, base_of, candidates, folder_of};
use crate::split;
use crate::{ewf, ntfsclone, parallels, partclone, qcow2, raw, vdi, vhd, vhdx, vmdk};

/// Images nearby that are tried as the parent of one that does not name it.
const MAX_NEARBY: usize = 1024;

/// What the openers of all formats share.
pub(crate) struct Context<'a> {
    siblings: &'a dyn Siblings,
    options: &'a Options,
    notes: Notes,
    opened: Vec<OpenedFile>,
    is_first: bool,
}

impl<'a> Context<'a> {
    pub(crate) fn limits(&self) -> &'a Limits {
        &self.options.limits
    }

    /// The internal snapshot that is wanted of the image that is opened now.
    pub(crate) fn snapshot(&self) -> Option<&'a str> {
        if self.is_first { self.options.snapshot.as_deref() } else { None }
    }

    /// The files with this ending in the folder of the image `own` and in the one above.
    pub(crate) fn nearby(&self, own: &str, ending: &str) -> Vec<String> {
        let here = folder_of(own).trim_end_matches('/');
        let above = format!("{}..", folder_of(own));
        let mut found: Vec<String> = self.siblings.list(here);
        if !here.is_empty() {
            let names = self.siblings.list(folder_of(here).trim_end_matches('/'));
            found.extend(names.into_iter().map(|name| format!("../{name}")));
        } else {
            found.extend(self.siblings.list(&above).into_iter().map(|name| format!("../{name}")));
        }
        let has_ending = |name: &String| name.to_ascii_lowercase().ends_with(ending) && *name != base_of(own);
        found.into_iter().filter(has_ending).take(MAX_NEARBY).collect()
    }

    pub(crate) const fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Opens exactly the file `name`.
    pub(crate) fn open_named(&mut self, role: Role, name: &str) -> Result<Arc<dyn ReadAt>, SiblingError> {
        let file = self.siblings.open(name)?;
        self.opened.push(OpenedFile { role, name: name.to_owned() });
        Ok(file.into())
    }

    /// Opens the file that the image `own` calls `stated`, under the first name under which there is one.
    pub(crate) fn open_stated(&mut self, role: Role, own: &str, stated: &str) -> Result<Arc<dyn ReadAt>, Error> {
        let mut reason = SiblingError::NotFound;
        for name in candidates(own, stated) {
            match self.open_named(role, &name) {
                Ok(file) => return Ok(file),
                Err(error) => reason = worse(reason, error),
            }
        }
        Err(Error::MissingSibling { role, name: stated.to_owned(), reason })
    }
}

/// Of two reasons, the one that says more than that there is no such file.
fn worse(first: SiblingError, second: SiblingError) -> SiblingError {
    if matches!(first, SiblingError::NotFound) { second } else { first }
}

/// Opens the image in `file`, whose name is `name`, with its segments and parents.
///
/// `name` may hold folders, with `/` between them; the names given to `siblings` are then counted from the same place. A file
/// without a signature is taken for a raw image: ask [`probe_file`] first if it may be something else.
///
/// # Errors
///
/// Any [`Error`]: the image is damaged where it has to be understood, is of a kind that is not supported, exceeds a limit,
/// or a file that it needs is missing.
pub fn open(name: &str, file: Box<dyn ReadAt>, siblings: &dyn Siblings, options: &Options) -> Result<Disk, Error> {
    let notes = Notes::new(options.limits.anomalies);
    let mut context = Context { siblings, options, notes, opened: Vec::new(), is_first: true };
    let file = split::join(&mut context, name, file.into())?;
    let kind = probe_file(&file)?.unwrap_or(Kind::Raw);
    if kind == Kind::Raw && split::is_later_piece(name) {
        context.notes.add(Anomaly::NotFirstSegment);
    }
    if let Some(name) = options.snapshot.clone().filter(|_| kind != Kind::Qcow2) {
        return Err(Error::NoSnapshot { name });
    }
    let mut image = open_image(&mut context, kind, name, file)?;
    context.is_first = false;
    let hashes = std::mem::take(&mut image.hashes);
    let snapshots = std::mem::take(&mut image.snapshots);
    let mut chain = vec![];
    let mut names = vec![name.to_owned()];
    while let Some(link) = image.parent.take() {
        let links = wide(names.len()).saturating_add(1);
        Error::check_limit(LimitName::Chain, links, wide(options.limits.chain))?;
        let (parent_name, parent) = open_parent(&mut context, &names, &link)?;
        names.push(parent_name);
        chain.push(std::mem::replace(&mut image, parent));
    }
    let mut layer = Layer::new(image, None, &options.limits);
    for image in chain.into_iter().rev() {
        layer = Layer::new(image, Some(Box::new(layer)), &options.limits);
    }
    Ok(Disk { kind, layer, opened: context.opened, hashes, snapshots, notes: context.notes })
}

fn open_image(context: &mut Context<'_>, kind: Kind, name: &str, file: Arc<dyn ReadAt>) -> Result<Image, Error> {
    let image = match kind {
        Kind::Raw => Ok(raw::open(file)),
        Kind::Vhd => vhd::open(context, file),
        Kind::Vhdx => vhdx::open(context, file),
        Kind::Vmdk => vmdk::open(context, name, file),
        Kind::Ewf => ewf::open(context, name, file),
        Kind::Qcow2 => qcow2::open(context, name, file),
        Kind::Vdi => vdi::open(context, name, file),
        Kind::Parallels => parallels::open(context, name, file),
        Kind::Partclone => partclone::open(context, file),
        Kind::Ntfsclone => ntfsclone::open(context, file),
        Kind::Ewf2 => Err(Error::Unsupported { kind, what: "version 2 of the Expert Witness Format" }),
        Kind::EwfLogical => Err(Error::Unsupported { kind, what: "an image of files, not of a disk," }),
    }?;
    Error::check_limit(LimitName::DiskBytes, image.size, context.limits().disk_bytes)?;
    Ok(image)
}

/// Opens the parent that the last image of the chain `names` has, under the first name where it is the right one.
fn open_parent(context: &mut Context<'_>, names: &[String], link: &ParentLink) -> Result<(String, Image), Error> {
    let own = names.last().map(String::as_str).unwrap_or_default();
    let mut tried: Vec<String> = Vec::new();
    let mut reason = SiblingError::NotFound;
    // Why a file that was found is not the parent says more than that another one was not found.
    let mut fault: Option<Error> = None;
    let mut wrong: Option<(String, Image)> = None;
    for name in link.stated.iter().flat_map(|stated| candidates(own, stated)) {
        if tried.contains(&name) {
            continue;
        }
        tried.push(name.clone());
        if names.contains(&name) {
            fault = fault.or(Some(Error::Cycle { name }));
            continue;
        }
        let before = context.opened.len();
        let file = match context.open_named(Role::Parent, &name) {
            Ok(file) => file,
            Err(error) => {
                reason = worse(reason, error);
                continue;
            }
        };
        match open_candidate(context, &name, file, link) {
            Ok((image, None)) => return Ok((name, image)),
            Ok((_, Some(Mismatch::Other(_)))) | Err(_) if link.is_search => {}
            Ok((image, Some(Mismatch::Other(mismatch) | Mismatch::Changed(mismatch)))) => {
                fault = Some(mismatch);
                wrong = wrong.or(Some((name, image)));
            }
            Err(error) => fault = fault.or(Some(error)),
        }
        context.opened.truncate(before);
    }
    match (wrong, fault) {
        (Some((name, image)), Some(Error::WrongParent { expected, actual, .. }))
            if context.options.accept_wrong_parent =>
        {
            context.opened.push(OpenedFile { role: Role::Parent, name: name.clone() });
            context.notes.add(Anomaly::WrongParent { name: name.clone(), expected, actual });
            Ok((name, image))
        }
        (_, Some(fault)) => Err(fault),
        (_, None) => {
            let unnamed = || link.expected.first().map(ToString::to_string).unwrap_or_default();
            let name = link.stated.first().filter(|_| !link.is_search).cloned().unwrap_or_else(unnamed);
            Err(Error::MissingSibling { role: Role::Parent, name, reason })
        }
    }
}

/// Why an image is not the parent that a link means.
enum Mismatch {
    /// It is another image.
    Other(Error),
    /// It is the image, but was written since.
    Changed(Error),
}

/// Opens one file as the parent, and says whether it is another one than the link means.
fn open_candidate(
    context: &mut Context<'_>,
    name: &str,
    file: Arc<dyn ReadAt>,
    link: &ParentLink,
) -> Result<(Image, Option<Mismatch>), Error> {
    let kind = match link.kind {
        Some(kind) => kind,
        None => probe_file(&file)?.unwrap_or(Kind::Raw),
    };
    let image = open_image(context, kind, name, file)?;
    let wrong = |expected, actual| Error::WrongParent { name: name.to_owned(), expected, actual };
    let mismatch = match link.expected.first() {
        Some(expected) if !link.expected.contains(&image.identity) => {
            Some(Mismatch::Other(wrong(*expected, image.identity)))
        }
        _ => match (link.revision, image.revision) {
            (Some(expected), Some(actual)) if expected != actual => Some(Mismatch::Changed(wrong(expected, actual))),
            _ => None,
        },
    };
    Ok((image, mismatch))
}
