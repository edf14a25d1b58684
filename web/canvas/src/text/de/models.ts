import type { models as en } from "../en/models";

export const models: Record<keyof typeof en, string> = {
  "models.loading": "Die Modelle werden angesehen …",
  "models.none": "Es gibt kein Modell, und kein Knoten benutzt eines. Legen Sie ein trainiertes neben die Flows, etwa als models/heat/1.onnx, und nennen Sie es in einem Knoten models/onnx; oder lassen Sie einen Knoten models/river eines lernen: siehe docs/models.md.",
  "models.version": "Version",
  "models.used": "Benutzt von",
  "models.count": "Verglichen",
  "models.error": "Mittlerer Fehler",
  "models.bias": "Systematische Abweichung",
  "models.coverage": "In den Grenzen",
  "models.difference": "Unterschied",
  "models.model": "seine Antworten zählen",
  "models.challenger": "läuft im Schatten",
  "models.unused": "Kein Flow benutzt es.",
  "models.learned": "Vom Knoten gelernt",
  "models.save-it": "Noch keine Datei: flowengine models save macht eine.",
  "models.missing": "Nicht in models/",
  "models.promote": "Übernehmen lassen",
  "models.promoted": "Den Herausforderer von {node} übernehmen lassen",
  "models.deploy-it": "{node} benutzt seinen Herausforderer, sobald dies deployt ist.",
  "models.no-challenger": "{node} hat in Ihrem Entwurf keinen Herausforderer.",
};
