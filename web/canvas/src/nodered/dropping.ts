/** A flow file, or a flows.json, can be dropped anywhere on the page. */
import { maySomewhere } from "../store/session";
import { useView } from "../store/view";

const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

document.addEventListener("dragover", (event) => {
  if (holdsFiles(event)) event.preventDefault(); // or the browser would open the file in place of the page
});

document.addEventListener("drop", (event) => {
  if (event.defaultPrevented || !holdsFiles(event)) return; // the start page has taken it
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  const edits = maySomewhere("editor");
  const busy = document.querySelector("dialog[open]") !== null;
  if (file !== undefined && edits && !busy) void file.text().then((text) => useView.getState().openDialog("import", { text, name: file.name }));
});
