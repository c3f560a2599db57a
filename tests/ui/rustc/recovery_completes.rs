// errors: 4
//! Branches and options are checked although there is a mistake elsewhere.

use rejoin::gather;

struct Client;

impl Client {
    async fn fetch(&self, n: u32) -> u32 {
        n
    }
}

pub async fn run() -> u32 {
    let client = Client;
    let (a, b) = gather!(client.fetch(1), client.fetsh(2), limt = 3).await;
    let (c, d) = gather!(<limt = 3> client.fetch(1), ..[client.fetch("2")]).await;
    a + b + c + d[0]
}

fn main() {}
