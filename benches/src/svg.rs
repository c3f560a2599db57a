//! Draws a plot as an SVG picture with a background of its own, so that it is readable on any page.
//!
//! The colours follow the colour scheme of the reader, which crates for plots do not support.

use std::fmt::Write as _;

use crate::plot::{Chart, Line};
use crate::text::grouped;

const WIDTH: f64 = 748.0;
const HEIGHT: f64 = 424.0;
/// The edges of the grid. The names of the lines are to its right.
const LEFT: f64 = 66.0;
const RIGHT: f64 = 560.0;
const TOP: f64 = 84.0;
const BOTTOM: f64 = 370.0;
/// The distance between two names.
const GAP: f64 = 16.0;
/// The number of colours for peers.
const COLOURS: usize = 5;

const STYLE: &str = "\
text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:#1f2328}
.title{font-size:17px;font-weight:600}
.soft{fill:#59636e}
.axis{font-size:10.5px;fill:#59636e}
.card{fill:#ffffff;stroke:#d1d9e0}
.grid{stroke:#e6eaef;fill:none}
.line{fill:none;stroke:currentColor;stroke-width:1.7;stroke-linejoin:round;stroke-linecap:round}
.dot{fill:currentColor}
.name{fill:currentColor}
.halo{stroke:#ffffff;stroke-width:4;stroke-linejoin:round}
.ours .line{stroke-width:3.4}
.ours text{font-size:14px;font-weight:700}
.ours{color:#0969da}
.peer0{color:#bc4c00}.peer1{color:#8250df}.peer2{color:#1a7f37}.peer3{color:#bf3989}.peer4{color:#6e7781}
@media(prefers-color-scheme:dark){
text{fill:#e6edf3}
.soft,.axis{fill:#9198a1}
.card{fill:#0d1117;stroke:#3d444d}
.grid{stroke:#21262d}
.name{fill:currentColor}
.halo{stroke:#0d1117}
.ours{color:#58a6ff}
.peer0{color:#f0883e}.peer1{color:#c297ff}.peer2{color:#4ac26b}.peer3{color:#f778ba}.peer4{color:#9198a1}
}
";

/// Returns the text of the picture.
pub(crate) fn draw(chart: &Chart) -> String {
    let points = || chart.lines.iter().flat_map(|line| &line.points);
    let across = Axis::decades(points().map(|&(n, _)| number(n)), LEFT, RIGHT);
    let up = Axis::steps(points().map(|&(_, value)| value), BOTTOM, TOP);
    let mut svg = Svg(String::new());
    svg.line(&format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">"#
    ));
    svg.line(&format!("<title>{}</title>", escape(chart.plot.title)));
    svg.line(&format!("<desc>{}</desc>", escape(&chart.describe())));
    svg.line(&format!("<style>\n{STYLE}</style>"));
    svg.line(&format!(
        r#"<rect class="card" x="0.5" y="0.5" width="{}" height="{}" rx="10"/>"#,
        WIDTH - 1.0,
        HEIGHT - 1.0
    ));
    svg.text("title", 24.0, 36.0, "start", chart.plot.title);
    let below = format!("{} against N, both logarithmic: less is better", chart.unit);
    svg.text("soft", 24.0, 58.0, "start", &below);
    svg.grid(&across, &up);
    let names = name_places(&chart.lines, &across, &up);
    // Ours is the first line, and is drawn last, above all others.
    for (index, line) in chart.lines.iter().enumerate().rev() {
        svg.plot(index, line, &across, &up);
    }
    for (index, (line, place)) in chart.lines.iter().zip(names).enumerate().rev() {
        let anchor = if ends_early(line, &chart.lines) {
            "middle"
        } else {
            "start"
        };
        svg.name(index, line, place, anchor);
    }
    svg.line("</svg>");
    svg.0
}

/// A logarithmic axis.
struct Axis {
    /// The numbers with a line of the grid, in ascending order. The first and the last are the ends of the axis.
    ticks: Vec<f64>,
    /// The coordinates of its ends.
    start: f64,
    end: f64,
}

impl Axis {
    /// Creates an axis with a line at each power of ten.
    fn decades(values: impl Iterator<Item = f64>, start: f64, end: f64) -> Self {
        Self::over(values, &[1.0], start, end)
    }

    /// Creates an axis that also has lines between the powers of ten, unless that makes too many lines.
    fn steps(values: impl Iterator<Item = f64> + Clone, start: f64, end: f64) -> Self {
        const MOST: usize = 9;

        let fine = Self::over(values.clone(), &[1.0, 2.0, 5.0], start, end);
        if fine.ticks.len() <= MOST {
            return fine;
        }
        Self::decades(values, start, end)
    }

    /// Creates an axis with lines at the given multiples of powers of ten, which covers all values.
    fn over(values: impl Iterator<Item = f64>, multiples: &[f64], start: f64, end: f64) -> Self {
        // All times that can be measured are in this range.
        const DECADES: std::ops::RangeInclusive<i32> = -2..=12;

        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let all: Vec<f64> = DECADES
            .flat_map(|decade| {
                multiples
                    .iter()
                    .map(move |multiple| multiple * 10_f64.powi(decade))
            })
            .collect();
        let first = all.iter().rposition(|&tick| tick <= low).unwrap_or(0);
        let last = all.iter().position(|&tick| tick >= high);
        let last = last.unwrap_or(all.len() - 1).max(first + 1);
        Self {
            ticks: all[first..=last].to_vec(),
            start,
            end,
        }
    }

    /// Returns the coordinate of a number.
    fn at(&self, value: f64) -> f64 {
        let (first, last) = (self.ticks[0], self.ticks[self.ticks.len() - 1]);
        let share = (value / first).ln() / (last / first).ln();
        self.start + share * (self.end - self.start)
    }
}

/// Returns the coordinates of the names: to the right of the grid, without overlaps, or above the end of a line that stops
/// before the right edge.
fn name_places(lines: &[Line], across: &Axis, up: &Axis) -> Vec<(f64, f64)> {
    const ASIDE: f64 = 10.0;
    const ABOVE: f64 = 15.0;

    let mut places: Vec<(f64, f64)> = lines
        .iter()
        .map(|line| {
            let &(n, value) = line.points.last().expect("a line has points");
            let (x, y) = (across.at(number(n)), up.at(value));
            if ends_early(line, lines) {
                (x, y - ABOVE)
            } else {
                (x + ASIDE, y)
            }
        })
        .collect();
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|&one, &other| places[one].1.total_cmp(&places[other].1));
    // Names with the same x are moved down until they do not overlap, and then up again if the last is too low.
    let mut floors: Vec<(f64, f64)> = Vec::new();
    for &index in &order {
        let (x, y) = places[index];
        let above = floors.iter().rfind(|&&(other, _)| same(other, x));
        let y = above.map_or(y, |&(_, above)| y.max(above + GAP));
        floors.push((x, y));
        places[index].1 = y;
    }
    let mut ceilings: Vec<(f64, f64)> = Vec::new();
    for &index in order.iter().rev() {
        let (x, y) = places[index];
        let below = ceilings.iter().rfind(|&&(other, _)| same(other, x));
        let y = below.map_or(y.min(BOTTOM), |&(_, below)| y.min(below - GAP));
        ceilings.push((x, y));
        places[index].1 = y;
    }
    places
}

/// Returns whether another line has points to the right of its last one.
fn ends_early(line: &Line, lines: &[Line]) -> bool {
    let last = |line: &Line| line.points.last().map(|&(n, _)| n);
    lines.iter().any(|other| last(other) > last(line))
}

fn same(one: f64, other: f64) -> bool {
    (one - other).abs() < 0.5
}

/// The text of a picture.
struct Svg(String);

impl Svg {
    fn line(&mut self, element: &str) {
        self.0.push_str(element);
        self.0.push('\n');
    }

    fn text(&mut self, class: &str, x: f64, y: f64, anchor: &str, text: &str) {
        let text = escape(text);
        self.line(&format!(
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#
        ));
    }

    fn grid(&mut self, across: &Axis, up: &Axis) {
        for &n in &across.ticks {
            let x = across.at(n);
            self.line(&format!(
                r#"<path class="grid" d="M{x:.1} {TOP}V{BOTTOM}"/>"#
            ));
            self.text("axis", x, BOTTOM + 18.0, "middle", &label(n));
        }
        for &value in &up.ticks {
            let y = up.at(value);
            self.line(&format!(
                r#"<path class="grid" d="M{LEFT} {y:.1}H{RIGHT}"/>"#
            ));
            self.text("axis", LEFT - 10.0, y + 4.0, "end", &label(value));
        }
        let middle = f64::midpoint(LEFT, RIGHT);
        self.text("axis", middle, BOTTOM + 38.0, "middle", "N");
    }

    fn plot(&mut self, index: usize, line: &Line, across: &Axis, up: &Axis) {
        let radius = if line.is_ours() { 4.2 } else { 2.8 };
        let places: Vec<_> = line
            .points
            .iter()
            .map(|&(n, value)| (across.at(number(n)), up.at(value)))
            .collect();
        let mut path = String::new();
        for (x, y) in &places {
            let command = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{command}{x:.1} {y:.1}");
        }
        self.line(&format!(r#"<g class="{}">"#, class(index)));
        self.line(&format!(r#"<path class="line" d="{path}"/>"#));
        for (x, y) in places {
            self.line(&format!(
                r#"<circle class="dot" cx="{x:.1}" cy="{y:.1}" r="{radius}"/>"#
            ));
        }
        self.line("</g>");
    }

    fn name(&mut self, index: usize, line: &Line, (x, y): (f64, f64), anchor: &str) {
        self.line(&format!(r#"<g class="{}">"#, class(index)));
        // The halo separates the name from lines behind it.
        self.text("halo", x, y + 4.0, anchor, line.name);
        self.text("name", x, y + 4.0, anchor, line.name);
        self.line("</g>");
    }
}

/// Returns the class that sets the colour of a line. The first line is ours.
fn class(index: usize) -> String {
    match index.checked_sub(1) {
        None => "ours".to_owned(),
        Some(peer) => format!("peer{}", peer % COLOURS),
    }
}

/// Formats a number at an axis.
fn label(value: f64) -> String {
    if value < 1.0 {
        return value.to_string();
    }
    format!("{value:.0}")
        .parse()
        .map_or_else(|_| value.to_string(), grouped)
}

fn number(n: usize) -> f64 {
    f64::from(u32::try_from(n).expect("N is small"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
