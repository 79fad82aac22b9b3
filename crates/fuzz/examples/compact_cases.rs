//! Writes cases of the target `tokenizer_compact`: cargo run --example compact_cases OUT CASE...
//!
//! A case of `tokenizer_json`, or a `tokenizer.json`, becomes its compact form and its text; one of `tokenizer_compact` gets
//! its checksum anew. Each that can be loaded keeps its name, the others are left out.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use limbus_text::Tokenizer;

#[path = "../entries/compact.rs"]
mod compact;
#[path = "../entries/decoding.rs"]
mod decoding;
#[path = "../entries/memory.rs"]
mod memory;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let out = arguments.next().ok_or("Expected a folder: found nothing")?;
    for path in arguments {
        let case = fs::read(&path)?;
        let name = path.file_name().unwrap_or(Path::new("case").as_os_str());
        if let Some(made) = converted(&case).filter(|made| compact::check(made)) {
            fs::write(out.join(name), made)?;
        }
    }
    Ok(())
}

fn converted(case: &[u8]) -> Option<Vec<u8>> {
    if case.starts_with(b"LIMBTOK\0") {
        let (sections, text) = compact::take_apart(case);
        return Some(compact::put_together(&sections, text));
    }
    let end = case.iter().position(|&b| b == 0).unwrap_or(case.len());
    let file = String::from_utf8_lossy(&case[..end]).into_owned();
    let binary = Tokenizer::binary_of(file.as_bytes()).ok()??;
    let (sections, _) = compact::take_apart(&binary);
    let text = case.get(end + 1..).unwrap_or_default();
    Some(compact::put_together(&sections, text))
}
