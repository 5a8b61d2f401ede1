//! A page as written: its sections, and the files that they hold.

use std::collections::HashSet;
use std::ops::Range;

use jiff::Timestamp;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

use super::Malformed;
use super::annotation::is_annotation;
use crate::text::RepoPath;

/// The names that a policy has in a tree.
const POLICIES: [&str; 3] = ["ssot.yaml", "ssot.yml", "ssot.json"];

/// A heading and what stands below it, down to the next heading that is not `Base`.
pub(super) struct Section {
    pub title: String,
    /// The line of the heading, counted from 0.
    pub line: usize,
    /// 1 to 6; 0 for what stands before the first heading.
    level: usize,
    pub blocks: Vec<Block>,
    pub now: Option<Timestamp>,
}

/// A file of a section.
pub(super) struct Block {
    pub path: RepoPath,
    /// Whether it belongs to base's tree.
    pub base: bool,
    /// The lines between the fences, counted from 0.
    pub lines: Range<usize>,
}

impl Block {
    pub fn is_policy(&self) -> bool {
        !self.base && POLICIES.contains(&self.path.as_str())
    }
}

impl Section {
    fn new(title: String, line: usize, level: usize) -> Self {
        Section { title, line, level, blocks: Vec::new(), now: None }
    }

    /// Whether it holds the policy and nothing else.
    fn is_only_policy(&self) -> bool {
        matches!(self.blocks.as_slice(), [only] if only.is_policy())
    }
}

/// Where the policy and the time of each section stand: in an outer section, where it has none itself.
pub(super) struct Scope {
    /// A section whose only file is the policy.
    pub policy: Option<usize>,
    pub now: Option<Timestamp>,
    /// Whether the section gives its policy to those below it, and is no case.
    pub is_outer: bool,
}

/// The scope of each section.
pub(super) fn scopes(sections: &[Section]) -> Vec<Scope> {
    let mut outer: Vec<usize> = Vec::new();
    let mut scopes: Vec<Scope> = Vec::new();
    for (at, section) in sections.iter().enumerate() {
        outer.retain(|above| sections[*above].level < section.level);
        let nearest = outer.last().map(|above| &scopes[*above]);
        let has_inner = sections.get(at + 1).is_some_and(|next| next.level > section.level);
        let is_outer = has_inner && section.is_only_policy();
        let policy = if is_outer { Some(at) } else { nearest.and_then(|scope| scope.policy) };
        let now = section.now.or_else(|| nearest.and_then(|scope| scope.now));
        scopes.push(Scope { policy, now, is_outer });
        outer.push(at);
    }
    scopes
}

/// Reads the sections of a page whose lines are `lines`.
///
/// # Errors
/// Everything that is malformed, by line.
pub(super) fn sections(text: &str, lines: &[&str]) -> Result<Vec<Section>, Vec<Malformed>> {
    let mut reader = Reader {
        starts: starts(lines),
        lines,
        sections: vec![Section::new(String::new(), 0, 0)],
        in_base: false,
        known: HashSet::new(),
        pending: None,
        malformed: Vec::new(),
    };
    let mut depth = 0;
    let mut events: Vec<(Event<'_>, Range<usize>)> = Vec::new();
    for (event, range) in Parser::new(text).into_offset_iter() {
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        events.push((event, range));
        if depth == 0 {
            reader.block(&events);
            events.clear();
        }
    }
    match reader.malformed.is_empty() {
        true => Ok(reader.sections),
        false => Err(reader.malformed),
    }
}

fn starts(lines: &[&str]) -> Vec<usize> {
    let mut at = 0;
    let start = |line: &&str| {
        let start = at;
        at += line.len();
        start
    };
    lines.iter().map(start).collect()
}

struct Reader<'p> {
    lines: &'p [&'p str],
    /// The byte at which each line starts.
    starts: Vec<usize>,
    sections: Vec<Section>,
    in_base: bool,
    /// The files of the last section, and whether they are base's.
    known: HashSet<(RepoPath, bool)>,
    /// The path that a paragraph has named for the next fenced block, and that paragraph's line.
    pending: Option<(String, usize)>,
    malformed: Vec<Malformed>,
}

