//! Draws the timelines of five jobs that run one after another and in each of the four macros, on one scale.
//!
//! The clock is virtual, so the program takes no time and draws the same pictures in every run. With `--write` it writes
//! them to `docs/timeline`, and embeds these and the plots of the benchmarks into the documentation.
//!
//! ```console
//! cargo run -p rejoin-examples --bin timeline
//! cargo run -p rejoin-examples --bin timeline -- --write
//! ```
//!
//! The calls are in `scenes.rs`. `record.rs` records when a future is polled and dropped.

mod chart;
mod embed;
mod record;
mod scenes;
mod svg;
mod terminal;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, IsTerminal, stdout};
use std::path::{Path, PathBuf};

use clap::Parser;

use chart::Chart;

/// Draws the timelines of five jobs in each of the macros.
#[derive(Debug, Parser)]
#[command(name = "timeline", version)]
struct Args {
    /// Write the pictures to docs/timeline and into the documentation
    #[arg(long)]
    write: bool,
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> io::Result<()> {
    let args = Args::parse();
    let charts: Vec<_> = scenes::all().await.iter().map(Chart::new).collect();
    if args.write {
        return write(&charts);
    }
    let colours = stdout().is_terminal();
    for chart in &charts {
        println!("{}", terminal::draw(chart, colours));
    }
    print!("{}", terminal::legend(colours));
    Ok(())
}

/// Returns the root of the workspace.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Returns the directory of the pictures.
fn folder() -> PathBuf {
    root().join("docs/timeline")
}

fn write(charts: &[Chart]) -> io::Result<()> {
    let folder = folder();
    fs::create_dir_all(&folder)?;
    for chart in charts {
        fs::write(folder.join(chart.file()), svg::draw(chart))?;
        println!("docs/timeline/{}", chart.file());
    }
    fs::write(root().join(embed::FILE), embed::pictures(root())?)?;
    println!("{}", embed::FILE);
    Ok(())
}
