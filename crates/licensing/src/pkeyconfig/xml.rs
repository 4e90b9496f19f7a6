//! The XML of both layers as a stream of a few simple nodes, bounded in depth and memory.
//!
//! A pull reader on purpose: the files come from evidence, and a document tree costs memory and time that grow faster than the
//! file does (attribute and namespace tables). Document type declarations are refused, so entities are only those of
//! XML itself.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::errors::Error as QuickError;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Deepest nesting; real files have 9 levels outside and 4 inside.
pub const MAX_DEPTH: usize = 64;
/// Attributes looked at per element; real elements have at most a dozen.
const MAX_ATTRIBUTES: usize = 32;
/// The element name and its `name` attribute that hold the payload in XrML.
const PAYLOAD: (&[u8], &[u8]) = (b"infoBin", b"pkeyConfigData");

/// What is wrong with the XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlFault {
    /// Not well formed.
    #[error("malformed markup")]
    Syntax,
    /// A document type declaration, which these files never have.
    #[error("document type declaration refused")]
    DocType,
    /// An entity that XML does not define by itself.
    #[error("unknown entity")]
    Entity,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH} levels")]
    Depth,
    /// The text ends inside an element.
    #[error("ends inside an element")]
    Truncated,
}

/// The elements that matter, by local name; prefixes and namespaces differ between versions and say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Tag {
    /// XrML's `infoBin` with the name `pkeyConfigData`.
    Payload,
    ProductKeyConfiguration,
    Configuration,
    KeyRange,
    PublicKey,
    ActConfigId,
    RefGroupId,
    EditionId,
    ProductDescription,
    ProductKeyType,
    IsRandomized,
    RefActConfigId,
    PartNumber,
    EulaType,
    IsValid,
    Start,
    End,
    GroupId,
    AlgorithmId,
    Other,
}

/// One step through the text.
#[derive(Debug)]
pub(super) enum Node<'a> {
    Open(Tag),
    Close,
    Text(Cow<'a, str>),
    End,
}

/// Walks the text from node to node.
pub(super) struct Walker<'a> {
    reader: Reader<&'a [u8]>,
    depth: usize,
}

impl<'a> Walker<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        // So that every element has a Close.
        reader.config_mut().expand_empty_elements = true;
        Self { reader, depth: 0 }
    }

    /// Byte offset behind the node read last.
    pub(super) fn position(&self) -> u64 {
        self.reader.buffer_position()
    }

    /// Elements open after the node read last.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn next(&mut self) -> Result<Node<'a>, XmlFault> {
        loop {
            return Ok(match self.reader.read_event().map_err(|error| self.fault(&error))? {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return Err(XmlFault::Depth);
                    }
                    Node::Open(tag_of(&start))
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Node::Close
                }
                Event::Text(text) => Node::Text(text.decode().map_err(|_| XmlFault::Syntax)?),
                Event::CData(text) => Node::Text(text.decode().map_err(|_| XmlFault::Syntax)?),
                Event::GeneralRef(entity) => Node::Text(resolve(&entity)?),
                Event::DocType(_) => return Err(XmlFault::DocType),
                Event::Eof if self.depth > 0 => return Err(XmlFault::Truncated),
                Event::Eof => Node::End,
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            });
        }
    }

    fn fault(&self, error: &QuickError) -> XmlFault {
        match error {
            QuickError::Syntax(_) if self.depth > 0 => XmlFault::Truncated,
            _ => XmlFault::Syntax,
        }
    }
}

