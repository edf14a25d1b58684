import type { start as english } from "../en/start";

export const start: Record<keyof typeof english, string> = {
  "start.git": "git, {branch}",
  "start.draft": "geändert, nicht deployt",
  "start.nodes": "{count} Knoten|{count} Knoten",
  "start.run-flow": "{flow} jetzt starten",
  "start.stop-flow": "{flow} jetzt stoppen",
  "start.empty": "Es gibt noch keinen Flow. Legen Sie einen an, importieren Sie eine Datei oder beginnen Sie mit einem Beispiel.",
  "start.empty-viewer": "Es gibt noch keinen Flow. Ein Bearbeiter kann einen anlegen.",
  "start.outside": "Außerhalb geändert",
  "start.see-all": "Alle ansehen und gemeinsam übernehmen …",
  "start.see": "Änderungen ansehen",
  "start.examples": "Beispiele und Vorlagen",
  "start.demo": "Dies ist die Demo: Die Anlage ist simuliert, probieren Sie alles aus.",
  "start.needs": "Bringt mit: {flows}",
  "start.use": "Verwenden",
  "start.use-example": "Beispiel {title} verwenden",
};
