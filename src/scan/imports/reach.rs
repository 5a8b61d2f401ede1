//! Which files can import a function from the files that define it, told by their words alone.
//!
//! A file that is told so may still not import it; one that is not told so cannot.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::Files;
use super::wanted::Wanted;
use crate::facts::imports::{Door, Doors, ModuleTree, hands_on, hands_on_all, kin, words};
use crate::formats::code::Language;
use crate::text::RepoPath;

/// Rounds of looking: for names, then for those that the files so found give to the same things, or to what they make of them.
pub(super) const MAX_ROUNDS: usize = 16;
/// Words that lead to files, in all files together; where there are more, each file that says a function's name counts.
const MAX_SAID: usize = 1 << 22;

/// A file that says the name of a function, or hands on all of another file's names.
struct Speaker {
    at: usize,
    names_one: bool,
    /// The numbers of the words of doors that it says.
    said: Vec<u32>,
}

/// The files of a tree that may take something from each other.
pub(super) struct Reach<'a> {
    files: &'a Files<'a>,
    /// Positions, in order.
    candidates: &'a [usize],
    families: HashMap<Language, Family<'a>>,
}

/// Those of one family of languages.
struct Family<'a> {
    members: Vec<usize>,
    doors: Doors<'a>,
    /// The words of the doors to all members, numbered.
    numbers: HashMap<String, u32>,
}

impl<'a> Reach<'a> {
    pub fn new(files: &'a Files<'a>, candidates: &'a [usize]) -> Self {
        Reach { files, candidates, families: HashMap::new() }
    }

    /// Those of the files that can import one of the wanted functions and say its name, in order.
    pub fn callers(&mut self, wanted: &BTreeMap<Language, Wanted>) -> Vec<usize> {
        let (files, candidates) = (self.files, self.candidates);
        let mut found = Vec::new();
        for (family, wanted) in wanted {
            let family = self.families.entry(*family).or_insert_with(|| Family::of(files, candidates, *family));
            let total = AtomicUsize::new(0);
            let one = |at: &usize| speaker(files, *at, wanted, &family.numbers, &total);
            let speakers: Vec<Speaker> = family.members.par_iter().filter_map(one).collect();
            let is_whole = total.into_inner() <= MAX_SAID;
            let reached = if is_whole { family.reached(files, &wanted.homes, &speakers) } else { vec![true; speakers.len()] };
            let callers = speakers.iter().zip(reached).filter(|(speaker, reached)| *reached && speaker.names_one);
            found.extend(callers.map(|(speaker, _)| speaker.at));
        }
        found.sort_unstable();
        found
    }
}

fn speaker(files: &Files<'_>, at: usize, wanted: &Wanted, ways: &HashMap<String, u32>, total: &AtomicUsize) -> Option<Speaker> {
    let bytes = files.content(&files.index.entries()[at].path)?;
    let mut speaker = Speaker { at, names_one: wanted.is_nameless, said: Vec::new() };
    speaker.names_one |= words(&bytes).any(|word| wanted.is_name(word));
    if !speaker.names_one && !hands_on_all(&bytes) {
        return None;
    }
    if total.load(Ordering::Relaxed) <= MAX_SAID {
        let number = |word: &[u8]| ways.get(std::str::from_utf8(word).ok()?).copied();
        speaker.said = words(&bytes).filter_map(number).collect();
        speaker.said.sort_unstable();
        speaker.said.dedup();
        total.fetch_add(speaker.said.len(), Ordering::Relaxed);
    }
    Some(speaker)
}

impl<'a> Family<'a> {
    fn of(files: &'a Files<'a>, candidates: &[usize], family: Language) -> Self {
        let entries = files.index.entries();
        let doors = Doors::of(files, family);
        let (mut members, mut numbers) = (Vec::new(), HashMap::new());
        for at in candidates {
            let Some(language) = files.language(&entries[*at].path).filter(|language| kin(*language) == family) else { continue };
            members.push(*at);
            if let Door::Says { words, .. } = doors.to(&entries[*at].path, language) {
                for word in words {
                    let number = numbers.len() as u32;
                    numbers.entry(word).or_insert(number);
                }
            }
        }
        Family { members, doors, numbers }
    }

    /// For each speaker, whether a way leads from it to a home of the functions.
    fn reached(&self, files: &Files<'_>, homes: &BTreeSet<RepoPath>, speakers: &[Speaker]) -> Vec<bool> {
        let mut by_word: Vec<Vec<usize>> = vec![Vec::new(); self.numbers.len()];
        for (number, speaker) in speakers.iter().enumerate() {
            speaker.said.iter().for_each(|word| by_word[*word as usize].push(number));
        }
        let paths: Vec<&RepoPath> = speakers.iter().map(|speaker| &files.index.entries()[speaker.at].path).collect();
        let mut reached = vec![false; speakers.len()];
        let mut seen = HashSet::new();
        let mut open: Vec<&RepoPath> = homes.iter().collect();
        while let Some(home) = open.pop() {
            let language = files.language(home);
            let Some(Door::Says { words, near }) = language.map(|language| self.doors.to(home, language)) else {
                return vec![true; speakers.len()];
            };
            // Each word and each directory is looked up once, however many homes have it.
            let said = words.iter().filter_map(|word| self.numbers.get(word));
            let mut admitted: Vec<usize> = said.flat_map(|word| std::mem::take(&mut by_word[*word as usize])).collect();
            admitted.extend(near.filter(|near| seen.insert(near.clone())).into_iter().flat_map(|near| below(&near, &paths)));
            for number in admitted {
                if !std::mem::replace(&mut reached[number], true) && language.is_some_and(hands_on) {
                    open.push(paths[number]);
                }
            }
        }
        reached
    }
}

/// The numbers of the paths, which are in order, that lie below a directory.
fn below(directory: &str, paths: &[&RepoPath]) -> std::ops::Range<usize> {
    let prefix = format!("{directory}/");
    let start = paths.partition_point(|path| path.as_str() < prefix.as_str());
    let length = paths[start..].partition_point(|path| path.as_str().starts_with(&prefix));
    start..start + length
}
