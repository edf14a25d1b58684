import { type ReactNode, useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useView } from "../../store/view";
import { figure, unitText } from "../figure";
import { broken, type ChartShown, within } from "../trend";
import { DASHES } from "./dashes";

interface Props {
  shown: ChartShown;
  options: Record<string, unknown>;
  /** Seconds that it shows at most. */
  span: number;
}

interface Zone {
  state: string;
  low: number | null;
  high: number | null;
}

const DAY = 86_400;

/** Smallest and largest have no line of their own: the ground between them shows them. */
const EDGE = { stroke: "transparent", width: 0, points: { show: false } };

const COLOURS = ["--transform", "--source", "--text", "--tool", "--actuator", "--wire"];

/** The lines themselves. Drawn anew when the looks change; new points only move it. */
export default function Plot({ shown, options, span }: Props): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useView((state) => state.theme);
  const language = useView((state) => state.language);
  const seen = within(shown, span);
  const visible = { ...seen, series: seen.series.map((line) => broken(line, span)) };
  const names = visible.series.map(({ name, low }) => `${name} ${low !== undefined}`).join("\n");
  const data = useRef(visible);
  data.current = visible;

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const size = (): { width: number; height: number } => ({ width: element.clientWidth || 10, height: element.clientHeight || 10 });
    let made = draw(element, size(), data.current, options, span, language);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize(size()));
    resized.observe(element);
    const recolour = new MutationObserver(() => {
      made.destroy();
      made = plot.current = draw(element, size(), data.current, options, span, language);
    });
    recolour.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      resized.disconnect();
      recolour.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [names, options, span, theme, language]);

  useEffect(() => {
    plot.current?.setData(aligned(data.current));
  }, [visible]);
  return <div ref={place} className="dash-plot" aria-hidden="true" />;
}

function draw(
  element: HTMLElement,
  size: { width: number; height: number },
  shown: ChartShown,
  options: Record<string, unknown>,
  span: number,
  language: string,
): uPlot {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const letter = Math.max(12, Number.parseFloat(style.fontSize) * 0.85);
  const font = `${letter}px ${colour("--font")}`;
  const axis = { stroke: colour("--text-2"), font, grid: { stroke: colour("--border"), width: 1 }, ticks: { show: false } };
  const low = options["low"] as number | null;
  const high = options["high"] as number | null;
  const zones = (options["zones"] ?? []) as Zone[];
  const day = new Intl.DateTimeFormat(language, { weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false });
  const clock = (seconds: boolean): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hour12: false, ...(seconds ? { second: "2-digit" } : {}) });
  const [minutes, exact] = [clock(false), clock(true)];
  return new uPlot(
    {
      ...size,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      scales: {
        x: { time: true, range: (self) => ends(self, span) },
        y: { range: (_, from, to) => room(low ?? from, high ?? to, low !== null, high !== null) },
      },
      axes: [
        { ...axis, size: letter * 2, space: letter * 6, values: (_, times) => times.map((time) => (span > DAY ? day : close(times) ? exact : minutes).format(time * 1000)) },
        { ...axis, size: letter * 4, values: (_, values) => values.map((value) => figure(value, null)), label: unitText(shown.unit), labelFont: font, labelSize: letter * 1.5 },
      ],
      series: [
        {},
        ...shown.series.flatMap(({ name, low }, i) => [
          {
            label: name,
            stroke: colour(COLOURS[i % COLOURS.length] ?? "--text"),
            width: 2,
            dash: DASHES[i % DASHES.length] ?? [],
            points: { show: false, filter: alone, size: 4, fill: colour(COLOURS[i % COLOURS.length] ?? "--text") },
          },
          ...(low === undefined ? [] : [EDGE, EDGE]),
        ]),
      ],
      bands: bands(shown, colour),
      hooks: { drawClear: [(self) => mark(self, zones, colour)] },
    },
    aligned(shown),
    element,
  );
}

/** Whether marks stand closer than a minute. */
function close(times: number[]): boolean {
  return (times[1] ?? Infinity) - (times[0] ?? 0) < 60;
}

/** One time axis for all lines; what a line has no reading for is no gap. */
function aligned({ series }: ChartShown): uPlot.AlignedData {
  if (series.length === 0) return [[]];
  return uPlot.join(series.map(({ t, v, low, high }) => (low && high ? [t, v, low, high] : [t, v]) as uPlot.AlignedData));
}

/** Points with a gap on both sides: no line goes through them, so each is shown by itself. */
function alone(self: uPlot, series: number): number[] | null {
  const values = self.data[series] ?? [];
  const found: number[] = [];
  let before: number | null | undefined = null;
  let at = -1; // of a value that has a gap in front of it
  values.forEach((value, i) => {
    if (value === undefined) return; // another line's time
    if (value === null && at >= 0) found.push(at);
    at = value !== null && before === null ? i : -1;
    before = value;
  });
  if (at >= 0) found.push(at);
  return found.length > 0 ? found : null;
}

/** From the smallest to the largest of what a point stands for, behind its line. */
function bands({ series }: ChartShown, colour: (name: string) => string): uPlot.Band[] {
  let at = 0;
  return series.flatMap(({ low }, i) => {
    const own = ++at;
    if (low === undefined) return [];
    at += 2;
    return [{ series: [own + 2, own + 1] as [number, number], fill: `color-mix(in srgb, ${colour(COLOURS[i % COLOURS.length] ?? "--text")} 25%, transparent)` }];
  });
}

function ends(self: uPlot, span: number): [number, number] {
  const times = self.data[0];
  const last = times?.at(-1) ?? Date.now() / 1000;
  const first = times?.[0] ?? last; // a chart that has just begun is not mostly empty
  return [Math.max(last - span, Math.min(first, last - span / 10)), last];
}

/** A little room above and below where the flow states no limit. */
function room(from: number, to: number, fixedLow: boolean, fixedHigh: boolean): [number, number] {
  const way = to > from ? to - from : Math.abs(to) || 1;
  return [fixedLow ? from : from - way * 0.08, fixedHigh ? to : to + way * 0.08];
}

/** Ground for ranges that mean something: warning and alarm. */
function mark(self: uPlot, zones: readonly Zone[], colour: (name: string) => string): void {
  const { ctx, bbox } = self;
  ctx.save();
  for (const zone of zones) {
    if (zone.state === "normal") continue;
    const { min, max } = self.scales["y"] ?? {};
    if (min === undefined || max === undefined || min === null || max === null) continue;
    const top = self.valToPos(Math.min(zone.high ?? max, max), "y", true);
    const bottom = self.valToPos(Math.max(zone.low ?? min, min), "y", true);
    if (bottom <= top) continue;
    ctx.fillStyle = colour(zone.state === "alarm" ? "--error-ground" : "--warning-ground");
    ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
  }
  ctx.restore();
}

