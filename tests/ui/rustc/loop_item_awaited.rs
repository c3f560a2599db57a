//! The item of a loop, which is awaited again, as in asyncio.

use rejoin::as_completed;

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() -> Result<u32, String> {
    let xs = vec![fetch(1), fetch(2)];
    let mut sum = 0;
    as_completed!(for n in ..xs { sum += n.await?; });
    Ok(sum)
}

fn main() {}
