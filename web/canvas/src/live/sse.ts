/** Read text/event-stream: the few rules of it that the server uses. */

export interface ServerEvent {
  name: string;
  data: string;
}

/** Give it text as it comes; it returns the events that are complete, and whether anything came at all (a ping is a comment). */
export class EventReader {
  #rest = "";

  read(text: string): ServerEvent[] {
    const blocks = (this.#rest + text.replaceAll("\r", "")).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.map(event).filter((found) => found !== null);
  }
}

function event(block: string): ServerEvent | null {
  let name = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue; // a comment, or a field without a value
    const value = line.slice(colon + 1).replace(/^ /, "");
    const field = line.slice(0, colon);
    if (field === "event") name = value;
    else if (field === "data") data.push(value);
  }
  return data.length === 0 ? null : { name, data: data.join("\n") };
}
