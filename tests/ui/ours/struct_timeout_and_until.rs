//! Two ends of a call with a struct.

use rejoin::gather;

pub struct User {
    pub name: String,
}

pub struct Page {
    pub user: User,
    pub posts: Vec<String>,
    pub ads: u32,
}

async fn fetch_user() -> User {
    User {
        name: String::new(),
    }
}

async fn fetch_posts(name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

async fn fetch_ads() -> u32 {
    1
}

pub async fn run() {
    let _ = gather!(
        Page {
            user: fetch_user(),
            posts: |user| fetch_posts(&user.name),
            ads: fetch_ads(),
        },
        timeout = 1s,
        until = fetch_ads()
    )
    .await;
}

fn main() {}
