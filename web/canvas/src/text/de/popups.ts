import type { popups as english } from "../en/popups";

export const popups: Record<keyof typeof english, string> = {
  "canvas.feedback.title": "Schleife mit einer Rückführung schließen?",
  "canvas.feedback.why":
    "Von {from} nach {to} entstünde eine Schleife. Eine Rückführung überträgt die jeweils vorige Nachricht, so kann die Schleife laufen. Sie beginnt mit diesem Wert:",
  "canvas.feedback.initial": "Anfangswert (JSON)",
  "canvas.feedback.wrong": "Das ist kein JSON. Eine Zahl, true, false, \"Text\" in Anführungszeichen oder null.",
  "canvas.feedback.make": "Rückführung anlegen",
  "canvas.feedback.edit": "Rückführung der Verbindung",
  "canvas.feedback.save": "Speichern",
  "canvas.feedback.remove": "Zur gewöhnlichen Verbindung machen",
  "canvas.name.title-group": "Name der Gruppe",
  "canvas.name.title-subflow": "Subflow anlegen",
  "canvas.name.title-door": "Name des Anschlusses",
  "canvas.name.subflow-why": "Die ausgewählten Knoten werden ein eigener Flow, an ihrer Stelle steht danach ein Knoten.",
  "canvas.name.label": "Name",
  "canvas.name.wrong": "Buchstaben, Ziffern, _ und -, nicht mit - am Anfang.",
  "canvas.name.taken": "Dieser Name ist vergeben.",
  "canvas.add.title": "Knoten hinzufügen",
  "canvas.add.search": "Was soll er tun?",
  "canvas.add.none": "Kein Knotentyp heißt so.",
  "canvas.connect.title": "{node} verbinden mit",
  "canvas.connect.search": "Knoten oder Anschluss",
  "canvas.connect.none": "Es gibt nichts, womit er verbunden werden könnte.",
  "canvas.disconnect.title": "{node} trennen von",
  "canvas.disconnect.none": "{node} ist nicht verbunden.",
  "canvas.menu": "Aktionen",
};
