//! `const`: the literals that a name is bound to at module, class or enum level.

mod append;
mod csharp;
mod go;
mod java;
mod javascript;
mod kotlin;
mod parts;
mod php;
mod python;
mod ruby;
mod rust;

use std::collections::HashSet;

use super::imports::{Gives, Wait};
use super::names::{self, ByPath, Exported, Names, Qualified};
use super::{Extractor, FileKind, Hole, Raw, RawElement, Source, parsed};
use crate::formats::code::{Code, Language, Node};
use crate::text::Span;

use parts::Use;
pub use parts::{Part, items};

/// Nodes around a name that may bind it.
const MAX_CLIMB: usize = 5;
/// Reads `const: NAME`.
pub struct Constant {
    name: String,
}

/// New text for a place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// Empty: nothing is replaced.
    pub span: Span,
    pub text: String,
}

impl Constant {
    pub fn new(name: impl Into<String>) -> Self {
        Constant { name: name.into() }
    }

    /// The captures that an element may have.
    pub fn captures(&self) -> Vec<String> {
        vec!["key".to_owned()]
    }

    /// The edit that adds `values`, in their order, at the end of the constant's first list, tuple, set or array, in the
    /// style of what stands there; `None` where there is no such literal.
    pub fn append(&self, source: &Source<'_>, values: &[String]) -> Option<Insertion> {
        let code = source.code()?.ok()?;
        let names = Names::of(code);
        let bound = bindings(&[self.name.as_str()].into(), &names, code.root());
        let list = bound.into_iter().find_map(|(_, binding)| match binding {
            Binding::Value(value) | Binding::Addition(value) => parts::first_list(value),
            Binding::Items(..) | Binding::Members(_) | Binding::Unknown(_) => None,
        })?;
        append::append(list, values)
    }
}

impl Extractor for Constant {
    fn literals(&self, _kind: FileKind) -> Option<Vec<String>> {
        Some(vec![self.name.clone()])
    }

    fn append(&self, source: &Source<'_>, value: &str) -> Option<(Span, String)> {
        let insertion = Constant::append(self, source, &[value.to_owned()])?;
        Some((insertion.span, insertion.text))
    }

    fn extract(&self, source: &Source<'_>, raw: &mut Raw) {
        let Some(code) = parsed::parsed_but_no_script("const", source, raw) else { return };
        let names = Names::of(code);
        let bound = bindings(&[self.name.as_str()].into(), &names, code.root());
        let mut entered = parts::Entered::new();
        for (_, binding) in bound {
            add(raw, parts_of(&names, binding, Use::Whole, &mut entered));
        }
        if let Some(path) = handed_on(&names, code, &self.name)
            && let Some(at) = first_mention(code, &self.name)
        {
            let imports = names.imports(&Qualified { path, imported: true });
            add(raw, vec![Part::Elsewhere(at, imports, Use::Whole)]);
        }
        parsed::settle(raw);
    }
}

/// The path of the constant in another file, where this one only imports or re-exports it.
fn handed_on(names: &Names<'_>, code: &Code, name: &str) -> Option<String> {
    if let Some(names::Binding::Import(path)) = names.at_top(name) {
        return Some(path.clone());
    }
    match names::syntax(code).exports(code)?.names.get(name)? {
        Exported::Elsewhere(path) => Some(path.clone()),
        Exported::Local(_) | Exported::Value(_) => None,
    }
}

/// Where the file first says `name`.
fn first_mention<'t>(code: &'t Code, name: &str) -> Option<Node<'t>> {
    code.root().subtree().find(|node| node.is_named() && node.children().next().is_none() && node.text() == name)
}

/// The parts that one binding of a constant gives to it, where the constant is used as `context`.
fn parts_of<'t>(names: &Names<'t>, binding: Binding<'t>, context: Use, entered: &mut parts::Entered) -> Vec<Part<'t>> {
    match binding {
        Binding::Value(value) => parts::parts(names, value, context, entered),
        Binding::Addition(value) => parts::parts(names, value, Use::Spread, entered),
        Binding::Items(items, context) => items.iter().flat_map(|item| parts::parts(names, *item, context, entered)).collect(),
        Binding::Members(body) => members(body),
        Binding::Unknown(node) => vec![Part::Unknown(node)],
    }
}

