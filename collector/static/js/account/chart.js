// A line over time, drawn by uPlot: the level of one window, with its resets and the failed probes.

import uPlot from "../../vendor/uplot/uPlot.esm.js";
import { html, useEffect, useRef } from "../html.js";
import { DAY } from "../times.js";
import { drawFailures, drawResets } from "./chart-marks.js";
import { findLonely } from "./line.js";

const HEIGHT = 150;
const NARROWEST = 120;
const LEVELS = [0, 25, 50, 75, 100];

// `onPoint({ at, shown })` while somebody points at one; null when nobody does. Those who listen have the summary.
export function Chart({ words, answer, line, theme, onPoint }) {
  const box = useRef(null);
  const plot = useRef(null);
  useEffect(() => {
    const options = optionsFor(box.current, { words, answer, line, onPoint });
    plot.current = new uPlot(options, [line.times, line.shown], box.current);
    return () => plot.current.destroy();
  }, [words, line]);
  useEffect(() => {
    const observer = new ResizeObserver(() => plot.current.setSize({ width: widthOf(box.current), height: HEIGHT }));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  useRecolouring(plot, theme);
  return html`<div class="chart" ref=${box} aria-hidden="true"></div>`;
}

// A canvas does not follow the style sheet by itself. The theme is on the page by the next frame.
function useRecolouring(plot, theme) {
  useEffect(() => {
    const redraw = () => plot.current.redraw(false);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const frame = requestAnimationFrame(redraw);
    scheme.addEventListener("change", redraw);
    return () => {
      cancelAnimationFrame(frame);
      scheme.removeEventListener("change", redraw);
    };
  }, [theme]);
}

function optionsFor(box, { words, answer, line, onPoint }) {
  const ink = (name) => () => getComputedStyle(box).getPropertyValue(`--ink-${name}`);
  const axis = {
    stroke: ink("axis"),
    font: `12px ${getComputedStyle(box).fontFamily}`,
    grid: { stroke: ink("grid"), width: 1 },
    ticks: { show: false },
  };
  const lonely = findLonely(line.shown);
  return {
    width: widthOf(box),
    height: HEIGHT,
    padding: [8, 28, 0, 0],
    legend: { show: false },
    scales: { x: { range: () => [answer.from, answer.to] }, y: { range: () => [0, 100] } },
    axes: [
      { ...axis, size: 26, space: 72, values: (_, times, __, ___, step) => times.map((time) => timeText(words, time * 1000, step)) },
      { ...axis, size: 48, splits: () => LEVELS, values: (_, levels) => levels.map(words.percent) },
    ],
    series: [
      {},
      {
        stroke: ink("line"),
        fill: ink("area"),
        width: 1.5,
        points: { show: false, filter: () => lonely, size: 6, stroke: ink("line"), fill: ink("line") },
      },
    ],
    cursor: { y: false, drag: { x: false, y: false } },
    hooks: {
      drawClear: [(self) => drawFailures(self, answer.failures, ink("failure")())],
      draw: [
        (self) => drawResets(self, answer.resets, ink("reset")()),
        (self) => {
          box.dataset.drawn = self.data[1].filter((value) => value !== null).length;
        },
      ],
      setCursor: [(self) => onPoint(pointAt(self))],
    },
  };
}

function widthOf(box) {
  return Math.max(NARROWEST, box.clientWidth);
}

// Steps of a day or more are told by the date; midnight is one as well.
function timeText(words, milliseconds, stepSeconds) {
  const isMidnight = new Date(milliseconds).getHours() === 0 && new Date(milliseconds).getMinutes() === 0;
  return stepSeconds * 1000 >= DAY || isMidnight ? words.date(milliseconds) : words.hour(milliseconds);
}

function pointAt({ cursor: { idx }, data: [times, shown] }) {
  const value = shown[idx] ?? null;
  return value === null ? null : { at: times[idx], shown: value };
}
