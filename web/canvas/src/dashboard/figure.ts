/** Values as operators read them. */
import { number } from "../text";
import { useView } from "../store/view";

/** A number with so many decimals, or as many as fit; a word as it is; anything else as JSON. */
export function figure(value: unknown, decimals: unknown): string {
  if (typeof value === "number") {
    if (typeof decimals !== "number") return number(value);
    const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: false };
    return value.toLocaleString(useView.getState().language, options);
  }
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "–" : JSON.stringify(value);
}

/** A share as percent, to a tenth. */
export const percent = (share: number): string => `${figure(Math.round(share * 1000) / 10, null)} %`;

/** Seconds as hours, minutes and seconds. */
export function duration(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  const two = (part: number): string => String(Math.floor(part) % 60).padStart(2, "0");
  return `${seconds < 0 && whole > 0 ? "-" : ""}${Math.floor(whole / 3600)}:${two(whole / 60)}:${two(whole)}`;
}

/** Units as people write them: degC and m3 are what flows say. */
export function unitText(unit: unknown): string {
  if (typeof unit !== "string") return "";
  if (unit === "degC" || unit === "degF") return `°${unit.at(-1)}`;
  return unit.replace(/(?<!\w)([cdkm]?m)([23])(?!\w)/g, (_, length: string, power: string) => length + (power === "2" ? "²" : "³"));
}
