use super::axis::TimeAxis;
use super::chart::{Axis, Scale};
use super::thin::thin;
use crate::metrics::{BandPoint, Point};
use crate::report::text::plain;
use crate::units::{Span, Timestamp};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::ops::Range;

/// The picture is drawn at twice its size: the library knows whole pixels only.
pub const WIDTH: u32 = 2_200;
/// Room for figures left of a panel.
pub const LEFT: u32 = 170;
/// Room for times below the last panel.
const BELOW: u32 = 56;
/// Room for a panel's title.
const ABOVE: u32 = 56;
/// Points of a line at most.
const POINTS_MAX: usize = 3_000;
/// Text size; the SVG backend divides by 1.24.
const TEXT: f64 = 31.0;
/// Height of a badge in half pixels.
const BADGE_HEIGHT: i32 = 34;
pub const INK: Colour = Colour(0x37, 0x41, 0x51);
const GRID: Colour = Colour(0xe3, 0xe7, 0xec);
const WHITE: Colour = Colour(0xff, 0xff, 0xff);

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    pub(super) fn solid(self) -> RGBColor {
        RGBColor(self.0, self.1, self.2)
    }

    fn light(self) -> RGBAColor {
        self.solid().mix(0.16)
    }
}

/// What a mark looks like: a triangle pointing up or down, a square, a square on its corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Up,
    Down,
    Square,
    Diamond,
}

/// One marked event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marker {
    pub at: Timestamp,
    pub value: f64,
    pub shape: Shape,
    pub colour: Colour,
    pub is_filled: bool,
    pub size: i32,
}

/// One series as it is drawn.
pub enum Layer<'a> {
    Line {
        points: &'a [Point],
        colour: Colour,
    },
    /// Filled down (or up) to zero.
    Area {
        points: &'a [Point],
        colour: Colour,
    },
    /// Constant between points, filled to zero.
    Steps {
        points: &'a [Point],
        colour: Colour,
    },
    /// The mean as a line, over the range from lowest to highest.
    Band {
        points: &'a [BandPoint],
        colour: Colour,
    },
    /// The mean as dots, over that range: for what is sampled now and then.
    DottedBand {
        points: &'a [BandPoint],
        colour: Colour,
    },
    Markers(Vec<Marker>),
    /// Upright bars from zero, each as wide as the time it counts over.
    Bars {
        points: &'a [Point],
        width: Span,
        colour: Colour,
    },
    /// Upright lines through the whole panel.
    Marks(&'a [Mark]),
    /// Words in a filled circle: how marks are numbered.
    Badges(&'a [Badge]),
}

/// An instant that is marked in every panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub at: Timestamp,
    pub colour: Colour,
    pub is_dashed: bool,
}

/// A short text at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    pub at: Timestamp,
    /// Row from the top of the panel, from 0.
    pub row: u32,
    pub text: String,
    pub colour: Colour,
}

impl<'a> Layer<'a> {
    pub fn line(points: &'a [Point], colour: Colour) -> Self {
        Self::Line { points, colour }
    }

    fn values(&self) -> Vec<f64> {
        match self {
            Self::Line { points, .. }
            | Self::Area { points, .. }
            | Self::Steps { points, .. }
            | Self::Bars { points, .. } => points.iter().map(|point| point.value).collect(),
            Self::Marks(_) | Self::Badges(_) => Vec::new(),
            Self::Band { points, .. } | Self::DottedBand { points, .. } => {
                points.iter().flat_map(|point| [point.low, point.high]).collect()
            }
            Self::Markers(markers) => markers.iter().map(|marker| marker.value).collect(),
        }
    }
}

/// One coordinate system with a title.
pub struct Panel<'a> {
    pub title: String,
    /// Height of the drawing itself in half pixels.
    pub height: u32,
    /// How the axis of values is divided.
    pub scale: Scale,
    pub layers: Vec<Layer<'a>>,
}

impl Panel<'_> {
    pub fn is_empty(&self) -> bool {
        self.layers.iter().all(|layer| layer.values().is_empty())
    }
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<TimeAxis, Axis>>;

/// Draws panels below each other over one time axis.
pub fn panels(panels: &[Panel], time: Range<i64>) -> Result<String, String> {
    let height: u32 = panels.iter().map(|panel| panel.height + ABOVE).sum::<u32>() + BELOW;
    let mut svg = String::new();
    {
        let mut rest = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        for (index, panel) in panels.iter().enumerate() {
            let is_last = index + 1 == panels.len();
            let below = if is_last { BELOW } else { 0 };
            let (area, after) = rest.split_vertically(panel.height + ABOVE + below);
            draw_panel(&area, panel, &time, below)?;
            rest = after;
        }
        rest.present().map_err(|error| error.to_string())?;
    }
    Ok(inline(&svg, height))
}

