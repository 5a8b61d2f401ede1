//! What one file takes from others: plain data, the same for every language, and the files where a name may be defined.
//!
//! An extractor that meets a name which its file imports leaves a [`Wait`]. The engine looks up where the name may be defined
//! ([`Homes`]), asks those files for it ([`super::exports`]), and joins the answers: raw facts stay a function of one file.

mod classes;
mod doors;
mod homes;
mod javascript;
mod packages;
mod python;
mod tree;

use serde::{Deserialize, Serialize};

use super::path_refs::Template;

pub use doors::{Door, Doors, hands_on, hands_on_all, words};
pub use homes::{Homes, kin};
pub use tree::{Home, ModuleTree};

/// A name of another file, as the code that uses it says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Import {
    /// Its dotted path, import aliases resolved: `.settings.KEYS`, `./keys.KEYS`.
    pub path: String,
    /// Bytes of `path` that name the module for certain; 0 where only the tree tells modules from their members.
    pub module: usize,
}

/// How a part of a value is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Use {
    /// It is the value.
    Whole,
    /// It is an item of a collection, or a value by itself that is no collection.
    Item,
    /// Its items are items of a collection.
    Spread,
    /// It is the key of a map.
    Key,
    /// It is a pair of key and value: an entry of a map.
    Entry,
}

/// Something that only another file of the tree can tell. `P` is a place: bytes at first, lines and columns later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wait<P> {
    /// Where the name may come from, by precedence.
    pub imports: Vec<Import>,
    pub gives: Gives<P>,
    /// Where it is used, and what is said there if no file of the tree has it.
    pub at: P,
    pub message: String,
}

/// What a name that another file knows is good for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Gives<P> {
    /// Elements that stand where their literals are written.
    Parts(Use),
    /// A read of the environment for each of its values, with these captures, at the place that waits.
    Reads(Use, Vec<(String, String)>),
    /// The reads of a function that is called, if it is a [`Wrapper`].
    Call(Call<P>),
    /// A path that is made of such names; they stand in it.
    Path(Template),
}

/// A call of a function of another file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call<P> {
    pub arguments: Vec<Given<P>>,
    /// What the caller does about an unset variable.
    pub unset: Unset,
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Given<P> {
    /// Of an argument that is given by name.
    pub name: Option<String>,
    /// It stands for any number of arguments.
    pub spread: bool,
    pub at: P,
    /// What it is as a key.
    pub keys: Vec<GivenKey<P>>,
    /// What it is as a default.
    pub default: Unset,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum GivenKey<P> {
    Known {
        value: String,
        /// Where it is written, unless that is the argument itself.
        literal: Option<P>,
    },
    Elsewhere(Vec<Import>, Use),
    Computed,
}

/// What becomes of a variable that is unset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unset {
    #[default]
    Unknown,
    /// The read fails.
    Fails,
    /// Something computed stands in.
    Computed,
    /// This stands in.
    Literal(String),
}

/// A function whose parameter is the key of a read of the environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wrapper<P> {
    /// The function's name, behind that of its class.
    pub name: String,
    /// The names that other files may know it by.
    pub known_as: Vec<String>,
    pub key: Slot,
    /// The key where the parameter is left out.
    pub own_key: Option<String>,
    pub unset: WrapperUnset,
    pub idiom: String,
    /// What is computed in it, as long as nobody calls it.
    pub holes: Vec<(P, String)>,
}

/// A parameter, as a caller from outside counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    pub index: usize,
    pub name: String,
}

/// What a wrapper does about an unset variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WrapperUnset {
    Own(Unset),
    /// What its caller gives it there stands in, else this.
    Given(Slot, Unset),
}

/// A question to the file where a name may be defined.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ask {
    /// The name inside of that file: `KEYS`, `Config.KEYS`.
    pub name: String,
    /// The package that the file has to say that it is of.
    pub package: Option<String>,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// Its value, used so.
    Value(Use),
    /// The reads of a function of that name.
    Function,
    /// The path that it is, used so.
    Path(Use),
}

impl Unset {
    /// The captures of a read.
    pub fn captures(&self, idiom: &str) -> Vec<(String, String)> {
        let required = match self {
            Unset::Fails => "yes",
            Unset::Unknown => "maybe",
            Unset::Computed | Unset::Literal(_) => "no",
        };
        let mut captures = vec![("required".to_owned(), required.to_owned()), ("idiom".to_owned(), idiom.to_owned())];
        if let Unset::Literal(text) = self {
            captures.push(("default".to_owned(), text.clone()));
        }
        captures
    }
}

impl<P> Call<P> {
    /// The argument in a parameter's place; where something is spread before it, that.
    pub fn argument(&self, slot: &Slot) -> Option<&Given<P>> {
        let positional = self.arguments.iter().filter(|given| given.name.is_none()).enumerate();
        let found = positional.into_iter().find(|(at, given)| *at == slot.index || given.spread).map(|(_, given)| given);
        found.or_else(|| self.arguments.iter().find(|given| given.name.as_deref() == Some(slot.name.as_str())))
    }
}

impl<P> Wait<P> {
    /// The same with other places.
    pub fn placed<Q>(self, place: &impl Fn(P) -> Q) -> Wait<Q> {
        let gives = match self.gives {
            Gives::Parts(context) => Gives::Parts(context),
            Gives::Reads(context, captures) => Gives::Reads(context, captures),
            Gives::Path(template) => Gives::Path(template),
            Gives::Call(call) => Gives::Call(Call {
                arguments: call.arguments.into_iter().map(|given| given.placed(place)).collect(),
                unset: call.unset,
            }),
        };
        Wait { imports: self.imports, gives, at: place(self.at), message: self.message }
    }
}

impl<P> Given<P> {
    fn placed<Q>(self, place: &impl Fn(P) -> Q) -> Given<Q> {
        let key = |key| match key {
            GivenKey::Known { value, literal } => GivenKey::Known { value, literal: literal.map(place) },
            GivenKey::Elsewhere(imports, context) => GivenKey::Elsewhere(imports, context),
            GivenKey::Computed => GivenKey::Computed,
        };
        let keys = self.keys.into_iter().map(key).collect();
        Given { name: self.name, spread: self.spread, at: place(self.at), keys, default: self.default }
    }
}

impl<P> Wrapper<P> {
    /// The same with other places.
    pub fn placed<Q>(self, place: &impl Fn(P) -> Q) -> Wrapper<Q> {
        Wrapper {
            holes: self.holes.into_iter().map(|(at, message)| (place(at), message)).collect(),
            name: self.name,
            known_as: self.known_as,
            key: self.key,
            own_key: self.own_key,
            unset: self.unset,
            idiom: self.idiom,
        }
    }
}
