//! The generated packages: a workspace of its own, with the versions of the lock file here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cargo::Cargo;
use crate::contenders::{CONTENDERS, Contender, WITHOUT};

/// Where they are.
pub(crate) struct Packages {
    folder: PathBuf,
}

impl Packages {
    /// Writes them into the folder `compile` of the target directory in which this program lies.
    pub(crate) fn generate(root: &Path) -> io::Result<Self> {
        let program = std::env::current_exe()?;
        let target = program.ancestors().nth(2).unwrap_or(root);
        let this = Self {
            folder: target.join("compile"),
        };
        let root = root.canonicalize()?;
        let mut members = Vec::new();
        for contender in CONTENDERS.iter().chain([&WITHOUT]) {
            this.package(
                contender.package,
                &contender.dependency(&root),
                &contender.source(),
            )?;
            members.push(contender.package.to_owned());
            if !contender.dependency.is_empty() {
                let alone = alone(contender);
                this.package(&alone, &contender.dependency(&root), "")?;
                members.push(alone);
            }
        }
        let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
        put(&this.folder.join("Cargo.toml"), &manifest)?;
        fs::copy(root.join("Cargo.lock"), this.folder.join("Cargo.lock"))?;
        Ok(this)
    }

    fn package(&self, name: &str, dependency: &str, source: &str) -> io::Result<()> {
        let folder = self.folder.join(name);
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependency}\n"
        );
        put(&folder.join("Cargo.toml"), &manifest)?;
        put(&self.source(name), source)
    }

    /// The source file of a package.
    pub(crate) fn source(&self, package: &str) -> PathBuf {
        self.folder.join(package).join("src/lib.rs")
    }

    /// Cargo, with a target directory of that name.
    pub(crate) fn cargo(&self, target: &str) -> Cargo {
        Cargo::new(&self.folder, target)
    }
}

/// The package that has nothing but the contender's dependency.
pub(crate) fn alone(contender: &Contender) -> String {
    format!("alone-{}", contender.package)
}

impl Contender {
    fn dependency(&self, root: &Path) -> String {
        self.dependency.replace("{root}", &root.to_string_lossy())
    }
}

/// Leaves a file alone that is so already: cargo goes by the time of the last change.
fn put(file: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(file).is_ok_and(|there| there == text) {
        return Ok(());
    }
    fs::write(file, text)
}
