/** Words for a node type: `mqtt/subscribe` -> "MQTT subscribe"; where its package has a name for it, "MQTT: Abonnieren". */

const SHORT = new Set(["mqtt", "http", "tcp", "udp", "csv", "json", "pid", "opc", "ua", "sql", "xml", "yaml", "io", "plc", "s7"]);

interface Named {
  type: string;
  /** In the language of the page; empty: to be made from the type. */
  name?: string;
  category?: string;
}

let names: Record<string, string> = {};
let categories: Record<string, string> = {};

/** Take the names that packages have in the language of the page. */
export function nameTypes(types: readonly Named[]): void {
  names = Object.fromEntries(types.flatMap(({ type, name }) => (name ? [[type, name]] : [])));
  categories = Object.fromEntries(types.flatMap(({ type, category }) => (category ? [[categoryOf(type), category]] : [])));
}

export function typeName(type: string): string {
  return names[type] === undefined ? capital(words(type)) : `${categoryName(type)}: ${names[type]}`;
}

/** The part before the slash, for people. */
export function categoryName(type: string): string {
  return categories[categoryOf(type)] ?? capital(words(categoryOf(type)));
}

export function categoryOf(type: string): string {
  const slash = type.indexOf("/");
  return slash < 0 ? type : type.slice(0, slash);
}

/** The part after the slash: enough beside its category. */
export function shortName(type: string): string {
  return names[type] ?? capital(words(type.slice(type.indexOf("/") + 1)));
}

function words(text: string): string {
  return text
    .split(/[/_-]+/)
    .map((word) => (SHORT.has(word) ? word.toUpperCase() : word))
    .join(" ");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
