//! Values of many runs at each of several settings, side by side, as inline SVG: every run, the middle half, the median with its interval.

use super::axis::ValueAxis;
use super::draw::{Colour, INK};
use super::{BLUE, GREY, RED};
use crate::report::text::plain;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Drawn at twice its size, as the plots of a run are.
const SIZE: (u32, u32) = (1_080, 620);
const TEXT: f64 = 27.0;
const SMALL: f64 = 23.0;
const GRID: RGBColor = RGBColor(0xe3, 0xe7, 0xec);
/// Half the width of a box, of which one is the distance of two settings.
const HALF: f64 = 0.17;
/// A run further outside of the middle half than so many of its widths stands at the edge.
const FAR: f64 = 3.0;
/// Runs drawn at one setting at most.
const RUNS_MAX: usize = 200;

/// One setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    /// Its name; what stands in brackets goes below.
    pub label: String,
    /// One a run.
    pub values: Vec<f64>,
    /// Between these lies the middle half.
    pub quarters: [f64; 2],
    pub median: f64,
    /// Of the median.
    pub interval: Option<[f64; 2]>,
    /// As it is configured.
    pub is_base: bool,
}

/// All settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Strips {
    pub title: String,
    pub strips: Vec<Strip>,
    /// Medians are joined: the settings have an order.
    pub is_joined: bool,
    /// Places of the two settings between which a cliff is.
    pub cliff: Option<[usize; 2]>,
}

type Failed = Box<dyn std::error::Error>;

impl Strips {
    /// The picture; empty without a setting.
    ///
    /// # Errors
    /// What the drawing library says.
    pub fn svg(&self) -> Result<String, String> {
        let mut svg = String::new();
        if self.strips.is_empty() {
            return Ok(svg);
        }
        self.draw(&mut svg).map_err(|error| error.to_string())?;
        let body = svg.split_once('>').map_or("", |(_, body)| body);
        let (width, height) = SIZE;
        Ok(format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"inherit\">{body}")
            .replace("font-family=\"sans-serif\" ", ""))
    }

    fn draw(&self, svg: &mut String) -> Result<(), Failed> {
        let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        let ink = INK.solid();
        let style = |size: f64, h_pos, v_pos| ("sans-serif", size).into_font().color(&ink).pos(Pos::new(h_pos, v_pos));
        let values = self.shown();
        // What is the same everywhere needs an axis all the same.
        let is_flat = values.iter().all(|value| *value == 0.0);
        let y = ValueAxis::new(values.into_iter(), is_flat, 6);
        let count = self.strips.len() as f64;
        area.draw_text(&plain(&self.title), &style(TEXT, HPos::Left, VPos::Top), (8, 4))?;
        let mut chart = ChartBuilder::on(&area)
            .margin_top(44)
            .margin_right(16)
            .margin_bottom(78)
            .set_label_area_size(LabelAreaPosition::Left, 120)
            .build_cartesian_2d(-0.5..count - 0.5, y.clone())?;
        let labels = style(TEXT, HPos::Right, VPos::Center);
        chart
            .configure_mesh()
            .disable_x_mesh()
            .disable_x_axis()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.stroke_width(2))
            .axis_style(GRID.stroke_width(2))
            .y_label_style(labels)
            .draw()?;
        let range = plotters::coord::ranged1d::Ranged::range(&y);
        if range.contains(&0.0) {
            chart.draw_series(LineSeries::new([(-0.5, 0.0), (count - 0.5, 0.0)], ink.stroke_width(2)))?;
        }
        for (x, strip) in (0_u32..).map(f64::from).zip(&self.strips) {
            let colour = if strip.is_base { BLUE } else { GREY };
            draw_strip(&mut chart, x, strip, colour)?;
        }
        self.join(&mut chart)?;
        for (x, strip) in (0_u32..).map(f64::from).zip(&self.strips) {
            let (left, _) = chart.backend_coord(&(x, range.start));
            let (name, note) = parted(&strip.label);
            let bottom = SIZE.1 as i32;
            area.draw_text(&plain(name), &style(TEXT, HPos::Center, VPos::Top), (left, bottom - 68))?;
            area.draw_text(&plain(note), &style(SMALL, HPos::Center, VPos::Top), (left, bottom - 34))?;
        }
        drop(chart);
        area.present()?;
        Ok(())
    }

    /// Values that the axis spans: boxes, intervals, and runs that are not far out; a few of those would flatten everything else.
    fn shown(&self) -> Vec<f64> {
        let of_strip = |strip: &Strip| {
            let [low, high] = strip.quarters;
            let reach = FAR * (high - low);
            let near = strip.values.iter().copied().filter(move |value| (low - reach..=high + reach).contains(value));
            near.chain(strip.quarters).chain(strip.interval.into_iter().flatten()).collect::<Vec<f64>>()
        };
        self.strips.iter().flat_map(of_strip).collect()
    }

    /// Medians one after the other, and the step of a cliff.
    fn join<'a, B: DrawingBackend + 'a>(&self, chart: &mut Chart2<'a, B>) -> Result<(), Failed>
    where
        B::ErrorType: 'static,
    {
        let point = |place: usize| Some((place as f64, self.strips.get(place)?.median));
        if self.is_joined {
            let points: Vec<(f64, f64)> = (0..self.strips.len()).filter_map(point).collect();
            chart.draw_series(LineSeries::new(points, INK.solid().stroke_width(3)))?;
        }
        if let Some([near, far]) = self.cliff {
            let points: Vec<(f64, f64)> = [near, far].into_iter().filter_map(point).collect();
            chart.draw_series(LineSeries::new(points, RED.solid().stroke_width(9)))?;
        }
        let medians = self.strips.iter().enumerate().map(|(place, strip)| {
            let colour = if strip.is_base { BLUE } else { INK };
            Circle::new((place as f64, strip.median), 9, colour.solid().filled())
        });
        chart.draw_series(medians)?;
        Ok(())
    }
}

