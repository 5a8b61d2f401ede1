//! Paths of which other files know parts: the parts are put together, and what a path is used for is told where it is bound.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::known::{Answer, Known};
use super::waiting::Waiting;
use super::{FoundPath, Joined};
use crate::facts::imports::{Gives, Homes, Import, Use, Wait, What};
use crate::facts::path_refs::{HERE, HOLE, LONGEST, Mark, PathExpression, Piece, Template, Told};
use crate::finding::{Place, Range};
use crate::formats::code::Language;
use crate::text::RepoPath;

/// Constants that are made of constants of further files.
const MAX_HOPS: usize = 16;
/// What a name of another file may be; of one that may be more nothing is known.
const MAX_TEXTS: usize = 64;
/// Bytes that names may be replaced by in one tree, and what each further path is counted as.
const MAX_EXPANDED: usize = 1 << 26;
const ELEMENT: usize = 256;

pub(super) struct Paths<'a> {
    known: &'a Known,
    homes: &'a Homes<'a>,
    /// What an answer says, once it was asked for.
    texts: HashMap<*const Answer, Texts>,
    /// What the paths that stand there are used for in other files, and what they are.
    uses: HashMap<(RepoPath, Range), Uses<'a>>,
    seen: HashSet<(*const Answer, Mark)>,
    left: usize,
}

/// Empty where nothing is known.
type Texts = Rc<[Text]>;

/// One text that a name of another file stands for.
struct Text {
    text: String,
    /// The file in whose directory it may start.
    base: RepoPath,
    written: Place,
}

#[derive(Default)]
struct Uses<'a> {
    mark: Mark,
    own: Vec<&'a Template>,
}

/// A path put together.
struct Whole {
    text: String,
    base: RepoPath,
    related: Vec<(String, Place)>,
}

impl<'a> Paths<'a> {
    pub fn new(known: &'a Known, homes: &'a Homes<'a>) -> Self {
        let (texts, uses, seen) = Default::default();
        Paths { known, homes, texts, uses, seen, left: MAX_EXPANDED }
    }

    /// Takes up what a file does with paths that other files bind.
    pub fn note_uses(&mut self, waiting: &Waiting) {
        for wait in waiting.waits() {
            if let Gives::Path(template) = &wait.gives
                && let Some((imports, context)) = template.name()
            {
                let mark = Mark { usage: template.mark.usage, listed: template.mark.listed, ..Mark::default() };
                self.used(imports, context, &waiting.path, mark, 0);
            }
        }
    }

    fn used(&mut self, imports: &[Import], context: Use, from: &RepoPath, mark: Mark, depth: usize) {
        let (known, homes) = (self.known, self.homes);
        let Some((home, answer)) = known.find(homes, imports, What::Path(context), from).filter(|_| depth <= MAX_HOPS) else {
            return;
        };
        if !self.seen.insert((std::ptr::from_ref(answer), mark)) {
            return;
        }
        for wait in &answer.placed.waits {
            let Gives::Path(template) = &wait.gives else { continue };
            if let Some((imports, context)) = template.name() {
                self.used(imports, context, &home, mark, depth + 1);
                continue;
            }
            let uses = self.uses.entry((home.clone(), wait.at)).or_default();
            uses.mark = uses.mark.and(mark);
            if template.imports().next().is_none() && uses.own.len() < MAX_TEXTS && !uses.own.contains(&template) {
                uses.own.push(template);
            }
        }
    }

    /// What stands in files where other files use it: by file and place.
    pub fn used_elsewhere(&self) -> impl Iterator<Item = (&RepoPath, Range, Vec<PathExpression>)> {
        self.uses.iter().filter_map(|((path, at), uses)| {
            let language = Language::of(path)?;
            let told = |template: &&Template| {
                let template = Template { mark: template.mark.and(uses.mark), ..(*template).clone() };
                match template.told(language, &template.own_text())? {
                    Told::Element(expression) => Some(expression),
                    Told::Hole(_) => None,
                }
            };
            Some((path, *at, uses.own.iter().filter_map(told).collect()))
        })
    }

