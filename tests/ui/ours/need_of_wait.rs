//! `need` in a macro that does not take it.

use rejoin::wait;

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() {
    let _ = wait!(fetch(1), fetch(2), need = 1).await;
}

fn main() {}
