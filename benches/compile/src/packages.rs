//! The generated packages: a separate workspace, with the versions of this workspace's lock file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cargo::Cargo;
use crate::contenders::{CONTENDERS, Contender, Futures, WITHOUT};
use crate::sites;

/// The directory of the packages.
pub(crate) struct Packages {
    folder: PathBuf,
}

impl Packages {
    /// Writes the packages to `compile` in the target directory of this program.
    pub(crate) fn generate(root: &Path) -> io::Result<Self> {
        let program = std::env::current_exe()?;
        let target = program.ancestors().nth(2).unwrap_or(root);
        let this = Self {
            folder: target.join("compile"),
        };
        let root = root.canonicalize()?;
        let mut members = Vec::new();
        for contender in CONTENDERS.iter().chain([&WITHOUT]) {
            for futures in [Futures::Shared, Futures::Own] {
                let package = contender.package(futures);
                this.package(
                    &package,
                    &in_root(contender.dependency, &root),
                    &this.source(&package),
                    &contender.source(futures),
                )?;
                members.push(package);
            }
            if !contender.dependency.is_empty() {
                let alone = alone(contender);
                let dependency = in_root(contender.dependency, &root);
                this.package(&alone, &dependency, &this.source(&alone), "")?;
                members.push(alone);
            }
        }
        for program in sites::programs() {
            let name = program.package;
            let dependencies = in_root(sites::DEPENDENCIES, &root);
            this.package(name, &dependencies, &this.main(name), &program.source())?;
            members.push(name.to_owned());
        }
        let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
        put(&this.folder.join("Cargo.toml"), &manifest)?;
        fs::copy(root.join("Cargo.lock"), this.folder.join("Cargo.lock"))?;
        Ok(this)
    }

    fn package(&self, name: &str, dependencies: &str, file: &Path, source: &str) -> io::Result<()> {
        let folder = self.folder.join(name);
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n"
        );
        put(&folder.join("Cargo.toml"), &manifest)?;
        put(file, source)
    }

    /// Returns the source file of a program.
    pub(crate) fn main(&self, package: &str) -> PathBuf {
        self.folder.join(package).join("src/main.rs")
    }

    /// Returns the source file of a library.
    pub(crate) fn source(&self, package: &str) -> PathBuf {
        self.folder.join(package).join("src/lib.rs")
    }

    /// Returns a cargo with a target directory of that name.
    pub(crate) fn cargo(&self, target: &str) -> Cargo {
        Cargo::new(&self.folder, target)
    }
}

/// Returns the name of the package with only the contender's dependency.
pub(crate) fn alone(contender: &Contender) -> String {
    format!("alone-{}", contender.package)
}

/// Dependencies with the path of the workspace.
fn in_root(dependencies: &str, root: &Path) -> String {
    dependencies.replace("{root}", &root.to_string_lossy())
}

/// Writes a file unless it has this text already, because cargo compares modification times.
fn put(file: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(file).is_ok_and(|there| there == text) {
        return Ok(());
    }
    fs::write(file, text)
}
