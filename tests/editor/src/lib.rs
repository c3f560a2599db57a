//! The surroundings of every case: it stands at the mark.

use std::time::Duration;

use rejoin::*;

pub struct Page {
    pub title: String,
    pub words: u32,
}

impl Page {
    pub async fn save(&self) -> u32 {
        self.words
    }
}

pub struct Client;

impl Client {
    pub async fn fetch(&self, n: u32) -> Page {
        Page {
            title: String::new(),
            words: n,
        }
    }

    pub async fn fetch_all(&self) -> Vec<Page> {
        vec![]
    }
}

pub struct Site {
    pub page: Page,
    pub saved: u32,
}

pub fn second() -> Duration {
    Duration::from_secs(1)
}

pub async fn case(client: &Client) {
    let pages = || (0..3).map(|n| client.fetch(n));
    let page = 5_u8;
    //MARK
}
