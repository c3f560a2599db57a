//! Draws a chart as an SVG picture with a background of its own, so that it is readable on any page.

use std::fmt::Write as _;

use crate::chart::{Chart, Ending, Lane};

const WIDTH: u64 = 748;
/// The x of time 0, the y of the first row, and the height of a row.
const LEFT: u64 = 92;
const TOP: u64 = 100;
const ROW: u64 = 28;
/// The milliseconds between two lines of the grid.
const GRID: usize = 250;
/// The length of the longest scene in milliseconds, and the hundredths of a pixel for each millisecond.
const LONGEST: u64 = 1650;
const SCALE: u64 = 37;

const STYLE: &str = "\
text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:#1f2328}
.title{font-size:17px;font-weight:600}
.call{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#59636e}
.soft{fill:#59636e}
.axis{font-size:10.5px;fill:#59636e}
.total{font-weight:600}
.card{fill:#ffffff;stroke:#d1d9e0}
.grid{stroke:#e6eaef}
.mark{stroke:#1f2328;stroke-width:1.5;stroke-dasharray:3 3}
.bar{stroke-width:13;stroke-linecap:round;fill:none}
.rest{stroke-width:2;stroke-dasharray:3 4;fill:none}
.sign{stroke:#ffffff;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round;fill:none}
.done .bar{stroke:#c2e9ce}.done .dot{fill:#1a7f37}.done .rest{stroke:#1a7f37}
.failed .bar{stroke:#ffcbc7}.failed .dot{fill:#cf222e}
.cancelled .bar{stroke:#e2e6eb}.cancelled .dot{fill:#818b98}
.bar.tidy{stroke:#f2cf78}
.busy{fill:#e6d9fb}.busy+text{font-size:10px;fill:#6639ba}
@media(prefers-color-scheme:dark){
text{fill:#e6edf3}
.call,.soft,.axis{fill:#9198a1}
.card{fill:#0d1117;stroke:#3d444d}
.grid{stroke:#21262d}
.mark{stroke:#e6edf3}
.sign{stroke:#0d1117}
.done .bar{stroke:#1c4a2b}.done .dot{fill:#4ac26b}.done .rest{stroke:#4ac26b}
.failed .bar{stroke:#5d1f20}.failed .dot{fill:#ff7b72}
.cancelled .bar{stroke:#2f353d}.cancelled .dot{fill:#9198a1}
.bar.tidy{stroke:#6b4e0f}
.busy{fill:#3b2a66}.busy+text{fill:#c297ff}
}
";

/// Returns the text of the picture.
pub fn draw(chart: &Chart) -> String {
    let mut svg = Svg(String::new());
    let rows = chart.lanes.len() as u64 + u64::from(!chart.spans.is_empty());
    let bottom = TOP + rows * ROW;
    let height = bottom + 66;
    svg.line(&format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">"#
    ));
    svg.line(&format!("<title>{}</title>", escape(chart.title)));
    svg.line(&format!("<desc>{}</desc>", escape(&describe(chart))));
    svg.line(&format!("<style>\n{STYLE}</style>"));
    svg.line(&format!(
        r#"<rect class="card" x="0.5" y="0.5" width="{}" height="{}" rx="10"/>"#,
        WIDTH - 1,
        height - 1
    ));
    svg.text("title", 24, 36, "start", chart.title);
    svg.text("call", 24, 58, "start", chart.call);
    svg.grid(chart.end(), bottom);
    svg.returns(chart, bottom);
    for (y, lane) in rows_from(TOP).zip(&chart.lanes) {
        svg.lane(chart, lane, y);
    }
    svg.caller(chart, bottom - ROW / 2);
    for (y, note) in (TOP + 32..).step_by(20).zip(chart.notes) {
        svg.text("soft", x(chart.end()) + 30, y, "start", note);
    }
    svg.legend(chart, bottom + 46);
    svg.line("</svg>");
    svg.0
}

/// Describes the chart in words, for readers who cannot see it.
fn describe(chart: &Chart) -> String {
    let mut text = format!("{} It returns after {} ms.", chart.call, chart.end());
    for lane in &chart.lanes {
        let how = match lane.ending {
            Ending::Done => "is done",
            Ending::Failed => "fails",
            Ending::Cancelled => "is cancelled",
        };
        let _ = write!(
            text,
            " {} starts at {} ms and {how} at {} ms.",
            lane.name, lane.start, lane.end
        );
    }
    text
}

/// The text of a picture.
struct Svg(String);

impl Svg {
    fn line(&mut self, element: &str) {
        self.0.push_str(element);
        self.0.push('\n');
    }

    fn text(&mut self, class: &str, x: u64, y: u64, anchor: &str, text: &str) {
        let text = escape(text);
        self.line(&format!(
            r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>"#
        ));
    }

    /// Draws a line from one point in time to another.
    fn stretch(&mut self, class: &str, from: u64, to: u64, y: u64) {
        let (from, to) = (x(from), x(to));
        self.line(&format!(r#"<path class="{class}" d="M{from} {y}H{to}"/>"#));
    }

    fn dot(&mut self, x: u64, y: u64, radius: &str) {
        self.line(&format!(
            r#"<circle class="dot" cx="{x}" cy="{y}" r="{radius}"/>"#
        ));
    }

    /// Draws the grid up to the end of the scene, and the labels of the axis over the whole width.
    fn grid(&mut self, end: u64, bottom: u64) {
        for at in (0..=LONGEST).step_by(GRID) {
            let x = x(at);
            let top = if at <= end { TOP - 4 } else { bottom - 5 };
            self.line(&format!(r#"<path class="grid" d="M{x} {top}V{bottom}"/>"#));
            let label = if at == 0 { "0".into() } else { time(at) };
            self.text("axis", x, bottom + 16, "middle", &label);
        }
    }

    fn returns(&mut self, chart: &Chart, bottom: u64) {
        for &at in &chart.returns {
            let x = x(at);
            self.line(&format!(
                r#"<path class="mark" d="M{x} {}V{bottom}"/>"#,
                TOP - 8
            ));
            self.text("total", x, TOP - 14, "middle", &time(at));
        }
    }

    fn lane(&mut self, chart: &Chart, lane: &Lane, y: u64) {
        self.text("soft", LEFT - 20, y + 4, "end", lane.name);
        let class = class(lane.ending);
        self.line(&format!(r#"<g class="{class}">"#));
        let pauses = (chart.spans.iter())
            .map(|&(_, from, to)| (from.max(lane.start), to.min(lane.end)))
            .find(|(from, to)| chart.pauses && from < to);
        match pauses {
            Some((from, to)) => {
                self.stretch("rest", from, to, y);
                self.stretch("bar", lane.start, from, y);
                if to < lane.end {
                    self.stretch("bar", to, lane.end, y);
                }
            }
            None => self.stretch("bar", lane.start, lane.end, y),
        }
        if let Some(cleans_up) = lane.cleans_up {
            self.stretch("bar tidy", cleans_up, lane.end, y);
        }
        for &poll in &lane.polls {
            self.dot(x(poll), y, "2.8");
        }
        self.ending(lane.ending, x(lane.end), y);
        self.line("</g>");
    }

    /// Draws a sign for the end of a job, which does not depend on colour.
    fn ending(&mut self, ending: Ending, x: u64, y: u64) {
        self.dot(x, y, "7.5");
        let sign = match ending {
            Ending::Done => format!("M{} {}l2.4 2.6 4.4 -5.2", x - 3, y),
            Ending::Failed => format!("M{} {}m.5 .5l5 5m0 -5l-5 5", x - 3, y - 3),
            Ending::Cancelled => format!("M{} {y}h6", x - 3),
        };
        self.line(&format!(r#"<path class="sign" d="{sign}"/>"#));
    }

    fn caller(&mut self, chart: &Chart, y: u64) {
        if chart.spans.is_empty() {
            return;
        }
        self.text("soft", LEFT - 20, y + 4, "end", "caller");
        for &(name, from, to) in &chart.spans {
            let (from, to) = (x(from), x(to));
            self.line(&format!(
                r#"<rect class="busy" x="{}" y="{}" width="{}" height="17" rx="4"/>"#,
                from + 1,
                y - 8,
                to - from - 2
            ));
            self.text("", u64::midpoint(from, to), y + 4, "middle", name);
        }
    }

    /// Draws the legend of the signs in this picture.
    fn legend(&mut self, chart: &Chart, y: u64) {
        let has = |ending| chart.lanes.iter().any(|lane| lane.ending == ending);
        let mut at = 6;
        let mut next = |svg: &mut Self, label: &str, draw: &dyn Fn(&mut Self, u64)| {
            draw(svg, at);
            svg.text("axis", at + 36, y + 4, "start", label);
            at += 36 + label.len() as u64 * 6 + 18;
        };
        self.line(r#"<g class="done">"#);
        next(self, "polled", &|svg, x| svg.dot(x + 22, y, "2.8"));
        next(self, "waits", &|svg, x| {
            svg.line(&format!(r#"<path class="bar" d="M{} {y}h14"/>"#, x + 10));
        });
        if chart.pauses {
            next(self, "pauses", &|svg, x| {
                svg.line(&format!(r#"<path class="rest" d="M{} {y}h24"/>"#, x + 5));
            });
        }
        if chart.lanes.iter().any(|lane| lane.cleans_up.is_some()) {
            next(self, "cleans up", &|svg, x| {
                svg.line(&format!(
                    r#"<path class="bar tidy" d="M{} {y}h14"/>"#,
                    x + 10
                ));
            });
        }
        self.line("</g>");
        let endings = [
            (Ending::Done, "done"),
            (Ending::Failed, "fails"),
            (Ending::Cancelled, "cancelled"),
        ];
        for (ending, label) in endings.into_iter().filter(|(ending, _)| has(*ending)) {
            let class = class(ending);
            next(self, label, &|svg, x| {
                svg.line(&format!(r#"<g class="{class}">"#));
                svg.ending(ending, x + 22, y);
                svg.line("</g>");
            });
        }
        next(self, "the call returns", &|svg, x| {
            svg.line(&format!(
                r#"<path class="mark" d="M{} {}v16"/>"#,
                x + 24,
                y - 8
            ));
        });
    }
}

/// Returns the y of the middle of each row.
fn rows_from(top: u64) -> impl Iterator<Item = u64> {
    (0..).map(move |n| top + n * ROW + ROW / 2)
}

const fn class(ending: Ending) -> &'static str {
    match ending {
        Ending::Done => "done",
        Ending::Failed => "failed",
        Ending::Cancelled => "cancelled",
    }
}

/// Returns the x of a point in time.
const fn x(at: u64) -> u64 {
    LEFT + (at * SCALE + 50) / 100
}

fn time(at: u64) -> String {
    if at < 1000 {
        return format!("{at} ms");
    }
    let text = format!("{}.{:03}", at / 1000, at % 1000);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
