//! Draws a chart in a terminal.

use std::fmt::Write as _;

use crate::chart::{Chart, Ending, Lane};

/// The milliseconds of one character.
const STEP: u64 = 25;

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const MAGENTA: &str = "35";

/// Returns the lines of a chart.
pub fn draw(chart: &Chart, colours: bool) -> String {
    let mut text = format!("{}\n", paint(BOLD, chart.title, colours));
    let _ = writeln!(text, "{}", paint(DIM, chart.call, colours));
    let columns = column(chart.end()) + 1;
    for lane in &chart.lanes {
        let cells = (0..columns).map(|n| cell(chart, lane, n));
        line(&mut text, lane.name, cells, colours);
    }
    if !chart.spans.is_empty() {
        line(&mut text, "caller", caller(chart, columns), colours);
    }
    let returns: String = (0..columns)
        .map(|n| {
            if chart.returns.iter().any(|&at| column(at) == n) {
                '▲'
            } else {
                ' '
            }
        })
        .collect();
    let _ = writeln!(text, "{:>8}{returns} {} ms", "", chart.end());
    text
}

/// Returns the legend of the signs.
pub fn legend(colours: bool) -> String {
    format!(
        "{} polled  ━ waits  ┄ pauses  {} cleans up  {} done  {} fails  {} cancelled  ▲ returns\n",
        '●',
        paint(YELLOW, "═", colours),
        paint(GREEN, "✔", colours),
        paint(RED, "✘", colours),
        paint(DIM, "◌", colours),
    )
}

type Cell = (char, Option<&'static str>);

fn line(text: &mut String, name: &str, cells: impl IntoIterator<Item = Cell>, colours: bool) {
    let mut row = String::new();
    let mut blank = String::new();
    for (sign, colour) in cells {
        if sign == ' ' {
            blank.push(' ');
            continue;
        }
        row.push_str(&blank);
        blank.clear();
        match colour {
            Some(colour) => row.push_str(&paint(colour, &sign.to_string(), colours)),
            None => row.push(sign),
        }
    }
    let _ = writeln!(text, "{name:>6}  {row}");
}

/// Returns the sign of a job in one column.
fn cell(chart: &Chart, lane: &Lane, n: u64) -> Cell {
    let at = n * STEP;
    let colour = match lane.ending {
        Ending::Done => GREEN,
        Ending::Failed => RED,
        Ending::Cancelled => DIM,
    };
    if n == column(lane.end) {
        let sign = match lane.ending {
            Ending::Done => '✔',
            Ending::Failed => '✘',
            Ending::Cancelled => '◌',
        };
        return (sign, Some(colour));
    }
    if n < column(lane.start) || n > column(lane.end) {
        return (' ', None);
    }
    if lane.polls.iter().any(|&poll| column(poll) == n) {
        return ('●', Some(colour));
    }
    if lane.cleans_up.is_some_and(|cleans_up| at >= cleans_up) {
        return ('═', Some(YELLOW));
    }
    let sign = if chart.paused_at(at) { '┄' } else { '━' };
    (sign, Some(colour))
}

/// Draws the work of the caller: a block of columns for each result, with its name.
fn caller(chart: &Chart, columns: u64) -> Vec<Cell> {
    let mut cells = vec![(' ', None); usize::try_from(columns).unwrap_or_default()];
    for &(name, from, to) in &chart.spans {
        let mut signs = name.chars();
        for n in column(from)..column(to) {
            if let Some(cell) = cells.get_mut(usize::try_from(n).unwrap_or(usize::MAX)) {
                *cell = (signs.next().unwrap_or('·'), Some(MAGENTA));
            }
        }
    }
    cells
}

const fn column(at: u64) -> u64 {
    at / STEP
}

fn paint(colour: &str, text: &str, colours: bool) -> String {
    if colours {
        format!("\x1b[{colour}m{text}\x1b[0m")
    } else {
        text.into()
    }
}
