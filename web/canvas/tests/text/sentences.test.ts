/** What the server says is turned by its templates: values stay as they are, and what is not known stays as it came. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Sentences, turner } from "../../src/text/sentences";

const FOLDERS = ["../flowengine_web/words/de", "../../nodes/flowengine_nodes/words/de"];
const HOLE = /\{([a-z]\w*)(\*?)\}/g;

const german: Sentences = Object.assign(
  {},
  ...FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith(".json"))
      .map((file) => (JSON.parse(readFileSync(`${folder}/${file}`, "utf8")) as { sentences?: Sentences }).sentences),
  ),
);
const turn = turner(german);

/** Write values into a template. */
const filled = (template: string, values: Record<string, string>): string => template.replace(HOLE, (_, name: string) => values[name] ?? "");
const namesIn = (template: string): string[] => [...template.matchAll(HOLE)].map(([, name]) => name ?? "");

test("values are shown as they are, in the order of the other language", () => {
  expect(turn("there is no node 'heater'")).toBe("es gibt keinen Knoten „heater“");
  expect(turn("'a.out' sends a number, but 'b.in' takes an object")).toBe("„a.out“ sendet eine Zahl, „b.in“ nimmt aber ein Objekt");
});

test("a number has the decimal sign of the language, but where it is to be copied", () => {
  const inGerman = turner({ "{value} is above {high}": "{value} über {high}", "'{name}' is {value*}": "„{name}“: {value}", "round({value}) has no value": "round({value}) hat keinen Wert" }, ",");
  expect(inGerman("4.512 is above 4.5")).toBe("4,512 über 4,5");
  expect(inGerman("-1.2e-05 is above 1.2.3")).toBe("-1,2e-05 über 1.2.3");
  expect(inGerman("'4.512' is 4.512 is above 4")).toBe("„4.512“: 4,512 über 4");
  expect(inGerman("round(4.512) has no value")).toBe("round(4.512) hat keinen Wert");
});

test("an alarm is turned with its status in brackets", () => {
  const inGerman = turner({ "Heater (6 kW) is off; wait.": "Heizung (6 kW) ist aus; warten.", "tripped: {value} ({limits*})": "ausgelöst: {value} ({limits})", "high limit {high}": "obere Grenze {high}", "it is off": "es ist aus" });
  expect(inGerman("Heater (6 kW) is off; wait. (tripped: 7 (high limit 6))")).toBe("Heizung (6 kW) ist aus; warten. (ausgelöst: 7 (obere Grenze 6))");
  expect(inGerman("Heater (6 kW) is off; wait. (all well)")).toBe("Heizung (6 kW) ist aus; warten. (all well)");
  expect(inGerman("it is off (a); it is off (b)")).toBe("es ist aus (a); es ist aus (b)");
  expect(inGerman("Who knows (high limit 6)")).toBe("Who knows (high limit 6)");
});

test("a sentence inside a sentence is turned too, as deep as they stand", () => {
  const deep = "flow 'oven' did not start: node 'heater': the guard could not be started: the disk is full";
  expect(turn(deep)).toBe("der Flow „oven“ ist nicht gestartet: Knoten „heater“: der Wächter ließ sich nicht starten: die Platte ist voll");
  expect(turn("the default must be a number or null, not 'x'")).toBe("Vorgabewert: es muss eine Zahl oder null sein, nicht 'x'");
  expect(turn("permissive: 'door closed' is not so (door == 1)")).toBe("Freigabebedingung: „door closed“ ist nicht erfüllt (door == 1)");
});

test("the end of a long list is turned, the names in it are not", () => {
  expect(turn("the envelope has no output or group 'x'; outputs: text, heater, pump and 3 more")).toBe(
    "der Rahmen hat keinen Ausgang und keine Gruppe „x“; Ausgänge: text, heater, pump und 3 weitere",
  );
});

test("several sentences, and one with what it is about in front, are turned one by one", () => {
  expect(turn("oven/heater: the output is not armed; the disk is full")).toBe("oven/heater: der Ausgang ist nicht scharf; die Platte ist voll");
});

test("what is not known stays as it came, also where it begins or ends as something known does", () => {
  for (const text of ["write to the device first", "it is not what you think it is, sadly", "use the other door", "status: text", "red or a very blue one", ""])
    expect(turn(text)).toBe(text);
});

test("a name that is a word of the engine is no word of the engine", () => {
  expect(turn("there is no node 'text'")).toBe("es gibt keinen Knoten „text“");
  expect(turn("the flow has no nodes; input")).toBe("der Flow hat keine Knoten; input");
});

describe("with any values", () => {
  const words = Object.keys(german).flatMap((english) => english.split(HOLE).filter((piece) => piece.trim() !== ""));
  const odd = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 30 }),
    fc.constantFrom(".*", "(a+)+$", "$&", "$1", "{node}", "{error*}", "[", "\\", "\n", "", "'", "„“", "<b>", "__proto__"),
    fc.constantFrom(...words),
  );
  const template = fc.constantFrom(...Object.keys(german).filter((english) => namesIn(english).length > 0));
  const filling = template.chain((english) =>
    fc.tuple(fc.constant(english), fc.array(odd, { minLength: namesIn(english).length, maxLength: namesIn(english).length })),
  );

  test("a template alone gives its translation with the same values, if its own words are not in them", () => {
    fc.assert(
      fc.property(filling, ([english, given]) => {
        const names = namesIn(english);
        const values = Object.fromEntries(names.map((name, at) => [name, given[at] ?? ""]));
        const pieces = english.split(/\{[a-z]\w*\*?\}/).filter((piece) => piece !== "");
        fc.pre(pieces.join(" ").split(/\W+/).filter((word) => word.length > 1).length > 2); // one that says less wants values that look like values
        fc.pre(given.every((value) => pieces.every((piece) => !`${value}${piece}`.slice(0, -1).includes(piece) && !`${piece}${value}`.slice(1).includes(piece))));
        const plain = english.replaceAll("*}", "}");
        expect(turner({ [plain]: german[english] ?? "" })(filled(plain, values))).toBe(filled(german[english] ?? "", values));
      }),
      { numRuns: 500 },
    );
  });

  test("among all templates nothing is lost, and what comes out can be shown", () => {
    fc.assert(
      fc.property(filling, ([english, given]) => {
        const text = filled(english, Object.fromEntries(namesIn(english).map((name, at) => [name, given[at] ?? ""])));
        const turned = turn(text);
        expect(typeof turned).toBe("string");
        expect(turn(text)).toBe(turned);
        // A value that is a number of its own, such as no template has, is in what comes out.
        const marked = filled(english, Object.fromEntries(namesIn(english).map((name, at) => [name, `q${at}z7`])));
        for (const [at, name] of namesIn(english).entries()) if (name !== "s") expect(turn(marked)).toContain(`q${at}z7`);
      }),
      { numRuns: 500 },
    );
  });

  test("every template of the engine is found among all of them: none is hidden by another", () => {
    const hidden = Object.entries(german).filter(([english, answer]) => {
      const values = Object.fromEntries(namesIn(english).map((name, at) => [name, `q${at}z7`]));
      return turn(filled(english, values)) !== filled(answer, values);
    });
    expect(hidden).toEqual([]);
  });
});

test("a hostile sentence of any length comes to its end", () => {
  const hostile = "' is not a property path: unexpected ".repeat(2000);
  expect(turn(hostile)).toContain("unexpected"); // one that is looked at again and again from each place would take hours
});