fn add(raw: &mut Raw, parts: Vec<Part<'_>>) {
    for part in parts {
        match part {
            Part::Known { value, key, node } => {
                let captures = key.map(|key| ("key".to_owned(), key)).into_iter().collect();
                raw.elements.push(RawElement { value, captures, span: Some(node.span()), ..Default::default() });
            }
            Part::Elsewhere(node, imports, context) => {
                let Hole { span, message, .. } = parsed::computed(node);
                raw.wait(Wait { imports, gives: Gives::Parts(context), at: span, message }, node.code());
            }
            Part::Unknown(node) => raw.holes.push(parsed::computed(node)),
        }
    }
}

/// One of the places where a constant gets its elements.
#[derive(Clone)]
enum Binding<'t> {
    /// The whole value.
    Value(Node<'t>),
    /// `+=`: a collection whose items are added.
    Addition(Node<'t>),
    /// `append`, `push`: these are added.
    Items(Vec<Node<'t>>, parts::Use),
    /// The body of an enum of that name.
    Members(Node<'t>),
    /// Bound in a way that tells no value.
    Unknown(Node<'t>),
}

/// How the names are bound outside of functions, each with the leaf that says the name.
fn bindings<'t>(asked: &HashSet<&str>, names: &Names<'t>, root: Node<'t>) -> Vec<(Node<'t>, Binding<'t>)> {
    let forms = forms(root.code().language);
    let mut bound = Vec::new();
    let mut seen = HashSet::new();
    let leaves = root.subtree().filter(|node| node.after() == node.id() + 1);
    for leaf in leaves.filter(|leaf| asked.contains(leaf.text())) {
        let around = std::iter::successors(Some(leaf), |node| node.parent()).take(MAX_CLIMB);
        for node in around {
            if let Some(binding) = forms.binding(leaf.text(), node)
                && names.outside_functions(node)
                && seen.insert((node.id(), leaf.text()))
            {
                bound.push((leaf, binding));
            }
        }
    }
    bound
}

/// A constant that another file asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// Its name, behind those of the classes, enums or maps that it is a member of.
    pub path: String,
    pub context: Use,
}

/// The constants of a file that others ask for.
pub struct Constants<'c, 't> {
    names: &'c Names<'t>,
    code: &'t Code,
    bound: ByPath<Vec<Binding<'t>>>,
}

impl<'c, 't> Constants<'c, 't> {
    pub fn new(names: &'c Names<'t>, code: &'t Code, wanted: &[Wanted]) -> Self {
        let asked = wanted.iter().flat_map(|wanted| wanted.path.rsplit('.').take(2)).collect();
        let mut bound: ByPath<Vec<Binding<'_>>> = ByPath::default();
        for (leaf, binding) in bindings(&asked, names, code.root()) {
            bound.entry(&names::member_path(leaf, leaf.text())).push(binding);
        }
        Constants { names, code, bound }
    }

    /// What a constant holds, as its users from outside see it; `None` where the file does not bind it.
    pub fn raw(&self, wanted: &Wanted) -> Option<Raw> {
        self.parts(wanted).map(raw_of)
    }

    pub fn parts(&self, wanted: &Wanted) -> Option<Vec<Part<'t>>> {
        let mut entered = parts::Entered::new();
        if self.is_changed(wanted) {
            return Some(vec![Part::Unknown(self.code.root())]);
        }
        if let Some(own) = self.bound.get(&wanted.path) {
            let parts = own.iter().map(|binding| parts_of(self.names, binding.clone(), wanted.context, &mut entered));
            return Some(parts.collect::<Vec<_>>().concat());
        }
        let (of, name) = wanted.path.rsplit_once('.')?;
        self.bound.get(of)?.iter().find_map(|binding| member_of(self.names, binding, name, wanted.context))
    }

    /// The expression of a constant that is bound once, or of a member of a map that is.
    pub fn expression(&self, wanted: &Wanted) -> Option<Node<'t>> {
        if self.is_changed(wanted) {
            return None;
        }
        if let Some(own) = self.bound.get(&wanted.path) {
            return match own.as_slice() {
                [Binding::Value(value)] => Some(*value),
                _ => None,
            };
        }
        let (of, name) = wanted.path.rsplit_once('.')?;
        match self.bound.get(of)?.as_slice() {
            [Binding::Value(map)] => parts::member(*map, name),
            [Binding::Members(body)] => members(*body).into_iter().find_map(|part| match part {
                Part::Known { key: Some(key), node, .. } if key == name => Some(node),
                _ => None,
            }),
            _ => None,
        }
    }

    /// Whether a function binds it again.
    fn is_changed(&self, wanted: &Wanted) -> bool {
        wanted.path.split('.').next().is_some_and(|top| self.names.is_changed_inside(top))
    }
}