impl Reader<'_> {
    /// Takes one block of the page's top level.
    fn block(&mut self, events: &[(Event<'_>, Range<usize>)]) {
        let Some((Event::Start(tag), range)) = events.first() else { return };
        let line = self.line_of(range.start);
        match tag {
            Tag::Heading { level, .. } => self.heading(*level, &text_of(events), line),
            Tag::Paragraph => self.paragraph(events, line),
            Tag::CodeBlock(CodeBlockKind::Fenced(_)) => {
                if let Some((path, _)) = self.pending.take() {
                    self.file(&path, line, range);
                }
            }
            _ => {}
        }
    }

    fn heading(&mut self, level: HeadingLevel, title: &str, line: usize) {
        self.pending = None;
        let level = level as usize;
        let inside = self.sections.last().is_some_and(|section| section.level < level && section.level > 0);
        self.in_base = title == "Base" && inside;
        if !self.in_base {
            self.known.clear();
            self.sections.push(Section::new(title.to_string(), line, level));
        }
    }

    /// A path and a colon, or `--now TIME`, or prose.
    fn paragraph(&mut self, events: &[(Event<'_>, Range<usize>)], line: usize) {
        let inner: Vec<&Event<'_>> =
            events.iter().map(|(event, _)| event).filter(|event| !matches!(event, Event::Start(_) | Event::End(_))).collect();
        match inner.as_slice() {
            [Event::Code(path), Event::Text(colon)] if &**colon == ":" => self.pending = Some((path.to_string(), line)),
            [Event::Code(flag)] => {
                if let Some(time) = flag.strip_prefix("--now ") {
                    self.now(time.trim(), line);
                }
            }
            _ => {}
        }
    }

    fn now(&mut self, time: &str, line: usize) {
        match (crate::facts::instant(time), self.sections.last_mut()) {
            (Some(now), Some(section)) => section.now = Some(now),
            _ => self.complain(line, format!("`{time}` is no time: write 2026-01-31 or 2026-01-31T10:00:00Z")),
        }
    }

    fn file(&mut self, path: &str, line: usize, range: &Range<usize>) {
        let fence = self.lines.get(line).copied().unwrap_or_default();
        let end = self.line_of(range.end.saturating_sub(1));
        let closes = |fence: &str| matches!(fence.trim_end(), end if end.len() >= 3 && (end.chars().all(|c| c == '`') || end.chars().all(|c| c == '~')));
        if self.starts.get(line) != Some(&range.start) || fence.starts_with(' ') {
            return self.complain(line, format!("the fence of `{path}` is indented"));
        }
        if end == line || !self.lines.get(end).is_some_and(|last| closes(last)) {
            return self.complain(line, format!("the fence of `{path}` is not closed"));
        }
        if path.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return self.complain(line, format!("`{path}` is no path of a tree"));
        }
        let block = Block { path: RepoPath::new(path), base: self.in_base, lines: line + 1..end };
        if !self.known.insert((block.path.clone(), block.base)) {
            return self.complain(line, format!("this case has two files `{path}`"));
        }
        self.annotations(&block);
        if let Some(section) = self.sections.last_mut() {
            section.blocks.push(block);
        }
    }

    /// Complains about `~` lines of a form that there is not, and about carets that stand below nothing.
    fn annotations(&mut self, block: &Block) {
        let mut above = false;
        for at in block.lines.clone() {
            let line = self.lines.get(at).copied().unwrap_or_default();
            if !is_annotation(line) {
                above = true;
            } else if let Err(message) = super::annotation::validate(line, above) {
                self.complain(at, message);
            }
        }
    }

    fn complain(&mut self, line: usize, message: String) {
        self.malformed.push(Malformed { line: line + 1, message });
    }

    fn line_of(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte).saturating_sub(1)
    }
}

/// The words of a heading, without its marks.
fn text_of(events: &[(Event<'_>, Range<usize>)]) -> String {
    let mut text = String::new();
    for (event, _) in events {
        match event {
            Event::Text(words) => text.push_str(words),
            Event::Code(words) => text.push_str(&format!("`{words}`")),
            Event::End(TagEnd::Heading(_)) => break,
            _ => {}
        }
    }
    text
}
