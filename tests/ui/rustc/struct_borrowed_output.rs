//! A closure with an output that borrows from the value.

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

pub struct Posts<'a> {
    pub user: User,
    pub posts: &'a String,
    pub ads: u32,
}

pub async fn run() {
    let _ = gather!(Posts {
        user: fetch_user(),
        posts: |user| async { &user.name },
        ads: fetch_ads(),
    })
    .await;
}

fn main() {}
