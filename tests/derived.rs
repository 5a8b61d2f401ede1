//! Files that are derived from the program are fresh.

use std::path::Path;

#[test]
fn derived_files_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut stale = Vec::new();
    for (path, text) in ssot::docs::derived(root).expect("the pages can be read") {
        let file = root.join(&path);
        if std::fs::read_to_string(&file).ok().as_ref() == Some(&text) {
            continue;
        }
        std::fs::create_dir_all(file.parent().expect("it lies below the root")).expect("its directory can be made");
        std::fs::write(&file, text).expect("it can be written");
        stale.push(path);
    }
    let blessed = std::env::var_os("BLESS").is_some();
    assert!(stale.is_empty() || blessed, "these were stale and are written anew: {stale:?}; the command: cargo xtask codegen");
}
