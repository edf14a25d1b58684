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

/** Units as people write them: degC is what flows say. */
export function unitText(unit: unknown): string {
  if (typeof unit !== "string") return "";
  return unit === "degC" ? "°C" : unit === "degF" ? "°F" : unit;
}
