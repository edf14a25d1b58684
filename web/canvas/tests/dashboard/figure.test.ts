/** Values as operators read them, in both languages. */
import { afterEach, expect, test } from "vitest";
import { duration, percent, unitText } from "../../src/dashboard/figure";
import { useView } from "../../src/store/view";

afterEach(() => useView.getState().setLanguage("en"));

test("a share is written as percent, to a tenth", () => {
  expect([1, 0.25, 0.3333, 0].map(percent)).toEqual(["100 %", "25 %", "33.3 %", "0 %"]);
  useView.getState().setLanguage("de");
  expect(percent(0.3333)).toBe("33,3 %");
});

test("seconds are written as hours, minutes and seconds", () => {
  expect([0, 3.001, 59.6, 75, 3725, 90_000, -5, -0.2].map(duration)).toEqual(["0:00:00", "0:00:03", "0:01:00", "0:01:15", "1:02:05", "25:00:00", "-0:00:05", "0:00:00"]);
});

test("units are written as people write them", () => {
  expect(["degC", "m3/min", "kWh/m3", "mm/s", "m2", "rpm3", 7].map(unitText)).toEqual(["°C", "m³/min", "kWh/m³", "mm/s", "m²", "rpm3", ""]);
});