/// What an expression holds where it is used as `context`.
pub fn value(names: &Names<'_>, node: Node<'_>, context: Use) -> Raw {
    raw_of(parts(names, node, context))
}

/// The parts of an expression where it is used as `context`.
pub fn parts<'t>(names: &Names<'t>, node: Node<'t>, context: Use) -> Vec<Part<'t>> {
    parts::parts(names, node, context, &mut parts::Entered::new())
}

fn raw_of(parts: Vec<Part<'_>>) -> Raw {
    let mut raw = Raw::default();
    add(&mut raw, parts);
    parsed::settle(&mut raw);
    raw
}

/// The member `name` of an enum or of a map.
fn member_of<'t>(names: &Names<'t>, of: &Binding<'t>, name: &str, context: Use) -> Option<Vec<Part<'t>>> {
    match of {
        Binding::Members(body) => {
            let found = members(*body).into_iter();
            let found = found.filter(|part| matches!(part, Part::Known { key: Some(key), .. } if key == name));
            found.map(|part| vec![part]).next()
        }
        Binding::Value(map) => {
            let value = parts::member(*map, name)?;
            Some(parts::parts(names, value, context, &mut parts::Entered::new()))
        }
        Binding::Addition(_) | Binding::Items(..) | Binding::Unknown(_) => None,
    }
}

fn members(body: Node<'_>) -> Vec<Part<'_>> {
    let forms = forms(body.code().language);
    body.children().filter_map(|child| forms.member(child)).collect()
}

/// How one language writes constants. A language is one file beside this one, and one line of [`forms`].
trait Forms: Sync {
    /// How `node` binds `name`, if it does.
    fn binding<'t>(&self, _name: &str, _node: Node<'t>) -> Option<Binding<'t>> {
        None
    }

    /// The member of an enum that a child of its body declares.
    fn member<'t>(&self, _child: Node<'t>) -> Option<Part<'t>> {
        None
    }

    /// What `node`, which is no literal, is made of where it is used as `context`.
    fn shape<'t>(&self, _node: Node<'t>, _context: parts::Use) -> parts::Shape<'t> {
        parts::Shape::Unknown
    }
}

fn forms(language: Language) -> &'static dyn Forms {
    match language {
        Language::Python => &python::Python,
        Language::JavaScript | Language::TypeScript | Language::Tsx => &javascript::Script,
        Language::Ruby => &ruby::Ruby,
        Language::Java => &java::Java,
        Language::Kotlin => &kotlin::Kotlin,
        Language::Php => &php::Php,
        Language::Rust => &rust::Rust,
        Language::Go => &go::Go,
        Language::CSharp => &csharp::CSharp,
        Language::Shell => &Unread,
    }
}

/// A language whose constants nobody reads yet.
struct Unread;

impl Forms for Unread {}