fn tag_of(start: &BytesStart<'_>) -> Tag {
    let name = start.local_name();
    let name = name.as_ref();
    if name == PAYLOAD.0 {
        // The check for doubled attributes compares each with each.
        let mut attributes = start.attributes();
        let named = attributes
            .with_checks(false)
            .take(MAX_ATTRIBUTES)
            .flatten()
            .any(|attribute| attribute.key.as_ref() == b"name" && *attribute.value == *PAYLOAD.1);
        return if named { Tag::Payload } else { Tag::Other };
    }
    match name {
        b"ProductKeyConfiguration" => Tag::ProductKeyConfiguration,
        b"Configuration" => Tag::Configuration,
        b"KeyRange" => Tag::KeyRange,
        b"PublicKey" => Tag::PublicKey,
        b"ActConfigId" => Tag::ActConfigId,
        b"RefGroupId" => Tag::RefGroupId,
        b"EditionId" => Tag::EditionId,
        b"ProductDescription" => Tag::ProductDescription,
        b"ProductKeyType" => Tag::ProductKeyType,
        b"IsRandomized" => Tag::IsRandomized,
        b"RefActConfigId" => Tag::RefActConfigId,
        b"PartNumber" => Tag::PartNumber,
        b"EulaType" => Tag::EulaType,
        b"IsValid" => Tag::IsValid,
        b"Start" => Tag::Start,
        b"End" => Tag::End,
        b"GroupId" => Tag::GroupId,
        b"AlgorithmId" => Tag::AlgorithmId,
        _ => Tag::Other,
    }
}

fn resolve(entity: &BytesRef<'_>) -> Result<Cow<'static, str>, XmlFault> {
    if let Some(character) = entity.resolve_char_ref().map_err(|_| XmlFault::Entity)? {
        return Ok(Cow::Owned(character.to_string()));
    }
    let name = entity.decode().map_err(|_| XmlFault::Entity)?;
    resolve_predefined_entity(&name).map(Cow::Borrowed).ok_or(XmlFault::Entity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut walker = Walker::new(text);
        let mut out = String::new();
        loop {
            match walker.next() {
                Ok(Node::Open(tag)) => out += &format!("<{tag:?}>"),
                Ok(Node::Close) => out.push('/'),
                Ok(Node::Text(text)) => out += &text,
                Ok(Node::End) => return out,
                Err(fault) => return out + &format!("!{fault:?}"),
            }
        }
    }

    #[test]
    fn nodes() {
        for (text, expected) in [
            ("<pkc:Start>1</pkc:Start>", "<Start>1/"),
            ("<?xml version='1.0'?><a><!-- c --><Start/><![CDATA[<]]></a>", "<Other><Start>/</"),
            ("<a>&amp;&#65;&#x42;</a>", "<Other>&AB/"),
            ("<tm:infoBin name=\"pkeyConfigData\">x</tm:infoBin>", "<Payload>x/"),
            ("<infoBin id='1' name='other'/><infoBin/>", "<Other>/<Other>/"),
            ("", ""),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn faults() {
        for (text, expected) in [
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "!DocType"),
            ("<a>&b;</a>", "<Other>!Entity"),
            ("<a>&#0;&#xffffffff;</a>", "<Other>!Entity"),
            ("<a></b>", "<Other>!Syntax"),
            ("</a>", "!Syntax"),
            ("<a>text", "<Other>text!Truncated"),
            ("<a><Start", "<Other>!Truncated"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |levels: usize| "<a>".repeat(levels) + &"</a>".repeat(levels);
        assert!(!shown(&deep(MAX_DEPTH)).contains('!'));
        assert!(shown(&deep(MAX_DEPTH + 1)).ends_with("!Depth"));
        assert!(shown(&"<a>".repeat(1_000_000)).ends_with("!Depth"));
    }

    #[test]
    fn attributes_and_namespaces_cost_no_more_than_their_length() {
        let attributes: String = (0..200_000).map(|n| format!(" a{n}=''")).collect();
        assert_eq!(shown(&format!("<infoBin{attributes} name='pkeyConfigData'/>")), "<Other>/");
        let namespaces: String = (0..200_000).map(|n| format!(" xmlns:a{n}='{n}'")).collect();
        assert_eq!(shown(&format!("<a{namespaces}><b/></a>")), "<Other><Other>//");
    }
}
