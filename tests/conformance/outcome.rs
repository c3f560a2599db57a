//! What happened in a program, as both sides report it.

use std::fmt;

use serde_json::Value;

/// An outcome: a record for each node and each child of a group that was started, or that the program never ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ended(Vec<Option<Record>>),
    Hung,
    /// The program could not be run, or panicked.
    Broken(String),
}

/// What happened to a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// When it was started, in virtual milliseconds.
    pub start: u64,
    /// When it ended, in whatever way.
    pub end: u64,
    pub how: How,
    /// Whether it dropped something that had not ended.
    pub early: bool,
    /// What it gave, if that is more than whether it failed.
    pub result: String,
    /// What happened meanwhile, and when.
    pub notes: Vec<(u64, String)>,
}

/// How a node ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum How {
    #[default]
    Done,
    /// With this error.
    Failed(String),
    Cancelled,
    /// Done, failed or cancelled in the moment in which the node above it ended early.
    Cut,
}

impl Outcome {
    /// Reads what the runner in Python has written.
    pub fn parse(json: &Value) -> Self {
        match json {
            Value::String(hang) if hang == "hang" => Self::Hung,
            Value::Array(records) => {
                let record = |json: &Value| match json {
                    Value::Null => Some(None),
                    json => Record::parse(json).map(Some),
                };
                let records: Option<_> = records.iter().map(record).collect();
                records.map_or_else(|| Self::Broken(json.to_string()), Self::Ended)
            }
            json => Self::Broken(json.to_string()),
        }
    }
}

impl Record {
    fn parse(json: &Value) -> Option<Self> {
        let note = |json: &Value| {
            let text = json.get(1)?.as_str()?;
            Some((json.get(0)?.as_u64()?, text.to_owned()))
        };
        let notes: Option<_> = json.get(5)?.as_array()?.iter().map(note).collect();
        Some(Self {
            start: json.get(0)?.as_u64()?,
            end: json.get(1)?.as_u64()?,
            how: match json.get(2)?.as_str()? {
                "ok" => How::Done,
                "x" => How::Cancelled,
                code => How::Failed(code.to_owned()),
            },
            early: json.get(3)?.as_u64()? == 1,
            result: json.get(4)?.as_str()?.to_owned(),
            notes: notes?,
        })
    }
}

/// One line: the records one after the other, `-` for what was not started.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hung => f.write_str("it hangs"),
            Self::Broken(why) => f.write_str(why),
            Self::Ended(records) => {
                for (number, record) in records.iter().enumerate() {
                    let space = if number == 0 { "" } else { "; " };
                    match record {
                        None => write!(f, "{space}-")?,
                        Some(record) => write!(f, "{space}{record}")?,
                    }
                }
                Ok(())
            }
        }
    }
}

/// Such as `0..30 early !e2 =1,2 @10 0:1`.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)?;
        if self.early {
            f.write_str(" early")?;
        }
        match &self.how {
            How::Done => {}
            How::Failed(code) => write!(f, " !{code}")?,
            How::Cancelled => f.write_str(" x")?,
            How::Cut => f.write_str(" cut")?,
        }
        if !self.result.is_empty() {
            write!(f, " ={}", self.result)?;
        }
        let mut last = None;
        for (at, note) in &self.notes {
            if last.replace(at) != Some(at) {
                write!(f, " @{at}")?;
            }
            write!(f, " {note}")?;
        }
        Ok(())
    }
}
