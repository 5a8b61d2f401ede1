//! How fast the inner loops are: `cargo bench --bench kernels`. Inputs are generated, the same in each run.

use std::fmt::Write;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use ssot::facts::{Raw, Reader, Source};
use ssot::formats::{self, DataFormat};
use ssot::plan::Plan;
use ssot::policy::{self, Policy};
use ssot::text::RepoPath;
use ssot::tree::{Index, MemoryTree};

const MEGABYTE: usize = 1 << 20;
const PATHS: usize = 100_000;

fn main() {
    divan::main();
}

#[divan::bench]
fn parse_yaml_1_mb(bencher: Bencher<'_, '_>) {
    let text = repeated(|text, at| {
        let _ =
            write!(text, "service-{at}:\n  image: registry/app:{at}\n  ports: [80, {at}]\n  env: {{KEY_{at}: \"value {at}\"}}\n");
    });
    parse(bencher, DataFormat::Yaml, &text);
}

#[divan::bench]
fn parse_json_1_mb(bencher: Bencher<'_, '_>) {
    let members = repeated(|text, at| {
        let _ = writeln!(
            text,
            "\"model-{at}\": {{\"name\": \"model {at}\", \"price\": {at}.25, \"tags\": [\"a\", \"b\"], \"on\": true}},"
        );
    });
    parse(bencher, DataFormat::Json, &format!("{{{members}\"last\": null}}"));
}

/// The files of eight facts, selected out of many paths.
#[divan::bench(sample_count = 20)]
fn select_among_100k_paths(bencher: Bencher<'_, '_>) {
    let globs =
        ["**/*.py", "src/**/*.{ts,tsx}", "docs/**", "**/migrations/*.sql", "**/package.json", "**/.env*", "*.md", "**/test_*"];
    let mut text = String::from("version: 1\nrules:\n");
    for (at, glob) in globs.iter().enumerate() {
        let _ = writeln!(text, "  - {{id: r{at}, forbid: {{files: \"{glob}\", exclude: \"vendor/**\", text: x}}}}");
    }
    let policy = load(&text);
    let extensions = ["py", "ts", "tsx", "json", "sql", "md", "go", "txt"];
    let paths =
        (0..PATHS).map(|at| format!("src/area{}/module{}/file_{at}.{}", at % 40, at % 900, extensions[at % extensions.len()]));
    let index = Index::new(Arc::new(MemoryTree::new(paths.map(|path| (RepoPath::new(path), "")))));
    let plan = Plan::new(&policy, &[]).expect("no rule is asked for by name");
    bencher.counter(ItemsCount::new(PATHS)).bench(|| plan.selector().select(&index));
}

/// Environment reads of Python files, each of which has two.
#[divan::bench(sample_count = 20)]
fn env_reads_of_python(bencher: Bencher<'_, '_>) {
    let policy = load("version: 1\nrules: [{id: r, forbid: {files: \"**/*.py\", env-reads: {}}}]\n");
    let fact = &policy.facts[0];
    let Reader::Content(extractor) = &fact.reader else { unreachable!("`env-reads` reads contents") };
    let files: Vec<(RepoPath, String)> = (0..200).map(|at| (RepoPath::new(format!("app/m{at}.py")), python(at))).collect();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        let reads = files.iter().map(|(path, text)| {
            let mut raw = Raw::default();
            extractor.extract(&Source::new(path, text.as_bytes()), &mut raw);
            raw.elements.len()
        });
        assert_eq!(reads.sum::<usize>(), 2 * files.len());
    });
}

fn parse(bencher: Bencher<'_, '_>, format: DataFormat, text: &str) {
    bencher.counter(BytesCount::of_str(text)).bench(|| formats::parse(format, text.as_bytes()).expect("the text is sound"));
}

/// About a megabyte of items.
fn repeated(item: impl Fn(&mut String, usize)) -> String {
    let mut text = String::with_capacity(MEGABYTE + 200);
    for at in 0.. {
        if text.len() >= MEGABYTE {
            break;
        }
        item(&mut text, at);
    }
    text
}

fn python(at: usize) -> String {
    let mut text = format!("import os\n\nURL_{at} = os.environ[\"URL_{at}\"]\nLEVEL = os.getenv(\"LEVEL\", \"info\")\n\n");
    for function in 0..20 {
        let _ = write!(
            text,
            "def handle_{function}(request, limit=10):\n    rows = [row for row in request.rows if row.size < limit]\n    \
             return {{\"count\": len(rows), \"first\": rows[0] if rows else None}}\n\n"
        );
    }
    text
}

fn load(text: &str) -> Policy {
    let tree = MemoryTree::new([("ssot.yaml", text)]);
    let file = policy::find(&tree).expect("there is a policy");
    policy::load(&file, &tree).expect("the policy is sound")
}
