/** Words for a node type: `mqtt/subscribe` -> "MQTT subscribe". */

const SHORT = new Set(["mqtt", "http", "tcp", "udp", "csv", "json", "pid", "opc", "ua", "sql", "xml", "yaml", "io", "plc", "s7"]);

export function typeName(type: string): string {
  return capital(words(type));
}

/** The part before the slash, for people. */
export function categoryName(type: string): string {
  return capital(words(categoryOf(type)));
}

export function categoryOf(type: string): string {
  const slash = type.indexOf("/");
  return slash < 0 ? type : type.slice(0, slash);
}

/** The part after the slash: enough beside its category. */
export function shortName(type: string): string {
  return capital(words(type.slice(type.indexOf("/") + 1)));
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