/// The picture as part of a page: no namespace, as wide as its place.
fn inline(svg: &str, height: u32) -> String {
    let body = svg.split_once('>').map_or("", |(_, body)| body);
    format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" font-family=\"inherit\">{body}")
        .replace("font-family=\"sans-serif\" ", "")
}

fn draw_panel(
    area: &DrawingArea<SVGBackend, Shift>,
    panel: &Panel,
    time: &Range<i64>,
    below: u32,
) -> Result<(), String> {
    let labels = (panel.height / 60).max(4) as usize;
    let values = Axis::new(panel.layers.iter().flat_map(Layer::values), panel.scale, labels);
    let title = ("sans-serif", TEXT).into_font().color(&INK.solid());
    area.draw_text(&plain(&panel.title), &title, (LEFT as i32, 8)).map_err(|error| error.to_string())?;
    let mut chart = ChartBuilder::on(area)
        .margin_top(ABOVE - 8)
        .margin_bottom(8)
        .margin_right(36)
        .set_label_area_size(LabelAreaPosition::Left, LEFT)
        .set_label_area_size(LabelAreaPosition::Bottom, below)
        .build_cartesian_2d(TimeAxis::new(time.clone()), values)
        .map_err(|error| error.to_string())?;
    draw_mesh(&mut chart, below > 0, !panel.is_empty())?;
    panel.layers.iter().try_for_each(|layer| draw_layer(&mut chart, layer))
}

fn draw_mesh(chart: &mut Chart, has_times: bool, has_values: bool) -> Result<(), String> {
    let style = |h_pos, v_pos| ("sans-serif", TEXT - 3.0).into_font().color(&INK.solid()).pos(Pos::new(h_pos, v_pos));
    let no_label = |_: &f64| String::new();
    let mut mesh = chart.configure_mesh();
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(GRID.solid().stroke_width(2))
        .axis_style(GRID.solid().stroke_width(2))
        .x_label_style(style(HPos::Center, VPos::Top))
        .y_label_style(style(HPos::Right, VPos::Center))
        .y_labels(16)
        .x_labels(if has_times { 16 } else { 0 });
    if !has_values {
        mesh.disable_y_mesh().y_label_formatter(&no_label);
    }
    mesh.draw().map_err(|error| error.to_string())
}

fn draw_layer(chart: &mut Chart, layer: &Layer) -> Result<(), String> {
    match layer {
        Layer::Line { points, colour } => draw_line(chart, &places(points), *colour),
        Layer::Area { points, colour } => {
            let places = places(points);
            draw_fill(chart, &places, *colour)?;
            draw_line(chart, &places, *colour)
        }
        Layer::Steps { points, colour } => {
            let places = steps(&places(points));
            draw_fill(chart, &places, *colour)?;
            draw_line(chart, &places, *colour)
        }
        Layer::Band { points, colour } => {
            draw_range(chart, points, *colour)?;
            draw_line(chart, &means(points), *colour)
        }
        Layer::DottedBand { points, colour } => {
            draw_range(chart, points, *colour)?;
            draw_dots(chart, &means(points), *colour)
        }
        Layer::Markers(markers) => draw_markers(chart, markers),
        Layer::Bars { points, width, colour } => draw_bars(chart, points, *width, *colour),
        Layer::Marks(marks) => marks.iter().try_for_each(|mark| draw_mark(chart, mark)),
        Layer::Badges(badges) => badges.iter().try_for_each(|badge| draw_badge(chart, badge)),
    }
}

fn places(points: &[Point]) -> Vec<(i64, f64)> {
    thin(points, POINTS_MAX).iter().map(|point| (point.at.nanos(), point.value)).collect()
}

fn steps(places: &[(i64, f64)]) -> Vec<(i64, f64)> {
    let first = places.first().copied();
    let rest = places.windows(2).flat_map(|pair| [(pair[1].0, pair[0].1), pair[1]]);
    first.into_iter().chain(rest).collect()
}

fn draw_line(chart: &mut Chart, places: &[(i64, f64)], colour: Colour) -> Result<(), String> {
    let line = LineSeries::new(places.iter().copied(), colour.solid().stroke_width(3));
    chart.draw_series(line).map(drop).map_err(|error| error.to_string())
}

fn draw_fill(chart: &mut Chart, places: &[(i64, f64)], colour: Colour) -> Result<(), String> {
    let area = AreaSeries::new(places.iter().copied(), 0.0, colour.light());
    chart.draw_series(area).map(drop).map_err(|error| error.to_string())
}

