/** What every control gets, and the rules for texts that are numbers. */
import type { Schema } from "./schema";

export interface Control {
  id: string;
  name: string;
  label: string;
  /** Ids of the help and of the error. */
  describedBy: string | undefined;
  invalid: boolean;
  /** Without its null. */
  schema: Schema;
  /** undefined: not set, the default counts. */
  value: unknown;
  nullable: boolean;
  required: boolean;
  /** In a list something always stands there. */
  kept: boolean;
  readonly: boolean;
  set(value: unknown): void;
}

/** Attributes that wire an element to its label, help and error. */
export function wiring({ id, describedBy, invalid, required }: Control): Record<string, unknown> {
  return {
    id,
    "aria-describedby": describedBy,
    "aria-invalid": invalid || undefined,
    "aria-required": required || undefined,
  };
}

const NUMBER = /^[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?$/i;

/** Read a typed number, with point or comma; what is none stays the text it is, so that nothing typed is lost. */
export function readNumber(text: string): number | string {
  const clean = text.trim();
  if (!NUMBER.test(clean)) return clean;
  const value = Number(clean.replace(",", "."));
  return Number.isFinite(value) ? value : clean;
}

/** What an emptied field means. */
export function emptied({ schema, nullable, kept }: Control): unknown {
  if (kept) return nullable ? null : "";
  return nullable && schema.default !== undefined && schema.default !== null ? null : undefined;
}

export function written(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
