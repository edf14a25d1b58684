import type { shell as english } from "../en/shell";

export const shell: Record<keyof typeof english, string> = {
  "app.name": "flowengine",
  "button.close": "Schließen",
  "button.cancel": "Abbrechen",
  "button.ok": "OK",
  "notice.dismiss": "Ausblenden",
};
