//! Markdown (CommonMark with GitHub's extensions): what facts ask of a document, each part with its place. A document is read
//! once, in linear time, and nothing recurses over it.

mod destination;
mod html;
mod reader;
mod slug;

pub use slug::slug;

use crate::text::{RepoPath, Span};

/// What is told of a link's text, in characters.
const LONGEST_TEXT: usize = 200;

/// A document.
#[derive(Debug, Default)]
pub struct Markdown {
    /// Links, images, used reference definitions, and `href` and `src` of HTML, in order.
    pub links: Vec<Link>,
    pub headings: Vec<Heading>,
    /// What a link can lead to beside headings: `id` and `name` in HTML, and ids that a heading spells (`{#id}`).
    pub ids: Vec<String>,
    pub code_spans: Vec<CodeSpan>,
    pub code_blocks: Vec<CodeBlock>,
    pub tables: Vec<Table>,
}

/// A link or an image.
#[derive(Debug, PartialEq)]
pub struct Link {
    /// Without Markdown's escapes, but as a URL is written.
    pub destination: String,
    /// The destination; of a link by reference its label.
    pub span: Span,
    pub text: String,
    /// Of a link by reference: the destination in its definition.
    pub definition: Option<Span>,
}

/// A heading, also one in HTML.
#[derive(Debug, PartialEq)]
pub struct Heading {
    pub text: String,
    /// 1 to 6.
    pub level: u8,
    /// GitHub's anchor.
    pub slug: String,
    pub span: Span,
    /// The heading that it stands under.
    parent: Option<usize>,
}

/// Code in a line of text.
#[derive(Debug, PartialEq)]
pub struct CodeSpan {
    pub text: String,
    /// What stands between the backticks.
    pub span: Span,
}

/// A fenced or indented block of code.
#[derive(Debug, PartialEq)]
pub struct CodeBlock {
    /// The first word behind the fence; of an indented block there is none.
    pub language: Option<String>,
    /// Its lines, without line breaks.
    pub lines: Vec<Span>,
    section: Option<usize>,
}

/// A table.
#[derive(Debug, Default, PartialEq)]
pub struct Table {
    pub header: Vec<Cell>,
    pub rows: Vec<Vec<Cell>>,
    section: Option<usize>,
}

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Without marks.
    pub text: String,
    pub span: Span,
}

impl Markdown {
    /// Reads a document. Front matter is no part of it.
    pub fn parse(text: &str) -> Self {
        let front = super::front_matter(text.as_bytes()).map_or(0, |front| front.end);
        // The closing fence belongs to the front matter.
        let skipped = match front {
            0 => text.len() - text.trim_start_matches('\u{feff}').len(),
            end => text[end..].find('\n').map_or(text.len(), |line| end + line + 1),
        };
        reader::read(text, skipped)
    }

    /// What links can lead to, and where it stands; of what HTML names, only that it is there.
    pub fn anchors(&self) -> impl Iterator<Item = (&str, Span)> {
        let headings = self.headings.iter().map(|heading| (heading.slug.as_str(), heading.span));
        self.ids.iter().map(|id| (id.as_str(), Span::at(0))).chain(headings)
    }

    /// Whether a block stands below a heading of that text, or of a heading below it.
    pub fn is_below(&self, block: Block<'_>, heading: &str) -> bool {
        let mut section = match block {
            Block::Code(code) => code.section,
            Block::Table(table) => table.section,
        };
        while let Some(at) = section {
            if self.headings[at].text.trim() == heading.trim() {
                return true;
            }
            section = self.headings[at].parent;
        }
        false
    }
}

