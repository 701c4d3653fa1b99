//! Curves over a plain or logarithmic axis, as inline SVG.

use super::axis::ValueAxis;
use super::draw::Colour;
use crate::report::text::plain;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::ops::Range;

/// Drawn at twice its size, as the plots of a run are.
const SIZE: (u32, u32) = (1_080, 640);
const TEXT: f64 = 27.0;
const INK: RGBColor = RGBColor(0x37, 0x41, 0x51);
const GRID: RGBColor = RGBColor(0xe3, 0xe7, 0xec);

/// How an axis is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Plain,
    /// Plain, and showing zero.
    Zero,
    Log,
}

/// How the points of a curve are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// A line with a dot at each point.
    Line,
    Dashes,
    /// Points alone, filled.
    Discs,
    /// Points alone, hollow: told from discs in print too.
    Rings,
}

/// One curve.
#[derive(Debug, Clone)]
pub struct Line {
    pub points: Vec<(f64, f64)>,
    pub colour: Colour,
    pub stroke: Stroke,
}

/// Curves in one coordinate system.
#[derive(Debug, Clone)]
pub struct Chart {
    pub x: (&'static str, Scale),
    pub y: (&'static str, Scale),
    pub lines: Vec<Line>,
}

/// Either axis.
#[derive(Debug, Clone)]
pub(super) enum Axis {
    Plain(ValueAxis),
    /// The range, and about how many labels have room.
    Log(Range<f64>, usize),
}

impl Axis {
    pub(super) fn new(values: impl Iterator<Item = f64>, scale: Scale, labels: usize) -> Self {
        if scale != Scale::Log {
            return Self::Plain(ValueAxis::new(values, scale == Scale::Zero, labels));
        }
        let seen = values.filter(|value| *value > 0.0 && value.is_finite());
        let (low, high) =
            seen.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)));
        if low <= high { Self::Log(low * 0.9..high * 1.1, labels) } else { Self::Log(0.1..10.0, labels) }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        match self {
            Self::Plain(axis) => axis.map(value, limit),
            Self::Log(range, _) => {
                let share = libm::log(value.max(range.start) / range.start) / libm::log(range.end / range.start);
                limit.0 + libm::round(share * f64::from(limit.1 - limit.0)) as i32
            }
        }
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match self {
            Self::Plain(axis) => axis.key_points(hint),
            Self::Log(range, labels) => decades(range, *labels),
        }
    }

    fn range(&self) -> Range<f64> {
        match self {
            Self::Plain(axis) => axis.range(),
            Self::Log(range, _) => range.clone(),
        }
    }
}

/// Powers of ten, with twos and fives between where there are few, and every digit where there is hardly one.
fn decades(range: &Range<f64>, labels: usize) -> Vec<f64> {
    let first = libm::floor(libm::log10(range.start)) as i32;
    let last = libm::ceil(libm::log10(range.end)) as i32;
    let points = |factors: &[f64]| -> Vec<f64> {
        let all = (first..=last)
            .flat_map(|power| factors.iter().map(move |factor| factor * libm::pow(10.0, f64::from(power))));
        all.filter(|point| range.contains(point)).collect()
    };
    let some = points(&[1.0, 2.0, 5.0]);
    let few = if last - first <= 3 && some.len() <= labels * 2 { some } else { points(&[1.0]) };
    if few.len() < 2 { points(&[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]) } else { few }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        match self {
            Self::Plain(axis) => axis.format_ext(value),
            Self::Log(..) if *value < 0.001 => format!("{value:.0e}"),
            Self::Log(..) => crate::report::number::group(&format!("{}", libm::round(value * 1e6) / 1e6)),
        }
    }
}

impl Chart {
    /// True when no curve has two points, nor all clouds together.
    pub fn is_empty(&self) -> bool {
        let clouds = self.lines.iter().filter(|line| matches!(line.stroke, Stroke::Discs | Stroke::Rings));
        let lone: usize = clouds.map(|line| line.points.len()).sum();
        lone < 2 && self.lines.iter().all(|line| line.points.len() < 2)
    }

    /// The picture.
    ///
    /// # Errors
    /// What the drawing library says.
    pub fn svg(&self) -> Result<String, String> {
        let mut svg = String::new();
        self.draw(&mut svg).map_err(|error| error.to_string())?;
        let body = svg.split_once('>').map_or("", |(_, body)| body);
        let (width, height) = SIZE;
        Ok(format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"inherit\">{body}")
            .replace("font-family=\"sans-serif\" ", ""))
    }

    fn draw(&self, svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
        let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        let points = || self.lines.iter().flat_map(|line| line.points.iter().copied());
        let x = Axis::new(points().map(|(x, _)| x), self.x.1, 7);
        let y = Axis::new(points().map(|(_, y)| y), self.y.1, 6);
        let style = |h_pos, v_pos| ("sans-serif", TEXT).into_font().color(&INK).pos(Pos::new(h_pos, v_pos));
        area.draw_text(&plain(self.y.0), &style(HPos::Left, VPos::Top), (8, 4))?;
        area.draw_text(&plain(self.x.0), &style(HPos::Right, VPos::Bottom), (SIZE.0 as i32 - 24, SIZE.1 as i32 - 4))?;
        let mut chart = ChartBuilder::on(&area)
            .margin_top(44)
            .margin_right(30)
            .margin_bottom(38)
            .set_label_area_size(LabelAreaPosition::Left, 120)
            .set_label_area_size(LabelAreaPosition::Bottom, 44)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.stroke_width(2))
            .axis_style(GRID.stroke_width(2))
            .x_label_style(style(HPos::Center, VPos::Top))
            .y_label_style(style(HPos::Right, VPos::Center))
            .draw()?;
        for line in &self.lines {
            let colour = line.colour.solid();
            let points = || line.points.iter().copied();
            let circles = |size: u32, style: ShapeStyle| points().map(move |point| Circle::new(point, size, style));
            match line.stroke {
                Stroke::Line => {
                    chart.draw_series(LineSeries::new(points(), colour.stroke_width(4)))?;
                    chart.draw_series(circles(5, colour.filled()))?;
                }
                Stroke::Dashes => {
                    chart.draw_series(DashedLineSeries::new(points(), 10, 8, colour.stroke_width(3)))?;
                }
                Stroke::Discs => {
                    chart.draw_series(circles(7, colour.mix(0.75).filled()))?;
                }
                Stroke::Rings => {
                    chart.draw_series(circles(7, colour.stroke_width(3)))?;
                }
            }
        }
        drop(chart);
        area.present()?;
        Ok(())
    }
}
