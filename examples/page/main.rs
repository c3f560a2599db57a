//! Assembles a page from eight HTTP calls, of which five need the answers of others: at first one after another, and then with
//! `gather!` into a struct. The calls go to an API that the program starts itself. Beside the time that the page took it prints that
//! of its critical path, the longest chain of calls that need each other.
//!
//! ```console
//! cargo run --bin page
//! ```

mod api;
mod client;

use std::error::Error;
use std::time::Duration;

use rejoin::gather;
use tokio::time::Instant;

use api::{Api, PARTS};
use client::{Client, Result};

/// The parts of a page.
struct Page {
    user: String,
    posts: String,
    friends: String,
    photo: String,
    comments: String,
    feed: String,
    ads: String,
    trends: String,
}

async fn one_after_another(client: &Client) -> Result<Page> {
    let user = client.get("user", "ada").await?;
    let posts = client.get("posts", &user).await?;
    let friends = client.get("friends", &user).await?;
    Ok(Page {
        photo: client.get("photo", &user).await?,
        comments: client.get("comments", &posts).await?,
        feed: client.get("feed", &friends).await?,
        ads: client.get("ads", "all").await?,
        trends: client.get("trends", "all").await?,
        user,
        posts,
        friends,
    })
}

async fn gathered(client: &Client) -> Result<Page> {
    gather!(Page {
        user: client.get("user", "ada"),
        posts: |user| client.get("posts", user),
        friends: |user| client.get("friends", user),
        photo: |user| client.get("photo", user),
        comments: |posts| client.get("comments", posts),
        feed: |friends| client.get("feed", friends),
        ads: client.get("ads", "all"),
        trends: client.get("trends", "all"),
    })
    .await
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let api = Api::start().await?;
    let client = Client::new(api.url())?;
    // The first request opens the first connection.
    client.get("ads", "all").await?;

    let start = Instant::now();
    let page = one_after_another(&client).await?;
    println!("One after another: {}", milliseconds(start.elapsed()));
    assert_eq!(page.feed, "feed of friends of user of ada");

    let start = Instant::now();
    client.take_calls();
    let page = gathered(&client).await?;
    let elapsed = start.elapsed();
    for call in client.take_calls() {
        let (from, to) = (call.start - start, call.end - start);
        println!(
            "  {:<9} {} to {}",
            call.part,
            milliseconds(from),
            milliseconds(to)
        );
    }
    println!("As a struct: {}", milliseconds(elapsed));
    let (path, time) = api::critical_path();
    println!(
        "Critical path: {} ({})",
        milliseconds(time),
        path.join(", ")
    );
    let parts = [
        page.user,
        page.posts,
        page.friends,
        page.photo,
        page.comments,
        page.feed,
        page.ads,
        page.trends,
    ];
    assert!(
        parts
            .iter()
            .zip(PARTS)
            .all(|(text, part)| text.starts_with(part.name))
    );
    Ok(())
}

fn milliseconds(time: Duration) -> String {
    format!("{:>3} ms", time.as_millis())
}