#[cfg(test)]
mod csharp_tests;
#[cfg(test)]
mod jvm_ruby_php;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::parsed::testing::{told, told_with};
    use crate::text::RepoPath;

    #[track_caller]
    fn check(path: &str, table: &[(&str, &str)]) {
        for (text, expected) in table {
            assert_eq!(told(&Constant::new("X"), path, text), *expected, "{text}");
        }
    }

    #[test]
    fn python_collections_and_scalars() {
        check(
            "a.py",
            &[
                ("X = ['a', \"b\"]  # \"c\"", "a@1:6, b@1:11"),
                ("X: Final[tuple[str, ...]] = ('a', 'b' 'c')", "a@1:30, bc@1:35"),
                ("X = 'a', 'b'", "a@1:5, b@1:10"),
                ("X = {'a', 1, -2}", "a@1:6, 1@1:11, -2@1:14"),
                ("X = frozenset({'a'})", "a@1:16"),
                ("X = frozenset[str](('a',))", "a@1:21"),
                ("X = types.MappingProxyType({'a': ['b']})", "a@1:29"),
                ("X = dict(a=1)", "a@1:10"),
                ("X = set()", ""),
                ("X = Literal['a', 'b']", "a@1:13, b@1:18"),
                ("X = 'a'", "a@1:5"),
                ("X = None\nX = ['a']", "a@2:6"),
                ("W = X = ['a']", "a@1:10"),
                ("if c:\n  X = ['a']\nelse:\n  X = ['b']\nX += ['c']", "a@2:8, b@4:8, c@5:7"),
                ("class C:\n  X = ['a']\n  def f(self):\n    X = ['b']", "a@2:8"),
                ("Y = ['a']\nX: list\nx = ['b']", ""),
                ("def f():\n  X = ['a']", ""),
                ("'X = 1'\n# X = 2", ""),
            ],
        );
    }

    #[test]
    fn python_constants_made_of_others() {
        check(
            "a.py",
            &[
                ("B = ['b']\nX = [*B, 'a', *B]", "b@1:6, a@2:10"),
                ("B = ('b',)\nX = list(B) + ['a']", "b@1:6, a@2:16"),
                ("B = {'b'}\nX = B | {'a'}", "b@1:6, a@2:10"),
                ("B = {'b': 1}\nX = {**B, 'a': 1}", "b@1:6, a@2:11"),
                ("B = {'b'}\nX = B.union({'a'})", "b@1:6, a@2:14"),
                ("A = 'a'\nX = [A, 'b']", "a@1:5, b@2:9"),
                ("X = [*load(), 'a']", "a@1:15, !1:7"),
                ("X = ['a', name(), f'{b}', ('c', 'd')]", "a@1:6, !1:11, !1:19, !1:27"),
                ("X = [k for k in y]", "!1:5"),
                ("X = 'a' + b", "!1:5"),
                ("X, Y = 'a', 'b'", "!1:1"),
                ("from b import B\nX = [*B, 'a']", "a@2:10, !2:7"),
                ("from b import X", "!1:15"),
                ("X = [*Y]\nY = [*X, 'a']", "a@2:10"),
                ("X = ['a']\nX.append('b')\nX.extend(['c', d])", "a@1:6, b@2:10, c@3:11, !3:16"),
                ("X = {'a'}\nX.add('b')\nX.discard('a')\ny.X.add('c')", "a@1:6, b@2:7, !3:1"),
                ("X = {'a': 1}\nX['b'] = 2\nX.update({'c': 3})", "a@1:6, b@2:3, c@3:11"),
                ("X = ['a']\nX.index('b'), X.copy()\ndef f(): X.append('c')", "a@1:6"),
            ],
        );
    }

    #[test]
    fn members_of_enums() {
        let text = "class X(str, Enum):\n  A = 'a'\n  B = auto()\n  _ignore_ = []\n  def f(self): pass\n";
        assert_eq!(told_with(&Constant::new("X"), "a.py", text, &["key"]), "a@2:7 key=A, B@3:3 key=B");
        assert_eq!(told(&Constant::new("A"), "a.py", text), "a@2:7");
        let text = "export enum X { A = 'a', B, 'C-D' }";
        assert_eq!(told_with(&Constant::new("X"), "a.ts", text, &["key"]), "a@1:21 key=A, B@1:26 key=B, C-D@1:29 key=C-D");
        assert_eq!(told(&Constant::new("X"), "a.py", "class X:\n  A = 'a'"), "");
    }

    #[test]
    fn script_collections_and_scalars() {
        check(
            "a.ts",
            &[
                ("export const X = ['a', `b`] as const;", "a@1:19, b@1:24"),
                ("const X = Object.freeze(['a'])", "a@1:26"),
                ("const X = new Set<string>(['a'])", "a@1:28"),
                ("const X = new Map([['a', 1], ['b', 2]])", "a@1:21, b@1:31"),
                ("const X = {a: 1, 'b-c': 2, 3: x, ['d']: 4, e, f() {}}", "a@1:12, b-c@1:18, 3@1:28, d@1:35, e@1:44, f@1:47"),
                ("const X = (['a'] satisfies string[])!", "a@1:13"),
                ("const X = <string[]>['a']", "a@1:22"),
                ("let X = 'a'", "a@1:9"),
                ("let X = null; X = 5", "5@1:19"),
                ("class C { static readonly X = ['a']; f() { const X = ['b'] } }", "a@1:32"),
                ("const B = ['b']; const X = [...B, 'a']", "b@1:12, a@1:35"),
                ("const B = {b: 1}; const X = {...B, a: 1}", "b@1:12, a@1:36"),
                ("const X = ['a'].concat(['b'])", "a@1:12, b@1:25"),
                ("const X = [...load(), 'a', b.c]", "a@1:23, !1:15, !1:28"),
                ("const X = () => ['a']", "!1:11"),
                ("const {X} = y", "!1:8"),
                ("function f() { const X = 'a' }", ""),
                ("const X = ['a']; X.push('b', ...c()); X.map(f)", "a@1:12, b@1:25, !1:33"),
                ("const X = new Set(['a']); X.add('b'); X.delete('a')", "a@1:20, b@1:33, !1:39"),
                ("// X = 1", ""),
            ],
        );
        check("a.js", &[("exports.X = ['a']", "a@1:14"), ("module.exports.X = ['a']", "a@1:21")]);
    }

    #[test]
    fn rust_collections_and_scalars() {
        check(
            "a.rs",
            &[
                ("pub const X: [&str; 2] = [\"a\", r#\"b\"#];", "a@1:27, b@1:32"),
                ("static X: &[&str] = &[\"a\", Y]; const Y: &str = \"b\";", "a@1:23, b@1:48"),
                ("const X: u16 = 8_080;", "8_080@1:16"),
                ("const X: i8 = -1; // \"no\"", "-1@1:15"),
                ("impl C { pub const X: &'static str = \"a\"; } mod m { const X: &str = \"b\"; }", "a@1:38, b@1:69"),
                ("static X: LazyLock<HashSet<&str>> = LazyLock::new(|| HashSet::from([\"a\"]));", "a@1:69"),
                ("static X: Map = LazyLock::new(|| { BTreeMap::from([(\"a\", 1), (\"b\", 2)]) });", "a@1:53, b@1:63"),
                ("const X: &[&str] = &[B, concat!(\"a\", \"b\"), c()]; const B: &str = \"x\";", "ab@1:25, x@1:66, !1:44"),
                ("static X: Lazy<Vec<String>> = Lazy::new(|| vec![\"a\".to_string(), \"b\".into()]);", "a@1:49, b@1:66"),
                ("const X: [u8; 3] = [0; 3];", "!1:20"),
                ("fn f() { const X: &str = \"a\"; }", ""),
            ],
        );
        let text = "enum X { A, B = 2, #[serde(rename = \"c\")] C(u8), D { e: u8 } }";
        assert_eq!(
            told_with(&Constant::new("X"), "a.rs", text, &["key"]),
            "A@1:10 key=A, 2@1:17 key=B, C@1:43 key=C, D@1:50 key=D"
        );
    }

    #[test]
    fn go_collections_and_scalars() {
        check(
            "a.go",
            &[
                ("package a\nvar X = []string{\"a\", `b`}", "a@2:18, b@2:23"),
                ("package a\nconst (\n\tW = 1\n\tX = \"a\"\n)\n", "a@4:6"),
                ("package a\nvar W, X = 1, \"a\"", "a@2:15"),
                ("package a\nvar X = map[string]int{\"a\": 1, K: 2}\nconst K = \"k\"", "a@2:24, k@3:11"),
                ("package a\nvar X = [...]string{0: \"a\", 1: \"b\"}", "a@2:24, b@2:32"),
                ("package a\nvar X = sets.New(\"a\", f())", "a@2:18, !2:23"),
                ("package a\nvar X = Names{\"a\"}\nvar Y = S{X: \"b\"}", "a@2:15"),
                ("package a\nvar X []string\n", ""),
                ("package a\nfunc f() { X := \"a\"; const X = 1 }", ""),
                ("package a\nvar X, err = load()", "!2:5"),
            ],
        );
        let text = "package a\ntype X int\nconst (\n\tA X = iota\n\tB\n\t_\n\tC\n)\nconst (\n\tD X = 9\n)\n";
        assert_eq!(told_with(&Constant::new("X"), "a.go", text, &["key"]), "A@4:2 key=A, B@5:2 key=B, C@7:2 key=C, 9@10:8 key=D");
        let text = "package a\nconst (\n\tA X = \"a\"\n\tB X = \"b\"\n)\n";
        assert_eq!(told_with(&Constant::new("X"), "a.go", text, &["key"]), "a@3:8 key=A, b@4:8 key=B");
    }

    #[test]
    fn what_surrounds_a_syntax_error_counts() {
        check("a.py", &[("X = ['a']\ndef f(:\n  pass\n", "a@1:6, fault"), ("def f(:\n", "")]);
    }

    #[test]
    fn appending_keeps_the_style() {
        for (path, text, expected) in [
            ("a.py", "X = ['a']\n", "X = ['a', 'n', 'm']\n"),
            ("a.py", "X = [\"a\",]\n", "X = [\"a\", \"n\", \"m\",]\n"),
            (
                "a.py",
                "X = frozenset({\n    'a',\n    'b',  # why\n})\n",
                "X = frozenset({\n    'a',\n    'b',  # why\n    'n',\n    'm',\n})\n",
            ),
            ("a.py", "X = [\n    'a',\n    'b'\n]\n", "X = [\n    'a',\n    'b',\n    'n',\n    'm'\n]\n"),
            ("a.py", "X = [\n    'a'  # why\n]\n", "X = [\n    'a',  # why\n    'n',\n    'm'\n]\n"),
            ("a.ts", "const X = [\n  'a' // why\n]", "const X = [\n  'a', // why\n  'n',\n  'm'\n]"),
            ("a.py", "X = []\n", "X = [\"n\", \"m\"]\n"),
            ("a.ts", "const X = new Set([\r\n\t'a',\r\n]);", "const X = new Set([\r\n\t'a',\r\n\t'n',\r\n\t'm',\r\n]);"),
        ] {
            let file = RepoPath::new(path);
            let insertion = Constant::new("X").append(&Source::new(&file, text.as_bytes()), &["n".into(), "m".into()]).unwrap();
            let mut fixed = text.to_owned();
            fixed.replace_range(insertion.span.start..insertion.span.end, &insertion.text);
            assert_eq!(fixed, expected);
        }
        let file = RepoPath::new("a.py");
        assert_eq!(Constant::new("X").append(&Source::new(&file, b"X = load()"), &["n".into()]), None);
    }

    /// Each: the file, before, and behind an appended `N`.
    #[test]
    fn what_is_appended_is_read_and_changes_nothing_else() {
        for (path, text, expected) in [
            ("a.rb", "X = ['a', 'b'].freeze\n", "X = ['a', 'b', 'N'].freeze\n"),
            ("a.rb", "X = %w[a b].freeze\n", "X = %w[a b N].freeze\n"),
            ("a.rb", "X = %w[\n  a\n  b\n]\n", "X = %w[\n  a\n  b\n  N\n]\n"),
            ("a.rb", "X = [:a, :b]\n", "X = [:a, :b, :N]\n"),
            ("a.rb", "X = %i[a]\n", "X = %i[a N]\n"),
            (
                "A.java",
                "class A { static final String[] X = {\"a\", \"b\"}; }",
                "class A { static final String[] X = {\"a\", \"b\", \"N\"}; }",
            ),
            (
                "A.java",
                "class A { static final List<String> X = List.of(\n    \"a\",\n    \"b\"); }",
                "class A { static final List<String> X = List.of(\n    \"a\",\n    \"b\",\n    \"N\"); }",
            ),
            (
                "A.java",
                "class A { static final Set<String> X = Set.of(\"a\"); }",
                "class A { static final Set<String> X = Set.of(\"a\", \"N\"); }",
            ),
            ("a.kt", "val X = listOf(\"a\", \"b\")\n", "val X = listOf(\"a\", \"b\", \"N\")\n"),
            ("a.kt", "val X = setOf(\n    \"a\",\n)\n", "val X = setOf(\n    \"a\",\n    \"N\",\n)\n"),
            ("a.php", "<?php\nconst X = ['a', 'b'];\n", "<?php\nconst X = ['a', 'b', 'N'];\n"),
            ("a.php", "<?php\nclass C { const X = array(\"a\"); }\n", "<?php\nclass C { const X = array(\"a\", \"N\"); }\n"),
            ("a.rs", "pub const X: &[&str] = &[\"a\", \"b\"];\n", "pub const X: &[&str] = &[\"a\", \"b\", \"N\"];\n"),
        ] {
            let file = RepoPath::new(path);
            let constant = Constant::new("X");
            let read = |text: &str| {
                let mut raw = Raw::default();
                constant.extract(&Source::new(&file, text.as_bytes()), &mut raw);
                assert!(raw.faults.is_empty() && raw.holes.is_empty(), "{text}");
                raw.elements.into_iter().map(|element| element.value).collect::<Vec<_>>()
            };
            let before = read(text);
            let Some(insertion) = constant.append(&Source::new(&file, text.as_bytes()), &["N".into()]) else {
                panic!("nothing to append to: {text}: {before:?}")
            };
            let mut fixed = text.to_owned();
            fixed.replace_range(insertion.span.start..insertion.span.end, &insertion.text);
            assert_eq!(fixed, expected);
            assert_eq!(read(&fixed), [before, vec!["N".to_owned()]].concat(), "{text}");
        }
    }

    #[test]
    fn values_are_spelled_as_the_language_spells_them() {
        for (path, text, value, expected) in [
            ("a.kt", "val X = listOf(\"a\")", "$b\"", Some("val X = listOf(\"a\", \"\\$b\\\"\")")),
            ("a.php", "<?php const X = ['a'];", "$b'\\", Some("<?php const X = ['a', '$b\\'\\\\'];")),
            ("a.rb", "X = [\"a\"]", "#{b}", Some("X = [\"a\", \"\\#{b}\"]")),
            ("a.rb", "X = ['a']", "b\nc", None),
            ("a.rb", "X = %w[a]", "b c", None),
            // Its type says how many there are.
            ("a.rs", "const X: [&str; 1] = [\"a\"];", "b", None),
            ("a.rb", "X = [:a]", "b-c", None),
            ("a.py", "X = ['a']", "b\u{1}", Some("X = ['a', 'b\\x01']")),
        ] {
            let file = RepoPath::new(path);
            let insertion = Constant::new("X").append(&Source::new(&file, text.as_bytes()), &[value.to_owned()]);
            let fixed = insertion.map(|insertion| {
                let mut fixed = text.to_owned();
                fixed.replace_range(insertion.span.start..insertion.span.end, &insertion.text);
                fixed
            });
            assert_eq!(fixed.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn hostile_files_end_quickly() {
        let chain: String = (0..2000).map(|n| format!("A{n} = [*A{}, *A{}]\n", n + 1, n + 1)).collect();
        for text in
            [format!("X = {}", "[".repeat(100_000)), format!("X = {}", "a + ".repeat(50_000)), format!("X = [*A0]\n{chain}")]
        {
            told(&Constant::new("X"), "a.py", &text);
        }
    }
}