/// A block that stands in a section.
#[derive(Clone, Copy)]
pub enum Block<'a> {
    Code(&'a CodeBlock),
    Table(&'a Table),
}

/// Whether a file is Markdown by its name.
pub fn is_markdown(path: &RepoPath) -> bool {
    let extension = path.extension();
    ["md", "markdown", "mdown", "mkd", "mkdn", "mdx"].iter().any(|known| known.eq_ignore_ascii_case(extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<(String, String)> {
        let shown = |span: Span| text[span.start..span.end].to_string();
        Markdown::parse(text).links.into_iter().map(|link| (link.destination, shown(link.span))).collect()
    }

    fn spelled(text: &str) -> Vec<String> {
        links(text).into_iter().map(|(_, written)| written).collect()
    }

    #[test]
    fn destinations_stand_where_they_are_written() {
        assert_eq!(links("a [b](c.md) ![d](e.png \"t\")"), [("c.md".into(), "c.md".into()), ("e.png".into(), "e.png".into())]);
        assert_eq!(links("[a](<b c.md>)"), [("b c.md".into(), "b c.md".into())]);
        assert_eq!(links("[a](b\\).md)"), [("b).md".into(), "b\\).md".into())]);
        assert_eq!(spelled("[a](b(c).md)"), ["b(c).md"]);
        assert_eq!(spelled("[](empty.md) [ ]( blank.md )"), ["empty.md", "blank.md"]);
        assert_eq!(spelled("[![a](b.png)](c.md)"), ["b.png", "c.md"]);
        assert_eq!(spelled("[`a](x)` **b**](c.md)"), ["c.md"]);
        assert_eq!(spelled("[a\nb](\nc.md)"), ["c.md"]);
        assert_eq!(spelled("| [a](b.md) | c |\n| - | - |\n| [d](e.md) | `f` |\n"), ["b.md", "e.md"]);
        assert_eq!(spelled("- > [a](b.md)\n  > and [c](d.md)\n"), ["b.md", "d.md"]);
    }

    #[test]
    fn a_link_by_reference_stands_at_its_label() {
        let text = "[a][Label], [label][], ![label], [b][unknown]\n\n[label]: <to there.md> \"title\"\n[unused]: no.md\n";
        let links = Markdown::parse(text).links;
        let shown = |span: Span| &text[span.start..span.end];
        assert_eq!(links.iter().map(|link| shown(link.span)).collect::<Vec<_>>(), ["Label", "label", "label"]);
        assert!(links.iter().all(|link| link.definition.map(shown) == Some("to there.md") && link.destination == "to there.md"));
    }

    #[test]
    fn html_links_where_it_is_html() {
        let text = "<p>\n<a id=\"x\"\n href='a&amp;b.md'>t</a> <img SRC=c.png>\n<!-- <a href=\"old.md\"> -->\n<script>\"<a href=no.md>\"</script>\n</p>\n\nin <a href=\"d.md\">text</a> <!-- <img src=no.png> --> `<a href=no.md>`\n";
        let markdown = Markdown::parse(text);
        let found: Vec<_> = markdown.links.iter().map(|link| link.destination.as_str()).collect();
        assert_eq!(found, ["a&b.md", "c.png", "d.md"]);
        assert_eq!(spelled(text), ["a&amp;b.md", "c.png", "d.md"]);
        assert_eq!(markdown.ids, ["x"]);
        assert_eq!(spelled("<p>始<é \"始\n<a href=始>始</a>\n</p>"), ["始"]);
        assert_eq!(spelled("> <p>\n> <img src=\"a.png\">\n> <img src=\"b.png\">\n"), ["a.png", "b.png"]);
    }

    fn slugs(text: &str) -> Vec<String> {
        Markdown::parse(text).headings.into_iter().map(|heading| heading.slug).collect()
    }

    #[test]
    fn headings_have_the_anchors_of_github() {
        let text = "# What's *new*?\n## C++ & Rust\n## Setup\n## Setup\n## Über `uns`\nSetext\n===\n## 🚀 Go [now](x.md)\n## ![logo](l.png) Name\n## a_b - c\n";
        let expected = ["whats-new", "c--rust", "setup", "setup-1", "über-uns", "setext", "-go-now", "-name", "a_b---c"];
        assert_eq!(slugs(text), expected);
        assert_eq!(slugs("# a\n# a-1\n# a\n# A\n"), ["a", "a-1", "a-2", "a-3"]);
        assert_eq!(slugs("<h1 align=\"center\">The <b>Name</b></h1>\n\n```\n# no\n```\n"), ["the-name"]);
        assert_eq!(Markdown::parse("## Title {#own-id}\n").ids, ["own-id"]);
    }

    #[test]
    fn code_and_tables_know_their_section() {
        let text =
            "# A\n## B\n```sh x\none\n  two\r\n```\n# C\n\n    drawn\n\n| K *e* | V |\n|---|---|\n| `a` | b\\|c |\n| d |\n";
        let markdown = Markdown::parse(text);
        let shown = |span: Span| &text[span.start..span.end];
        let [fenced, indented] = &markdown.code_blocks[..] else { panic!("{:?}", markdown.code_blocks) };
        assert_eq!(fenced.language.as_deref(), Some("sh"));
        assert_eq!(fenced.lines.iter().map(|line| shown(*line)).collect::<Vec<_>>(), ["one", "  two"]);
        assert!(markdown.is_below(Block::Code(fenced), "A") && !markdown.is_below(Block::Code(fenced), "C"));
        assert_eq!((indented.language.as_deref(), shown(indented.lines[0])), (None, "drawn"));
        let table = &markdown.tables[0];
        assert!(markdown.is_below(Block::Table(table), "C"));
        assert_eq!(table.header.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>(), ["K e", "V"]);
        assert_eq!((table.rows[0][0].text.as_str(), shown(table.rows[0][0].span)), ("a", "a"));
        assert_eq!((table.rows[0][1].text.as_str(), shown(table.rows[0][1].span)), ("b|c", "b\\|c"));
        assert_eq!(table.rows[1][1].text, "");
        assert_eq!(shown(markdown.headings[1].span), "B");
    }

    #[test]
    fn front_matter_is_no_document() {
        let text = "---\nsee: \"[a](b.md)\"\n---\n[c](d.md)\n";
        assert_eq!(spelled(text), ["d.md"]);
        assert_eq!(slugs("\u{feff}# A\n"), ["a"]);
    }

    /// Each is repeated until there are 200,000 bytes of it.
    const UNITS: &[&str] = &[
        "[",
        "![",
        "]",
        "](",
        "[]",
        "[a](",
        "[a](b)",
        "[a][",
        "[a]: b\n",
        "[a]: b\n[a]\n",
        "<",
        "<a ",
        "<a href=\"",
        "<a href='x' ",
        "<!--",
        "<!-- a -->",
        "<?",
        "<![CDATA[",
        "</a>",
        "<h1>",
        "<script>",
        "*",
        "**a",
        "*a_",
        "_",
        "~~",
        "`",
        "``a`",
        "\\",
        "&",
        "&amp",
        "> ",
        "- ",
        "1. ",
        "> - ",
        "    ",
        "\t",
        "|",
        "a|b\n-|-\n",
        "|a|\n|-|\n|",
        "# a\n",
        "a\n===\n",
        "[^",
        "[^a]",
        "[^a]: b\n",
        "---\n",
        "```\n",
        "~~~",
        "$",
        "!",
        "\r",
        "\n",
        "a\n",
        "é",
        "\u{feff}",
        "├── a\n",
        "│   ",
        "(",
        ")",
        "<b>",
        "![a](b)]",
        "[![a](b)](c)",
        "x](y ",
    ];

    #[test]
    fn hostile_documents_are_read_in_linear_time_on_a_small_stack() {
        let worker = std::thread::Builder::new().stack_size(1 << 20).spawn(|| {
            for unit in UNITS {
                for prefix in ["", "```\n", "<p>\n", "a ", "- "] {
                    let text = format!("{prefix}{}", unit.repeat(200_000 / unit.len()));
                    let started = std::time::Instant::now();
                    Markdown::parse(&text);
                    let took = started.elapsed();
                    assert!(took < std::time::Duration::from_secs(5), "{prefix:?} {unit:?} {took:?}");
                }
            }
        });
        worker.unwrap().join().unwrap();
    }
}
