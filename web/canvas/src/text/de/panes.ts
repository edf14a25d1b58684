import type { panes as english } from "../en/panes";

export const panes: Record<keyof typeof english, string> = {
  "problems.error": "Fehler",
  "problems.warning": "Warnung",
  "problems.unread": "{count} Problem: Flow öffnen|{count} Probleme: Flow öffnen",
  "problems.packages": "Pakete, die nicht geladen werden konnten",
  "problems.folder": "Ordner",
  "outline.tree": "Gliederung des Flows",
  "outline.flow": "{flow}, {count} Knoten|{flow}, {count} Knoten",
  "outline.out": "an {other}",
  "outline.out-port": "{port} an {other}",
  "outline.in": "von {other}",
  "outline.in-port": "{port} von {other}",
  "outline.disabled": "deaktiviert",
  "outline.actions": "Aktionen",
};
