/** Whether a text is a flows.json of Node-RED: an array of entries with id and type, or an object that holds one. */
export function isNodeRed(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  const list: unknown = Array.isArray(value) ? value : (value as { flows?: unknown }).flows;
  return Array.isArray(list) && list.some((entry) => typeof entry === "object" && entry !== null && "id" in entry && "type" in entry);
}
