//! Draws what the calls do: five jobs, one after another and in each of the four macros, on one scale.
//!
//! The clock is virtual, so the pictures are there at once and are the same every time. Those in `docs/timeline` are
//! what `--write` has written.
//!
//! ```console
//! cargo run -p rejoin-examples --bin timeline
//! cargo run -p rejoin-examples --bin timeline -- --write
//! ```
//!
//! The calls stand in `scenes.rs`; how a future is watched, in `record.rs`.

mod chart;
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

/// Draws what happens when to five jobs, in each of the macros.
#[derive(Debug, Parser)]
#[command(name = "timeline", version)]
struct Args {
    /// Write the pictures to docs/timeline, rather than draw them here
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

/// Where the pictures are.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/timeline")
}

fn write(charts: &[Chart]) -> io::Result<()> {
    let folder = folder();
    fs::create_dir_all(&folder)?;
    for chart in charts {
        fs::write(folder.join(chart.file()), svg::draw(chart))?;
        println!("docs/timeline/{}", chart.file());
    }
    Ok(())
}
