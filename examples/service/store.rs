//! The store and its requests.
//!
//! ```text
//! GET key         answers with the value
//! SET key value   stores the rest of the line
//! INCR key        adds one to a number, which is 0 at first, and answers with it
//! WAIT key        answers with the value, as soon as there is one
//! PANIC           the handler panics, like one with a bug, which ends only this connection
//! ```
//!
//! Answers are `OK`, `OK value` or `ERR reason`.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::path::Path;

use tokio::fs;
use tokio::sync::watch;

/// The reason for an `ERR` answer.
pub(crate) type Refused = Box<dyn Error + Send + Sync>;

/// The values of all keys. A change notifies all requests that wait for a value.
#[derive(Debug, Default)]
pub(crate) struct Store(watch::Sender<HashMap<String, String>>);

impl Store {
    /// Returns the answer to one line.
    ///
    /// # Errors
    ///
    /// Returns the mistake in the request.
    ///
    /// # Panics
    ///
    /// Panics if the request is `PANIC`.
    pub(crate) async fn answer(&self, request: &str) -> Result<Option<String>, Refused> {
        let mut words = request.trim_end().splitn(3, ' ');
        match [words.next(), words.next(), words.next()] {
            [Some("GET"), Some(key), None] => match self.0.borrow().get(key) {
                Some(value) => Ok(Some(value.clone())),
                None => Err("there is no such key".into()),
            },
            [Some("SET"), Some(key), Some(value)] => {
                self.set(key, value);
                Ok(None)
            }
            [Some("INCR"), Some(key), None] => self.increment(key).map(Some),
            [Some("WAIT"), Some(key), None] => Ok(Some(self.wait(key).await?)),
            [Some("PANIC"), None, None] => panic!("on request"),
            _ => Err("expected GET, SET, INCR or WAIT and a key".into()),
        }
    }

    /// Writes a `SET` request for each key to a file, in the order of the keys.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be written.
    pub(crate) async fn save(&self, file: &Path) -> io::Result<()> {
        let mut lines: Vec<_> = (self.0.borrow().iter())
            .map(|(key, value)| format!("SET {key} {value}\n"))
            .collect();
        lines.sort();
        fs::write(file, lines.concat()).await
    }

    /// Stores a value.
    pub(crate) fn set(&self, key: &str, value: &str) {
        self.0.send_modify(|values| {
            values.insert(key.to_owned(), value.to_owned());
        });
    }

    /// Adds one to the number under a key.
    fn increment(&self, key: &str) -> Result<String, Refused> {
        let mut result = Err("the value is no number, or too large".into());
        self.0.send_modify(|values| {
            let value = values.get(key).map_or(Ok(0), |value| value.parse::<u64>());
            if let Some(next) = value.ok().and_then(|value| value.checked_add(1)) {
                values.insert(key.to_owned(), next.to_string());
                result = Ok(next.to_string());
            }
        });
        result
    }

    /// Waits for a value.
    async fn wait(&self, key: &str) -> Result<String, Refused> {
        let mut changes = self.0.subscribe();
        let values = changes.wait_for(|values| values.contains_key(key)).await?;
        Ok(values[key].clone())
    }
}
