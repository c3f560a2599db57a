//! Embeds pictures into the documentation, so that it shows them without a network.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// The file that the documentation includes, in the workspace.
pub const FILE: &str = "runtime/src/guide/pictures.txt";
/// The directories with pictures, in the workspace.
const FOLDERS: [&str; 2] = ["docs/benchmarks", "docs/timeline"];

/// Returns a Markdown link definition for each picture, for example `[gather.svg]: <data:..>`.
///
/// # Errors
///
/// Returns an error if a picture cannot be read.
pub fn pictures(root: &Path) -> io::Result<String> {
    let mut text = String::new();
    for folder in FOLDERS {
        let entries = fs::read_dir(root.join(folder))?;
        let mut files = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<Vec<_>>>()?;
        files.sort();
        for file in files {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let url = data_url(&fs::read_to_string(&file)?);
            let _ = writeln!(text, "[{name}]: <{url}>");
        }
    }
    Ok(text)
}

/// Encodes a picture as a URL. Characters with a meaning in URLs, Markdown or HTML are escaped.
fn data_url(svg: &str) -> String {
    let mut url = "data:image/svg+xml,".to_owned();
    for character in svg.chars() {
        match character {
            ' ' | '"' | '#' | '%' | '&' | '\'' | '<' | '>' | '\\' | '`' | '\n' => {
                let _ = write!(url, "%{:02X}", u32::from(character));
            }
            _ => url.push(character),
        }
    }
    url
}
