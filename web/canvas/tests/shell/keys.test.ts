import { describe, expect, it } from "vitest";
import { fits, type KeyPlace, pressedKeys } from "../../src/actions/keys";
import type { Action } from "../../src/actions/registry";

const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {}): string =>
  pressedKeys({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });
const action = (keys: string, rest: Partial<Action> = {}): Action => ({ id: "x", label: "shell.undo", keys: [keys], run: () => {}, ...rest });
const CANVAS: KeyPlace = { field: false, canvas: true, own: false };
const FIELD: KeyPlace = { field: true, canvas: true, own: false };
const BUTTON: KeyPlace = { field: false, canvas: false, own: true };

describe("keys", () => {
  it("reads Ctrl and Cmd as one, and Shift only where it is more than the character", () => {
    expect(press("Z", { ctrlKey: true, shiftKey: true })).toBe("mod+shift+z");
    expect(press("z", { metaKey: true })).toBe("mod+z");
    expect(press("?", { shiftKey: true })).toBe("?");
    expect(press("+", { ctrlKey: true, shiftKey: true })).toBe("mod++");
    expect(press(" ", { ctrlKey: true })).toBe("mod+space");
  });

  it("finds an action however its keys are written", () => {
    expect(fits(action("mod+shift+p"), press("P", { ctrlKey: true, shiftKey: true }), CANVAS)).toBe(true);
    expect(fits(action("shift+mod+p"), press("P", { ctrlKey: true, shiftKey: true }), CANVAS)).toBe(true);
    expect(fits(action("mod++"), press("+", { ctrlKey: true }), CANVAS)).toBe(true);
    expect(fits(action("mod+z"), press("z"), CANVAS)).toBe(false);
  });

  it("lets no letter act in a field, and no letter on a button or in a list", () => {
    expect(fits(action("a", { where: "canvas" }), press("a"), CANVAS)).toBe(true);
    expect(fits(action("a", { where: "canvas" }), press("a"), FIELD)).toBe(false);
    expect(fits(action("?"), press("?"), FIELD)).toBe(false);
    expect(fits(action("?"), press("?"), BUTTON)).toBe(false);
    expect(fits(action("mod+z"), press("z", { ctrlKey: true }), FIELD)).toBe(false);
    expect(fits(action("mod+shift+p", { inFields: true }), press("p", { ctrlKey: true, shiftKey: true }), FIELD)).toBe(true);
  });

  it("leaves the browser its own keys but for the canvas", () => {
    expect(fits(action("mod+d", { where: "canvas" }), press("d", { ctrlKey: true }), CANVAS)).toBe(true);
    expect(fits(action("mod+d", { where: "canvas" }), press("d", { ctrlKey: true }), BUTTON)).toBe(false);
    expect(fits(action("mod+c", { native: true }), press("c", { ctrlKey: true }), CANVAS)).toBe(false);
  });
});
