import type { doorways as english } from "../en/doorways";

export const doorways: Record<keyof typeof english, string> = {
  "debug.trace-close": "Verfolgung beenden",
  "deploy.action-deploy": "Deployen …",
  "deploy.action-marks": "Unterschiede zum Laufenden anzeigen",
  "deploy.action-revert": "Zurück zur deployten Version",
  "deploy.deploy": "Deployen",
  "deploy.nothing": "Seit dem letzten Deploy hat sich nichts geändert.",
  "deploy.step-take": "Deployten Stand von {flow} nehmen",
  "deploy.took": "{flow} ist jetzt wie deployt. Rückgängig bringt Ihre Änderungen zurück.",
  "deploy.waiting": "{count} Änderung wartet auf einen Deploy|{count} Änderungen warten auf einen Deploy",
  "form.loading": "Formular wird geladen …",
  "nodered.help": "Umstieg von Node-RED",
  "settings.action.connections": "Verbindungen …",
};
