//! Futures whose type is determined after the call, with a timeout for each.

use rejoin::as_completed;

async fn fetch(_page: u32) {}

#[tokio::main]
async fn main() {
    let mut pages = Vec::new();
    let results = as_completed!(..std::mem::take(&mut pages), each_timeout = 2s);
    pages.push(fetch(1));
    drop(results);
}
