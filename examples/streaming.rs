//! Streams results to an HTTP client as they complete.
//!
//! ```console
//! cargo run -p rejoin-examples --bin streaming
//! curl --no-buffer http://127.0.0.1:3000
//! ```

use std::{convert::Infallible, io, time::Duration};

use axum::{Router, body::Body, routing::get};
use futures::StreamExt;
use rejoin::as_completed;
use tokio::{net::TcpListener, time::sleep};

/// Asks a shop for its price, which takes some time.
async fn price(shop: u64) -> String {
    sleep(Duration::from_millis(shop * 100)).await;
    format!("shop {shop}: {} euros\n", 100 - shop)
}

/// Returns a line for each shop, in the order in which they answer.
async fn prices() -> Body {
    let lines = as_completed!(..[5, 1, 3].map(price));
    Body::from_stream(lines.map(Ok::<_, Infallible>))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let app = Router::new().route("/", get(prices));
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).await
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_line_is_sent_when_its_shop_answers() {
        let start = Instant::now();
        let mut lines = prices().await.into_data_stream();
        let mut sent = vec![];
        while let Some(Ok(line)) = lines.next().await {
            sent.push((start.elapsed().as_millis(), line));
        }
        assert_eq!(
            sent,
            [
                (100, "shop 1: 99 euros\n".into()),
                (300, "shop 3: 97 euros\n".into()),
                (500, "shop 5: 95 euros\n".into()),
            ]
        );
    }

    #[test]
    fn the_recipe_shows_this_program() {
        let recipes = include_str!("../runtime/src/guide/recipes.md");
        let (_, listing) = recipes
            .split_once("```ignore\n")
            .expect("there is a listing");
        let (listing, _) = listing.split_once("```").expect("the listing ends");
        assert!(include_str!("streaming.rs").contains(listing));
    }
}