fn means(points: &[BandPoint]) -> Vec<(i64, f64)> {
    points.iter().map(|point| (point.at.nanos(), point.mean)).collect()
}

/// What lies between lowest and highest, unless they are the same everywhere.
fn draw_range(chart: &mut Chart, points: &[BandPoint], colour: Colour) -> Result<(), String> {
    if points.iter().all(|point| point.low == point.high) {
        return Ok(());
    }
    let there = points.iter().map(|point| (point.at.nanos(), point.high));
    let back = points.iter().rev().map(|point| (point.at.nanos(), point.low));
    let range = Polygon::new(there.chain(back).collect::<Vec<_>>(), colour.light());
    chart.draw_series(std::iter::once(range)).map(drop).map_err(|error| error.to_string())
}

fn draw_dots(chart: &mut Chart, places: &[(i64, f64)], colour: Colour) -> Result<(), String> {
    let dots = places.iter().map(|place| Circle::new(*place, 4, colour.solid().mix(0.6).filled()));
    chart.draw_series(dots).map(drop).map_err(|error| error.to_string())
}

fn draw_markers(chart: &mut Chart, markers: &[Marker]) -> Result<(), String> {
    let shapes = markers.iter().map(|marker| {
        let corners = corners(marker);
        let (fill, line) = match marker.is_filled {
            true => (marker.colour, WHITE),
            false => (WHITE, marker.colour),
        };
        let width = if marker.is_filled { 1 } else { 3 };
        EmptyElement::at((marker.at.nanos(), marker.value))
            + Polygon::new(corners[1..].to_vec(), fill.solid().filled())
            + PathElement::new(corners, line.solid().stroke_width(width))
    });
    chart.draw_series(shapes).map(drop).map_err(|error| error.to_string())
}

fn draw_bars(chart: &mut Chart, points: &[Point], width: Span, colour: Colour) -> Result<(), String> {
    let tall = points.iter().filter(|point| point.value > 0.0);
    let bars = tall.map(|point| {
        let corners = [(point.at.nanos(), 0.0), (point.at.plus(width).nanos(), point.value)];
        Rectangle::new(corners, colour.solid().filled())
    });
    chart.draw_series(bars).map(drop).map_err(|error| error.to_string())
}

fn draw_mark(chart: &mut Chart, mark: &Mark) -> Result<(), String> {
    let range = chart.as_coord_spec().y_spec().range();
    let ends = [(mark.at.nanos(), range.start), (mark.at.nanos(), range.end)];
    let drawn = if mark.is_dashed {
        chart.draw_series(DashedLineSeries::new(ends, 12, 8, mark.colour.solid().stroke_width(3))).map(drop)
    } else {
        chart.draw_series(LineSeries::new(ends, mark.colour.solid().mix(0.55).stroke_width(2))).map(drop)
    };
    drawn.map_err(|error| error.to_string())
}

/// A line of text in white, in a filled box as wide as the text.
fn draw_badge(chart: &mut Chart, badge: &Badge) -> Result<(), String> {
    let top = chart.as_coord_spec().y_spec().range().end;
    let half = badge_half_width(&badge.text);
    let down = BADGE_HEIGHT / 2 + 2 + badge.row as i32 * (BADGE_HEIGHT + 6);
    let style = ("sans-serif", TEXT - 4.0).into_font().color(&WHITE.solid());
    let centred = style.pos(Pos::new(HPos::Center, VPos::Center));
    let box_of = [(-half, down - BADGE_HEIGHT / 2), (half, down + BADGE_HEIGHT / 2)];
    let shape = EmptyElement::at((badge.at.nanos(), top))
        + Rectangle::new(box_of, badge.colour.solid().filled())
        + Text::new(plain(&badge.text), (0, down), centred);
    chart.draw_series(std::iter::once(shape)).map(drop).map_err(|error| error.to_string())
}

/// Half of a badge's width in half pixels.
pub fn badge_half_width(text: &str) -> i32 {
    12 + 8 * i32::try_from(text.chars().count()).unwrap_or(8)
}

/// A closed outline around the origin, in half pixels.
fn corners(marker: &Marker) -> Vec<(i32, i32)> {
    let size = marker.size;
    let triangle = |tip: i32| vec![(0, tip), (size, -tip * 4 / 5), (-size, -tip * 4 / 5), (0, tip)];
    match marker.shape {
        Shape::Up => triangle(-size),
        Shape::Down => triangle(size),
        Shape::Square => {
            let half = size * 3 / 4;
            vec![(-half, -half), (half, -half), (half, half), (-half, half), (-half, -half)]
        }
        Shape::Diamond => vec![(0, -size), (size, 0), (0, size), (-size, 0), (0, -size)],
    }
}
