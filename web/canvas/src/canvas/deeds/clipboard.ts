/** Copy and paste as JSON, so that it goes across flows, browsers, editors and mails. */
import { fragmentOf, paste, readFragment } from "../../model/fragment";
import type { FlowDoc } from "../../model/flow";
import { type Spot, spots } from "../../model/layout";
import { useProject } from "../../store/project";
import { useView } from "../../store/view";
import { keysText } from "../../actions/registry";
import { t } from "../../text";
import { announce, notify } from "../../ui/notices";
import { knowledgeOf } from "../knowledge";
import { focusOn, inFront, middleOfView, placeAt, thePointer } from "../stage";
import { removeSelected } from "./remove";

/** The selection as text; null if nothing is selected. */
function selectedText(): string | null {
  const piece = selectedPiece();
  if (piece === null) return null;
  announce(t("canvas.done.copied", { count: Object.keys(piece.nodes).length }));
  return `${JSON.stringify(piece, null, 2)}\n`;
}

function pasteText(text: string): void {
  const piece = readFragment(text);
  if (piece === null) {
    notify("warning", t("canvas.paste.rubbish"));
    return;
  }
  const pointer = thePointer();
  pastePiece(piece, pointer === null ? middleOfView() : placeAt(pointer), t("step.paste"));
}

/** A copy of the selection beside it; the clipboard stays as it is. */
export function duplicate(): void {
  const piece = selectedPiece();
  if (piece === null) return;
  const all = [...spots(piece).values()];
  const left = Math.min(...all.map(([x]) => x));
  const top = Math.min(...all.map(([, y]) => y));
  const corner: Spot = all.length === 0 ? middleOfView() : [left + 40, top + 60];
  pastePiece(piece, corner, t("step.duplicate"));
}

function selectedPiece(): FlowDoc | null {
  const front = inFront();
  if (front === null) return null;
  const { nodes, marks } = front.selection;
  const piece = fragmentOf(front.doc, nodes, marks, knowledgeOf(front.flow));
  const nothing = Object.keys(piece.nodes).length === 0 && Object.keys(piece.layout ?? {}).length === 0;
  return nothing ? null : piece;
}

function pastePiece(piece: FlowDoc, at: Spot, label: string): void {
  const front = inFront();
  if (front === null) return;
  const { flow } = front;
  const shared = useProject.getState().connections;
  const done = paste(front.doc, piece, at, shared, knowledgeOf(flow));
  useProject.getState().edit(label, flow, () => done.doc);
  useView.getState().select(flow, { nodes: done.nodes, marks: done.marks });
  announce(t("canvas.done.pasted", { count: done.nodes.length }));
  if (done.brought.length > 0) notify("info", t("canvas.paste.brought", { names: done.brought.join(", ") }));
  if (done.missing.length > 0) notify("warning", t("canvas.paste.missing", { names: done.missing.join(", ") }));
  if (done.nodes[0] !== undefined) focusOn(done.nodes[0]);
}

/** From a menu: the browser makes of it the event that a key would have made (see clipboardEvents). */
export function copyNow(): void {
  document.execCommand("copy");
}

export function cutNow(): void {
  document.execCommand("cut");
}

/** Reading the clipboard without a key needs a secure page and the browser's leave. */
export async function pasteNow(): Promise<void> {
  try {
    pasteText(await navigator.clipboard.readText());
  } catch {
    notify("info", t("canvas.paste.by-key", { keys: keysText("mod+v") }));
  }
}

/** Listen for copy, cut and paste of the canvas: these events need no secure page. Returns how to stop. */
export function clipboardEvents(inCanvas: () => boolean, mayEdit: () => boolean): () => void {
  const give = (event: ClipboardEvent): boolean => {
    if (!inCanvas()) return false;
    const text = selectedText();
    if (text === null) return false;
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    return true;
  };
  const onCopy = (event: ClipboardEvent): void => void give(event);
  const onCut = (event: ClipboardEvent): void => {
    if (mayEdit() && give(event)) removeSelected(t("step.cut"));
  };
  const onPaste = (event: ClipboardEvent): void => {
    if (!inCanvas() || !mayEdit()) return;
    event.preventDefault();
    pasteText(event.clipboardData?.getData("text/plain") ?? "");
  };
  document.addEventListener("copy", onCopy);
  document.addEventListener("cut", onCut);
  document.addEventListener("paste", onPaste);
  return () => {
    document.removeEventListener("copy", onCopy);
    document.removeEventListener("cut", onCut);
    document.removeEventListener("paste", onPaste);
  };
}
