//! The store, and the language that it is talked to in.
//!
//! ```text
//! GET key         the value
//! SET key value   the value is what is left of the line
//! INCR key        adds one to a number, or to nothing, and gives it
//! WAIT key        the value, as soon as there is one
//! PANIC           none: the handler panics, as a bug makes it, which ends this connection and no other
//! ```
//!
//! Answers are `OK`, `OK value` or `ERR reason`.

use std::collections::HashMap;
use std::error::Error;

use tokio::sync::watch;

/// Why there is no answer.
pub(crate) type Refused = Box<dyn Error + Send + Sync>;

/// What is stored under each key. Whoever waits for one is told of every change.
#[derive(Debug, Default)]
pub(crate) struct Store(watch::Sender<HashMap<String, String>>);

impl Store {
    /// The answer to one line, if there is something to say.
    ///
    /// # Errors
    ///
    /// With what is wrong about the request.
    ///
    /// # Panics
    ///
    /// If it is asked to.
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
