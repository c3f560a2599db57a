//! A subscriber that remembers spans: their fields, their parents, and what happened in them.

use std::fmt::{self, Write as _};
use std::future::Future;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry, Scope};

/// A span that was seen.
#[derive(Debug, Clone)]
pub struct Seen {
    id: u64,
    parent: Option<u64>,
    pub name: &'static str,
    pub target: &'static str,
    pub level: Level,
    fields: Vec<(&'static str, String)>,
    /// What it follows from, beside its parent.
    follows: Vec<u64>,
    pub closed: bool,
    pub entered: usize,
}

impl Seen {
    /// The value of a field, as it was recorded last.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter().rev();
        let (_, value) = fields.find(|(field, _)| *field == name)?;
        Some(value)
    }
}

/// What was seen.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    spans: Arc<Mutex<Vec<Seen>>>,
    /// Each event with the spans around it, from the outermost.
    events: Arc<Mutex<Vec<String>>>,
    /// The finest level that it wants, if it does not want all.
    finest: Option<Level>,
}

impl Recorder {
    /// What is seen while `work` runs.
    pub async fn watch<T>(work: impl Future<Output = T>) -> (T, Self) {
        Self::default().during(work).await
    }

    /// As [`watch`](Self::watch), but only down to a level.
    pub async fn watch_down_to<T>(finest: Level, work: impl Future<Output = T>) -> (T, Self) {
        let coarse = Self {
            finest: Some(finest),
            ..Self::default()
        };
        coarse.during(work).await
    }

    async fn during<T>(self, work: impl Future<Output = T>) -> (T, Self) {
        // The runtime of a test has one thread.
        let subscriber = Registry::default().with(self.clone());
        let _guard = tracing::subscriber::set_default(subscriber);
        (work.await, self)
    }

    pub fn spans(&self) -> Vec<Seen> {
        self.spans.lock().unwrap().clone()
    }

    pub fn events(&self) -> Vec<String> {
        self.events.lock().unwrap().clone()
    }

    /// The spans as a tree: each line is a span in its parent, with its fields but for the place in the source.
    pub fn tree(&self) -> String {
        let spans = self.spans();
        let mut text = String::from("\n");
        for span in spans.iter().filter(|span| span.parent.is_none()) {
            draw(&mut text, &spans, span, 0);
        }
        text
    }

    fn with(&self, id: &Id, change: impl FnOnce(&mut Seen)) {
        let mut spans = self.spans.lock().unwrap();
        let id = id.into_u64();
        // Ids are used again.
        if let Some(span) = spans.iter_mut().rev().find(|span| span.id == id) {
            change(span);
        }
    }
}

fn draw(text: &mut String, spans: &[Seen], span: &Seen, depth: usize) {
    text.push_str(&"  ".repeat(depth));
    text.push_str(span.name);
    for (name, value) in &span.fields {
        if !matches!(*name, "file" | "line") {
            let _ = write!(text, " {name}={value}");
        }
    }
    for followed in &span.follows {
        let followed = spans.iter().find(|span| span.id == *followed).unwrap();
        let _ = write!(text, " <- {}", followed.name);
    }
    text.push('\n');
    for child in spans.iter().filter(|child| child.parent == Some(span.id)) {
        draw(text, spans, child, depth + 1);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        (self.finest).is_none_or(|finest| *metadata.level() <= finest)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let metadata = attributes.metadata();
        let mut seen = Seen {
            id: id.into_u64(),
            parent: span.parent().map(|parent| parent.id().into_u64()),
            name: metadata.name(),
            target: metadata.target(),
            level: *metadata.level(),
            fields: Vec::new(),
            follows: Vec::new(),
            closed: false,
            entered: 0,
        };
        attributes.record(&mut Fields(&mut seen.fields));
        self.spans.lock().unwrap().push(seen);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        self.with(id, |span| values.record(&mut Fields(&mut span.fields)));
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, _: Context<'_, S>) {
        self.with(id, |span| span.follows.push(follows.into_u64()));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Vec::new();
        event.record(&mut Fields(&mut fields));
        let scope = context.event_scope(event).into_iter();
        let scope: Vec<_> = scope
            .flat_map(Scope::from_root)
            .map(|span| span.name())
            .collect();
        let text = format!("{}: {}", scope.join(" "), fields[0].1);
        self.events.lock().unwrap().push(text);
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        self.with(id, |span| span.entered += 1);
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.with(&id, |span| span.closed = true);
    }
}

/// Collects fields.
struct Fields<'a>(&'a mut Vec<(&'static str, String)>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.into()));
    }
}
