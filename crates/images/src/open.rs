//! Opening: the image, its segments, and its parents down to the last.

use std::sync::Arc;

use hivekey_read_at::{ReadAt, wide};

use crate::anomaly::{Anomaly, Notes};
use crate::disk::{Disk, OpenedFile};
use crate::error::Error;
use crate::identity::Identity;
use crate::kind::{Kind, probe_file};
use crate::layer::Layer;
use crate::limits::{LimitName, Limits, Options};
use crate::map::{Image, ParentLink, Reach};
use crate::siblings::{Role, SiblingError, Siblings, base_of, candidates, folder_of, tidy};
use crate::split::{self, Pieces};
use crate::{ewf, ntfsclone, parallels, partclone, qcow2, raw, vdi, vhd, vhdx, vmdk};

/// Images nearby that are tried as the parent if none is found where the child says.
const MAX_NEARBY: usize = 256;

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

    /// The files with one of these endings in the folder of the image `own` and in the one above, as `own` would call them.
    fn nearby(&self, own: &str, endings: &[&str]) -> Vec<String> {
        let sorted = |folder: &str| {
            let mut names = self.siblings.list(folder);
            names.sort_unstable();
            names
        };
        let here = sorted(folder_of(own).trim_end_matches('/'));
        let above = sorted(&tidy(&format!("{}..", folder_of(own))));
        let is_wanted = |name: &String| {
            let lower = name.to_ascii_lowercase();
            endings.iter().any(|ending| lower.ends_with(ending)) && *name != base_of(own)
        };
        let here = here.into_iter().filter(is_wanted);
        here.chain(above.into_iter().filter(is_wanted).map(|name| format!("../{name}"))).take(MAX_NEARBY).collect()
    }

    /// The names of all files beside the image `own`.
    pub(crate) fn names_beside(&self, own: &str) -> Vec<String> {
        self.siblings.list(folder_of(own).trim_end_matches('/'))
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

    /// Opens the file `name` in a folder that it may have been moved to.
    fn open_moved(&mut self, role: Role, name: &str) -> Result<Arc<dyn ReadAt>, SiblingError> {
        let file = self.siblings.open_moved(base_of(name))?;
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
        if let Some(name) = candidates(own, stated).first()
            && let Ok(file) = self.open_moved(role, name)
        {
            return Ok(file);
        }
        Err(Error::MissingSibling { role, name: stated.to_owned(), identity: Identity::None, reason })
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
    let Pieces { file, next } = split::join(&mut context, name, file.into())?;
    let kind = probe_file(&file)?.unwrap_or(Kind::Raw);
    if kind == Kind::Raw && split::is_later_piece(name) {
        context.notes.add(Anomaly::NotFirstSegment);
    }
    if let Some(name) = options.snapshot.clone().filter(|_| kind != Kind::Qcow2) {
        return Err(Error::NoSnapshot { name });
    }
    let states_more = next.is_some() && kind == Kind::Raw && raw::states_more(&file);
    let mut image = open_image(&mut context, kind, name, file)?;
    if let Some(name) = next
        && (states_more || context.notes.list().iter().any(|note| matches!(note, Anomaly::CutOff { .. })))
    {
        context.notes.add(Anomaly::SegmentMissing { name });
    }
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
        Kind::Vdi => vdi::open(context, file),
        Kind::Parallels => parallels::open(context, name, file),
        Kind::Partclone => partclone::open(context, file),
        Kind::Ntfsclone => ntfsclone::open(context, file),
        Kind::Ewf2 => Err(Error::unsupported(kind, "version 2 of the Expert Witness Format")),
        Kind::EwfLogical => Err(Error::unsupported(kind, "an image of files, not of a disk,")),
    }?;
    Error::check_limit(LimitName::DiskBytes, image.size, context.limits().disk_bytes)?;
    note_cut(&image, context.notes());
    Ok(image)
}

/// Notes that the image is cut off, if the tables lead past the end of a file.
fn note_cut(image: &Image, notes: &Notes) {
    let Some(Reach { file, structure, end: needed }) = image.map.reach(image.size) else { return };
    let available = image.files.get(file).map_or(u64::MAX, |file| file.len());
    if needed > available {
        notes.add(Anomaly::CutOff { structure, needed, available });
    }
}

/// Opens the parent that the last image of the chain `names` has: under the first name where it is the right one or, if there is
/// none, the image nearby that has its identity.
fn open_parent(context: &mut Context<'_>, names: &[String], link: &ParentLink) -> Result<(String, Image), Error> {
    let own = names.last().map(String::as_str).unwrap_or_default();
    let mut search = Search::new(names, link);
    for stated in &link.stated {
        for (index, name) in candidates(own, stated).into_iter().enumerate() {
            // That it is the child which stands beside the child under the parent's name says nothing.
            let is_beside = index > 0 && search.chain.contains(&name);
            if !is_beside && let Some(image) = search.try_stated(context, &name) {
                return Ok((name, image));
            }
        }
    }
    if let Some(nearby) = &link.nearby {
        let found = context.nearby(own, nearby.endings);
        for name in found.iter().flat_map(|name| candidates(own, name).into_iter().next()) {
            if let Some(image) = search.try_nearby(context, &name, nearby.kind) {
                return Ok((name, image));
            }
        }
    }
    for name in link.stated.iter().filter_map(|stated| candidates(own, stated).into_iter().next()) {
        if let Some(image) = search.try_moved(context, &name) {
            return Ok((name, image));
        }
    }
    search.fail(context)
}

