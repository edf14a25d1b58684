/** Faults in words for the person who fills in the form. */
import { t } from "../text";
import type { Fault } from "./judge";
import { type Schema, shown } from "./schema";

const MOST_CHOICES = 8;

const TYPES = {
  object: "form.type.object",
  array: "form.type.array",
  string: "form.type.string",
  number: "form.type.number",
  integer: "form.type.integer",
  boolean: "form.type.boolean",
  null: "form.type.null",
} as const;

export function faultText({ word, wanted, schema }: Fault): string {
  const limit = shown(wanted);
  switch (word) {
    case "required":
      return t("form.fault.required");
    case "unknown":
      return t("form.fault.unknown");
    case "secret":
      return t("form.fault.secret");
    case "reference":
      return t("form.fault.reference");
    case "type":
      return t("form.fault.type", { types: typeNames(wanted) });
    case "enum":
    case "const":
      return choiceText(word === "enum" ? (wanted as unknown[]) : [wanted]);
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return rangeText(schema);
    case "minLength":
      return wanted === 1 ? t("form.fault.required") : t("form.fault.minLength", { limit });
    case "maxLength":
      return t("form.fault.maxLength", { limit });
    case "pattern":
      return t("form.fault.pattern", { pattern: String(wanted) });
    case "minItems":
    case "minProperties":
      return t("form.fault.minItems", { limit, count: Number(wanted) });
    case "maxItems":
    case "maxProperties":
      return t("form.fault.maxItems", { limit, count: Number(wanted) });
    case "uniqueItems":
      return t("form.fault.uniqueItems");
    case "multipleOf":
      return t("form.fault.multipleOf", { limit });
    default:
      return t("form.fault.other", { word });
  }
}

/** Say all limits at once: one error should be enough to get it right. */
function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, "x-unit": unit }: Schema): string {
  const say = (limit: number | undefined): string => `${limit}${unit ? ` ${unit}` : ""}`;
  if (minimum !== undefined && maximum !== undefined) return t("form.fault.between", { low: String(minimum), high: say(maximum) });
  const low =
    minimum !== undefined
      ? t("form.fault.atLeast", { limit: say(minimum) })
      : exclusiveMinimum !== undefined
        ? t("form.fault.moreThan", { limit: say(exclusiveMinimum) })
        : "";
  const high =
    maximum !== undefined
      ? t("form.fault.atMost", { limit: say(maximum) })
      : exclusiveMaximum !== undefined
        ? t("form.fault.lessThan", { limit: say(exclusiveMaximum) })
        : "";
  return t("form.fault.must", { limits: [low, high].filter(Boolean).join(t("form.and")) });
}

function choiceText(values: unknown[]): string {
  const some = values.slice(0, MOST_CHOICES).map(shown).join(", ");
  return t("form.fault.enum", { choices: values.length > MOST_CHOICES ? `${some}, …` : some });
}

function typeNames(wanted: unknown): string {
  const names = (Array.isArray(wanted) ? wanted : [wanted]) as (keyof typeof TYPES)[];
  return names.map((name) => t(TYPES[name] ?? "form.type.object")).join(t("form.or"));
}
