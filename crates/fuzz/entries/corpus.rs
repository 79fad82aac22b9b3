//! The cases that are kept, for the tests that replay them.

use std::fs;
use std::path::PathBuf;

/// Calls `check` with every case of a target. A failing one is named last on the output.
pub fn replay(target: &str, mut check: impl FnMut(&[u8])) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no case of {target}");
    for path in paths {
        println!("{target}: {}", path.display());
        check(&fs::read(&path).expect("a case"));
    }
}