    /// Adds what a path of the file at `path` is.
    pub fn add(&mut self, path: &RepoPath, wait: &Wait<Range>, template: &Template, joined: &mut Joined) {
        let Some(language) = Language::of(path).filter(|_| template.name().is_none()) else { return };
        let used = self.uses.get(&(path.clone(), wait.at)).map(|uses| uses.mark).unwrap_or_default();
        let template = Template { mark: template.mark.and(used), ..template.clone() };
        for Whole { text, base, related } in self.wholes(&template, path, 0) {
            let (expression, is_element) = match template.told(language, &text) {
                None => continue,
                Some(Told::Element(expression)) => (expression, true),
                Some(Told::Hole(expression)) => (expression, false),
            };
            let message = wait.message.clone();
            joined.paths.push(FoundPath { expression, is_element, base, at: wait.at, related, message });
        }
    }

    /// The texts of a path; of two names that may be several things the combinations are not told.
    fn wholes(&mut self, template: &Template, from: &RepoPath, depth: usize) -> Vec<Whole> {
        let pieces: Vec<Texts> = template.pieces.iter().map(|piece| self.piece(piece, from, depth)).collect();
        let varying = pieces.iter().find(|texts| texts.len() > 1);
        let count = varying.map_or(1, |texts| texts.len());
        let mut wholes = Vec::new();
        for n in 0..count {
            let mut whole = Whole { text: String::new(), base: from.clone(), related: Vec::new() };
            for (piece, texts) in template.pieces.iter().zip(&pieces) {
                whole.push(
                    piece,
                    match &**texts {
                        [only] => Some(only),
                        _ => varying.filter(|varying| Rc::ptr_eq(varying, texts)).and_then(|varying| varying.get(n)),
                    },
                );
            }
            if !self.spend(whole.text.len() + ELEMENT) {
                return vec![Whole { text: template.own_text(), base: from.clone(), related: Vec::new() }];
            }
            if whole.text.len() <= LONGEST {
                wholes.push(whole);
            }
        }
        wholes
    }

    /// Takes `bytes` from what may still be spent; `false` where there are not so many left.
    fn spend(&mut self, bytes: usize) -> bool {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    /// What a piece of a path of the file `from` may be, where another file knows it.
    fn piece(&mut self, piece: &Piece, from: &RepoPath, depth: usize) -> Texts {
        let Piece::Elsewhere(imports, context) = piece else { return Texts::default() };
        let (known, homes) = (self.known, self.homes);
        let found = known.find(homes, imports, What::Path(*context), from).filter(|_| depth <= MAX_HOPS);
        found.map(|(home, answer)| self.answered(&home, answer, depth)).unwrap_or_default()
    }

    /// What the file `home` answered; one that turns back to itself is not known.
    fn answered(&mut self, home: &RepoPath, answer: &'a Answer, depth: usize) -> Texts {
        let key = std::ptr::from_ref(answer);
        if let Some(texts) = self.texts.get(&key) {
            return texts.clone();
        }
        self.texts.insert(key, Texts::default());
        let mut texts = Vec::new();
        for wait in answer.placed.waits.iter().take(MAX_TEXTS + 1) {
            let Gives::Path(template) = &wait.gives else { continue };
            let written = Place { path: home.clone(), range: Some(wait.at) };
            let wholes = self.wholes(template, home, depth + 1).into_iter();
            texts.extend(wholes.map(|Whole { text, base, .. }| Text { text, base, written: written.clone() }));
        }
        let is_unknown = |text: &Text| text.text.chars().all(|c| c == HOLE);
        let texts = if texts.len() > MAX_TEXTS || texts.iter().all(is_unknown) { Texts::default() } else { texts.into() };
        self.texts.insert(key, texts.clone());
        texts
    }
}

impl Whole {
    fn push(&mut self, piece: &Piece, known: Option<&Text>) {
        let Some(known) = known else {
            return match piece {
                Piece::Text(text) => self.text.push_str(text),
                Piece::Elsewhere(..) => self.text.push(HOLE),
            };
        };
        if self.text.is_empty() && known.text.starts_with(HERE) {
            self.base = known.base.clone();
        }
        self.text.push_str(&known.text);
        let related = (format!("`{}` is written here", shown(&known.text)), known.written.clone());
        if !self.related.contains(&related) {
            self.related.push(related);
        }
    }
}

/// A text as its reader knows it: what is unknown of it, or leads up, in short.
fn shown(text: &str) -> String {
    let known = text.rsplit('/').take_while(|segment| *segment != ".." && !segment.contains(char::is_control));
    let mut known: Vec<&str> = known.collect();
    if known.len() <= text.matches('/').count() {
        known.push("…");
    }
    known.reverse();
    crate::facts::shown(&known.join("/"))
}