type Chart2<'a, B> = ChartContext<'a, B, Cartesian2d<plotters::coord::types::RangedCoordf64, ValueAxis>>;

fn draw_strip<'a, B: DrawingBackend + 'a>(
    chart: &mut Chart2<'a, B>,
    x: f64,
    strip: &Strip,
    colour: Colour,
) -> Result<(), Failed>
where
    B::ErrorType: 'static,
{
    let [low, high] = strip.quarters;
    chart.draw_series([Rectangle::new([(x - HALF, low), (x + HALF, high)], colour.solid().mix(0.22).filled())])?;
    let stride = strip.values.len().div_ceil(RUNS_MAX).max(1);
    // Runs of one setting stand a little apart: always in the same way.
    let aside = |place: usize| ((place * 7) % 11) as f64 / 10.0 - 0.5;
    let edges = chart.y_range();
    let runs = strip.values.iter().enumerate().step_by(stride).map(|(place, value)| {
        let at = (x + aside(place) * HALF, value.clamp(edges.start, edges.end));
        let inside = colour.solid().mix(0.55).filled();
        // A ring at the edge is a run that is beyond it.
        let style = if edges.contains(value) { inside } else { colour.solid().stroke_width(2) };
        Circle::new(at, if edges.contains(value) { 4 } else { 6 }, style)
    });
    chart.draw_series(runs)?;
    if let Some([low, high]) = strip.interval {
        let bar = colour_of(strip).solid().stroke_width(6);
        let cap = |y: f64| PathElement::new(vec![(x - HALF * 0.6, y), (x + HALF * 0.6, y)], bar);
        chart.draw_series([PathElement::new(vec![(x, low), (x, high)], bar), cap(low), cap(high)])?;
    }
    Ok(())
}

const fn colour_of(strip: &Strip) -> Colour {
    if strip.is_base { BLUE } else { INK }
}

/// A label and what stands in brackets behind it.
fn parted(label: &str) -> (&str, &str) {
    match label.split_once(" (") {
        Some((name, note)) => (name, note.trim_end_matches(')')),
        None => label.split_once(", ").unwrap_or((label, "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(label: &str, values: &[f64]) -> Strip {
        let (values, interval) = (values.to_vec(), Some([0.1, 0.2]));
        Strip { label: label.to_owned(), values, quarters: [0.0, 0.3], median: 0.15, interval, is_base: label == "b" }
    }

    #[test]
    fn every_run_and_every_label_is_there() {
        let strips = vec![strip("8 (−20 %)", &[0.0, 0.1]), strip("b", &[0.2, 0.3, -0.4])];
        let all = Strips { title: "a <title>".to_owned(), strips, is_joined: true, cliff: Some([1, 0]) };
        let svg = all.svg().unwrap();
        // Five runs and two medians.
        assert_eq!(svg.matches("<circle").count(), 7, "{svg}");
        ["−20 %", "\nb\n", "a &lt;title&gt;", "#C24F00"]
            .iter()
            .for_each(|text| assert!(svg.contains(text), "{text}\n{svg}"));
        assert!(!svg.contains("NaN"));
        let none = Strips { strips: Vec::new(), ..all };
        assert_eq!(none.svg().unwrap(), "");
    }
}
