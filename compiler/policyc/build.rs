//! Writes a table of the code pages in `codes/`, so that `policyc explain E0301` works without a file beside it.
#![expect(clippy::disallowed_methods, reason = "a build script reads the folder of pages and writes the table")]

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = PathBuf::from("codes");
    println!("cargo::rerun-if-changed=codes");
    let mut codes = Vec::new();
    // A checkout has no folder that would be empty.
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "md")
            && let Some(code) = path.file_stem().and_then(|s| s.to_str())
        {
            codes.push(code.to_owned());
        }
    }
    codes.sort();
    let mut table = String::from("&[\n");
    for code in codes {
        // Where the checkout lies is asked when the crate is built: it may have moved since the table was written.
        let page = format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/codes/{code}.md\"))");
        table.push_str(&format!("    ({code:?}, {page}),\n"));
    }
    table.push_str("]\n");
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("pages.rs"), table)
}