/// The search for a parent, and what was met that is not it.
struct Search<'a> {
    /// The images of the chain so far.
    chain: &'a [String],
    link: &'a ParentLink,
    tried: Vec<String>,
    reason: SiblingError,
    /// Why a file that was found is not the parent: that says more than that another one was not found.
    fault: Option<Error>,
    wrong: Option<(String, Image)>,
}

impl<'a> Search<'a> {
    const fn new(chain: &'a [String], link: &'a ParentLink) -> Self {
        Self { chain, link, tried: Vec::new(), reason: SiblingError::NotFound, fault: None, wrong: None }
    }

    /// Whether `name` is met for the first time.
    fn is_new(&mut self, name: &str) -> bool {
        let is_new = !self.tried.iter().any(|tried| tried == name);
        self.tried.push(name.to_owned());
        is_new
    }

    /// Tries a name that the child gives.
    fn try_stated(&mut self, context: &mut Context<'_>, name: &str) -> Option<Image> {
        if !self.is_new(name) {
            return None;
        }
        if self.chain.iter().any(|image| image == name) {
            self.fault.get_or_insert(Error::Cycle { name: name.to_owned() });
            return None;
        }
        let before = context.opened.len();
        let file = match context.open_named(Role::Parent, name) {
            Ok(file) => file,
            Err(error) => {
                self.reason = worse(self.reason.clone(), error);
                return None;
            }
        };
        self.take(context, name, file, before)
    }

    /// Tries a file of the parent's name in another folder.
    fn try_moved(&mut self, context: &mut Context<'_>, name: &str) -> Option<Image> {
        if self.chain.iter().any(|image| image == name) {
            return None;
        }
        let before = context.opened.len();
        let file = context.open_moved(Role::Parent, name).ok()?;
        self.take(context, name, file, before)
    }

    /// Takes a file as the parent, if it is the right one. `before`: the files that had been opened before it.
    fn take(&mut self, context: &mut Context<'_>, name: &str, file: Arc<dyn ReadAt>, before: usize) -> Option<Image> {
        match open_candidate(context, name, file, self.link) {
            Ok((image, None)) => return Some(image),
            Ok((image, Some(Mismatch::Other(mismatch) | Mismatch::Changed(mismatch)))) => {
                self.refuse(name, image, mismatch);
            }
            Err(error) => _ = self.fault.get_or_insert(error),
        }
        context.opened.truncate(before);
        None
    }

    /// Tries an image that lies nearby, of which only one with the identity of the parent means anything.
    fn try_nearby(&mut self, context: &mut Context<'_>, name: &str, kind: Kind) -> Option<Image> {
        if !self.is_new(name) || self.chain.iter().any(|image| image == name) {
            return None;
        }
        let (opened, notes) = (context.opened.len(), context.notes.count());
        let file = context.open_named(Role::Parent, name).ok()?;
        match self.may_be_parent(context, &file, kind).then(|| open_candidate(context, name, file, self.link)) {
            Some(Ok((image, None))) => return Some(image),
            Some(Ok((image, Some(Mismatch::Changed(mismatch))))) => self.refuse(name, image, mismatch),
            Some(Ok((_, Some(Mismatch::Other(_)))) | Err(_)) | None => {}
        }
        context.opened.truncate(opened);
        context.notes.truncate(notes);
        None
    }

    /// Whether a closer look at a file is worth it. The identity of a VHDX is told by its headers, without its log and tables.
    fn may_be_parent(&self, context: &Context<'_>, file: &Arc<dyn ReadAt>, kind: Kind) -> bool {
        if !matches!(probe_file(file), Ok(Some(found)) if found == kind) {
            return false;
        }
        match kind {
            Kind::Vhdx => vhdx::identity(file, context.notes()).is_ok_and(|found| self.link.expected.contains(&found)),
            _ => true,
        }
    }

    fn refuse(&mut self, name: &str, image: Image, mismatch: Error) {
        self.fault = Some(mismatch);
        self.wrong.get_or_insert((name.to_owned(), image));
    }

    /// The parent that is accepted although it is not the right one, or why there is none.
    fn fail(self, context: &mut Context<'_>) -> Result<(String, Image), Error> {
        match (self.wrong, self.fault) {
            (Some((name, image)), Some(Error::WrongParent { expected, actual, .. }))
                if context.options.accept_wrong_parent =>
            {
                context.opened.push(OpenedFile { role: Role::Parent, name: name.clone() });
                context.notes.add(Anomaly::WrongParent { name: name.clone(), expected, actual });
                Ok((name, image))
            }
            (_, Some(fault)) => Err(fault),
            (_, None) => {
                let name = self.link.stated.first().cloned().unwrap_or_default();
                let looked_for = self.link.expected.first().filter(|_| self.link.nearby.is_some());
                let identity = looked_for.copied().unwrap_or(Identity::None);
                Err(Error::MissingSibling { role: Role::Parent, name, identity, reason: self.reason })
            }
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
